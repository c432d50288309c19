"""The last step of a network: from scores and labels to one number, and its gradient.

Loss and gradient share most of their work, so they are computed together here. The plain
formulas stand in `nnlib.functional`; the tests hold both equal.
"""

import numpy as np


class CrossEntropy:
    """Softmax and cross-entropy in one: slide equations (2) and (3)."""

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K) with labels y (N,)."""
        self.rows, self.y = np.arange(len(y)), y
        shifted = scores - scores.max(axis=1, keepdims=True)
        true = shifted[self.rows, y]
        # The true score is the largest one exactly where the shift made it 0.
        self.n_correct = int(np.count_nonzero(true == 0))
        e = np.exp(shifted)
        total = e.sum(axis=1, keepdims=True)
        self.probabilities = e / total
        return float((np.log(total[:, 0]) - true).mean())

    def backward(self):
        """Return (ŷ - y)/N, of shape (N, K)."""
        dscores = self.probabilities.copy()
        dscores[self.rows, self.y] -= 1
        dscores /= len(dscores)
        return dscores

    def kinks(self):
        """Cross-entropy is smooth everywhere."""
        return {}


class Hinge:
    """The hinge loss with margin Δ: slide equations (4), (8) and (9)."""

    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K) with labels y (N,)."""
        self.rows, self.y = np.arange(len(y)), y
        lead = scores - scores[self.rows, y][:, None]
        self.n_correct = int(np.count_nonzero(lead.max(axis=1) == 0))
        self.margins = lead + scores.dtype.type(self.delta)
        self.margins[self.rows, y] = 0
        return float(np.maximum(0, self.margins).sum(axis=1).mean())

    def backward(self):
        """Return the gradient with respect to the scores, of shape (N, K)."""
        dscores = (self.margins > 0).astype(self.margins.dtype)
        dscores[self.rows, self.y] = -dscores.sum(axis=1)
        dscores /= len(dscores)
        return dscores

    def kinks(self):
        """Say for each margin on which side of its kink it lies."""
        return {"the hinge's margin": self.margins > 0}


def make(name, delta):
    """Return the loss of that name."""
    return {"cross_entropy": CrossEntropy(), "hinge": Hinge(delta)}[name]

"""The last step of a network: from scores and labels to one number, and its gradient.

Loss and gradient share most of their work, so they are computed together here, in arrays made
once for each batch size. The plain formulas stand in `nnlib.functional`; the tests hold both
equal.
"""

import math

import numpy as np

from nnlib import _memory


class CrossEntropy:
    """Softmax and cross-entropy in one: slide equations (2) and (3).

    Inside, an example is a column: sums over the K classes then run along whole rows, which is
    several times faster than along many short ones.
    """

    def __init__(self):
        self.e = np.empty((0, 0))

    def _make_room(self, k, n, dtype):
        self.shifted, self.one_hot, self.e, self.dscores = (
            _memory.empty((k, n), dtype) for _ in range(4)
        )
        self.largest, self.total = (_memory.empty((n,), dtype) for _ in range(2))
        self.identity = np.eye(k, dtype=dtype)  # its columns are the one-hot vectors
        # e^z below eps² is lost beside the largest, which is 1, but it would become a denormal
        # number later on, and products with those are a hundred times slower.
        self.lowest = 2 * math.log(np.finfo(dtype).eps)

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K) with labels y (N,)."""
        n, k = scores.shape
        if self.e.shape != (k, n):
            self._make_room(k, n, scores.dtype)
        z, e = self.shifted, self.e
        z[...] = scores.T
        self.n_correct = np.count_nonzero(z.argmax(axis=0) == y)
        z -= np.maximum.reduce(z, axis=0, out=self.largest)
        self.identity.take(y, axis=1, out=self.one_hot, mode="clip")
        np.exp(np.maximum(z, self.lowest, out=e), out=e)
        np.add.reduce(e, axis=0, out=self.total)
        # L_i = -log(e^{z_y} / Σ e^{z_k}) = log Σ e^{z_k} - z_y; vdot sums z·one_hot over all
        return float(np.log(self.total).sum() - np.vdot(z, self.one_hot)) / n

    def backward(self):
        """Return (ŷ - y)/N, y one-hot, of shape (N, K)."""
        np.divide(self.e, self.total, out=self.dscores)
        self.dscores -= self.one_hot
        self.dscores *= 1 / len(self.total)
        return self.dscores.T

    def sides(self):
        """Return nothing: cross-entropy has no kink."""
        return {}


class Hinge:
    """The hinge loss with margin Δ: slide equations (4), (8) and (9)."""

    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, scores, y):
        """Return the mean loss of scores (N, K) with labels y (N,)."""
        self.rows, self.y = np.arange(len(y)), y
        self.n_correct = np.count_nonzero(scores.argmax(axis=1) == y)
        self.margins = scores - scores[self.rows, y][:, None]
        self.margins += self.delta
        self.margins[self.rows, y] = 0
        return float(np.maximum(0, self.margins).sum()) / len(y)

    def backward(self):
        """Return the gradient with respect to the scores, of shape (N, K)."""
        dscores = (self.margins > 0).astype(self.margins.dtype)
        dscores[self.rows, self.y] = -dscores.sum(axis=1)
        dscores *= 1 / len(dscores)
        return dscores

    def sides(self):
        """Say for each margin on which side of its kink it lies."""
        return {"the hinge's margin": self.margins > 0}


class MaxMargin:
    """The slides' max-margin objective, equation (10): J = max(Δ + s_c - s, 0).

    The network has one output. Its scores are those of N true examples, s, and below them those
    of the N corrupted ones, s_c; J is the mean over the pairs.
    """

    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, scores, y=None):
        """Return the mean of J for scores of shape (2N, 1)."""
        true, corrupted = np.split(scores, 2)
        self.n_correct = np.count_nonzero(true > corrupted)
        self.margins = corrupted - true
        self.margins += self.delta
        return float(np.maximum(0, self.margins).mean())

    def backward(self):
        """Return ∂J/∂s = -1/N and ∂J/∂s_c = 1/N where the margin is missed, else 0."""
        missed = (self.margins > 0).astype(self.margins.dtype)
        missed *= 1 / len(missed)
        return np.concatenate([-missed, missed])

    def sides(self):
        """Say for each pair on which side of its kink it lies."""
        return {"the max-margin objective": self.margins > 0}


NAMES = ("cross_entropy", "hinge", "max_margin")


def make(name, delta):
    """Return the loss of that name."""
    if name == "cross_entropy":
        return CrossEntropy()
    return {"hinge": Hinge, "max_margin": MaxMargin}[name](delta)

"""scikit-learn's MLPClassifier: one call of `partial_fit` is one epoch of mini-batches."""

import numpy as np
import sklearn
from race.networks import ADAM, order
from sklearn.neural_network import MLPClassifier


class SklearnEngine:
    """An MLPClassifier that gets the examples in their order and does not shuffle again."""

    def __init__(self, network, X, y):
        self.network = network
        self.X, self.y = X / np.float32(255), y
        self.shuffled = np.empty_like(self.X)
        self.model = MLPClassifier(
            network.sizes[1:-1],
            solver=network.optimizer,
            learning_rate_init=network.lr,
            batch_size=network.batch_size,
            shuffle=False,
            alpha=0,
            momentum=0,
            nesterovs_momentum=False,
            beta_1=ADAM["beta1"],
            beta_2=ADAM["beta2"],
            epsilon=ADAM["eps"],
        )
        # The first call makes the arrays that `load` fills.
        n = network.batch_size
        self.model.partial_fit(self.X[:n], y[:n], classes=np.arange(network.sizes[-1]))

    def load(self, weights):
        """Start anew from these weights."""
        model = self.model
        for k, (W, b) in enumerate(weights):
            model.coefs_[k][...], model.intercepts_[k][...] = W.T, b
        del model._optimizer  # the next call makes a fresh one

    def train_epoch(self, seed):
        """Train for one epoch."""
        rows = order(len(self.X), seed)
        np.take(self.X, rows, axis=0, out=self.shuffled, mode="clip")
        with sklearn.config_context(assume_finite=True):  # no search for NaN
            self.model.partial_fit(self.shuffled, self.y[rows])
        return self.model.loss_

    def weights(self):
        """Return [(W, b), ...]."""
        return [(W.T, b) for W, b in zip(self.model.coefs_, self.model.intercepts_, strict=True)]

"""The limit: the matrix products of training in NumPy, and nothing else.

For each batch: every layer's scores forward, and backward every weight gradient and every
hidden error. No bias, activation, loss or update, and no gathering: the batches lie in memory
one after another, as floats. The weights lie as in nnlib, which chose the faster way.
"""

import numpy as np

from nnlib import MLP


class ProductsEngine:
    """The products for each batch of an epoch."""

    def __init__(self, network, X, y):
        self.X, self.batch_size = X / np.float32(255), network.batch_size
        self.layers = MLP(network.sizes).linear
        n_last = len(X) % network.batch_size
        self.flows = {n: _Flow(network.sizes, n) for n in (network.batch_size, n_last)}

    def load(self, weights):
        """Take over the weights: products with zeros may be faster or slower."""
        for layer, (W, b) in zip(self.layers, weights, strict=True):
            layer.W[...], layer.b[...] = W, b

    def train_epoch(self, seed):
        """Compute the products of an epoch; there is no loss."""
        for start in range(0, len(self.X), self.batch_size):
            self._products(self.X[start : start + self.batch_size])

    def _products(self, X):
        flow, layers = self.flows[len(X)], self.layers
        signals, errors = [X, *flow.signals], flow.errors
        for k, layer in enumerate(layers):
            np.matmul(signals[k], layer.W.T, out=signals[k + 1])
        for k in reversed(range(len(layers))):
            np.matmul(errors[k].T, signals[k], out=layers[k].dW)
            if k > 0:
                np.matmul(errors[k], layers[k].W, out=flow.new_errors[k - 1])

    def weights(self):
        """Return nothing: they are not trained."""


class _Flow:
    """Arrays for one size of batch: signals, and errors that stay of ordinary size."""

    def __init__(self, sizes, n):
        rng = np.random.default_rng(0)
        shapes = [(n, size) for size in sizes[1:]]
        self.signals = [np.empty(shape, np.float32) for shape in shapes]
        self.errors = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        self.new_errors = [np.empty(shape, np.float32) for shape in shapes]

"""The limit: the matrix products of training in NumPy, and nothing else.

For each batch: every layer's scores forward, and backward every weight gradient and every
hidden error. No bias, activation, loss or update; no gathering of examples. The arrays lie in
memory as in nnlib, which found the faster way for each size.
"""

import numpy as np

from nnlib import MLP


class ProductsEngine:
    """The products for each batch, on the pixels of the first batch: it stays in the cache."""

    def __init__(self, network, X, y):
        sizes = [min(network.batch_size, len(X) - i) for i in range(0, len(X), network.batch_size)]
        mlp = MLP(network.sizes)
        self.layers = mlp.linear
        self.full, self.rest = (_Arrays(network.sizes, X[:n]) for n in (sizes[0], sizes[-1]))
        self.n_full = len(sizes) - 1

    def load(self, weights):
        """Take over the weights: products with zeros may be faster or slower."""
        for layer, (W, b) in zip(self.layers, weights, strict=True):
            layer.W[...], layer.b[...] = W, b

    def train_epoch(self, seed):
        """Compute the products of an epoch; there is no loss."""
        for _ in range(self.n_full):
            self._products(self.full)
        self._products(self.rest)

    def _products(self, arrays):
        signals, errors, layers = arrays.signals, arrays.errors, self.layers
        for k, layer in enumerate(layers):
            np.matmul(signals[k], layer.W.T, out=signals[k + 1])
        for k in reversed(range(len(layers))):
            np.matmul(errors[k + 1].T, signals[k], out=layers[k].dW)
            if k > 0:
                np.matmul(errors[k + 1], layers[k].W, out=errors[k])

    def weights(self):
        """Return nothing: they are not trained."""


class _Arrays:
    """What one batch flows through: signals forward, errors of the same shapes backward."""

    def __init__(self, sizes, pixels):
        self.signals = [np.zeros((len(pixels), size), np.float32) for size in sizes]
        self.signals[0] += pixels / np.float32(255)
        self.errors = [np.ones_like(signal) for signal in self.signals]

"""Layers: each computes its output forward, and passes the error signal backward.

`forward` keeps what `backward` will need. Both write into arrays that are made once for each
batch size, because making new ones for every batch would cost more than filling them: what a
layer returns is its own, and its next call overwrites it.
"""

import numpy as np


class Linear:
    """z = W x + b for every example: slide equation (1).

    Parameters
    ----------
    n_inputs, n_outputs : int
        D and K.
    input_gradient : bool
        False in a first layer: nobody needs the gradient of the data, and it is the dearest one.

    Attributes
    ----------
    W, dW : arrays of shape (K, D)
    b, db : arrays of shape (K,)
    """

    def __init__(self, n_inputs, n_outputs, dtype=np.float32, input_gradient=True):
        self.n_inputs, self.n_outputs = n_inputs, n_outputs
        self.dtype = np.dtype(dtype)
        self.input_gradient = input_gradient
        self.W, self.dW = np.zeros((2, n_outputs, n_inputs), dtype)
        self.b, self.db = np.zeros((2, n_outputs), dtype)
        self.z = np.empty((0, n_outputs), dtype)

    def _make_room(self, n):
        self.z = np.empty((n, self.n_outputs), self.dtype)
        self.dX = np.empty((n, self.n_inputs), self.dtype) if self.input_gradient else None
        self.ones = np.ones(n, self.dtype)

    def forward(self, X):
        """Return z = X Wᵀ + b, of shape (N, K)."""
        if len(X) != len(self.z):
            self._make_room(len(X))
        self.X = X
        np.matmul(X, self.W.T, out=self.z)
        self.z += self.b
        return self.z

    def backward(self, dz):
        """From dL/dz, of shape (N, K), fill dW and db; return dL/dX, of shape (N, D)."""
        np.matmul(dz.T, self.X, out=self.dW)
        np.matmul(self.ones, dz, out=self.db)  # the sum over the examples, as a fast product
        if not self.input_gradient:
            return None
        return np.matmul(dz, self.W, out=self.dX)

    def __repr__(self):
        return f"Linear({self.n_inputs}, {self.n_outputs})"

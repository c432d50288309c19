"""Layers: each computes its output forward, and passes the error signal backward.

`forward` keeps what `backward` will need. Both write into arrays that are made once for each
batch size, because making new ones for every batch would cost more than filling them: what a
layer returns is its own, and its next call overwrites it. No layer changes its arguments.
"""

import numpy as np

from nnlib import _checks, _memory

LARGE = 2**15  # weights; from here on it pays to store them column by column


class Linear:
    """z = W a + b for every example: slide equation (1), and each step between two layers.

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
    z, dz : arrays of shape (N, K)
        The last output, and the last error signal δ that came back to it.
    """

    def __init__(self, n_inputs, n_outputs, dtype=np.float32, input_gradient=True):
        self.n_inputs, self.n_outputs = n_inputs, n_outputs
        self.dtype = np.dtype(dtype)
        self.input_gradient = input_gradient
        self.z = np.empty((0, n_outputs), dtype)
        n = n_inputs * n_outputs
        self.place_weights(*np.zeros((2, n), dtype))
        self.place_biases(*np.zeros((2, n_outputs), dtype))

    def place_weights(self, values, gradients):
        """Let W and dW be views of these flat vectors of K·D numbers."""
        self.W, self.dW = self._matrix(values), self._matrix(gradients)

    def place_biases(self, values, gradients):
        """Let b and db be these vectors of K numbers."""
        self.b, self.db = values, gradients

    def _matrix(self, vector):
        # BLAS multiplies large matrices up to a fifth faster when W lies in memory column by
        # column, small ones when it lies row by row. Either way W[k, d] is W[k, d].
        if vector.size >= LARGE:
            return vector.reshape(self.n_inputs, self.n_outputs).T
        return vector.reshape(self.n_outputs, self.n_inputs)

    def _make_room(self, n):
        self.z = _memory.empty((n, self.n_outputs), self.dtype)
        self.dX = _memory.empty((n, self.n_inputs), self.dtype) if self.input_gradient else None
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
        """From δ = ∂J/∂z, of shape (N, K), fill dW and db; return ∂J/∂X, of shape (N, D)."""
        self.dz = dz
        np.matmul(dz.T, self.X, out=self.dW)
        np.matmul(self.ones, dz, out=self.db)  # the sum over the examples, as a fast product
        if self.input_gradient:
            return np.matmul(dz, self.W, out=self.dX)
        return None

    def __repr__(self):
        return f"Linear({self.n_inputs}, {self.n_outputs})"


class Activation:
    """a = f(z) for every neuron by itself; the error is multiplied by the slope f'(z).

    Attributes
    ----------
    z, a : arrays of shape (N, K)
        The last input and output.
    """

    def __init__(self):
        self.a = np.empty((0, 0))

    def forward(self, z):
        """Return a = f(z)."""
        if z.shape != self.a.shape:
            self.a = _memory.empty(z.shape, z.dtype)
            self.dz = _memory.empty(z.shape, z.dtype)
        self.z = z
        self._activate(z, self.a)
        return self.a

    def backward(self, da):
        """From ∂J/∂a return ∂J/∂z = ∂J/∂a · f'(z)."""
        self._slope(self.dz)
        self.dz *= da
        return self.dz

    def local_gradient(self):
        """Return f'(z), of shape (N, K): how fast each neuron's a grows with its z."""
        slope = np.empty_like(self.a)
        self._slope(slope)
        return slope

    def __repr__(self):
        return f"{type(self).__name__}()"


class Sigmoid(Activation):
    """a = 1 / (1 + e^{-z}), with the slope a (1 - a)."""

    def _activate(self, z, a):
        # The same function as (1 + tanh(z/2)) / 2, which cannot overflow.
        np.multiply(z, 0.5, out=a)
        np.tanh(a, out=a)
        a *= 0.5
        a += 0.5

    def _slope(self, slope):
        np.subtract(1, self.a, out=slope)
        slope *= self.a


class Tanh(Activation):
    """a = tanh(z), with the slope 1 - a²."""

    def _activate(self, z, a):
        np.tanh(z, out=a)

    def _slope(self, slope):
        np.multiply(self.a, self.a, out=slope)
        np.subtract(1, slope, out=slope)


class ReLU(Activation):
    """a = max(0, z), with the slope 1 where z > 0, else 0."""

    def _activate(self, z, a):
        np.maximum(z, 0, out=a)

    def _slope(self, slope):
        np.greater(self.z, 0, out=slope)

    def sides(self):
        """Say for each neuron on which side of its kink it lies."""
        return self.z > 0


class LeakyReLU(Activation):
    """a = max(slope · z, z), with the slope 1 where z > 0, else the given one (slides: 0.3)."""

    def __init__(self, slope=0.3):
        super().__init__()
        if not 0 <= slope <= 1:
            raise ValueError(f"slope must lie in [0, 1]; it is {slope!r}.")
        self.slope = slope

    def _activate(self, z, a):
        np.multiply(z, self.slope, out=a)
        np.maximum(a, z, out=a)

    def _slope(self, slope):
        np.greater(self.z, 0, out=slope)
        slope *= 1 - self.slope
        slope += self.slope

    def sides(self):
        """Say for each neuron on which side of its kink it lies."""
        return self.z > 0

    def __repr__(self):
        return f"LeakyReLU(slope={self.slope:g})"


class Dropout:
    """In training, switch neurons off at random and make up for it with the others.

    Each neuron is dropped with probability p_drop; the kept ones are divided by the
    probability of being kept ("inverted" dropout), so their mean stays the same and prediction
    needs no scaling: it simply leaves this layer out.

    Parameters
    ----------
    p_drop : float in [0, 1)
        Rounded to a multiple of 1/256: one random byte decides for each neuron, which is
        several times faster than one random float.
    seed : int or numpy.random.SeedSequence

    Attributes
    ----------
    mask : array of shape (N, K)
        0 for a dropped neuron, 1 / (1 - p_drop) for a kept one.
    frozen : bool
        True keeps the mask from one `forward` to the next, as a gradient check needs it.
    """

    def __init__(self, p_drop=0.5, seed=0):
        if not 0 <= p_drop < 1:
            raise ValueError(f"p_drop, the share to drop, must lie in [0, 1); it is {p_drop!r}.")
        self.n_dropped = min(round(256 * p_drop), 255)  # of the 256 values of a byte
        self.bits = np.random.SFC64(seed)
        self.mask = np.empty((0, 0))
        self.frozen = False

    @property
    def p_drop(self):
        """The probability of dropping, as a multiple of 1/256."""
        return self.n_dropped / 256

    def forward(self, a):
        """Return a with some neurons switched off and the others enlarged."""
        if a.shape != self.mask.shape:
            self.mask = _memory.empty(a.shape, a.dtype)
            self.a = _memory.empty(a.shape, a.dtype)
            self.da = _memory.empty(a.shape, a.dtype)
            self._draw()
        elif not self.frozen:
            self._draw()
        return np.multiply(a, self.mask, out=self.a)

    def _draw(self):
        words = self.bits.random_raw(-(-self.mask.size // 8))  # eight random bytes each
        one_byte_each = words.view(np.uint8)[: self.mask.size].reshape(self.mask.shape)
        np.greater_equal(one_byte_each, self.n_dropped, out=self.mask)
        self.mask *= 1 / (1 - self.p_drop)

    def backward(self, da):
        """Return the error, passed through the same mask."""
        return np.multiply(da, self.mask, out=self.da)

    def __repr__(self):
        return f"Dropout(p_drop={self.p_drop:g})"


ACTIVATIONS = {"relu": ReLU, "leaky_relu": LeakyReLU, "sigmoid": Sigmoid, "tanh": Tanh}


def activation(name, slope):
    """Make the activation layer of that name; "linear" is none at all."""
    _checks.one_of("activation", name, (*ACTIVATIONS, "linear"))
    if name == "linear":
        return []
    return [LeakyReLU(slope) if name == "leaky_relu" else ACTIVATIONS[name]()]

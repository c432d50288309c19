"""The course's two models: the linear classifier and the multi-layer perceptron."""

import math

import numpy as np

from nnlib import _checks, layers
from nnlib.base import Network


class LinearClassifier(Network):
    """The linear classifier of the slides: s = Wx + b and a loss, equations (1) to (6).

    Parameters
    ----------
    n_features, n_classes : int
        D and K.
    loss : {"cross_entropy", "hinge"}
    l2 : float
        λ in L = (1/N) Σ L_i + λ R(W).
    delta : float
        The hinge's margin Δ.
    seed : int
        For the initial weights, drawn from N(0, 0.01²); the biases start at 0.
    dtype : float32 to train, float64 to check gradients

    Attributes
    ----------
    W, dW : arrays of shape (K, D)
        The weights and, after `backward`, their gradient. Write into them as you like.
    b, db : arrays of shape (K,)
    """

    def __init__(
        self,
        n_features,
        n_classes,
        loss="cross_entropy",
        l2=0.0,
        delta=1.0,
        seed=0,
        dtype=np.float32,
    ):
        n_features = _checks.whole("n_features", n_features)
        n_classes = _checks.whole("n_classes", n_classes)
        _checks.one_of("loss", loss, ("cross_entropy", "hinge"))
        layer = layers.Linear(n_features, n_classes, dtype, input_gradient=False)
        super().__init__([layer], loss, l2, delta, dtype)
        self.W = 0.01 * np.random.default_rng(seed).standard_normal(self.W.shape)
        self._options = {
            "n_features": n_features,
            "n_classes": n_classes,
            "loss": loss,
            "delta": float(delta),
        }

    @property
    def W(self):
        """Weights, one row a class."""
        return self.layers[0].W

    @W.setter
    def W(self, values):
        self.layers[0].W[...] = values

    @property
    def b(self):
        """Biases, one a class."""
        return self.layers[0].b

    @b.setter
    def b(self, values):
        self.layers[0].b[...] = values

    @property
    def dW(self):
        """Gradient of the last loss with respect to W."""
        return self.layers[0].dW

    @property
    def db(self):
        """Gradient of the last loss with respect to b."""
        return self.layers[0].db

    def named_parameters(self):
        """Return {name: (values, gradient)} for W and b."""
        return {"W": (self.W, self.dW), "b": (self.b, self.db)}

    def __repr__(self):
        return f"LinearClassifier(n_features={self.n_features}, n_classes={self.n_classes})"


class MLP(Network):
    """A multi-layer perceptron: linear steps with an activation after each but the last.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in each layer, from the input to the scores: [784, 256, 128, 10].
    activation : {"relu", "leaky_relu", "sigmoid", "tanh", "linear"}
        Of the hidden layers.
    loss : {"cross_entropy", "hinge", "max_margin"}
        "max_margin" is the slides' objective (10), for one output: ``net.loss(X, X_corrupted)``.
    dropout : float in [0, 1)
        The probability of dropping a hidden neuron in training.
    l2 : float
        λ in L = (1/N) Σ L_i + λ R(W).
    delta : float
        The margin Δ of "hinge" and "max_margin".
    slope : float
        The slope of "leaky_relu" below 0.
    seed : int
        For the initial weights and the dropout masks.
    dtype : float32 to train, float64 to check gradients

    Notes
    -----
    Hidden weights are drawn from N(0, g²/D), D the number of inputs: g² = 2 for ReLU (He et al.,
    2015), 2/(1 + slope²) for leaky ReLU, 1 for the others. So a signal keeps its size from layer
    to layer. The last step's weights are ten times smaller, so every class starts about equally
    likely and the loss near ln K. Biases start at 0.
    """

    def __init__(
        self,
        sizes,
        activation="relu",
        loss="cross_entropy",
        dropout=0.0,
        l2=0.0,
        delta=1.0,
        slope=0.3,
        seed=0,
        dtype=np.float32,
    ):
        sizes = _sizes(sizes)
        if loss == "max_margin" and sizes[-1] != 1:
            raise ValueError(
                "The max-margin objective needs one output, the score s: "
                f"end sizes in 1; it ends in {sizes[-1]}."
            )
        for_weights, for_masks = np.random.SeedSequence(seed).spawn(2)
        super().__init__(
            _layers(sizes, activation, slope, dropout, for_masks, dtype), loss, l2, delta, dtype
        )
        self.sizes, self.activation, self.slope = sizes, activation, slope
        self._draw_weights(np.random.default_rng(for_weights))
        self._options = {
            "sizes": sizes,
            "activation": activation,
            "loss": loss,
            "dropout": float(dropout),
            "delta": float(delta),
            "slope": float(slope),
        }

    def _draw_weights(self, rng):
        gain = {"relu": math.sqrt(2), "leaky_relu": math.sqrt(2 / (1 + self.slope**2))}
        for layer in self.linear:
            deviation = 0.1 if layer is self.linear[-1] else gain.get(self.activation, 1.0)
            deviation /= math.sqrt(layer.n_inputs)
            layer.W[...] = deviation * rng.standard_normal(layer.W.shape)

    def __repr__(self):
        return f"MLP({self.sizes}, activation={self.activation!r})"


def _sizes(sizes):
    try:
        sizes = [_checks.whole("a size", size) for size in sizes]
    except TypeError:
        raise TypeError(f"sizes must be a list like [784, 100, 10]; it is {sizes!r}.") from None
    if len(sizes) < 2:
        raise ValueError(f"sizes must name at least the inputs and the scores; it is {sizes}.")
    return sizes


def _layers(sizes, activation, slope, dropout, seed, dtype):
    """Linear, activation, dropout, and again; at the end Linear alone."""
    layers.activation(activation, slope)  # a wrong name is told even where no layer uses it
    result = []
    n_steps = len(sizes) - 1
    seeds = seed.spawn(n_steps)
    for k in range(n_steps):
        result.append(layers.Linear(sizes[k], sizes[k + 1], dtype, input_gradient=k > 0))
        if k < n_steps - 1:
            result += layers.activation(activation, slope)
            if dropout:
                result.append(layers.Dropout(dropout, seeds[k]))
    return result

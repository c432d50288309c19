"""Networks: layers in a row, a loss at the end, and one flat vector with all parameters."""

import math

import numpy as np

from nnlib import _checks, functional, losses, train
from nnlib.layers import Linear

CHUNK = 1024  # examples predicted at a time, so that a large X needs little memory


class Network:
    """What every network of the course shares.

    All parameters lie in one flat vector, first the weights of every layer, then the biases;
    each layer's W and b are views of it. So an optimiser, the L2 penalty or a copy is one
    operation on one array, however many layers there are.

    Attributes
    ----------
    parameters, gradients : arrays of shape (number of parameters,)
    data_loss, penalty : float
        The two parts of the last `loss`, slide equation (6).
    """

    def __init__(self, layers, loss="cross_entropy", l2=0.0, delta=1.0, dtype=np.float32):
        _checks.one_of("loss", loss, ("cross_entropy", "hinge"))
        self.layers = layers
        self.l2 = _checks.positive("l2", l2, zero=True)
        self.dtype = np.dtype(dtype)
        self.objective = losses.make(loss, _checks.positive("delta", delta, zero=True))
        self._gather_parameters()
        self.n_features = self.linear[0].n_inputs
        self.n_classes = self.linear[-1].n_outputs
        self.data_loss = self.penalty = None
        self._can_go_back = False

    def _gather_parameters(self):
        self.linear = [layer for layer in self.layers if isinstance(layer, Linear)]
        sizes = [layer.W.size for layer in self.linear] + [layer.b.size for layer in self.linear]
        self.parameters = np.zeros(sum(sizes), self.dtype)
        self.gradients = np.zeros(sum(sizes), self.dtype)
        cuts = np.cumsum(sizes)[:-1]
        values = np.split(self.parameters, cuts)  # views, not copies
        slopes = np.split(self.gradients, cuts)
        n = len(self.linear)
        for i, layer in enumerate(self.linear):
            layer.W, layer.dW = (part[i].reshape(layer.W.shape) for part in (values, slopes))
            layer.b, layer.db = values[n + i], slopes[n + i]
        n_weights = sum(sizes[:n])
        self.weights, self.weight_gradients = (
            self.parameters[:n_weights],
            self.gradients[:n_weights],
        )

    def named_parameters(self):
        """Return {name: (values, gradient)}: W1, b1 lead from layer 1 to layer 2, and so on."""
        named = {}
        for k, layer in enumerate(self.linear, start=1):
            named[f"W{k}"] = layer.W, layer.dW
            named[f"b{k}"] = layer.b, layer.db
        return named

    def loss(self, X, y):
        """Return L = (1/N) Σ L_i + λ R(W), slide equation (6), ready for `backward`.

        Parameters
        ----------
        X : array of shape (N, D)
            Floating point, or uint8 pixels, which are scaled to [0, 1] here.
        y : integers of shape (N,)

        Returns
        -------
        float

        Raises
        ------
        ValueError, TypeError
            If X or y has the wrong shape or type.
        FloatingPointError
            If the loss is no longer a finite number.
        """
        X = self._input(_checks.features(X, self.n_features))
        y = _checks.labels(y, len(X), self.n_classes)
        with np.errstate(over="ignore", invalid="ignore"):
            loss = self._loss(X, y)
        if not math.isfinite(loss):
            raise FloatingPointError(train.not_finite(loss))
        return loss

    def _loss(self, X, y):
        """Return the loss of a batch that was checked and scaled already."""
        self.data_loss = self.objective.forward(self._forward(X), y)
        self.penalty = self.l2 * float(self.weights @ self.weights) if self.l2 else 0.0
        self._can_go_back = True
        return self.data_loss + self.penalty

    def backward(self):
        """Fill the gradients of the last `loss`, overwriting the ones before."""
        if not self._can_go_back:
            raise RuntimeError(
                "backward() has no loss to start from: call loss(X, y) right before it "
                "(predict, scores and score use the layers too, and overwrite what it left)."
            )
        error = self.objective.backward()
        for layer in reversed(self.layers):
            error = layer.backward(error)
        if self.l2:
            self.weight_gradients += (2 * self.l2) * self.weights

    def kinks(self):
        """Say for each unit with a kink on which side of it the last `loss` was computed."""
        return self.objective.kinks()

    def scores(self, X):
        """Return the scores of shape (N, K), before any softmax."""
        X = _checks.features(X, self.n_features)
        self._can_go_back = False
        result = np.empty((len(X), self.n_classes), self.dtype)
        for start in range(0, len(X), CHUNK):
            result[start : start + CHUNK] = self._forward(self._input(X[start : start + CHUNK]))
        return result

    def predict(self, X):
        """Return the label with the highest score for each example, of shape (N,)."""
        return self.scores(X).argmax(axis=1)

    def predict_proba(self, X):
        """Return the softmax of the scores, of shape (N, K).

        A network trained with the hinge loss never learnt probabilities: there the rows rank
        the classes, no more.
        """
        return functional.softmax(self.scores(X))

    def score(self, X, y):
        """Return the accuracy: the share of examples whose label is predicted, 0 to 1."""
        return self.evaluate(X, y)[1]

    def evaluate(self, X, y):
        """Return (loss, accuracy) on X and y, as in use, not as in training."""
        X = _checks.features(X, self.n_features)
        y = _checks.labels(y, len(X), self.n_classes)
        self._can_go_back = False
        total, correct = 0.0, 0
        for start in range(0, len(X), CHUNK):
            y_part = y[start : start + CHUNK]
            scores = self._forward(self._input(X[start : start + CHUNK]))
            total += self.objective.forward(scores, y_part) * len(y_part)
            correct += self.objective.n_correct
        penalty = self.l2 * float(self.weights @ self.weights)
        return total / len(X) + penalty, correct / len(X)

    def fit(self, X, y, epochs=10, batch_size=None, optimizer=None, **options):
        """Train the network; see `nnlib.train.fit`."""
        return train.fit(self, X, y, epochs, batch_size, optimizer, **options)

    def _forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def _input(self, X):
        """X in the network's own floating point; pixels 0..255 scaled to [0, 1]."""
        if X.dtype == np.uint8:
            return np.multiply(X, self.dtype.type(1 / 255), dtype=self.dtype)
        return X.astype(self.dtype, copy=False)


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
        layer = Linear(n_features, n_classes, dtype, input_gradient=False)
        super().__init__([layer], loss, l2, delta, dtype)
        self.W = 0.01 * np.random.default_rng(seed).standard_normal(self.W.shape)

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

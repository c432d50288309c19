"""A network: layers in a row, a loss at the end, and one flat vector with all parameters."""

import math

import numpy as np

from nnlib import _checks, _memory, functional, layers, losses, storage, train
from nnlib import trace as tracing

CHUNK = 1024  # examples predicted at a time, so that a large X needs little memory


class Network:
    """What every network of the course shares.

    All parameters lie in one flat vector, first the weights of every layer, then the biases;
    each layer's W and b are views of it. So an optimiser, the L2 penalty or a copy is one
    operation on one array, however many layers there are.

    Attributes
    ----------
    layers : list
    linear : list
        Those of them that have parameters.
    parameters, gradients : arrays of shape (number of parameters,)
    l2 : float
        λ. It may be changed at any time.
    data_loss, penalty : float
        The two parts of the last `loss`, slide equation (6).
    """

    def __init__(self, layer_list, loss, l2, delta, dtype):
        _checks.one_of("loss", loss, losses.NAMES)
        _checks.positive("delta", delta, zero=True)
        self.layers = layer_list
        # Prediction uses the whole network: nothing is dropped.
        self.prediction_layers = [a for a in layer_list if not isinstance(a, layers.Dropout)]
        self.linear = [a for a in layer_list if isinstance(a, layers.Linear)]
        self.n_features = self.linear[0].n_inputs
        self.n_classes = self.linear[-1].n_outputs
        self.l2 = _checks.positive("l2", l2, zero=True)
        self.dtype = np.dtype(dtype)
        self.objective = losses.make(loss, delta)
        self.in_pairs = loss == "max_margin"
        self.data_loss = self.penalty = None
        self._path = None  # the layers that the last loss went through, until they are used anew
        self._place_parameters()

    def _place_parameters(self):
        n_weights = sum(layer.W.size for layer in self.linear)
        n = n_weights + sum(layer.b.size for layer in self.linear)
        self.parameters = _memory.zeros((n,), self.dtype)
        self.gradients = _memory.zeros((n,), self.dtype)
        self.weights = self.parameters[:n_weights]
        self.weight_gradients = self.gradients[:n_weights]
        self._weight_blocks = _memory.blocks(self.weights, self.weight_gradients)
        end = 0
        for layer in self.linear:
            start, end = end, end + layer.W.size
            layer.place_weights(self.parameters[start:end], self.gradients[start:end])
        for layer in self.linear:
            start, end = end, end + layer.b.size
            layer.place_biases(self.parameters[start:end], self.gradients[start:end])

    def named_parameters(self):
        """Return {name: (values, gradient)}: W1, b1 lead from layer 1 to layer 2, and so on."""
        named = {}
        for k, layer in enumerate(self.linear, start=1):
            named[f"W{k}"] = layer.W, layer.dW
            named[f"b{k}"] = layer.b, layer.db
        return named

    # Training

    def loss(self, X, y):
        """Return L = (1/N) Σ L_i + λ R(W), slide equation (6), ready for `backward`.

        Dropout is at work here, as in training; `evaluate` measures without it.

        Parameters
        ----------
        X : array of shape (N, D)
            Floating point, or uint8 pixels, which are scaled to [0, 1] here.
        y : integers of shape (N,)
            With the max-margin objective: the corrupted inputs, of the shape of X.

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
        X, y = self.check(X, y)
        with np.errstate(over="ignore", invalid="ignore"):
            loss = self._loss(self._input(X), self._target(y))
        if not math.isfinite(loss):
            raise FloatingPointError(train.not_finite(loss))
        return loss

    def backward(self, dscores=None):
        """Fill the gradients of the last `loss`, overwriting the ones before.

        Parameters
        ----------
        dscores : array of shape (N, K), or None
            Start from this ∂J/∂s instead of the loss's own; no penalty is added then.
        """
        if self._path is None:
            raise RuntimeError(
                "backward() has no loss to start from: call loss(X, y) right before it "
                "(predict, scores and score use the layers too, and overwrite what it left)."
            )
        error = self.objective.backward() if dscores is None else dscores
        for layer in reversed(self._path):
            error = layer.backward(error)
        if self.l2 and dscores is None:
            for w, g, room in self._weight_blocks:
                g += np.multiply(w, 2 * self.l2, out=room)  # the gradient of λ Σ w²

    def fit(self, X, y, epochs=10, batch_size=None, optimizer=None, **options):
        """Train the network; see `nnlib.train.fit` for all options.

        Returns
        -------
        History
        """
        return train.fit(self, X, y, epochs, batch_size, optimizer, **options)

    # Use

    def scores(self, X):
        """Return the scores of shape (N, K), before any softmax."""
        X = _checks.features(X, self.n_features)
        result = np.empty((len(X), self.n_classes), self.dtype)
        for start in range(0, len(X), CHUNK):
            result[start : start + CHUNK] = self._predict(X[start : start + CHUNK])
        return result

    def predict(self, X):
        """Return the label with the highest score for each example, of shape (N,)."""
        if self.in_pairs:
            raise ValueError("A max-margin network ranks inputs, it has no labels: use scores(X).")
        return self.scores(X).argmax(axis=1)

    def predict_proba(self, X):
        """Return the softmax of the scores, of shape (N, K).

        A network trained with the hinge loss never learnt probabilities: there the rows rank
        the classes, no more.
        """
        return functional.softmax(self.scores(X))

    def score(self, X, y):
        """Return the accuracy, 0 to 1: the share of examples whose label is predicted.

        With the max-margin objective: the share of true inputs scored above corrupted ones.
        """
        return self.evaluate(X, y)[1]

    def evaluate(self, X, y):
        """Return (loss, accuracy) on X and y, without dropout."""
        *_, whole = self.evaluations(X, y)
        return whole

    def evaluations(self, X, y):
        """Evaluate a thousand examples at a time, for a caller that may not wait for all of them.

        Yields
        ------
        (loss, accuracy)
            On the examples until then; the last pair is that of `evaluate`.
        """
        X, y = self.check(X, y)
        total, correct = 0.0, 0
        for start in range(0, len(X), CHUNK):
            part = slice(start, start + CHUNK)
            X_part = np.concatenate([X[part], y[part]]) if self.in_pairs else X[part]
            scores = self._predict(X_part)
            total += self.objective.forward(scores, y[part]) * len(y[part])
            correct += self.objective.n_correct
            n = min(start + CHUNK, len(X))
            yield float(total / n + self._penalty()), float(correct / n)

    def trace(self, X, y=None, dscores=None, dropout=False):
        """Return every number of one pass, in the slides' notation.

        Parameters
        ----------
        X : array of shape (D,) for one example, or (N, D)
        y : integer, or integers of shape (N,), or None
            With it, J is the loss. With the max-margin objective: the corrupted input; the
            trace then has two rows (2N), the true inputs' and below them the corrupted ones'.
        dscores : number, or array of shape (K,) or (N, K), or None
            In place of y: where the error signal starts, ∂J/∂s. With 1, for a network with one
            output, J is the score itself, as in the slides' error distribution.
        dropout : bool
            True draws masks, as in training.

        Returns
        -------
        Trace
            Its delta, dW and db are empty if neither y nor dscores is given. Otherwise the
            network's own gradients are filled too, as by `backward`.
        """
        X = np.asarray(X)
        single = X.ndim == 1
        path = self.layers if dropout else self.prediction_layers
        X, loss = np.atleast_2d(X), None
        if y is not None:
            X, y = self.check(X, np.atleast_2d(y) if self.in_pairs else np.ravel(y))
            loss = self._loss(self._input(X), self._target(y), path)
        else:
            self._forward(self._input(_checks.features(X, self.n_features)), path)
        trace = tracing.forward(path, single and not self.in_pairs)
        trace.loss = loss
        if dscores is not None:
            dscores = np.broadcast_to(np.asarray(dscores, self.dtype), self.linear[-1].z.shape)
        if y is not None or dscores is not None:
            self.backward(dscores)
            tracing.backward(trace, path, single and not self.in_pairs)
        self._path = None if y is None else path
        return trace

    # Copies and files

    def state_dict(self):
        """Return copies of all parameters by name: {"W1": …, "b1": …, …}."""
        return {name: values.copy() for name, (values, _) in self.named_parameters().items()}

    def options(self):
        """Return what is needed to make a network like this one."""
        return self._options | {"l2": float(self.l2), "dtype": self.dtype.name}

    def load_state_dict(self, state):
        """Take over the parameters of a `state_dict`.

        Raises
        ------
        ValueError
            If a name is missing or unknown, or a shape does not fit.
        """
        own = self.named_parameters()
        if state.keys() != own.keys():
            raise ValueError(
                f"state must have the entries {', '.join(own)}; it has {', '.join(state)}."
            )
        for name, (values, _) in own.items():
            if np.shape(state[name]) != values.shape:
                raise ValueError(
                    f"{name} must have shape {values.shape}; it has {np.shape(state[name])}. "
                    "Was the state saved from a network of other sizes?"
                )
        for name, (values, _) in own.items():
            values[...] = state[name]
        self._path = None

    def save(self, path):
        """Write the network, its options and its parameters to an npz file."""
        storage.save(path, type(self).__name__, self.options(), self.state_dict())

    @classmethod
    def load(cls, path):
        """Read a network that `save` wrote; nothing in the file is executed.

        Raises
        ------
        ValueError
            If the file holds no network of this kind.
        """
        options, state = storage.load(path, cls.__name__)
        network = cls(**options)
        network.load_state_dict(state)
        return network

    # What the others are made of

    def check(self, X, y):
        """Return X and y as arrays that fit this network, or raise an error that helps."""
        X = _checks.features(X, self.n_features)
        if not self.in_pairs:
            return X, _checks.labels(y, len(X), self.n_classes)
        corrupted = _checks.features(y, self.n_features)
        if corrupted.shape != X.shape:
            raise ValueError(
                f"y must hold one corrupted input for each row of X, shape {X.shape}; "
                f"it has shape {corrupted.shape}."
            )
        return X, corrupted

    def sides(self):
        """Say for each unit with a kink on which side of it the last `loss` was computed."""
        sides, k = {}, 1
        for layer in self.layers:
            k += isinstance(layer, layers.Linear)
            if hasattr(layer, "sides"):
                sides[f"the {type(layer).__name__} at z[{k}]"] = layer.sides()
        return sides | self.objective.sides()

    def freeze_dropout(self, frozen):
        """Keep the dropout masks from one pass to the next, or draw new ones again."""
        for layer in self.layers:
            if isinstance(layer, layers.Dropout):
                layer.frozen = frozen

    def _loss(self, X, y, path=None):
        """Return the loss of a batch that was checked and scaled already."""
        if self.in_pairs:
            X = np.concatenate([X, y])
        self.data_loss = self.objective.forward(self._forward(X, path or self.layers), y)
        self.penalty = self._penalty()
        return self.data_loss + self.penalty

    def _forward(self, X, path):
        for layer in path:
            X = layer.forward(X)
        self._path = path
        return X

    def _penalty(self):
        return self.l2 * float(self.weights @ self.weights) if self.l2 else 0.0

    def _predict(self, X):
        scores = self._forward(self._input(X), self.prediction_layers)
        self._path = None  # what the layers hold now belongs to no loss
        return scores

    def _input(self, X, out=None):
        """Return X in the network's own floating point; pixels 0..255 scaled to [0, 1]."""
        if X.dtype == self.dtype:
            return X
        out = np.empty(X.shape, self.dtype) if out is None else out
        out[...] = X
        if X.dtype == np.uint8:
            out *= 1 / 255
        return out

    def _target(self, y):
        return self._input(y) if self.in_pairs else y

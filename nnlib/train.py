"""The training loop: for each batch loss, backward, step; for each epoch a line of history."""

import contextlib
import math
import time
from collections import deque

import numpy as np

from nnlib import _checks
from nnlib.batches import Batcher
from nnlib.callbacks import EarlyStopping, Progress, StopFlag
from nnlib.optim import SGD

__all__ = ["DivergedError", "EarlyStopping", "History", "Progress", "StopFlag", "fit", "steps"]

# A training that diverges is reported by our own error, not by NumPy's warnings.
DIVERGING = {"over": "ignore", "invalid": "ignore"}


class History:
    """What was measured after each epoch: history["loss"] is a list with one entry an epoch.

    Names: loss, accuracy (means over the epoch's batches, while the weights were changing),
    val_loss, val_accuracy (after the epoch, if validation data were given), lr, seconds (of
    training, without validation). The losses contain the penalty λ R(W).

    Attributes
    ----------
    batch_losses : list of float
        The loss of each step, in order; also the one that was no longer a finite number.
    batch_size : int or None
        Examples in a step.
    """

    def __init__(self):
        self._lists = {}
        self.batch_losses = []
        self.batch_size = None

    def record(self, **values):
        """Add one epoch's values."""
        for name, value in values.items():
            self._lists.setdefault(name, []).append(value)

    def __getitem__(self, name):
        if name not in self._lists:
            raise KeyError(f"no {name!r} in this history; it has {', '.join(self._lists)}")
        return self._lists[name]

    def __contains__(self, name):
        return name in self._lists

    def __len__(self):
        """Return the number of epochs."""
        return max(map(len, self._lists.values()), default=0)

    def __iter__(self):
        return iter(self._lists)

    def keys(self):
        """Return the names of the lists."""
        return self._lists.keys()

    def __repr__(self):
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self._lists.items())
        return f"History({len(self)} epochs; last: {last})" if last else "History(0 epochs)"


class DivergedError(FloatingPointError):
    """The loss is no longer a finite number; `history` holds the epochs until then."""

    def __init__(self, message, history):
        super().__init__(message)
        self.history = history


def not_finite(loss):
    """Say what to do when the loss is no longer a finite number."""
    return (
        f"The loss is {loss}: the weights have grown beyond all bounds. Lower the learning rate, "
        "make the network anew and train again; or look for NaN in X."
    )


def fit(
    network,
    X,
    y,
    epochs=10,
    batch_size=None,
    optimizer=None,
    validation=None,
    seed=0,
    callbacks=(),
):
    """Train a network; go on from the weights that it has.

    Parameters
    ----------
    network : LinearClassifier or MLP
    X : array of shape (N, D)
        Floating point, or uint8 pixels, which are scaled to [0, 1] batch by batch.
    y : integers of shape (N,)
        With the max-margin objective: the corrupted inputs, of the shape of X.
    epochs : int
        How many times to go through all examples.
    batch_size : int or None
        None is full-batch descent: one step an epoch.
    optimizer : Optimizer
        `SGD(lr=0.01)` if None. Used again with the same network, it goes on as it was.
    validation : (X, y) or None
        Measured after each epoch, without dropout.
    seed : int
        For the order of the examples.
    callbacks : list
        Objects with some of the methods that `nnlib.callbacks` names.

    Returns
    -------
    History

    Raises
    ------
    ValueError, TypeError
        If an argument has the wrong shape or type.
    DivergedError
        If the loss is no longer a finite number; its `history` has the epochs until then.
    """
    going = _steps(network, X, y, epochs, batch_size, optimizer, validation, seed, callbacks)
    # closing: a key that interrupts still lets the callbacks end their work
    with np.errstate(**DIVERGING), contextlib.closing(going):
        return deque(going, maxlen=1).pop()  # go to the end


def steps(
    network,
    X,
    y,
    epochs=10,
    batch_size=None,
    optimizer=None,
    validation=None,
    seed=0,
    callbacks=(),
):
    """Train as `fit` does, a step at a time: between two steps you may look, wait, or stop.

    Parameters
    ----------
    network, X, y, epochs, batch_size, optimizer, validation, seed, callbacks
        As in `fit`; what is wrong with them is told when the first step is asked for.

    Yields
    ------
    History
        After each step, after each thousand examples of a validation, and when an epoch's line
        was written: always the same one, which grows.

    Raises
    ------
    ValueError, TypeError, DivergedError
        As `fit`.

    Examples
    --------
    >>> for history in train.steps(net, X, y, epochs=5, batch_size=64):
    ...     if clock.is_over():
    ...         break
    """
    going = _steps(network, X, y, epochs, batch_size, optimizer, validation, seed, callbacks)
    with contextlib.closing(going):
        while True:
            # Not around the loop: the caller's own warnings, and other threads, are none of ours.
            with np.errstate(**DIVERGING):
                history = next(going, None)
            if history is None:
                return
            yield history


def _steps(network, X, y, epochs, batch_size, optimizer, validation, seed, callbacks):
    """Train; yield the history after each step, each part of a validation, and each epoch."""
    X, y = network.check(X, y)
    _checks.not_raw_pixels(X)
    # X[:, order] lies in memory column by column: gathering its rows would take 200 times as long.
    X, y = np.ascontiguousarray(X), np.ascontiguousarray(y)
    if validation is not None:  # wrong shapes should be told now, not after an epoch
        validation = network.check(*validation)
    epochs = _checks.whole("epochs", epochs)
    batches = Batcher(network, X, y, batch_size)
    optimizer = (optimizer or SGD()).bind(network)
    rng = np.random.default_rng(seed)
    history = History()
    history.batch_size = batches.size
    after_batch = _methods(callbacks, "on_batch_end")
    after_epoch = _methods(callbacks, "on_epoch_end")
    _call(_methods(callbacks, "on_fit_begin"), network, epochs, len(batches))
    try:
        for _ in range(epochs):
            optimizer.start_epoch()
            measured = yield from _epoch(network, batches, rng, optimizer, after_batch, history)
            if measured is None:
                break
            if validation is not None:
                for val_loss, val_accuracy in network.evaluations(*validation):
                    measured |= {"val_loss": val_loss, "val_accuracy": val_accuracy}
                    yield history
            history.record(**measured)
            yield history
            if _call(after_epoch, network, history):
                break
    finally:
        _call(_methods(callbacks, "on_fit_end"), network, history)


def _epoch(network, batches, rng, optimizer, after_batch, history):
    """Go once through the examples; return the epoch's line of history, None if stopped."""
    total, correct = 0.0, 0
    start = time.perf_counter()
    for X_batch, y_batch in batches.epoch(rng):
        loss = network._loss(X_batch, y_batch)
        history.batch_losses.append(loss)
        if not math.isfinite(loss):
            raise DivergedError(not_finite(loss), history)
        network.backward()
        optimizer.step()
        total += loss * len(y_batch)
        correct += network.objective.n_correct
        left = time.perf_counter()
        yield history
        start += time.perf_counter() - left  # what happens between the steps is no training
        if after_batch and _call(after_batch, network, loss):
            return None
    return {
        "loss": total / batches.n,
        "accuracy": correct / batches.n,
        "lr": optimizer.lr,
        "seconds": time.perf_counter() - start,
    }


def _methods(callbacks, name):
    return [getattr(callback, name) for callback in callbacks if hasattr(callback, name)]


def _call(methods, *args):
    """Call every method, and say whether one of them wants the training to stop."""
    return any([method(*args) is True for method in methods])  # noqa: C419 (call them all)

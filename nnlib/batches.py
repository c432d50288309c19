"""Examples in random order, a batch at a time; each example once in an epoch."""

import numpy as np

from nnlib import _checks


def batches(X, y, batch_size, rng):
    """Go once through the examples in random order, without replacement.

    Parameters
    ----------
    X, y : arrays with one row an example
    batch_size : int
        The last batch holds what is left over and may be smaller.
    rng : numpy.random.Generator, or a seed for one

    Yields
    ------
    X_batch, y_batch : copies of the rows drawn
    """
    if len(X) != len(y):
        raise ValueError(f"X and y must be equally long; they have {len(X)} and {len(y)} rows.")
    _checks.whole("batch_size", batch_size)
    order = np.random.default_rng(rng).permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def split(X, y, fraction=0.8, seed=0):
    """Cut the examples at random into two parts, for instance for training and validation.

    Parameters
    ----------
    X, y : arrays with one row an example
    fraction : float between 0 and 1
        The first part's share.
    seed : int

    Returns
    -------
    (X_first, y_first), (X_second, y_second)
    """
    if len(X) != len(y):
        raise ValueError(f"X and y must be equally long; they have {len(X)} and {len(y)} rows.")
    n_first = round(len(X) * fraction)
    if not 0 < n_first < len(X):
        raise ValueError(
            f"fraction must leave examples on both sides; {fraction!r} of {len(X)} gives {n_first}."
        )
    order = np.random.default_rng(seed).permutation(len(X))
    first, second = order[:n_first], order[n_first:]
    return (X[first], y[first]), (X[second], y[second])


class Batcher:
    """The fast form of `batches` for training: batches land in one array made once.

    Pixels stay uint8 and are scaled batch by batch: a quarter of the memory, and the rows are
    gathered from a quarter of the bytes. Without a batch size, all examples are one batch.
    """

    def __init__(self, network, X, y, batch_size=None):
        n = len(X)
        self.network, self.X, self.y = network, X, y
        self.size = n if batch_size is None else min(_checks.whole("batch_size", batch_size), n)
        if self.size == n:  # their order does not matter: gather and scale once
            self.X = network._input(X)
            return
        self.X_rows = np.empty((self.size, X.shape[1]), X.dtype)
        self.y_rows = np.empty(self.size, y.dtype)

    def epoch(self, rng):
        """Yield (X_batch, y_batch), which the next turn overwrites."""
        n = len(self.X)
        if self.size == n:
            yield self.X, self.y
            return
        order = rng.permutation(n)
        for start in range(0, n, self.size):
            rows = order[start : start + self.size]
            X_batch, y_batch = self.X_rows[: len(rows)], self.y_rows[: len(rows)]
            # mode="clip" lets take write straight into out; the default makes a copy first
            np.take(self.X, rows, axis=0, out=X_batch, mode="clip")
            np.take(self.y, rows, out=y_batch, mode="clip")
            yield self.network._input(X_batch), y_batch

"""Examples in random order, a batch at a time; each example once in an epoch."""

import numpy as np

from nnlib import _checks, _memory


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
    """The fast form of `batches` for training: batches land in arrays made once.

    Pixels stay uint8 and are scaled batch by batch: a quarter of the memory, and the rows are
    gathered from a quarter of the bytes. Without a batch size, all examples are one batch.
    """

    def __init__(self, network, X, y, batch_size=None):
        self.n = len(X)
        size = self.n if batch_size is None else _checks.whole("batch_size", batch_size)
        self.size = min(size, self.n)
        self.X, self.y = _Rows(X, self.size, network), _Rows(y, self.size, network)

    def epoch(self, rng):
        """Yield (X_batch, y_batch), which the next turn overwrites."""
        if self.size == self.n:  # all at once: their order does not matter
            yield self.X.all(), self.y.all()
            return
        order = rng.permutation(self.n)
        for start in range(0, self.n, self.size):
            rows = order[start : start + self.size]
            yield self.X.take(rows), self.y.take(rows)

    def __len__(self):
        """Return the number of batches in an epoch."""
        return -(-self.n // self.size)


class _Rows:
    """Chosen rows of an array, labels as they are, features in the network's floating point."""

    def __init__(self, array, size, network):
        self.array, self.network = array, network
        self.are_features = array.ndim == 2
        if size == len(array):
            self.array = network._input(array) if self.are_features else array
            return
        shape = (size, *array.shape[1:])
        self.rows = _memory.empty(shape, array.dtype)
        self.scaled = _memory.empty(shape, network.dtype) if self.are_features else None

    def all(self):
        return self.array

    def take(self, rows):
        out = self.rows[: len(rows)]
        # mode="clip" lets take write straight into out; the default makes a copy first
        self.array.take(rows, axis=0, out=out, mode="clip")
        return self.network._input(out, self.scaled[: len(rows)]) if self.are_features else out

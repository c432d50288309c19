"""Errors that say what is wrong with an argument, and how to put it right."""

import numpy as np


def features(X, n_features):
    """Return X as an array of shape (N, n_features), or say why it cannot be one."""
    X = np.asarray(X)
    if not (np.issubdtype(X.dtype, np.floating) or np.issubdtype(X.dtype, np.integer)):
        raise TypeError(f"X must hold numbers; it holds {X.dtype}.")
    if X.ndim == 2 and X.shape[1] == n_features:
        return X
    expected = f"X must have shape (N, {n_features}), one row an example; it has shape {X.shape}."
    if X.ndim == 1 and X.shape[0] == n_features:
        raise ValueError(f"{expected} For one example write X[None, :].")
    if X.ndim == 2 and X.shape[0] == n_features:
        raise ValueError(f"{expected} It looks transposed (D×N): pass X.T.")
    if X.ndim > 2 and int(np.prod(X.shape[1:])) == n_features:
        raise ValueError(f"{expected} Flatten the images: X.reshape(len(X), -1).")
    raise ValueError(f"{expected} Make the network for {X.shape[-1] if X.ndim else 0} features?")


def labels(y, n_examples, n_classes):
    """Return y as an array of shape (N,) of integers 0..K-1, or say why it cannot be one."""
    y = np.asarray(y)
    last = n_classes - 1
    expected = f"y must have shape ({n_examples},) and hold integers 0..{last}"
    if y.ndim == 2 and y.shape[1] == n_classes and n_classes > 1:
        raise ValueError(
            f"{expected}; it has shape {y.shape}. It looks one-hot: pass y.argmax(axis=1)."
        )
    if y.shape == (n_examples, 1):
        raise ValueError(f"{expected}; it has shape {y.shape}. Pass y[:, 0].")
    if y.shape != (n_examples,):
        raise ValueError(f"{expected}; it has shape {y.shape}. X and y must be equally long.")
    if not np.issubdtype(y.dtype, np.integer):
        raise TypeError(f"{expected}; it holds {y.dtype}. Pass y.astype(int).")
    if n_examples == 0:
        raise ValueError(f"{expected}; it is empty.")
    low, high = y.min(), y.max()
    if low == 1 and high == n_classes:
        raise ValueError(f"{expected}; they run from 1 to {n_classes}. Pass y - 1.")
    if low < 0 or high > last:
        raise ValueError(
            f"{expected}; they run from {low} to {high}. Check n_classes, which is {n_classes}."
        )
    return y.astype(np.intp, copy=False)


def not_raw_pixels(X):
    """Refuse pixels 0..255 in floating point: training on them hardly ever works."""
    if X.dtype == np.uint8 or len(X) == 0 or X.shape[1] < 16:  # fewer are no picture
        return
    sample = X[:256]
    if sample.min() >= 0 and 128 <= sample.max() <= 255 and np.all(sample == np.floor(sample)):
        raise ValueError(
            f"X holds whole numbers up to {sample.max():g}, like pixels that were not scaled. "
            "Pass X / 255, or the uint8 pixels themselves (they are then scaled here)."
        )


def positive(name, value, *, zero=False):
    """Return value if it is a number above zero (or zero, where that is allowed)."""
    if isinstance(value, int | float | np.number) and (value > 0 or (zero and value == 0)):
        return value
    bound = "zero or more" if zero else "above zero"
    raise ValueError(f"{name} must be a number {bound}; it is {value!r}.")


def whole(name, value):
    """Return value if it is a whole number of at least 1."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise ValueError(f"{name} must be a whole number of at least 1; it is {value!r}.")


def one_of(name, value, choices):
    """Return value if it is one of the choices."""
    if value in choices:
        return value
    known = ", ".join(repr(choice) for choice in choices)
    raise ValueError(f"{name} must be one of {known}; it is {value!r}.")

"""How good predictions are."""

import numpy as np

from nnlib import _checks


def accuracy(y, predicted):
    """Return the share of labels that were predicted, 0 to 1.

    Parameters
    ----------
    y, predicted : integers of shape (N,)

    Raises
    ------
    ValueError
        If they are not equally long, or empty.
    """
    y, predicted = _pair(y, predicted)
    return float((y == predicted).mean())


def confusion_matrix(y, predicted, n_classes=None):
    """Count how often each class was taken for each other.

    Parameters
    ----------
    y, predicted : integers of shape (N,)
    n_classes : int or None
        K; None takes the largest label that occurs.

    Returns
    -------
    array of shape (K, K)
        Row i, column j: how many examples of class i were predicted as j. The diagonal is right.
    """
    y, predicted = _pair(y, predicted)
    k = int(max(y.max(), predicted.max())) + 1 if n_classes is None else n_classes
    _checks.labels(y, len(y), k)
    _checks.labels(predicted, len(y), k)
    return np.bincount(y * k + predicted, minlength=k * k).reshape(k, k)


def _pair(y, predicted):
    y, predicted = np.asarray(y), np.asarray(predicted)
    if y.ndim != 1 or y.shape != predicted.shape or y.size == 0:
        raise ValueError(
            "y and predicted must be labels of one shape (N,), N at least 1; "
            f"they have the shapes {y.shape} and {predicted.shape}."
        )
    return y, predicted

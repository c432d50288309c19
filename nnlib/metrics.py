"""How good predictions are, and which units of a network can still learn."""

import numpy as np

from nnlib import _checks

SATURATED = 0.01  # below this slope an error signal shrinks to less than a hundredth


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


def saturated(slopes, limit=SATURATED):
    """Say where an activation function is nearly flat, so that hardly any error signal passes.

    Parameters
    ----------
    slopes : array of any shape
        f'(z), such as ``functional.sigmoid_grad(trace.z[2])``.
    limit : float
        A slope below it counts as flat. With 0.01, the sigmoid is saturated beyond z = ±4.6,
        tanh beyond z = ±3, and ReLU where it is switched off.

    Returns
    -------
    array of bool, of the same shape
    """
    return np.asarray(slopes) < limit


def dead(slopes, limit=SATURATED):
    """Say which units are saturated for every example: no example of these can teach them.

    A dead ReLU gives 0 for every example.

    Parameters
    ----------
    slopes : array of shape (N, K)
        f'(z) of a layer's K units for N examples.
    limit : float
        As in `saturated`.

    Returns
    -------
    array of bool, of shape (K,)

    Raises
    ------
    ValueError
        If slopes does not have one row an example.
    """
    slopes = np.asarray(slopes)
    if slopes.ndim != 2 or len(slopes) == 0:
        raise ValueError(
            "slopes must have shape (N, K), one row an example and N at least 1; "
            f"it has shape {slopes.shape}."
        )
    return saturated(slopes, limit).all(axis=0)


def _pair(y, predicted):
    y, predicted = np.asarray(y), np.asarray(predicted)
    if y.ndim != 1 or y.shape != predicted.shape or y.size == 0:
        raise ValueError(
            "y and predicted must be labels of one shape (N,), N at least 1; "
            f"they have the shapes {y.shape} and {predicted.shape}."
        )
    return y, predicted

"""The formulas of the slides as functions of NumPy arrays, each beside its gradient.

A batch is X of shape (N, D), rows are examples; y of shape (N,) holds integers 0..K-1; W is
(K, D), b is (K,). One example may be passed without its first axis: x of shape (D,), its scores
of shape (K,), its label an integer. Equation numbers are the slides'. The same functions as
plain loops stand in `nnlib.reference`.
"""

import numpy as np

from nnlib import _checks


def scores(X, W, b):
    """Score every class for every example: s = Wx + b, slide equation (1).

    Parameters
    ----------
    X : array of shape (N, D), or (D,) for one example
    W : array of shape (K, D), one row a class
    b : array of shape (K,)

    Returns
    -------
    array of shape (N, K), or (K,)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    TypeError
        If X holds uint8 pixels, which must be scaled first.
    """
    X, W, b = np.asarray(X), np.asarray(W), np.asarray(b)
    if X.dtype == np.uint8:
        raise TypeError("X holds uint8 pixels 0..255. Scale them first: X / np.float32(255).")
    if W.ndim != 2:
        raise ValueError(f"W must have shape (K, D), one row a class; it has shape {W.shape}.")
    if X.ndim != 1 or len(X) != W.shape[1]:
        X = _checks.features(X, W.shape[1])
    if b.shape != W.shape[:1]:
        raise ValueError(
            f"b must have shape ({W.shape[0]},), one bias a class; it has shape {b.shape}."
        )
    return X @ W.T + b


def scores_grad(dscores, X):
    """Gradient of equation (1): from dL/ds to dL/dW and dL/db.

    Each row of W meets every example: dW = Σ_i ds_i x_iᵀ, db = Σ_i ds_i.

    Parameters
    ----------
    dscores : array of shape (N, K), or (K,)
    X : array of shape (N, D), or (D,)

    Returns
    -------
    dW : array of shape (K, D)
    db : array of shape (K,)
    """
    dscores, X = np.atleast_2d(dscores), np.atleast_2d(X)
    if len(dscores) != len(X):
        raise ValueError(
            f"dscores and X must have one row an example; they have {len(dscores)} and {len(X)}."
        )
    return dscores.T @ X, dscores.sum(axis=0)


def softmax(z):
    """Turn scores into probabilities: e^{z_j} / Σ_k e^{z_k}, slide equation (2).

    Subtracting the largest score changes nothing (numerator and denominator shrink by the same
    factor) and keeps the exponentials from overflowing.

    Parameters
    ----------
    z : array of shape (..., K)

    Returns
    -------
    array of the same shape; every row is positive and sums to 1
    """
    z = _floating(z)
    return softmax_stages(z - z.max(axis=-1, keepdims=True))[-1]


def softmax_stages(z):
    """Return the three stages of equation (2) as they stand there: exponentiate, sum, divide.

    Large scores overflow here; `softmax` subtracts the largest one first.

    Parameters
    ----------
    z : array of shape (..., K)

    Returns
    -------
    exponentials : array of the same shape
    total : array of shape (..., 1)
    probabilities : array of the same shape
    """
    exponentials = np.exp(z)
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials, total, exponentials / total


def log_softmax(z):
    """Logarithm of the softmax: z_j - log Σ_k e^{z_k}, finite where softmax rounds to 0.

    Parameters
    ----------
    z : array of shape (..., K)

    Returns
    -------
    array of the same shape
    """
    z = _floating(z)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(scores, y, reduction="mean"):
    """Cross-entropy of the softmax of the scores: L_i = -log ŷ_{y_i}, slide equation (3).

    With a one-hot y the slide's sum -y·log ŷ has this single term.

    Parameters
    ----------
    scores : array of shape (N, K), or (K,) for one example
        The scores before the softmax.
    y : integers of shape (N,), or one integer
    reduction : {"mean", "none"}
        "mean" gives the mean of the L_i, "none" the L_i themselves, of shape (N,).

    Returns
    -------
    float, or array of shape (N,)

    Raises
    ------
    ValueError, TypeError
        If y does not hold one integer 0..K-1 for each row of the scores.
    """
    z, y = _pairs(scores, y)
    losses = -log_softmax(z)[np.arange(len(y)), y]
    return _reduce(losses, reduction)


def cross_entropy_grad(scores, y):
    """Gradient of the mean cross-entropy with respect to the scores: (ŷ - y)/N, y one-hot.

    Parameters
    ----------
    scores : array of shape (N, K), or (K,)
    y : integers of shape (N,), or one integer

    Returns
    -------
    array of the shape of the scores
    """
    z, y = _pairs(scores, y)
    dscores = softmax(z)
    dscores[np.arange(len(y)), y] -= 1
    dscores /= len(y)
    return dscores.reshape(np.shape(scores))


def hinge(scores, y, delta=1.0, reduction="mean"):
    """Hinge loss: L_i = Σ_{j≠y_i} max(0, s_j - s_{y_i} + Δ), slide equations (4) and (7).

    Parameters
    ----------
    scores : array of shape (N, K), or (K,)
    y : integers of shape (N,), or one integer
    delta : float
        The margin Δ by which the true class's score should lead.
    reduction : {"mean", "none"}

    Returns
    -------
    float, or array of shape (N,)
    """
    return _reduce(np.atleast_2d(hinge_terms(scores, y, delta)).sum(axis=1), reduction)


def hinge_terms(scores, y, delta=1.0):
    """Terms of the hinge loss before they are added up: max(0, s_j - s_{y_i} + Δ), equation (4).

    Parameters
    ----------
    scores : array of shape (N, K), or (K,)
    y : integers of shape (N,), or one integer
    delta : float
        The margin Δ.

    Returns
    -------
    array of the shape of the scores
        0 at the true class, which has no term.
    """
    z, y = _pairs(scores, y)
    return np.maximum(0, _margins(z, y, delta)).reshape(np.shape(scores))


def hinge_kinks(scores, y, j, delta=1.0):
    """Values of one score at which the hinge loss has a corner, the other scores fixed.

    The true class's score meets a corner where it leads another class by exactly Δ, and from
    the last one on the loss is flat, at 0. A wrong class's score meets one, where it comes
    within Δ of the true class, and below it the loss is flat.

    Parameters
    ----------
    scores : array of shape (K,)
    y : int
        The true class.
    j : int
        The class whose score moves; its entry in scores does not matter.
    delta : float
        The margin Δ.

    Returns
    -------
    array of shape (K - 1,) if j is the true class, else (1,); rising
    """
    z, y = _pairs(scores, y)
    if len(z) != 1:
        raise ValueError(f"scores must be of one example, shape (K,); it has {np.shape(scores)}.")
    z, y = z[0], y.item()
    return np.sort(np.delete(z, y) + delta) if j == y else np.array([z[y] - delta])


def hinge_grad(scores, y, delta=1.0):
    """Gradient of the mean hinge loss with respect to the scores, slide equations (8) and (9).

    A class inside the margin gets +1 (9); the true class gets minus their number (8). On the
    kink itself, where a margin is exactly met, the gradient is taken as 0.

    Parameters
    ----------
    scores : array of shape (N, K), or (K,)
    y : integers of shape (N,), or one integer
    delta : float

    Returns
    -------
    array of the shape of the scores
    """
    z, y = _pairs(scores, y)
    dscores = (_margins(z, y, delta) > 0).astype(z.dtype)
    dscores[np.arange(len(y)), y] = -dscores.sum(axis=1)
    dscores /= len(y)
    return dscores.reshape(np.shape(scores))


def l2_penalty(W):
    """Sum of the squared weights: R(W) = Σ_k Σ_d W_{k,d}², slide equation (5).

    Parameters
    ----------
    W : array of any shape

    Returns
    -------
    float
    """
    W = np.asarray(W)
    return float(np.sum(W * W))


def l2_penalty_grad(W):
    """Gradient of the L2 penalty: 2W.

    Parameters
    ----------
    W : array of any shape

    Returns
    -------
    array of the shape of W
    """
    return 2 * np.asarray(W)


def sigmoid(z):
    """Squash z into (0, 1): σ(z) = 1 / (1 + e^{-z}), the slides' single neuron.

    Only e^{-|z|} is computed, which cannot overflow.

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    z = _floating(z)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def sigmoid_grad(z):
    """Slope of the sigmoid: σ'(z) = σ(z) (1 - σ(z)), at most 1/4.

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    a = sigmoid(z)
    return a * (1 - a)


def tanh(z):
    """Squash z into (-1, 1): tanh(z) = (e^z - e^{-z}) / (e^z + e^{-z}).

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return np.tanh(_floating(z))


def tanh_grad(z):
    """Slope of tanh: 1 - tanh(z)², at most 1.

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return 1 - tanh(z) ** 2


def relu(z):
    """Rectified linear unit: max(0, z).

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return np.maximum(_floating(z), 0)


def relu_grad(z):
    """Slope of ReLU: 1 where z > 0, else 0 (on the kink itself too).

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    z = _floating(z)
    return (z > 0).astype(z.dtype)


def leaky_relu(z, slope=0.3):
    """Leaky ReLU: max(az, z), so that no unit dies.

    Parameters
    ----------
    z : array of any shape
    slope : float in [0, 1]
        The slides' a.

    Returns
    -------
    array of the same shape
    """
    z = _floating(z)
    return np.maximum(slope * z, z)


def leaky_relu_grad(z, slope=0.3):
    """Slope of leaky ReLU: 1 where z > 0, else a.

    Parameters
    ----------
    z : array of any shape
    slope : float in [0, 1]

    Returns
    -------
    array of the same shape
    """
    z = _floating(z)
    return np.where(z > 0, 1, slope).astype(z.dtype)


def neuron(x, w, b, activation="sigmoid"):
    """One neuron: a = f(w·x + b); with the sigmoid, the slides' a = 1 / (1 + e^{-(w·x + b)}).

    Parameters
    ----------
    x : array of shape (N, D), or (D,) for one input
    w : array of shape (D,)
    b : float
    activation : {"sigmoid", "tanh", "relu", "leaky_relu"}

    Returns
    -------
    array of shape (N,), or a number
    """
    f, _ = _activation(activation)
    return f(scores(x, np.atleast_2d(w), np.atleast_1d(b))[..., 0])


def neuron_grad(x, w, b, activation="sigmoid"):
    """Rates of change of one neuron: ∂a/∂w = f'(z) x, ∂a/∂b = f'(z), ∂a/∂x = f'(z) w.

    Parameters
    ----------
    x, w, b, activation
        As for `neuron`.

    Returns
    -------
    dw : array of the shape of x
    db : array of shape (N,), or a number
    dx : array of the shape of x
    """
    _, slope = _activation(activation)
    db = slope(scores(x, np.atleast_2d(w), np.atleast_1d(b))[..., 0])
    return db[..., None] * np.asarray(x), db, db[..., None] * np.asarray(w)


def neuron_step(w, b):
    """Return where a neuron with one input steps: x = -b/w, where w x + b = 0.

    Parameters
    ----------
    w, b : float

    Returns
    -------
    float, or None where there is no such place because w is 0
    """
    with np.errstate(over="ignore"):
        place = -np.float64(b) / w if w else np.inf
    return float(place) if np.isfinite(place) else None


def max_margin(s, s_corrupted, delta=1.0, reduction="mean"):
    """Max-margin objective: J = max(Δ + s_c - s, 0), slide equation (10) with Δ = 1.

    Parameters
    ----------
    s, s_corrupted : arrays of shape (N,), or numbers
        The scores of true inputs and of corrupted ones.
    delta : float
        The margin Δ.
    reduction : {"mean", "none"}

    Returns
    -------
    float, or array of shape (N,)
    """
    s, s_corrupted = _floating(s), _floating(s_corrupted)
    if s.shape != s_corrupted.shape:
        raise ValueError(
            "s and s_corrupted must have one shape; "
            f"they have the shapes {s.shape} and {s_corrupted.shape}."
        )
    return _reduce(np.maximum(delta + s_corrupted - s, 0), reduction)


def max_margin_grad(s, s_corrupted, delta=1.0):
    """Gradient of the mean max-margin objective: -1/N and 1/N where the margin is missed.

    Parameters
    ----------
    s, s_corrupted : arrays of shape (N,), or numbers
    delta : float

    Returns
    -------
    ds, ds_corrupted : arrays of the shape of s
    """
    s, s_corrupted = _floating(s), _floating(s_corrupted)
    missed = (delta + s_corrupted - s > 0) / max(s.size, 1)
    return -missed, missed


def _activation(name):
    """Return an activation function and its slope."""
    _checks.one_of("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]


def _floating(z):
    """Integers become float64; float32 stays float32."""
    z = np.asarray(z)
    return z if np.issubdtype(z.dtype, np.floating) else z.astype(np.float64)


def _pairs(scores, y):
    """Scores as (N, K) and labels as (N,), whether a batch or one example came in."""
    z = _floating(scores)
    if z.ndim not in (1, 2):
        raise ValueError(f"scores must have shape (N, K) or (K,); it has shape {z.shape}.")
    if z.ndim == 1:
        z, y = z[None, :], np.reshape(y, -1) if np.ndim(y) == 0 else np.asarray(y)
    return z, _checks.labels(y, *z.shape)


def _margins(z, y, delta):
    """s_j - s_{y_i} + Δ for every wrong class j, and 0 for the true one."""
    rows = np.arange(len(y))
    margins = z - z[rows, y][:, None] + delta
    margins[rows, y] = 0
    return margins


def _reduce(losses, reduction):
    """Return the losses' mean as a number, or the losses."""
    _checks.one_of("reduction", reduction, ("mean", "none"))
    return float(losses.mean()) if reduction == "mean" else losses


ACTIVATIONS = {
    "sigmoid": (sigmoid, sigmoid_grad),
    "tanh": (tanh, tanh_grad),
    "relu": (relu, relu_grad),
    "leaky_relu": (leaky_relu, leaky_relu_grad),
}

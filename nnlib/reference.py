"""The functions of `nnlib.functional` as plain loops that read like the slides.

Here nothing is fast and everything is obvious: read these to understand a formula; the tests
hold the fast ones equal to them. A batch is a list of rows (N, D), labels are integers.
"""

import math

import numpy as np


def scores(X, W, b):
    """Slide equation (1): s_k = Σ_d W_{k,d} x_d + b_k, for every example x."""
    result = []
    for x in X:
        s = []
        for k in range(len(W)):
            total = b[k]
            for d in range(len(x)):
                total += W[k][d] * x[d]
            s.append(total)
        result.append(s)
    return np.array(result)


def scores_grad(dscores, X):
    """Gradient of (1): dW_{k,d} = Σ_i ds_{i,k} x_{i,d} and db_k = Σ_i ds_{i,k}."""
    n, n_classes, n_features = len(X), len(dscores[0]), len(X[0])
    dW = np.zeros((n_classes, n_features))
    db = np.zeros(n_classes)
    for i in range(n):
        for k in range(n_classes):
            db[k] += dscores[i][k]
            for d in range(n_features):
                dW[k, d] += dscores[i][k] * X[i][d]
    return dW, db


def softmax(z):
    """Slide equation (2), as it stands there: large scores overflow."""
    if np.ndim(z) == 2:
        return np.array([softmax(row) for row in z])
    exponentials = [math.exp(z_j) for z_j in z]
    total = sum(exponentials)
    return np.array([e / total for e in exponentials])


def log_softmax(z):
    """Logarithm of equation (2)."""
    if np.ndim(z) == 2:
        return np.array([log_softmax(row) for row in z])
    return np.array([math.log(p) for p in softmax(z)])


def cross_entropy(scores, y, reduction="mean"):
    """Slide equation (3), with the one-hot vector written out: L_i = -Σ_k y_{i,k} log ŷ_{i,k}."""
    losses = []
    for s, label in zip(scores, y, strict=True):
        predicted = softmax(s)
        one_hot = [1 if k == label else 0 for k in range(len(s))]
        losses.append(-sum(t * math.log(p) for t, p in zip(one_hot, predicted, strict=True)))
    return _reduce(losses, reduction)


def cross_entropy_grad(scores, y):
    """∂L/∂s_{i,k} = (ŷ_{i,k} - y_{i,k}) / N."""
    n = len(scores)
    gradient = np.zeros(np.shape(scores))
    for i in range(n):
        predicted = softmax(scores[i])
        for k in range(len(predicted)):
            target = 1 if k == y[i] else 0
            gradient[i, k] = (predicted[k] - target) / n
    return gradient


def hinge(scores, y, delta=1.0, reduction="mean"):
    """Slide equation (4): L_i = Σ_{j≠y_i} max(0, s_j - s_{y_i} + Δ)."""
    losses = []
    for s, label in zip(scores, y, strict=True):
        loss = 0.0
        for j in range(len(s)):
            if j != label:
                loss += max(0.0, s[j] - s[label] + delta)
        losses.append(loss)
    return _reduce(losses, reduction)


def hinge_grad(scores, y, delta=1.0):
    """Slide equations (8), for the true class, and (9), for the others, both over N."""
    n = len(scores)
    gradient = np.zeros(np.shape(scores))
    for i in range(n):
        s, label = scores[i], y[i]
        for j in range(len(s)):
            if j != label and s[j] - s[label] + delta > 0:
                gradient[i, j] += 1 / n
                gradient[i, label] -= 1 / n
    return gradient


def l2_penalty(W):
    """Slide equation (5): R(W) = Σ_k Σ_d W_{k,d}²."""
    total = 0.0
    for row in W:
        for w in row:
            total += w * w
    return total


def l2_penalty_grad(W):
    """Gradient of (5): 2 W_{k,d}."""
    return np.array([[2 * w for w in row] for row in W])


def _reduce(losses, reduction):
    return sum(losses) / len(losses) if reduction == "mean" else np.array(losses)

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


def sigmoid(z):
    """σ(z) = 1 / (1 + e^{-z}), for each number in z."""
    return _each(z, lambda z: 1 / (1 + math.exp(-z)))


def sigmoid_grad(z):
    """σ'(z) = σ(z) (1 - σ(z)), for each number in z."""
    return _each(z, lambda z: sigmoid(z) * (1 - sigmoid(z)))


def tanh(z):
    """Return (e^z - e^{-z}) / (e^z + e^{-z}) for each number in z."""
    return _each(z, lambda z: (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)))


def tanh_grad(z):
    """Return 1 - tanh(z)² for each number in z."""
    return _each(z, lambda z: 1 - tanh(z) ** 2)


def relu(z):
    """max(0, z), for each number in z."""
    return _each(z, lambda z: max(0.0, z))


def relu_grad(z):
    """Return 1 if z > 0, else 0, for each number in z."""
    return _each(z, lambda z: 1.0 if z > 0 else 0.0)


def leaky_relu(z, slope=0.3):
    """max(az, z), for each number in z."""
    return _each(z, lambda z: max(slope * z, z))


def leaky_relu_grad(z, slope=0.3):
    """Return 1 if z > 0, else a, for each number in z."""
    return _each(z, lambda z: 1.0 if z > 0 else slope)


def neuron(x, w, b, activation=sigmoid):
    """The slide of a single neuron: f(w_1 x_1 + w_2 x_2 + … + b), for one input x."""
    z = b
    for d in range(len(w)):
        z += w[d] * x[d]
    return activation(z)


def max_margin(s, s_corrupted, delta=1.0, reduction="mean"):
    """Slide equation (10): J = max(Δ + s_c - s, 0), for each pair."""
    losses = [max(delta + c - t, 0.0) for t, c in zip(s, s_corrupted, strict=True)]
    return _reduce(losses, reduction)


def max_margin_grad(s, s_corrupted, delta=1.0):
    """∂J/∂s = -1/N and ∂J/∂s_c = 1/N where the margin is missed."""
    missed = [1 / len(s) if delta + c - t > 0 else 0.0 for t, c in zip(s, s_corrupted, strict=True)]
    return np.array([-m for m in missed]), np.array(missed)


def dropout(a, kept, p_drop):
    """Inverted dropout: a kept neuron is divided by its chance to be kept, a dropped one is 0."""
    return np.array(
        [
            [x / (1 - p_drop) if keep else 0.0 for x, keep in zip(row, row_kept, strict=True)]
            for row, row_kept in zip(a, kept, strict=True)
        ]
    )


def backpropagation(X, y, weights, biases, activation, activation_grad):
    """Gradients of the mean cross-entropy of a network, neuron by neuron, as on the slides.

    Parameters
    ----------
    X : rows of inputs
    y : integers
    weights, biases : lists with W^{(1)}, W^{(2)}, … and b^{(1)}, b^{(2)}, …
    activation, activation_grad : functions of one number
        σ and σ' of the hidden layers.

    Returns
    -------
    dW, db : lists like weights and biases
    """
    n_steps = len(weights)
    dW = [np.zeros(np.shape(W)) for W in weights]
    db = [np.zeros(np.shape(b)) for b in biases]
    for x, label in zip(X, y, strict=True):
        # Forward: z_i^{(k+1)} = Σ_j W_{ij}^{(k)} a_j^{(k)} + b_i^{(k)}, a = σ(z)
        z, a = [list(x)], [list(x)]
        for k in range(n_steps):
            z.append(scores([a[k]], weights[k], biases[k])[0])
            last = k == n_steps - 1
            a.append(z[-1] if last else [activation(z_i) for z_i in z[-1]])
        # The error signal at the scores, then back: δ_j = σ'(z_j) Σ_i δ_i W_{ij}
        predicted = softmax(z[-1])
        delta = [(p - (i == label)) / len(X) for i, p in enumerate(predicted)]
        for k in reversed(range(n_steps)):
            for i in range(len(delta)):
                db[k][i] += delta[i]
                for j in range(len(a[k])):
                    dW[k][i, j] += delta[i] * a[k][j]  # the fair share of W_{ij}
            received = [
                sum(delta[i] * weights[k][i][j] for i in range(len(delta)))
                for j in range(len(a[k]))
            ]
            if k > 0:
                delta = [activation_grad(z_j) * e for z_j, e in zip(z[k], received, strict=True)]
    return dW, db


def sgd_step(w, g, state, lr, momentum=0.0, nesterov=False):
    """Update v ← momentum · v + g; w ← w - lr · v, or with nesterov - lr · (g + momentum · v)."""
    for i in range(len(w)):
        v = momentum * state.setdefault("v", [0.0] * len(w))[i] + g[i]
        state["v"][i] = v
        w[i] -= lr * (g[i] + momentum * v) if nesterov else lr * v


def adagrad_step(w, g, state, lr, eps=1e-10):
    """Update v ← v + g²; w ← w - lr · g / (√v + ε)."""
    for i in range(len(w)):
        v = state.setdefault("v", [0.0] * len(w))[i] + g[i] ** 2
        state["v"][i] = v
        w[i] -= lr * g[i] / (math.sqrt(v) + eps)


def rmsprop_step(w, g, state, lr, decay=0.99, eps=1e-8):
    """Update v ← decay · v + (1 - decay) g²; w ← w - lr · g / (√v + ε)."""
    for i in range(len(w)):
        v = decay * state.setdefault("v", [0.0] * len(w))[i] + (1 - decay) * g[i] ** 2
        state["v"][i] = v
        w[i] -= lr * g[i] / (math.sqrt(v) + eps)


def adam_step(w, g, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """Update m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; w ← w - lr · m̂ / (√v̂ + ε)."""
    state["t"] = state.get("t", 0) + 1  # one step for all parameters
    for i in range(len(w)):
        m = beta1 * state.setdefault("m", [0.0] * len(w))[i] + (1 - beta1) * g[i]
        v = beta2 * state.setdefault("v", [0.0] * len(w))[i] + (1 - beta2) * g[i] ** 2
        state["m"][i], state["v"][i] = m, v
        m_hat = m / (1 - beta1 ** state["t"])
        v_hat = v / (1 - beta2 ** state["t"])
        w[i] -= lr * m_hat / (math.sqrt(v_hat) + eps)


def _each(z, function):
    """Apply a function of one number to each number in z."""
    if np.ndim(z) == 0:
        return function(float(z))
    return np.array([_each(row, function) for row in z])


def _reduce(losses, reduction):
    return sum(losses) / len(losses) if reduction == "mean" else np.array(losses)

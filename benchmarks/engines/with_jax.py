"""JAX: a whole epoch is one compiled call, a scan over the batches, with donated buffers."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from race.networks import ADAM, order


class JaxEngine:
    """Raw JAX under jit; the pixels stay uint8, which was faster than floats."""

    def __init__(self, network, X, y):
        self.network = network
        self.X, self.y = jnp.asarray(X), jnp.asarray(y.astype(np.int32))
        update = partial(_sgd if network.optimizer == "sgd" else _adam, network.lr)
        epoch = partial(_epoch, update, network.batch_size)
        self.epoch = jax.jit(epoch, donate_argnums=0)

    def load(self, weights):
        """Start anew from these weights."""
        parameters = jax.tree.map(jnp.array, weights)
        zeros = partial(jax.tree.map, jnp.zeros_like)
        moments = (zeros(parameters), zeros(parameters), jnp.zeros(()))
        self.state = parameters, () if self.network.optimizer == "sgd" else moments

    def train_epoch(self, seed):
        """Train for one epoch."""
        rows = order(len(self.X), seed).astype(np.int32)
        self.state, loss = self.epoch(self.state, rows, self.X, self.y)
        return float(loss)

    def weights(self):
        """Return [(W, b), ...]."""
        return jax.tree.map(np.asarray, self.state[0])


def _epoch(update, batch_size, state, rows, X, y):
    """Train on all batches, the last, smaller one on its own; return the mean loss."""

    def train(state, rows):
        parameters, moments = state
        loss, gradients = jax.value_and_grad(_loss)(parameters, X[rows], y[rows])
        return update(parameters, gradients, moments), loss

    n_full = len(rows) // batch_size
    full, rest = rows[: n_full * batch_size], rows[n_full * batch_size :]
    state, losses = jax.lax.scan(train, state, full.reshape(n_full, batch_size), unroll=4)
    total = losses.sum() * batch_size
    if len(rest):
        state, loss = train(state, rest)
        total += loss * len(rest)
    return state, total / len(rows)


def _loss(parameters, X, y):
    X = X.astype(jnp.float32) / 255
    *hidden, (W, b) = parameters
    for W_hidden, b_hidden in hidden:
        X = jax.nn.relu(X @ W_hidden.T + b_hidden)
    log_softmax = jax.nn.log_softmax(X @ W.T + b)
    return -jnp.take_along_axis(log_softmax, y[:, None], axis=1).mean()


def _sgd(lr, parameters, gradients, moments):
    return jax.tree.map(lambda w, g: w - lr * g, parameters, gradients), moments


def _adam(lr, parameters, gradients, moments):
    beta1, beta2, eps = ADAM["beta1"], ADAM["beta2"], ADAM["eps"]
    m, v, t = moments
    t += 1
    m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, gradients)
    v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, gradients)

    def step(w, m, v):
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (jnp.sqrt(v_hat) + eps)

    return jax.tree.map(step, parameters, m, v), (m, v, t)

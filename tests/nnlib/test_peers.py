"""The whole network against PyTorch and Keras: same weights, same batches, same results."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from nnlib import MLP, SGD, Adam

SIZES = [12, 9, 7, 4]
ACTIVATIONS = ["relu", "sigmoid", "tanh", "leaky_relu"]
N_STEPS = 20


def problem():
    rng = np.random.default_rng(3)
    return rng.normal(size=(N_STEPS, 16, 12)), rng.integers(0, 4, (N_STEPS, 16))


def train(net, optimizer):
    """Return the losses of each step and the scores at the end."""
    X, y = problem()
    losses = []
    optimizer.bind(net)
    for X_batch, y_batch in zip(X, y, strict=True):
        losses.append(net.loss(X_batch, y_batch))
        net.backward()
        optimizer.step()
    return losses, net.scores(X[0])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_a_training_equals_pytorchs(activation, loss):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    l2 = 0.01
    net = MLP(SIZES, activation, loss, l2=l2, delta=1.0, dtype=np.float64)
    values = [torch.tensor(v, requires_grad=True) for v in net.state_dict().values()]
    activate = {
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "leaky_relu": lambda z: functional.leaky_relu(z, 0.3),
    }[activation]

    def scores(X):
        a = torch.tensor(X)
        for k in range(0, len(values), 2):
            a = functional.linear(a, values[k], values[k + 1])
            if k < len(values) - 2:
                a = activate(a)
        return a

    def data_loss(s, y):
        if loss == "cross_entropy":
            return functional.cross_entropy(s, y)
        return functional.multi_margin_loss(s, y) * s.shape[1]  # PyTorch divides by K

    theirs, losses = torch.optim.Adam(values, lr=0.01), []
    X, y = problem()
    for X_batch, y_batch in zip(X, y, strict=True):
        theirs.zero_grad()
        penalty = l2 * sum((W**2).sum() for W in values[::2])
        total = data_loss(scores(X_batch), torch.tensor(y_batch)) + penalty
        total.backward()
        theirs.step()
        losses.append(total.item())
    ours = train(net, Adam(lr=0.01))
    np.testing.assert_allclose(ours[0], losses, rtol=1e-10)
    np.testing.assert_allclose(ours[1], scores(X[0]).detach().numpy(), rtol=1e-8, atol=1e-10)


KERAS = """
import json, sys
import numpy as np
import keras

task = json.load(sys.stdin)
weights = [np.array(w) for w in task["weights"]]
layers = [keras.Input((weights[0].shape[0],))]
for k in range(0, len(weights), 2):
    last = k == len(weights) - 2
    leaky = keras.layers.LeakyReLU(negative_slope=0.3, dtype="float32")
    hidden = leaky if task["activation"] == "leaky_relu" else task["activation"]
    layers.append(keras.layers.Dense(
        weights[k].shape[1],
        activation=None if last else hidden,
        kernel_regularizer=keras.regularizers.L2(task["l2"]),
    ))
model = keras.Sequential(layers)
model.set_weights(weights)
optimizer = getattr(keras.optimizers, task["optimizer"])(**task["options"])
model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
X, y = np.array(task["X"], np.float32), np.array(task["y"])
losses = []
for X_batch, y_batch in zip(X, y):
    losses.append(float(model.evaluate(X_batch, y_batch, verbose=0)))
    model.train_on_batch(X_batch, y_batch)
print(json.dumps({"losses": losses, "scores": np.asarray(model(X[0])).tolist()}))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("activation", "optimizer", "theirs", "options"),
    [
        (
            "relu",
            SGD(lr=0.1, momentum=0.9),
            "SGD",
            {"learning_rate": 0.1, "momentum": 0.9},
        ),
        ("leaky_relu", Adam(lr=0.01), "Adam", {"learning_rate": 0.01, "epsilon": 1e-8}),
    ],
)
def test_a_training_equals_keras(activation, optimizer, theirs, options):
    for name in ("keras", "jax"):
        if not importlib.util.find_spec(name):
            pytest.skip(f"{name} is not installed")
    net = MLP(SIZES, activation, l2=0.01, dtype=np.float32)
    X, y = problem()
    task = {
        "weights": [  # Keras holds W as (D, K)
            value.T.tolist() for value in net.state_dict().values()
        ],
        "activation": activation,
        "l2": 0.01,
        "optimizer": theirs,
        "options": options,
        "X": X.tolist(),
        "y": y.tolist(),
    }
    result = subprocess.run(
        [sys.executable, "-c", KERAS],
        input=json.dumps(task),
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    keras = json.loads(result.stdout.splitlines()[-1])
    losses, scores = train(net, optimizer)
    np.testing.assert_allclose(losses, keras["losses"], rtol=2e-5)
    np.testing.assert_allclose(scores, keras["scores"], rtol=1e-3, atol=2e-4)

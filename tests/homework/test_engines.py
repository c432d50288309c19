"""One config, two engines: from the same weights, nnlib and Keras give the same curves."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from nnlib import tune
from nnlib.homework.config import ConfigError
from nnlib.homework.engines import digits, train
from nnlib.train import DivergedError

START = {
    "hidden": [24],
    "activation": "relu",
    "optimizer": "sgd",
    "lr": 0.1,
    "batch_size": 50,
    "epochs": 2,
}
# Every optimiser and every activation, one hidden layer and two, with a penalty and without.
CONFIGS = {
    "sgd": {"momentum": 0.9},
    "adagrad": {"optimizer": "adagrad", "lr": 0.05, "activation": "leaky_relu", "l2": 0.01},
    "rmsprop": {"optimizer": "rmsprop", "lr": 0.001, "activation": "tanh"},
    "adam": {"optimizer": "adam", "lr": 0.002, "activation": "sigmoid", "hidden": [20, 10]},
}
PACKAGES = {"jax": "jax", "torch": "torch", "tensorflow": "tensorflow"}
# In a process of its own, as a backend is chosen once. 620 digits: the last batch is not full.
# A third measures how well the weights agree when dropout has done its work.
SCRIPT = """
import json, sys
from nnlib import tune
from nnlib.homework.config import clean
from nnlib.homework.engines import digits, keras_model, keras_weights, train

question = json.load(sys.stdin)
training, validation = digits(620, 300)
histories = {
    name: [train(config, engine, training, validation, progress=False) for engine in
           ("nnlib", "keras")]
    for name, config in question.items()
}

import keras

config = clean(question["sgd"] | {"dropout": 0.5})
network, _ = tune.prepare(config, *training)
model = keras_model(config)
model.set_weights(keras_weights(network))
apart = abs(model.predict(validation[0], verbose=0) - network.scores(validation[0])).max()
try:
    train(question["sgd"] | {"lr": 10.0, "l2": 1.0, "epochs": 9}, "keras", training, validation,
          progress=False)
    diverged = "no"
except FloatingPointError as error:
    diverged = str(error)
print(json.dumps({
    "backend": keras.backend.backend(), "histories": histories, "apart": float(apart),
    "diverged": diverged,
}))
"""


@pytest.fixture(scope="module", params=PACKAGES)
def answer(request):
    """What both engines made of the configs, with one of the backends that Keras runs on."""
    backend = request.param
    if importlib.util.find_spec(PACKAGES[backend]) is None:
        pytest.skip(f"{backend} is not installed: not tried")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps({name: START | change for name, change in CONFIGS.items()}),
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["backend"] == backend
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_first_epoch_is_the_same_in_both_engines(answer):
    for optimizer, (ours, keras) in answer["histories"].items():
        assert [len(values) for values in ours.values()] == [2, 2, 2, 2]
        assert ours.keys() == keras.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
        # In float32. RMSProp and Adam divide by the gradient's own size: also of what is rounded.
        close = 1e-3 if optimizer in ("rmsprop", "adam") else 1e-5
        for name in ("loss", "val_loss"):
            np.testing.assert_allclose(keras[name][0], ours[name][0], rtol=close, err_msg=optimizer)
        # At most one digit that lies on the border.
        for name, n in (("accuracy", 620), ("val_accuracy", 300)):
            assert abs(keras[name][0] - ours[name][0]) < 1.5 / n, optimizer


@pytest.mark.slow
def test_the_networks_are_the_same_once_nothing_is_dropped(answer):
    assert answer["apart"] < 1e-4


@pytest.mark.slow
def test_keras_tells_of_a_training_that_diverges(answer):
    assert "Lower the learning rate" in answer["diverged"]


def test_nnlib_tells_of_a_training_that_diverges():
    with pytest.raises(DivergedError, match="Lower the learning rate"):
        train(START | {"lr": 10.0, "l2": 1.0, "epochs": 9}, "nnlib", *digits(200, 50))


def test_the_history_holds_plain_numbers_that_are_the_librarys():
    training, validation = digits(300, 100)
    history = train(START, "nnlib", training, validation, progress=False)
    trial = tune.run(START, *training, validation)
    assert history["val_accuracy"] == trial.history["val_accuracy"]
    assert json.loads(json.dumps(history)) == history


def test_a_progress_bar_is_shown_unless_unwanted(capsys):
    training, validation = digits(100, 50)
    train(START, "nnlib", training, validation)
    assert "Training in nnlib" in capsys.readouterr().err
    train(START, "nnlib", training, validation, progress=False)
    assert capsys.readouterr().err == ""


def test_digits_are_real_split_and_drawn_by_a_seed():
    (X, y), (X_val, y_val) = digits(500, 200, seed=3)
    assert X.shape == (500, 784)
    assert X_val.shape == (200, 784)
    assert X.dtype == np.uint8
    assert set(y) == set(y_val) == set(range(10))
    assert not {row.tobytes() for row in X} & {row.tobytes() for row in X_val}
    np.testing.assert_array_equal(digits(500, 200, seed=3)[0][0], X)
    assert (digits(500, 200, seed=4)[0][0] != X).any()


def test_misuse_is_explained():
    with pytest.raises(ValueError, match=r"engine must be one of 'nnlib', 'keras'; (got|it is)"):
        train(START, "torch")
    with pytest.raises(ConfigError, match="lr must be a number"):
        train(START | {"lr": "fast"}, "nnlib")
    with pytest.raises(ValueError, match="Give both training and validation, or neither"):
        train(START, training=digits(20, 10)[0])

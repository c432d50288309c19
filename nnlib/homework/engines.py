"""One config, two engines: hw1-2's training in nnlib and in Keras, with histories of one form."""

import math
import os

import numpy as np
from tqdm.auto import tqdm

from nnlib import _checks, data, tune
from nnlib.callbacks import Progress
from nnlib.homework.config import N_CLASSES, N_INPUTS, clean
from nnlib.train import DivergedError, not_finite

HISTORY = ("loss", "accuracy", "val_loss", "val_accuracy")
ENGINES = ("nnlib", "keras")
# Keras's own constants differ in places, and AdaGrad's and RMSProp's ε stands under the root;
# these make the same steps as nnlib's optimisers.
KERAS_OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "adagrad": ("Adagrad", {"initial_accumulator_value": 0.0, "epsilon": 1e-20}),
    "rmsprop": ("RMSprop", {"rho": 0.99, "epsilon": 1e-16}),
    "adam": ("Adam", {"epsilon": 1e-8}),
}


def digits(n_train=10_000, n_val=2_000, seed=0):
    """Return some of MNIST's training digits, and others to measure on.

    Parameters
    ----------
    n_train, n_val : int
        Together at most 60,000.
    seed : int

    Returns
    -------
    (X, y), (X_val, y_val)
        Pixels as uint8 of shape (n, 784), labels of shape (n,).
    """
    (X, y), _ = data.mnist()
    rows = np.random.default_rng(seed).permutation(len(X))[: n_train + n_val]
    train, validation = rows[:n_train], rows[n_train:]
    return (X[train], y[train]), (X[validation], y[validation])


def train(config, engine="nnlib", training=None, validation=None, seed=0, progress=True):
    """Train the network of a config, from the same first weights in either engine.

    Parameters
    ----------
    config : dict
        As `nnlib.homework.config` allows it.
    engine : {"nnlib", "keras"}
    training, validation : (X, y) or None
        Pixels as uint8 of shape (N, 784) and labels; `digits()` if None.
    seed : int
        For the first weights and the order of the examples.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    dict
        "loss", "accuracy", "val_loss", "val_accuracy": lists with one entry an epoch.

    Raises
    ------
    ConfigError
        If the config cannot be used.
    DivergedError
        If the loss is no longer a finite number.
    """
    _checks.one_of("engine", engine, ENGINES)
    config = clean(config)
    if (training is None) != (validation is None):
        raise ValueError("Give both training and validation, or neither.")
    if training is None:
        training, validation = digits()
    if engine == "keras":
        return _with_keras(config, training, validation, seed, progress)
    history = train_history(config, training, validation, seed, progress)
    return {name: [float(value) for value in history[name]] for name in HISTORY}


def train_history(config, training, validation, seed=0, progress=False):
    """Train the network of a config in nnlib; return its History, with the loss of each step."""
    config = clean(config)
    network, optimizer = tune.prepare(config, *training, seed=seed)
    return network.fit(
        *training,
        epochs=config["epochs"],
        batch_size=config["batch_size"],
        optimizer=optimizer,
        validation=validation,
        seed=seed,
        callbacks=[Progress("Training in nnlib", show=progress)],
    )


def _with_keras(config, training, validation, seed, progress):
    network, _ = tune.prepare(config, *training, seed=seed)
    model = keras_model(config)
    model.set_weights(keras_weights(network))
    (X, y), rng = training, np.random.default_rng(seed)
    history = {name: [] for name in HISTORY}
    for _ in tqdm(range(config["epochs"]), "Training in Keras", disable=not progress):
        order = rng.permutation(len(X))  # nnlib's order, so that both see the same batches
        measured = model.fit(
            X[order],
            y[order],
            batch_size=config["batch_size"],
            validation_data=validation,
            validation_batch_size=1000,
            shuffle=False,
            verbose=0,
        ).history
        for name in HISTORY:
            history[name].append(float(measured[name][-1]))
        if not math.isfinite(history["loss"][-1]):
            raise DivergedError(not_finite(history["loss"][-1]), history)
    return history


def keras_weights(network):
    """Return nnlib's weights in Keras's form: (D, K) in place of (K, D)."""
    return [value.T for value in network.state_dict().values()]


def keras_model(config):
    """Return the compiled Keras model of a config; it takes pixels as uint8.

    ``KERAS_BACKEND`` chooses what Keras runs on; without it, that is JAX.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    layers = [keras.Input((N_INPUTS,)), keras.layers.Rescaling(1 / 255)]
    for size in config["hidden"]:
        layers += [_dense(keras, size, config), *_activation(keras, config["activation"])]
        if config["dropout"]:
            layers.append(keras.layers.Dropout(config["dropout"]))
    model = keras.Sequential([*layers, _dense(keras, N_CLASSES, config)])
    name, options = KERAS_OPTIMIZERS[config["optimizer"]]
    if config["momentum"]:
        options = options | {"momentum": config["momentum"]}
    model.compile(
        getattr(keras.optimizers, name)(config["lr"], **options),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def _dense(keras, size, config):
    return keras.layers.Dense(size, kernel_regularizer=keras.regularizers.L2(config["l2"]))


def _activation(keras, name):
    if name == "leaky_relu":
        return [keras.layers.LeakyReLU(negative_slope=0.3)]
    return [keras.layers.Activation(name)]

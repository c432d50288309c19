"""The checks of hw1-2: a network's forward pass, backward pass and update, and its Keras model."""

import itertools

import numpy as np

from nnlib import MLP, functional
from nnlib.gradcheck import numerical_gradient
from nnlib.homework.checks import CheckError, as_numbers, ask, name_of, show
from nnlib.homework.config import clean
from nnlib.homework.engines import digits, keras_weights

SIZES = ([4, 5, 3], [6, 5, 4, 3])  # one hidden layer, and two
LEARNT = 0.8  # accuracy that the training with a student's three functions must reach


def problem(sizes, seed=0):
    """Return a small network and a few examples, away from the kinks of ReLU.

    Returns
    -------
    weights, biases : lists of arrays, (K, D) and (K,) for each step
    X, y : arrays of shape (7, D) and (7,)
    """
    rng = np.random.default_rng(seed)
    while True:
        weights = [rng.normal(size=(k, d)) for d, k in itertools.pairwise(sizes)]
        biases = [rng.normal(size=k) for k in sizes[1:]]
        X, y = rng.normal(size=(7, sizes[0])), rng.integers(sizes[-1], size=7)
        z = _z(weights, biases, X)
        if min(np.abs(part).min() for part in z[:-1]) > 1e-3:
            return weights, biases, X, y


def check_forward(forward, seed=0):
    """Compare `forward(weights, biases, X)` with nnlib's layers, layer by layer.

    Raises
    ------
    CheckError
        With the first layer that differs.
    """
    for sizes in SIZES:
        weights, biases, X, _ = problem(sizes, seed)
        answer = ask(forward, weights, biases, X)
        given = _list(answer, len(sizes), name_of(forward), f" in a network of sizes {sizes}")
        for k, (layer, right) in enumerate(
            zip(given, _activations(weights, biases, X), strict=True)
        ):
            _compare(layer, right, f"a[{k}]", f"in a network of sizes {sizes}", FORWARD[k > 0])
    print("Right: every layer, with one hidden layer and with two.")


FORWARD = {
    False: "the first entry is the input itself, a^(1) = x.",
    True: "z = a @ W.T + b for each step; then ReLU in hidden layers, and nothing after the last.",
}


def check_backward(backward, seed=0):
    """Compare `backward(weights, activations, y)` with finite differences of the mean loss.

    Raises
    ------
    CheckError
        With the first gradient that differs.
    """
    for sizes in SIZES:
        weights, biases, X, y = problem(sizes, seed)
        activations = _activations(weights, biases, X)
        answer = _gradients(backward, weights, activations, y)
        for name, given, parameters in zip(
            ("dweights", "dbiases"), answer, (weights, biases), strict=True
        ):
            # From the last step back: an error there makes those before it wrong as well.
            for k in reversed(range(len(parameters))):
                measured = _measure(weights, biases, X, y, parameters[k])
                entry = as_numbers(given[k], measured.shape, f"{name}[{k}]", part=True)
                where = f"in a network of sizes {sizes}"
                _compare(entry, measured, f"{name}[{k}]", where, _advice(name, entry, measured))
    print("Right: every gradient agrees with finite differences.")


def check_update(update, seed=0):
    """Check that `update(parameters, gradients, lr)` makes a step of gradient descent.

    Raises
    ------
    CheckError
        With the first parameter that differs.
    """
    rng = np.random.default_rng(seed)
    parameters, gradients = (
        [rng.integers(-9, 10, size=shape).astype(float) for shape in ((2, 3), (2,))]
        for _ in range(2)
    )
    lr = float(rng.choice([0.1, 0.2, 0.5]))
    given = _list(ask(update, parameters, gradients, lr), 2, name_of(update))
    for k, (w, dw) in enumerate(zip(parameters, gradients, strict=True)):
        advice = "a step goes against the gradient, and its size is lr times the gradient's."
        _compare(given[k], w - lr * dw, f"entry {k}", f"for lr = {lr:g}", advice)
    print("Right: each parameter goes against its gradient.")


def check_training(forward, backward, update, n_train=1000, epochs=5, seed=0):
    """Train a small network on real digits with the three functions.

    Raises
    ------
    CheckError
        If it does not learn.
    """
    (X, y), (X_val, y_val) = digits(n_train, 500, seed)
    X, X_val = X / 255.0, X_val / 255.0
    state = MLP([784, 32, 10], seed=seed, dtype=np.float64).state_dict()
    weights = [value for name, value in state.items() if name.startswith("W")]
    biases = [value for name, value in state.items() if name.startswith("b")]
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        for rows in np.array_split(rng.permutation(n_train), n_train // 50):
            activations = _list(ask(forward, weights, biases, X[rows]), 3, name_of(forward))
            dweights, dbiases = _gradients(backward, weights, activations, y[rows])
            weights = _list(ask(update, weights, dweights, 0.3), 2, name_of(update))
            biases = _list(ask(update, biases, dbiases, 0.3), 2, name_of(update))
    *_, scores = _list(ask(forward, weights, biases, X_val), 3, name_of(forward))
    scores = as_numbers(scores, (500, 10), "the last layer", part=True)
    accuracy = float(np.mean(scores.argmax(axis=1) == y_val))
    if not accuracy >= LEARNT:
        raise CheckError(
            f"Trained with your three functions, a network gets {accuracy:.0%} of 500 new digits "
            f"right; it should get {LEARNT:.0%} or more. Finish the questions above first."
        )
    print(
        f"Trained with your three functions on {n_train} digits: {accuracy:.0%} of new ones right."
    )


def check_keras(keras_scores, keras_layers, seed=0):
    """Compare a Keras model with nnlib's network of the same weights, and look at its layers.

    Parameters
    ----------
    keras_scores : callable
        ``keras_scores(config, weights, X)`` gives the scores of the student's model.
    keras_layers : callable
        ``keras_layers(config)`` gives one dict a layer: "kind", and "units", "rate" or "l2".
    seed : int

    Raises
    ------
    CheckError
        With what differs.
    """
    for change in CONFIGS:
        config = clean({**BASE, **change})
        network = MLP([784, *config["hidden"], 10], config["activation"], seed=seed)
        X = np.random.default_rng(seed).integers(256, size=(6, 784)).astype(np.uint8)
        weights = [np.array(value) for value in keras_weights(network)]
        described = f"for config {config['hidden']}, {config['activation']!r}"
        layers = ask(keras_layers, config)
        if not layers:
            raise CheckError(
                "build_model gave nothing back. Is it answered yet? Then it should end with "
                "`return keras.Sequential([...])`."
            )
        _check_layers(layers, config, described)
        given = as_numbers(ask(keras_scores, config, weights, X), (6, 10), "your model")
        if not np.allclose(given, network.scores(X), rtol=1e-3, atol=1e-4):
            leaky = " LeakyReLU has negative_slope=0.3;" if "leaky" in config["activation"] else ""
            raise CheckError(
                f"With the same weights, your model's scores differ from nnlib's {described}.",
                f"your model gives  {show(given[0, :3])} …",
                f"it should give    {show(network.scores(X)[0, :3].astype(float))} …",
                f"Try next:{leaky} pixels are divided by 255 first; the activation follows each "
                "hidden layer; the last layer gives scores, without softmax.",
            )
    print("Right: the same scores as nnlib from the same weights, with dropout and λ in place.")


BASE = {
    "hidden": [12],
    "activation": "relu",
    "optimizer": "sgd",
    "lr": 0.1,
    "batch_size": 32,
    "epochs": 1,
}
# Of few sizes: Keras gets each ready for itself, and that takes most of the check's time.
CONFIGS = (
    {},
    {"hidden": [20, 12], "activation": "tanh", "l2": 0.01},
    {"hidden": [12, 12], "activation": "sigmoid", "dropout": 0.25},
    {"activation": "leaky_relu"},
)


def _check_layers(layers, config, described):
    """Compare what kinds of layers there are with what the config asks for."""
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        raise CheckError("build_model(config) should return a keras.Sequential model.")
    dense = [layer for layer in layers if layer.get("kind") == "Dense"]
    sizes, wanted = [layer.get("units") for layer in dense], [*config["hidden"], 10]
    if sizes != wanted:
        raise CheckError(
            f"Your model's Dense layers have the sizes {sizes} {described}; "
            f"they should be {wanted}."
        )
    rates = [layer.get("rate") for layer in layers if layer.get("kind") == "Dropout"]
    wanted = [config["dropout"]] * len(config["hidden"]) if config["dropout"] else []
    if [rate for rate in rates if rate] != wanted:
        raise CheckError(
            f"Your model drops with {rates} where the config's dropout is {config['dropout']}: one "
            "Dropout layer after each hidden layer's activation, none after the last layer."
        )
    penalties = [layer.get("l2") or 0 for layer in dense]
    if not np.allclose(penalties, config["l2"]):
        raise CheckError(
            f"Your Dense layers are penalised with {penalties} where l2 is {config['l2']}: give "
            "each kernel_regularizer=keras.regularizers.L2(config['l2'])."
        )


def _z(weights, biases, X):
    a, z = X, []
    for W, b in zip(weights, biases, strict=True):
        z.append(functional.scores(a, W, b))
        a = functional.relu(z[-1])
    return z


def _activations(weights, biases, X):
    *hidden, last = _z(weights, biases, X)
    return [X, *map(functional.relu, hidden), last]


def _measure(weights, biases, X, y, parameter):
    """Return the gradient of the mean loss by one parameter array, by finite differences."""

    def loss(values):
        kept = parameter.copy()
        parameter[...] = values
        try:
            return functional.cross_entropy(_z(weights, biases, X)[-1], y)
        finally:
            parameter[...] = kept

    return numerical_gradient(loss, parameter.copy())


def _gradients(backward, weights, activations, y):
    """Return what `backward` gives: dweights and dbiases, each a list as long as the weights."""
    answer = ask(backward, weights, activations, y)
    if answer is None:
        raise CheckError(f"{name_of(backward)} gave nothing back. Is it answered yet?")
    two = isinstance(answer, tuple | list) and len(answer) == 2
    if not two or not all(isinstance(part, tuple | list) for part in answer):
        raise CheckError(f"{name_of(backward)} should return two lists: dweights, dbiases.")
    names = ("dweights", "dbiases")
    return [_list(part, len(weights), name) for name, part in zip(names, answer, strict=True)]


def _list(answer, length, name, where=""):
    if answer is None:
        raise CheckError(f"{name} gave nothing back. Is it answered yet?")
    if not isinstance(answer, list | tuple) or len(answer) != length:
        raise CheckError(
            f"{name} should return a list of {length} arrays{where}; it returned "
            f"{_described(answer)}."
        )
    return list(answer)


def _described(answer):
    if isinstance(answer, list | tuple):
        return f"a list of {len(answer)}"
    shape = getattr(answer, "shape", None)
    return f"{answer!r:.60}" if shape is None else f"one array of shape {shape}"


def _compare(given, right, name, where, advice):
    given = as_numbers(given, right.shape, name, part=True)
    different = ~np.isclose(given, right, rtol=1e-5, atol=1e-7)
    if not different.any():
        return
    place = tuple(int(i) for i in np.argwhere(different)[0])
    raise CheckError(
        f"{name} is not right yet {where}.",
        f"it holds         {show(given[place])} at {list(place)}",
        f"it should hold   {show(right[place])}",
        f"Try next: {advice}",
    )


def _advice(name, given, measured):
    if np.allclose(given, -measured, rtol=1e-5, atol=1e-7):
        return "the size is right, the sign is not."
    if np.allclose(given, 7 * measured, rtol=1e-5, atol=1e-7):
        return "the loss is a mean over the examples: each has a share of 1/N."
    if name == "dbiases":
        return "the gradient of a bias is the sum of its errors over the examples."
    return (
        "the error of a layer is (the error of the next one) @ W, where ReLU let the signal "
        "through, else 0; a weight's gradient is its error times the activation it multiplies."
    )

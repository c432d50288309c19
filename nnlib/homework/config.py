"""The config of hw1-2: what may stand in it, what its training costs, how long it takes here."""

import difflib
import itertools
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnlib import tune
from nnlib.homework.checks import CheckError
from nnlib.train import steps

N_INPUTS, N_CLASSES = 784, 10
N_TRAIN = 60_000  # digits that the grader trains on
BUDGET = 4e12  # arithmetic operations for one training
# What every step costs besides its arithmetic, in operations that take as long: small batches are
# not free. Measured; with these, the budget takes half a minute to three minutes of one core,
# whatever the network, the optimiser and the batch.
OPERATIONS_A_STEP = 4_000_000
MOVING_A_WEIGHT = 200  # through memory
# Additions, products, quotients and roots for each weight in one step.
OPERATIONS_A_WEIGHT = {"sgd": 4, "adagrad": 6, "rmsprop": 7, "adam": 12}
MOST_LAYERS = 5


@dataclass(frozen=True)
class Setting:
    """One setting of the config: its bounds or its choices, its value if left out, its meaning."""

    meaning: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    below: bool = False  # high itself is not allowed
    choices: tuple = ()
    default: object = None

    def bounds(self):
        """Return what is allowed, in words."""
        if self.choices:
            return ", ".join(map(repr, self.choices))
        kind = "a whole number" if self.whole else "a number"
        end = "below" if self.below else "to"
        return f"{kind} from {self.low:g} {end} {self.high:g}"

    def problem(self, value):
        """Return what is wrong with a value, or None."""
        if self.choices:
            fine = isinstance(value, str) and value in self.choices
        else:
            fine = _is_number(value, self.whole) and self.low <= value <= self.high
            fine = fine and not (self.below and value == self.high)
        return None if fine else f"must be {self.bounds()}; it is {value!r:.40}"


SCHEMA = {
    "hidden": Setting("neurons of each hidden layer, as a list", 1, 1024, whole=True),
    "activation": Setting(
        "of the hidden layers", choices=("relu", "leaky_relu", "sigmoid", "tanh")
    ),
    "dropout": Setting("probability of dropping a hidden neuron", 0, 0.9, default=0.0),
    "l2": Setting("λ, the weight of the L2 penalty", 0, 1, default=0.0),
    "loss": Setting("what is made small", choices=("cross_entropy",), default="cross_entropy"),
    "optimizer": Setting("how a step is made", choices=tuple(tune.OPTIMIZERS)),
    "lr": Setting("learning rate", 1e-6, 10),
    "momentum": Setting("of 'sgd' only", 0, 1, below=True, default=0.0),
    "batch_size": Setting("examples in a step", 1, 5000, whole=True),
    "epochs": Setting("how often to go through the data", 1, 100, whole=True),
}


class ConfigError(CheckError):
    """A config that cannot be used; `problems` lists what is wrong with it."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__("This config cannot be used yet:", *(f"- {p}." for p in problems))


def clean(config):
    """Return a config with every setting, as plain numbers and text.

    Parameters
    ----------
    config : dict
        As a student wrote it; settings with a default may be left out.

    Returns
    -------
    dict
        In the form that `nnlib.tune.run` takes.

    Raises
    ------
    ConfigError
        With everything that is wrong, not only the first.
    """
    if not isinstance(config, dict):
        raise ConfigError([f"it must be a dict like {{'hidden': [64], ...}}; it is {config!r:.40}"])
    problems = [_unknown(name) for name in config if name not in SCHEMA]
    missing = [name for name, item in SCHEMA.items() if name not in config and item.default is None]
    problems += [f"{name} is missing: {SCHEMA[name].meaning}" for name in missing]
    values = {name: item.default for name, item in SCHEMA.items()} | config
    for name in SCHEMA:
        if name not in missing and (problem := _problem(name, values[name])):
            problems.append(f"{name} {problem}")
    if not problems and values["momentum"] and values["optimizer"] != "sgd":
        problems.append(f"momentum belongs to 'sgd'; the optimizer is {values['optimizer']!r}")
    if problems:
        raise ConfigError(problems)
    return {name: _plain(name, values[name]) for name in SCHEMA}


def operations(config, n_train=N_TRAIN):
    """Return the arithmetic operations that training a config takes.

    Per example: 2 operations a weight for the scores, 2 for the weights' gradients, 2 for the
    errors of hidden layers. Per step: those of the optimiser for each weight; and for the step
    itself, and for moving each weight through memory, as many as would take the same time.

    Parameters
    ----------
    config : dict
    n_train : int
        Examples in an epoch.

    Returns
    -------
    float
    """
    config = clean(config)
    sizes = [N_INPUTS, *config["hidden"], N_CLASSES]
    weights = [inputs * outputs for inputs, outputs in itertools.pairwise(sizes)]
    an_example = 4 * sum(weights) + 2 * sum(weights[1:])
    a_weight = OPERATIONS_A_WEIGHT[config["optimizer"]] + MOVING_A_WEIGHT
    a_step = a_weight * sum(weights) + OPERATIONS_A_STEP
    n_steps = math.ceil(n_train / config["batch_size"])
    return float(config["epochs"] * (n_train * an_example + n_steps * a_step))


def within_budget(config):
    """Return the clean config and its operations.

    Raises
    ------
    ConfigError
        If it cannot be used, or costs more than the budget.
    """
    config = clean(config)
    cost = operations(config)
    if cost > BUDGET:
        raise ConfigError(
            [
                f"its training takes {_trillions(cost)} operations, and the budget is "
                f"{_trillions(BUDGET)}; fewer epochs or neurons, or larger batches, make it cheaper"
            ]
        )
    return config, cost


def seconds_here(config, budget=0.5, seed=0):
    """Estimate how long a training takes on this computer, by training for a moment.

    Parameters
    ----------
    config : dict
    budget : float
        Seconds to try it for.
    seed : int

    Returns
    -------
    float
        Seconds.
    """
    # A step takes as long with any learning rate, and with this one it cannot diverge.
    config = clean(config) | {"lr": 1e-6}
    rng = np.random.default_rng(seed)
    n = max(2000, 4 * config["batch_size"])
    X = rng.integers(256, size=(n, N_INPUTS), dtype=np.uint8)
    y = rng.integers(N_CLASSES, size=n)
    y[:N_CLASSES] = range(N_CLASSES)
    network, optimizer = tune.prepare(config, X, y, seed=seed)
    going = steps(
        network, X, y, epochs=1000, batch_size=config["batch_size"], optimizer=optimizer, seed=seed
    )
    next(going)  # the first step also makes room
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < budget:
        next(going)
        done += 1
    going.close()
    a_step = (time.perf_counter() - start) / done
    return a_step * math.ceil(N_TRAIN / config["batch_size"]) * config["epochs"]


def check_config(config, start=None):
    """Say what is wrong with a config, or what it costs and how long it takes here.

    Parameters
    ----------
    config : dict
    start : dict or None
        The config that the notebook begins with: it is not handed in as an answer.

    Raises
    ------
    ConfigError
        If it cannot be used, costs more than the budget, or is the one to start with.
    """
    config, cost = within_budget(config)
    if start is not None and config == clean(start):
        raise ConfigError(["it is still the one to start with: write your own in the cell above"])
    takes = f"{_trillions(cost)} operations, {cost / BUDGET:.0%} of the budget of "
    takes += _trillions(BUDGET)
    seconds = seconds_here(config)
    if seconds is not None:  # in grading, nobody asks
        takes += f",\nand about {_duration(seconds)} on this computer"
    print(f"This config can be handed in. One training takes {takes}.")


def save_config(config, path):
    """Write a config to a JSON file, with every setting.

    Parameters
    ----------
    config : dict
    path : str or Path

    Raises
    ------
    ConfigError
        If it cannot be used.
    """
    Path(path).write_text(json.dumps(clean(config), indent=2) + "\n", encoding="utf-8")


def schema_table():
    """Return the settings as a Markdown table: name, what is allowed, default, meaning."""
    rows = [
        f"| `{name}` | {_allowed(name, item)} | {_default(item)} | {item.meaning} |"
        for name, item in SCHEMA.items()
    ]
    head = ["| setting | allowed | if left out | meaning |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _allowed(name, item):
    return f"1 to {MOST_LAYERS} layers, each {item.bounds()}" if name == "hidden" else item.bounds()


def _default(item):
    return "must be there" if item.default is None else repr(item.default)


def _problem(name, value):
    if name != "hidden":
        return SCHEMA[name].problem(value)
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_LAYERS:
        return f"must be a list of 1 to {MOST_LAYERS} layers, like [128, 64]; it is {value!r:.40}"
    problems = [SCHEMA[name].problem(size) for size in value]
    return next((f"holds a layer that {problem}" for problem in problems if problem), None)


def _is_number(value, whole):
    # Python counts True as 1; a student who writes it means something else.
    if isinstance(value, bool | np.bool_):
        return False
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and (isinstance(value, int) or math.isfinite(value))


def _plain(name, value):
    if name == "hidden":
        return tuple(int(size) for size in value)
    if SCHEMA[name].choices:
        return str(value)
    return int(value) if SCHEMA[name].whole else float(value)


def _unknown(name):
    close = difflib.get_close_matches(str(name), SCHEMA, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    return f"{name!r:.40} is no setting{meant} (the settings are {', '.join(SCHEMA)})"


def _trillions(number):
    return f"{number / 1e12:.3g} trillion"


def _duration(seconds):
    if seconds < 1.5:
        return "a second"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"

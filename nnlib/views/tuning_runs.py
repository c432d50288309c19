"""A run of the tuning board: one config at work on MNIST, a step at a time, and what it showed."""

import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nnlib import _checks, data, train, tune
from nnlib.diagnosis import NAMES, Diagnosis, diagnose

# MNIST's 60,000 training digits: the last ones are for validation, never trained on.
VALIDATION_FROM = 55_000
MOST_POINTS = 240  # of a loss curve: more than its picture has room for
ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh")
LIMITS = {
    "hidden_layers": (0, 4),
    "neurons": (1, 512),
    "batch_size": (1, 1024),
    "epochs": (1, 1000),
    "n_train": (10, VALIDATION_FROM),
    "seed": (0, 999),
}
MEASURES = ("loss", "accuracy", "val_loss", "val_accuracy")
ENDS = ("finished", "stopped", "diverged")
OUT_OF_SIGHT = 1e9  # stands for a loss that is no finite number
FORMAT = "nnlib tuning board, 1"


@dataclass
class Settings:
    """All that makes two runs the same.

    Parameters
    ----------
    hidden_layers : int, 0 to 4
    neurons : int, 1 to 512
        In each hidden layer.
    activation : {"relu", "leaky_relu", "sigmoid", "tanh"}
    dropout : float in [0, 1)
        The probability of dropping a hidden neuron in training.
    l2 : float
        The weight of the L2 penalty, λ.
    optimizer : {"sgd", "adagrad", "rmsprop", "adam"}
    lr : float
        The learning rate.
    momentum : float in [0, 1)
        Of "sgd"; the others have none.
    batch_size : int, 1 to 1024
    epochs : int, 1 to 1000
    n_train : int, 10 to 55000
        How many digits to train on.
    seed : int, 0 to 999
        For the first weights, the order of the digits and the dropout masks.
    """

    hidden_layers: int = 1
    neurons: int = 128
    activation: str = "relu"
    dropout: float = 0.0
    l2: float = 0.0
    optimizer: str = "adam"
    lr: float = 0.001
    momentum: float = 0.0
    batch_size: int = 64
    epochs: int = 6
    n_train: int = 10_000
    seed: int = 0

    def __post_init__(self):
        _checks.one_of("activation", self.activation, ACTIVATIONS)
        _checks.one_of("optimizer", self.optimizer, tuple(tune.OPTIMIZERS))
        _checks.positive("lr", self.lr)
        _checks.positive("l2", self.l2, zero=True)
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not low <= value <= high:
                raise ValueError(
                    f"{name} must be a whole number from {low:,} to {high:,}; it is {value!r}."
                )
        for name in ("dropout", "momentum"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value < 1:
                raise ValueError(f"{name} must be at least 0 and below 1; it is {value!r}.")

    @property
    def config(self):
        """dict: the part of them that `nnlib.tune.run` and homework 1-2 take as their config."""
        return {
            "hidden": (self.neurons,) * self.hidden_layers,
            "activation": self.activation,
            "dropout": self.dropout,
            "l2": self.l2,
            "loss": "cross_entropy",
            "optimizer": self.optimizer,
            "lr": self.lr,
            "momentum": self.momentum if self.optimizer == "sgd" else 0.0,
            "batch_size": self.batch_size,
            "epochs": self.epochs,
        }


@dataclass(frozen=True)
class Run:
    """One training as it stands; nothing of it changes later.

    Attributes
    ----------
    number : int
    settings : Settings
    status : {"training", "finished", "stopped", "diverged"}
    step, n_steps : int
        Steps made, and steps in all.
    mean, low, high : tuples of float
        The loss of equally many steps at a time: their mean, their lowest and highest.
    at : tuple of float
        Where on the axis of epochs each of these lies.
    measures : dict of tuples
        loss, accuracy, val_loss, val_accuracy after each epoch.
    seconds : float
        Of work, without pauses.
    diagnosis : Diagnosis or None
    """

    number: int
    settings: Settings
    status: str
    step: int
    n_steps: int
    mean: tuple
    low: tuple
    high: tuple
    at: tuple
    measures: dict
    seconds: float
    diagnosis: Diagnosis | None

    @property
    def n_epochs(self):
        """int: epochs that are complete."""
        return len(self.measures["val_accuracy"])

    @property
    def score(self):
        """Float or None: the newest validation accuracy; none of a run that diverged."""
        values = self.measures["val_accuracy"]
        return values[-1] if values and self.status != "diverged" else None


def digits(n_train):
    """Return ((X, y), (X_validation, y_validation)): the first digits of MNIST, and the last."""
    (X, y), _ = data.mnist()
    return (X[:n_train], y[:n_train]), (X[VALIDATION_FROM:], y[VALIDATION_FROM:])


class Training:
    """A run at work: the same steps, and the same numbers, as `nnlib.tune.run` makes.

    Parameters
    ----------
    number : int
        The run's.
    settings : Settings
    """

    def __init__(self, number, settings):
        self.number, self.settings = number, settings
        config, n_train, seed = settings.config, settings.n_train, settings.seed
        (X, y), validation = digits(n_train)
        network, optimizer = tune.prepare(config, X, y, seed)
        self._going = train.steps(
            network,
            X,
            y,
            epochs=config["epochs"],
            batch_size=config["batch_size"],
            optimizer=optimizer,
            validation=validation,
            seed=seed,
        )
        self._per_epoch = -(-n_train // config["batch_size"])
        self.n_steps = self._per_epoch * config["epochs"]
        self._width = -(-self.n_steps // MOST_POINTS)
        self._bins = []
        self._history = train.History()
        self._diagnosed = 0  # epochs
        self._diagnosis = None
        self.status = "training"
        self.seconds = 0.0

    def work(self):
        """Make one step; returns False when there is none left."""
        start = time.perf_counter()
        try:
            history = next(self._going, None)
            if history is None:
                self._end("finished")
            else:
                self._history = history
        except train.DivergedError as error:
            self._history = error.history
            self._end("diverged")
        self.seconds += time.perf_counter() - start
        return self.status == "training"

    def stop(self):
        """End it as it is."""
        if self.status == "training":
            self._going.close()
            self._end("stopped")

    def _end(self, status):
        self.status = status
        self._diagnosed = -1  # what was said until now was about a training that went on

    @property
    def seconds_left(self):
        """Float or None: how long the rest will take, once there is something to tell it from."""
        done = len(self._history.batch_losses)
        if self.seconds < 0.5 or not done:
            return None
        return self.seconds / done * (self.n_steps - done)

    def run(self):
        """Return it as it stands."""
        self._thin_out()
        self._diagnose()
        mean, low, high = zip(*self._bins, strict=True) if self._bins else ((), (), ())
        in_epochs = self._width / self._per_epoch
        return Run(
            number=self.number,
            settings=self.settings,
            status=self.status,
            step=len(self._history.batch_losses),
            n_steps=self.n_steps,
            mean=mean,
            low=low,
            high=high,
            at=tuple((i + 0.5) * in_epochs for i in range(len(mean))),
            measures={name: self._measure(name) for name in MEASURES},
            seconds=self.seconds,
            diagnosis=self._diagnosis,
        )

    def _thin_out(self):
        """Take the newest losses into the curve, as many steps at a time as make a point of it."""
        losses, width = self._history.batch_losses, self._width
        for start in range(len(self._bins) * width, len(losses) - width + 1, width):
            part = losses[start : start + width]
            if not all(map(math.isfinite, part)):
                return
            self._bins.append((sum(part) / width, min(part), max(part)))

    def _diagnose(self):
        """Look at the curves once an epoch: in between they say nothing new."""
        if self._diagnosed == len(self._history):
            return
        self._diagnosed = len(self._history)
        with np.errstate(all="ignore"):  # the losses of a training that diverges
            self._diagnosis = diagnose(self._history)

    def _measure(self, name):
        values = self._history[name] if len(self._history) else ()
        return tuple(float(v) if math.isfinite(v) else OUT_OF_SIGHT for v in values)


# Runs in a file


def write_runs(path, runs):
    """Write runs to a file, all or nothing.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = Path(path)
    content = {"format": FORMAT, "runs": [_plain(run) for run in runs]}
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(beside, path)


def read_runs(path):
    """Read the runs that `write_runs` wrote.

    Returns
    -------
    list of Run

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it holds something else.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, expected {FORMAT!r}")
        return [_run(item) for item in content["runs"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no runs of a tuning board ({error}).") from error


def _plain(run):
    """A run as JSON can say it; five digits are more than a curve shows."""
    values = asdict(run)
    for name in ("mean", "low", "high", "at"):
        values[name] = [float(f"{value:.5g}") for value in values[name]]
    return values


def _run(values):
    """The run that `_plain` wrote down, looked at closely: people may edit files."""
    curves = {name: _numbers(values[name]) for name in ("mean", "low", "high", "at")}
    if len({len(curve) for curve in curves.values()}) != 1:
        raise ValueError("its curves are not equally long")
    measures = {name: _numbers(values["measures"][name]) for name in MEASURES}
    if len({len(curve) for curve in measures.values()}) != 1:
        raise ValueError("its measures are not equally long")
    found = values["diagnosis"] and Diagnosis(**values["diagnosis"])
    if found and found.name not in NAMES:
        raise ValueError(f"there is no diagnosis {found.name!r}")
    whole = {name: int(values[name]) for name in ("number", "step", "n_steps")}
    # A run that was kept while it trained, and never ended, cannot go on.
    status = values["status"] if values["status"] in ENDS else "stopped"
    (seconds,) = _numbers([values["seconds"]])
    return Run(
        settings=Settings(**values["settings"]),
        status=status,
        measures=measures,
        seconds=seconds,
        diagnosis=found,
        **whole,
        **curves,
    )


def _numbers(values):
    numbers = tuple(float(value) for value in values)
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number in it is not finite")
    return numbers

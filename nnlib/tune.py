"""Tuning: try many settings, one trial at a time, and find the ones that do best.

Every function here is a generator: take as many trials as you like, and stop when you have seen
enough; nothing goes on in the background. ::

    space = {"hidden": [(64,), (128, 64)], "lr": tune.log_uniform(1e-4, 1e-1), "optimizer": "adam"}
    trials = []
    for trial in tune.random_search(space, X, y, validation=(X_val, y_val), n=20):
        print(trial)
        trials.append(trial)
    best = max(trials, key=lambda trial: trial.score)

A *config* is a dict of settings: what the network is (hidden, activation, dropout, l2, loss) and
how it is trained (optimizer, lr, momentum, batch_size, epochs). A *space* is a config where some
settings are lists of choices, or ranges to draw from.
"""

import itertools
import math
import time
from dataclasses import dataclass, field

import numpy as np

from nnlib import _checks
from nnlib.batches import batches as batches_of
from nnlib.callbacks import StopFlag
from nnlib.diagnosis import Diagnosis, diagnose
from nnlib.network import MLP
from nnlib.optim import SGD, AdaGrad, Adam, RMSProp
from nnlib.train import DivergedError, History

__all__ = [
    "Diagnosis",
    "LearningRateStep",
    "Range",
    "Trial",
    "diagnose",
    "grid",
    "log_integers",
    "log_uniform",
    "lr_range_test",
    "prepare",
    "random_search",
    "run",
    "successive_halving",
    "suggest_lr",
    "uniform",
]

OPTIMIZERS = {"sgd": SGD, "adagrad": AdaGrad, "rmsprop": RMSProp, "adam": Adam}
OF_THE_NETWORK = ("hidden", "activation", "dropout", "l2", "loss")
OF_THE_TRAINING = ("optimizer", "lr", "momentum", "batch_size", "epochs")


@dataclass(frozen=True)
class Trial:
    """One config, trained and measured; print it to read it in a line.

    Attributes
    ----------
    number : int
        0, 1, 2, … in the order of the trials.
    config : dict
    score : float
        The validation accuracy at the end; 0 if the training diverged.
    history : History
    seconds : float
        Of this trial, everything included.
    diverged : bool
    network : Network
        As the training left it.
    """

    number: int
    config: dict
    score: float
    history: History = field(repr=False)
    seconds: float
    diverged: bool = False
    network: object = field(default=None, repr=False)

    @property
    def diagnosis(self):
        """What `diagnose` says of its history."""
        return diagnose(self.history)

    def __str__(self):
        settings = ", ".join(f"{name}={value}" for name, value in self.config.items())
        result = "diverged" if self.diverged else f"{self.score:.2%}"
        epochs = f"{len(self.history)} epoch{'s' if len(self.history) != 1 else ''}"
        return f"Trial {self.number}: {result}, {epochs}, {self.seconds:.1f} s; {settings}"


# Spaces


@dataclass(frozen=True)
class Range:
    """All numbers from low to high, to draw from; see `uniform`, `log_uniform`, `log_integers`."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self):
        if self.log:
            _checks.positive("low", self.low)
        if not self.low < self.high:
            raise ValueError(
                f"A range goes from low to high; low is {self.low!r}, high {self.high!r}."
            )

    def draw(self, rng):
        """Return one number, with three digits that count, so that it prints as it is."""
        if self.log:
            number = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            number = rng.uniform(self.low, self.high)
        number = min(max(float(f"{number:.3g}"), self.low), self.high)
        return round(number) if self.whole else number


def uniform(low, high):
    """Numbers between low and high, each equally likely: for dropout, for instance."""
    return Range(low, high)


def log_uniform(low, high):
    """Numbers between low and high, each power of ten equally likely: for lr and l2."""
    return Range(low, high, log=True)


def log_integers(low, high):
    """Whole numbers from low to high, each doubling equally likely: for neurons, batch_size."""
    return Range(low, high, log=True, whole=True)


# One trial


def run(
    config,
    X,
    y,
    validation,
    epochs=5,
    batch_size=64,
    seed=0,
    build=None,
    callbacks=(),
    number=0,
):
    """Train the network that a config describes, and measure it.

    Parameters
    ----------
    config : dict
        Of the network: hidden (neurons of each hidden layer, (256, 128), or one number),
        activation, dropout, l2, loss, as in `MLP`. Of the training: optimizer ("sgd", "adagrad",
        "rmsprop", "adam"), lr (a number or a schedule), momentum (of "sgd"), batch_size, epochs.
        All may be left out; the optimiser is then SGD with lr=0.1.
    X, y : arrays of shape (N, D) and (N,)
        To train on.
    validation : (X, y)
        To measure the score on.
    epochs, batch_size : int
        For a config that does not say.
    seed : int
        For the initial weights, the dropout masks and the order of the examples.
    build : callable or None
        ``build(config) -> network`` for networks of your own; the config may then hold any names
        of yours beside those of the training.
    callbacks : list
        For `fit`.
    number : int
        The trial's.

    Returns
    -------
    Trial

    Raises
    ------
    ValueError, TypeError
        If a setting is unknown or wrong.
    """
    _check_names(config, build)
    training = _Training(config, X, y, validation, batch_size, seed, build, callbacks)
    return training.go_on(config.get("epochs", epochs), seed, number)


def prepare(config, X, y, seed=0, build=None):
    """Make the network and the optimiser that a config describes, for a training of your own.

    Parameters
    ----------
    config, seed, build
        As in `run`.
    X, y : arrays of shape (N, D) and (N,)
        The network gets D inputs, and scores for the labels 0 to max(y).

    Returns
    -------
    network, optimizer
        Not trained yet.

    Raises
    ------
    ValueError, TypeError
        If a setting is unknown or wrong.
    """
    _check_names(config, build)
    network = build(config) if build else _mlp(config, X, y, seed)
    return network, _optimizer(config)


class _Training:
    """A config being trained, which can be left and taken up again."""

    def __init__(self, config, X, y, validation, batch_size, seed, build, callbacks):
        if validation is None:
            raise ValueError(
                "validation must be a pair (X, y): the training data would praise those that "
                "learn by heart. data.split cuts some off."
            )
        self.config, self.data = config, (X, y)
        self.validation, self.callbacks = validation, callbacks
        self.batch_size = config.get("batch_size", batch_size)
        self.network, self.optimizer = prepare(config, X, y, seed, build)
        self.history = History()
        self.seconds = 0.0

    def go_on(self, epochs, seed, number):
        """Train for some epochs more; return all until now as a Trial."""
        start, diverged = time.perf_counter(), False
        try:
            history = self.network.fit(
                *self.data,
                epochs=epochs,
                batch_size=self.batch_size,
                optimizer=self.optimizer,
                validation=self.validation,
                seed=seed,
                callbacks=self.callbacks,
            )
        except DivergedError as error:
            history, diverged = error.history, True
        self.history = _joined(self.history, history)
        score = 0.0 if diverged else float(self.network.score(*self.validation))
        if not diverged:
            self.network.scores(self.validation[0][:1])  # layers keep room for a row, not 1000
        self.seconds += time.perf_counter() - start
        return Trial(number, self.config, score, self.history, self.seconds, diverged, self.network)


def _mlp(config, X, y, seed):
    hidden = config.get("hidden", ())
    hidden = [hidden] if isinstance(hidden, int | np.integer) else list(hidden)
    n_features, n_classes = math.prod(np.shape(X)[1:]), int(np.max(y)) + 1
    options = {name: config[name] for name in OF_THE_NETWORK if name in config and name != "hidden"}
    return MLP([n_features, *hidden, n_classes], seed=seed, **options)


def _optimizer(config):
    name = config.get("optimizer", "sgd")
    _checks.one_of("optimizer", name, tuple(OPTIMIZERS))
    options = {"lr": 0.1} if name == "sgd" else {}
    options |= {key: config[key] for key in ("lr", "momentum") if key in config}
    if name != "sgd" and options.pop("momentum", 0):
        raise ValueError(f"momentum belongs to the optimizer 'sgd'; this one is {name!r}.")
    return OPTIMIZERS[name](**options)


def _joined(first, second):
    """Return one history of two, one after the other."""
    if not len(first):
        return second
    whole = History()
    for part in (first, second):
        for epoch in range(len(part)):
            whole.record(**{name: part[name][epoch] for name in part})
        whole.batch_losses += part.batch_losses
    whole.batch_size = first.batch_size
    return whole


# Searches: the options at the end of each are those of `run`


def grid(space, X, y, validation, seed=0, **options):
    """Try every combination of the choices.

    Parameters
    ----------
    space : dict
        A config where lists are choices: ``{"lr": [0.1, 0.01], "hidden": (64, 32)}``.
    X, y, validation, seed, **options
        As in `run`; each trial starts from the same seed. A `StopFlag` among the callbacks ends
        the search: the trial that it interrupts is not yielded.

    Yields
    ------
    Trial

    Raises
    ------
    ValueError, TypeError
        If a setting is unknown or wrong.
    """
    _check_space(space, options)
    for name, value in space.items():
        if isinstance(value, Range):
            raise TypeError(
                f"grid needs a list of choices for {name!r}; it is {value}. Write the choices "
                "out, or use random_search."
            )
    choices = [value if isinstance(value, list) else [value] for value in space.values()]
    configs = (dict(zip(space, values, strict=True)) for values in itertools.product(*choices))
    yield from _run_all(configs, X, y, validation, seed, options)


def random_search(space, X, y, validation, n=20, seed=0, **options):
    """Try n configs drawn at random: better than a grid where only a few settings count.

    Bergstra, Bengio: Random Search for Hyper-Parameter Optimization, JMLR 2012.

    Parameters
    ----------
    space : dict
        A config where lists are choices, and `uniform`, `log_uniform` and `log_integers` ranges.
    n : int
        How many trials; the first ones are the same whatever n is.
    seed : int
        For the configs; and each trial starts from it.
    X, y, validation, **options
        As in `grid`.

    Yields
    ------
    Trial
    """
    _check_space(space, options)
    rng = np.random.default_rng(seed)
    configs = (_draw(space, rng) for _ in range(_checks.whole("n", n)))
    yield from _run_all(configs, X, y, validation, seed, options)


def successive_halving(space, X, y, validation, n=16, factor=2, epochs=1, seed=0, **options):
    """Train many configs a little, go on with the better half of them, and so on to one.

    A round trains every config that is left; the next one is twice as long (or `factor` times),
    and its configs go on from the weights they have.

    Jamieson, Talwalkar: Non-stochastic Best Arm Identification and Hyperparameter Optimization,
    AISTATS 2016.

    Parameters
    ----------
    space : dict
        As in `random_search`, but without "epochs".
    n : int
        Configs in the first round.
    factor : int
        From each round, one config in so many goes on.
    epochs : int
        In the first round.
    X, y, validation, seed, **options
        As in `random_search`.

    Yields
    ------
    Trial
        One for each config in each round, with all its epochs until then. A config keeps its
        number; its network is the same object in every round.
    """
    _check_space(space, options)
    if "epochs" in space:
        raise ValueError("successive_halving shares the epochs out by itself: leave them out.")
    if _checks.whole("factor", factor) == 1:
        raise ValueError("factor must be at least 2; it is 1.")
    rng = np.random.default_rng(seed)
    configs = [_draw(space, rng) for _ in range(_checks.whole("n", n))]
    defaults = {"batch_size": 64, "build": None, "callbacks": ()} | options
    left = dict(enumerate(configs))
    trainings = {}
    for round_number in itertools.count():
        scores = {}
        for number, config in left.items():
            if round_number == 0:
                trainings[number] = _Training(config, X, y, validation, seed=seed, **defaults)
            trial = trainings[number].go_on(
                epochs * factor**round_number, seed + round_number, number
            )
            if _stopped(defaults["callbacks"]):
                return
            if not trial.diverged:
                scores[number] = trial.score
            yield trial
        best = sorted(scores, key=scores.get, reverse=True)[: len(left) // factor]
        left = {number: left[number] for number in best}
        trainings = {number: trainings[number] for number in best}  # forget the others
        if not left:
            return


def _run_all(configs, X, y, validation, seed, options):
    for number, config in enumerate(configs):
        trial = run(config, X, y, validation, seed=seed, number=number, **options)
        if _stopped(options.get("callbacks", ())):
            return
        yield trial


def _stopped(callbacks):
    return any(isinstance(callback, StopFlag) and callback.is_set for callback in callbacks)


def _draw(space, rng):
    config = {}
    for name, value in space.items():
        if isinstance(value, list):
            value = value[rng.integers(len(value))]
        config[name] = value.draw(rng) if isinstance(value, Range) else value
    return config


def _check_space(space, options):
    if not isinstance(space, dict):
        raise TypeError(f'space must be a dict like {{"lr": [0.1, 0.01]}}; it is {space!r}.')
    for name, value in space.items():
        if isinstance(value, list) and not value:
            raise ValueError(f"space has no choices for {name!r}: its list is empty.")
    _check_names(space, options.get("build"))


def _check_names(config, build):
    if build:
        return
    known = (*OF_THE_NETWORK, *OF_THE_TRAINING)
    for name in config:
        _checks.one_of("a setting's name", name, known)


# The learning rate


@dataclass(frozen=True)
class LearningRateStep:
    """One step of `lr_range_test`.

    Attributes
    ----------
    lr : float
    loss : float
        Of this step's batch, before the step.
    smooth_loss : float
        The loss averaged over the last steps, the nearest counting most.
    """

    lr: float
    loss: float
    smooth_loss: float


def lr_range_test(
    network, X, y, low=1e-5, high=10.0, steps=200, batch_size=64, optimizer=SGD, seed=0
):
    """Raise the learning rate step by step and watch where the loss falls, and where it leaps.

    It ends before `high` where the loss leaps to four times its lowest. However it ends, the
    network then has the weights that it had before.

    Smith: Cyclical Learning Rates for Training Neural Networks, WACV 2017.

    Parameters
    ----------
    network : Network
    X, y : arrays of shape (N, D) and (N,)
    low, high : float
        The first and the last learning rate; between them it rises by the same factor each step.
    steps : int
    batch_size : int
    optimizer : Optimizer class, or one of "sgd", "adagrad", "rmsprop", "adam"
    seed : int
        For the order of the examples.

    Yields
    ------
    LearningRateStep

    Examples
    --------
    >>> steps = list(tune.lr_range_test(net, X, y))
    >>> lr = tune.suggest_lr(steps)
    """
    Range(low, high, log=True)  # refuses a wrong range
    if not isinstance(optimizer, type):
        optimizer = OPTIMIZERS[_checks.one_of("optimizer", optimizer, tuple(OPTIMIZERS))]
    optimizer = optimizer(low).bind(network)
    batches = _endless(X, y, batch_size, np.random.default_rng(seed))
    before = network.parameters.copy()
    smooth, weight, lowest = 0.0, 0.0, math.inf
    try:
        for lr in np.geomspace(low, high, _checks.whole("steps", steps)).tolist():
            optimizer.lr = lr
            loss = _step(network, optimizer, *next(batches))
            smooth, weight = 0.9 * smooth + 0.1 * loss, 0.9 * weight + 0.1
            smooth_loss = smooth / weight
            lowest = min(lowest, smooth_loss)
            if not smooth_loss <= 4 * lowest:  # also if it is not a number
                return
            yield LearningRateStep(lr, loss, smooth_loss)
    finally:
        network.parameters[...] = before


def suggest_lr(steps):
    """Return a learning rate to start with: a tenth of the one where the loss was lowest.

    Parameters
    ----------
    steps : sequence of LearningRateStep
    """
    steps = list(steps)
    if len(steps) < 2:
        raise ValueError(
            f"steps must be those of a whole lr_range_test; it has {len(steps)}. Start the test "
            "at a lower learning rate."
        )
    return min(steps, key=lambda step: step.smooth_loss).lr / 10


def _endless(X, y, batch_size, rng):
    while True:
        yield from batches_of(X, y, batch_size, rng)


def _step(network, optimizer, X, y):
    """Make one step; return the loss before it, infinite where it is no longer a number."""
    try:
        loss = network.loss(X, y)
    except FloatingPointError:
        return math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        network.backward()
        optimizer.step()
    return loss

"""V6, gradient descent: the path on the loss, and what learning rate, batch and optimiser do."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ClassVar

import ipywidgets as widgets
import numpy as np
import traitlets

from nnlib import MLP, SGD, AdaGrad, Adam, LinearClassifier, RMSProp, data, plots
from nnlib.batches import batches
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import button, choice_slider, dropdown, toggle

N_POINTS = 8192  # enough that a step on all of them takes longer than one on a few
FRAMES_PER_SECOND = 20
PAUSE_AFTER = 4000  # steps; nobody watches longer
MOST_PINS = 4
MOST_RECORDS = 300  # of one run; where it grows longer, every third one is kept
LARGEST_WEIGHT = 1e4
GRID = 33  # places across the picture where the loss is measured
N_BANDS = 14
LEARNING_RATES = [*(float(f"{m}e{power}") for power in range(-3, 2) for m in (1, 2, 5)), 100.0]
BATCH_SIZES = (1, 4, 16, 64, 256, 1024, N_POINTS)
SPEEDS = (1, 5, 20, 200, 2000)
AXES = ("steps", "epochs", "seconds")
# Places in the palette: first that of the descent at hand. No blue, for that is the contour's.
RUN_COLOURS = (5, 2, 3, 7, 1)
OPTIMIZERS = {
    "sgd": ("SGD", SGD, {}),
    "momentum": ("SGD with momentum 0.9", SGD, {"momentum": 0.9}),
    "adagrad": ("AdaGrad", AdaGrad, {}),
    "rmsprop": ("RMSProp", RMSProp, {}),
    "adam": ("Adam", Adam, {}),
}
NETWORK_STATE = {
    "W1": [[0.0, 0.1], [0.0, 2.87], [1.61, -2.55]],
    "b1": [-1.68, 1.64, 1.51],
    "W2": [[-2.77, 2.76, 2.71], [2.78, -2.76, -2.7]],
    "b2": [-4.73, 4.73],
}


@dataclass(frozen=True)
class Problem:
    """A loss of which only two weights may change.

    `free` are their places in the network's vector of parameters, `corners` the ends of the
    picture (two of the first weight, two of the second), equally far apart, so that the
    steepest way down stands at a right angle to the contour lines.
    """

    name: str
    title: str
    names: tuple
    free: tuple
    corners: tuple
    start: tuple
    make: Callable  # returns (network, X, y)
    code: str  # the same in public names


def _round():
    net = LinearClassifier(2, 2, l2=0.02)
    net.parameters[:] = 0
    return net, *data.blobs(N_POINTS // 2, n_classes=2, noise=0.8)


def _narrow():
    net = LinearClassifier(2, 2, l2=0.001)
    net.parameters[:] = 0
    X, y = data.blobs(N_POINTS // 2, n_classes=2, noise=0.8)
    return net, X + np.float32([2, 0]), y


def _two_valleys():
    net = MLP([2, 3, 2], "tanh", l2=0.001)
    net.load_state_dict(NETWORK_STATE)
    return net, *data.circles(N_POINTS // 2)


PROBLEMS = {
    "round": Problem(
        name="a round valley",
        title="a linear classifier of two groups: both weights of class 0",
        names=("w₁", "w₂"),
        free=(0, 1),
        corners=(-4.0, 6.0, -5.0, 5.0),
        start=(-3.0, 3.5),
        make=_round,
        code=(
            "net = LinearClassifier(2, 2, l2=0.02)\n"
            "net.parameters[:] = 0\n"
            f"X, y = data.blobs({N_POINTS // 2}, n_classes=2, noise=0.8)\n"
        ),
    ),
    "narrow": Problem(
        name="a narrow valley",
        title="a linear classifier of points far from 0: a weight and a bias",
        names=("w₁", "b"),
        free=(0, 4),
        corners=(-5.0, 9.0, -9.0, 5.0),
        start=(-3.0, 1.0),
        make=_narrow,
        code=(
            "net = LinearClassifier(2, 2, l2=0.001)\n"
            "net.parameters[:] = 0\n"
            f"X, y = data.blobs({N_POINTS // 2}, n_classes=2, noise=0.8)\n"
            "X = X + np.float32([2, 0])\n"
        ),
    ),
    "two valleys": Problem(
        name="two valleys",
        title="a network with three hidden neurons: two of its weights",
        names=("first weight of neuron 1", "of neuron 2"),
        free=(0, 2),
        corners=(-8.0, 8.0, -8.0, 8.0),
        start=(2.0, -6.5),
        make=_two_valleys,
        code=(
            'net = MLP([2, 3, 2], "tanh", l2=0.001)\n'
            "net.load_state_dict(\n    {\n"
            + "".join(f'        "{name}": {values},\n' for name, values in NETWORK_STATE.items())
            + f"    }}\n)\nX, y = data.circles({N_POINTS // 2})\n"
        ),
    ),
}


@dataclass(frozen=True)
class Landscape:
    """The loss on a grid of the two weights, everything else fixed."""

    first: np.ndarray
    second: np.ndarray
    losses: np.ndarray  # one row a value of the second weight
    levels: np.ndarray
    lines: tuple  # of the contour, arrays of shape (n, 2)
    lowest: float
    lowest_place: tuple


@functools.cache
def landscape(name):
    """Return the landscape of a problem, measured once.

    Parameters
    ----------
    name : one of PROBLEMS
    """
    problem = PROBLEMS[name]
    net, X, y = problem.make()
    first = np.linspace(*problem.corners[:2], GRID)
    second = np.linspace(*problem.corners[2:], GRID)
    losses = np.array([[_loss_at(net, problem, X, y, (a, b)) for a in first] for b in second])
    levels = np.quantile(losses, np.linspace(0, 1, N_BANDS + 1)[1:-1])  # bands of equal area
    contour = plots.figure().axes[0].contour(first, second, losses, levels)
    lines = tuple(line for lines in contour.allsegs for line in lines if len(line) > 1)
    row, column = np.unravel_index(losses.argmin(), losses.shape)
    place = (first[column], second[row])
    lowest, place = _lowest(
        functools.partial(_loss_at, net, problem, X, y), place, first[1] - first[0]
    )
    return Landscape(first, second, losses, levels, lines, lowest, place)


def _lowest(loss_at, place, stride):
    """Look to four sides for a lower place, again and again; where there is none, look nearer."""
    lowest = loss_at(place)
    while stride > 1e-3:
        sides = [(stride, 0), (-stride, 0), (0, stride), (0, -stride)]
        nearby = [(place[0] + dx, place[1] + dy) for dx, dy in sides]
        losses = [loss_at(near) for near in nearby]
        if min(losses) < lowest:
            lowest = min(losses)
            place = nearby[losses.index(lowest)]
        else:
            stride /= 2
    return lowest, place


def _loss_at(net, problem, X, y, place):
    net.parameters[list(problem.free)] = place
    return net.loss(X, y)


class Descent:
    """One descent of the two weights, and what was measured on the way.

    Parameters
    ----------
    name : one of PROBLEMS
    start : (float, float)
        The two weights at the start.
    seed : int
        For the order of the examples.
    legs : list of dicts of lr, batch_size, optimizer, steps
        The parts of the way, each with its own settings; they are gone at once.

    Attributes
    ----------
    records : list of (step, epochs, seconds, loss, first weight, second weight)
        Seconds are those of the steps alone, losses those of all examples.
    diverged : bool
    """

    def __init__(self, name, start, seed, legs):
        self.problem = PROBLEMS[name]
        self.net, self.X, self.y = self.problem.make()
        self.free = list(self.problem.free)
        self.fixed = np.setdiff1d(np.arange(self.net.parameters.size), self.free)
        self.start = tuple(map(float, start))
        self.net.parameters[self.free] = self.start
        self.seed, self.rng = seed, np.random.default_rng(seed)
        self.legs, self._tools = [], []  # of each leg, its optimiser and its batches
        self.steps, self.examples, self.seconds = 0, 0, 0.0
        self.stride, self.diverged = 1, False
        self.records = [self.measure()]
        for leg in legs:
            self.turn(leg["lr"], leg["batch_size"], leg["optimizer"])
            for _ in range(leg["steps"]):
                if not self.step():
                    break

    def turn(self, lr, batch_size, optimizer):
        """Go on with other settings; the weights stay, and what still fits of the memory."""
        if self.legs and self.legs[-1]["steps"] == 0:  # settings that nobody has used
            self.legs.pop()
            self._tools.pop()
        before = self.legs[-1] if self.legs else {}
        tool, sample = self._tools[-1] if self.legs else (None, None)
        if before.get("optimizer") != optimizer:
            _, kind, options = OPTIMIZERS[optimizer]
            tool = kind(lr, **options).bind(self.net)
        tool.lr = lr
        if before.get("batch_size") != batch_size:
            sample = self._endless(batch_size)
        leg = {"lr": lr, "batch_size": batch_size, "optimizer": optimizer, "steps": 0}
        self.legs.append(leg)
        self._tools.append((tool, sample))

    def step(self):
        """Make one step; returns False if there is no way to go on."""
        before = self.net.parameters.copy()
        start = time.perf_counter()
        optimizer, sample = self._tools[-1]
        X, y = next(sample)
        try:
            self.net.loss(X, y)
            self.net.backward()
            self.net.gradients[self.fixed] = 0  # only two weights may move
            optimizer.step()
        except FloatingPointError:
            self.diverged = True
        self.seconds += time.perf_counter() - start
        if self.diverged or self._too_large():
            self.diverged = True
            self.net.parameters[:] = before
            return False
        self.steps += 1
        self.legs[-1]["steps"] += 1
        self.examples += len(y)
        if self.steps % self.stride == 0:
            self._record()
        return True

    def measure(self):
        """Return a record of this moment."""
        loss = self.net.loss(self.X, self.y)
        epochs = self.examples / len(self.X)
        return (self.steps, epochs, self.seconds, loss, *map(float, self.place))

    @property
    def place(self):
        """The two weights."""
        return self.net.parameters[self.free]

    def way(self):
        """Return all records and the present, as an array of shape (n, 6)."""
        records = self.records
        if records[-1][0] != self.steps:
            records = [*records, self.measure()]
        return np.array(records)

    def settings(self):
        """Return what is needed to go the same way again."""
        return {
            "start": list(self.start),
            "seed": self.seed,
            "legs": [dict(leg) for leg in self.legs],
        }

    def words(self):
        """Return the settings in words."""
        first, *others = [_leg_in_words(leg) for leg in self.legs]
        changed = f", then {others[-1]}" if others else ""
        return first + changed + (f", seed {self.seed}" if self.seed else "")

    def _endless(self, batch_size):
        """Epoch after epoch, each in another order."""
        while True:
            yield from batches(self.X, self.y, batch_size, self.rng)

    def _record(self):
        self.records.append(self.measure())
        if len(self.records) > MOST_RECORDS:
            # Every third stays, not every second: a zigzag must not look like a straight line.
            self.records = self.records[::3]
            self.stride *= 3

    def _too_large(self):
        place = self.place
        return not np.isfinite(place).all() or np.abs(place).max() > LARGEST_WEIGHT


def _leg_in_words(leg):
    batch = "full batch" if leg["batch_size"] == N_POINTS else f"batch {leg['batch_size']}"
    return f"{OPTIMIZERS[leg['optimizer']][0]}, rate {leg['lr']:g}, {batch}"


@dataclass(frozen=True)
class Snapshot:
    """Everything the picture shows of one moment."""

    problem: str
    start: tuple
    step: int
    epochs: float
    seconds: float
    loss: float
    place: tuple
    ways: tuple  # of the descent at hand and the pinned ones: arrays of shape (n, 6)
    names: tuple
    diverged: tuple
    axis: str
    note: str
    controls: dict


@dataclass
class DescentModel:
    """A descent of two weights, and pinned ones beside it.

    Parameters
    ----------
    problem : {"round", "narrow", "two valleys"}
        Which loss.
    lr : float
        The learning rate.
    batch_size : int, 1 to 8192
        Examples in a step; 8192 are all.
    optimizer : {"sgd", "momentum", "adagrad", "rmsprop", "adam"}
    seed : int
        For the order of the examples.
    start : (float, float), or None for the problem's own
        The two weights at the start.
    axis : {"epochs", "steps", "seconds"}
        What the loss is drawn against.
    speed : int
        Steps a second while running.
    legs : list of dicts, or None
        Steps made already: see `Descent`.
    pins : list of dicts of start, seed and legs, or None
        Pinned descents.
    """

    problem: str = "round"
    lr: float = 0.5
    batch_size: int = 64
    optimizer: str = "sgd"
    seed: int = 0
    start: tuple | None = None
    axis: str = "epochs"
    speed: int = 20
    legs: list | None = None
    pins: list | None = None

    def __post_init__(self):
        for name in ("problem", "optimizer", "axis", "lr", "batch_size"):
            self._check(name, getattr(self, name))
        pins, legs = self.pins or [], self.legs or []
        self._pinned = [Descent(self.problem, **pin) for pin in pins]
        self._message = ""
        self._begin(legs)

    def _check(self, name, value):
        known = {"problem": PROBLEMS, "optimizer": OPTIMIZERS, "axis": AXES}.get(name)
        if known and value not in known:
            raise ValueError(f"{name} must be one of {list(known)}; got {value!r}.")
        if name == "lr" and not value > 0:
            raise ValueError(f"lr must be above 0; got {value!r}.")
        if name == "batch_size" and value not in range(1, N_POINTS + 1):
            raise ValueError(f"batch_size must be a whole number 1..{N_POINTS}; got {value!r}.")

    @property
    def rate(self):
        """float: calls of `work` a second."""
        return min(self.speed, FRAMES_PER_SECOND)

    @property
    def descent(self):
        """The descent at hand (Descent)."""
        return self._descent

    @property
    def pinned(self):
        """The pinned descents (tuple of Descent)."""
        return tuple(self._pinned)

    def state(self):
        """Return the parameters as plain values, with the steps made so far."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        done = [dict(leg) for leg in self._descent.legs if leg["steps"]]
        values["start"] = None if self.start is None else list(self.start)
        values["legs"] = done or None
        values["pins"] = [descent.settings() for descent in self._pinned] or None
        return values

    def change(self, name, value):
        """Set a parameter; `pin` keeps the descent at hand, `unpin` takes a pinned one off."""
        self._message = ""
        if name == "pin":
            self._pin()
            return
        if name == "unpin":
            del self._pinned[value]
            return
        self._check(name, value)
        setattr(self, name, tuple(value) if name == "start" else value)
        if name in ("lr", "batch_size", "optimizer"):
            self._descent.turn(self.lr, self.batch_size, self.optimizer)
        elif name == "problem":
            self.start, self._pinned = None, []  # they belong to the other loss
            self._begin([])
        elif name in ("start", "seed"):
            self._begin([])

    def reset(self):
        """Go back to the start; settings and pinned descents stay."""
        self._message = ""
        self._begin([])

    def step(self):
        """Make one step; returns False when it is time to pause."""
        return self._descent.step() and self._descent.steps % PAUSE_AFTER != 0

    def work(self):
        """Make the steps of one picture; returns False when it is time to pause."""
        return all(self.step() for _ in range(max(1, self.speed // FRAMES_PER_SECOND)))

    def snapshot(self):
        """Return the picture of this moment."""
        descents = [self._descent, *self._pinned]
        ways = tuple(descent.way() for descent in descents)
        step, epochs, seconds, loss, *place = ways[0][-1]
        return Snapshot(
            problem=self.problem,
            start=self._descent.start,
            step=int(step),
            epochs=float(epochs),
            seconds=float(seconds),
            loss=float(loss),
            place=tuple(map(float, place)),
            ways=ways,
            names=tuple(descent.words() for descent in descents),
            diverged=tuple(descent.diverged for descent in descents),
            axis=self.axis,
            note=self._note(),
            controls=self._controls(),
        )

    def _begin(self, legs):
        start = PROBLEMS[self.problem].start if self.start is None else self.start
        self._descent = Descent(self.problem, start, self.seed, legs)
        self._descent.turn(self.lr, self.batch_size, self.optimizer)

    def _pin(self):
        if not self._descent.steps:
            self._message = "Make a few steps first: there is nothing to pin yet."
        elif len(self._pinned) == MOST_PINS:
            self._message = f"{MOST_PINS} descents are pinned already. Unpin one first."
        else:
            self._pinned.append(self._descent)
            self._begin([])

    def _note(self):
        descent = self._descent
        if descent.diverged:
            return (
                f"After {descent.steps} steps the weights would grow beyond all bounds: each step "
                "jumps over the valley, and lands higher up on the other side. "
                f"Lower the learning rate (now {self.lr:g}), then press Reset."
            )
        if self._message:
            return self._message
        if descent.steps and descent.steps % PAUSE_AFTER == 0:
            return f"A pause after {descent.steps:,} steps. Press Run to go on."
        low_1, high_1, low_2, high_2 = descent.problem.corners
        first, second = descent.place
        if not (low_1 <= first <= high_1 and low_2 <= second <= high_2):
            return "The descent is outside the picture now; the loss curve still shows it."
        return ""

    def _controls(self):
        names = ("problem", "lr", "batch_size", "optimizer", "seed", "axis", "speed")
        return {name: getattr(self, name) for name in names}


def _pinned_run(optimizer, lr, batch_size, steps, start=PROBLEMS["round"].start):
    """A pinned run of a preset."""
    leg = {"lr": lr, "batch_size": batch_size, "optimizer": optimizer, "steps": steps}
    return {"start": start, "seed": 0, "legs": [leg]}


class DescentCanvas(Canvas):
    """The contour with the paths, the loss curves, and the list of runs."""

    _esm = module("descent")
    _css = styles("descent")
    # The contour, sent once for each problem.
    scene = traitlets.Dict().tag(sync=True)


class DescentView(View):
    """Gradient descent on two weights, while the rest of a small classifier stays fixed.

    The contour is the loss of all points; a step sees only a batch of them. Drag the start,
    or go to it with Tab and move it with the arrow keys. Pin a run to compare it with others.

    Parameters
    ----------
    preset : str or None
        One of `DescentView.presets`.
    show : list of str or None
        Controls to show, among preset, problem, seed, run, step, reset, speed, pin, optimizer,
        lr, batch_size, axis, and parts of the picture: contour, curves, runs. None for all; if
        no part is named, all parts.
    **state
        See `DescentModel`.
    """

    Model = DescentModel
    CanvasClass = DescentCanvas
    parts: ClassVar = ("contour", "curves", "runs")
    presets: ClassVar = {
        "a good learning rate": Preset(
            "Press Run: the steps shorten as the ground gets flatter, though the learning rate "
            "stays the same. After about 30 steps the loss is almost as low as it can be.",
        ),
        "too low: it crawls": Preset(
            "The same way down, in tiny steps: after 100 steps it has gone only a part of it. "
            "The dashed run has a learning rate 50 times higher.",
            {"lr": 0.01, "pins": [_pinned_run("sgd", 0.5, 64, 60)]},
        ),
        "too high: it diverges": Preset(
            "Press Step: the first step jumps over the whole valley, the second one back, "
            "further up. A few steps later the numbers are beyond all bounds.",
            {"lr": 100.0, "batch_size": N_POINTS, "speed": 1},
        ),
        "a little too high: it zigzags": Preset(
            "In a narrow valley the steepest way down leads across, not along. The steps jump "
            "from one side to the other, and in the end they never come to rest.",
            {"problem": "narrow", "lr": 5.0, "batch_size": N_POINTS, "speed": 5},
        ),
        "a batch of 1 wanders": Preset(
            "One example at a time points somewhere near the right direction. It gets down "
            "fast, but at the bottom it never comes to rest. The dashed run sees all points.",
            {
                "lr": 2.0,
                "batch_size": 1,
                "speed": 200,
                "axis": "steps",
                "pins": [_pinned_run("sgd", 2.0, N_POINTS, 60)],
            },
        ),
        "full batch: smooth, but slow per second": Preset(
            "Both runs make about equal steps. But for each one the full batch computes with all "
            "8192 points: against seconds it falls behind. Switch to epochs: it is worse still.",
            {"batch_size": N_POINTS, "axis": "seconds", "pins": [_pinned_run("sgd", 0.5, 64, 100)]},
        ),
        "momentum overshoots": Preset(
            "Momentum keeps some of its speed, like a ball: it runs through the lowest place, up "
            "the other side, and swings back. The dashed run has none.",
            {"optimizer": "momentum", "lr": 0.2, "pins": [_pinned_run("sgd", 0.2, 64, 60)]},
        ),
        "a narrow valley: Adam and others": Preset(
            "SGD reaches the floor of the valley at once and then crawls along it. Adam, RMSProp "
            "and momentum make longer steps where the ground slopes gently.",
            {
                "problem": "narrow",
                "optimizer": "adam",
                "pins": [
                    _pinned_run("sgd", 0.5, 64, 60, (-3.0, 1.0)),
                    _pinned_run("momentum", 0.1, 64, 60, (-3.0, 1.0)),
                    _pinned_run("rmsprop", 0.1, 64, 60, (-3.0, 1.0)),
                ],
            },
        ),
        "AdaGrad stops too soon": Preset(
            "AdaGrad divides by everything it has seen, so its steps get shorter and shorter. "
            "With this learning rate they are too short long before the lowest place.",
            {"problem": "narrow", "optimizer": "adagrad", "lr": 0.1, "speed": 200},
        ),
        "two valleys: an unlucky start": Preset(
            "Gradient descent goes downhill from where it stands. This start leads into the "
            "shallow valley; the dashed one's into the deep one. Drag the start and try again.",
            {
                "problem": "two valleys",
                "start": (-2.0, -6.5),
                "pins": [_pinned_run("sgd", 0.5, 64, 300, (2.0, -6.5))],
            },
        ),
        "two valleys: momentum rolls into the wrong one": Preset(
            "The start is the lucky one. But momentum is too fast to turn: it rolls past the deep "
            "valley's entrance into the shallow one.",
            {
                "problem": "two valleys",
                "optimizer": "momentum",
                "pins": [_pinned_run("sgd", 0.5, 64, 300, (2.0, -6.5))],
            },
        ),
    }

    def make_controls(self):
        """Return the settings and the buttons."""
        model = self.model
        pin = button("Pin", "thumb-tack", "Keep this run as a dashed curve, and start a new one")
        pin.on_click(lambda _: self.change("pin", True))
        return {
            "problem": dropdown("Loss", [(p.name, k) for k, p in PROBLEMS.items()], model.problem),
            "seed": widgets.BoundedIntText(
                value=model.seed,
                min=0,
                max=999,
                description="Seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="100px"),
            ),
            **self.run_buttons(),
            "pin": pin,
            "speed": dropdown(
                "", [(f"{n} step{'s' * (n > 1)} a second", n) for n in SPEEDS], model.speed
            ),
            "optimizer": dropdown(
                "Optimiser",
                [(name, key) for key, (name, *_) in OPTIMIZERS.items()],
                model.optimizer,
            ),
            "lr": choice_slider("learning rate", LEARNING_RATES, model.lr),
            "batch_size": choice_slider("batch size", BATCH_SIZES, model.batch_size),
            "axis": toggle([(f"against {name}", name) for name in AXES], model.axis),
        }

    def arrange(self):
        """Return the rows: buttons, settings, canvas."""
        return [
            ["problem", "seed", "axis"],
            ["run", "step", "reset", "speed", "pin"],
            ["optimizer", "lr", "batch_size"],
            self.canvas,
        ]

    def on_gesture(self, gesture):
        """Move the start, or unpin a run."""
        if gesture["kind"] == "start":
            corners = np.reshape(PROBLEMS[self.model.problem].corners, (2, 2))
            place = np.clip(gesture["place"], corners[:, 0], corners[:, 1])
            self.change("start", [round(float(value), 2) for value in place])
        elif gesture["kind"] == "unpin":
            if gesture["index"] not in range(len(self.model.pinned)):
                return  # a second click on a run that is gone
            self.change("unpin", gesture["index"])

    def frame(self, s):
        """Return what the canvas draws, and its texts."""
        if self.canvas.scene.get("problem") != s.problem:
            self.canvas.scene = _scene(s.problem)
        lowest = landscape(s.problem).lowest
        start_losses = [way[0, 3] for way in s.ways]
        return {
            "runs": [self._run(s, i) for i in range(len(s.ways))],
            "start": list(s.start),
            "axis": s.axis,
            "limits": {
                name: plots.nice_limit(max(way[-1, i] for way in s.ways))
                for i, name in enumerate(AXES)
            },
            "loss_range": [0.0, plots.nice_limit(1.1 * max(start_losses))],
            "lowest": lowest,
            "steps_text": f"{s.step:,}",
            "epochs_text": f"{s.epochs:.2f}",
            "seconds_text": f"{s.seconds:.4f}",
            "loss_text": _short(s.loss),
            "place_text": f"({_short(s.place[0])}, {_short(s.place[1])})",
        }

    def _run(self, s, i):
        way = s.ways[i]
        steps, loss = int(way[-1, 0]), way[-1, 3]
        return {
            "records": way.astype("<f4").tobytes(),
            "name": s.names[i],
            "steps": f"{steps:,}",
            "loss": "diverged" if s.diverged[i] else _short(loss),
        }

    def label(self, s):
        """Return the picture in words."""
        n_pinned = len(s.ways) - 1
        pinned = f" {n_pinned} pinned run{'s' * (n_pinned > 1)} beside it." if n_pinned else ""
        return (
            f"Gradient descent on {PROBLEMS[s.problem].title}. {s.names[0]}: after {s.step} steps "
            f"the loss is {_short(s.loss)}; the lowest is "
            f"{landscape(s.problem).lowest:.3f}.{pinned}"
        )

    def code(self):
        """Return the descent at hand, in public names."""
        descent = self.model.descent
        problem = descent.problem
        kinds = {OPTIMIZERS[leg["optimizer"]][1].__name__ for leg in descent.legs}
        network = "MLP" if self.model.problem == "two valleys" else "LinearClassifier"
        return (
            "from itertools import islice\n\n"
            "import numpy as np\n"
            f"from nnlib import {', '.join(sorted(kinds | {network}))}, data\n"
            "from nnlib.batches import batches\n\n"
            f"{problem.code}"
            f"free = {list(problem.free)}  # the two weights that may change\n"
            "fixed = np.setdiff1d(np.arange(net.parameters.size), free)\n"
            f"net.parameters[free] = {list(descent.start)}\n"
            f"rng = np.random.default_rng({descent.seed})\n\n\n"
            "def sample(batch_size):\n"
            "    while True:\n"
            "        yield from batches(X, y, batch_size, rng)\n\n\n"
            "def descend(optimizer, samples, steps):\n"
            "    for X_batch, y_batch in islice(samples, steps):\n"
            "        net.loss(X_batch, y_batch)\n"
            "        net.backward()\n"
            "        net.gradients[fixed] = 0\n"
            "        optimizer.step()\n\n\n"
            f"{_legs_as_code(descent.legs)}"
            "loss = net.loss(X, y)\n"
            'print("weights", net.parameters[free], "loss", loss)'
        )

    def still(self):
        """Return the contour with the paths, and the loss curves."""
        s = self.model.snapshot()
        land, problem = landscape(s.problem), PROBLEMS[s.problem]
        fig = plots.figure(1, 2, size=(9.6, 4.2), alt=self.label(s))
        contour, curves = fig.axes
        levels = [land.lowest, *land.levels, land.losses.max()]
        contour.contourf(land.first, land.second, land.losses, levels, cmap="Blues_r", alpha=0.8)
        contour.plot(*land.lowest_place, "k+", markersize=12)
        contour.set(xlabel=problem.names[0], ylabel=problem.names[1], aspect="equal")
        contour.set(xlim=problem.corners[:2], ylim=problem.corners[2:])
        column = AXES.index(s.axis)
        for i, (way, name) in enumerate(zip(s.ways, s.names, strict=True)):
            look = {"color": plots.COLOURS[RUN_COLOURS[i]]}
            look |= {"linestyle": "-" if i == 0 else (0, plots.LINES[i]), "label": name}
            contour.plot(way[:, 4], way[:, 5], **look)
            contour.plot(way[-1, 4], way[-1, 5], marker=plots.MARKERS[i], color=look["color"])
            curves.plot(way[:, column], way[:, 3], **look)
        curves.set(xlabel=s.axis, ylabel="loss of all points")
        curves.legend(fontsize=8)
        return fig


def _legs_as_code(legs):
    """Lines that go through the legs; what stays the same from one to the next is not repeated."""
    lines, before = [], {}
    for leg in legs:
        _, kind, options = OPTIMIZERS[leg["optimizer"]]
        more = "".join(f", {key}={value}" for key, value in options.items())
        if before.get("optimizer") != leg["optimizer"]:
            lines.append(f"optimizer = {kind.__name__}(lr={leg['lr']!r}{more}).bind(net)\n")
        elif before.get("lr") != leg["lr"]:
            lines.append(f"optimizer.lr = {leg['lr']!r}\n")
        if before.get("batch_size") != leg["batch_size"]:
            lines.append(f"samples = sample({leg['batch_size']})\n")
        lines.append(f"descend(optimizer, samples, steps={leg['steps']})\n")
        before = leg
    return "".join(lines)


def _scene(name):
    """What the canvas needs to know of a landscape."""
    land, problem = landscape(name), PROBLEMS[name]
    # The lower a place, the stronger its colour.
    bands = N_BANDS - 1 - np.searchsorted(land.levels, land.losses)
    return {
        "problem": name,
        "title": problem.title,
        "names": list(problem.names),
        "corners": list(problem.corners),
        "size": GRID,
        "bands": (10 + 120 * bands / N_BANDS).astype(np.uint8).tobytes(),
        "lines": np.concatenate(land.lines).astype("<f4").tobytes(),
        "lengths": [len(line) for line in land.lines],
        "lowest_place": [float(value) for value in land.lowest_place],
    }


def _short(value):
    """A number in about four digits."""
    text = f"{value:.3f}" if abs(value) < 100 else f"{value:.3g}"
    return text.replace("-", "−")

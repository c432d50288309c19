"""V1, the linear classifier: points, weights and a loss that pull at one another."""

from dataclasses import dataclass, fields
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import SGD, LinearClassifier, data, functional, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import choice_slider, dropdown, slider, toggle

RESOLUTION = 150  # cells across: fine enough that borders look straight
FRAMES_PER_SECOND = 20
PAUSE_AFTER = 2000  # steps; nobody watches longer
LARGEST_WEIGHT = 1000.0
MOST_POINTS_OF_CURVE = 200
SOURCES = {
    "blobs": data.blobs,
    "spiral": data.spiral,
    "xor": data.xor,
    "circles": data.circles,
    "moons": data.moons,
}
# How far each picture reaches, in every direction: all points of all seeds fit.
EXTENTS = {"blobs": 2.0, "spiral": 1.2, "xor": 1.2, "circles": 1.3, "moons": 2.0}
ANY_NUMBER_OF_CLASSES = ("blobs", "spiral")
LOSSES = {"cross_entropy": functional.cross_entropy, "hinge": functional.hinge}


@dataclass(frozen=True)
class Snapshot:
    """Everything the picture shows of one moment; no array of it changes later."""

    step: int
    extent: float
    X: np.ndarray
    y: np.ndarray
    W: np.ndarray
    b: np.ndarray
    dW: np.ndarray  # noqa: N815 (the field's own name)
    db: np.ndarray
    next_W: np.ndarray  # noqa: N815 (after one more step)
    scores: np.ndarray
    losses: np.ndarray
    loss: float
    data_loss: float
    penalty: float
    accuracy: float
    regions: np.ndarray
    strength: np.ndarray
    history: tuple
    highest_loss: float  # since the start, so that the loss bar keeps its scale
    selected: int
    class_index: int
    note: str
    controls: dict


@dataclass
class LinearClassifierModel:
    """A data set in the plane, a linear classifier, and gradient descent on all points at once.

    Parameters
    ----------
    data : {"blobs", "spiral", "xor", "circles", "moons"}
    n_classes : int, 2 to 4
        For blobs and spiral; the others have 2 classes.
    n_per_class : int
        Points of each class.
    seed : int
        For the data and the first weights.
    loss : {"cross_entropy", "hinge"}
    l2 : float
        The weight of the L2 penalty, λ.
    lr : float
        The learning rate.
    W, b : nested lists of shapes (K, 2) and (K,), or None
        Where to start; None for small random weights and zero biases.
    moved : dict or None
        New places of points: {index: (x1, x2)}.
    selected : int
        The point whose row is lit.
    class_index : int
        The class whose weights the sliders hold.
    speed : int
        Steps a second while running.
    """

    data: str = "blobs"
    n_classes: int = 3
    n_per_class: int = 8
    seed: int = 0
    loss: str = "cross_entropy"
    l2: float = 0.0
    lr: float = 0.2
    W: list | None = None
    b: list | None = None
    moved: dict | None = None
    selected: int = 0
    class_index: int = 0
    speed: int = 20

    def __post_init__(self):
        if self.data not in SOURCES:
            raise ValueError(f"data must be one of {list(SOURCES)}; got {self.data!r}.")
        if self.data not in ANY_NUMBER_OF_CLASSES:
            self.n_classes = 2
        if self.n_classes not in (2, 3, 4):
            raise ValueError(f"n_classes must be 2, 3 or 4; got {self.n_classes!r}.")
        for name, shape in (("W", (self.n_classes, 2)), ("b", (self.n_classes,))):
            value = getattr(self, name)
            if value is not None and np.shape(value) != shape:
                raise ValueError(f"{name} must have shape {shape}; it has {np.shape(value)}.")
        self.moved = dict(self.moved or {})
        self._load()

    @property
    def rate(self):
        """float: calls of `work` a second."""
        return min(self.speed, FRAMES_PER_SECOND)

    @property
    def extent(self):
        """float: the picture reaches from -extent to extent."""
        return EXTENTS[self.data]

    def state(self):
        """Return the parameters as plain values, the weights as they are now."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["moved"] = dict(self.moved) or None
        if not self._at_start():
            values["W"] = self.net.W.round(6).tolist()
            values["b"] = self.net.b.round(6).tolist()
        return values

    def change(self, name, value):
        """Set a parameter; `w1`, `w2`, `bias` are the chosen class's, `point_3` a point's place."""
        if name == "selected" and value not in range(len(self.X)):
            raise ValueError(f"selected must be a point 0..{len(self.X) - 1}; got {value!r}.")
        if name.startswith("point_"):
            self._move(int(name.removeprefix("point_")), value)
        elif name.startswith("row_"):
            self.class_index = int(name.removeprefix("row_"))
            self.net.W[self.class_index] = value
        elif name in ("w1", "w2"):
            self.net.W[self.class_index, ("w1", "w2").index(name)] = value
        elif name == "bias":
            self.net.b[self.class_index] = value
        elif name == "class":
            self.class_index = value
        else:
            setattr(self, name, value)
        if name in ("data", "n_classes", "n_per_class", "seed"):
            self.moved = {}
            if name in ("data", "n_classes"):
                self.W = self.b = None  # they may not fit any more
            self.__post_init__()
        if name in ("loss", "l2"):
            self._renew_net()
        self._history[-1] = self._measure()
        self._diverged = False

    def reset(self):
        """Put the first weights back; settings and points stay."""
        self._start_weights()

    def step(self):
        """Make one step of gradient descent; returns False if there is no way to go on."""
        before = self.net.parameters.copy()
        self.net.loss(self.X, self.y)
        self.net.backward()
        SGD(self.lr).bind(self.net).step()
        self._diverged = self._too_large()
        if self._diverged:
            self.net.parameters[:] = before
            return False
        self.steps += 1
        self._history.append(self._measure())
        return self.steps % PAUSE_AFTER != 0

    def work(self):
        """Make the steps of one picture; returns False when it is time to pause."""
        return all(self.step() for _ in range(max(1, self.speed // FRAMES_PER_SECOND)))

    def snapshot(self):
        """Return the picture of this moment."""
        net = self.net
        loss = net.loss(self.X, self.y)
        net.backward()
        data_loss, penalty = net.data_loss, net.penalty
        scores = net.scores(self.X)
        regions, strength = plots.class_grid(net, self.extent, RESOLUTION)
        if self.loss == "hinge":  # it knows no probabilities
            strength = np.full_like(strength, 200)
        return Snapshot(
            step=self.steps,
            extent=self.extent,
            X=self.X.copy(),
            y=self.y,
            W=net.W.copy(),
            b=net.b.copy(),
            dW=net.dW.copy(),
            db=net.db.copy(),
            next_W=self._next_weights(),
            scores=scores,
            losses=LOSSES[self.loss](scores, self.y, reduction="none"),
            loss=loss,
            data_loss=data_loss,
            penalty=penalty,
            accuracy=net.score(self.X, self.y),
            regions=regions,
            strength=strength,
            history=tuple(self._history[:: 1 + len(self._history) // MOST_POINTS_OF_CURVE]),
            highest_loss=self._highest_loss,
            selected=self.selected,
            class_index=self.class_index,
            note=self._note(),
            controls=self._controls(),
        )

    def _load(self):
        """Make the points and the network."""
        options = {"n_classes": self.n_classes} if self.data in ANY_NUMBER_OF_CLASSES else {}
        self.X, self.y = SOURCES[self.data](self.n_per_class, seed=self.seed, **options)
        for index, place in self.moved.items():
            self.X[index] = place
        if self.selected >= len(self.X):
            self.selected = 0
        if self.class_index >= self.n_classes:
            self.class_index = 0
        self.net = self._new_net()
        self._start_weights()

    def _new_net(self):
        return LinearClassifier(
            2, self.n_classes, loss=self.loss, l2=self.l2, seed=self.seed, dtype=np.float64
        )

    def _start_weights(self):
        self.net.parameters[:] = self._first_parameters()
        self.steps = 0
        self._diverged = False
        self._highest_loss = 0.0
        self._history = [self._measure()]

    def _measure(self):
        loss = self.net.loss(self.X, self.y)
        self._highest_loss = max(self._highest_loss, loss)
        return loss

    def _first_parameters(self):
        net = self._new_net()
        if self.W is not None:
            net.W = self.W
        if self.b is not None:
            net.b = self.b
        return net.parameters

    def _at_start(self):
        return np.array_equal(self.net.parameters, self._first_parameters())

    def _renew_net(self):
        """A network with another loss or penalty and the same weights."""
        parameters = self.net.parameters
        self.net = self._new_net()
        self.net.parameters[:] = parameters

    def _next_weights(self):
        """W after one more step, on a copy of the network."""
        net = self._new_net()
        net.parameters[:] = self.net.parameters
        net.loss(self.X, self.y)
        net.backward()
        SGD(self.lr).bind(net).step()
        return net.W

    def _move(self, index, place):
        place = [round(float(v), 3) for v in np.clip(place, -self.extent, self.extent)]
        self.moved[index] = place
        self.X[index] = place
        self.selected = index

    def _too_large(self):
        parameters = self.net.parameters
        return not np.isfinite(parameters).all() or np.abs(parameters).max() > LARGEST_WEIGHT

    def _note(self):
        if self._diverged:
            return (
                f"After {self.steps} steps the weights would grow beyond all bounds: each step "
                "jumps over the lowest point, and lands further away. "
                f"Lower the learning rate (now {self.lr:g}) or λ, then press Reset."
            )
        if self.steps and self.steps % PAUSE_AFTER == 0:
            return f"A pause after {self.steps:,} steps. Press Run to go on."
        return ""

    def _controls(self):
        names = ("data", "n_classes", "n_per_class", "seed", "loss", "l2", "lr", "speed")
        w1, w2 = map(float, self.net.W[self.class_index])
        return {
            **{name: getattr(self, name) for name in names},
            "class": self.class_index,
            "w1": w1,
            "w2": w2,
            "bias": float(self.net.b[self.class_index]),
        }


class LinearClassifierCanvas(Canvas):
    """The plane with its regions and points, the plane of the weights, and the tables."""

    _esm = module("linear_classifier")
    _css = styles("linear_classifier")


class LinearClassifierView(View):
    """A linear classifier of points in the plane, slide equations (1) to (6).

    Drag a point, or go to it with Tab and move it with the arrow keys; drag the tip of a row
    of W in the plane of the weights; or let gradient descent do it.

    Parameters
    ----------
    preset : str or None
        One of `LinearClassifierView.presets`.
    show : list of str or None
        Controls to show, among preset, data, n_classes, n_per_class, seed, run, step, reset,
        speed, lr, l2, loss, class, weights, bias, and parts of the picture beside the plane:
        scores (the table of the points), training (loss and accuracy), gradients. None for all;
        if no part is named, all parts.
    **state
        See `LinearClassifierModel`.
    """

    Model = LinearClassifierModel
    CanvasClass = LinearClassifierCanvas
    groups: ClassVar = {"weights": ("w1", "w2")}
    parts: ClassVar = ("scores", "training", "gradients")
    presets: ClassVar = {
        "three groups": Preset(
            "Press Run: each arrow turns towards its own group, and the loss falls.",
        ),
        "zero start": Preset(
            "At the start all scores are 0. Watch the arrows after one step: "
            "each turns to its own group.",
            {"W": [[0.0, 0.0]] * 3, "b": [0.0] * 3, "lr": 0.5},
        ),
        "by hand": Preset(
            "Change weights and biases until every point is right. "
            "A bias moves its line; weights turn it.",
            {"W": [[2.0, -1.0], [0.0, 1.0], [-1.0, 0.5]], "b": [0.5, 0.0, 1.0], "n_per_class": 5},
        ),
        "hinge stops when it is content": Preset(
            "With the hinge loss a point outside the margin adds exactly 0, and after some "
            "steps nothing moves any more. Cross-entropy never stops asking.",
            {"loss": "hinge", "lr": 0.2},
        ),
        "one outlier": Preset(
            "One point of class 0 lies among class 1. Drag it further away and watch "
            "its loss, and how it pulls at every line.",
            {"moved": {0: (-1.3, 0.4)}, "lr": 0.5, "l2": 0.01, "selected": 0},
        ),
        "spiral: no line can follow": Preset(
            "A linear classifier gets only about half of the three arms right, "
            "however long it runs.",
            {"data": "spiral", "n_per_class": 100, "lr": 1.0, "speed": 200, "l2": 0.001},
        ),
        "XOR: no line separates it": Preset(
            "Two classes in opposite corners: the loss stays near ln 2 ≈ 0.69, "
            "which is as good as guessing.",
            {"data": "xor", "n_per_class": 20, "lr": 0.5},
        ),
        "learning rate too high": Preset(
            "Run it: every step jumps over the lowest point and lands further away, "
            "until the loss has no number. Then lower the learning rate.",
            {"lr": 20.0, "l2": 0.1, "speed": 5},
        ),
        "λ too strong": Preset(
            "The penalty wins: the arrows stay short, all classes remain about equally probable, "
            "and the loss hardly falls below ln 3.",
            {"l2": 1.0, "lr": 0.2},
        ),
    }

    def make_controls(self):
        """Return the settings, the buttons and the sliders of one class's weights."""
        names = {"blobs": "groups", "xor": "XOR", "circles": "rings"}
        sources = [(names.get(name, name), name) for name in SOURCES]
        model = self.model
        return {
            "data": dropdown("Data", sources, model.data),
            "n_classes": dropdown("", [(f"{n} classes", n) for n in (2, 3, 4)], model.n_classes),
            "n_per_class": dropdown(
                "",
                [(f"{n} points a class", n) for n in (3, 5, 8, 20, 50, 100)],
                model.n_per_class,
            ),
            "seed": widgets.BoundedIntText(
                value=model.seed,
                min=0,
                max=999,
                description="Seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="100px"),
            ),
            **self.run_buttons(),
            "speed": dropdown(
                "", [(f"{n} step{'s' * (n > 1)} a second", n) for n in (1, 5, 20, 200)], model.speed
            ),
            "lr": choice_slider("learning rate", LEARNING_RATES, model.lr),
            "l2": choice_slider("λ", PENALTIES, model.l2),
            "loss": toggle([("cross-entropy", "cross_entropy"), ("hinge", "hinge")], model.loss),
            "class": toggle(self._class_options(), model.class_index),
            "w1": slider("weight w₁", 0.0, -6.0, 6.0, 0.1),
            "w2": slider("weight w₂", 0.0, -6.0, 6.0, 0.1),
            "bias": slider("bias b", 0.0, -6.0, 6.0, 0.1),
        }

    def arrange(self):
        """Return the rows: data, training, weights, and close to them the canvas."""
        return [
            ["data", "n_classes", "n_per_class", "seed"],
            ["run", "step", "reset", "speed", "loss"],
            ["lr", "l2"],
            ["class", "w1", "w2", "bias"],
            self.canvas,
        ]

    def follow(self):
        """Offer as many classes as there are."""
        self.show_control("n_classes", self.model.data in ANY_NUMBER_OF_CLASSES)
        options = self._class_options()
        if self.controls["class"].options != options:
            self.controls["class"].options = options

    def _class_options(self):
        return tuple((f"class {k}", k) for k in range(self.model.n_classes))

    def on_gesture(self, gesture):
        """Select or move a point, or move the tip of a row of W."""
        kind = gesture["kind"]
        if kind == "select":
            self.change("selected", gesture["index"])
        elif kind == "class":
            self.change("class", gesture["k"])
        elif kind == "move":
            self.change(f"point_{gesture['index']}", (gesture["x"], gesture["y"]))
        elif kind == "row":
            row = np.clip([gesture["x"], gesture["y"]], -LARGEST_WEIGHT, LARGEST_WEIGHT)
            self.change(f"row_{gesture['k']}", row.round(2))

    def frame(self, s):
        """Return what the canvas draws."""
        lines = [plots.zero_score_line(w, b, s.extent) for w, b in zip(s.W, s.b, strict=True)]
        downhill = s.W - s.dW
        tips = np.abs([s.W, downhill, s.next_W])
        return {
            "step": s.step,
            "extent": s.extent,
            "resolution": RESOLUTION,
            "regions": s.regions.tobytes(),
            "strength": s.strength.tobytes(),
            "X": s.X.astype("<f4").tobytes(),
            "y": s.y.astype(np.uint8).tobytes(),
            "wrong": (s.scores.argmax(axis=1) != s.y).astype(np.uint8).tobytes(),
            "scores": s.scores.astype("<f4").tobytes(),
            "losses": s.losses.astype("<f4").tobytes(),
            "W": s.W.tolist(),
            "b": s.b.tolist(),
            "downhill": downhill.tolist(),
            "next": s.next_W.tolist(),
            "minus_dW": (-s.dW).tolist(),
            "minus_db": (-s.db).tolist(),
            "weight_limit": plots.nice_limit(tips.max()),
            "lines": [None if line is None else line.tolist() for line in lines],
            "arrows": [_arrow(w, line, s.extent) for w, line in zip(s.W, lines, strict=True)],
            "loss": s.loss,
            "data_loss": s.data_loss,
            "penalty": s.penalty,
            # Without one the loss has no parts to name.
            "has_penalty": "l2" not in self._hidden or self.model.l2 > 0,
            "loss_limit": plots.nice_limit(max(s.highest_loss, 0.1)),
            "accuracy": s.accuracy,
            "history": np.array(s.history, "<f4").tobytes(),
            "history_limit": plots.nice_limit(max(s.highest_loss, 0.1)),
            "selected": s.selected,
            "class_index": s.class_index,
        }

    def label(self, s):
        """Return the picture in words."""
        right = round(s.accuracy * len(s.y))
        return (
            f"A linear classifier of {len(s.y)} points in {len(s.b)} classes after {s.step} steps: "
            f"loss {s.loss:.3f}, {right} points predicted rightly."
        )

    def code(self):
        """Return the numbers and the regions, computed with public names."""
        m = self.model
        classes = f"n_classes={m.n_classes}, " if m.data in ANY_NUMBER_OF_CLASSES else ""
        moved = [f"X[{index}] = {list(place)}\n" for index, place in m.moved.items()]
        per_point = f'functional.{m.loss}(model.scores(X), y, reduction="none")'
        return (
            "from nnlib import LinearClassifier, data, functional, plots\n\n"
            f"X, y = data.{m.data}(n_per_class={m.n_per_class}, {classes}seed={m.seed})\n"
            f"{''.join(moved)}"
            f'model = LinearClassifier(2, {m.n_classes}, loss="{m.loss}", l2={m.l2:g}, '
            'dtype="float64")\n'
            f"model.W = {m.net.W.round(6).tolist()}\n"
            f"model.b = {m.net.b.round(6).tolist()}\n\n"
            "loss = model.loss(X, y)\n"
            "model.backward()\n"
            'print("loss", loss, "= data", model.data_loss, "+ penalty", model.penalty)\n'
            'print("downhill", -model.dW)  # the arrows\n'
            f"losses = {per_point}  # the table\n"
            'print("accuracy", model.score(X, y))\n'
            f"plots.decision_regions(model, X, y, extent={m.extent})"
        )

    def still(self):
        """Return the regions, the lines and the points."""
        m = self.model
        shade = m.loss == "cross_entropy"
        fig = plots.decision_regions(m.net, m.X, m.y, extent=m.extent, shade=shade)
        fig.alt = self.label(m.snapshot())
        return fig


def _values(*mantissas, powers):
    return [float(f"{m}e{power}") for power in powers for m in mantissas]


LEARNING_RATES = _values(1, 2, 5, powers=range(-3, 2))
PENALTIES = [0.0, *_values(1, 2, 5, powers=range(-4, 0)), 1.0]


def _arrow(w, line, extent):
    """A row of W, drawn from the middle of its zero-score line."""
    if line is None:
        return None
    foot, tip = plots.row_arrow(w, line, extent)
    return [foot.tolist(), tip.tolist()]

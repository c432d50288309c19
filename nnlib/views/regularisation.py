"""V4, regularisation: what λ does to the weights of a softmax linear classifier of real digits."""

import functools
from dataclasses import asdict, dataclass
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import SGD, LinearClassifier, data, functional, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import choice_slider, dropdown

PENALTIES = (0.0, *(float(f"{m}e{power}") for power in range(-4, 1) for m in (1, 2, 5)), 10.0)
SIZES = (100, 200, 500)
WRONG = (0.0, 0.1, 0.2)
WRONG_TEXTS = ("all labels right", "1 label in 10 wrong", "1 label in 5 wrong")
FIRST_OF_VALIDATION, N_VALIDATION = 50_000, 5_000
EPOCHS, LR, MOMENTUM = 400, 0.05, 0.98  # full-batch steps, the same for every λ
SLICES = 8  # of a training, so that every control answers at once meanwhile
LARGEST_PENALTY = 10.0  # with this learning rate, descent is stable up to here
COLOURS = 255  # shades of a template; the middle one is a weight of 0


@dataclass(frozen=True)
class Trained:
    """One classifier after its training; W has shape (10, 784) and is read-only."""

    W: np.ndarray
    data_loss: float
    penalty: float
    norm: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    n_wrong: int  # training images with a wrong label
    n_wrong_learnt: int  # those that get just this label as an answer


def training(n_train, wrong, seed, l2):
    """Train a softmax linear classifier on few digits, from zero weights, slice by slice.

    Parameters
    ----------
    n_train : int
        Images to train on.
    wrong : float
        The share of them whose label is replaced by another one.
    seed : int
        Which images and labels these are.
    l2 : float
        λ.

    Yields
    ------
    Trained or None
        None after each slice, and when all are done, the result.
    """
    (X_train, y_train), validation = _digits(n_train, wrong, seed)
    net = LinearClassifier(784, 10, l2=l2)
    net.parameters[:] = 0
    optimizer = SGD(LR, momentum=MOMENTUM)
    for _ in range(SLICES):
        net.fit(X_train, y_train, epochs=EPOCHS // SLICES, optimizer=optimizer)
        yield None
    yield _measure(net, X_train, y_train, round(wrong * n_train), *validation)


def _measure(net, X_train, y_train, n_wrong, X_val, y_val):
    """What the picture shows of a trained classifier."""
    net.loss(X_train, y_train)
    data_loss, penalty = net.data_loss, net.penalty
    net.W.flags.writeable = False
    return Trained(
        W=net.W,
        data_loss=data_loss,
        penalty=penalty,
        norm=functional.l2_penalty(net.W) ** 0.5,
        accuracy=net.score(X_train, y_train),
        val_loss=functional.cross_entropy(net.scores(X_val), y_val),
        val_accuracy=net.score(X_val, y_val),
        n_wrong=n_wrong,
        n_wrong_learnt=int((net.predict(X_train) == y_train)[:n_wrong].sum()),
    )


@functools.lru_cache(maxsize=8)
def _digits(n_train, wrong, seed):
    """Images to train on, the first ones with wrong labels, and others to validate with."""
    (X, y), _ = data.mnist()
    rng = np.random.default_rng(seed)
    chosen = rng.choice(FIRST_OF_VALIDATION, n_train, replace=False)
    X_train, y_train, n_wrong = X[chosen], y[chosen], round(wrong * n_train)
    y_train[:n_wrong] = (y_train[:n_wrong] + rng.integers(1, 10, n_wrong)) % 10
    others = slice(FIRST_OF_VALIDATION, FIRST_OF_VALIDATION + N_VALIDATION)
    return (X_train, y_train), (X[others], y[others])


@dataclass(frozen=True)
class Snapshot:
    """The classifier of this λ, and what was measured for the others so far."""

    l2: float
    now: Trained
    penalties: tuple  # every λ of the slider
    accuracies: tuple  # for each of them (training, validation), or None before its training
    n_train: int
    limit: float  # of a weight's colour
    note: str
    controls: dict


@dataclass
class RegularisationModel:
    """A softmax linear classifier of digits for each λ, all trained alike.

    Parameters
    ----------
    l2 : float between 0 and 10
        λ.
    n_train : {100, 200, 500}
        Images to train on.
    wrong : {0.0, 0.1, 0.2}
        The share of them that carry a wrong label.
    seed : int
        Which images and labels these are.
    same_scale : bool
        Whether the templates of every λ have the colours of λ = 0; otherwise each has its own.
    """

    l2: float = 0.0
    n_train: int = 200
    wrong: float = 0.2
    seed: int = 0
    same_scale: bool = False

    rate = None  # trains as fast as it can

    def __post_init__(self):
        self._start = self.state()
        self._load()

    def _load(self):
        """Take other images, and train for this λ."""
        if not 0 <= self.l2 <= LARGEST_PENALTY:
            raise ValueError(f"l2 must lie between 0 and {LARGEST_PENALTY:g}; got {self.l2!r}.")
        for name, known in (("n_train", SIZES), ("wrong", WRONG)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {list(known)}; got {getattr(self, name)!r}."
                )
        self._trained = {}
        self._job = None  # the λ that `work` trains for, and its slices
        self._train(self.l2)

    def _train(self, l2):
        """Train for one λ at once, if that has not been done for these images."""
        if l2 not in self._trained:
            *_, self._trained[l2] = training(self.n_train, self.wrong, self.seed, l2)

    @property
    def penalties(self):
        """tuple: every λ of the slider, and this one."""
        return tuple(sorted({*PENALTIES, self.l2}))

    @property
    def waiting(self):
        """list: the values of λ that are not trained yet, the nearest first."""
        values = self.penalties
        here = values.index(self.l2)
        order = sorted(range(len(values)), key=lambda i: abs(i - here))
        return [values[i] for i in order if values[i] not in self._trained]

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def reset(self):
        """Go back to the values at the start."""
        vars(self).update(self._start)
        self._load()

    def change(self, name, value):
        """Set a parameter; a new λ is trained at once if need be."""
        setattr(self, name, value)
        if name in ("n_train", "wrong", "seed"):
            self._load()
        elif name == "l2":
            self._train(value)

    def work(self):
        """Train one slice for the next λ; returns whether there is more to do."""
        if not self.waiting:
            return False
        if self._job is None:
            l2 = self.waiting[0]
            self._job = l2, training(self.n_train, self.wrong, self.seed, l2)
        l2, slices = self._job
        result = next(slices)
        if result is not None:
            self._trained[l2], self._job = result, None
        return bool(self.waiting)

    def snapshot(self):
        """Return the picture of this moment."""
        now = self._trained[self.l2]
        if self.same_scale:
            self._train(0.0)
        scale = self._trained[0.0] if self.same_scale else now
        done = {l2: (one.accuracy, one.val_accuracy) for l2, one in self._trained.items()}
        return Snapshot(
            l2=self.l2,
            now=now,
            penalties=self.penalties,
            accuracies=tuple(done.get(l2) for l2 in self.penalties),
            n_train=self.n_train,
            limit=plots.nice_limit(float(np.abs(scale.W).max())),
            note="",
            controls=self.state(),
        )


class RegularisationCanvas(Canvas):
    """The ten templates, the loss as bars, and both accuracies against λ."""

    _esm = module("regularisation")
    _css = styles("chart", "regularisation")


class RegularisationView(View):
    """The L2 penalty (5) in the overall loss (6): few digits, one λ, ten templates.

    For every λ the same classifier is trained in the same way, from zero weights. Move λ with
    its slider, by dragging in the plot of the accuracies, or with the arrow keys.

    Parameters
    ----------
    preset : str or None
        One of `RegularisationView.presets`.
    show : list of str or None
        Controls to show, among preset, l2, n_train, wrong, seed, same_scale, reset, and parts of
        the picture: templates, losses, accuracy. None for all; if no part is named, all parts.
    **state
        l2, n_train, wrong, seed, same_scale: see `RegularisationModel`.
    """

    Model = RegularisationModel
    CanvasClass = RegularisationCanvas
    parts: ClassVar = ("templates", "losses", "accuracy")
    presets: ClassVar = {
        "learnt by heart: λ = 0": Preset(
            "All 200 training labels are learnt, even the 40 wrong ones, but only about 60 % "
            "of the validation images are right: overfitting. The templates look like noise.",
        ),
        "a good λ": Preset(
            "Digits appear in the templates. Most of the wrong labels are no longer learnt, so "
            "training accuracy is lower, and validation accuracy is higher.",
            {"l2": 0.05},
        ),
        "λ too strong": Preset(
            "Hardly any weight is left, and all classes are nearly equally probable: the data loss "
            "is close to ln 10 ≈ 2.30, and both accuracies are low. This is underfitting.",
            {"l2": 10.0},
        ),
        "the weights shrink": Preset(
            "All templates have the colours of λ = 0 here. Move λ up, and they fade: "
            "a penalty on large weights makes weights small.",
            {"l2": 0.005, "same_scale": True},
        ),
        "all labels right": Preset(
            "Without wrong labels, λ changes the validation accuracy little. But compare the "
            "validation loss with that of λ = 0: a classifier with large weights is very sure, "
            "also of its mistakes.",
            {"l2": 0.005, "wrong": 0.0},
        ),
        "more images": Preset(
            "With 500 images the best validation accuracy is higher: more data help against "
            "overfitting, too.",
            {"l2": 0.05, "n_train": 500},
        ),
    }

    def __init__(self, preset=None, show=None, **state):
        self._displayed = False
        super().__init__(preset, show, **state)

    def make_controls(self):
        """Return the slider of λ and the settings."""
        model = self.model
        return {
            "l2": choice_slider("penalty λ", PENALTIES, model.l2),
            "n_train": dropdown("", [(f"{n} training images", n) for n in SIZES], model.n_train),
            "wrong": dropdown("", list(zip(WRONG_TEXTS, WRONG, strict=True)), model.wrong),
            "seed": widgets.BoundedIntText(
                value=model.seed,
                min=0,
                max=999,
                description="Seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="100px"),
            ),
            "same_scale": widgets.Checkbox(
                value=model.same_scale,
                description="colours as for λ = 0",
                indent=False,
                layout=widgets.Layout(width="auto"),
            ),
            "reset": self.reset_button(),
        }

    def arrange(self):
        """Return the rows: λ, settings, canvas."""
        return [["l2", "n_train", "wrong", "seed", "same_scale", "reset"], self.canvas]

    def on_gesture(self, gesture):
        """Take the λ at a place of the plot."""
        if gesture["kind"] == "l2":
            values = self.model.penalties
            self.change("l2", values[int(np.clip(gesture["index"], 0, len(values) - 1))])

    # Once the view is on the page, the other values of λ are trained in the background.

    def change(self, name, value):
        """Give a parameter of the model a new value, as its control does."""
        super().change(name, value)
        self._train_others()

    def open(self, preset):
        """Show a preset."""
        super().open(preset)
        self._train_others()

    def reset(self, *_):
        """Go back to the start."""
        super().reset()
        self._train_others()

    def _run_ended(self, error):
        super()._run_ended(error)
        self._train_others()  # a change may have come in at the very end

    def _ipython_display_(self):
        super()._ipython_display_()
        self._displayed = True
        self._train_others()

    def _train_others(self):
        if self._displayed and not self.runner.running and self.model.waiting:
            self.run()

    def frame(self, s):
        """Return templates, bars, curves and texts."""
        now, here = s.now, s.penalties.index(s.l2)
        middle = COLOURS // 2
        shades = np.rint(np.clip(now.W / s.limit, -1, 1) * middle) + middle
        loss_limit = plots.nice_limit(max(2.5, now.val_loss))
        lengths = {"data": now.data_loss, "penalty": now.penalty, "validation": now.val_loss}
        return {
            "templates": shades.astype(np.uint8).tobytes(),
            "shades": _shades(),
            "scale": [_text(-s.limit), "0", _text(s.limit)],
            "lengths": {name: float(value / loss_limit) for name, value in lengths.items()},
            "texts": {
                "data": f"{now.data_loss:.3f}",
                "penalty": f"{now.penalty:.3f}",
                "total": f"{now.data_loss + now.penalty:.3f}",
                "validation": f"{now.val_loss:.3f}",
                "norm": _text(now.norm),
                "accuracy": _percent(now.accuracy),
                "val-accuracy": _percent(now.val_accuracy),
            },
            "loss_limit": f"{loss_limit:g}",
            "index": here,
            "last": len(s.penalties) - 1,
            "accuracies": [pair and [100 * share for share in pair] for pair in s.accuracies],
            "x_axis": {
                "low": -0.4,
                "high": len(s.penalties) - 0.6,
                "ticks": [[i, f"{l2:g}"] for i, l2 in enumerate(s.penalties) if _has_tick(l2)],
                "title": "penalty λ",
            },
            "y_axis": {
                "low": 0,
                "high": 105,
                "ticks": [[share, f"{share}"] for share in range(0, 101, 20)],
                "title": "accuracy in %",
            },
            "handle_label": f"λ = {s.l2:g}. Arrow keys change it.",
            "words": _words(s),
        }

    def label(self, s):
        """Return the picture in words."""
        return (
            f"Ten templates of a softmax linear classifier of {s.n_train} digits with λ = "
            f"{s.l2:g}: data loss {s.now.data_loss:.3f}, penalty {s.now.penalty:.3f}, norm of the "
            f"weights {_text(s.now.norm)}, {_percent(s.now.accuracy)} of the training images and "
            f"{_percent(s.now.val_accuracy)} of the validation images right."
        )

    def code(self):
        """Return the training for this λ with public names."""
        m = self.model
        end = FIRST_OF_VALIDATION + N_VALIDATION
        return (
            "import numpy as np\n"
            "from nnlib import SGD, LinearClassifier, data, functional, plots\n\n"
            "(X, y), _ = data.mnist()\n"
            f"rng = np.random.default_rng({m.seed})\n"
            f"chosen = rng.choice({FIRST_OF_VALIDATION}, {m.n_train}, replace=False)\n"
            "X_train, y_train = X[chosen], y[chosen]\n"
            f"n = {round(m.wrong * m.n_train)}  # so many get a wrong label\n"
            "y_train[:n] = (y_train[:n] + rng.integers(1, 10, n)) % 10\n"
            f"X_val, y_val = X[{FIRST_OF_VALIDATION}:{end}], y[{FIRST_OF_VALIDATION}:{end}]\n\n"
            f"model = LinearClassifier(784, 10, l2={m.l2:g})\n"
            "model.parameters[:] = 0\n"
            f"model.fit(X_train, y_train, epochs={EPOCHS}, "
            f"optimizer=SGD(lr={LR:g}, momentum={MOMENTUM:g}))\n\n"
            "loss = model.loss(X_train, y_train)\n"
            'print("loss", loss, "= data", model.data_loss, "+ penalty", model.penalty)\n'
            'print("norm of W", functional.l2_penalty(model.W) ** 0.5)\n'
            'print("training", model.score(X_train, y_train))\n'
            'print("validation", model.score(X_val, y_val))\n'
            "plots.templates(model.W)"
        )

    def still(self):
        """Return the ten templates."""
        s = self.model.snapshot()
        training, validation = _percent(s.now.accuracy), _percent(s.now.val_accuracy)
        title = f"λ = {s.l2:g}: training {training}, validation {validation}"
        return plots.templates(s.now.W, title=title, alt=self.label(s))


@functools.cache
def _shades():
    """The templates' colours, orange to blue, as bytes: red, green, blue of each shade."""
    colours = plots.DIVERGING.resampled(COLOURS)(np.arange(COLOURS))[:, :3]
    return np.rint(255 * colours).astype(np.uint8).tobytes()


def _has_tick(l2):
    """Whether the axis names this λ: 0 and the powers of ten, where there is room."""
    return l2 == 0 or (l2 >= 0.001 and f"{l2:e}".startswith("1.000000e"))


def _percent(share):
    return f"{100 * share:.1f} %"


def _text(value):
    """A number with two or three digits that count, and a true minus sign."""
    digits = f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
    return digits.replace("-", "−")


def _words(s):
    """Say what is learnt by heart, and which λ is best once all are known."""
    now, learnt = s.now, ""
    if now.n_wrong:
        learnt = f"{now.n_wrong_learnt} of the {now.n_wrong} wrong labels are learnt by heart. "
    done = [i for i, pair in enumerate(s.accuracies) if pair]
    if len(done) < len(s.penalties):
        return f"{learnt}Trained so far: {len(done)} of {len(s.penalties)} values of λ."
    best = max(done, key=lambda i: s.accuracies[i][1])
    return (
        f"{learnt}Of all λ here, {s.penalties[best]:g} is best on the validation images: "
        f"{_percent(s.accuracies[best][1])} of them are right."
    )

"""V3, two losses: cross-entropy and hinge, and their slopes, as one score moves."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from nnlib import functional, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import dropdown, slider, toggle

LIMIT = 5.0  # scores lie between -LIMIT and LIMIT
LARGEST_DELTA = 5.0
MOST_CLASSES = 4
SUBSCRIPTS = "₀₁₂₃"
LOOKS = {
    "cross_entropy": {"colour": plots.COLOURS[0], "line": "-", "marker": "o"},
    "hinge": {"colour": plots.COLOURS[5], "line": "--", "marker": "s"},
}
NEAR = 1e-6  # the curves have a point so close to each side of a corner


@dataclass(frozen=True)
class Snapshot:
    """Both losses of one moment, and along the axis; arrays of length K or of the axis."""

    scores: np.ndarray
    true_class: int
    moving: int
    delta: float
    probabilities: np.ndarray
    hinge_terms: np.ndarray
    cross_entropy: float
    hinge: float
    cross_entropy_grad: np.ndarray
    hinge_grad: np.ndarray
    axis: np.ndarray
    curves: dict  # of the four names above, along the axis; gradients of the moving score alone
    kinks: np.ndarray
    flat: tuple  # from where to where the hinge is flat; may lie outside the axis
    note: str
    controls: dict


@dataclass
class TwoLossesModel:
    """The scores of one example, its true class, and the score that moves along the axis.

    Parameters
    ----------
    scores : sequence of 2 to 4 floats
        Between -5 and 5.
    true_class : int
    moving : int
        The class whose score is the horizontal axis.
    delta : float
        The hinge's margin Δ, between 0 and 5.
    """

    scores: tuple = (0.5, 0.0, 1.0)
    true_class: int = 1
    moving: int = 1
    delta: float = 1.0

    def __post_init__(self):
        self.scores = [_inside("scores", score, -LIMIT, LIMIT) for score in self.scores]
        if not 2 <= len(self.scores) <= MOST_CLASSES:
            raise ValueError(
                f"scores must hold 2 to {MOST_CLASSES} numbers; got {len(self.scores)}."
            )
        self.delta = _inside("delta", self.delta, 0, LARGEST_DELTA)
        for name in ("true_class", "moving"):
            self._check_class(name, getattr(self, name))
        self._start = self.state()

    def _check_class(self, name, k):
        if k not in range(len(self.scores)):
            raise ValueError(f"{name} must be a class 0..{len(self.scores) - 1}; got {k!r}.")

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def reset(self):
        """Go back to the values at the start."""
        vars(self).update(self._start, scores=list(self._start["scores"]))

    def change(self, name, value):
        """Set a parameter; `score_0` to `score_3` are the single scores."""
        if name in ("true_class", "moving"):
            self._check_class(name, value)
        if name.startswith("score_"):
            k = int(name.removeprefix("score_"))
            self.scores[k] = _inside(name, value, -LIMIT, LIMIT)
        elif name == "n_classes":
            self.scores = (self.scores + [0.0] * MOST_CLASSES)[:value]
            self.true_class = min(self.true_class, value - 1)
            self.moving = min(self.moving, value - 1)
        else:
            setattr(self, name, value)

    def snapshot(self):
        """Return both losses here, and along the axis."""
        scores, y, j, delta = np.array(self.scores), self.true_class, self.moving, self.delta
        kinks = functional.hinge_kinks(scores, y, j, delta)
        axis = self._axis(kinks)
        return Snapshot(
            scores=scores,
            true_class=y,
            moving=j,
            delta=delta,
            probabilities=functional.softmax(scores),
            hinge_terms=functional.hinge_terms(scores, y, delta),
            cross_entropy=functional.cross_entropy(scores, y),
            hinge=functional.hinge(scores, y, delta),
            cross_entropy_grad=functional.cross_entropy_grad(scores, y),
            hinge_grad=functional.hinge_grad(scores, y, delta),
            axis=axis,
            curves=self._curves(axis),
            kinks=kinks,
            flat=(kinks[-1], np.inf) if j == y else (-np.inf, kinks[0]),
            note="",
            controls=self._controls(),
        )

    def _axis(self, kinks):
        """Values of the moving score, with both sides of each corner among them."""
        even = np.linspace(-LIMIT, LIMIT, 201)
        return np.sort(np.concatenate([even, kinks - NEAR, kinks + NEAR]).clip(-LIMIT, LIMIT))

    def _curves(self, axis):
        """Both losses and their gradients where the moving score has each value of the axis."""
        n = len(axis)
        batch, labels = np.tile(self.scores, (n, 1)), np.full(n, self.true_class)
        batch[:, self.moving] = axis
        # The library's gradient is that of the mean, so one example's is n times as large.
        slopes = {
            "cross_entropy_grad": n * functional.cross_entropy_grad(batch, labels),
            "hinge_grad": n * functional.hinge_grad(batch, labels, self.delta),
        }
        return {
            "cross_entropy": functional.cross_entropy(batch, labels, reduction="none"),
            "hinge": functional.hinge(batch, labels, self.delta, reduction="none"),
            **{name: slope[:, self.moving] for name, slope in slopes.items()},
        }

    def _controls(self):
        values = {f"score_{k}": score for k, score in enumerate(self.scores)}
        values |= {name: getattr(self, name) for name in ("true_class", "moving", "delta")}
        return values | {"n_classes": len(self.scores)}


class TwoLossesCanvas(Canvas):
    """Two plots above each other with one horizontal axis, and the numbers beside them."""

    _esm = module("two_losses")
    _css = styles("chart", "two_losses")


class TwoLossesView(View):
    """Cross-entropy (3) and the hinge loss (4) of one example, as one of its scores moves.

    Move the score with its slider, by dragging in the picture, or with the arrow keys. The part
    of the axis where the hinge is flat is shaded.

    Parameters
    ----------
    preset : str or None
        One of `TwoLossesView.presets`.
    show : list of str or None
        Controls to show, among preset, n_classes, true_class, moving, delta, score_0 … score_3,
        reset, and parts of the picture: cross_entropy, hinge, gradients (the lower plot), classes
        (the table). None for all; if no part is named, all parts.
    **state
        scores, true_class, moving, delta: see `TwoLossesModel`.
    """

    Model = TwoLossesModel
    CanvasClass = TwoLossesCanvas
    parts: ClassVar = ("cross_entropy", "hinge", "gradients", "classes")
    presets: ClassVar = {
        "the true class's score": Preset(
            "Move s₁ to the right. From s₁ = 2 on the hinge loss is exactly 0. Cross-entropy "
            "goes on falling, and never reaches 0.",
        ),
        "the margin is met": Preset(
            "Class 1 leads by more than Δ. The hinge's gradient is 0: it wants nothing more. "
            "Cross-entropy still wants a higher s₁.",
            {"scores": [0.5, 3.0, 1.0]},
        ),
        "a wrong class's score": Preset(
            "Below s₂ = s₁ − Δ = 1 the hinge does not look at class 2 at all. Cross-entropy "
            "still pushes it down.",
            {"scores": [0.5, 2.0, 2.0], "moving": 2},
        ),
        "far on the wrong side": Preset(
            "Here both losses are nearly straight lines. Cross-entropy's slope comes close "
            "to −1; the hinge's is −2, because it counts each class that leads.",
            {"scores": [3.0, -4.0, 2.0]},
        ),
        "a wide margin: Δ = 3": Preset(
            "The hinge now asks for a lead of 3, and is flat only from s₁ = 4 on. "
            "Cross-entropy knows no margin, and stays as it was.",
            {"scores": [0.5, 2.0, 1.0], "delta": 3.0},
        ),
        "no margin: Δ = 0": Preset(
            "All scores are equal, as before any training. Without a margin the hinge is content "
            "with that: loss 0, gradient 0, and training would never start.",
            {"scores": [1.0, 1.0, 1.0], "delta": 0.0},
        ),
        "two classes": Preset(
            "With two classes the hinge has one corner. Cross-entropy is like it, with the "
            "corner made round.",
            {"scores": [0.0, 0.0]},
        ),
    }

    def make_controls(self):
        """Return the settings and the sliders."""
        scores = (self.model.scores + [0.0] * MOST_CLASSES)[:MOST_CLASSES]
        sliders = {
            f"score_{k}": slider(f"score s{SUBSCRIPTS[k]}", score, -LIMIT, LIMIT, 0.1)
            for k, score in enumerate(scores)
        }
        counts = [(f"{n} classes", n) for n in range(2, MOST_CLASSES + 1)]
        classes = self._class_options("class {}")
        delta = slider("margin Δ", self.model.delta, 0.0, LARGEST_DELTA, 0.1)
        for control in (delta, *sliders.values()):
            control.layout.width = "250px"  # four of them fit beside each other
        return {
            "n_classes": dropdown("", counts, len(self.model.scores)),
            "true_class": dropdown("True class", classes, self.model.true_class),
            "moving": toggle(self._moving_options(), self.model.moving),
            "delta": delta,
            "reset": self.reset_button(),
            **sliders,
        }

    def arrange(self):
        """Return the rows: settings, scores, canvas."""
        return [
            ["n_classes", "true_class", "delta", "moving", "reset"],
            [f"score_{k}" for k in range(MOST_CLASSES)],
            self.canvas,
        ]

    def follow(self):
        """Offer as many classes as there are, and mark the slider of the moving score."""
        n = len(self.model.scores)
        for name, options in (
            ("true_class", self._class_options("class {}")),
            ("moving", self._moving_options()),
        ):
            if self.controls[name].options != options:
                self.controls[name].options = options
        for k in range(MOST_CLASSES):
            self.show_control(f"score_{k}", k < n)
            mark = "add_class" if k == self.model.moving else "remove_class"
            getattr(self.controls[f"score_{k}"], mark)("nnb-v3-moving")

    def _class_options(self, text):
        return tuple((text.format(k), k) for k in range(len(self.model.scores)))

    def _moving_options(self):
        return tuple((f"move s{SUBSCRIPTS[k]}", k) for k in range(len(self.model.scores)))

    def on_gesture(self, gesture):
        """Move the score on the axis, or put another class's score there."""
        if gesture["kind"] == "score":
            score = float(np.clip(gesture["score"], -LIMIT, LIMIT))
            self.change(f"score_{self.model.moving}", round(score, 1))
        elif gesture["kind"] == "select":
            self.change("moving", gesture["k"])

    def frame(self, s):
        """Return curves, marks and texts."""
        name = f"s{SUBSCRIPTS[s.moving]}"
        here = self._here(s)
        losses = here["cross_entropy"], here["hinge"]
        loss_limit = plots.nice_limit(max(5.0, *losses))
        lowest, highest = (1 - len(s.scores), 0) if s.moving == s.true_class else (0, 1)
        flat = np.clip(s.flat, -LIMIT, LIMIT)
        role = "the true class" if s.moving == s.true_class else "a wrong class"
        x_title = f"score {name} (class {s.moving}, {role})"
        return {
            "axis": s.axis.astype("<f4").tobytes(),
            "curves": {n: values.astype("<f4").tobytes() for n, values in s.curves.items()},
            "x_axis": _axis(-LIMIT, LIMIT, range(-5, 6), x_title),
            "loss_axis": _axis(
                -0.02 * loss_limit,
                loss_limit,
                np.linspace(0, loss_limit, 6 if loss_limit % 5 == 0 else 8),
                "loss",
            ),
            "slope_axis": _axis(
                lowest - 0.15, highest + 0.15, range(lowest, highest + 1), f"gradient ∂L/∂{name}"
            ),
            "score": float(s.scores[s.moving]),
            "here": here,
            "here_texts": {n: _number(value) for n, value in here.items()},
            "name": name,
            "flat": flat.tolist() if flat[1] > flat[0] else None,
            "handle_label": f"Score {name}: {s.scores[s.moving]:.1f}. Arrow keys change it.",
            "flat_text": _flat_text(s),
            "here_text": _here_text(s, self._losses()),
            "term_title": f"max(0, s − s{SUBSCRIPTS[s.true_class]} + Δ)",
            "cross_entropy_sum": f"−log ŷ{SUBSCRIPTS[s.true_class]} = {_number(s.cross_entropy)}",
            "hinge_sum": f"sum = {_number(s.hinge)}",
            "classes": [_row(s, k) for k in range(len(s.scores))],
            "moving": s.moving,
        }

    def _losses(self):
        """The losses that this lesson shows."""
        return [name for name in ("cross_entropy", "hinge") if name not in self.canvas.hidden]

    def _here(self, s):
        """The four numbers at the marker."""
        return {
            "cross_entropy": s.cross_entropy,
            "hinge": s.hinge,
            "cross_entropy_grad": float(s.cross_entropy_grad[s.moving]),
            "hinge_grad": float(s.hinge_grad[s.moving]),
        }

    def label(self, s):
        """Return the picture in words."""
        name, losses = f"s{SUBSCRIPTS[s.moving]}", self._losses()
        here = {n: _number(value) for n, value in self._here(s).items()}
        values = [f"{n.replace('_', '-')} is {here[n]}" for n in losses]
        if "gradients" not in self.canvas.hidden:
            gradients = [here[f"{n}_grad"] for n in losses]
            values = [f"{v}, its gradient {g}" for v, g in zip(values, gradients, strict=True)]
        return (
            f"{' and '.join(n.replace('_', '-') for n in losses).capitalize()} against the score "
            f"{name}. At {name} = {_number(s.scores[s.moving], 1)} {'; '.join(values)}."
            f"{' ' + _flat_text(s) if 'hinge' in losses else ''}"
        )

    def code(self):
        """Return both losses and gradients, here and along the axis."""
        m = self.model
        return (
            "import numpy as np\n"
            "from nnlib import functional\n\n"
            f"scores = np.array({[round(score, 6) for score in m.scores]})\n"
            f"y, delta = {m.true_class}, {m.delta:.6g}\n"
            "losses = functional.cross_entropy(scores, y), functional.hinge(scores, y, delta)\n"
            "gradients = (\n"
            "    functional.cross_entropy_grad(scores, y),\n"
            "    functional.hinge_grad(scores, y, delta),\n"
            ")\n"
            "for name, loss, gradient in zip(['cross-entropy', 'hinge'], losses, gradients):\n"
            "    print(name, loss, gradient)\n\n"
            f"# the curves: score {m.moving} takes many values, the others stay\n"
            f"axis = np.linspace({-LIMIT:g}, {LIMIT:g}, 201)\n"
            "batch = np.tile(scores, (201, 1))\n"
            f"batch[:, {m.moving}] = axis\n"
            "labels = np.full(201, y)\n"
            'cross_entropy = functional.cross_entropy(batch, labels, reduction="none")\n'
            'hinge = functional.hinge(batch, labels, delta, reduction="none")\n'
            "# their slopes: the gradient of the mean of 201 losses, times 201\n"
            "cross_entropy_slope = 201 * functional.cross_entropy_grad(batch, labels)"
            f"[:, {m.moving}]\n"
            f"hinge_slope = 201 * functional.hinge_grad(batch, labels, delta)[:, {m.moving}]"
        )

    def still(self):
        """Return the losses, and below them their gradients."""
        s = self.model.snapshot()
        slopes = "gradients" not in self.canvas.hidden
        fig = plots.figure(1 + slopes, 1, size=(6.4, 2.4 * (1 + slopes)), alt=self.label(s))
        frame, losses = self.frame(s), self._losses()
        for ax, suffix in zip(fig.axes, ("", "_grad"), strict=False):
            for name in losses:
                look = LOOKS[name]
                ax.plot(s.axis, s.curves[name + suffix], look["line"], color=look["colour"])
                here = s.scores[s.moving], frame["here"][name + suffix]
                label = name.replace("_", "-")
                ax.plot(*here, look["marker"], color=look["colour"], label=label)
            if frame["flat"] and "hinge" in losses:
                ax.axvspan(*frame["flat"], color="0.5", alpha=0.15, label="hinge is flat")
            ax.set(xlim=(-LIMIT, LIMIT), ylabel="gradient" if suffix else "loss")
        upper = fig.axes[0]
        upper.set_ylim(frame["loss_axis"]["low"], frame["loss_axis"]["high"])
        upper.legend()
        fig.axes[-1].set_xlabel(frame["x_axis"]["title"])
        return fig


def _inside(name, value, low, high):
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}; got {value!r}.")
    return float(value)


def _number(value, decimals=3):
    """A number with a true minus sign, and no −0.000."""
    text = f"{value:.{decimals}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def _axis(low, high, values, title):
    ticks = [[float(value), f"{value:g}".replace("-", "−")] for value in values]
    return {"low": float(low), "high": float(high), "ticks": ticks, "title": title}


def _row(s, k):
    """The table's row of one class."""
    return {
        "name": f"{k} (true)" if k == s.true_class else f"{k}",
        "score": _number(s.scores[k], 1),
        "probability": _number(s.probabilities[k]),
        "cross_entropy_grad": _number(s.cross_entropy_grad[k]),
        "term": "–" if k == s.true_class else _number(s.hinge_terms[k]),
        "hinge_grad": _number(s.hinge_grad[k], 0),
    }


def _flat_text(s):
    """Say where the hinge is flat, and why."""
    name, margin = f"s{SUBSCRIPTS[s.moving]}", f"Δ = {_number(s.delta, 1)}"
    start, end = s.flat
    if s.moving == s.true_class:
        where = f"from {name} = {_number(start, 1)} on"
        seen = "" if start <= LIMIT else ", further right than this picture reaches"
        return (
            f"The hinge is flat {where}{seen}: there class {s.true_class} leads every other class "
            f"by at least {margin}, and the loss is exactly 0."
        )
    where = f"up to {name} = {_number(end, 1)}"
    seen = "" if end >= -LIMIT else ", further left than this picture reaches"
    return (
        f"The hinge is flat {where}{seen}: there class {s.moving} stays at least {margin} below "
        f"the true class {s.true_class}, and adds exactly 0."
    )


def _here_text(s, losses):
    """Say what each loss wants of the moving score here."""
    name, wish = f"s{SUBSCRIPTS[s.moving]}", "higher" if s.moving == s.true_class else "lower"
    smooth, hinge = (_number(g[s.moving]) for g in (s.cross_entropy_grad, s.hinge_grad))
    of_smooth = f"Cross-entropy wants {name} {wish}: its gradient is {smooth}."
    if losses == ["cross_entropy"]:
        return of_smooth
    if np.abs(s.kinks - s.scores[s.moving]).min() < NEAR:
        of_hinge = (
            "The marker stands on a corner of the hinge, where its slope jumps; the gradient it "
            f"is given there is {hinge}."
        )
    elif s.hinge_grad[s.moving] == 0:
        of_hinge = f"Here the hinge wants nothing of {name}: its gradient is 0."
        of_smooth = of_smooth.replace("wants", "still wants")
    else:
        of_hinge = f"The hinge wants {name} {wish}: its gradient is {hinge}."
    return of_hinge if losses == ["hinge"] else f"{of_hinge} {of_smooth}"

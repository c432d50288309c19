"""V2, from scores to probabilities: exponentiate, add up, divide, each stage as bars."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import functional, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import choice_slider, dropdown, slider

SCORE_LIMIT = 5.0
MOST_CLASSES = 5
TEMPERATURES = (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
SUBSCRIPTS = "₀₁₂₃₄"


@dataclass(frozen=True)
class Snapshot:
    """The softmax of one moment, stage by stage; every array has shape (K,)."""

    scores: np.ndarray
    exponents: np.ndarray
    exps: np.ndarray
    total: float
    probabilities: np.ndarray
    unshifted: np.ndarray
    selected: int
    safe: bool
    note: str
    controls: dict


@dataclass
class SoftmaxModel:
    """Scores z, turned into the probabilities of (z + shift) / temperature.

    Parameters
    ----------
    scores : sequence of 3 to 5 floats
    temperature : float above 0
    shift : float
        A number added to every score, c.
    safe : bool
        Whether the largest exponent is subtracted first.
    selected : int
        The class whose formula is shown.
    """

    scores: tuple = (2.0, 1.0, 0.1)
    temperature: float = 1.0
    shift: float = 0.0
    safe: bool = False
    selected: int = 0

    def __post_init__(self):
        self.scores = [float(score) for score in self.scores]
        if not 3 <= len(self.scores) <= MOST_CLASSES:
            raise ValueError(
                f"scores must hold 3 to {MOST_CLASSES} numbers; got {len(self.scores)}."
            )
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0; got {self.temperature!r}.")
        self._check_class(self.selected)
        self._start = self.state()

    def _check_class(self, k):
        if k not in range(len(self.scores)):
            raise ValueError(f"selected must be a class 0..{len(self.scores) - 1}; got {k!r}.")

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def reset(self):
        """Go back to the values at the start."""
        vars(self).update(self._start, scores=list(self._start["scores"]))

    def change(self, name, value):
        """Set a parameter; `score_0` to `score_4` are the single scores."""
        if name == "selected":
            self._check_class(value)
        if name.startswith("score_"):
            self.scores[int(name.removeprefix("score_"))] = float(value)
        elif name == "n_classes":
            self.scores = (self.scores + [0.0] * MOST_CLASSES)[:value]
            self.selected = min(self.selected, value - 1)
        else:
            setattr(self, name, value)

    def snapshot(self):
        """Return the stages of this moment."""
        scores = np.array(self.scores)
        exponents = (scores + self.shift) / self.temperature
        if self.safe:
            exponents = exponents - exponents.max()
        # The plain form of the slide may overflow here: that is what the view shows.
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            exps, totals, probabilities = functional.softmax_stages(exponents)
        total = totals.item()
        return Snapshot(
            scores=scores,
            exponents=exponents,
            exps=exps,
            total=total,
            probabilities=probabilities,
            unshifted=functional.softmax(scores / self.temperature),
            selected=self.selected,
            safe=self.safe,
            note=_note(exponents, exps, total),
            controls=self._controls(),
        )

    def _controls(self):
        values = {f"score_{k}": score for k, score in enumerate(self.scores)}
        values |= {name: getattr(self, name) for name in ("temperature", "shift", "safe")}
        return values | {"n_classes": len(self.scores)}


def _note(exponents, exps, total):
    """Say why there is no result, if there is none."""
    if not np.isfinite(exps).all():
        return (
            f"e to the power {exponents.max():.0f} is larger than the largest number the computer "
            "can hold (about 1.8·10³⁰⁸), so the division has no result. "
            "Switch on ‘subtract the largest’."
        )
    if not np.isfinite(total):
        return (
            "The sum is larger than the largest number the computer can hold. "
            "Switch on ‘subtract the largest’."
        )
    if total == 0:
        return (
            f"Even e to the power {exponents.max():.0f} is so small that it is rounded to 0, and "
            "0 / 0 has no result. Switch on ‘subtract the largest’."
        )
    return ""


class SoftmaxCanvas(Canvas):
    """The stages as bars, and the formula."""

    _esm = module("softmax")
    _css = styles("softmax")


class SoftmaxView(View):
    """Scores become probabilities, slide equation (2): exponentiate, add up, divide.

    Move the scores with the sliders, by dragging the bars, or with the arrow keys. A bar that
    is pointed at lights its terms in the formula, and a term lights its bar.

    Parameters
    ----------
    preset : str or None
        One of `SoftmaxView.presets`.
    show : list of str or None
        Controls to show, among preset, n_classes, score_0 … score_4, temperature, shift, safe,
        reset; None for all.
    **state
        scores, temperature, shift, safe, selected: see `SoftmaxModel`.
    """

    Model = SoftmaxModel
    CanvasClass = SoftmaxCanvas
    presets: ClassVar = {
        "three scores": Preset(
            "A score that leads by 1 gets e ≈ 2.7 times the probability: "
            "softmax cares for differences.",
        ),
        "a tie": Preset(
            "Equal scores share the probability equally, whatever their height.",
            {"scores": [1.0, 1.0, 1.0, -2.0]},
        ),
        "five classes, one clear winner": Preset(
            "Small scores still get a little: no probability is ever exactly 0.",
            {"scores": [4.0, 1.0, 0.0, -1.0, -3.0]},
        ),
        "cold: temperature 0.2": Preset(
            "A low temperature stretches the differences: the largest score takes nearly all.",
            {"temperature": 0.2},
        ),
        "hot: temperature 10": Preset(
            "A high temperature shrinks the differences: all probabilities come close to 1/K.",
            {"temperature": 10.0},
        ),
        "shifted by 20": Preset(
            "Every exponential is e²⁰ ≈ 485 million times larger, and so is the sum: "
            "the quotients stay the same.",
            {"shift": 20.0},
        ),
        "overflow: shifted by 1000": Preset(
            "The plain formula breaks. Switch on ‘subtract the largest’ and it works again.",
            {"shift": 1000.0},
        ),
        "underflow: shifted by -1000": Preset(
            "Now every exponential is rounded to 0. Subtracting the largest cures this, too.",
            {"shift": -1000.0},
        ),
    }

    def make_controls(self):
        """Return the sliders and switches."""
        scores = (self.model.scores + [0.0] * MOST_CLASSES)[:MOST_CLASSES]
        sliders = {
            f"score_{k}": slider(f"score z{SUBSCRIPTS[k]}", score, -SCORE_LIMIT, SCORE_LIMIT, 0.1)
            for k, score in enumerate(scores)
        }
        counts = [(f"{n} classes", n) for n in range(3, MOST_CLASSES + 1)]
        return {
            "n_classes": dropdown("", counts, len(self.model.scores)),
            "reset": self.reset_button(),
            **sliders,
            "temperature": choice_slider("temperature T", TEMPERATURES, self.model.temperature),
            "shift": slider("add c to all", self.model.shift, -1000.0, 1000.0, 20.0),
            "safe": widgets.Checkbox(
                value=self.model.safe,
                description="subtract the largest",
                indent=False,
                layout=widgets.Layout(width="auto"),
            ),
        }

    def arrange(self):
        """Return the rows: settings, scores, canvas."""
        return [
            ["n_classes", "temperature", "shift", "safe", "reset"],
            [f"score_{k}" for k in range(MOST_CLASSES)],
            self.canvas,
        ]

    def follow(self):
        """Show as many score sliders as there are classes."""
        for k in range(MOST_CLASSES):
            self.show_control(f"score_{k}", k < len(self.model.scores))

    def on_gesture(self, gesture):
        """Select a class, or move its score."""
        kind, k = gesture["kind"], gesture["k"]
        if kind == "select":
            self.change("selected", k)
        elif kind == "score":
            score = float(np.clip(gesture["score"], -SCORE_LIMIT, SCORE_LIMIT))
            self.change(f"score_{k}", round(score, 1))

    def frame(self, s):
        """Return lengths and texts for the bars."""
        exp_limit = plots.nice_limit(s.total)
        lengths = {
            "score": s.scores / SCORE_LIMIT,
            "exp": _share(s.exps, exp_limit),
            "part": _share(s.exps, exp_limit),
            "prob": _share(s.probabilities, 1.0),
        }
        return {
            "classes": [self._bars(s, k, lengths) for k in range(len(s.scores))],
            "score_limit": SCORE_LIMIT,
            "selected": s.selected,
            "safe": s.safe,
            "exponent": self._exponent(),
            "sum_text": short(s.total),
            "sum_label": f"The exponentials add up to {short(s.total)}",
            "sum_broken": not 0 < s.total < np.inf,
            "subtitles": {
                "score": "drag a bar, or use the arrow keys",
                "exp": self._explained(s),
                "sum": "all bars, end to end",
                "prob": "each by the sum",
            },
            "axes": {
                "score": [_tick(-SCORE_LIMIT), _tick(SCORE_LIMIT)],
                "exp": ["0", _tick(exp_limit)],
                "sum": ["0", _tick(exp_limit)],
                "prob": ["0", "1"],
            },
            "check": self._check(s),
        }

    def _exponent(self):
        """Return the exponent's letter: u, or z itself where nobody can make them differ."""
        changing = {"temperature", "shift", "safe"}
        model = self.model
        is_plain = (model.temperature, model.shift, model.safe) == (1, 0, False)
        return "z" if is_plain and changing <= self._hidden else "u"

    def _explained(self, s):
        if self._exponent() == "z":
            return "e to the power z"
        return "eᵘ, u = (z + c) / T" + (", less the largest, m" if s.safe else "")

    def _bars(self, s, k, lengths):
        exponent, exp, probability = s.exponents[k], s.exps[k], s.probabilities[k]
        return {
            **{f"{name}_length": float(values[k]) for name, values in lengths.items()},
            "score": float(s.scores[k]),
            "score_text": f"{s.scores[k]:.1f}".replace("-", "−"),
            "exponent_text": f"{exponent:.2f}".replace("-", "−"),
            "exp_text": short(exp),
            "prob_text": _probability(probability),
            "score_label": f"Score of class {k}: {s.scores[k]:.1f}",
            "exp_label": f"Class {k}: e to the power {exponent:.2f} is {short(exp)}",
            "prob_label": f"Class {k}: probability {_probability(probability)}",
            "exp_broken": not np.isfinite(exp),
            "prob_broken": not np.isfinite(probability),
        }

    def _check(self, s):
        if s.note:
            return "The probabilities have no value here."
        total = f"The probabilities add up to {s.probabilities.sum():.3f}."
        if self.model.shift == 0:
            return total
        change = np.abs(s.probabilities - s.unshifted).max()
        return (
            f"{total} Without c = {self.model.shift:g} they would be the same: "
            f"the largest difference is {change:.3f}."
        ).replace("-", "−")

    def label(self, s):
        """Return the stages in words."""
        return "Softmax of the scores {}: probabilities {}.".format(
            ", ".join(f"{score:.1f}" for score in s.scores),
            ", ".join(map(_probability, s.probabilities)),
        )

    def code(self):
        """Return the stages in NumPy, and nnlib's softmax beside them."""
        model = self.model
        shifted = "exponents = exponents - exponents.max()  # changes no quotient\n"
        return (
            "import numpy as np\n"
            "from nnlib import functional\n\n"
            f"scores = np.array({[round(score, 6) for score in model.scores]})\n"
            f"temperature, shift = {model.temperature:.6g}, {model.shift:.6g}\n"
            "exponents = (scores + shift) / temperature\n"
            f"{shifted if model.safe else ''}"
            "exps = np.exp(exponents)\n"
            "probabilities = exps / exps.sum()\n"
            "print(probabilities)\n"
            "print(functional.softmax(exponents))  # the same, and safe from overflow"
        )

    def still(self):
        """Return the stages as bar charts."""
        s = self.model.snapshot()
        fig = plots.figure(1, 3, size=(9.0, 2.8), alt=self.label(s))
        names = [f"class {k}" for k in range(len(s.scores))]
        stages = {
            "Exponents $u$": s.exponents,
            "Exponentials $e^u$": np.where(np.isfinite(s.exps), s.exps, 0),
            "Probabilities": np.nan_to_num(s.probabilities),
        }
        for ax, (title, values) in zip(fig.axes, stages.items(), strict=True):
            bars = ax.barh(names, values, color=plots.COLOURS[: len(names)])
            ax.bar_label(bars, fmt="%.3g", padding=3)
            ax.margins(x=0.25)
            ax.invert_yaxis()
            ax.set_title(title)
        return fig


def short(value):
    """Return a number in at most six digits, in the form people write it."""
    if not np.isfinite(value):
        return "too large"
    size = abs(value)
    if size != 0 and not 1e-3 <= size < 1e5:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}·10^{int(exponent)}".replace("-", "−")
    decimals = 0 if size >= 1e4 else 1 if size >= 1e3 else 2 if size >= 10 else 3
    return f"{value:.{decimals}f}".replace("-", "−")


def _tick(value):
    """A round number for the end of an axis."""
    return short(value) if abs(value) >= 1e5 else f"{value:g}".replace("-", "−")


def _probability(value):
    return f"{value:.3f}" if np.isfinite(value) else "none"


def _share(values, limit):
    """Bar lengths as shares of the axis; what has no number fills it or leaves it empty."""
    return np.clip(np.nan_to_num(values / limit, nan=0.0, posinf=1.0), 0, 1)

"""V8, one neuron: where its step sits, how steep it is, and what it answers to an input."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from nnlib import functional, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import dropdown, slider
from nnlib.views.formula import fixed, number

X_LIMIT = 6.0  # the picture reaches from -6 to 6
WEIGHT_LIMIT = 10.0
N_PLACES = 481  # of the curve: about one for each pixel
X_TICKS = tuple(range(-6, 7, 2))
SQUASHED = np.linspace(-5, 5, 41)  # for the small picture of the activation itself
# How an activation is written, and the slope at -b/w; a kink has one slope on each side of it.
SHAPES = {
    "sigmoid": {"symbol": "σ", "name": "sigmoid", "share": "w/4", "kinked": False},
    "tanh": {"symbol": "tanh", "name": "tanh", "share": "w", "kinked": False},
    "relu": {"symbol": "relu", "name": "ReLU", "share": "", "kinked": True},
    "leaky_relu": {"symbol": "leaky", "name": "leaky ReLU", "share": "", "kinked": True},
}


@dataclass(frozen=True)
class Snapshot:
    """The neuron of one moment: its curve over x, and the numbers at one input."""

    w: float
    b: float
    x: float
    z: float
    a: float
    slope: float  # ∂a/∂x at x
    activation: str
    places: np.ndarray
    curve: np.ndarray
    step: float | None  # -b/w
    step_a: float
    step_slopes: tuple  # ∂a/∂x to the left and to the right of the step; equal if it is smooth
    note: str
    controls: dict


@dataclass
class NeuronModel:
    """One neuron with one input: a = f(w x + b).

    Parameters
    ----------
    w, b : float
        The weight and the bias.
    x : float in [-6, 6]
        The input at which a is read.
    activation : {"sigmoid", "tanh", "relu", "leaky_relu"}
    """

    w: float = 1.0
    b: float = 0.0
    x: float = 2.0
    activation: str = "sigmoid"

    def __post_init__(self):
        for name, limit in (("w", 1000), ("b", 1000), ("x", X_LIMIT)):
            value = getattr(self, name)
            if not -limit <= value <= limit:
                raise ValueError(f"{name} must lie in [-{limit:g}, {limit:g}]; got {value!r}.")
        if self.activation not in SHAPES:
            raise ValueError(f"activation must be one of {list(SHAPES)}; got {self.activation!r}.")
        self._start = self.state()

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def reset(self):
        """Go back to the values at the start."""
        vars(self).update(self._start)

    def change(self, name, value):
        """Set a parameter."""
        if name == "x":
            value = float(np.clip(value, -X_LIMIT, X_LIMIT))
        setattr(self, name, value)

    def snapshot(self):
        """Return the neuron as it is now."""
        places = np.linspace(-X_LIMIT, X_LIMIT, N_PLACES)
        step = functional.neuron_step(self.w, self.b)
        return Snapshot(
            w=self.w,
            b=self.b,
            x=self.x,
            z=float(functional.scores([self.x], np.array([[self.w]]), [self.b])[0]),
            a=float(self._output(self.x)),
            slope=self._slope(self.x),
            activation=self.activation,
            places=places,
            curve=self._output(places),
            step=step,
            step_a=float(self._output(0.0 if step is None else step)),
            step_slopes=self._slopes_around(step),
            note=self._note(step),
            controls=self.state(),
        )

    def _output(self, places):
        """The neuron's answer to one input, or to each of many."""
        return functional.neuron(np.asarray(places)[..., None], [self.w], self.b, self.activation)

    def _slope(self, place):
        """∂a/∂x: how fast the answer grows with the input."""
        _, _, dx = functional.neuron_grad([place], [self.w], self.b, self.activation)
        return float(dx[0])

    def _slopes_around(self, step):
        if step is None:
            return 0.0, 0.0
        aside = 1.0 if SHAPES[self.activation]["kinked"] else 0.0
        return self._slope(step - aside), self._slope(step + aside)

    def _note(self, step):
        if step is None:
            return (
                "With w = 0 the input does not count: the neuron answers "
                f"{self._output(0.0):.3f} to every x. There is no step."
            )
        if abs(step) > X_LIMIT:
            side = "right" if step > 0 else "left"
            return (
                f"The step is at x = {_place(step)}, outside the picture, to the {side}: "
                "here you see only one end of the curve."
            )
        return ""


class NeuronCanvas(Canvas):
    """The neuron with its numbers, and its curve."""

    _esm = module("neuron")
    _css = styles("chart", "neuron")


class NeuronView(View):
    """One neuron with one input, a = 1 / (1 + exp(-(w x + b))): a step that you move.

    Drag in the picture, or use the arrow keys there, to move the input x.

    Parameters
    ----------
    preset : str or None
        One of `NeuronView.presets`.
    show : list of str or None
        Controls to show, among preset, w, b, x, activation, reset; None for all. The part
        "neuron" is the drawing with the numbers, "curve" the plot.
    **state
        w, b, x, activation: see `NeuronModel`.
    """

    Model = NeuronModel
    CanvasClass = NeuronCanvas
    parts: ClassVar = ("neuron", "curve")
    presets: ClassVar = {
        "a soft step": Preset(
            "The answer climbs slowly from 0 to 1, and is ½ in the middle of the step, at x = 0.",
        ),
        "moved by the bias": Preset(
            "b = −3 moves the step to x = 3. It is as steep as before: the bias moves, "
            "it does not turn.",
            {"b": -3.0},
        ),
        "a sharp step": Preset(
            "A large weight makes a steep step: almost a switch that is off below x = 2 "
            "and on above.",
            {"w": 10.0, "b": -20.0, "x": 2.2},
        ),
        "turned around": Preset(
            "A negative weight turns the step around: on at the left, off at the right.",
            {"w": -2.0, "b": 2.0, "x": -1.0},
        ),
        "saturated": Preset(
            "At x = 5 the curve is flat: move x a little, and a stays at 1.000. "
            "The slope there is almost 0.",
            {"w": 3.0, "b": 0.0, "x": 5.0},
        ),
        "no step: w = 0": Preset(
            "The input is multiplied by 0, so the answer is the same for every x, "
            "whatever the bias.",
            {"w": 0.0, "b": 1.0},
        ),
        "a step out of sight": Preset(
            "The weight is small and the bias large, so the step is far away at x = −16: "
            "the neuron hardly tells one x from another.",
            {"w": 0.5, "b": 8.0},
        ),
        "ReLU: a kink instead of a step": Preset(
            "Below −b/w the answer is exactly 0; above, it grows without end, with slope w.",
            {"activation": "relu", "w": 1.0, "b": -1.0, "x": 3.0},
        ),
    }

    def make_controls(self):
        """Return the sliders and the list of activations."""
        m = self.model
        return {
            "w": slider("weight w", m.w, -WEIGHT_LIMIT, WEIGHT_LIMIT, 0.1),
            "b": slider("bias b", m.b, -WEIGHT_LIMIT, WEIGHT_LIMIT, 0.1),
            "x": slider("input x", m.x, -X_LIMIT, X_LIMIT, 0.1),
            "activation": dropdown(
                "Activation", [(form["name"], name) for name, form in SHAPES.items()], m.activation
            ),
            "reset": self.reset_button(),
        }

    def arrange(self):
        """Return the rows: sliders, then the canvas."""
        return [["w", "b", "x"], ["activation", "reset"], self.canvas]

    def on_gesture(self, gesture):
        """Move the input."""
        if gesture["kind"] == "x":
            self.change("x", round(gesture["x"], 2))

    def frame(self, s):
        """Return the curve and the texts beside it."""
        low, high, ticks = _height(s)
        form = SHAPES[s.activation]
        return {
            "places": s.places.astype("<f4").tobytes(),
            "curve": s.curve.astype("<f4").tobytes(),
            "x_axis": {
                "low": -X_LIMIT,
                "high": X_LIMIT,
                "ticks": [(tick, fixed(tick, 0)) for tick in X_TICKS],
                "title": "input x",
            },
            "y_axis": {"low": low, "high": high, "ticks": ticks, "title": "output a"},
            "w": s.w,
            "x": s.x,
            "a": s.a,
            "slope": s.slope,
            "z_share": float(np.clip(s.z / SQUASHED[-1], -1, 1) / 2 + 0.5),
            "step": s.step,
            "step_a": s.step_a,
            "step_slopes": s.step_slopes,
            "kinked": form["kinked"],
            "symbol": form["symbol"],
            "squash": functional.neuron(SQUASHED[:, None], [1.0], 0.0, s.activation).tolist(),
            "texts": self._texts(s, form),
        }

    def _texts(self, s, form):
        left, right = map(fixed, s.step_slopes)
        if s.step is None:
            step, steep, mark = "none: w = 0", "–", ""
        elif form["kinked"]:
            step = f"x = −b/w = {_place(s.step)}"
            steep = f"{left} on the left, {right} on the right"
            mark = f"kink at −b/w = {_place(s.step)}"
        else:
            step = f"x = −b/w = {_place(s.step)}"
            steep = f"{form['share']} = {right}"
            mark = f"step at −b/w = {_place(s.step)}"
        return {
            "x": fixed(s.x),
            "w": fixed(s.w),
            "b": fixed(s.b),
            "z": fixed(s.z),
            "a": fixed(s.a, 3),
            "product": f"{fixed(s.w)} · {_bracket(s.x)} + {_bracket(s.b)}",
            "step": step,
            "steep": steep,
            "slope": fixed(s.slope, 3),
            "mark": mark,
            "point": f"a = {fixed(s.a, 3)}",
            "handle": f"Input x = {fixed(s.x)}: output a = {fixed(s.a, 3)}",
        }

    def label(self, s):
        """Return the curve in words."""
        name = SHAPES[s.activation]["name"]
        where = "no step" if s.step is None else f"its step at x = {_place(s.step)}"
        return (
            f"The output of a {name} neuron with w = {fixed(s.w)} and b = {fixed(s.b)}, with "
            f"{where}; at x = {fixed(s.x)} the output is {fixed(s.a, 3)}."
        )

    def code(self):
        """Return the numbers and the curve, computed with public names."""
        m = self.model
        return (
            "import numpy as np\n"
            "from nnlib import functional\n\n"
            f"w, b, x = np.array([{m.w:.6g}]), {m.b:.6g}, np.array([{m.x:.6g}])\n"
            f'activation = "{m.activation}"\n\n'
            "a = functional.neuron(x, w, b, activation)\n"
            "dw, db, dx = functional.neuron_grad(x, w, b, activation)\n"
            "step = functional.neuron_step(w[0], b)  # None where w = 0\n"
            'print("a =", a, " slope at x =", dx[0], " step at", step)\n\n'
            f"places = np.linspace({-X_LIMIT:g}, {X_LIMIT:g}, {N_PLACES})[:, None]\n"
            "curve = functional.neuron(places, w, b, activation)  # what the picture draws"
        )

    def still(self):
        """Return the curve, the step and the input as a figure."""
        s = self.model.snapshot()
        low, high, _ = _height(s)
        fig = plots.figure(size=(6.4, 3.4), alt=self.label(s))
        ax = fig.axes[0]
        ax.plot(s.places, s.curve, color=plots.COLOURS[0])
        if s.step is not None and abs(s.step) <= X_LIMIT:
            ax.axvline(s.step, color=plots.COLOURS[5], linestyle=(0, plots.LINES[1]))
            ax.plot(s.step, s.step_a, "D", color=plots.COLOURS[5], label=f"−b/w = {s.step:.2f}")
        ax.plot(s.x, s.a, "o", color=plots.COLOURS[7], label=f"a = {s.a:.3f} at x = {s.x:g}")
        ax.set(xlim=(-X_LIMIT, X_LIMIT), ylim=(low, high), xlabel="input $x$", ylabel="output $a$")
        ax.legend(loc="best")
        return fig


def _place(x):
    """A place on the x-axis; a tiny weight makes it a very large number."""
    return fixed(x) if abs(x) < 1e5 else number(x)


def _bracket(value):
    return f"({fixed(value)})" if fixed(value).startswith("−") else fixed(value)


def _height(s):
    """The lowest and highest a of the picture, and its ticks."""
    if s.activation == "sigmoid":
        return -0.08, 1.12, [(0, "0"), (0.5, "½"), (1, "1")]
    if s.activation == "tanh":
        return -1.15, 1.2, [(-1, "−1"), (0, "0"), (1, "1")]
    top = plots.nice_limit(max(s.curve.max(), 1.0))
    bottom = -plots.nice_limit(-s.curve.min()) if s.curve.min() < 0 else 0.0
    ticks = [(value, f"{value:g}".replace("-", "−")) for value in (bottom, top / 2, top)]
    if bottom < 0:
        ticks.append((0, "0"))
    return bottom - 0.08 * (top - bottom), top * 1.08, ticks

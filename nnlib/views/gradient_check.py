"""V5, the gradient check: how the error of a numerical gradient depends on the step h."""

import functools
from dataclasses import asdict, dataclass
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import MLP, LinearClassifier, gradcheck, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import dropdown, set_control, slider, toggle

STEPS = (*(float(f"{m}e{power}") for power in range(-15, 0) for m in (1, 2, 5)), 1.0)
DTYPES = ("float64", "float32")
TOLERANCE = 1e-7  # what check_gradients takes for right
LARGEST_W = 2.0
NEAR = 3  # the microscope reaches this many steps to each side
EXACT = 1e-16  # where an error of 0 is drawn on the logarithmic axis
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# One example and its label, and which weight of the first layer is w.
X, Y = [[1.0, 2.0]], [1]
FUNCTIONS = {"cross_entropy": "cross-entropy", "hinge": "hinge", "relu": "a ReLU network"}
PLACES = {"cross_entropy": (1, 0), "hinge": (1, 0), "relu": (0, 0)}
WEIGHTS = {"cross_entropy": "W[1, 0]", "hinge": "W[1, 0]", "relu": "W1[0, 0]"}
LINEAR_W = [[2.0, -1.0], [0.0, 1.0], [-1.0, 0.5]]
LINEAR_B = [0.5, 0.0, 1.0]
RELU_STATE = {
    "W1": [[0.0, -1.0], [0.5, 0.5]],
    "b1": [1.5, 0.0],
    "W2": [[1.0, -0.5], [-1.0, 1.0]],
    "b2": [0.0, 0.5],
}


class LossOfOneWeight:
    """The loss of a small network as a function of one weight w, everything else fixed.

    Parameters
    ----------
    function : {"cross_entropy", "hinge", "relu"}
        A linear classifier with one of the two losses, or a network with two ReLU neurons.
    dtype : {"float64", "float32"}
    """

    def __init__(self, function, dtype):
        if function == "relu":
            self.net = MLP([2, 2, 2], "relu", dtype=dtype)
            self.net.load_state_dict(RELU_STATE)
        else:
            self.net = LinearClassifier(2, 3, loss=function, dtype=dtype)
            self.net.W, self.net.b = LINEAR_W, LINEAR_B
        self.name, self.place = WEIGHTS[function], PLACES[function]
        self.layer = self.net.linear[0]

    def __call__(self, w):
        """Return the loss; w is an array with one number, as gradcheck moves it."""
        self.layer.W[self.place] = w[0]
        return self.net.loss(X, Y)

    def at(self, w):
        """Return w as an array in the network's own floating point."""
        return np.array([w], self.net.dtype)

    def gradient(self, w):
        """Return ∂L/∂w from `backward`."""
        self([w])
        self.net.backward()
        return self.layer.dW[self.place]

    def numerical(self, w, h):
        """Return gradcheck's numerical gradient; NaN where w + h is rounded to w."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return gradcheck.numerical_gradient(self, self.at(w), h)[0]

    def kinks(self, w, h):
        """Return what check_gradients says of kinks between w - h and w + h."""
        self([w])
        with np.errstate(divide="ignore", invalid="ignore"):
            kinks = gradcheck.check_gradients(self.net, X, Y, h=h).kinks
        return tuple(kink for kink in kinks if kink.startswith(f"{self.name}:"))

    def sides(self, w):
        """Return on which side of every kink w lies."""
        self([w])
        return np.concatenate([np.ravel(side) for side in self.net.sides().values()] or [[]])


@dataclass(frozen=True)
class Snapshot:
    """One gradient check, and the errors that other steps would give."""

    function: str
    w: float
    h: float
    dtype: str
    analytic: float
    numerical: float
    error: float
    kinks: tuple
    best: float  # the step with the smallest error, in this dtype
    best_error: float
    steps: np.ndarray
    errors: dict  # of arrays, by dtype
    curve: np.ndarray  # rows of w and loss
    places_of_kinks: tuple
    near: np.ndarray  # rows of (w' - w) / h and (L(w') - L(w)) / h
    note: str
    controls: dict


@dataclass
class GradientCheckModel:
    """The gradient of a loss with respect to one weight, analytic and numerical.

    Parameters
    ----------
    function : {"cross_entropy", "hinge", "relu"}
        Which loss: cross-entropy is smooth, hinge and ReLU have kinks.
    w : float, -2 to 2
        The weight's value: the point where the gradients are compared.
    h : float above 0
        The step of the numerical gradient.
    dtype : {"float64", "float32"}
        The floating point in which both are computed.
    wrong : bool
        Whether the analytic gradient has a mistake, a factor 2.
    """

    function: str = "cross_entropy"
    w: float = 0.7
    h: float = 1e-5
    dtype: str = "float64"
    wrong: bool = False

    def __post_init__(self):
        for name, value in asdict(self).items():
            self._check(name, value)
        self._start = self.state()

    def _check(self, name, value):
        known = {"function": tuple(FUNCTIONS), "dtype": DTYPES}.get(name)
        if known and value not in known:
            raise ValueError(f"{name} must be one of {list(known)}; got {value!r}.")
        if name == "w" and not -LARGEST_W <= value <= LARGEST_W:
            raise ValueError(f"w must lie between -{LARGEST_W:g} and {LARGEST_W:g}; got {value!r}.")
        if name == "h" and not STEPS[0] <= value <= STEPS[-1]:
            raise ValueError(f"h must lie between {STEPS[0]:g} and {STEPS[-1]:g}; got {value!r}.")

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def reset(self):
        """Go back to the values at the start."""
        vars(self).update(self._start)

    def change(self, name, value):
        """Set a parameter."""
        self._check(name, value)
        setattr(self, name, value)

    def snapshot(self):
        """Return the check of this moment."""
        loss = LossOfOneWeight(self.function, self.dtype)
        steps = tuple(sorted({*STEPS, self.h}))
        errors = {
            dtype: _errors(self.function, dtype, self.w, self.wrong, steps) for dtype in DTYPES
        }
        best = _best(errors[self.dtype])
        return Snapshot(
            **self.state_without_mistake(),
            analytic=float(_analytic(loss, self.w, self.wrong)),
            numerical=float(loss.numerical(self.w, self.h)),
            error=float(errors[self.dtype][steps.index(self.h)]),
            kinks=loss.kinks(self.w, self.h),
            best=steps[best],
            best_error=float(errors[self.dtype][best]),
            steps=np.array(steps),
            errors=errors,
            curve=_curve(self.function),
            places_of_kinks=_places_of_kinks(self.function),
            near=_near(loss, self.w, self.h),
            note="",
            controls=self.state(),
        )

    def state_without_mistake(self):
        """Return the parameters that say what is checked."""
        return {name: value for name, value in self.state().items() if name != "wrong"}


def _analytic(loss, w, wrong):
    gradient = loss.gradient(w)
    return 2 * gradient if wrong else gradient


@functools.lru_cache(maxsize=64)
def _errors(function, dtype, w, wrong, steps):
    """The relative error for each step; NaN where there is no numerical gradient."""
    loss = LossOfOneWeight(function, dtype)
    analytic = _analytic(loss, w, wrong)
    errors = np.full(len(steps), np.nan)
    for i, h in enumerate(steps):
        numerical = loss.numerical(w, h)
        if np.isfinite(numerical):
            errors[i] = gradcheck.relative_error(analytic, numerical)
    errors.flags.writeable = False
    return errors


def _best(errors):
    """The place of the smallest error; the largest step of several."""
    return len(errors) - 1 - np.nanargmin(errors[::-1])


@functools.cache
def _curve(function):
    """The loss for every w of the picture."""
    loss = LossOfOneWeight(function, "float64")
    ws = np.linspace(-LARGEST_W, LARGEST_W, 201)
    curve = np.array([(w, loss([w])) for w in ws])
    curve.flags.writeable = False
    return curve


@functools.cache
def _places_of_kinks(function):
    """Where a unit changes its side, found by halving the interval again and again."""
    loss = LossOfOneWeight(function, "float64")
    ws = np.linspace(-LARGEST_W, LARGEST_W, 200)
    sides = [loss.sides(w) for w in ws]
    places = []
    for low, high, here, there in zip(ws, ws[1:], sides, sides[1:], strict=False):
        if np.array_equal(here, there):
            continue
        for _ in range(40):
            middle = (low + high) / 2
            if np.array_equal(loss.sides(middle), here):
                low = middle
            else:
                high = middle
        places.append(round((low + high) / 2, 9) + 0.0)  # no -0
    return tuple(places)


def _near(loss, w, h):
    """The loss close to w, in units of h: what the microscope shows."""
    middle = loss(loss.at(w))
    places = np.linspace(-NEAR, NEAR, 60 * NEAR + 1)
    return np.array([(place, (loss(loss.at(w + place * h)) - middle) / h) for place in places])


class GradientCheckCanvas(Canvas):
    """The two gradients, the errors against the step, the loss, and a microscope on it."""

    _esm = module("gradient_check")
    _css = styles("gradient_check")


class GradientCheckView(View):
    """A gradient checked with differences: error against step, and what spoils it.

    Move the step with its slider, or drag the marker in the picture of the errors; move the
    point on the loss in the same ways.

    Parameters
    ----------
    preset : str or None
        One of `GradientCheckView.presets`.
    show : list of str or None
        Controls to show, among preset, function, wrong, reset, dtype, h, w, and parts of the
        picture: errors, loss, microscope. None for all; if no part is named, all parts.
    **state
        See `GradientCheckModel`.
    """

    Model = GradientCheckModel
    CanvasClass = GradientCheckCanvas
    parts: ClassVar = ("errors", "loss", "microscope")
    presets: ClassVar = {
        "a good step": Preset(
            "With h = 10⁻⁵ in float64 the two gradients agree in about ten digits. "
            "The error is smallest here, in the valley.",
        ),
        "too large: truncation": Preset(
            "Over a wide step the loss is curved, so the line through its two ends (dashed) has "
            "another slope than the loss at w. Halve h, and the error becomes four times smaller.",
            {"h": 0.5},
        ),
        "too small: rounding": Preset(
            "Under the microscope the loss is a staircase: numbers have only 16 digits. "
            "The line through the two ends says little about the slope.",
            {"h": 2e-15},
        ),
        "float32, same step": Preset(
            "float32 has 7 digits, so the step that was good in float64 is far too small: only two "
            "digits agree. A larger step helps, but no step brings float32 below the limit.",
            {"dtype": "float32"},
        ),
        "float32, the step is lost": Preset(
            "A step of 10⁻⁸ is smaller than the distance between two float32 numbers: "
            "w + h is rounded to w, and there is nothing to divide by.",
            {"dtype": "float32", "h": 1e-8},
        ),
        "hinge, far from its kinks": Preset(
            "Between two kinks the hinge loss is a straight line: no step is too large, "
            "until it reaches a kink.",
            {"function": "hinge", "w": -0.2, "h": 1e-2},
        ),
        "hinge, a kink is crossed": Preset(
            "w is 0.003 away from a kink, and h is larger: the two ends lie on two slopes. "
            "The gradient is right, and the check names the kink. Make h smaller than 0.003.",
            {"function": "hinge", "w": -0.003, "h": 1e-2},
        ),
        "hinge, exactly on the kink": Preset(
            "Here no step helps: there is no slope, only one on each side.",
            {"function": "hinge", "w": 0.0, "h": 1e-5},
        ),
        "ReLU, a kink is crossed": Preset(
            "A neuron is switched off just below w = 0.5. With h = 0.01 the step reaches over this "
            "kink; with h = 0.001 it does not.",
            {"function": "relu", "w": 0.504, "h": 1e-2},
        ),
        "a wrong gradient": Preset(
            "The analytic gradient is twice too large. The error stays near 0.5 whatever the step: "
            "this is how a mistake in a program looks.",
            {"wrong": True},
        ),
    }

    def make_controls(self):
        """Return the settings."""
        model = self.model
        return {
            "function": dropdown("Loss", [(v, k) for k, v in FUNCTIONS.items()], model.function),
            "wrong": widgets.Checkbox(
                value=model.wrong,
                description="with a mistake in the gradient",
                indent=False,
                layout=widgets.Layout(width="auto"),
            ),
            "reset": self.reset_button(),
            "dtype": toggle([(name, name) for name in DTYPES], model.dtype),
            "h": _step_slider(model.h),
            "w": slider("point w", model.w, -LARGEST_W, LARGEST_W, 0.01),
        }

    def arrange(self):
        """Return the rows: what is checked, how, canvas."""
        return [["function", "wrong", "reset"], ["dtype", "h", "w"], self.canvas]

    def follow(self):
        """Offer the model's step with its name, also where it lies between two of the slider."""
        control, h = self.controls["h"], self.model.h
        if h not in [value for _, value in control.options]:
            control.options = sorted([*control.options, (scientific(h), h)], key=lambda o: o[1])
        set_control(control, h)

    def on_gesture(self, gesture):
        """Move the step, or the point."""
        kind = gesture["kind"]
        if kind == "h":
            nearest = np.abs(np.log10(STEPS) - gesture["log_h"]).argmin()
            self.change("h", STEPS[nearest])
        elif kind == "w":
            w = float(np.clip(gesture["w"], -LARGEST_W, LARGEST_W))
            self.change("w", round(w, 3))

    def frame(self, s):
        """Return what the canvas draws, and its texts."""
        kind, verdict = _verdict(s)
        digits = 12 if s.dtype == "float64" else 9
        w_text = f"{s.w:g}".replace("-", "−")
        return {
            "analytic_text": _fixed(s.analytic, digits),
            "numerical_text": _fixed(s.numerical, digits),
            "error_text": scientific(s.error, "none"),
            "kind": kind,
            "verdict": verdict,
            "dtype": s.dtype,
            "log_h": float(np.log10(s.h)),
            "h_text": scientific(s.h),
            "log_error": _log(s.error),
            "log_steps": [float(np.log10(h)) for h in STEPS],
            "errors": {name: _points(s.steps, errors) for name, errors in s.errors.items()},
            "lowest": float(np.log10(EXACT)),
            "tolerance": float(np.log10(TOLERANCE)),
            "reason": "truncation" if s.function == "cross_entropy" else "truncation, kinks",
            "w": s.w,
            "w_text": w_text,
            "weight": WEIGHTS[s.function],
            "w_limit": LARGEST_W,
            "curve": s.curve.astype("<f4").tobytes(),
            "loss": float(np.interp(s.w, *s.curve.T)),
            "loss_limit": plots.nice_limit(s.curve[:, 1].max()),
            "kinks": list(s.places_of_kinks),
            "near": s.near.astype("<f4").tobytes(),
            "near_limit": plots.nice_limit(_height(s)),
            "reach": NEAR,
            "analytic": s.analytic,
            "numerical": s.numerical if np.isfinite(s.numerical) else None,
            "ends": [_slope_end(s, -1), _slope_end(s, 1)],
            "loss_label": f"The loss at w = {w_text}. Arrow keys move the point.",
            "error_label": f"Step h = {scientific(s.h)}, relative error "
            f"{scientific(s.error, 'none')}. Arrow keys move the step.",
        }

    def label(self, s):
        """Return the check in words."""
        return (
            f"Gradient check of the {FUNCTIONS[s.function]} loss at w = {s.w:g} in {s.dtype}, "
            f"step {scientific(s.h)}: analytic {s.analytic:.6g}, "
            f"numerical {_number(s.numerical)}, relative error {scientific(s.error, 'none')}. "
            f"{_verdict(s)[1]}"
        )

    def code(self):
        """Return both gradients, computed with public names."""
        m = self.model
        row, column = PLACES[m.function]
        if m.function == "relu":
            make = f'net = MLP([2, 2, 2], "relu", dtype="{m.dtype}")\nnet.load_state_dict(\n    '
            make += ",\n    ".join(
                f'{"{" if name == "W1" else " "}"{name}": {values}'
                for name, values in RELU_STATE.items()
            )
            make += "}\n)\n"
        else:
            make = f'net = LinearClassifier(2, 3, loss="{m.function}", dtype="{m.dtype}")\n'
            make += f"net.W, net.b = {LINEAR_W}, {LINEAR_B}\n"
        layer = "net.linear[0]"
        mistake = "analytic = 2 * analytic  # the mistake\n" if m.wrong else ""
        return (
            "import numpy as np\n"
            f"from nnlib import {'MLP' if m.function == 'relu' else 'LinearClassifier'}, gradcheck"
            "\n\n"
            f"{make}"
            f"X, y = np.array({X}), np.array({Y})\n\n\n"
            "def loss(w):\n"
            f"    {layer}.W[{row}, {column}] = w[0]\n"
            "    return net.loss(X, y)\n\n\n"
            f"w = np.array([{m.w!r}], net.dtype)\n"
            "loss(w)\n"
            "net.backward()\n"
            f"analytic = {layer}.dW[{row}, {column}]\n"
            f"{mistake}"
            'with np.errstate(invalid="ignore"):  # in float32 a tiny step is lost: 0 / 0\n'
            f"    numerical = gradcheck.numerical_gradient(loss, w, h={m.h!r})[0]\n"
            "    error = gradcheck.relative_error(analytic, numerical)\n"
            "    loss(w)  # back from w + h\n"
            f"    check = gradcheck.check_gradients(net, X, y, h={m.h!r})\n"
            'print("analytic", analytic, "numerical", numerical, "relative error", error)\n'
            "print(check)  # every parameter, and the kinks by name"
        )

    def still(self):
        """Return the errors of both floating points against the step."""
        s = self.model.snapshot()
        fig = plots.figure(size=(6.4, 3.8), alt=self.label(s))
        ax = fig.axes[0]
        for (name, errors), marker in zip(s.errors.items(), plots.MARKERS, strict=False):
            shown = np.where(errors == 0, EXACT, errors)
            ax.loglog(s.steps, shown, label=name, marker=marker, markersize=4)
        ax.axvline(s.h, color="#000000", linestyle=":", linewidth=1.2, label="h")
        ax.set(xlabel="step h", ylabel="relative error", ylim=(EXACT / 3, 5))
        ax.legend()
        return fig


def _step_slider(h):
    """A slider over the steps, with powers of ten as people write them."""
    return widgets.SelectionSlider(
        options=[(scientific(value), value) for value in sorted({*STEPS, h})],
        value=h,
        description="step h",
        style={"description_width": "initial"},
        layout=widgets.Layout(width="300px"),
    ).add_class("nnb-only-moved")


def _verdict(s):
    """What the check says, as a kind of mark and a sentence."""
    if not np.isfinite(s.numerical):
        return "bad", (
            f"The step is lost: {s.dtype} rounds w + h back to w, so both ends are the same "
            "number, and 0 / 0 has no value. Take a larger h."
        )
    if s.kinks:
        return "kink", (
            f"{s.kinks[0]}. The two ends of the step lie on different slopes, so this number "
            "says nothing about the gradient at w."
        )
    if s.error <= TOLERANCE:
        agree = "The two are equal" if s.error == 0 else "The two agree"
        return "good", f"{agree}: the error is below 10⁻⁷, the limit of check_gradients."
    if s.best_error > 0.1:
        return "bad", (
            "No step brings this error near the limit of check_gradients, so the step is not the "
            "reason: the gradient itself is wrong."
        )
    if s.error <= 10 * s.best_error:
        return "fair", (
            f"About as good as {s.dtype} can be; float64 would pass. "
            "This is why gradients are checked in float64."
        )
    if s.h > s.best:
        return "bad", "h is too large: over the step the loss bends. This error is truncation."
    return "bad", (
        "h is too small: the two losses differ only in their last digits. This error is rounding."
    )


def scientific(value, otherwise="–"):
    """Return a number as people write it: 0.02, 5·10⁻⁵, 10⁻⁷.

    Parameters
    ----------
    value : float
    otherwise : str
        What to return where value is not finite.
    """
    if not np.isfinite(value):
        return otherwise
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}".replace("-", "−")
    mantissa, power = f"{value:.1e}".split("e")
    power = "10" + str(int(power)).translate(SUPERSCRIPTS)
    mantissa = mantissa.removesuffix(".0").replace("-", "−")
    return power if mantissa == "1" else f"{mantissa}·{power}"


def _fixed(value, digits):
    return f"{value + 0.0:.{digits}f}".replace("-", "−") if np.isfinite(value) else "no value"


def _number(value):
    return f"{value:.6g}" if np.isfinite(value) else "has no value"


def _log(error):
    """The logarithm of an error; of 0 that of EXACT, of NaN None."""
    return float(np.log10(max(error, EXACT))) if np.isfinite(error) else None


def _points(steps, errors):
    """The points of a curve on logarithmic axes, without those that have no value."""
    pairs = zip(steps, errors, strict=True)
    return [[float(np.log10(h)), _log(error)] for h, error in pairs if np.isfinite(error)]


def _height(s):
    """How high the microscope's picture must be."""
    slopes = [NEAR * abs(s.analytic), *np.abs(s.near[:, 1])]
    return max(slopes)


def _slope_end(s, side):
    """An end of the step under the microscope: the loss there, in units of h."""
    return float(np.interp(side, *s.near.T))

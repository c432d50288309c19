"""V11, activation functions: the curve and its slope, and what both do to a deep network."""

import math
from dataclasses import asdict, dataclass
from functools import partial
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import MLP, SGD, data, functional, metrics, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import choice_slider, slider, toggle

N_DIGITS = 200
N_UNITS = 100  # in each hidden layer
MOST_LAYERS = 10
MOST_STEPS = 20
BINS = 41  # odd, so that the bar in the middle stands over 0
CURVE_POINTS = 401
SCALES = (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0)
LEARNING_RATES = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0)
NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU", "leaky_relu": "leaky ReLU"}
FUNCTIONS = {
    "sigmoid": (functional.sigmoid, functional.sigmoid_grad),
    "tanh": (functional.tanh, functional.tanh_grad),
    "relu": (functional.relu, functional.relu_grad),
    "leaky_relu": (functional.leaky_relu, functional.leaky_relu_grad),
}
# The axis of z reaches at least so far: sigmoid and tanh are flat there.
SMALLEST_LIMITS = {"sigmoid": 5.0, "tanh": 5.0, "relu": 1.0, "leaky_relu": 1.0}
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}  # of a; the others have no end
LIMITS = {"slope": (0, 1), "scale": (0.01, 100), "bias": (-6, 6), "lr": (1e-6, 100)}
WHOLE = {"depth": (1, MOST_LAYERS), "steps": (0, MOST_STEPS), "seed": (0, 999)}
OF_THE_NETWORK = ("kind", "slope", "scale", "bias", "depth", "lr", "seed")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Layer:
    """What one hidden layer computed for all digits.

    `z_bars` and `a_bars` have shape (2, BINS): the share of all values in each bar, those with a
    slope in row 0, the saturated ones in row 1. `awake` has shape (K,): the share of digits for
    which each unit is not saturated.
    """

    k: int  # the slides' superscript: the first hidden layer is layer 2
    z_bars: np.ndarray
    a_bars: np.ndarray
    spread: float  # the standard deviation of z
    saturated: float
    awake: np.ndarray
    dead: float
    gradient: float  # ‖∂J/∂W^{(k-1)}‖


@dataclass(frozen=True)
class Snapshot:
    """The curve, and every hidden layer; no array of it changes later."""

    limit: float  # the axis of z reaches from -limit to limit
    a_range: tuple
    curve: np.ndarray  # rows z, f(z), f'(z)
    flat: np.ndarray  # where the curve is saturated
    probe: tuple  # z, f(z), f'(z)
    layers: tuple
    selected: int
    step: int
    loss: float
    note: str
    controls: dict


@dataclass
class ActivationsModel:
    """A deep network with one activation function, and 200 digits of MNIST that go through it.

    Parameters
    ----------
    kind : {"sigmoid", "tanh", "relu", "leaky_relu"}
    slope : float in [0, 1]
        Of leaky ReLU below 0, the slides' a.
    scale : float
        The hidden layers' weights are so many times the library's initial ones.
    bias : float in [-6, 6]
        What all biases of the hidden layers are before the first step.
    depth : int, 1 to 10
        Hidden layers, of 100 units each.
    lr : float
        The learning rate of the first steps.
    steps : int, 0 to 20
        Steps of gradient descent on the 200 digits before the picture; 0 is the start.
    seed : int
        For the weights.
    selected : int
        The layer whose z stands under the curve, 2 to depth + 1.
    z : float
        Where on the curve the tangent is drawn.
    """

    kind: str = "relu"
    slope: float = 0.3
    scale: float = 1.0
    bias: float = 0.0
    depth: int = 6
    lr: float = 0.1
    steps: int = 0
    seed: int = 0
    selected: int = 2
    z: float = 1.0

    def __post_init__(self):
        _check(self.state())
        self._start = self.state()
        (X, y), _ = data.mnist()
        self._X, self._y = X[:N_DIGITS], y[:N_DIGITS]
        self._build()

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def reset(self):
        """Go back to the values at the start."""
        vars(self).update(self._start)
        self._build()

    def change(self, name, value):
        """Set a parameter."""
        values = {**self.state(), name: value}
        if name == "depth":
            values["selected"] = min(self.selected, value + 1)
        _check(values)
        vars(self).update(values)
        if name in OF_THE_NETWORK:
            self._build()
        elif name == "steps":
            self._measure()

    def snapshot(self):
        """Return the picture of this moment."""
        f, slope = self.functions()
        z = np.linspace(-self.limit, self.limit, CURVE_POINTS)
        at = np.clip(self.z, -self.limit, self.limit)
        return Snapshot(
            limit=self.limit,
            a_range=self._a_range(),
            curve=np.array([z, f(z), slope(z)]),
            flat=metrics.saturated(slope(z)),
            probe=(float(at), float(f(at)), float(slope(at))),
            layers=self.layers,
            selected=self.selected,
            step=self.step,
            loss=self.loss,
            note=self._note(),
            controls={name: getattr(self, name) for name in (*OF_THE_NETWORK, "steps")},
        )

    def functions(self):
        """Return the activation function and its derivative."""
        pair = FUNCTIONS[self.kind]
        if self.kind == "leaky_relu":
            pair = [partial(function, slope=self.slope) for function in pair]
        return pair

    def _a_range(self):
        f, _ = self.functions()
        ends = f(np.array([-self.limit, self.limit]))
        return RANGES.get(self.kind, tuple(map(float, ends)))

    def _build(self):
        """Make the network, as it is before the first step."""
        sizes = [self._X.shape[1], *[N_UNITS] * self.depth, 10]
        self.net = MLP(sizes, self.kind, slope=self.slope, seed=self.seed)
        for layer in self.net.linear[:-1]:
            layer.W *= self.scale
            layer.b[:] = self.bias
        self._path = [self.net.parameters.copy()]  # the parameters after 0, 1, 2, … steps
        self._diverged = False
        self._measure()

    def _measure(self):
        """Go to the step that is wanted, and look at every hidden layer there."""
        with np.errstate(over="ignore", invalid="ignore"):
            self._train()
            self.step = min(self.steps, len(self._path) - 1)
            self.net.parameters[:] = self._path[self.step]
            trace = self.net.trace(self._X, self._y)
            self.loss = trace.loss
            hidden = range(2, self.depth + 2)
            self.limit = max(_limit(trace.z[k] for k in hidden), SMALLEST_LIMITS[self.kind])
            self.layers = tuple(self._layer(trace, k) for k in hidden)

    def _train(self):
        """Make the steps that are missing, as long as the loss is a finite number."""
        net = self.net
        while len(self._path) <= self.steps and not self._diverged:
            net.parameters[:] = self._path[-1]
            net.loss(self._X, self._y)
            net.backward()
            SGD(self.lr).bind(net).step()
            try:
                net.loss(self._X, self._y)
                self._path.append(net.parameters.copy())
            except FloatingPointError:
                self._diverged = True

    def _layer(self, trace, k):
        z, a = trace.z[k], trace.a[k]
        slopes = self.functions()[1](z)
        flat = metrics.saturated(slopes)
        return Layer(
            k=k,
            z_bars=_bars(z, flat, -self.limit, self.limit),
            a_bars=_bars(a, flat, *self._a_range()),
            spread=float(z.std(dtype=np.float64)),
            saturated=float(flat.mean()),
            awake=1 - flat.mean(axis=0),
            dead=float(metrics.dead(slopes).mean()),
            gradient=float(np.linalg.norm(trace.dW[k - 1].astype(np.float64))),
        )

    def _note(self):
        if self.step == self.steps:
            return ""
        return (
            f"With the learning rate {self.lr:g} the numbers grow too large for the computer after "
            f"step {self.step}; the picture shows this step. "
            "Lower the learning rate or the weight scale."
        )


def _check(values):
    """Refuse parameters that name no picture."""
    if values["kind"] not in FUNCTIONS:
        raise ValueError(f"kind must be one of {list(FUNCTIONS)}; got {values['kind']!r}.")
    for name, (low, high) in LIMITS.items():
        if not low <= values[name] <= high:
            raise ValueError(f"{name} must lie between {low:g} and {high:g}; got {values[name]!r}.")
    for name, (low, high) in {**WHOLE, "selected": (2, values["depth"] + 1)}.items():
        if values[name] not in range(low, high + 1):
            raise ValueError(
                f"{name} must be a whole number {low} to {high}; got {values[name]!r}."
            )
    if not math.isfinite(values["z"]):
        raise ValueError(f"z must be a finite number; got {values['z']!r}.")


def _limit(z):
    """Where the axis of z ends: it shows 99 % of every layer's values."""
    largest = max(np.quantile(np.abs(values), 0.99) for values in z)
    return plots.nice_limit(float(largest))


def _bars(values, flat, low, high):
    """The share of the values in each bar; the outermost bars hold everything beyond, too."""
    places = (values.ravel() - low) * (BINS / (high - low))
    places = np.clip(places, 0, BINS - 1).astype(int)
    counts = np.bincount(places + BINS * flat.ravel(), minlength=2 * BINS)
    return counts.reshape(2, BINS) / values.size


class ActivationsCanvas(Canvas):
    """The curve with its slope, and a row of pictures for every hidden layer."""

    _esm = module("activations")
    _css = styles("activations")


class ActivationsView(View):
    """An activation function, and a deep network of it that reads 200 digits of MNIST.

    Drag the point on the curve, or move it with the arrow keys. A layer that is clicked, or
    reached with Tab and the arrow keys, shows its z under the curve.

    Parameters
    ----------
    preset : str or None
        One of `ActivationsView.presets`.
    show : list of str or None
        Controls to show, among preset, kind, slope, scale, bias, depth, lr, steps, seed, reset, and
        parts of the picture: curve, layers. None for all; if no part is named, both parts.
    **state
        See `ActivationsModel`.
    """

    Model = ActivationsModel
    CanvasClass = ActivationsCanvas
    parts: ClassVar = ("curve", "layers")
    presets: ClassVar = {
        "healthy ReLU": Preset(
            "In every layer z has about the same spread, and the gradients of all layers have "
            "about the same size: each layer can learn.",
        ),
        "tanh": Preset(
            "tanh is steep in the middle, and most z lie there. "
            "The gradient keeps its size through all layers.",
            {"kind": "tanh"},
        ),
        "saturated sigmoids": Preset(
            "The weights are thirty times too large: most z lie where the sigmoid is flat, "
            "and most a are close to 0 or 1.",
            {"kind": "sigmoid", "scale": 30.0, "depth": 4},
        ),
        "saturation kills the gradient": Preset(
            "Now the biases are 6: every unit is close to 1 for every digit, its slope is tiny, "
            "and each layer takes away most of what is left of the gradient.",
            {"kind": "sigmoid", "bias": 6.0, "depth": 4},
        ),
        "vanishing gradient": Preset(
            "Ten layers of sigmoids, none of them saturated: each multiplies the error by at most "
            "¼, and almost nothing reaches the first.",
            {"kind": "sigmoid", "depth": 10},
        ),
        "weights too small": Preset(
            "Every layer makes the signal smaller: in the last ones all z are almost 0, "
            "and all gradients are tiny.",
            {"scale": 0.3, "depth": 10},
        ),
        "exploding": Preset(
            "Every layer makes the signal about three times larger, and the gradients are huge. "
            "Move ‘steps’ to 1, then to 2, and watch the loss.",
            {"scale": 3.0, "depth": 10},
        ),
        "how ReLUs die": Preset(
            "Six steps with a learning rate that is too high. Move ‘steps’ from 0 to 6: after each "
            "step more units (×) give 0 for every digit.",
            {"depth": 4, "lr": 1.0, "steps": 6},
        ),
        "dead ReLUs": Preset(
            "A bad step has left all biases at −0.5. The last hidden layer is dead, so no gradient "
            "comes back: however many steps follow, nothing in these layers changes.",
            {"depth": 3, "bias": -0.5, "lr": 0.3},
        ),
        "repaired with leaky ReLU": Preset(
            "The same weights and biases with leaky ReLU, a = 0.3: no unit is dead. "
            "Move ‘steps’ to 20: the gradients grow, and the loss falls.",
            {"kind": "leaky_relu", "depth": 3, "bias": -0.5, "lr": 0.3},
        ),
    }

    def make_controls(self):
        """Return the function's controls, the network's, and those of its first steps."""
        model = self.model
        return {
            "kind": toggle([(text, kind) for kind, text in NAMES.items()], model.kind),
            "slope": slider("slope a", model.slope, 0.0, 1.0, 0.05),
            "scale": choice_slider("weights ×", SCALES, model.scale),
            "bias": slider("biases", model.bias, -6.0, 6.0, 0.1),
            "depth": slider("hidden layers", model.depth, 1, MOST_LAYERS, 1),
            "lr": choice_slider("learning rate", LEARNING_RATES, model.lr),
            "steps": slider("steps", model.steps, 0, MOST_STEPS, 1),
            "seed": widgets.BoundedIntText(
                value=model.seed,
                min=0,
                max=999,
                description="Seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="100px"),
            ),
            "reset": self.reset_button(),
        }

    def arrange(self):
        """Return the rows: function, network, steps, canvas."""
        return [
            ["kind", "slope"],
            ["scale", "bias"],
            ["depth", "seed", "reset"],
            ["lr", "steps"],
            self.canvas,
        ]

    def follow(self):
        """Offer the slope only where the function has one."""
        self.show_control("slope", self.model.kind == "leaky_relu")

    def on_gesture(self, gesture):
        """Move the point on the curve, or select a layer."""
        if gesture["kind"] == "probe":
            step = self.model.limit / 100
            limit = self.model.limit
            z = float(np.clip(gesture["z"], -limit, limit))
            self.change("z", round(round(z / step) * step, 10))
        elif gesture["kind"] == "layer":
            self.change("selected", gesture["k"])

    def frame(self, s):
        """Return curves, bars and texts."""
        low, high = _decades([layer.gradient for layer in s.layers])
        z, a, slope = s.probe
        return {
            "limit": s.limit,
            "a_range": list(s.a_range),
            "a_ends": [_tick(end) for end in s.a_range],
            "z_end": _tick(s.limit),
            "curve": s.curve.astype("<f4").tobytes(),
            "flat": s.flat.astype(np.uint8).tobytes(),
            "probe": {"z": z, "a": a, "slope": slope},
            "probe_text": f"z = {_short(z)}:  a = {_short(a)},  slope {_short(slope)}",
            "name": NAMES[self.model.kind],
            "layers": [_layer_frame(layer, low, high) for layer in s.layers],
            "selected": s.selected,
            "flat_name": "off" if self.model.kind == "relu" else "saturated",
            "gradient_ends": [_power(low), _power(high)],
            "loss": _short(s.loss),
            "summary": _summary(s),
        }

    def label(self, s):
        """Return the picture in words."""
        dead = np.mean([layer.dead for layer in s.layers])
        layers = f"{len(s.layers)} hidden layer{'s' * (len(s.layers) > 1)}"
        steps = f" after {s.step} step{'s' * (s.step > 1)}" if s.step else ""
        return (
            f"The curve of {NAMES[self.model.kind]} and its slope; a network of {layers} of it"
            f"{steps}: {dead:.0%} of the units are dead. {_summary(s)}"
        )

    def code(self):
        """Return the network and every layer's numbers, computed with public names."""
        m = self.model
        slope = f", slope={m.slope:g}" if m.kind == "leaky_relu" else ""
        training = (
            f"optimizer = SGD(lr={m.lr:g}).bind(net)\n"
            f"for step in range({m.step}):\n"
            "    net.loss(X, y)\n"
            "    net.backward()\n"
            "    optimizer.step()\n"
        )
        return (
            "import numpy as np\n"
            f"from nnlib import MLP, {'SGD, ' if m.step else ''}data, functional, metrics\n\n"
            "(X, y), _ = data.mnist()\n"
            f"X, y = X[:{N_DIGITS}], y[:{N_DIGITS}]\n"
            f'net = MLP([784, *[{N_UNITS}] * {m.depth}, 10], "{m.kind}"{slope}, seed={m.seed})\n'
            "for layer in net.linear[:-1]:\n"
            f"    layer.W *= {m.scale:g}\n"
            f"    layer.b[:] = {m.bias:g}\n"
            f"{training if m.step else ''}\n"
            "trace = net.trace(X, y)\n"
            f"for k in range(2, {m.depth + 2}):\n"
            f"    slopes = functional.{m.kind}_grad(trace.z[k]{slope})\n"
            "    saturated = metrics.saturated(slopes).mean()\n"
            "    dead = metrics.dead(slopes).mean()\n"
            "    gradient = np.linalg.norm(trace.dW[k - 1])\n"
            '    print(f"layer {k}: spread of z {trace.z[k].std():.3g}, saturated '
            '{saturated:.0%}, dead {dead:.0%}, gradient {gradient:.3g}")'
        )

    def still(self):
        """Return the curve with its slope, and each layer's numbers, where they are not hidden."""
        s = self.model.snapshot()
        curve, layers = ("curve" not in self.canvas.hidden, "layers" not in self.canvas.hidden)
        columns = curve + 2 * layers
        fig = plots.figure(1, columns, size=(3.4 * columns, 3.0), alt=self.label(s))
        if curve:
            self._draw_curve(s, fig.axes[0])
        if layers:
            _draw_layers(s, *fig.axes[-2:])
        return fig

    def _draw_curve(self, s, ax):
        z, a, slope = s.curve
        ax.plot(z, a, label="f(z)")
        ax.plot(z, slope, label="slope f′(z)")
        ax.set(title=NAMES[self.model.kind], xlabel="z")
        ax.legend()


def _draw_layers(s, shares, gradient):
    """Draw the shares of saturated values and dead units, and the gradients, layer by layer."""
    layers = [layer.k for layer in s.layers]
    percent = {
        "saturated": [100 * layer.saturated for layer in s.layers],
        "dead": [100 * layer.dead for layer in s.layers],
    }
    for (name, values), mark in zip(percent.items(), plots.MARKERS, strict=False):
        shares.plot(layers, values, label=name, marker=mark)
    shares.set(title="Saturated and dead", xlabel="layer", ylabel="%", ylim=(-4, 104))
    shares.legend()
    gradients = [layer.gradient for layer in s.layers]
    gradient.bar(layers, gradients, color=plots.COLOURS[0])
    if all(0 < value < math.inf for value in gradients):
        low, high = _decades(gradients)
        gradient.set(yscale="log", ylim=(10.0**low, 10.0**high))
    gradient.set(title="Gradient norm", xlabel="layer")
    for ax in (shares, gradient):
        ax.set_xticks(layers)


def _layer_frame(layer, low, high):
    """Return what the canvas draws of one layer."""
    texts = {
        "spread": _short(layer.spread),
        "saturated": f"{layer.saturated:.0%}",
        "dead": f"{layer.dead:.0%}",
        "gradient": _short(layer.gradient),
    }
    return {
        "k": layer.k,
        "z": layer.z_bars.astype("<f4").tobytes(),
        "a": layer.a_bars.astype("<f4").tobytes(),
        "awake": np.round(255 * layer.awake).astype(np.uint8).tobytes(),
        "length": _log_share(layer.gradient, low, high),
        "texts": texts,
        "label": (
            f"Layer {layer.k}: spread of z {texts['spread']}, {texts['saturated']} saturated, "
            f"{texts['dead']} of the units dead, gradient {texts['gradient']}"
        ),
    }


def _decades(gradients):
    """The powers of ten between which the bars of the gradients are drawn."""
    powers = [math.log10(g) for g in gradients if 0 < g < math.inf] or [0.0]
    return min(-6, math.floor(min(powers))), max(2, math.ceil(max(powers)))


def _log_share(gradient, low, high):
    """The length of a gradient's bar on the logarithmic axis, 0 to 1."""
    if gradient <= 0:
        return 0.0
    power = min(math.log10(gradient), high) if gradient < math.inf else high
    return (power - low) / (high - low)


def _summary(s):
    """Say what becomes of the gradient on its way back through the hidden layers."""
    first, last = s.layers[0], s.layers[-1]
    if first.gradient == 0:
        return "No gradient reaches the first hidden layer: it cannot learn."
    if len(s.layers) == 1:
        return f"The gradient of the hidden layer has the norm {_short(first.gradient)}."
    way = f"On its way back from layer {last.k} to layer {first.k} the gradient"
    factor = first.gradient / last.gradient if last.gradient else math.inf
    if factor < 0.2:
        return f"{way} becomes {_times(1 / factor)} smaller."
    if factor > 5:
        return f"{way} becomes {_times(factor)} larger."
    return f"{way} keeps about its size (× {_short(factor)})."


def _times(factor):
    """Say a large factor in two digits, such as 97,000 times."""
    if not 10 <= factor < 1e6:
        return f"{_short(factor)} times"
    return f"{float(f'{factor:.2g}'):,.0f} times"


def _short(value):
    """A number in two or three digits, in the form people write it."""
    if not math.isfinite(value):
        return "too large"
    size = abs(value)
    if size == 0 or 1e-2 <= size < 1e4:
        decimals = min(max(0, 2 - math.floor(math.log10(size))), 3) if size else 0
        return f"{value:.{decimals}f}".replace("-", "−")
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa.replace('-', '−')}·{_power(int(power))}"


def _tick(value):
    """A round number for the end of an axis."""
    if abs(value) < 1e4:
        return f"{value:g}".replace("-", "−")
    mantissa, power = f"{value:.1e}".split("e")
    return f"{float(mantissa):g}·{_power(int(power))}".replace("-", "−")


def _power(exponent):
    """A power of ten, such as 10⁻⁶."""
    return "10" + str(exponent).translate(SUPERSCRIPTS)

"""V9, paths: nudge one weight, watch the change travel to the cost, and add up every path."""

import math
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import MLP, gradcheck, paths, plots
from nnlib.views import diagram
from nnlib.views.base import Preset
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import choice_slider, dropdown, toggle
from nnlib.views.formula import bracketed, number, signed
from nnlib.views.steps import SteppedView, Steps

NETWORKS = ((2, 2, 2), (2, 3, 2, 2), (2, 4, 3, 2), (2, 3, 3, 3, 2))
ACTIVATIONS = ("sigmoid", "tanh", "relu")
NUDGES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
POINTS_OF_CURVE = 81
REACH = 1.25  # the curve is drawn this far, in nudges
SHRINK = (1, 10, 100)
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Snapshot:
    """What the picture shows of one moment."""

    sizes: tuple
    weight: tuple
    step: float
    at: int
    stages: tuple
    nudge: paths.Nudge
    paths: tuple
    running: tuple
    gradient: float
    numerical: float
    shrinking: tuple
    offsets: np.ndarray
    costs: np.ndarray
    line: tuple
    note: str
    controls: dict


@dataclass
class PathsModel(Steps):
    """A small network with cross-entropy, one example, and a nudge of one weight.

    Parameters
    ----------
    sizes : sequence of 3 to 5 ints, 2 first
        Neurons in each layer.
    activation : {"sigmoid", "tanh", "relu"}
    weight : (int, int, int)
        (l, j, k) of the slides' w_{jk}^l, from neuron k of layer l-1 to neuron j of layer l; all
        count from 1, and the input is layer 1.
    size : float
        The size of the nudge Δw.
    sign : {1, -1}
        Its direction.
    at : int
        The step that is shown, from 0.
    seed : int
        For the weights, where W and b do not give them.
    x : (float, float)
        The example.
    y : int
        Its class, from 0.
    W, b : nested lists, or None
        Weights and biases of each step from layer to layer.
    """

    sizes: tuple = (2, 3, 2, 2)
    activation: str = "sigmoid"
    weight: tuple = (2, 1, 1)
    size: float = 0.1
    sign: int = 1
    at: int = 0
    seed: int = 591
    x: tuple = (1.0, 0.5)
    y: int = 0
    W: list | None = None
    b: list | None = None

    def __post_init__(self):
        self.sizes = tuple(self.sizes)
        if not 3 <= len(self.sizes) <= 5 or self.sizes[0] != 2 or self.sizes[-1] != 2:
            raise ValueError(
                "sizes must name 3 to 5 layers, 2 neurons in the first and in the last, "
                f"like [2, 3, 2, 2]; got {list(self.sizes)}."
            )
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {list(ACTIVATIONS)}; got {self.activation!r}."
            )
        if self.sign not in (1, -1):
            raise ValueError(f"sign must be 1 or -1; got {self.sign!r}.")
        if not self.size > 0:
            raise ValueError(f"size must be above 0; got {self.size!r}.")
        if len(self.x) != 2:
            raise ValueError(f"x must hold two numbers; got {self.x!r}.")
        if self.y not in (0, 1):
            raise ValueError(f"y must be class 0 or 1; got {self.y!r}.")
        self._build()
        self._select(self.weight)
        self.go(self.at)

    def _build(self):
        """Make the network, with weights of one decimal, so that one can compute by hand."""
        self.net = MLP(self.sizes, self.activation, dtype=np.float64)
        rng = np.random.default_rng(self.seed)
        for layer in self.net.linear:
            layer.W[...] = rng.normal(0, 1.2, layer.W.shape).round(1)
            layer.b[...] = rng.normal(0, 0.6, layer.b.shape).round(1)
        for name in ("W", "b"):
            self._take(name, getattr(self, name))

    def _take(self, name, values):
        """Copy given weights or biases into the network."""
        for k, layer in enumerate(self.net.linear):
            own = getattr(layer, name)
            given = own if values is None else np.array(values[k], dtype=float)
            if given.shape != own.shape:
                raise ValueError(
                    f"{name}[{k}] must have shape {own.shape}; it has shape {given.shape}."
                )
            own[...] = given

    def _select(self, weight):
        """Choose a weight, by its slide name (l, j, k)."""
        weight = tuple(weight)
        if weight not in self.weights():
            raise ValueError(f"selected must be a weight (l, j, k) of the network; got {weight!r}.")
        self.weight = weight

    def weights(self):
        """Return the slide names (l, j, k) of all weights."""
        return [
            (layer, j, k)
            for layer in range(2, len(self.sizes) + 1)
            for j in range(1, self.sizes[layer - 1] + 1)
            for k in range(1, self.sizes[layer - 2] + 1)
        ]

    @property
    def place(self):
        """(k, i, j), under which `nnlib.paths` knows the weight."""
        layer, j, k = self.weight
        return layer - 1, j - 1, k - 1

    def stages(self):
        """Return what each step shows: ("start",), ("layer", l), …, ("cost",), ("path", 0), …."""
        layer, *_ = self.weight
        later = self.sizes[layer:]
        travel = [("layer", number) for number in range(layer, len(self.sizes) + 1)]
        listed = [("path", index) for index in range(math.prod(later))]
        return (("start",), *travel, ("cost",), *listed, ("sum",))

    @property
    def n_steps(self):
        """int: the number of the last step."""
        return len(self.stages()) - 1

    def state(self):
        """Return the parameters as plain values."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {"sizes": list(self.sizes), "weight": list(self.weight), "x": list(self.x)}

    def change(self, name, value):
        """Set a parameter."""
        if name == "at":
            self.go(value)
        elif name == "weight":
            self._select(value)
            self.at = min(self.at, self.n_steps)
        else:
            setattr(self, name, tuple(value) if name == "sizes" else value)
        if name in ("sizes", "seed"):
            self.W = self.b = None
        if name == "sizes":
            self.weight, self.at = (2, 1, 1), 0
        if name in ("sizes", "seed", "activation"):
            self._build()

    def snapshot(self):
        """Return the picture of this moment."""
        k, i, j = self.place
        step = self.sign * self.size
        moved = paths.nudge(self.net, self.x, self.y, k, i, j, step)
        listed = paths.paths(moved.before, k, i, j)
        offsets = np.linspace(-REACH, REACH, POINTS_OF_CURVE) * self.size
        w = moved.before.W[k][i, j]
        return Snapshot(
            sizes=self.sizes,
            weight=self.weight,
            step=step,
            at=self.at,
            stages=self.stages(),
            nudge=moved,
            paths=tuple(listed),
            running=tuple(accumulate(path.product for path in listed)),
            gradient=float(moved.before.dW[k][i, j]),
            numerical=float(gradcheck.numerical_gradient(self._cost, np.array([w]))[0]),
            shrinking=tuple(self._shrink(step / part) for part in SHRINK),
            offsets=offsets,
            costs=np.array([self._cost([w + offset]) for offset in offsets]),
            line=tuple(self._shrink(offset)[1] for offset in offsets[[0, -1]]),
            note=self._note(moved),
            controls=self._controls(),
        )

    def _cost(self, w):
        """The cost with another value of the weight, which is put back afterwards."""
        k, i, j = self.place
        weights = self.net.linear[k - 1].W
        before = weights[i, j]
        try:
            weights[i, j] = w[0]
            return self.net.loss(np.array([self.x]), [self.y])
        finally:
            weights[i, j] = before

    def _shrink(self, step):
        moved = paths.nudge(self.net, self.x, self.y, *self.place, step)
        return step, moved.predicted_dC, moved.dC

    def _note(self, moved):
        """Say where a rate factor of 0 or a kink spoils the prediction."""
        if self.activation != "relu":
            return ""
        for layer, z in moved.before.z.items():
            crossed = (z > 0) != (moved.after.z[layer] > 0)
            if 1 < layer < len(self.sizes) and crossed.any():
                name = f"neuron {crossed.argmax() + 1} of layer {layer}"
                return (
                    f"The nudge carries z of {name} across 0, the kink of ReLU. The slope there "
                    "is another one, so the prediction fails: make the nudge smaller."
                )
        return ""

    def _controls(self):
        names = ("sizes", "activation", "weight", "size", "sign", "seed", "at")
        return {name: getattr(self, name) for name in names}


class PathsCanvas(Canvas):
    """The network, the step at hand, the shrinking nudge, and the list of paths."""

    _esm = module("paths")
    _css = styles("diagram", "paths")


class PathsView(SteppedView):
    """A nudge of one weight travels to the cost, slide equations (11) to (17).

    Choose a weight from the list or by its line in the network, and step through: the change at
    every neuron, measured by two passes beside rate × change; then every path with its rate
    factors, their product, and the running sum against ∂C/∂w.

    Parameters
    ----------
    preset : str or None
        One of `PathsView.presets`.
    show : list of str or None
        Controls to show, among preset, sizes, activation, weight, sign, size, seed, run, back,
        step, at, reset, and parts of the picture beside the network: stage (the step in
        numbers), shrinking (prediction and measurement), paths (their list). None for all; if
        no part is named, all parts.
    **state
        See `PathsModel`.
    """

    Model = PathsModel
    CanvasClass = PathsCanvas
    parts: ClassVar = ("stage", "shrinking", "paths")
    presets: ClassVar = {
        "one weight, four paths": Preset(
            "Press Step: the change travels from layer to layer, then each of the four paths "
            "adds its product, and their sum is the gradient.",
        ),
        "a weight of the last layer": Preset(
            "There is nothing between this weight's neuron and the cost: "
            "one path, with two rate factors.",
            {"weight": (4, 1, 2), "at": 4},
        ),
        "eighteen paths": Preset(
            "One layer more, and there are 18 paths. In ten layers of ten neurons there would be "
            "a billion: nobody can list them, and backpropagation need not.",
            {"sizes": (2, 3, 3, 3, 2), "at": 24, "seed": 45},
        ),
        "a nudge too large": Preset(
            "Predicted and measured change differ a lot: a rate holds only near the weight. "
            "Make Δw smaller and watch the curve become straight.",
            {"size": 3.0, "sign": -1, "at": 4},
        ),
        "paths that cancel": Preset(
            "Each path carries something, but one goes up and the other down by as much: "
            "the cost does not feel this weight.",
            {
                "sizes": (2, 2, 2),
                "at": 6,
                "W": [[[1.0, 0.5], [0.5, -1.0]], [[1.0, 0.5], [1.0, -0.5]]],
                "b": [[0.0, 0.0], [0.0, 0.0]],
            },
        ),
        "saturated: the change dies out": Preset(
            "The neuron's z is 9: there the sigmoid is flat, the first rate factor is about "
            "0.0001, and hardly anything of the nudge arrives.",
            {
                "at": 4,
                "W": [
                    [[6.0, 2.0], [0.7, -0.4], [-0.9, 1.1]],
                    [[1.2, -0.8, 0.5], [-0.6, 0.9, 1.0]],
                    [[1.5, -0.7], [-1.1, 0.8]],
                ],
                "b": [[2.0, 0.3, 0.1], [0.2, -0.1], [0.0, 0.0]],
            },
        ),
        "a dead ReLU": Preset(
            "The neuron's z is below 0 and stays there: its slope is 0, so every path has "
            "a factor 0, and the cost does not move at all.",
            {
                "activation": "relu",
                "at": 4,
                "W": [
                    [[-1.0, -0.8], [0.7, 0.4], [0.9, 1.1]],
                    [[1.2, 0.8, 0.5], [0.6, 0.9, 1.0]],
                    [[1.5, -0.7], [-1.1, 0.8]],
                ],
                "b": [[0.0, 0.3, 0.1], [0.2, 0.1], [0.0, 0.0]],
            },
        ),
        "an input of 0": Preset(
            "This weight multiplies an input of 0: however it is nudged, it forwards nothing.",
            {"weight": (2, 1, 2), "x": (1.0, 0.0), "at": 4},
        ),
        "a kink on the way": Preset(
            "The nudge lifts a ReLU's z from −0.05 across 0: the prediction, made with slope 0, "
            "says that nothing happens. Make Δw 0.03, and it is right again.",
            {
                "activation": "relu",
                "size": 0.3,
                "at": 4,
                "W": [
                    [[0.2, -0.5], [0.7, 0.4], [0.9, 1.1]],
                    [[1.2, 0.8, 0.5], [0.6, 0.9, 1.0]],
                    [[1.5, -0.7], [-1.1, 0.8]],
                ],
                "b": [[0.0, 0.3, 0.1], [0.2, 0.1], [0.0, 0.0]],
            },
        ),
    }

    def make_controls(self):
        """Return the network, the weight, the nudge and the steps."""
        model = self.model
        names = {"relu": "ReLU"}
        return {
            "sizes": dropdown("Network", _network_options(model.sizes), model.sizes),
            "activation": dropdown("", [(names.get(a, a), a) for a in ACTIVATIONS], "sigmoid"),
            "seed": widgets.BoundedIntText(
                value=model.seed,
                min=0,
                max=999,
                description="Seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="100px"),
            ),
            "weight": dropdown("Weight", self._weight_options(), model.weight),
            "sign": toggle([("+", 1), ("−", -1)], model.sign),
            "size": choice_slider("size of Δw", NUDGES, model.size),
            **self.step_controls(),
        }

    def arrange(self):
        """Return the rows: network, weight and nudge, steps, canvas."""
        return [
            ["sizes", "activation", "seed"],
            ["weight", "size", "sign"],
            ["back", "step", "run", "at", "reset"],
            self.canvas,
        ]

    def follow(self):
        """Offer the weights and the steps of this network."""
        options = self._weight_options()
        if self.controls["weight"].options != options:
            self.controls["weight"].options = options
        super().follow()

    def _weight_options(self):
        return tuple((plain_name(weight), weight) for weight in self.model.weights())

    def on_gesture(self, gesture):
        """Choose a weight, or show a step."""
        if gesture["kind"] == "step":
            self.change("at", gesture["at"])
        elif gesture["kind"] == "weight":
            k, i, j = gesture["edge"]
            self.change("weight", (k + 1, i, j))
        else:
            raise ValueError(f"selected must be a weight or a step; got {gesture!r}.")

    def frame(self, s):
        """Return the drawing, the tables and the list, with every number as text."""
        trace, stage = s.nudge.before, s.stages[s.at]
        first_path = s.stages.index(("path", 0))
        current = s.at - first_path if stage[0] == "path" else None
        layer, j, k = s.weight
        return {
            "sizes": [*s.sizes, 1],
            "weight": {
                "edge": [layer - 1, j, k],
                "value": f"{symbol(s.weight)} = {_short(trace.W[layer - 1][j - 1, k - 1])}",
                "change": f"Δw = {_short(s.step, '+')}",
            },
            "neurons": [
                [_neuron(s, level, i) for i in range(size)]
                for level, size in enumerate(s.sizes, start=1)
            ],
            "cost": {
                "text": f"{trace.loss:.2f}",
                "measured": signed(s.nudge.dC),
                "predicted": signed(s.nudge.predicted_dC),
                "reached": stage[0] in ("cost", "sum"),
            },
            "edges": _edges(s),
            "moving": _moving(s, stage),
            "path": [] if current is None else _path_edges(s, current),
            "rates": [] if current is None else [number(rate) for rate in s.paths[current].rates],
            "stage": _stage(s, stage),
            "n_steps": len(s.stages) - 1,
            "at": s.at,
            "first_path": first_path,
            "paths": [_path_row(s, index, s.at - first_path) for index in range(len(s.paths))],
            "axis": _axis(s),
            "current": current,
            "check": _check(s, stage),
            "shrinking": _shrinking(s),
            "curve": _curve(s),
        }

    def label(self, s):
        """Return the picture in words."""
        return (
            f"A {'-'.join(map(str, s.sizes))} network. Weight {plain_name(s.weight)} is changed by "
            f"{signed(s.step)}: predicted change of the cost {signed(s.nudge.predicted_dC)}, "
            f"measured {signed(s.nudge.dC)}. Paths to the cost: {len(s.paths)}, with the sum "
            f"{number(s.running[-1])}."
        )

    def code(self):
        """Return the paths, their sum and the nudge, with public names."""
        m = self.model
        k, i, j = m.place
        W = [layer.W.tolist() for layer in m.net.linear]
        b = [layer.b.tolist() for layer in m.net.linear]
        return (
            "import numpy as np\n"
            "from nnlib import MLP, gradcheck, paths\n\n"
            f'net = MLP({list(m.sizes)}, "{m.activation}", dtype="float64")\n'
            f"W = {W}\n"
            f"b = {b}\n"
            "for layer, W_k, b_k in zip(net.linear, W, b):\n"
            "    layer.W[...], layer.b[...] = W_k, b_k\n"
            f"x, y = np.array({list(m.x)}), {m.y}\n\n"
            f"# {plain_name(m.weight)} of the slides is trace.W[{k}][{i}, {j}]\n"
            f"moved = paths.nudge(net, x, y, {k}, {i}, {j}, step={m.sign * m.size:g})\n"
            'print("predicted", moved.predicted_dC, "measured", moved.dC)\n\n'
            "trace = net.trace(x, y)\n"
            f"for path in paths.paths(trace, {k}, {i}, {j}):\n"
            '    print(path.neurons, path.rates, "product", path.product)\n'
            f"total = sum(path.product for path in paths.paths(trace, {k}, {i}, {j}))\n"
            f'print("sum", total, "trace.dW", trace.dW[{k}][{i}, {j}])\n\n'
            "def cost(w):\n"
            f"    net.linear[{k - 1}].W[{i}, {j}] = w[0]\n"
            "    return net.loss(x[None], [y])\n\n"
            f"numerical = gradcheck.numerical_gradient(cost, trace.W[{k}][{i}, {j} : {j + 1}])\n"
            'print("numerical", numerical)'
        )

    def still(self):
        """Return the network with its paths, and beside it their products, or the curve."""
        s = self.model.snapshot()
        beside = {"paths": _draw_products, "shrinking": _draw_cost}
        shown = [draw for part, draw in beside.items() if self.shows(part)][:1]
        n = 1 + len(shown)
        fig = plots.figure(1, n, size=(4.75 * n, 3.6), alt=self.label(s))
        lit = {edge for index in range(len(s.paths)) for edge in map(tuple, _path_edges(s, index))}
        diagram.draw(fig.axes[0], [*s.sizes, 1], lit, _still_names(s))
        fig.axes[0].set_title(f"Every path from ${symbol(s.weight)}$ to the cost")
        for ax, draw in zip(fig.axes[1:], shown, strict=True):
            draw(ax, s)
        return fig


def _draw_products(ax, s):
    places = np.arange(len(s.paths))
    ax.bar(places, [path.product for path in s.paths], color=plots.COLOURS[0], label="path")
    ax.bar(len(places), s.running[-1], color=plots.COLOURS[5], hatch="//", label="sum")
    ax.set_xticks([*places, len(places)], [*(str(p + 1) for p in places), "Σ"])
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_title("Product of each path, and their sum")
    ax.legend()


def _draw_cost(ax, s):
    before = s.nudge.before.loss
    ax.plot(s.offsets, s.costs - before, label="measured")
    ax.plot(s.offsets[[0, -1]], s.line, label="predicted by the gradient")
    ax.plot(s.step, s.nudge.dC, "o", color=plots.COLOURS[0])
    ax.set(title="Change of the cost", xlabel=f"change of ${symbol(s.weight)}$")
    ax.legend()


def symbol(weight):
    """Return the slides' symbol of a weight, such as w_{11}^{2}."""
    layer, j, k = weight
    return f"w_{{{j}{k}}}^{{{layer}}}"


def plain_name(weight):
    """Return a weight's symbol as plain text, such as w₁₁²."""
    layer, j, k = weight
    return f"w{str(j) + str(k)}".translate(LOWERED) + str(layer).translate(RAISED)


def _network_options(sizes):
    known = sorted({*NETWORKS, tuple(sizes)}, key=lambda item: (len(item), item))
    return [("-".join(map(str, item)), item) for item in known]


def _short(value, sign=""):
    """Return a number without decimals that say nothing."""
    return f"{value:{sign}g}".replace("-", "−")


def _activation(layer, i):
    return f"a_{{{i}}}^{{{layer}}}"


def _reached(s, layer):
    """Say whether the change has arrived at this layer in the step that is shown."""
    return layer >= s.weight[0] and s.at >= layer - s.weight[0] + 1


def _neuron(s, layer, i):
    """What is written at a neuron."""
    before = s.nudge.before
    change, predicted = s.nudge.da[layer][i], s.nudge.predicted_da[layer][i]
    listing = s.stages[s.at][0] == "path"  # then the picture shows rate factors instead
    reached = _reached(s, layer) and not listing and bool(change or predicted)
    return {
        "symbol": _activation(layer, i + 1),
        "a": f"{before.a[layer][i]:.2f}".replace("-", "−"),
        "reached": reached,
        "way": int(np.sign(change)),
        "measured": signed(change),
        "predicted": signed(predicted),
    }


def _edges(s):
    """The weights of every step as numbers, for the widths of lines; the cost has its rates."""
    trace = s.nudge.before
    rates = paths.cost_rates(trace)
    return [*(trace.W[k].tolist() for k in trace.W), [rates.tolist()]]


def _moving(s, stage):
    """The edges along which the change travels in this step."""
    layer, j, k = s.weight
    if stage == ("layer", layer):
        return [[layer - 1, j, k]]
    if stage[0] == "layer" or stage[0] == "cost":
        level = stage[1] if stage[0] == "layer" else len(s.sizes) + 1
        sizes = (*s.sizes, 1)
        starts = [j] if level == layer + 1 else range(1, sizes[level - 2] + 1)
        return [[level - 1, i, q] for i in range(1, sizes[level - 1] + 1) for q in starts]
    return []


def _path_edges(s, index):
    """The edges of a path, from its weight's to the cost's."""
    layer, _, k = s.weight
    neurons = (k, *(n + 1 for n in s.paths[index].neurons), 1)
    steps = enumerate(pairwise(neurons))
    return [[layer - 1 + place, end, start] for place, (start, end) in steps]


def _path_row(s, index, shown):
    """One line of the list of paths; its running sum waits until the path was shown."""
    layer = s.weight[0]
    path = s.paths[index]
    places = enumerate(path.neurons)
    route = " → ".join(_activation(layer + place, n + 1) for place, n in places)
    return {
        "route": f"{route} → C",
        "factors": " · ".join(bracketed(rate) for rate in reversed(path.rates)),
        "product": signed(path.product),
        "running": number(s.running[index]) if index <= shown else "",
        "bar": sorted(_shares(s, [s.running[index] - path.product, s.running[index]])),
        "way": int(np.sign(path.product)),
    }


def _shares(s, values):
    """Places on the axis of the running sum, from 0 at its left end to 1 at its right."""
    ends = [0.0, s.gradient, *s.running]
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    return [round((value - low) / width, 5) for value in values]


def _axis(s):
    zero, target = _shares(s, [0.0, s.gradient])
    return {"zero": zero, "target": target}


def _shrinking(s):
    """Prediction and measurement for ever smaller nudges, and how fast they come together."""
    rows, gaps = [], []
    for step, predicted, measured in s.shrinking:
        gaps.append(abs(measured - predicted))
        rows.append([signed(step), signed(predicted), signed(measured), number(gaps[-1])])
    if min(gaps) == 0:
        which = "A smaller nudge is" if max(gaps) else "These changes are"
        words = f"{which} predicted to the last digit."
    else:
        times = [f"{round(large / small):,}" for large, small in pairwise(gaps)]
        words = f"Each nudge is 10 times smaller than the one above; the gap is {times[0]} times"
        words += f" smaller, and {times[1]} times again." if times[0] != times[1] else " smaller."
    return {"rows": rows, "words": words}


def _check(s, stage):
    """The sum of the paths beside the gradient, computed in two other ways."""
    k, i, j = s.weight[0] - 1, s.weight[1] - 1, s.weight[2] - 1
    return {
        "shown": stage[0] == "sum",
        "rows": [
            ["sum of the paths, equation (17)", number(s.running[-1], 6)],
            [f"backpropagation: trace.dW[{k}][{i}, {j}]", number(s.gradient, 6)],
            ["gradcheck.numerical_gradient", number(s.numerical, 6)],
        ],
    }


def _stage(s, stage):
    """The step at hand: a title, the slides' equation, and a table or a sentence."""
    w = symbol(s.weight)
    layer, j, _ = s.weight
    a = _activation(layer, j)
    if stage[0] == "start":
        return {
            "title": "Before the nudge",
            "formula": f"Δ{w} = {signed(s.step)}",
            "words": "One real pass through the network: each neuron shows its activation, and "
            "C is the cost. Press Step to nudge the weight.",
        }
    if stage == ("layer", layer):
        return {
            "title": "The nudge changes one neuron",
            "formula": rf"Δ{a} ≈ \frac{{∂{a}}}{{∂{w}}} Δ{w}",
            "number": "(12)",
            **_change_table(s, layer),
        }
    if stage[0] == "layer":
        here, before = _activation(stage[1], "q"), _activation(stage[1] - 1, "j")
        sum_sign = "" if stage[1] == layer + 1 else r"\sum_j "
        return {
            "title": f"The change reaches layer {stage[1]}",
            "formula": rf"Δ{here} ≈ {sum_sign}\frac{{∂{here}}}{{∂{before}}} Δ{before}",
            "number": "(13)",
            **_change_table(s, stage[1]),
        }
    if stage[0] == "cost":
        last = _activation(len(s.sizes), "m")
        return {
            "title": "The change reaches the cost",
            "formula": rf"ΔC ≈ \sum_m \frac{{∂C}}{{∂{last}}} Δ{last} = \frac{{∂C}}{{∂{w}}} Δ{w}",
            "number": "(11)",
            **_cost_table(s),
        }
    if stage[0] == "path":
        return _path_stage(s, stage[1])
    return {
        "title": "All paths together",
        "formula": rf"\frac{{∂C}}{{∂{w}}} = \sum |products of all paths|",
        "number": "(17)",
        "words": f"The sum is {number(s.running[-1], 6)}. Backpropagation finds the same number "
        "without listing a single path.",
    }


def _change_table(s, layer):
    """Measured and predicted changes of a layer's neurons."""
    n = s.nudge
    first = layer == s.weight[0]
    rows = []
    for i in range(s.sizes[layer - 1]):
        if first and i != s.weight[1] - 1:
            continue
        rows.append(
            {
                "name": _activation(layer, i + 1),
                "product": _rate_times_change(s, layer, i),
                "cells": [
                    ["Δz", signed(n.predicted_dz[layer][i]), signed(n.dz[layer][i])],
                    ["Δa", signed(n.predicted_da[layer][i]), signed(n.da[layer][i])],
                ],
            }
        )
    return {"rows": rows}


def _rate_times_change(s, layer, i):
    """Rate × change at a neuron, in numbers; a sum where several edges bring a change."""
    n = s.nudge
    k, row, column = s.weight[0] - 1, s.weight[1] - 1, s.weight[2] - 1
    if layer == s.weight[0]:
        rate = paths.weight_rate(n.before, k, row, column)
        return f"{bracketed(rate)} · {bracketed(s.step)}"
    rates, changes = paths.edge_rates(n.before, layer - 1)[i], n.predicted_da[layer - 1]
    starts = [row] if layer == s.weight[0] + 1 else range(len(rates))
    return " + ".join(f"{bracketed(rates[j])} · {bracketed(changes[j])}" for j in starts)


def _cost_table(s):
    n = s.nudge
    last = len(s.sizes)
    rates, changes = paths.cost_rates(n.before), n.predicted_da[last]
    starts = [s.weight[1] - 1] if s.weight[0] == last else range(len(rates))
    product = " + ".join(f"{bracketed(rates[m])} · {bracketed(changes[m])}" for m in starts)
    cells = [["ΔC", signed(n.predicted_dC), signed(n.dC)]]
    return {"rows": [{"name": "C", "product": product, "cells": cells}]}


def _path_stage(s, index):
    """One path: its rate factors in the slides' order, from the cost back to the weight."""
    layer = s.weight[0]
    path = s.paths[index]
    names = [_activation(layer + place, n + 1) for place, n in enumerate(path.neurons)]
    over, under = ["C", *reversed(names)], [*reversed(names), symbol(s.weight)]
    rates = list(zip(over, under, reversed(path.rates), strict=True))
    return {
        "title": f"Path {index + 1} of {len(s.paths)}: one rate factor for each edge",
        "formula": "",
        "number": "(15)",
        "factors": [[rf"\frac{{∂{a}}}{{∂{b}}}", number(rate)] for a, b, rate in rates],
        "product": number(path.product),
        "words": f"The sum so far: {number(s.running[index])}.",
    }


def _curve(s):
    """The cost around the weight, and the line that the gradient predicts, in shares of the box."""
    predicted = s.nudge.before.loss + np.array(s.line)
    low = min(s.costs.min(), predicted.min())
    high = max(s.costs.max(), predicted.max())
    room = 0.06 * (high - low) or 1.0

    def height(cost):
        return np.round((np.asarray(cost) - low + room) / (high - low + 2 * room), 5)

    reach = s.offsets[-1]
    return {
        "real": height(s.costs).tolist(),
        "line": height(predicted).tolist(),
        "start": float(height(s.nudge.before.loss)),
        "at": float(0.5 + s.step / (2 * reach)),
        "measured": float(height(s.nudge.after.loss)),
        "predicted": float(height(s.nudge.before.loss + s.nudge.predicted_dC)),
        "ends": [signed(-reach), "0", signed(reach)],
        "highest": number(high),
        "lowest": number(low),
    }


def _still_names(s):
    names = [
        [f"${_activation(layer, i + 1)}$" for i in range(size)]
        for layer, size in enumerate(s.sizes, start=1)
    ]
    return [*names, ["$C$"]]

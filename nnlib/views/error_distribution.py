"""V10, error distribution: the error signal walks back, and each weight gets its fair share."""

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from nnlib import MLP, gradcheck, paths, plots
from nnlib.trace import Trace
from nnlib.views import diagram
from nnlib.views.base import Preset
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import dropdown, slider, toggle
from nnlib.views.error_words import (
    derivation,
    heading,
    names_in_code,
    plain_name,
    recursion,
    steps,
    symbol,
    weight_symbol,
)
from nnlib.views.formula import number, short
from nnlib.views.steps import SteppedView, Steps

WALKS = ("seven steps", "eight steps")
ACTIVATIONS = ("sigmoid", "tanh", "relu")
LIMIT = 5.0  # of a weight and an input, on the sliders
MARGIN = 1.0  # slide equation (10)

# Numbers that one can follow by hand: z_1^{(2)} = 1.4 in the slides' 4-2-1 network.
FIRST_W = [[0.2, -0.4, 0.6, 0.3], [-0.5, 0.8, 0.1, 0.2]]
FIRST_B = [0.1, 0.0]
START = {
    "seven steps": ([FIRST_W, [[1.5, -1.0]]], [FIRST_B, [0.2]]),
    "eight steps": (
        [FIRST_W, [[1.5, -1.0], [0.5, 2.0]], [[1.2, -0.8]]],
        [FIRST_B, [-0.2, 0.1], [0.0]],
    ),
}


@dataclass(frozen=True)
class Snapshot:
    """What the picture shows of one moment."""

    walk: str
    weight: tuple
    at: int
    steps: tuple
    activation: str
    signal: str
    branch: str
    trace: Trace
    of_score: Trace  # the same pass, with an error of 1 at the score
    other: Trace | None  # the other input's pass, where the cost has two
    score: float
    other_score: float
    share: float
    gradient: float
    numerical: float
    note: str
    controls: dict


@dataclass
class ErrorDistributionModel(Steps):
    """The slides' 4-2-1 network, with an error signal at its end.

    Parameters
    ----------
    walk : {"seven steps", "eight steps"}
        The slides' error distribution, in the 4-2-1 network; or the step from δ^{(k)} to
        δ^{(k-1)}, in a 4-2-2-1 network, where two errors meet.
    weight : (int, int, int)
        (k, i, j) of the slides' W_{ij}^{(k)}; all count from 1.
    at : int
        The step that is shown, from 0.
    activation : {"sigmoid", "tanh", "relu"}
    signal : {"score", "cost"}
        Whose error walks back: the score's, which starts at 1 as in the slides' steps, or the
        cost's J = max(1 + s_c - s, 0), which starts at ∂J/∂s.
    branch : {"true", "corrupted"}
        The input whose pass is drawn.
    x, x_corrupted : four floats
    W, b : nested lists, or None
        Weights and biases of each step from layer to layer.
    """

    walk: str = "seven steps"
    weight: tuple = (1, 1, 4)
    at: int = 0
    activation: str = "sigmoid"
    signal: str = "score"
    branch: str = "true"
    x: tuple = (1.0, -0.5, 0.5, 2.0)
    x_corrupted: tuple = (-1.0, 0.5, 1.0, -0.5)
    W: list | None = None
    b: list | None = None

    def __post_init__(self):
        for name, known in (
            ("walk", WALKS),
            ("activation", ACTIVATIONS),
            ("signal", ("score", "cost")),
            ("branch", ("true", "corrupted")),
        ):
            value = getattr(self, name)
            if value not in known:
                raise ValueError(f"{name} must be one of {list(known)}; got {value!r}.")
        for name in ("x", "x_corrupted"):
            values = [float(value) for value in getattr(self, name)]
            if len(values) != 4 or not np.isfinite(values).all():
                raise ValueError(f"{name} must hold four numbers; got {values!r}.")
            setattr(self, name, values)
        self._build()
        self._select(self.weight)
        self.go(self.at)

    def _build(self):
        """Make the network with its weights."""
        W, b = START[self.walk]
        self.sizes = [4, *map(len, W)]
        loss = "max_margin" if self.signal == "cost" else "cross_entropy"
        self.net = MLP(self.sizes, self.activation, loss, delta=MARGIN, dtype=np.float64)
        for name, values in (("W", self.W or W), ("b", self.b or b)):
            for k, layer in enumerate(self.net.linear):
                own = getattr(layer, name)
                given = np.array(values[k], dtype=float)
                if given.shape != own.shape:
                    raise ValueError(
                        f"{name}[{k}] must have shape {own.shape}; it has shape {given.shape}."
                    )
                own[...] = given

    def _select(self, weight):
        """Choose a weight, by its slide name (k, i, j)."""
        weight = tuple(weight)
        if weight not in self.weights():
            raise ValueError(f"selected must be a weight (k, i, j) of this walk; got {weight!r}.")
        self.weight = weight

    def weights(self):
        """Return the slide names (k, i, j) of the weights to choose from."""
        last = 2 if self.walk == "seven steps" else 1
        return [
            (k, i, j)
            for k in range(1, last + 1)
            for i in range(1, self.sizes[k] + 1)
            for j in range(1, self.sizes[k - 1] + 1)
        ]

    @property
    def place(self):
        """(k, i, j), under which `nnlib.paths` knows the weight."""
        k, i, j = self.weight
        return k, i - 1, j - 1

    def slide_steps(self):
        """Return the slides' numbers of the steps on the way to this weight."""
        if self.walk == "eight steps":
            return (1, 2, 3, 4, 5, 6, 7, 8)
        # A weight of the last step gets its share before the error moves on.
        return (1, 2, 3, 4, 5, 6, 7) if self.weight[0] == 1 else (1, 2, 6, 7)

    @property
    def n_steps(self):
        """int: how many steps there are."""
        return len(self.slide_steps())

    def state(self):
        """Return the parameters as plain values."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {
            "weight": list(self.weight),
            "x": list(self.x),
            "x_corrupted": list(self.x_corrupted),
        }

    def change(self, name, value):
        """Set a parameter; `value` is the chosen weight's, `x1` to `x4` are the drawn input's."""
        if name == "at":
            self.go(value)
        elif name == "weight":
            self._select(value)
        elif name == "value":
            k, i, j = self.place
            self.W = [layer.W.tolist() for layer in self.net.linear]
            self.W[k - 1][i][j] = float(value)
        elif name in ("x1", "x2", "x3", "x4"):
            self._inputs()[int(name[1]) - 1] = float(value)
        else:
            setattr(self, name, value)
        if name == "walk":
            self.W = self.b = None
            self.weight, self.at = (1, *self.weight[1:]) if self.weight[0] == 1 else (1, 1, 4), 0
        self._build()
        self.at = min(self.at, self.n_steps)

    def _inputs(self):
        return self.x if self.branch == "true" else self.x_corrupted

    def snapshot(self):
        """Return the picture of this moment."""
        k, i, j = self.place
        of_score = self.net.trace([self._inputs()], dscores=1.0).example(0)
        trace, other = self._traces(of_score)
        scores = self.net.scores(np.array([self.x, self.x_corrupted]))[:, 0].tolist()
        own, others = scores if self.branch == "true" else reversed(scores)
        by_weight = self.walk == "seven steps"
        return Snapshot(
            walk=self.walk,
            weight=self.weight,
            at=self.at,
            steps=self.slide_steps(),
            activation=self.activation,
            signal=self.signal,
            branch=self.branch,
            trace=trace,
            of_score=of_score,
            other=other,
            score=own,
            other_score=others,
            share=paths.fair_share(trace, k, i, j),
            gradient=float(trace.dW[k][i, j] if by_weight else trace.db[k][i]),
            numerical=self._numerical(),
            note=self._note(trace, *scores),
            controls=self._controls(),
        )

    def _traces(self, of_score):
        """The pass whose error is drawn, and the other input's, where there is a cost."""
        if self.signal == "score":
            return of_score, None
        both = self.net.trace(self.x, self.x_corrupted)
        own = 0 if self.branch == "true" else 1
        return both.example(own), both.example(1 - own)

    def _numerical(self):
        """The derivative by differences: by the weight, or by z_j through its bias."""
        k, i, j = self.place
        layer = self.net.linear[k - 1]
        values, spot = (layer.W, (i, j)) if self.walk == "seven steps" else (layer.b, (i,))
        before = values[spot]

        def measure(value):
            values[spot] = value[0]
            if self.signal == "cost":
                return self.net.loss(np.array([self.x]), np.array([self.x_corrupted]))
            return self.net.scores(np.array([self._inputs()]))[0, 0]

        try:
            return float(gradcheck.numerical_gradient(measure, np.array([before]))[0])
        finally:
            values[spot] = before

    def _note(self, trace, s, s_corrupted):
        """Say why no error arrives, or why two numbers differ."""
        _, i, _ = self.place
        if self.signal == "cost" and not trace.loss:
            return (
                f"The true input leads by {s - s_corrupted:.2f}, and a margin of 1 is asked for: "
                "J = 0, and there is no error to send back."
            )
        if self.activation == "relu" and self.weight[0] == 1:
            z = trace.z[2][i]
            if abs(z) < 1e-4:
                return (
                    f"z of neuron {i + 1} lies on the kink of ReLU: to its left the slope is 0, "
                    "to its right 1. The code takes 0; differences find something between."
                )
            if z < 0:
                return (
                    f"z of neuron {i + 1} is below 0, where ReLU is flat: "
                    "its slope 0 stops the error."
                )
        return ""

    def _controls(self):
        k, i, j = self.place
        names = ("walk", "weight", "activation", "signal", "branch", "at")
        values = {name: getattr(self, name) for name in names}
        values["value"] = float(self.net.linear[k - 1].W[i, j])
        return values | {f"x{n}": value for n, value in enumerate(self._inputs(), start=1)}


class ErrorDistributionCanvas(Canvas):
    """The network with the error on its way, the steps, the derivation, the code's numbers."""

    _esm = module("error_distribution")
    _css = styles("diagram", "error_distribution")


class ErrorDistributionView(SteppedView):
    """The error signal walks back through the slides' network, step by step.

    Choose a weight from the list or by its line in the network, and step: the error at every
    neuron, its split along the edges, times the local gradient, and at last the fair share of
    the weight. Point at a line of the derivation, or go to it with Tab, and its part of the
    network is lit.

    Parameters
    ----------
    preset : str or None
        One of `ErrorDistributionView.presets`.
    show : list of str or None
        Controls to show, among preset, walk, weight, activation, signal, branch, value, inputs,
        run, back, step, at, reset, and parts of the picture beside the network: steps (the
        slides' list), derivation, code (each number's name). None for all; if no part is
        named, all parts.
    **state
        See `ErrorDistributionModel`.
    """

    Model = ErrorDistributionModel
    CanvasClass = ErrorDistributionCanvas
    groups: ClassVar = {"inputs": ("x1", "x2", "x3", "x4")}
    parts: ClassVar = ("steps", "derivation", "code")
    presets: ClassVar = {
        "error distribution in seven steps": Preset(
            "Press Step: an error of 1 walks back, and is multiplied by each thing that it "
            "passes, until the weight gets its fair share.",
        ),
        "a weight of the last step": Preset(
            "This weight is next to the score: the error needs no way through a hidden neuron, "
            "and the share is δ times what the neuron forwards.",
            {"weight": (2, 1, 2), "at": 4},
        ),
        "the error of the cost": Preset(
            "The cost falls when the score rises, so its error starts at −1. Switch to the "
            "corrupted input: there it starts at +1, and the two shares add up to the gradient.",
            {"signal": "cost", "at": 7},
        ),
        "margin met: no error": Preset(
            "The true input leads by more than the margin 1, so J = 0: the error starts at 0, "
            "and every weight's share is 0.",
            {"signal": "cost", "at": 7, "W": [FIRST_W, [[3.0, -2.0]]]},
        ),
        "saturated: the error vanishes": Preset(
            "z of neuron 1 is 7, where the sigmoid is flat: its slope of 0.0009 leaves almost "
            "nothing of the error for the weights behind it.",
            {
                "at": 5,
                "W": [[[1.0, -2.0, 3.0, 1.5], FIRST_W[1]], [[1.5, -1.0]]],
                "b": [[0.5, 0.0], [0.2]],
            },
        ),
        "a dead ReLU stops the error": Preset(
            "z of neuron 1 is below 0: its slope is 0, and all four weights that lead to it get "
            "a share of 0.",
            {
                "activation": "relu",
                "at": 7,
                "W": [[[-0.2, 0.4, -0.6, -0.3], [0.5, 0.2, 0.1, 0.2]], [[1.5, -1.0]]],
                "b": [[-0.1, 0.0], [0.2]],
            },
        ),
        "an input of 0 gets no blame": Preset(
            "The error arrives, but this weight had forwarded a 0: its share is 0. Choose "
            "another weight of the same neuron, and it has one.",
            {"x": (1.0, -0.5, 0.5, 0.0), "at": 7},
        ),
        "equal weights, different shares": Preset(
            "W₁₃ and W₁₄ are both 0.5, but their inputs are 0.5 and 2: choose one, then the "
            "other. The share depends on what a weight forwards, not on the weight itself.",
            {"at": 7, "W": [[[0.2, -0.4, 0.5, 0.5], FIRST_W[1]], [[1.5, -1.0]]]},
        ),
        "twin neurons": Preset(
            "Both hidden neurons have the same weights, so they get the same error and the same "
            "shares: they would stay twins for ever. This is why weights start at random.",
            {"at": 7, "W": [[FIRST_W[0], FIRST_W[0]], [[1.0, 1.0]]], "b": [[0.1, 0.1], [0.2]]},
        ),
        "δ⁽³⁾ → δ⁽²⁾ in eight steps": Preset(
            "Neuron 1 of layer 2 has forwarded its activation to two neurons: errors come back "
            "from both, and they add up.",
            {"walk": "eight steps"},
        ),
        "errors that cancel": Preset(
            "From one neuron comes a positive error, from the other a negative one of the same "
            "size: together they are 0, and nothing is left to pass on.",
            {
                "walk": "eight steps",
                "at": 8,
                "W": [FIRST_W, [[1.0, -1.0], [1.0, -1.0]], [[1.0, -1.0]]],
                "b": [FIRST_B, [0.0, 0.0], [0.0]],
            },
        ),
    }

    def make_controls(self):
        """Return the walk, the weight, the error, the steps, and the numbers to change."""
        model = self.model
        walks = [("error distribution, 7 steps", WALKS[0]), ("δ⁽³⁾ → δ⁽²⁾, 8 steps", WALKS[1])]
        names = {"relu": "ReLU"}
        return {
            "walk": dropdown("Walk", walks, model.walk),
            "weight": dropdown("Weight", self._weight_options(), model.weight),
            "activation": dropdown(
                "Activation", [(names.get(a, a), a) for a in ACTIVATIONS], model.activation
            ),
            "signal": toggle(
                [("error of the score s", "score"), ("of the cost J", "cost")], "score"
            ),
            "branch": toggle([("true input", "true"), ("corrupted input", "corrupted")], "true"),
            **self.step_controls(),
            "value": _narrow_slider("weight"),
            **{f"x{n}": _narrow_slider(f"x{'₀₁₂₃₄'[n]}") for n in range(1, 5)},
        }

    def arrange(self):
        """Return the rows: what walks where, the steps, the numbers, the canvas."""
        return [
            ["walk", "weight", "activation"],
            ["signal", "branch"],
            ["value", "x1", "x2", "x3", "x4"],
            ["back", "step", "run", "at", "reset"],
            self.canvas,
        ]

    def follow(self):
        """Offer the weights and steps of this walk, and name the chosen weight on its slider."""
        super().follow()
        options = self._weight_options()
        if self.controls["weight"].options != options:
            self.controls["weight"].options = options
        self.controls["value"].description = plain_name(self.model.weight)

    def _weight_options(self):
        return tuple((plain_name(weight), weight) for weight in self.model.weights())

    def on_gesture(self, gesture):
        """Choose a weight, or show a step."""
        if gesture["kind"] == "step":
            self.change("at", gesture["at"])
        elif gesture["kind"] == "weight":
            self.change("weight", tuple(gesture["edge"]))
        else:
            raise ValueError(f"selected must be a weight or a step; got {gesture!r}.")

    def frame(self, s):
        """Return the drawing, the steps, the derivation and the code's names, as text."""
        sizes = _sizes(s)
        shown = _shown(s)
        return {
            "sizes": sizes,
            "weight": {
                "edge": list(s.weight),
                "text": f"{weight_symbol(s)} = {short(_value(s))}",
                "share": f"share {number(s.share)}" if shown.share else "",
            },
            "choosable": [list(weight) for weight in self.model.weights()],
            "neurons": [
                [_neuron(s, k, i, shown) for i in range(1, size + 1)]
                for k, size in enumerate(sizes, start=1)
            ],
            "edges": [_edges(s, k, shown) for k in sorted(s.trace.W)],
            "moving": [list(edge) for edge in shown.moving],
            "output": _output(s),
            "at": s.at,
            "steps": steps(s),
            "heading": heading(s),
            "lines": derivation(s) if s.walk == "seven steps" else recursion(s),
            "code": names_in_code(s),
        }

    def label(self, s):
        """Return the picture in words."""
        share = f"has the share {number(s.share)}" if _shown(s).share else "has no share yet"
        return (
            f"A {'-'.join(map(str, _sizes(s)))} network with the score {number(s.score)}. "
            f"The error of the {s.signal} walks back: step {s.at} of {len(s.steps)}. "
            f"Weight {plain_name(s.weight)} {share}."
        )

    def code(self):
        """Return the pass, the error signal and the check, with public names."""
        m = self.model
        k, i, j = m.place
        cost = m.signal == "cost"
        row = 0 if m.branch == "true" else 1
        by_bias = m.walk == "eight steps"
        spot = f"net.linear[{k - 1}].b[{i}]" if by_bias else f"net.linear[{k - 1}].W[{i}, {j}]"
        loss = ', loss="max_margin"' if cost else ""
        measured = "net.loss(x[None], x_c[None])" if cost else "net.scores(x[None])[0, 0]"
        trace = (
            f"net.trace(x, x_c).example({row})  # row 0: true, row 1: corrupted"
            if cost
            else "net.trace(x, dscores=1)  # the error starts at 1"
        )
        x = m.x if cost or m.branch == "true" else m.x_corrupted
        return (
            "import numpy as np\n"
            "from nnlib import MLP, gradcheck, paths\n\n"
            f'net = MLP({m.sizes}, "{m.activation}"{loss}, dtype="float64")\n'
            f"W = {[layer.W.tolist() for layer in m.net.linear]}\n"
            f"b = {[layer.b.tolist() for layer in m.net.linear]}\n"
            "for layer, W_k, b_k in zip(net.linear, W, b):\n"
            "    layer.W[...], layer.b[...] = W_k, b_k\n"
            f"x = np.array({x})\n"
            + (f"x_c = np.array({m.x_corrupted})\n" if cost else "")
            + f"\ntrace = {trace}\n"
            "for k in (2, 3):\n"
            '    print(f"layer {k}: z", trace.z[k], "a", trace.a[k], "delta", trace.delta[k])\n'
            'print("errors along the edges", paths.error_parts(trace, 2))\n'
            'print("errors received", paths.error_received(trace, 2))\n'
            f"share = paths.fair_share(trace, {k}, {i}, {j})  # {plain_name(m.weight)}\n"
            f'print("fair share", share, "whole gradient", trace.dW[{k}][{i}, {j}])\n\n'
            "def measure(value):\n"
            f"    {spot} = value[0]\n"
            f"    return {measured}\n\n"
            + ("# a bias moves z by as much, so this is δ\n" if by_bias else "")
            + f"numerical = gradcheck.numerical_gradient(measure, np.array([{spot}]))\n"
            'print("numerical", numerical)'
        )

    def still(self):
        """Return the network with the way of the error, and the shares of a neuron's weights."""
        s = self.model.snapshot()
        fig = plots.figure(1, 2, size=(9.5, 3.6), alt=self.label(s))
        network, bars = fig.axes
        k, i, j = s.weight
        sizes = _sizes(s)
        ends = range(1, sizes[k + 1] + 1) if k + 1 < len(sizes) else ()
        way = {(k, i, j), *((k + 1, end, i) for end in ends)}
        diagram.draw(network, sizes, way, _names(sizes))
        network.set_title(f"The way of the error to ${weight_symbol(s)}$")
        shares = [paths.fair_share(s.trace, k, i - 1, n) for n in range(sizes[k - 1])]
        looks = [plots.COLOURS[5] if n == j - 1 else plots.COLOURS[0] for n in range(len(shares))]
        names = [f"${weight_symbol(s, (k, i, n + 1))}$" for n in range(len(shares))]
        drawn = bars.bar(names, shares, color=looks)
        bars.bar_label(drawn, [number(share) for share in shares], padding=3)
        bars.margins(y=0.2)
        bars.axhline(0, color="black", linewidth=0.8)
        bars.set_title(f"Shares of the weights that lead to neuron {i}")
        return fig


def _narrow_slider(name):
    """Return a slider so narrow that five fit in a row."""
    made = slider(name, 0.0, -LIMIT, LIMIT, 0.1)
    made.layout.width = "190px"
    return made


@dataclass(frozen=True)
class Shown:
    """What of the error can be seen after the steps so far; neurons are (k, i)."""

    received: frozenset = frozenset()  # neurons whose whole error at a is known
    partial: tuple | None = None  # an edge that alone has brought an error so far
    slope: frozenset = frozenset()
    delta: frozenset = frozenset()
    edges: frozenset = frozenset()  # edges that show what they carry
    moving: tuple = ()  # edges along which the error moves in this step
    share: bool = False


def _shown(s):
    step = s.steps[s.at - 1] if s.at else 0
    return _shown_of_seven(s, step) if s.walk == "seven steps" else _shown_of_eight(s, step)


def _shown_of_seven(s, step):
    hidden = s.weight[0] == 1  # the error has to go through a hidden neuron
    both = frozenset({(2, 1), (2, 2)})
    last = frozenset({(3, 1)})
    split = frozenset({(2, 1, 1), (2, 1, 2)})
    return Shown(
        received=(last if step >= 1 else frozenset())
        | (both if hidden and step >= 3 else frozenset()),
        slope=(last if step >= 2 else frozenset())
        | (both if hidden and step >= 4 else frozenset()),
        delta=(last if step >= 2 else frozenset())
        | (both if hidden and step >= 5 else frozenset()),
        edges=split if hidden and step >= 3 else frozenset(),
        moving=tuple(split) if step == 3 else (s.weight,) if step == 6 else (),
        share=step >= 6,
    )


def _shown_of_eight(s, step):
    j = s.weight[1]
    here, twin = (2, j), (2, 3 - j)
    first, second = (2, 1, j), (2, 2, j)
    others = ((2, 1, 3 - j), (2, 2, 3 - j))
    return Shown(
        received=frozenset([here] * (step >= 5) + [twin] * (step >= 6)),
        partial=first if step in (3, 4) else None,
        slope=frozenset([here] * (step >= 7)),
        delta=frozenset([(4, 1), (3, 1), (3, 2)] * (step >= 1) + [here] * (step >= 8)),
        edges=frozenset([first] * (step >= 2) + [second] * (step >= 4) + [*others] * (step >= 6)),
        moving={2: (first,), 4: (second,), 6: others}.get(step, ()),
    )


def _sizes(s):
    return [len(s.trace.a[k]) for k in sorted(s.trace.a)]


def _value(s):
    k, i, j = s.weight
    return s.trace.W[k][i - 1, j - 1]


def _neuron(s, k, i, shown):
    """What is written at neuron i of layer k."""
    trace, name = s.trace, (k, i)
    words = {
        "z_symbol": symbol("z", k, i),
        "a_symbol": symbol("a", k, i),
        "z": short(trace.z[k][i - 1], 3),
        "a": short(trace.a[k][i - 1], 3),
        "received": "",
        "slope": f"× {number(trace.slope[k][i - 1])}" if name in shown.slope else "",
        "delta": f"δ = {number(trace.delta[k][i - 1])}" if name in shown.delta else "",
    }
    if name in shown.received:
        words["received"] = number(_received(trace, k)[i - 1])
    elif shown.partial and name == (k, shown.partial[2]) and k == shown.partial[0]:
        words["received"] = number(paths.error_parts(trace, k)[shown.partial[1] - 1, i - 1])
    return words


def _received(trace, k):
    """The error at each a of a layer; at the last one it is where the error starts."""
    return trace.delta[k] if k == trace.n_layers else paths.error_received(trace, k)


def _edges(s, k, shown):
    """The weights of a step, and what each edge carries back."""
    carried = paths.error_parts(s.trace, k)
    return [
        [
            {
                "value": float(value),
                "text": f"{weight_symbol(s, (k, i, j))} = {short(value)}",
                "carried": number(carried[i - 1, j - 1]) if (k, i, j) in shown.edges else "",
            }
            for j, value in enumerate(row, start=1)
        ]
        for i, row in enumerate(s.trace.W[k], start=1)
    ]


def _output(s):
    """What stands behind the last neuron: the score, and the cost with its first derivative."""
    own, other = ("s", "s_c") if s.branch == "true" else ("s_c", "s")
    lines = [f"{own} = {short(s.score, 3)}"]
    if s.signal == "cost":
        lines += [f"{other} = {short(s.other_score, 3)}", f"J = {short(s.trace.loss, 3)}"]
    return lines


def _names(sizes):
    return [
        [f"${'x_' + str(i) if k == 1 else symbol('a', k, i)}$" for i in range(1, size + 1)]
        for k, size in enumerate(sizes, start=1)
    ]

"""V12, dropout: the sub-network that a mask leaves, and the mean over many of them."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import ipywidgets as widgets
import numpy as np
from matplotlib.ticker import MaxNLocator

from nnlib import MLP, ensemble, layers, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import button, choice_slider, dropdown, slider
from nnlib.views.formula import fixed

MOST_MASKS = 1000
COUNTS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, MOST_MASKS)
SIZES = {1: [3, 6, 1], 2: [3, 6, 5, 1]}
NAMES = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "none (linear)"}
WEIGHT_SEED = 2  # one that shows the gap between the mean and the full network
FRAMES_PER_SECOND = 10
BAND = 2  # standard errors to each side: about 95 times of 100


@dataclass(frozen=True)
class Snapshot:
    """The newest sub-network, and the mean over all so far; no array of it changes later."""

    trace: object  # of the newest sub-network
    kept: dict  # {layer: which neurons are kept}
    outputs: np.ndarray
    means: np.ndarray
    errors: np.ndarray
    lowest: float  # of the outputs of all masks that may be drawn
    highest: float
    deviation: float
    full: float
    everyone: float  # the mean over all sub-networks
    n_subnetworks: int
    p_drop: float  # as nnlib rounds it
    note: str
    controls: dict


@dataclass
class DropoutModel:
    """A small network with dropout, one input, and masks drawn one after the other.

    Parameters
    ----------
    p : float in [0, 1)
        The probability of dropping a hidden neuron.
    n : int, 1 to 1000
        How many masks have been drawn; the newest one's sub-network is shown.
    hidden : {1, 2}
        Hidden layers, of 6 neurons, or of 6 and 5.
    activation : {"relu", "tanh", "sigmoid", "linear"}
    scaled : bool
        Whether the kept neurons are multiplied by 1 / (1 - p), as nnlib does.
    seed : int
        For the masks; the weights are always the same.
    x : sequence of 3 floats
        The input.
    """

    p: float = 0.5
    n: int = 1
    hidden: int = 1
    activation: str = "relu"
    scaled: bool = True
    seed: int = 0
    x: tuple = (1.0, -0.5, 0.8)

    rate = FRAMES_PER_SECOND

    def __post_init__(self):
        if not 0 <= self.p < 1:
            raise ValueError(f"p, the probability of dropping, must lie in [0, 1); got {self.p!r}.")
        if self.n not in range(1, MOST_MASKS + 1):
            raise ValueError(f"n must be a whole number from 1 to {MOST_MASKS}; got {self.n!r}.")
        if self.hidden not in SIZES:
            raise ValueError(f"hidden must be 1 or 2; got {self.hidden!r}.")
        if self.activation not in NAMES:
            raise ValueError(f"activation must be one of {list(NAMES)}; got {self.activation!r}.")
        if np.shape(self.x) != (3,) or not np.isfinite(self.x).all():
            raise ValueError(f"x must hold 3 numbers; got {self.x!r}.")
        self.x = [float(value) for value in self.x]
        self._draw()

    def state(self):
        """Return the parameters as plain values."""
        return asdict(self)

    def change(self, name, value):
        """Set a parameter."""
        setattr(self, name, value)
        if name != "n":
            self._draw()

    def reset(self):
        """Go back to the first mask; the settings stay."""
        self.n = 1

    def step(self):
        """Draw one more mask."""
        self.n = min(self.n + 1, MOST_MASKS)

    def work(self):
        """Draw the masks of one picture: more and more, as the mean needs more and more."""
        self.n = min(self.n + max(1, self.n // 15), MOST_MASKS)
        return self.n < MOST_MASKS

    def snapshot(self):
        """Return the picture of this moment."""
        passes = self._passes
        newest = passes.example(self.n - 1)
        return Snapshot(
            trace=newest,
            kept={layer: newest.mask[layer] > 0 for layer in newest.mask}
            or {layer: np.ones(len(newest.a[layer]), bool) for layer in self._hidden_layers()},
            outputs=self._outputs[: self.n].copy(),
            means=self._means[: self.n].copy(),
            errors=self._errors[: self.n].copy(),
            lowest=float(self._outputs.min()),
            highest=float(self._outputs.max()),
            deviation=float(self._outputs.std(ddof=1)),
            full=self._full,
            everyone=self._everyone,
            n_subnetworks=2 ** sum(SIZES[self.hidden][1:-1]),
            p_drop=self._p_drop(),
            note="",
            controls={name: getattr(self, name) for name in ("p", "activation", "scaled", "seed")}
            | {"hidden": self.hidden},
        )

    def _hidden_layers(self):
        return range(2, 2 + self.hidden)

    def _p_drop(self):
        """The probability as the network uses it: 0 where it has no dropout."""
        return next((a.p_drop for a in self.net.layers if isinstance(a, layers.Dropout)), 0.0)

    def _draw(self):
        """Make the network, and let as many sub-networks as may be shown answer."""
        self.net = network(self.hidden, self.activation, self.p, self.seed)
        self._full = self.net.scores([self.x]).item()
        passes = ensemble.sample(self.net, self.x, MOST_MASKS)
        self._everyone = self._full
        if passes.mask:
            masks, probabilities = ensemble.every_mask(self.net)
            if not self.scaled:
                passes = ensemble.trace(self.net, self.x, _unscaled(passes.mask))
                masks = _unscaled(masks)
            everyone = ensemble.trace(self.net, self.x, masks)
            self._everyone = (probabilities @ everyone.a[everyone.n_layers]).item()
        self._passes = passes
        self._outputs = passes.a[passes.n_layers][:, 0]
        self._means, self._errors = ensemble.running_mean(self._outputs)

    @property
    def exact(self):
        """bool: whether only linear steps follow the dropped neurons."""
        return self.hidden == 1 or self.activation == "linear"


def network(hidden, activation, p, seed):
    """Return the view's network: always the same weights, its masks drawn with the seed."""
    sizes = SIZES[hidden]
    weights = MLP(sizes, activation="relu", seed=WEIGHT_SEED, dtype=np.float64)
    weights.linear[-1].W *= 10  # made small for training; here the score should be seen
    net = MLP(sizes, activation=activation, dropout=p, seed=seed, dtype=np.float64)
    net.load_state_dict(weights.state_dict())
    return net


def _unscaled(masks):
    return {layer: mask > 0 for layer, mask in masks.items()}


class DropoutCanvas(Canvas):
    """The sub-network, and the answers of all so far with their mean."""

    _esm = module("dropout")
    _css = styles("chart", "diagram", "dropout")


class DropoutView(View):
    """Dropout: training samples a sub-network, testing stands for the mean over all of them.

    The network is drawn with the newest mask; the plot shows the score of every sub-network
    drawn so far and their running mean, beside the full network's score.

    Parameters
    ----------
    preset : str or None
        One of `DropoutView.presets`.
    show : list of str or None
        Controls to show, among preset, run, step (New mask), reset, n, p, seed, hidden,
        activation, scaled; None for all. The parts of the picture: network, plot, facts.
    **state
        p, n, hidden, activation, scaled, seed, x: see `DropoutModel`.
    """

    Model = DropoutModel
    CanvasClass = DropoutCanvas
    parts: ClassVar = ("network", "plot", "facts")
    presets: ClassVar = {
        "one hidden layer": Preset(
            "Press ‘New mask’ a few times: every sub-network gives another score. Then press Run: "
            "their mean comes closer and closer to the full network's score.",
        ),
        "two hidden layers: near, not exact": Preset(
            "A ReLU stands behind the first dropped neurons, so the mean over all sub-networks "
            "(dashed line) is near the full network's score (solid line), but not on it.",
            {"hidden": 2, "n": 1000},
        ),
        "two linear layers: exact again": Preset(
            "Without an activation the two lines lie on each other: the dropped neurons are only "
            "multiplied and added.",
            {"hidden": 2, "activation": "linear", "n": 1000},
        ),
        "p = 0.1: few are dropped": Preset(
            "Most sub-networks are nearly the full network: the scores lie close together, and "
            "few masks give a good mean.",
            {"p": 0.1, "n": 50},
        ),
        "p = 0.9: hardly anyone is left": Preset(
            "Many masks drop all six neurons, and one that is kept counts nearly ten times: "
            "single scores lie far from the full network's.",
            {"p": 0.9, "n": 50},
        ),
        "four masks are too few": Preset(
            "By chance the first four scores lie close together, far below the full network's "
            "score. Press Run: the mean finds its way.",
            {"n": 4, "seed": 28},
        ),
        "without the scaling": Preset(
            "The kept neurons are not multiplied by 1/(1 − p), so the mean settles at half of the "
            "full network's score. Switch the scaling on.",
            {"scaled": False, "n": 1000},
        ),
    }

    def make_controls(self):
        """Return the settings, the buttons and the sliders."""
        m = self.model
        new_mask = button("New mask", "random", "Draw one more mask")
        new_mask.layout.width = "112px"
        return {
            "run": button("Run", "play", "Draw masks, or pause"),
            "step": new_mask,
            "reset": self.reset_button(),
            "n": choice_slider("masks n", COUNTS, m.n),
            "p": slider("drop with p", m.p, 0.0, 0.9, 0.05),
            "seed": widgets.BoundedIntText(
                value=m.seed,
                min=0,
                max=999,
                description="Seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="100px"),
            ),
            "hidden": dropdown("", [("1 hidden layer", 1), ("2 hidden layers", 2)], m.hidden),
            "activation": dropdown(
                "Activation", [(name, value) for value, name in NAMES.items()], m.activation
            ),
            "scaled": widgets.Checkbox(
                value=m.scaled,
                description="multiply the kept ones by 1/(1 − p)",
                indent=False,
                layout=widgets.Layout(width="auto"),
            ),
        }

    def arrange(self):
        """Return the rows: masks, settings, canvas."""
        return [
            ["run", "step", "reset", "n"],
            ["p", "scaled"],
            ["hidden", "activation", "seed"],
            self.canvas,
        ]

    def follow(self):
        """Let the slider offer the number of masks drawn; at the end there are no more to draw."""
        control, n = self.controls["n"], self.model.n
        options = tuple((str(item), item) for item in sorted({*COUNTS, n}))
        if control.options != options:
            control.options = options
        control.value = n
        for name in ("run", "step"):
            self.controls[name].disabled = n == MOST_MASKS

    def frame(self, s):
        """Return the drawing's numbers as text, and the curves."""
        trace = s.trace
        pad = 0.06 * (s.highest - s.lowest) or 0.5
        low, high = min(s.lowest, s.full, s.everyone) - pad, max(s.highest, s.full) + pad
        return {
            "sizes": SIZES[self.model.hidden],
            "weights": [trace.W[k].tolist() for k in trace.W],
            "kept": [s.kept[layer].tolist() for layer in s.kept],
            "values": [[fixed(value) for value in trace.a[layer]] for layer in trace.a],
            "x_axis": {
                "low": 0.9,
                "high": 1.1 * MOST_MASKS,
                "log": True,
                "ticks": [(1, "1"), (10, "10"), (100, "100"), (1000, "1,000")],
                "title": "masks drawn, n",
            },
            "y_axis": {"low": low, "high": high, "ticks": _ticks(low, high), "title": "score s"},
            "outputs": s.outputs.astype("<f4").tobytes(),
            "means": s.means.astype("<f4").tobytes(),
            "band": (BAND * s.errors).astype("<f4").tobytes(),
            "full": s.full,
            "everyone": s.everyone,
            "texts": self._texts(s),
        }

    def _texts(self, s):
        n_kept = int(sum(kept.sum() for kept in s.kept.values()))
        n_hidden = sum(len(kept) for kept in s.kept.values())
        n = len(s.outputs)
        factor = f"× {fixed(1 / (1 - s.p_drop))}" if self.model.scaled else "left as they are"
        error = f" ± {fixed(BAND * s.errors[-1], 3)}" if n > 1 else ""
        return {
            "mask": f"mask {n:,}: {n_kept} of {n_hidden} neurons kept",
            "factor": factor,
            "drops": f"{round(256 * s.p_drop)}/256 = {fixed(s.p_drop, 3)}",
            "output": fixed(s.outputs[-1], 3),
            "mean_caption": f"mean of {n:,} sub-network{'s' * (n > 1)}",
            "mean": f"{fixed(s.means[-1], 3)}{error}",
            "full": fixed(s.full, 3),
            "everyone_caption": f"mean of all {s.n_subnetworks:,} sub-networks",
            "everyone": fixed(s.everyone, 3),
            "verdict": self._verdict(s),
        }

    def _verdict(self, s):
        model = self.model
        if s.p_drop == 0:
            return "With p = 0 nothing is dropped: every sub-network is the full network."
        if not model.scaled:
            return (
                f"Kept neurons are not enlarged, so on average a layer passes on only "
                f"1 − p = {fixed(1 - s.p_drop, 3)} of its sum: the mean is {fixed(s.everyone, 3)}, "
                f"and the full network says {fixed(s.full, 3)}."
            )
        if model.exact:
            return (
                "Behind the dropped neurons there are only products and sums, so the mean over "
                "all masks is exactly the full network's score."
            )
        return (
            f"Behind the first dropped neurons there is a {NAMES[model.activation]}, so the mean "
            f"over all masks is not exactly the full network's score: it differs by "
            f"{fixed(abs(s.everyone - s.full), 3)}. That is little beside the differences between "
            f"single sub-networks, whose standard deviation is {fixed(s.deviation)}."
        )

    def label(self, s):
        """Return the picture in words."""
        n = len(s.outputs)
        return (
            f"A network with dropout, p = {fixed(s.p_drop)}, after {n} masks: the newest "
            f"sub-network scores {fixed(s.outputs[-1], 3)}, the mean is {fixed(s.means[-1], 3)}, "
            f"the full network scores {fixed(s.full, 3)}."
        )

    def code(self):
        """Return the numbers, computed with public names."""
        m = self.model
        ones = "{layer: mask > 0 for layer, mask in %s.items()}"
        if m.scaled or m.p == 0:
            plain = plain_all = ""
        else:
            plain = f"passes = ensemble.trace(net, x, {ones % 'passes.mask'})  # without scaling\n"
            plain_all = f"masks = {ones % 'masks'}\n"
        return (
            "from nnlib import MLP, ensemble\n\n"
            f"x = {m.x}\n"
            f"sizes = {SIZES[m.hidden]}\n"
            f'weights = MLP(sizes, seed={WEIGHT_SEED}, dtype="float64")\n'
            "weights.linear[-1].W *= 10\n"
            f'net = MLP(sizes, activation="{m.activation}", dropout={m.p:.6g}, seed={m.seed}, '
            'dtype="float64")\n'
            "net.load_state_dict(weights.state_dict())\n\n"
            f"passes = ensemble.sample(net, x, {MOST_MASKS})\n"
            f"{plain}"
            f"outputs = passes.a[passes.n_layers][:{m.n}, 0]  # a row for each mask\n"
            "means, errors = ensemble.running_mean(outputs)\n"
            'print("newest", outputs[-1], " mean", means[-1])\n'
            "full = net.scores([x]).item()\n"
            'print("full network", full)\n'
            f"{_all_masks(m, plain_all)}"
        )

    def still(self):
        """Return the scores, their mean and the full network's score as a figure."""
        s = self.model.snapshot()
        n = np.arange(1, len(s.outputs) + 1)
        fig = plots.figure(size=(6.4, 3.6), alt=self.label(s))
        ax = fig.axes[0]
        ax.plot(n, s.outputs, ".", color="#9A9A9A", label="one sub-network")
        low, high = s.means - BAND * s.errors, s.means + BAND * s.errors
        ax.fill_between(n[1:], low[1:], high[1:], color=plots.COLOURS[1], alpha=0.3)
        ax.plot(n, s.means, "-", color=plots.COLOURS[1], label="mean so far")
        ax.axhline(s.full, color=plots.COLOURS[0], label="full network")
        dashes = (0, plots.LINES[1])
        ax.axhline(s.everyone, color=plots.COLOURS[2], linestyle=dashes, label="mean of all")
        ax.set(xscale="log", xlim=(0.9, 1.1 * MOST_MASKS), xlabel="masks drawn", ylabel="score")
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        return fig


def _all_masks(model, plain):
    """The code for the mean over all sub-networks."""
    if round(256 * model.p) == 0:
        return "everyone = full  # nothing is dropped\n"
    return (
        "masks, probabilities = ensemble.every_mask(net)\n"
        f"{plain}"
        "everyone = probabilities @ ensemble.trace(net, x, masks).a[len(sizes)][:, 0]\n"
        'print("mean of all sub-networks", everyone)\n'
    )


def _ticks(low, high):
    """About five round numbers between low and high."""
    values = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [(v, f"{v:.4g}".replace("-", "−")) for v in map(float, values) if low < v < high]

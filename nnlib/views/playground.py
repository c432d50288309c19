"""V7, the playground: a network learns in the plane, and every part of it can be watched."""

from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import functional, plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import choice_slider, dropdown, slider
from nnlib.views.playground_model import (
    ALONG,
    ANY_NUMBER_OF_CLASSES,
    MAP,
    MOST_LAYERS,
    MOST_NEURONS,
    OPTIMIZERS,
    PLANE,
    RESOLUTION,
    SOURCES,
    PlaygroundModel,
)

DATA_NAMES = {"blobs": "groups", "circles": "rings", "xor": "XOR"}
ACTIVATION_NAMES = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "linear": "none (linear)",
}
LOSS_NAMES = {"cross_entropy": "cross-entropy", "hinge": "hinge"}
SPEEDS = (1, 5, 20, 200, 2000)
FIRST_WEIGHTS = (0.0, 0.1, 1.0, 5.0, 30.0)


class PlaygroundCanvas(Canvas):
    """The network with its maps, the plane, the curves, and the hidden layer's space."""

    _esm = module("playground")
    _css = styles("playground")


class PlaygroundView(View):
    """A network learns to tell points of the plane apart; slides "Neural Network: 98%" and after.

    Click a line of the network, or go to it with Tab and Page Down, and change the weight by
    dragging up and down or with the arrow keys. Click in the plane to follow one point through
    the network: every neuron then shows its z and its a.

    Parameters
    ----------
    preset : str or None
        One of `PlaygroundView.presets`.
    show : list of str or None
        Controls to show, among preset, data, n_classes, n_per_class, noise, seed, run, step,
        reset, speed, layers, neurons, activation, scale, loss, lr, batch_size, l2, dropout,
        optimizer, space, probe, and parts of the picture: training (steps, accuracy, loss),
        network, regions, hidden_space, curves. None for all; if no part is named, all parts.
    **state
        See `PlaygroundModel`.
    """

    Model = PlaygroundModel
    CanvasClass = PlaygroundCanvas
    groups: ClassVar = {
        "neurons": tuple(f"neurons_{h}" for h in range(1, MOST_LAYERS + 1)),
    }
    parts: ClassVar = ("training", "network", "regions", "hidden_space", "curves")
    presets: ClassVar = {
        "spiral, one hidden layer": Preset(
            "Press Run. Each neuron draws one line through the plane; together the eight bend the "
            "borders around the arms, and about 98 % of the points end up right.",
        ),
        "spiral, no hidden layer": Preset(
            "Without a hidden layer the borders stay straight: about half of the points are "
            "right, however long it runs.",
            {"hidden": [], "l2": 0.001},
        ),
        "XOR with two neurons": Preset(
            "The two neurons pull the plane apart until, in their own plane, one straight border "
            "separates the classes.",
            {"data": "xor", "noise": 0.3, "hidden": [2], "activation": "tanh", "seed": 2},
        ),
        "three neurons fence in a ring": Preset(
            "Each neuron gives one straight edge; three of them close the fence around the "
            "inner ring. Two cannot: try it.",
            {"data": "circles", "hidden": [3], "seed": 0},
        ),
        "five arms, two hidden layers": Preset(
            "The first layer's maps are simple, the second's are not: it combines the maps "
            "before it.",
            {
                "n_classes": 5,
                "hidden": [8, 8],
                "activation": "tanh",
                "optimizer": "Adam",
                "lr": 0.05,
            },
        ),
        "spiral through two neurons": Preset(
            "The last hidden layer has two neurons, so we see all that the scores see: the arms, "
            "unrolled, with straight borders between them.",
            {
                "hidden": [8, 8, 2],
                "activation": "tanh",
                "optimizer": "Adam",
                "lr": 0.02,
                "seed": 0,
            },
        ),
        "one point, all the way": Preset(
            "Each neuron shows z → a of the ringed point. Move the point, or click a neuron to "
            "read its sum.",
            {
                "data": "moons",
                "hidden": [3],
                "activation": "sigmoid",
                "optimizer": "Adam",
                "lr": 0.1,
                "probe": [0.5, 0.5],
                "selected": "a2_0",
                "trained": 300,
            },
        ),
        "learning rate too high": Preset(
            "Press Run: every step jumps too far, the loss rises from step to step, and soon the "
            "weights have no bounds.",
            {"activation": "leaky_relu", "lr": 10.0, "speed": 1},
        ),
        "dead ReLUs": Preset(
            "A few steps that are too large push most neurons (✗) to where they answer 0 for "
            "every point. From there no gradient brings them back.",
            {"lr": 5.0, "speed": 5, "seed": 0},
        ),
        "saturated sigmoids": Preset(
            "These neurons (✗) start far out on the flat parts of the sigmoid. Run: the maps do "
            "not move, and the loss hardly falls.",
            {
                "hidden": [4],
                "activation": "sigmoid",
                "weights": {
                    "W1": [[4.0, -3.0], [-2.0, 4.0], [3.0, 3.0], [-4.0, 1.0]],
                    "b1": [12.0, -12.0, 12.0, -12.0],
                    "W2": [[0.1, -0.2, 0.1, 0.2], [-0.1, 0.1, 0.2, -0.2], [0.2, 0.1, -0.1, 0.1]],
                    "b2": [0.0, 0.0, 0.0],
                },
            },
        ),
        "four layers of sigmoids": Preset(
            "Each layer weakens the error signal on its way back. For hundreds of steps the loss "
            "stays at ln 3 ≈ 1.10. Then try tanh.",
            {"hidden": [8, 8, 8, 8], "activation": "sigmoid"},
        ),
        "all weights start at 0": Preset(
            "All neurons begin alike and get the same gradient, so they stay alike: eight "
            "neurons do the work of one.",
            {"activation": "sigmoid", "scale": 0.0, "optimizer": "Adam", "lr": 0.05},
        ),
        "unlucky start": Preset(
            "XOR again, with another seed: this start leads to a dead end at about three "
            "quarters. Another seed often helps, and so do more neurons.",
            {"data": "xor", "noise": 0.3, "hidden": [2], "activation": "tanh", "seed": 5},
        ),
        "batch too small": Preset(
            "One point decides each step, and the next one pulls elsewhere: the loss jumps up "
            "and down. A larger batch, or a lower learning rate, calms it.",
            {"batch_size": 1, "lr": 0.5, "seed": 0},
        ),
        "learned by heart": Preset(
            "Few points, much noise, many neurons: the training loss goes to 0 while the "
            "validation loss rises.",
            {
                "data": "moons",
                "n_per_class": 20,
                "noise": 0.4,
                "hidden": [8, 8],
                "optimizer": "Adam",
                "lr": 0.02,
                "seed": 2,
            },
        ),
        "λ too strong": Preset(
            "The penalty keeps the weights so small that the borders can hardly bend. Set λ "
            "to 0 while it runs: the weights stay, and the picture wakes up.",
            {"l2": 0.01, "activation": "tanh", "seed": 0},
        ),
    }

    def make_controls(self):
        """Return the settings and the buttons."""
        m = self.model
        counts = range(1, MOST_NEURONS + 1)
        layers = _counted("hidden layer", "hidden layers", range(MOST_LAYERS + 1))
        neurons = {
            f"neurons_{h}": dropdown("of" if h == 1 else "", [(str(n), n) for n in counts], 4)
            for h in range(1, MOST_LAYERS + 1)
        }
        batches = [("all points", 0), *((str(2**p), 2**p) for p in range(8))]
        return {
            **self.run_buttons(),
            "speed": dropdown("", _counted("step", "steps", SPEEDS, " a second"), m.speed),
            "probe": widgets.Checkbox(
                value=m.probe is not None,
                description="follow one point",
                indent=False,
                layout=widgets.Layout(width="auto"),
            ),
            "data": dropdown("", [(DATA_NAMES.get(name, name), name) for name in SOURCES], m.data),
            "n_classes": dropdown("", _counted("class", "classes", range(2, 6)), m.n_classes),
            "n_per_class": dropdown(
                "", _counted("point", "points", (10, 20, 50, 100, 200), " a class"), m.n_per_class
            ),
            "noise": _narrow(slider("noise", m.used_noise, 0.0, 0.5, 0.05)),
            "seed": widgets.BoundedIntText(
                value=m.seed,
                min=0,
                max=999,
                description="seed",
                style={"description_width": "initial"},
                layout=widgets.Layout(width="95px"),
            ),
            "layers": dropdown("", layers, len(m.hidden)),
            **neurons,
            "activation": dropdown("", _named(ACTIVATION_NAMES), m.activation),
            "scale": dropdown("first weights", [(f"× {s:g}", s) for s in FIRST_WEIGHTS], m.scale),
            "space": dropdown("space of", self._spaces(), m.space),
            "loss": dropdown("", _named(LOSS_NAMES), m.loss),
            "optimizer": dropdown("", list(OPTIMIZERS), m.optimizer),
            "batch_size": dropdown("batch", batches, m.batch_size or 0),
            "lr": _narrow(choice_slider("learning rate", LEARNING_RATES, m.lr), 230),
            "l2": _narrow(choice_slider("λ", PENALTIES, m.l2), 160),
            "dropout": _narrow(slider("dropout", m.dropout, 0.0, 0.8, 0.1), 185),
        }

    def arrange(self):
        """Return the rows: running, data, network, training, and the canvas below them."""
        return [
            ["run", "step", "reset", "speed", "probe"],
            self._group("Data", ["data", "n_classes", "n_per_class", "noise", "seed"]),
            self._group(
                "Network", ["layers", *self.groups["neurons"], "activation", "scale", "space"]
            ),
            self._group("Training", ["loss", "optimizer", "batch_size", "lr", "l2", "dropout"]),
            self.canvas,
        ]

    def _group(self, caption, names):
        """A row of controls with its name in front, if there is something to name."""
        if self._hidden.issuperset(names):
            return names
        caption = widgets.HTML(f'<span class="nnb-v7-caption">{caption}</span>')
        controls = widgets.HBox([self.controls[name] for name in names]).add_class("nnb-row")
        return widgets.HBox([caption, controls]).add_class("nnb-v7-group")

    def follow(self):
        """Show the controls that this network and these data have."""
        n_hidden = len(self.model.hidden)
        self.show_control("n_classes", self.model.data in ANY_NUMBER_OF_CLASSES)
        for h in range(1, MOST_LAYERS + 1):
            self.show_control(f"neurons_{h}", h <= n_hidden)
        self.show_control("space", n_hidden > 1)
        if self.controls["space"].options != self._spaces():
            self.controls["space"].options = self._spaces()

    def _spaces(self):
        layers = range(1, len(self.model.hidden) + 1)
        return (("the last hidden layer", 0), *((f"hidden layer {h}", h) for h in layers))

    def on_gesture(self, gesture):
        """Select a part of the network, change a weight, or follow another point."""
        kind = gesture["kind"]
        if kind == "select":
            self.change("selected", gesture.get("name", "nothing"))
        elif kind == "weight":
            self.change(gesture["name"], round(float(gesture["value"]), 3))
        elif kind == "probe":
            self.change("probe", [gesture["x"], gesture["y"]])

    def frame(self, s):
        """Return what the canvas draws."""
        space = s.space
        return {
            "extent": s.extent,
            "sizes": list(s.sizes),
            "W": _floats(*s.W),
            "b": _floats(*s.b),
            "map": MAP,
            "maps": self._map_bytes(s),
            "sleeping": np.concatenate(s.sleeping).astype(np.uint8).tobytes(),
            "resolution": RESOLUTION,
            "regions": s.regions.tobytes(),
            "strength": s.strength.tobytes(),
            "X": _floats(s.X),
            "y": s.y.astype(np.uint8).tobytes(),
            "wrong": s.wrong.astype(np.uint8).tobytes(),
            "history": _floats(s.history),
            "has_batches": self.model.batch_size is not None,
            "history_limit": plots.nice_limit(max(s.highest_loss, 0.1)),
            "readout": {
                "steps": f"{s.step:,}",
                "epochs": f"{s.epoch:,.0f}",
                "loss": f"{s.loss:.3f}",
                "val_loss": f"{s.val_loss:.3f}",
                "accuracy": _percent(s.accuracy),
                "val_accuracy": _percent(s.val_accuracy),
            },
            "probe": self.model.probe,
            "probe_words": self._probe_words(s),
            "numbers": self._numbers(s),
            "selected": s.selected,
            "selected_value": self._selected_value(s),
            "selected_words": self._selected_words(s),
            "space": {
                "points": _floats(space.points),
                "grid": _floats(space.grid),
                "line": ALONG,
                "probe": None if space.probe is None else space.probe.tolist(),
                "centre": space.centre.tolist(),
                "half": space.half,
                "resolution": PLANE,
                "regions": None if space.regions is None else space.regions.tobytes(),
                "strength": None if space.strength is None else space.strength.tobytes(),
                "axes": self._axes(space),
                "title": self._space_title(space),
                "words": self._space_words(s),
            },
        }

    def _map_bytes(self, s):
        """Each neuron's map as bytes: 128 is 0, 255 its largest value, 1 the opposite of that."""
        last = len(s.maps)
        parts = []
        for k, maps in enumerate(s.maps, start=1):
            limit = np.abs(maps).max(axis=(1, 2), keepdims=True)
            if k == last:  # scores are compared with one another
                limit = np.full_like(limit, limit.max())
            elif k > 1 and self.model.activation in ("tanh", "sigmoid"):
                limit = np.ones_like(limit)
            limit[limit == 0] = 1
            parts.append(np.round(127 * maps / limit) + 128)
        return np.concatenate(parts).astype(np.uint8).tobytes()

    # Words and numbers, as the canvas shows them.

    def _numbers(self, s):
        """Below each neuron: x, z → a, or the score, of the point that is followed."""
        if s.trace is None:
            return None
        last = s.trace.n_layers
        rows = [[number(x) for x in s.trace.a[1]]]
        for k in range(2, last):
            pairs = zip(s.trace.z[k], s.trace.a[k], strict=True)
            rows.append([f"{number(z)} → {number(a)}" for z, a in pairs])
        scores = s.trace.a[last]
        if self.model.loss == "hinge":
            return [*rows, [number(score) for score in scores]]
        pairs = zip(scores, functional.softmax(scores), strict=True)
        return [*rows, [f"{number(score)} → {p:.2f}" for score, p in pairs]]

    def _probe_words(self, s):
        if s.trace is None:
            return ""
        x1, x2 = map(number, s.trace.a[1])
        scores = s.trace.a[s.trace.n_layers]
        best = int(scores.argmax())
        words = f"Point ({x1}, {x2}): class {best}"
        if self.model.loss == "cross_entropy":
            words += f" with probability {functional.softmax(scores)[best]:.2f}"
        if s.probe_class is not None:
            words += ", right" if s.probe_class == best else f", but it is of class {s.probe_class}"
        return f"{words}."

    def _selected_value(self, s):
        part, *index = s.selected.split("_")
        if part[:1] not in ("W", "b") or not s.selected:
            return None
        arrays = s.W if part[0] == "W" else s.b
        return float(arrays[int(part[1:]) - 1][tuple(map(int, index))])

    def _selected_words(self, s):
        if not s.selected:
            return "Click a line to change its weight, or a neuron to see what it computes."
        part, *index = s.selected.split("_")
        k, index = int(part[1:]), [int(i) for i in index]
        if part[0] == "a":
            return self._neuron_words(s, k, *index)
        symbol, value = _symbol(part[0], k, *index), number(self._selected_value(s))
        target = self._place_words(s, k + 1, index[0])
        if part[0] == "b":
            return f"{symbol} = {value}: bias of {target}."
        source = self._place_words(s, k, index[1])
        return f"{symbol} = {value}: weight from {source} to {target}."

    def _place_words(self, s, k, i):
        if k == 1:
            return f"x{_low(i + 1)}"
        if k == len(s.sizes):
            return f"the score of class {i}"
        return f"neuron {i + 1} of hidden layer {k - 1}"

    def _neuron_words(self, s, k, i):
        place = self._place_words(s, k, i)
        place = place[0].upper() + place[1:]
        if k == 1:
            return f"{place}, an input: one of the two numbers of a point."
        if s.trace is None:
            return f"{place}. Its map is shown large. Follow one point to see its sum."
        trace, last = s.trace, k == len(s.sizes)
        pairs = zip(trace.W[k - 1][i], trace.a[k - 1], strict=True)
        terms = " + ".join(f"{_factor(w)} · {_factor(a)}" for w, a in pairs)
        words = f"{terms} + {_factor(trace.b[k - 1][i])} = {number(trace.z[k][i])}"
        if last:
            return f"{place}: s = {words}"
        name = ACTIVATION_NAMES[self.model.activation]
        linear = self.model.activation == "linear"
        after = ", a = z" if linear else f", a = {name}(z) = {number(trace.a[k][i])}"
        return f"{place}: z = {words}{after}"

    def _axes(self, space):
        if not space.own:
            return ["widest direction", "second widest"]
        name = "x" if space.layer == 1 else "a"
        return [f"{name}{_low(1)}", f"{name}{_low(2)}"]

    def _space_title(self, space):
        if space.layer == 1:
            return "No hidden layer: the plane itself"
        return f"What hidden layer {space.layer - 1} makes of the plane"

    def _space_words(self, s):
        space, n = s.space, s.sizes[s.space.layer - 1]
        if space.layer == 1:
            return "The scores are computed from x₁ and x₂ directly: straight borders only."
        if n == 1:
            return "One neuron: the whole plane is pressed onto one line."
        straight = " Here the borders are straight." if space.regions is not None else ""
        if n == 2:
            return f"Two neurons: their a₁ and a₂ are the axes.{straight}"
        return (
            f"{n} neurons are {n} directions. Shown are the two in which the points are spread "
            f"most: {100 * space.share:.0f} % of the spread."
        )

    def label(self, s):
        """Return the picture in words."""
        return (
            f"A network with two inputs, {self._layer_words()} and "
            f"{s.sizes[-1]} scores after {s.step} steps: training loss {s.loss:.3f}, "
            f"{_percent(s.accuracy)} of {len(s.y)} points right; "
            f"validation loss {s.val_loss:.3f}, {_percent(s.val_accuracy)} right. {s.note}"
        ).strip()

    def _layer_words(self):
        hidden = self.model.hidden
        if not hidden:
            return "no hidden layer"
        if len(hidden) == 1:
            return f"a hidden layer of {hidden[0]} neuron{'s' * (hidden[0] > 1)}"
        return f"hidden layers of {', '.join(map(str, hidden))} neurons"

    def code(self):
        """Return the whole training; where somebody interfered, the weights of now."""
        m = self.model
        classes = f"n_classes={m.n_classes}, " if m.data in ANY_NUMBER_OF_CLASSES else ""
        points = f"data.{m.data}({m.n_per_class}, {classes}noise={m.used_noise:g}, seed="
        kind, _ = OPTIMIZERS[m.optimizer]
        trains = m.steps and not m.interfered
        imports = ", ".join(sorted({"MLP", "data", "plots", *([kind.__name__] if trains else [])}))
        return (
            f"{self._imports(trains)}from nnlib import {imports}\n\n"
            f"X, y = {points}{m.seed})\n"
            f"X_val, y_val = {points}{m.seed + 1})\n"
            f"{self._network_code()}"
            f"{self._training_code() if trains else ''}\n"
            'print("training (loss, accuracy):", net.evaluate(X, y))\n'
            'print("validation:", net.evaluate(X_val, y_val))\n'
            f"{self._probe_code()}"
            f"plots.decision_regions(net, X, y, extent={m.extent:g})"
        )

    def _imports(self, trains):
        lines = "import itertools\n\n" if trains and self.model.batch_size else ""
        return lines + ("import numpy as np\n" if trains and self.model.batch_size else "")

    def _network_code(self):
        m = self.model
        options = f'activation="{m.activation}", loss="{m.loss}", l2={m.l2:g}'
        options += f", dropout={m.dropout:g}" if m.dropout else ""
        lines = f"net = MLP({m.sizes}, {options}, seed={m.seed})\n"
        weights = m.plain_weights() if m.interfered else m.weights
        if weights is not None:
            return f"{lines}net.load_state_dict({weights})\n"
        return f"{lines}net.weights *= {m.scale:g}\n" if m.scale != 1 else lines

    def _training_code(self):
        m = self.model
        kind, options = OPTIMIZERS[m.optimizer]
        arguments = "".join(f", {name}={value}" for name, value in options.items())
        step = "    net.loss(X_batch, y_batch)\n    net.backward()\n    optimizer.step()\n"
        optimizer = f"optimizer = {kind.__name__}(lr={m.lr:g}{arguments}).bind(net)\n"
        if m.batch_size is None:
            loop = f"for _ in range({m.steps}):\n"
            return f"\n{optimizer}{loop}{step.replace('_batch', '')}"
        return (
            f"rng = np.random.default_rng({m.seed})\n\n\n"
            "def endless_batches():\n"
            "    while True:\n"
            f"        yield from data.batches(X, y, {m.batch_size}, rng)\n\n\n"
            f"{optimizer}"
            f"for X_batch, y_batch in itertools.islice(endless_batches(), {m.steps}):\n{step}"
        )

    def _probe_code(self):
        if self.model.probe is None:
            return ""
        return (
            f'trace = net.trace({self.model.probe})\nprint("z:", trace.z)\nprint("a:", trace.a)\n'
        )

    def still(self):
        """Return the parts that are shown: network, regions, hidden space; once trained, loss."""
        s = self.model.snapshot()
        pictures = {
            "network": lambda ax: _draw_network(ax, s, self._numbers(s)),
            "regions": self._draw_regions,
            "hidden_space": lambda ax: self._draw_hidden_space(ax, s),
        }
        if s.step:
            pictures["curves"] = lambda ax: _draw_curves(ax, s)
        shown = [draw for part, draw in pictures.items() if self.shows(part)]
        shown = shown or [self._draw_regions]
        fig = plots.figure(1, len(shown), size=(4.2 * len(shown), 3.8))
        for ax, draw in zip(fig.axes, shown, strict=True):
            draw(ax)
        fig.alt = self.label(s)
        return fig

    def _draw_regions(self, ax):
        m = self.model
        plots.decision_regions(m.net, m.X, m.y, extent=m.extent, shade=m.loss != "hinge", ax=ax)
        ax.set_title("What the network answers")

    def _draw_hidden_space(self, ax, s):
        m, space = self.model, s.space
        points, grid = space.points - space.centre, space.grid - space.centre
        for line in grid.reshape(-1, ALONG, 2):
            ax.plot(*line.T, color="#777777", linewidth=0.8, linestyle="-", zorder=1)
        if space.regions is None:
            plots.points(points, m.y, extent=space.half, ax=ax)
        else:
            last_step = m.last_step(space.centre)
            shade = m.loss != "hinge"
            plots.decision_regions(
                last_step, points, m.y, extent=space.half, lines=False, shade=shade, ax=ax
            )
        xlabel, ylabel = self._axes(space)
        title = self._space_title(space)
        ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=[], yticks=[])


def _draw_curves(ax, s):
    ax.plot(s.history[:, 0], s.history[:, 2], label="training")
    ax.plot(s.history[:, 0], s.history[:, 3], label="validation")
    ax.set(title="Loss", xlabel="step", ylim=(0, None))
    ax.legend()


def _draw_network(ax, s, numbers):
    """Neurons as squares, weights as lines: wide for large ones, dashed for negative ones."""
    columns = [[(k, (n - 1) / 2 - i) for i in range(n)] for k, n in enumerate(s.sizes)]
    for k, W in enumerate(s.W):
        for i, j in np.ndindex(W.shape):
            w = W[i, j]
            ax.plot(
                *zip(columns[k][j], columns[k + 1][i], strict=True),
                color=plots.COLOURS[5] if w < 0 else plots.COLOURS[0],
                linestyle="--" if w < 0 else "-",
                linewidth=0.4 + 4 * abs(w) / (abs(w) + 2),
                zorder=1,
            )
    for k, column in enumerate(columns):
        ax.scatter(*zip(*column, strict=True), s=150, marker="s", c="white", edgecolors="black")
        for i, (x, y) in enumerate(column):
            if numbers is not None:
                below = {"xytext": (0, -17), "textcoords": "offset points", "ha": "center"}
                paper = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8}
                ax.annotate(numbers[k][i], (x, y), bbox=paper, **below)
    ax.set_title("The network")
    ax.margins(0.15)
    ax.set_axis_off()


def number(value):
    """Return a number with two decimals and a true minus sign; large ones in fewer digits."""
    text = f"{value:.2f}" if abs(value) < 1000 else f"{value:.3g}"
    return (text.replace("-", "") if float(text) == 0 else text).replace("-", "−")


def _percent(share):
    return f"{100 * share:.1f} %"


def _values(*mantissas, powers):
    return [float(f"{m}e{power}") for power in powers for m in mantissas]


LEARNING_RATES = _values(1, 2, 5, powers=range(-4, 2))
PENALTIES = [0.0, *_values(1, 2, 5, powers=range(-5, 0))]


def _counted(one, many, values, after=""):
    return [(f"{n} {one if n == 1 else many}{after}", n) for n in values]


def _named(names):
    return [(name, key) for key, name in names.items()]


def _narrow(control, width=200):
    control.layout.width = f"{width}px"
    return control


def _floats(*arrays):
    return np.concatenate([np.ravel(a) for a in arrays]).astype("<f4").tobytes()


def _factor(value):
    """A number in a product: in brackets where it is negative."""
    text = number(value)
    return f"({text})" if text.startswith("−") else text


def _low(n):
    return str(n).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _high(n):
    return str(n).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _symbol(letter, k, *index):
    """W⁽¹⁾₂₁ or b⁽¹⁾₂, counted from 1 as in the slides."""
    return f"{letter}⁽{_high(k)}⁾" + "".join(_low(i + 1) for i in index)

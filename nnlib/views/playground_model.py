"""The playground's model: points in the plane, a network, and its training step by step."""

import inspect
import time
from dataclasses import dataclass, field, fields

import numpy as np

from nnlib import (
    MLP,
    SGD,
    AdaGrad,
    Adam,
    LinearClassifier,
    RMSProp,
    data,
    functional,
    metrics,
    plots,
)

RESOLUTION = 120  # cells across in the picture of the regions
MAP = 25  # places across in a neuron's own map
LINES, ALONG = 13, 49  # lines of the grid in each direction, and places on each of them
PLANE = 60  # cells across in a hidden layer's own plane
FRAMES_PER_SECOND = 20
WORK_SECONDS = 0.03  # for the steps of one frame
PAUSE_AFTER = 200_000  # steps; nobody watches longer
MOST_TRAINED = 5000  # steps that opening a view may make
MOST_POINTS_OF_CURVE = 200
MOST_LAYERS, MOST_NEURONS = 4, 8
LARGEST_WEIGHT = 1000.0
SATURATED_SHARE = 0.95  # of the points: a neuron is called saturated if it is flat for so many

SOURCES = {
    "spiral": data.spiral,
    "blobs": data.blobs,
    "circles": data.circles,
    "moons": data.moons,
    "xor": data.xor,
}
NOISE = {name: inspect.signature(f).parameters["noise"].default for name, f in SOURCES.items()}
ANY_NUMBER_OF_CLASSES = ("spiral", "blobs")
LOSSES = ("cross_entropy", "hinge")
OPTIMIZERS = {
    "SGD": (SGD, {}),
    "momentum": (SGD, {"momentum": 0.9}),
    "AdaGrad": (AdaGrad, {}),
    "RMSProp": (RMSProp, {}),
    "Adam": (Adam, {}),
}
# What a change of them does: start anew with other weights, or go on with the same.
RESTART = ("data", "n_classes", "seed", "layers", "activation", "scale")
NEW_POINTS = ("n_per_class", "noise")
NEW_NETWORK = ("loss", "dropout")
NEW_OPTIMIZER = (*NEW_NETWORK, "optimizer")


@dataclass(frozen=True)
class Space:
    """What one layer makes of the plane: where its points and its grid lines lie."""

    layer: int  # the slides' superscript
    own: bool  # its two neurons are the axes; else a projection
    share: float  # of the points' spread that the projection shows
    points: np.ndarray
    grid: np.ndarray  # line after line
    probe: np.ndarray | None
    centre: np.ndarray
    half: float  # from the centre to the border
    regions: np.ndarray | None  # where the scores are computed from this very plane
    strength: np.ndarray | None


@dataclass(frozen=True)
class Snapshot:
    """Everything the picture shows of one moment; no array of it changes later."""

    step: int
    epoch: float
    extent: float
    X: np.ndarray
    y: np.ndarray
    wrong: np.ndarray
    sizes: tuple
    W: tuple  # the weights from layer to layer
    b: tuple
    maps: tuple  # for every layer its activations all over the plane, (neurons, MAP, MAP)
    sleeping: tuple  # for every layer: which neurons are dead or saturated
    regions: np.ndarray
    strength: np.ndarray
    space: Space
    trace: object  # of the probe, or None
    probe_class: int | None  # of the data point under the probe
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    history: np.ndarray  # rows: step, loss of the batch, training loss, validation loss
    highest_loss: float
    selected: str
    note: str
    controls: dict


@dataclass
class PlaygroundModel:
    """A data set in the plane, a multi-layer perceptron, and its training step by step.

    Parameters
    ----------
    data : {"spiral", "blobs", "circles", "moons", "xor"}
    n_classes : int, 2 to 5
        For spiral and blobs; the others have 2 classes.
    n_per_class : int
        Training points of each class; as many others are for validation.
    noise : float or None
        What the data set's function takes as noise; None for its own default.
    seed : int
        For the points, the first weights, the batches and the dropout masks.
    hidden : list of int
        Neurons of the hidden layers: up to four layers of up to eight.
    activation : {"relu", "leaky_relu", "tanh", "sigmoid", "linear"}
    loss : {"cross_entropy", "hinge"}
    lr : float
        The learning rate.
    batch_size : int or None
        None for all points at once.
    l2 : float
        The weight of the L2 penalty, λ.
    dropout : float in [0, 0.8]
        The probability of dropping a hidden neuron in training.
    optimizer : {"SGD", "momentum", "AdaGrad", "RMSProp", "Adam"}
    scale : float
        The first weights are multiplied by it.
    weights : dict or None
        Where to start, as `nnlib.MLP.state_dict` names them; None for random weights.
    trained : int
        Steps to make before the view opens.
    probe : list of two floats, or None
        The place in the plane that is followed through the network.
    selected : str
        "W1_2_0" is the weight W1[2, 0], "b1_2" the bias b1[2], "a2_1" neuron 1 of layer 2, all
        counted from 0 but the layers; "" for none.
    space : int
        Whose space is drawn: hidden layer 1, 2, …; 0 for the last one.
    speed : int
        Steps a second while running, if the computer can.
    """

    data: str = "spiral"
    n_classes: int = 3
    n_per_class: int = 100
    noise: float | None = None
    seed: int = 1
    hidden: list = field(default_factory=lambda: [8])
    activation: str = "relu"
    loss: str = "cross_entropy"
    lr: float = 1.0
    batch_size: int | None = None
    l2: float = 0.0
    dropout: float = 0.0
    optimizer: str = "SGD"
    scale: float = 1.0
    weights: dict | None = None
    trained: int = 0
    probe: list | None = None
    selected: str = ""
    space: int = 0
    speed: int = 200

    def __post_init__(self):
        self.hidden = list(self.hidden)
        self._check()
        self._load_points()
        self._start()
        for _ in range(self.trained):
            if not self.step():
                break
        if self.selected and not self._exists(self.selected):
            raise ValueError(_wrong_selection(self.selected, self.sizes))

    @property
    def rate(self):
        """float: calls of `work` a second."""
        return min(self.speed, FRAMES_PER_SECOND)

    @property
    def used_noise(self):
        """float: the noise of the data, also where none was given."""
        return NOISE[self.data] if self.noise is None else self.noise

    @property
    def sizes(self):
        """List of int: neurons in each layer, from the two inputs to the scores."""
        return [2, *self.hidden, self.n_classes]

    def state(self):
        """Return the parameters as plain values.

        A training that nobody interfered with is its number of steps; else the weights are given.
        """
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["hidden"] = list(self.hidden)
        values["trained"] = self.steps
        if self.interfered or self.steps > MOST_TRAINED:
            values["trained"] = 0
            values["weights"] = self.plain_weights()
        return values

    def change(self, name, value):
        """Set a parameter.

        `layers`, `neurons_1`, … set `hidden`; `W1_2_0` and `b1_2` a weight and a bias; `probe`
        also takes True and False.
        """
        if name == "selected" and value and not self._exists(value):
            raise ValueError(_wrong_selection(value, self.sizes))
        if self._exists(name):
            self._edit(name, value)
        elif name == "layers":
            more = self.hidden[-1:] or [4]
            self.hidden = (self.hidden + more * MOST_LAYERS)[:value]
        elif name.startswith("neurons_"):
            self.hidden[int(name.removeprefix("neurons_")) - 1] = value
        elif name == "batch_size":
            self.batch_size = value or None
        elif name == "probe":
            self._set_probe(value)
        else:
            setattr(self, name, value)
        self._check()
        self._take_over(name)

    def reset(self):
        """Put the first weights back; settings and points stay."""
        self.trained = 0
        self._start()

    def step(self):
        """Make one step on one batch; returns False if there is no way to go on."""
        X, y = next(self._batches)
        before = self.net.parameters.copy()
        if not self._descend(X, y) or np.abs(self.net.parameters).max() > LARGEST_WEIGHT:
            self.net.parameters[:] = before
            self._optim = self._new_optimizer()
            self._diverged = True
            return False
        self.steps += 1
        self._diverged = False
        self._record()
        return self.steps % PAUSE_AFTER != 0

    def work(self):
        """Make the steps of one picture; returns False when it is time to pause."""
        end = time.monotonic() + WORK_SECONDS
        for _ in range(max(1, self.speed // FRAMES_PER_SECOND)):
            if not self.step():
                return False
            if time.monotonic() > end:
                break
        return True

    def snapshot(self):
        """Return the picture of this moment."""
        net = self.net
        regions, strength = plots.class_grid(net, self.extent, RESOLUTION)
        if self.loss == "hinge":  # it knows no probabilities
            strength = np.full_like(strength, 200)
        of_map, of_points = net.trace(self._map), net.trace(self.X)
        probe = None if self.probe is None else net.trace(np.array(self.probe, net.dtype))
        sleeping = self._sleeping(of_points)
        last = of_points.n_layers
        now = self._measure()
        return Snapshot(
            step=self.steps,
            epoch=self.steps * (self.batch_size or len(self.X)) / len(self.X),
            extent=self.extent,
            X=self.X,
            y=self.y,
            wrong=of_points.a[last].argmax(axis=1) != self.y,
            sizes=tuple(self.sizes),
            W=tuple(of_points.W.values()),
            b=tuple(of_points.b.values()),
            maps=tuple(a.T.reshape(-1, MAP, MAP) for a in of_map.a.values()),
            sleeping=sleeping,
            regions=regions,
            strength=strength,
            space=self._space(of_points, net.trace(self._grid), probe),
            trace=probe,
            probe_class=self._class_at(self.probe),
            loss=now[2],
            accuracy=self._accuracies[0],
            val_loss=now[3],
            val_accuracy=self._accuracies[1],
            history=np.array([*self._history, now]),
            highest_loss=self._highest_loss,
            selected=self.selected,
            note=self._note(sleeping),
            controls=self._controls(),
        )

    # Data and network.

    def _check(self):
        choices = {
            "data": SOURCES,
            "n_classes": range(2, 6),
            "optimizer": OPTIMIZERS,
            "loss": LOSSES,
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                got = getattr(self, name)
                raise ValueError(f"{name} must be one of {list(known)}; got {got!r}.")
        good = all(n in range(1, MOST_NEURONS + 1) for n in self.hidden)
        if not good or len(self.hidden) > MOST_LAYERS:
            raise ValueError(
                f"hidden must name up to {MOST_LAYERS} layers of 1 to {MOST_NEURONS} neurons, "
                f"such as [8, 4]; got {self.hidden!r}."
            )
        if self.trained not in range(MOST_TRAINED + 1):
            raise ValueError(
                f"trained must be a number of steps, 0 to {MOST_TRAINED}; got {self.trained!r}."
            )
        if self.probe is not None and np.shape(self.probe) != (2,):
            raise ValueError(f"probe must be a place (x1, x2) or None; got {self.probe!r}.")
        if self.data not in ANY_NUMBER_OF_CLASSES:
            self.n_classes = 2
        if self.space not in range(len(self.hidden) + 1):
            self.space = 0

    def _load_points(self):
        """Make the points to train on, and as many others to validate with."""
        options = {"n_classes": self.n_classes} if self.data in ANY_NUMBER_OF_CLASSES else {}
        (self.X, self.y), (self.X_val, self.y_val) = (
            SOURCES[self.data](self.n_per_class, noise=self.used_noise, seed=seed, **options)
            for seed in (self.seed, self.seed + 1)
        )
        # All points fit, and the border is a round number.
        self.extent = max(1.2, float(np.ceil(10.5 * np.abs(self.X).max()) / 10))
        if self.probe:
            self._set_probe(self.probe)
        self._map = self._mesh(MAP, MAP)
        level, upright = self._mesh(ALONG, LINES), self._mesh(LINES, ALONG)
        upright = upright.reshape(ALONG, LINES, 2).swapaxes(0, 1).reshape(-1, 2)
        self._grid = np.concatenate([level, upright])

    def _mesh(self, columns, rows):
        """Places all over the picture, row by row."""
        x, y = (np.linspace(-self.extent, self.extent, n) for n in (columns, rows))
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)

    def _start(self):
        self.net = self._new_net()
        self.net.weights *= self.scale
        if self.weights is not None:
            self.net.load_state_dict(self.weights)
        self._optim = self._new_optimizer()
        self._batches = self._endless_batches()
        self.steps = 0
        self.interfered = self._diverged = False
        self._history, self._every = [], 1
        self._batch_loss = None
        self._highest_loss = 0.0
        self._record()

    def _new_net(self):
        return MLP(
            self.sizes,
            self.activation,
            loss=self.loss,
            dropout=self.dropout,
            l2=self.l2,
            seed=self.seed,
        )

    def _new_optimizer(self):
        kind, options = OPTIMIZERS[self.optimizer]
        return kind(self.lr, **options).bind(self.net)

    def _endless_batches(self):
        """Yield batch after batch, in the order in which `fit` takes them."""
        rng = np.random.default_rng(self.seed)
        while True:
            if self.batch_size is None:
                yield self.X, self.y
            else:
                yield from data.batches(self.X, self.y, self.batch_size, rng)

    def _take_over(self, name):
        """Give a new setting to the network: anew, or with the weights that it has."""
        if name in RESTART or name.startswith("neurons_"):
            self.weights, self.selected = None, ""
            if name == "data":
                self.noise = None
            self._load_points()
            self.reset()
            return
        if name in NEW_POINTS:
            self._load_points()
        if name in NEW_NETWORK:
            parameters = self.net.parameters
            self.net = self._new_net()
            self.net.parameters[:] = parameters
        if name in NEW_OPTIMIZER:
            self._optim = self._new_optimizer()
        if name in (*NEW_POINTS, "batch_size"):
            self._batches = self._endless_batches()
        self.net.l2, self._optim.lr = self.l2, self.lr
        if name in (*NEW_POINTS, *NEW_OPTIMIZER, "batch_size", "l2", "lr"):
            self.interfered |= self.steps > 0
            self._diverged = False
            self._history[-1] = self._measure()

    def _descend(self, X, y):
        """Try one step; returns whether its numbers stayed finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                self._batch_loss = self.net.loss(X, y)
            except FloatingPointError:
                return False
            self.net.backward()
            self._optim.step()
        return np.isfinite(self.net.parameters).all()

    # By hand.

    def _exists(self, name):
        """Whether there is such a weight, bias or neuron."""
        shapes = {key: values.shape for key, (values, _) in self.net.named_parameters().items()}
        shapes |= {f"a{k}": (n,) for k, n in enumerate(self.sizes, start=1)}
        part, *index = str(name).split("_")
        shape = shapes.get(part, ())
        return bool(shape) and len(index) == len(shape) and all(map(_inside, index, shape))

    def _edit(self, name, value):
        part, *index = name.split("_")
        values, _ = self.net.named_parameters()[part]
        values[tuple(map(int, index))] = np.clip(value, -LARGEST_WEIGHT, LARGEST_WEIGHT)
        self.selected = name
        self.interfered, self._diverged = True, False
        self._history[-1] = self._measure()

    def plain_weights(self):
        """Return the weights of now as nested lists, {"W1": …, "b1": …}."""
        shortest = np.vectorize(
            lambda value: float(str(value))
        )  # read back, it is the same float32
        return {name: shortest(values).tolist() for name, values in self.net.state_dict().items()}

    def _set_probe(self, value):
        if value is True:
            value = self.probe or [0.5, 0.5]
        inside = value and np.clip(value, -self.extent, self.extent)
        self.probe = [round(float(x), 3) for x in inside] if value else None

    def _class_at(self, place):
        """The class of the training point at a place, or None."""
        if place is None:
            return None
        distances = np.abs(self.X - place).max(axis=1)
        return int(self.y[distances.argmin()]) if distances.min() < 2e-3 else None

    # Measuring.

    def _measure(self):
        """Step, loss of the last batch, training loss, validation loss."""
        loss, accuracy = self.net.evaluate(self.X, self.y)
        val_loss, val_accuracy = self.net.evaluate(self.X_val, self.y_val)
        batch_loss = loss if self._batch_loss is None else self._batch_loss
        self._accuracies = accuracy, val_accuracy
        self._highest_loss = max(self._highest_loss, loss, val_loss)
        return self.steps, batch_loss, loss, val_loss

    def _record(self):
        """Keep some of all steps, every second one of them when they become too many."""
        if self.steps % self._every:
            return
        self._history.append(self._measure())
        if len(self._history) > MOST_POINTS_OF_CURVE:
            self._every *= 2
            self._history = self._history[::2]

    def _sleeping(self, trace):
        """Which neurons of each layer are flat for (nearly) every point."""
        sleeping = {k: np.zeros(z.shape[1], bool) for k, z in trace.z.items()}
        if self.activation in functional.ACTIVATIONS:
            slope = functional.ACTIVATIONS[self.activation][1]
            for k in range(2, trace.n_layers):
                flat = metrics.saturated(slope(trace.z[k])).mean(axis=0)
                sleeping[k] = flat == 1 if self.activation == "relu" else flat >= SATURATED_SHARE
        return tuple(sleeping.values())

    def _space(self, of_points, of_grid, probe):
        """The space of the chosen layer; without hidden layers that is the plane itself."""
        k = 1 + (self.space or len(self.hidden))
        A, grid = of_points.a[k], of_grid.a[k]
        own = A.shape[1] <= 2
        if own:
            middle, directions, share = np.zeros(A.shape[1]), np.eye(A.shape[1], 2), 1.0
        else:
            middle, directions, share = plots.widest_plane(A, like=self.X)
        points, lines = (A - middle) @ directions, (grid - middle) @ directions
        spot = None if probe is None else (probe.a[k] - middle) @ directions
        centre, half = self._window(points, own and k > 1)
        regions = strength = None
        if A.shape[1] == 2 and k == of_points.n_layers - 1:
            regions, strength = plots.class_grid(self.last_step(centre), half, PLANE)
            if self.loss == "hinge":
                strength = np.full_like(strength, 200)
        return Space(
            layer=k,
            own=own,
            share=share,
            points=points,
            grid=lines,
            probe=spot,
            centre=centre,
            half=half,
            regions=regions,
            strength=strength,
        )

    def _window(self, points, is_activation):
        """The middle and half the width of what is drawn: steady while the points move a little."""
        if is_activation and self.activation == "sigmoid":
            return np.array([0.5, 0.5]), 0.55
        if is_activation and self.activation == "tanh":
            return np.zeros(2), 1.1
        limit = plots.nice_limit(np.abs(points).max())
        if is_activation and self.activation == "relu":
            return np.array([limit / 2, limit / 2]), 0.55 * limit
        return np.zeros(2), 1.1 * limit

    def last_step(self, centre):
        """Return the last step: a linear classifier of a plane with its origin at centre."""
        W, b = self.net.linear[-1].W, self.net.linear[-1].b
        model = LinearClassifier(2, self.n_classes, loss=self.loss)
        model.W, model.b = W, functional.scores(centre, W, b)
        return model

    # In words.

    def _note(self, sleeping):
        if self._diverged:
            return (
                f"After {self.steps} steps the weights would grow beyond all bounds: the steps "
                f"are too large. Lower the learning rate (now {self.lr:g}), then press Reset."
            )
        for k, flat in enumerate(sleeping, start=1):
            if flat.any():
                return self._sleeping_words(k, flat)
        if self.steps and self.steps % PAUSE_AFTER == 0:
            return f"A pause after {self.steps:,} steps. Press Run to go on."
        return ""

    def _sleeping_words(self, k, flat):
        count = f"{flat.sum()} of {flat.size} neurons in hidden layer {k - 1}"
        if self.activation == "relu":
            return (
                f"{count} dead (marked ✗): the answer is 0 for every point, so no gradient "
                "comes through, and the weights there can no longer change."
            )
        return (
            f"{count} saturated (marked ✗): their curve is flat at nearly every point, so almost "
            "no gradient comes through, and they hardly learn."
        )

    def _controls(self):
        names = ("data", "n_classes", "n_per_class", "seed", "activation", "scale", "loss")
        names += ("lr", "l2", "dropout", "optimizer", "space", "speed")
        return {
            **{name: getattr(self, name) for name in names},
            "noise": self.used_noise,
            "layers": len(self.hidden),
            **{f"neurons_{h}": n for h, n in enumerate(self.hidden, start=1)},
            "batch_size": self.batch_size or 0,
            "probe": self.probe is not None,
        }


def _inside(text, size):
    return text.isdecimal() and int(text) < size


def _wrong_selection(name, sizes):
    return (
        f"selected must be a weight such as W1_0_0, a bias such as b1_0, or a neuron such as a2_0, "
        f"in a network of the sizes {sizes}; got {name!r}."
    )

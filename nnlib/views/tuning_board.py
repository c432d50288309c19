"""V13, the tuning board: train on real digits, see what is wrong, change one thing, compare."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import ClassVar

import ipywidgets as widgets
import numpy as np

from nnlib import plots
from nnlib.views.base import Preset, View
from nnlib.views.canvas import Canvas, module, styles
from nnlib.views.controls import button, choice_slider, dropdown, slider
from nnlib.views.tuning_runs import (
    ACTIVATIONS,
    OUT_OF_SIGHT,
    VALIDATION_FROM,
    Settings,
    Training,
    read_runs,
    write_runs,
)

MOST_PINNED = 5  # more lines cannot be told apart
MOST_OTHERS = 8  # runs in the table that are not pinned
FIRST_LOOK = 2  # the run shown has the palette's first two; pinned ones the next
HIGHEST_LOSS = 5.0  # a guess has ln 10 ≈ 2.3: what is far above it leaves the picture
ACCURACIES = ("accuracy", "val_accuracy")
LOWEST_ACCURACIES = (0.95, 0.9, 0.8, 0.5)
ENDED = {"finished": "is finished", "stopped": "was stopped", "diverged": "diverged"}
ABOUT_CONFIG = (
    "How many digits to train on, and the seed, are not part of it: the homework chooses them."
)
NO_HIDDEN_LAYER = "Homework 1-2 is about networks: add a hidden layer, or it refuses this config."
OPTIMIZERS = {"SGD": "sgd", "AdaGrad": "adagrad", "RMSProp": "rmsprop", "Adam": "adam"}


@dataclass(frozen=True)
class Snapshot:
    """The board at one moment."""

    runs: tuple  # of Run, in their order
    pinned: dict  # number: look
    shown: int | None
    at_work: int | None  # the run that is not ended yet
    seconds_left: float | None
    best: int | None
    config: dict
    homework: bool
    note: str
    controls: dict

    @property
    def run(self):
        """Run or None: the one that is shown."""
        return next((run for run in self.runs if run.number == self.shown), None)


@dataclass
class TuningBoardModel(Settings):
    """Settings for the next run, and the runs until now.

    Parameters
    ----------
    hidden_layers, …, seed
        As in `Settings`.
    keep : str or None
        A JSON file that keeps the pinned runs, and gives them back when the board opens again.
    """

    keep: str | None = None

    def __post_init__(self):
        super().__post_init__()
        self.runs = {}
        self.pinned = {}
        self.training = None
        self.shown = None
        self.homework = False
        self.message = ""
        self.rate = None
        self._file_is_broken = False
        self._read()

    def state(self):
        """Return the settings as plain values."""
        return asdict(self)

    def settings(self):
        """Return the settings of the next run."""
        return Settings(**{item.name: getattr(self, item.name) for item in fields(Settings)})

    def use(self, settings):
        """Take over the settings of a run or a preset."""
        vars(self).update(asdict(settings))

    def change(self, name, value):
        """Set a parameter; `pin_3` pins run 3 or lets it go, `shown` is a run's number."""
        self.message = ""
        if name.startswith("pin_"):
            self._pin(int(name.removeprefix("pin_")), value)
        elif name == "shown":
            self._show(value)
        elif name in ("message", "homework"):
            setattr(self, name, value)
        else:
            # A wrong value is refused before it is taken.
            self.use(Settings(**{**asdict(self.settings()), name: value}))

    def reset(self):
        """Forget all runs but the pinned ones."""
        self._end_training()
        self.runs = {number: run for number, run in self.runs.items() if number in self.pinned}
        self.shown = max(self.runs, default=None)
        self.homework, self.message = False, ""

    def begin(self):
        """Make a run with these settings ready, unless the one that waits has them."""
        self.message = ""
        if self.waits():
            self.shown = self.training.number
            return
        self._end_training()
        self._forget_oldest()
        same = [n for n, run in self.runs.items() if run.settings == self.settings()]
        if same:
            self.message = f"Run {same[0]} had the same settings and seed: this one repeats it."
        number = max(self.runs, default=0) + 1
        self.training = Training(number, self.settings())
        self.runs[number] = self.training.run()
        self.shown = number

    def waits(self):
        """Say whether a run with these settings can go on."""
        return self.training is not None and self.training.settings == self.settings()

    def work(self):
        """Make one step of training; returns False when the run has ended."""
        if self.training.work():
            return True
        self._end_training()
        return False

    def step(self):
        """Train to the end of an epoch."""
        if not self.waits():
            self.begin()
        epochs = self._up_to_date().n_epochs
        while self.work() and self._up_to_date().n_epochs == epochs:
            pass

    def stop(self):
        """End the run as it is."""
        self.message = ""
        self._end_training()

    def snapshot(self):
        """Return the board at this moment."""
        self._up_to_date()
        return Snapshot(
            runs=tuple(self.runs.values()),
            pinned=dict(self.pinned),
            shown=self.shown,
            at_work=self.training and self.training.number,
            seconds_left=self.training and self.training.seconds_left,
            best=self._best(),
            config=self.config,
            homework=self.homework,
            note=self.message or self._note(),
            controls=asdict(self.settings()),
        )

    def _up_to_date(self):
        """Write down how the run at work stands, and return it."""
        if self.training is None:
            return None
        run = self.runs[self.training.number] = self.training.run()
        return run

    def _end_training(self):
        if self.training is None:
            return
        self.training.stop()
        run = self._up_to_date()
        self.training = None
        if run.number in self.pinned:
            self._write()

    def _best(self):
        scores = {number: run.score for number, run in self.runs.items() if run.score is not None}
        return max(scores, key=scores.get) if len(scores) > 1 else None

    def _show(self, number):
        if number not in self.runs:
            raise ValueError(f"shown must be a run among {list(self.runs)}; got {number!r}.")
        self.shown = number
        self.use(self.runs[number].settings)

    def _pin(self, number, wanted):
        if number not in self.runs:
            raise ValueError(f"A run to pin must be among {list(self.runs)}; got {number!r}.")
        if not wanted:
            self.pinned.pop(number, None)
        elif number not in self.pinned:
            free = [look for look in range(MOST_PINNED) if look not in self.pinned.values()]
            if not free:
                self.message = (
                    f"{MOST_PINNED} runs are pinned, and more lines could not be told apart. "
                    "Unpin one first."
                )
                return
            self.pinned[number] = free[0]
        self._up_to_date()
        self._write()

    def _forget_oldest(self):
        others = [number for number in self.runs if number not in self.pinned]
        for number in others[: max(0, len(others) + 1 - MOST_OTHERS)]:
            del self.runs[number]

    def _note(self):
        if self.training is None or self.waits():
            return ""
        return (
            f"Run {self.training.number} keeps the settings that it began with. The ones you see "
            "now are for the next run: press Stop, then Train."
        )

    # Pinned runs in a file

    def _read(self):
        """Open the pinned runs of an earlier time; a broken file is left alone, and told of."""
        if self.keep is None or not Path(self.keep).exists():
            return
        try:
            kept = read_runs(self.keep)[:MOST_PINNED]
        except (OSError, ValueError) as error:
            self._file_is_broken = True
            self.message = f"{error} The board starts without them."
            return
        self.runs = {run.number: run for run in kept}
        self.pinned = {number: look for look, number in enumerate(self.runs)}
        self.shown = max(self.runs, default=None)

    def _write(self):
        if self.keep is None:
            return
        path = Path(self.keep)
        try:
            if self._file_is_broken:
                aside = path.with_name(f"{path.name}.broken")
                path.replace(aside)
                self._file_is_broken = False
                self.message = f"The old {path.name} is called {aside.name} now."
            write_runs(path, [self.runs[number] for number in sorted(self.pinned)])
        except OSError as error:
            self.message = f"The pinned runs could not be written to {self.keep}: {error}."


class TuningBoardCanvas(Canvas):
    """Progress, curves, diagnosis, and the table of runs."""

    _esm = module("tuning_board")
    _css = styles("tuning_board")


class TuningBoardView(View):
    """Networks trained on real MNIST, their curves read aloud, one run beside the other.

    Set the controls and press Train. A run keeps the settings that it began with; what you
    change is for the next one. Validation is on 5,000 digits that are never trained on.

    Parameters
    ----------
    preset : str or None
        One of `TuningBoardView.presets`.
    show : list of str or None
        Controls to show, among preset, hidden_layers, neurons, activation, dropout, l2,
        optimizer, lr, momentum, batch_size, epochs, n_train, seed, run, stop, pin, homework,
        reset, and parts of the picture beside the curves: diagnosis, runs (the table). None for
        all; if no part is named, all parts.
    keep : str or None
        A file for the pinned runs, such as "runs.json": a restart then loses none of them.
    **state
        See `Settings`.

    Attributes
    ----------
    config : dict
        The settings in the form of homework 1-2 and of `nnlib.tune.run`.
    """

    Model = TuningBoardModel
    CanvasClass = TuningBoardCanvas
    parts: ClassVar = ("diagnosis", "runs")
    presets: ClassVar = {
        "healthy": Preset(
            "Press Train. The loss falls steeply, then ever more slowly; both accuracies rise "
            "and stay close together.",
        ),
        "learning rate too low": Preset(
            "The loss falls almost in a straight line, and the training ends long before the "
            "line could bend.",
            {"lr": 1e-5},
        ),
        "cure: ten times the learning rate": Preset(
            "The same network and ten times the learning rate: the line of the loss bends.",
            {"lr": 1e-4},
        ),
        "learning rate too high": Preset(
            "The loss leaps up at once, then wanders at a height that a lower learning rate "
            "leaves within a few steps.",
            {"lr": 0.2},
        ),
        "diverged": Preset(
            "Each step makes the weights three times as large, until the loss is no number any "
            "more: the training ends by itself.",
            {"optimizer": "sgd", "lr": 10.0, "l2": 0.2},
        ),
        "batch too small": Preset(
            "From step to step the loss jumps up and down: the pale band is wide, and the line "
            "in it is rough.",
            {"optimizer": "sgd", "lr": 0.1, "batch_size": 2, "n_train": 5000, "epochs": 4},
        ),
        "cure: batches of 32": Preset(
            "The same network, with the mean over 32 digits in each step: the band is narrow, "
            "and an epoch takes less time.",
            {"optimizer": "sgd", "lr": 0.1, "batch_size": 32, "n_train": 5000, "epochs": 4},
        ),
        "low capacity": Preset(
            "Three neurons cannot tell ten digits apart: both accuracies stop at the same low "
            "height, with no gap between them.",
            {"neurons": 3, "epochs": 20},
        ),
        "cure: 32 neurons": Preset(
            "The same training with 32 neurons in place of three: both accuracies rise.",
            {"neurons": 32},
        ),
        "overfitting": Preset(
            "500 digits are learnt by heart: the training accuracy reaches 100 %, the validation "
            "accuracy stays far below it.",
            {"n_train": 500, "epochs": 30},
        ),
        "cure: more data and dropout": Preset(
            "The same network with 20 times the data, and with dropout: the gap is gone.",
            {"dropout": 0.3},
        ),
    }

    @property
    def config(self):
        """dict: the settings in the form of homework 1-2."""
        return self.model.config

    def save_config(self, path="config.json"):
        """Write `config` to a JSON file, for homework 1-2.

        Parameters
        ----------
        path : str
            A file that is there already is overwritten.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        Path(path).write_text(json.dumps(self.config, indent=2) + "\n", encoding="utf-8")
        self.change("message", f'Written to {path}. To read it: json.load(open("{path}")).')

    # Running

    def run(self, *_):
        """Train with the settings shown; a run of these settings that was paused goes on."""
        if not self.runner.running:
            with self._reporting():
                self.model.begin()
        super().run()

    def stop(self, *_):
        """End the run as it is."""
        self.pause()
        with self._reporting():
            self.model.stop()
            self.refresh()

    def open(self, preset):
        """Take over a preset's settings; the runs stay."""
        settings = Settings(**self._preset_state(preset))
        self.pause()
        with self._reporting():
            self.model.use(settings)
            self._preset = preset
            self.refresh()

    def _run_or_pause(self, *_):
        # What the button says counts: a run may end while the click is on its way, and "Pause"
        # must not start another one.
        if self.controls["run"].description != "Pause":
            self.run()
            return
        self.pause()
        with self._reporting():
            self.refresh()

    def _follow_runner(self):
        run = self.controls["run"]
        if self.runner.running:
            run.description, run.icon = "Pause", "pause"
        else:
            run.description, run.icon = "Go on" if self.model.waits() else "Train", "play"

    # Face

    def make_controls(self):
        """Return the settings and the buttons."""
        m = self.model
        sizes = [(f"{n:,} digits", n) for n in sorted({*SIZES, m.n_train})]
        controls = {
            "hidden_layers": choice_slider("hidden layers", range(5), m.hidden_layers),
            "neurons": choice_slider("neurons", NEURONS, m.neurons),
            "activation": dropdown("activation", [(a, a) for a in ACTIVATIONS], m.activation),
            "optimizer": dropdown("optimiser", list(OPTIMIZERS.items()), m.optimizer),
            "lr": choice_slider("learning rate", LEARNING_RATES, m.lr),
            "momentum": choice_slider("momentum", (0.0, 0.5, 0.9, 0.95, 0.99), m.momentum),
            "batch_size": choice_slider("batch size", BATCH_SIZES, m.batch_size),
            "epochs": choice_slider("epochs", EPOCHS, m.epochs),
            "dropout": slider("dropout", m.dropout, 0.0, 0.9, 0.1),
            "l2": choice_slider("λ", PENALTIES, m.l2),
            "n_train": dropdown("train on", sizes, m.n_train),
            "seed": widgets.BoundedIntText(
                value=m.seed,
                min=0,
                max=999,
                description="seed",
            ),
            "run": button("Train", "play", "Train, pause, or go on"),
            "stop": button("Stop", "stop", "End this run as it is"),
            "pin": button("Pin run", "thumb-tack", "Keep the run shown, to compare it"),
            "homework": button("Use these in my homework", "share", "Show them as a config"),
            "reset": self.reset_button(),
        }
        for name in SETTINGS:  # names, sliders and numbers stand in columns
            controls[name].style.description_width = "96px"
            controls[name].layout.width = "auto"
        controls["homework"].layout.width = "220px"
        controls["stop"].on_click(self.stop)
        controls["pin"].on_click(self._pin_shown)
        controls["homework"].on_click(lambda _: self.change("homework", True))
        return controls

    def arrange(self):
        """Return the rows: settings, buttons, canvas."""
        settings = self._row(SETTINGS).add_class("nnb-v13-form")
        return [settings, ["run", "stop", "pin", "homework", "reset"], self.canvas]

    def follow(self):
        """Offer what makes sense now."""
        m, controls = self.model, self.controls
        controls["momentum"].disabled = m.optimizer != "sgd"
        controls["neurons"].disabled = m.hidden_layers == 0
        controls["stop"].disabled = m.training is None
        controls["pin"].disabled = m.shown is None or m.shown in m.pinned

    def _pin_shown(self, _):
        self.change(f"pin_{self.model.shown}", True)

    def on_gesture(self, gesture):
        """Pin a run, show it, or write the config to a file."""
        kind, number = gesture["kind"], gesture.get("run")
        if kind == "pin":
            self.change(f"pin_{number}", bool(gesture["pinned"]))
        elif kind == "show":
            self._preset = ""
            self.change("shown", number)
        elif kind == "close homework":
            self.change("homework", False)
        elif kind == "save":
            self.save_config()

    def frame(self, s):
        """Return curves, words and the table's rows."""
        drawn = self._drawn(s)
        return {
            "progress": self._progress(s),
            "curves": [_curve(r, s) for r in drawn],
            "axes": _axes(drawn, s),
            "diagnosis": _words(s.run),
            "rows": [_row(r, s) for r in s.runs],
            "homework": config_text(s.config) if s.homework else "",
            "homework_note": ABOUT_CONFIG if s.config["hidden"] else NO_HIDDEN_LAYER,
        }

    def _drawn(self, s):
        """The runs to draw: those pinned, and over them the one shown."""
        pinned = [run for run in s.runs if run.number in s.pinned and run.number != s.shown]
        return [*pinned, *([s.run] if s.run else [])]

    def _progress(self, s):
        run = next((r for r in s.runs if r.number == s.at_work), None)
        if run is None:
            run, text = s.run, "Press Train."
            if run is not None:
                text = f"Run {run.number} {ENDED[run.status]} after {_epochs(run)}."
        else:
            epoch = min(run.n_epochs + 1, run.settings.epochs)
            text = f"Run {run.number}: epoch {epoch} of {run.settings.epochs}, {_percent(run)}"
            if not self.runner.running and run.step:
                text += ", paused"
            elif s.seconds_left is not None:
                text += f", about {_seconds(s.seconds_left)} left"
        return {"text": text, "share": run.step / run.n_steps if run else 0.0}

    def label(self, s):
        """Return the board in words."""
        run = s.run
        if run is None:
            settings = describe(self.model)
            return f"The tuning board, with the settings {settings}: no run was started yet."
        words = f"The tuning board. Run {run.number} ({describe(run.settings)})"
        if run.score is not None:
            words += (
                f": after {_epochs(run)} the training accuracy is "
                f"{run.measures['accuracy'][-1]:.1%}, the validation accuracy {run.score:.1%}"
            )
        if run.diagnosis is not None:
            words += f". Diagnosis: {run.diagnosis.name}"
        return f"{words}. {len(s.runs)} run{'s' * (len(s.runs) > 1)} in the table."

    def code(self):
        """Return the same training with `nnlib.tune`."""
        m = self.model
        return (
            "from nnlib import data, plots, tune\n\n"
            "(X, y), _ = data.mnist()\n"
            f"validation = X[{VALIDATION_FROM}:], y[{VALIDATION_FROM}:]  # never trained on\n"
            f"{config_text(m.config)}\n"
            f"trial = tune.run(config, X[:{m.n_train}], y[:{m.n_train}], validation, "
            f"seed={m.seed})\n"
            "print(trial)\n"
            "print(trial.diagnosis)\n"
            "plots.curves(trial.history)"
        )

    def still(self):
        """Return the curves of the run shown, and of those pinned."""
        s = self.model.snapshot()
        fig = plots.figure(1, 2, size=(9.0, 3.4), alt=self.label(s))
        loss, accuracy = fig.axes
        drawn = self._drawn(s)
        for run in drawn:
            epochs = range(1, run.n_epochs + 1)
            of_run, measures = f"run {run.number}, ", run.measures
            if run.number == s.shown:
                train, validation = _look(0, marker="o"), _look(1, marker="s", linestyle="-")
                loss.plot(run.at, run.mean, **_look(0), label=f"{of_run}training")
                loss.plot(epochs, measures["val_loss"], **validation, label=f"{of_run}validation")
                accuracy.plot(epochs, measures["accuracy"], **train, label=f"{of_run}training")
            else:
                validation = _look(FIRST_LOOK + s.pinned[run.number])
                loss.plot(run.at, run.mean, **validation, label=f"{of_run}training")
            name = f"{of_run}validation"
            accuracy.plot(epochs, measures["val_accuracy"], **validation, label=name)
        axes = _axes(drawn, s)
        for ax, name, low, high in (
            (loss, "loss", 0.0, axes["loss"]),
            (accuracy, "accuracy", axes["accuracy"], 1.0),
        ):
            ax.set(xlabel="epoch", ylabel=name, xlim=(0, axes["epochs"]), ylim=(low, high))
            if drawn:
                ax.legend()
            else:
                ax.text(0.5, 0.5, "no run yet: press Train", ha="center", transform=ax.transAxes)
        fig.suptitle(describe(s.run.settings if s.run else self.model))
        return fig


def describe(settings):
    """Return settings in one line, without those that do nothing."""
    layers, n = settings.hidden_layers, settings.neurons
    times = f"{layers} × " if layers > 1 else ""
    parts = [f"{times}{n} {settings.activation}" if layers else "no hidden layer"]
    name = next(name for name, key in OPTIMIZERS.items() if key == settings.optimizer)
    parts.append(f"{name} {settings.lr:g}")
    if settings.config["momentum"]:
        parts.append(f"momentum {settings.momentum:g}")
    parts.append(f"batch {settings.batch_size}")
    if settings.dropout:
        parts.append(f"dropout {settings.dropout:g}")
    if settings.l2:
        parts.append(f"λ {settings.l2:g}")
    parts.append(f"{settings.n_train:,} digits")
    if settings.seed:
        parts.append(f"seed {settings.seed}")
    return ", ".join(parts)


def config_text(config):
    """Return a config as Python, a setting a line."""
    lines = [f"    {json.dumps(name)}: {_literal(value)},\n" for name, value in config.items()]
    return f"config = {{\n{''.join(lines)}}}"


def _literal(value):
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _axes(drawn, s):
    """Where the axes end: at round numbers, so that they seldom change."""
    n = s.run.settings.epochs if s.run else Settings.epochs
    losses = [v for run in drawn for v in (*run.mean, *run.measures["val_loss"])]
    accuracies = [v for run in drawn for name in ACCURACIES for v in run.measures[name][:n]]
    lowest = min(accuracies, default=0.0)
    return {
        "epochs": n,
        "loss": plots.nice_limit(min(max(losses, default=2.5), HIGHEST_LOSS)),
        "accuracy": next((low for low in LOWEST_ACCURACIES if low < lowest), 0.0),
    }


def _curve(run, s):
    """One run's lines, for the canvas."""
    is_shown = run.number == s.shown
    return {
        "run": run.number,
        "shown": is_shown,
        "look": _look_number(run, s),
        "at": _bytes(run.at),
        "mean": _bytes(run.mean),
        "low": _bytes(run.low if is_shown else ()),
        "high": _bytes(run.high if is_shown else ()),
        **{name: _bytes(values) for name, values in run.measures.items()},
    }


def _bytes(values):
    return np.clip(values, 0, OUT_OF_SIGHT).astype("<f4").tobytes()


def _look_number(run, s):
    """Which of the palette's colours and dashes a run has, or None."""
    if run.number == s.shown:
        return 0
    return FIRST_LOOK + s.pinned[run.number] if run.number in s.pinned else None


def _words(run):
    """The diagnosis, or what is known before there is one."""
    if run is None:
        return {"name": "", "title": "Diagnosis", "reason": "No run yet.", "advice": ""}
    found, number = run.diagnosis, run.number
    title = f"Run {number}, so far" if run.status == "training" else f"Run {number}"
    if found is None:
        reason = "The first epoch has to end before there is something to say."
        return {"name": "too early to tell", "title": title, "reason": reason, "advice": ""}
    return {
        "name": found.name,
        "title": title,
        "reason": found.reason,
        "advice": found.advice,
    }


def _row(run, s):
    """A line of the table."""
    accuracy = run.measures["accuracy"]
    return {
        "run": run.number,
        "look": _look_number(run, s),
        "pinned": run.number in s.pinned,
        "shown": run.number == s.shown,
        "best": run.number == s.best,
        "settings": describe(run.settings),
        "epochs": f"{run.n_epochs} of {run.settings.epochs}",
        "train": f"{accuracy[-1]:.1%}" if accuracy else "–",
        "validation": "–" if run.score is None else f"{run.score:.1%}",
        "seconds": _seconds(run.seconds),
        "gap": "–" if run.score is None else _points(accuracy[-1] - run.score),
        "diagnosis": run.diagnosis.name if run.diagnosis else "–",
    }


def _look(number, **options):
    """A line's colour and dashes in a still picture."""
    dashes = plots.LINES[number]
    style = {"color": plots.COLOURS[number], "linestyle": (0, dashes) if dashes else "-"}
    return style | options


def _points(difference):
    """A difference of accuracies in percentage points."""
    return f"{100 * difference:.1f}".replace("-0.0", "0.0").replace("-", "−")


def _epochs(run):
    return f"{run.n_epochs} epoch{'s' * (run.n_epochs != 1)}"


def _percent(run):
    return f"{run.step / run.n_steps:.0%}"


def _seconds(seconds):
    if seconds >= 90:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _values(*mantissas, powers):
    return [float(f"{m}e{power}") for power in powers for m in mantissas]


SETTINGS = (
    *("hidden_layers", "neurons", "activation"),
    *("optimizer", "lr", "momentum"),
    *("batch_size", "epochs", "n_train"),
    *("dropout", "l2", "seed"),
)
NEURONS = (1, 2, 3, 5, 8, 16, 32, 64, 128, 256, 512)
BATCH_SIZES = tuple(2**power for power in range(10))
EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)
SIZES = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, VALIDATION_FROM)
LEARNING_RATES = [*_values(1, 2, 5, powers=range(-6, 1)), 10.0]
PENALTIES = [0.0, *_values(1, 2, 5, powers=range(-6, 0)), 1.0]

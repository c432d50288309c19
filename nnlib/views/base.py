"""What every view shares: controls bound to a model, a canvas, presets, state, code, a still."""

import ast
import contextlib
import html
import threading
import time
import weakref
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import ClassVar

import ipywidgets as widgets
from IPython import get_ipython

from nnlib import plots
from nnlib.views import fallback
from nnlib.views.canvas import Canvas
from nnlib.views.controls import button, dropdown, set_control
from nnlib.views.runner import Runner

SLIDER_SECONDS = 0.2  # how often sliders follow a model that is at work


@dataclass(frozen=True)
class Preset:
    """A named state of a view, and one sentence on what to look for in it."""

    look: str
    state: dict = field(default_factory=dict)


class View(ABC):
    """A model, its controls, and the canvas that shows it.

    A subclass gives `Model`, `CanvasClass`, `presets`, and the methods `make_controls`,
    `arrange`, `frame`, `label`, `code`, `still`. `Model` is a dataclass whose fields are the
    parameters, with `state()`, `change(name, value)`, `snapshot()` and `reset()`; if something
    runs, also `step()`, `work()` and `rate`. A snapshot is immutable and has `note`, a sentence
    or "", and `controls`, {name: value}.

    Parameters
    ----------
    preset : str or None
        The preset to open; the first one if None and no state is given.
    show : list of str or None
        The names of the controls to show; None for all, an empty list for none. Parts of the
        picture may be among them; where no part is named, all are shown.
    **state
        Parameters of the model, as `state()` gives them. They change the preset.

    Raises
    ------
    ValueError
        If there is no preset, control or parameter of that name.
    """

    Model = None
    CanvasClass = Canvas
    presets: ClassVar[dict] = {}
    groups: ClassVar[dict] = {}  # a name for several controls that `show` takes together
    parts: ClassVar[tuple] = ()  # of the picture, which `show` may name too

    def __init__(self, preset=None, show=None, **state):
        if preset is None and not state:
            preset = next(iter(self.presets))
        self._preset = preset or ""
        self._lock = threading.RLock()  # widget messages may come in a thread of their own
        self._number = 0
        self._sent = 0.0
        self._sliders_set = 0.0
        self._syncing = False
        self._still = None
        self._check_state(state)
        self.model = self.Model(**{**self._preset_state(preset), **state})
        self.runner = Runner(self._step, self._snapshot, self._draw_running, self._run_ended)
        chosen = set(show or ()) & set(self.parts)
        hidden = [part for part in self.parts if chosen and part not in chosen]
        self.canvas = self.CanvasClass(palette=plots.palette(), hidden=hidden)
        self.controls = self._preset_control() | self.make_controls()
        self._hidden = set() if show is None else set(self.controls) - self._names(show)
        for name in self.controls:
            self.show_control(name, True)
        self._make_face()
        self.refresh()
        self._connect()
        _close_with_cell(self)

    # What a subclass gives.

    @abstractmethod
    def make_controls(self):
        """Return {name: widget}; a new value of one is a `change(name, value)` of the model."""

    @abstractmethod
    def arrange(self):
        """Return the rows of the view: lists of names of controls, or widgets."""

    @abstractmethod
    def frame(self, snapshot):
        """Return what the canvas draws, as plain numbers, text and bytes."""

    @abstractmethod
    def label(self, snapshot):
        """Return the picture in words, for those who do not see it."""

    @abstractmethod
    def code(self):
        """Return Python that computes the picture's numbers with public names."""

    @abstractmethod
    def still(self):
        """Return the picture as a `plots.Figure`, for where no kernel runs."""

    def on_gesture(self, gesture):  # noqa: B027 (a canvas may have no gestures)
        """Answer what the reader did on the canvas."""

    def follow(self):  # noqa: B027 (there may be nothing more to set)
        """Set controls that `model.state()` does not name; called when the model changed."""

    # State.

    def state(self):
        """Return the model's parameters as plain values: `View(**view.state())` opens it."""
        return self.model.state()

    def to_text(self):
        """Return the call that opens this picture, such as ``SoftmaxView(temperature=2.0)``."""
        default = self.Model().state()
        changed = {k: v for k, v in self.state().items() if default.get(k) != v}
        arguments = ", ".join(f"{name}={value!r}" for name, value in changed.items())
        return f"{type(self).__name__}({arguments})"

    @classmethod
    def from_text(cls, text):
        """Open the picture that `to_text` wrote down.

        Parameters
        ----------
        text : str
            A call of the view with plain values; it is read, never run.

        Raises
        ------
        ValueError
            If the text is not such a call.
        """
        try:
            call = ast.parse(text.strip(), mode="eval").body
            name, arguments = call.func.id, call.keywords
            state = {item.arg: ast.literal_eval(item.value) for item in arguments}
        except (SyntaxError, ValueError, AttributeError):
            raise ValueError(f"text must be like {cls.__name__}(seed=3); it is {text!r}.") from None
        if name != cls.__name__ or call.args or None in state:
            raise ValueError(f"text must be like {cls.__name__}(seed=3); it is {text!r}.")
        return cls(**state)

    def open(self, preset):
        """Show a preset."""
        self.pause()
        with self._reporting():
            self.model = self.Model(**self._preset_state(preset))
            self._preset = preset
            self.refresh()

    def change(self, name, value):
        """Give a parameter of the model a new value, as its control does."""
        with self._reporting():
            model = self.model
            self.runner.change(name, lambda: model.change(name, value))
            if not self.runner.running:
                self.refresh()

    def reset(self, *_):
        """Go back to the start, with the settings as they are."""
        self.pause()
        with self._reporting():
            self.model.reset()
            self.refresh()

    # Running.

    def run(self, *_):
        """Let the model work until it is done or `pause` is called."""
        with self._reporting():
            self.runner.start(self.model.rate)
            self._follow_runner()

    def pause(self, *_):
        """Stand still; answers within a step of the model."""
        with self._reporting():
            was_running = self.runner.running
            self.runner.pause()
            if was_running:
                self.refresh()

    def step(self, *_):
        """Make one step."""
        self.pause()
        with self._reporting():
            self.model.step()
            self.refresh()

    def close(self):
        """End the work and remove the view from the page."""
        self.runner.pause()
        for widget in [*self.controls.values(), self.canvas, self.widget]:
            widget.close()

    def _step(self):
        return self.model.work()

    def _snapshot(self):
        return self.model.snapshot()

    def _draw_running(self, snapshot):
        with self._reporting():
            now = time.monotonic()
            behind = self._number - self.canvas.seen
            if behind > 2 and now - self._sent < 0.25:
                return
            self._send(snapshot)
            if now - self._sliders_set > SLIDER_SECONDS:
                self._sliders_set = now
                self._follow_model(snapshot)

    def _run_ended(self, error):
        with self._reporting():
            if error is not None:
                raise error
            self.refresh()

    # Drawing.

    def refresh(self):
        """Draw the model as it is now; the caller must own it, so not while it runs."""
        snapshot = self.model.snapshot()
        self._send(snapshot)
        self._follow_model(snapshot)
        self._show_code()

    def _show_code(self, *_):
        """Bring the fold's code up to date while it is open; a closed one costs nothing."""
        if self._fold.selected_index is not None:
            self._code.value = f'<pre class="nnb-code">{html.escape(self.code())}</pre>'

    def _send(self, snapshot):
        self._number += 1
        self._sent = time.monotonic()
        self.canvas.frame = {
            "number": self._number,
            "label": self.label(snapshot),
            "running": self.runner.running,
            **self.frame(snapshot),
        }
        self._say(snapshot.note)

    def _say(self, text, kind="note"):
        shown = f'<div class="nnb-{kind}" role="status">{html.escape(text)}</div>'
        if self._message.value != shown:
            self._message.value = shown

    def _follow_model(self, snapshot):
        """Set the controls to the model's values without taking that for a wish."""
        self._syncing = True
        try:
            self.follow()
            for name, value in snapshot.controls.items():
                set_control(self.controls[name], value)
            self._follow_runner()
            self.controls["preset"].value = self._preset
            look = self.presets[self._preset].look if self._preset else ""
            self._look.value = f'<div class="nnb-look">{html.escape(look)}</div>'
        finally:
            self._syncing = False

    def _follow_runner(self):
        if "run" in self.controls:
            run, running = self.controls["run"], self.runner.running
            run.description, run.icon = ("Pause", "pause") if running else ("Run", "play")

    # Building the face.

    def _preset_state(self, preset):
        if not preset:
            return {}
        if preset not in self.presets:
            raise ValueError(f"preset must be one of {list(self.presets)}; got {preset!r}.")
        return self.presets[preset].state

    def _preset_control(self):
        options = [("my own", ""), *((name, name) for name in self.presets)]
        return {"preset": dropdown("Preset", options, self._preset)}

    def _names(self, show):
        """The controls that `show` names, alone or as a group."""
        single = set(self.controls) - {name for group in self.groups.values() for name in group}
        known = [name for name in [*self.controls, *self.groups] if name in {*single, *self.groups}]
        known += self.parts
        unknown = sorted(set(show) - set(known))
        if unknown:
            raise ValueError(f"show must name controls among {known}; got {unknown}.")
        return {name for item in show for name in self.groups.get(item, (item,))}

    def _check_state(self, state):
        known = [parameter.name for parameter in fields(self.Model)]
        unknown = sorted(set(state) - set(known))
        if unknown:
            raise ValueError(
                f"{type(self).__name__} takes preset, show and {', '.join(known)}; got {unknown}."
            )

    def show_control(self, name, visible):
        """Show or hide a control; one that `show` left out stays hidden."""
        shown = visible and name not in self._hidden
        self.controls[name].layout.display = None if shown else "none"

    def shows(self, part):
        """Return whether a part of the picture is shown: `show` may have left it out."""
        return part not in self.canvas.hidden

    def reset_button(self):
        """Return the button that goes back to the start."""
        return button("Reset", "undo", "Go back to the start")

    def run_buttons(self):
        """Return the buttons of a view that runs."""
        return {
            "run": button("Run", "play", "Run or pause"),
            "step": button("Step", "step-forward", "Make one step"),
            "reset": self.reset_button(),
        }

    def _make_face(self):
        self._look = widgets.HTML()
        self._message = widgets.HTML(layout=widgets.Layout(min_height="1.6em"))
        self._code = widgets.HTML()
        self._fold = widgets.Accordion([self._code], titles=("Show the code",), selected_index=None)
        self._fold.observe(self._show_code, names="selected_index")
        rows = [self._row(row) for row in self.arrange()]
        self.widget = widgets.VBox(
            [self._row(["preset"]), self._look, *rows, self._message, self._fold]
        )
        self.widget.add_class("nnb-view").add_class(f"nnb-{type(self).__name__}")

    def _row(self, row):
        if isinstance(row, widgets.Widget):
            return row
        items = [self.controls[item] if isinstance(item, str) else item for item in row]
        return widgets.HBox(items).add_class("nnb-row")

    def _connect(self):
        buttons = {"run": self._run_or_pause, "step": self.step, "reset": self.reset}
        for name, control in self.controls.items():
            control.add_class(f"nnb-control-{name}")
            if name in buttons:
                control.on_click(buttons[name])
            elif name == "preset":
                control.observe(self._on_preset, names="value")
            else:
                control.observe(self._on_control(name), names="value")
        self.canvas.observe(self._on_gesture, names="gesture")

    def _run_or_pause(self, *_):
        if self.runner.running:
            self.pause()
        else:
            self.run()

    def _on_control(self, name):
        def changed(change):
            if not self._syncing:
                self.change(name, change["new"])

        return changed

    def _on_preset(self, change):
        if not self._syncing and change["new"]:
            self.open(change["new"])

    def _on_gesture(self, change):
        gesture = change["new"]
        if gesture.get("kind") == "gone":  # the picture was taken off the page
            self.pause()
        elif gesture:
            with self._reporting():
                self.on_gesture(gesture)

    @contextlib.contextmanager
    def _reporting(self):
        """Keep other threads out, and show an error in the view: elsewhere it would be lost."""
        with self._lock:
            try:
                yield
            except Exception as error:
                self._say(f"{type(error).__name__}: {error}", kind="error")
                raise

    def _ipython_display_(self):
        """Show the widget; where no kernel runs, the still picture and its words."""
        fallback.show(self.widget, *self._still_bundle())

    def _repr_mimebundle_(self, **kwargs):
        """Return both in one, for whoever does not display but asks."""
        picture, metadata = self._still_bundle()
        return self.widget._repr_mimebundle_(**kwargs) | picture, metadata

    def _still_bundle(self):
        if self._still is None:
            running = self.runner.running
            self.runner.pause()  # while it runs, the model is the worker's alone
            self._still = self.still()._repr_mimebundle_()
            if running:
                self.run()
        return self._still


def _close_with_cell(view):
    """Close the view when the cell that made it runs again: its output is gone then."""
    shell = get_ipython()
    cell = _cell_id(shell)
    if cell is None:
        return
    reference = weakref.ref(view)

    def before_cell(info):
        known = reference()
        if known is None or info.cell_id == cell:
            shell.events.unregister("pre_run_cell", before_cell)
            if known is not None:
                known.close()

    shell.events.register("pre_run_cell", before_cell)


def _cell_id(shell):
    """The id of the notebook cell at work, where the notebook tells it."""
    if shell is None or not hasattr(shell, "get_parent"):
        return None
    return shell.get_parent().get("metadata", {}).get("cellId")

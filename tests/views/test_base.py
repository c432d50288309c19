"""What all views promise: presets, state, hidden controls, code that reproduces, a still."""

import asyncio
import base64
import contextlib
import html
import io
import json
import re
import threading

import numpy as np
import pytest
from loops import in_a_loop

from nnlib import views
from nnlib.views import canvas

VIEWS = [views.LinearClassifierView, views.SoftmaxView]
EVERY_PRESET = [(view, preset) for view in VIEWS for preset in view.presets]


@pytest.fixture(params=VIEWS, ids=lambda view: view.__name__)
def view_class(request):
    return request.param


def plain(value):
    """The value as it travels to the browser, bytes aside; fails if JSON cannot say it."""
    return json.loads(json.dumps(value, default=lambda b: b.hex(), allow_nan=False))


@pytest.mark.parametrize(("view_class", "preset"), EVERY_PRESET)
def test_every_preset_opens_draws_and_has_a_sentence(view_class, preset):
    view = view_class(preset)
    assert view.controls["preset"].value == preset
    assert view.presets[preset].look.endswith(".")
    plain(view.canvas.frame)
    other = view_class()
    other.open(preset)
    assert other.state() == view.state()


@pytest.mark.parametrize(("view_class", "preset"), EVERY_PRESET)
def test_state_opens_the_same_picture(view_class, preset):
    view = view_class(preset)
    again = view_class(**view.state())
    assert again.state() == view.state()
    assert plain({**again.canvas.frame, "number": 0}) == plain({**view.canvas.frame, "number": 0})


@pytest.mark.parametrize(("view_class", "preset"), EVERY_PRESET)
def test_text_opens_the_same_picture(view_class, preset):
    view = view_class(preset)
    assert view_class.from_text(view.to_text()).state() == view.state()


def test_text_of_the_default_is_short(view_class):
    assert view_class().to_text() == f"{view_class.__name__}()"


@pytest.mark.parametrize(
    "text",
    ["", "SoftmaxView", "Other()", "SoftmaxView(1)", "SoftmaxView(scores=print(1))", "1 +"],
)
def test_text_is_read_not_run(text):
    with pytest.raises(ValueError, match="text must be like"):
        views.SoftmaxView.from_text(text)


def test_unknown_names_are_refused(view_class):
    with pytest.raises(ValueError, match="preset must be one of"):
        view_class("no such preset")
    with pytest.raises(ValueError, match=r"show must name controls among .* got \['nothing'\]"):
        view_class(show=["nothing"])
    with pytest.raises(ValueError, match=r"got \['nothing'\]"):
        view_class(nothing=1)


def test_show_hides_the_other_controls(view_class):
    view = view_class(show=["reset"])
    shown = [name for name, control in view.controls.items() if control.layout.display != "none"]
    assert shown == ["reset"]
    view.open(next(iter(view.presets)))
    assert view.controls["preset"].layout.display == "none"


def test_everything_is_shown_by_default():
    view = views.LinearClassifierView()
    assert all(control.layout.display is None for control in view.controls.values())


@pytest.mark.parametrize(("view_class", "preset"), EVERY_PRESET)
def test_still_has_words_and_an_image(view_class, preset):
    data, metadata = view_class(preset)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert len(data["text/plain"]) > 30
    assert metadata["image/png"]["alt"] == data["text/plain"]


@pytest.mark.parametrize(("view_class", "preset"), EVERY_PRESET)
def test_the_code_shown_runs_and_is_the_code_of_the_picture(view_class, preset):
    view = view_class(preset)
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        exec(view.code(), names)
    assert printed.getvalue()
    assert view._code.value == "", "a closed fold needs no code"
    view._fold.selected_index = 0
    shown = html.unescape(re.sub("<[^>]*>", "", view._code.value))
    assert shown == view.code()
    s = view.model.snapshot()
    if view_class is views.SoftmaxView:
        np.testing.assert_allclose(names["probabilities"], s.probabilities, rtol=1e-12)
    else:
        np.testing.assert_allclose(names["loss"], s.loss, rtol=1e-5)
        np.testing.assert_allclose(names["losses"], s.losses, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(names["model"].dW, s.dW, atol=1e-5)


def test_a_gesture_of_nonsense_is_shown_as_an_error(view_class):
    view = view_class()
    with pytest.raises(ValueError, match="selected must be"):
        view.canvas.gesture = {"kind": "select", "index": 10**6, "k": 10**6}
    assert 'class="nnb-error"' in view._message.value
    assert "selected must be" in view._message.value
    view.refresh()
    assert "selected must be" not in view._message.value


def test_setting_a_control_is_not_taken_for_a_wish():
    view = views.LinearClassifierView()
    view.step()
    before = view.model.net.W.copy()
    view.open("by hand")
    view.open("three groups")
    view.step()
    np.testing.assert_array_equal(view.model.net.W, before)


def test_a_slider_shows_the_nearest_number_without_rounding_the_model():
    view = views.LinearClassifierView()
    for _ in range(3):
        view.step()
    weight, slider = view.model.net.W[0, 0], view.controls["w1"]
    assert slider.value == round(weight, 1) != weight
    slider.set_state({"index": slider.index})  # what a browser may send back
    assert view.model.net.W[0, 0] == weight
    slider.set_state({"index": slider.index + 1})
    assert view.model.net.W[0, 0] == slider.value == round(round(weight, 1) + 0.1, 1)


def test_an_error_of_the_worker_is_shown():
    view = views.LinearClassifierView()

    def fail():
        raise ValueError("broken on purpose")

    async def main():
        caught = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, c: caught.append(c))
        view.model.work = fail
        view.run()
        for _ in range(200):
            if caught:
                return caught[0]["exception"]
            await asyncio.sleep(0.01)

    assert str(in_a_loop(main)) == "broken on purpose"
    assert "ValueError: broken on purpose" in view._message.value


def test_run_pause_and_the_button():
    view = views.LinearClassifierView()
    run = view.controls["run"]

    async def main():
        run.click()
        assert run.description == "Pause"
        while view.canvas.frame["step"] < 2:
            await asyncio.sleep(0.01)
        assert view.canvas.frame["running"]
        run.click()

    in_a_loop(main)
    assert run.description == "Run"
    assert not view.canvas.frame["running"]
    assert view.canvas.frame["step"] == view.model.steps


@pytest.mark.parametrize("how", ["close", "gone"])
def test_no_thread_is_left(how):
    view = views.LinearClassifierView()
    view.run()
    if how == "close":
        view.close()
    else:
        view.canvas.gesture = {"kind": "gone"}
    assert not [t for t in threading.enumerate() if t.name == "nnlib-view"]


class Shell:
    """The part of IPython's shell that tells of cells."""

    def __init__(self, cell):
        self.cell, self.callbacks = cell, []
        self.events = self

    def get_parent(self):
        return {"metadata": {"cellId": self.cell}}

    def register(self, event, callback):
        assert event == "pre_run_cell"
        self.callbacks.append(callback)

    def unregister(self, event, callback):
        self.callbacks.remove(callback)

    def run(self, cell):
        info = type("Info", (), {"cell_id": cell})
        for callback in list(self.callbacks):
            callback(info)


def test_running_its_cell_again_closes_the_view(monkeypatch):
    shell = Shell("cell-1")
    monkeypatch.setattr("nnlib.views.base.get_ipython", lambda: shell)
    view = views.LinearClassifierView()
    view.run()
    shell.run("cell-2")
    assert view.runner.running
    shell.run("cell-1")
    assert not view.runner.running
    assert view.canvas.comm is None
    assert not shell.callbacks


@pytest.mark.parametrize("name", ["linear_classifier", "softmax"])
def test_the_script_sent_has_no_import_and_one_export(name):
    source = canvas.module(name)
    assert "import " not in source
    assert re.findall(r"^export .*", source, re.MULTILINE) == ["export default { render };"]
    for helper in ("draw_frames", "send", "set_text"):
        assert source.count(f"function {helper}(") == 1

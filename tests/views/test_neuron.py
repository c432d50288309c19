"""V8's model and face: the step is at -b/w, and every number is the library's."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import functional
from nnlib.views import NeuronView
from nnlib.views.formula import fixed
from nnlib.views.neuron import SHAPES, NeuronModel

weights = st.floats(-10, 10)
inputs = st.floats(-6, 6)
activations = st.sampled_from(list(SHAPES))


def shown(view, name):
    return view.canvas.frame["texts"][name]


@given(weights, weights, inputs, activations)
def test_the_snapshot_is_the_librarys_neuron(w, b, x, activation):
    s = NeuronModel(w, b, x, activation).snapshot()
    assert s.z == pytest.approx(w * x + b)
    assert s.a == functional.neuron([x], [w], b, activation)
    assert s.slope == functional.neuron_grad([x], [w], b, activation)[2][0]
    np.testing.assert_array_equal(s.curve, functional.neuron(s.places[:, None], [w], b, activation))


@given(weights.filter(lambda w: abs(w) > 0.01), weights)
def test_a_sigmoids_step_is_at_a_half_and_has_a_quarter_of_the_weight_as_slope(w, b):
    s = NeuronModel(w, b).snapshot()
    assert s.step == pytest.approx(-b / w)
    assert s.step_a == pytest.approx(0.5)
    assert s.step_slopes == pytest.approx((w / 4, w / 4))


@pytest.mark.parametrize(
    ("activation", "w", "slopes"),
    [
        ("tanh", 2.0, (2, 2)),
        ("relu", 2.0, (0, 2)),
        ("relu", -2.0, (-2, 0)),
        ("leaky_relu", 2.0, (0.6, 2)),
    ],
)
def test_slopes_of_the_other_activations(activation, w, slopes):
    s = NeuronModel(w, 1.0, activation=activation).snapshot()
    assert s.step_slopes == pytest.approx(slopes)


@given(weights, weights, inputs, activations)
@settings(deadline=None, max_examples=30)
def test_the_face_shows_every_setting_without_a_missing_number(w, b, x, activation):
    view = NeuronView(w=w, b=b, x=x, activation=activation)
    frame = view.canvas.frame
    words = " ".join(frame["texts"].values()) + frame["label"] + view._message.value
    assert "nan" not in words
    assert "inf" not in words
    low, high = frame["y_axis"]["low"], frame["y_axis"]["high"]
    curve = np.frombuffer(frame["curve"], "<f4")
    assert (low <= curve).all()
    assert (curve <= high).all()


@pytest.mark.parametrize("name", ["w", "b", "x"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_slider(name, end):
    view = NeuronView()
    slider = view.controls[name]
    slider.index = len(slider.options) - 1 if end else 0
    limit = 6 if name == "x" else 10
    assert getattr(view.model, name) == (limit if end else -limit)
    m = view.model
    assert shown(view, "a") == f"{functional.neuron([m.x], [m.w], m.b):.3f}"


@pytest.mark.parametrize("activation", SHAPES)
def test_every_activation(activation):
    view = NeuronView()
    view.controls["activation"].value = activation
    assert shown(view, "a") == f"{functional.neuron([2.0], [1.0], 0.0, activation):.3f}"


def test_the_input_is_dragged_and_stays_inside_the_picture():
    view = NeuronView()
    view.canvas.gesture = {"kind": "x", "x": -1.234}
    assert view.model.x == -1.23
    assert view.controls["x"].value == -1.2
    assert shown(view, "x") == "−1.23"
    view.canvas.gesture = {"kind": "x", "x": 99.0}
    assert view.model.x == 6


def test_without_a_weight_there_is_no_step_and_a_sentence_says_so():
    view = NeuronView(w=0.0, b=1.0)
    assert "There is no step." in view._message.value
    assert view.canvas.frame["step"] is None
    view.controls["w"].value = 1.0
    assert "step" not in view._message.value
    assert view.canvas.frame["step"] == -1


def test_a_step_outside_the_picture_is_told():
    assert "to the right" in NeuronView(w=1.0, b=-7.0)._message.value
    assert "to the left" in NeuronView(w=1.0, b=7.0)._message.value
    assert "x = 3.00·10⁹⁰" in NeuronView(w=1e-90, b=-3.0)._message.value


def test_presets_do_what_their_sentences_say():
    def snapshot(preset):
        return NeuronView(preset).model.snapshot()

    soft = snapshot("a soft step")
    assert soft.step == 0
    moved = snapshot("moved by the bias")
    assert moved.step == 3
    assert moved.step_slopes == soft.step_slopes
    sharp = snapshot("a sharp step")
    assert sharp.step == 2
    assert functional.neuron([[1.5], [2.5]], [sharp.w], sharp.b) == pytest.approx([0, 1], abs=0.01)
    turned = snapshot("turned around")
    assert turned.curve[0] > 0.99 > 0.01 > turned.curve[-1]
    saturated = snapshot("saturated")
    assert fixed(saturated.a, 3) == "1.000"
    assert abs(saturated.slope) < 1e-5
    flat = snapshot("no step: w = 0")
    assert flat.step is None
    assert np.ptp(flat.curve) == 0
    far = snapshot("a step out of sight")
    assert far.step == -16
    assert np.ptp(far.curve) < 0.01
    kink = snapshot("ReLU: a kink instead of a step")
    assert (kink.curve[kink.places < kink.step] == 0).all()
    assert kink.step_slopes == (0, kink.w)


@given(weights, weights, inputs, activations)
@settings(deadline=None, max_examples=20)
def test_the_code_shown_gives_the_pictures_numbers(w, b, x, activation):
    rounded = {"w": round(w, 2), "b": round(b, 2), "x": round(x, 2)}
    view = NeuronView(**rounded, activation=activation)
    names = {"print": lambda *_: None}
    exec(view.code(), names)
    s = view.model.snapshot()
    assert names["a"] == pytest.approx(s.a)
    assert names["dx"][0] == pytest.approx(s.slope)
    assert names["step"] == (None if s.step is None else pytest.approx(s.step))
    np.testing.assert_allclose(names["curve"], s.curve)


@given(weights, weights, inputs, activations)
@settings(deadline=None, max_examples=20)
def test_state_and_text_open_the_same_picture(w, b, x, activation):
    view = NeuronView(w=w, b=b, x=x, activation=activation)
    assert NeuronView(**view.state()).canvas.frame["texts"] == view.canvas.frame["texts"]
    assert NeuronView.from_text(view.to_text()).state() == view.state()


def test_reset_goes_back():
    view = NeuronView("a sharp step")
    view.controls["w"].value = -3.0
    view.controls["activation"].value = "relu"
    view.reset()
    assert view.state() == NeuronView("a sharp step").state()
    assert view.controls["w"].value == 10


def test_parts_and_controls_can_be_left_out():
    view = NeuronView(show=["w", "b", "curve"])
    assert view.canvas.hidden == ["neuron"]
    assert view.controls["activation"].layout.display == "none"


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"w": 1001.0}, r"w must lie in \[-1000, 1000\]; got 1001"),
        ({"b": float("nan")}, "b must lie in"),
        ({"x": 7.0}, r"x must lie in \[-6, 6\]"),
        ({"activation": "step"}, "activation must be one of"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        NeuronView(**parameters)


def test_the_still_picture_shows_the_step_and_the_point():
    figure = NeuronView("turned around").still()
    assert "w = −2.00" in figure.alt
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert labels == ["−b/w = 1.00", "a = 0.982 at x = -1"]


def test_numbers_have_a_true_minus_and_no_minus_zero():
    assert fixed(-1.5) == "−1.50"
    assert fixed(-0.001) == "0.00"


@pytest.mark.parametrize("preset", NeuronView.presets)
def test_every_preset_opens_from_the_list_and_has_a_still_picture(preset):
    view = NeuronView()
    view.controls["preset"].value = preset
    assert view.state() == NeuronView(preset).state()
    assert json.dumps(view.canvas.frame, default=lambda part: part.hex(), allow_nan=False)
    assert len(view.still().alt) > 30

"""V5's model and face: both gradients are gradcheck's, and each way to fail has its sentence."""

import base64
import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import LinearClassifier, gradcheck
from nnlib.views import GradientCheckView
from nnlib.views.gradient_check import STEPS, GradientCheckModel, scientific

any_settings = st.fixed_dictionaries(
    {
        "function": st.sampled_from(["cross_entropy", "hinge", "relu"]),
        "w": st.floats(-2, 2),
        "h": st.floats(1e-15, 1),
        "dtype": st.sampled_from(["float64", "float32"]),
        "wrong": st.booleans(),
    }
)


def run(code):
    """The names that a piece of code leaves; what it prints must be something."""
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    assert printed.getvalue()
    return names


def plain(value):
    """The frame as it travels to the browser; fails if JSON cannot say it."""
    return json.loads(json.dumps(value, default=lambda b: b.hex(), allow_nan=False))


@settings(max_examples=12, deadline=None)
@given(any_settings)
def test_the_code_shown_gives_the_numbers_of_the_picture(parameters):
    view = GradientCheckView(**parameters)
    s, names = view.model.snapshot(), run(view.code())
    assert names["analytic"] == pytest.approx(s.analytic, rel=1e-6)
    np.testing.assert_equal(float(names["numerical"]), s.numerical)
    if np.isfinite(s.numerical):
        assert names["error"] == s.error
    place = "W1[0, 0]" if s.function == "relu" else "W[1, 0]"
    named = [kink for kink in names["check"].kinks if kink.startswith(place)]
    assert list(s.kinks) == named
    assert GradientCheckView.from_text(view.to_text()).state() == view.state()


@settings(max_examples=12, deadline=None)
@given(any_settings)
def test_the_face_takes_any_setting_without_a_nan(parameters):
    view = GradientCheckView(**parameters)
    frame = view.canvas.frame
    plain(frame)
    assert len(str(plain(frame))) < 100_000
    assert "nan" not in (frame["numerical_text"] + frame["error_text"] + frame["verdict"]).lower()
    assert frame["kind"] in ("good", "fair", "kink", "bad")
    assert frame["verdict"].endswith(".")
    assert 0.999 * max(abs(np.frombuffer(frame["near"], "<f4")[1::2])) <= frame["near_limit"]


def test_the_numbers_against_gradcheck_written_out():
    net = LinearClassifier(2, 3, dtype=np.float64)
    net.W, net.b = [[2, -1], [0.7, 1], [-1, 0.5]], [0.5, 0, 1]
    X, y = [[1.0, 2.0]], [1]
    net.loss(X, y)
    net.backward()

    def loss(W):
        net.W = W
        return net.loss(X, y)

    numerical = gradcheck.numerical_gradient(loss, net.W.copy(), h=1e-5)[1, 0]
    frame = GradientCheckView().canvas.frame
    assert frame["analytic_text"] == f"{net.dW[1, 0]:.12f}".replace("-", "−")
    assert frame["numerical_text"] == f"{numerical:.12f}".replace("-", "−")
    assert frame["error_text"] == scientific(gradcheck.relative_error(net.dW[1, 0], numerical))


def test_the_curves_are_the_errors_of_each_step():
    s = GradientCheckModel(function="relu", w=1.2).snapshot()
    for h in (1e-12, 1e-6, 0.5):
        for dtype in ("float64", "float32"):
            there = GradientCheckModel(function="relu", w=1.2, h=h, dtype=dtype).snapshot()
            np.testing.assert_equal(s.errors[dtype][list(s.steps).index(h)], there.error)


def test_truncation_falls_with_the_square_of_the_step_and_rounding_grows_as_it_shrinks():
    s = GradientCheckModel().snapshot()
    log_h, log_error = np.log10(s.steps), np.log10(s.errors["float64"])
    right, left = (log_h > -2.5) & (log_h < -0.5), log_h < -6.5
    assert np.polyfit(log_h[right], log_error[right], 1)[0] == pytest.approx(2, abs=0.1)
    assert np.polyfit(log_h[left], log_error[left], 1)[0] == pytest.approx(-1, abs=0.2)
    single = s.errors["float32"]
    assert np.nanmin(single) > 1e-7 > np.nanmin(s.errors["float64"])


def test_kinks_lie_where_the_margins_and_the_neuron_say():
    hinge, relu = (GradientCheckModel(function=f).snapshot() for f in ("hinge", "relu"))
    assert hinge.places_of_kinks == pytest.approx([-0.5, 0.0])  # s_j - s_1 + 1 = 0, by hand
    assert relu.places_of_kinks == pytest.approx([0.5])
    assert GradientCheckModel().snapshot().places_of_kinks == ()


def test_a_kink_is_named_exactly_when_the_step_reaches_it():
    for h, crossed in [(0.02, True), (0.05, True), (0.0005, False), (0.001, False)]:
        s = GradientCheckModel(function="hinge", w=-0.003, h=h).snapshot()
        assert bool(s.kinks) == crossed
        kind = GradientCheckView(**s.controls).canvas.frame["kind"]
        assert kind == ("kink" if crossed else "good")


def test_presets_do_what_their_sentences_say():
    views = {name: GradientCheckView(name) for name in GradientCheckView.presets}
    now = {name: view.model.snapshot() for name, view in views.items()}
    kinds = {name: view.canvas.frame["kind"] for name, view in views.items()}
    words = {name: view.canvas.frame["verdict"] for name, view in views.items()}

    s = now["a good step"]
    assert s.error < 1e-10
    assert 0.1 < s.h / s.best < 10
    assert kinds["a good step"] == "good"

    s = now["too large: truncation"]
    assert "truncation" in words["too large: truncation"]
    half = GradientCheckModel(h=0.25).snapshot()
    assert s.error / half.error == pytest.approx(4, rel=0.1)

    s = now["too small: rounding"]
    assert "rounding" in words["too small: rounding"]
    assert len(np.unique(s.near[:, 1])) < len(s.near) / 4  # a staircase
    assert s.error > 0.01

    s = now["float32, same step"]
    assert s.h == now["a good step"].h
    assert s.error > 1e-3
    assert 1e-7 < np.nanmin(s.errors["float32"]) < s.error / 100
    frame = views["float32, same step"].canvas.frame
    assert frame["analytic_text"][:5] == frame["numerical_text"][:5] == "−0.22"
    assert frame["analytic_text"][5] != frame["numerical_text"][5]

    assert np.isnan(now["float32, the step is lost"].numerical)
    assert "rounds w + h back to w" in words["float32, the step is lost"]
    assert views["float32, the step is lost"].canvas.frame["numerical_text"] == "no value"

    s = now["hinge, far from its kinks"]
    before_the_kink = (s.steps > 1e-6) & (s.steps < 0.2)
    assert s.errors["float64"][before_the_kink].max() < 1e-7
    assert s.errors["float64"][-1] > 0.01

    s = now["hinge, a kink is crossed"]
    assert kinds["hinge, a kink is crossed"] == "kink"
    assert "the hinge's margin" in words["hinge, a kink is crossed"]
    assert GradientCheckModel(function="hinge", w=s.w, h=0.002).snapshot().error < 1e-7

    s = now["hinge, exactly on the kink"]
    assert kinds["hinge, exactly on the kink"] == "kink"
    assert s.errors["float64"].min() > 0.1

    s = now["ReLU, a kink is crossed"]
    assert "the ReLU at z[2]" in words["ReLU, a kink is crossed"]
    assert not GradientCheckModel(function="relu", w=s.w, h=0.001).snapshot().kinks

    s = now["a wrong gradient"]
    assert "gradient itself is wrong" in words["a wrong gradient"]
    usable = (s.steps > 1e-12) & (s.steps < 0.5)
    np.testing.assert_allclose(s.errors["float64"][usable], 0.5, atol=0.03)


@pytest.mark.parametrize("name", ["h", "w"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_the_sliders(name, end):
    view = GradientCheckView()
    value = view.controls[name].options[end][1]
    view.controls[name].value = value
    assert getattr(view.model, name) == value
    plain(view.canvas.frame)


def test_every_switch_changes_the_numbers():
    view = GradientCheckView()
    for name, value in [("dtype", "float32"), ("wrong", True), ("function", "relu")]:
        before = view.canvas.frame
        view.controls[name].value = value
        after = view.canvas.frame
        assert after["number"] > before["number"]
        assert (after["analytic_text"], after["dtype"]) != (
            before["analytic_text"],
            before["dtype"],
        )


def test_gestures_move_the_step_and_the_point():
    view = GradientCheckView()
    view.canvas.gesture = {"kind": "h", "log_h": -6.9}
    assert view.controls["h"].value == view.model.h == 1e-7
    view.canvas.gesture = {"kind": "h", "log_h": -99.0}
    assert view.model.h == STEPS[0]
    view.canvas.gesture = {"kind": "w", "w": -7.0}
    assert view.model.w == -2.0
    view.canvas.gesture = {"kind": "w", "w": 0.12345}
    assert view.model.w == 0.123


def test_a_step_between_two_of_the_slider_is_shown_by_name():
    view = GradientCheckView(h=3e-6)
    assert view.controls["h"].label == "3·10⁻⁶"
    view.open("a good step")
    assert view.controls["h"].label == "10⁻⁵"
    view = GradientCheckView()
    view.change("h", 3e-4)
    assert view.controls["h"].label == "3·10⁻⁴"


def test_reset_goes_back():
    view = GradientCheckView("hinge, a kink is crossed")
    before = view.state()
    view.controls["h"].value = 1e-3
    view.controls["function"].value = "relu"
    view.reset()
    assert view.state() == before


def test_parts_can_be_left_out():
    view = GradientCheckView(show=["h", "errors"])
    assert view.canvas.hidden == ["loss", "microscope"]
    shown = [name for name, control in view.controls.items() if control.layout.display != "none"]
    assert shown == ["h"]


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"function": "sigmoid"}, r"function must be one of .*'hinge'.*; got 'sigmoid'"),
        ({"dtype": "float16"}, r"dtype must be one of .*; got 'float16'"),
        ({"h": 0.0}, "h must lie between 1e-15 and 1; got 0.0"),
        ({"w": 3.0}, "w must lie between -2 and 2; got 3.0"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        GradientCheckView(**parameters)


def test_the_still_picture_says_the_numbers():
    view = GradientCheckView("hinge, a kink is crossed")
    data, metadata = view._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "kink crossed" in metadata["image/png"]["alt"]
    assert view.canvas.frame["error_text"] in data["text/plain"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (1.0, "1"),
        (1e-5, "10⁻⁵"),
        (2e-15, "2·10⁻¹⁵"),
        (1.48e-11, "1.5·10⁻¹¹"),
        (-3e-7, "−3·10⁻⁷"),
        (0.0, "0"),
        (np.nan, "–"),
    ],
)
def test_numbers_as_people_write_them(value, text):
    assert scientific(value) == text

"""V3's model and face: both losses, their slopes and the flat part are the library's."""

import base64
import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import functional
from nnlib.views import TwoLossesView
from nnlib.views.two_losses import TwoLossesModel

PRESETS = list(TwoLossesView.presets)


@st.composite
def parameters(draw):
    n = draw(st.integers(2, 4))
    score = st.floats(-5, 5) | st.integers(-50, 50).map(lambda tenths: tenths / 10)
    return {
        "scores": draw(st.lists(score, min_size=n, max_size=n)),
        "true_class": draw(st.integers(0, n - 1)),
        "moving": draw(st.integers(0, n - 1)),
        "delta": draw(st.floats(0, 5) | st.sampled_from([0.0, 1.0, 5.0])),
    }


@given(parameters())
def test_the_numbers_at_the_marker_are_the_librarys(state):
    s = TwoLossesModel(**state).snapshot()
    scores, y, delta = state["scores"], state["true_class"], state["delta"]
    assert s.cross_entropy == functional.cross_entropy(scores, y)
    assert s.hinge == functional.hinge(scores, y, delta)
    np.testing.assert_array_equal(s.cross_entropy_grad, functional.cross_entropy_grad(scores, y))
    np.testing.assert_array_equal(s.hinge_grad, functional.hinge_grad(scores, y, delta))
    assert s.hinge == pytest.approx(s.hinge_terms.sum())
    np.testing.assert_array_equal(s.probabilities, functional.softmax(scores))


@given(parameters(), st.integers(0, 200))
def test_the_curves_are_what_the_marker_would_show_there(state, place):
    s = TwoLossesModel(**state).snapshot()
    scores, y, delta, j = list(state["scores"]), state["true_class"], state["delta"], s.moving
    scores[j] = s.axis[place]
    there = {
        "cross_entropy": functional.cross_entropy(scores, y),
        "hinge": functional.hinge(scores, y, delta),
        "cross_entropy_grad": functional.cross_entropy_grad(scores, y)[j],
        "hinge_grad": functional.hinge_grad(scores, y, delta)[j],
    }
    for name, value in there.items():
        assert s.curves[name][place] == pytest.approx(value, abs=1e-9)


@given(parameters())
def test_the_shaded_part_is_where_the_hinges_slope_is_0(state):
    view = TwoLossesView(**state)
    s, flat = view.model.snapshot(), view.canvas.frame["flat"]
    slope = s.curves["hinge_grad"]
    inside = np.zeros(len(s.axis), bool)
    if flat is not None:
        inside = (s.axis >= flat[0]) & (s.axis <= flat[1])
    away = np.abs(s.axis[:, None] - s.kinks).min(axis=1) > 1e-9
    np.testing.assert_array_equal(slope[away & inside], 0)
    assert (slope[away & ~inside] != 0).all()
    if s.moving == s.true_class:
        assert (s.curves["hinge"][inside] <= 1e-9).all()


@given(parameters())
@settings(max_examples=25, deadline=None)
def test_the_face_takes_any_setting(state):
    view = TwoLossesView(**state)
    frame = view.canvas.frame
    text = json.dumps(frame, default=lambda b: b.hex(), allow_nan=False)
    assert len(text) < 100_000
    assert "nan" not in text.lower()
    for axis, suffix in (("loss_axis", ""), ("slope_axis", "_grad")):
        for name in ("cross_entropy", "hinge"):
            assert frame[axis]["low"] <= frame["here"][name + suffix] <= frame[axis]["high"]
    assert TwoLossesView(**view.state()).state() == view.state()
    assert TwoLossesView.from_text(view.to_text()).state() == view.state()


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize("value", [-5.0, 5.0])
def test_score_sliders(k, value):
    view = TwoLossesView(scores=[0.0] * 4, true_class=0, moving=k)
    view.controls[f"score_{k}"].value = value
    assert view.model.scores[k] == value == view.canvas.frame["score"]
    expected = functional.cross_entropy(view.model.scores, 0)
    assert view.canvas.frame["here_texts"]["cross_entropy"] == f"{expected:.3f}"


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_margin_slider(value):
    view = TwoLossesView()
    before = view.canvas.frame["here"]
    view.controls["delta"].value = value
    after = view.canvas.frame["here"]
    assert after["hinge"] == functional.hinge([0.5, 0.0, 1.0], 1, value) != before["hinge"]
    assert after["cross_entropy"] == before["cross_entropy"]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_number_of_classes_sets_the_choices(n):
    view = TwoLossesView(scores=[0.0, 1.0, 2.0, 3.0], true_class=3, moving=3)
    view.controls["n_classes"].value = n
    assert len(view.canvas.frame["classes"]) == n
    assert view.model.true_class == view.model.moving == n - 1
    assert [k for _, k in view.controls["moving"].options] == list(range(n))
    shown = [view.controls[f"score_{k}"].layout.display is None for k in range(4)]
    assert shown == [True] * n + [False] * (4 - n)


@pytest.mark.parametrize("y", [0, 1, 2])
@pytest.mark.parametrize("j", [0, 1, 2])
def test_true_class_and_moving_score_can_be_chosen(y, j):
    view = TwoLossesView()
    view.controls["true_class"].value = y
    view.controls["moving"].value = j
    frame = view.canvas.frame
    assert frame["here"]["hinge_grad"] == functional.hinge_grad([0.5, 0.0, 1.0], y)[j]
    assert f"class {j}, {'the true' if y == j else 'a wrong'} class" in frame["x_axis"]["title"]
    marked = [k for k in range(4) if "nnb-v3-moving" in view.controls[f"score_{k}"]._dom_classes]
    assert marked == [j]


def test_gestures():
    view = TwoLossesView()
    view.canvas.gesture = {"kind": "score", "score": 1.234}
    assert view.controls["score_1"].value == 1.2
    view.canvas.gesture = {"kind": "score", "score": 99.0}
    assert view.model.scores[1] == 5.0
    view.canvas.gesture = {"kind": "select", "k": 2}
    assert view.controls["moving"].value == 2
    with pytest.raises(ValueError, match="moving must be a class"):
        view.canvas.gesture = {"kind": "select", "k": 7}
    assert 'class="nnb-error"' in view._message.value


def test_words_say_what_each_loss_wants():
    view = TwoLossesView("the margin is met")
    assert "Here the hinge wants nothing of s₁" in view.canvas.frame["here_text"]
    assert "Cross-entropy still wants s₁ higher" in view.canvas.frame["here_text"]
    assert "flat from s₁ = 2.0 on: there class 1 leads" in view.canvas.frame["flat_text"]
    view.change("score_1", 1.7)
    assert "The hinge wants s₁ higher" in view.canvas.frame["here_text"]
    assert "Cross-entropy wants s₁ higher" in view.canvas.frame["here_text"]
    view.change("score_1", 1.5)
    assert "on a corner" in view.canvas.frame["here_text"]
    view.change("moving", 2)
    view.change("score_1", 2.0)
    assert "flat up to s₂ = 1.0" in view.canvas.frame["flat_text"]
    far = TwoLossesView(scores=[5.0, 0.0], delta=5.0, true_class=1)
    assert "further right than this picture reaches" in far.canvas.frame["flat_text"]
    assert far.canvas.frame["flat"] is None


def test_presets_do_what_their_sentences_say():
    def opened(preset, **changes):
        model = TwoLossesModel(**TwoLossesView.presets[preset].state)
        for name, value in changes.items():
            model.change(name, value)
        return model.snapshot()

    first = opened("the true class's score")
    assert first.flat[0] == 2
    end = opened("the true class's score", score_1=5.0)
    assert end.hinge == 0 < end.cross_entropy < first.cross_entropy
    met = opened("the margin is met")
    assert met.scores[1] - max(met.scores[0], met.scores[2]) > met.delta
    assert met.hinge_grad[1] == 0 > met.cross_entropy_grad[1]
    below = opened("a wrong class's score", score_2=0.9)
    assert below.flat[1] == 1
    assert below.hinge_grad[2] == 0 < below.cross_entropy_grad[2]
    far = opened("far on the wrong side")
    assert far.hinge_grad[1] == -2
    assert far.cross_entropy_grad[1] == pytest.approx(-1, abs=0.01)
    assert opened("a wide margin: Δ = 3").flat[0] == 4
    none = opened("no margin: Δ = 0")
    assert none.hinge == 0
    assert not none.hinge_grad.any()
    assert none.cross_entropy_grad.any()
    assert len(opened("two classes").kinks) == 1


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_open_and_the_code_gives_the_pictures_numbers(preset):
    view = TwoLossesView()
    view.open(preset)
    assert view.state() == TwoLossesView(preset).state()
    assert TwoLossesView.presets[preset].look.endswith(".")
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(view.code(), names)
    assert "cross-entropy" in printed.getvalue()
    s = view.model.snapshot()
    assert names["losses"] == (s.cross_entropy, s.hinge)
    np.testing.assert_array_equal(names["gradients"], [s.cross_entropy_grad, s.hinge_grad])
    for name in ("cross_entropy", "hinge"):
        drawn = np.interp(names["axis"], s.axis, s.curves[name])
        np.testing.assert_allclose(names[name], drawn, atol=1e-5)
    steep = np.interp(names["axis"], s.axis, s.curves["cross_entropy_grad"])
    np.testing.assert_allclose(names["cross_entropy_slope"], steep, atol=1e-5)


@pytest.mark.parametrize("preset", PRESETS)
def test_still_has_words_and_an_image(preset):
    data, metadata = TwoLossesView(preset)._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "The hinge is flat" in data["text/plain"]
    assert metadata["image/png"]["alt"] == data["text/plain"]


def test_reset_goes_back():
    view = TwoLossesView("the margin is met")
    view.controls["score_0"].value = -3.0
    view.controls["delta"].value = 4.0
    view.controls["n_classes"].value = 2
    view.reset()
    assert view.state() == TwoLossesView("the margin is met").state()
    view.controls["score_2"].value = -1.0
    view.reset()
    assert view.state() == TwoLossesView("the margin is met").state()


def test_a_lesson_may_leave_controls_and_parts_out():
    view = TwoLossesView(show=["delta", "hinge", "classes"])
    assert view.canvas.hidden == ["cross_entropy", "gradients"]
    assert view.controls["delta"].layout.display is None
    assert view.controls["score_0"].layout.display == "none"


@pytest.mark.parametrize(
    ("loss", "other"), [("cross_entropy", "hinge"), ("hinge", "cross_entropy")]
)
@pytest.mark.parametrize("gradients", [[], ["gradients"]])
def test_the_words_know_only_the_losses_on_show(loss, other, gradients):
    view = TwoLossesView(show=[loss, *gradients])
    data, _ = view._repr_mimebundle_()
    words = f"{data['text/plain']} {view.canvas.frame['here_text']}".lower().replace("-", "_")
    assert loss in words
    assert other not in words
    assert ("gradient" in data["text/plain"]) == bool(gradients)


@pytest.mark.parametrize(
    ("state", "match"),
    [
        ({"scores": [1.0]}, "scores must hold 2 to 4 numbers; got 1"),
        ({"scores": [1.0, 9.0]}, "scores must lie between -5 and 5; got 9.0"),
        ({"scores": [float("nan"), 0.0]}, "scores must lie between"),
        ({"delta": -1.0}, "delta must lie between 0 and 5"),
        ({"true_class": 3}, r"true_class must be a class 0\.\.2; got 3"),
        ({"moving": -1}, "moving must be a class"),
    ],
)
def test_wrong_parameters_are_named(state, match):
    with pytest.raises(ValueError, match=match):
        TwoLossesView(**state)

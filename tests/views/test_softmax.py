"""V2's model and face: the stages are right, and break where the plain formula breaks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import functional
from nnlib.views import SoftmaxView
from nnlib.views.softmax import SoftmaxModel, short

scores = st.lists(st.floats(-5, 5), min_size=3, max_size=5)
temperatures = st.floats(0.1, 10)


@given(scores, temperatures, st.floats(-1000, 1000))
def test_safe_stages_are_the_librarys_softmax(scores, temperature, shift):
    s = SoftmaxModel(scores, temperature, shift, safe=True).snapshot()
    expected = functional.softmax((np.array(scores) + shift) / temperature)
    np.testing.assert_allclose(s.probabilities, expected, rtol=1e-12)
    assert s.note == ""
    assert s.total == pytest.approx(s.exps.sum())


@given(scores, temperatures, st.floats(-50, 50))
def test_plain_stages_are_the_same_while_the_numbers_are_small(scores, temperature, shift):
    s = SoftmaxModel(scores, temperature, shift).snapshot()
    np.testing.assert_allclose(s.exponents, (np.array(scores) + shift) / temperature)
    np.testing.assert_allclose(s.probabilities, functional.softmax(s.exponents), rtol=1e-9)
    np.testing.assert_allclose(s.probabilities, s.unshifted, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("shift", "word"), [(1000.0, "larger"), (-1000.0, "rounded to 0")])
def test_where_the_plain_formula_breaks_a_sentence_says_so(shift, word):
    view = SoftmaxView(shift=shift)
    assert word in view._message.value
    assert view.canvas.frame["sum_broken"]
    assert [bar["prob_text"] for bar in view.canvas.frame["classes"]] == ["none"] * 3
    view.controls["safe"].value = True
    assert "nnb-note" in view._message.value
    assert word not in view._message.value
    assert not view.canvas.frame["sum_broken"]
    assert view.canvas.frame["classes"][0]["prob_text"] == "0.659"


@given(
    scores,
    st.sampled_from([0.1, 1.0, 10.0]),
    st.sampled_from([-1000.0, -745.0, 0.0, 69.0, 709.0, 1000.0]),
    st.booleans(),
)
@settings(deadline=None)
def test_bars_stay_inside_their_axes_at_the_ends_of_every_control(scores, t, shift, safe):
    view = SoftmaxView(scores=scores, temperature=t, shift=shift, safe=safe)
    frame = view.canvas.frame
    for bar in frame["classes"]:
        assert -1 <= bar["score_length"] <= 1
        assert 0 <= bar["exp_length"] <= 1
        assert 0 <= bar["prob_length"] <= 1
        assert "nan" not in "".join(v for v in bar.values() if isinstance(v, str)).lower()
    if not frame["sum_broken"]:
        assert sum(bar["part_length"] for bar in frame["classes"]) <= 1 + 1e-9


def test_the_lectures_example():
    view = SoftmaxView(scores=[0.5, 2, 1])
    bars = view.canvas.frame["classes"]
    assert [bar["exp_text"] for bar in bars] == ["1.649", "7.389", "2.718"]
    assert [bar["prob_text"] for bar in bars] == ["0.140", "0.629", "0.231"]
    assert view.canvas.frame["sum_text"] == "11.76"


@pytest.mark.parametrize("k", range(5))
@pytest.mark.parametrize("value", [-5.0, 5.0])
def test_score_sliders(k, value):
    view = SoftmaxView(scores=[0.0] * 5)
    view.controls[f"score_{k}"].value = value
    assert view.model.scores[k] == value
    assert view.canvas.frame["classes"][k]["score"] == value


@pytest.mark.parametrize("value", [0.1, 10.0])
def test_temperature_slider(value):
    view = SoftmaxView()
    view.controls["temperature"].value = value
    expected = functional.softmax(np.array([2.0, 1.0, 0.1]) / value)
    shown = [float(bar["prob_text"]) for bar in view.canvas.frame["classes"]]
    np.testing.assert_allclose(shown, expected, atol=5e-4)


def test_number_of_classes_shows_as_many_sliders():
    view = SoftmaxView(selected=2)
    view.controls["n_classes"].value = 5
    assert len(view.canvas.frame["classes"]) == 5
    assert view.controls["score_4"].layout.display is None
    view.controls["n_classes"].value = 3
    assert view.controls["score_3"].layout.display == "none"
    assert view.canvas.frame["selected"] == 2


def test_gestures():
    view = SoftmaxView()
    view.canvas.gesture = {"kind": "select", "k": 1}
    assert view.canvas.frame["selected"] == 1
    view.canvas.gesture = {"kind": "score", "k": 1, "score": 99.0}
    assert view.controls["score_1"].value == 5.0
    view.canvas.gesture = {"kind": "score", "k": 0, "score": -1.23}
    assert view.canvas.frame["classes"][0]["score"] == -1.2


def test_reset_goes_back():
    view = SoftmaxView("a tie")
    view.controls["score_0"].value = 4.0
    view.controls["shift"].value = 500.0
    view.reset()
    assert view.state() == SoftmaxView("a tie").state()
    view.controls["score_1"].value = 4.0
    view.reset()
    assert view.state() == SoftmaxView("a tie").state()


def test_presets_do_what_their_sentences_say():
    def probabilities(preset):
        return SoftmaxView(preset).model.snapshot().probabilities

    first = probabilities("three scores")
    assert first[0] / first[1] == pytest.approx(math.e)
    tie = probabilities("a tie")
    assert tie[0] == tie[1] == tie[2]
    winner = probabilities("five classes, one clear winner")
    assert winner[0] > 0.9
    assert (winner > 0).all()
    assert probabilities("cold: temperature 0.2")[0] > 0.99
    np.testing.assert_allclose(probabilities("hot: temperature 10"), 1 / 3, atol=0.05)
    np.testing.assert_allclose(probabilities("shifted by 20"), first)
    for broken in ("overflow: shifted by 1000", "underflow: shifted by -1000"):
        assert np.isnan(probabilities(broken)).all()


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"scores": [1.0, 2.0]}, "scores must hold 3 to 5 numbers"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"selected": 3}, "selected must be a class"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        SoftmaxView(**parameters)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (1.10517, "1.105"),
        (148.41, "148.41"),
        (485165195.4, "4.85·10^8"),
        (-3.5, "−3.500"),
        (1e-7, "1.00·10^−7"),
        (np.inf, "too large"),
    ],
)
def test_numbers_in_the_form_people_write(value, text):
    assert short(value) == text


def test_where_nothing_can_change_the_exponent_it_is_the_score_itself():
    plain = SoftmaxView(scores=[0.0, 1.0, 1.0], show=["score_0", "reset"]).canvas.frame
    assert (plain["exponent"], plain["subtitles"]["exp"]) == ("z", "e to the power z")
    for view in (SoftmaxView(), SoftmaxView(temperature=2.0, show=["score_0"])):
        assert view.canvas.frame["exponent"] == "u"

"""V1's model and face: every number is the library's, at both ends of every control."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import SGD, LinearClassifier, data, functional
from nnlib.views import LinearClassifierView
from nnlib.views.linear_classifier import SOURCES, LinearClassifierModel


def twin(model):
    """The model's network, made anew with public names."""
    net = LinearClassifier(2, model.n_classes, loss=model.loss, l2=model.l2, dtype=np.float64)
    net.W, net.b = model.net.W, model.net.b
    return net


settings_of_a_model = st.fixed_dictionaries(
    {
        "data": st.sampled_from(list(SOURCES)),
        "n_classes": st.integers(2, 4),
        "n_per_class": st.sampled_from([3, 8, 100]),
        "seed": st.integers(0, 999),
        "loss": st.sampled_from(["cross_entropy", "hinge"]),
        "l2": st.sampled_from([0.0, 0.001, 1.0]),
        "lr": st.sampled_from([0.001, 0.5, 50.0]),
    }
)


@settings(max_examples=30, deadline=None)
@given(settings_of_a_model, st.integers(0, 5))
def test_numbers_are_the_librarys(parameters, steps):
    model = LinearClassifierModel(**parameters)
    for _ in range(steps):
        model.step()
    s, net = model.snapshot(), twin(model)
    assert s.loss == pytest.approx(net.loss(model.X, model.y), rel=1e-12)
    assert s.loss == pytest.approx(s.data_loss + s.penalty, rel=1e-12)
    net.backward()
    np.testing.assert_allclose(s.dW, net.dW, rtol=1e-12)
    np.testing.assert_allclose(s.scores, functional.scores(model.X, net.W, net.b), rtol=1e-12)
    losses = getattr(functional, parameters["loss"])
    np.testing.assert_allclose(s.losses, losses(s.scores, model.y, reduction="none"), rtol=1e-12)
    assert s.accuracy == net.score(model.X, model.y)
    SGD(model.lr).bind(net).step()
    np.testing.assert_allclose(s.next_W, net.W, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(settings_of_a_model)
def test_the_face_takes_any_setting_and_stays_finite(parameters):
    view = LinearClassifierView(**parameters)
    for _ in range(3):
        view.step()
    frame = view.canvas.frame
    assert np.isfinite([frame["loss"], frame["accuracy"], frame["weight_limit"]]).all()
    assert np.isfinite(np.frombuffer(frame["scores"], "<f4")).all()
    assert LinearClassifierView.from_text(view.to_text()).state() == view.state()


def test_training_reaches_what_nnlib_reaches():
    view = LinearClassifierView("spiral: no line can follow")
    for _ in range(200):
        view.model.step()
    X, y = data.spiral(n_per_class=100, n_classes=3, seed=0)
    net = LinearClassifier(2, 3, l2=0.001, seed=0, dtype=np.float64)
    history = net.fit(X, y, epochs=200, optimizer=SGD(lr=1.0))
    np.testing.assert_allclose(view.model.net.W, net.W, rtol=1e-9)
    assert view.model.snapshot().history[0] == pytest.approx(history["loss"][0])


def test_regions_are_the_predictions():
    view = LinearClassifierView("by hand")
    s = view.model.snapshot()
    centres = s.extent * (2 * (np.arange(150) + 0.5) / 150 - 1)
    for row, column in [(0, 0), (15, 120), (149, 75), (95, 6)]:
        place = np.array([[centres[column], centres[row]]])
        assert s.regions[row, column] == view.model.net.predict(place)[0]


def test_snapshots_do_not_change_later():
    model = LinearClassifierModel()
    s = model.snapshot()
    before = [np.copy(part) for part in (s.X, s.W, s.b, s.dW, s.scores, s.regions)]
    model.step()
    model.change("point_0", (0.1, 0.2))
    model.snapshot()
    for part, old in zip((s.X, s.W, s.b, s.dW, s.scores, s.regions), before, strict=True):
        np.testing.assert_array_equal(part, old)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lr", 50.0), ("l2", 0.5), ("loss", "hinge"), ("speed", 200), ("class", 2), ("selected", 3)],
)
def test_settings_keep_the_weights(name, value):
    model = LinearClassifierModel()
    for _ in range(5):
        model.step()
    before, steps = model.net.parameters.copy(), model.steps
    model.change(name, value)
    np.testing.assert_array_equal(model.net.parameters, before)
    assert model.steps == steps


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [("w1", -6.0, (0, 0)), ("w1", 6.0, (0, 0)), ("w2", -6.0, (0, 1)), ("w2", 6.0, (0, 1))],
)
def test_weight_sliders_set_the_weights(name, value, place):
    view = LinearClassifierView()
    view.controls[name].value = value
    assert view.model.net.W[place] == value
    assert view.canvas.frame["W"][place[0]][place[1]] == value


@pytest.mark.parametrize("value", [-6.0, 6.0])
def test_bias_slider_sets_the_bias_of_the_chosen_class(value):
    view = LinearClassifierView()
    view.controls["class"].value = 1
    view.controls["bias"].value = value
    assert view.canvas.frame["b"] == [0.0, value, 0.0]


def test_sliders_follow_the_chosen_class():
    view = LinearClassifierView("by hand")
    for k, row in enumerate([[2.0, -1.0], [0.0, 1.0], [-1.0, 0.5]]):
        view.controls["class"].value = k
        assert [view.controls["w1"].value, view.controls["w2"].value] == row


def test_a_weight_beyond_the_slider_puts_it_at_its_end_and_stays():
    view = LinearClassifierView(W=[[30.0, -30.0], [0.0, 0.0], [0.0, 0.0]])
    assert (view.controls["w1"].value, view.controls["w2"].value) == (6.0, -6.0)
    assert view.model.net.W[0].tolist() == [30.0, -30.0]


@pytest.mark.parametrize("name", ["lr", "l2"])
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_the_training_sliders(name, end):
    view = LinearClassifierView()
    value = view.controls[name].options[end][1]
    view.controls[name].value = value
    assert getattr(view.model, name) == value
    view.step()
    assert np.isfinite(view.canvas.frame["loss"])


@pytest.mark.parametrize("data_name", list(SOURCES))
def test_each_data_set_can_be_chosen(data_name):
    view = LinearClassifierView()
    view.controls["data"].value = data_name
    n = view.model.n_classes
    assert n == (3 if data_name in ("blobs", "spiral") else 2)
    assert len(view.canvas.frame["W"]) == n == len(view.controls["class"].options)
    assert np.abs(view.model.X).max() <= view.model.extent


@pytest.mark.parametrize("n", [2, 3, 4])
def test_each_number_of_classes(n):
    view = LinearClassifierView()
    view.controls["n_classes"].value = n
    assert len(view.canvas.frame["lines"]) == n
    view.step()


def test_dragging_a_point_moves_it_selects_it_and_changes_its_loss():
    view = LinearClassifierView("by hand")
    before = view.model.snapshot().losses[4]
    view.canvas.gesture = {"kind": "move", "index": 4, "x": -1.0, "y": 1.5}
    s = view.model.snapshot()
    np.testing.assert_allclose(s.X[4], [-1.0, 1.5])
    assert view.canvas.frame["selected"] == 4
    assert s.losses[4] > before
    assert view.state()["moved"] == {4: [-1.0, 1.5]}


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
@settings(max_examples=20, deadline=None)
def test_a_point_cannot_leave_the_picture(x, y):
    model = LinearClassifierModel()
    model.change("point_0", (x, y))
    assert np.abs(model.X).max() <= model.extent + 1e-6


def test_dragging_a_tip_sets_the_row_and_chooses_the_class():
    view = LinearClassifierView()
    view.canvas.gesture = {"kind": "row", "k": 2, "x": 1.234, "y": -0.5}
    assert view.canvas.frame["W"][2] == [1.23, -0.5]
    assert view.controls["class"].value == 2
    assert view.controls["w1"].value == 1.2  # the nearest on the slider


def test_reset_puts_the_first_weights_back_and_keeps_the_rest():
    view = LinearClassifierView("by hand")
    view.controls["lr"].value = 5.0
    view.canvas.gesture = {"kind": "move", "index": 4, "x": -1.0, "y": 1.5}
    for _ in range(3):
        view.step()
    view.reset()
    assert view.canvas.frame["step"] == 0
    assert view.canvas.frame["W"] == [[2.0, -1.0], [0.0, 1.0], [-1.0, 0.5]]
    assert view.model.lr == 5.0
    assert 4 in view.model.moved


def test_divergence_ends_in_a_sentence_not_in_nan():
    view = LinearClassifierView("learning rate too high")
    while view.model.work():
        assert view.model.steps < 100
    view.refresh()
    assert "Lower the learning rate" in view._message.value
    assert np.isfinite(view.canvas.frame["loss"])
    view.controls["lr"].value = 0.1
    assert "Lower" not in view._message.value
    assert view.model.step()


def test_presets_do_what_their_sentences_say():
    def trained(preset, steps=500):
        view = LinearClassifierView(preset)
        for _ in range(steps):
            view.model.step()
        return view.model.snapshot()

    assert trained("three groups").accuracy == 1.0
    zero = LinearClassifierView("zero start").model.snapshot()
    np.testing.assert_allclose(zero.losses, np.log(3))
    own = [zero.X[zero.y == k].mean(axis=0) for k in range(3)]
    assert all(-zero.dW[k] @ own[k] > 0 for k in range(3))
    by_hand = LinearClassifierView("by hand").model.snapshot()
    assert by_hand.accuracy < 1
    hinge = trained("hinge stops when it is content", 2000)
    assert np.abs(hinge.dW).max() == 0 == hinge.loss
    outlier = LinearClassifierView("one outlier").model
    for _ in range(200):
        outlier.step()
    s = outlier.snapshot()
    assert s.losses.argmax() == 0 == s.selected
    assert 0.45 < trained("spiral: no line can follow").accuracy < 0.57
    xor = trained("XOR: no line separates it")
    assert xor.loss == pytest.approx(np.log(2), abs=0.05)
    strong = trained("λ too strong")
    assert strong.loss > 0.8 * np.log(3)
    assert strong.accuracy == 1.0


def test_it_pauses_by_itself():
    model = LinearClassifierModel(speed=200)
    while model.work():
        assert model.steps < 3000
    assert model.steps == 2000
    assert "Press Run to go on" in model.snapshot().note
    assert model.work()


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"data": "cats"}, "data must be one of"),
        ({"n_classes": 7}, "n_classes must be 2, 3 or 4"),
        ({"loss": "squares"}, "loss must be one of"),
        ({"lr": 0.0}, "lr must be"),
        ({"W": [[1.0, 2.0, 3.0]] * 3}, "W must have shape"),
        ({"b": [1.0]}, "b must have shape"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        LinearClassifierView(**parameters)


def test_a_lesson_may_leave_parts_of_the_picture_out():
    assert LinearClassifierView().canvas.hidden == []
    assert LinearClassifierView(show=["weights"]).canvas.hidden == []
    view = LinearClassifierView(show=["weights", "scores"])
    assert view.canvas.hidden == ["training", "gradients"]
    assert view.controls["w1"].layout.display is None
    assert view.controls["lr"].layout.display == "none"


def test_a_weight_moved_by_hand_moves_the_end_of_the_curve():
    model = LinearClassifierModel()
    model.step()
    before = model.snapshot()
    model.change("bias", 3.0)
    after = model.snapshot()
    assert after.history[-1] == after.loss != before.loss
    assert after.history[:-1] == before.history[:-1]


def test_the_loss_bar_keeps_its_scale_while_the_loss_falls():
    view = LinearClassifierView(preset="zero start")
    limit = view.canvas.frame["loss_limit"]
    for _ in range(50):
        view.step()
    assert view.canvas.frame["loss"] < 0.2 * limit
    assert view.canvas.frame["loss_limit"] == limit


def test_a_loss_without_a_penalty_has_no_parts():
    step = LinearClassifierView(preset="zero start", show=["step", "training"])
    assert not step.canvas.frame["has_penalty"]
    assert LinearClassifierView(l2=0.1, show=["step"]).canvas.frame["has_penalty"]
    assert LinearClassifierView().canvas.frame["has_penalty"]

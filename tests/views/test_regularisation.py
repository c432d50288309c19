"""V4's model and face: every classifier shown is one that nnlib trains, and λ does what is said."""

import asyncio
import base64
import contextlib
import io
import json
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import in_a_loop

from nnlib import functional
from nnlib.views import RegularisationView
from nnlib.views.regularisation import PENALTIES, SIZES, WRONG, RegularisationModel

PRESETS = list(RegularisationView.presets)


def whole_path(view):
    """Train for every λ, as the worker does."""
    while view.model.work():
        pass
    view.refresh()
    return view.canvas.frame


@pytest.mark.parametrize("preset", PRESETS)
def test_the_code_shown_gives_the_pictures_numbers(preset):
    view = RegularisationView()
    view.open(preset)
    assert view.state() == RegularisationView(preset).state()
    assert RegularisationView.presets[preset].look.endswith(".")
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(view.code(), names)
    assert "validation" in printed.getvalue()
    s, net = view.model.snapshot(), names["model"]
    np.testing.assert_allclose(s.now.W, net.W, atol=1e-5)
    assert s.now.data_loss == pytest.approx(net.data_loss, rel=1e-4)
    assert s.now.penalty == pytest.approx(net.penalty, rel=1e-4)
    assert s.now.norm == pytest.approx(np.linalg.norm(net.W), rel=1e-4)
    assert s.now.accuracy == net.score(names["X_train"], names["y_train"])
    X_val, y_val = names["X_val"], names["y_val"]
    assert s.now.val_accuracy == pytest.approx(net.score(X_val, y_val), abs=1e-3)
    scores = net.scores(X_val)
    assert s.now.val_loss == pytest.approx(functional.cross_entropy(scores, y_val), rel=1e-3)


@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from(PENALTIES) | st.floats(0, 10),
    st.sampled_from(SIZES),
    st.sampled_from(WRONG),
    st.integers(0, 999),
    st.booleans(),
)
def test_the_face_takes_any_setting(l2, n_train, wrong, seed, same_scale):
    state = {"l2": l2, "n_train": n_train, "wrong": wrong, "seed": seed, "same_scale": same_scale}
    view = RegularisationView(**state)
    frame = view.canvas.frame
    assert len(json.dumps(frame, default=lambda b: b.hex(), allow_nan=False)) < 50_000
    assert 0 <= frame["lengths"]["data"] + frame["lengths"]["penalty"] <= 1
    assert 0 <= frame["lengths"]["validation"] <= 1
    assert len(frame["templates"]) == 7840
    assert view.state() == state == RegularisationView(**state).state()
    assert RegularisationView.from_text(view.to_text()).state() == state
    assert view.controls["l2"].value == l2


@pytest.mark.parametrize("value", [0.0, 10.0])
def test_both_ends_of_the_slider_of_lambda(value):
    view = RegularisationView("a good λ")
    view.controls["l2"].value = value
    s = view.model.snapshot()
    assert s.l2 == value
    assert s.now.penalty == pytest.approx(value * functional.l2_penalty(s.now.W), rel=1e-5)
    assert f"λ = {value:g}" in view.canvas.frame["handle_label"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_train", 100),
        ("n_train", 500),
        ("wrong", 0.0),
        ("wrong", 0.1),
        ("seed", 0),
        ("seed", 999),
    ],
)
def test_other_images_are_trained_anew(name, value):
    view = RegularisationView(seed=5)
    before = whole_path(view)["accuracies"]
    view.controls[name].value = value
    known = [pair for pair in view.canvas.frame["accuracies"] if pair]
    assert len(known) == 1
    assert known[0] != before[0]
    assert view.model.snapshot().now.n_wrong == round(view.model.wrong * view.model.n_train)


def test_the_larger_the_penalty_the_smaller_the_weights():
    model = RegularisationModel()
    while model.work():
        pass
    trained = [model._trained[l2] for l2 in PENALTIES]
    norms = [one.norm for one in trained]
    assert norms == sorted(norms, reverse=True)
    losses = [one.data_loss for one in trained]
    assert losses == sorted(losses)
    assert model.waiting == []


def roughness(W):
    """How much neighbouring pixels of the templates differ, beside the size of the weights."""
    images = W.reshape(-1, 28, 28)
    steps = np.diff(images, axis=1)[:, :, 1:] ** 2 + np.diff(images, axis=2)[:, 1:] ** 2
    return steps.sum() / (images**2).sum()


def test_presets_do_what_their_sentences_say():
    def opened(preset, **changes):
        state = {**RegularisationView.presets[preset].state, **changes}
        return RegularisationModel(**state).snapshot()

    by_heart, good, strong = (
        opened(preset).now for preset in ("learnt by heart: λ = 0", "a good λ", "λ too strong")
    )
    assert by_heart.accuracy == 1
    assert by_heart.n_wrong == by_heart.n_wrong_learnt == 40
    assert by_heart.val_accuracy == pytest.approx(0.6, abs=0.03)
    assert roughness(good.W) < 0.75 * roughness(by_heart.W)
    assert good.n_wrong_learnt < 20
    assert good.accuracy < by_heart.accuracy
    assert good.val_accuracy > by_heart.val_accuracy + 0.08
    assert strong.norm < 0.1
    assert strong.data_loss == pytest.approx(np.log(10), abs=0.1)
    assert strong.accuracy < 0.3 > strong.val_accuracy
    one_scale = opened("the weights shrink")
    assert one_scale.limit == opened("the weights shrink", l2=10.0).limit
    assert one_scale.limit >= np.abs(by_heart.W).max()
    right, right_0 = opened("all labels right").now, opened("all labels right", l2=0.0).now
    assert right.n_wrong == 0
    assert abs(right.val_accuracy - right_0.val_accuracy) < 0.02
    assert right.val_loss < 0.6 * right_0.val_loss
    assert opened("more images").now.val_accuracy > good.val_accuracy + 0.05


def test_the_best_lambda_is_named_once_all_are_trained():
    view = RegularisationView()
    assert "Trained so far: 1 of 17" in view.canvas.frame["words"]
    frame = whole_path(view)
    validation = [pair[1] for pair in frame["accuracies"]]
    best = max(validation)
    assert 0 < validation.index(best) < len(validation) - 1
    assert f"{PENALTIES[validation.index(best)]:g} is best" in frame["words"]
    assert f"{best:.1f} %" in frame["words"]
    assert "40 of the 40 wrong labels are learnt by heart" in frame["words"]


def test_templates_have_the_colours_of_plots():
    frame = RegularisationView("a good λ").canvas.frame
    shades = np.frombuffer(frame["shades"], np.uint8).reshape(-1, 3)
    assert shades[len(shades) // 2].tolist() == [255, 255, 255]
    weights = np.frombuffer(frame["templates"], np.uint8)
    assert weights.max() < len(shades)
    middle = RegularisationView("a good λ").model.snapshot().now.W.ravel() == 0
    assert (weights[middle] == len(shades) // 2).all()
    assert middle.any()


def test_gestures():
    view = RegularisationView()
    view.canvas.gesture = {"kind": "l2", "index": 3}
    assert view.model.l2 == view.controls["l2"].value == PENALTIES[3]
    view.canvas.gesture = {"kind": "l2", "index": 99}
    assert view.model.l2 == 10.0


def test_reset_goes_back():
    view = RegularisationView("a good λ")
    view.controls["l2"].value = 1.0
    view.controls["n_train"].value = 100
    view.controls["same_scale"].value = True
    view.reset()
    assert view.state() == RegularisationView("a good λ").state()


def test_still_has_words_and_an_image():
    data, metadata = RegularisationView("a good λ")._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "with λ = 0.05" in data["text/plain"]
    assert metadata["image/png"]["alt"] == data["text/plain"]


def test_on_the_page_the_other_lambdas_are_trained_and_a_change_starts_again():
    view = RegularisationView(n_train=100, seed=7)

    async def until_all_are_trained():
        for _ in range(1000):
            if not view.model.waiting and not view.runner.running:
                return
            await asyncio.sleep(0.02)
        raise TimeoutError

    async def main():
        view._ipython_display_()
        await until_all_are_trained()
        assert None not in view.canvas.frame["accuracies"]
        view.controls["seed"].value = 8
        assert None in view.canvas.frame["accuracies"]
        await until_all_are_trained()
        assert None not in view.canvas.frame["accuracies"]
        view.open("a good λ")
        view.controls["l2"].value = 1.0
        view.close()

    in_a_loop(main)
    assert not [t for t in threading.enumerate() if t.name == "nnlib-view"]


def test_a_lesson_may_leave_controls_and_parts_out():
    view = RegularisationView(show=["l2", "templates"])
    assert view.canvas.hidden == ["losses", "accuracy"]
    assert view.controls["l2"].layout.display is None
    assert view.controls["seed"].layout.display == "none"


@pytest.mark.parametrize(
    ("state", "match"),
    [
        ({"l2": -1.0}, "l2 must lie between 0 and 10; got -1.0"),
        ({"l2": 11.0}, "l2 must lie between 0 and 10"),
        ({"n_train": 3}, r"n_train must be one of \[100, 200, 500\]; got 3"),
        ({"wrong": 0.5}, r"wrong must be one of \[0.0, 0.1, 0.2\]; got 0.5"),
    ],
)
def test_wrong_parameters_are_named(state, match):
    with pytest.raises(ValueError, match=match):
        RegularisationView(**state)


def test_a_lambda_chosen_while_its_training_is_under_way_is_trained_once():
    model = RegularisationModel(n_train=100)
    model.work()
    under_way, _ = model._job
    model.change("l2", under_way)
    chosen = model.snapshot().now
    while model.work():
        pass
    np.testing.assert_array_equal(model.snapshot().now.W, chosen.W)
    assert model.waiting == []


def test_reset_keeps_nothing_of_a_training_under_way():
    model = RegularisationModel(n_train=100)
    model.work()
    model.change("seed", 3)
    model.work()
    model.reset()
    assert model._job is None
    assert len(model.waiting) == len(PENALTIES) - 1

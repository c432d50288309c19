"""V11's model and face: each layer's numbers are the library's, presets keep their word."""

import contextlib
import io
import json
import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import MLP, SGD, data, functional
from nnlib.views import ActivationsView
from nnlib.views.activations import (
    BINS,
    LEARNING_RATES,
    N_DIGITS,
    N_UNITS,
    NAMES,
    SCALES,
    ActivationsModel,
)

settings_of_a_network = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(list(NAMES)),
        "slope": st.sampled_from([0.0, 0.3, 1.0]),
        "scale": st.sampled_from([0.1, 1.0, 3.0, 30.0]),
        "bias": st.sampled_from([-6.0, 0.0, 6.0]),
        "depth": st.integers(1, 10),
        "lr": st.sampled_from([0.001, 0.1, 10.0]),
        "steps": st.sampled_from([0, 1, 4]),
        "seed": st.integers(0, 999),
        "z": st.floats(-1e6, 1e6),
    }
)


def texts_of(frame):
    rows = [text for layer in frame["layers"] for text in layer["texts"].values()]
    return [*rows, frame["summary"], frame["probe_text"], frame["label"], *frame["a_ends"]]


def numbers(frame, name, shape=(2, BINS)):
    return [np.frombuffer(layer[name], "<f4").reshape(shape) for layer in frame["layers"]]


@given(settings_of_a_network)
@settings(max_examples=25, deadline=None)
def test_any_setting_gives_a_picture_of_finite_numbers(state):
    view = ActivationsView(**state)
    frame = view.canvas.frame
    assert len(frame["layers"]) == state["depth"]
    for name in ("z", "a"):
        for bars in numbers(frame, name):
            assert bars.min() >= 0
            assert bars.sum() == pytest.approx(1, abs=1e-5)
    for layer, row in zip(view.model.layers, frame["layers"], strict=True):
        assert 0 <= row["length"] <= 1
        assert len(row["awake"]) == N_UNITS
        assert math.isfinite(layer.gradient)
    low, high = frame["a_range"]
    assert low < high
    assert abs(frame["probe"]["z"]) <= frame["limit"]
    assert not re.search(r"\b(nan|inf)\b", " ".join(texts_of(frame)))


def test_each_layers_numbers_are_the_librarys():
    model = ActivationsModel("tanh", scale=2.0, bias=0.1, depth=3, lr=0.1, steps=2, seed=5)
    (X, y), _ = data.mnist()
    X, y = X[:N_DIGITS], y[:N_DIGITS]
    net = MLP([784, N_UNITS, N_UNITS, N_UNITS, 10], "tanh", seed=5)
    for layer in net.linear[:-1]:
        layer.W *= 2
        layer.b[:] = 0.1
    optimizer = SGD(0.1).bind(net)
    for _ in range(2):
        net.loss(X, y)
        net.backward()
        optimizer.step()
    trace = net.trace(X, y)
    for layer in model.snapshot().layers:
        z = trace.z[layer.k]
        flat = np.abs(z) > np.arctanh(np.sqrt(0.99))
        assert layer.spread == pytest.approx(z.std(), rel=1e-5)
        assert layer.saturated == pytest.approx(flat.mean(), abs=1e-3)
        np.testing.assert_allclose(layer.awake, 1 - flat.mean(axis=0), atol=0.006)
        assert layer.gradient == pytest.approx(np.linalg.norm(trace.dW[layer.k - 1]), rel=1e-5)
        assert layer.z_bars[1].sum() == pytest.approx(layer.saturated)
        assert layer.a_bars[1].sum() == pytest.approx(layer.saturated)


def test_a_dead_relu_is_zero_for_every_digit():
    model = ActivationsModel("relu", depth=4, lr=1.0, steps=6)
    a = model.net.trace(model._X).a
    for layer in model.layers:
        assert layer.dead == (a[layer.k] == 0).all(axis=0).mean()
        assert ((layer.awake == 0) == (a[layer.k] == 0).all(axis=0)).all()


@pytest.mark.parametrize("kind", NAMES)
def test_the_curve_and_its_point_are_the_librarys(kind):
    view = ActivationsView(kind=kind, slope=0.2, z=-0.7)
    slope = {"slope": 0.2} if kind == "leaky_relu" else {}
    f, grad = getattr(functional, kind), getattr(functional, f"{kind}_grad")
    z, a, slopes = np.frombuffer(view.canvas.frame["curve"], "<f4").reshape(3, -1)
    np.testing.assert_allclose(a, f(z, **slope), atol=1e-6)
    np.testing.assert_allclose(slopes, grad(z, **slope), atol=1e-6)
    point = view.canvas.frame["probe"]
    assert point["a"] == f(-0.7, **slope)
    assert point["slope"] == grad(-0.7, **slope)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("kind", "sigmoid", "leaky_relu"),
        ("slope", 0.0, 1.0),
        ("scale", SCALES[0], SCALES[-1]),
        ("bias", -6.0, 6.0),
        ("depth", 1, 10),
        ("lr", LEARNING_RATES[0], LEARNING_RATES[-1]),
        ("steps", 0, 20),
        ("seed", 0, 999),
    ],
)
def test_both_ends_of_every_control(name, low, high):
    view = ActivationsView(kind="leaky_relu", depth=3, steps=1, seed=1)
    for value in (low, high):
        view.controls[name].value = value
        assert view.state()[name] == value
        assert view.canvas.frame["layers"]
        assert ActivationsView(**view.state()).canvas.frame["layers"] == view.canvas.frame["layers"]


def test_the_slope_is_offered_for_leaky_relu_only():
    view = ActivationsView()
    assert view.controls["slope"].layout.display == "none"
    view.controls["kind"].value = "leaky_relu"
    assert view.controls["slope"].layout.display is None


def test_gestures():
    view = ActivationsView(kind="sigmoid", depth=4)
    view.canvas.gesture = {"kind": "probe", "z": 2.02}
    assert view.canvas.frame["probe_text"].startswith("z = 2.00:  a = 0.881,  slope 0.105")
    view.canvas.gesture = {"kind": "probe", "z": -99}
    assert view.model.z == -view.model.limit
    view.canvas.gesture = {"kind": "layer", "k": 5}
    assert view.canvas.frame["selected"] == 5
    view.controls["depth"].value = 2
    assert view.canvas.frame["selected"] == 3


def test_steps_go_forward_and_back():
    view = ActivationsView(steps=3)
    frame = view.canvas.frame
    view.controls["steps"].value = 20
    view.controls["steps"].value = 0
    assert view.canvas.frame["layers"] == ActivationsView(steps=0, z=1.0).canvas.frame["layers"]
    view.controls["steps"].value = 3
    assert view.canvas.frame["layers"] == frame["layers"]


def test_reset_goes_back():
    view = ActivationsView("how ReLUs die")
    view.controls["kind"].value = "sigmoid"
    view.controls["steps"].value = 1
    view.reset()
    assert view.state() == ActivationsView("how ReLUs die").state()
    assert view.canvas.frame["layers"] == ActivationsView("how ReLUs die").canvas.frame["layers"]


def test_numbers_that_grow_too_large_are_told_in_a_sentence():
    view = ActivationsView(scale=10.0, depth=10, lr=10.0, steps=5)
    assert "the numbers grow too large for the computer after step 0" in view._message.value
    view.controls["steps"].value = 0
    assert "too large" not in view._message.value


@pytest.mark.parametrize("preset", ActivationsView.presets)
def test_every_preset_opens_and_comes_back_from_its_state_and_its_text(preset):
    view = ActivationsView(preset)
    assert view.controls["preset"].value == preset
    assert view.presets[preset].look.endswith(".")
    other = ActivationsView()
    other.open(preset)
    for again in (
        other,
        ActivationsView(**view.state()),
        ActivationsView.from_text(view.to_text()),
    ):
        assert again.state() == view.state()
        assert again.canvas.frame["layers"] == view.canvas.frame["layers"]
    frame = json.dumps(view.canvas.frame, default=bytes.hex, allow_nan=False)
    assert len(frame) < 100_000


def test_show_hides_the_other_controls_and_parts():
    view = ActivationsView(show=["kind", "slope", "curve"])
    shown = [name for name, control in view.controls.items() if control.layout.display != "none"]
    assert shown == ["kind"]
    view.controls["kind"].value = "leaky_relu"
    assert view.controls["slope"].layout.display is None
    assert view.canvas.hidden == ["layers"]
    assert ActivationsView(show=["depth"]).canvas.hidden == []
    with pytest.raises(ValueError, match=r"show must name controls among .* got \['nothing'\]"):
        ActivationsView(show=["nothing"])


def layers(preset):
    return ActivationsView(preset).model.layers


def test_presets_do_what_their_sentences_say():
    for healthy in (layers("healthy ReLU"), layers("tanh")):
        gradients = [layer.gradient for layer in healthy]
        spreads = [layer.spread for layer in healthy]
        assert max(gradients) < 5 * min(gradients)
        assert max(spreads) < 3 * min(spreads)

    saturated = ActivationsView("saturated sigmoids")
    for layer, bars in zip(
        saturated.model.layers, numbers(saturated.canvas.frame, "a"), strict=True
    ):
        assert layer.saturated > 0.5
        ends = bars.sum(axis=0)
        assert ends[:3].sum() + ends[-3:].sum() > 0.5

    killed = layers("saturation kills the gradient")
    for before, after in pairwise(killed):
        assert before.gradient < 0.05 * after.gradient
    assert min(layer.saturated for layer in killed) > 0.85
    for layer in killed:  # all a are in the last bars
        assert layer.a_bars.sum(axis=0)[-2:].sum() == pytest.approx(1)

    vanishing = layers("vanishing gradient")
    assert max(layer.saturated for layer in vanishing) < 0.01
    assert vanishing[0].gradient < 1e-4 * vanishing[-1].gradient

    small = layers("weights too small")
    assert small[-1].spread < 0.001 * small[0].spread

    exploding = layers("exploding")
    for before, after in pairwise(exploding):
        assert 2 < after.spread / before.spread < 4
    assert min(layer.gradient for layer in exploding) > 100
    view = ActivationsView("exploding")
    before = view.model.loss
    view.controls["steps"].value = 1
    assert view.model.loss > 1e6 * before
    view.controls["steps"].value = 2
    assert "too large" in view._message.value

    view = ActivationsView("how ReLUs die")
    dead = []
    for steps in (0, 4, 6):
        view.controls["steps"].value = steps
        dead.append(np.mean([layer.dead for layer in view.model.layers]))
    assert dead == sorted(dead)
    assert dead[0] < 0.05
    assert dead[-1] > 0.2

    view = ActivationsView("dead ReLUs")
    before = view.model.layers
    assert before[-1].dead == 1
    assert [layer.gradient for layer in before] == [0, 0, 0]
    view.controls["steps"].value = 20
    assert [layer.gradient for layer in view.model.layers] == [0, 0, 0]
    for first, later in zip(before, view.model.layers, strict=True):
        np.testing.assert_array_equal(later.z_bars, first.z_bars)
    stuck = view.model.loss

    view = ActivationsView("repaired with leaky ReLU")
    assert view.state() == {**ActivationsView("dead ReLUs").state(), "kind": "leaky_relu"}
    before = view.model.layers
    assert [layer.dead for layer in before] == [0, 0, 0]
    view.controls["steps"].value = 20
    for first, later in zip(before, view.model.layers, strict=True):
        assert later.gradient > 3 * first.gradient > 0
    assert view.model.loss < stuck - 0.05


@pytest.mark.parametrize("preset", ActivationsView.presets)
def test_the_code_prints_the_numbers_of_the_picture(preset):
    view = ActivationsView(preset)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(view.code(), {})
    lines = printed.getvalue().splitlines()
    assert len(lines) == len(view.model.layers)
    for line, layer in zip(lines, view.model.layers, strict=True):
        assert line == (
            f"layer {layer.k}: spread of z {layer.spread:.3g}, saturated {layer.saturated:.0%}, "
            f"dead {layer.dead:.0%}, gradient {layer.gradient:.3g}"
        )


def test_the_still_shows_every_layer_and_has_words():
    view = ActivationsView("how ReLUs die")
    data, metadata = view._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert "of the units are dead" in data["text/plain"]
    _, shares, gradient = view.still().axes
    dead = shares.lines[1].get_ydata()
    np.testing.assert_allclose(dead, [100 * layer.dead for layer in view.model.layers])
    heights = [bar.get_height() for bar in gradient.patches]
    assert heights == [layer.gradient for layer in view.model.layers]
    (curve,) = ActivationsView(show=["curve"]).still().axes
    assert curve.get_title() == "ReLU"


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"kind": "step"}, "kind must be one of"),
        ({"slope": -0.1}, "slope must lie between 0 and 1; got -0.1"),
        ({"scale": 0.0}, r"scale must lie between 0\.01 and 100; got 0\.0"),
        ({"bias": 7}, "bias must lie between -6 and 6; got 7"),
        ({"lr": 0.0}, "lr must lie between"),
        ({"depth": 11}, "depth must be a whole number 1 to 10; got 11"),
        ({"steps": 0.5}, "steps must be a whole number 0 to 20"),
        ({"seed": -1}, "seed must be a whole number 0 to 999"),
        ({"depth": 3, "selected": 5}, "selected must be a whole number 2 to 4; got 5"),
        ({"z": math.nan}, "z must be a finite number"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        ActivationsView(**parameters)


def test_a_wrong_change_leaves_the_model_as_it_was():
    view = ActivationsView()
    with pytest.raises(ValueError, match="selected must be"):
        view.change("selected", 99)
    view.change("depth", 2)
    assert view.model.selected == 2

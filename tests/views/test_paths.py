"""V9: the change travels as two passes say, and the paths add up to the gradient."""

import contextlib
import io
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import gradcheck, paths
from nnlib.views import PathsView
from nnlib.views.formula import bracketed, number, signed
from nnlib.views.paths import ACTIVATIONS, NETWORKS, NUDGES, PathsModel


@st.composite
def models(draw):
    """A model with random settings, at a random step."""
    sizes = draw(st.sampled_from(NETWORKS))
    model = PathsModel(
        sizes=sizes,
        activation=draw(st.sampled_from(ACTIVATIONS)),
        size=draw(st.sampled_from(NUDGES)),
        sign=draw(st.sampled_from([1, -1])),
        seed=draw(st.integers(0, 999)),
        x=draw(st.tuples(st.floats(-2, 2), st.floats(-2, 2))),
        y=draw(st.integers(0, 1)),
    )
    model.change("weight", draw(st.sampled_from(model.weights())))
    model.change("at", draw(st.integers(0, model.n_steps)))
    return model


def view_of(model):
    return PathsView(**model.state())


@given(models())
@settings(deadline=None, max_examples=25)
def test_the_paths_add_up_to_both_gradients(model):
    s = model.snapshot()
    assert s.running[-1] == pytest.approx(s.gradient, rel=1e-9, abs=1e-12)
    if model.activation != "relu":  # a kink may lie within the differences
        assert s.numerical == pytest.approx(s.gradient, rel=1e-5, abs=1e-9)


@given(models())
@settings(deadline=None, max_examples=25)
def test_what_is_written_at_the_neurons_is_what_two_passes_give(model):
    view = view_of(model)
    k, i, j = model.place
    moved = paths.nudge(model.net, model.x, model.y, k, i, j, model.sign * model.size)
    frame = view.canvas.frame
    for layer, neurons in enumerate(frame["neurons"], start=1):
        for i, neuron in enumerate(neurons):
            assert neuron["measured"] == signed(moved.da[layer][i])
            assert neuron["predicted"] == signed(moved.predicted_da[layer][i])
    assert frame["cost"]["measured"] == signed(moved.dC)
    assert frame["cost"]["predicted"] == signed(moved.predicted_dC)
    assert "nan" not in json.dumps(frame).lower()
    assert len(json.dumps(frame)) < 100_000


@given(models())
@settings(deadline=None, max_examples=8)
def test_the_curve_stays_in_its_box_and_touches_the_marks(model):
    s = model.snapshot()
    curve = view_of(model).canvas.frame["curve"]
    assert all(0 <= share <= 1 for share in [*curve["real"], *curve["line"]])
    assert curve["at"] == pytest.approx(0.5 + 0.4 * model.sign)
    middle = len(curve["real"]) // 2
    assert curve["real"][middle] == pytest.approx(curve["start"], abs=1e-4)
    assert s.costs[middle] == pytest.approx(s.nudge.before.loss)


@given(models())
@settings(deadline=None, max_examples=8)
def test_state_and_text_open_the_same_picture(model):
    view = view_of(model)
    again = PathsView.from_text(view.to_text())
    assert again.state() == view.state()
    assert {**again.canvas.frame, "number": 0} == {**view.canvas.frame, "number": 0}


@pytest.mark.parametrize("preset", PathsView.presets)
def test_the_code_gives_the_numbers_of_the_picture(preset):
    view = PathsView(preset)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(view.code(), names)
    s = view.model.snapshot()
    assert names["total"] == pytest.approx(s.running[-1], rel=1e-12, abs=1e-15)
    assert names["moved"].dC == s.nudge.dC
    assert names["numerical"][0] == pytest.approx(s.numerical, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("preset", PathsView.presets)
def test_the_still_picture_has_words(preset):
    figure = PathsView(preset).still()
    assert "predicted change of the cost" in figure.alt
    assert len(figure.axes) == 2


@pytest.mark.parametrize(
    ("part", "title"),
    [("stage", None), ("shrinking", "Change of the cost"), ("paths", "Product of each path")],
)
def test_the_still_picture_has_the_part_that_is_shown(part, title):
    view = PathsView("a nudge too large", show=["weight", part])
    _, *beside = view.still().axes
    assert [ax.get_title()[: len(title)] for ax in beside] == ([title] if title else [])
    if part == "shrinking":
        nudge = view.model.snapshot().nudge
        measured, predicted, dot = beside[0].lines
        assert np.interp(-3.0, *measured.get_data()) == pytest.approx(nudge.dC, rel=1e-3)
        assert np.interp(-3.0, *predicted.get_data()) == pytest.approx(nudge.predicted_dC)
        np.testing.assert_allclose(dot.get_data(), [[-3.0], [nudge.dC]])


def test_the_steps_walk_to_the_cost_and_then_along_every_path():
    view = PathsView()
    titles, reached = [view.canvas.frame["stage"]["title"]], []
    while view.model.at < view.model.n_steps:
        view.step()
        frame = view.canvas.frame
        titles.append(frame["stage"]["title"])
        reached.append([any(n["reached"] for n in layer) for layer in frame["neurons"]])
    assert titles == [
        "Before the nudge",
        "The nudge changes one neuron",
        "The change reaches layer 3",
        "The change reaches layer 4",
        "The change reaches the cost",
        *(f"Path {n} of 4: one rate factor for each edge" for n in (1, 2, 3, 4)),
        "All paths together",
    ]
    assert reached[0] == [False, True, False, False]
    assert reached[2] == [False, True, True, True]
    assert frame["check"]["shown"]
    view.step()
    assert view.model.at == view.model.n_steps
    view.controls["back"].click()
    assert view.canvas.frame["current"] == 3
    view.reset()
    assert view.model.at == view.controls["at"].value == 0
    view.controls["at"].value = 6
    assert view.canvas.frame["path"] == [[1, 1, 1], [2, 1, 1], [3, 2, 1], [4, 1, 2]]


def test_running_steps_through_and_begins_again():
    model = PathsModel()
    assert [model.work() for _ in range(9)] == [True] * 8 + [False]
    assert model.work()
    assert model.at == 0


def test_a_path_lists_its_factors_from_the_cost_to_the_weight():
    view = PathsView(at=5)
    s = view.model.snapshot()
    shown = [value for _, value in view.canvas.frame["stage"]["factors"]]
    assert shown == [number(rate) for rate in reversed(s.paths[0].rates)]
    row = view.canvas.frame["paths"][0]
    assert row["factors"] == " · ".join(bracketed(rate) for rate in reversed(s.paths[0].rates))
    assert row["route"] == "a_{1}^{2} → a_{1}^{3} → a_{1}^{4} → C"
    assert row["running"] == number(s.paths[0].product)
    assert view.canvas.frame["paths"][1]["running"] == ""


@pytest.mark.parametrize("size", [NUDGES[0], NUDGES[-1]])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_nudge_at_both_ends(size, sign):
    view = PathsView()
    view.controls["size"].value = size
    view.controls["sign"].value = sign
    s = view.model.snapshot()
    assert s.step == size * sign
    if size == NUDGES[0]:
        assert s.nudge.dC == pytest.approx(s.nudge.predicted_dC, rel=1e-3)


@pytest.mark.parametrize("sizes", NETWORKS)
def test_each_network_offers_its_weights_and_steps(sizes):
    view = PathsView()
    view.controls["sizes"].value = sizes
    assert len(view.controls["weight"].options) == sum(a * b for a, b in itertools.pairwise(sizes))
    assert len(view.controls["at"].options) == view.model.n_steps + 1
    assert len(view.canvas.frame["paths"]) == math.prod(sizes[2:])
    for weight in (view.model.weights()[0], view.model.weights()[-1]):
        view.controls["weight"].value = weight
        assert view.model.weight == weight
        view.change("at", view.model.n_steps)
        assert view.canvas.frame["check"]["shown"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", [0, 999])
def test_activation_and_seed(activation, seed):
    view = PathsView()
    view.controls["activation"].value = activation
    view.controls["seed"].value = seed
    same = PathsModel(activation=activation, seed=seed).snapshot()
    assert view.model.snapshot().gradient == same.gradient


def test_an_edge_and_a_row_can_be_chosen():
    view = PathsView()
    view.canvas.gesture = {"kind": "weight", "edge": [2, 1, 3]}
    assert view.model.weight == (3, 1, 3)
    assert view.controls["weight"].value == (3, 1, 3)
    view.canvas.gesture = {"kind": "step", "at": 4}
    assert view.canvas.frame["current"] == 0
    with pytest.raises(ValueError, match="selected must be a weight"):
        view.canvas.gesture = {"kind": "weight", "edge": [9, 1, 3]}


def test_presets_do_what_their_sentences_say():
    def shot(preset, **changes):
        model = PathsView(preset).model
        for name, value in changes.items():
            model.change(name, value)
        return model.snapshot()

    first = shot("one weight, four paths")
    assert len(first.paths) == 4
    assert min(p.product for p in first.paths) < 0 < max(p.product for p in first.paths)
    last = shot("a weight of the last layer")
    assert [len(path.rates) for path in last.paths] == [2]
    assert len(shot("eighteen paths").paths) == 18

    def gap(s):
        return abs(s.nudge.dC - s.nudge.predicted_dC) / abs(s.nudge.predicted_dC)

    assert gap(shot("a nudge too large")) > 0.3
    assert gap(shot("a nudge too large", size=0.01)) < 0.02
    cancel = shot("paths that cancel")
    assert cancel.gradient == pytest.approx(0, abs=1e-15)
    assert abs(cancel.paths[0].product) > 0.05
    flat = shot("saturated: the change dies out")
    assert flat.nudge.before.z[2][0] == 9
    assert flat.paths[0].rates[0] == pytest.approx(1e-4, rel=0.3)
    assert abs(flat.nudge.dC) < 1e-5
    dead = shot("a dead ReLU")
    assert dead.nudge.dC == 0
    assert dead.nudge.before.z[2][0] < 0
    assert [0.0 in path.rates for path in dead.paths] == [True] * 4
    for size in NUDGES:
        assert shot("an input of 0", size=size).nudge.dC == 0
    kink = shot("a kink on the way")
    assert kink.nudge.before.z[2][0] == pytest.approx(-0.05)
    assert kink.nudge.predicted_dC == 0 != kink.nudge.dC
    assert "neuron 1 of layer 2 across 0, the kink of ReLU" in kink.note
    small = shot("a kink on the way", size=0.03)
    assert small.nudge.dC == small.nudge.predicted_dC == 0
    assert small.note == ""


def test_the_words_on_shrinking_say_what_was_measured():
    s = PathsView().model.snapshot()
    gaps = [abs(measured - predicted) for _, predicted, measured in s.shrinking]
    words = PathsView().canvas.frame["shrinking"]["words"]
    assert f"{round(gaps[0] / gaps[1])} times smaller, and {round(gaps[1] / gaps[2])}" in words
    dead = PathsView("a dead ReLU").canvas.frame["shrinking"]["words"]
    assert dead == "These changes are predicted to the last digit."


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"sizes": [2, 2]}, "sizes must name 3 to 5 layers"),
        ({"sizes": [3, 2, 2]}, "2 neurons in the first"),
        ({"activation": "step"}, "activation must be one of"),
        ({"weight": (1, 1, 1)}, r"selected must be a weight \(l, j, k\)"),
        ({"sign": 0}, "sign must be 1 or -1"),
        ({"size": 0.0}, "size must be above 0"),
        ({"at": 99}, r"at must be a step 0\.\.9"),
        ({"x": (1.0,)}, "x must hold two numbers"),
        ({"y": 2}, "y must be class 0 or 1"),
        ({"W": [[[1.0]], [[1.0]], [[1.0]]]}, r"W\[0\] must have shape \(3, 2\)"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        PathsView(**parameters)


def test_parts_and_controls_can_be_left_out():
    view = PathsView(show=["step", "back", "stage"])
    assert set(view.canvas.hidden) == {"shrinking", "paths"}
    assert view.controls["sizes"].layout.display == "none"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (0.37754, "0.3775"),
        (-12.44, "−12.440"),
        (0.001234, "0.00123"),
        (2.1e-7, "2.10·10⁻⁷"),
        (9.9999999e-8, "1.00·10⁻⁷"),
        (99.99999, "100.00"),
        (3e6, "3.00·10⁶"),
        (np.nan, "no number"),
    ],
)
def test_numbers_in_the_form_people_write(value, text):
    assert number(value) == text
    assert signed(value) == (f"+{text}" if value > 0 else text)
    assert bracketed(value) == (f"({text})" if value < 0 else text)


def test_gradcheck_agrees_where_the_view_says_so():
    """The number beside 'gradcheck' is gradcheck's own."""
    s = PathsView(at=9).model.snapshot()
    assert gradcheck.relative_error(s.numerical, s.gradient) < 1e-8

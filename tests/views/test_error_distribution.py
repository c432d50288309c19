"""V10: every error, share and line of the derivation is the code's own number."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import functional, paths
from nnlib.views import ErrorDistributionView
from nnlib.views.error_distribution import ACTIVATIONS, FIRST_W, WALKS, ErrorDistributionModel
from nnlib.views.error_words import UNSEEN
from nnlib.views.formula import number, short

numbers = st.floats(-3, 3).map(lambda value: round(value, 2))


@st.composite
def models(draw):
    """A model with random settings and numbers, at a random step."""
    walk = draw(st.sampled_from(WALKS))
    shapes = [(2, 4), (1, 2)] if walk == "seven steps" else [(2, 4), (2, 2), (1, 2)]
    model = ErrorDistributionModel(
        walk=walk,
        activation=draw(st.sampled_from(ACTIVATIONS)),
        signal=draw(st.sampled_from(["score", "cost"])),
        branch=draw(st.sampled_from(["true", "corrupted"])),
        x=[draw(numbers) for _ in range(4)],
        x_corrupted=[draw(numbers) for _ in range(4)],
        W=[[[draw(numbers) for _ in range(n)] for _ in range(m)] for m, n in shapes],
        b=[[draw(numbers) for _ in range(m)] for m, _ in shapes],
    )
    model.change("weight", draw(st.sampled_from(model.weights())))
    model.change("at", draw(st.integers(0, model.n_steps)))
    return model


def view_of(model):
    return ErrorDistributionView(**model.state())


def near_a_kink(model, s):
    hidden = [s.trace.z[k] for k in sorted(s.trace.z)[1:-1]]
    if s.other is not None:
        hidden += [s.other.z[k] for k in sorted(s.other.z)[1:-1]]
    bent = model.activation == "relu" and min(np.abs(z).min() for z in hidden) < 1e-3
    gap = model.net.scores(np.array([model.x, model.x_corrupted]))
    return bent or abs(1 + gap[1, 0] - gap[0, 0]) < 1e-3


@given(models())
@settings(deadline=None, max_examples=40)
def test_the_shares_add_up_to_what_differences_measure(model):
    s = model.snapshot()
    _, i, _ = model.place
    if model.walk == "eight steps":
        parts = [trace.delta[2][i] for trace in (s.trace, s.other) if trace]
    else:
        parts = [paths.fair_share(trace, *model.place) for trace in (s.trace, s.other) if trace]
        assert s.share == parts[0]
    assert sum(parts) == pytest.approx(s.gradient, abs=1e-12)
    if not near_a_kink(model, s):
        assert s.numerical == pytest.approx(s.gradient, rel=1e-5, abs=1e-8)


@given(models())
@settings(deadline=None, max_examples=12)
def test_every_number_drawn_is_the_traces(model):
    s = model.snapshot()
    frame = view_of(model).canvas.frame
    for k, layer in enumerate(frame["neurons"], start=1):
        for i, neuron in enumerate(layer):
            assert neuron["z"] == short(s.trace.z[k][i], 3)
            assert neuron["a"] == short(s.trace.a[k][i], 3)
            if neuron["delta"]:
                assert neuron["delta"] == f"δ = {number(s.trace.delta[k][i])}"
            if neuron["slope"]:
                assert neuron["slope"] == f"× {number(s.trace.slope[k][i])}"
    for k, step in enumerate(frame["edges"], start=1):
        for i, row in enumerate(step):
            for j, edge in enumerate(row):
                assert edge["value"] == s.trace.W[k][i, j]
                if edge["carried"]:
                    assert edge["carried"] == number(paths.error_parts(s.trace, k)[i, j])
    text = json.dumps(frame)
    assert "nan" not in text.lower()
    assert len(text) < 100_000


@given(models())
@settings(deadline=None, max_examples=12)
def test_each_line_of_the_derivation_has_the_same_value(model):
    s = model.snapshot()
    lines = view_of(model).canvas.frame["lines"]
    ends = [line["numbers"].split("=")[-1].strip() for line in lines]
    if model.walk == "eight steps":
        assert set(ends[:-1]) == {number(s.trace.delta[2][model.place[1]])}
        assert ends[-1] == f"({', '.join(map(number, s.trace.delta[2]))})"
        return
    of_score = number(paths.fair_share(s.of_score, *model.place))
    n_of_score = {1: 6, 2: 2}[model.weight[0]]
    assert len(lines) == n_of_score + 2 + (model.signal == "cost")
    assert set(ends[:n_of_score]) == {of_score}
    assert set(ends[n_of_score:]) == {number(s.share)}


@given(models())
@settings(deadline=None, max_examples=12)
def test_what_is_lit_is_part_of_the_picture(model):
    frame = view_of(model).canvas.frame
    sizes = frame["sizes"]
    known = {
        f"{half}-{k}-{i}" for half in "za" for k, n in enumerate(sizes, 1) for i in range(1, n + 1)
    }
    known |= {
        f"e-{k}-{i}-{j}"
        for k in range(1, len(sizes))
        for i in range(1, sizes[k] + 1)
        for j in range(1, sizes[k - 1] + 1)
    }
    for item in [*frame["steps"], *frame["lines"]]:
        assert item["lit"]
        assert set(item["lit"]) <= known


@given(models())
@settings(deadline=None, max_examples=6)
def test_state_and_text_open_the_same_picture(model):
    view = view_of(model)
    again = ErrorDistributionView.from_text(view.to_text())
    assert again.state() == view.state()
    assert {**again.canvas.frame, "number": 0} == {**view.canvas.frame, "number": 0}


@pytest.mark.parametrize("branch", ["true", "corrupted"])
@pytest.mark.parametrize("preset", ErrorDistributionView.presets)
def test_the_code_gives_the_numbers_of_the_picture(preset, branch):
    view = ErrorDistributionView(preset, branch=branch)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(view.code(), names)
    s = view.model.snapshot()
    assert names["share"] == s.share
    assert names["numerical"][0] == pytest.approx(s.numerical, rel=1e-9, abs=1e-12)
    for k in (2, 3):
        np.testing.assert_array_equal(names["trace"].delta[k], s.trace.delta[k])


def test_the_names_in_the_code_give_the_numbers_beside_them():
    view = ErrorDistributionView(at=7)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(view.code(), names)
    for _, code, value in view.canvas.frame["code"]:
        if code != "gradcheck.numerical_gradient":
            assert number(float(eval(code, names))) == value, code


@pytest.mark.parametrize("preset", ErrorDistributionView.presets)
def test_the_still_picture_has_words(preset):
    figure = ErrorDistributionView(preset).still()
    assert "error of the" in figure.alt
    assert len(figure.axes) == 2


def test_the_seven_steps_of_the_slide():
    """1, 1, W_1^{(2)}, σ'(z_1^{(2)}), δ_1^{(2)}, times a_4^{(1)}, the gradient."""
    view = ErrorDistributionView()
    W, z, a = 1.5, 1.4, 2
    slope = functional.sigmoid_grad(z)
    ends = []
    for _ in range(7):
        view.step()
        formula = view.canvas.frame["steps"][view.model.at - 1]["formula"]
        ends.append(formula.split("=")[-1].strip())
    assert ends == [
        "1",
        "1",
        number(W),
        number(slope),
        number(W * slope),
        f"{number(W * slope)} · 2",
        number(W * slope * a),
    ]
    assert [step["number"] for step in view.canvas.frame["steps"]] == [1, 2, 3, 4, 5, 6, 7]
    shares = view.model.snapshot()
    assert shares.share == pytest.approx(W * slope * a)


def test_the_errors_appear_as_the_steps_reach_them():
    view = ErrorDistributionView()

    def hidden_neuron():
        return view.canvas.frame["neurons"][1][0]

    assert hidden_neuron() | {"received": "", "slope": "", "delta": ""} == hidden_neuron()
    assert view.canvas.frame["code"][-1][2] == UNSEEN
    view.change("at", 3)
    assert hidden_neuron()["received"] == "1.5000"
    assert hidden_neuron()["slope"] == ""
    view.change("at", 5)
    assert hidden_neuron()["delta"] == "δ = 0.2380"
    assert view.canvas.frame["weight"]["share"] == ""
    view.change("at", 6)
    assert view.canvas.frame["weight"]["share"] == "share 0.4761"
    view.change("at", 7)
    assert view.canvas.frame["code"][-1][2] == number(view.model.snapshot().numerical)


def test_the_eight_steps_add_two_errors():
    view = ErrorDistributionView(walk="eight steps")
    received = []
    for _ in range(8):
        view.step()
        received.append(view.canvas.frame["neurons"][1][0]["received"])
    s = view.model.snapshot()
    parts = paths.error_parts(s.trace, 2)[:, 0]
    assert received[:2] == ["", ""]
    assert received[2:4] == [number(parts[0])] * 2
    assert received[4:] == [number(parts.sum())] * 4
    assert view.canvas.frame["neurons"][1][0]["delta"] == f"δ = {number(s.trace.delta[2][0])}"
    assert view.canvas.frame["neurons"][1][1]["delta"] == ""


@pytest.mark.parametrize("weight", [(1, 1, 1), (1, 2, 4), (2, 1, 1), (2, 1, 2)])
def test_each_weight_has_its_steps(weight):
    view = ErrorDistributionView(at=7)
    view.controls["weight"].value = weight
    assert view.model.n_steps == (7 if weight[0] == 1 else 4)
    assert view.model.at == view.controls["at"].value == view.model.n_steps
    assert view.canvas.frame["steps"][-1]["formula"].endswith(number(view.model.snapshot().share))
    view.canvas.gesture = {"kind": "weight", "edge": [1, 2, 3]}
    assert view.controls["weight"].value == (1, 2, 3)
    view.canvas.gesture = {"kind": "step", "at": 2}
    assert view.controls["at"].value == 2
    with pytest.raises(ValueError, match="selected must be a weight"):
        view.canvas.gesture = {"kind": "weight", "edge": [2, 2, 2]}


@pytest.mark.parametrize("name", ["value", "x1", "x2", "x3", "x4"])
@pytest.mark.parametrize("value", [-5.0, 5.0])
@pytest.mark.parametrize("branch", ["true", "corrupted"])
def test_the_sliders_at_both_ends(name, value, branch):
    view = ErrorDistributionView(branch=branch)
    view.controls[name].value = value
    t = view.model.snapshot().trace
    assert (t.W[1][0, 3] if name == "value" else t.a[1][int(name[1]) - 1]) == value
    assert view.controls[name].value == value


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_walk_and_activation(walk, activation):
    view = ErrorDistributionView("twin neurons")
    view.controls["walk"].value = walk
    view.controls["activation"].value = activation
    assert view.model.net.activation == activation
    assert len(view.controls["at"].options) == view.model.n_steps + 1
    assert view.canvas.frame["sizes"] == ([4, 2, 1] if walk == "seven steps" else [4, 2, 2, 1])


def test_the_error_of_the_cost_starts_at_minus_one_and_at_one():
    view = ErrorDistributionView()
    view.controls["signal"].value = "cost"
    assert view.model.snapshot().trace.delta[3][0] == -1
    view.controls["branch"].value = "corrupted"
    assert view.model.snapshot().trace.delta[3][0] == 1
    view.change("at", 1)
    assert view.canvas.frame["steps"][0]["formula"] == r"\frac{∂J}{∂s_c} = 1"


def test_presets_do_what_their_sentences_say():
    def view(preset, **changes):
        opened = ErrorDistributionView(preset)
        for name, value in changes.items():
            opened.change(name, value)
        return opened

    def shot(preset, **changes):
        return view(preset, **changes).model.snapshot()

    assert shot("error distribution in seven steps").trace.delta[3][0] == 1
    assert (
        shot("a weight of the last step").share == shot("a weight of the last step").trace.a[2][1]
    )
    cost = [shot("the error of the cost", branch=branch) for branch in ("true", "corrupted")]
    assert [s.trace.delta[3][0] for s in cost] == [-1, 1]
    assert cost[0].share + cost[1].share == pytest.approx(cost[0].gradient)
    met = view("margin met: no error")
    s = met.model.snapshot()
    assert s.score - s.other_score > 1
    assert s.trace.loss == 0
    assert not s.trace.dW[1].any()
    assert "leads by 1.44" in s.note
    flat = shot("saturated: the error vanishes")
    assert flat.trace.z[2][0] == pytest.approx(7)
    assert flat.trace.slope[2][0] == pytest.approx(9e-4, rel=0.02)
    dead = shot("a dead ReLU stops the error")
    assert dead.trace.z[2][0] < 0
    assert not dead.trace.dW[1][0].any()
    assert dead.trace.dW[1][1].all()
    assert "its slope 0 stops the error" in dead.note
    zero = shot("an input of 0 gets no blame")
    assert zero.share == 0
    assert zero.trace.delta[2][0] != 0
    assert shot("an input of 0 gets no blame", weight=(1, 1, 1)).share != 0
    equal = [shot("equal weights, different shares", weight=(1, 1, j)) for j in (3, 4)]
    assert {s.trace.W[1][0, j] for s, j in zip(equal, (2, 3), strict=True)} == {0.5}
    assert equal[1].share == pytest.approx(4 * equal[0].share)
    twins = shot("twin neurons")
    assert twins.trace.delta[2][0] == twins.trace.delta[2][1]
    np.testing.assert_array_equal(twins.trace.dW[1][0], twins.trace.dW[1][1])
    eight = shot("δ⁽³⁾ → δ⁽²⁾ in eight steps")
    assert (paths.error_parts(eight.trace, 2)[:, 0] != 0).all()
    cancel = shot("errors that cancel")
    assert (paths.error_parts(cancel.trace, 2) != 0).all()
    np.testing.assert_array_equal(paths.error_received(cancel.trace, 2), 0)


def test_the_numbers_in_the_sentences():
    assert "W₁₃ and W₁₄ are both 0.5" in (
        ErrorDistributionView.presets["equal weights, different shares"].look
    )
    model = ErrorDistributionModel(activation="relu", x=[0, 0, 0, 0], b=[[0, 0], [0]])
    assert "lies on the kink of ReLU" in model.snapshot().note
    z = np.dot(FIRST_W[0], ErrorDistributionModel().x) + 0.1
    assert z == pytest.approx(1.4)


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"walk": "nine steps"}, "walk must be one of"),
        ({"activation": "step"}, "activation must be one of"),
        ({"signal": "loss"}, "signal must be one of"),
        ({"branch": "false"}, "branch must be one of"),
        ({"weight": (3, 1, 1)}, r"selected must be a weight \(k, i, j\)"),
        ({"walk": "eight steps", "weight": (2, 1, 1)}, "selected must be a weight"),
        ({"at": 8}, r"at must be a step 0\.\.7"),
        ({"x": (1.0, 2.0)}, "x must hold four numbers"),
        ({"x_corrupted": (np.inf,) * 4}, "x_corrupted must hold four numbers"),
        ({"W": [[[1.0]], [[1.0]]]}, r"W\[0\] must have shape \(2, 4\)"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        ErrorDistributionView(**parameters)


def test_parts_and_controls_can_be_left_out():
    view = ErrorDistributionView(show=["step", "back", "inputs", "steps"])
    assert set(view.canvas.hidden) == {"derivation", "code"}
    assert view.controls["walk"].layout.display == "none"
    assert view.controls["x1"].layout.display is None

"""V12's model and face: sub-networks, their mean, and where it is exactly the full network."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import MLP, ensemble
from nnlib.views import DropoutView
from nnlib.views.dropout import COUNTS, NAMES, SIZES, DropoutModel, network

model_settings = st.fixed_dictionaries(
    {
        "p": st.sampled_from([0.0, 0.001, 0.05, 0.5, 0.9]),
        "n": st.integers(1, 1000),
        "hidden": st.sampled_from([1, 2]),
        "activation": st.sampled_from(list(NAMES)),
        "scaled": st.booleans(),
        "seed": st.integers(0, 999),
    }
)


def texts(view):
    return view.canvas.frame["texts"]


@given(model_settings)
@settings(deadline=None, max_examples=30)
def test_the_snapshot_is_the_librarys(parameters):
    model = DropoutModel(**parameters)
    s = model.snapshot()
    net, x = model.net, model.x
    assert s.full == pytest.approx(net.scores([x]).item())
    np.testing.assert_allclose(s.means[-1], s.outputs.mean())
    if parameters["p"] == 0:
        np.testing.assert_allclose(s.outputs, s.full)
        assert all(kept.all() for kept in s.kept.values())
    elif parameters["scaled"]:
        assert s.everyone == pytest.approx(ensemble.mean_scores(net, x).item())
        again = ensemble.trace(net, x, {k: mask[None] for k, mask in s.trace.mask.items()})
        assert s.outputs[-1] == pytest.approx(again.a[again.n_layers].item())


@given(model_settings)
@settings(deadline=None, max_examples=30)
def test_the_mean_over_all_is_the_full_networks_exactly_where_the_view_says_so(parameters):
    view = DropoutView(**{**parameters, "scaled": True, "n": 1})
    s = view.model.snapshot()
    if "exactly" in texts(view)["verdict"] and "not exactly" not in texts(view)["verdict"]:
        assert s.everyone == pytest.approx(s.full)
    elif s.p_drop > 0:
        assert view.model.hidden == 2
        assert abs(s.everyone - s.full) > 1e-6


@given(model_settings)
@settings(deadline=None, max_examples=30)
def test_the_face_shows_every_setting_without_a_missing_number(parameters):
    view = DropoutView(**parameters)
    frame = view.canvas.frame
    words = " ".join(frame["texts"].values()) + frame["label"] + view._message.value
    assert "nan" not in words
    low, high = frame["y_axis"]["low"], frame["y_axis"]["high"]
    outputs = np.frombuffer(frame["outputs"], "<f4")
    assert len(outputs) == parameters["n"]
    assert (low < outputs).all()
    assert (outputs < high).all()
    assert low < frame["everyone"] < high
    assert low < frame["full"] < high


def test_the_mean_comes_closer_with_more_masks():
    errors = [DropoutModel(n=n).snapshot().errors[-1] for n in (10, 100, 1000)]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    s = DropoutModel(n=1000).snapshot()
    assert abs(s.means[-1] - s.full) < 4 * s.errors[-1]


@pytest.mark.parametrize("p", [0.0, 0.9])
def test_both_ends_of_the_slider_for_p(p):
    view = DropoutView(n=1000)
    view.controls["p"].value = p
    dropped = np.mean([~view.model._passes.mask[2].astype(bool)]) if p else 0.0
    assert dropped == pytest.approx(p, abs=0.02)
    assert texts(view)["factor"] == ("× 1.00" if p == 0 else "× 9.85")
    assert texts(view)["drops"].startswith("0/256" if p == 0 else "230/256")


@pytest.mark.parametrize("n", [1, 1000])
def test_both_ends_of_the_slider_for_the_masks(n):
    view = DropoutView(n=30)
    view.controls["n"].value = n
    assert f"mean of {n:,} sub-network" in texts(view)["mean_caption"]
    assert view.controls["step"].disabled == (n == 1000)
    assert ("±" in texts(view)["mean"]) == (n > 1)


def test_new_mask_draws_one_more_and_the_slider_follows():
    view = DropoutView(n=20)
    before = view.canvas.frame["kept"]
    view.controls["step"].click()
    assert view.model.n == 21
    assert view.controls["n"].value == 21
    assert [value for _, value in view.controls["n"].options] == sorted({*COUNTS, 21})
    assert view.canvas.frame["kept"] != before
    view.controls["reset"].click()
    assert view.model.n == 1


def test_working_ends_with_the_last_mask():
    model = DropoutModel()
    turns = 1
    while model.work():
        turns += 1
    assert model.n == 1000
    assert 50 < turns < 120  # five to twelve seconds
    model.step()
    assert model.n == 1000


def test_the_first_masks_stay_when_more_are_drawn():
    few, many = DropoutModel(n=5).snapshot(), DropoutModel(n=500).snapshot()
    np.testing.assert_array_equal(few.outputs, many.outputs[:5])


def test_another_seed_draws_other_masks_of_the_same_network():
    a, b = DropoutModel(n=20), DropoutModel(n=20, seed=1)
    assert (a.snapshot().outputs != b.snapshot().outputs).any()
    np.testing.assert_array_equal(a.net.parameters, b.net.parameters)


@pytest.mark.parametrize("hidden", [1, 2])
@pytest.mark.parametrize("activation", NAMES)
def test_networks_and_activations_can_be_chosen(hidden, activation):
    view = DropoutView()
    view.controls["hidden"].value = hidden
    view.controls["activation"].value = activation
    assert view.canvas.frame["sizes"] == SIZES[hidden]
    full = network(hidden, activation, 0.5, 0).scores([view.model.x]).item()
    assert texts(view)["full"] == f"{full:.3f}".replace("-", "−")


def test_a_dropped_neuron_passes_on_nothing_and_a_kept_one_is_enlarged():
    view = DropoutView(p=0.5)
    s = view.model.snapshot()
    full = MLP.trace(view.model.net, np.array(view.model.x))
    for i, kept in enumerate(s.kept[2]):
        assert s.trace.a[2][i] == pytest.approx(2 * full.a[2][i] if kept else 0)


def test_presets_do_what_their_sentences_say():
    def open_preset(name):
        view = DropoutView(name)
        return view, view.model.snapshot()

    _, s = open_preset("two hidden layers: near, not exact")
    assert 0.05 < abs(s.everyone - s.full) < 0.3 * s.deviation
    _, s = open_preset("two linear layers: exact again")
    assert s.everyone == pytest.approx(s.full)
    _, s = open_preset("p = 0.1: few are dropped")
    assert s.deviation < 0.5 * DropoutModel().snapshot().deviation
    assert np.mean([kept.mean() for kept in s.kept.values()]) > 0.8
    _, s = open_preset("p = 0.9: hardly anyone is left")
    assert s.deviation > 2 * DropoutModel().snapshot().deviation
    assert s.p_drop**6 > 0.5  # many masks drop all six
    view, s = open_preset("four masks are too few")
    assert s.outputs.max() < s.full - 1
    view.change("n", 1000)
    assert abs(view.model.snapshot().means[-1] - s.full) < 0.1
    view, s = open_preset("without the scaling")
    assert s.everyone == pytest.approx(s.full / 2)
    assert s.means[-1] == pytest.approx(s.full / 2, abs=0.05)
    view.controls["scaled"].value = True
    assert view.model.snapshot().everyone == pytest.approx(s.full)


@given(model_settings)
@settings(deadline=None, max_examples=20)
def test_the_code_shown_gives_the_pictures_numbers(parameters):
    view = DropoutView(**parameters)
    names = {"print": lambda *_: None}
    exec(view.code(), names)
    s = view.model.snapshot()
    np.testing.assert_allclose(names["outputs"], s.outputs)
    np.testing.assert_allclose(names["means"], s.means)
    assert names["full"] == pytest.approx(s.full)
    assert names["everyone"] == pytest.approx(s.everyone)


@given(model_settings)
@settings(deadline=None, max_examples=10)
def test_state_and_text_open_the_same_picture(parameters):
    view = DropoutView(**parameters)
    assert texts(DropoutView(**view.state())) == texts(view)
    assert DropoutView.from_text(view.to_text()).state() == view.state()


def test_parts_and_controls_can_be_left_out():
    view = DropoutView(show=["run", "step", "network", "facts"])
    assert view.canvas.hidden == ["plot"]
    assert view.controls["p"].layout.display == "none"


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"p": 1.0}, r"p, the probability of dropping, must lie in \[0, 1\); got 1.0"),
        ({"n": 0}, "n must be a whole number from 1 to 1000; got 0"),
        ({"n": 1001}, "n must be a whole number from 1 to 1000"),
        ({"hidden": 3}, "hidden must be 1 or 2; got 3"),
        ({"activation": "step"}, "activation must be one of"),
        ({"x": [1.0, 2.0]}, "x must hold 3 numbers"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        DropoutView(**parameters)


def test_the_still_picture_has_both_lines():
    figure = DropoutView(n=100).still()
    assert "after 100 masks" in figure.alt
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert labels == ["one sub-network", "mean so far", "full network", "mean of all"]


@pytest.mark.parametrize("preset", DropoutView.presets)
def test_every_preset_opens_from_the_list_and_has_a_still_picture(preset):
    view = DropoutView()
    view.controls["preset"].value = preset
    assert view.state() == DropoutView(preset).state()
    assert json.dumps(view.canvas.frame, default=lambda part: part.hex(), allow_nan=False)
    assert len(view.still().alt) > 30

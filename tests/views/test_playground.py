"""V7's model and face: every number is the library's, presets keep their word, frames are small."""

import asyncio
import contextlib
import io
import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import in_a_loop

from nnlib import MLP, data, functional, plots
from nnlib.views import PlaygroundView
from nnlib.views.playground_model import (
    MAP,
    MOST_POINTS_OF_CURVE,
    OPTIMIZERS,
    SOURCES,
    PlaygroundModel,
)

any_settings = st.fixed_dictionaries(
    {
        "data": st.sampled_from(list(SOURCES)),
        "n_classes": st.integers(2, 5),
        "n_per_class": st.sampled_from([10, 50]),
        "noise": st.sampled_from([0.0, 0.2, 0.5]),
        "seed": st.integers(0, 999),
        "hidden": st.lists(st.integers(1, 8), max_size=4),
        "activation": st.sampled_from(["relu", "leaky_relu", "tanh", "sigmoid", "linear"]),
        "loss": st.sampled_from(["cross_entropy", "hinge"]),
        "lr": st.sampled_from([1e-4, 0.1, 1.0, 50.0]),
        "batch_size": st.sampled_from([None, 1, 16]),
        "l2": st.sampled_from([0.0, 0.001, 0.5]),
        "dropout": st.sampled_from([0.0, 0.5, 0.8]),
        "optimizer": st.sampled_from(list(OPTIMIZERS)),
        "scale": st.sampled_from([0.0, 1.0, 30.0]),
        "probe": st.sampled_from([None, [0.5, -0.25]]),
        "space": st.integers(0, 4),
    }
)


def trained(preset="spiral, one hidden layer", steps=0, **state):
    """The model of a preset after some steps."""
    model = PlaygroundView.Model(**{**PlaygroundView.presets[preset].state, **state})
    for _ in range(steps):
        if not model.step():
            break
    return model


def size_of(value):
    """The bytes of a frame on its way, a little more than they are."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(size_of(key) + size_of(item) for key, item in value.items())
    return len(json.dumps(value).encode())


def plain(value):
    """The value as JSON has it; fails where that has no word for it, as for NaN."""
    return json.loads(json.dumps(value, default=lambda b: b.hex(), allow_nan=False))


@settings(max_examples=40, deadline=None)
@given(any_settings, st.integers(0, 12))
def test_training_is_the_librarys_step_by_step(state, steps):
    model = PlaygroundModel(**state)
    kind, options = OPTIMIZERS[state["optimizer"]]
    net = MLP(
        model.sizes,
        state["activation"],
        loss=state["loss"],
        dropout=state["dropout"],
        l2=state["l2"],
        seed=state["seed"],
    )
    net.weights *= state["scale"]
    optimizer = kind(state["lr"], **options).bind(net)
    rng = np.random.default_rng(state["seed"])

    def epoch():
        if state["batch_size"] is None:
            return [(model.X, model.y)]
        return data.batches(model.X, model.y, state["batch_size"], rng)

    epochs = (epoch() for _ in itertools.count())
    for X, y in itertools.islice(itertools.chain.from_iterable(epochs), steps):
        if not model.step():
            break
        net.loss(X, y)
        net.backward()
        optimizer.step()
    np.testing.assert_array_equal(model.net.parameters, net.parameters)


@settings(max_examples=30, deadline=None)
@given(any_settings, st.integers(0, 6))
def test_numbers_of_the_picture_are_the_librarys(state, steps):
    model = PlaygroundModel(**state)
    for _ in range(steps):
        model.step()
    s, net = model.snapshot(), model.net
    assert (s.loss, s.accuracy) == net.evaluate(model.X, model.y)
    assert (s.val_loss, s.val_accuracy) == net.evaluate(model.X_val, model.y_val)
    np.testing.assert_array_equal(s.wrong, net.predict(model.X) != model.y)
    labels, _ = plots.class_grid(net, s.extent, len(s.regions))
    np.testing.assert_array_equal(s.regions, labels)
    for k, maps in enumerate(s.maps, start=1):
        corners = net.trace(model._map[[0, MAP - 1, -1]]).a[k].T
        places = maps[:, [0, 0, -1], [0, -1, -1]]
        np.testing.assert_allclose(places, corners, rtol=1e-4, atol=1e-4)
    k = s.space.layer
    if s.space.own and k > 1 and s.sizes[k - 1] == 2:
        np.testing.assert_allclose(s.space.points, net.trace(model.X).a[k], rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(any_settings)
def test_any_setting_gives_a_finite_picture_that_can_be_opened_again(state):
    view = PlaygroundView(**state)
    for _ in range(3):
        view.model.step()
    view.refresh()
    plain(view.canvas.frame)
    words = " ".join(view.canvas.frame["readout"].values()) + view.canvas.frame["label"]
    assert "nan" not in words.lower()
    assert "inf" not in words.lower()
    again = PlaygroundView.from_text(view.to_text())
    assert again.state() == view.state()
    np.testing.assert_array_equal(again.model.net.parameters, view.model.net.parameters)


def test_the_largest_picture_is_sent_in_less_than_100_kb():
    most = {"n_classes": 5, "n_per_class": 200, "activation": "tanh", "probe": [0.1, 0.1]}
    for hidden in ([8, 8, 8, 8], [8, 8, 8, 2]):
        view = PlaygroundView(hidden=hidden, batch_size=16, trained=900, selected="a3_0", **most)
        assert 50_000 < size_of(view.canvas.frame) < 100_000


def test_memory_does_not_grow_with_the_steps():
    model = PlaygroundModel(n_per_class=10, hidden=[2])
    for _ in range(3000):
        model.step()
    history = model.snapshot().history
    assert MOST_POINTS_OF_CURVE / 2 <= len(history) <= MOST_POINTS_OF_CURVE + 2
    assert history[0, 0] == 0
    assert history[-1, 0] == 3000
    assert (np.diff(history[:, 0]) >= 0).all()


@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_every_control(end):
    view = PlaygroundView(hidden=[3, 2])
    for name, control in view.controls.items():
        hidden = control.layout.display == "none"
        if hidden or not hasattr(control, "options") or name == "preset":
            continue
        *_, value = (
            control.options[end]
            if isinstance(control.options[end], tuple)
            else [control.options[end]]
        )
        control.value = value
        assert control.value == value
        view.step()
        plain(view.canvas.frame)
    for value in (view.controls["seed"].min, view.controls["seed"].max):
        view.controls["seed"].value = value
        assert view.model.seed == value


def test_structure_follows_its_controls():
    view = PlaygroundView()
    view.controls["layers"].value = 3
    assert view.canvas.frame["sizes"] == [2, 8, 8, 8, 3]
    view.controls["neurons_2"].value = 1
    assert view.canvas.frame["sizes"] == [2, 8, 1, 8, 3]
    assert view.controls["neurons_4"].layout.display == "none"
    view.controls["data"].value = "moons"
    assert view.canvas.frame["sizes"] == [2, 8, 1, 8, 2]
    assert view.controls["n_classes"].layout.display == "none"
    view.controls["layers"].value = 0
    assert view.canvas.frame["sizes"] == [2, 2]
    assert view.controls["neurons_1"].layout.display == "none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", 0.01),
        ("l2", 0.1),
        ("loss", "hinge"),
        ("dropout", 0.5),
        ("optimizer", "Adam"),
        ("batch_size", 4),
        ("n_per_class", 20),
        ("speed", 5),
        ("space", 1),
        ("selected", "a2_0"),
        ("probe", True),
    ],
)
def test_settings_keep_the_weights(name, value):
    model = trained(steps=5)
    before = model.net.parameters.copy()
    model.change(name, value)
    np.testing.assert_array_equal(model.net.parameters, before)
    assert model.steps == 5
    model.step()
    assert not np.array_equal(model.net.parameters, before)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", "xor"),
        ("n_classes", 4),
        ("seed", 7),
        ("layers", 2),
        ("neurons_1", 4),
        ("activation", "tanh"),
        ("scale", 5.0),
    ],
)
def test_another_structure_starts_anew(name, value):
    model = trained(steps=5)
    model.change(name, value)
    assert model.steps == 0
    again = PlaygroundModel(**model.state())
    np.testing.assert_array_equal(model.net.parameters, again.net.parameters)


def test_a_new_learning_rate_and_penalty_count_from_the_next_step():
    model, other = trained(steps=5), trained(steps=5)
    model.change("lr", 1e-6)
    before = model.net.parameters.copy()
    model.step()
    assert np.abs(model.net.parameters - before).max() < 1e-5
    other.change("l2", 0.5)
    size = np.abs(other.net.weights).sum()
    for _ in range(5):
        other.step()
    assert np.abs(other.net.weights).sum() < 0.5 * size


@given(st.floats(-20, 20))
@settings(max_examples=10, deadline=None)
def test_a_weight_changed_by_hand(value):
    view = PlaygroundView("XOR with two neurons")
    view.canvas.gesture = {"kind": "weight", "name": "W1_1_0", "value": value}
    assert view.model.net.state_dict()["W1"][1, 0] == np.float32(round(value, 3))
    frame = view.canvas.frame
    assert frame["selected"] == "W1_1_0"
    assert np.frombuffer(frame["W"], "<f4")[2] == np.float32(round(value, 3))
    assert "weight from x₁ to neuron 2 of hidden layer 1" in frame["selected_words"]
    X, y = data.xor(noise=0.3, seed=2)
    assert frame["readout"]["loss"] == f"{view.model.net.evaluate(X, y)[0]:.3f}"


def test_a_bias_and_a_score_have_words_too():
    view = PlaygroundView(selected="b1_2")
    assert (
        view.canvas.frame["selected_words"] == "b⁽¹⁾₃ = 0.00: bias of neuron 3 of hidden layer 1."
    )
    view.canvas.gesture = {"kind": "select", "name": "W2_1_3"}
    assert (
        "from neuron 4 of hidden layer 1 to the score of class 1"
        in (view.canvas.frame["selected_words"])
    )
    view.canvas.gesture = {"kind": "select", "name": ""}
    assert view.canvas.frame["selected_words"].startswith("Click a line")


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_a_point_is_followed_through_every_neuron(activation, loss):
    place = [0.25, -0.5]
    view = PlaygroundView(
        hidden=[3, 2], activation=activation, loss=loss, probe=place, trained=50, selected="a3_1"
    )
    trace = view.model.net.trace(np.array(place))
    numbers = view.canvas.frame["numbers"]
    assert numbers[0] == ["0.25", "−0.50"]
    for k in (2, 3):
        for shown, z, a in zip(numbers[k - 1], trace.z[k], trace.a[k], strict=True):
            assert [float(n.replace("−", "-")) for n in shown.split(" → ")] == pytest.approx(
                [z, a], abs=0.0051
            )
    for shown, s, p in zip(numbers[3], trace.z[4], functional.softmax(trace.z[4]), strict=True):
        values = [float(n.replace("−", "-")) for n in shown.split(" → ")]
        expected = [s] if loss == "hinge" else [s, p]
        assert values == pytest.approx(expected, abs=0.0051)
    # The sum that is written out has the numbers of W, a and b, and their result.
    words = view.canvas.frame["selected_words"].replace("−", "-").replace("·", "*")
    total, result = re.match(r".*: z = (.*) = (-?[\d.]+), a = ", words).groups()
    assert eval(total) == pytest.approx(float(result), abs=0.05)
    assert float(result) == pytest.approx(trace.z[3][1], abs=0.0051)
    assert f"class {trace.z[4].argmax()}" in view.canvas.frame["probe_words"]


def test_a_point_of_the_data_is_told_right_from_wrong():
    model = trained(steps=400)
    right = model.net.predict(model.X) == model.y
    for index, words in ((right.argmax(), ", right."), (right.argmin(), "but it is of class")):
        view = PlaygroundView(trained=400)
        x, y = map(float, model.X[index])
        view.canvas.gesture = {"kind": "probe", "x": x, "y": y}
        assert words in view.canvas.frame["probe_words"]


def test_the_probe_can_be_switched_moved_and_cannot_leave_the_picture():
    view = PlaygroundView()
    view.controls["probe"].value = True
    assert view.canvas.frame["probe"] == [0.5, 0.5]
    view.canvas.gesture = {"kind": "probe", "x": 99.0, "y": -0.3}
    assert view.canvas.frame["probe"] == [1.2, -0.3]
    assert view.controls["probe"].value is True
    view.controls["probe"].value = False
    assert view.canvas.frame["numbers"] is None


def test_the_hidden_planes_regions_are_the_networks_own_answers():
    model = trained("XOR with two neurons", 200)
    space = model.snapshot().space
    n = len(space.regions)
    cells = ((space.points - space.centre) / space.half + 1) * n / 2
    columns, rows = np.floor(cells).astype(int).T
    answers = model.net.predict(model.X)
    assert (space.regions[rows, columns] == answers).mean() > 0.97  # but for points on a border
    assert space.own
    assert space.share == 1


def test_a_projection_says_what_it_shows():
    view = PlaygroundView(trained=100)
    s = view.model.snapshot()
    A = view.model.net.trace(view.model.X).a[2].astype(float)
    spread = ((A - A.mean(axis=0)) ** 2).sum()
    assert (s.space.points**2).sum() / spread == pytest.approx(s.space.share, rel=1e-4)
    assert f"{100 * s.space.share:.0f} % of the spread" in view.canvas.frame["space"]["words"]
    assert s.space.regions is None


@pytest.mark.parametrize("preset", PlaygroundView.presets)
def test_every_preset_opens_and_its_state_and_text_open_it_again(preset):
    view = PlaygroundView(preset)
    assert view.presets[preset].look.endswith(".")
    again = PlaygroundView(**view.state())
    assert plain({**again.canvas.frame, "number": 0}) == plain({**view.canvas.frame, "number": 0})
    assert PlaygroundView.from_text(view.to_text()).state() == view.state()


def test_a_training_nobody_interfered_with_is_its_number_of_steps():
    view = PlaygroundView()
    for _ in range(30):
        view.model.step()
    assert view.to_text() == "PlaygroundView(trained=30)"
    view.change("lr", 0.1)
    view.model.step()
    state = view.state()
    assert state["trained"] == 0
    again = PlaygroundModel(**state)
    np.testing.assert_array_equal(again.net.parameters, view.model.net.parameters)
    view.reset()
    assert view.to_text() == "PlaygroundView(lr=0.1)"


@pytest.mark.parametrize("preset", PlaygroundView.presets)
def test_the_code_shown_runs_and_gives_the_pictures_numbers(preset):
    view = PlaygroundView(preset, probe=[0.5, 0.25])
    for interfered in (False, True):
        for _ in range(20):
            if not view.model.step():
                break
        if interfered:
            view.change("W1_0_0", 0.5)
        names, printed = {}, io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(view.code(), names)
        loss, accuracy = names["net"].evaluate(names["X"], names["y"])
        s = view.model.snapshot()
        assert (loss, accuracy) == (s.loss, s.accuracy)
        np.testing.assert_array_equal(names["trace"].z[2], s.trace.z[2])


def test_the_spiral_as_on_the_slides():
    half = trained("spiral, no hidden layer", 1000).snapshot()
    assert 0.47 < half.accuracy < 0.57
    arms = trained(steps=500).snapshot()
    assert arms.accuracy >= 0.98
    assert arms.val_accuracy > 0.95


def test_good_presets_do_what_their_sentences_say():
    xor = trained("XOR with two neurons", 300)
    assert xor.snapshot().accuracy == 1
    assert xor.snapshot().space.regions is not None
    assert trained("three neurons fence in a ring", 600).snapshot().accuracy == 1
    two = trained("three neurons fence in a ring", 600, hidden=[2])
    assert two.snapshot().accuracy < 0.95
    assert trained("five arms, two hidden layers", 300).snapshot().accuracy > 0.98
    unrolled = trained("spiral through two neurons", 400).snapshot()
    assert unrolled.accuracy > 0.98
    assert unrolled.space.own
    assert trained("one point, all the way").snapshot().accuracy > 0.99


def test_failing_presets_fail_as_their_sentences_say():
    diverging = trained("learning rate too high", 100)
    assert 3 < diverging.steps < 20
    losses = diverging.snapshot().history[:-1, 2]
    assert losses[-1] > 10 * losses[0]
    assert "Lower the learning rate" in diverging.snapshot().note

    dead = trained("dead ReLUs", 200).snapshot()
    assert dead.sleeping[1].sum() > 4
    assert re.match(r"6 of 8 neurons in hidden layer 1 dead", dead.note)
    assert trained(steps=200).snapshot().note == ""

    flat = trained("saturated sigmoids").snapshot()
    later = trained("saturated sigmoids", 500).snapshot()
    assert flat.sleeping[1].all()
    assert "saturated" in flat.note
    assert later.loss > 0.95 * flat.loss
    np.testing.assert_allclose(later.W[0], flat.W[0], atol=0.05)

    deep = trained("four layers of sigmoids", 300).snapshot()
    assert deep.loss == pytest.approx(np.log(3), abs=0.01)
    assert trained("four layers of sigmoids", 300, activation="tanh").snapshot().loss < 0.7

    alike = trained("all weights start at 0", 300)
    W1 = alike.net.state_dict()["W1"]
    assert np.abs(W1).max() > 0.1
    np.testing.assert_array_equal(W1, np.tile(W1[0], (8, 1)))

    unlucky = trained("unlucky start", 1500).snapshot()
    assert 0.7 < unlucky.accuracy < 0.8

    jumpy = trained("batch too small", 600).snapshot().history[-50:, 2]
    calm = trained("batch too small", 600, batch_size=None).snapshot().history[-50:, 2]
    assert jumpy.std() > 5 * calm.std()

    heart = trained("learned by heart", 1000).snapshot()
    assert heart.loss < 0.01
    assert heart.val_loss > 2 * heart.history[:, 3].min()

    strong = trained("λ too strong", 500)
    assert strong.snapshot().accuracy < 0.65
    strong.change("l2", 0.0)
    for _ in range(500):
        strong.step()
    assert strong.snapshot().accuracy > 0.9


def test_divergence_ends_in_a_sentence_and_can_be_mended():
    view = PlaygroundView("learning rate too high")
    while view.model.work():
        assert view.model.steps < 100
    view.refresh()
    assert "Lower the learning rate" in view._message.value
    plain(view.canvas.frame)
    view.controls["lr"].value = 0.1
    assert "Lower" not in view._message.value
    assert view.model.step()


def test_reset_puts_the_first_weights_back():
    view = PlaygroundView("saturated sigmoids", lr=5.0)
    first = view.model.net.parameters.copy()
    for _ in range(5):
        view.step()
    view.change("b1_0", 3.0)
    view.reset()
    np.testing.assert_array_equal(view.model.net.parameters, first)
    assert view.model.lr == 5.0
    assert view.canvas.frame["readout"]["steps"] == "0"


def test_it_runs_answers_and_stands_still():
    view = PlaygroundView(n_per_class=20)

    async def main():
        view.run()
        while view.model.steps < 30:
            await asyncio.sleep(0.01)
        view.canvas.gesture = {"kind": "weight", "name": "W2_0_0", "value": 4.0}
        view.change("l2", 0.01)
        steps = view.model.steps
        while view.model.steps < steps + 20:
            await asyncio.sleep(0.01)
        view.pause()

    in_a_loop(main)
    assert view.model.net.l2 == 0.01
    assert view.state()["weights"] is not None
    assert view.canvas.frame["readout"]["steps"] == str(view.model.steps)


def test_it_pauses_by_itself(monkeypatch):
    monkeypatch.setattr("nnlib.views.playground_model.PAUSE_AFTER", 50)
    model = trained(n_per_class=10, speed=2000)
    while model.work():
        assert model.steps < 100
    assert model.steps == 50
    assert "Press Run to go on" in model.snapshot().note
    assert model.step()


def test_snapshots_do_not_change_later():
    model = trained(steps=3, probe=[0.5, 0.5])
    s = model.snapshot()

    def arrays(snapshot):
        space, trace = snapshot.space, snapshot.trace
        return [
            *snapshot.W,
            *snapshot.b,
            *snapshot.maps,
            *trace.z.values(),
            snapshot.X,
            snapshot.regions,
            snapshot.history,
            space.points,
            space.grid,
        ]

    before = [array.copy() for array in arrays(s)]
    model.step()
    model.change("W1_0_0", 9.0)
    model.change("noise", 0.5)
    model.snapshot()
    for array, old in zip(arrays(s), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_a_lesson_may_show_some_controls_and_parts_only():
    view = PlaygroundView(show=["run", "neurons", "regions"], hidden=[3, 2])
    shown = [name for name, control in view.controls.items() if control.layout.display != "none"]
    assert shown == ["run", "neurons_1", "neurons_2"]
    assert view.canvas.hidden == ["training", "network", "hidden_space", "curves"]
    parts = [part for row in view.widget.children for part in getattr(row, "children", ())]
    captions = [part.value for part in parts if "nnb-v7-caption" in str(getattr(part, "value", ""))]
    assert len(captions) == 1
    assert "Network" in captions[0]


@pytest.mark.parametrize(
    ("state", "titles"),
    [
        ({"trained": 50}, ["The network", "What the network answers", "hidden layer 1", "Loss"]),
        ({"hidden": []}, ["The network", "What the network answers", "No hidden layer"]),
        ({"hidden": [2], "loss": "hinge"}, ["The network", "What", "What hidden layer 1"]),
        ({"hidden": [3, 1], "probe": [0.5, 0.5]}, ["The network", "What", "What hidden layer 2"]),
        ({"trained": 50, "show": ["run", "network", "curves"]}, ["The network", "Loss"]),
    ],
)
def test_the_still_shows_the_parts_and_says_them(state, titles):
    view = PlaygroundView(**state)
    fig = view.still()
    for ax, title in zip(fig.axes, titles, strict=True):
        assert title in ax.get_title()
    assert fig.alt == view.canvas.frame["label"]
    network = fig.axes[0]
    weights = np.concatenate([W.ravel() for W in view.model.snapshot().W])
    dashed = [line.get_linestyle() == "--" for line in network.lines]
    np.testing.assert_array_equal(dashed, weights < 0)
    numbers = itertools.chain.from_iterable(view.canvas.frame["numbers"] or [])
    assert [text.get_text() for text in network.texts] == list(numbers)


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"data": "cats"}, "data must be one of"),
        ({"n_classes": 9}, "n_classes must be one of"),
        ({"hidden": [9]}, "hidden must name up to 4 layers of 1 to 8 neurons"),
        ({"hidden": [2] * 5}, "hidden must name up to 4 layers"),
        ({"activation": "cubic"}, "activation must be one of"),
        ({"loss": "max_margin"}, "loss must be one of"),
        ({"optimizer": "magic"}, "optimizer must be one of"),
        ({"lr": 0.0}, "lr must be"),
        ({"dropout": 1.0}, "p_drop"),
        ({"trained": 10**9}, "trained must be a number of steps"),
        ({"probe": [1.0]}, "probe must be a place"),
        ({"selected": "W7_0_0"}, "selected must be a weight such as"),
        ({"weights": {"W1": [[1.0]]}}, "state must have the entries"),
        ({"show": ["nothing"]}, "show must name controls among"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        PlaygroundView(**parameters)


def test_a_gesture_of_nonsense_is_shown_as_an_error():
    view = PlaygroundView()
    with pytest.raises(ValueError, match="selected must be"):
        view.canvas.gesture = {"kind": "select", "name": "W1_99_0"}
    assert "selected must be" in view._message.value

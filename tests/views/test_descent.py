"""V6's model and face: every step is the library's, and every preset does what it says."""

import asyncio
import base64
import contextlib
import io
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import in_a_loop

from nnlib import LinearClassifier, data
from nnlib.views import DescentView
from nnlib.views.descent import (
    BATCH_SIZES,
    MOST_PINS,
    MOST_RECORDS,
    N_POINTS,
    OPTIMIZERS,
    PROBLEMS,
    DescentModel,
    landscape,
)

any_leg = st.fixed_dictionaries(
    {
        "lr": st.sampled_from([0.001, 0.1, 2.0]),
        "batch_size": st.sampled_from([1, 64, 1000, N_POINTS]),
        "optimizer": st.sampled_from(list(OPTIMIZERS)),
        "steps": st.integers(1, 12),
    }
)
any_run = st.fixed_dictionaries(
    {
        "problem": st.sampled_from(list(PROBLEMS)),
        "seed": st.integers(0, 999),
        "legs": st.lists(any_leg, min_size=1, max_size=3),
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


def after(model, steps):
    for _ in range(steps):
        model.step()
    return model.snapshot()


@settings(max_examples=8, deadline=None)
@given(any_run)
def test_the_code_shown_goes_the_same_way(parameters):
    last = parameters["legs"][-1]
    now = {name: last[name] for name in ("lr", "batch_size", "optimizer")}
    view = DescentView(**parameters, **now)
    s, names = view.model.snapshot(), run(view.code())
    np.testing.assert_array_equal(names["net"].parameters[names["free"]], s.place)
    assert names["loss"] == s.loss
    assert s.step == sum(leg["steps"] for leg in parameters["legs"])


@settings(max_examples=5, deadline=None)
@given(any_run, st.lists(st.tuples(any_leg, st.integers(1, 10)), max_size=3))
def test_its_state_goes_the_same_way_also_where_settings_changed_on_the_way(parameters, turns):
    view = DescentView(**parameters)
    for leg, steps in turns:
        for name in ("lr", "batch_size", "optimizer"):
            view.change(name, leg[name])
        for _ in range(steps):
            view.step()
    view.change("pin", True)
    view.step()
    again = DescentView.from_text(view.to_text())
    assert again.state() == view.state()
    for here, there in zip(view.model.snapshot().ways, again.model.snapshot().ways, strict=True):
        np.testing.assert_array_equal(np.delete(here, 2, axis=1), np.delete(there, 2, axis=1))


def test_a_descent_is_the_slides_loop_written_out():
    X, y = data.blobs(N_POINTS // 2, n_classes=2, noise=0.8)
    net = LinearClassifier(2, 2, l2=0.02)
    net.parameters[:] = 0
    net.W[0] = PROBLEMS["round"].start
    for _ in range(10):
        net.loss(X, y)
        net.backward()
        net.W[0] -= 0.5 * net.dW[0]
    s = after(DescentModel(batch_size=N_POINTS), 10)
    np.testing.assert_allclose(s.place, net.W[0], rtol=1e-5)
    assert s.loss == pytest.approx(net.loss(X, y), rel=1e-5)
    assert s.epochs == 10


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_contour_is_the_loss_with_all_else_fixed(name):
    land, problem = landscape(name), PROBLEMS[name]
    net, X, y = problem.make()
    before = net.parameters.copy()
    for row, column in [(0, 0), (3, 20), (32, 7), (32, 32)]:
        net.parameters[:] = before
        net.parameters[list(problem.free)] = land.first[column], land.second[row]
        assert land.losses[row, column] == net.loss(X, y)
    assert land.lowest <= land.losses.min()
    net.parameters[list(problem.free)] = land.lowest_place
    assert land.lowest == net.loss(X, y)
    net.backward()
    assert np.abs(net.gradients[list(problem.free)]).max() < 1e-3
    wide, high = np.diff(problem.corners[:2]), np.diff(problem.corners[2:])
    assert wide == high  # or the steepest way would not stand at a right angle to the lines


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_only_two_weights_move(name, optimizer):
    model = DescentModel(problem=name, optimizer=optimizer)
    before = model.descent.net.parameters.copy()
    after(model, 20)
    moved = np.flatnonzero(model.descent.net.parameters != before)
    assert sorted(moved) == sorted(PROBLEMS[name].free)


def test_no_descent_gets_below_the_lowest_place():
    for name in PROBLEMS:
        s = after(DescentModel(problem=name, lr=0.5, batch_size=N_POINTS), 200)
        assert s.ways[0][:, 3].min() >= landscape(name).lowest - 1e-5


def test_records_stay_few_and_keep_the_start():
    model = DescentModel(batch_size=1, lr=0.01)
    s = after(model, 1500)
    way = s.ways[0]
    assert len(way) <= MOST_RECORDS + 1
    assert way[0, 0] == 0
    assert way[-1, 0] == 1500
    assert (np.diff(way[:, 0]) > 0).all()
    assert (np.diff(way[:, 2]) > 0).all()
    assert way[-1, 1] == pytest.approx(1500 / N_POINTS)
    assert len(str(plain(DescentView(**model.state()).canvas.frame))) < 100_000


def test_snapshots_do_not_change_later():
    model = DescentModel()
    s = after(model, 3)
    before = s.ways[0].copy()
    after(model, 3)
    np.testing.assert_array_equal(s.ways[0], before)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lr", 0.001), ("batch_size", 1), ("optimizer", "adam"), ("axis", "seconds"), ("speed", 200)],
)
def test_settings_keep_the_weights(name, value):
    model = DescentModel()
    place = after(model, 5).place
    model.change(name, value)
    s = model.snapshot()
    assert (s.place, s.step) == (place, 5)


@pytest.mark.parametrize(
    ("name", "value"), [("seed", 1), ("start", [0.0, 1.0]), ("problem", "narrow")]
)
def test_another_way_starts_anew(name, value):
    model = DescentModel()
    after(model, 5)
    model.change(name, value)
    assert model.snapshot().step == 0


def test_the_seed_decides_the_order_of_the_examples():
    first, same, other = (after(DescentModel(batch_size=1, seed=s), 20).place for s in (0, 0, 1))
    assert first == same != other
    full = [after(DescentModel(batch_size=N_POINTS, seed=s), 20).place for s in (0, 1)]
    np.testing.assert_allclose(*full, rtol=1e-4)


def test_presets_do_what_their_sentences_say():
    def model(name):
        return DescentModel(**DescentView.presets[name].state)

    low = landscape("round").lowest
    m = model("a good learning rate")
    way = after(m, 30).ways[0]
    lengths = np.hypot(*np.diff(way[:, 4:], axis=0).T)
    assert lengths[-5:].mean() < 0.2 * lengths[:5].mean()
    assert way[-1, 3] < low + 0.03

    s = after(model("too low: it crawls"), 100)
    assert s.loss > 2
    assert s.ways[1][-1, 3] < low + 0.01

    m = model("too high: it diverges")
    losses, places = zip(
        *((s.loss, s.place[0]) for s in (after(m, 1) for _ in range(4))), strict=True
    )
    assert all(later > 2 * earlier for earlier, later in itertools.pairwise(losses))
    assert all(a * b < 0 for a, b in itertools.pairwise(places))
    assert "beyond all bounds" in after(m, 10).note

    m = model("a little too high: it zigzags")
    way = after(m, 400).ways[0]
    across = np.diff(way[:40, 4])
    assert (across[1:] * across[:-1] < 0).mean() > 0.6
    assert way[-20:, 3].min() > landscape("narrow").lowest + 0.01

    s = after(model("a batch of 1 wanders"), 400)
    own, full = s.ways[0][100:, 3], s.ways[1][30:, 3]
    assert own.max() > low + 0.1
    assert full.max() < low + 0.001
    assert s.ways[0][10, 3] < 1.0  # fast, down from 4

    s = after(model("full batch: smooth, but slow per second"), 60)
    full, small = s.ways
    np.testing.assert_allclose(full[20:60, 3], small[20:60, 3], atol=0.1)
    assert full[60, 2] > 1.5 * small[60, 2]
    assert full[60, 1] > 50 * small[60, 1]

    s = after(model("momentum overshoots"), 60)
    own, without = s.ways
    assert own[:, 4].max() > landscape("round").lowest_place[0] + 1
    assert without[:, 4].max() < landscape("round").lowest_place[0] + 0.1
    turned = np.diff(own[:, 4])
    assert (turned < 0).any()

    s = after(model("a narrow valley: Adam and others"), 60)
    adam, sgd, momentum, rmsprop = (way[-1, 3] for way in s.ways)
    assert max(adam, momentum, rmsprop) < sgd - 0.05
    assert s.ways[1][8, 3] < 0.3 * s.ways[1][0, 3]  # to the floor at once

    s = after(model("AdaGrad stops too soon"), 400)
    lengths = np.hypot(*np.diff(s.ways[0][:, 4:], axis=0).T) / np.diff(s.ways[0][:, 0])
    assert lengths[-20:].mean() < 0.2 * lengths[:3].mean()
    assert s.loss > 2 * landscape("narrow").lowest

    for name in (
        "two valleys: an unlucky start",
        "two valleys: momentum rolls into the wrong one",
    ):
        s = after(model(name), 200)
        deep = landscape("two valleys").lowest
        assert s.loss > deep + 0.25
        assert s.ways[1][-1, 3] < deep + 0.01


def test_pins_stay_and_can_be_taken_off():
    view = DescentView()
    view.change("pin", True)
    assert "nothing to pin yet" in view._message.value
    for lr in (0.1, 0.2, 0.5, 1.0, 2.0):
        view.controls["lr"].value = lr
        view.step()
        view.controls["pin"].click()
    assert len(view.model.pinned) == MOST_PINS
    assert "Unpin one first" in view._message.value
    names = [run["name"] for run in view.canvas.frame["runs"]]
    assert names == [f"SGD, rate {lr}, batch 64" for lr in (2, 0.1, 0.2, 0.5, 1)]
    view.canvas.gesture = {"kind": "unpin", "index": 1}
    assert [run["name"] for run in view.canvas.frame["runs"][1:]] == [names[1], *names[3:]]
    view.canvas.gesture = {"kind": "unpin", "index": 9, "count": 2}
    view.reset()
    assert len(view.model.pinned) == MOST_PINS - 1
    view.change("problem", "narrow")
    assert view.model.pinned == ()


def test_a_run_with_several_settings_says_so():
    view = DescentView()
    view.step()
    view.controls["lr"].value = 0.1
    view.step()
    assert view.canvas.frame["runs"][0]["name"] == (
        "SGD, rate 0.5, batch 64, then SGD, rate 0.1, batch 64"
    )


@pytest.mark.parametrize("name", ["lr", "batch_size"])
@pytest.mark.parametrize("end", [0, -1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_both_ends_of_the_sliders(name, end, optimizer):
    view = DescentView(optimizer=optimizer)
    value = view.controls[name].options[end][1]
    view.controls[name].value = value
    assert getattr(view.model, name) == value
    for _ in range(8):
        view.step()
    plain(view.canvas.frame)
    assert "nan" not in "".join(v for v in view.canvas.frame.values() if isinstance(v, str)).lower()


@pytest.mark.parametrize("size", BATCH_SIZES)
def test_an_epoch_shows_every_point_once(size):
    model = DescentModel(batch_size=size, lr=0.001)
    if size < 64:
        return
    assert after(model, N_POINTS // size).epochs == 1


def test_dragging_the_start_stays_inside_the_picture():
    view = DescentView()
    view.step()
    view.canvas.gesture = {"kind": "start", "place": [99.0, -1.234]}
    assert view.state()["start"] == [6.0, -1.23]
    assert view.canvas.frame["steps_text"] == "0"
    view.open("a good learning rate")
    assert view.state()["start"] is None


def test_outside_the_picture_a_sentence_says_so():
    view = DescentView(lr=20.0, optimizer="adam")
    view.step()
    assert "outside the picture" in view._message.value


def test_running_moves_and_pause_stands_still():
    async def main():
        view = DescentView(speed=200)
        view.run()
        await asyncio.sleep(0.3)
        view.controls["lr"].value = 0.01
        await asyncio.sleep(0.1)
        view.pause()
        steps = view.model.descent.steps
        await asyncio.sleep(0.1)
        return steps, view.model.descent.steps, view.model.descent.legs[-1]["lr"]

    before, later, lr = in_a_loop(main)
    assert before == later > 5
    assert lr == 0.01


def test_parts_can_be_left_out():
    view = DescentView(show=["step", "curves"])
    assert view.canvas.hidden == ["contour", "runs"]
    shown = [name for name, control in view.controls.items() if control.layout.display != "none"]
    assert shown == ["step"]


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"problem": "flat"}, r"problem must be one of .*'narrow'.*; got 'flat'"),
        ({"optimizer": "lion"}, r"optimizer must be one of .*'adam'.*; got 'lion'"),
        ({"axis": "hours"}, r"axis must be one of .*; got 'hours'"),
        ({"lr": 0.0}, r"lr must be above 0; got 0.0"),
        ({"batch_size": 0}, rf"batch_size must be a whole number 1\.\.{N_POINTS}; got 0"),
    ],
)
def test_wrong_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        DescentView(**parameters)


def test_the_still_picture_names_the_runs():
    view = DescentView("momentum overshoots")
    view.step()
    bundle, metadata = view._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "SGD with momentum 0.9, rate 0.2, batch 64" in metadata["image/png"]["alt"]
    assert "1 pinned run" in bundle["text/plain"]

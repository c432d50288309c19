"""V13: the board trains as nnlib.tune does, names each fault, and loses no pinned run."""

import asyncio
import json
import statistics
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import in_a_loop

from nnlib import tune
from nnlib.homework.config import ConfigError, clean
from nnlib.views import TuningBoardView
from nnlib.views.tuning_board import MOST_OTHERS, MOST_PINNED, TuningBoardModel, describe
from nnlib.views.tuning_runs import Settings, digits, read_runs

QUICK = {"neurons": 8, "n_train": 200, "epochs": 3}


def trained(view):
    """The newest run of a view after a whole training."""
    view.model.begin()
    while view.model.work():
        pass
    view.refresh()
    return view.model.snapshot().run


def plain(view):
    """The frame as it travels, and its size; fails if JSON cannot say it."""
    text = json.dumps(view.canvas.frame, allow_nan=False, default=lambda b: "x" * len(b))
    return view.canvas.frame, len(text)


# A run


def test_a_run_is_the_training_that_tune_makes_of_its_config():
    view = TuningBoardView(**QUICK, optimizer="sgd", lr=0.2, momentum=0.5, dropout=0.2, seed=3)
    run = trained(view)
    (X, y), validation = digits(200)
    trial = tune.run(view.config, X, y, validation, seed=3)
    for name, values in run.measures.items():
        assert values == tuple(trial.history[name])
    assert run.diagnosis == trial.diagnosis
    assert run.score == trial.score
    assert len(X) == 200
    assert len(validation[0]) == 5000


def test_the_code_shown_computes_the_same_numbers():
    view = TuningBoardView(**QUICK, l2=1e-3)
    run = trained(view)
    names = {}
    exec(view.code(), names)
    assert names["trial"].history["val_loss"] == list(run.measures["val_loss"])
    assert names["trial"].diagnosis == run.diagnosis
    assert names["config"] == view.config


def test_the_loss_curve_is_the_mean_of_the_steps():
    model = TuningBoardModel(n_train=1000, batch_size=2, epochs=2, neurons=1)
    model.begin()
    while model.training.work():
        pass
    losses = model.training._history.batch_losses
    run = model.training.run()
    assert len(losses) == run.step == run.n_steps == 1000
    # five steps make a point, so that there are at most 240
    np.testing.assert_allclose(run.mean, np.reshape(losses, (200, 5)).mean(axis=1))
    np.testing.assert_array_equal(run.low, np.reshape(losses, (200, 5)).min(axis=1))
    np.testing.assert_array_equal(run.high, np.reshape(losses, (200, 5)).max(axis=1))
    np.testing.assert_allclose(run.at, (np.arange(200) + 0.5) * 5 / 500)


@pytest.mark.parametrize("preset", TuningBoardView.presets)
def test_every_preset_shows_what_its_sentence_says(preset):
    view = TuningBoardView(preset)
    run = trained(view)
    fault = "healthy" if preset.startswith("cure") else preset
    assert run.diagnosis.name == fault
    assert view.canvas.frame["diagnosis"]["name"] == fault
    gap = run.measures["accuracy"][-1] - run.measures["val_accuracy"][-1] if run.n_epochs else 0
    loss, mean = run.measures["loss"], np.array(run.mean)
    if preset == "learning rate too low":
        line = np.polyval(np.polyfit(run.at, mean, 1), run.at)
        assert np.abs(mean - line).max() < 0.05
    elif preset == "cure: ten times the learning rate":
        assert loss[0] - loss[2] > 3 * (loss[3] - loss[5])
    elif preset == "learning rate too high":
        assert max(run.high[:5]) > 2 * np.log(10)
        assert loss[-1] > 1
    elif preset == "diverged":
        assert 0 < run.step < run.n_steps
        assert run.score is None
    elif preset.endswith(("too small", "of 32")):
        band = np.mean(np.subtract(run.high, run.low)[-50:])
        assert band > 1 if preset == "batch too small" else band < 0.5
    elif preset == "low capacity":
        assert abs(gap) < 0.03
        assert run.score < 0.85
    elif preset == "overfitting":
        assert run.measures["accuracy"][-1] == 1
        assert gap > 0.1
    else:
        assert gap < 0.01
        assert run.score > 0.93


ENDS = {
    "hidden_layers": (0, 4),
    "neurons": (1, 512),
    "activation": ("relu", "tanh"),
    "dropout": (0.0, 0.9),
    "l2": (0.0, 1.0),
    "optimizer": ("sgd", "adam"),
    "lr": (1e-6, 10.0),
    "momentum": (0.0, 0.99),
    "batch_size": (1, 512),
    "epochs": (1, 50),
    "n_train": (100, 55_000),
    "seed": (0, 999),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, ends in ENDS.items() for v in ends])
def test_both_ends_of_every_control(name, value):
    view = TuningBoardView(n_train=100, optimizer="sgd", batch_size=32)
    view.controls[name].value = value
    assert getattr(view.model, name) == value
    view.model.begin()
    for _ in range(8):
        if not view.model.work():
            break
    view.refresh()
    frame, size = plain(view)
    assert size < 100_000
    assert frame["rows"][0]["run"] == 1
    assert getattr(view.model.snapshot().run.settings, name) == value
    assert "nnb-error" not in view._message.value


random_settings = st.fixed_dictionaries(
    {
        "hidden_layers": st.integers(0, 3),
        "neurons": st.integers(1, 20),
        "activation": st.sampled_from(["relu", "leaky_relu", "sigmoid", "tanh"]),
        "dropout": st.floats(0, 0.95),
        "l2": st.floats(0, 2),
        "optimizer": st.sampled_from(["sgd", "adagrad", "rmsprop", "adam"]),
        "lr": st.floats(1e-8, 1e3),
        "momentum": st.floats(0, 0.999),
        "batch_size": st.integers(1, 300),
        "epochs": st.integers(1, 3),
        "n_train": st.integers(10, 60),
        "seed": st.integers(0, 99),
    }
)


@given(random_settings)
@settings(max_examples=12, deadline=None)
def test_any_settings_end_in_a_picture_without_nan(values):
    view = TuningBoardView(**values)
    run = trained(view)
    frame, size = plain(view)
    assert run.status in ("finished", "diverged")
    assert run.diagnosis is not None
    assert "nan" not in json.dumps([frame["rows"], frame["diagnosis"], frame["progress"]]).lower()
    assert size < 100_000
    assert TuningBoardView.from_text(view.to_text()).state() == view.state()


def test_the_loss_of_a_divergence_is_drawn_up_to_its_last_number():
    view = TuningBoardView("diverged")
    run = trained(view)
    assert np.isfinite(run.mean).all()
    assert run.status == "diverged"
    assert "no longer a finite number" in view.canvas.frame["diagnosis"]["reason"]
    assert view.canvas.frame["progress"]["text"] == "Run 1 diverged after 0 epochs."
    assert view.canvas.frame["axes"]["loss"] == 5


# The board


def test_a_run_keeps_its_settings_and_a_change_is_for_the_next():
    view = TuningBoardView(**QUICK)
    view.step()
    weights_before = view.model.training
    view.controls["lr"].value = 0.01
    assert view.model.training is weights_before
    assert "keeps the settings that it began with" in view._message.value
    assert view.controls["run"].description == "Train"
    view.controls["lr"].value = 0.001
    assert view.controls["run"].description == "Go on"
    view.controls["lr"].value = 0.01
    view.model.begin()
    first, second = view.model.snapshot().runs
    assert (first.status, first.settings.lr, first.n_epochs) == ("stopped", 0.001, 1)
    assert (second.status, second.settings.lr) == ("training", 0.01)


def test_a_run_that_was_paused_goes_on_as_if_nothing_had_been():
    long = {"neurons": 32, "n_train": 5000, "batch_size": 4, "epochs": 2}
    view, whole = TuningBoardView(**long), TuningBoardView(**long)
    run = view.controls["run"]

    async def main():
        pauses = 0
        run.click()
        assert run.description == "Pause"
        while view.runner.running:
            await asyncio.sleep(0.02)
            if view.runner.running and pauses < 3:
                run.click()
                assert run.description == "Go on"
                run.click()
                pauses += 1
        return pauses

    assert in_a_loop(main) == 3
    assert run.description == "Train"
    assert view.model.snapshot().run.measures == trained(whole).measures
    assert len(view.model.runs) == 1


def test_pause_never_starts_a_run_that_has_just_ended():
    view = TuningBoardView(**QUICK)
    run = view.controls["run"]

    async def main():
        run.click()
        view.runner._thread.join()  # it has ended, and nobody has heard of it yet
        assert run.description == "Pause"
        run.click()

    in_a_loop(main)
    assert run.description == "Train"
    assert view.canvas.frame["progress"]["text"] == "Run 1 is finished after 3 epochs."


def test_stop_ends_a_run_and_the_next_one_starts_anew():
    view = TuningBoardView(**QUICK)
    view.step()
    view.controls["stop"].click()
    assert view.canvas.frame["progress"]["text"] == "Run 1 was stopped after 1 epoch."
    assert view.canvas.frame["rows"][0]["epochs"] == "1 of 3"
    assert view.controls["stop"].disabled
    view.step()
    assert [run.number for run in view.model.snapshot().runs] == [1, 2]
    assert "Run 1 had the same settings and seed" in view._message.value


def test_progress_is_told_in_epochs_percent_and_seconds():
    view = TuningBoardView(**QUICK)
    assert view.canvas.frame["progress"] == {"text": "Press Train.", "share": 0.0}
    view.step()
    text = view.canvas.frame["progress"]["text"]
    assert text == "Run 1: epoch 2 of 3, 33%, paused"
    view.model.training.seconds = 5.0
    assert view.model.snapshot().seconds_left == pytest.approx(10.0)


def test_the_best_run_is_marked_and_a_diverged_one_never():
    view = TuningBoardView(**QUICK, batch_size=8)
    trained(view)
    assert [row["best"] for row in view.canvas.frame["rows"]] == [False]
    for change in ({"lr": 0.01}, {"lr": 10.0, "l2": 0.2, "optimizer": "sgd"}):
        for name, value in change.items():
            view.change(name, value)
        trained(view)
    rows = view.canvas.frame["rows"]
    assert [row["best"] for row in rows] == [False, True, False]
    assert rows[2]["validation"] == "–"


def test_pinned_runs_are_drawn_beside_the_one_shown_each_with_its_own_look():
    view = TuningBoardView(**QUICK)
    trained(view)
    view.controls["pin"].click()
    assert view.controls["pin"].disabled
    view.change("seed", 1)
    trained(view)
    curves = view.canvas.frame["curves"]
    assert [(c["run"], c["shown"], c["look"]) for c in curves] == [(1, False, 2), (2, True, 0)]
    view.canvas.gesture = {"kind": "pin", "run": 2, "pinned": True}
    view.canvas.gesture = {"kind": "pin", "run": 1, "pinned": False}
    assert [c["run"] for c in view.canvas.frame["curves"]] == [2]
    view.canvas.gesture = {"kind": "show", "run": 1}
    assert view.model.seed == 0
    assert view.controls["seed"].value == 0
    assert [(c["run"], c["look"]) for c in view.canvas.frame["curves"]] == [(2, 3), (1, 0)]


def test_more_pins_than_lines_are_refused_in_a_sentence():
    view = TuningBoardView(neurons=1, n_train=100, epochs=1)
    for number in range(1, MOST_PINNED + 2):
        trained(view)
        view.change(f"pin_{number}", True)
    assert len(view.model.pinned) == MOST_PINNED
    assert "Unpin one first" in view._message.value
    assert len(set(view.model.pinned.values())) == MOST_PINNED


def test_the_oldest_runs_leave_the_table_but_pinned_ones_stay_also_after_reset():
    view = TuningBoardView(neurons=1, n_train=100, epochs=1)
    trained(view)
    view.change("pin_1", True)
    for _ in range(MOST_OTHERS + 2):
        trained(view)
    numbers = [row["run"] for row in view.canvas.frame["rows"]]
    assert numbers == [1, *range(4, MOST_OTHERS + 4)]
    view.reset()
    assert [row["run"] for row in view.canvas.frame["rows"]] == [1]
    assert view.canvas.frame["axes"]["epochs"] == 1


def test_a_preset_keeps_the_runs():
    view = TuningBoardView(**QUICK)
    trained(view)
    view.controls["preset"].value = "overfitting"
    assert view.state() == TuningBoardView("overfitting").state()
    assert [row["run"] for row in view.canvas.frame["rows"]] == [1]


@pytest.mark.parametrize("preset", TuningBoardView.presets)
def test_state_and_text_open_the_same_board(preset):
    view = TuningBoardView(preset)
    again = TuningBoardView(**view.state())
    assert again.state() == view.state()
    assert {**again.canvas.frame, "number": 0} == {**view.canvas.frame, "number": 0}
    assert TuningBoardView.from_text(view.to_text()).state() == view.state()
    assert TuningBoardView().to_text() == "TuningBoardView()"


def test_controls_that_do_nothing_now_are_off():
    view = TuningBoardView(optimizer="adam", hidden_layers=0)
    assert view.controls["momentum"].disabled
    assert view.controls["neurons"].disabled
    view.controls["optimizer"].value = "sgd"
    view.controls["hidden_layers"].value = 1
    assert not view.controls["momentum"].disabled
    assert not view.controls["neurons"].disabled


def test_show_takes_controls_and_parts():
    view = TuningBoardView(show=["optimizer", "lr", "run", "runs"])
    shown = [name for name, control in view.controls.items() if control.layout.display is None]
    assert shown == ["optimizer", "lr", "run"]
    assert view.canvas.hidden == ["diagnosis"]


def test_pause_answers_within_300_ms_also_with_the_largest_network():
    view = TuningBoardView(hidden_layers=4, neurons=512, batch_size=512, n_train=55_000)

    async def main():
        waits = []
        for _ in range(5):
            view.run()
            await asyncio.sleep(0.3)
            start = time.perf_counter()
            view.pause()
            waits.append(time.perf_counter() - start)
        return waits

    assert statistics.median(in_a_loop(main)) < 0.3
    assert view.model.training is not None


def test_the_still_picture_and_its_words():
    view = TuningBoardView(**QUICK)
    assert "no run was started yet" in view.still().alt
    trained(view)
    view.change("pin_1", True)
    view.change("lr", 0.01)
    run = trained(view)
    fig = view.still()
    assert f"the validation accuracy {run.score:.1%}" in fig.alt
    assert "2 runs in the table" in fig.alt
    loss, accuracy = fig.axes
    assert len(loss.lines) == len(accuracy.lines) == 3
    dashes = [line.get_linestyle() for line in loss.lines]
    assert len(set(dashes)) > 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "128 relu, Adam 0.001, batch 64, 10,000 digits"),
        (
            {"hidden_layers": 2, "neurons": 64, "optimizer": "sgd", "lr": 0.1, "momentum": 0.9},
            "2 × 64 relu, SGD 0.1, momentum 0.9, batch 64, 10,000 digits",
        ),
        (
            {"hidden_layers": 0, "dropout": 0.2, "l2": 1e-4, "seed": 5},
            "no hidden layer, Adam 0.001, batch 64, dropout 0.2, λ 0.0001, 10,000 digits, seed 5",
        ),
    ],
)
def test_settings_in_a_line(values, words):
    assert describe(Settings(**values)) == words


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"neurons": 0}, "neurons must be a whole number from 1 to 512; it is 0"),
        ({"hidden_layers": 1.5}, "hidden_layers must be a whole number from 0 to 4"),
        ({"n_train": 60_000}, "n_train must be a whole number from 10 to 55,000; it is 60000"),
        ({"optimizer": "Adam"}, "optimizer must be one of 'sgd', 'adagrad', 'rmsprop', 'adam'"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"lr": 0}, "lr must be a number above zero; it is 0"),
        ({"l2": -1}, "l2 must be a number zero or more"),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; it is 1"),
        ({"momentum": "much"}, "momentum must be at least 0 and below 1"),
    ],
)
def test_wrong_settings_are_named(values, match):
    with pytest.raises(ValueError, match=match):
        TuningBoardView(**values)


def test_a_gesture_of_nonsense_is_shown_as_an_error():
    view = TuningBoardView()
    with pytest.raises(ValueError, match=r"shown must be a run among \[\]; got 7"):
        view.canvas.gesture = {"kind": "show", "run": 7}
    assert "nnb-error" in view._message.value


# For the homework


def test_the_config_is_what_tune_takes_and_is_shown_as_text():
    view = TuningBoardView(hidden_layers=2, neurons=16, optimizer="adam", momentum=0.9)
    assert view.config["hidden"] == (16, 16)
    assert view.config["momentum"] == 0.0  # adam has none
    assert set(view.config) == {*tune.OF_THE_NETWORK, *tune.OF_THE_TRAINING}
    assert view.canvas.frame["homework"] == ""
    view.controls["homework"].click()
    names = {}
    exec(view.canvas.frame["homework"], names)
    assert names["config"] == view.config
    view.controls["neurons"].value = 32
    assert "(32, 32)" in view.canvas.frame["homework"]
    assert "the homework chooses them" in view.canvas.frame["homework_note"]
    view.controls["hidden_layers"].value = 0
    assert "add a hidden layer" in view.canvas.frame["homework_note"]
    with pytest.raises(ConfigError, match="hidden"):
        clean(view.config)
    view.canvas.gesture = {"kind": "close homework"}
    assert view.canvas.frame["homework"] == ""


@given(random_settings)
def test_the_homework_accepts_every_config_that_the_controls_can_make(values):
    values |= {
        "lr": min(max(values["lr"], 1e-6), 10.0),
        "l2": min(values["l2"], 1.0),
        "dropout": min(values["dropout"], 0.9),
        "hidden_layers": max(values["hidden_layers"], 1),
    }
    config = TuningBoardModel(**values).config
    assert clean(config) == config


def test_the_config_can_be_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view = TuningBoardView(optimizer="sgd", momentum=0.9)
    view.canvas.gesture = {"kind": "save"}
    read = json.loads((tmp_path / "config.json").read_text())
    assert read == {**view.config, "hidden": [128]}
    assert "Written to config.json" in view._message.value
    (X, y), _ = digits(100)
    network, optimizer = tune.prepare(read, X, y)
    assert network.sizes == [784, 128, 10]
    assert optimizer.momentum == 0.9


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    view = TuningBoardView()
    with pytest.raises(OSError, match="No such file or directory"):
        view.save_config(tmp_path / "missing" / "config.json")


# Pinned runs in a file


def board(file, **values):
    return TuningBoardView(**{"neurons": 2, "n_train": 100, "epochs": 2, **values}, keep=str(file))


def test_pinned_runs_come_back(tmp_path):
    file = tmp_path / "runs.json"
    view = board(file)
    first = trained(view)
    assert not file.exists()
    view.change("pin_1", True)
    view.change("seed", 1)
    trained(view)
    again = board(file)
    (kept,) = again.model.snapshot().runs
    assert kept.settings == first.settings
    assert kept.measures == first.measures
    assert kept.diagnosis == first.diagnosis
    np.testing.assert_allclose(kept.mean, first.mean, rtol=1e-4)
    assert again.canvas.frame["rows"] == [
        {**view.canvas.frame["rows"][0], "look": 0} | {"shown": True, "best": False}
    ]
    trained(again)
    assert [run.number for run in again.model.snapshot().runs] == [1, 2]
    again.change("pin_1", False)
    assert read_runs(file) == []


def test_a_run_pinned_while_it_trains_is_kept_as_it_ended(tmp_path):
    file = tmp_path / "runs.json"
    view = board(file)
    view.step()
    view.change("pin_1", True)
    assert (read_runs(file)[0].status, read_runs(file)[0].n_epochs) == ("stopped", 1)
    while view.model.work():
        pass
    assert (read_runs(file)[0].status, read_runs(file)[0].n_epochs) == ("finished", 2)


def spoil(change):
    def spoiled(text):
        content = json.loads(text)
        change(content["runs"][0])
        return json.dumps(content)

    return spoiled


BROKEN = {
    "empty": lambda text: "",
    "half": lambda text: text[: len(text) // 2],
    "a list": lambda text: "[1, 2]",
    "another format": lambda text: text.replace("board, 1", "board, 0"),
    "no settings": spoil(lambda run: run.pop("settings")),
    "wrong settings": spoil(lambda run: run["settings"].update(neurons=-1)),
    "unknown settings": spoil(lambda run: run["settings"].update(depth=3)),
    "uneven curves": spoil(lambda run: run["mean"].append(1.0)),
    "uneven measures": spoil(lambda run: run["measures"]["loss"].append(1.0)),
    "a word for a number": spoil(lambda run: run["measures"].update(loss=["a", "b"])),
    "nan": spoil(lambda run: run["mean"].__setitem__(0, float("nan"))),
    "a diagnosis of its own": spoil(lambda run: run["diagnosis"].update(name="tired")),
}


@pytest.mark.parametrize("spoiled", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_told_of_and_never_overwritten(tmp_path, spoiled):
    file = tmp_path / "runs.json"
    view = board(file)
    trained(view)
    view.change("pin_1", True)
    broken = spoiled(file.read_text())
    file.write_text(broken)
    again = board(file)
    assert "holds no runs of a tuning board" in again._message.value
    assert "The board starts without them" in again._message.value
    assert again.canvas.frame["rows"] == []
    trained(again)
    again.change("pin_1", True)
    assert "The old runs.json is called runs.json.broken now" in again._message.value
    assert (tmp_path / "runs.json.broken").read_text() == broken
    assert len(read_runs(file)) == 1


def test_a_file_that_cannot_be_written_is_told_and_the_board_works_on(tmp_path):
    view = board(tmp_path / "missing" / "runs.json")
    trained(view)
    view.change("pin_1", True)
    assert "could not be written" in view._message.value
    assert view.model.pinned == {1: 0}

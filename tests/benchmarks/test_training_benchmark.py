"""The training benchmark: every engine computes the same task, and every number is reported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NETWORKS = {
    "784-256-128-10, batch 128, SGD",
    "784-256-128-10, batch 128, Adam",
    "784-100-10, batch 64, SGD",
    "784-30-10, batch 10, SGD",
}
# "Keras on torch, compiled" is left out: its compiler alone takes minutes.
ENGINES = {
    "nnlib",
    "products",
    "torch",
    "torch-fused",
    "sklearn",
    "jax",
    "keras-jax",
    "keras-torch",
}
LIMIT = "products"
NUMBERS = {
    "seconds",
    "seconds_low",
    "seconds_high",
    "rounds",
    "times_nnlib",
    "seconds_to_97%",
    "seconds_to_98%",
    "test_accuracy",
    "test_accuracy_low",
    "test_accuracy_high",
    "loss_after_epoch_1",
    "loss_deviation",
    "held_out_loss_deviation",
    "agrees",
    "peak_mb",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run so small that starting the libraries takes longer than training."""
    folder = tmp_path_factory.mktemp("benchmark")
    command = [sys.executable, "benchmarks/training.py", "--quick"]
    # 300 is no multiple of any batch size but 10: the last, smaller batch is tested as well
    command += ["--examples", "300", "--epochs", "2", "--seeds", "2"]
    command += ["--json", folder / "table.json", "--markdown", folder / "page.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {
        "text": done.stdout,
        "table": json.loads((folder / "table.json").read_text()),
        "page": (folder / "page.md").read_text(),
    }


@pytest.mark.slow
def test_every_engine_runs_every_network(run):
    assert run["table"]["not_run"] == {}
    assert run["table"]["networks"].keys() == NETWORKS
    for rows in run["table"]["networks"].values():
        assert rows.keys() == ENGINES
        for row in rows.values():
            assert row.keys() == NUMBERS
            assert row["rounds"] == 4
            assert 0 < row["seconds_low"] <= row["seconds"] <= row["seconds_high"]


@pytest.mark.slow
def test_the_losses_of_all_engines_agree(run):
    for rows in run["table"]["networks"].values():
        trained = {key: row for key, row in rows.items() if key != LIMIT}
        losses = [row["loss_after_epoch_1"] for row in trained.values()]
        assert max(losses) == pytest.approx(min(losses), rel=1e-4)
        assert all(row["agrees"] and row["loss_deviation"] < 1e-4 for row in trained.values())
    assert "agree in every engine" in run["text"]


@pytest.mark.slow
def test_nnlib_is_the_measure_of_all_ratios(run):
    for rows in run["table"]["networks"].values():
        assert rows["nnlib"]["times_nnlib"] == 1
        assert rows[LIMIT]["loss_after_epoch_1"] is None


@pytest.mark.slow
def test_machine_and_versions_are_told(run):
    machine = run["table"]["machine"]
    assert machine["threads"] >= 1
    for name in ("processor", "python", "numpy", "torch", "scikit-learn", "jax", "keras"):
        assert machine[name]
        assert str(machine[name]) in run["text"]


@pytest.mark.slow
def test_each_goal_has_a_number_and_a_verdict(run):
    goals = run["table"]["goals"]
    assert len({goal["goal"] for goal in goals}) == len(goals) == 16
    assert all(goal["number"] and goal["met"] in (True, False, None) for goal in goals)
    assert sum(goal["met"] is not None for goal in goals) >= 12  # 300 examples reach no 98 %


@pytest.mark.slow
def test_a_quick_run_says_so_and_the_page_holds_its_command(run):
    assert "A quick run" in run["text"]
    assert run["table"]["command"] in run["page"]
    assert run["text"].strip() in run["page"]


def measured(seconds, loss, accuracies):
    """What one engine measured in one training, an epoch of equal length after another."""
    epochs = [
        {"seconds": seconds, "loss": loss, "held_out_loss": loss, "held_out_accuracy": accuracy}
        for accuracy in accuracies
    ]
    return {"epochs": epochs, "test_accuracy": accuracies[-1], "peak_mb": 200.0}


@pytest.fixture
def race(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import race.goals
    import race.numbers

    return race


def test_an_engine_with_another_loss_is_marked_and_left_out_of_the_goals(race):
    results = {
        "nnlib": [measured(1.0, 0.300, [0.96, 0.98])],
        "torch": [measured(1.5, 0.3001, [0.96, 0.98])],
        "jax": [measured(0.5, 0.302, [0.99, 0.99])],  # fast, but not at this task
    }
    rows = race.numbers.summarise(results)
    assert rows["torch"]["agrees"]
    assert not rows["jax"]["agrees"]
    assert race.goals.peers(rows).keys() == {"torch"}
    faster, *_ = race.goals.check({"a network": rows}, {})
    assert faster["number"] == "PyTorch eager takes 1.50 times as long"
    assert faster["met"]


def test_the_table_holds_medians_and_the_time_to_a_target(race):
    results = {
        "nnlib": [
            measured(2.0, 0.3, [0.96, 0.97, 0.98]),
            measured(4.0, 0.3, [0.96, 0.96, 0.98]),
            measured(6.0, 0.3, [0.98, 0.98, 0.98]),
        ],
        "torch": [
            measured(4.0, 0.3, [0.96, 0.97, 0.97]),
            measured(8.0, 0.3, [0.96, 0.97, 0.97]),
            measured(12.0, 0.3, [0.96, 0.97, 0.98]),
        ],
    }
    rows = race.numbers.summarise(results)
    assert rows["nnlib"]["seconds"] == 4.0
    assert rows["nnlib"]["seconds_to_97%"] == 6.0  # of 4, 12 and 6
    assert rows["nnlib"]["seconds_to_98%"] == 6.0  # of 6, 12 and 6
    assert rows["torch"]["times_nnlib"] == 2.0
    assert rows["torch"]["seconds_to_98%"] is None  # most trainings never reached it
    goals = {goal["goal"]: goal for goal in race.goals.check({"a network": rows}, {})}
    assert goals["a network: time to 98 % shorter than every peer's"]["met"]


@pytest.mark.parametrize(
    ("late", "met"), [([1.0, 1.04, 9.0], True), ([1.0, 1.06, 1.07], False), ([0.9] * 3, False)]
)
def test_late_epochs_may_differ_by_five_percent(race, late, met):
    pairs = [(1.0, seconds) for seconds in late]
    assert race.goals.check({}, {"a network": pairs})[-1]["met"] is met

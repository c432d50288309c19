"""The numbers in the words of lecture 09 are those that the code computes."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from nnlib import data, tune
from nnlib.views import TuningBoardView

PATH = Path(__file__).parents[2] / "lectures/09_training_and_tuning"
TEXT = PATH.with_suffix(".md").read_text(encoding="utf-8")
WORDS = " ".join(TEXT.split())  # a sentence may go over several lines
USUAL = {"hidden": (128,), "optimizer": "adam", "lr": 0.001, "batch_size": 64, "epochs": 6}


def says(*texts):
    for text in texts:
        assert text in WORDS, text


def train(n=10_000, **changes):
    """The lecture's own function."""
    (X, y), _ = data.mnist()
    return tune.run(USUAL | changes, X[:n], y[:n], (X[55_000:], y[55_000:]))


@pytest.fixture(scope="module")
def printed(executed_lecture):
    """A function that gives what the lecture printed in the cell that holds some words."""
    run = executed_lecture(PATH.with_suffix(".ipynb"))
    notebook = nbformat.read(run["path"], as_version=4)

    def of(words):
        (cell,) = [cell for cell in notebook.cells if words in cell.source]
        texts = [out.text for out in cell.outputs if out.output_type == "stream"]
        return " ".join("".join(texts).split())

    return of


def percents(text):
    return [float(number) for number in re.findall(r"(\d+\.?\d*)%", text)]


def test_it_carries_the_slides_titles():
    for title in (
        "Tuning Parameters for Neural Networks",
        "The loss is decreasing more or less linearly",
        "The loss fluctuates a lot",
        "There is no gap between the training and validation accuracy",
        "We should increase training size",
        "Homework 1-2: MNIST Classification with MLP",
        "Next Topic",
    ):
        assert f"\n## {title}\n" in TEXT
    says("### What if size is limited?", "ConvNets for Image Classification & Object Detection")


def test_the_table_of_settings_names_those_of_the_library():
    for name in (*tune.OF_THE_NETWORK, *tune.OF_THE_TRAINING):
        assert name == "loss" or f"`{name}`" in TEXT


def test_the_two_losses_worked_by_hand():
    says("| training A | 2.30 | 2.25 | 2.20 | 2.15 |", "| training B | 2.30 | 1.10 | 0.60 | 0.40 |")
    np.testing.assert_allclose(-np.diff([2.30, 2.25, 2.20, 2.15]), 0.05)
    np.testing.assert_allclose(-np.diff([2.30, 1.10, 0.60, 0.40]), [1.20, 0.50, 0.20])
    epochs = (2.15 - 0.40) / 0.05
    assert epochs == pytest.approx(35)


def test_the_eight_losses_worked_by_hand():
    losses = np.array([0.1, 0.2, 3.1, 0.1, 0.0, 0.4, 0.1, 0.0])
    says("| loss | " + " | ".join(f"{loss:.1f}" for loss in losses) + " |")
    for n, digits in ((2, 2), (4, 3)):
        means = losses.reshape(-1, n).mean(axis=1)
        says(f"In batches of {n}: " + ", ".join(f"{mean:.{digits}f}" for mean in means) + ".")
    says(f"All eight: {losses.mean():.2f}.")


def test_the_names_in_the_table_of_faults():
    """D guesses: its loss is that of ten equal probabilities."""
    assert f"{np.log(10):.2f}" == "2.30"
    says(r"$\ln 10 = 2.30$")


@pytest.mark.slow
def test_every_fault_is_reproduced_and_cured(printed):
    assert printed("healthy = train()").startswith("Healthy.")
    assert printed("too_low = train(").startswith("Learning rate too low.")
    low, ten_times, hundred_times = percents(printed("trials = {1e-5: too_low"))
    assert low + 20 < ten_times < hundred_times - 2
    too_high = printed("for lr in [0.01, 0.2]")
    assert "Learning rate too high." in too_high
    good, bad = percents(too_high)[:2]
    assert good > 90 > 50 > bad
    noisy = printed("noisy = train(")
    assert "Batch too small." in noisy
    seconds = re.findall(r"([\d.]+) s an epoch", noisy)
    assert float(seconds[0]) > float(seconds[1])
    assert printed("too_small = train(").startswith("Low capacity.")
    assert printed("overfitted = train(").startswith("Overfitting.")


@pytest.mark.slow
def test_the_noise_of_a_mean_falls_with_the_square_root(printed):
    table = printed("noise of the mean").split("√n")[1].split()
    rows = np.array(table, float).reshape(-1, 3)
    assert rows[:, 0].tolist() == [1, 2, 8, 32, 128]
    np.testing.assert_allclose(rows[:, 1], rows[:, 2], rtol=0.08)
    assert rows[1, 1] / rows[3, 1] == pytest.approx(4, rel=0.1)
    says("The batch is 16 times larger, and the square root of 16 is 4.")


@pytest.mark.slow
def test_what_helps_against_a_wide_gap(printed):
    was, early, dropout, penalty, more = np.reshape(percents(printed("tries = {")), (5, 2))
    assert was[0] == 100
    assert dropout[0] - dropout[1] < was[0] - was[1] - 2
    for validation in (early[1], dropout[1], penalty[1]):
        assert abs(validation - was[1]) < 1.5
    assert more[1] > was[1] + 6


@pytest.mark.slow
def test_more_digits_and_made_digits(printed):
    mistakes = percents(printed("1 - accuracy"))[1::2]
    assert mistakes == sorted(mistakes, reverse=True)
    assert mistakes[2] == pytest.approx(10, abs=1)
    assert mistakes[4] == pytest.approx(5, abs=0.7)
    for ten_times in (2, 3, 4, 5):
        assert 1.5 < mistakes[ten_times - 2] / mistakes[ten_times] < 3
    says("Ten times the data more or less halve the mistakes")
    without, augmented = percents(printed("X_more ="))
    assert 100 - without == pytest.approx(10, abs=0.8)
    assert 100 - augmented == pytest.approx(6, abs=0.8)
    says("The mistakes fall from about 10 % to about 6 %")
    assert data.mnist()[0][1][15] == 7


@pytest.mark.slow
def test_the_searches(printed):
    suggested = float(printed("tune.lr_range_test").rsplit(maxsplit=1)[1])
    assert 1e-3 <= suggested <= 1e-2
    plain, plain_low, log, log_low = percents(printed("log_uniform(1e-4, 1e-1)),\n]:"))
    assert plain == pytest.approx(90, abs=4)
    assert plain_low < 3
    assert log == pytest.approx(33, abs=5)
    assert log_low == pytest.approx(33, abs=5)
    rounds = re.findall(r"after (\d+) epochs: (\d) left", printed("tune.successive_halving"))
    assert rounds == [("1", "8"), ("3", "4"), ("7", "2"), ("15", "1")]
    chosen, healthy = np.reshape(percents(printed("winner = ")), (2, 2))
    assert chosen[0] > 92
    says("Both lose more than one point")
    for validation, test in (chosen, healthy):
        assert 1 < validation - test < 2.5


@pytest.mark.slow
def test_shuffled_and_moved_pixels(printed):
    real, shuffled = percents(printed("on_shuffled ="))
    assert abs(real - shuffled) < 1
    assert float(printed("twin = ").rsplit(maxsplit=1)[1]) < 1e-4
    moved = percents(printed("for pixels in range(6)"))
    assert moved == sorted(moved, reverse=True)
    assert 35 < moved[3] < 60
    says("Three pixels, and half of the digits are lost.")
    assert "100,480" in printed("dense = ")
    assert "208" in printed("dense = ")


def test_the_config_for_the_homework_is_one_for_tune():
    says('config = views.TuningBoardView("cure: more data and dropout").config')
    assert tune.prepare(
        TuningBoardView("cure: more data and dropout").config, np.zeros((1, 784)), np.array([9])
    )


@pytest.mark.slow
def test_the_answers_to_the_tasks_at_the_boards():
    middle, high, low = (train(lr=lr) for lr in (0.001, 0.01, 0.0001))
    assert abs(middle.score - high.score) < 0.02
    assert middle.score > low.score + 0.03
    assert train(lr=0.1).diagnosis.name == "learning rate too high"

    sgd = {"optimizer": "sgd", "epochs": 4}
    few_steps = train(5000, **sgd, lr=0.1, batch_size=512)
    assert few_steps.score < train(5000, **sgd, lr=0.1, batch_size=32).score - 0.05
    assert train(5000, **sgd, lr=1.0, batch_size=512).score > few_steps.score + 0.05

    five, eight, sixteen, many = (train(hidden=(n,), epochs=20) for n in (5, 8, 16, 64))
    assert five.score < 0.9 < eight.score
    gaps = [trial.history["accuracy"][-1] - trial.score for trial in (five, sixteen, many)]
    assert gaps[0] < 0.01 < gaps[1] + 0.005 < 0.025
    assert gaps[2] > 0.025

    tiny = train(100, hidden=(5,), epochs=50, lr=0.01)
    assert tiny.history["accuracy"][-1] > 0.95
    assert tiny.score == pytest.approx(0.6, abs=0.06)


@pytest.mark.slow
def test_the_solutions_of_the_exercises():
    longer = train(lr=1e-5, epochs=60)
    assert longer.diagnosis.name == "healthy"
    assert longer.score == pytest.approx(0.91, abs=0.01)
    assert train(lr=1e-4).score == pytest.approx(0.91, abs=0.01)
    says("the validation accuracy is about 91 % in both cases")

    momenta = [0, 0.5, 0.9]
    scores = [train(optimizer="sgd", lr=0.1, momentum=m, epochs=3).score for m in momenta]
    assert scores == sorted(scores)
    assert scores[2] == pytest.approx(0.95, abs=0.01)
    assert scores[0] == pytest.approx(0.92, abs=0.01)
    says("Momentum 0.9 is fastest: about 95 %, against about 92 % without.")


@pytest.mark.slow
def test_97_percent_can_be_reached_with_20_000_digits():
    says("256 neurons, Adam with 0.001, batches of 64, 15 epochs, dropout 0.3")
    assert train(20_000, hidden=(256,), epochs=15, dropout=0.3).score > 0.97


def test_the_boards_of_the_lecture_open_with_the_controls_it_names():
    for call in re.findall(r"views\.(TuningBoardView\((?:[^()]|\n)*\))\n", TEXT):
        eval(call, {"TuningBoardView": TuningBoardView})
    assert TEXT.count("TuningBoardView(") == 5

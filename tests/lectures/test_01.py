"""The numbers in the words of lecture 01 are those that the code computes."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from nnlib import MLP, Adam, LinearClassifier, data, features

LECTURE = Path(__file__).parents[2] / "lectures/01_why_neural_networks.md"
TEXT = LECTURE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed(executed_lecture):
    """All that the lecture prints, as one text."""
    notebook = nbformat.read(executed_lecture(LECTURE.with_suffix(".ipynb"))["path"], 4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def mistakes(printed):
    """{kind: mistakes among 10,000} of the table near the end."""
    return {kind: int(n) for kind, n in re.findall(r"(\w+) +\S+% right, +(\d+) mistakes", printed)}


def test_the_gradient_worked_by_hand():
    patch = np.array([[0.0, 0.2, 0.0], [0.1, 0.5, 0.9], [0.0, 0.8, 0.0]])
    gx, gy = (g[0, 1, 1] for g in features.image_gradient(patch[None]))
    assert "= 0.4 \\qquad g_y = \\frac{0.8 - 0.2}{2} = 0.3" in TEXT
    assert (round(float(gx), 6), round(float(gy), 6)) == (0.4, 0.3)
    assert np.hypot(gx, gy) == pytest.approx(0.5)
    assert "\\approx 37°" in TEXT
    assert np.degrees(np.arctan2(gy, gx)) == pytest.approx(37, abs=0.5)


def test_the_two_bins_of_that_pixel():
    gx, gy = 0.4, 0.3
    ramp = np.fromfunction(lambda row, column: gx * column + gy * row, (12, 12))
    inner = features.orientation_histograms(ramp[None])[0, 1, 1] / 16  # of one pixel
    assert inner[2] > inner[1] > 0  # 40° and 20°
    assert inner[1] + inner[2] == pytest.approx(0.5, rel=1e-5)
    assert "most of its length 0.5 to the bin at 40°, and the rest to the bin at 20°" in TEXT


def test_the_sizes_of_the_features():
    X = data.mnist()[0][0][:1]
    assert features.orientation_histograms(X).shape == (1, 7, 7, 9)
    assert features.hog(X).shape == (1, 1296)
    assert features.orientation_histograms(X, cell=7).size == 144
    assert "$4 \\cdot 4 \\cdot 9 = 144$" in TEXT


def test_strokes_change_less_than_pixels_when_a_digit_moves():
    X = data.mnist()[1][0][:200]
    moved = np.roll(X.reshape(-1, 28, 28), 1, axis=2).reshape(X.shape)

    def overlap(a, b):
        a, b = a.reshape(len(a), -1).astype(float), b.reshape(len(b), -1).astype(float)
        return ((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).mean()

    strokes = features.orientation_histograms
    lost_by_pixels, lost_by_strokes = 1 - overlap(X, moved), 1 - overlap(strokes(X), strokes(moved))
    assert lost_by_strokes < lost_by_pixels / 2


@pytest.mark.slow
def test_what_the_words_say_of_the_three_pipelines(printed):
    wrong = mistakes(printed)
    assert "Of four mistakes, three are gone." in TEXT
    assert wrong["HOG"] / wrong["pixels"] == pytest.approx(1 / 4, abs=0.05)
    assert "two of three mistakes are gone" in TEXT
    assert wrong["learned"] / wrong["pixels"] == pytest.approx(1 / 3, abs=0.05)
    assert "Over HOG **they did not win**" in TEXT
    assert wrong["HOG"] < wrong["learned"]
    assert "against 98.2 % for the linear classifier on HOG" in TEXT
    assert round(100 - wrong["HOG"] / 100, 1) == 98.2


@pytest.mark.slow
def test_what_the_words_say_of_few_digits():
    (X, y), (X_test, y_test) = data.mnist()
    options = {"epochs": 10 + 20_000 // 300, "batch_size": 128}
    hog = LinearClassifier(1296, 10)
    hog.fit(features.hog(X[:300]), y[:300], optimizer=Adam(), **options)
    learned = MLP([784, 128, 64, 10], l2=1e-4)
    learned.fit(X[:300], y[:300], optimizer=Adam(), **options)
    assert "HOG is far ahead: 90 % against 81 %" in TEXT
    assert round(100 * hog.score(features.hog(X_test), y_test)) == 90
    assert round(100 * learned.score(X_test, y_test)) == 81


@pytest.mark.slow
def test_what_the_words_say_of_shuffled_pixels(printed):
    before, after = map(float, re.search(r"HOG: +(\S+)% → (\S+)%", printed).groups())
    assert "about four times as many mistakes" in TEXT
    assert (100 - after) / (100 - before) == pytest.approx(4, abs=0.5)
    before, after = map(float, re.search(r"learned: +(\S+)% → (\S+)%", printed).groups())
    assert abs(after - before) < 0.5  # the network does not notice


@pytest.mark.slow
def test_the_solution_that_puts_a_network_on_hog():
    (X, y), (X_test, y_test) = data.mnist()
    network = MLP([1296, 128, 10])
    network.fit(features.hog(X), y, epochs=10, batch_size=128, optimizer=Adam())
    assert "about 98.7 % of the test digits are right" in TEXT
    assert network.score(features.hog(X_test), y_test) == pytest.approx(0.987, abs=0.0015)

"""What lecture 03 says is what the code computes: its numbers, and what it claims of its runs."""

from pathlib import Path

import numpy as np
import pytest

from nnlib import SGD, LinearClassifier, data, functional
from nnlib.views import RegularisationView, TwoLossesView
from nnlib.views.regularisation import RegularisationModel

TEXT = (Path(__file__).parents[2] / "lectures/03_loss_functions.md").read_text(encoding="utf-8")
S = np.array([0.5, 2, 1])


@pytest.fixture(scope="module")
def digits():
    return data.mnist()


@pytest.fixture(scope="module")
def few(digits):
    """The lecture's 200 digits, 40 of them with a wrong label, and its validation set."""
    X, y = digits[0]
    rng = np.random.default_rng(0)
    X_few, y_few = X[:200], y[:200].copy()
    y_few[:40] = (y_few[:40] + rng.integers(1, 10, size=40)) % 10
    return (X_few, y_few), (X[50_000:55_000], y[50_000:55_000]), y[:200]


def test_it_carries_the_slides_titles_and_equations():
    for title in (
        "Compute the Loss",
        "Cross-Entropy Loss",
        "Hinge Loss",
        "Cross-Entropy vs. Hinge",
        "Regularization",
        "L2 Norm",
        "Overall Loss",
    ):
        assert f"\n## {title}\n" in TEXT
    for equation in (
        r"L_i = -y_i \cdot \log(\hat{y}_i) \tag{3}",
        r"L_i = \sum_{j \neq y_i} \max(0, f(x_i, W)_j - f(x_i, W)_{y_i} + \Delta) \tag{4}",
        r"R(W) = \sum_{k} \sum_{d} W_{k,d}^2 \tag{5}",
        r"L = \frac{1}{N} \sum_{i} L_i + \lambda R(W) \tag{6}",
    ):
        assert f"$${equation}$$" in TEXT


def test_the_losses_worked_by_hand():
    rows = [line for line in TEXT.splitlines() if line[0:1] == "|" and r"$\max(0,\ " in line]
    for y, (p, row) in enumerate(zip(functional.softmax(S), rows, strict=True)):
        loss = functional.cross_entropy(S, y)
        assert rf"| {y} | {p:.3f} | $-\log {p:.3f} = {loss:.3f}$ |" in TEXT
        by_hand = f"{-np.log(round(p, 3)):.3f}"  # what a reader's calculator shows
        assert by_hand == f"{loss:.3f}" or by_hand in TEXT
        assert row.startswith(f"| {y} |")
        assert row.endswith(f"| {functional.hinge(S, y):g} |")
        for j, term in enumerate(functional.hinge_terms(S, y)):
            said = row.split("|")[2 + j].strip()
            assert said == "–" if j == y else said.endswith(f"= {term:g}$")


def test_the_numbers_of_the_questions_and_answers():
    assert functional.hinge([3, 1.5, 2.5], 0) == 0.5
    assert functional.hinge([10, -2, 3], 0) == functional.hinge([10, 9, 9], 0) == 0
    assert functional.cross_entropy([10, -2, 3], 0) < 0.001
    assert functional.cross_entropy([10, 9, 9], 0) == pytest.approx(0.55, abs=0.005)
    assert functional.softmax([10, 9, 9])[0] == pytest.approx(0.58, abs=0.005)
    assert functional.cross_entropy([1, 1, 1], 0) == pytest.approx(1.099, abs=5e-4)
    assert functional.cross_entropy([0.5, 5, 1], 1) == pytest.approx(0.029, abs=5e-4)
    assert functional.hinge(S, 1, delta=2) == 1.5
    assert functional.hinge(np.zeros(10), 3, delta=1) == 9
    met = TwoLossesView("the margin is met").model.snapshot()
    assert met.cross_entropy_grad[1] == pytest.approx(-0.179, abs=5e-4)
    assert met.hinge_grad[1] == 0
    assert TwoLossesView("a wrong class's score").model.snapshot().flat[1] == 1
    for number in ("0.55 for B", "0.58 in B", "1.099", "0.029", "The loss is 1.5.", "-0.179"):
        assert number in TEXT


def test_the_overall_loss_worked_by_hand():
    W, b = np.array([[2, -1], [0, 1], [-1, 0.5]]), np.array([0.5, 0, 1])
    X, y = np.array([[1, 2], [0, 0], [3, -1]]), np.array([1, 2, 0])
    scores = functional.scores(X, W, b)
    np.testing.assert_array_equal(scores, [[0.5, 2, 1], [0.5, 0, 1], [7.5, -1, -2.5]])
    losses = functional.cross_entropy(scores, y, reduction="none")
    for point, label, loss in zip(X, y, losses, strict=True):
        assert f"| $({point[0]}, {point[1]})$ |" in TEXT
        assert f"| {label} | {loss:.4f} |" in TEXT
    assert functional.l2_penalty(W) == 7.25
    total = losses.mean() + 0.01 * 7.25
    assert rf"$L = {losses.mean():.4f} + 0.01 \cdot 7.25 = {total:.4f}$" in TEXT
    model = LinearClassifier(2, 3, l2=0.01)
    model.W, model.b = W, b
    assert model.loss(X, y) == pytest.approx(total, rel=1e-6)


def test_an_untrained_classifier_has_the_losses_told(digits):
    X, y = digits[0]
    assert LinearClassifier(784, 10, seed=0).loss(X, y) == pytest.approx(np.log(10), abs=0.01)
    hinge = LinearClassifier(784, 10, loss="hinge", seed=0).loss(X, y)
    assert f"The code gives {hinge:.3f}." in TEXT
    other_labels = (y + 1) % 10
    other = LinearClassifier(784, 10, seed=0).loss(X, other_labels)
    assert other == pytest.approx(np.log(10), abs=0.01)  # "whatever the labels are"


def test_where_the_hinge_of_the_small_view_has_its_corners():
    model = TwoLossesView(scores=[0.5, 1.2, 1]).model
    for delta in (1.0, 2.0):
        model.change("delta", delta)
        shown = model.snapshot()
        assert shown.flat[0] == 1 + delta
        np.testing.assert_allclose(sorted(shown.kinks), [0.5 + delta, 1 + delta])


def test_with_the_hinge_three_of_four_digits_have_no_say_any_more(digits):
    (X, y), test = digits
    done, right = {}, {}
    for name, lr in (("cross_entropy", 0.2), ("hinge", 0.02)):
        model = LinearClassifier(784, 10, loss=name, seed=0)
        model.fit(X, y, epochs=5, batch_size=128, optimizer=SGD(lr=lr))
        losses = getattr(functional, name)(model.scores(X), y, reduction="none")
        done[name], right[name] = np.mean(losses == 0), model.score(*test)
    assert done["cross_entropy"] == 0
    assert 0.7 < done["hinge"] < 0.8
    assert abs(right["hinge"] - right["cross_entropy"]) < 0.01
    assert right["hinge"] > 0.91


def test_the_penalty_does_what_the_lecture_says(few):
    (X, y), validation, labels = few
    assert (y[:40] != labels[:40]).all()
    plain, penalised = (LinearClassifier(784, 10, l2=l2, seed=0) for l2 in (0, 0.05))
    for model in (plain, penalised):
        model.fit(X, y, epochs=3000, optimizer=SGD(lr=0.05))
    assert plain.score(X, y) == 1
    assert plain.score(*validation) == pytest.approx(0.6, abs=0.03)
    assert penalised.score(X, y) < 0.9
    assert penalised.score(*validation) > plain.score(*validation) + 0.05
    assert (penalised.predict(X[:40]) == y[:40]).sum() < 20
    norms = [np.linalg.norm(model.W) for model in (plain, penalised)]
    assert norms[0] / norms[1] == pytest.approx(4, abs=0.5)
    assert 0.6 < np.abs(plain.W).max() < 0.7
    assert 0.15 < np.abs(penalised.W).max() < 0.2


def test_the_view_answers_the_lectures_tasks():
    model = RegularisationModel()
    while model.work():
        pass
    trained = [model._trained[l2] for l2 in model.penalties]
    penalties = [one.penalty for one in trained]
    assert penalties[0] == 0
    assert rf"at $\lambda = {model.penalties[int(np.argmax(penalties))]:g}$." in TEXT
    norms = [np.linalg.norm(one.W) for one in trained]
    assert norms == sorted(norms, reverse=True)
    best = max(model.penalties, key=lambda l2: model._trained[l2].val_accuracy)
    assert f"*validation* accuracy, here {best:g}." in TEXT
    right = RegularisationView("all labels right").model
    with_penalty = right.snapshot().now
    right.change("l2", 0.0)
    without = right.snapshot().now
    assert with_penalty.val_loss / without.val_loss == pytest.approx(0.5, abs=0.05)
    assert abs(with_penalty.val_accuracy - without.val_accuracy) < 0.02

"""The numbers in the words of lecture 02 are those that the code computes."""

from pathlib import Path

import numpy as np

from nnlib import SGD, LinearClassifier, data, functional

TEXT = (Path(__file__).parents[2] / "lectures/02_linear_classifier.md").read_text(encoding="utf-8")
W = np.array([[2, -1], [0, 1], [-1, 0.5]])
b = np.array([0.5, 0, 1])
x = np.array([1, 2])


def test_it_carries_the_slides_titles_and_equations():
    for title in ("## A Simple Example", "## Train A Linear Classifier", "## Softmax"):
        assert f"\n{title}\n" in TEXT
    assert r"f(x_i, W, b) = W x_i + b \tag{1}" in TEXT
    assert r"f_j(z) = \frac{e^{z_j}}{\sum_k e^{z_k}} \tag{2}" in TEXT


def test_the_scores_worked_by_hand():
    for j, score in enumerate(functional.scores(x, W, b)):
        assert f"| {j} | " in TEXT
        assert f"= {score:g}$ |" in TEXT
    assert functional.scores(x, W, b).argmax() == 1


def test_the_softmax_worked_by_hand():
    z = functional.scores(x, W, b)
    exponentials = " | ".join(f"{e:.3f}" for e in np.exp(z))
    probabilities = " | ".join(f"{p:.3f}" for p in functional.softmax(z))
    assert f"| {exponentials} |" in TEXT
    assert f"= {np.exp(z).sum():.3f}$" in TEXT
    assert f"| {probabilities} |" in TEXT


def test_the_solutions_of_the_exercises():
    assert functional.scores(x, W, np.array([3, 0, 1])).tolist() == [3, 2, 1]
    assert "The scores are $(3, 2, 1)$, and class 0 wins." in TEXT
    z = functional.scores(x, W, b)[:2]
    np.testing.assert_allclose(functional.softmax(z)[0], 1 / (1 + np.exp(-(z[0] - z[1]))))


def test_the_weights_offered_for_the_third_task_classify_every_point():
    assert "$(3, 0)$ for class 0, $(-1.5, 2.6)$ for class 1" in TEXT
    model = LinearClassifier(2, 3)
    model.W, model.b = [[3, 0], [-1.5, 2.6], [-1.5, -2.6]], 0
    assert model.score(*data.blobs(n_per_class=8, n_classes=3, seed=0)) == 1


def test_after_one_step_from_zero_all_points_are_right_and_the_loss_still_falls():
    assert "After one step every arrow points at its own group, and all points are right." in TEXT
    X, y = data.blobs(n_per_class=8, n_classes=3, seed=0)
    model = LinearClassifier(2, 3)
    model.parameters[:] = 0
    assert (model.predict(X) == 0).all()
    first = model.fit(X, y, epochs=1, optimizer=SGD(lr=0.5))
    assert model.score(X, y) == 1
    more = model.fit(X, y, epochs=50, optimizer=SGD(lr=0.5))
    assert more["loss"][-1] < 0.2 * first["loss"][0]

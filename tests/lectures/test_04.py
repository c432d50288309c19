"""The numbers in the words of lecture 04 are those that the code computes."""

import re
from pathlib import Path

import numpy as np
import pytest

from nnlib import SGD, LinearClassifier, data, functional, gradcheck
from nnlib.views.descent import LEARNING_RATES, N_POINTS, DescentModel
from nnlib.views.gradient_check import GradientCheckModel

FILE = Path(__file__).parents[2] / "lectures/04_gradients_and_descent.md"
TEXT = FILE.read_text(encoding="utf-8")
W = np.array([[2, -1], [0, 1], [-1, 0.5]])
b = np.array([0.5, 0, 1])
x, label = np.array([2, 1]), 1


@pytest.fixture(scope="module")
def digits():
    return data.mnist()


def fit(X, y, epochs, batch_size=None):
    optimizer = SGD(lr=0.5)
    return LinearClassifier(784, 10).fit(X, y, epochs, batch_size, optimizer=optimizer)


def test_it_carries_the_slides_titles_and_equations():
    for title in (
        "## Compute the Gradient",
        "## Optimization",
        "### Vanilla Gradient Descent",
        "### Mini-batch Gradient Descent",
        "## Linear Classifier: 49%",
    ):
        assert f"\n{title}\n" in TEXT
    for n in (7, 8, 9):
        assert rf"\tag{{{n}}}" in TEXT


def test_the_slides_two_loops_stand_there():
    assert "weights_grad = gradient(loss_fun, data, weights)" in TEXT
    assert "data_batch = sample_training_data(data, 256)" in TEXT
    assert TEXT.count("weights += - step_size * weights_grad") == 2


def test_the_loss_and_the_gradient_worked_by_hand():
    scores = functional.scores(x, W, b)
    assert scores.tolist() == [3.5, 1, -0.5]
    assert "= 3.5$ | $3.5 - 1 + 1 = 3.5$ | 3.5 |" in TEXT
    assert "= -0.5$ | $-0.5 - 1 + 1 = -0.5$ | 0 |" in TEXT
    assert functional.hinge(scores, label) == 3.5
    dW, db = functional.scores_grad(functional.hinge_grad(scores, label), x)
    assert dW.tolist() == [[2, 1], [-2, -1], [0, 0]]
    for row in ("$(2, 1)$ |", "$(-2, -1)$ |", "$(0, 0)$ |"):
        assert row in TEXT
    assert db.tolist() == [1, -1, 0]
    assert "In the example: $(1, -1, 0)$." in TEXT


def test_the_numerical_gradient_worked_by_hand():
    def loss(w):
        return functional.hinge(functional.scores(x, [[w[0], -1], *W[1:].tolist()], b), label)

    assert (loss([2.1]), loss([1.9])) == pytest.approx((3.7, 3.3))
    assert gradcheck.numerical_gradient(loss, [2.0], h=0.1) == pytest.approx(2)
    assert r"\frac{3.7 - 3.3}{2 \cdot 0.1} = 2" in TEXT


def test_the_step_worked_by_hand():
    dW, _ = functional.scores_grad(functional.hinge_grad(functional.scores(x, W, b), label), x)
    moved = W - 0.1 * dW
    np.testing.assert_allclose(moved, [[1.8, -1.1], [0.2, 1.1], [-1, 0.5]])
    scores = functional.scores(x, moved, b)
    np.testing.assert_allclose(scores, [3, 1.5, -0.5])
    assert "$3$, $1.5$ and $-0.5$, and the loss is $3 - 1.5 + 1 = 2.5$" in TEXT
    assert functional.hinge(scores, label) == pytest.approx(2.5)


def test_the_vanilla_loop_ends_near_zero_with_every_point_right():
    X, y = data.blobs(n_per_class=8, n_classes=3, seed=0)
    model = LinearClassifier(2, 3, loss="hinge")
    history = model.fit(X, y, epochs=100, optimizer=SGD(lr=0.1))
    assert history["loss"][0] == pytest.approx(2, abs=0.05)
    assert history["loss"][-1] < 0.01
    assert model.score(X, y) == 1
    margins = functional.hinge(model.scores(X), y, reduction="none")
    assert (margins == 0).mean() > 0.7  # nearly all have their margin


def test_the_answers_to_the_tasks_with_the_gradient_check():
    errors = [GradientCheckModel(h=h).snapshot().error for h in (1e-3, 1e-2, 1e-1)]
    np.testing.assert_allclose(np.array(errors[1:]) / errors[:-1], 100, rtol=0.1)
    s = GradientCheckModel(dtype="float32").snapshot()
    assert 1e-6 < s.best_error < 1e-4
    assert s.best == pytest.approx(0.01)


def test_the_answers_to_the_tasks_with_the_learning_rate():
    def way(lr, steps):
        model = DescentModel(lr=lr, batch_size=N_POINTS)
        for _ in range(steps):
            if not model.step():
                break
        return model.descent

    low = way(0.5, 200).way()[-1, 3]
    assert way(0.5, 60).way()[-1, 3] < low + 0.01
    assert way(0.02, 60).way()[-1, 3] > 1
    for lr in LEARNING_RATES:
        if 1 < lr <= 10:
            assert way(lr, 200).way()[-1, 3] < low + 0.001
    restless = way(20.0, 200).way()[-20:, 3]
    assert low + 0.1 < restless.min() < restless.max() < 5
    for lr in (50.0, 100.0):
        assert way(lr, 200).way()[-1, 3] > 1000


def test_an_epoch_of_mini_batches_has_235_steps(digits):
    (X, y), _ = digits
    assert len(fit(X, y, 1, 256).batch_losses) == 235
    assert "1 and 235" in TEXT


def test_200_steps_of_256_are_enough_for_nine_of_ten_digits(digits):
    (X, y), (X_test, y_test) = digits
    model, rng = LinearClassifier(784, 10), np.random.default_rng(0)
    optimizer = SGD(lr=0.5).bind(model)
    for _ in range(200):
        rows = rng.choice(len(y), 256, replace=False)
        model.loss(X[rows], y[rows])
        model.backward()
        optimizer.step()
    assert model.score(X_test, y_test) > 0.89


def test_16_times_more_examples_give_a_gradient_about_4_times_better(digits):
    (X, y), _ = digits
    model, rng = LinearClassifier(784, 10), np.random.default_rng(0)
    model.loss(X, y)
    model.backward()
    of_all, errors = model.gradients.copy(), {}
    for n in (256, 4096):
        errors[n] = []
        for _ in range(20):
            rows = rng.choice(len(y), n, replace=False)
            model.loss(X[rows], y[rows])
            model.backward()
            errors[n].append(gradcheck.relative_error(model.gradients, of_all))
    assert np.mean(errors[256]) / np.mean(errors[4096]) == pytest.approx(4, rel=0.2)


def test_mini_batches_win_in_their_first_epoch(digits):
    (X, y), _ = digits
    full, small = fit(X, y, 60), fit(X, y, 1, 256)
    assert small["loss"][0] < full["loss"][19]
    assert small["loss"][0] == pytest.approx(0.46, abs=0.005)
    as_low = next(i for i, loss in enumerate(full["loss"]) if loss < 0.46)
    assert as_low == pytest.approx(50, abs=3)


def test_the_spiral_ends_at_about_half():
    accuracies = []
    for seed in range(20):
        X, y = data.spiral(seed=seed)
        model = LinearClassifier(2, 3, l2=5e-4, seed=seed)
        model.fit(X, y, epochs=200, optimizer=SGD(lr=1.0))
        accuracies.append(model.score(X, y))
    assert f"{min(accuracies):.0%}" == "49%"  # the slide's number, at the lower end
    assert max(accuracies) < 0.56


def test_on_the_spiral_fewer_mistakes_can_have_a_higher_loss():
    X, y = data.spiral(seed=0)
    model, tried = (LinearClassifier(2, 3, l2=5e-4, seed=0) for _ in range(2))
    loss_of_200 = model.fit(X, y, epochs=200, optimizer=SGD(lr=1.0))["loss"][-1]
    tried.W, tried.b = [[1, -6], [-0.5, 4.5], [-1.5, -2.5]], [-1.5, 0.5, 0]
    assert "[[1, -6], [-0.5, 4.5], [-1.5, -2.5]], [-1.5, 0.5, 0]" in TEXT
    loss, accuracy = model.evaluate(X, y)
    assert tried.score(X, y) > accuracy + 0.15
    assert tried.evaluate(X, y)[0] > loss + 0.1
    more = model.fit(X, y, epochs=3000, optimizer=SGD(lr=1.0))  # as an answer says
    assert more["loss"][-1] == pytest.approx(loss_of_200, abs=0.001)
    assert model.score(X, y) == pytest.approx(accuracy, abs=0.01)


def test_the_solution_of_the_exercise_with_another_margin():
    scores = functional.scores(x, W, b)
    assert functional.hinge(scores, label, delta=5) == 11
    dW, _ = functional.scores_grad(functional.hinge_grad(scores, label, delta=5), x)
    assert dW.tolist() == [[2, 1], [-4, -2], [2, 1]]
    assert "The loss is $11$." in TEXT
    assert "$-2x = (-4, -2)$" in TEXT


def test_the_solution_of_the_squared_hinge_runs_and_passes(capsys):
    code = re.search(r"```python\n(def squared_hinge.*?)```", TEXT, re.DOTALL).group(1)
    names = {"np": np, "gradcheck": gradcheck}
    exec(code, names)
    shown = capsys.readouterr().out
    assert "relative error" in shown
    assert "WRONG" not in shown
    assert "kink" not in shown
    on_the_kink = np.array([0.0, 1.0, -0.5])
    numerical = gradcheck.numerical_gradient(lambda s: names["squared_hinge"](s, 1), on_the_kink)
    analytic = names["squared_hinge_grad"](on_the_kink, 1)
    np.testing.assert_allclose(numerical, analytic, atol=1e-4)  # no kink: one slope, 0

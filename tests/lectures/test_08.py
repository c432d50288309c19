"""The numbers in the words of lecture 08 are those that the code computes."""

import contextlib
import re
from functools import partial
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest

from nnlib import MLP, SGD, data, ensemble, functional, layers, metrics
from nnlib.train import DivergedError
from nnlib.views import ActivationsView, DropoutView

PATH = Path(__file__).parents[2] / "lectures/08_activations_and_dropout"
TEXT = PATH.with_suffix(".md").read_text(encoding="utf-8")
WORDS = " ".join(TEXT.split())  # a sentence may go over several lines
CELLS = [
    cell.source
    for cell in nbformat.read(PATH.with_suffix(".ipynb"), as_version=4).cells
    if cell.cell_type == "code"
]


@pytest.fixture(scope="module")
def digits():
    (X_train, y_train), (X_test, y_test) = data.mnist()
    return {"X_train": X_train, "y_train": y_train, "X_test": X_test, "y_test": y_test}


@pytest.fixture(scope="module")
def few(digits):
    """The 10,000 digits that the lecture mostly trains on."""
    return digits["X_train"][:10_000], digits["y_train"][:10_000]


def run_cells(starts, names):
    """Run the lecture's own cells, found by their first words; returns the names they make."""
    for start in starts:
        (source,) = [cell for cell in CELLS if cell.startswith(start)]
        exec(source, names)
    return names


def test_it_carries_the_slides_titles():
    for title in (
        "Activation Functions",
        "Preferred Activation Function - ReLU",
        "Leaky ReLU",
        "Regularization for Neural Networks - Dropout",
        "Example (Numpy Code)",
    ):
        assert f"\n## {title}\n" in TEXT


def test_it_shows_the_slides_formulas():
    for formula in (
        r"\sigma(x) = \frac{1}{1 + \exp(-x)}",
        r"\tanh(x) = \frac{\exp(x) - \exp(-x)}{\exp(x) + \exp(-x)}",
        r"f(x) = \max(0, x)",
        r"f(x) = \max(ax, x), \qquad \text{e.g. } a = 0.3",
    ):
        assert formula in TEXT


def test_the_table_of_sigmoid_and_tanh():
    for z in (0.0, 2.0, 5.0):
        numbers = [
            functional.sigmoid(z),
            functional.sigmoid_grad(z),
            functional.tanh(z),
            functional.tanh_grad(z),
        ]
        row = " | ".join(f"{number:.4f}" for number in numbers)
        assert f"| {z:g} | {row} |" in TEXT.replace("**", "")


def test_the_tables_of_relu_and_leaky_relu():
    def row(values):
        return " | ".join(f"{v:g}".replace("-", "−") for v in values)

    z = np.array([-2, -0.5, 0.5, 2, 100])
    assert f"| $f(z)$ | {row(functional.relu(z))} |" in TEXT
    assert f"| slope $f'(z)$ | {row(functional.relu_grad(z))} |" in TEXT
    z = z[:4]
    assert f"| $z$ | {row(z)} |" in TEXT
    assert f"| ReLU | {row(functional.relu(z))} |" in TEXT
    assert f"| **leaky ReLU**, $a = 0.3$ | {row(functional.leaky_relu(z, 0.3))} |" in TEXT
    assert f"| its slope | {row(functional.leaky_relu_grad(z, 0.3))} |" in TEXT


def test_where_the_curves_are_saturated():
    assert r"The sigmoid beyond $z = \pm 4.6$, tanh already beyond $z = \pm 3$." in WORDS
    for slope, border in ((functional.sigmoid_grad, 4.6), (functional.tanh_grad, 3.0)):
        z = np.linspace(0, 10, 10_001)
        first = z[metrics.saturated(slope(z))][0]
        assert abs(first - border) < 0.05
    view = ActivationsView(kind="sigmoid")
    assert view.model.layers[0].saturated == 0
    assert f'"{0.99 * (1 - 0.99):.4f}"' in TEXT


def test_the_vanishing_gradient(digits):
    assert f"\\approx {0.25**10:.6f}$" in TEXT
    assert f"about 1/{round(4**9, -4):,}." in TEXT
    names = run_cells(
        ["import contextlib", "(X_train, y_train), (X_test, y_test) = data.mnist()"], {}
    )
    assert 50_000 < names["ratio"] < 200_000, "About 100,000 times"
    for kind in ("tanh", "relu"):
        assert max(names["gradients"][kind]) < 10 * min(names["gradients"][kind])
        assert 0.01 < min(names["gradients"][kind]) < max(names["gradients"][kind]) < 0.1
    assert names["gradients"]["sigmoid"][-1] == pytest.approx(0.01, rel=0.5)
    assert names["gradients"]["sigmoid"][0] < 1e-7


def test_the_answers_to_the_tasks_of_the_deep_network():
    killed = ActivationsView("saturation kills the gradient").model.layers
    for before, after in pairwise(killed):
        assert after.gradient > 100 * before.gradient, "A hundred times and more."
    assert functional.sigmoid_grad(6.0) == pytest.approx(0.0025, rel=0.02)
    exploding = ActivationsView("exploding").model.layers
    assert exploding[-1].spread > 10_000 * exploding[0].spread
    assert (exploding[0].k, exploding[-1].k) == (2, 11)


@pytest.mark.slow
def test_the_race(digits):
    names = dict(
        digits, np=np, MLP=MLP, SGD=SGD, contextlib=contextlib, DivergedError=DivergedError
    )
    run_cells(["class Goal", "def race", "rates =", "steps, best"], names)
    for kind, lr in names["best"].items():
        assert lr == names["rates"][kind][1], "For each runner the best rate is the middle one."
    assert all(len(goals) == 2 for goals in names["goals"].values()), "two seeds"
    steps = names["steps"]
    assert 1 < steps["tanh"] / steps["relu"] < 1.5
    assert 3 <= steps["sigmoid"] / steps["relu"] < 4
    assert "a little fewer steps than tanh, and three to four times fewer than the sigmoid" in WORDS
    assert "CIFAR-10" in WORDS
    assert "six times faster than with tanh" in WORDS


def count_dead(net, X, kind):
    trace = net.trace(X)
    slope_of = getattr(functional, f"{kind}_grad")
    return [int(metrics.dead(slope_of(trace.z[k])).sum()) for k in range(2, trace.n_layers)]


def test_dead_units_are_counted(few):
    X, y = few
    dead, accuracy = {}, {}
    for lr in (0.1, 1, 2, 5):
        net = MLP([784, 100, 10], "relu")
        net.fit(X, y, epochs=2, batch_size=100, optimizer=SGD(lr))
        (dead[lr],) = count_dead(net, X, "relu")
        accuracy[lr] = net.score(X, y)
    assert dead[0.1] == 0
    assert 0 < dead[1] < 50, "With a learning rate of 1 some units die"
    assert accuracy[1] > 0.8, "and the others still do the work."
    assert dead[2] >= 85, "With 2 nearly all are dead"
    assert dead[5] >= 98, "all of them, or all but one or two"
    assert accuracy[5] < 0.15


def test_the_dying_case_repaired(few):
    X, y = few

    def patient(kind, slope=0.3):
        net = MLP([784, 100, 100, 10], kind, slope=slope)
        for layer in net.linear[:-1]:
            layer.b[:] = -1
        dead = count_dead(net, X, kind)
        net.fit(X, y, epochs=3, batch_size=100, optimizer=SGD(0.3))
        return dead, net.score(X, y)

    dead, accuracy = patient("relu")
    assert dead[1] == 100
    assert accuracy < 0.12
    dead, accuracy = patient("leaky_relu")
    assert dead == [0, 0]
    assert accuracy > 0.88
    # Exercise 1.
    assert 0.8 < patient("leaky_relu", slope=0.1)[1] < 0.9
    assert patient("leaky_relu", slope=0.01)[1] < 0.12


def test_leaky_relu_does_not_repair_a_learning_rate(few):
    with pytest.raises(DivergedError):
        MLP([784, 100, 10], "leaky_relu").fit(*few, epochs=2, batch_size=100, optimizer=SGD(2))


def test_the_answers_to_the_tasks_with_dead_units():
    view = ActivationsView("how ReLUs die", steps=0)
    at_the_start = [layer.dead for layer in view.model.layers]
    assert at_the_start[0] == 0 < at_the_start[-1] < 0.1
    view.controls["lr"].value = 0.1
    view.controls["steps"].value = 20
    assert np.mean([layer.dead for layer in view.model.layers]) < np.mean(at_the_start) + 0.02

    view = ActivationsView("repaired with leaky ReLU", steps=20)
    gradients, losses = [], []
    for slope in (0.3, 0.2, 0.1, 0.0):
        view.controls["slope"].value = slope
        gradients.append(view.model.layers[0].gradient)
        losses.append(view.model.loss)
    assert gradients == sorted(gradients, reverse=True)
    assert losses == sorted(losses)

    view = ActivationsView("dead ReLUs")
    for bias, reaches in ((-0.5, False), (-0.4, False), (-0.3, True)):
        view.controls["bias"].value = bias
        assert (view.model.layers[0].gradient > 0) == reaches


def test_the_eight_sub_networks_worked_by_hand():
    net = MLP([3, 3, 1], dropout=0.5, dtype=np.float64)
    net.linear[0].W[:] = np.eye(3)
    net.linear[1].W[:] = [[1, -1, 2]]
    x = np.array([2.0, 1.0, 3.0])
    masks, probabilities = ensemble.every_mask(net)
    scores = ensemble.trace(net, x, masks).a[3][:, 0]
    plain = ensemble.trace(net, x, {2: masks[2] > 0}).a[3][:, 0]
    for row, values in (("$s$", plain), ("kept ones × 2", scores)):
        (numbers,) = re.findall(rf"\| {re.escape(row)} \| (.*) \| \*\*(.*)\*\* \|", TEXT)
        written = [float(number.replace("−", "-")) for number in numbers[0].split(" | ")]
        # The table's order: none, 1, 2, 3, 1 and 2, 1 and 3, 2 and 3, all.
        order = [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
        kept = [tuple(np.flatnonzero(mask)) for mask in masks[2]]
        assert written == [values[kept.index(item)] for item in order]
        assert float(numbers[1]) == probabilities @ values
    assert net.scores(x[None]).item() == 7
    assert f"2¹¹ = {2**11:,}. With 100 " in TEXT
    assert f"more than 10{len(str(2**100)) - 1}".replace("30", "³⁰") in TEXT


def test_the_answers_to_the_tasks_of_dropout():
    low, high = (DropoutView(p=p, n=1000).model.snapshot() for p in (0.1, 0.9))
    assert high.deviation > 3 * low.deviation
    near = DropoutView("two hidden layers: near, not exact").model.snapshot()
    assert 0 < abs(near.everyone - near.full) < near.deviation
    unscaled = DropoutView("without the scaling").model.snapshot()
    assert unscaled.everyone == pytest.approx(unscaled.full / 2)


def test_the_mean_of_many_masks_and_the_ensemble(digits, few):
    names = dict(digits, X=few[0], y=few[1], MLP=MLP, SGD=SGD, ensemble=ensemble, metrics=metrics)
    run_cells(["net = MLP([784, 100, 10], dropout=0.5)\nnet.fit", "X_new, y_new"], names)
    means, full = names["means"], names["full"]
    _, errors = ensemble.running_mean(names["scores"])
    assert abs(means[-1] - full) < 4 * errors[-1]
    assert errors[-1] < 0.15 < errors[9]
    full_accuracy = names["net"].score(names["X_new"], names["y_new"])
    assert metrics.accuracy(names["y_new"], names["alone"]) < full_accuracy - 0.01


@pytest.mark.slow
def test_dropout_against_overfitting(digits):
    X, y = digits["X_train"][:1000], digits["y_train"][:1000]
    mistakes = []
    for p_drop in (0, 0.5):
        net = MLP([784, 500, 10], dropout=p_drop)
        net.fit(X, y, epochs=50, batch_size=100, optimizer=SGD(0.2, momentum=0.9))
        assert net.score(X, y) > 0.995
        mistakes.append(1 - net.score(digits["X_test"], digits["y_test"]))
    assert mistakes[1] < 0.93 * mistakes[0]


def test_the_slides_lines_run_and_both_scalings_fit(digits, capsys):
    lines = (
        "H1 = np.maximum(0, np.dot(W1, X_columns) + b1)  # forward pass\n"
        "U1 = np.random.rand(*H1.shape) < p  # dropout mask\n"
        "H1 *= U1  # drop\n"
    )
    assert lines in TEXT
    names = dict(digits, np=np, MLP=MLP, layers=layers)
    run_cells(["p = 0.5", "np.random.seed(0)", "full = np.maximum", "dropout = layers"], names)
    assert names["H1"].shape == (100, 500)
    assert np.mean(names["H1"] == 0) > np.mean(names["full"] == 0) + 0.1
    full, U1, p = names["full"], names["U1"], names["p"]
    assert (full * U1).mean() == pytest.approx(p * full.mean(), rel=0.03)
    assert (full * U1 / p).mean() == pytest.approx(full.mean(), rel=0.03)
    assert names["dropout"].a.mean() == pytest.approx(full.mean(), rel=0.03)
    assert "prediction uses [Linear(784, 100), ReLU(), Linear(100, 10)]" in capsys.readouterr().out


def test_the_solutions_of_the_exercises():
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(2 * functional.sigmoid(2 * x) - 1, functional.tanh(x), atol=1e-12)
    slope_of = partial(functional.leaky_relu_grad, slope=0.01)
    assert slope_of(-1.0) == 0.01
    net = MLP([784, 1000, 10])
    assert net.linear[0].W.var() == pytest.approx(2 / 784, rel=0.01)
    (solution,) = re.findall(r"```python\n(def my_dropout.*?)```", TEXT, re.DOTALL)
    names = {"np": np}
    exec(solution, names)
    np.testing.assert_allclose(np.unique(names["H"]), [0, 1.25])
    assert names["H"].mean() == pytest.approx(1, abs=0.005)

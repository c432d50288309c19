"""The numbers in the words of lecture 07 are those that the code computes."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from nnlib import MLP, functional, paths
from nnlib.views import ErrorDistributionView
from nnlib.views.error_distribution import FIRST_B, FIRST_W, START

TEXT = (Path(__file__).parents[2] / "lectures/07_the_backpropagation_algorithm.md").read_text(
    encoding="utf-8"
)
# Line breaks within a paragraph are no difference.
FLAT = re.sub(r"\s+", " ", TEXT)
X = np.array([1, -0.5, 0.5, 2])
X_C = np.array([-1, 0.5, 1, -0.5])


def network(walk="seven steps", loss="max_margin"):
    """The network of the lecture, which is the view's."""
    W, b = START[walk]
    net = MLP([4, *map(len, W)], "sigmoid", loss, dtype="float64")
    for layer, W_k, b_k in zip(net.linear, W, b, strict=True):
        layer.W[...], layer.b[...] = W_k, b_k
    return net


@pytest.fixture
def trace():
    """The pass of x, with an error of 1 at the score."""
    return network().trace(X[None], dscores=1.0).example(0)


@pytest.fixture
def deep():
    return network("eight steps", "cross_entropy").trace(X, dscores=1.0)


def test_it_carries_the_slides_titles():
    for title in (
        "Backpropagation Notation",
        "Error Distribution Interpretation of Backpropagation",
        r"Backpropagate $\delta^{(k)}$ to $\delta^{(k-1)}$",
    ):
        assert f"\n## {title}\n" in TEXT


def test_the_lecture_and_its_view_have_the_same_network():
    assert f'"W1": {FIRST_W}' in TEXT
    assert '"W2": [[1.5, -1.0]]' in TEXT
    assert f'"b1": {FIRST_B}, "b2": [0.2]' in TEXT
    assert '"W2": [[1.5, -1.0], [0.5, 2.0]], "b2": [-0.2, 0.1], "W3": [[1.2, -0.8]]' in TEXT
    assert START["eight steps"][0][1:] == [[[1.5, -1.0], [0.5, 2.0]], [[1.2, -0.8]]]
    model = ErrorDistributionView().model
    assert (model.x, model.x_corrupted) == (X.tolist(), X_C.tolist())


def test_the_number_of_paths():
    sizes = [784, 256, 128, 10]
    per_weight = math.prod(sizes[2:])
    assert f'"{per_weight:,}"' in TEXT
    assert f"There are {sizes[0] * sizes[1]:,} such weights" in TEXT
    assert 250e6 < sizes[0] * sizes[1] * per_weight < 260e6
    assert MLP(sizes).parameters.size == 235146
    assert "each of the 235,146 parameters" in FLAT


def test_the_pass_worked_by_hand(trace):
    z, a, s = trace.z[2][0], trace.a[2], trace.z[3][0]
    assert f"0.3 \\cdot 2 + 0.1 = {z:.1f}$" in TEXT
    assert f"\\sigma(1.4) = {a[0]:.4f}" in TEXT
    assert f"$s = 1.5 \\cdot {a[0]:.4f} - 1 \\cdot {a[1]:.4f} + 0.2 = {s:.4f}$" in TEXT


def test_the_cost_of_the_pair():
    net = network()
    s, s_c = net.scores(np.array([X, X_C]))[:, 0]
    cost = net.loss(X[None], X_C[None])
    assert f"J = 1 + {s_c:.4f} - {s:.4f} = {cost:.4f}" in TEXT


def test_the_lines_of_the_derivation(trace):
    rate, slope = paths.weight_rate(trace, 1, 0, 3), trace.slope[2][0]
    total = paths.fair_share(trace, 1, 0, 3)
    assert TEXT.count(f"| ${total:.4f}$ |") == 2
    assert f"| $1.5 \\cdot {rate:.4f}$ |" in TEXT
    assert TEXT.count(f"| $1.5 \\cdot {slope:.4f} \\cdot 2$ |") == 3
    assert f"| ${trace.delta[2][0]:.4f} \\cdot 2$ |" in TEXT
    assert 1.5 * rate == pytest.approx(total)
    assert 1.5 * slope * 2 == pytest.approx(total)


def test_twice_the_input_is_not_twice_the_gradient(trace):
    doubled = network().trace([[*X[:3], 4.0]], dscores=1.0).example(0)
    ratio = paths.fair_share(doubled, 1, 0, 3) / paths.fair_share(trace, 1, 0, 3)
    assert 1 < ratio < 1.9


def test_the_numbers_of_the_seven_steps(trace):
    steps = TEXT[TEXT.index("### Seven steps") :]
    for value in (trace.slope[2][0], trace.delta[2][0], trace.dW[1][0, 3]):
        assert f"*({value:.4f})*" in steps
    assert paths.error_received(trace, 2)[1] == -1
    assert f'"−{-trace.delta[2][1]:.4f}": "That is the error after it has crossed' in TEXT


def test_the_answers_to_the_tasks():
    def shot(preset, weight=(1, 1, 4)):
        model = ErrorDistributionView(preset).model
        model.change("weight", weight)
        return model.snapshot()

    zero = shot("an input of 0 gets no blame")
    assert (zero.trace.dW[1][0] != 0).tolist() == [True, True, True, False]
    shares = [shot("equal weights, different shares", (1, 1, j)).share for j in (3, 4)]
    assert shares[1] / shares[0] == pytest.approx(4)
    assert f"$\\sigma'(7) = {functional.sigmoid_grad(7.0):.4f}$" in TEXT
    dead = shot("a dead ReLU stops the error")
    assert not dead.trace.dW[1][0].any()
    assert dead.trace.dW[1][1].all()


def test_the_two_shares_of_a_weight():
    both = network().trace(X, X_C)
    true, corrupted = (paths.fair_share(both.example(n), 1, 0, 3) for n in (0, 1))
    slope = both.example(1).slope[2][0]
    assert f"1 \\cdot 1.5 \\cdot {slope:.4f} \\cdot (-0.5) = " in TEXT
    assert f" = {true:.4f} - {-corrupted:.4f} = {both.dW[1][0, 3]:.4f}" in TEXT
    assert true + corrupted == pytest.approx(both.dW[1][0, 3])


def test_the_margin_that_is_met_has_no_gradient():
    view = ErrorDistributionView("margin met: no error")
    s = view.model.snapshot()
    assert s.score - s.other_score == pytest.approx(1.4, abs=0.05)
    assert s.gradient == 0


def test_the_recursion_worked_by_hand(deep):
    d, received, slope = deep.delta[3], paths.error_received(deep, 2)[0], deep.slope[2][0]
    for i, weight in enumerate(("1.2", "-0.8")):
        line = f"{weight} \\cdot {deep.slope[3][i]:.4f} = {d[i]:.4f}$"
        assert f"$\\delta_{i + 1}^{{(3)}} = {line}" in FLAT
    assert (
        f"{slope:.4f} \\cdot \\big( {d[0]:.4f} \\cdot 1.5 + ({d[1]:.4f}) \\cdot 0.5 \\big) = "
        f"{slope:.4f} \\cdot {received:.4f} = {deep.delta[2][0]:.4f}"
    ) in TEXT


def test_the_sum_over_paths_is_the_gradient(deep):
    listed = paths.paths(deep, 1, 0, 3)
    assert len(listed) == 2
    assert "From $W_{14}^{(1)}$ there are two" in FLAT
    assert sum(path.product for path in listed) == pytest.approx(deep.dW[1][0, 3])
    assert len({path.rates[0] for path in listed}) == 1  # the part that the recursion shares


def test_after_two_steps_the_margin_is_met():
    net = network()
    losses = []
    for _ in range(4):
        losses.append(net.loss(X[None], X_C[None]))
        net.backward()
        net.parameters -= 0.1 * net.gradients
    assert losses[1] > 0 == losses[2] == losses[3]
    assert "After two steps the true input leads by more than the margin." in FLAT


def test_the_solutions_of_the_exercises(trace):
    net = network()
    net.linear[1].W[0, 0] = 3
    other = net.trace(X[None], dscores=1.0).example(0)
    assert f"$3 \\cdot 0.1587 \\cdot 2 = {other.dW[1][0, 3]:.4f}$" in TEXT
    assert f"$\\sigma'(-0.45) = {trace.slope[2][1]:.4f}$" in TEXT
    assert trace.z[2][1] == pytest.approx(-0.45)
    assert f"\\cdot 0.5 = {trace.dW[1][1, 2]:.4f}$" in TEXT
    np.testing.assert_array_equal(trace.db[1], trace.delta[2])
    by_input, (first, second) = paths.error_received(trace, 1)[3], trace.delta[2]
    assert f"{first:.5f} \\cdot 0.3 + ({second:.5f}) \\cdot 0.2 = {by_input:.4f}" in TEXT
    assert round(first, 5) * 0.3 + round(second, 5) * 0.2 == pytest.approx(by_input, abs=1e-5)


def test_the_solution_to_write_yourself(deep):
    solution = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[-1]
    names = {"np": np, "t": deep}
    *body, last = solution.strip().split("\n\n\n")
    exec("\n".join(body), names)
    assert eval(last.split("#")[0], names) is True

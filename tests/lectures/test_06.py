"""The numbers in the words of lecture 06 are those that the code computes."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from nnlib import MLP, functional, paths
from nnlib.views import PathsView

TEXT = (Path(__file__).parents[2] / "lectures/06_backprop_the_big_picture.md").read_text(
    encoding="utf-8"
)


@pytest.fixture(scope="module")
def lecture():
    """The names that the lecture's own cells make: net, x, y, trace, moved."""
    names = {"MLP": MLP, "np": np, "paths": paths, "print": lambda *_: None}
    cells = re.findall(r"```\{code-cell\} ipython3\n---\n.*?---\n(.*?)```", TEXT, re.DOTALL)
    for start in ("net = MLP(", "moved = paths.nudge("):
        (source,) = [cell for cell in cells if cell.startswith(start)]
        exec(source, names)
    return names


def says(*texts):
    for text in texts:
        assert text in TEXT, text


def four(value):
    return f"{value:.4f}"


def test_it_carries_the_slides_titles_and_equations():
    says(*(f"\n## Backpropgation Intuition {n}\n" for n in range(1, 5)))
    says(
        "## Relationship between $\\Delta C$ and $\\Delta w_{jk}^l$\n",
        "## Relationship between $\\varDelta a_q^{l+1}$ and $\\varDelta a_j^l$\n",
        "## A Path from $w_{jk}^l$ to C\n",
    )
    assert re.findall(r"\\tag\{(\d+)\}", TEXT) == [str(n) for n in range(11, 18)]


def test_the_key_points_are_the_slides_three_sentences():
    points = TEXT[TEXT.index("## Key points") : TEXT.index("## Exercises")]
    for n, word in enumerate(("partial derivative", "**product**", "**sum**"), start=1):
        (sentence,) = re.findall(rf"^{n}\. (.*?)(?=^\d\. |^$)", points, re.DOTALL | re.MULTILINE)
        assert word in sentence


def test_the_network_is_the_views_own():
    view, names = PathsView(), {}
    own = view.model.net.state_dict()
    cells = re.findall(r'"W\d": (\[\[.*?\]\])', TEXT)
    for k, weights in enumerate(cells, start=1):
        np.testing.assert_array_equal(eval(weights, names), own[f"W{k}"])
    assert len(cells) == 3
    assert (view.model.x, view.model.y) == ((1.0, 0.5), 0)


def test_the_nudge_and_its_way(lecture):
    moved, trace = lecture["moved"], lecture["trace"]
    says("change it from $0.6$ to $0.7$")
    assert trace.W[1][0, 0] == 0.6
    assert moved.dz[2][0] == pytest.approx(0.1)
    assert np.count_nonzero(moved.da[2]) == 1  # only the first neuron of layer 2
    assert moved.da[3][0] < 0 < moved.da[3][1]
    down, up = (four(change) for change in moved.da[3])
    says(f"$-1.8 \\cdot ({down}) + 1.2 \\cdot {up} = {four(moved.da[4][0])}$")
    assert trace.W[3][0] @ moved.da[3] == pytest.approx(moved.da[4][0])
    assert trace.W[2][:, 0].tolist() == [-0.5, 1.3]
    says(f"the cost grew by {four(moved.dC)}", "negative ($-0.5$)", "positive ($1.3$)")


def test_the_first_rates_worked_by_hand(lecture):
    moved, trace = lecture["moved"], lecture["trace"]
    rate = paths.weight_rate(trace, 1, 0, 0)
    assert trace.z[2][0] == pytest.approx(-0.85)
    assert rate == pytest.approx(functional.sigmoid_grad(-0.85) * 1)
    a = four(trace.a[2][0])
    says(
        f"0.6 \\cdot 1 - 1.1 \\cdot 0.5 - 0.9 = -0.85 \\qquad a_1^2 = \\sigma(-0.85) = {a}$$",
        f"the slope is ${a} \\cdot (1 - {a}) = {four(rate)}$",
        f"\\approx {four(rate)} \\cdot 0.1 = {four(rate * 0.1)}$. "
        f"Measured: ${four(moved.da[2][0])}$",
    )


def test_the_table_of_the_next_layer(lecture):
    moved, trace = lecture["moved"], lecture["trace"]
    rates = paths.edge_rates(trace, 2)[:, 0]
    for q, weight in enumerate(("(-0.5)", "1.3")):
        numbers = (rates[q], moved.predicted_da[3][q], moved.da[3][q])
        row = " | ".join(f"${four(value)}$" for value in numbers)
        says(f"| $a_{q + 1}^3$ | ${four(trace.slope[3][q])} \\cdot {weight}$ | {row} |")


def test_a_tenth_of_the_nudge_leaves_a_hundredth_of_the_gap(lecture):
    gaps = []
    for step in (0.1, 0.01, 0.001):
        moved = paths.nudge(lecture["net"], lecture["x"], 0, 1, 0, 0, step)
        gaps.append(moved.dC - moved.predicted_dC)
    assert gaps[0] / gaps[1] == pytest.approx(100, rel=0.05)
    assert gaps[1] / gaps[2] == pytest.approx(100, rel=0.05)
    moved = lecture["moved"]
    says(f"{moved.predicted_dC:.5f} was predicted, {moved.dC:.5f} measured")


def test_one_path_and_the_sum_over_all(lecture):
    trace = lecture["trace"]
    listed = paths.paths(trace, 1, 0, 0)
    assert len(listed) == 4
    last = listed[-1]
    names = "a_2^4", "a_2^4/\\partial a_2^3", "a_2^3/\\partial a_1^2", "a_1^2/\\partial w_{11}^2"
    for rate, name in zip(reversed(last.rates), names, strict=True):
        assert re.search(rf"\{{{rate:.4f}".rstrip("0") + r"0*\}_\{\\partial ", TEXT), rate
        says(name)
    says(f"= {four(last.product)}$$", f"\\approx {four(last.product)} \\cdot 0.1 = 0.0147$")
    right, wrong = functional.softmax(trace.a[4])
    assert wrong == pytest.approx(last.rates[-1])
    says(f"\\partial C/\\partial a_1^4 = {four(right)} - 1 = {four(listed[0].rates[-1])}$")
    sums = " ".join(f"{path.product:+.4f}".replace("+", "+ ").replace("-", "- ") for path in listed)
    total = trace.dW[1][0, 0]
    says(f"$-{sums[2:]} = {four(total)}$, up to rounding")
    assert total == pytest.approx(sum(path.product for path in listed))
    says(f"is\n${four(total * 0.1)}$, and we measured ${four(lecture['moved'].dC)}$")


def test_the_counts():
    n = MLP([784, 256, 128, 10]).parameters.size
    says("784 pixels go in, 10 scores come out", f"each of {n:,} numbers", f'"{2 * n:,}"')
    says(f"10 · 128 + 128 · 256 = {10 * 128 + 128 * 256:,} multiplications")
    assert math.prod([100] * 10) == 10**20
    says("Nobody can list $10^{20}$ paths.")


def test_the_walk_back_gives_every_gradient(lecture):
    trace = lecture["trace"]
    back = paths.cost_rates(trace)
    says(f"| ${four(back[0])}$, ${four(back[1])}$ |")
    for k in (3, 2):
        back = back @ paths.edge_rates(trace, k)
        for number in back if k == 3 else back[:1]:
            says(f"| ${four(number)}$ |")
    rate, gradient = four(paths.weight_rate(trace, 1, 0, 0)), four(trace.dW[1][0, 0])
    says(f"${four(back[0])} \\cdot {rate} = {gradient}$, as before")
    np.testing.assert_allclose(np.outer(back * trace.slope[2], trace.a[1]), trace.dW[1])
    says("np.outer(back * trace.slope[2], trace.a[1])")


def test_the_answers_of_the_tasks(lecture):
    net, x = lecture["net"], lecture["x"]
    last = paths.nudge(net, x, 0, 3, 0, 1, 0.1)
    assert [np.count_nonzero(last.da[layer]) for layer in (2, 3, 4)] == [0, 0, 1]
    down, up = paths.nudge(net, x, 0, 1, 0, 0, -0.1), lecture["moved"]
    for layer in (2, 3, 4):
        np.testing.assert_array_equal(np.sign(down.da[layer]), -np.sign(up.da[layer]))
        np.testing.assert_allclose(down.da[layer], -up.da[layer], rtol=0.1)
    for j in range(3):
        assert paths.nudge(net, x, 0, 1, j, 1, 0.1).dz[2][j] == pytest.approx(0.05)
    assert len(paths.paths(lecture["trace"], 3, 1, 1)) == 1

    dead = PathsView("a dead ReLU").model.snapshot()
    assert dead.paths[0].rates[0] == 0
    assert dead.gradient == 0
    cancelling = PathsView("paths that cancel").model.snapshot()
    products = [path.product for path in cancelling.paths]
    assert max(products) > 0.01
    assert sum(products) == pytest.approx(0, abs=1e-12)


def test_the_solutions_of_the_exercises(lecture):
    net, x, trace = lecture["net"], lecture["x"], lecture["trace"]
    says(f"Measured: ${four(paths.nudge(net, x, 0, 1, 0, 0, -0.1).dC)}$.")

    first = paths.weight_rate(trace, 2, 1, 0)
    says(f"${four(trace.slope[3][1])} \\cdot {four(trace.a[2][0])} = {four(first)}$")
    for path, words in zip(
        paths.paths(trace, 2, 1, 0), ("-0.8382 \\cdot 1.2", "0.8382 \\cdot 2.7"), strict=True
    ):
        says(f"${words} \\cdot {four(first)} = {four(path.product)}$")
    says(f"Their sum is ${four(trace.dW[2][1, 0])}$")
    slopes = 0.25**10
    assert slopes == pytest.approx(1e-6, rel=0.05)
    says("\\left(\\frac14\\right)^{10} \\approx 10^{-6}")

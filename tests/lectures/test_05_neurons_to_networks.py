"""The numbers in the words of lecture 05 are those that the code computes."""

import re
from pathlib import Path

import numpy as np
import pytest

from nnlib import MLP, SGD, LinearClassifier, data, functional
from nnlib.views import NeuronView, PlaygroundView

TEXT = (Path(__file__).parents[2] / "lectures/05_neurons_to_networks.md").read_text(
    encoding="utf-8"
)
W = np.array([[2, -2], [1, 4], [-2, 2]])
b = np.array([0, -1, 1])
U = np.array([[1], [-1], [2]])
x, x_corrupted = np.array([1, 0.5]), np.array([0.5, 1])


def small_network(c=1.0, bias=b):
    net = MLP([2, 3, 1], "sigmoid", loss="max_margin", delta=c, dtype=np.float64)
    net.load_state_dict({"W1": W, "b1": bias, "W2": c * U.T, "b2": [0]})
    return net


def forward_pass(x, **options):
    """The vectors z, a and the score s of one input."""
    trace = small_network(**options).trace(x)
    return trace.z[2][0], trace.a[2][0], trace.z[3][0, 0]


def test_it_carries_the_slides_titles_and_equations():
    for title in (
        "## Neural Network: 98%",
        "## A Single Neuron",
        "## A Single Hidden Layer Neural Network",
        "### Trick",
    ):
        assert f"\n{title}\n" in TEXT
    assert r"\max(1 + s_c - s,\ 0) \tag{10}" in TEXT


@pytest.mark.slow
def test_the_spiral_over_ten_seeds():
    assert "about half for the linear classifier, about 98 % and more for the network" in TEXT
    for seed in range(10):
        X, y = data.spiral(seed=seed)
        linear, network = LinearClassifier(2, 3, seed=seed), MLP([2, 100, 3], seed=seed)
        for net in (linear, network):
            net.fit(X, y, epochs=500, optimizer=SGD(lr=1.0))
        assert 0.47 < linear.score(X, y) < 0.56
        assert network.score(X, y) >= 0.98
    net = MLP([2, 100, 3], seed=0)
    net.fit(*data.spiral(seed=0), epochs=500, optimizer=SGD(lr=1.0))
    assert net.score(*data.spiral(seed=1)) >= 0.98  # the new points


def test_the_slope_of_a_step_is_a_quarter_of_its_weight():
    for w in (2.0, -3.0):
        _, _, slope = functional.neuron_grad([3.0], [w], -3 * w)
        assert slope == pytest.approx(w / 4)


def test_the_neuron_worked_by_hand():
    assert f"= {functional.neuron([1, 2], [2, -1], 0.5):.3f}$ |" in TEXT
    assert f"1 + {np.exp(-0.5):.3f}" in TEXT
    values = " | ".join(f"{a:.3f}" for a in functional.sigmoid(np.array([-4, -2, 0, 2, 4])))
    assert f"| $a = \\sigma(z)$ | {values} |" in TEXT


@pytest.mark.parametrize(("w", "b", "place"), [(2, -6, 3), (1, -3, 3), (5, -15, 3), (-1, 3, 3)])
def test_the_places_of_the_steps(w, b, place):
    assert functional.neuron_step(w, b) == place
    assert NeuronView(w=float(w), b=float(b)).model.snapshot().step == place


def test_the_forward_pass_worked_by_hand():
    z, a, s = forward_pass(x)
    for i in range(3):
        end = f" = {z[i]:.0f}$ | {a[i]:.3f} | ${U[i, 0]}$ |"
        assert re.search(rf"^\| {i + 1} \| .*{re.escape(end)}$", TEXT, re.M)
    s = f"{s:.3f}"
    assert f"2 \\cdot 0.500 = {s}$$" in TEXT
    assert rf"\begin{{bmatrix}} {s} \end{{bmatrix}}" in TEXT


def test_the_max_margin_worked_by_hand():
    rows = {"true $x$": (x, "s"), "corrupted $x_c$": (x_corrupted, "s_c")}
    for name, (place, letter) in rows.items():
        z, a, score = forward_pass(place)
        z = ", ".join(f"{value:g}" for value in z)
        a = ", ".join(f"{value:.3f}" for value in a)
        assert f"| {name} | $({z})$ | $({a})$ | ${letter} = {score:.3f}$ |" in TEXT
    s, s_c = forward_pass(x)[-1], forward_pass(x_corrupted)[-1]
    J = functional.max_margin(s, s_c)
    assert f"1 + {s_c:.3f} - {s:.3f},\\ 0) = {J:.3f}$$" in TEXT
    assert f"is 0 from s = {s_c + 1:.2f} on" in TEXT
    assert functional.max_margin(5.0, 4.5) == 0.5


@pytest.mark.parametrize("c", [0.1, 10, 100])
def test_the_trick_scales_the_objective_and_nothing_else(c):
    pair = x[None, :], x_corrupted[None, :]
    assert small_network(c).loss(*pair) == pytest.approx(c * small_network().loss(*pair))


def test_the_answers_to_the_tasks_in_the_playground():
    U2 = np.array([[1, -1], [-1, 1], [2, 0]])
    weights = {"W1": W.tolist(), "b1": b.tolist(), "W2": U2.T.tolist(), "b2": [0, 0]}
    view = PlaygroundView(
        data="xor", hidden=[3], activation="sigmoid", weights=weights, probe=[1, 0.5]
    )
    numbers = view.canvas.frame["numbers"]
    assert numbers[1] == ["1.00 → 0.73", "2.00 → 0.88", "0.00 → 0.50"]
    for number in numbers[1]:
        assert number in TEXT
    assert numbers[2][0] == "0.85 → 0.67"
    assert "its probability 0.67" in TEXT
    view.canvas.gesture = {"kind": "probe", "x": 0.6, "y": 0.6}
    assert view.canvas.frame["numbers"][1][0] == "0.00 → 0.50"
    for name in ("W1_1_0", "W1_1_1"):
        view.change(name, 0.0)
    assert np.ptp(view.model.snapshot().maps[1][1]) == 0
    assert f"\\sigma(-1) = {functional.sigmoid(-1.0):.2f}$" in TEXT


def test_the_solutions_of_the_exercises():
    z, _, s = forward_pass(x, bias=[0, -3, 1])
    assert z[1] == 0
    assert f"= {s:.3f}$." in TEXT
    assert MLP([2, 100, 3]).parameters.size == 603
    assert LinearClassifier(2, 3).parameters.size == 9
    assert functional.max_margin_grad(0.85, 1.06) == (-1, 1)
    assert functional.max_margin_grad(5.0, 1.0) == (0, 0)


def test_without_squashing_two_steps_are_one():
    X, y = data.spiral(seed=0)
    flat = MLP([2, 8, 3], activation="linear")
    flat.fit(X, y, epochs=500, optimizer=SGD(lr=0.5))
    w = flat.state_dict()
    linear = LinearClassifier(2, 3)
    linear.W, linear.b = w["W2"] @ w["W1"], w["W2"] @ w["b1"] + w["b2"]
    assert np.allclose(linear.scores(X), flat.scores(X), atol=1e-4)
    assert 0.47 < flat.score(X, y) < 0.56


def test_xor_by_hand():
    call = re.search(r"views\.(PlaygroundView\(data=\"xor\"[^`]*?weights=.*?\}\))", TEXT, re.S)[1]
    view = PlaygroundView.from_text(call)
    assert view.model.snapshot().accuracy == 1


@pytest.mark.slow
def test_how_few_neurons_the_spiral_needs():
    said = {6: "6 neurons get 99 %", 4: "4 neurons 96 %", 5: "5 neurons 87 %", 3: "3 neurons 81 %"}
    for neurons, words in said.items():
        assert words in TEXT
        model = PlaygroundView(hidden=[neurons]).model
        for _ in range(2000):
            model.step()
        assert words.endswith(f" {100 * model.snapshot().accuracy:.0f} %")


def test_most_zeros_and_ones_slant_to_the_right():
    _, (X, y) = data.mnist()
    ink = X.reshape(-1, 28, 28).astype(float)
    rows, columns = np.mgrid[:28, :28]
    total = ink.sum((1, 2))
    down = rows - ((ink * rows).sum((1, 2)) / total)[:, None, None]
    right = columns - ((ink * columns).sum((1, 2)) / total)[:, None, None]
    slants_right = (ink * down * right).sum((1, 2)) < 0
    for digit in (0, 1):
        assert slants_right[y == digit].mean() > 0.75

"""The formulas: equal to their loops, and their gradients equal to differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlib import functional, reference
from nnlib.gradcheck import check_gradients

numbers = st.floats(-30, 30)


@st.composite
def batches(draw):
    """Scores (N, K) and labels (N,)."""
    n, k = draw(st.integers(1, 6)), draw(st.integers(2, 5))
    scores = draw(hnp.arrays(float, (n, k), elements=numbers))
    return scores, draw(hnp.arrays(int, n, elements=st.integers(0, k - 1)))


@st.composite
def linear_problems(draw):
    """X (N, D), W (K, D), b (K,)."""
    n, d, k = (draw(st.integers(1, 5)) for _ in range(3))
    shapes = (n, d), (k, d), (k,)
    return tuple(draw(hnp.arrays(float, shape, elements=numbers)) for shape in shapes)


@given(linear_problems())
def test_scores_equal_the_loops(problem):
    X, W, b = problem
    scores = functional.scores(X, W, b)
    np.testing.assert_allclose(scores, reference.scores(X, W, b), atol=1e-10)
    for fast, plain in zip(
        functional.scores_grad(scores, X), reference.scores_grad(scores, X), strict=True
    ):
        np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-8)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(batch=batches())
def test_softmax_equals_the_loops(name, batch):
    fast, plain = getattr(functional, name), getattr(reference, name)
    np.testing.assert_allclose(fast(batch[0]), plain(batch[0]), rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(fast(batch[0][0]), fast(batch[0])[0])


@pytest.mark.parametrize("name", ["cross_entropy", "hinge"])
@given(batch=batches())
def test_losses_and_their_gradients_equal_the_loops(name, batch):
    for function in (name, name + "_grad"):
        fast, plain = getattr(functional, function), getattr(reference, function)
        np.testing.assert_allclose(fast(*batch), plain(*batch), rtol=1e-9, atol=1e-12)
    each = getattr(functional, name)(*batch, reduction="none")
    plain = getattr(reference, name)(*batch, reduction="none")
    np.testing.assert_allclose(each, plain, rtol=1e-9, atol=1e-12)
    assert getattr(functional, name)(*batch) == pytest.approx(each.mean())


@given(hnp.arrays(float, (3, 2), elements=numbers))
def test_l2_equals_the_loops(W):
    assert functional.l2_penalty(W) == pytest.approx(reference.l2_penalty(W))
    np.testing.assert_allclose(functional.l2_penalty_grad(W), reference.l2_penalty_grad(W))


@given(batches())
def test_softmax_rows_are_probabilities_and_ignore_a_shift(batch):
    p = functional.softmax(batch[0])
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(functional.softmax(batch[0] + 7), p, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_is_finite_at_huge_scores(dtype):
    z = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4]], dtype)
    np.testing.assert_allclose(
        functional.softmax(z), [[1, 0, 0], [1 / 3] * 3, [1 / 3] * 3], rtol=1e-6
    )
    y = np.array([1, 0, 0])
    np.testing.assert_allclose(
        functional.cross_entropy(z, y, reduction="none"), [2e4, math.log(3), math.log(3)], rtol=1e-6
    )
    assert np.isfinite(functional.cross_entropy_grad(z, y)).all()
    assert functional.softmax(z).dtype == dtype


def test_known_numbers():
    """The worked example of the CS231n notes: scores -2.85, 0.86, 0.28, true class 2."""
    z, y = np.array([-2.85, 0.86, 0.28]), 2
    np.testing.assert_allclose(functional.softmax(z), [0.016, 0.631, 0.353], atol=6e-4)
    assert functional.cross_entropy(z, y) == pytest.approx(1.04, abs=5e-3)
    assert functional.hinge(z, y) == pytest.approx(1.58)
    np.testing.assert_array_equal(functional.hinge_grad(z, y), [0, 1, -1])


def test_hinge_is_flat_where_every_margin_is_met():
    z, y = np.array([[5.0, 3.9, 4.0]]), np.array([0])
    assert functional.hinge(z, y) == 0  # class 2 meets the margin exactly
    assert not functional.hinge_grad(z, y).any()


@given(batches(), st.floats(0, 5))
def test_hinge_terms_add_up_to_the_loops_and_spare_the_true_class(batch, delta):
    scores, y = batch
    terms = functional.hinge_terms(scores, y, delta)
    plain = reference.hinge(scores, y, delta, reduction="none")
    np.testing.assert_allclose(terms.sum(axis=1), plain, atol=1e-10)
    assert (terms >= 0).all()
    assert not terms[np.arange(len(y)), y].any()
    np.testing.assert_array_equal(functional.hinge_terms(scores[0], y[0], delta), terms[0])


@given(batches(), st.floats(0, 5), st.integers(0, 4))
def test_the_hinge_is_straight_between_its_corners_and_flat_behind_the_last(batch, delta, j):
    scores, y = batch[0][0], int(batch[1][0])
    j %= len(scores)
    kinks = functional.hinge_kinks(scores, y, j, delta)
    assert len(kinks) == (len(scores) - 1 if j == y else 1)
    assert (np.diff(kinks) >= 0).all()

    def slope(value):
        moved = scores.copy()
        moved[j] = value
        return functional.hinge_grad(moved, y, delta)[j]

    inner, n = (kinks[:-1] + kinks[1:]) / 2, len(kinks)
    for number, place in enumerate(inner, start=1):
        if kinks[number] - kinks[number - 1] > 1e-6:
            assert slope(place) == number - n
    assert slope(kinks[0] - 1) == (-n if j == y else 0)
    assert slope(kinks[-1] + 1) == (0 if j == y else 1)


def test_hinge_kinks_are_those_of_one_example():
    with pytest.raises(ValueError, match=r"scores must be of one example, shape \(K,\)"):
        functional.hinge_kinks(np.zeros((2, 3)), [0, 1], 0)


@pytest.mark.parametrize(
    ("loss", "gradient"),
    [
        (functional.cross_entropy, functional.cross_entropy_grad),
        (functional.hinge, functional.hinge_grad),
    ],
)
def test_loss_gradients_agree_with_differences(loss, gradient, rng):
    y = rng.integers(0, 4, 6)
    scores = rng.normal(0, 2, (6, 4))
    check = check_gradients(lambda s: loss(s, y), scores, lambda s: gradient(s, y))
    assert check.max_error <= 1e-7
    assert check.kinks == []


def test_scores_gradient_agrees_with_differences(rng):
    X, W, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)
    weight = rng.normal(size=(5, 4))  # any number that depends on all scores will do
    dW, db = functional.scores_grad(weight, X)
    f = lambda W, b: float((weight * functional.scores(X, W, b)).sum())  # noqa: E731
    assert check_gradients(lambda W: f(W, b), W, dW).max_error <= 1e-7
    assert check_gradients(lambda b: f(W, b), b, db).max_error <= 1e-7


def test_l2_gradient_agrees_with_differences(rng):
    W = rng.normal(size=(3, 4))
    assert check_gradients(functional.l2_penalty, W, functional.l2_penalty_grad).max_error <= 1e-7


def test_one_example_is_a_batch_of_one(rng):
    x, W, b = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4)
    s = functional.scores(x, W, b)
    np.testing.assert_allclose(s, W @ x + b)
    assert functional.cross_entropy(s, 2) == functional.cross_entropy(s[None], [2])
    assert functional.cross_entropy_grad(s, 2).shape == (4,)
    assert functional.hinge(s, 2, reduction="none").shape == (1,)
    dW, db = functional.scores_grad(s, x)
    np.testing.assert_allclose(dW, np.outer(s, x))
    np.testing.assert_array_equal(db, s)


def test_gradients_leave_their_arguments_alone(rng):
    scores, y = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    before = scores.copy()
    for name in ("cross_entropy", "cross_entropy_grad", "hinge", "hinge_grad"):
        getattr(functional, name)(scores, y)
        np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("name", ["cross_entropy", "hinge"])
@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1, 2, 3], r"integers 0\.\.2; they run from 1 to 3\. Pass y - 1"),
        (np.eye(3), r"looks one-hot: pass y\.argmax\(axis=1\)"),
        ([0.0, 1.0, 2.0], r"it holds float64\. Pass y\.astype\(int\)"),
        ([0, 1], r"shape \(3,\).*it has shape \(2,\)"),
        ([[0], [1], [2]], r"Pass y\[:, 0\]"),
        ([0, 1, -1], r"they run from -1 to 1"),
        ([0, 1, 7], r"they run from 0 to 7\. Check n_classes"),
    ],
)
def test_wrong_labels_are_explained(name, y, words):
    for function in (getattr(functional, name), getattr(functional, name + "_grad")):
        with pytest.raises((ValueError, TypeError), match=words):
            function(np.zeros((3, 3)), y)


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((4, 9)), r"shape \(N, 4\).*transposed \(D×N\): pass X\.T"),
        (np.zeros((9, 5)), r"shape \(N, 4\).*it has shape \(9, 5\)"),
        (np.zeros((9, 2, 2)), r"Flatten the images"),
        (np.zeros((9, 4), np.uint8), r"uint8 pixels.*X / np\.float32\(255\)"),
        (np.array([["a"] * 4]), "must hold numbers"),
    ],
)
def test_wrong_features_are_explained(X, words):
    with pytest.raises((ValueError, TypeError), match=words):
        functional.scores(X, np.zeros((3, 4)), np.zeros(3))


def test_wrong_parameters_are_explained():
    with pytest.raises(ValueError, match=r"b must have shape \(3,\).*it has shape \(4,\)"):
        functional.scores(np.zeros((9, 4)), np.zeros((3, 4)), np.zeros(4))
    with pytest.raises(ValueError, match=r"W must have shape \(K, D\)"):
        functional.scores(np.zeros((9, 4)), np.zeros(4), np.zeros(1))
    with pytest.raises(ValueError, match="one row an example; they have 2 and 3"):
        functional.scores_grad(np.zeros((2, 4)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="reduction must be one of 'mean', 'none'; it is 'sum'"):
        functional.hinge(np.zeros((1, 2)), [0], reduction="sum")
    with pytest.raises(ValueError, match=r"scores must have shape \(N, K\) or \(K,\)"):
        functional.hinge(np.zeros((1, 2, 3)), [0])


@given(st.integers(0, 10**6))
def test_softmax_stages_are_exponentiate_sum_divide(seed):
    z = np.random.default_rng(seed).normal(scale=5, size=(4, 3))
    exponentials, total, probabilities = functional.softmax_stages(z)
    for i in range(4):
        by_hand = [math.exp(z_j) for z_j in z[i]]
        np.testing.assert_allclose(exponentials[i], by_hand)
        assert total[i].item() == pytest.approx(sum(by_hand))
    np.testing.assert_allclose(probabilities, functional.softmax(z))


def test_softmax_stages_overflow_as_the_plain_formula_does():
    with np.errstate(over="ignore", invalid="ignore"):
        exponentials, _, probabilities = functional.softmax_stages(np.array([1000.0, 0.0]))
    assert np.isinf(exponentials[0])
    assert np.isnan(probabilities[0])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu"])
@given(st.integers(0, 10**6))
def test_a_neuron_equals_the_loops_and_its_gradients_equal_differences(activation, seed):
    rng = np.random.default_rng(seed)
    # |z| stays below 4: where tanh is flatter, rounding swallows its slope in a difference.
    X, w, b = rng.uniform(-1, 1, (5, 3)), rng.uniform(-1, 1, 3), rng.uniform(-1, 1)
    a = functional.neuron(X, w, b, activation)
    f = getattr(reference, activation)
    np.testing.assert_allclose(a, [reference.neuron(x, w, b, f) for x in X], atol=1e-12)
    assert functional.neuron(X[0], w, b, activation) == pytest.approx(a[0])

    x = X[0]
    dw, db, dx = functional.neuron_grad(x, w, b, activation)
    g = lambda x, w, b: functional.neuron(x, w, b.item(), activation)  # noqa: E731
    for check in (
        check_gradients(lambda w: g(x, w, np.float64(b)), w, dw),
        check_gradients(lambda x: g(x, w, np.float64(b)), x, dx),
        check_gradients(lambda b: g(x, w, b[0]), np.array([b]), db[None]),
    ):
        assert check.max_error <= 1e-7
    batch = functional.neuron_grad(X, w, b, activation)
    np.testing.assert_allclose([part[0] for part in batch[::2]], [dw, dx])
    assert batch[1].shape == (5,)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_a_neuron_steps_where_its_input_to_the_activation_is_0(w, b):
    place = functional.neuron_step(w, b)
    if w == 0:
        assert place is None
    elif place is not None:
        assert functional.neuron([place], [w], b) == pytest.approx(0.5)
        _, _, dx = functional.neuron_grad([place], [w], b)
        assert dx == pytest.approx(w / 4)


def test_a_neuron_names_the_activations_it_knows():
    with pytest.raises(ValueError, match=r"activation must be one of 'sigmoid'.*it is 'step'"):
        functional.neuron([1.0], [1.0], 0.0, "step")

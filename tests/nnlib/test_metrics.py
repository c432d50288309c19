"""Metrics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import functional
from nnlib.metrics import accuracy, confusion_matrix, dead, saturated

labels = st.integers(0, 4)


@given(st.lists(st.tuples(labels, labels), min_size=1, max_size=30))
def test_the_matrix_counts_every_pair(pairs):
    y, predicted = np.array(pairs).T
    matrix = confusion_matrix(y, predicted, 5)
    for i in range(5):
        for j in range(5):
            assert matrix[i, j] == pairs.count((i, j))
    assert accuracy(y, predicted) == pytest.approx(matrix.trace() / matrix.sum())
    k = np.max(pairs) + 1
    np.testing.assert_array_equal(confusion_matrix(y, predicted), matrix[:k, :k])


def test_misuse_is_explained():
    with pytest.raises(ValueError, match=r"they have the shapes \(3,\) and \(2,\)"):
        accuracy([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="N at least 1"):
        accuracy([], [])
    with pytest.raises(ValueError, match=r"integers 0\.\.2; they run from 0 to 3"):
        confusion_matrix([0, 3], [0, 1], n_classes=3)


@pytest.mark.parametrize(
    ("slope", "flat", "steep"),
    [
        (functional.sigmoid_grad, [-100, -4.7, 4.7, 100], [-4.5, 0, 4.5]),
        (functional.tanh_grad, [-100, -3.1, 3.1, 100], [-2.9, 0, 2.9]),
        (functional.relu_grad, [-100, -1e-9, 0], [1e-9, 100]),
        (functional.leaky_relu_grad, [], [-100, 0, 100]),
    ],
)
def test_where_each_activation_is_saturated(slope, flat, steep):
    assert saturated(slope(np.array(flat, float))).all()
    assert not saturated(slope(np.array(steep, float))).any()


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_a_dead_relu_gives_zero_for_every_example(n, k, seed):
    z = np.random.default_rng(seed).standard_normal((n, k))
    expected = (functional.relu(z) == 0).all(axis=0)
    np.testing.assert_array_equal(dead(functional.relu_grad(z)), expected)


def test_dead_needs_a_row_for_each_example():
    with pytest.raises(ValueError, match=r"shape \(N, K\).* it has shape \(3,\)"):
        dead(np.zeros(3))
    with pytest.raises(ValueError, match="N at least 1"):
        dead(np.zeros((0, 3)))

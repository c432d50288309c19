"""Metrics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.metrics import accuracy, confusion_matrix

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

"""What the tests of nnlib share."""

import numpy as np
import pytest

from nnlib import data


@pytest.fixture(scope="session")
def digits():
    """MNIST: (X_train, y_train), (X_test, y_test)."""
    return data.mnist()


@pytest.fixture
def rng():
    return np.random.default_rng(20180929)

"""Optimisers: their steps, and errors that help."""

import numpy as np
import pytest

from nnlib import SGD, LinearClassifier


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": 0}, "lr must be a number above zero; it is 0"),
        ({"lr": "fast"}, "lr must be a number above zero; it is 'fast'"),
        ({"momentum": 1}, r"momentum must lie in \[0, 1\); it is 1"),
        ({"nesterov": True}, "give momentum above 0"),
    ],
)
def test_wrong_options_are_explained(options, words):
    with pytest.raises(ValueError, match=words):
        SGD(**options)


def test_a_step_needs_a_network():
    with pytest.raises(RuntimeError, match=r"SGD works on no network yet: call optimizer\.bind"):
        SGD().step()


def test_a_step_goes_against_the_gradient():
    model = LinearClassifier(2, 2)
    before = model.parameters.copy()
    optimizer = SGD(lr=0.5).bind(model)
    model.gradients[...] = 2
    optimizer.step()
    np.testing.assert_allclose(model.parameters, before - 1)
    optimizer.lr = 0.25
    optimizer.step()
    np.testing.assert_allclose(model.parameters, before - 1.5)

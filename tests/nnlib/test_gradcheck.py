"""The gradient checker finds wrong gradients, and does not take a kink for one."""

import numpy as np
import pytest

from nnlib import LinearClassifier
from nnlib.gradcheck import check_gradients, numerical_gradient, relative_error


def test_numerical_gradient_of_a_known_function():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = x.copy()
    gradient = numerical_gradient(lambda x: float((x**3).sum()), x)
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-8)
    np.testing.assert_array_equal(x, before)
    assert numerical_gradient(lambda x: float(x @ x), [1, 2]) == pytest.approx([2, 4])


def test_float32_shows_its_rounding():
    x = np.linspace(1, 2, 20, dtype=np.float32)
    gradient = numerical_gradient(lambda x: np.sin(x).sum(), x)
    assert gradient.dtype == np.float32
    assert relative_error(gradient, np.cos(x)) > 1e-3
    x = x.astype(float)
    assert relative_error(numerical_gradient(lambda x: np.sin(x).sum(), x), np.cos(x)) < 1e-9


def test_relative_error():
    assert relative_error(1.0, 1.1) == pytest.approx(0.1 / 1.1)
    assert relative_error([0, 0], [0, 0]) == 0
    assert relative_error([1, 100], [2, 100]) == pytest.approx(0.01)
    assert relative_error(1, -1) == 2
    with pytest.raises(ValueError, match=r"one shape; they have \(2,\) and \(3,\)"):
        relative_error([1, 2], [1, 2, 3])


@pytest.mark.parametrize("wrong", [lambda x: x, lambda x: 2 * x + 1e-3, lambda x: -2 * x])
def test_a_wrong_gradient_is_found(wrong, rng):
    x = rng.normal(size=5)
    assert check_gradients(lambda x: float(x @ x), x, lambda x: 2 * x).ok
    check = check_gradients(lambda x: float(x @ x), x, wrong)
    assert not check.ok
    assert "x: relative error" in str(check)
    assert "WRONG" in str(check)


@pytest.mark.parametrize("offset", [0, 1e-6, 2e-6, 3.33e-6, 5e-6, 9e-6, -4e-6])
def test_a_kink_within_the_step_is_named(offset):
    x = np.array([1.0, offset, -2.0])
    check = check_gradients(lambda x: float(np.abs(x).sum()), x, np.sign)
    assert check.ok
    assert len(check.kinks) == 1
    assert check.kinks[0].startswith("x[1]: kink crossed")


@pytest.mark.parametrize("offset", [2e-5, 0.1])
def test_a_kink_outside_the_step_is_no_matter(offset):
    check = check_gradients(lambda x: float(np.abs(x).sum()), np.array([offset]), np.sign)
    assert check.ok
    assert check.kinks == []


@pytest.mark.parametrize("x", [0.0, 1e-6, 0.3, 2.0])
def test_a_smooth_bend_is_no_kink(x):
    for f, gradient in [
        (lambda x: float((x**2).sum()), lambda x: 2 * x),
        (lambda x: float(np.exp(5 * x).sum()), lambda x: 5 * np.exp(5 * x)),
        (lambda x: float(np.cos(x).sum()), lambda x: -np.sin(x)),
    ]:
        assert check_gradients(f, np.array([1.0, x]), gradient).kinks == []


def test_a_wrong_shape_is_explained():
    with pytest.raises(ValueError, match=r"the shape of x, \(3,\); it has shape \(2,\)"):
        check_gradients(lambda x: 0.0, np.zeros(3), np.zeros(2))


def test_a_network_is_checked_parameter_by_parameter(rng):
    model = LinearClassifier(4, 3, seed=1, dtype=np.float64)
    X, y = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    check = check_gradients(model, X, y)
    assert check.errors.keys() == {"W", "b"}
    assert check.ok
    assert len(check_gradients(model, X, y, sample=2).errors) == 2
    right = model.backward

    def forgets_the_bias():
        right()
        model.db[...] = 0

    model.backward = forgets_the_bias
    check = check_gradients(model, X, y)
    assert not check.ok
    assert check.errors["W"] <= 1e-7 < check.errors["b"]


def test_the_kink_of_a_hinge_is_named_with_its_place():
    model = LinearClassifier(2, 2, loss="hinge", dtype=np.float64)
    model.W, model.b = [[1, 0], [0, 0]], 0
    X, y = np.array([[3.0, 1.0], [1.0, 1.0]]), np.array([0, 0])  # the second: margin just met
    check = check_gradients(model, X, y)
    assert check.ok
    assert "W[0, 0]: kink crossed, the hinge's margin of example 1, unit 1" in str(check)

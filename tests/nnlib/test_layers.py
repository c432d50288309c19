"""Layers: the formulas forward, differences backward, dropout's law, and no side effects."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlib import functional, reference
from nnlib.gradcheck import numerical_gradient, relative_error
from nnlib.layers import LARGE, Dropout, LeakyReLU, Linear, ReLU, Sigmoid, Tanh

numbers = st.floats(-20, 20)
matrices = hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=numbers)
ACTIVATIONS = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "leaky_relu": LeakyReLU}


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=matrices)
def test_activations_and_their_slopes_equal_the_loops(name, z):
    for function in (name, name + "_grad"):
        fast, plain = getattr(functional, function), getattr(reference, function)
        np.testing.assert_allclose(fast(z), plain(z), rtol=1e-12, atol=1e-12)
    layer = ACTIVATIONS[name]()
    np.testing.assert_allclose(layer.forward(z), getattr(functional, name)(z), atol=1e-15)
    error = np.linspace(-1, 2, z.size).reshape(z.shape)
    expected = error * getattr(functional, name + "_grad")(z)
    np.testing.assert_allclose(layer.backward(error), expected, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_agree_with_differences(name, rng):
    z = rng.normal(0, 2, (4, 6))
    numerical = numerical_gradient(lambda z: getattr(functional, name)(z).sum(), z)
    assert relative_error(getattr(functional, name + "_grad")(z), numerical) <= 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_are_finite_at_huge_scores(dtype):
    z = np.array([[-1e4, -100, 0, 100, 1e4]], dtype)
    for name, layer in ACTIVATIONS.items():
        for a in (getattr(functional, name)(z), layer().forward(z)):
            assert np.isfinite(a).all()
            assert a.dtype == dtype
    np.testing.assert_allclose(functional.sigmoid(z), [[0, 0, 0.5, 1, 1]], atol=1e-40)
    np.testing.assert_allclose(functional.sigmoid(np.float64(-700)), np.exp(-700.0))


def test_relu_is_flat_at_its_kink():
    z = np.array([[0.0, -0.0, 1e-300]])
    layer = ReLU()
    layer.forward(z)
    np.testing.assert_array_equal(layer.backward(np.ones((1, 3))), [[0, 0, 1]])
    np.testing.assert_array_equal(functional.relu_grad(z), [[0, 0, 1]])


@pytest.mark.parametrize("shape", [(3, 4), (LARGE // 64, 64)])
def test_linear_equals_the_formulas_however_it_is_stored(shape, rng):
    k, d = shape
    layer = Linear(d, k, np.float64)
    layer.W[...], layer.b[...] = rng.normal(size=(k, d)), rng.normal(size=k)
    X, dz = rng.normal(size=(5, d)), rng.normal(size=(5, k))
    np.testing.assert_allclose(layer.forward(X), functional.scores(X, layer.W, layer.b))
    dX = layer.backward(dz)
    dW, db = functional.scores_grad(dz, X)
    np.testing.assert_allclose(layer.dW, dW)
    np.testing.assert_allclose(layer.db, db, atol=1e-12)
    np.testing.assert_allclose(dX, dz @ layer.W)
    assert layer.W.shape == layer.dW.shape == (k, d)


def test_a_first_layer_has_no_gradient_for_the_data():
    layer = Linear(4, 3, input_gradient=False)
    layer.forward(np.ones((2, 4), np.float32))
    assert layer.backward(np.ones((2, 3), np.float32)) is None
    assert layer.dX is None


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ReLU(), LeakyReLU(), Dropout(0.5)])
def test_layers_leave_their_arguments_alone(layer, rng):
    z, error = rng.normal(size=(2, 3, 4))
    z_before, error_before = z.copy(), error.copy()
    layer.forward(z)
    layer.backward(error)
    np.testing.assert_array_equal(z, z_before)
    np.testing.assert_array_equal(error, error_before)


@pytest.mark.parametrize("make", [lambda: Linear(4, 3, np.float64), Sigmoid, lambda: Dropout(0.2)])
def test_layers_take_batches_of_any_size(make, rng):
    layer = make()
    for n in (5, 1, 5, 9):
        out = layer.forward(rng.normal(size=(n, 4)))
        assert len(out) == n
        assert layer.backward(np.ones_like(out)).shape == (n, 4)


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 0.99), st.integers(0, 2**32), st.integers(1, 40))
def test_dropout_drops_or_enlarges(p_drop, seed, n):
    layer = Dropout(p_drop, seed)
    a = np.random.default_rng(seed).normal(size=(n, 7))
    out = layer.forward(a)
    assert abs(layer.p_drop - p_drop) <= 1 / 512
    kept = layer.mask != 0
    np.testing.assert_allclose(layer.mask[kept], 1 / (1 - layer.p_drop))
    np.testing.assert_allclose(out, reference.dropout(a, kept, layer.p_drop))
    np.testing.assert_allclose(layer.backward(a), out)  # the same mask on the way back


@pytest.mark.parametrize("p_drop", [0.1, 0.2, 0.5, 0.9])
def test_dropout_drops_the_share_it_should_and_keeps_the_mean(p_drop):
    layer = Dropout(p_drop, seed=4)
    out = layer.forward(np.ones((1000, 1000), np.float32))
    assert (out == 0).mean() == pytest.approx(layer.p_drop, abs=0.002)
    assert out.mean() == pytest.approx(1, abs=0.01)
    assert out.dtype == np.float32


def test_dropout_masks_are_new_each_time_unless_frozen():
    layer = Dropout(0.5, seed=1)
    a = np.ones((8, 8))
    first = layer.forward(a).copy()
    assert not np.array_equal(layer.forward(a), first)
    layer.frozen = True
    second = layer.forward(a).copy()
    np.testing.assert_array_equal(layer.forward(a), second)
    np.testing.assert_array_equal(Dropout(0.5, seed=1).forward(a), first)


def test_wrong_options_are_explained():
    for p_drop in (1, -0.1):
        with pytest.raises(ValueError, match=rf"p_drop.*must lie in \[0, 1\); it is {p_drop}"):
            Dropout(p_drop)
    with pytest.raises(ValueError, match=r"slope must lie in \[0, 1\]; it is 2"):
        LeakyReLU(2)


def test_layers_say_what_they_are():
    named = [Linear(4, 3), ReLU(), LeakyReLU(), Dropout(0.25)]
    assert [repr(layer) for layer in named] == [
        "Linear(4, 3)",
        "ReLU()",
        "LeakyReLU(slope=0.3)",
        "Dropout(p_drop=0.25)",
    ]

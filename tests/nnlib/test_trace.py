"""The trace: every number of a pass under the slides' name."""

import itertools

import numpy as np
import pytest

from nnlib import MLP, LinearClassifier, functional


@pytest.fixture
def net(rng):
    """The slides' network: four inputs, two hidden neurons, one score."""
    net = MLP([4, 2, 1], "sigmoid", dtype=np.float64)
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    return net


def test_the_forward_pass_of_the_slides(net, rng):
    x = rng.normal(size=4)
    t = net.trace(x)
    assert t.n_layers == 3
    np.testing.assert_array_equal(t.z[1], x)
    np.testing.assert_array_equal(t.a[1], x)
    np.testing.assert_allclose(t.z[2], t.W[1] @ t.a[1] + t.b[1])
    np.testing.assert_allclose(t.a[2], functional.sigmoid(t.z[2]))
    np.testing.assert_allclose(t.z[3], t.W[2] @ t.a[2] + t.b[2])
    np.testing.assert_array_equal(t.a[3], t.z[3])
    assert [t.z[k].shape for k in (1, 2, 3)] == [(4,), (2,), (1,)]
    assert (t.delta, t.dW, t.loss) == ({}, {}, None)
    np.testing.assert_allclose(t.slope[2], functional.sigmoid_grad(t.z[2]))
    np.testing.assert_array_equal(t.slope[3], [1.0])


def test_the_error_distribution_of_the_slides(net, rng):
    """∂s/∂W_{14}^{(1)} = W_1^{(2)} σ'(z_1^{(2)}) a_4^{(1)}, in seven steps."""
    t = net.trace(rng.normal(size=4), dscores=1.0)
    assert t.delta[3] == [1.0]
    expected = t.W[2][0] * functional.sigmoid_grad(t.z[2])
    np.testing.assert_allclose(t.delta[2], expected)
    assert t.dW[1][0, 3] == pytest.approx(t.delta[2][0] * t.a[1][3])
    np.testing.assert_allclose(t.db[1], t.delta[2])
    backwards = net.trace(rng.normal(size=4), dscores=-1.0)
    assert backwards.delta[3] == [-1.0]


def test_the_gradient_is_the_sum_over_all_paths(rng):
    """Slide equation (17), in a network with two hidden layers."""
    net = MLP([2, 3, 2, 2], "tanh", dtype=np.float64)
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    t = net.trace(rng.normal(size=2), y=1)
    slope = {k: functional.tanh_grad(t.z[k]) for k in (2, 3)}
    j, k = 1, 0  # the weight from input k to hidden neuron j
    total = 0.0
    for q, m in itertools.product(range(2), range(2)):
        rate = t.delta[4][m] * t.W[3][m, q] * slope[3][q] * t.W[2][q, j] * slope[2][j] * t.a[1][k]
        total += rate
    assert t.dW[1][j, k] == pytest.approx(total)


def test_the_recursion_for_a_batch(rng):
    net = MLP([5, 4, 3, 2], "tanh", l2=0.1, dtype=np.float64)
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    X, y = rng.normal(size=(6, 5)), rng.integers(0, 2, 6)
    t = net.trace(X, y)
    np.testing.assert_allclose(t.delta[4], functional.cross_entropy_grad(t.z[4], y))
    for k in (3, 2):
        expected = (t.delta[k + 1] @ t.W[k]) * functional.tanh_grad(t.z[k])
        np.testing.assert_allclose(t.delta[k], expected)
    for k in (1, 2, 3):
        np.testing.assert_allclose(t.dW[k], t.delta[k + 1].T @ t.a[k] + 0.2 * t.W[k])
    assert t.loss == net.loss(X, y)


def test_what_was_traced_does_not_change(net, rng):
    t = net.trace(rng.normal(size=4), dscores=1.0)
    before = {
        name: {k: v.copy() for k, v in getattr(t, name).items()}
        for name in vars(t)
        if name != "loss"
    }
    net.parameters += 1
    net.trace(rng.normal(size=4), dscores=2.0)
    for name, arrays in before.items():
        for k, array in arrays.items():
            np.testing.assert_array_equal(getattr(t, name)[k], array)


def test_dropout_is_traced_when_asked_for(rng):
    net = MLP([4, 50, 3], dropout=0.5, dtype=np.float64)
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    x = rng.normal(size=4)
    assert net.trace(x, 1).mask == {}
    t = net.trace(x, 1, dropout=True)
    np.testing.assert_allclose(t.a[2], t.mask[2] * functional.relu(t.z[2]))
    np.testing.assert_array_equal(t.slope[2], t.mask[2] * functional.relu_grad(t.z[2]))
    expected = t.slope[2] * (t.W[2].T @ t.delta[3])
    np.testing.assert_allclose(t.delta[2], expected)


def test_the_pairs_of_the_max_margin_objective(rng):
    net = MLP([4, 2, 1], "sigmoid", "max_margin", delta=100.0, dtype=np.float64)
    t = net.trace(rng.normal(size=4), rng.normal(size=4))
    np.testing.assert_array_equal(t.delta[3], [[-1], [1]])  # ∂J/∂s = -1, as on the slide
    assert t.loss == pytest.approx(100 + t.z[3][1, 0] - t.z[3][0, 0])


def test_a_linear_classifier_has_two_layers(rng):
    model = LinearClassifier(3, 2, dtype=np.float64)
    t = model.trace(rng.normal(size=(5, 3)), [0, 1, 1, 0, 1])
    assert t.n_layers == 2
    np.testing.assert_array_equal(t.dW[1], model.dW)


def test_a_trace_leaves_nothing_stale_behind(net, rng):
    X = rng.normal(size=(3, 4))
    net.trace(X)
    with pytest.raises(RuntimeError, match="call loss"):
        net.backward()


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "linear"])
def test_the_local_gradients_are_the_slopes_of_the_activation(activation, rng):
    net = MLP([3, 4, 4, 2], activation, dtype=np.float64)
    t = net.trace(rng.normal(size=3))
    grad = getattr(functional, f"{activation}_grad", np.ones_like)
    for k in (2, 3):
        np.testing.assert_allclose(t.slope[k], grad(t.z[k]))

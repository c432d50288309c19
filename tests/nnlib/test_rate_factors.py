"""Rate factors, paths and shares: each equal to backpropagation and to numerical gradients."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import MLP, gradcheck, paths

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "linear")


@st.composite
def passes(draw):
    """A random network with random inputs and a label, and one of its weights."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    net = MLP(sizes, draw(st.sampled_from(ACTIVATIONS)), dtype=np.float64)
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    k = draw(st.integers(1, len(sizes) - 1))
    i, j = draw(st.integers(0, sizes[k] - 1)), draw(st.integers(0, sizes[k - 1] - 1))
    return net, rng.normal(size=sizes[0]), int(rng.integers(sizes[-1])), (k, i, j)


@given(passes())
@settings(deadline=None, max_examples=50)
def test_the_paths_add_up_to_the_gradient(case):
    """Slide equation (17), against backpropagation and against differences."""
    net, x, y, (k, i, j) = case
    trace = net.trace(x, y)
    listed = paths.paths(trace, k, i, j)
    total = math.fsum(path.product for path in listed)
    assert total == pytest.approx(trace.dW[k][i, j], rel=1e-9, abs=1e-12)

    def cost(w):
        net.linear[k - 1].W[i, j] = w[0]
        return net.loss(x[None], [y])

    check = gradcheck.check_gradients(cost, trace.W[k][i, j : j + 1], np.array([total]))
    assert check.kinks or check.ok or abs(total) < 1e-6


@given(passes())
@settings(deadline=None, max_examples=30)
def test_there_is_one_path_for_each_choice_of_neurons(case):
    net, x, y, (k, i, j) = case
    listed = paths.paths(net.trace(x, y), k, i, j)
    assert len(listed) == math.prod(net.sizes[k + 1 :])
    assert len({path.neurons for path in listed}) == len(listed)
    for path in listed:
        assert path.neurons[0] == i
        assert len(path.neurons) == len(net.sizes) - k
        assert len(path.rates) == len(path.neurons) + 1
        assert all(n in range(net.sizes[k + place]) for place, n in enumerate(path.neurons))


@given(passes())
@settings(deadline=None, max_examples=30)
def test_a_rate_factor_is_the_derivative_of_one_activation_by_the_other(case):
    net, x, y, (k, i, j) = case
    trace = net.trace(x, y)
    layer, rates = net.linear[k - 1], paths.edge_rates(trace, k)

    def next_activation(a):
        one = MLP([len(a), layer.n_outputs, 1], net.activation, dtype=np.float64)
        one.linear[0].W[...], one.linear[0].b[...] = layer.W, layer.b
        return one.trace(a)

    for q in range(len(rates)):
        own = next_activation(trace.a[k])
        if k == trace.n_layers - 1:
            expected = trace.W[k][q]  # the last layer has no activation
        else:
            expected = gradcheck.numerical_gradient(
                lambda a, q=q: next_activation(a).a[2][q], trace.a[k], h=1e-6
            )
        if np.abs(own.z[2]).min() > 1e-4:
            np.testing.assert_allclose(rates[q], expected, atol=1e-6)
    step = 1e-7
    moved = paths.nudge(net, x, y, k, i, j, step)
    if np.abs(trace.z[k + 1]).min() > 1e-4:
        expected = moved.da[k + 1][i] / step
        assert paths.weight_rate(trace, k, i, j) == pytest.approx(expected, abs=1e-5)


def test_the_cost_rates_are_the_last_error_signal():
    net = MLP([2, 3, 2], "tanh", dtype=np.float64)
    trace = net.trace([1.0, -1.0], 0)
    np.testing.assert_array_equal(paths.cost_rates(trace), trace.delta[3])


@given(passes(), st.sampled_from([1e-3, -1e-3]))
@settings(deadline=None, max_examples=30)
def test_a_nudge_measures_two_passes_and_predicts_with_rates(case, step):
    net, x, y, (k, i, j) = case
    before = net.parameters.copy()
    moved = paths.nudge(net, x, y, k, i, j, step)
    np.testing.assert_array_equal(net.parameters, before)
    assert moved.predicted_dC == pytest.approx(moved.before.dW[k][i, j] * step, abs=1e-15)
    assert moved.dC == pytest.approx(moved.after.loss - moved.before.loss)
    for layer in moved.before.z:
        np.testing.assert_allclose(
            moved.predicted_da[layer], moved.before.slope.get(layer, 1) * moved.predicted_dz[layer]
        )
        if layer <= k:
            assert not moved.da[layer].any()
            assert not moved.predicted_da[layer].any()
    assert moved.dz[k + 1][i] == pytest.approx(moved.predicted_dz[k + 1][i], abs=1e-12)


@pytest.mark.parametrize("weight", [(1, 0, 1), (2, 1, 2), (3, 0, 0)])
def test_the_prediction_gets_better_as_the_nudge_shrinks(weight, rng):
    """Ten times smaller a nudge: a hundred times smaller a gap."""
    net = MLP([2, 3, 2, 2], "sigmoid", dtype=np.float64)
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    x = rng.normal(size=2)
    gaps = []
    for step in (0.1, 0.01, 0.001):
        moved = paths.nudge(net, x, 0, *weight, step)
        gaps.append(abs(moved.dC - moved.predicted_dC))
    assert gaps[0] / gaps[1] == pytest.approx(100, rel=0.2)
    assert gaps[1] / gaps[2] == pytest.approx(100, rel=0.2)


@given(passes())
@settings(deadline=None, max_examples=30)
def test_the_error_walks_back_as_backpropagation_computes_it(case):
    net, x, y, (k, i, j) = case
    trace = net.trace(x, y)
    for layer in range(2, trace.n_layers):
        received = paths.error_received(trace, layer)
        np.testing.assert_allclose(trace.slope[layer] * received, trace.delta[layer], atol=1e-12)
        parts = paths.error_parts(trace, layer)
        assert parts.shape == trace.W[layer].shape
        np.testing.assert_allclose(parts.sum(axis=0), received)
    share = paths.fair_share(trace, k, i, j)
    assert share == pytest.approx(trace.dW[k][i, j], abs=1e-12)


def test_what_reaches_an_input_is_the_gradient_by_that_input(rng):
    net = MLP([4, 2, 1], "sigmoid", dtype=np.float64)
    net.parameters[...] = rng.normal(size=net.parameters.shape)
    x = rng.normal(size=4)
    trace = net.trace(x, dscores=1.0)
    expected = gradcheck.numerical_gradient(lambda x: net.scores(x[None])[0, 0], x)
    np.testing.assert_allclose(paths.error_received(trace, 1), expected, rtol=1e-7)


def test_a_pair_has_a_share_for_each_input(rng):
    net = MLP([4, 2, 1], "tanh", "max_margin", delta=100.0, dtype=np.float64)
    both = net.trace(rng.normal(size=4), rng.normal(size=4))
    shares = [paths.fair_share(both.example(n), 1, 0, 3) for n in (0, 1)]
    assert sum(shares) == pytest.approx(both.dW[1][0, 3])
    assert both.example(1).z[1].shape == (4,)
    np.testing.assert_array_equal(both.example(1).slope[2], both.slope[2][1])


def test_misuse_is_named(rng):
    net = MLP([2, 3, 2], dtype=np.float64)
    X = rng.normal(size=(4, 2))
    with pytest.raises(ValueError, match=r"batch of 4. Use trace.example\(n\)"):
        paths.paths(net.trace(X, [0, 1, 0, 1]), 1, 0, 0)
    with pytest.raises(ValueError, match=r"no error signal: make it with a label"):
        paths.paths(net.trace(X[0]), 1, 0, 0)
    with pytest.raises(ValueError, match=r"no error signal"):
        paths.error_received(net.trace(X[0]), 2)
    trace = net.trace(X[0], 1)
    with pytest.raises(ValueError, match=r"k must be a step 1..2; it is 3"):
        paths.edge_rates(trace, 3)
    with pytest.raises(ValueError, match=r"0..2 and 0..1, counted from 0 .* they are 3 and 0"):
        paths.fair_share(trace, 1, 3, 0)
    with pytest.raises(ValueError, match="they are 0 and -1"):
        paths.weight_rate(trace, 1, 0, -1)
    with pytest.raises(ValueError, match=r"its l2 is 0\.1"):
        paths.nudge(MLP([2, 2], l2=0.1), X[0], 0, 1, 0, 0, 0.1)

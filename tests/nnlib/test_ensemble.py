"""Sub-networks: those that training samples, and the mean over all of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlib import MLP, ensemble

X = np.array([1.0, -0.5, 0.8])


def network(sizes=(3, 4, 1), activation="relu", p=0.5, seed=0):
    net = MLP(sizes, activation=activation, dropout=p, seed=seed, dtype=np.float64)
    net.parameters[:] = np.random.default_rng(seed).normal(size=net.parameters.size)
    return net


def by_hand(net, x, kept):
    """The score of one sub-network, one product after the other."""
    steps = len(net.linear)
    for k, layer in enumerate(net.linear):
        x = layer.W @ x + layer.b
        if k < steps - 1:
            x = np.maximum(x, 0) * kept[k] / (1 - net.layers[2].p_drop)
    return x.item()


def test_every_mask_is_there_once_with_its_probability():
    masks, probabilities = ensemble.every_mask(network((3, 2, 2, 1), p=0.25))
    kept = {tuple(row) for row in np.hstack([masks[2], masks[3]]) > 0}
    assert kept == set(itertools.product((True, False), repeat=4))
    assert probabilities.sum() == pytest.approx(1)
    n_kept = (np.hstack([masks[2], masks[3]]) > 0).sum(axis=1)
    np.testing.assert_allclose(probabilities, 0.75**n_kept * 0.25 ** (4 - n_kept))
    assert masks[2].max() == pytest.approx(1 / 0.75)


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=20)
def test_each_sub_network_answers_as_by_hand_and_the_mean_is_weighted(seed):
    net = network((3, 2, 3, 1), p=0.25, seed=seed)
    masks, probabilities = ensemble.every_mask(net)
    passes = ensemble.trace(net, X, masks)
    expected = [
        by_hand(net, X, (one > 0, two > 0)) for one, two in zip(masks[2], masks[3], strict=True)
    ]
    np.testing.assert_allclose(passes.a[4][:, 0], expected)
    mean = sum(p * score for p, score in zip(probabilities, expected, strict=True))
    assert ensemble.mean_scores(net, X).item() == pytest.approx(mean)


@pytest.mark.parametrize(
    ("sizes", "activation"),
    [((3, 6, 2), "relu"), ((3, 6, 1), "sigmoid"), ((3, 4, 4, 1), "linear")],
)
@given(st.integers(0, 10**6), st.sampled_from([0.1, 0.5, 0.9]))
@settings(deadline=None, max_examples=20)
def test_the_full_network_is_the_mean_where_only_linear_steps_follow(sizes, activation, seed, p):
    net = network(sizes, activation, p, seed)
    np.testing.assert_allclose(ensemble.mean_scores(net, X), net.scores(X[None])[0], atol=1e-9)


def test_it_is_not_quite_the_mean_where_a_nonlinearity_follows():
    net = network((3, 5, 5, 1), "relu", seed=1)
    assert abs(ensemble.mean_scores(net, X) - net.scores(X[None])[0]).item() > 1e-3


def test_sampled_sub_networks_are_drawn_as_in_training_and_their_mean_approaches_the_full_one():
    net = network((3, 6, 1), p=0.25)
    passes = ensemble.sample(net, X, 20_000)
    assert (passes.mask[2] == 0).mean() == pytest.approx(0.25, abs=0.01)
    means, errors = ensemble.running_mean(passes.a[3][:, 0])
    assert abs(means[-1] - net.scores(X[None]).item()) < 4 * errors[-1]
    assert errors[-1] < 0.1 * errors[100]


def test_given_masks_are_used_once_and_new_ones_are_drawn_afterwards():
    net = network()
    passes = ensemble.sample(net, X, 50)
    again = ensemble.trace(net, X, passes.mask)
    np.testing.assert_array_equal(again.a[3], passes.a[3])
    assert (ensemble.sample(net, X, 50).mask[2] != passes.mask[2]).any()


def test_kept_neurons_stay_as_they_are_without_the_factor():
    net = network()
    masks = {2: np.ones((1, 4))}
    assert ensemble.trace(net, X, masks).a[3].item() == pytest.approx(net.scores(X[None]).item())


@given(hnp.arrays(float, st.integers(2, 40), elements=st.floats(-100, 100)))
def test_running_mean_and_its_standard_error(values):
    means, errors = ensemble.running_mean(values)
    for n in range(1, len(values) + 1):
        assert means[n - 1] == pytest.approx(values[:n].mean(), abs=1e-9)
        if n > 1:
            expected = values[:n].std(ddof=1) / np.sqrt(n)
            assert errors[n - 1] == pytest.approx(expected, abs=1e-4)
    assert np.isnan(errors[0])


def test_wrong_use_is_explained():
    with pytest.raises(ValueError, match="network has no dropout: make it with MLP"):
        ensemble.every_mask(MLP([3, 4, 1]))
    with pytest.raises(ValueError, match=r"at most 16 hidden neurons.*it has 17\. Use ensemble"):
        ensemble.every_mask(MLP([3, 17, 1], dropout=0.5))
    with pytest.raises(ValueError, match=r"masks must have the layers \[2\]; it has \[1\]"):
        ensemble.trace(network(), X, {1: np.ones((1, 4))})

"""Mistakes that were made in other small libraries, each made impossible here."""

import numpy as np
import pytest

from nnlib import MLP, SGD, Adam, LinearClassifier, data, functional, losses, train


class One:
    """A stand-in for a network with a few parameters."""

    def __init__(self, n=1, dtype=np.float64):
        self.parameters, self.gradients = np.zeros((2, n), dtype)


def test_adam_divides_by_its_bias_correction():
    """ConvNetJS multiplied. The first step has length lr, whatever the gradient's size."""
    for gradient in (1e-3, 1.0, 1e3):
        model = One()
        optimizer = Adam(lr=0.1).bind(model)
        model.gradients[...] = gradient
        optimizer.step()
        assert model.parameters[0] == pytest.approx(-0.1, rel=1e-4)


def test_time_advances_once_a_step_not_once_a_parameter(rng):
    """In tinygrad it once ran faster with more parameters: the second step would differ."""
    few, many = One(1), MLP([30, 20, 20, 3], dtype=np.float64)
    steps = []
    for model in (few, many):
        optimizer = Adam(lr=0.1).bind(model)
        start = model.parameters[0].copy()
        for gradient in (1.0, -2.0, 0.5):
            model.gradients[...] = gradient
            optimizer.step()
        steps.append(model.parameters[0] - start)
    assert steps[0] == pytest.approx(steps[1])


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_no_float64_strays_into_a_float32_network(activation, loss, rng):
    """It happened in tinygrad; it doubles the time and the memory without a word."""
    net = MLP([6, 5, 4, 3], activation, loss, dropout=0.2, l2=0.1)
    X, y = rng.normal(size=(10, 6)), rng.integers(0, 3, 10)
    net.fit(X, y, epochs=2, batch_size=4, optimizer=SGD(0.1, momentum=0.9, nesterov=True))
    found = {}
    for owner in (net, net.objective, *net.layers):
        for name, value in vars(owner).items():
            if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating):
                found[f"{type(owner).__name__}.{name}"] = value.dtype
    assert len(found) > 15
    assert {name for name, dtype in found.items() if dtype != np.float32} == set()
    assert net.scores(X).dtype == net.predict_proba(X).dtype == np.float32


class Seen:
    """Stands in for a network's loss and writes down which examples came."""

    def __init__(self, monkeypatch, network):
        self.batches = []
        original = network._loss
        monkeypatch.setattr(
            network, "_loss", lambda X, y: (self.batches.append(X[:, 0].copy()), original(X, y))[1]
        )


def test_fit_shuffles_examples_and_uses_each_once_an_epoch(monkeypatch):
    """joelnet shuffled the starts of batches; others draw with replacement."""
    X = np.arange(1000, dtype=np.float32)[:, None] * [1, 0]
    y = np.zeros(1000, int)
    network = LinearClassifier(2, 2)
    seen = Seen(monkeypatch, network)
    network.fit(X, y, epochs=2, batch_size=64, optimizer=SGD(lr=1e-9))
    first, second = np.split(np.concatenate(seen.batches), 2)
    for epoch in (first, second):
        np.testing.assert_array_equal(np.sort(epoch), np.arange(1000))
    assert not np.array_equal(first, second)
    neighbours = np.abs(np.diff(first[:64])) == 1
    assert neighbours.sum() < 10
    assert [len(batch) for batch in seen.batches[:16]] == [64] * 15 + [40]


def test_the_penalty_does_not_depend_on_the_batch_size(rng):
    """scikit-learn's MLP divides it by the batch size."""
    with_penalty, without = (LinearClassifier(4, 3, l2=l2, dtype=np.float64) for l2 in (0.1, 0))
    with_penalty.W = without.W = rng.normal(size=(3, 4))
    for n in (1, 10, 100):
        X, y = rng.normal(size=(n, 4)), rng.integers(0, 3, n)
        difference = with_penalty.loss(X, y) - without.loss(X, y)
        assert difference == pytest.approx(0.1 * functional.l2_penalty(without.W))
        with_penalty.backward()
        without.backward()
        np.testing.assert_allclose(with_penalty.dW - without.dW, 0.2 * without.W)
        np.testing.assert_allclose(with_penalty.db, without.db)


def test_lambda_is_not_halved(rng):
    """CS231n writes λΣW² in one note and ½λΣW² in others; here it is λΣW² everywhere."""
    net = MLP([3, 2], l2=0.25, dtype=np.float64)
    net.linear[0].W[...] = [[1, 2, 0], [0, 0, 3]]
    net.loss(rng.normal(size=(4, 3)), [0, 1, 0, 1])
    assert net.penalty == 0.25 * 14


def test_gradients_do_not_destroy_what_they_are_made_from(rng):
    """In CS231n `dscores = probs` is changed in place, and probs with it."""
    net = MLP([5, 4, 3], dtype=np.float64)
    X, y = rng.normal(size=(6, 5)), rng.integers(0, 3, 6)
    net.loss(X, y)
    net.backward()
    first = net.gradients.copy()
    net.backward()
    np.testing.assert_array_equal(net.gradients, first)


def test_one_orientation_everywhere(rng):
    """CS231n switches between W·x and X·W; here W is (K, D) in every function and layer."""
    X, y = rng.normal(size=(6, 5)), rng.integers(0, 3, 6)
    net, model = MLP([5, 4, 3]), LinearClassifier(5, 3)
    assert [layer.W.shape for layer in net.linear] == [(4, 5), (3, 4)]
    assert model.W.shape == model.dW.shape == (3, 5)
    assert functional.scores(X, model.W, model.b).shape == (6, 3)
    assert functional.scores_grad(functional.cross_entropy_grad(model.scores(X), y), X)[
        0
    ].shape == (3, 5)
    trace = net.trace(X, y)
    assert trace.W[1].shape == trace.dW[1].shape == (4, 5)


def test_nan_is_an_error_with_a_cure_not_a_value():
    """TensorFlow Playground shows NaN."""
    X, y = data.spiral()
    net = MLP([2, 50, 50, 3], "relu", l2=0.5)
    with pytest.raises(train.DivergedError, match="Lower the learning rate"):
        net.fit(X, y, epochs=500, optimizer=SGD(lr=50.0))


def test_predictions_use_no_training_state(rng):
    """Running sums of one batch must not leak into the next, nor training into prediction."""
    net = MLP([5, 4, 3], dropout=0.5)
    X, y = rng.normal(size=(6, 5)), rng.integers(0, 3, 6)
    before = net.predict_proba(X)
    net.loss(X, y)
    np.testing.assert_array_equal(net.predict_proba(X), before)
    net.loss(X[:2], y[:2])
    np.testing.assert_array_equal(net.predict_proba(X), before)


def test_sure_predictions_make_no_denormal_numbers(rng):
    """e^{-90} is one in float32, and a matrix product with many of them is 100 times slower."""
    objective = losses.CrossEntropy()
    scores = rng.uniform(-110, 0, (200, 10)).astype(np.float32)
    scores[:, 0] = 0
    y = np.zeros(200, np.intp)
    loss = objective.forward(scores, y)
    gradient = objective.backward()
    assert np.abs(gradient[gradient != 0]).min() > 1e-17
    exact = functional.cross_entropy_grad(scores.astype(float), y)
    np.testing.assert_allclose(gradient, exact, rtol=1e-5, atol=1e-9)
    assert loss == pytest.approx(functional.cross_entropy(scores.astype(float), y), abs=1e-7)

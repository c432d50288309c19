"""The multi-layer perceptron: gradients, known results, errors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import MLP, SGD, Adam, LinearClassifier, data, functional, reference
from nnlib.gradcheck import check_gradients

ACTIVATIONS = ["relu", "leaky_relu", "sigmoid", "tanh", "linear"]


def randomise(net, rng):
    """Give every parameter a value that is not 0."""
    net.parameters[...] = rng.normal(0, 0.7, net.parameters.shape)
    return net


def problem(rng, n=7, d=5, k=4):
    return rng.normal(size=(n, d)), rng.integers(0, k, n)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
@pytest.mark.parametrize("options", [{}, {"l2": 0.1}, {"dropout": 0.4}], ids=str)
def test_gradients_agree_with_differences(activation, loss, options, rng):
    net = MLP([5, 6, 3, 4], activation, loss, dtype=np.float64, **options)
    check = check_gradients(randomise(net, rng), *problem(rng))
    assert check.max_error <= 1e-7, str(check)
    assert check.errors.keys() == {"W1", "b1", "W2", "b2", "W3", "b3"}
    assert len(check.kinks) <= 2


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_max_margin_gradients_agree_with_differences(activation, rng):
    net = MLP([5, 6, 1], activation, "max_margin", delta=2.0, dtype=np.float64)
    X, X_corrupted = rng.normal(size=(2, 7, 5))
    check = check_gradients(randomise(net, rng), X, X_corrupted)
    assert check.max_error <= 1e-7, str(check)


def test_large_layers_have_the_same_gradients(rng):
    """Large weights lie in memory column by column: another way through BLAS."""
    net = MLP([200, 170, 3], dtype=np.float64)
    assert net.linear[0].W.flags.f_contiguous
    check = check_gradients(randomise(net, rng), *problem(rng, d=200, k=3), sample=40)
    assert check.max_error <= 1e-7, str(check)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=4),
    st.sampled_from(["relu", "leaky_relu", "sigmoid", "tanh"]),
    st.integers(0, 10**6),
)
def test_backpropagation_equals_the_loops(sizes, activation, seed):
    rng = np.random.default_rng(seed)
    net = randomise(MLP(sizes, activation, dtype=np.float64), rng)
    X, y = problem(rng, n=3, d=sizes[0], k=sizes[-1])
    net.loss(X, y)
    net.backward()
    dW, db = reference.backpropagation(
        X.tolist(),
        y.tolist(),
        [layer.W for layer in net.linear],
        [layer.b for layer in net.linear],
        getattr(reference, activation),
        getattr(reference, activation + "_grad"),
    )
    for layer, dW_plain, db_plain in zip(net.linear, dW, db, strict=True):
        np.testing.assert_allclose(layer.dW, dW_plain, atol=1e-12)
        np.testing.assert_allclose(layer.db, db_plain, atol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_without_hidden_layers_it_is_the_linear_classifier(loss, rng):
    X, y = problem(rng)
    net = randomise(MLP([5, 4], loss=loss, l2=0.2, dtype=np.float64), rng)
    model = LinearClassifier(5, 4, loss=loss, l2=0.2, dtype=np.float64)
    model.parameters[...] = net.parameters
    assert net.loss(X, y) == model.loss(X, y)
    net.backward()
    model.backward()
    np.testing.assert_array_equal(net.gradients, model.gradients)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("k", [2, 10])
def test_loss_starts_near_log_k(activation, k, rng):
    X, y = problem(rng, n=500, d=50, k=k)
    for seed in range(3):
        net = MLP([50, 100, 100, k], activation, seed=seed)
        assert net.loss(X, y) == pytest.approx(math.log(k), abs=0.03)


def test_signals_keep_their_size_from_layer_to_layer(rng):
    X = rng.normal(size=(200, 100))
    for activation, size in [("relu", 1.0), ("leaky_relu", 1.0), ("linear", 1.0)]:
        trace = MLP([100, 400, 400, 400, 400, 10], activation).trace(X)
        for k in range(2, 6):
            assert np.sqrt((trace.a[k] ** 2).mean()) == pytest.approx(size, rel=0.2)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "tanh"])
def test_twenty_digits_are_learnt_by_heart(activation, digits):
    X, y = digits[0][0][:20], digits[0][1][:20]
    net = MLP([784, 50, 10], activation)
    history = net.fit(X, y, epochs=400, optimizer=Adam(lr=0.01))
    assert history["loss"][-1] < 2e-3
    assert net.score(X, y) == 1


@pytest.mark.parametrize("seed", range(3))
def test_one_hidden_layer_on_the_spiral(seed):
    """The course notes of CS231n: 98 %, 98.0 to 99.3 % over seeds (their ½λ is our λ)."""
    X, y = data.spiral(seed=seed)
    net = MLP([2, 100, 3], l2=0.5e-3, seed=seed)
    net.fit(X, y, epochs=5000, optimizer=SGD(lr=1.0))
    assert 0.98 <= net.score(X, y) <= 0.995


def test_he_initialisation_on_the_spiral():
    X, y = data.spiral()
    net = MLP([2, 100, 3], l2=0.5e-3)
    net.fit(X, y, epochs=300, optimizer=SGD(lr=1.0))
    assert net.score(X, y) >= 0.94


@pytest.mark.slow
def test_mnist_in_two_epochs(digits):
    (X, y), (X_test, y_test) = digits
    net = MLP([784, 256, 128, 10])
    history = net.fit(
        X, y, epochs=2, batch_size=128, optimizer=Adam(lr=1e-3), validation=(X_test, y_test)
    )
    assert history["val_accuracy"][-1] >= 0.968


def test_dropout_acts_in_training_alone(rng):
    X, y = problem(rng, n=50)
    net = randomise(MLP([5, 40, 4], dropout=0.5), rng)
    assert net.loss(X, y) != net.loss(X, y)
    assert net.evaluate(X, y) == net.evaluate(X, y)
    plain = MLP([5, 40, 4])
    plain.load_state_dict(net.state_dict())
    np.testing.assert_array_equal(net.scores(X), plain.scores(X))
    assert net.evaluate(X, y)[0] == pytest.approx(plain.loss(X, y))


def test_the_mean_over_masks_approaches_the_full_network(rng):
    X, _ = problem(rng, n=1)
    net = randomise(MLP([5, 200, 2], dropout=0.5, dtype=np.float64), rng)
    masked = [net.trace(X[0], dropout=True).z[3] for _ in range(2000)]
    error = np.std(masked, axis=0) / math.sqrt(len(masked))
    assert (np.abs(np.mean(masked, axis=0) - net.scores(X)[0]) < 4 * error).all()


def test_same_seed_same_result():
    X, y = data.blobs()

    def run(seed):
        net = MLP([2, 20, 3], dropout=0.2, seed=seed)
        net.fit(X, y, epochs=3, batch_size=32, optimizer=Adam(), seed=seed)
        return net.parameters

    np.testing.assert_array_equal(run(3), run(3))
    assert not np.array_equal(run(3), run(4))


def test_dropout_does_not_change_the_initial_weights():
    a, b = MLP([5, 4, 3], dropout=0.5), MLP([5, 4, 3])
    np.testing.assert_array_equal(a.parameters, b.parameters)


def test_changing_the_penalty_keeps_the_network(rng):
    X, y = problem(rng)
    net = randomise(MLP([5, 6, 4], dtype=np.float64), rng)
    before = net.parameters.copy()
    data_loss = net.loss(X, y)
    net.l2 = 0.5
    squares = sum(functional.l2_penalty(layer.W) for layer in net.linear)  # not the biases
    assert net.loss(X, y) == pytest.approx(data_loss + 0.5 * squares)
    np.testing.assert_array_equal(net.parameters, before)


def test_gradients_from_a_given_error(rng):
    """With ∂J/∂s = 1 for one score, the gradient is that score's own."""
    net = randomise(MLP([3, 4, 2], "tanh", l2=0.3, dtype=np.float64), rng)
    x = rng.normal(size=(1, 3))
    net.loss(x, [0])
    net.backward(np.array([[1.0, 0.0]]))
    gradient, h = net.gradients.copy(), 1e-6
    for i in range(len(net.parameters)):
        net.parameters[i] += h
        above = net.scores(x)[0, 0]
        net.parameters[i] -= 2 * h
        below = net.scores(x)[0, 0]
        net.parameters[i] += h
        assert gradient[i] == pytest.approx((above - below) / (2 * h), abs=1e-8)


class TestMaxMargin:
    """The slides' objective, equation (10)."""

    def test_it_is_the_formula(self, rng):
        net = randomise(MLP([4, 3, 1], "sigmoid", "max_margin", dtype=np.float64), rng)
        X, X_corrupted = rng.normal(size=(2, 9, 4))
        s, s_c = net.scores(X)[:, 0], net.scores(X_corrupted)[:, 0]
        assert net.loss(X, X_corrupted) == pytest.approx(functional.max_margin(s, s_c))
        loss, accuracy = net.evaluate(X, X_corrupted)
        assert loss == pytest.approx(functional.max_margin(s, s_c))
        assert accuracy == (s > s_c).mean()
        assert net.score(X, X) == 0  # an equal score is no higher one

    def test_the_delta_one_trick(self, rng):
        """Scaling U and Δ together scales J, and changes no decision (slide equation 10)."""
        one, ten = (
            MLP([4, 3, 1], "sigmoid", "max_margin", delta=delta, dtype=np.float64)
            for delta in (1.0, 10.0)
        )
        randomise(one, rng)
        ten.load_state_dict(one.state_dict() | {"W2": 10 * one.linear[1].W})
        ten.linear[1].b *= 10
        X, X_corrupted = rng.normal(size=(2, 9, 4))
        assert ten.loss(X, X_corrupted) == pytest.approx(10 * one.loss(X, X_corrupted))
        assert ten.score(X, X_corrupted) == one.score(X, X_corrupted)

    def test_it_learns_to_rank(self, rng):
        X = rng.normal(size=(100, 2)) + 1
        X_corrupted = rng.normal(size=(100, 2)) - 1
        net = MLP([2, 8, 1], "tanh", "max_margin")
        history = net.fit(
            X,
            X_corrupted,
            epochs=30,
            batch_size=10,
            optimizer=SGD(lr=0.1),
            validation=(X, X_corrupted),
        )
        assert history["loss"][-1] < 0.5 * history["loss"][0]
        assert history["val_accuracy"][-1] > 0.9

    def test_misuse_is_explained(self, rng):
        with pytest.raises(ValueError, match=r"needs one output.*it ends in 2"):
            MLP([4, 3, 2], loss="max_margin")
        net = MLP([4, 3, 1], loss="max_margin")
        X = rng.normal(size=(5, 4))
        with pytest.raises(ValueError, match=r"one corrupted input for each row.*shape \(3, 4\)"):
            net.loss(X, X[:3])
        with pytest.raises(ValueError, match="ranks inputs, it has no labels"):
            net.predict(X)


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(0, 10**6), st.floats(0, 5))
def test_max_margin_equals_the_loops(n, seed, delta):
    s, s_c = np.random.default_rng(seed).normal(0, 3, (2, n))
    for name in ("max_margin", "max_margin_grad"):
        fast, plain = getattr(functional, name), getattr(reference, name)
        np.testing.assert_allclose(fast(s, s_c, delta), plain(s, s_c, delta))
    each = functional.max_margin(s, s_c, delta, reduction="none")
    np.testing.assert_allclose(each, reference.max_margin(s, s_c, delta, reduction="none"))


def test_max_margin_needs_pairs():
    with pytest.raises(ValueError, match=r"must have one shape; they have the shapes"):
        functional.max_margin(np.zeros(3), np.zeros(2))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"sizes": [5]}, ValueError, r"at least the inputs and the scores; it is \[5\]"),
        ({"sizes": 5}, TypeError, r"sizes must be a list like \[784, 100, 10\]; it is 5"),
        ({"sizes": [5, 0, 2]}, ValueError, "a size must be a whole number of at least 1; it is 0"),
        ({"activation": "rleu"}, ValueError, "activation must be one of 'relu', .* it is 'rleu'"),
        ({"sizes": [5, 3], "activation": "rleu"}, ValueError, "activation must be one of"),
        ({"loss": "mse"}, ValueError, "loss must be one of .*'max_margin'; it is 'mse'"),
        ({"dropout": 1.0}, ValueError, r"p_drop.*must lie in \[0, 1\); it is 1"),
        ({"l2": -1}, ValueError, "l2 must be a number zero or more"),
    ],
)
def test_wrong_options_are_explained(options, error, words):
    with pytest.raises(error, match=words):
        MLP(**({"sizes": [5, 4, 3]} | options))


def test_it_says_what_it_is():
    assert repr(MLP([784, 100, 10])) == "MLP([784, 100, 10], activation='relu')"

"""Diagnosis: trainings made to have a fault are told by its name, and healthy ones are left alone.

The thresholds in nnlib/diagnosis.py come from runs like these, with more sizes and seeds.
"""

import math

import numpy as np
import pytest

from nnlib import MLP, SGD, Adam, LinearClassifier, data
from nnlib.diagnosis import NAMES, diagnose
from nnlib.train import DivergedError, History

SEEDS = range(3)


def some_digits(n, seed):
    """N digits to train on, and 1,000 others for validation."""
    (X, y), _ = data.mnist()
    order = np.random.default_rng(seed).permutation(len(X))
    train, validation = order[:n], order[n : n + 1000]
    return (X[train], y[train]), (X[validation], y[validation])


def digits(n):
    return lambda seed: some_digits(n, seed)


def toy(make, n=100, **options):
    def draw(seed):
        train = make(n_per_class=n, seed=seed, **options)
        return train, make(n_per_class=200, seed=seed + 1000, **options)

    return draw


def mlp(*sizes, **options):
    return lambda seed: MLP(sizes, seed=seed, **options)


def linear(n_features, n_classes, **options):
    return lambda seed: LinearClassifier(n_features, n_classes, seed=seed, **options)


def train(make, draw, optimizer, batch_size, epochs, seed=0, **options):
    """Train, and return the history, whatever comes of it."""
    (X, y), validation = draw(seed)
    options = {"validation": validation, "seed": seed} | options
    try:
        return make(seed).fit(X, y, epochs, batch_size, optimizer, **options)
    except DivergedError as error:
        return error.history


def cases(*rows):
    """Each row once for each seed; its id says what it is."""
    return pytest.mark.parametrize(
        ("make", "draw", "optimizer", "batch_size", "epochs", "seed"),
        [pytest.param(*row, seed, id=f"{name}-{seed}") for name, *row in rows for seed in SEEDS],
    )


@cases(
    ("digits, SGD 300", mlp(784, 32, 32, 10), digits(1000), SGD(300.0), 64, 5),
    ("digits, λ = 1", mlp(784, 32, 10, l2=1.0), digits(1000), SGD(3.0), 64, 5),
    ("spiral, SGD 50", mlp(2, 50, 3), toy(data.spiral), SGD(50.0), None, 100),
    ("digits, tanh, SGD 5", mlp(784, 32, 10, activation="tanh"), digits(3000), SGD(5.0), 64, 4),
)
def test_diverged(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "diverged"
    assert "lower" in found.advice


@cases(
    ("digits, SGD 3", mlp(784, 64, 10), digits(5000), SGD(3.0), 64, 4),
    ("digits, SGD 5", mlp(784, 64, 10), digits(5000), SGD(5.0), 64, 4),
    ("digits, momentum", mlp(784, 64, 10), digits(5000), SGD(1.0, momentum=0.9), 64, 4),
    ("digits, Adam 0.3", mlp(784, 64, 10), digits(5000), Adam(0.3), 64, 4),
    ("digits, linear", linear(784, 10), digits(5000), SGD(3.0), 64, 4),
    ("digits, full batch", mlp(784, 32, 10), digits(500), SGD(3.0), None, 60),
    ("spiral, Adam 1", mlp(2, 50, 3), toy(data.spiral), Adam(1.0), 32, 60),
    ("spiral, Adam 0.3", mlp(2, 50, 3), toy(data.spiral), Adam(0.3), 32, 60),
)
def test_learning_rate_too_high(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "learning rate too high"
    lr = optimizer.lr
    assert f"10 times lower, {lr / 10:.3g} in place of {lr:.3g}" in found.advice


@cases(
    ("digits, SGD 1e-9", mlp(784, 64, 10), digits(3000), SGD(1e-9), 64, 4),
    ("digits, SGD 1e-4", mlp(784, 64, 10), digits(5000), SGD(1e-4), 64, 5),
    ("digits, SGD 1e-3", mlp(784, 64, 10), digits(5000), SGD(1e-3), 64, 5),
    ("digits, Adam 1e-5", mlp(784, 64, 10), digits(5000), Adam(1e-5), 64, 5),
    ("digits, linear", linear(784, 10), digits(5000), SGD(1e-3), 64, 5),
    ("digits, dropout", mlp(784, 64, 10, dropout=0.5), digits(3000), SGD(1e-4), 64, 4),
    ("digits, sigmoid", mlp(784, 30, 10, activation="sigmoid"), digits(3000), SGD(3e-3), 10, 5),
    ("spiral", mlp(2, 50, 3), toy(data.spiral), SGD(3e-3), None, 200),
    ("moons", mlp(2, 16, 2), toy(data.moons), SGD(3e-3), None, 100),
    ("blobs, linear", linear(2, 3), toy(data.blobs), SGD(1e-2), None, 60),
)
def test_learning_rate_too_low(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "learning rate too low"
    lr = optimizer.lr
    assert f"10 times as high, {10 * lr:.3g} in place of {lr:.3g}" in found.advice


@cases(
    ("digits, 1", mlp(784, 32, 10), digits(1000), SGD(0.1), 1, 3),
    ("digits, 2", mlp(784, 32, 10), digits(2000), SGD(0.1), 2, 3),
    ("digits, 4", mlp(784, 64, 10), digits(2000), SGD(0.3), 4, 4),
    ("digits, 2, Adam", mlp(784, 32, 10), digits(2000), Adam(0.01), 2, 3),
    ("digits, 8", mlp(784, 64, 10), digits(5000), SGD(0.5), 8, 4),
    ("spiral, 1", mlp(2, 50, 3), toy(data.spiral), SGD(1.0), 1, 10),
)
def test_batch_too_small(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "batch too small"
    assert f"32 or 64 in place of {batch_size}" in found.advice


@cases(
    ("digits, 1 neuron", mlp(784, 1, 10), digits(5000), SGD(0.1), 64, 12),
    ("digits, 3 neurons, Adam", mlp(784, 3, 10), digits(5000), Adam(0.003), 64, 25),
    ("digits, linear", linear(784, 10), digits(10000), SGD(0.1), 64, 10),
    ("digits, λ = 0.1", mlp(784, 32, 10, l2=0.1), digits(5000), SGD(0.1), 64, 8),
    ("spiral, linear", linear(2, 3), toy(data.spiral), SGD(1.0), None, 200),
    ("xor, linear", linear(2, 2), toy(data.xor), SGD(1.0), None, 200),
    ("circles, linear", linear(2, 2), toy(data.circles), SGD(0.5), 16, 50),
    ("moons, noise", mlp(2, 50, 2), toy(data.moons, n=300, noise=0.35), Adam(0.003), 32, 60),
)
def test_low_capacity(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "low capacity"
    assert found.evidence["accuracy"] < 0.95


@cases(
    ("300 digits", mlp(784, 64, 10), digits(300), Adam(0.003), 32, 30),
    ("1000 digits", mlp(784, 64, 10), digits(1000), SGD(0.1), 32, 30),
    ("3000 digits, deep", mlp(784, 64, 64, 10), digits(3000), Adam(0.002), 64, 20),
    ("20 points", mlp(2, 100, 2), toy(data.moons, n=10, noise=0.35), Adam(0.01), None, 400),
    ("45 points, deep", mlp(2, 50, 50, 3), toy(data.blobs, n=15, noise=0.8), Adam(0.01), None, 200),
)
def test_overfitting(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "overfitting"
    assert found.evidence["gap"] > 0.03


@cases(
    ("digits, SGD 0.03", mlp(784, 64, 10), digits(10000), SGD(0.03), 64, 6),
    ("digits, SGD 0.1", mlp(784, 64, 10), digits(10000), SGD(0.1), 64, 6),
    ("digits, Adam", mlp(784, 64, 10), digits(10000), Adam(0.001), 64, 5),
    ("digits, dropout", mlp(784, 64, 10, dropout=0.3), digits(10000), Adam(0.002), 64, 6),
    ("digits, batch of 10", mlp(784, 30, 10), digits(5000), SGD(0.03), 10, 4),
    ("digits, hinge", mlp(784, 32, 10, loss="hinge"), digits(10000), SGD(0.03), 64, 5),
    ("spiral", mlp(2, 100, 3), toy(data.spiral), SGD(1.0), None, 300),
    ("spiral, Adam", mlp(2, 50, 3), toy(data.spiral), Adam(0.01), 32, 100),
    ("moons", mlp(2, 16, 2), toy(data.moons), SGD(0.5), None, 300),
    ("blobs, linear", linear(2, 3), toy(data.blobs), SGD(1.0), None, 100),
    ("circles", mlp(2, 8, 2), toy(data.circles), Adam(0.03), 16, 60),
    ("xor", mlp(2, 16, 2), toy(data.xor), SGD(0.3), 16, 60),
)
def test_healthy(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "healthy"


@pytest.mark.slow
@cases(
    ("784-128-10, Adam", mlp(784, 128, 10), digits(50000), Adam(0.001), 128, 5),
    ("784-100-10, SGD", mlp(784, 100, 10), digits(50000), SGD(0.1), 64, 6),
)
def test_healthy_on_most_of_mnist(make, draw, optimizer, batch_size, epochs, seed):
    found = diagnose(train(make, draw, optimizer, batch_size, epochs, seed))
    assert found.name == "healthy"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_training_that_goes_on_is_told_too_early_then_healthy_and_never_anything_else(seed):
    class Watch:
        names = ()

        def on_epoch_end(self, network, history):
            self.names = (*self.names, diagnose(history).name)

    watch = Watch()
    train(mlp(784, 64, 10), digits(10000), SGD(0.1), 64, 6, seed, callbacks=[watch])
    assert watch.names[:2] == ("too early to tell",) * 2
    assert watch.names[3:] == ("healthy",) * 3


@pytest.mark.parametrize("seed", SEEDS)
def test_going_on_with_a_trained_network_is_no_fault(seed):
    (X, y), validation = some_digits(20000, seed)
    net = MLP([784, 32, 10], seed=seed)
    net.fit(X, y, 6, 64, SGD(0.15))
    history = net.fit(X, y, 5, 64, SGD(0.02), validation=validation)
    assert diagnose(history).name == "healthy"


def test_nothing_yet_is_too_early():
    assert diagnose(History()).name == "too early to tell"


def test_divergence_in_the_first_epoch_is_seen():
    history = train(mlp(784, 32, 10, l2=1.0), digits(1000), SGD(30.0), 10, 5)
    assert len(history) == 0
    found = diagnose(history)
    assert found.name == "diverged"
    assert found.evidence["step"] == len(history.batch_losses) > 1


def by_hand(**lists):
    history = History()
    for i in range(len(next(iter(lists.values())))):
        history.record(**{name: values[i] for name, values in lists.items()})
    return history


EPOCHS = np.arange(60)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (2.3 * np.exp(-EPOCHS / 8), "healthy"),
        (2.3 - 0.02 * EPOCHS, "learning rate too low"),
        (2.3 + 0.02 * EPOCHS**2, "diverged"),
        (np.where(EPOCHS == 30, math.nan, 2.3), "diverged"),
        (np.where(EPOCHS % 10 == 5, 4.0, 1.5), "learning rate too high"),
    ],
)
def test_curves_of_epochs_alone_are_enough_for_most(loss, name):
    assert diagnose(by_hand(loss=loss)).name == name


def test_without_validation_it_says_what_it_cannot_see():
    history = train(mlp(784, 64, 10), digits(1000), SGD(0.1), 32, 30, validation=None)
    found = diagnose(history)
    assert found.name == "healthy"
    assert "Give fit(validation=(X, y)) to see whether it overfits" in found.advice


def test_a_gap_of_mere_guesses_is_no_overfitting():
    rng = np.random.default_rng(0)
    coins = by_hand(
        loss=0.693 + 0.001 * rng.standard_normal(200),
        accuracy=np.full(200, 0.58),
        val_loss=0.694 + 0.001 * rng.standard_normal(200),
        val_accuracy=np.full(200, 0.48),
    )
    found = diagnose(coins)
    assert found.name == "low capacity"
    assert "hidden layer" in found.advice


def test_the_words_hold_the_numbers():
    curves = by_hand(
        loss=0.5 * np.exp(-EPOCHS / 5),
        accuracy=np.linspace(0.9, 1.0, 60),
        val_loss=0.3 + 0.005 * EPOCHS,
        val_accuracy=np.full(60, 0.88),
    )
    found = diagnose(curves)
    assert str(found) == f"Overfitting. {found.reason} {found.advice}"
    assert "training accuracy is 98.8%, the validation accuracy 88.0%" in found.reason
    assert "a gap of 10.8 percentage points" in found.reason
    assert "The validation loss was 0.3 in epoch 1, and is 0.56 now" in found.reason
    assert found.evidence["gap"] == pytest.approx(0.108, abs=0.001)
    assert "dropout" in found.advice


def test_every_name_is_one_of_the_names():
    assert len(set(NAMES)) == len(NAMES) == 8
    assert diagnose(by_hand(loss=[1.0])).name in NAMES

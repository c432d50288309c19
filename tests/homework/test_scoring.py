"""What a config is worth: tiers, bonus, splits, divergence, and that nothing is trained twice."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import data, tune
from nnlib.homework import scoring
from nnlib.homework.checks import CheckError
from nnlib.homework.config import ConfigError
from nnlib.train import DivergedError

CONFIG = {
    "hidden": [16],
    "activation": "relu",
    "optimizer": "adam",
    "lr": 0.01,
    "batch_size": 500,
    "epochs": 1,
}
DIGITS = 10_000


@pytest.fixture
def accuracies(monkeypatch):
    """Let trainings end with given numbers of right digits, one for each seed."""
    done = []

    def set_to(*right):
        def accuracy(items, seed):
            done.append((dict(items), seed))
            return right[seed - 1] / DIGITS

        monkeypatch.setattr(scoring, "_accuracy", accuracy)
        return done

    return set_to


@pytest.mark.parametrize(
    ("right", "points"),
    [(9499, 0), (9500, 1), (9699, 1), (9700, 2), (9749, 2), (9750, 3), (9799, 3), (9800, 4)],
)
def test_a_tier_begins_where_it_is_said_to(accuracies, right, points, capsys):
    accuracies(right, right)
    if points:
        assert scoring.score_config(CONFIG) == points
        assert f"over 2 trainings: {right / DIGITS:.2%}." in capsys.readouterr().out
    else:
        with pytest.raises(CheckError, match=r"94\.99%\. The first point is at 95%"):
            scoring.score_config(CONFIG)


@given(st.integers(0, DIGITS), st.integers(0, DIGITS))
def test_rounding_costs_no_tier(first, second):
    # Counted in whole digits, nothing is rounded.
    tiers = {19_000: 1, 19_400: 2, 19_500: 3, 19_600: 4}
    expected = max((p for least, p in tiers.items() if first + second >= least), default=0)
    assert scoring.points_for(float(np.mean([first / DIGITS, second / DIGITS]))) == expected


def test_the_mean_over_the_seeds_counts(accuracies):
    done = accuracies(9850, 9750)
    assert scoring.mean_accuracy(CONFIG) == pytest.approx(0.98)
    assert [seed for _, seed in done] == [1, 2]


def test_the_bonus_is_one_point_or_a_sentence(accuracies):
    accuracies(9840, 9840)
    assert scoring.score_bonus(CONFIG) == 1
    accuracies(9840, 9839)
    with pytest.raises(CheckError, match=r"98\.\d+%: the bonus is for 98\.4% and more"):
        scoring.score_bonus(CONFIG)


def test_a_training_that_diverges_counts_as_zero(monkeypatch):
    def fit(*_, **__):
        raise DivergedError("The loss is nan.", None)

    network = SimpleNamespace(fit=fit)
    monkeypatch.setattr(tune, "prepare", lambda *_, **__: (network, None))
    monkeypatch.setattr(scoring, "split_of", lambda seed: (((), ()), ((), ())))
    scoring._accuracy.cache_clear()
    with pytest.raises(CheckError, match=r"0\.00%\. The first point"):
        scoring.score_config(CONFIG)
    scoring._accuracy.cache_clear()


@pytest.mark.slow
def test_nothing_is_trained_twice_and_the_number_is_the_librarys(monkeypatch):
    times, prepare = [], tune.prepare
    monkeypatch.setattr(tune, "prepare", lambda *a, **k: times.append(1) or prepare(*a, **k))
    scoring._accuracy.cache_clear()
    # Written in another way, it is the same config.
    same = CONFIG | {"hidden": (np.int64(16),), "dropout": 0, "l2": 0.0}
    first = scoring.mean_accuracy(CONFIG, seeds=(5,))
    assert scoring.mean_accuracy(same, seeds=(5,)) == first
    assert len(times) == 1
    training, test = scoring.split_of(5)
    assert tune.run(CONFIG, *training, test, seed=5).score == pytest.approx(first, abs=5e-4)


def test_each_seed_splits_all_the_digits_in_its_own_way():
    (X, y), (X_test, y_test) = scoring.split_of(1)
    assert (X.shape, X_test.shape) == ((60_000, 784), (10_000, 784))
    # Together they are all digits: the pixels' and the labels' sums agree.
    parts = data.mnist()
    for joined, name in ((np.r_[y, y_test], 1), (np.r_[X.sum(1), X_test.sum(1)], 0)):
        whole = np.concatenate([part[name] for part in parts])
        whole = whole.sum(1) if name == 0 else whole
        np.testing.assert_array_equal(np.sort(joined), np.sort(whole))
    np.testing.assert_array_equal(scoring.split_of(1)[1][1], y_test)
    assert (scoring.split_of(2)[1][1] != y_test).any()


def test_what_cannot_be_used_is_not_trained(accuracies):
    done = accuracies(10_000, 10_000)
    with pytest.raises(ConfigError, match="the budget is 4 trillion"):
        scoring.score_config(CONFIG | {"hidden": [1024, 1024], "epochs": 100})
    with pytest.raises(ConfigError, match="must be a dict"):
        scoring.score_bonus(None)
    assert done == []

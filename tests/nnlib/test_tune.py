"""Tuning: searches yield honest trials one at a time, and can be left at any moment."""

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import MLP, SGD, Adam, LinearClassifier, data, tune
from nnlib.callbacks import EarlyStopping, StopFlag
from nnlib.schedules import Cosine

TRAIN, VALIDATION = data.moons(n_per_class=60), data.moons(n_per_class=60, seed=1)
SPACE = {
    "hidden": [8, (8, 4)],
    "lr": tune.log_uniform(1e-2, 1),
    "dropout": tune.uniform(0, 0.2),
    "batch_size": tune.log_integers(8, 64),
    "activation": "tanh",
}


def search(make, space=SPACE, **options):
    return make(space, *TRAIN, validation=VALIDATION, **options)


# Trials


def test_a_trial_is_the_training_that_its_config_names():
    config = {"hidden": (8, 4), "activation": "tanh", "optimizer": "adam", "lr": 0.02, "l2": 1e-3}
    trial = tune.run(config, *TRAIN, VALIDATION, epochs=3, batch_size=16, seed=5)
    net = MLP([2, 8, 4, 2], activation="tanh", l2=1e-3, seed=5)
    history = net.fit(*TRAIN, 3, 16, Adam(lr=0.02), validation=VALIDATION, seed=5)
    np.testing.assert_array_equal(trial.network.parameters, net.parameters)
    assert trial.history["loss"] == history["loss"]
    assert trial.score == net.score(*VALIDATION) == history["val_accuracy"][-1]
    assert trial.config is config
    assert trial.seconds > 0
    assert not trial.diverged


def test_a_config_can_be_prepared_and_trained_by_hand():
    config = {"hidden": 8, "optimizer": "rmsprop", "lr": 0.02, "epochs": 2, "batch_size": 16}
    net, optimizer = tune.prepare(config, *TRAIN, seed=5)
    net.fit(*TRAIN, 2, 16, optimizer, seed=5)
    trial = tune.run(config, *TRAIN, VALIDATION, seed=5)
    np.testing.assert_array_equal(net.parameters, trial.network.parameters)
    with pytest.raises(ValueError, match="a setting's name must be one of"):
        tune.prepare({"neurons": 8}, *TRAIN)


def test_epochs_and_batch_size_of_the_config_count_first():
    trial = tune.run({"epochs": 2, "batch_size": 30}, *TRAIN, VALIDATION, epochs=7, batch_size=5)
    assert len(trial.history) == 2
    assert trial.history.batch_size == 30


def test_what_a_config_leaves_out_has_a_default():
    trial = tune.run({}, *TRAIN, VALIDATION, epochs=1)
    net = MLP([2, 2])
    net.fit(*TRAIN, 1, 64, SGD(lr=0.1))
    np.testing.assert_array_equal(trial.network.parameters, net.parameters)


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        ({"optimizer": "sgd", "momentum": 0.9}, "SGD(lr=0.1, momentum=0.9, nesterov=False)"),
        ({"optimizer": "adam"}, repr(Adam())),
        ({"optimizer": "rmsprop", "lr": 0.003, "momentum": 0}, "RMSProp(lr=0.003, "),
        ({"lr": Cosine(0.2, epochs=3)}, "SGD(lr=Cosine(lr=0.2, epochs=3, lowest=0.0)"),
    ],
)
def test_the_optimizer_of_a_config(config, shown):
    assert repr(tune._optimizer(config)).startswith(shown)


def test_the_score_is_that_of_the_weights_that_are_left():
    config = {"hidden": 8, "lr": 3.0, "epochs": 30}
    stopping = EarlyStopping("val_loss", patience=2)
    trial = tune.run(config, *TRAIN, VALIDATION, callbacks=[stopping])
    assert trial.score == trial.network.score(*VALIDATION)
    assert trial.score == trial.history["val_accuracy"][stopping.best_epoch]


def test_a_trial_that_diverged_scores_0_and_says_why():
    trial = tune.run({"hidden": 8, "l2": 1.0, "lr": 1e20}, *TRAIN, VALIDATION)
    assert trial.diverged
    assert trial.score == 0
    assert trial.diagnosis.name == "diverged"
    assert str(trial).startswith("Trial 0: diverged, 0 epochs, ")


def test_a_trial_prints_in_one_line():
    trial = tune.run({"hidden": (8,), "lr": 0.5}, *TRAIN, VALIDATION, epochs=1, number=3)
    words = str(trial)
    assert words.startswith(f"Trial 3: {trial.score:.2%}, 1 epoch, ")
    assert words.endswith(" s; hidden=(8,), lr=0.5")
    assert "\n" not in words
    with pytest.raises(AttributeError):
        trial.score = 1.0


def test_pixels_and_pictures_of_the_course_work(digits):
    (X, y), (X_test, y_test) = digits
    trial = tune.run({"lr": 0.1}, X[:500], y[:500], (X_test[:200], y_test[:200]), epochs=2)
    assert trial.network.sizes == [784, 10]
    assert trial.score > 0.6


def test_networks_of_ones_own():
    made = []

    def build(config):
        made.append(config)
        return LinearClassifier(2, 2, loss=config["which"])

    space = {"which": ["hinge", "cross_entropy"], "lr": 0.3}
    trials = list(search(tune.grid, space, build=build, epochs=2))
    assert [trial.config for trial in trials] == made
    assert all(isinstance(trial.network, LinearClassifier) for trial in trials)
    assert len(list(search(tune.random_search, space, build=build, n=2))) == 2
    assert len(list(search(tune.successive_halving, space, build=build, n=2))) == 3


# Ranges


@given(st.floats(1e-9, 1e3), st.floats(1.01, 1e6), st.integers(0, 10**6))
def test_ranges_stay_within_their_bounds(low, factor, seed):
    high = low * factor
    rng = np.random.default_rng(seed)
    assert low <= tune.uniform(low, high).draw(rng) <= high
    drawn = tune.log_uniform(low, high).draw(rng)
    assert low <= drawn <= high
    assert drawn in (low, high) or float(f"{drawn:.3g}") == drawn


@given(st.integers(1, 100), st.integers(1, 1000), st.integers(0, 10**6))
def test_whole_numbers_are_whole(low, more, seed):
    drawn = tune.log_integers(low, low + more).draw(np.random.default_rng(seed))
    assert isinstance(drawn, int)
    assert low <= drawn <= low + more


def test_a_log_range_gives_each_power_of_ten_its_share():
    rng = np.random.default_rng(0)
    drawn = [tune.log_uniform(1e-4, 1).draw(rng) for _ in range(4000)]
    share, _ = np.histogram(np.log10(drawn), bins=[-4, -3, -2, -1, 0])
    assert share.min() > 900
    plain = [tune.uniform(1e-4, 1).draw(rng) for _ in range(4000)]
    assert np.mean(np.array(plain) > 0.1) == pytest.approx(0.9, abs=0.02)


# Searches


def test_grid_tries_every_combination_once_and_in_order():
    space = {"lr": [0.1, 0.5], "hidden": [(4,), (8, 4), 6], "activation": "tanh"}
    trials = list(search(tune.grid, space, epochs=1))
    expected = [
        {"lr": lr, "hidden": hidden, "activation": "tanh"}
        for lr, hidden in itertools.product([0.1, 0.5], [(4,), (8, 4), 6])
    ]
    assert [trial.config for trial in trials] == expected
    assert [trial.number for trial in trials] == list(range(6))
    assert trials[1].network.sizes == [2, 8, 4, 2]


def test_random_search_draws_the_same_configs_from_the_same_seed():
    def configs(**options):
        return [trial.config for trial in search(tune.random_search, epochs=1, **options)]

    five = configs(n=5, seed=2)
    assert configs(n=5, seed=2) == five
    assert configs(n=3, seed=2) == five[:3]
    assert configs(n=5, seed=3) != five
    assert len({config["lr"] for config in five}) == 5
    assert {config["activation"] for config in five} == {"tanh"}
    assert all(set(config) == set(SPACE) for config in five)


def test_a_trial_of_a_search_can_be_run_again_with_the_same_result():
    *_, last = search(tune.random_search, n=3, epochs=2, seed=4)
    again = tune.run(last.config, *TRAIN, VALIDATION, epochs=2, seed=4)
    assert again.score == last.score
    np.testing.assert_array_equal(again.network.parameters, last.network.parameters)


def test_the_best_of_a_search_beats_the_median():
    trials = list(search(tune.random_search, n=12, epochs=8))
    scores = [trial.score for trial in trials]
    best = max(trials, key=lambda trial: trial.score)
    assert best.score > np.median(scores) + 0.02
    assert best.network.score(*VALIDATION) == best.score


def test_halving_goes_on_with_the_better_half():
    trials = list(search(tune.successive_halving, n=8, epochs=1, seed=1))
    assert len(trials) == 8 + 4 + 2 + 1
    rounds = [trials[:8], trials[8:12], trials[12:14], trials[14:]]
    for round_number, (now, then) in enumerate(itertools.pairwise(rounds)):
        assert all(len(trial.history) == 2 ** (round_number + 1) - 1 for trial in now)
        survivors = {trial.number for trial in then}
        worst = min(trial.score for trial in now if trial.number in survivors)
        assert all(trial.score <= worst for trial in now if trial.number not in survivors)
    assert len(trials[-1].history) == 15
    assert trials[-1].score == trials[-1].network.score(*VALIDATION)


def test_halving_goes_on_from_the_weights_it_has():
    trials = [t for t in search(tune.successive_halving, n=4, epochs=2) if t.number]
    winner = trials[-1].number
    histories = [trial.history for trial in trials if trial.number == winner]
    short, long = histories[0], histories[-1]
    assert long["loss"][: len(short)] == short["loss"]
    assert long["loss"][len(short)] < short["loss"][0]
    assert long.batch_losses[: len(short.batch_losses)] == short.batch_losses
    assert long.batch_size == short.batch_size


def test_halving_with_one_config_is_one_training_and_factors_may_be_larger():
    assert len(list(search(tune.successive_halving, n=1))) == 1
    trials = list(search(tune.successive_halving, n=9, factor=3))
    assert [len(trial.history) for trial in trials] == [1] * 9 + [4] * 3 + [13]


def test_halving_drops_what_diverged():
    space = {"hidden": 8, "l2": 1.0, "lr": 1e20}
    trials = list(search(tune.successive_halving, space, n=4))
    assert len(trials) == 4
    assert all(trial.diverged for trial in trials)


SEARCHES = [tune.grid, tune.random_search, tune.successive_halving]


@pytest.mark.parametrize("make", SEARCHES)
def test_a_search_yields_each_trial_when_it_is_done_and_can_be_closed(make):
    started = []

    class Count:
        def on_fit_begin(self, network, n_epochs, n_batches):
            started.append(network)

    space = {"lr": [0.1, 0.2, 0.3]}
    threads = threading.active_count()
    trials = search(make, space, epochs=1, callbacks=[Count()])
    assert started == []  # nothing runs before the first trial is asked for
    first = next(trials)
    assert started == [first.network]
    trials.close()
    assert list(trials) == []
    assert len(started) == 1
    assert threading.active_count() == threads


@pytest.mark.parametrize("make", SEARCHES)
def test_a_stop_flag_ends_the_search_in_the_middle_of_a_trial(make):
    flag, batches = StopFlag(), []

    class StopLater:
        def on_batch_end(self, network, loss):
            batches.append(loss)
            if len(batches) == 25:
                flag.set()

    space = {"lr": [0.1, 0.2, 0.3], "batch_size": 12}  # 10 steps an epoch
    trials = list(search(make, space, epochs=1, callbacks=[StopLater(), flag]))
    assert len(trials) == 2
    assert len(batches) == 25


@pytest.mark.parametrize(
    ("make", "space", "options", "error", "words"),
    [
        (tune.grid, {"learning_rate": [1]}, {}, ValueError, "'lr', .*it is 'learning_rate'"),
        (tune.grid, {"lr": []}, {}, ValueError, "no choices for 'lr': its list is empty"),
        (tune.grid, {"lr": tune.uniform(0, 1)}, {}, TypeError, "grid needs a list.*random_search"),
        (tune.grid, [0.1], {}, TypeError, r"space must be a dict .* it is \[0\.1\]"),
        (tune.grid, {"optimizer": "adm"}, {}, ValueError, "optimizer must be one of 'sgd'"),
        (
            tune.grid,
            {"hidden": 3, "activation": "rel"},
            {},
            ValueError,
            "activation must be one of 'relu'",
        ),
        (
            tune.grid,
            {"optimizer": "adam", "momentum": 0.9},
            {},
            ValueError,
            "momentum belongs to the optimizer 'sgd'; this one is 'adam'",
        ),
        (tune.random_search, SPACE, {"n": 0}, ValueError, "n must be a whole number of at least 1"),
        (tune.successive_halving, {"epochs": 3}, {}, ValueError, "epochs out by itself"),
        (tune.successive_halving, SPACE, {"factor": 1}, ValueError, "factor must be at least 2"),
        (tune.grid, {}, {"epoch": 3}, TypeError, "unexpected keyword argument 'epoch'"),
        (tune.successive_halving, {}, {"batch": 3}, TypeError, "unexpected keyword .* 'batch'"),
    ],
)
def test_wrong_searches_are_explained(make, space, options, error, words):
    with pytest.raises(error, match=words):
        list(search(make, space, **options))


def test_wrong_ranges_and_missing_validation_are_explained():
    with pytest.raises(ValueError, match="from low to high; low is 1, high 0"):
        tune.uniform(1, 0)
    with pytest.raises(ValueError, match="low must be a number above zero; it is 0"):
        tune.log_uniform(0, 1)
    with pytest.raises(ValueError, match=r"validation must be a pair .* data\.split"):
        list(tune.grid({"lr": 0.1}, *TRAIN, validation=None))


# The learning rate range test


@pytest.fixture
def some(digits):
    (X, y), _ = digits
    return X[:3000], y[:3000]


def test_the_learning_rate_rises_evenly_and_the_loss_falls_then_leaps(some):
    steps = list(tune.lr_range_test(MLP([784, 32, 10]), *some, steps=200))
    rates = np.array([step.lr for step in steps])
    np.testing.assert_allclose(rates[1:] / rates[:-1], (10 / 1e-5) ** (1 / 199))
    assert rates[0] == 1e-5
    smooth = [step.smooth_loss for step in steps]
    assert smooth[0] == steps[0].loss == pytest.approx(np.log(10), abs=0.1)
    assert min(smooth) < 0.8 * smooth[0]
    assert smooth[-1] > 1.3 * min(smooth)


def test_the_test_ends_early_where_the_loss_leaps(some):
    net = MLP([784, 32, 10])
    steps = list(tune.lr_range_test(net, *some, high=1e6))
    assert 50 < len(steps) < 180
    lowest = min(step.smooth_loss for step in steps)
    assert all(step.smooth_loss <= 4 * lowest for step in steps)


@pytest.mark.parametrize("high", [10.0, 1e30])
def test_the_weights_come_back_however_it_ends(some, high):
    net = MLP([784, 32, 10], l2=1e-3)
    before = net.parameters.copy()
    list(tune.lr_range_test(net, *some, high=high))
    np.testing.assert_array_equal(net.parameters, before)
    steps = tune.lr_range_test(net, *some)
    next(steps)
    next(steps)
    assert (net.parameters != before).any()
    steps.close()
    np.testing.assert_array_equal(net.parameters, before)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_suggested_learning_rate_is_a_healthy_one(digits, optimizer, seed):
    (X, y), (X_test, y_test) = digits
    X, y, validation = X[:8000], y[:8000], (X_test[:1000], y_test[:1000])
    net = MLP([784, 32, 10], seed=seed)
    lr = tune.suggest_lr(tune.lr_range_test(net, X, y, optimizer=optimizer, seed=seed))
    space = {"hidden": 32, "optimizer": optimizer, "lr": [lr / 30, lr, lr * 30]}
    slow, good, fast = tune.grid(space, X, y, validation, epochs=4, seed=seed)
    assert good.score > max(slow.score, fast.score)
    assert good.diagnosis.name in {"healthy", "overfitting"}


def test_an_optimizer_class_will_do_and_a_short_test_suggests_nothing(some):
    by_name = [s.loss for s in tune.lr_range_test(MLP([784, 10]), *some, optimizer="adam")]
    by_class = [s.loss for s in tune.lr_range_test(MLP([784, 10]), *some, optimizer=Adam)]
    assert by_name == by_class
    with pytest.raises(ValueError, match="steps must be those of a whole lr_range_test; it has 0"):
        tune.suggest_lr([])
    with pytest.raises(ValueError, match=r"from low to high; low is 1, high 0\.1"):
        list(tune.lr_range_test(MLP([784, 10]), *some, low=1, high=0.1))
    with pytest.raises(ValueError, match=r"optimizer must be one of 'sgd', .*; it is 'adm'"):
        list(tune.lr_range_test(MLP([784, 10]), *some, optimizer="adm"))

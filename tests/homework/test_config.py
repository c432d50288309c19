"""The config of hw1-2: what is refused, what it costs, and what its author is told."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import data, tune
from nnlib.homework.config import (
    BUDGET,
    SCHEMA,
    ConfigError,
    check_config,
    clean,
    operations,
    schema_table,
    seconds_here,
)

SMALL = {
    "hidden": [32],
    "activation": "relu",
    "optimizer": "sgd",
    "lr": 0.1,
    "batch_size": 64,
    "epochs": 2,
}


def test_what_is_left_out_gets_its_default():
    assert clean(SMALL) == SMALL | {
        "hidden": (32,),
        "dropout": 0.0,
        "l2": 0.0,
        "loss": "cross_entropy",
        "momentum": 0.0,
    }


def test_the_library_trains_what_is_clean():
    X, y = data.blobs(n_per_class=20, n_classes=3, seed=0)
    trial = tune.run(clean(SMALL) | {"batch_size": 10}, X, y, validation=(X, y))
    assert trial.score > 0.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 10**9}, "epochs must be a whole number from 1 to 100; it is 1000000000"),
        ({"lr": -0.1}, "lr must be a number from 1e-06 to 10; it is -0.1"),
        ({"lr": math.nan}, "lr must be a number from 1e-06 to 10; it is nan"),
        ({"lr": math.inf}, "it is inf"),
        ({"lr": "0.1"}, "it is '0.1'"),
        ({"lr": None}, "it is None"),
        ({"lr": True}, "it is True"),
        ({"lr": 10**400}, "lr must be"),
        ({"epochs": 2.0}, "epochs must be a whole number from 1 to 100; it is 2.0"),
        ({"hidden": [10**6]}, "hidden holds a layer that must be a whole number from 1 to 1024"),
        ({"hidden": [0]}, "it is 0"),
        ({"hidden": []}, "hidden must be a list of 1 to 5 layers"),
        ({"hidden": [8] * 6}, "hidden must be a list of 1 to 5 layers"),
        ({"hidden": 128}, "like [128, 64]; it is 128"),
        ({"hidden": "128"}, "like [128, 64]; it is '128'"),
        ({"hidden": [[8]]}, "it is [8]"),
        ({"activation": "rleu"}, "activation must be 'relu', 'leaky_relu'"),
        ({"activation": ["relu"]}, "activation must be"),
        ({"optimizer": "adm"}, "optimizer must be 'sgd', 'adagrad', 'rmsprop', 'adam'"),
        ({"dropout": 1.0}, "dropout must be a number from 0 to 0.9"),
        ({"momentum": 1.0}, "momentum must be a number from 0 below 1"),
        ({"momentum": 0.9, "optimizer": "adam"}, "momentum belongs to 'sgd'"),
        ({"loss": "hinge"}, "loss must be 'cross_entropy'"),
        ({"learning_rate": 0.1}, "'learning_rate' is no setting"),
        ({"epoch": 3}, "did you mean 'epochs'?"),
        ({3: 4}, "3 is no setting"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 5000"),
    ],
)
def test_what_cannot_be_used_is_told(change, words):
    with pytest.raises(ConfigError) as caught:
        clean(SMALL | change)
    assert words in " ".join(str(caught.value).split())


@pytest.mark.parametrize("config", [None, [], "hidden", 3])
def test_what_is_no_config_is_told(config):
    with pytest.raises(ConfigError, match="it must be a dict like"):
        clean(config)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        clean({"lr": -1, "hiden": [8]})
    problems = " ".join(caught.value.problems)
    assert all(name in problems for name in ("'hiden'", "hidden", "activation", "lr", "epochs"))


def test_operations_by_hand():
    # 784-32-10: 25,088 and 320 weights; 60,000 examples in 938 steps of 64.
    an_example = 4 * (25_088 + 320) + 2 * 320
    a_step = (4 + 200) * (25_088 + 320) + 4_000_000
    assert operations(SMALL) == 2 * (60_000 * an_example + 938 * a_step)


@given(
    hidden=st.lists(st.integers(1, 1023), min_size=1, max_size=5),
    batch_size=st.integers(1, 5000),
    epochs=st.integers(1, 99),
)
def test_more_of_anything_costs_more(hidden, batch_size, epochs):
    config = SMALL | {"hidden": hidden, "batch_size": batch_size, "epochs": epochs}
    cost = operations(config)
    assert operations(config | {"epochs": epochs + 1}) > cost
    assert operations(config | {"batch_size": max(1, batch_size // 2)}) >= cost
    assert operations(config | {"hidden": [*hidden[:-1], hidden[-1] + 1]}) > cost


def test_too_much_is_told_with_the_budget():
    with pytest.raises(ConfigError, match="operations, and the budget is 4 trillion"):
        check_config(SMALL | {"hidden": [1024, 1024], "epochs": 100})


def test_a_good_config_is_told_its_cost_and_its_time(capsys):
    check_config(SMALL)
    said = capsys.readouterr().out
    assert "This config can be handed in." in said
    assert f"{operations(SMALL) / BUDGET:.0%} of the budget of 4 trillion" in said
    assert re.search(r"about (a second|\d+ seconds) on this computer", said)


def test_the_config_to_start_with_is_no_answer(capsys):
    # However it is written, and whatever is left out.
    again = SMALL | {"hidden": (32,), "dropout": 0, "lr": np.float64(0.1)}
    with pytest.raises(ConfigError, match="it is still the one to start with"):
        check_config(again, SMALL)
    check_config(SMALL | {"lr": 0.2}, SMALL)
    assert "This config can be handed in." in capsys.readouterr().out


def test_a_larger_network_takes_longer_here():
    small, large = (seconds_here(SMALL | {"hidden": [size]}, budget=0.2) for size in (16, 1024))
    assert large > 3 * small


def test_the_time_of_a_training_that_diverges_is_told(capsys):
    check_config(SMALL | {"lr": 10.0, "l2": 1.0})
    assert "on this computer" in capsys.readouterr().out


def test_the_table_shows_every_setting_with_its_bounds():
    table = schema_table()
    assert all(f"| `{name}` |" in table for name in SCHEMA)
    assert "1 to 5 layers, each a whole number from 1 to 1024" in table
    assert np.all([row.count("|") == 5 for row in table.splitlines()])

"""What a config of hw1-2 is worth: trained on the grader's own split, with the grader's seeds."""

from functools import lru_cache

import numpy as np

from nnlib import data, tune
from nnlib.homework.checks import CheckError
from nnlib.homework.config import N_TRAIN, within_budget
from nnlib.train import DivergedError

# Mean test accuracy that must be reached, and the points for it.
TIERS = ((0.95, 1), (0.97, 2), (0.975, 3), (0.98, 4))
BONUS = 0.984


def points_for(accuracy):
    """Return the points for a mean test accuracy, 0 to 4."""
    return max((points for least, points in TIERS if accuracy >= least), default=0)


def split_of(seed):
    """Return the grader's split of all 70,000 digits for a seed: what is trained on, what is not.

    Returns
    -------
    (X, y), (X_test, y_test)
        60,000 and 10,000 examples, pixels as uint8.
    """
    parts = data.mnist()
    X, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    rows = np.random.default_rng(seed).permutation(len(X))
    return (X[rows[:N_TRAIN]], y[rows[:N_TRAIN]]), (X[rows[N_TRAIN:]], y[rows[N_TRAIN:]])


def mean_accuracy(config, seeds=(1, 2)):
    """Train a config once for each seed, and return the mean accuracy on what was kept apart.

    Parameters
    ----------
    config : dict
    seeds : sequence of int
        Each decides the split, the first weights, the order and the dropout masks.

    Returns
    -------
    float
        A training that diverges counts as 0.

    Raises
    ------
    ConfigError
        If the config cannot be used or is over the budget.
    """
    config, _ = within_budget(config)
    return float(np.mean([_accuracy(tuple(config.items()), seed) for seed in seeds]))


@lru_cache(maxsize=8)
def _accuracy(items, seed):
    config = dict(items)
    training, test = split_of(seed)
    network, optimizer = tune.prepare(config, *training, seed=seed)
    try:
        network.fit(
            *training,
            epochs=config["epochs"],
            batch_size=config["batch_size"],
            optimizer=optimizer,
            seed=seed,
        )
    except DivergedError:
        return 0.0
    return network.score(*test)


def score_config(config, seeds=(1, 2)):
    """Return the points of a config, 1 to 4.

    Raises
    ------
    CheckError
        If it reaches no tier; ConfigError, which is one, if it cannot be used.
    """
    accuracy = mean_accuracy(config, seeds)
    points = points_for(accuracy)
    reached = f"Mean test accuracy over {len(seeds)} trainings: {accuracy:.2%}."
    if not points:
        raise CheckError(f"{reached} The first point is at {TIERS[0][0]:.0%}.")
    print(reached)
    return points


def score_bonus(config, seeds=(1, 2)):
    """Return the bonus point of a config.

    Raises
    ------
    CheckError
        If it does not reach the bonus.
    """
    accuracy = mean_accuracy(config, seeds)
    if accuracy < BONUS:
        raise CheckError(f"{accuracy:.2%}: the bonus is for {BONUS:.1%} and more.")
    print(f"{accuracy:.2%}: the bonus is yours.")
    return 1

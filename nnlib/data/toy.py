"""Toy sets: points in the plane, simple enough to see what a classifier does with them.

Every function returns X of shape (N, 2), float32, and y of shape (N,), int64, class by class.
"""

import numpy as np

from nnlib import _checks


def spiral(n_per_class=100, n_classes=3, noise=0.2, seed=0):
    """Spiral arms, one a class, from the centre out to radius 1.

    No straight line separates the arms: a linear classifier gets about half of three arms
    right. The construction is that of the CS231n course notes.

    Parameters
    ----------
    n_per_class, n_classes : int
    noise : float
        Standard deviation of the angle, in radians.
    seed : int
    """
    n, k, rng = *_sizes(n_per_class, n_classes), np.random.default_rng(seed)
    _checks.positive("noise", noise, zero=True)
    radius = np.tile(np.linspace(0, 1, n), k)
    apart = 4 if k == 3 else 2 * np.pi / k  # three arms as in the notes, others evenly
    start = np.repeat(np.arange(k), n) * apart
    angle = start + np.tile(np.linspace(0, 4, n), k) + noise * rng.standard_normal(n * k)
    return _points(radius * np.sin(angle), radius * np.cos(angle)), _labels(n, k)


def blobs(n_per_class=100, n_classes=3, noise=0.2, seed=0):
    """Round clouds, one a class, with their centres on the unit circle.

    Parameters
    ----------
    n_per_class, n_classes : int
    noise : float
        Standard deviation of a cloud in each direction.
    seed : int
    """
    n, k, rng = *_sizes(n_per_class, n_classes), np.random.default_rng(seed)
    _checks.positive("noise", noise, zero=True)
    angle = np.repeat(np.arange(k), n) * (2 * np.pi / k)
    x, y = np.cos(angle), np.sin(angle)
    return _points(x, y) + _noise(n * k, noise, rng), _labels(n, k)


def circles(n_per_class=100, noise=0.05, seed=0):
    """Two rings around one centre: radius 0.4 (class 0) and 1 (class 1).

    Parameters
    ----------
    n_per_class : int
    noise : float
        Standard deviation of a point in each direction.
    seed : int
    """
    n, k, rng = *_sizes(n_per_class, 2), np.random.default_rng(seed)
    _checks.positive("noise", noise, zero=True)
    radius = np.repeat([0.4, 1.0], n)
    angle = rng.uniform(0, 2 * np.pi, n * k)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    return _points(x, y) + _noise(n * k, noise, rng), _labels(n, k)


def moons(n_per_class=100, noise=0.1, seed=0):
    """Two half circles that reach into each other.

    Parameters
    ----------
    n_per_class : int
    noise : float
        Standard deviation of a point in each direction.
    seed : int
    """
    n, k, rng = *_sizes(n_per_class, 2), np.random.default_rng(seed)
    _checks.positive("noise", noise, zero=True)
    angle = np.linspace(0, np.pi, n)
    x = np.concatenate([np.cos(angle) - 0.5, 0.5 - np.cos(angle)])
    y = np.concatenate([np.sin(angle) - 0.25, 0.25 - np.sin(angle)])
    return _points(x, y) + _noise(n * k, noise, rng), _labels(n, k)


def xor(n_per_class=100, noise=0.1, seed=0):
    """Four quarters of a square, where opposite quarters share a class.

    Parameters
    ----------
    n_per_class : int
    noise : float
        Half the width of the empty cross between the quarters.
    seed : int
    """
    n, k, rng = *_sizes(n_per_class, 2), np.random.default_rng(seed)
    if not 0 <= noise < 1:
        raise ValueError(f"noise must lie in [0, 1); it is {noise!r}.")
    size = rng.uniform(noise, 1, (n * k, 2))
    side = rng.choice([-1, 1], n * k)
    same = np.repeat([1, -1], n)  # class 0 has equal signs, class 1 different ones
    return _points(side * size[:, 0], side * same * size[:, 1]), _labels(n, k)


def _sizes(n_per_class, n_classes):
    return _checks.whole("n_per_class", n_per_class), _checks.whole("n_classes", n_classes)


def _points(x, y):
    return np.stack([x, y], axis=1).astype(np.float32)


def _labels(n, k):
    return np.repeat(np.arange(k), n)


def _noise(n, size, rng):
    return (size * rng.standard_normal((n, 2))).astype(np.float32)

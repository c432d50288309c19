"""The networks that every engine trains, and where their training starts."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

HELD_OUT = 5000  # the last of MNIST's training examples: nobody trains on them
N_EXAMPLES = 60_000 - HELD_OUT
ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


@dataclass(frozen=True)
class Network:
    """A network and how it is trained: ReLU, cross-entropy, no penalty, no dropout.

    Parameters
    ----------
    name : str
    sizes : tuple of int
        Neurons in each layer, from the input to the scores.
    batch_size : int
    optimizer : {"sgd", "adam"}
        SGD without momentum; Adam with the constants of `ADAM`.
    lr : float
    epochs : int
        How long a full run trains.
    """

    name: str
    sizes: tuple
    batch_size: int
    optimizer: str
    lr: float
    epochs: int


NETWORKS = (
    Network("784-256-128-10, batch 128, SGD", (784, 256, 128, 10), 128, "sgd", 0.2, 12),
    Network("784-256-128-10, batch 128, Adam", (784, 256, 128, 10), 128, "adam", 0.001, 10),
    Network("784-100-10, batch 64, SGD", (784, 100, 10), 64, "sgd", 0.2, 12),
    Network("784-30-10, batch 10, SGD", (784, 30, 10), 10, "sgd", 0.1, 5),
)


def initial_weights(sizes, seed):
    """Draw [(W, b), ...] for all engines: W of shape (K, D) from N(0, 2/D), b of zeros."""
    rng = np.random.default_rng(seed)
    weights = []
    for n_inputs, n_outputs in pairwise(sizes):
        W = np.sqrt(2 / n_inputs) * rng.standard_normal((n_outputs, n_inputs))
        weights.append((W.astype(np.float32), np.zeros(n_outputs, np.float32)))
    return weights


def order(n_examples, seed):
    """Return the order of the examples in one epoch, the same for all engines."""
    return np.random.default_rng(seed).permutation(n_examples)

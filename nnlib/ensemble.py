"""Dropout as an ensemble: the sub-networks that it samples, one by one, or all of them at once.

A mask says which hidden neurons a sub-network keeps: for each layer with dropout, an array of
shape (M, neurons) with one row a sub-network, keyed by layer as in `Trace`: masks[2] belongs to
layer 2. Its entries are 0 for a dropped neuron and 1 / (1 - p_drop) for a kept one.
"""

import itertools

import numpy as np

from nnlib.layers import Dropout

MOST_NEURONS = 16  # with dropout; they have 65,536 masks


def sample(network, x, n):
    """Let n sub-networks, drawn at random as in training, answer to one input.

    Parameters
    ----------
    network : MLP made with dropout
    x : array of shape (D,)
    n : int

    Returns
    -------
    Trace of a batch of n
        Row i is the pass through the i-th sub-network; its `mask` says which one.
    """
    return network.trace(np.tile(np.asarray(x), (n, 1)), dropout=True)


def every_mask(network):
    """List the masks of all sub-networks, and how probable each is.

    Parameters
    ----------
    network : MLP made with dropout, of at most 16 hidden neurons

    Returns
    -------
    masks : dict of arrays of shape (M, neurons)
        M = 2 to the power of the number of hidden neurons.
    probabilities : array of shape (M,)
        p_drop for each dropped neuron times 1 - p_drop for each kept one; they add up to 1.

    Raises
    ------
    ValueError
        If the network has no dropout, or more than 16 hidden neurons.
    """
    drops = _drops(network)
    sizes = network.sizes[1:-1]
    if sum(sizes) > MOST_NEURONS:
        raise ValueError(
            f"network may have at most {MOST_NEURONS} hidden neurons, because all its masks are "
            f"listed; it has {sum(sizes)}. Use ensemble.sample instead."
        )
    p = drops[0].p_drop
    kept = np.array(list(itertools.product((True, False), repeat=sum(sizes))))
    probabilities = np.where(kept, 1 - p, p).prod(axis=1)
    ends = np.cumsum(sizes)[:-1]
    parts = np.split(kept / (1 - p), ends, axis=1)
    return dict(enumerate(parts, start=2)), probabilities


def trace(network, x, masks):
    """Let given sub-networks answer to one input.

    Parameters
    ----------
    network : MLP made with dropout
    x : array of shape (D,)
    masks : dict of arrays of shape (M, neurons)
        As from `every_mask`, or `sample(...).mask`. Without the factor 1 / (1 - p_drop) the
        kept neurons stay as they are.

    Returns
    -------
    Trace of a batch of M
    """
    drops = _drops(network)
    layers = range(2, 2 + len(drops))
    if set(masks) != set(layers):
        raise ValueError(f"masks must have the layers {list(layers)}; it has {list(masks)}.")
    X = np.tile(np.asarray(x), (len(masks[2]), 1))
    network.trace(X, dropout=True)  # makes room for as many masks
    for layer, drop in zip(layers, drops, strict=True):
        drop.mask[...] = masks[layer]
    network.freeze_dropout(True)
    try:
        return network.trace(X, dropout=True)
    finally:
        network.freeze_dropout(False)


def mean_scores(network, x):
    """Average the scores of all sub-networks, each weighted by its probability.

    This is what the slide's "testing" stands for: the ensemble of all sub-networks. The full
    network with its scaling gives the same if only linear steps follow the dropped neurons,
    and nearly the same otherwise (Srivastava et al., 2014).

    Parameters
    ----------
    network : MLP made with dropout, of at most 16 hidden neurons
    x : array of shape (D,)

    Returns
    -------
    array of shape (K,)
    """
    masks, probabilities = every_mask(network)
    passes = trace(network, x, masks)
    return probabilities @ passes.a[passes.n_layers]


def running_mean(values):
    """Return the mean of the first 1, 2, …, n values, and how far it may be off.

    Parameters
    ----------
    values : array of shape (n,)

    Returns
    -------
    means : array of shape (n,)
    errors : array of shape (n,)
        The standard error of each mean: the standard deviation of the values so far, divided by
        the root of their number. The first is NaN: one value has no spread.
    """
    values = np.asarray(values, float)
    n = np.arange(1, len(values) + 1)
    means = np.cumsum(values) / n
    squares = np.cumsum((values - values[0]) ** 2) - n * (means - values[0]) ** 2
    with np.errstate(invalid="ignore"):
        deviations = np.sqrt(np.maximum(squares, 0) / (n - 1))
    return means, deviations / np.sqrt(n)


def _drops(network):
    """The dropout layers of a network."""
    drops = [layer for layer in network.layers if isinstance(layer, Dropout)]
    if not drops:
        raise ValueError("network has no dropout: make it with MLP(sizes, dropout=0.5).")
    return drops

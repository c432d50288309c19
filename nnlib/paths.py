"""What travels along the edges of a network: a change forward to the cost, the error back.

The big picture of backpropagation, slide equations (11) to (17): every edge has a rate factor, a
path has the product of its factors, and the gradient is the sum over all paths. All of it is
read from the trace of one example.

A weight is named as in the code: k is the slides' superscript, i and j count from 0, so the
slides' W_{14}^{(1)} is k = 1, i = 0, j = 3, the number ``trace.W[1][0, 3]``. In the slides' other
notation, w_{jk}^l, the same weight is w_{14}^2: there l is the layer that it leads to.
"""

import math
from dataclasses import dataclass, field
from itertools import product

import numpy as np


def weight_rate(trace, k, i, j):
    """Rate factor of a weight: ∂a_i^{(k+1)} / ∂W_{ij}^{(k)}, slide equation (12).

    Parameters
    ----------
    trace : Trace of one example
    k, i, j : int
        The weight ``trace.W[k][i, j]``.

    Returns
    -------
    float
        The slope of the neuron times the input that the weight forwards.
    """
    _check(trace, k, i, j)
    return float(trace.slope[k + 1][i] * trace.a[k][j])


def edge_rates(trace, k):
    """Rate factors of all edges of a step: ∂a_i^{(k+1)} / ∂a_j^{(k)}, slide equation (13).

    Parameters
    ----------
    trace : Trace of one example
    k : int
        The step from layer k to layer k+1.

    Returns
    -------
    array of the shape of ``trace.W[k]``
        Each row of W times the slope of the neuron that it leads to.
    """
    _check(trace, k)
    return trace.slope[k + 1][:, None] * trace.W[k]


def cost_rates(trace):
    """Rate factors of the last layer: ∂C / ∂a_m^L, the first factor of slide equation (15).

    Parameters
    ----------
    trace : Trace of one example, with a loss

    Returns
    -------
    array of shape (neurons in the last layer,)
        The δ of the last layer, where a = z.
    """
    _check(trace)
    _check_error(trace)
    return trace.delta[trace.n_layers].copy()


@dataclass(frozen=True)
class Path:
    """One way from a weight to the cost.

    Attributes
    ----------
    neurons : tuple of int
        The neuron that it passes in each layer, from the one that the weight leads to up to the
        last layer.
    rates : tuple of float
        The rate factors, from the weight to the cost: ∂a/∂w, the edges', ∂C/∂a.
    """

    neurons: tuple
    rates: tuple

    @property
    def product(self):
        """float: the rate factor of the path, the product in slide equation (15)."""
        return math.prod(self.rates)


def paths(trace, k, i, j):
    """List every path from a weight to the cost; their products add up to ∂C/∂w, equation (17).

    Parameters
    ----------
    trace : Trace of one example, with a loss
    k, i, j : int
        The weight ``trace.W[k][i, j]``.

    Returns
    -------
    list of Path
        One for each choice of a neuron in each layer after the one that the weight leads to. The
        sum is ``trace.dW[k][i, j]``, without the L2 penalty, which reaches the cost directly.

    Raises
    ------
    ValueError
        If the trace is a batch's, has no error signal, or has no such weight.
    """
    first, last = weight_rate(trace, k, i, j), cost_rates(trace)
    layers = range(k + 2, trace.n_layers + 1)
    edges = {layer: edge_rates(trace, layer - 1) for layer in layers}
    result = []
    for later in product(*(range(len(trace.a[layer])) for layer in layers)):
        neurons = (i, *later)
        steps = zip(layers, neurons[1:], neurons[:-1], strict=True)
        rates = [edges[layer][to, start] for layer, to, start in steps]
        result.append(Path(neurons, (first, *map(float, rates), float(last[neurons[-1]]))))
    return result


@dataclass
class Nudge:
    """A small change of one weight, measured by two passes and predicted by rate factors.

    Attributes
    ----------
    before, after : Trace
        The pass with the weight as it is, and the pass with the changed one.
    dz, da : dict
        The measured changes of each layer, ``after - before``.
    dC : float
        The measured change of the cost.
    predicted_dz, predicted_da : dict
        Slide equations (12) to (14): rate factors times Δw.
    predicted_dC : float
        Slide equation (16): the sum over all paths, times Δw.
    """

    before: object
    after: object
    dz: dict = field(default_factory=dict)
    da: dict = field(default_factory=dict)
    dC: float = 0.0  # noqa: N815 (the slides' name)
    predicted_dz: dict = field(default_factory=dict)
    predicted_da: dict = field(default_factory=dict)
    predicted_dC: float = 0.0  # noqa: N815


def nudge(network, x, y, k, i, j, step):
    """Change one weight, run the network again, and put the weight back.

    Parameters
    ----------
    network : Network, best made with dtype=float64
    x : array of shape (D,)
    y : integer
        The label of x.
    k, i, j : int
        The weight ``trace.W[k][i, j]``.
    step : float
        The change Δw.

    Returns
    -------
    Nudge

    Raises
    ------
    ValueError
        If there is no such weight, or the network has an L2 penalty: it follows no path.
    """
    if network.l2:
        raise ValueError(
            f"network must have no L2 penalty, which follows no path; its l2 is {network.l2:g}."
        )
    before = network.trace(x, y)
    _check(before, k, i, j)
    weights = network.linear[k - 1].W
    value = weights[i, j]
    try:
        weights[i, j] = value + step
        after = network.trace(x, y)
    finally:
        weights[i, j] = value
    result = Nudge(before, after)
    for layer in before.z:
        result.dz[layer] = after.z[layer] - before.z[layer]
        result.da[layer] = after.a[layer] - before.a[layer]
    result.dC = after.loss - before.loss
    _predict(result, k, i, j, step)
    return result


def _predict(result, k, i, j, step):
    """Carry the change on from layer to layer with the rate factors of the first pass."""
    trace = result.before
    dz, da = result.predicted_dz, result.predicted_da
    for layer in trace.z:
        dz[layer] = np.zeros_like(trace.z[layer])
        da[layer] = np.zeros_like(trace.a[layer])
    dz[k + 1][i] = trace.a[k][j] * step
    da[k + 1][i] = weight_rate(trace, k, i, j) * step
    for layer in range(k + 2, trace.n_layers + 1):
        dz[layer] = trace.W[layer - 1] @ da[layer - 1]
        da[layer] = edge_rates(trace, layer - 1) @ da[layer - 1]
    result.predicted_dC = float(cost_rates(trace) @ da[trace.n_layers])


def error_parts(trace, k):
    """Split the error signal along the edges: δ_i^{(k+1)} W_{ij}^{(k)} is what a_j^{(k)} gets.

    Parameters
    ----------
    trace : Trace of one example, with a loss or another start of the error signal
    k : int
        The step from layer k+1 back to layer k.

    Returns
    -------
    array of the shape of ``trace.W[k]``
    """
    _check(trace, k)
    _check_error(trace)
    return trace.delta[k + 1][:, None] * trace.W[k]


def error_received(trace, k):
    """Add up what reaches each neuron: ∂J/∂a_j^{(k)} = Σ_i δ_i^{(k+1)} W_{ij}^{(k)}.

    Parameters
    ----------
    trace : Trace of one example, with a loss or another start of the error signal
    k : int
        A layer before the last.

    Returns
    -------
    array of shape (neurons in layer k,)
        Times ``trace.slope[k]``, it is ``trace.delta[k]``.
    """
    return error_parts(trace, k).sum(axis=0)


def fair_share(trace, k, i, j):
    """Share of a weight in the error: ∂J/∂W_{ij}^{(k)} = δ_i^{(k+1)} a_j^{(k)}.

    Parameters
    ----------
    trace : Trace of one example, with a loss or another start of the error signal
    k, i, j : int
        The weight ``trace.W[k][i, j]``.

    Returns
    -------
    float
        This example's part of ``trace.dW[k][i, j]``, without an L2 penalty.
    """
    _check(trace, k, i, j)
    _check_error(trace)
    return float(trace.delta[k + 1][i] * trace.a[k][j])


def _check(trace, k=1, i=0, j=0):
    if trace.z[1].ndim != 1:
        raise ValueError(
            f"trace must be of one example; it is of a batch of {len(trace.z[1])}. "
            "Use trace.example(n)."
        )
    if k not in trace.W:
        raise ValueError(f"k must be a step 1..{trace.n_layers - 1}; it is {k!r}.")
    rows, columns = trace.W[k].shape
    if i not in range(rows) or j not in range(columns):
        raise ValueError(
            f"i and j must be in 0..{rows - 1} and 0..{columns - 1}, counted from 0 as in "
            f"trace.W[{k}][i, j]; they are {i!r} and {j!r}."
        )


def _check_error(trace):
    if not trace.delta:
        raise ValueError(
            "trace has no error signal: make it with a label, net.trace(x, y), "
            "or with a start, net.trace(x, dscores=1)."
        )

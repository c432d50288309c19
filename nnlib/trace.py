"""One pass through a network, with every number under the name that the slides give it."""

from dataclasses import dataclass, field, replace

import numpy as np

from nnlib.layers import Activation, Dropout, Linear


@dataclass
class Trace:
    """The numbers of one pass, keyed by the slides' superscript: trace.z[2] is z^{(2)}.

    The input is layer 1: z[1] = a[1] = x; z[k+1] = W[k] a[k] + b[k]; a[k] = f(z[k]);
    delta[k] = ∂J/∂z[k]. In the last layer a = z = s. For one example the arrays are vectors,
    for a batch they have one row an example. They are copies: what happens to the network later
    does not change them.

    Attributes
    ----------
    z, a : dict
        For every layer 1, …, L. With dropout, a is what is passed on, after dropping.
    W, b : dict
        For the steps 1, …, L-1.
    slope : dict
        For the layers 2, …, L: ∂a/∂z of each neuron, the slides' local gradient. It is f'(z) in
        a hidden layer (times the mask, with dropout) and 1 in the last.
    delta : dict
        For the layers 2, …, L; empty if the pass had no loss to start from.
    dW, db : dict
        The gradients of J, for the steps 1, …, L-1; empty like delta.
    mask : dict
        For hidden layers with dropout: 0 for a dropped neuron, 1/(1 - p_drop) for a kept one.
    loss : float or None
        J, with its penalty.
    """

    z: dict = field(default_factory=dict)
    a: dict = field(default_factory=dict)
    W: dict = field(default_factory=dict)
    b: dict = field(default_factory=dict)
    slope: dict = field(default_factory=dict)
    delta: dict = field(default_factory=dict)
    dW: dict = field(default_factory=dict)  # noqa: N815
    db: dict = field(default_factory=dict)
    mask: dict = field(default_factory=dict)
    loss: float | None = None

    @property
    def n_layers(self):
        """The number of layers L, the input among them."""
        return len(self.z)

    def example(self, n):
        """Return the trace of example n of a batch: vectors in place of its rows.

        W and b stay, and so do dW, db and the loss: they belong to the whole batch.
        """
        of_examples = ("z", "a", "slope", "delta", "mask")
        single = {
            name: {k: rows[n].copy() for k, rows in getattr(self, name).items()}
            for name in of_examples
        }
        return replace(self, **single)


def forward(layers, single):
    """Copy what the layers hold after a forward pass."""
    copy = _copier(single)
    trace = Trace()
    trace.z[1] = trace.a[1] = copy(layers[0].X)
    k = 1
    for layer in layers:
        if isinstance(layer, Linear):
            trace.W[k], trace.b[k] = layer.W.copy(), layer.b.copy()
            k += 1
            trace.z[k] = trace.a[k] = copy(layer.z)
            trace.slope[k] = np.ones_like(trace.z[k])
        elif isinstance(layer, Activation):
            trace.a[k] = copy(layer.a)
            trace.slope[k] = copy(layer.local_gradient())
        elif isinstance(layer, Dropout):
            trace.a[k], trace.mask[k] = copy(layer.a), copy(layer.mask)
            trace.slope[k] *= trace.mask[k]
    return trace


def backward(trace, layers, single):
    """Add to a trace what the layers hold after the backward pass."""
    copy = _copier(single)
    linear = [layer for layer in layers if isinstance(layer, Linear)]
    for k, layer in enumerate(linear, start=1):
        trace.delta[k + 1] = copy(layer.dz)
        trace.dW[k], trace.db[k] = layer.dW.copy(), layer.db.copy()


def _copier(single):
    """Return a function that copies a batch, or, of a batch of one, its only row."""
    return (lambda array: array[0].copy()) if single else (lambda array: array.copy())

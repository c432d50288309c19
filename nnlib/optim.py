"""Optimisers: how a step is made from a gradient."""

import numpy as np

from nnlib import _checks


class Optimizer:
    """What all optimisers share: a learning rate, and the network they work on.

    A loop by hand reads as in the slides::

        optimizer = SGD(lr=0.1).bind(net)
        loss = net.loss(X, y)
        net.backward()
        optimizer.step()

    `lr` may be changed at any time.
    """

    def __init__(self, lr):
        self.lr = _checks.positive("lr", lr)
        self.network = None

    def bind(self, network):
        """Work on this network; with a network that it worked on before, go on as it was."""
        if network is not self.network:
            self.network = network
            self._start(network.parameters)
        return self

    def step(self):
        """Change the parameters along the gradients that `backward` left."""
        if self.network is None:
            raise RuntimeError(
                f"{type(self).__name__} works on no network yet: call optimizer.bind(net) first."
            )
        self._update(self.network.parameters, self.network.gradients)


class SGD(Optimizer):
    """Gradient descent: w ← w - lr · g, the slides' vanilla and mini-batch loops.

    With momentum: v ← momentum · v + g and w ← w - lr · v; with nesterov the step looks ahead:
    w ← w - lr · (g + momentum · v). PyTorch's convention: lr stands outside the velocity v.

    Parameters
    ----------
    lr : float
        The learning rate, the slides' step_size.
    momentum : float in [0, 1)
    nesterov : bool
    """

    def __init__(self, lr=0.01, momentum=0.0, nesterov=False):
        super().__init__(lr)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1); it is {momentum!r}.")
        if nesterov and momentum == 0:
            raise ValueError("nesterov looks ahead along the momentum: give momentum above 0.")
        self.momentum = momentum
        self.nesterov = nesterov

    def _start(self, parameters):
        self.step_buffer = np.empty_like(parameters)
        self.velocity = np.zeros_like(parameters) if self.momentum else None

    def _update(self, parameters, gradients):
        direction = gradients
        if self.momentum:
            self.velocity *= self.momentum
            self.velocity += gradients
            direction = self.velocity
        if self.nesterov:
            direction = np.multiply(self.velocity, self.momentum, out=self.step_buffer)
            direction += gradients
        parameters -= np.multiply(direction, self.lr, out=self.step_buffer)

    def __repr__(self):
        return f"SGD(lr={self.lr:g}, momentum={self.momentum:g}, nesterov={self.nesterov})"

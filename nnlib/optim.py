"""Optimisers: how a step is made from a gradient.

Each works in place on the network's one flat vector of parameters, block by block, so that a
block and all that belongs to it stays in the processor's cache. The same steps as plain
formulas stand in `nnlib.reference`; their conventions are PyTorch's.
"""

import math

import numpy as np

from nnlib import _checks, _memory

FLUSH_EVERY = 32  # steps


class Optimizer:
    """What all optimisers share: a learning rate, and the network they work on.

    A loop by hand reads as in the slides::

        optimizer = SGD(lr=0.1).bind(net)
        loss = net.loss(X, y)
        net.backward()
        optimizer.step()

    Parameters
    ----------
    lr : float, or a schedule from `nnlib.schedules`
        The learning rate. It may be changed at any time: ``optimizer.lr = 0.01``.

    Attributes
    ----------
    steps : int
        Steps made since `bind`.
    state : dict of arrays
        What the optimiser remembers of each parameter, by name.
    """

    remembers = ()

    def __init__(self, lr):
        self.schedule = lr if callable(lr) else None
        self.lr = lr(0) if callable(lr) else _checks.positive("lr", lr)
        self.network = None

    def bind(self, network):
        """Work on this network; with a network that it worked on before, go on as it was."""
        if network is self.network:
            return self
        self.network = network
        self.steps = self.epochs = 0
        w, g = network.parameters, network.gradients
        self.state = {name: _memory.zeros(w.shape, w.dtype) for name in self.remembers}
        self._blocks = _memory.blocks(w, g, *self.state.values())
        return self

    def start_epoch(self):
        """Ask the schedule, if there is one, for this epoch's learning rate."""
        if self.schedule:
            self.lr = self.schedule(self.epochs)
        self.epochs += 1

    def step(self):
        """Change the parameters along the gradients that `backward` left."""
        if self.network is None:
            raise RuntimeError(
                f"{type(self).__name__} works on no network yet: call optimizer.bind(net) first."
            )
        self.steps += 1
        self._prepare()
        for block in self._blocks:
            self._update(*block)
        if self.steps % FLUSH_EVERY == 0:
            self._flush()

    def _prepare(self):
        """Compute what a step needs once, not once for each block."""

    def _flush(self):
        """Set what has faded away to exactly 0.

        Where a gradient stays 0 (a pixel that is always white), the memory of it shrinks and
        shrinks, until in float32 it is a denormal number, and each operation on those takes
        fifty times as long. Adding and subtracting 1e-20 leaves 0 of what is below 1e-27 and
        changes nothing that counts.
        """
        for array in self.state.values():
            array += 1e-20
            array -= 1e-20

    def __repr__(self):
        options = [f"lr={self.schedule or self.lr!r}"]
        options += [f"{name}={getattr(self, name)!r}" for name in self.shown]
        return f"{type(self).__name__}({', '.join(options)})"


class SGD(Optimizer):
    """Gradient descent: w ← w - lr · g, the slides' vanilla and mini-batch loops.

    With momentum: v ← momentum · v + g and w ← w - lr · v; with nesterov the step looks ahead:
    w ← w - lr · (g + momentum · v).

    Parameters
    ----------
    lr : float, or a schedule
        The learning rate, the slides' step_size.
    momentum : float in [0, 1)
    nesterov : bool
    """

    shown = ("momentum", "nesterov")

    def __init__(self, lr=0.01, momentum=0.0, nesterov=False):
        super().__init__(lr)
        self.momentum = _share("momentum", momentum)
        self.nesterov = nesterov
        if nesterov and momentum == 0:
            raise ValueError("nesterov looks ahead along the momentum: give momentum above 0.")
        self.remembers = ("velocity",) if momentum else ()

    def _update(self, w, g, *others):
        *velocity, room = others
        if not velocity:
            w -= np.multiply(g, self.lr, out=room)
            return
        v = velocity[0]
        v *= self.momentum
        v += g
        if self.nesterov:
            np.multiply(v, self.momentum, out=room)
            room += g
            room *= self.lr
            w -= room
        else:
            w -= np.multiply(v, self.lr, out=room)


class AdaGrad(Optimizer):
    """Smaller steps where gradients were large: v ← v + g², w ← w - lr · g / (√v + ε).

    Duchi, Hazan, Singer: Adaptive Subgradient Methods, JMLR 2011.

    Parameters
    ----------
    lr : float, or a schedule
    eps : float
        ε, against a division by 0.
    """

    shown = ("eps",)
    remembers = ("v",)

    def __init__(self, lr=0.01, eps=1e-10):
        super().__init__(lr)
        self.eps = _checks.positive("eps", eps)

    def _update(self, w, g, v, room):
        np.multiply(g, g, out=room)
        v += room
        np.sqrt(v, out=room)
        room += self.eps
        np.divide(g, room, out=room)
        room *= self.lr
        w -= room


class RMSProp(Optimizer):
    """AdaGrad that forgets: v ← decay · v + (1 - decay) · g², w ← w - lr · g / (√v + ε).

    Hinton: Neural Networks for Machine Learning, lecture 6e, 2012.

    Parameters
    ----------
    lr : float, or a schedule
    decay : float in [0, 1)
    eps : float
        ε, against a division by 0.
    """

    shown = ("decay", "eps")
    remembers = ("v_scaled",)

    def __init__(self, lr=0.01, decay=0.99, eps=1e-8):
        super().__init__(lr)
        self.decay = _share("decay", decay)
        self.eps = _checks.positive("eps", eps)

    def _prepare(self):
        # We keep V = v / (1 - decay): V ← decay · V + g² saves a pass over all parameters.
        # Then √v + ε = k (√V + ε/k) with k = √(1 - decay).
        k = math.sqrt(1 - self.decay)
        self._eps, self._lr = self.eps / k, self.lr / k

    def _update(self, w, g, V, room):
        np.multiply(g, g, out=room)
        V *= self.decay
        V += room
        np.sqrt(V, out=room)
        room += self._eps
        np.divide(g, room, out=room)
        room *= self._lr
        w -= room


class Adam(Optimizer):
    """Momentum and RMSProp in one, both corrected for their start at 0.

    m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g²,
    w ← w - lr · m̂ / (√v̂ + ε) with m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ) at step t.

    Kingma, Ba: Adam: A Method for Stochastic Optimization, ICLR 2015.

    Parameters
    ----------
    lr : float, or a schedule
    beta1, beta2 : floats in [0, 1)
    eps : float
        ε, against a division by 0.
    """

    shown = ("beta1", "beta2", "eps")
    remembers = ("m_scaled", "v_scaled")

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr)
        self.beta1 = _share("beta1", beta1)
        self.beta2 = _share("beta2", beta2)
        self.eps = _checks.positive("eps", eps)

    def _prepare(self):
        # We keep M = m / (1 - β₁) and V = v / (1 - β₂): M ← β₁ M + g and V ← β₂ V + g² save two
        # passes over all parameters. Then √v̂ + ε = k (√V + ε/k) and m̂ = c M.
        k = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.steps))
        c = (1 - self.beta1) / (1 - self.beta1**self.steps)
        self._eps, self._lr = self.eps / k, self.lr * c / k

    def _update(self, w, g, M, V, room):
        M *= self.beta1
        M += g
        np.multiply(g, g, out=room)
        V *= self.beta2
        V += room
        np.sqrt(V, out=room)
        room += self._eps
        np.divide(M, room, out=room)
        room *= self._lr
        w -= room


def _share(name, value):
    """Return value if it lies in [0, 1)."""
    if isinstance(value, int | float | np.number) and 0 <= value < 1:
        return value
    raise ValueError(f"{name} must lie in [0, 1); it is {value!r}.")

"""Schedules: a learning rate that changes from epoch to epoch.

Give one in place of the number: ``SGD(lr=Cosine(0.1, epochs=20))``. A schedule is a function of
the epoch, 0, 1, 2, …; any function of your own will do as well.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class StepDecay:
    """Multiply the learning rate by `factor` after every `every` epochs."""

    lr: float
    factor: float = 0.5
    every: int = 10

    def __call__(self, epoch):
        """Return the learning rate of this epoch."""
        return self.lr * self.factor ** (epoch // self.every)


@dataclass(frozen=True)
class ExponentialDecay:
    """Multiply the learning rate by `factor` after every epoch."""

    lr: float
    factor: float = 0.95

    def __call__(self, epoch):
        """Return the learning rate of this epoch."""
        return self.lr * self.factor**epoch


@dataclass(frozen=True)
class Cosine:
    """From `lr` down to `lowest` along half a cosine: slow, fast, slow, over `epochs` epochs.

    Loshchilov, Hutter: SGDR, ICLR 2017 (without restarts).
    """

    lr: float
    epochs: int
    lowest: float = 0.0

    def __call__(self, epoch):
        """Return the learning rate of this epoch."""
        done = min(epoch / self.epochs, 1)
        return self.lowest + (self.lr - self.lowest) * (1 + math.cos(math.pi * done)) / 2


@dataclass(frozen=True)
class Warmup:
    """Rise in a straight line over `epochs` epochs, then follow the schedule `then`."""

    epochs: int
    then: object

    def __call__(self, epoch):
        """Return the learning rate of this epoch."""
        if epoch < self.epochs:
            return self.then(0) * (epoch + 1) / self.epochs
        return self.then(epoch - self.epochs)

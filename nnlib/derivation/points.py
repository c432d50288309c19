"""Places where the derivatives of a derivation are measured, by nudging, not by formulas."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnlib import functional
from nnlib.gradcheck import numerical_gradient


@dataclass(frozen=True)
class Point:
    """One choice of θ and y, with the derivatives there by centred differences.

    Parameters
    ----------
    theta : array of shape (K,)
    y : array of shape (K,)
        One-hot, or any probabilities.
    predict : callable
        Gives ŷ from θ; the chain rule must hold for any.
    """

    theta: np.ndarray
    y: np.ndarray
    predict: object = functional.softmax

    @cached_property
    def yhat(self):
        """The prediction ŷ, of shape (K,)."""
        return self.predict(self.theta)

    @cached_property
    def dyhat_dtheta(self):
        """∂ŷ_i/∂θ_j in row i and column j."""
        rows = [
            numerical_gradient(lambda theta, i=i: self.predict(theta)[i], self.theta)
            for i in range(len(self.theta))
        ]
        return np.array(rows)

    @cached_property
    def dce_dyhat(self):
        """∂CE/∂ŷ_i, each ŷ_i taken as free."""
        return numerical_gradient(self._cross_entropy, self.yhat)

    @cached_property
    def dce_dtheta(self):
        """∂CE/∂θ_j, through the prediction."""
        return numerical_gradient(
            lambda theta: self._cross_entropy(self.predict(theta)), self.theta
        )

    def _cross_entropy(self, yhat):
        return -np.sum(self.y * np.log(yhat))

    def values(self):
        """Return what the symbols stand for here, as `evaluate` takes it."""
        return {
            "y": self.y,
            "yhat": self.yhat,
            "theta": self.theta,
            "dCE/dyhat": self.dce_dyhat,
            "dCE/dtheta": self.dce_dtheta,
            "dyhat/dtheta": self.dyhat_dtheta,
        }


def softmax_points(seed):
    """Return random points of the softmax: with one-hot y, and with any distribution."""
    rng = np.random.default_rng(seed)
    one_hot = np.eye(3)[rng.integers(3)]
    spread = rng.dirichlet(np.full(4, 3.0)).round(2)
    spread[-1] = 1 - spread[:-1].sum()
    return (
        Point(rng.uniform(-1, 1, 3).round(1), one_hot),
        Point(rng.uniform(-1, 1, 4).round(1), spread),
        Point(rng.uniform(-2, 2, 3).round(1), np.eye(3)[rng.integers(3)]),
    )


def other_prediction(point):
    """Return the same point for a prediction that is no softmax.

    The softmax's table of derivatives is symmetric: it would hide i and j taken one for the other.
    """
    tilt = 0.3 * np.tri(len(point.theta)) + 0.1
    return Point(point.theta, point.y, lambda theta: np.exp(tilt @ theta))

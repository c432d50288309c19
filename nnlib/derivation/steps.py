"""The six steps of hw1-1: what each asks for, measured, and what common slips would give."""

import itertools
from dataclasses import dataclass, field

import numpy as np

from nnlib.derivation.points import other_prediction


@dataclass(frozen=True)
class Case:
    """One choice of point and indices: what was measured there, and what slips would give."""

    point: object
    indices: dict
    measured: object
    slips: dict = field(default_factory=dict)
    prediction: str = "the softmax"


@dataclass(frozen=True)
class Step:
    """A step of the derivation.

    Parameters
    ----------
    quantity : str
        What it asks for, as LaTeX.
    free : tuple of str
        The indices it may speak of outside a sum.
    cases : callable
        Gives the cases at a point.
    advice : str
        What to try next when no known slip fits.
    only : set of str or None
        The symbols a simplified answer may hold; None for any.
    simplify : str
        What to do about an answer that is equal but holds others.
    derivatives : set of str
        The derivatives an answer may name instead of working them out.
    """

    quantity: str
    free: tuple
    cases: object
    advice: str
    only: set | None = None
    simplify: str = ""
    derivatives: frozenset = frozenset()


NUMERATOR_ONLY = "θ_i stands twice in ŷ_i: above the fraction line and below it."
BELOW_ONLY = (
    "this is the case of another index: for θ_i itself, e^{θ_i} above the line changes too."
)
IN_THE_SUM = "θ_j is part of ŷ_i too: look at the sum below the fraction line."
SAME_INDEX = "this is the case i = j of step 1; here j is another index than i."
TURNED = "only one of the two indices belongs to θ; look again which one is squared."
Y_LOST = "where did y_i go? It multiplies its logarithm."
NOT_DERIVED = "this is the term of the loss itself; take its derivative."
BY_Y = "this is the derivative by y_i; take the one by ŷ_i."
ONE_PATH = "θ_j changes every ŷ_i, not only ŷ_j: all of them reach the loss."
TRANSPOSED = (
    "your sum goes over the wrong index: in ∂ŷ_i/∂θ_j, which of the two stays the same "
    "while you add up?"
)
NO_LOSS = "how much does the loss feel each ŷ_i? That factor is missing."
OWN_TERM = "this is the term i = j alone. What do the terms with i ≠ j add?"
OTHER_TERMS = "these are the terms with i ≠ j alone. What does the term i = j add?"
Y_IS_ONE = "this holds only where y_j = 1. Keep y_j: y may be any of the K classes' shares."
Y_LEFT_OUT = "where did y_j go? Only ŷ_j is left in your answer."
VECTOR_Y_IS_ONE = "this holds only where y = 1. Keep the vector y: it is 1 for one class only."
VECTOR_Y_LEFT_OUT = "where did y go? Only ŷ is left in your answer."
Y_IN_EVERY_TERM = "add the factors of ŷ_j up: which sum over y do they make, and what is it?"


def _step_1(point):
    yhat, jacobian = point.yhat, point.dyhat_dtheta
    for i in range(len(yhat)):
        slips = {NUMERATOR_ONLY: yhat[i], BELOW_ONLY: -(yhat[i] ** 2)}
        yield Case(point, {"i": i}, jacobian[i, i], slips)


def _step_2(point):
    yhat, jacobian = point.yhat, point.dyhat_dtheta
    for i, j in itertools.permutations(range(len(yhat)), 2):
        slips = {
            IN_THE_SUM: 0.0,
            SAME_INDEX: jacobian[i, i],
            TURNED: -(yhat[i] ** 2),
        }
        yield Case(point, {"i": i, "j": j}, jacobian[i, j], slips)


def _step_3(point):
    y, yhat = point.y, point.yhat
    for i in range(len(y)):
        slips = {
            Y_LOST: -1 / yhat[i],
            NOT_DERIVED: -y[i] * np.log(yhat[i]),
            BY_Y: -np.log(yhat[i]),
        }
        yield Case(point, {"i": i}, point.dce_dyhat[i], slips)


def _step_4(point):
    places = (("the softmax", point), ("another prediction", other_prediction(point)))
    for prediction, place in places:
        slopes, jacobian = place.dce_dyhat, place.dyhat_dtheta
        for j in range(len(slopes)):
            slips = {
                ONE_PATH: slopes[j] * jacobian[j, j],
                TRANSPOSED: slopes @ jacobian[j],
                NO_LOSS: jacobian[:, j].sum(),
            }
            yield Case(place, {"j": j}, place.dce_dtheta[j], slips, prediction)


def _step_5(point):
    y, yhat, measured = point.y, point.yhat, point.dce_dtheta
    own = point.dce_dyhat * np.diag(point.dyhat_dtheta)
    for j in range(len(y)):
        slips = {
            OWN_TERM: own[j],
            OTHER_TERMS: measured[j] - own[j],
            Y_IS_ONE: yhat[j] - 1,
            Y_LEFT_OUT: yhat[j],
            Y_IN_EVERY_TERM: -y[j] + yhat[j] * y[j],
        }
        yield Case(point, {"j": j}, measured[j], slips)


def _step_6(point):
    slips = {VECTOR_Y_IS_ONE: point.yhat - 1, VECTOR_Y_LEFT_OUT: point.yhat}
    yield Case(point, {}, point.dce_dtheta, slips)


STEPS = {
    1: Step(
        r"\frac{\partial \hat{y}_i}{\partial \theta_i}",
        ("i",),
        _step_1,
        "write ŷ_i as a fraction, use the quotient rule, then split the result into two "
        "fractions and find ŷ_i in each.",
    ),
    2: Step(
        r"\frac{\partial \hat{y}_i}{\partial \theta_j}",
        ("i", "j"),
        _step_2,
        "now e^{θ_i} above the fraction line is a constant; only the sum below it holds θ_j.",
    ),
    3: Step(
        r"\frac{\partial CE}{\partial \hat{y}_i}",
        ("i",),
        _step_3,
        "only one term of the sum holds ŷ_i; differentiate that one.",
    ),
    4: Step(
        r"\frac{\partial CE}{\partial \theta_j}",
        ("j",),
        _step_4,
        "for each i, take how much the loss feels ŷ_i times how much ŷ_i feels θ_j; then add up. "
        "Write the derivatives themselves, dCE/dyhat_i and dyhat_i/dtheta_j: the chain rule "
        "holds for every prediction.",
        derivatives=frozenset({"dCE/dyhat", "dyhat/dtheta"}),
    ),
    5: Step(
        r"\frac{\partial CE}{\partial \theta_j}",
        ("j",),
        _step_5,
        "put steps 1 to 3 into step 4, with the term i = j apart from the others; most factors "
        "cancel, and Σ_i y_i = 1.",
        {"y", "yhat"},
        "It is equal, but not as simple as it can be: only y_j and ŷ_j should be left. Where does "
        "Σ_i y_i = 1 help?",
    ),
    6: Step(
        r"\frac{\partial CE}{\partial \theta}",
        (),
        _step_6,
        "write step 5 for j = 0, 1, 2 below each other and read the column as one vector.",
        {"y", "yhat"},
        "It is equal, but not as simple as it can be: only the vectors y and ŷ should be left.",
    ),
}

"""Puts numbers into an expression."""

import numpy as np

from nnlib.derivation.expressions import (
    Binary,
    Call,
    Derivative,
    Negative,
    Number,
    Sum,
    Symbol,
)

OPERATIONS = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
FUNCTIONS = {"exp": np.exp, "log": np.log}


def evaluate(expression, values, indices=None):
    """Return the value of an expression.

    Parameters
    ----------
    expression : tree that `read` returned
    values : dict
        Arrays by name: "y", "yhat", "theta" of shape (K,), "dCE/dyhat", "dCE/dtheta" of shape
        (K,), "dyhat/dtheta" of shape (K, K), row i and column j for ∂ŷ_i/∂θ_j.
    indices : dict
        The class that each free index stands for, {"i": 0}.

    Returns
    -------
    A number, or an array of shape (K,) where a symbol without index stands; it may be infinite
    or NaN, as where something is divided by 0.
    """
    with np.errstate(all="ignore"):
        return _value(expression, values, indices or {})


def _value(expression, values, indices):
    def value(part):
        return _value(part, values, indices)

    match expression:
        case Number(number):
            return np.float64(number)
        case Symbol("e"):
            return np.float64(np.e)
        case Symbol("delta", (i, j)):
            return np.float64(indices[i] == indices[j])
        case Symbol(name, names):
            return values[name][tuple(indices[index] for index in names)]
        case Derivative(of, by):
            place = tuple(indices[index] for index in (*of.indices, *by.indices))
            return values[expression.name][place]
        case Negative(part):
            return -value(part)
        case Call(function, argument):
            return FUNCTIONS[function](value(argument))
        case Binary(operator, left, right):
            return OPERATIONS[operator](value(left), value(right))
        case Sum(index, without, body):
            classes = set(range(len(values["yhat"]))) - {indices.get(without)}
            return sum(_value(body, values, indices | {index: k}) for k in sorted(classes))
    raise TypeError(f"not a part of an expression: {expression!r}.")

"""Decides with SymPy whether an expression is what a step asks for.

It may take very long, so it is run as a process of its own, ``python -m nnlib.derivation.algebra``:
it answers each line {"step": 1, "text": "..."} of its input by "equal" or "different".
"""

import json
import sys

import sympy

from nnlib.derivation.expressions import (
    Binary,
    Call,
    Derivative,
    Negative,
    Number,
    Sum,
    Symbol,
)
from nnlib.derivation.reading import read

N_CLASSES = 3
ROW = "row"  # the index of a symbol written without one, as in ŷ - y


def is_equal(step, expression):
    """Return whether the expression equals the step's answer, for every choice of the indices."""
    world = _World()
    differences = (
        to_sympy(expression, world, indices) - answer for indices, answer in world.answers(step)
    )
    return all(_is_zero(difference) for difference in differences)


def _is_zero(difference):
    return sympy.cancel(sympy.together(difference)) == 0 or sympy.simplify(difference) == 0


class _World:
    """The quantities for three classes, in the symbols E_k = e^{θ_k}: Σŷ = 1 and Σy = 1 hold."""

    def __init__(self):
        self.classes = range(N_CLASSES)
        self.E = sympy.symbols(f"E:{N_CLASSES}", positive=True)
        first = sympy.symbols(f"y:{N_CLASSES - 1}", positive=True)
        self.y = [*first, 1 - sum(first)]
        self.theta = [sympy.log(e) for e in self.E]
        self.yhat = [e / sum(self.E) for e in self.E]
        # In the chain rule the derivatives stand for themselves.
        self.dce_dyhat = sympy.symbols(f"c:{N_CLASSES}")
        self.dyhat_dtheta = sympy.Matrix(N_CLASSES, N_CLASSES, self._derivative)
        self.dce_dtheta = [
            sum(self.dce_dyhat[i] * self.dyhat_dtheta[i, j] for i in self.classes)
            for j in self.classes
        ]

    @staticmethod
    def _derivative(i, j):
        return sympy.Symbol(f"d_{i}_{j}")

    def answers(self, step):
        """Yield what a step should give for each choice of its indices, found by SymPy's diff."""
        free = sympy.symbols(f"p:{N_CLASSES}", positive=True)
        loss = -sum(y * sympy.log(p) for y, p in zip(self.y, free, strict=True))
        slopes = [loss.diff(p).subs(dict(zip(free, self.yhat, strict=True))) for p in free]
        # E_j = e^{θ_j}, so ∂/∂θ_j is E_j ∂/∂E_j.
        jacobian = [
            [self.E[j] * self.yhat[i].diff(self.E[j]) for j in self.classes] for i in self.classes
        ]
        total = [sum(slopes[i] * jacobian[i][j] for i in self.classes) for j in self.classes]
        for i in self.classes:
            if step == 1:
                yield {"i": i}, jacobian[i][i]
            elif step == 2:
                yield from (({"i": i, "j": j}, jacobian[i][j]) for j in self.classes if j != i)
            elif step == 3:
                yield {"i": i}, slopes[i]
            elif step == 4:
                yield {"j": i}, self.dce_dtheta[i]
            elif step == 5:
                yield {"j": i}, total[i]
            else:
                yield {ROW: i}, total[i]


def to_sympy(expression, world, indices):
    """Return an expression in SymPy's form; ROW in indices says which row of a vector."""

    def value(part):
        return to_sympy(part, world, indices)

    match expression:
        case Number(number):
            return sympy.Rational(number.numerator, number.denominator)
        case Symbol("e"):
            return sympy.E
        case Symbol("delta", (i, j)):
            return sympy.Integer(indices[i] == indices[j])
        case Symbol(name, names):
            return getattr(world, name)[indices[names[0] if names else ROW]]
        case Derivative(Symbol("CE"), by):
            return (world.dce_dyhat if by.name == "yhat" else world.dce_dtheta)[
                indices[by.indices[0]]
            ]
        case Derivative(of, by):
            return world.dyhat_dtheta[indices[of.indices[0]], indices[by.indices[0]]]
        case Negative(part):
            return -value(part)
        case Call(function, argument):
            return getattr(sympy, function)(value(argument))
        case Binary("+", left, right):
            return value(left) + value(right)
        case Binary("-", left, right):
            return value(left) - value(right)
        case Binary("*", left, right):
            return value(left) * value(right)
        case Binary("/", left, right):
            return value(left) / value(right)
        case Binary("^", left, right):
            return value(left) ** value(right)
        case Sum(index, without, body):
            classes = set(world.classes) - {indices.get(without)}
            return sum(to_sympy(body, world, indices | {index: k}) for k in sorted(classes))
    raise TypeError(f"not a part of an expression: {expression!r}.")


def _main():
    for line in sys.stdin:
        question = json.loads(line)
        equal = is_equal(question["step"], read(question["text"]))
        print("equal" if equal else "different", flush=True)


if __name__ == "__main__":
    _main()

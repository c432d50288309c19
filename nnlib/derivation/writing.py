"""Writes an expression as LaTeX, so that its author sees how it was read."""

from fractions import Fraction

from nnlib.derivation.expressions import (
    Binary,
    Call,
    Derivative,
    Negative,
    Number,
    Sum,
    Symbol,
)

LETTERS = {"yhat": r"\hat{y}", "theta": r"\theta", "delta": r"\delta"}
ADDITION, PRODUCT, POWER = 1, 2, 3  # how tightly an operator holds its parts together


def to_latex(expression):
    """Return the expression as LaTeX, without dollar signs."""
    return _write(expression, ADDITION)


def _write(expression, needed):
    """Write a part, in parentheses if it holds together less than is needed."""
    latex, holds = _part(expression)
    return latex if holds >= needed else rf"\left( {latex} \right)"


def _part(expression):
    """Return the LaTeX of a part, and how tightly it holds together."""
    match expression:
        case Number(value):
            return _number(value), POWER if value.denominator == 1 else PRODUCT
        case Symbol(name, indices):
            letter = LETTERS.get(name, name)
            return (f"{letter}_{{{''.join(indices)}}}" if indices else letter), POWER
        case Derivative(of, by):
            over, under = to_latex(of), to_latex(by)
            return rf"\frac{{\partial {over}}}{{\partial {under}}}", PRODUCT
        case Negative(part):
            return f"-{_write(part, PRODUCT)}", ADDITION
        case Call("exp", argument):
            return f"e^{{{to_latex(argument)}}}", PRODUCT
        case Call(function, argument):
            return rf"\{function} \left( {to_latex(argument)} \right)", PRODUCT
        case Sum(index, without, body):
            under = index if without is None else rf"{index} \ne {without}"
            return rf"\sum_{{{under}}} {_write(body, PRODUCT)}", ADDITION
        case Binary("/", left, right):
            return rf"\frac{{{to_latex(left)}}}{{{to_latex(right)}}}", PRODUCT
        case Binary("^", left, right):
            return f"{_write(left, POWER)}^{{{to_latex(right)}}}", PRODUCT
        case Binary("*", left, right):
            return _product(left, right), PRODUCT
        case Binary(operator, left, right):
            # a - (b + c) needs its parentheses, a + (b + c) keeps the author's.
            return f"{_write(left, ADDITION)} {operator} {_write(right, PRODUCT)}", ADDITION
    raise TypeError(f"not a part of an expression: {expression!r}.")


def _product(left, right):
    left, right = _write(left, PRODUCT), _write(right, PRODUCT)
    # Two numbers beside each other need a sign between them.
    between = r" \cdot " if right[0].isdigit() else r" \, "
    return left + between + right


def _number(value: Fraction):
    if value.denominator == 1:
        return str(value.numerator)
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"

"""What a step of a derivation is made of, as a small tree that knows nothing of Python."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Number:
    """A number, kept exactly: 0.1 is one tenth."""

    value: Fraction


@dataclass(frozen=True)
class Symbol:
    """A quantity with its indices: ``Symbol("yhat", ("i",))`` is ŷ_i, without indices ŷ."""

    name: str  # y, yhat, theta, delta, CE or e
    indices: tuple = ()


@dataclass(frozen=True)
class Derivative:
    """A partial derivative that stands for itself, such as ∂CE/∂ŷ_i."""

    of: Symbol
    by: Symbol

    @property
    def name(self):
        """Its name without indices, such as "dCE/dyhat"."""
        return f"d{self.of.name}/d{self.by.name}"


@dataclass(frozen=True)
class Negative:
    """The negative of a part."""

    part: object


@dataclass(frozen=True)
class Binary:
    """Two parts and what stands between them: one of + - * / ^."""

    operator: str
    left: object
    right: object


@dataclass(frozen=True)
class Call:
    """exp or log of a part."""

    function: str
    argument: object


@dataclass(frozen=True)
class Sum:
    """A sum over all values of an index, or over all but those of another index."""

    index: str
    without: str | None
    body: object


def parts(expression):
    """Return the parts that an expression is directly made of."""
    match expression:
        case Negative(part):
            return (part,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, argument):
            return (argument,)
        case Sum(_, _, body):
            return (body,)
    return ()


def walk(expression):
    """Yield an expression and everything in it."""
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += parts(part)


def symbols(expression):
    """Return the set of names with their indices, those inside derivatives left out."""
    return {part for part in walk(expression) if isinstance(part, Symbol)}

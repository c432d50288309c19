"""Judges a step: whether it is equal to what is measured, and if not, where it departs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnlib.derivation import algebra_process
from nnlib.derivation.evaluating import evaluate
from nnlib.derivation.expressions import Derivative, Sum, Symbol, walk
from nnlib.derivation.points import softmax_points
from nnlib.derivation.reading import read, without_comments
from nnlib.derivation.steps import STEPS
from nnlib.derivation.tokens import NotationError
from nnlib.derivation.writing import to_latex

ALGEBRA_SECONDS = 10
HATLESS = "y is the truth; the prediction ŷ is written yhat."


@dataclass(frozen=True)
class Verdict:
    """What became of one step.

    Attributes
    ----------
    right : bool
    read_as : str
        The step as it was read, in LaTeX.
    words : str
        A sentence for the author; where the step is wrong, also a place where it departs, and
        what to try next.
    by : str
        What decided: "numbers", or "numbers and algebra".
    """

    right: bool
    read_as: str
    words: str
    by: str = "numbers"


def judge(step, text, seed=0):
    """Judge one step of the derivation of ∂CE/∂θ.

    Parameters
    ----------
    step : int
        1 to 6; `STEPS` says what each asks for.
    text : str
        The answer, in the notation of `read`.
    seed : int
        For the random points where numbers are compared.

    Returns
    -------
    Verdict

    Raises
    ------
    NotationError
        If the text cannot be read, or speaks of an index that has no meaning in this step.
    ValueError
        If there is no such step.
    """
    if step not in STEPS:
        raise ValueError(f"step must be one of {', '.join(map(str, STEPS))}; it is {step!r}.")
    asked, expression = STEPS[step], read(text)
    text = without_comments(text)
    _check_indices(asked, expression, text)
    read_as = to_latex(expression)
    if named := _derivatives_named(asked, expression):
        return Verdict(False, read_as, _not_worked_out(asked, named))
    cases = [case for point in softmax_points(seed) for case in asked.cases(point)]
    given = [evaluate(expression, case.point.values(), case.indices) for case in cases]
    wrong = [i for i, case in enumerate(cases) if not _agree(given[i], case.measured)]
    if wrong:
        words = _what_is_wrong(cases, given, wrong, _hint(cases, given, asked, expression))
        return Verdict(False, read_as, words)
    if not _simplified(asked, expression):
        return Verdict(False, read_as, asked.simplify)
    decided = decide_by_algebra(step, text)
    if decided is False:
        return Verdict(False, read_as, _hidden_difference(), "numbers and algebra")
    by = "numbers" if decided is None else "numbers and algebra"
    return Verdict(True, read_as, f"Right: equal at {len(cases)} random tries.", by)


@lru_cache(maxsize=10_000)
def decide_by_algebra(step, text, seconds=ALGEBRA_SECONDS):
    """Return whether SymPy finds the text equal to what the step asks for.

    Parameters
    ----------
    step : int
        1 to 6.
    text : str
        An expression that can be read.
    seconds : float
        The time SymPy has.

    Returns
    -------
    bool or None
        None where it could not decide in time.
    """
    return algebra_process.ask(step, text, seconds)


def _agree(given, measured):
    # A finite difference is good to about eight digits here; NaN agrees with nothing.
    return np.shape(given) == np.shape(measured) and np.allclose(
        given, measured, rtol=1e-5, atol=1e-7
    )


def _check_indices(asked, expression, text):
    """Raise where an index is neither this step's nor a sum's."""
    _check_part(expression, set(asked.free), asked, text)


def _check_part(part, known, asked, text):
    for index in getattr(part, "indices", ()):
        if index not in known:
            raise NotationError(text, _place(text, index), _unknown_index(index, asked))
    if asked.free and part in (Symbol("y"), Symbol("yhat"), Symbol("theta")):
        raise NotationError(text, 0, f"{part.name} needs an index here, as in {part.name}_i.")
    if isinstance(part, Derivative):
        children = (part.of, part.by) if part.of.name != "CE" else (part.by,)
    elif isinstance(part, Sum):
        _check_sum(part, known, asked, text)
        children, known = (part.body,), known | {part.index}
    else:
        children = [
            child for child in vars(part).values() if hasattr(child, "__dataclass_fields__")
        ]
    for child in children:
        _check_part(child, known, asked, text)


def _check_sum(part, known, asked, text):
    place = _place(text, part.index)
    if part.index in known:
        reason = f"{part.index} has a meaning already; give the sum another index."
        raise NotationError(text, place, reason)
    if part.without is not None and part.without not in known:
        raise NotationError(text, place, _unknown_index(part.without, asked))


def _unknown_index(index, asked):
    free = " and ".join(asked.free)
    speaks = f"this step speaks of {free}" if free else "this step needs no index: write y, yhat"
    return f"{index} is not known here: {speaks}; a sum brings its own, as in sum(k, ...)."


def _place(text, index):
    """Where an index stands first in the text; good enough to point at."""
    for sign in ("_", "_{", "(", ""):
        if (at := text.find(sign + index)) >= 0:
            return at + len(sign)
    return 0


def _derivatives_named(asked, expression):
    """Return the derivatives that stand where the step asks for a formula."""
    named = {part.name for part in walk(expression) if isinstance(part, Derivative)}
    return sorted(named - asked.derivatives)


def _not_worked_out(asked, named):
    if asked.derivatives:
        pieces = " and ".join(sorted(asked.derivatives))
        return f"{named[0]} is what this step asks for: say how it comes from {pieces}."
    return f"Not worked out yet: {', '.join(named)}. Try next: write a formula without derivatives."


def _simplified(asked, expression):
    if asked.only is None:
        return True
    for part in walk(expression):
        if isinstance(part, Sum):
            return False
        if isinstance(part, Symbol) and part.name not in asked.only:
            return False
    return True


def _what_is_wrong(cases, given, wrong, hint):
    first = wrong[0]
    case = cases[first]
    prediction = "" if case.prediction == "the softmax" else f", for {case.prediction}"
    return "\n".join(
        [
            f"Not right yet: {len(wrong)} of {len(cases)} tries differ.",
            f"For {_where(case)}{prediction} (counted from 0)",
            f"  your step gives           {_show(given[first])}",
            f"  the finite difference is  {_show(case.measured)}",
            f"Try next: {hint}",
        ]
    )


def _hint(cases, given, asked, expression):
    if all(_agree(-np.asarray(g), case.measured) for g, case in zip(given, cases, strict=True)):
        return "the size is right, the sign is not."
    for hint in cases[0].slips:
        pairs = [(g, case.slips[hint]) for g, case in zip(given, cases, strict=True)]
        if all(_agree(g, slip) for g, slip in pairs):
            return hint
        if all(_agree(-np.asarray(g), slip) for g, slip in pairs):
            return f"{hint} The sign is not right either."
    return HATLESS if _right_with_a_hat(cases, expression) else asked.advice


def _right_with_a_hat(cases, expression):
    """Say whether only the hat is missing: y stands where ŷ should."""
    if any(isinstance(part, Symbol) and part.name == "yhat" for part in walk(expression)):
        return False
    hatted = [{**case.point.values(), "y": case.point.yhat} for case in cases]
    return all(
        _agree(evaluate(expression, values, case.indices), case.measured)
        for values, case in zip(hatted, cases, strict=True)
    )


def _where(case):
    indices = "".join(f", {name} = {index}" for name, index in case.indices.items())
    point = case.point
    return f"θ = {_show(point.theta)}, ŷ = {_show(point.yhat)}, y = {_show(point.y)}{indices}"


def _show(value):
    """Write a number, or a few, with five digits."""
    numbers = {"float_kind": lambda number: f"{number:.5g}"}
    return np.array2string(np.asarray(value), separator=", ", formatter=numbers).replace("\n", "")


def _hidden_difference():
    return (
        "Equal to five digits where it was tried, but not equal: algebra finds a small difference. "
        "Is there a number in it that should not be there?"
    )

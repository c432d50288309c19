"""The checks of hw1-1: steps of the derivation are read, shown and judged; functions are called.

What a formula should give is not written down but measured, by nudging its inputs
(`nnlib.gradcheck`).
"""

import numpy as np
from IPython import get_ipython
from IPython.display import Math, display

from nnlib import derivation, functional
from nnlib.gradcheck import numerical_gradient
from nnlib.homework.checks import CheckError, as_numbers, ask, compare_speed, expect, name_of

__all__ = [
    "check_gradient",
    "check_numerical_gradient",
    "check_speed",
    "check_step",
    "compare_gradients",
    "show_step",
]

MANY = 20_000  # examples, for the check of speed


def show_step(step, answer):
    """Show an answer as mathematics, so that a slip in typing is seen before it is judged.

    Parameters
    ----------
    step : int
        1 to 6.
    answer : str
        In the notation of `nnlib.derivation.read`.

    An answer that cannot be read is told so, with the place and the reason.
    """
    try:
        _show(step, derivation.to_latex(derivation.read(answer)))
    except (derivation.NotationError, TypeError) as error:
        print(_unreadable(step, error))


def check_step(step, answer, seed=0):
    """Judge one step of the derivation, and print what became of it.

    Parameters
    ----------
    step : int
        1 to 6.
    answer : str
        In the notation of `nnlib.derivation.read`.
    seed : int
        For the random points where numbers are compared.

    Raises
    ------
    CheckError
        If the step cannot be read or is not right; it says where it departs, and what to try.
    """
    try:
        verdict = derivation.judge(step, answer, seed)
    except (derivation.NotationError, TypeError) as error:
        raise _unreadable(step, error) from None
    if not verdict.right:
        _show(step, verdict.read_as)
        raise CheckError(*verdict.words.splitlines())
    print(f"Step {step}: {verdict.words}")


def _show(step, latex):
    if get_ipython() is None:
        return  # in grading nobody looks
    asked = derivation.STEPS[step].quantity
    display(Math(rf"\text{{I read this as}} \quad {asked} = {latex}"))


def _unreadable(step, error):
    if "nothing is written here yet" in str(error):
        return CheckError(f"Step {step} is not answered yet: write your expression in its cell.")
    return CheckError(f"Step {step} cannot be read:", *str(error).splitlines())


def check_gradient(function, scores, y, because):
    """Compare `function(yhat, y)` with finite differences of the mean cross-entropy.

    Raises
    ------
    CheckError
        With the first number that differs.
    """
    scores, y = np.array(scores), np.array(y)
    measured = numerical_gradient(lambda s: functional.cross_entropy(s, y), scores)
    expect(function, functional.softmax(scores), y, gives=measured, because=because)


def check_numerical_gradient(function, cross_entropy, seed=0):
    """Compare `function(scores, y, h)` with centred differences of the student's own loss.

    Judged for itself: a slip in `cross_entropy` costs nothing here, as long as it gives numbers
    that change with the scores.

    Raises
    ------
    CheckError
        With the first number that differs.
    """
    rng = np.random.default_rng(seed)
    scores, y = rng.normal(size=(3, 4)).round(1), rng.integers(4, size=3)

    def loss(s):
        return as_numbers(ask(cross_entropy, s, y), (), "cross_entropy, in part (b),")

    for h in (1e-5, 0.5):
        with np.errstate(all="ignore"):
            gives = numerical_gradient(loss, scores, h=h)
        if not np.isfinite(gives).all() or not gives.any():
            raise CheckError(
                f"{name_of(function)} needs your cross_entropy, which is not ready: nudging a "
                "score does not change it by a finite number. Finish it first."
            )
        expect(
            function,
            scores,
            y,
            h,
            gives=gives,
            because=f"with h = {h:g}, the difference of the two losses is divided by the "
            "distance between the two scores: / (2 * h), with parentheses.",
        )


def compare_gradients(softmax, gradient, numerical, h=1e-5, seed=0):
    """Print the largest difference of a derived gradient from a measured one, on random scores.

    Parameters
    ----------
    softmax, gradient, numerical : callable
        The functions of parts (b) and (c); what is wrong with them is printed, too.
    h : float
        How far to nudge.
    seed : int
    """
    rng = np.random.default_rng(seed)
    scores, y = rng.normal(size=(5, 3)), rng.integers(3, size=5)
    try:
        yhat = as_numbers(ask(softmax, scores), (5, 3), name_of(softmax))
        derived = as_numbers(ask(gradient, yhat, y), (5, 3), name_of(gradient))
        measured = as_numbers(ask(numerical, scores, y, h), (5, 3), name_of(numerical))
    except CheckError as error:
        print(f"Nothing to compare yet. {error}")
    else:
        print(f"h = {h:g}: the largest difference is {np.max(np.abs(derived - measured)):.1e}")


def check_speed(name, function):
    """Compare the time of a function of part (b) with the library's, on 20,000 examples.

    Parameters
    ----------
    name : {"softmax", "cross_entropy", "cross_entropy_gradient"}
    function : callable

    Raises
    ------
    CheckError
        If it takes many times as long: a loop in Python over the examples does.
    """
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(MANY, 10)), rng.integers(10, size=MANY)
    library, *given = {
        "softmax": (functional.softmax, scores),
        "cross_entropy": (functional.cross_entropy, scores, y),
        "cross_entropy_gradient": (functional.cross_entropy_grad, scores, y),
    }[name]
    compare_speed(function, library, *given)

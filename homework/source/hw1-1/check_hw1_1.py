"""The checks of hw1-1: call your function, compare its answer, say what was seen.

There is nothing to fill in here. What a formula should give is not written down but measured, by
nudging its inputs (`nnlib.gradcheck`).
"""

import contextlib
import copy
import io
import itertools
import textwrap
import traceback
import warnings
from dataclasses import dataclass, field, replace

import numpy as np

from nnlib import functional
from nnlib.gradcheck import numerical_gradient

# `nbgrader validate` cuts longer lines off.
LINE_WIDTH = 80


class CheckError(AssertionError):
    """A check that did not pass; a notebook shows its sentences alone, without a traceback."""

    def __init__(self, *paragraphs):
        lines = [textwrap.fill(p, LINE_WIDTH, subsequent_indent="  ") for p in paragraphs]
        super().__init__("\n".join(lines))

    def _render_traceback_(self):
        return str(self).splitlines()


# Calling the student's function.


def ask(function, *arguments):
    """Call `function` on copies of the arguments and return its answer.

    Warnings and prints to stderr are silenced: nbgrader takes all marks for either.

    Raises
    ------
    CheckError
        If the function is not answered yet, stops with an error, or changes its arguments.
    """
    given = copy.deepcopy(arguments)
    try:
        with _silence():
            answer = function(*given)
    except Exception as error:
        raise CheckError(_what_stopped(function, error)) from None
    for before, after in zip(arguments, given, strict=True):
        # Not exact: an entry nudged up and down again may differ in its last bit.
        if not np.allclose(before, after):
            raise CheckError(
                f"{_name(function)} changed the array it was given. Work on a new array: "
                "`b = a - 1` makes one, `a -= 1` changes a itself."
            )
    return answer


@contextlib.contextmanager
def _silence():
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def _name(function):
    return getattr(function, "__name__", "your function")


def _what_stopped(function, error):
    last = traceback.extract_tb(error.__traceback__)[-1]
    if str(error).startswith("Not answered yet"):
        return (
            f"Not answered yet: write your own lines in `{last.name}`, in place of the one that "
            "starts with `raise`."
        )
    kind = type(error).__name__
    place = f" in the line `{last.line}`" if last.line else ""
    return f"{_name(function)} stopped with an error{place}: {kind}: {error}"


def as_numbers(answer, shape, name):
    """Return the answer as a new float array of the expected shape.

    Raises
    ------
    CheckError
        If it is not made of real numbers or has another shape.
    """
    if answer is None:
        raise CheckError(f"{name} gave nothing back. Does it end with `return ...`?")
    try:
        array = np.array(answer)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise CheckError(f"{name} should return numbers; it returned {answer!r:.60}.")
    if array.shape != shape:
        raise CheckError(f"{name} should return {_kind(shape)}; it returned {_kind(array.shape)}.")
    return array.astype(float)


def _kind(shape):
    return f"an array of shape {shape}" if shape else "one number"


def show(value):
    """Write a number or a few of them with five digits; a larger array by its shape."""
    value = np.asarray(value)
    if value.size > 6:
        return f"<array of shape {value.shape}>"
    numbers = {"float_kind": lambda number: f"{number:.5g}"}
    return np.array2string(value, separator=", ", formatter=numbers).replace("\n", "")


# Part (a): the steps of the derivation.


@dataclass(frozen=True)
class Point:
    """One place where the derivatives are measured by centred differences."""

    theta: np.ndarray
    y: np.ndarray
    predict: object = functional.softmax

    @property
    def yhat(self):
        """The prediction ŷ."""
        return self.predict(self.theta)

    @property
    def dyhat_dtheta(self):
        """∂ŷ_i/∂θ_j in row i and column j."""
        rows = [
            numerical_gradient(lambda theta, i=i: self.predict(theta)[i], self.theta)
            for i in range(len(self.theta))
        ]
        return np.array(rows)

    @property
    def dce_dyhat(self):
        """∂CE/∂ŷ_i, each ŷ_i taken as free."""
        return numerical_gradient(self._cross_entropy, self.yhat)

    @property
    def dce_dtheta(self):
        """∂CE/∂θ_j, through the prediction."""
        return numerical_gradient(
            lambda theta: self._cross_entropy(self.predict(theta)), self.theta
        )

    def _cross_entropy(self, yhat):
        return -np.sum(self.y * np.log(yhat))

    def at(self, **indices):
        """Say where this is, in words."""
        where = "".join(f", {name} = {index}" for name, index in indices.items())
        return f"θ = {show(self.theta)}, ŷ = {show(self.yhat)}, y = {show(self.y)}{where}"


@dataclass(frozen=True)
class Case:
    """One question to a step: the arguments, the measured answer, and what slips would give."""

    where: str
    arguments: tuple
    measured: object
    slips: dict = field(default_factory=dict)


def _step_1(point):
    jacobian = point.dyhat_dtheta
    for i, yhat_i in enumerate(point.yhat.tolist()):
        only_above = "θ_i stands twice in ŷ_i: above the fraction line and below it."
        yield Case(point.at(i=i), (yhat_i,), jacobian[i, i], {only_above: yhat_i})


def _step_2(point):
    yhat, jacobian = point.yhat.tolist(), point.dyhat_dtheta
    for i, j in itertools.permutations(range(len(yhat)), 2):
        slips = {"θ_j is part of ŷ_i too: look at the sum below the fraction line.": 0.0}
        yield Case(point.at(i=i, j=j), (yhat[i], yhat[j]), jacobian[i, j], slips)


def _step_3(point):
    slopes, without_y = point.dce_dyhat, replace(point, y=np.ones_like(point.y)).dce_dyhat
    for i, (y_i, yhat_i) in enumerate(zip(point.y.tolist(), point.yhat.tolist(), strict=True)):
        slips = {"where did y_i go? It multiplies its logarithm.": without_y[i]}
        yield Case(point.at(i=i), (y_i, yhat_i), slopes[i], slips)


def _step_4(point):
    # Softmax's table of derivatives is symmetric and would hide i and j taken one for the other.
    tilt = 0.3 * np.tri(len(point.theta)) + 0.1
    other = replace(point, predict=lambda theta: np.exp(tilt @ theta))
    for place, name in ((point, "the softmax"), (other, "another prediction")):
        slopes, jacobian, measured = place.dce_dyhat, place.dyhat_dtheta, place.dce_dtheta
        for j in range(len(measured)):
            slips = {
                ONE_PATH: slopes[j] * jacobian[j, j],
                ROW: slopes @ jacobian[j],
            }
            where = f"{place.at(j=j)}, for {name}"
            yield Case(where, (slopes, jacobian, j), measured[j], slips)


ONE_PATH = "θ_j changes every ŷ_i, not only ŷ_j: all of them reach the loss."
ROW = "your sum runs along a row. In dyhat_dtheta[i, j], which index stays fixed?"


def _step_5(point):
    own, measured = point.dce_dyhat * np.diag(point.dyhat_dtheta), point.dce_dtheta
    for j, (y_j, yhat_j) in enumerate(zip(point.y.tolist(), point.yhat.tolist(), strict=True)):
        slips = {"this is the term i = j alone. What do the terms with i ≠ j add?": own[j]}
        yield Case(point.at(j=j), (y_j, yhat_j), measured[j], slips)


def _step_6(point):
    yield Case(point.at(), (point.y, point.yhat), point.dce_dtheta)


@dataclass(frozen=True)
class Step:
    """A step of the derivation: its name, its cases at a point, and what to try next."""

    name: str
    cases: object
    advice: str


STEPS = {
    1: Step(
        "Step 1, ∂ŷ_i/∂θ_i",
        _step_1,
        "write ŷ_i as a fraction, use the quotient rule, then split the result into two "
        "fractions and find ŷ_i in each.",
    ),
    2: Step(
        "Step 2, ∂ŷ_i/∂θ_j",
        _step_2,
        "now e^{θ_i} above the fraction line is a constant; only the sum below it holds θ_j.",
    ),
    3: Step(
        "Step 3, ∂CE/∂ŷ_i",
        _step_3,
        "only one term of the sum holds ŷ_i; differentiate that one.",
    ),
    4: Step(
        "Step 4, the chain rule",
        _step_4,
        "for each i, take how much the loss feels ŷ_i times how much ŷ_i feels θ_j; then add up.",
    ),
    5: Step(
        "Step 5, ∂CE/∂θ_j",
        _step_5,
        "put steps 1 to 3 into step 4, with the term i = j apart from the others; most factors "
        "cancel, and Σ_i y_i = 1.",
    ),
    6: Step(
        "Step 6, the vector form",
        _step_6,
        "write step 5 for j = 0, 1, 2 below each other and read the column as one vector.",
    ),
}


def points(seed):
    """Two random points: three classes with a one-hot y, four with any distribution."""
    rng = np.random.default_rng(seed)
    one_hot = np.eye(3)[rng.integers(3)]
    yield Point(rng.uniform(-1, 1, 3).round(1), one_hot)
    yield Point(rng.uniform(-1, 1, 4).round(1), rng.dirichlet(np.full(4, 3.0)))


def check_step(number, answer, seed=0):
    """Compare step `number` with finite differences at random points drawn from `seed`.

    Raises
    ------
    CheckError
        With the first point where they differ, both numbers there, and what to try next.
    """
    step = STEPS[number]
    cases = [case for point in points(seed) for case in step.cases(point)]
    given = [
        as_numbers(ask(answer, *case.arguments), np.shape(case.measured), _name(answer))
        for case in cases
    ]
    wrong = [
        (case, numbers)
        for case, numbers in zip(cases, given, strict=True)
        if not _agree(numbers, case.measured)
    ]
    if not wrong:
        print(f"{step.name}: right at {len(cases)} random tries.")
        return
    case, numbers = wrong[0]
    raise CheckError(
        f"{step.name}: not right yet ({len(wrong)} of {len(cases)} tries differ).",
        f"For {case.where} (counted from 0)",
        f"your step gives           {show(numbers)}",
        f"the finite difference is  {show(case.measured)}",
        f"Try next: {_hint(step, cases, given)}",
    )


def _agree(numbers, measured):
    # A finite difference is good to about eight digits here; NaN agrees with nothing.
    return np.allclose(numbers, measured, rtol=1e-5, atol=1e-7)


def _hint(step, cases, given):
    pairs = list(zip(cases, given, strict=True))
    if all(_agree(-numbers, case.measured) for case, numbers in pairs):
        return "the size is right, the sign is not."
    for hint in cases[0].slips:
        if all(_agree(numbers, case.slips[hint]) for case, numbers in pairs):
            return hint
    return step.advice


# Parts (b) and (c): the functions in NumPy.


def expect(function, *arguments, gives, because):
    """Call `function` and compare with what it should give; lists become arrays first.

    Raises
    ------
    CheckError
        With the first number that differs and the reason for the expected one.
    """
    arguments = [np.array(a) if isinstance(a, list) else a for a in arguments]
    gives, name = np.array(gives, dtype=float), _name(function)
    answer = as_numbers(ask(function, *arguments), gives.shape, name)
    right = np.isclose(answer, gives, rtol=1e-6, atol=1e-8)
    if right.all():
        print(f"Right: {because}")
        return
    first = tuple(int(i) for i in np.argwhere(~right)[0])
    place = f" at {list(first)}" if first else ""
    call = ", ".join(show(a) for a in arguments)
    raise CheckError(
        f"{name}({call}) is not right yet.",
        f"it gives        {show(answer[first])}{place}",
        f"it should give  {show(gives[first])}{place}",
        f"Because: {because}",
    )


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
        return as_numbers(ask(cross_entropy, s, y), (), "cross_entropy")

    for h in (1e-5, 0.5):
        with np.errstate(all="ignore"):
            gives = numerical_gradient(loss, scores, h=h)
        if not np.isfinite(gives).all() or not gives.any():
            raise CheckError(
                f"{_name(function)} needs your cross_entropy, which is not ready: nudging a score "
                "does not change it by a finite number. Finish it first."
            )
        expect(
            function,
            scores,
            y,
            h,
            gives=gives,
            because=f"with h = {h:g}, the difference of the two losses is divided by the "
            "distance between the two scores.",
        )

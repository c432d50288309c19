"""Checks of a student's functions: call, compare, and say in words what was seen."""

import contextlib
import copy
import io
import math
import textwrap
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from nnlib.derivation.reading import without_comments

# `nbgrader validate` cuts longer lines off.
LINE_WIDTH = 80
# A check of speed allows this many times the library's time: what NumPy does on whole arrays
# takes up to 3 times as long, a loop over the rows 20 to 30 times.
SLOWEST = 8


class CheckError(AssertionError):
    """A check that did not pass; a notebook shows its sentences alone, without a traceback."""

    def __init__(self, *paragraphs):
        self.paragraphs = paragraphs
        lines = [textwrap.fill(p, LINE_WIDTH, subsequent_indent="  ") for p in paragraphs]
        super().__init__("\n".join(lines))

    def _render_traceback_(self):
        return str(self).splitlines()


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
        if not _same(before, after):
            raise CheckError(
                f"{name_of(function)} changed the array it was given. Work on a new array: "
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


def _same(before, after):
    """Say whether an argument, or a list of them, is as it was."""
    if isinstance(before, list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, np.ndarray):
        # Not exact: an entry nudged up and down again may differ in its last bit.
        return before.shape == after.shape and np.allclose(before, after)
    return before == after


def name_of(function):
    """Return a function's name for a message."""
    return getattr(function, "__name__", "your function")


def _what_stopped(function, error):
    # In grading, the function runs elsewhere, and its error says itself what it was, and where.
    kind = getattr(error, "kind", type(error).__name__)
    line = getattr(error, "line", None) or _line_of(function, error)
    place = f" in the line `{line}`" if line else ""
    return f"{name_of(function)} stopped with an error{place}: {kind}: {error}"


def _line_of(function, error):
    """Return the author's line where it stopped: NumPy's own lines below it help nobody."""
    code = getattr(function, "__code__", None)
    folder = Path(code.co_filename).parent if code else None
    lines = [
        frame.line
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == folder
    ]
    return lines[-1] if lines else ""


def as_numbers(answer, shape, name, part=False):
    """Return the answer as a new float array of the expected shape.

    Parameters
    ----------
    answer : object
    shape : tuple
    name : str
        Of the function that gave it; or, if `part`, of a part of what the function gave.
    part : bool

    Raises
    ------
    CheckError
        If it is not made of real numbers or has another shape.
    """
    if answer is None and not part:
        raise CheckError(
            f"{name} gave nothing back. Is it answered yet? Then it should end with `return ...`."
        )
    try:
        array = np.array(answer)
    except ValueError:
        array = np.array(None)
    should, did = ("be", "is") if part else ("return", "returned")
    if array.dtype.kind not in "iuf":
        raise CheckError(f"{name} should {should} numbers; it {did} {answer!r:.60}.")
    if array.shape != shape:
        raise CheckError(f"{name} should {should} {_kind(shape)}; it {did} {_kind(array.shape)}.")
    return array.astype(float)


def _kind(shape):
    return f"an array of shape {shape}" if shape else "one number"


def plain_text(answer):
    """Return a text answer as one line, without comments; "" if it is no text.

    In the release, the comment that asks for the answer stands inside the text's quotes.
    """
    return without_comments(answer) if isinstance(answer, str) else ""


def show(value):
    """Write a number or a few of them with five digits; a larger array by its shape."""
    value = np.asarray(value)
    if value.size > 6:
        return f"<array of shape {value.shape}>"
    numbers = {"float_kind": lambda number: f"{number:.5g}"}
    return np.array2string(value, separator=", ", formatter=numbers).replace("\n", "")


def expect(function, *arguments, gives, because):
    """Call `function` and compare with what it should give; lists become arrays first.

    Raises
    ------
    CheckError
        With the first number that differs and the reason for the expected one.
    """
    arguments = [np.array(a) if isinstance(a, list) else a for a in arguments]
    gives, name = np.array(gives, dtype=float), name_of(function)
    call = f"{name}({', '.join(show(a) for a in arguments)})"
    answer = ()
    try:
        answer = ask(function, *arguments)
        numbers = as_numbers(answer, gives.shape, name)
    except CheckError as error:
        if answer is None:  # not answered yet, most likely
            raise
        raise CheckError(*error.paragraphs, f"It was called as {call}: {because}") from None
    right = np.isclose(numbers, gives, rtol=1e-6, atol=1e-8)
    if right.all():
        print(f"Right: {because}")
        return
    first = tuple(int(i) for i in np.argwhere(~right)[0])
    place = f" at {list(first)}" if first else ""
    raise CheckError(
        f"{call} is not right yet.",
        f"it gives        {show(numbers[first])}{place}",
        f"it should give  {show(gives[first])}{place}",
        f"Because: {because}",
    )


def compare_speed(function, library, *arguments):
    """Compare the time that `function` takes with that of the library's, on the same arguments.

    Raises
    ------
    CheckError
        If it takes more than `SLOWEST` times as long: a Python loop over many rows does.
    """
    enough = SLOWEST * _seconds(library, arguments)
    theirs = _seconds(function, arguments, enough)
    if theirs <= enough:
        print(f"Right: {name_of(function)} is quick, also on {len(arguments[0]):,} examples.")
        return
    times = SLOWEST * theirs / enough
    raise CheckError(
        f"{name_of(function)} takes {times:.0f} times as long as NumPy needs for "
        f"{len(arguments[0]):,} examples ({1000 * theirs:.0f} ms).",
        "Try next: let NumPy go through the rows. A loop in Python over the examples is slow; "
        "an operation on the whole array, with axis=-1, is not.",
    )


def _seconds(function, arguments, enough=0.0, tries=5):
    """Return the shortest of several times: what else the computer does only adds to it.

    The first that is `enough` ends it: in grading, a try takes the way to the box and back.
    """
    times = []
    while len(times) < tries and min(times, default=math.inf) > enough:
        start = time.perf_counter()
        ask(function, *arguments)
        # In grading, a call goes to another process, which measures what the function takes.
        times.append(getattr(function, "seconds", time.perf_counter() - start))
    return min(times)

"""Runs test cells on a student's kernel, in a process that the student never enters."""

import ast
import contextlib
import io
import math

from autograder import verdict as v
from autograder.kernel import KernelLostError
from autograder.standin import StudentError, names_for
from autograder.text import printable
from nnlib.homework.checks import CheckError

LONGEST_MESSAGE = 4000


def judge(test, kernel):
    """Decide one question.

    Parameters
    ----------
    test : rebuild.Test
    kernel : StudentKernel
        With the student's answers run.

    Returns
    -------
    Question

    Raises
    ------
    KernelLostError
        If the kernel did not survive it.
    """
    printed = io.StringIO()
    try:
        names = names_for(test.source, kernel)
        with contextlib.redirect_stdout(printed):
            value = _run(test.source, names)
        points = _points(value, test.points)
    except KernelLostError:
        raise
    except CheckError as error:
        return _question(test, 0.0, v.GRADED, str(error))
    except StudentError as error:
        return _question(test, 0.0, v.STUDENT_ERROR, f"{error.kind}: {error}")
    except NameError as error:
        return _question(test, 0.0, v.STUDENT_ERROR, f"{error}. Was its cell run without an error?")
    except Exception as error:
        return _question(test, None, v.GRADER_FAULT, f"{type(error).__name__}: {error}")
    return _question(test, points, v.GRADED, printed.getvalue().strip())


def _run(source, names):
    """Run a test cell; return the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    names["__name__"] = "__judge__"
    exec(compile(tree, "<test>", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<test>", "eval"), names)


def _points(value, most):
    """Return the points that a test cell gives: all of them, or the number in its last line."""
    if value is None:
        return most
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"the test gave {value!r} for points")
    if not 0 <= value <= most:
        raise ValueError(f"the test gave {value!r} points of {most!r}")
    return float(value)


def _question(test, points, status, message):
    return v.Question(test.name, points, test.points, status, printable(message[:LONGEST_MESSAGE]))

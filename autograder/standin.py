"""Stand-ins: in the judge, a student's function is a door to the box, and nothing else."""

import ast
import builtins
import math

import numpy as np

from autograder.wire import WireError


class StudentError(Exception):
    """What a student's function raised, in words; `kind` and `line` as it was there."""

    def __init__(self, error):
        error = error if isinstance(error, dict) else {}
        self.kind, self.line = str(error.get("kind", ""))[:200], str(error.get("line", ""))[:300]
        super().__init__(str(error.get("text", ""))[:1000])


class StandIn:
    """A student's function, called with plain values, giving plain values.

    Attributes
    ----------
    seconds : float
        What the last call took in the box: without the way there and back, which is longer. The
        student's process measures it; who forges it gains leave to be slow, and nothing else.
    """

    seconds = 0.0

    def __init__(self, kernel, name):
        self._kernel, self.__name__ = kernel, name

    def __call__(self, *arguments):
        """Return what the student's function gives, or raise StudentError."""
        try:
            answer = self._kernel.call(self.__name__, arguments)
        except WireError as error:
            raise StudentError({"kind": "ValueError", "text": str(error)}) from None
        if "error" in answer:
            raise StudentError(answer["error"])
        if "value" not in answer:
            raise StudentError({"kind": "TypeError", "text": answer.get("unplain", "no answer")})
        self.seconds = _seconds(answer.get("seconds"))
        _give_back(arguments, answer.get("arguments"))
        return answer["value"]


def _seconds(value):
    """Return a time as it was said; what cannot be one is for ever."""
    return value if isinstance(value, float) and value >= 0 else math.inf


def _give_back(given, after):
    """Let an argument be what the function made of it, so that a check can see the change."""
    if isinstance(given, np.ndarray) and isinstance(after, np.ndarray):
        if given.shape == after.shape and given.flags.writeable:
            given[...] = after
    elif isinstance(given, list | tuple) and isinstance(after, list):
        for old, new in zip(given, after, strict=False):
            _give_back(old, new)


def names_for(source, kernel):
    """Return what the names of a test cell stand for, where the student defined them.

    Parameters
    ----------
    source : str
        The test cell.
    kernel : StudentKernel

    Returns
    -------
    dict
        Plain values, and stand-ins for functions.
    """
    found = {}
    for name in free_names(source):
        answer = kernel.look_up(name)
        if answer.get("callable") is True:
            found[name] = StandIn(kernel, name)
        elif "value" in answer:
            found[name] = answer["value"]
        elif "unplain" in answer:
            found[name] = None
    return found


def free_names(source):
    """Return the names that a piece of code reads but does not define, in order."""
    tree = ast.parse(source)
    defined = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
    names = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    return [name for name in dict.fromkeys(names) if name not in defined]

"""The grader's half inside the box: looks a student's name up, calls it, and answers as text.

It runs in the student's process, so nothing here is trusted: all that it can do wrong is to give
a wrong answer, which a student can do without it.
"""

import time
import traceback

import wire
from IPython import get_ipython

LONGEST_TEXT = 300


def look_up(name):
    """Say what a name stands for: {"value": ...}, {"callable": True}, or {"missing": True}."""
    names = get_ipython().user_ns
    if name not in names:
        return _packed(missing=True)
    value = names[name]
    if callable(value):
        return _packed(callable=True)
    return _packed(value=value)


def call(name, given):
    """Call a function; say what it gave, and what its arguments are now, if it changed them."""
    arguments = wire.loads(given)
    function = get_ipython().user_ns[name]
    start = time.perf_counter()
    try:
        value = function(*arguments)
    except BaseException as error:  # also SystemExit: a student's function may raise anything
        return _packed(error=_described(error))
    answer = {"value": value, "seconds": time.perf_counter() - start}
    return _packed(**answer, **({"arguments": arguments} if _changed(arguments, given) else {}))


def _changed(arguments, given):
    try:
        return wire.dumps(arguments) != given
    except wire.WireError:
        return True


class Text(str):
    """A text that IPython shows as it is, without quotes: it is read again without them."""

    def __repr__(self):
        return str(self)


def _packed(**answer):
    try:
        return Text(wire.dumps(answer))
    except wire.WireError as error:
        return Text(wire.dumps({"unplain": str(error)}))


def _described(error):
    frames = traceback.extract_tb(error.__traceback__)
    line = frames[-1].line if frames else ""
    return {
        "kind": type(error).__name__[:LONGEST_TEXT],
        "text": str(error)[:LONGEST_TEXT],
        "line": (line or "")[:LONGEST_TEXT],
    }

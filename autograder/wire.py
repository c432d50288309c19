"""Plain values as text: what may cross between the grader and a student's code, and nothing else.

The same file is read by the grader and sent into the box, so it imports NumPy and the standard
library only. Nothing is pickled: what comes back can be a wrong value, but not a program.
"""

import base64
import json
import math

import numpy as np

LARGEST = 5_000_000  # characters of one message
DEEPEST = 8
KINDS = "biuf"  # bool, integers, floating point


class WireError(ValueError):
    """A value that may not cross; the message says why."""


def dumps(value):
    """Return a value as JSON text.

    Raises
    ------
    WireError
        If it is not made of numbers, text, arrays of numbers, lists, tuples and dicts, or is
        too large.
    """
    text = json.dumps(_pack(value, DEEPEST), allow_nan=False)
    if len(text) > LARGEST:
        raise WireError(f"the value is too large: {len(text):,} characters, {LARGEST:,} allowed")
    return text


def loads(text):
    """Return the value of such a text.

    Raises
    ------
    WireError
        If it is no such text.
    """
    if len(text) > LARGEST:
        raise WireError(f"the value is too large: {len(text):,} characters, {LARGEST:,} allowed")
    try:
        return _unpack(json.loads(text), DEEPEST)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
        raise WireError(f"not a plain value: {type(error).__name__}") from None


def _pack(value, depth):
    if depth == 0:
        raise WireError("the value is nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    # Exact types only: a subclass may lie about what it holds.
    if type(value) is int:
        return {"int": str(value)} if abs(value) > 2**53 else value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if type(value) is str:
        return {"str": value}
    if isinstance(value, np.ndarray | np.generic):
        return _pack_array(value)
    if type(value) in (list, tuple):
        return {type(value).__name__: [_pack(item, depth - 1) for item in value]}
    if type(value) is dict:
        pairs = [[_pack(k, depth - 1), _pack(v, depth - 1)] for k, v in value.items()]
        return {"dict": pairs}
    raise WireError(
        f"it gave a {type(value).__name__}, and only numbers, text, arrays, lists, tuples and "
        "dicts are looked at"
    )


def _pack_array(value):
    array = np.array(value, copy=True, subok=False)
    if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
        raise WireError(f"it gave an array of {array.dtype}, and only arrays of numbers are read")
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    # A NumPy number stays one: np.float32(1) is not an array of shape ().
    name = "number" if isinstance(value, np.generic) else "array"
    return {name: [array.dtype.str, list(array.shape), data]}


def _unpack(value, depth):
    if depth == 0:
        raise WireError("the value is nested too deeply")
    if not isinstance(value, dict):
        if isinstance(value, list | str):
            raise WireError("not a plain value")
        return value
    ((kind, content),) = value.items()
    if kind == "int":
        return int(_text(content, 5000))
    if kind == "float":
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[content]
    if kind == "str":
        return _text(content, LARGEST)
    if kind in ("array", "number"):
        array = _unpack_array(*content)
        return array if kind == "array" else array[()]
    if kind in ("list", "tuple"):
        items = [_unpack(item, depth - 1) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {_unpack(k, depth - 1): _unpack(v, depth - 1) for k, v in content}
    raise WireError("not a plain value")


def _unpack_array(dtype, shape, data):
    dtype = np.dtype(_text(dtype, 4))
    if dtype.kind not in KINDS or dtype.itemsize > 8:
        raise WireError("not an array of numbers")
    if not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 8:
        raise WireError("not the shape of an array")
    return np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()


def _text(value, longest):
    if not isinstance(value, str) or len(value) > longest:
        raise WireError("not a plain text")
    return value

"""Stands in the box where nnlib would be: what it computes is what the student should write."""

import sys
from pathlib import Path

MESSAGE = (
    "nnlib's own formulas are not there when this homework is graded. "
    "Write the lines yourself: finding them is the exercise."
)
NUMPY = "it is not there when this homework is graded. NumPy is enough: write the lines yourself."


def __getattr__(name):
    if name.startswith("__"):  # what Python itself asks of a module
        raise AttributeError(name)
    raise ImportError(f"nnlib.{name}: {MESSAGE}")


class _Refusing:
    """Answers imports of nnlib's other modules, and of packages that know the formulas."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("nnlib.") and not name.startswith("nnlib.homework"):
            raise ImportError(f"{name}: {MESSAGE}")
        if "." not in name and _is_emptied(name):
            raise ImportError(f"{name}: {NUMPY}")


def _is_emptied(name):
    """Say whether a package's folder is there, with nothing in it: so the box masks it."""
    folders = [Path(place, name) for place in sys.path if place]
    return any(folder.is_dir() and not any(folder.iterdir()) for folder in folders)


sys.meta_path.insert(0, _Refusing)

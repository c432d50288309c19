"""The steps of a derivation: read from text or LaTeX, shown as mathematics, and judged."""

from nnlib.derivation.judging import Verdict, judge
from nnlib.derivation.reading import read
from nnlib.derivation.steps import STEPS
from nnlib.derivation.tokens import NotationError
from nnlib.derivation.writing import to_latex

__all__ = ["STEPS", "NotationError", "Verdict", "judge", "read", "to_latex"]

"""Interactive pictures, each tied to the library: every number in them is the code's own."""

from nnlib.views.linear_classifier import LinearClassifierView
from nnlib.views.question import Question
from nnlib.views.softmax import SoftmaxView

__all__ = ["LinearClassifierView", "Question", "SoftmaxView"]

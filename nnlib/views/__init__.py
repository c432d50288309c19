"""Interactive pictures, each tied to the library: every number in them is the code's own."""

from nnlib.views.activations import ActivationsView
from nnlib.views.linear_classifier import LinearClassifierView
from nnlib.views.neuron import NeuronView
from nnlib.views.playground import PlaygroundView
from nnlib.views.question import Question
from nnlib.views.regularisation import RegularisationView
from nnlib.views.softmax import SoftmaxView
from nnlib.views.two_losses import TwoLossesView

__all__ = [
    "ActivationsView",
    "LinearClassifierView",
    "NeuronView",
    "PlaygroundView",
    "Question",
    "RegularisationView",
    "SoftmaxView",
    "TwoLossesView",
]

"""Interactive pictures, each tied to the library: every number in them is the code's own."""

from nnlib.views.activations import ActivationsView
from nnlib.views.descent import DescentView
from nnlib.views.dropout import DropoutView
from nnlib.views.error_distribution import ErrorDistributionView
from nnlib.views.gradient_check import GradientCheckView
from nnlib.views.linear_classifier import LinearClassifierView
from nnlib.views.neuron import NeuronView
from nnlib.views.paths import PathsView
from nnlib.views.playground import PlaygroundView
from nnlib.views.question import Question
from nnlib.views.regularisation import RegularisationView
from nnlib.views.softmax import SoftmaxView
from nnlib.views.tuning_board import TuningBoardView
from nnlib.views.two_losses import TwoLossesView

__all__ = [
    "ActivationsView",
    "DescentView",
    "DropoutView",
    "ErrorDistributionView",
    "GradientCheckView",
    "LinearClassifierView",
    "NeuronView",
    "PathsView",
    "PlaygroundView",
    "Question",
    "RegularisationView",
    "SoftmaxView",
    "TuningBoardView",
    "TwoLossesView",
]

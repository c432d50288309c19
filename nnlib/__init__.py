"""Every formula of the course, once: small neural networks in NumPy.

>>> from nnlib import LinearClassifier, SGD, data
>>> X, y = data.spiral()
>>> model = LinearClassifier(n_features=2, n_classes=3)
>>> history = model.fit(X, y, epochs=200, optimizer=SGD(lr=1.0))

Pictures and interactive views load on demand: ``from nnlib import plots, views``.
"""

# First of all: BLAS reads how many threads it may use only once, while NumPy loads.
from nnlib import _threads  # isort: skip

_threads.limit()

from nnlib import data, functional, gradcheck, optim, reference, train  # noqa: E402
from nnlib.network import LinearClassifier  # noqa: E402
from nnlib.optim import SGD  # noqa: E402

__all__ = [
    "SGD",
    "LinearClassifier",
    "data",
    "functional",
    "gradcheck",
    "optim",
    "reference",
    "train",
]

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

from nnlib import (  # noqa: E402
    callbacks,
    data,
    ensemble,
    features,
    functional,
    gradcheck,
    layers,
    metrics,
    optim,
    paths,
    reference,
    schedules,
    train,
    tune,
)
from nnlib.network import MLP, LinearClassifier  # noqa: E402
from nnlib.optim import SGD, AdaGrad, Adam, RMSProp  # noqa: E402

__all__ = [
    "MLP",
    "SGD",
    "AdaGrad",
    "Adam",
    "LinearClassifier",
    "RMSProp",
    "callbacks",
    "data",
    "ensemble",
    "features",
    "functional",
    "gradcheck",
    "layers",
    "metrics",
    "optim",
    "paths",
    "reference",
    "schedules",
    "train",
    "tune",
]

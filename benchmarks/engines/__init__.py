"""The engines: adapters that let each library train a network in the same way.

An engine is a class with

- ``__init__(network, X, y)``: make the network and keep the examples, uint8 pixels and labels,
  in the form that suits the library best
- ``load(weights)``: start anew from [(W, b), ...], W of shape (K, D), with a fresh optimiser
- ``train_epoch(seed)``: go once through the examples in the order of `race.networks.order`;
  return the mean of the batches' losses
- ``weights()``: return [(W, b), ...] as NumPy arrays

Each uses its library as the library's own documentation advises for speed.
"""

import importlib
from dataclasses import dataclass, field

LIMIT = "products"  # not a peer: it trains nothing


@dataclass(frozen=True)
class Entry:
    """Where an engine is, and what its process needs.

    Parameters
    ----------
    label : str
        As the tables show it.
    module, cls : str
        The class, in a module of this package.
    package : str
        Whose version is shown.
    environment : dict
        Variables that must be set before the library is imported.
    quick : bool
        False leaves the engine out of quick runs, because it takes minutes to get ready.
    """

    label: str
    module: str
    cls: str
    package: str
    environment: dict = field(default_factory=dict)
    quick: bool = True

    def load(self):
        """Import the engine's class."""
        return getattr(importlib.import_module(f"engines.{self.module}"), self.cls)


ENGINES = {
    "nnlib": Entry("nnlib", "with_nnlib", "NnlibEngine", "numpy"),
    "products": Entry("bare matrix products", "with_products", "ProductsEngine", "numpy"),
    "torch": Entry("PyTorch eager", "with_torch", "EagerEngine", "torch"),
    "torch-fused": Entry("PyTorch, fused optimiser", "with_torch", "FusedEngine", "torch"),
    "sklearn": Entry("scikit-learn", "with_sklearn", "SklearnEngine", "scikit-learn"),
    "jax": Entry("JAX, jit", "with_jax", "JaxEngine", "jax"),
    "keras-jax": Entry(
        "Keras on JAX", "with_keras", "CompiledEngine", "keras", {"KERAS_BACKEND": "jax"}
    ),
    "keras-torch": Entry(
        "Keras on torch", "with_keras", "EagerEngine", "keras", {"KERAS_BACKEND": "torch"}
    ),
    "keras-torch-compiled": Entry(
        "Keras on torch, compiled",
        "with_keras",
        "CompiledEngine",
        "keras",
        {"KERAS_BACKEND": "torch"},
        quick=False,
    ),
}

"""Keras 3, through its `fit`; the process's KERAS_BACKEND says on what."""

import keras
import numpy as np
from race.networks import ADAM, order


class CompiledEngine:
    """A Keras model with jit_compile: XLA on JAX, torch.compile on torch."""

    jit_compile = True

    def __init__(self, network, X, y):
        self.network = network
        self.X, self.y = X / np.float32(255), y.astype(np.int32)
        self.shuffled = np.empty_like(self.X)
        dense = [keras.layers.Dense(size, activation="relu") for size in network.sizes[1:-1]]
        dense.append(keras.layers.Dense(network.sizes[-1]))
        self.model = keras.Sequential([keras.Input(network.sizes[:1]), *dense])

    def load(self, weights):
        """Start anew from these weights."""
        for dense, (W, b) in zip(self.model.layers, weights, strict=True):
            dense.set_weights([W.T, b])
        if self.model.compiled:  # keep what was compiled, forget what the optimiser remembers
            for variable in self.model.optimizer.variables:
                if variable.name != "learning_rate":
                    variable.assign(np.zeros(variable.shape))
        else:
            self._compile()

    def _compile(self):
        lr = self.network.lr
        if self.network.optimizer == "sgd":
            optimizer = keras.optimizers.SGD(lr)
        else:
            optimizer = keras.optimizers.Adam(
                lr, beta_1=ADAM["beta1"], beta_2=ADAM["beta2"], epsilon=ADAM["eps"]
            )
        self.model.compile(
            optimizer,
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=self.jit_compile,
            # fewer turns of the loop in Python; torch has no such thing
            steps_per_execution=32 if keras.backend.backend() == "jax" else 1,
        )

    def train_epoch(self, seed):
        """Train for one epoch."""
        rows = order(len(self.X), seed)
        np.take(self.X, rows, axis=0, out=self.shuffled, mode="clip")
        history = self.model.fit(
            self.shuffled,
            self.y[rows],
            batch_size=self.network.batch_size,
            shuffle=False,
            verbose=0,
        )
        return history.history["loss"][0]

    def weights(self):
        """Return [(W, b), ...]."""
        pairs = [dense.get_weights() for dense in self.model.layers]
        return [(W.T, b) for W, b in pairs]


class EagerEngine(CompiledEngine):
    """A Keras model that is not compiled: Keras's own default on torch."""

    jit_compile = False

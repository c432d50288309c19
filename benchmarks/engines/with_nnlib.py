"""nnlib, through its public `fit`."""

from race.networks import ADAM

from nnlib import MLP, SGD, Adam


class NnlibEngine:
    """An `nnlib.MLP`; the pixels stay uint8."""

    def __init__(self, network, X, y):
        self.network, self.X, self.y = network, X, y
        self.mlp = MLP(network.sizes)

    def load(self, weights):
        """Start anew from these weights."""
        state = {}
        for k, (W, b) in enumerate(weights, start=1):
            state[f"W{k}"], state[f"b{k}"] = W, b
        self.mlp.load_state_dict(state)
        lr = self.network.lr
        self.optimizer = SGD(lr) if self.network.optimizer == "sgd" else Adam(lr, **ADAM)

    def train_epoch(self, seed):
        """Train for one epoch; `fit` draws the same order from the seed."""
        history = self.mlp.fit(
            self.X,
            self.y,
            epochs=1,
            batch_size=self.network.batch_size,
            optimizer=self.optimizer,
            seed=seed,
        )
        return history["loss"][0]

    def weights(self):
        """Return [(W, b), ...]."""
        state = self.mlp.state_dict()
        return [(state[f"W{k}"], state[f"b{k}"]) for k in range(1, len(self.network.sizes))]

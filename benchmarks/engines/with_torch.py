"""PyTorch, in the loop that its tutorials teach; the examples are tensors from the start."""

from itertools import pairwise

import numpy as np
import torch
from race.networks import ADAM, order
from torch import nn


class EagerEngine:
    """PyTorch as it comes."""

    fused = None  # torch chooses

    def __init__(self, network, X, y):
        self.network = network
        self.X = torch.from_numpy(X / np.float32(255))
        self.y = torch.from_numpy(y.copy())
        sizes = network.sizes
        self.linear = [nn.Linear(d, k) for d, k in pairwise(sizes)]
        modules = [module for linear in self.linear for module in (linear, nn.ReLU())]
        self.model = nn.Sequential(*modules[:-1])
        self.loss = nn.CrossEntropyLoss()

    def load(self, weights):
        """Start anew from these weights."""
        with torch.no_grad():
            for linear, (W, b) in zip(self.linear, weights, strict=True):
                linear.weight.copy_(torch.from_numpy(W))
                linear.bias.copy_(torch.from_numpy(b))
        parameters, lr = self.model.parameters(), self.network.lr
        if self.network.optimizer == "sgd":
            self.optimizer = torch.optim.SGD(parameters, lr, fused=self.fused)
        else:
            betas = ADAM["beta1"], ADAM["beta2"]
            self.optimizer = torch.optim.Adam(
                parameters, lr, betas=betas, eps=ADAM["eps"], fused=self.fused
            )

    def train_epoch(self, seed):
        """Train for one epoch."""
        model, loss_of, optimizer = self.model, self.loss, self.optimizer
        losses = []
        rows_of_batches = torch.from_numpy(order(len(self.X), seed)).split(self.network.batch_size)
        for rows in rows_of_batches:
            # index_select is faster than self.X[rows]
            loss = loss_of(model(self.X.index_select(0, rows)), self.y.index_select(0, rows))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        sizes = torch.tensor([len(rows) for rows in rows_of_batches])
        return float(torch.stack(losses) @ sizes.float()) / len(self.X)

    def weights(self):
        """Return [(W, b), ...]."""
        return [
            (linear.weight.detach().numpy(), linear.bias.detach().numpy()) for linear in self.linear
        ]


class FusedEngine(EagerEngine):
    """PyTorch with optimisers that update all parameters in one call."""

    fused = True

"""What runs in an engine's own process: make it, start it anew, train it for an epoch.

The process is asked for one thing at a time and keeps its engine in between.
"""

import os
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from engines import ENGINES

from nnlib import data, functional
from race.networks import HELD_OUT, initial_weights

_now = SimpleNamespace(engine=None, network=None)


def set_up(environment):
    """Set the variables that libraries read while they load."""
    os.environ.update(environment)
    warnings.filterwarnings("ignore")  # a library's advice about its own future


def make(key, network, n_examples):
    """Import the library and make the engine."""
    _now.engine = None  # free the one before
    (X, y), _ = data.mnist()
    _now.engine = ENGINES[key].load()(network, X[:n_examples], y[:n_examples])
    _now.network = network


def warm_up():
    """Train for one epoch that does not count: compilers work here."""
    start(seed=0)
    _now.engine.train_epoch(seed=0)


def start(seed):
    """Start anew from the weights that belong to the seed."""
    _now.engine.load(initial_weights(_now.network.sizes, seed))


def train_epoch(seed):
    """Train for one epoch and measure; the held-out examples do not count as training time."""
    begin = time.perf_counter()
    loss = _now.engine.train_epoch(seed)
    seconds = time.perf_counter() - begin
    (X, y), _ = data.mnist()
    held_out_loss, held_out_accuracy = evaluate(X[-HELD_OUT:], y[-HELD_OUT:])
    return {
        "seconds": seconds,
        "loss": None if loss is None else float(loss),
        "held_out_loss": held_out_loss,
        "held_out_accuracy": held_out_accuracy,
    }


def finish():
    """Return the accuracy on the test set, and how much memory the process has used."""
    _, (X, y) = data.mnist()
    return {"test_accuracy": evaluate(X, y)[1], "peak_mb": peak_mb()}


def evaluate(X, y):
    """Return (loss, accuracy), computed from the engine's weights in the same way for all."""
    weights = _now.engine.weights()
    if not weights:
        return None, None
    a = X / np.float32(255)
    for W, b in weights[:-1]:
        a = functional.relu(functional.scores(a, W, b))
    scores = functional.scores(a, *weights[-1])
    return float(functional.cross_entropy(scores, y)), float(np.mean(scores.argmax(axis=1) == y))


def peak_mb():
    """Return the most memory that this process ever held, in MB; None where nobody counts it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6

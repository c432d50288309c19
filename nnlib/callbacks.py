"""Callbacks: what may watch a training, and stop it.

A callback is any object with some of these methods; `nnlib.train.fit` calls them:

- ``on_fit_begin(network, n_epochs, n_batches)``
- ``on_batch_end(network, loss)``
- ``on_epoch_end(network, history)``
- ``on_fit_end(network, history)``, also when an error or a key ended the training

Where `on_batch_end` or `on_epoch_end` returns True, the training stops.
"""

import math

from nnlib import _checks


class EarlyStopping:
    """Stop when a measured value has not improved for some epochs; take the best weights back.

    Parameters
    ----------
    monitor : str
        A name in the history. Names with "loss" should fall, all others rise.
    patience : int
        How many epochs without improvement to wait.
    min_change : float
        What counts as an improvement.
    restore_best : bool
        At the end give the network the weights of the best epoch.

    Attributes
    ----------
    best, best_epoch : float, int
        The best value, and its epoch, counted from 0.
    """

    def __init__(self, monitor="val_loss", patience=3, min_change=0.0, restore_best=True):
        self.monitor = monitor
        self.patience = _checks.whole("patience", patience)
        self.min_change = _checks.positive("min_change", min_change, zero=True)
        self.restore_best = restore_best

    def on_fit_begin(self, network, n_epochs, n_batches):
        """Forget what an earlier training left."""
        self.best, self.best_epoch, self.best_parameters = math.inf, None, None

    def on_epoch_end(self, network, history):
        """Compare the newest value with the best."""
        if self.monitor not in history:
            raise ValueError(
                f"EarlyStopping watches {self.monitor!r}, which is not measured; the history has "
                f"{', '.join(history)}. Give fit(validation=(X, y)), or another monitor."
            )
        epoch = len(history) - 1
        value = history[self.monitor][-1]
        cost = value if "loss" in self.monitor else -value
        best_cost = self.best if "loss" in self.monitor or self.best_epoch is None else -self.best
        if cost < best_cost - self.min_change:
            self.best, self.best_epoch = value, epoch
            if self.restore_best:
                self.best_parameters = network.parameters.copy()
        elif self.best_epoch is None:
            return False
        return epoch - self.best_epoch >= self.patience

    def on_fit_end(self, network, history):
        """Take the best weights back."""
        if self.best_parameters is not None:
            network.parameters[...] = self.best_parameters


class StopFlag:
    """A flag that another thread, or a button, sets to stop the training after its batch."""

    def __init__(self):
        self.is_set = False

    def set(self):
        """Ask the training to stop."""
        self.is_set = True

    def clear(self):
        """Make the flag ready for another training."""
        self.is_set = False

    def on_batch_end(self, network, loss):
        """Pass the wish on."""
        return self.is_set


class Progress:
    """A progress bar: in the terminal as text, in a notebook as a widget.

    Parameters
    ----------
    label : str
    show : bool
        False draws nothing, so that a caller can pass its own choice on.
    """

    def __init__(self, label="Training", show=True):
        self.label, self.show = label, show

    def on_fit_begin(self, network, n_epochs, n_batches):
        """Draw the bar."""
        # The library's core needs NumPy alone, and `import nnlib` should stay quick: the package
        # that draws the bar loads when a bar is drawn.
        from tqdm.auto import tqdm

        total = n_epochs * n_batches
        self.bar = tqdm(total=total, desc=self.label, unit="batch", disable=not self.show)

    def on_batch_end(self, network, loss):
        """Move the bar on."""
        self.bar.update()

    def on_epoch_end(self, network, history):
        """Show the newest values beside the bar."""
        names = [name for name in ("loss", "accuracy", "val_accuracy") if name in history]
        self.bar.set_postfix({name: f"{history[name][-1]:.4g}" for name in names})

    def on_fit_end(self, network, history):
        """Close the bar."""
        self.bar.close()

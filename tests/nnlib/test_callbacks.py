"""Callbacks: early stopping, the stop flag, the progress bar."""

import io
import sys
import threading

import numpy as np
import pytest

from nnlib import MLP, SGD, Adam, LinearClassifier, data
from nnlib.callbacks import EarlyStopping, Progress, StopFlag
from nnlib.train import DivergedError, History


class Replay:
    """A network and a history whose values are given."""

    def __init__(self, callback, values, name):
        self.parameters = np.zeros(1)
        self.stopped_after = None
        history = History()
        callback.on_fit_begin(self, len(values), 1)
        for epoch, value in enumerate(values):
            self.parameters[...] = epoch
            history.record(**{name: value})
            if callback.on_epoch_end(self, history):
                self.stopped_after = epoch
                break
        callback.on_fit_end(self, history)


@pytest.mark.parametrize(
    ("values", "name", "options", "best", "stopped"),
    [
        ([5, 4, 3, 3.5, 3.2, 3.1, 9], "val_loss", {}, 2, 5),
        ([5, 4, 3, 3.5, 2, 3.1, 9], "val_loss", {}, 4, None),
        ([0.5, 0.9, 0.8, 0.8, 0.8], "val_accuracy", {"monitor": "val_accuracy"}, 1, 4),
        ([5, 4, 3.95, 3.9], "val_loss", {"min_change": 0.5, "patience": 2}, 1, 3),
        ([1, float("nan"), float("nan")], "val_loss", {"patience": 2}, 0, 2),
    ],
)
def test_early_stopping(values, name, options, best, stopped):
    callback = EarlyStopping(**options)
    replay = Replay(callback, values, name)
    assert callback.best_epoch == best
    assert callback.best == values[best]
    assert replay.stopped_after == stopped
    assert replay.parameters == best


def test_early_stopping_may_keep_the_last_weights():
    assert Replay(EarlyStopping(restore_best=False, patience=1), [1, 2], "val_loss").parameters == 1


def test_early_stopping_in_a_training_that_overfits():
    X, y = data.blobs(n_per_class=10, noise=1.0)
    validation = data.blobs(n_per_class=200, noise=1.0, seed=1)
    net, stop = MLP([2, 100, 3]), EarlyStopping(patience=5)
    history = net.fit(X, y, 300, 10, Adam(lr=0.01), validation=validation, callbacks=[stop])
    assert len(history) == stop.best_epoch + 1 + 5 < 300
    assert net.evaluate(*validation)[0] == pytest.approx(min(history["val_loss"]))


def test_early_stopping_without_its_value_is_explained():
    X, y = data.blobs()
    with pytest.raises(ValueError, match=r"watches 'val_loss'.*Give fit\(validation=\(X, y\)\)"):
        LinearClassifier(2, 3).fit(X, y, callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match="patience must be a whole number"):
        EarlyStopping(patience=0)


def test_another_thread_may_stop_a_training():
    X, y = data.blobs()
    flag, started = StopFlag(), threading.Event()

    class Started:
        def on_batch_end(self, network, loss):
            started.set()

    result = []
    training = threading.Thread(
        target=lambda: result.append(
            LinearClassifier(2, 3).fit(X, y, epochs=10**7, callbacks=[flag, Started()])
        )
    )
    training.start()
    assert started.wait(10)
    flag.set()
    training.join(10)
    assert not training.is_alive()
    assert len(result[0]) < 10**7
    flag.clear()
    history = LinearClassifier(2, 3).fit(X, y, epochs=2, callbacks=[flag])
    assert len(history) == 2


def test_the_progress_bar_counts_batches_and_shows_values(monkeypatch):
    X, y = data.blobs()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    LinearClassifier(2, 3).fit(X, y, epochs=4, batch_size=50, callbacks=[Progress("Blobs")])
    shown = sys.stderr.getvalue()
    assert "Blobs" in shown
    assert "24/24" in shown
    assert "accuracy=" in shown


def test_no_bar_when_none_is_wanted(capsys):
    X, y = data.blobs()
    LinearClassifier(2, 3).fit(X, y, epochs=2, callbacks=[Progress(show=False)])
    LinearClassifier(2, 3).fit(X, y, epochs=2)
    assert capsys.readouterr() == ("", "")


def test_callbacks_are_told_the_end_even_of_a_failed_training():
    X, y = data.spiral()

    class Watch:
        calls = ()

        def on_fit_begin(self, network, n_epochs, n_batches):
            self.calls = (*self.calls, (n_epochs, n_batches))

        def on_fit_end(self, network, history):
            self.calls = (*self.calls, len(history))

    watch = Watch()
    model = LinearClassifier(2, 3, l2=1.0)
    with pytest.raises(DivergedError) as caught:
        model.fit(X, y, epochs=500, batch_size=299, optimizer=SGD(lr=10.0), callbacks=[watch])
    assert watch.calls == ((500, 2), len(caught.value.history))

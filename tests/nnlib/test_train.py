"""Training: the loop does what the slides' loops do, and tells what went wrong."""

import threading
import time
import warnings

import numpy as np
import pytest

from nnlib import MLP, SGD, Adam, LinearClassifier, data
from nnlib.train import DivergedError, History, steps


def test_fit_is_the_slides_full_batch_loop():
    X, y = data.spiral()
    fitted, by_hand = (LinearClassifier(2, 3, l2=1e-3, dtype=np.float64) for _ in range(2))
    history = fitted.fit(X, y, epochs=20, optimizer=SGD(lr=1.0))
    losses = []
    optimizer = SGD(lr=1.0).bind(by_hand)
    for _ in range(20):
        loss = by_hand.loss(X, y)
        by_hand.backward()
        optimizer.step()
        losses.append(loss)
    np.testing.assert_allclose(history["loss"], losses)
    np.testing.assert_allclose(fitted.W, by_hand.W)


def test_fit_is_the_slides_mini_batch_loop():
    X, y = data.spiral(n_per_class=35)
    fitted, by_hand = (LinearClassifier(2, 3, dtype=np.float64) for _ in range(2))
    fitted.fit(X, y, epochs=3, batch_size=10, optimizer=SGD(lr=0.1), seed=7)
    rng = np.random.default_rng(7)
    for _ in range(3):
        for X_batch, y_batch in data.batches(X, y, 10, rng):
            by_hand.loss(X_batch, y_batch)
            by_hand.backward()
            by_hand.W -= 0.1 * by_hand.dW
            by_hand.b -= 0.1 * by_hand.db
    np.testing.assert_allclose(fitted.W, by_hand.W)
    np.testing.assert_allclose(fitted.b, by_hand.b)


def test_same_seed_same_result():
    X, y = data.blobs()

    def run(seed):
        model = LinearClassifier(2, 3, seed=seed)
        history = model.fit(X, y, epochs=5, batch_size=32, seed=seed)
        return model.parameters, history["loss"]

    np.testing.assert_array_equal(run(3)[0], run(3)[0])
    assert run(3)[1] == run(3)[1]
    assert run(3)[1] != run(4)[1]


def test_history_has_one_entry_an_epoch():
    X, y = data.blobs()
    history = LinearClassifier(2, 3).fit(
        X, y, epochs=6, batch_size=50, optimizer=SGD(lr=0.5), validation=(X, y)
    )
    assert set(history.keys()) == {
        *("loss", "accuracy", "lr", "seconds", "val_loss", "val_accuracy")
    }
    assert len(history) == 6
    assert all(len(history[name]) == 6 for name in history)
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert all(seconds > 0 for seconds in history["seconds"])
    assert "val_accuracy" in history
    assert "6 epochs" in repr(history)
    assert repr(History()) == "History(0 epochs)"
    with pytest.raises(KeyError, match="no 'val_los' in this history; it has loss, accuracy"):
        history["val_los"]


def test_loss_and_accuracy_are_means_over_examples_also_with_a_small_last_batch():
    X, y = data.blobs(n_per_class=35)
    model = LinearClassifier(2, 3)
    before = model.loss(X, y), model.score(X, y)
    frozen = SGD(lr=1e-12)
    history = model.fit(X, y, epochs=1, batch_size=50, optimizer=frozen)
    assert (history["loss"][0], history["accuracy"][0]) == pytest.approx(before)


def test_fit_goes_on_from_the_weights_it_has():
    X, y = data.blobs()
    model = LinearClassifier(2, 3)
    first = model.fit(X, y, epochs=5, optimizer=SGD(lr=0.5))
    second = model.fit(X, y, epochs=5, optimizer=SGD(lr=0.5))
    assert second["loss"][0] < first["loss"][-1]


def test_an_optimizer_keeps_its_velocity_between_fits():
    X, y = data.blobs()
    whole, parts = (LinearClassifier(2, 3, dtype=np.float64) for _ in range(2))
    whole.fit(X, y, epochs=6, optimizer=SGD(lr=0.1, momentum=0.9))
    optimizer = SGD(lr=0.1, momentum=0.9)
    for _ in range(2):
        parts.fit(X, y, epochs=3, optimizer=optimizer)
    np.testing.assert_allclose(parts.W, whole.W)
    other = LinearClassifier(2, 3, dtype=np.float64)
    other.fit(X, y, epochs=6, optimizer=optimizer)  # another network: from the start
    np.testing.assert_allclose(other.W, whole.W)


def test_a_diverging_loss_is_explained_and_its_history_kept():
    X, y = data.spiral()
    model = LinearClassifier(2, 3, l2=1.0)
    with pytest.raises(DivergedError, match="Lower the learning rate") as caught:
        model.fit(X, y, epochs=500, optimizer=SGD(lr=10.0))
    assert 0 < len(caught.value.history) < 500


def test_callbacks_see_every_batch_and_can_stop():
    X, y = data.blobs(n_per_class=40)

    class Watch:
        def __init__(self, last_batch=None, last_epoch=None):
            self.batches, self.epochs = 0, 0
            self.last_batch, self.last_epoch = last_batch, last_epoch

        def on_batch_end(self, network, loss):
            self.batches += 1
            assert loss > 0
            return self.batches == self.last_batch

        def on_epoch_end(self, network, history):
            self.epochs += 1
            assert len(history) == self.epochs
            return self.epochs == self.last_epoch

    def run(watch):
        other = Watch()
        LinearClassifier(2, 3).fit(X, y, epochs=4, batch_size=50, callbacks=[watch, other])
        assert (other.batches, other.epochs) == (watch.batches, watch.epochs)
        return watch.batches, watch.epochs

    assert run(Watch()) == (12, 4)
    assert run(Watch(last_batch=7)) == (7, 2)
    assert run(Watch(last_epoch=2)) == (6, 2)


def test_pixels_that_were_not_scaled_are_refused(digits):
    X, y = digits[0][0][:100], digits[0][1][:100]
    with pytest.raises(ValueError, match=r"whole numbers up to 255.*not scaled\. Pass X / 255"):
        LinearClassifier(784, 10).fit(X.astype(np.float32), y)
    LinearClassifier(784, 10).fit(X / 255, y, epochs=1)
    counts = np.arange(300.0).reshape(100, 3)  # whole numbers alone are no pixels
    LinearClassifier(3, 10).fit(counts, y, epochs=1, optimizer=SGD(lr=1e-6))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1; it is 0"),
        ({"batch_size": -3}, "batch_size must be a whole number of at least 1; it is -3"),
        ({"validation": (np.zeros((5, 3)), np.zeros(5, int))}, r"X must have shape \(N, 2\)"),
    ],
)
def test_wrong_arguments_are_explained(options, words):
    X, y = data.blobs(n_per_class=20)
    with pytest.raises(ValueError, match=words):
        LinearClassifier(2, 3).fit(**({"X": X, "y": y} | options))


def test_a_training_that_diverges_between_epochs_ends_in_our_error_not_in_numpys_warning():
    X, y = data.spiral()
    model = LinearClassifier(2, 3, l2=1.0)
    with pytest.raises(DivergedError) as error:
        model.fit(X, y, epochs=300, optimizer=SGD(lr=10.0), validation=(X, y))
    assert not np.isfinite(error.value.history.batch_losses[-1])


def test_the_history_keeps_every_step():
    X, y = data.spiral()
    history = LinearClassifier(2, 3).fit(X, y, epochs=3, batch_size=128, optimizer=SGD(lr=0.1))
    assert history.batch_size == 128
    assert len(history.batch_losses) == 3 * 3  # 300 points: two full batches and a rest
    rows = np.array([128, 128, 44])
    epoch_loss = np.reshape(history.batch_losses, (3, 3)) @ rows / 300
    np.testing.assert_allclose(epoch_loss, history["loss"])


def test_shuffled_pixels_train_as_fast_as_others():
    # X[:, order] lies in memory column by column, where gathering a row takes 200 times as long.
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (5000, 784)).astype(np.uint8), rng.integers(0, 10, 5000)
    shuffled = X[:, rng.permutation(784)]
    assert not shuffled.flags.c_contiguous

    def seconds(images):
        model = LinearClassifier(784, 10)
        return min(model.fit(images, y, epochs=3, batch_size=64)["seconds"])

    assert seconds(shuffled) < 5 * seconds(X)


# A step at a time


def a_training():
    X, y = data.spiral(n_per_class=35)
    options = {"epochs": 3, "batch_size": 40, "validation": data.spiral(seed=1), "seed": 4}
    return MLP([2, 8, 3], dropout=0.2, seed=4), (X, y), options


def test_steps_are_those_of_fit():
    fitted, arrays, options = a_training()
    whole = fitted.fit(*arrays, optimizer=Adam(0.01), **options)
    net, arrays, options = a_training()
    seen = []
    for history in steps(net, *arrays, optimizer=Adam(0.01), **options):
        seen.append((len(history.batch_losses), len(history)))
    np.testing.assert_array_equal(net.parameters, fitted.parameters)
    assert history.batch_losses == whole.batch_losses
    for name in whole.keys() - {"seconds"}:
        assert history[name] == whole[name]
    # 105 examples: three batches, then a validation of 300 in one part, then the epoch's line
    lines = [[(1, 0), (2, 0), (3, 0), (3, 0), (3, 1)] for _ in range(3)]
    assert seen == [(3 * e + b, e + line) for e in range(3) for b, line in lines[e]]


def test_a_long_validation_comes_in_parts():
    net, arrays, options = a_training()
    options |= {"epochs": 1, "validation": data.spiral(n_per_class=700)}
    assert len(list(steps(net, *arrays, **options))) == 3 + 3 + 1  # 2,100 examples: 1,024 at a time


def test_the_seconds_of_steps_are_those_of_training_alone():
    X, y = data.blobs()
    for history in steps(LinearClassifier(2, 3), X, y, epochs=2, batch_size=100):
        time.sleep(0.05)
        slept = 0.05 * len(history.batch_losses)
    assert slept == pytest.approx(0.3)
    assert 0 < sum(history["seconds"]) < slept / 2


def test_steps_may_be_made_in_several_threads():
    fitted, arrays, options = a_training()
    fitted.fit(*arrays, **options)
    net, arrays, options = a_training()
    going = steps(net, *arrays, **options)
    for _ in range(15):
        thread = threading.Thread(target=next, args=(going,))
        thread.start()
        thread.join()
    assert next(going, "the end") == "the end"
    np.testing.assert_array_equal(net.parameters, fitted.parameters)


def test_between_steps_the_callers_warnings_are_as_before():
    X, y = data.blobs()
    with warnings.catch_warnings(), np.errstate(over="warn"):
        warnings.simplefilter("error")
        for _ in steps(LinearClassifier(2, 3), X, y, epochs=1, batch_size=100):
            with pytest.raises(RuntimeWarning, match="overflow"):
                np.float32(3e38) * np.float32(10)


def test_steps_that_are_left_let_the_callbacks_end_their_work():
    class Watch:
        ended = 0

        def on_fit_end(self, network, history):
            self.ended += 1

    watch, (X, y) = Watch(), data.blobs()
    going = steps(LinearClassifier(2, 3), X, y, batch_size=10, callbacks=[watch])
    next(going)
    assert watch.ended == 0
    going.close()
    assert watch.ended == 1


def test_steps_that_diverge_say_so():
    X, y = data.spiral()
    going = steps(LinearClassifier(2, 3, l2=1.0), X, y, epochs=500, optimizer=SGD(lr=10.0))
    with pytest.raises(DivergedError, match="Lower the learning rate"):
        list(going)

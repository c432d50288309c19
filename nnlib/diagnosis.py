"""What is wrong with a training, read from its curves: the name, the evidence, what to do.

The thresholds were chosen from 399 runs with a known fault or none: linear classifiers and
networks of one to three hidden layers, on 300 to 55,000 digits of MNIST and on the toy sets, three
or four seeds each. 384 of them get the name they were made to have; the others lie on a border
(a gap of four points, a loss that falls by a sixth). What was measured stands beside each
threshold, in shares of the loss at the start; tests/nnlib/test_diagnose.py makes such runs anew.
"""

import math
from dataclasses import dataclass

import numpy as np

NAMES = (
    "diverged",
    "learning rate too high",
    "learning rate too low",
    "batch too small",
    "overfitting",
    "low capacity",
    "healthy",
    "too early to tell",
)

# Losses are compared with the first one. A network that was trained before starts with a small
# loss, and noise looks large beside it: then they are compared with a guess between two classes.
SMALLEST_START = math.log(2)

# Diverged: the loss ends so many times as high as it began. Where the learning rate was merely too
# high it ended at 1.04 times the start or below; where it blew the weights up, at 2.4 to 22 times.
ENDS_ABOVE = 2.0

# Batch too small: the standard deviation of the losses of the last steps. Healthy: at most 0.11 in
# batches of 8 and more, 0.19 in batches of 4; too small (1 and 2, or 4 and 8 with a learning rate
# that is healthy for 64): 0.14 to 1.1, nine in ten above 0.2.
FLUCTUATION = 0.2
SMALL_BATCH = 16  # with batches as large as this, fluctuation is the learning rate's fault

# Learning rate too high: the highest loss, as the mean over 64 examples or more. Healthy: at most
# 1.05; low capacity: 1.25; too high: 1.2 to 10⁹, nine in ten above 2.4.
SMOOTH = 64  # examples
PEAK = 1.5
# Or how far the loss, as the mean over a 20th of the training, rose above what it had been.
# Healthy and low capacity: at most 0.08, and never more than noise explains; too high without
# such a peak: 0.14 to 0.21.
PARTS = 20
REBOUND = 0.1
SIGMAS = 6

# Learning rate too low: the second half of the training lowers the loss by this share of what the
# first half did (a straight line: 1), and the loss is still high. Too low: above 0.38 (up to 6
# where a network is slow to start), and the loss ends at 0.58 or above. Healthy: at most 0.27, or
# the loss ends below 0.25; low capacity: nine in ten below 0.14.
STRAIGHT = 0.35
STILL_HIGH = 0.3
# Or the loss moves by less than this at all, or by less than that, evenly.
STILL = 1e-4
CREEPING = 0.02

# Overfitting: the training accuracy is higher than the validation accuracy by GAP, or by
# GAP_RISING while the validation loss has risen. Overfitting: 0.044 to 0.32; healthy, on 10,000
# digits and more: nine in ten below 0.025. Guesses have gaps by chance, but then both losses are
# alike: their ratio is at most 1.26 with low capacity, above 5 with overfitting.
GAP = 0.05
GAP_RISING = 0.03
RISEN = 1.05  # times its lowest value
LOSS_RATIO = 1.3  # validation loss over training loss

# Low capacity: the accuracy is below GOOD although the loss hardly falls any more: in the second
# half of the epochs by less than this share of itself. Low capacity: nine in ten below 0.12;
# healthy trainings of networks that were below 0.95 when they ended: above 0.17.
GOOD = 0.95
FLAT = 0.16

# A shape needs a few points: so many for straight, rising or wide, and so many for flat.
FEWEST_EPOCHS, FEWEST_STEPS = 3, 50
FEWEST_EPOCHS_FLAT, FEWEST_STEPS_FLAT = 5, 100


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found; print it to read it.

    Attributes
    ----------
    name : str
        One of `NAMES`.
    reason : str
        The evidence, in a sentence.
    advice : str
        What to try next.
    evidence : dict
        The same numbers by name.
    """

    name: str
    reason: str
    advice: str
    evidence: dict

    def __str__(self):
        return f"{self.name[0].upper()}{self.name[1:]}. {self.reason} {self.advice}"


def diagnose(history):
    """Say what is wrong with a training, and why: the way to read its curves, as a function.

    Parameters
    ----------
    history : History
        As `fit` returns it; after a `DivergedError`, its `history`. It may be of a training that
        still goes on. Without validation, overfitting cannot be seen.

    Returns
    -------
    Diagnosis
        With the fault that has to be mended first, where there are several.

    Examples
    --------
    >>> print(tune.diagnose(history))
    Overfitting. The training accuracy is 100.0%, the validation accuracy 88.9%: ...

    Notes
    -----
    Curves do not tell everything. A learning rate that is only a little too high can look like
    overfitting or low capacity; a small batch fluctuates even where its learning rate suits it.
    """
    curves = _Curves(history)
    return next(found for look in _LOOKS if (found := look(curves)))


class _Curves:
    """The curves of a history, and the few numbers that describe their shape."""

    def __init__(self, history):
        self.batch_size = getattr(history, "batch_size", None)
        self.lr = history["lr"][0] if "lr" in history else None
        self.loss = _list(history, "loss")
        steps = np.array(getattr(history, "batch_losses", ()), float)
        self.has_steps = len(steps) > 0
        self.steps = steps if self.has_steps else self.loss
        self.n_epochs = len(self.loss)
        self.accuracy, self.val_accuracy = (
            _list(history, "accuracy"),
            _list(history, "val_accuracy"),
        )
        self.val_loss = _list(history, "val_loss")
        self.is_finite = bool(np.isfinite(self.steps).all() and np.isfinite(self.loss).all())
        self.start = float(self.steps[0]) if len(self.steps) else math.nan
        self.scale = max(self.start, SMALLEST_START)

    def last_as_long_as(self, epochs, steps):
        return self.n_epochs >= epochs and len(self.steps) >= steps

    def long_enough(self):
        return self.last_as_long_as(FEWEST_EPOCHS, FEWEST_STEPS)

    def long_enough_for_flat(self):
        return self.last_as_long_as(FEWEST_EPOCHS_FLAT, FEWEST_STEPS_FLAT)

    def has_small_batch(self):
        return self.batch_size is not None and self.batch_size < SMALL_BATCH

    def means(self, width):
        """Return the mean losses of so many steps at a time."""
        n = len(self.steps) // width
        return self.steps[: n * width].reshape(n, width).mean(axis=1)

    def smooth_width(self):
        return -(-SMOOTH // self.batch_size) if self.batch_size else 1

    def end(self):
        """Return the mean loss of the last epoch, or the last tenth of the training."""
        per_epoch = len(self.steps) // max(self.n_epochs, 1)
        return float(self.steps[-max(1, min(per_epoch, len(self.steps) // 10)) :].mean())

    def peak(self):
        """Return the highest loss, as the mean over SMOOTH examples or more."""
        return float(max(self.means(self.smooth_width()), default=0.0))

    def rebound(self):
        """Return how far the loss rose above what it had been, and what it may rise by chance."""
        width = max(8, self.smooth_width(), len(self.steps) // PARTS)
        means = self.means(width)
        rise = float((means - np.minimum.accumulate(means)).max())
        return rise, max(REBOUND * self.scale, SIGMAS * self.fluctuation() / math.sqrt(width))

    def fluctuation(self):
        """Return the standard deviation of the last quarter's losses around their line."""
        last = self.steps[-max(FEWEST_STEPS // 2, len(self.steps) // 4) :]
        t = np.arange(len(last))
        return float((last - np.polyval(np.polyfit(t, last, 1), t)).std())

    def falls(self):
        """Return by how much the loss fell in the first and in the second half, and its error."""
        ninth = [part.mean() for part in np.array_split(self.steps, 9)]
        error = self.fluctuation() / math.sqrt(len(self.steps) / 9)
        return float(ninth[0] - ninth[4]), float(ninth[4] - ninth[8]), error

    def hardly_moves(self):
        """Say whether the loss stands still, or creeps down in a straight line, while high."""
        if self.end() <= STILL_HIGH * self.scale:
            return False
        # the validation loss, if there is one: it has no noise from dropout
        loss = self.val_loss if len(self.val_loss) else self.loss
        change, middle = np.ptp(loss), len(loss) // 2
        creeps = (np.diff(loss) <= 0).all() and (
            loss[middle] - loss[-1] > STRAIGHT * (loss[0] - loss[middle])
        )
        return change < STILL * self.scale or (creeps and change < CREEPING * self.scale)

    def late_fall(self):
        """Return by which share of itself the loss fell in the second half of the epochs."""
        last = self.n_epochs - 1
        return float(1 - self.loss[-1] / np.interp(last / 2, range(last + 1), self.loss))

    def late(self, values):
        """Return the mean of the last quarter of the epochs."""
        return float(values[-max(1, len(values) // 4) :].mean())


def _list(history, name):
    found = name in history
    return np.array(history[name] if found else [], float)


def _diverged(curves):
    if not curves.is_finite:
        bad = int(np.argmin(np.isfinite(curves.steps))) + 1
        unit = "step" if curves.has_steps else "epoch"
        reason = f"In {unit} {bad} the loss was no longer a finite number."
        return Diagnosis("diverged", reason, _lower(curves), {unit: bad})
    if not len(curves.steps):
        return None
    end = curves.end()
    if end <= ENDS_ABOVE * curves.scale:
        return None
    reason = f"The loss began at {curves.start:.3g} and ended at {end:.3g}."
    return Diagnosis("diverged", reason, _lower(curves), {"start": curves.start, "end": end})


def _small_batch(curves):
    if not (curves.has_small_batch() and curves.has_steps and curves.long_enough()):
        return None
    fluctuation, (rebound, by_chance) = curves.fluctuation(), curves.rebound()
    if fluctuation <= FLUCTUATION * curves.scale and rebound <= by_chance:
        return None
    reason = (
        f"From step to step the loss varies by {fluctuation:.2g} (standard deviation; it began "
        f"with {curves.start:.3g}), and rose by {rebound:.2g} above what it had been."
    )
    advice = (
        f"Try a batch size of 32 or 64 in place of {curves.batch_size}: the mean over more "
        "examples is steadier."
    )
    evidence = {"start": curves.start, "fluctuation": fluctuation, "rebound": rebound}
    return Diagnosis("batch too small", reason, advice, evidence)


def _too_high(curves):
    peak = curves.peak()
    evidence = {"start": curves.start, "peak": peak}
    if peak > PEAK * curves.scale:
        reason = f"The loss leapt up to {peak:.3g}; it began with {curves.start:.3g}."
        return Diagnosis("learning rate too high", reason, _lower(curves), evidence)
    if not curves.long_enough():
        return None
    fluctuation, (rebound, by_chance) = curves.fluctuation(), curves.rebound()
    evidence |= {"fluctuation": fluctuation, "rebound": rebound}
    if rebound > by_chance:
        reason = f"The loss rose by {rebound:.2g} above what it had been; it should fall."
    elif fluctuation > FLUCTUATION * curves.scale:
        reason = (
            f"From step to step the loss varies by {fluctuation:.2g} (standard deviation), "
            "more than batches of this size explain."
        )
    else:
        return None
    return Diagnosis("learning rate too high", reason, _lower(curves), evidence)


def _too_low(curves):
    if not curves.long_enough():
        return None
    first, second, error = curves.falls()
    end = curves.end()
    evidence = {"start": curves.start, "end": end, "first_half": first, "second_half": second}
    falls = first + second > 4 * error
    if falls and end > STILL_HIGH * curves.scale and second > STRAIGHT * first:
        reason = (
            f"The loss falls almost in a straight line, by {first:.2g} in the first half of the "
            f"training and {second:.2g} in the second, and is still {end:.3g}."
        )
    elif curves.hardly_moves():
        reason = f"The loss hardly moves: it began at {curves.start:.5g} and is {end:.5g} now."
    else:
        return None
    advice = f"Try a learning rate 10 times as high{_instead(curves, 10)}."
    return Diagnosis("learning rate too low", reason, advice, evidence)


def _overfitting(curves):
    if not (curves.long_enough() and len(curves.val_loss) and len(curves.val_accuracy)):
        return None
    accuracy, val_accuracy = curves.late(curves.accuracy), curves.late(curves.val_accuracy)
    gap = accuracy - val_accuracy
    val_loss, lowest = curves.late(curves.val_loss), float(curves.val_loss.min())
    rises = val_loss > RISEN * lowest
    too_wide = gap > (GAP_RISING if rises else GAP)
    if not too_wide or val_loss <= LOSS_RATIO * curves.late(curves.loss):
        return None
    reason = (
        f"The training accuracy is {accuracy:.1%}, the validation accuracy {val_accuracy:.1%}: "
        f"a gap of {100 * gap:.1f} percentage points."
    )
    if rises:
        best = int(curves.val_loss.argmin()) + 1
        reason += (
            f" The validation loss was {lowest:.3g} in epoch {best}, and is {val_loss:.3g} now."
        )
    advice = (
        "Use more training data (or augment them), dropout, a larger λ, or stop earlier "
        "(EarlyStopping)."
    )
    evidence = {
        "accuracy": accuracy,
        "val_accuracy": val_accuracy,
        "gap": gap,
        "val_loss": val_loss,
        "lowest_val_loss": lowest,
    }
    return Diagnosis("overfitting", reason, advice, evidence)


def _low_capacity(curves):
    if not (curves.long_enough_for_flat() and len(curves.accuracy)):
        return None
    accuracy, late_fall = curves.late(curves.accuracy), curves.late_fall()
    evidence = {"accuracy": accuracy, "late_fall": late_fall}
    both = f"the training accuracy is {accuracy:.1%}"
    if len(curves.val_accuracy):
        val_accuracy = curves.late(curves.val_accuracy)
        evidence["val_accuracy"] = val_accuracy
        both += f", the validation accuracy {val_accuracy:.1%}"
        accuracy = max(accuracy, val_accuracy)  # dropout makes the first one the lower
    if accuracy >= GOOD or late_fall >= FLAT:
        return None
    reason = (
        f"The loss hardly falls any more (by {max(late_fall, 0):.0%} in the second half of the "
        f"epochs), and {both}: without a gap, both low."
    )
    if curves.end() > 0.95 * curves.scale:
        reason += f" The loss is still about the {curves.start:.3g} it began with."
        advice = (
            "Try a hidden layer if there is none; ReLU in place of sigmoid, if there are several; "
            f"or a learning rate 10 times as high{_instead(curves, 10)}."
        )
    else:
        advice = (
            "Try more neurons, another hidden layer, or less dropout and a smaller λ. If that "
            "changes nothing: a lower learning rate, or features that tell the classes apart."
        )
    return Diagnosis("low capacity", reason, advice, evidence)


def _too_early(curves):
    if curves.long_enough_for_flat():
        return None
    if curves.long_enough() and curves.late_fall() >= FLAT:
        return None
    epochs, steps = curves.n_epochs, len(curves.steps)
    reason = f"{epochs} epochs with {steps} steps in all show no clear shape yet."
    evidence = {"epochs": epochs, "steps": steps}
    return Diagnosis("too early to tell", reason, "Train on.", evidence)


def _healthy(curves):
    end, late_fall = curves.end(), curves.late_fall()
    reason = f"The loss fell from {curves.start:.3g} to {end:.3g}"
    evidence = {"start": curves.start, "end": end, "late_fall": late_fall}
    advice = "Nothing needs mending."
    if len(curves.accuracy):
        evidence["accuracy"] = curves.late(curves.accuracy)
        reason += f"; the training accuracy is {evidence['accuracy']:.1%}"
    if len(curves.val_accuracy):
        evidence["val_accuracy"] = curves.late(curves.val_accuracy)
        reason += f", the validation accuracy {evidence['val_accuracy']:.1%}"
    else:
        advice = "Give fit(validation=(X, y)) to see whether it overfits."
    if late_fall >= FLAT:
        advice += " The loss still falls: more epochs may help."
    return Diagnosis("healthy", f"{reason}.", advice, evidence)


def _lower(curves):
    return f"Try a learning rate 10 times lower{_instead(curves, 0.1)}."


def _instead(curves, factor):
    return f", {curves.lr * factor:.3g} in place of {curves.lr:.3g}" if curves.lr else ""


# The order: a fault further up makes the shapes further down meaningless.
_LOOKS = (
    _diverged,
    _small_batch,
    _too_high,
    _too_low,
    _overfitting,
    _low_capacity,
    _too_early,
    _healthy,
)

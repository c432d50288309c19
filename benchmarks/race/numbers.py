"""From what was measured to the numbers of the table."""

import math
from statistics import mean, median, quantiles

from engines import LIMIT

TARGETS = (0.97, 0.98)  # accuracy on the held-out examples
# How far the losses of the first epoch may lie from the engines' median, as a share of it. Weights
# that differ in their last bit alone move the mean of the batches' losses by up to 0.06 %, and the
# loss on the held-out examples by up to 0.7 % (784-256-128-10, Adam).
TOLERANCE = {"loss": 0.002, "held_out_loss": 0.02}


def summarise(results):
    """Return {engine: {name: number}} for one network."""
    rows = {key: _row(runs, results.get("nnlib")) for key, runs in results.items()}
    trained = [key for key in results if key != LIMIT]
    if not trained:
        return rows
    for name, tolerance in TOLERANCE.items():
        usual = median(_first_epoch(results[key])[name] for key in trained)
        for key in trained:
            deviation = abs(_first_epoch(results[key])[name] / usual - 1)
            rows[key][f"{name}_deviation"] = deviation
            rows[key]["agrees"] = rows[key]["agrees"] is not False and deviation <= tolerance
    return rows


def _first_epoch(runs):
    return runs[0]["epochs"][0]


def _row(runs, nnlib_runs):
    seconds = _seconds(runs)
    low, high = quartiles(seconds)
    row = {
        "seconds": median(seconds),
        "seconds_low": low,
        "seconds_high": high,
        "rounds": len(seconds),
        "times_nnlib": _paired(seconds, _seconds(nnlib_runs)) if nnlib_runs else None,
        "peak_mb": runs[-1]["peak_mb"],
        "loss_after_epoch_1": _first_epoch(runs)["held_out_loss"],
        "agrees": None,
        **{f"{name}_deviation": None for name in TOLERANCE},
        "test_accuracy": None,
        "test_accuracy_low": None,
        "test_accuracy_high": None,
    }
    for target in TARGETS:
        row[f"seconds_to_{target:.0%}"] = None
    if row["loss_after_epoch_1"] is None:  # the bare products learn nothing
        return row
    accuracies = [run["test_accuracy"] for run in runs]
    row["test_accuracy"] = mean(accuracies)
    row["test_accuracy_low"], row["test_accuracy_high"] = min(accuracies), max(accuracies)
    for target in TARGETS:
        row[f"seconds_to_{target:.0%}"] = _time_to(target, runs)
    return row


def quartiles(values):
    """Return the lower and the upper quartile."""
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def _seconds(runs):
    return [epoch["seconds"] for run in runs for epoch in run["epochs"]]


def _paired(seconds, others):
    """Return the median of the ratios, round by round: both met the same noise."""
    return median(a / b for a, b in zip(seconds, others, strict=True))


def _time_to(target, runs):
    """Return the seconds of training until the target was reached, the median over the seeds."""
    seconds = median(_time_to_once(target, run["epochs"]) for run in runs)
    return seconds if math.isfinite(seconds) else None


def _time_to_once(target, epochs):
    total = 0
    for epoch in epochs:
        total += epoch["seconds"]
        if epoch["held_out_accuracy"] >= target:
            return total
    return math.inf

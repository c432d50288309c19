"""The rounds: every engine trains one epoch, one after another, and again.

So the machine's noise hits all alike. One engine computes at a time; who begins changes from
round to round.
"""

import time

PAUSE = 0.05  # seconds in which threads that wait actively go to sleep
LONG_AFTER = 30  # epochs
COMPARED = 5  # epochs early and late


def run(runners, network, n_seeds, n_epochs, progress):
    """Train one network in all engines.

    Returns
    -------
    dict
        {engine: [one entry a seed: {"epochs": [what `worker.train_epoch` measured, ...],
        "test_accuracy": ..., "peak_mb": ...}]}
    """
    results = {runner.key: [] for runner in runners}
    for seed in range(n_seeds):
        for runner in runners:
            runner.start(seed)
        epochs = {runner.key: [] for runner in runners}
        for epoch in range(n_epochs):
            first = epoch % len(runners)
            for runner in runners[first:] + runners[:first]:
                time.sleep(PAUSE)
                epochs[runner.key].append(runner.train_epoch(epoch_seed(seed, epoch)))
                progress.update()
        for runner in runners:
            results[runner.key].append({"epochs": epochs[runner.key]} | runner.finish())
    return results


def endurance(fresh, old, progress):
    """Compare early and late epochs of one engine in two processes, in turns.

    The old one has trained for `LONG_AFTER` - 1 epochs before; the fresh one starts anew for
    each comparison.

    Returns
    -------
    list of (seconds of epoch 1, seconds of epoch 30 or a little later)
    """
    old.start(0)
    for epoch in range(LONG_AFTER - 1):
        old.train_epoch(epoch_seed(0, epoch))
        progress.update()
    pairs = []
    for turn in range(COMPARED):
        fresh.start(0)
        early = fresh.train_epoch(epoch_seed(0, 0))["seconds"]
        late = old.train_epoch(epoch_seed(0, LONG_AFTER + turn))["seconds"]
        pairs.append((early, late))
        progress.update(2)
    return pairs


def epoch_seed(seed, epoch):
    """Return the seed for the order of the examples in an epoch."""
    return 1000 * seed + epoch

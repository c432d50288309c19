"""An engine in a process of its own, which lives as long as the race."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from engines import ENGINES

from race import worker


class Runner:
    """Ask an engine's process for one thing at a time.

    Parameters
    ----------
    key : str
        The engine's name in `engines.ENGINES`.
    """

    def __init__(self, key):
        self.key = key
        # "spawn" is a fresh Python, which reads the environment as it is now
        self.process = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=worker.set_up,
            initargs=(ENGINES[key].environment,),
        )

    def ask(self, function, *args):
        """Let the process call a function of `race.worker`; return a promise of its answer."""
        return self.process.submit(function, *args)

    def start(self, seed):
        """Start anew from the weights that belong to the seed."""
        self.ask(worker.start, seed).result()

    def train_epoch(self, seed):
        """Train for one epoch; return what was measured."""
        return self.ask(worker.train_epoch, seed).result()

    def finish(self):
        """Return the accuracy on the test set, and the peak of memory."""
        return self.ask(worker.finish).result()

    def stop(self):
        """End the process."""
        self.process.shutdown(cancel_futures=True)


def prepare(runners, network, n_examples):
    """Make the engines for a network; return {engine: why} for those that are not installed."""
    made = [runner.ask(worker.make, runner.key, network, n_examples) for runner in runners]
    not_run = {}
    for runner, promise in zip(runners, made, strict=True):
        try:
            promise.result()
        except ImportError as error:
            not_run[runner.key] = str(error)
            runner.stop()
    for runner in runners:  # one at a time: on two cores, two compilers take thrice as long
        if runner.key not in not_run:
            runner.ask(worker.warm_up).result()
    return not_run

"""What runs in a worker's process: one submission at a time, no longer than its parent lives.

It loads little before the first job arrives: neither nbgrader nor the gradebook.
"""

import multiprocessing
import os
import signal
import threading

from autograder.light import load_less

_busy = threading.Lock()


def prepare():
    """Make a new process a worker: one thread for arithmetic, and an end with its parent."""
    # Each worker has a core of its own. Before NumPy loads.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    load_less()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's: it ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def grade_alone(job):
    """Grade a submission, once no other one is at work in this process.

    The judge redirects what is printed, which is one for all threads; Dask's workers may have
    several.

    Returns
    -------
    dict
        See `job.grade`.
    """
    from autograder.job import grade

    with _busy:
        return grade(job)


def _end_with_parent():
    """End this process, and with it the box, once the parent is gone, also by kill -9."""
    multiprocessing.parent_process().join()
    os._exit(1)

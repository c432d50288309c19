"""Long work in a thread of its own, in slices so short that every control answers at once."""

import asyncio
import threading
import time

# Long enough for useful work, short enough that pause answers within 300 ms.
SLICE_SECONDS = 0.04


class Runner:
    """Repeat a step in a worker thread, and hand pictures of its progress to the event loop.

    While it runs, only the worker touches the model. The face sends it changes with `change`
    and gets immutable snapshots back. There is no thread before `start` and after `pause`.

    Parameters
    ----------
    step : callable
        Does one short piece of work; returns False when there is no more to do.
    snapshot : callable
        Returns an immutable picture of the model.
    show : callable
        Takes a snapshot; called in the event loop in which `start` was called, never in the
        worker: widgets are not safe in two threads. Without an event loop it is not called.
    ended : callable
        Takes the exception that ended the work, or None when the work was done; called like
        `show`. Not called after `pause`.

    Notes
    -----
    In a notebook the event loop is the kernel's, or the subshell's in which JupyterLab
    delivers widget messages. `call_soon_threadsafe` serves both, on ipykernel 6 and 7, and an
    exception never stays in the worker, whose output the notebook would not show.
    """

    def __init__(self, step, snapshot, show, ended):
        self._step, self._snapshot, self._show, self._ended = step, snapshot, show, ended
        self._lock = threading.Lock()  # guards the changes and the latest snapshot
        self._changes = {}
        self._latest = None
        self._wake = threading.Event()
        self._stopping = False
        self._thread = None
        self._loop = None

    @property
    def running(self):
        """bool: whether the worker is at work."""
        return self._thread is not None and self._thread.is_alive() and not self._stopping

    def start(self, rate=None):
        """Start the worker; does nothing if it runs.

        Parameters
        ----------
        rate : float or None
            Steps a second, up to about 25; None for as many as there is time for.
        """
        if self.running:
            return
        self.pause()
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._stopping = False
        self._thread = threading.Thread(
            target=self._work, args=(rate,), name="nnlib-view", daemon=True
        )
        self._thread.start()

    def pause(self):
        """End the worker after the step at hand; afterwards the caller owns the model."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = None
        self._latest = None
        self._apply_changes()

    def change(self, key, apply):
        """Let the worker call `apply` before its next step; a newer change of `key` replaces it.

        Parameters
        ----------
        key : hashable
            What is changed, such as a control's name.
        apply : callable
            Makes the change. Called at once if the worker does not run.
        """
        if not self.running:
            apply()
            return
        with self._lock:
            self._changes.pop(key, None)
            self._changes[key] = apply
        self._wake.set()

    def _apply_changes(self):
        """Make the waiting changes; returns whether there were any."""
        with self._lock:
            changes, self._changes = list(self._changes.values()), {}
        for apply in changes:
            apply()
        return bool(changes)

    def _work(self, rate):
        error = None
        try:
            self._repeat(rate)
        except Exception as caught:
            error = caught
        if not self._stopping:
            self._call_in_loop(self._finish, error)

    def _repeat(self, rate):
        due, more = time.monotonic(), True
        while more and not self._stopping:
            changed = self._apply_changes()
            stepped = time.monotonic() >= due
            if stepped:
                more = self._step() if rate else self._slice()
                due = time.monotonic() + (1 / rate if rate else 0)
            if changed or stepped:
                self._post(self._snapshot())
            # Even at full speed a moment in which the event loop can have the interpreter.
            self._wake.wait(max(due - time.monotonic(), 0.001))
            self._wake.clear()

    def _slice(self):
        """Step for one slice; returns whether there is more to do."""
        end = time.monotonic() + SLICE_SECONDS
        more = True
        while more and not self._stopping and time.monotonic() < end:
            more = self._step()
        return more

    def _post(self, snapshot):
        """Hand over a snapshot; one that was not fetched yet is replaced."""
        with self._lock:
            waiting, self._latest = self._latest is not None, snapshot
        if not waiting:
            self._call_in_loop(self._deliver)

    def _deliver(self):
        with self._lock:
            snapshot, self._latest = self._latest, None
        if snapshot is not None and not self._stopping:
            self._show(snapshot)

    def _finish(self, error):
        if not self._stopping:
            self.pause()
            self._ended(error)

    def _call_in_loop(self, function, *args):
        if self._loop is None:
            self._latest = None
            return
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            # The loop was closed: the kernel, or its subshell, is going away.
            self._stopping = True

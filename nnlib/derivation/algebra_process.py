"""Keeps SymPy in a process of its own, so that a question that takes too long can be ended.

The process stays for the next question, for SymPy takes longer to load than to decide most of
them. It ends with its parent, whose end closes its input.
"""

import atexit
import json
import subprocess
import sys
import threading

_lock = threading.Lock()
_process = None


def ask(step, text, seconds):
    """Ask whether an expression is what a step asks for.

    Parameters
    ----------
    step : int
        1 to 6.
    text : str
        An expression that can be read.
    seconds : float
        The time there is; afterwards the process is ended.

    Returns
    -------
    bool or None
        None where it could not be decided in time.
    """
    question = json.dumps({"step": step, "text": text})
    with _lock:
        process = _running()
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            answer = process.stdout.readline().strip()
        except OSError:
            answer = ""
        finally:
            timer.cancel()
        if not answer:
            end()
    return {"equal": True, "different": False}.get(answer)


def end():
    """End the process; the next question starts a new one."""
    global _process
    if _process is not None:
        _process.kill()
        _process.communicate()
        _process = None


def _running():
    global _process
    if _process is None:
        _process = subprocess.Popen(
            [sys.executable, "-m", "nnlib.derivation.algebra"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Else a notebook's kernel, when it is asked to end, waits for it.
            start_new_session=True,
        )
        atexit.register(end)
    return _process

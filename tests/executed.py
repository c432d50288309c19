"""A lecture with its outputs: run once in a test run, however many workers and tests want it."""

import json
import os
import sys
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
WAIT_SECONDS = 300

sys.path.insert(0, str(ROOT / "benchmarks"))
from lecture_times import execute  # noqa: E402 (it lives beside the other measurements)


def executed(path, folder):
    """Run a lecture, or wait for the worker that runs it.

    Parameters
    ----------
    path : Path
        The notebook.
    folder : Path
        A folder that all workers of this test run share.

    Returns
    -------
    dict
        path, of the notebook with its outputs; seconds; memory in kB, or None.
    """
    done = folder / f"{path.stem}.json"
    try:
        (folder / f"{path.stem}.lock").mkdir()
    except FileExistsError:
        _wait_for(done)
    else:
        _write(done, _run(path, folder))
    result = json.loads(done.read_text())
    assert "error" not in result, result["error"]
    return result


def _run(path, folder):
    try:
        notebook, seconds, memory = execute(path)
    except Exception as error:
        return {"error": f"{path.name}: {error}"}
    nbformat.write(notebook, folder / path.name)
    return {"path": str(folder / path.name), "seconds": seconds, "memory": memory}


def _write(done, result):
    """In one step: whoever waits sees all of it or nothing."""
    part = done.with_suffix(".part")
    part.write_text(json.dumps(result))
    os.replace(part, done)


def _wait_for(done):
    deadline = time.monotonic() + WAIT_SECONDS
    while not done.exists():
        assert time.monotonic() < deadline, f"{done.stem} was never finished by another worker"
        time.sleep(0.2)

"""A class of students for the tests: the course, an honest neighbour's answers, what was given."""

import contextlib
import os
import re
import shutil
import threading
from pathlib import Path

from autograder.course import Course

HOMEWORK = Path(__file__).parents[2] / "homework"
COURSE = Course(HOMEWORK)
NEIGHBOUR = "neighbour"
# Right, wrong and unanswered questions: whatever reaches over to it would show.
HONEST = {
    "step-1": 'step_1 = "yhat_i*(1 - yhat_i)"',
    "step-2": 'step_2 = "yhat_i*yhat_j"',
    "softmax": """\
def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
""",
    "gradient": """\
def cross_entropy_gradient(yhat, y):
    return yhat - np.eye(yhat.shape[-1])[y]
""",
}
HONEST_POINTS = {"step-1-test": 1, "step-2-test": 0, "softmax-test": 2, "gradient-test": 0}


def solutions(name="hw1-1"):
    """Return the instructor's answers by grade id."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in COURSE.assignment(name).notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def points(verdict):
    """Return the points of each question that was attempted, by grade id."""
    return {q.name: q.points for q in verdict.questions if q.status != "not attempted"}


def question(verdict, name):
    """Return the verdict's question of a name."""
    return next(q for q in verdict.questions if q.name == name)


def course_folder(folder, name="hw1-1", settings=""):
    """Make a copy of the course folder with one assignment; its path may hold anything."""
    shutil.copytree(HOMEWORK / "source" / name, folder / "source" / name)
    shutil.copy(HOMEWORK / "nbgrader_config.py", folder)
    text = (HOMEWORK / "autograder.toml").read_text(encoding="utf-8")
    (folder / "autograder.toml").write_text(f"{text}\n{settings}", encoding="utf-8")
    return Course(folder)


@contextlib.contextmanager
def peak_of_workers(path):
    """Write into a file how many MB the largest worker of this process took, at its peak."""
    ended, peaks = threading.Event(), [0]

    def watch():
        while not ended.wait(0.2):
            peaks.extend(map(_peak_mb, _children()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()
        path.write_text(str(max(peaks)))


def _children():
    for path in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from path.read_text().split()


def _peak_mb(pid):
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found.group(1)) // 1024 if found else 0
    return 0

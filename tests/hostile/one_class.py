"""A class whose hand-ins are in every kind of disorder, taken in and graded once by the command."""

import contextlib
import fcntl
import io
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from classroom import HOMEWORK, course_folder

from autograder.cli import main
from autograder.course import Course
from autograder.record import gradebook
from autograder.workers import verdicts

# The course folder: spaces, other scripts, and what a shell, an address or a glob reads.
FOLDER = "my course 100%20 курс 日本 'é' #1?"
MORNING = 1_700_000_000


@dataclass(frozen=True)
class Class:
    """A graded class.

    Attributes
    ----------
    folder : Path
        The course folder.
    said : dict
        What each command printed, and its exit status.
    """

    folder: Path
    said: dict

    @property
    def verdicts(self):
        """The verdict of each student."""
        return verdicts(Course(self.folder), "hw1-1")

    @property
    def scores(self):
        """What the gradebook says of each student: the points of each question, or None."""
        with gradebook(self.folder) as book:
            return {
                submission.student.id: {
                    grade.name: grade.auto_score for grade in submission.notebooks[0].grades
                }
                for submission in book.assignment_submissions("hw1-1")
            }

    @property
    def held(self):
        """Why each held file is held, by its path in the download."""
        reasons = {}
        for path in self.folder.glob("held/hw1-1/*/why.txt"):
            name, reason, *_ = path.read_text(encoding="utf-8").split("\n\n")
            reasons[name] = reason
        return reasons

    def submitted(self, student):
        """Return the notebook that counts."""
        return (self.folder / "submitted" / student / "hw1-1" / "hw1-1.ipynb").read_bytes()


def graded_class(factory, name, files, roster):
    """Collect and grade files by the command; of several workers of pytest, one does it.

    Parameters
    ----------
    factory : pytest.TempPathFactory
    name : str
        Of the class.
    files : callable
        Returns the files of the download by path: bytes, or (bytes, hours after the morning).
    roster : str
        The class list, as CSV.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    shared = shared / f"class {name}"
    shared.mkdir(exist_ok=True)
    folder, done = shared / FOLDER, shared / "done.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            course_folder(folder)
            shutil.copytree(HOMEWORK / "source" / "hw1-2", folder / "source" / "hw1-2")
            (folder / "roster.csv").write_text(roster, encoding="utf-8")
            downloads = write(shared / "downloads", files())
            said = {
                "release": run(folder, "release", "hw1-1"),
                "collect": run(folder, "collect", "hw1-1", str(downloads)),
                "grade": run(folder, "grade", "hw1-1", "--workers", "2"),
            }
            done.write_text(json.dumps(said))
    return Class(folder, json.loads(done.read_text()))


def run(folder, *arguments):
    """Run a command in this process; return what it printed, and its exit status."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([*arguments, "--course", str(folder)])
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def write(downloads, files):
    """Write the files of a download; return its folder."""
    for name, content in files.items():
        content, hours = content if isinstance(content, tuple) else (content, 0)
        path = downloads / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (MORNING + 3600 * hours,) * 2)
    return downloads

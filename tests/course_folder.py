"""A copy of the course folder, taken through nbgrader's own commands; its release made once."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from executed import executed

HOMEWORK = Path(__file__).parents[1] / "homework"
GENERATED = ("release", "submitted", "autograded", "feedback", "gradebook.db*", "*.csv")


@dataclass(frozen=True)
class Course:
    """A course folder, one of its assignments, and what its gradebook says of each answer."""

    folder: Path
    assignment: str

    def run(self, *command):
        """Run nbgrader (or Python, after "-c") as an instructor in this folder would."""
        environment = {
            **os.environ,
            # nbgrader finds alembic there.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            # Nobody's own settings take part.
            "HOME": str(self.folder.parent),
            "JUPYTER_CONFIG_DIR": str(self.folder.parent / "no-settings"),
        }
        module = [] if command[0] == "-c" else ["-m", "nbgrader"]
        done = subprocess.run(
            [sys.executable, *module, *map(str, command)],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def path(self, *parts):
        """Return the path of the notebook in one of nbgrader's folders."""
        return Path(*parts, self.assignment, f"{self.assignment}.ipynb")

    def notebook(self, *parts):
        """Read the notebook in one of nbgrader's folders."""
        return nbformat.read(self.folder / self.path(*parts), as_version=4)

    def cells(self, *parts):
        """Return that notebook's cells by the name that nbgrader knows them by."""
        return {
            cell.metadata.nbgrader.grade_id: cell
            for cell in self.notebook(*parts).cells
            if "nbgrader" in cell.metadata
        }

    @property
    def scores(self):
        """Each student's score for each question, and whether a person must still look."""
        return json.loads((self.folder / "scores.json").read_text(encoding="utf-8"))

    def solution(self):
        """Return the instructor's answers by question."""
        return {
            name: cell.source
            for name, cell in self.cells("source").items()
            if cell.metadata.nbgrader.solution
        }

    def executed_release(self, folder):
        """Run the untouched release, copied into a folder; once for all tests: see `executed`."""
        path = Path(shutil.copy(self.folder / self.path("release"), folder))
        return executed(path, self.folder.parent)

    def hand_in(self, student, answers, delete=()):
        """Fill answers into the release and hand the notebook in."""
        notebook = self.notebook("release")
        notebook.cells = [cell for cell in notebook.cells if _name(cell) not in delete]
        for cell in notebook.cells:
            cell.source = answers.get(_name(cell), cell.source)
        path = self.folder / self.path("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def _name(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


@contextmanager
def locked(path):
    """Let one worker at a time do what follows."""
    import fcntl  # not on Windows, where the other tests run

    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def released(assignment, shared):
    """Return the course folder with an assignment's release, made by the first who asks.

    Parameters
    ----------
    assignment : str
    shared : Path
        A folder that all workers of this test run share.

    Returns
    -------
    Course
    """
    course = Course(shared / f"{assignment} with a space" / "homework", assignment)
    with locked(shared / f"{assignment}.released.lock"):
        if not (course.folder / course.path("release")).exists():
            ours = shutil.ignore_patterns(*GENERATED)
            shutil.copytree(HOMEWORK, course.folder, ignore=ours, dirs_exist_ok=True)
            course.run("generate_assignment", assignment)
    return course

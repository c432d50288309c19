"""Copies of the course folder, taken through nbgrader's own commands once for all tests."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import hw1_1_answers
import hw1_2_answers
import nbformat
import pytest

HOMEWORK = Path(__file__).parents[2] / "homework"

GENERATED = ("release", "submitted", "autograded", "feedback", "gradebook.db*", "*.csv")
# What each student hands in: answers by question, and cells that were deleted.
STUDENTS = {"hw1-1": hw1_1_answers.students, "hw1-2": hw1_2_answers.students}

# Gives the person's points for the full solution's written answers, and reads the gradebook.
GRADEBOOK = """
import json, sys
from nbgrader.api import Gradebook

assignment, by_hand = sys.argv[1], json.loads(sys.argv[2])
with Gradebook("sqlite:///gradebook.db") as book:
    submissions = book.assignment_submissions(assignment)
    scores = {
        submission.student.id: {
            grade.name: [grade.auto_score, grade.needs_manual_grade]
            for grade in submission.notebooks[0].grades
        }
        for submission in submissions
    }
    for submission in submissions:
        for grade in submission.notebooks[0].grades:
            if submission.student.id == "full" and grade.name in by_hand:
                grade.manual_score, grade.needs_manual_grade = by_hand[grade.name], False
    book.db.commit()
print(json.dumps(scores))
"""


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


def grade(course, by_hand):
    """Do what an instructor does, with nbgrader's own commands."""
    shutil.copytree(HOMEWORK, course.folder, ignore=shutil.ignore_patterns(*GENERATED))
    course.run("generate_assignment", course.assignment)
    for student, hand_in in STUDENTS[course.assignment](course.solution()).items():
        course.hand_in(student, **hand_in)
    course.run("autograde", course.assignment)
    scores = course.run("-c", GRADEBOOK, course.assignment, json.dumps(by_hand))
    course.run("generate_feedback", course.assignment)
    course.run("export")
    (course.folder / "scores.json").write_text(scores, encoding="utf-8")


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """A function that gives an assignment's graded course folder; parallel workers share it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def of(assignment, by_hand):
        course = Course(shared / f"{assignment} with a space" / "homework", assignment)
        with (shared / f"{assignment}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (course.folder / "scores.json").exists():
                grade(course, by_hand)
        return course

    return of

"""A copy of the course folder, taken through nbgrader's own commands once for all tests."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from hw1_1_answers import ARGUMENT, QUESTIONS

HOMEWORK = Path(__file__).parents[2] / "homework"

GENERATED = ("release", "submitted", "autograded", "feedback", "gradebook.db*", "*.csv")

# Reads what nbgrader's gradebook holds, and gives the person's points for one written answer.
GRADEBOOK = """
import json
from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db") as book:
    for submission in book.assignment_submissions("hw1-1"):
        for grade in submission.notebooks[0].grades:
            if submission.student.id == "full" and grade.name == "argument":
                grade.manual_score, grade.needs_manual_grade = 3.5, False
    book.db.commit()
    scores = {
        submission.student.id: {
            grade.name: [grade.auto_score, grade.needs_manual_grade]
            for grade in submission.notebooks[0].grades
        }
        for submission in book.assignment_submissions("hw1-1")
    }
print(json.dumps(scores))
"""


@dataclass(frozen=True)
class Course:
    """A course folder and what its gradebook says of each student's answers."""

    folder: Path

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

    @property
    def release(self):
        """The released notebook."""
        path = self.folder / "release" / "hw1-1" / "hw1-1.ipynb"
        return nbformat.read(path, as_version=4)

    @property
    def scores(self):
        """Each student's score for each question, and whether a person must still look."""
        return json.loads((self.folder / "scores.json").read_text(encoding="utf-8"))

    def hand_in(self, student, answers, delete=()):
        """Fill answers into the release and hand the notebook in; return its folder."""
        notebook = self.release
        notebook.cells = [cell for cell in notebook.cells if cell.id not in delete]
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        folder = self.folder / "submitted" / student / "hw1-1"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "hw1-1.ipynb")
        return folder


def right_answers():
    answers = {name: question.cell(question.right[0]) for name, question in QUESTIONS.items()}
    return {**answers, "argument": ARGUMENT}


def hand_in_everything(course):
    """Let each kind of student hand in: see the tests in test_hw1_1_nbgrader."""
    right = right_answers()
    course.hand_in("full", right)
    course.hand_in("untouched", {})
    for name, question in QUESTIONS.items():
        wrong = question.cell(next(iter(question.wrong)))
        course.hand_in(f"wrong-{name}", {**right, name: wrong})
    # A right answer that warns, and two wrong ones, of which one lost its check.
    noisy = "import sys, warnings\nwarnings.warn('slow')\nprint('note', file=sys.stderr)\n"
    course.hand_in(
        "odd",
        {
            **right,
            "softmax": QUESTIONS["softmax"].cell(noisy + QUESTIONS["softmax"].right[0]),
            "step-2": QUESTIONS["step-2"].cell("0"),
            "step-3": QUESTIONS["step-3"].cell("0"),
        },
        delete={"step-2-test"},
    )


def grade(folder):
    """Do what an instructor does, with nbgrader's own commands."""
    shutil.copytree(HOMEWORK, folder, ignore=shutil.ignore_patterns(*GENERATED))
    course = Course(folder)
    course.run("generate_assignment", "hw1-1")
    hand_in_everything(course)
    course.run("autograde", "hw1-1")
    scores = course.run("-c", GRADEBOOK)
    course.run("generate_feedback", "hw1-1")
    course.run("export")
    (folder / "scores.json").write_text(scores, encoding="utf-8")


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """The graded course folder; pytest's parallel workers share one."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "hw with a space" / "homework"
    with (shared / "homework.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "scores.json").exists():
            grade(folder)
    return Course(folder)

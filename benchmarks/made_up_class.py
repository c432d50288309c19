"""A class of made-up students: right, partly right, wrong and missing answers, mixed by chance."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from autograder.course import Course

ROOT = Path(__file__).parents[1]
# The answers, with what each must get, are those that the tests know.
sys.path.insert(0, str(ROOT / "tests" / "homework"))
import hw1_1_answers  # noqa: E402
import hw1_2_answers  # noqa: E402

WRITTEN = {"hw1-1": {"argument": hw1_1_answers.ARGUMENT}, "hw1-2": {"report": "More neurons."}}
# Short trainings: what is compared is the grading, not the tuning.
CONFIGS = [
    hw1_2_answers.config(hidden=[32], epochs=1),
    hw1_2_answers.config(hidden=[64], epochs=3),
    hw1_2_answers.config(hidden=[128], epochs=5),
    hw1_2_answers.config(lr=-1),
    hw1_2_answers.config(epochs=10**9),
    "config = None",
]


def make(folder, assignment, n_students):
    """Make a course folder whose students have handed in; its release is in the gradebook.

    Parameters
    ----------
    folder : Path
    assignment : str
    n_students : int

    Returns
    -------
    Path
        The course folder.
    """
    (folder / "source").mkdir(parents=True)
    shutil.copytree(ROOT / "homework/source" / assignment, folder / "source" / assignment)
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copy(ROOT / "homework" / name, folder)
    nbgrader(folder, "generate_assignment", assignment)
    released = nbformat.read(folder / f"release/{assignment}/{assignment}.ipynb", as_version=4)
    for number in range(n_students):
        given = answers(assignment, random.Random(number))
        path = folder / f"submitted/s{number:03}/{assignment}/{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(filled(released, given), path)
    return folder


def nbgrader(folder, *command):
    """Run one of nbgrader's own commands in the course folder."""
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def answers(assignment, chance):
    """Return one student's answers by grade id: about 55 % right, 30 % wrong, the others missing.

    Parameters
    ----------
    assignment : str
    chance : random.Random
    """
    table = {"hw1-1": hw1_1_answers, "hw1-2": hw1_2_answers}[assignment].QUESTIONS
    given = {}
    for name, question in table.items():
        kind = chance.random()
        if kind < 0.55:
            text = chance.choice(question.right)
        elif kind < 0.85:
            text = chance.choice(list(question.wrong))
        else:
            continue
        given[name] = question.cell(text) if hasattr(question, "cell") else text
    if assignment == "hw1-2":
        given["config"] = chance.choice(CONFIGS)
    return given | WRITTEN[assignment] if chance.random() < 0.7 else given


def filled(released, given):
    """Return a copy of the released notebook with answers in it."""
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = given.get(name, cell.source)
    return notebook


def scores(folder, assignment):
    """Return what the gradebook says: {student: {question: points, or None}}."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(assignment)
        }


def automatic(folder, assignment):
    """Return the names of the questions that tests decide."""
    cells = Course(folder).assignment(assignment).notebook.cells
    settings = [cell.metadata.get("nbgrader", {}) for cell in cells]
    return [s["grade_id"] for s in settings if s.get("grade") and not s.get("solution")]

"""Puts verdicts into nbgrader's gradebook: one writer, so formgrader, feedback and export go on."""

import contextlib
import fcntl
import os
import sys
import warnings
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SAWarning

from autograder import verdict as v

COMMENTS = {v.NOT_ATTEMPTED: "No response."}


class RecordError(RuntimeError):
    """The gradebook cannot be written; the message says what to do."""


@contextlib.contextmanager
def only_writer(folder):
    """Hold the course's lock: two runs at once would lose what the other writes.

    Raises
    ------
    RecordError
        If another run holds it.
    """
    with (Path(folder) / ".autograder.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RecordError(
                f"Another run of autograder is at work in {folder}. Wait until it has ended."
            ) from None
        yield


@contextlib.contextmanager
def gradebook(folder):
    """Open nbgrader's gradebook of a course folder."""
    # nbgrader starts alembic by name, which stands beside Python.
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
    with Gradebook(f"sqlite:///{Path(folder).resolve() / 'gradebook.db'}") as book:
        yield book


def record(folder, verdict, source, answers):
    """Write a verdict into the gradebook, and the notebook that formgrader shows.

    A manual grade stays as it is; it is marked to be looked at again.

    Parameters
    ----------
    folder : Path
        The course folder.
    verdict : Verdict
    source : NotebookNode
        The assignment's own notebook.
    answers : dict
        The student's answers by grade id.

    Raises
    ------
    RecordError
        If the assignment is not in the gradebook.
    """
    with gradebook(folder) as book:
        try:
            book.find_assignment(verdict.assignment)
        except MissingEntry:
            raise RecordError(
                f"{verdict.assignment} is not in the gradebook yet: run "
                f"`autograder release {verdict.assignment}` first."
            ) from None
        book.update_or_create_student(verdict.student)
        with warnings.catch_warnings():  # nbgrader's own, of its way to make a submission
            warnings.simplefilter("ignore", SAWarning)
            book.update_or_create_submission(verdict.assignment, verdict.student)
        for notebook in book.find_submission(verdict.assignment, verdict.student).notebooks:
            _record_notebook(notebook, verdict, answers)
        book.db.commit()
    _write_notebook(folder, verdict, source, answers)


def _record_notebook(notebook, verdict, answers):
    questions = {question.name: question for question in verdict.questions}
    for grade in notebook.grades:
        question = questions.get(grade.name)
        final = question is not None and question.status in v.FINAL
        grade.auto_score = question.points if final else None
        grade.needs_manual_grade = not final or grade.manual_score is not None
    for comment in notebook.comments:
        question = questions.get(comment.name)
        comment.auto_comment = COMMENTS.get(question.status) if question else None


def manual_scores(folder, assignment):
    """Return the points that persons gave, as {student: {question: points}}."""
    with gradebook(folder) as book:
        try:
            submissions = book.assignment_submissions(assignment)
        except MissingEntry:
            return {}
        return {
            submission.student.id: {
                grade.name: grade.manual_score + (grade.extra_credit or 0)
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.manual_score is not None
            }
            for submission in submissions
        }


def _write_notebook(folder, verdict, source, answers):
    """Write the notebook for formgrader: the assignment's cells, the answers, what was said."""
    notebook = nbformat.from_dict(source)
    messages = {question.name: question for question in verdict.questions}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if name in messages:
                question = messages[name]
                text = f"{question.status}: {question.message}\n"
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    path = Path(folder) / "autograded" / verdict.student / verdict.assignment
    path.mkdir(parents=True, exist_ok=True)
    write_whole(path / f"{verdict.assignment}.ipynb", nbformat.writes(notebook))


def write_whole(path, text):
    """Write a file so that it is never there in part."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)

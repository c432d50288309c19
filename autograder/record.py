"""Puts verdicts into nbgrader's gradebook: one writer, so formgrader, feedback and export go on."""

import contextlib
import fcntl
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning

from autograder import verdict as v
from autograder.text import plain_markdown, printable

COMMENTS = {v.NOT_ATTEMPTED: "No response."}
TIMESTAMP = "timestamp.txt"  # where nbgrader looks for the time of a submission


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


def record(folder, verdict, source, answers, pictures=None):
    """Write a verdict into the gradebook, and the notebook that formgrader shows.

    A manual grade stays as it is. If what it was given for is another now, it is marked to be
    looked at again.

    Parameters
    ----------
    folder : Path
        The course folder.
    verdict : Verdict
    source : NotebookNode
        The assignment's own notebook.
    answers : dict
        The student's answers by grade id.
    pictures : dict or None
        The pictures that the student's cells showed, by grade id, as PNG in base64.

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
            # formgrader takes a submission of another time for one that is not graded yet.
            book.update_or_create_submission(
                verdict.assignment, verdict.student, timestamp=_time_of(folder, verdict)
            )
        shown = _shown_before(folder, verdict)
        for notebook in book.find_submission(verdict.assignment, verdict.student).notebooks:
            _record_notebook(notebook, verdict, answers, shown)
        book.db.commit()
    _write_notebook(folder, verdict, source, answers, pictures or {})


def _time_of(folder, verdict):
    """Return when it was handed in, as nbgrader reads it; None if that is not known."""
    path = Path(folder) / "submitted" / verdict.student / verdict.assignment / TIMESTAMP
    try:
        return parse_utc(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def _record_notebook(notebook, verdict, answers, shown):
    questions = {question.name: question for question in verdict.questions}
    for grade in notebook.grades:
        question = questions.get(grade.name)
        final = question is not None and question.status in v.FINAL
        points = question.points if final else None
        if grade.manual_score is None:
            grade.needs_manual_grade = not final
        else:
            answer = answers.get(grade.name)
            text = None if answer is None else _shown_text(grade.cell, answer)
            changed = text != shown.get(grade.name) or points != grade.auto_score
            grade.needs_manual_grade = grade.needs_manual_grade or changed
        grade.auto_score = points
    for comment in notebook.comments:
        question = questions.get(comment.name)
        comment.auto_comment = COMMENTS.get(question.status) if question else None


@dataclass(frozen=True)
class ByPerson:
    """What a person gave in formgrader.

    Attributes
    ----------
    points : dict
        {question: points}
    again : frozenset of str
        Of these questions, those whose answer is another since.
    comments : dict
        {answer: what was written about it}
    """

    points: dict
    again: frozenset
    comments: dict


def by_persons(folder, assignment):
    """Return what persons gave, as {student: ByPerson}."""
    with gradebook(folder) as book:
        try:
            submissions = book.assignment_submissions(assignment)
        except MissingEntry:
            return {}
        return {submission.student.id: _by_person(submission) for submission in submissions}


def _by_person(submission):
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    given = [grade for grade in grades if grade.manual_score is not None]
    more = [grade for grade in grades if grade.extra_credit and grade.auto_score is not None]
    comments = [comment for notebook in submission.notebooks for comment in notebook.comments]
    return ByPerson(
        points={grade.name: grade.score for grade in (*given, *more)},
        again=frozenset(grade.name for grade in given if grade.needs_manual_grade),
        comments={c.name: c.manual_comment for c in comments if c.manual_comment},
    )


def _notebook_path(folder, verdict):
    name = verdict.assignment
    return Path(folder) / "autograded" / verdict.student / name / f"{name}.ipynb"


def _shown_before(folder, verdict):
    """Return the answers that formgrader shows of the last time, by grade id."""
    try:
        notebook = nbformat.read(_notebook_path(folder, verdict), as_version=4)
    except (OSError, ValueError):
        return {}
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _shown_text(cell, answer):
    """Return an answer as formgrader may show it: what is Markdown, without HTML and links."""
    return plain_markdown(answer) if cell.cell_type == "markdown" else answer


def _write_notebook(folder, verdict, source, answers, pictures):
    """Write the notebook for formgrader: the assignment's cells, the answers, what was said."""
    notebook = nbformat.from_dict(source)
    messages = {question.name: question for question in verdict.questions}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = _shown_text(cell, answers[name])
        if cell.cell_type == "code":
            shown = [{"image/png": png} for png in pictures.get(name, ())]
            cell.outputs = [nbformat.v4.new_output("display_data", data=data) for data in shown]
            cell.execution_count = None
            if name in messages:
                question = messages[name]
                text = printable(f"{question.status}: {question.message}\n")
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    path = _notebook_path(folder, verdict)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, nbformat.writes(notebook))


def write_whole(path, text):
    """Write a file so that it is never there in part."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)

"""Puts verdicts into nbgrader's gradebook: one writer, so formgrader, feedback and export go on."""

import contextlib
import fcntl
import functools
import sqlite3
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from alembic.script import ScriptDirectory
from nbgrader.api import Base, Gradebook, MissingEntry
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.utils import parse_utc
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from autograder import verdict as v
from autograder.text import plain_markdown, printable

COMMENTS = {v.NOT_ATTEMPTED: "No response."}
WAIT_SECONDS = 30  # for another program that writes into the gradebook, such as formgrader
PNG = "image/png"
VERSIONS = "alembic_version"  # where nbgrader's gradebooks say which version they are
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
    """Open nbgrader's gradebook of a course folder; make it, where there is none.

    Raises
    ------
    RecordError
        If it cannot be read or written, or is of another version of nbgrader.
    """
    path = _path(folder)
    try:
        if not path.exists():
            _make(path)
        check_version(path)
        with Gradebook(_url(path).set(query={"timeout": str(WAIT_SECONDS)})) as book:
            yield book
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = getattr(error, "orig", error)
        raise RecordError(
            f"The gradebook {path} cannot be used: {reason}. What was graded is kept; once this is "
            "mended, the same command goes on."
        ) from error


def database_url(folder):
    """Return where the gradebook of a course folder is, as nbgrader's settings say it.

    nbgrader's own way fails where the folder's name holds a % or a question mark.
    """
    return _url(_path(folder)).render_as_string()


def _path(folder):
    return Path(folder).resolve() / "gradebook.db"


def _url(path):
    return URL.create("sqlite", database=str(path))


def _make(path):
    """Make an empty gradebook, whole or not at all.

    nbgrader itself asks the program alembic for the version, and that may not be on the PATH.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    engine = create_engine(_url(part))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.exec_driver_sql(f"CREATE TABLE {VERSIONS} (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO {VERSIONS} VALUES (?)", (_version(),))
    engine.dispose()
    part.rename(path)


@functools.cache
def _version():
    """Return the version of gradebooks that this nbgrader works with."""
    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


def check_version(path):
    """Raise RecordError if nbgrader could not work with a gradebook; it would not say why.

    Raises sqlite3.Error if it is no database.
    """
    with contextlib.closing(sqlite3.connect(path, WAIT_SECONDS)) as database:
        tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
        has_grades, has_version = (
            database.execute(tables, [name]).fetchone()[0] for name in ("grade", VERSIONS)
        )
        row = database.execute(f"SELECT version_num FROM {VERSIONS}") if has_version else ()
        found = [version for (version,) in row]
    if has_grades and found != [_version()]:
        raise RecordError(
            f"The gradebook {path} was made by another version of nbgrader. Run `nbgrader db "
            "upgrade` in the course folder: it keeps a copy, and brings the gradebook to the "
            "version that is installed. Then run the same command again."
        )


def recorded(folder, assignment, questions):
    """Return the ids of the students whose submission of an assignment is in the gradebook.

    Raises
    ------
    RecordError
        If the assignment is not there, or with other questions.
    """
    with gradebook(folder) as book:
        try:
            notebooks = book.find_assignment(assignment).notebooks
        except MissingEntry:
            notebooks = []
        known = {cell.name for notebook in notebooks for cell in notebook.grade_cells}
        if known != set(questions):
            state = "has other questions in the gradebook" if known else "is not in the gradebook"
            raise RecordError(f"{assignment} {state}: run `autograder release {assignment}` first.")
        return {submission.student.id for submission in book.assignment_submissions(assignment)}


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
        The pictures in the student's answers, by grade id, as PNG in base64.

    Raises
    ------
    RecordError
        If the gradebook cannot be written.
    """
    with gradebook(folder) as book:
        book.update_or_create_student(verdict.student)
        with warnings.catch_warnings():  # nbgrader's own, of its way to make a submission
            warnings.simplefilter("ignore", SAWarning)
            # formgrader takes a submission of another time for one that is not graded yet.
            book.update_or_create_submission(
                verdict.assignment, verdict.student, timestamp=_time_of(folder, verdict)
            )
        shown = _shown_before(folder, verdict)
        for notebook in book.find_submission(verdict.assignment, verdict.student).notebooks:
            _record_notebook(notebook, verdict, answers, shown, pictures or {})
        book.db.commit()
    _write_notebook(folder, verdict, source, answers, pictures or {})


def _time_of(folder, verdict):
    """Return when it was handed in, as nbgrader reads it; None if that is not known."""
    path = Path(folder) / "submitted" / verdict.student / verdict.assignment / TIMESTAMP
    try:
        return parse_utc(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def _record_notebook(notebook, verdict, answers, shown, pictures):
    questions = {question.name: question for question in verdict.questions}
    for grade in notebook.grades:
        question = questions.get(grade.name)
        final = question is not None and question.status in v.FINAL
        points = question.points if final else None
        if grade.manual_score is None:
            grade.needs_manual_grade = not final
        else:
            answer = answers.get(grade.name)
            pasted = pictures.get(grade.name, ())
            text = None if answer is None else _shown_text(grade.cell, answer, pasted)
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


def _shown_text(cell, answer, pictures):
    """Return an answer as formgrader may show it.

    Markdown is without HTML and links; the pictures that were pasted into it stand below.
    """
    if cell.cell_type != "markdown":
        return answer
    below = [f"![Picture {k}](attachment:{k}.png)" for k, _ in enumerate(pictures, 1)]
    return "\n\n".join([plain_markdown(answer), *below])


def _write_notebook(folder, verdict, source, answers, pictures):
    """Write the notebook for formgrader: the assignment's cells, the answers, what was said."""
    notebook = nbformat.from_dict(source)
    messages = {question.name: question for question in verdict.questions}
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        name = settings.get("grade_id")
        pasted = pictures.get(name, ())
        if name in answers:
            cell.source = _shown_text(cell, answers[name], pasted)
        if pasted and cell.cell_type == "markdown":
            cell.attachments = {f"{k}.png": {PNG: png} for k, png in enumerate(pasted, 1)}
        if cell.cell_type == "code":
            shown = [{PNG: png} for png in pasted]
            cell.outputs = [nbformat.v4.new_output("display_data", data=data) for data in shown]
            cell.execution_count = None
            if name in messages:
                cell.outputs = [_said(messages[name])]
            elif settings.get("grade") and not verdict.questions:
                cell.outputs = [_said(verdict)]  # of the file as a whole
    path = _notebook_path(folder, verdict)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, nbformat.writes(notebook))


def _said(judged):
    """Return what is said of a question, or of a submission as a whole, as a cell's output."""
    text = printable(f"{judged.status}: {judged.message}\n")
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def write_whole(path, text):
    """Write a file so that it is never there in part."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)

"""Makes the notebook that is run: the assignment's own cells, with the student's answers in them.

Nothing in the student's metadata is believed: it only helps to find which answer is where.
"""

from dataclasses import dataclass, field

import nbformat
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

LARGEST_FILE = 20_000_000  # bytes
LONGEST_CELL = 50_000  # characters


class UnreadableError(ValueError):
    """A file that is no notebook, or none of this assignment; the message says why."""


@dataclass(frozen=True)
class Step:
    """A cell to run: whose it is, and for a student's answer whether it was attempted."""

    name: str  # the grade id, or "" for a cell that the student added
    source: str
    of_student: bool
    attempted: bool = True


@dataclass(frozen=True)
class Test:
    """A question that tests decide: its points, its code, and the answers that it is about."""

    name: str
    points: float
    source: str
    answers: tuple


@dataclass(frozen=True)
class Written:
    """A question that a person decides."""

    name: str
    points: float
    source: str
    attempted: bool


@dataclass
class Rebuilt:
    """What is run for a submission, in order, and what is asked of it."""

    steps: list = field(default_factory=list)
    tests: list = field(default_factory=list)
    written: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def read(data):
    """Return the notebook in a file that a stranger handed in.

    Parameters
    ----------
    data : bytes

    Raises
    ------
    UnreadableError
        If it is none.
    """
    if len(data) > LARGEST_FILE:
        raise UnreadableError(
            f"the file has {len(data) / 1e6:.0f} MB, and at most {LARGEST_FILE / 1e6:.0f} MB are "
            "read; clear the outputs (Edit → Clear Outputs of All Cells) and hand it in again"
        )
    if not data.strip():
        raise UnreadableError("the file is empty")
    try:
        notebook = nbformat.reads(data.decode("utf-8-sig"), as_version=4)
        cells = [(cell.cell_type, str(cell.source)) for cell in notebook.cells]
    except UnicodeDecodeError:
        raise UnreadableError("the file is not a text in UTF-8") from None
    except RecursionError:
        raise UnreadableError("the file is nested too deeply") from None
    except Exception as error:
        raise UnreadableError(f"the file is no notebook ({type(error).__name__})") from None
    if not cells:
        raise UnreadableError("the notebook has no cells")
    return notebook


def rebuild(source, submitted, stubs):
    """Put the answers of a submitted notebook into the assignment's own.

    Parameters
    ----------
    source : NotebookNode
        The instructor's notebook, with its hidden tests.
    submitted : NotebookNode
    stubs : dict
        What each answer looked like in the release, by grade id.

    Returns
    -------
    Rebuilt

    Raises
    ------
    UnreadableError
        If no answer of this assignment is in it.
    """
    rebuilt = Rebuilt()
    given, extras = _answers(source, submitted, rebuilt.notes)
    if not given:
        raise UnreadableError("it holds no answer of this assignment: is it another notebook?")
    since = []  # the answers since the last test
    rebuilt.steps += [Step("", extra, of_student=True) for extra in extras.get(None, ())]
    for cell in source.cells:
        settings = cell.metadata.get("nbgrader", {})
        name = settings.get("grade_id", "")
        if settings.get("solution"):
            text = given.get(name, stubs[name])
            attempted = _plain(text) != _plain(stubs[name])
            if settings.get("grade"):
                rebuilt.written.append(Written(name, float(settings["points"]), text, attempted))
            elif cell.cell_type == "code":
                rebuilt.steps.append(Step(name, text, of_student=True, attempted=attempted))
                since.append(name)
        elif settings.get("grade"):
            points = float(settings["points"])
            rebuilt.tests.append(Test(name, points, cell.source, tuple(since)))
            since = [] if not _shares_answer(source, cell) else since
        elif settings.get("locked") and cell.cell_type == "code":
            rebuilt.steps.append(Step(name, cell.source, of_student=False))
        rebuilt.steps += [Step("", extra, of_student=True) for extra in extras.get(cell.id, ())]
    return rebuilt


def answers(source, submitted):
    """Return a submitted notebook's answers by grade id, as text."""
    found, _ = _answers(source, submitted, [])
    return found


def stubs_of(source, config=None):
    """Return what each answer looks like in the release, by grade id."""
    clear = ClearSolutions(config=config or Config())
    copy = nbformat.from_dict(source)
    released, _ = clear.preprocess(copy, {})
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _shares_answer(source, cell):
    """Say whether the next test, with no answer between, is about the same answers."""
    after = source.cells[source.cells.index(cell) + 1 :]
    for later in after:
        settings = later.metadata.get("nbgrader", {})
        if settings.get("solution"):
            return False
        if settings.get("grade"):
            return True
    return False


def _answers(source, submitted, notes):
    """Return the student's answers by grade id, and the cells that they added by what is before."""
    by_name = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    by_id = {cell.id: cell for cell in source.cells}
    starts = {
        _start(cell.source): name for name, cell in by_name.items() if cell.cell_type == "code"
    }
    found, extras, before = {}, {}, None
    for cell in submitted.cells:
        if len(cell.source) > LONGEST_CELL:
            notes.append(f"A cell with {len(cell.source):,} characters was left out.")
            continue
        own = by_id.get(cell.get("id"))
        name = _name(cell, by_name, own, starts)
        if name is not None:
            found.setdefault(name, []).append(cell)
            before = by_name[name].id
        elif own is not None:
            before = own.id  # a cell of the assignment's own: its text is not the student's
        elif cell.cell_type == "code" and not _looks_like_ours(cell, source):
            extras.setdefault(before, []).append(cell.source)
    return {
        name: _chosen(name, cells, by_name[name], notes) for name, cells in found.items()
    }, extras


def _name(cell, by_name, own, starts):
    """Return the grade id of the answer that a submitted cell is, or None."""
    settings = cell.metadata.get("nbgrader")
    name = settings.get("grade_id") if isinstance(settings, dict) else None
    if isinstance(name, str) and name in by_name:
        return name
    if own is not None:
        name = own.metadata.get("nbgrader", {}).get("grade_id")
        return name if name in by_name else None
    # Another editor may have stripped what names the cell; an answer's first line is the same.
    return starts.get(_start(cell.source)) if cell.cell_type == "code" else None


def _chosen(name, cells, own, notes):
    """Return the text of an answer; where it is there twice, the last that is not the stub."""
    texts = list(dict.fromkeys(cell.source for cell in cells))
    if len(cells) > 1:
        notes.append(f"{name} is there {len(cells)} times; the last one that differs counts.")
    if any(cell.cell_type != own.cell_type for cell in cells):
        notes.append(f"{name} is of another type than the assignment's cell.")
    return next((text for text in reversed(texts) if "Not answered yet" not in text), texts[-1])


def _looks_like_ours(cell, source):
    return any(_plain(cell.source) == _plain(own.source) for own in source.cells) or (
        isinstance(cell.metadata.get("nbgrader"), dict) and cell.metadata["nbgrader"].get("grade")
    )


def _start(text):
    return text.strip().partition("\n")[0].split("=")[0].strip()


def _plain(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())

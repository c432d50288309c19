"""Makes the notebook that is run: the assignment's own cells, with the student's answers in them.

Nothing in the student's metadata is believed: it only helps to find which answer is where.
"""

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field

LARGEST_FILE = 20_000_000  # bytes
MOST_PARTS = 500_000  # of JSON: each may take some two hundred bytes of memory
MOST_CELLS = 5_000
LONGEST_CELL = 50_000  # characters
PNG = "image/png"
CLEAR = "clear the outputs (Edit → Clear Outputs of All Cells) and hand it in again"

# What nbgrader takes out of a cell for the release.
HIDDEN = re.compile(r"^### BEGIN (HIDDEN TESTS|MARK SCHEME)\n.*?^### END \1$", re.S | re.M)
# A name that code gives a meaning to, at its outermost level; also in code that is no Python.
DEFINED = re.compile(r"^(?:(?:async )?def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.M)


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
    """Return the notebook in a file that a stranger handed in: its cells, and nothing else of it.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    dict
        With cells; each has an id or None, cell_type, source, the PNG pictures among its outputs
        and attachments, and in its metadata what nbgrader named it.

    Raises
    ------
    UnreadableError
        If it is none.
    """
    if len(data) > LARGEST_FILE:
        raise UnreadableError(
            f"the file has {len(data) / 1e6:.0f} MB, and at most {LARGEST_FILE / 1e6:.0f} MB are "
            f"read; {CLEAR}"
        )
    if not data.strip():
        raise UnreadableError("the file is empty")
    # Before it is parsed: small parts take much more memory than the file has bytes.
    if sum(map(data.count, (b"{", b"[", b","))) > MOST_PARTS:
        raise UnreadableError(f"the file has more than {MOST_PARTS:,} parts; {CLEAR}")
    try:
        text = data.decode("utf-8-sig")
        cells = _cells(json.loads(text))
        if len(cells) > MOST_CELLS:
            raise UnreadableError(f"the notebook has {len(cells):,} cells; {MOST_CELLS:,} are read")
        cells = [_cell(cell) for cell in cells]
    except UnreadableError:
        raise
    except UnicodeDecodeError:
        raise UnreadableError("the file is not a text in UTF-8") from None
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("<"):
            words = "it is a web page; download the notebook itself (File → Download)"
        else:
            words = f"it is no valid JSON (line {error.lineno}, column {error.colno})"
        raise UnreadableError(f"the file is no notebook: {words}") from None
    except RecursionError:
        raise UnreadableError("the file is nested too deeply") from None
    except Exception as error:
        raise UnreadableError(f"the file is no notebook ({type(error).__name__})") from None
    if not cells:
        raise UnreadableError("the notebook has no cells")
    return {"cells": cells}


def _cells(values):
    """Return the cells of a notebook of any version; before 4, they stood in worksheets."""
    if "cells" in values:
        return values["cells"]
    return [cell for sheet in values["worksheets"] for cell in sheet["cells"]]


def _cell(cell):
    text = _text(cell.get("source", cell.get("input", "")))
    name = cell.get("id")
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    return {
        "id": name if isinstance(name, str) else None,
        "cell_type": str(cell.get("cell_type")),
        # Half a character, as in "\ud800", could not be written anywhere.
        "source": text.encode("utf-8", "replace").decode("utf-8"),
        "metadata": {"nbgrader": {"grade_id": grade_id}} if isinstance(grade_id, str) else {},
        "outputs": _pictures(cell),
    }


def _text(value):
    return value if isinstance(value, str) else "".join(value)


def _pictures(cell):
    """Return the PNG pictures that a cell shows, as outputs with nothing else in them."""
    attached, outputs = cell.get("attachments"), cell.get("outputs")
    shown = list(attached.values()) if isinstance(attached, dict) else []
    shown += [output.get("data") for output in outputs] if isinstance(outputs, list) else []
    return [
        {"data": {PNG: _text(data[PNG])}}
        for data in shown
        if isinstance(data, dict) and PNG in data
    ]


def read_own(text):
    """Return the assignment's own notebook from its JSON, without the help of nbformat."""
    notebook = json.loads(text)
    for place, cell in enumerate(notebook["cells"]):
        cell["source"] = _text(cell["source"])
        cell.setdefault("id", f"cell {place}")
    return notebook


def rebuild(source, submitted, stubs):
    """Put the answers of a submitted notebook into the assignment's own.

    Parameters
    ----------
    source : dict
        The instructor's notebook, with its hidden tests.
    submitted : dict
        As `read` gives it.
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
    given, extras = _sorted(source, submitted, stubs, rebuilt.notes)
    if not given:
        raise UnreadableError("it holds no answer of this assignment: is it another notebook?")
    elsewhere = _defined_where(given, extras)
    since = []  # the answers since the last test
    rebuilt.steps += _extra_steps(extras, None)
    for cell in source["cells"]:
        settings = _settings(cell)
        name = settings.get("grade_id", "")
        if settings.get("solution"):
            texts = _answered(given.get(name, ()), stubs[name])
            if settings.get("grade"):
                text = "\n\n".join(texts) or stubs[name]
                points = float(settings["points"])
                rebuilt.written.append(Written(name, points, text, attempted=bool(texts)))
            elif cell["cell_type"] == "code":
                rebuilt.steps += _answer_steps(name, texts, cell, given, elsewhere, stubs[name])
                since.append(name)
        elif settings.get("grade"):
            points = float(settings["points"])
            rebuilt.tests.append(Test(name, points, cell["source"], tuple(since)))
            since = [] if not _shares_answer(source, cell) else since
        elif settings.get("locked") and cell["cell_type"] == "code":
            rebuilt.steps.append(Step(name, cell["source"], of_student=False))
        rebuilt.steps += _extra_steps(extras, cell["id"])
    return rebuilt


def answers(source, submitted, stubs):
    """Return a submitted notebook's answers by grade id, as text."""
    given, _ = _sorted(source, submitted, stubs, [])
    return {
        name: "\n\n".join(_answered(cells, stubs[name])) or stubs[name]
        for name, cells in given.items()
    }


def stubs_of(source, config=None):
    """Return what each answer looks like in the release, by grade id."""
    # Not above: a worker has no need of nbgrader, which takes long to load, nor of nbformat.
    from nbgrader.preprocessors import ClearSolutions

    clear = ClearSolutions(config=config)
    released, _ = clear.preprocess(deepcopy(source), {})
    return {
        _settings(cell)["grade_id"]: cell["source"]
        for cell in released["cells"]
        if _settings(cell).get("solution")
    }


def _settings(cell):
    """Return nbgrader's settings of a cell."""
    return cell["metadata"].get("nbgrader", {})


def _shares_answer(source, cell):
    """Say whether the next test, with no answer between, is about the same answers."""
    after = source["cells"][source["cells"].index(cell) + 1 :]
    for later in after:
        settings = _settings(later)
        if settings.get("solution"):
            return False
        if settings.get("grade"):
            return True
    return False


# The steps


def _answer_steps(name, texts, cell, given, elsewhere, stub):
    """Return the steps of an answer; the last one has its name.

    Where its cell was split in two, or copied, all parts run, as they did for the student.
    """
    if texts:
        names = [*[""] * (len(texts) - 1), name]
        return [_step(*pair) for pair in zip(names, texts, strict=True)]
    # Two cells merged into one, or an answer that was written in a cell of its own.
    written = any(elsewhere.get(word, {name}) - {name} for word in _defined(cell["source"]))
    text = stub if name in given or not written else ""
    return [Step(name, text, of_student=True, attempted=written)]


def _extra_steps(extras, place):
    return [_step("", cell["source"]) for cell in extras.get(place, ())]


def _step(name, text):
    if len(text) > LONGEST_CELL:
        words = f"This cell has {len(text):,} characters; at most {LONGEST_CELL:,} are run."
        text = f"raise ValueError({words!r})"
    return Step(name, text, of_student=True)


def _defined_where(given, extras):
    """Return which answers give a meaning to a name, by that name; "" is a cell of their own."""
    cells = [(name, cell) for name, several in given.items() for cell in several]
    cells += [("", cell) for several in extras.values() for cell in several]
    found = {}
    for name, cell in cells:
        for word in _defined(cell["source"]):
            found.setdefault(word, set()).add(name)
    return found


def _defined(code):
    return {function or variable for function, variable in DEFINED.findall(code)}


def _answered(cells, stub):
    """Return the texts of an answer's cells, without stubs and without the first of two equals."""
    texts = dict.fromkeys(cell["source"] for cell in reversed(cells))
    return [text for text in reversed(texts) if _plain(text) != _plain(stub)]


# Which cell is which


def _sorted(source, submitted, stubs, notes):
    """Sort a stranger's cells: the answers by grade id, and code of their own by what is before.

    What the file says of a cell only helps to find its place.
    """
    own = _Own(source, stubs)
    given, extras, before = {}, {}, None
    for cell, place in zip(submitted["cells"], own.places(submitted["cells"]), strict=True):
        if place is None:
            if cell["cell_type"] == "code":
                extras.setdefault(before, []).append(cell)
            continue
        before = place["id"]
        name = own.name_of(place)
        if name is not None:
            given.setdefault(name, []).append(cell)
    notes += own.notes(given)
    return given, extras


class _Own:
    """The assignment's own cells, and how to know them again."""

    def __init__(self, source, stubs):
        self.cells = source["cells"]
        self.answers = {
            _settings(cell)["grade_id"]: cell
            for cell in source["cells"]
            if _settings(cell).get("solution")
        }
        self.by_id = {cell["id"]: cell for cell in source["cells"]}
        self.by_stub = {_plain(stubs[name]): cell for name, cell in self.answers.items()}
        self.by_text = {
            _plain(HIDDEN.sub("", cell["source"])): cell
            for cell in source["cells"]
            if self.name_of(cell) is None and cell["source"]
        }
        self.by_start = {
            _start(stubs[name]): cell
            for name, cell in self.answers.items()
            if cell["cell_type"] == "code"
        }

    def name_of(self, cell):
        """Return the grade id of an answer's cell; None for any other."""
        name = _settings(cell).get("grade_id")
        return name if name in self.answers else None

    def places(self, cells):
        """Return, for each submitted cell, which of the assignment's it is, or None."""
        places = [self._place(cell) for cell in cells]
        known = {place["id"] for place in places if place is not None}
        # An answer without any name: it stands after what stands before it.
        for before, answer in zip(self.cells, self.cells[1:], strict=False):
            if answer["id"] in known or self.name_of(answer) is None:
                continue
            after = [k + 1 for k, place in enumerate(places[:-1]) if place is before]
            k = after[-1] if after else None
            if k and places[k] is None and cells[k]["cell_type"] == answer["cell_type"]:
                places[k] = answer
        return places

    def _place(self, cell):
        text, name = _plain(cell["source"]), _settings(cell).get("grade_id")
        place = self.by_text.get(text) or self.answers.get(name) or self.by_id.get(cell.get("id"))
        # Another editor may have taken away what names the cell.
        place = place or self.by_stub.get(text)
        if place is None and cell["cell_type"] == "code":
            place = self.by_start.get(_start(cell["source"]))
        return place

    def notes(self, given):
        """Say what is unusual about the answers' cells."""
        for name, cell in self.answers.items():
            cells = given.get(name, ())
            if not cells:
                yield f"{name} has no cell of its own."
            if len(cells) > 1:
                yield f"{name} is there {len(cells)} times; all are used, in their order."
            if any(found["cell_type"] != cell["cell_type"] for found in cells):
                yield f"{name} is of another type than the assignment's cell."


def _start(text):
    return text.strip().partition("\n")[0].split("=")[0].strip()


def _plain(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())

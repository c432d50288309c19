"""Grades as tables that other programs read, with nothing in them that a program would run."""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass

from autograder.feedback import number
from autograder.roster import Roster, read_table

FORMATS = ("csv", "moodle", "canvas")
FORMULA = ("=", "+", "-", "@")  # what makes a spreadsheet take a text for a formula
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
POINTS_POSSIBLE = "Points Possible"
MOODLE_IDS = ("ID number", "Username", "Email address")
CANVAS_IDS = ("SIS Login ID", "SIS User ID")
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


class ExportError(ValueError):
    """Grades that cannot be exported; the message says what to do."""


def as_csv(course, results, roster=None):
    """Return one line for each student and assignment.

    A score stands there only when it is final: a zero that was earned never looks like one that
    was not.

    Parameters
    ----------
    course : Course
    results : dict
        {assignment: {student: Result}}
    roster : Roster or None
        For names, and for those who handed in nothing.
    """
    header = ["student", "name", "assignment", "score", "max_score", "status", "so_far", "look"]
    rows = []
    roster = roster or Roster(())
    for name, graded in results.items():
        full = number(course.assignment(name).full_points)
        submitted = {submission.student for submission in course.submissions(name)}
        for student in sorted({*(s.id for s in roster), *submitted, *graded}):
            known = roster.get(student)
            who = [student, known.name if known else "", name]
            result = graded.get(student)
            if result is None:
                status = "not graded yet" if student in submitted else "not handed in"
                rows.append([*who, "", full, status, "", ""])
                continue
            score = number(result.points) if result.is_final else ""
            status = "final" if result.is_final else result.status
            rows.append([*who, score, full, status, number(result.points), result.look])
    return table([header, *rows])


def as_moodle(name, results, roster, worksheet):
    """Return Moodle's grading worksheet with the final grades of one assignment in it.

    Moodle reads it under "Upload grading worksheet". It knows a student by the number in the
    column Identifier, so the table is made from the worksheet that it gave.

    Parameters
    ----------
    name : str
        The assignment.
    results : dict
        {student: Result}
    roster : Roster
    worksheet : Path

    Returns
    -------
    Filled
    """
    header, rows = read_table(worksheet)
    if "Identifier" not in header or "Grade" not in header:
        raise ExportError(
            f"{worksheet} is no grading worksheet of Moodle: it has no column Identifier or Grade. "
            "Download it in English, under 'Download grading worksheet'."
        )

    def whose(cells):
        participant = re.search(r"\d+$", cells["Identifier"])
        number = participant[0] if participant else ""
        ids = [cells.get(column, "") for column in MOODLE_IDS]
        return roster.one(roster.by_moodle(number, cells.get("Full name", "")), ids)

    return _filled(header, (), rows, header.index("Grade"), results, whose)


def as_canvas(name, results, roster, gradebook, column=None):
    """Return Canvas's gradebook with the final grades of one assignment in it.

    Parameters
    ----------
    name : str
        The assignment.
    results : dict
        {student: Result}
    roster : Roster
    gradebook : Path
        As Canvas exports it; a column of it belongs to the assignment.
    column : str or None
        That column; None for the one whose title starts with the assignment's name.

    Returns
    -------
    Filled
    """
    header, rows = read_table(gradebook)
    if "Student" not in header or "ID" not in header:
        raise ExportError(
            f"{gradebook} is no gradebook of Canvas: it has no column Student or ID. "
            "Download it under Grades → Export."
        )
    title = column or _column_of(name, header)
    if title not in header:
        others = ", ".join(h for h in header if h not in CANVAS_COLUMNS)
        raise ExportError(f"{gradebook} has no column {title!r}. Name one with --column: {others}.")
    # Canvas reads back only what it is to change.
    kept = [k for k, h in enumerate(header) if h in CANVAS_COLUMNS or h == title]
    above = [_only(kept, row) for _, row in rows if POINTS_POSSIBLE in row[0]]
    rows = [(k, _only(kept, row)) for k, row in rows if POINTS_POSSIBLE not in row[0]]
    header = _only(kept, header)

    def whose(cells):
        ids = [cells.get(column, "") for column in CANVAS_IDS]
        return roster.one(roster.by_canvas(cells["ID"], cells["Student"]), ids)

    return _filled(header, above, rows, header.index(title), results, whose)


@dataclass(frozen=True)
class Filled:
    """A system's own table with grades in it.

    Attributes
    ----------
    text : str
        The table; it has only lines with a grade, as an empty one could delete what is there.
    graded : int
        How many lines those are.
    not_final : tuple of str
        Students left out, because a person must still decide.
    not_found : tuple of str
        Students with a grade, of whom the table has no line, or not one alone.
    """

    text: str
    graded: int
    not_final: tuple
    not_found: tuple


def _filled(header, above, rows, place, results, whose):
    lines = {}
    for _, row in rows:
        row = _only(range(len(header)), row)
        student = whose(dict(zip(header, row, strict=True)))
        if student is not None:
            lines.setdefault(student.id, []).append(row)
    filled = []
    for student, found in lines.items():
        result = results.get(student)
        if len(found) == 1 and result is not None and result.is_final:
            (row,) = found
            row[place] = number(result.points)
            filled.append(row)
    return Filled(
        text=table([header, *above, *filled]),
        graded=len(filled),
        not_final=tuple(s for s, result in results.items() if not result.is_final),
        not_found=tuple(
            s for s, result in results.items() if result.is_final and len(lines.get(s, ())) != 1
        ),
    )


def _column_of(name, header):
    """Return the title of an assignment's column, such as "hw1-1 (991)"."""
    found = [title for title in header if re.fullmatch(rf"{re.escape(name)}(?![\w-]).*", title)]
    return found[0] if len(found) == 1 else name


def _only(places, row):
    return [row[k] if k < len(row) else "" for k in places]


def table(rows):
    """Return rows as CSV: every cell quoted, and none that a spreadsheet would run."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [harmless(cell) for cell in row] for row in rows
    )
    return text.getvalue()


def harmless(cell):
    """Return a cell on one line, with an apostrophe before what a spreadsheet would run."""
    text = re.sub(r"[\r\n\0]+", " ", cell)
    # Wide signs count in some languages; what cannot be seen may be passed over.
    seen = "".join(c for c in unicodedata.normalize("NFKC", cell) if c.isprintable()).strip()
    is_formula = seen.startswith(FORMULA) and len(seen) > 1 and not NUMBER.fullmatch(seen)
    return f"'{text}" if is_formula or cell.startswith(("\t", "\r")) else text

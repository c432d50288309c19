"""The class list: who may hand in, and by which names and numbers Moodle and Canvas know them."""

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# An id is a folder's name: no path, no glob, no comma, nothing that starts a formula or an option.
ID = re.compile(r"\w[\w@.+-]{0,99}(?<!\.)")
LONGEST_ID = 200  # bytes: a folder's name may have 255
MOST_NAMED = 10  # of the problems of one list
OWN = {
    "id": ("id", "student_id", "student"),
    "name": ("name", "full name"),
    "first": ("first_name", "first name", "firstname"),
    "last": ("last_name", "last name", "lastname", "surname"),
    "email": ("email", "email address"),
    "moodle": ("moodle", "moodle_id"),
    "canvas": ("canvas", "canvas_id"),
}
MOODLE_IDS = ("id number", "username", "email address", "identifier")
CANVAS_IDS = ("sis login id", "sis user id", "id")


class RosterError(ValueError):
    """A class list that cannot be used; the message says which lines, and why."""


@dataclass(frozen=True)
class Student:
    """A student.

    Attributes
    ----------
    id : str
        The name of the student's folder, and the id in the gradebook.
    name, email : str
        Or "".
    moodle : str
        The number of the participant in Moodle's assignment, or "".
    canvas : str
        The number of the user in Canvas, or "".
    """

    id: str
    name: str = ""
    email: str = ""
    moodle: str = ""
    canvas: str = ""


class Roster:
    """The students of a class.

    Parameters
    ----------
    students : sequence of Student
    """

    def __init__(self, students):
        self.students = list(students)
        self._by_id = {student.id: student for student in self.students}
        self._by_folded = {folded(student.id): student for student in self.students}
        self._by_email = {folded(s.email): s for s in self.students if s.email}
        self._by_name = {}
        for student in self.students:
            for form in _forms(student.name):
                self._by_name.setdefault(form, {})[student.id] = student

    def __iter__(self):
        return iter(self.students)

    def __len__(self):
        return len(self.students)

    def get(self, id):
        """Return the student of an id, written in capitals or not; None if there is none."""
        return self._by_id.get(id) or self._by_folded.get(folded(id))

    def by_moodle(self, number, name):
        """Return the students who may be Moodle's participant: one, none or several.

        Each assignment of Moodle has numbers of its own, so another number says nothing.
        """
        known = [student for student in self.students if student.moodle == number]
        return known or self.by_name(name)

    def by_canvas(self, number, name):
        """Return the students who may be Canvas's user: one, none or several."""
        known = [student for student in self.students if student.canvas == number]
        return known or [student for student in self.by_name(name) if not student.canvas]

    def one(self, found, ids):
        """Return the student whom another system's line means, or None if that is not certain.

        Parameters
        ----------
        found : list of Student
            Whom its number or its name may mean.
        ids : list of str
            What else it says: a login, a number, an address.
        """
        for value in filter(None, ids):
            student = self.get(value) or self._by_email.get(folded(value))
            if student is not None:
                return student
        return found[0] if len(found) == 1 else None

    def by_name(self, name):
        """Return the students of a name, whatever the order of its parts, spaces and capitals."""
        return list(self._by_name.get(_letters(name), {}).values())


def read_roster(path):
    """Return the class list in a CSV file.

    Read are a list of one's own with the columns id, name (or first_name and last_name), email,
    moodle and canvas, of which only id is needed; Moodle's grading worksheet; Canvas's gradebook.

    Raises
    ------
    RosterError
        If it is none of these, or an id cannot be used.
    """
    header, rows = read_table(path)
    columns = {name.strip().casefold(): k for k, name in reversed(list(enumerate(header)))}
    if "identifier" in columns and "full name" in columns:
        students = _moodle(columns, rows)
    elif "student" in columns and "id" in columns and "section" in columns:
        students = _canvas(columns, rows)
    else:
        students = _own(path, header, columns, rows)
    problems = _problems(students)
    if problems:
        more = f"\n  and {len(problems) - MOST_NAMED} more" if len(problems) > MOST_NAMED else ""
        listed = "".join(f"\n  {problem}" for problem in problems[:MOST_NAMED])
        raise RosterError(f"The class list {path} cannot be used:{listed}{more}")
    return Roster(student for _, student in students)


def read_table(path):
    """Return the first line of a CSV file, and the other lines that are not empty, numbered.

    Commas, semicolons and tabs are read, with or without a byte order mark.

    Returns
    -------
    header : list of str
    rows : list of (int, list of str)
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RosterError(f"{path} is not in UTF-8: save it as 'CSV UTF-8'.") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not lines:
        raise RosterError(f"{path} is empty.")
    rows = [(k, line) for k, line in enumerate(lines[1:], 2) if any(map(str.strip, line))]
    return lines[0], rows


def folded(text):
    """Return a text as it is compared where capitals, and the way of writing é, do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _own(path, header, columns, rows):
    places = {
        field: next((columns[name] for name in names if name in columns), None)
        for field, names in OWN.items()
    }
    if places["id"] is None:
        raise RosterError(
            f"The class list {path} has no column 'id'. Its columns are {', '.join(header)}. "
            "A list has the columns id, name, email; Moodle's grading worksheet and Canvas's "
            "gradebook are read, too."
        )
    students = []
    for number, row in rows:
        cells = {field: _cell(row, place) for field, place in places.items()}
        first, last = cells.pop("first"), cells.pop("last")
        cells["name"] = cells["name"] or f"{first} {last}".strip()
        students.append((number, Student(**cells)))
    return students


def _moodle(columns, rows):
    id_place = _filled(columns, MOODLE_IDS, rows)
    email = columns.get("email address")
    students = []
    for number, row in rows:
        # "Participant 123", in the language of the site.
        participant = re.search(r"\d+$", _cell(row, columns["identifier"]))
        moodle = participant[0] if participant else ""
        own = moodle if id_place == columns["identifier"] else _cell(row, id_place)
        name = _cell(row, columns["full name"])
        students.append((number, Student(own, name, _cell(row, email), moodle)))
    return students


def _canvas(columns, rows):
    rows = [
        (number, row)
        for number, row in rows
        if _cell(row, columns["id"]) and _cell(row, columns["student"]) != "Student, Test"
    ]
    id_place = _filled(columns, CANVAS_IDS, rows)
    students = []
    for number, row in rows:
        name, canvas = _cell(row, columns["student"]), _cell(row, columns["id"])
        students.append((number, Student(_cell(row, id_place), name, canvas=canvas)))
    return students


def _filled(columns, names, rows):
    """Return the place of the first of these columns that has a value in every row."""
    places = [columns[name] for name in names if name in columns]
    return next(
        (place for place in places if all(_cell(row, place) for _, row in rows)), places[-1]
    )


def _cell(row, place):
    text = row[place] if place is not None and place < len(row) else ""
    return unicodedata.normalize("NFC", text).strip()


def _problems(students):
    problems, seen = [], {}
    numbers = Counter()
    for line, student in students:
        if not ID.fullmatch(student.id) or len(student.id.encode("utf-8")) > LONGEST_ID:
            problems.append(
                f"line {line}: the id {student.id!r} cannot be a folder's name. Letters, digits "
                "and _ @ . + - are fine; the first is a letter or a digit."
            )
        other = seen.setdefault(folded(student.id), (line, student))
        if other[0] != line:
            problems.append(
                f"lines {other[0]} and {line}: the ids {other[1].id!r} and {student.id!r} are the "
                "same, or differ in capitals only."
            )
        for field in ("moodle", "canvas"):
            value = getattr(student, field)
            numbers[field, value] += bool(value)
            if numbers[field, value] == 2:
                problems.append(f"line {line}: another line has the {field} number {value!r}, too.")
    if not students:
        problems.append("nobody is on it.")
    return problems


def _forms(name):
    """Return a name as it may stand in a file's name: its parts in any rotation, letters only."""
    parts = re.split(r"[\s,]+", name.strip(" ,"))
    turned = (parts[k:] + parts[:k] for k in range(len(parts)))
    return {_letters("".join(form)) for form in turned} - {""}


def _letters(text):
    text = folded(unicodedata.normalize("NFKC", text))
    return "".join(character for character in text if character.isalnum())

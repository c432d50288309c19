"""Takes in what students handed in: every attempt is kept, and what cannot be placed is held."""

import hashlib
import re
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import lms, rebuild
from autograder.archive import ArchiveError, SafeZip
from autograder.arrivals import ZIP, opened
from autograder.attempts import Attempts, plain_name
from autograder.record import only_writer
from autograder.text import one_line

NEW, KNOWN, HELD, PASSED = "new", "known", "held", "passed over"
OTHER_ARCHIVES = (".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip")
COPY = re.compile(r" ?\((\d{1,6})\)$")  # what a browser adds to a name that is taken
LINK = "submitted/{0} is a link: remove it, so that nothing outside the course is written."


class CollectError(ValueError):
    """Nothing can be collected; the message says what to do."""


class HoldError(ValueError):
    """A file that cannot be placed; the message says why, in words that follow 'it'."""


@dataclass(frozen=True)
class Taken:
    """What became of a file of a download.

    Attributes
    ----------
    what : str
        "new", "known", "held" or "passed over".
    name : str
        Its path in the download.
    student : str
        Or "".
    why : str
    """

    what: str
    name: str
    student: str = ""
    why: str = ""


def collect(course, assignment, path, roster, student=None):
    """Place what was handed in for an assignment.

    Parameters
    ----------
    course : Course
    assignment : str
    path : str or Path
        A folder; a bulk download of Moodle or Canvas, packed or unpacked; or one file.
    roster : Roster
    student : str or None
        Whose it is, if all of it is one student's.

    Returns
    -------
    list of Taken

    Raises
    ------
    CollectError
        If there is no such file, it cannot be read, or no such student.
    """
    path = Path(path)
    if not path.exists():
        raise CollectError(f"There is no file or folder {path}.")
    if student is not None and roster.get(student) is None:
        raise CollectError(f"{student!r} is not on the class list.")
    with only_writer(course.folder):
        collector = _Collector(course, assignment, roster, student and roster.get(student))
        try:
            with opened(path, one=student is not None) as arrivals:
                taken = collector.take(arrivals)
        except ArchiveError as error:
            raise CollectError(f"{path.name} cannot be collected: {error}.") from None
        if path.resolve().parent.parent == collector.held and taken[0].what in (NEW, KNOWN):
            shutil.rmtree(path.resolve().parent)  # it was held, and now it is placed
        return taken


class _Collector:
    def __init__(self, course, assignment, roster, student):
        self.course, self.roster, self.student = course, roster, student
        self.assignments = {name: course.assignment(name) for name in course.names}
        self.own = course.assignment(assignment)
        self.held = course.folder / "held" / assignment
        self.taken, self.beside, self.touched = [], [], {}

    def take(self, arrivals):
        for arrival in _with_times_of_the_system(arrivals):
            try:
                self._take(arrival)
            except (HoldError, ArchiveError) as error:
                self._hold(arrival, str(error))
        for student, attempts in self.touched.items():
            self._let_newest_count(student, attempts)
        for arrival, student in self.beside:
            if student in self.touched:
                self.taken.append(Taken(PASSED, arrival.name, student, "no notebook"))
            else:
                self._hold(arrival, "it is no notebook, and no notebook came with it")
        return self.taken

    def _take(self, arrival):
        if arrival.problem:
            raise HoldError(f"it {arrival.problem}")
        student, name, order = self._whose(arrival)
        content = arrival.read()
        notebook = self._notebook_of(name, content)
        if notebook is None:
            self.beside.append((arrival, student))
            return
        attempts = self._attempts_of(student)
        copy = COPY.search(name.rpartition(".")[0])
        order = (order, int(copy[1]) if copy else 0)
        new = attempts.add(content, notebook, arrival.when, order, name, arrival.name)
        self.taken.append(Taken(NEW if new else KNOWN, arrival.name, student))
        shutil.rmtree(self._held_folder(content, arrival.name), ignore_errors=True)

    def _attempts_of(self, student):
        if student not in self.touched:
            attempts = Attempts(self.course, self.own.name, student)
            for folder in (attempts.submitted, attempts.submitted.parent):
                if folder.is_symlink():
                    raise HoldError(LINK.format(student))
            attempts.keep_what_is_submitted()
            self.touched[student] = attempts
        return self.touched[student]

    def _let_newest_count(self, student, attempts):
        tied = attempts.tied()
        for attempt in tied:
            content = attempts.take_out(attempt)
            why = (
                "it came at the same time as another file of this student with other answers; "
                "collect the one that counts with --student"
            )
            self._keep_held(attempt.came_as, attempt.file, content, why)
            self.taken = [
                replace(taken, what=HELD, why=why)
                if taken.name == attempt.came_as and taken.student == student
                else taken
                for taken in self.taken
            ]
        if attempts.all():
            attempts.let_newest_count()

    # Whose is it?

    def _whose(self, arrival):
        """Return the student's id, what the student called the file, and its order."""
        first, _, rest = arrival.name.partition("/")
        named = lms.read_name(first)
        file = (named.file if named and named.file else rest or first).rpartition("/")[2]
        if self.student is not None:
            return self.student.id, file, 0
        if named is not None:
            return _only(lms.whose(self.roster, named), named), file, named.order
        student = self.roster.get(first)
        if student is None and not rest:
            student = self._whose_file(first)
        if student is None:
            raise HoldError(
                f"whose it is cannot be told: {first!r:.80} is no student of the class list, and "
                "no name that Moodle or Canvas gives"
            )
        return student.id, file, 0

    def _whose_file(self, name):
        """Return the student who is named by a file such as ada.ipynb or hw1-1_ada.zip."""
        stem = COPY.sub("", name.rpartition(".")[0])
        own = re.escape(self.own.name)
        parts = {stem, re.sub(rf"^{own}[-_ ]+|[-_ ]+{own}$", "", stem)}
        found = {self.roster.get(part) for part in parts} - {None}
        return found.pop() if len(found) == 1 else None

    # What is it?

    def _notebook_of(self, name, content):
        """Return the notebook in a file, or None if it is a file of another kind."""
        if content.startswith(ZIP):
            return self._notebook_in_zip(content)
        if name.lower().endswith(".ipynb"):
            self._expect_ours(name, content)
            return content
        if name.lower().endswith(OTHER_ARCHIVES):
            raise HoldError("it is packed, and no zip that can be read")
        return None

    def _notebook_in_zip(self, content):
        with SafeZip(content) as archive:
            archive.check()
            found = {}
            for entry in archive.entries:
                if entry.is_folder:
                    continue
                inner = archive.read(entry)
                if inner.startswith(ZIP):
                    raise HoldError("there is a zip in the zip")
                if entry.name.lower().endswith(".ipynb"):
                    found[entry.name] = inner
        if not found:
            raise HoldError("there is no notebook in the zip")
        kinds = {name: self._kind(name, inner) for name, inner in found.items()}
        ours = {found[name] for name, kind in kinds.items() if kind == self.own.name}
        ours = ours or {found[name] for name, kind in kinds.items() if kind is None}
        if len(ours) > 1:
            raise HoldError("there are several notebooks in the zip, with different answers")
        if not ours:
            self._expect_ours(*next(iter(found.items())))
        return ours.pop()

    def _expect_ours(self, name, content):
        kind = self._kind(name, content)
        if kind in self.assignments and kind != self.own.name:
            raise HoldError(f"it is a notebook of {kind}, not of {self.own.name}")
        if kind == "":
            raise HoldError(f"it holds no answer of {self.own.name}")

    def _kind(self, name, content):
        """Return the assignment that a notebook is of; "" if of none, None if it is unreadable.

        What cannot be read is placed all the same: its verdict says so to the student.
        """
        try:
            notebook = rebuild.read(content)
            answered = rebuild.answers(self.own.notebook, notebook, self.own.stubs)
        except Exception:  # a stranger's file may be anything
            start = name.rpartition("/")[2]
            others = [other for other in self.assignments if start.startswith(other)]
            return others[0] if others and others[0] != self.own.name else None
        ids = {cell["id"] for cell in notebook["cells"]}
        ids |= {cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]}
        counts = {
            name: len(ids & set(assignment.stubs)) for name, assignment in self.assignments.items()
        }
        best = max(counts, key=lambda name: (counts[name], name == self.own.name))
        if counts[best]:
            return best
        # Another editor may have taken away what names the cells.
        return self.own.name if answered else ""

    # What cannot be placed.

    def _hold(self, arrival, why):
        content = b""
        if not arrival.problem:
            try:
                content = arrival.read()
            except (ArchiveError, OSError):
                content = b""
        self._keep_held(arrival.name, arrival.name, content, why)
        self.taken.append(Taken(HELD, arrival.name, why=why))

    def _keep_held(self, came_as, name, content, why):
        folder = self._held_folder(content, came_as)
        folder.mkdir(parents=True, exist_ok=True)
        if content:
            (folder / plain_name(name)).write_bytes(content)
        text = (
            f"{one_line(came_as, 500)}\n\nIt is held, because {one_line(why, 500)}.\n\n"
            "If you know whose it is:\n"
            f"autograder collect {self.own.name} FILE --student ID\n"
        )
        (folder / "why.txt").write_text(text, encoding="utf-8")

    def _held_folder(self, content, came_as):
        name = hashlib.sha256(came_as.encode("utf-8", "replace") + b"\0" + content)
        return self.held / name.hexdigest()[:12]


def _with_times_of_the_system(arrivals):
    """Give all files of a bulk download one time: the zip says when each was packed, no more."""
    named = [arrival for arrival in arrivals if lms.read_name(arrival.name.partition("/")[0])]
    newest = max((arrival.when for arrival in named), default=None)
    return [replace(arrival, when=newest) if arrival in named else arrival for arrival in arrivals]


def _only(students, named):
    if not students:
        raise HoldError(
            f"{named.system}'s {named.name!r:.80} (number {named.number}) is not on the class list"
        )
    if len(students) > 1:
        ids = ", ".join(student.id for student in students)
        raise HoldError(f"{named.name!r:.80} may be several students: {ids}")
    return students[0].id


def counts(taken):
    """Return how many files are new, known, held and passed over."""
    number = Counter(file.what for file in taken)
    return {what: number[what] for what in (NEW, KNOWN, HELD, PASSED)}

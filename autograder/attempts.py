"""Every attempt of every student, as it came; the newest is the one that is graded."""

import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from autograder.course import read_submitted
from autograder.record import TIMESTAMP, write_whole

FORMAT = "%Y%m%dT%H%M%SZ"
RECORD = "attempt.json"


@dataclass(frozen=True)
class Attempt:
    """What a student handed in at one time.

    Attributes
    ----------
    when : str
        Of the download or the file, as 20251103T100000Z; never what the student's files say.
    order : tuple of int
        Which of several at the same time is the newer one.
    sha256, notebook_sha256 : str
        Of the file, and of the notebook in it.
    file : str
        What the file is called in the attempt's folder.
    came_as : str
        Its path in the download.
    """

    when: str
    order: tuple
    sha256: str
    notebook_sha256: str
    file: str
    came_as: str

    @property
    def key(self):
        """What attempts are sorted by."""
        return self.when, tuple(self.order)

    @property
    def folder(self):
        """The name of its folder."""
        order = "".join(f"-{number}" for number in self.order)
        return f"{self.when}{order}-{self.sha256[:12]}"


class Attempts:
    """The attempts of one student at one assignment.

    Parameters
    ----------
    course : Course
    assignment, student : str
    """

    def __init__(self, course, assignment, student):
        self.folder = course.folder / "attempts" / assignment / student
        self.submitted = course.folder / "submitted" / student / assignment
        self.path = self.submitted / f"{assignment}.ipynb"

    def all(self):
        """Return them, the newest last."""
        found = []
        for record in self.folder.glob(f"*/{RECORD}"):
            values = json.loads(record.read_text(encoding="utf-8"))
            found.append(Attempt(**{**values, "order": tuple(values["order"])}))
        return sorted(found, key=lambda attempt: (attempt.key, attempt.sha256))

    def add(self, content, notebook, when, order, name, came_as):
        """Keep a file, unless it is here already; return whether it is new.

        Parameters
        ----------
        content, notebook : bytes
            The file as it came, and the notebook in it.
        when : datetime
        order : tuple of int
        name : str
            What the student called it.
        came_as : str
            Its path in the download.
        """
        attempt = Attempt(
            when=stamp(when),
            order=order,
            sha256=hashlib.sha256(content).hexdigest(),
            notebook_sha256=hashlib.sha256(notebook).hexdigest(),
            file=plain_name(name),
            came_as=came_as,
        )
        here = self.all()
        same = [other for other in here if other.sha256 == attempt.sha256]
        if any(other.key >= attempt.key for other in same) or (same and here[-1] in same):
            return False
        # Under another name first: a run that is killed leaves no attempt in part.
        part = self.folder / f".{attempt.folder}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        (part / attempt.file).write_bytes(content)
        (part / "notebook.ipynb").write_bytes(notebook)
        (part / RECORD).write_text(json.dumps(asdict(attempt), indent=1), encoding="utf-8")
        part.rename(self.folder / attempt.folder)
        return True

    def tied(self):
        """Return the newest attempts, if several with different notebooks are equally new."""
        here = self.all()
        newest = [attempt for attempt in here if attempt.key == here[-1].key]
        return newest if len({attempt.notebook_sha256 for attempt in newest}) > 1 else []

    def take_out(self, attempt):
        """Remove an attempt; return its file's content."""
        folder = self.folder / attempt.folder
        content = (folder / attempt.file).read_bytes()
        shutil.rmtree(folder)
        return content

    def keep_what_is_submitted(self):
        """Keep as an attempt what nbgrader, or a person, put into submitted/."""
        content = read_submitted(self.path)
        known = {attempt.notebook_sha256 for attempt in self.all()}
        if content and hashlib.sha256(content).hexdigest() not in known:
            when = datetime.fromtimestamp(int(self.path.stat().st_mtime), UTC)
            self.add(content, content, when, (), self.path.name, "submitted/")

    def let_newest_count(self):
        """Put the newest attempt's notebook into submitted/; return that attempt."""
        newest = self.all()[-1]
        notebook = (self.folder / newest.folder / "notebook.ipynb").read_bytes()
        self.submitted.mkdir(parents=True, exist_ok=True)
        if read_submitted(self.path) != notebook:
            part = self.path.with_name(self.path.name + ".part")
            part.write_bytes(notebook)
            part.replace(self.path)
        when = datetime.strptime(newest.when, FORMAT).replace(tzinfo=UTC)
        write_whole(self.submitted / TIMESTAMP, f"{when:%Y-%m-%d %H:%M:%S} UTC\n")
        return newest


def stamp(when):
    """Return a time as text that sorts."""
    return when.astimezone(UTC).strftime(FORMAT)


def plain_name(name):
    """Return a file's name without what a path, a shell or a terminal could take for its own."""
    name = re.sub(r"[^\w.() -]", "_", name.replace("\\", "/").rpartition("/")[2]).lstrip(". -")
    start, dot, end = name.rpartition(".")
    short = f"{_cut(start, 150)}{dot}{_cut(end, 20)}" if dot else _cut(name, 150)
    return f"_{short}" if short in ("", RECORD, "notebook.ipynb", "why.txt") else short


def _cut(text, size):
    """Return the start of a text that has at most so many bytes: a file's name may have 255."""
    return text.encode("utf-8")[:size].decode("utf-8", "ignore")

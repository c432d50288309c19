"""The course folder: which assignments there are, what was handed in, and how each is graded."""

import hashlib
import re
import stat
import tomllib
from collections import Counter
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from site import getsitepackages

import nbformat
from traitlets.config import Config, PyFileConfigLoader

import nnlib
from autograder import rebuild
from autograder.box import COURSE
from autograder.job import Job
from autograder.limits import Limits

CONFIG = "nbgrader_config.py"
SETTINGS = "autograder.toml"
STUB = Path(__file__).parent / "course_stub" / "nnlib"
NNLIB = Path(nnlib.__file__).parent
# What may stand in the box under the name nnlib.
COURSES = {"stub": STUB, "whole": NNLIB}


# A heading, and not the ### of a region that nbgrader takes out.
HEADING = re.compile(r"^#+ +(?!(?:BEGIN|END) [A-Z])(.+)$", re.MULTILINE)


class CourseError(ValueError):
    """The course folder, or its settings, cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Submission:
    """A notebook that was handed in.

    Attributes
    ----------
    student : str
        The student's id, which is also the folder's name.
    path : Path
    sha256 : str
        Of the file; of nothing, if there is no such file.
    """

    student: str
    path: Path
    sha256: str


@dataclass(frozen=True)
class Assignment:
    """An assignment: the instructor's notebook, and how answers to it are graded.

    Attributes
    ----------
    name : str
    source_path : Path
    source : str
        The instructor's notebook, as JSON.
    stubs : dict
        What each answer looks like in the release, by grade id.
    limits : Limits
    box : dict
        For the box: what to place and what to mask.
    bonus : tuple of str
        The questions whose points come on top of the full number.
    """

    name: str
    source_path: Path
    source: str
    stubs: dict
    limits: Limits
    box: dict
    bonus: tuple = ()

    @cached_property
    def notebook(self):
        """The instructor's notebook."""
        return nbformat.reads(self.source, as_version=4)

    @cached_property
    def points(self):
        """The points of each question, by grade id, in the notebook's order."""
        settings = (cell.metadata.get("nbgrader", {}) for cell in self.notebook.cells)
        return {s["grade_id"]: float(s["points"]) for s in settings if s.get("grade")}

    @property
    def max_points(self):
        """The points that can be reached, bonus included: what nbgrader calls the maximum."""
        return sum(self.points.values())

    @property
    def full_points(self):
        """The points of a complete answer, without the bonus."""
        return sum(most for name, most in self.points.items() if name not in self.bonus)

    @cached_property
    def titles(self):
        """The heading that each question stands under, by grade id, without '(2 points)'."""
        titles, heading = {}, self.name
        for cell in self.notebook.cells:
            settings = cell.metadata.get("nbgrader", {})
            if settings.get("grade"):
                titles[settings["grade_id"]] = heading
            elif cell.cell_type == "markdown":
                headings = HEADING.findall(cell.source)
                heading = headings[-1].partition(" (")[0] if headings else heading
        several = [title for title, times in Counter(titles.values()).items() if times > 1]
        return {
            name: f"{title}: {readable(name)}" if title in several else title
            for name, title in titles.items()
        }

    def job(self, submission, provisioner="autograder-box"):
        """Return what is needed to grade a submission.

        Parameters
        ----------
        submission : Submission
        provisioner : str
            "local-provisioner" grades without a box.

        Returns
        -------
        job.Job
        """
        return Job(
            assignment=self.name,
            student=submission.student,
            source=self.source,
            stubs=self.stubs,
            submitted=read_submitted(submission.path),
            limits=self.limits,
            box=self.box,
            provisioner=provisioner,
        )


class Course:
    """An nbgrader course folder.

    Parameters
    ----------
    folder : str or Path
        The folder with nbgrader_config.py and source/.

    Raises
    ------
    CourseError
        If it is none.
    """

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        if not (self.folder / "source").is_dir() or not (self.folder / CONFIG).is_file():
            raise CourseError(
                f"{self.folder} is no course folder: {CONFIG} and source/ should be in it. Start "
                "autograder in the course folder, or name it with --course DIR."
            )

    @classmethod
    def find(cls, start="."):
        """Return the course whose folder is `start`, or its subfolder homework/.

        Raises
        ------
        CourseError
            If neither is one.
        """
        start = Path(start)
        inner = start / "homework"
        return cls(inner if not (start / CONFIG).is_file() and inner.is_dir() else start)

    @cached_property
    def config(self):
        """Nbgrader's settings of this course."""
        return PyFileConfigLoader(CONFIG, path=str(self.folder)).load_config()

    @cached_property
    def settings(self):
        """How each assignment is graded: what autograder.toml says, by assignment."""
        path = self.folder / SETTINGS
        if not path.is_file():
            return {}
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from None

    @property
    def names(self):
        """The assignments' names, sorted."""
        folders = sorted((self.folder / "source").iterdir())
        return [f.name for f in folders if not f.name.startswith(".") and list(f.glob("*.ipynb"))]

    def assignment(self, name):
        """Return an assignment.

        Raises
        ------
        CourseError
            If there is none of this name, or its settings cannot be used.
        """
        path = self.folder / "source" / name / f"{name}.ipynb"
        if name not in self.names or not path.is_file():
            raise CourseError(
                f"There is no assignment {name!r} in {self.folder / 'source'}. "
                f"The assignments are: {', '.join(self.names) or 'none'}."
            )
        source = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(source, as_version=4)
        chosen = _Chosen(self.folder / SETTINGS, name, self.settings.get(name, {}))
        config = Config({"ClearSolutions": self.config.get("ClearSolutions", {})})
        return Assignment(
            name=name,
            source_path=path,
            source=source,
            stubs=rebuild.stubs_of(notebook, config),
            limits=chosen.limits(),
            box=chosen.box(),
            bonus=chosen.bonus(notebook),
        )

    def submissions(self, name):
        """Return what was handed in for an assignment, by student.

        A student whose folder holds no notebook is there, too, so that nobody is passed over.

        Returns
        -------
        list of Submission
        """
        found = []
        for folder in sorted((self.folder / "submitted").glob("*")):
            inner = folder / name
            if folder.name.startswith(".") or folder.is_symlink() or not inner.is_dir():
                continue
            path = inner / f"{name}.ipynb"
            content = read_submitted(path)
            found.append(Submission(folder.name, path, hashlib.sha256(content).hexdigest()))
        return found


def readable(name):
    """Return a question's grade id in words: 'run-a-test' is 'run a'."""
    return name.removesuffix("-test").replace("-", " ")


def read_submitted(path):
    """Return the bytes of a notebook that was handed in; none, if it is no ordinary file.

    A link is not followed, and of a file that is too large only so much is read that this shows.
    """
    path = Path(path)
    try:
        if path.parent.is_symlink() or not stat.S_ISREG(path.lstat().st_mode):
            return b""
    except FileNotFoundError:
        return b""
    with path.open("rb") as file:
        return file.read(rebuild.LARGEST_FILE + 1)


class _Chosen:
    """The settings of one assignment in autograder.toml, checked."""

    KEYS = ("limits", "course", "mask", "bonus")

    def __init__(self, path, name, values):
        self.place, self.values = f"{path}, [{name}]", values
        if not isinstance(values, dict):
            raise CourseError(f"{self.place} should be a table of settings.")
        self._known(values, self.KEYS)

    def limits(self):
        """Return the limits, the given ones in place of the usual ones."""
        given = self.values.get("limits", {})
        usual = {field.name: field.type for field in fields(Limits)}
        if not isinstance(given, dict):
            raise CourseError(f"{self.place}: limits should be a table of numbers.")
        self._known(given, usual)
        for key, value in given.items():
            kind = int if usual[key] is int else (int, float)
            if isinstance(value, bool) or not isinstance(value, kind) or not value > 0:
                whole = "a whole number" if kind is int else "a number"
                raise CourseError(
                    f"{self.place}: {key} should be {whole} above 0; it is {value!r}."
                )
        return Limits(**given)

    def box(self):
        """Return what stands in the box: the course's library or what is in its place."""
        course = self.values.get("course", "stub")
        if course not in COURSES:
            known = " or ".join(map(repr, COURSES))
            raise CourseError(f"{self.place}: course should be {known}; it is {course!r}.")
        # An installed nnlib would else be found behind the one that is placed.
        masked = ["nnlib", "autograder", *self._texts("mask")]
        return {"placed": {f"{COURSE}/nnlib": str(COURSES[course])}, "masked": _installed(masked)}

    def bonus(self, notebook):
        """Return the questions whose points come on top."""
        graded = {
            cell.metadata.nbgrader.grade_id
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade")
        }
        names = self._texts("bonus")
        self._known(names, graded)
        return tuple(names)

    def _texts(self, key):
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise CourseError(f"{self.place}: {key} should be a list of texts; it is {values!r}.")
        return values

    def _known(self, names, known):
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise CourseError(
                    f"{self.place}: {name!r} is not known; known are {', '.join(sorted(known))}."
                    f"{hint}"
                )


def _installed(packages):
    """Return where packages are installed; those that are not need no mask."""
    folders = [Path(folder) / name for folder in getsitepackages() for name in packages]
    return [str(folder) for folder in folders if folder.is_dir()]

"""What the students' edition must not show, and where it does.

Searched are all texts of all files: of a notebook also its metadata, outputs and attachments.

- *The notebooks of the homework* are compared cell by cell with the instructor's (`leaks`).
- *Hidden tests and rubrics*: none of their lines, or of their sentences, may stand anywhere.
- *Expected values of hidden tests*: what they pass as `gives=`, `seed=` or `seeds=` may stand
  nowhere, however it is spaced: a long value not at all, a short one, such as `seed=31`, not
  together with this name. What a visible test passes, too, is no secret.
- *Solutions*: none of their lines may stand anywhere, but for one case. The library and the
  lectures teach the formulas that the homework asks for; there, one line of a solution is a
  formula, and two lines that follow each other are a solution.
- *Instructors' text*: no long line of docs/, tests/, autograder/ or benchmarks/ may stand
  anywhere, unless the course's own nnlib/ or lectures/ show it to everybody.
- *A file that is no text* cannot be searched. Only the digits of MNIST may be one, and their
  checksums say that they are.

Lines of an import or without words say nothing and are passed over, and so are lines that the
instructor's notebook shows to students in a cell of its own.
"""

import ast
import gzip
import hashlib
import json
import re
import tempfile
import zipfile
from itertools import pairwise
from pathlib import Path

from autograder.leaks import LONG, Regions
from autograder.release import leaks_of
from nnlib.data.embedded import MD5

INSTRUCTORS = ("docs", "tests", "autograder", "benchmarks")
TEMPLATES = "autograder/edition/"
PUBLIC = ("nnlib", "lectures")
TEXTS = (".py", ".md", ".ipynb", ".js", ".css", ".html", ".toml")
# Shorter lines of the instructor's files may stand anywhere by chance.
A_SENTENCE = 50
EXPECTED = ("gives", "seed", "seeds")
# Of a text, and of a table's row, a part tells, too.
SENTENCE_END = re.compile(r"(?<=[.|]) +")
SAYS_NOTHING = re.compile(r"(import|from) .*|\W*")


def edition_leaks(course, edition):
    """Return where an edition shows what no student may see, in words; [] if nowhere.

    Parameters
    ----------
    course : Course
        Its folder stands beside lectures/ and nnlib/.
    edition : Path
        A folder, or a zip of one.
    """
    if zipfile.is_zipfile(edition):
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(edition) as archive:
            archive.extractall(folder)
            return edition_leaks(course, Path(folder))
    found = []
    for name in course.names:
        released = leaks_of(course, name, edition / "homework" / name)
        found += [f"homework/{name}/{leak}" for leak in released]
    secrets = [Secrets(course, name) for name in course.names]
    instructors = _instructors_lines(course.folder.parent).difference(*(s.seen for s in secrets))
    for path in sorted(path for path in edition.rglob("*") if path.is_file()):
        where = path.relative_to(edition)
        text = text_of(path)
        if text is not None:
            public = where.parts[0] in PUBLIC
            leaks = [leak for secret in secrets for leak in secret.found_in(text, public)]
            lines = sorted(_long_lines(text) & instructors)
            leaks += [f"shows an instructor's line, {line!r:.80}" for line in lines]
            found += [f"{where.as_posix()}: {leak}" for leak in leaks]
        elif not _is_mnist(path):
            found.append(f"{where.as_posix()} is no text and cannot be searched")
    return found


class Secrets:
    """What no student may see of one assignment.

    Parameters
    ----------
    course : Course
    name : str
    """

    def __init__(self, course, name):
        regions, notebook = Regions.of(course.config), course.assignment(name).notebook
        self.seen, solutions, others = set(), [], []
        for cell in notebook.cells:
            seen, secret = regions.split(cell)
            self.seen |= set(seen)
            if cell.cell_type == "markdown":
                secret = [part for line in secret for part in SENTENCE_END.split(line)]
            is_answer = cell.metadata.get("nbgrader", {}).get("solution")
            (solutions if is_answer else others).append(secret)
        self.solutions = [line for lines in solutions for line in lines if self._tells(line)]
        self.pairs = [pair for lines in solutions for pair in pairwise(filter(self._tells, lines))]
        self.others = [line for lines in others for line in lines if self._tells(line)]
        self.values = expected_values(notebook, regions)

    def _tells(self, line):
        return len(line) >= LONG and line not in self.seen and not SAYS_NOTHING.fullmatch(line)

    def found_in(self, text, public):
        """Yield what a text shows, in words; `public`: it is the library's or a lecture's."""
        for line in self.others:
            if line in text:
                yield f"shows a hidden test or a rubric, {line!r:.80}"
        if public:
            lines = (line.strip() for line in text.splitlines())
            shown_pairs = set(pairwise(line for line in lines if len(line) >= LONG))
            shown = [first for first, second in self.pairs if (first, second) in shown_pairs]
        else:
            shown = [line for line in self.solutions if line in text]
        for line in shown:
            yield f"shows a solution, {line!r:.80}"
        bare = re.sub(r"\s", "", text)
        for value in sorted(self.values):
            if re.search(rf"(?<!\w){re.escape(value)}(?![\w.])", bare):
                yield f"shows a value of a hidden test, {value!r:.80}"


def expected_values(notebook, regions):
    """Return the values that hidden tests expect or begin with, without spaces: a set of texts."""
    hidden, visible = set(), set()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            inside = _hidden_lines(cell.source, regions)
            for line, value in _passed(cell.source):
                (hidden if line in inside else visible).add(value)
    return hidden - visible


def _hidden_lines(source, regions):
    """Return the numbers of the lines that no student sees, from 1."""
    hidden, inside = set(), False
    for number, line in enumerate(source.splitlines(), start=1):
        inside = inside or any(mark in line for mark in regions.begins)
        if inside:
            hidden.add(number)
        inside = inside and not any(mark in line for mark in regions.ends)
    return hidden


def _passed(source):
    """Yield the line and the text of each value that a test passes, without spaces."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in EXPECTED:
            value = re.sub(r"\s", "", ast.unparse(node.value))
            yield node.lineno, value if len(value) >= LONG else f"{node.arg}={value}"


def text_of(path):
    """Return what a file says, of a notebook all its texts; None if it is no text."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    try:
        return "\n".join(_texts(json.loads(text)))
    except ValueError:
        return text


def _texts(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        if all(isinstance(line, str) for line in value):
            yield "".join(value)  # as notebooks keep a source
        else:
            for inner in value:
                yield from _texts(inner)
    else:
        yield str(value)


def _instructors_lines(root):
    folders = [root / name for name in INSTRUCTORS]
    lines = _lines_below(folders, but_not=root / TEMPLATES)
    return lines - _lines_below([root / name for name in PUBLIC])


def _lines_below(folders, but_not=None):
    """Return the long lines of all texts in the folders."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in TEXTS]
    texts = (text_of(path) for path in paths if path.is_file() and but_not not in path.parents)
    return {line for text in texts if text for line in _long_lines(text)}


def _long_lines(text):
    stripped = (line.strip() for line in text.splitlines())
    return {line for line in stripped if len(line) >= A_SENTENCE}


def _is_mnist(path):
    md5 = MD5.get(path.name.removesuffix(".gz"))
    try:
        return hashlib.md5(gzip.decompress(path.read_bytes())).hexdigest() == md5
    except (OSError, EOFError):
        return False

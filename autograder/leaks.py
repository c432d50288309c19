"""What must not reach a student: solutions, hidden tests, rubrics; and where it did."""

from dataclasses import dataclass
from pathlib import Path

import nbformat

# The regions that nbgrader takes out: its setting, and what it is called where that is not set.
REGIONS = (
    ("ClearSolutions", "solution", "SOLUTION"),
    ("ClearHiddenTests", "test", "HIDDEN TESTS"),
    ("ClearMarkScheme", "mark_scheme", "MARK SCHEME"),
)
# Shorter lines, such as `],`, stand in many places; in its own cell a line of any length counts.
LONG = 12


@dataclass(frozen=True)
class Regions:
    """The marks between which stands what no student may see.

    Attributes
    ----------
    begins, ends : tuple of str
    """

    begins: tuple
    ends: tuple

    @classmethod
    def of(cls, config):
        """Return those that a course's nbgrader_config.py sets."""
        marks = {}
        for side in ("begin", "end"):
            marks[side] = tuple(
                config.get(name, {}).get(f"{side}_{word}_delimeter", f"{side.upper()} {usual}")
                for name, word, usual in REGIONS
            )
        return cls(marks["begin"], marks["end"])

    def split(self, cell):
        """Return a source cell's lines that a student sees, and those that none sees."""
        seen, secret, inside = [], [], False
        for line in cell.source.splitlines():
            if any(mark in line for mark in self.begins):
                inside = True
            elif any(mark in line for mark in self.ends):
                inside = False
            else:
                (secret if inside else seen).append(line.strip())
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("solution") and not secret:
            return [], seen  # without marks, all of it is the solution
        return seen, secret


def leaks(source, release, stubs, regions):
    """Return where a release shows what no student may see, in words; [] if nowhere.

    Parameters
    ----------
    source : NotebookNode
        The instructor's notebook.
    release : Path
        The folder that students get.
    stubs : dict
        What each answer looks like in the release, by grade id.
    regions : Regions
    """
    split = {cell.id: regions.split(cell) for cell in source.cells}
    everywhere = {line for seen, _ in split.values() for line in seen}
    everywhere |= {line.strip() for stub in stubs.values() for line in stub.splitlines()}
    secrets = {line for _, secret in split.values() for line in secret if len(line) >= LONG}
    found = []
    for path in sorted(Path(release).rglob("*")):
        if path.is_symlink():
            found.append(f"{path.name} is a link")
        elif path.is_file():
            where = path.relative_to(release).as_posix()
            text = path.read_bytes().decode("utf-8", "replace")
            if path.suffix == ".ipynb":
                notebook = nbformat.reads(text, as_version=4)
                found += [f"{where}: {leak}" for leak in _in_cells(notebook, split, stubs)]
                text = _without_sources(notebook)
            found += [f"{where}: {leak}" for leak in _in_text(text, secrets - everywhere, regions)]
    return found


def _without_sources(notebook):
    """Return all else that a notebook holds: its metadata, outputs and attachments."""
    texts = []

    def gather(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                texts.append(key)
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)
        else:
            texts.append(str(value))

    gather(notebook.metadata)
    for cell in notebook.cells:
        gather({key: value for key, value in cell.items() if key != "source"})
    return "\n".join(texts)


def _in_text(text, secrets, regions):
    """Look for secret lines and for marks in what is no cell."""
    for secret in sorted(secrets):
        if secret in text:
            yield f"shows the line {secret!r:.80}"
    for mark in (*regions.begins, *regions.ends):
        if mark in text:
            yield f"holds the mark {mark!r}"


def _in_cells(notebook, split, stubs):
    """Compare each cell with what a student may see of it, line by line."""
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
        if cell.get("outputs") or cell.get("execution_count"):
            yield f"cell {name} has outputs"
        if cell.id not in split:
            yield f"cell {name} is not in the source"
            continue
        seen, _ = split[cell.id]
        allowed = {"", *seen, *map(str.strip, stubs.get(name, "").splitlines())}
        for line in cell.source.splitlines():
            if line.strip() not in allowed:
                yield f"cell {name} shows the line {line.strip()!r:.80}"

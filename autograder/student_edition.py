"""The students' edition: a folder to make public, with all a student needs and nothing else."""

import hashlib
import json
import re
import shutil
import tempfile
import tomllib
from pathlib import Path
from string import Template

import nbformat

from autograder.edition_leaks import edition_leaks
from autograder.release import generate

TEMPLATES = Path(__file__).parent / "edition"
# Copied as they are: folders, of which only files of these kinds, and single files.
FOLDERS = ("nnlib", "presenter", "rescue", "binder")
KINDS = (".py", ".js", ".css", ".json", ".yml", ".gz", ".md", "")
FILES = ("environment.yml", "constraints.txt", "LICENSE")
# What the command made, so that the next run may replace it.
SUMS = "SHA256SUMS"
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


class EditionError(RuntimeError):
    """An edition that is not made; the message says why."""


def write_edition(course, destination, repository):
    """Write the students' edition, in place of an earlier one.

    Parameters
    ----------
    course : Course
        Its folder stands beside lectures/ and nnlib/.
    destination : str or Path
    repository : str
        Where it will be public, as "owner/name" on GitHub: for the button that opens Binder.

    Returns
    -------
    list of Path
        Its files, relative to the destination.

    Raises
    ------
    EditionError
        If the destination holds something else, or the edition would show what no student may see.
    """
    destination = Path(destination).resolve()
    if not REPOSITORY.fullmatch(repository):
        raise EditionError(f"The repository should be named as owner/name; it is {repository!r}.")
    _check_destination(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".edition-") as folder:
        made = Path(folder) / "edition"
        _build(course, made, repository)
        found = edition_leaks(course, made)
        if found:
            listed = "".join(f"\n  {leak}" for leak in found)
            raise EditionError(f"The students' edition is not made, for it would leak:{listed}")
        _set_modes(made)
        _replace(destination, made)
    return [path.relative_to(destination) for path in _files(destination)]


def _build(course, made, repository):
    root = course.folder.parent
    for name in FOLDERS:
        _copy(root / name, made / name)
    for name in FILES:
        shutil.copyfile(_there(root / name), made / name)
    for path in sorted(_there(root / "lectures").glob("*.ipynb")):
        _write(made / "lectures" / path.name, lecture(path))
    for name in course.names:
        generate(course, name, made / "homework")
    _write(made / "pyproject.toml", pyproject(root / "pyproject.toml"))
    _write(made / "README.md", readme(course, repository))
    _write(made / ".gitignore", (TEMPLATES / "gitignore").read_text(encoding="utf-8"))
    _write(made / SUMS, sums(made))


def lecture(path):
    """Return a lecture as students get it: without outputs, and paired with nothing."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.writes(notebook) + "\n"


def pyproject(path):
    """Return the edition's pyproject.toml: of the course's own, what nnlib needs."""
    project = tomllib.loads(_there(path).read_text(encoding="utf-8"))["project"]
    template = (TEMPLATES / "pyproject.template").read_text(encoding="utf-8")
    return Template(template).substitute(
        name=project["name"],
        version=project["version"],
        description=project["description"],
        python=project["requires-python"],
        dependencies="\n".join(f"    {json.dumps(text)}," for text in project["dependencies"]),
    )


def readme(course, repository):
    """Return the edition's README."""
    homework = []
    for name in course.names:
        heading = course.assignment(name).notebook.cells[0].source.partition("\n")[0]
        homework.append(f"[`{name}`](homework/{name}/{name}.ipynb): {heading.split(': ')[-1]}")
    template = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    return Template(template).substitute(repository=repository, homework="; ".join(homework))


def sums(folder):
    """Return the checksum of each file, one a line, as `sha256sum --check` reads them."""
    lines = [f"{_sum(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]
    return "".join(lines)


def _copy(source, target):
    for path in sorted(_there(source).rglob("*")):
        inner = path.relative_to(source)
        if path.is_symlink():
            raise EditionError(f"{path} is a link. Put the file itself there, or delete it.")
        hidden = any(part.startswith((".", "__pycache__")) for part in inner.parts)
        if path.is_file() and path.suffix in KINDS and not hidden:
            (target / inner).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / inner)


def _there(path):
    if not path.exists():
        raise EditionError(
            f"There is no {path}. The students' edition is made where the whole course is: the "
            "folder that holds homework/, lectures/ and nnlib/."
        )
    return path


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _files(folder):
    """Return an edition's files, sorted; a repository's own folder does not count."""
    paths = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    return sorted(path for path in paths if path.relative_to(folder).parts[0] != ".git")


def _sum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _set_modes(folder):
    """Give each file the same rights, whoever makes the edition."""
    for path in [folder, *folder.rglob("*")]:
        script = path.is_file() and path.read_bytes().startswith(b"#!")
        path.chmod(0o755 if path.is_dir() or script else 0o644)


def _check_destination(destination):
    """Refuse what was not made by this command, or was changed since."""
    if not destination.exists():
        return
    if not destination.is_dir():
        raise EditionError(f"{destination} is a file. Name a folder.")
    made = {}
    if (destination / SUMS).is_file():
        lines = (destination / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
        made = {name: value for value, _, name in (line.partition("  ") for line in lines)}
    for path in _files(destination):
        name = path.relative_to(destination).as_posix()
        if name != SUMS and (path.is_symlink() or made.get(name) != _sum(path)):
            raise EditionError(
                f"{destination} holds {name}, which this command did not make, or which was "
                "changed since. Move it away, or name another folder."
            )


def _replace(destination, made):
    destination.mkdir(exist_ok=True)
    for path in destination.iterdir():
        if path.name == ".git":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in made.iterdir():
        shutil.move(path, destination / path.name)

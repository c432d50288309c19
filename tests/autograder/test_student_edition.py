"""What `make student` writes: all that a student needs, the same bytes each time, and where."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from edition import REPOSITORY, ROOT

from autograder.course import Course
from autograder.student_edition import EditionError, write_edition

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


def contents(folder):
    """Map each file of a folder to its bytes and its rights."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def course():
    return Course(ROOT / "homework")


@pytest.fixture
def without_leak_search(monkeypatch):
    """For tests of what becomes of the folder: the search takes seconds and has its own tests."""
    monkeypatch.setattr("autograder.student_edition.edition_leaks", lambda *_: [])


@pytest.fixture
def quick(monkeypatch, without_leak_search):
    """An edition of two files."""

    def build(course, made, repository):
        from autograder import student_edition as module

        module._write(made / "README.md", f"For {repository}.\n")
        module._write(made / "nnlib" / "one.py", "1\n")
        module._write(made / module.SUMS, module.sums(made))

    monkeypatch.setattr("autograder.student_edition._build", build)


def test_it_holds_these_files_and_no_others(students_edition):
    found = {Path(name) for name in contents(students_edition)}
    library = {
        path.relative_to(ROOT)
        for folder in ("nnlib", "presenter", "rescue")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    lectures = {path.relative_to(ROOT) for path in ROOT.glob("lectures/*.ipynb")}
    homework = {Path(f"homework/{name}/{name}.ipynb") for name in ("hw1-1", "hw1-2")}
    binder = {"environment.yml", "overrides.json", "page_config.json", "postBuild", "start"}
    others = {".gitignore", "README.md", "LICENSE", "SHA256SUMS"}
    others |= {"pyproject.toml", "environment.yml", "constraints.txt"}
    assert len(lectures) == 12
    assert found - library == (
        lectures | homework | {Path("binder") / name for name in binder} | set(map(Path, others))
    )
    assert library <= found


def test_the_library_and_binders_files_are_the_courses_own(students_edition):
    files = contents(students_edition)
    copied = ("nnlib/", "presenter/", "rescue/", "binder/")
    same = [name for name in files if name.startswith(copied)]
    assert len(same) > 100
    for name in same:
        assert files[name][0] == (ROOT / name).read_bytes(), name
    assert files["binder/postBuild"][1] == files["binder/start"][1] == 0o755


def test_notebooks_have_no_outputs_and_no_twin(students_edition, tmp_path):
    paths = sorted(students_edition.rglob("*.ipynb"))
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert set(notebook.metadata) == {"kernelspec"}
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code)
    # jupytext knows of no pair, in the edition as it is published.
    copy = tmp_path / "copy"
    shutil.copytree(students_edition / "lectures", copy)
    sync = [sys.executable, "-m", "jupytext", "--sync", "00_start_here.ipynb"]
    said = subprocess.run(sync, cwd=copy, capture_output=True, encoding="utf-8")
    assert "not a paired notebook" in said.stderr
    assert not list(copy.glob("*.md"))


@pytest.mark.parametrize("name", ["lectures", "README.md"])
def test_every_link_leads_to_a_file_of_the_edition(students_edition, name):
    start = students_edition / name
    pages = sorted(start.glob("*.ipynb")) if start.is_dir() else [start]
    links = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if page.suffix == ".ipynb":
            cells = nbformat.reads(text, as_version=4).cells
            text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
        for link in LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
            file = link.partition("#")[0]
            if file and not link.startswith("https://"):
                links += 1
                assert (page.parent / file).exists(), f"{page.name}: {link}"
    assert links >= (20 if start.is_dir() else 3)


def test_its_readme_names_the_repository_and_leaves_no_blank(students_edition):
    text = (students_edition / "README.md").read_text(encoding="utf-8")
    assert f"https://mybinder.org/v2/gh/{REPOSITORY}/HEAD?urlpath=lab/tree/lectures/00_" in text
    assert f"git clone https://github.com/{REPOSITORY}.git" in text
    assert "$" not in text


def test_its_project_is_the_library_alone(students_edition):
    text = (students_edition / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for key in ("name", "version", "dependencies", "requires-python"):
        assert project[key] == own[key]
    assert not {"scripts", "entry-points", "optional-dependencies"} & set(project)
    assert "autograder" not in text


def test_the_same_course_gives_the_same_bytes_and_stays_as_it_is(students_edition, tmp_path):
    # By the command, from another folder, with other rights for new files.
    homework = ROOT / "homework"
    before = contents(homework)
    command = [sys.executable, "-m", "autograder", "student", "again", "--course", homework]
    subprocess.run(
        [*command, "--repository", REPOSITORY],
        cwd=tmp_path,
        umask=0o077,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONHASHSEED": "5"},
        check=True,
        capture_output=True,
    )
    assert contents(tmp_path / "again") == contents(students_edition)
    assert contents(homework) == before


def test_an_earlier_edition_is_replaced_and_its_repository_stays(course, quick, tmp_path):
    folder = tmp_path / "edition"
    write_edition(course, folder, "a/b")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    files = write_edition(course, folder, "c/d")
    assert (folder / "README.md").read_text() == "For c/d.\n"
    assert (folder / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert files == [Path("README.md"), Path("SHA256SUMS"), Path("nnlib/one.py")]
    assert [path.name for path in tmp_path.iterdir()] == ["edition"]


@pytest.mark.parametrize("name", ["thesis.txt", "nnlib/one.py", "README.md", "SHA256SUMS"])
def test_what_the_command_did_not_make_is_refused(course, quick, tmp_path, name):
    folder = tmp_path / "edition"
    write_edition(course, folder, "a/b")
    (folder / name).write_text("mine\n")
    before = contents(folder)
    with pytest.raises(EditionError, match=r"did not make, or which was\s+changed since"):
        write_edition(course, folder, "a/b")
    assert contents(folder) == before


@pytest.mark.parametrize("repository", ["name", "a/b/c", "a b/c", "", "https://github.com/a/b"])
def test_a_repository_is_an_owner_and_a_name(course, quick, tmp_path, repository):
    with pytest.raises(EditionError, match="should be named as owner/name"):
        write_edition(course, tmp_path / "edition", repository)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_if_anything_leaks(course, quick, monkeypatch, tmp_path):
    monkeypatch.setattr("autograder.student_edition.edition_leaks", lambda *_: ["it is shown"])
    with pytest.raises(EditionError, match=r"would leak:\n  it is shown"):
        write_edition(course, tmp_path / "edition", "a/b")
    assert list(tmp_path.iterdir()) == []


def test_a_course_folder_that_stands_alone_is_told(folder, without_leak_search, tmp_path):
    with pytest.raises(EditionError, match=r"There is no .*nnlib.*where the whole course is"):
        write_edition(Course(folder), tmp_path / "edition", "a/b")

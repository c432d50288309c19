"""A student's walk with nothing but the edition: clone, install, learn, do hw1-1, hand it in."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import hw1_1_answers
import nbformat
import pytest
from course_folder import HOMEWORK
from lent_packages import lend_packages

from autograder.cli import main

pytestmark = pytest.mark.slow

# What "Run All Cells" and Save do, in the Python that the student has.
RUN = """
import sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient

path = Path(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
notebook.cells.append(nbformat.v4.new_code_cell("import nnlib; print(nnlib.__file__)"))
NotebookClient(notebook, resources={"metadata": {"path": path.parent}}, timeout=120).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def walk(students_edition, tmp_path_factory):
    """The clone, set up as its README says."""
    return Walk(students_edition, tmp_path_factory.mktemp("student"))


class Walk:
    """A student's computer: a clone of the published edition, and an environment of its own."""

    def __init__(self, edition, home):
        self.home, self.clone = home, home / "neural-networks-basics"
        published = shutil.copytree(edition, home / "published")
        # Nobody's settings, and no network.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round: no isolation
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        names = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
            self.run(["git", *names, *command], published)
        self.run(["git", "clone", "--quiet", published, self.clone], home)
        self.set_up()

    def set_up(self):
        """Type what the README says, with this environment's packages in place of a download."""
        text = (self.clone / "README.md").read_text(encoding="utf-8")
        (block,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
        make, activate, *install, start = block.splitlines()
        self.run(["bash", "-ec", make], self.clone)
        lend_packages(self.clone / ".venv", self.home / "lent")
        typed = "\n".join([activate, *install, f"{start} --version"])
        said = self.run(["bash", "-ec", typed], self.clone)
        assert re.search(r"^4\.\d+\.\d+$", said, re.MULTILINE)

    def run(self, command, folder):
        done = subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run_notebook(self, name):
        """Run a notebook of the clone; return its cells, and where its nnlib stands."""
        python, result = self.clone / ".venv/bin/python", self.home / "result.ipynb"
        self.run([python, "-c", RUN, name, result], self.clone)
        cells = nbformat.read(result, as_version=4).cells
        return cells[:-1], Path(cells[-1].outputs[0].text.strip())

    def git_status(self):
        return self.run(["git", "status", "--porcelain"], self.clone)


def printed(cells):
    """All that code cells printed."""
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error"]
    return "".join(output.get("text", "") for output in outputs)


def test_the_set_up_brings_the_library_and_jupyterlabs_settings(walk):
    share = walk.clone / ".venv" / "share" / "jupyter"
    for made, source in (
        (share / "lab/settings/overrides.json", "binder/overrides.json"),
        (share / "labextensions/nnb-presenter/package.json", "presenter/package.json"),
        (share / "labextensions/nnb-rescue/static/rescue.js", "rescue/static/rescue.js"),
        (walk.clone / ".venv/etc/jupyter/labconfig/page_config.json", "binder/page_config.json"),
    ):
        assert made.read_bytes() == (walk.clone / source).read_bytes()
    names = ["labextensions/nnb-presenter/static", "labextensions/nnb-presenter/schemas"]
    assert all(any((share / name).rglob("*.*")) for name in names)
    assert not list((walk.clone / ".venv").rglob("*autograder*"))


def test_a_lecture_runs_with_the_editions_own_library(walk):
    cells, library = walk.run_notebook("lectures/00_start_here.ipynb")
    assert library == walk.clone / "nnlib" / "__init__.py"
    said = printed(cells)
    assert said.count("✓") >= 17
    assert "✗" not in said


def test_hw1_1_is_done_handed_in_and_gets_full_marks(walk, tmp_path, monkeypatch):
    path = walk.clone / "homework/hw1-1/hw1-1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("solution"):
            question = hw1_1_answers.QUESTIONS.get(settings.grade_id)
            right = question and question.cell(question.right[0])
            cell.source = right or hw1_1_answers.ARGUMENT
    nbformat.write(notebook, path)
    cells, library = walk.run_notebook("homework/hw1-1/hw1-1.ipynb")
    assert library == walk.clone / "nnlib" / "__init__.py"
    assert "hw1-1.zip is ready. Everything is answered." in printed(cells)

    handed_in = path.with_name("hw1-1.zip")
    with zipfile.ZipFile(handed_in) as archive:
        assert archive.read("hw1-1.ipynb") == path.read_bytes()
    # Their own files are the only ones that git would take along.
    assert walk.git_status().split() == ["M", "homework/hw1-1/hw1-1.ipynb"]

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "course"
    shutil.copytree(HOMEWORK / "source" / "hw1-1", folder / "source" / "hw1-1")
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copy(HOMEWORK / name, folder)
    (folder / "roster.csv").write_text("id,name\nada,Ada Byron\n")
    at = ["--course", str(folder)]
    assert main(["collect", "hw1-1", str(handed_in), "--student", "ada", *at]) == 0
    assert main(["release", "hw1-1", *at]) == 0
    assert main(["grade", "hw1-1", "--workers", "1", *at]) == 1  # part (d) waits for a person
    graded = json.loads((folder / "graded/hw1-1/ada.json").read_text())
    points = {question["name"]: question["points"] for question in graded["questions"]}
    full = {f"{name}-test": q.points for name, q in hw1_1_answers.QUESTIONS.items()}
    assert points == {**full, "argument": None}

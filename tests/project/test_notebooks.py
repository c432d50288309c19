"""Every notebook and its text twin agree, and the notebook is clean enough to commit."""

import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupytext.compare import compare_notebooks

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*ROOT.glob("lectures/*.ipynb"), *ROOT.glob("homework/source/*/*.ipynb")])

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cell_ids(path):
    return [cell.id for cell in nbformat.read(path, as_version=4).cells]


def test_there_are_notebooks_and_each_has_a_twin():
    assert NOTEBOOKS
    assert {path.with_suffix(".md") for path in NOTEBOOKS} == {
        *ROOT.glob("lectures/*.md"),
        *ROOT.glob("homework/source/*/*.md"),
    }


@each_notebook
def test_the_twin_says_the_same(path):
    compare_notebooks(
        jupytext.read(path.with_suffix(".md")),
        jupytext.read(path),
        fmt="md:myst",
        compare_outputs=False,
    )


@each_notebook
def test_no_outputs_are_committed(path):
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


@each_notebook
def test_the_kernel_is_named(path):
    # Without it JupyterLab greets the student with a 'Select Kernel' dialog.
    kernelspec = nbformat.read(path, as_version=4).metadata.kernelspec
    assert kernelspec.name == "python3"


@each_notebook
def test_a_changed_text_keeps_the_cell_ids(path, tmp_path):
    # Only the pair's own folder and its jupytext.toml take part, in a copy.
    folder = tmp_path / "pair"
    folder.mkdir()
    config = next(p for p in (path.parent, *path.parents) if (p / "jupytext.toml").exists())
    for file in (path, path.with_suffix(".md"), config / "jupytext.toml"):
        shutil.copy(file, folder)
    before = cell_ids(folder / path.name)
    text = folder / path.with_suffix(".md").name
    text.write_text(text.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")

    subprocess.run([sys.executable, "-m", "jupytext", "--quiet", "--sync", text], check=True)

    synced = nbformat.read(folder / path.name, as_version=4)
    assert "One more sentence." in synced.cells[-1].source
    assert cell_ids(folder / path.name)[: len(before)] == before

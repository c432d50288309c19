"""The file to hand in: what is in it, and what its maker is told."""

import hashlib
import json
import os
import time
import zipfile
from types import SimpleNamespace

import nbformat
import pytest

from nnlib.homework.hand_in import hand_in

STUB = "# Not answered yet: write your answer in place of this line."
TEXT_STUB = "*Double-click here and write your answer in place of this line.*"


def answer(source, kind=nbformat.v4.new_code_cell):
    return kind(source, metadata={"nbgrader": {"solution": True}})


@pytest.fixture
def homework(tmp_path, monkeypatch):
    """Write a notebook of two answers into an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)

    def write(code, words="Because."):
        cells = [
            nbformat.v4.new_markdown_cell("## (a) Code\n\n### Step 1: softmax"),
            answer(code),
            nbformat.v4.new_markdown_cell("## (b) Words"),
            answer(words, nbformat.v4.new_markdown_cell),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), "hw1-1.ipynb")

    return write


def manifest():
    with zipfile.ZipFile("hw1-1.zip") as archive:
        return json.loads(archive.read("manifest.json"))


def test_it_holds_the_saved_notebook_and_says_what_it_is(homework, tmp_path, capsys):
    homework("step_1 = 1")
    hand_in("hw1-1")
    saved = (tmp_path / "hw1-1.ipynb").read_bytes()
    with zipfile.ZipFile("hw1-1.zip") as archive:
        assert sorted(archive.namelist()) == ["hw1-1.ipynb", "manifest.json"]
        assert archive.read("hw1-1.ipynb") == saved
    assert manifest()["sha256"] == {"hw1-1.ipynb": hashlib.sha256(saved).hexdigest()}
    assert manifest()["course"].count(".") == 2
    assert manifest()["unanswered"] == []
    said = capsys.readouterr().out
    assert "hw1-1.zip is ready. Everything is answered." in said
    assert not list(tmp_path.glob("*.part"))


def test_it_names_what_is_not_answered(homework, capsys):
    homework(STUB, TEXT_STUB)
    hand_in("hw1-1")
    said = capsys.readouterr().out
    assert "Not answered yet:\n  - Step 1: softmax\n  - (b) Words\nIf you did answer one" in said
    assert "is ready" not in said
    assert manifest()["unanswered"] == ["Step 1: softmax", "(b) Words"]


def test_other_files_go_along_or_are_named_as_missing(homework, tmp_path, capsys):
    homework("step_1 = 1")
    hand_in("hw1-1", also=["config.json"])
    assert "Not there yet:\n  - config.json\n" in capsys.readouterr().out
    (tmp_path / "config.json").write_text("{}")
    hand_in("hw1-1", also=["config.json"])
    assert set(manifest()["sha256"]) == {"hw1-1.ipynb", "config.json"}


def test_it_reminds_of_a_save_long_ago(homework, tmp_path, capsys):
    homework("step_1 = 1")
    long_ago = time.time() - 3600
    os.utime(tmp_path / "hw1-1.ipynb", (long_ago, long_ago))
    hand_in("hw1-1")
    assert "last saved 60 minutes ago" in capsys.readouterr().out


def test_an_answer_that_ran_but_was_not_saved_is_named_and_not_called_unanswered(
    homework, capsys, monkeypatch
):
    homework(f"step_1 = r'''\n{STUB}\n'''")
    ran = ["", "step_1 = r'''\nyhat\n'''"]
    shell = SimpleNamespace(user_ns={"In": ran})
    monkeypatch.setattr("nnlib.homework.hand_in.get_ipython", lambda: shell)
    hand_in("hw1-1")
    said = capsys.readouterr().out
    assert "Save first: you ran another text than the saved one in\n  - Step 1: softmax\n" in said
    assert "Not answered" not in said
    homework("step_1 = r'''\nyhat\n'''\n")
    hand_in("hw1-1")
    assert capsys.readouterr().out.startswith("hw1-1.zip is ready. Everything is answered.\n")


def test_a_notebook_that_is_not_there_or_not_readable_is_told(homework, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"hw1-1\.ipynb is not in .* Keep the notebook's"):
        hand_in("hw1-1")
    (tmp_path / "hw1-1.ipynb").write_text("no notebook")
    with pytest.raises(ValueError, match="cannot be read as a notebook"):
        hand_in("hw1-1")

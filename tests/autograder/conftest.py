"""A copy of the course folder, for what changes it."""

import shutil
from pathlib import Path

import pytest

HOMEWORK = Path(__file__).parents[2] / "homework"


@pytest.fixture
def folder(tmp_path):
    """A copy of the course folder, without what was made in it; its path holds a space."""
    copy = tmp_path / "my course"
    (copy / "source").mkdir(parents=True)
    shutil.copytree(HOMEWORK / "source" / "hw1-1", copy / "source" / "hw1-1")
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copy(HOMEWORK / name, copy)
    return copy

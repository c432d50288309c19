"""The gallery has every view, in its default state, each with its lecture."""

import re
from pathlib import Path

import nbformat

from nnlib import views
from nnlib.views.base import View

GALLERY = Path(__file__).parents[2] / "lectures/gallery.ipynb"


def test_every_view_stands_there_once_in_its_default_state():
    cells = nbformat.read(GALLERY, as_version=4).cells
    shown = [
        match.group(1)
        for cell in cells
        if cell.cell_type == "code" and (match := re.fullmatch(r"views\.(\w+)\(\)", cell.source))
    ]
    known = [name for name in views.__all__ if issubclass(getattr(views, name), View)]
    assert sorted(shown) == sorted(known)


def test_each_view_has_a_heading_a_sentence_and_a_lecture():
    for cell in nbformat.read(GALLERY, as_version=4).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            assert re.match(r"## \d+\. \w+", cell.source)
            assert re.search(r"From \[lecture \d\d\]\(\d\d_\w+\.ipynb\)\.$", cell.source)

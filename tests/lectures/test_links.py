"""Every link of a lecture leads to something."""

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "lectures"
LECTURES = sorted(FOLDER.glob("*.ipynb"))
NUMBERED = sorted(FOLDER.glob("0*.ipynb"))
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")


def markdown(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"`[^`]*`", "", text)


def anchors(path):
    """The places of a notebook that a link can name, as JupyterLab makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", markdown(path), re.MULTILINE)
    return {heading.strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    for link in LINK.findall(markdown(path)):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = FOLDER / file if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(
    ("path", "after"), list(pairwise(NUMBERED)), ids=lambda path: path.stem[:2]
)
def test_each_lecture_links_to_the_next_one(path, after):
    end = markdown(path).split("## Where to go next")[-1]
    assert f"({after.name})" in end

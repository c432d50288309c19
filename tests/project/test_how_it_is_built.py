"""The page and the picture of the structure show what pyproject and the folders have."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs/how-it-is-built.md").read_text(encoding="utf-8")


def test_the_picture_has_the_layers_of_pyproject():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    picture = ElementTree.parse(ROOT / "docs/pictures/structure.svg")
    shown = [t.text for t in picture.iter(f"{SVG}text") if t.get("class") == "layer"]
    assert [set(row.split(" · ")) for row in shown] == [set(row.split(" | ")) for row in layers]


def test_the_places_that_it_names_exist(page):
    folders = "nnlib|autograder|lectures|tests|homework|presenter|site"
    places = re.findall(rf"`((?:{folders})/[^` ]*)`", page)
    assert len(places) > 20
    assert [p for p in places if not list(ROOT.glob(p.rstrip("/").replace("NAME", "*")))] == []

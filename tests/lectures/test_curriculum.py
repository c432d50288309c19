"""Every slide is taught: each row of the curriculum has its heading, formula, code and view.

`curriculum.csv` has a row for each slide. Headings carry the slides' titles, letter for letter;
where a slide has none, the lecture's own.
"""

import csv
import re
from pathlib import Path

import nbformat
import pytest

from nnlib import views
from nnlib.views.base import View

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
with (FOLDER / "curriculum.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
IN_LECTURES = [row for row in ROWS if row["headings"]]

each_row = pytest.mark.parametrize("row", IN_LECTURES, ids=lambda row: f"row {row['row']}")


def cells_from(lecture, heading):
    """The cells of a heading's section: up to the next heading of its level, or a higher one."""
    cells = nbformat.read(ROOT / f"lectures/{lecture}.ipynb", as_version=4).cells
    found, level = [], None
    for cell in cells:
        first = re.match(r"(#+) (.+)", cell.source) if cell.cell_type == "markdown" else None
        if first and first.group(2).split(": ")[0] == heading.split(": ")[0] and not found:
            assert first.group(2).startswith(heading)
            level = len(first.group(1))
        elif first and level and len(first.group(1)) <= level:
            break
        if level:
            found.append(cell)
    return found


def section(row):
    """The cells of all headings of a row."""
    sections = [cells_from(row["lecture"], heading) for heading in row["headings"].split(" | ")]
    assert all(sections), row["headings"]
    return [cell for cells in sections for cell in cells]


def source(cells, kind):
    return "\n".join(cell.source for cell in cells if cell.cell_type == kind)


def whole(lecture):
    return nbformat.read(ROOT / f"lectures/{lecture}.ipynb", as_version=4).cells


def test_every_slide_has_its_row():
    assert [int(row["row"]) for row in ROWS] == list(range(1, 40))


@each_row
def test_its_heading_stands_in_its_lecture_with_its_equations(row):
    text = source(section(row), "markdown")
    for number in row["equations"].split():
        assert rf"\tag{{{number}}}" in text, number


@each_row
def test_it_is_run_as_code_through_the_library(row):
    if row["headings"] != "Key points":
        assert source(section(row), "code")
        assert "nnlib" in source(whole(row["lecture"]), "code")


@each_row
def test_its_view_and_a_question_follow_it(row):
    if not row["view"]:
        return
    cells = whole(row["lecture"])
    begin = cells.index(section(row)[0])
    code = source(cells[begin:], "code")
    assert f"views.{row['view']}(" in code
    if not row["slide"].startswith("Homework"):
        assert "views.Question(" in source(section(row), "code"), "no question in its section"


def test_the_homework_rows_have_their_notebooks():
    for row in ROWS:
        if not row["headings"]:
            assert (ROOT / f"homework/source/{row['lecture']}/{row['lecture']}.ipynb").exists()


def test_every_view_serves_a_row():
    known = {name for name in views.__all__ if issubclass(getattr(views, name), View)}
    assert {row["view"] for row in ROWS} - {""} == known


def test_every_equation_of_the_slides_stands_in_a_row():
    numbers = [int(number) for row in ROWS for number in row["equations"].split()]
    assert numbers == list(range(1, 18))


@pytest.mark.parametrize("lecture", sorted({row["lecture"] for row in IN_LECTURES}))
def test_a_lecture_has_its_parts(lecture):
    cells = whole(lecture)
    text, code = source(cells, "markdown"), source(cells, "code")
    assert code.count("views.Question(") >= 4
    assert text.count("<details>") >= 3
    for part in ("**After this lecture you can**", "**Before you start**", "## Key points"):
        assert part in text
    for part in ("## Exercises", "## Notation of this lecture", "## Where to go next"):
        assert part in text
    assert len(re.findall(r"^\*\*\d\. ", text, re.MULTILINE)) >= 3  # exercises

"""Every lecture runs from top to bottom, in time and in little memory, with pictures in words."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
LINUX = sys.platform == "linux"
# The gallery and the glossary, too: all that a reader opens.
LECTURES = sorted(ROOT.glob("lectures/*.ipynb"))

each_lecture = pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)


@pytest.fixture(scope="module", params=LECTURES, ids=lambda path: path.stem)
def run(request, executed_lecture):
    """A lecture after its run: the notebook, the seconds it took, its peak memory in kB."""
    result = executed_lecture(request.param)
    return result | {"notebook": nbformat.read(result["path"], as_version=4)}


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_hidden(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def all_outputs(run):
    return [output for cell in code_cells(run["notebook"]) for output in cell.outputs]


@pytest.mark.slow
def test_it_runs_in_a_minute(run):
    assert run["seconds"] < 60


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="the kernel's peak memory is read from /proc")
def test_it_needs_less_than_a_gigabyte(run):
    assert 50_000 < run["memory"] < 1_000_000


@pytest.mark.slow
def test_nothing_goes_to_stderr(run):
    assert [o.text for o in all_outputs(run) if o.get("name") == "stderr"] == []


@pytest.mark.slow
def test_every_picture_has_alternative_text(run):
    pictures = [output for output in all_outputs(run) if "image/png" in output.get("data", {})]
    assert pictures or "plots." not in "".join(c.source for c in code_cells(run["notebook"]))
    for picture in pictures:
        assert re.search(r'<img [^>]*alt="[^"]{20,}', picture.data["text/html"])


@pytest.mark.slow
def test_every_view_and_question_has_something_to_show_without_a_kernel(run):
    outputs = all_outputs(run)
    for widget, after in zip(outputs, [*outputs[1:], {}], strict=True):
        if "application/vnd.jupyter.widget-view+json" in widget.get("data", {}):
            assert "nnb-still" in after["data"]["text/html"]


@each_lecture
def test_pictures_in_the_text_have_alternative_text(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"!\[.{0,19}\]\(", cell.source), cell.source
            assert "<img" not in cell.source


@each_lecture
def test_code_cells_are_short(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        assert is_hidden(cell) or len(cell.source.splitlines()) <= 12, cell.source


@each_lecture
def test_every_cell_knows_its_place_in_the_slides(path):
    places = {"slide", "subslide", "fragment", "notes", "skip", "-"}
    for cell in nbformat.read(path, as_version=4).cells:
        assert cell.metadata.get("slideshow", {}).get("slide_type") in places, cell.source


def test_the_kept_table_of_run_times_has_every_lecture_within_its_limits():
    page = (ROOT / "docs/lecture-times.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| (\d+) s \| (\d+) MB \|$", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == [path.stem for path in LECTURES]
    assert all(int(seconds) < 60 and int(memory) < 1000 for _, seconds, memory in rows)

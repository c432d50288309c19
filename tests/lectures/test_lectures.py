"""Every lecture runs from top to bottom, in time and in little memory, with pictures in words."""

import re
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
LINUX = sys.platform == "linux"
LECTURES = sorted(ROOT.glob("lectures/[0-9]*.ipynb"))
# Not resource's ru_maxrss: a child inherits that from the process that started it.
PEAK_MEMORY = r"import re; print(*re.findall(r'VmHWM:\s+(\d+)', open('/proc/self/status').read()))"


@pytest.fixture(scope="module", params=LECTURES, ids=lambda path: path.stem)
def run(request):
    """A lecture after its run: the notebook, the seconds it took, its peak memory in kB."""
    notebook = nbformat.read(request.param, as_version=4)
    if LINUX:
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK_MEMORY))
    start = time.monotonic()
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": ROOT / "lectures"}}
    ).execute()
    seconds = time.monotonic() - start
    memory = int(notebook.cells.pop().outputs[0].text) if LINUX else None
    return {"notebook": notebook, "seconds": seconds, "memory": memory}


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_hidden(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


@pytest.mark.slow
def test_it_runs_in_a_minute(run):
    assert run["seconds"] < 60


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="the kernel's peak memory is read from /proc")
def test_it_needs_less_than_a_gigabyte(run):
    assert 50_000 < run["memory"] < 1_000_000


@pytest.mark.slow
def test_nothing_goes_to_stderr(run):
    outputs = [output for cell in code_cells(run["notebook"]) for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []


@pytest.mark.slow
def test_every_picture_has_alternative_text(run):
    outputs = [output for cell in code_cells(run["notebook"]) for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert pictures
    for picture in pictures:
        assert re.search(r'<img [^>]*alt="[^"]{20,}', picture.data["text/html"])


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_code_cells_are_short(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        assert is_hidden(cell) or len(cell.source.splitlines()) <= 12, cell.source


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_every_cell_knows_its_place_in_the_slides(path):
    places = {"slide", "subslide", "fragment", "notes", "skip", "-"}
    for cell in nbformat.read(path, as_version=4).cells:
        assert cell.metadata.get("slideshow", {}).get("slide_type") in places, cell.source

"""Every lecture, and the gallery, in a real browser: they run whole, and every view answers.

They are those of the students' edition, whose library is the same, byte for byte
(tests/autograder/test_student_edition.py).
"""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from lab_page import end_kernels, errors_shown, open_notebook, run_all
from playwright.sync_api import expect

LECTURES = sorted(Path(__file__).parents[2].glob("lectures/*.ipynb"))


@pytest.fixture(scope="module")
def edition(students_edition, lab):
    """The edition's lectures, in the folder that JupyterLab shows."""
    return shutil.copytree(students_edition / "lectures", lab.folder / "edition" / "lectures")


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def lecture(request, lab, page, edition):
    """A lecture after 'Run All Cells': its path and its page."""
    open_notebook(page, lab, f"edition/lectures/{request.param.name}")
    run_all(page)
    yield edition / request.param.name, page
    end_kernels(page, lab)


def test_it_runs_whole_and_every_view_answers_to_its_first_slider(lecture):
    path, page = lecture
    # A question's input is folded, so its number is not on the page.
    shown = [cell for cell in code_cells(path) if not is_folded(cell)]
    ran = page.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    expect(ran).to_have_count(len(shown))
    assert errors_shown(page).count() == 0
    for view in page.locator(".nnb-view").all():
        move_first_slider(view)
    expect(page.locator(".nnb-error:not(:empty)")).to_have_count(0)
    for still in page.locator(".nnb-still").all():
        expect(still).to_be_hidden()


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def is_folded(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def move_first_slider(view):
    """Move it by one step, and see that its number changed."""
    handles = view.locator(".widget-slider [role='slider']:visible")
    if handles.count() == 0:
        return
    handle = handles.first
    handle.scroll_into_view_if_needed()
    before, end = (handle.get_attribute(f"aria-value{which}") for which in ("now", "max"))
    handle.focus()
    handle.press("ArrowLeft" if float(before) == float(end) else "ArrowRight")
    expect(handle).not_to_have_attribute("aria-valuenow", before)

"""A notebook presented live: its own cells as slides, its views and its code still at work."""

import nbformat
import pytest
from lab_page import errors_shown, open_notebook, press_on_slider, run_all
from nbformat.v4 import new_code_cell, new_markdown_cell
from playwright.sync_api import expect

from nnlib import functional

CELLS = [
    ("slide", "# First words"),
    ("skip", "from nnlib import views"),
    ("fragment", "Then these."),
    ("notes", "For the speaker."),
    ("subslide", "## A view"),
    ("-", "views.SoftmaxView(scores=[0.5, 2, 1])"),
    ("slide", "20 + 3"),
    ("slide", "## Overfull\n\n" + "\n\n".join(f"Line {n}." for n in range(60))),
]


def make_cell(kind, source):
    is_text = source.startswith("#") or source.endswith(".")
    cell = (new_markdown_cell if is_text else new_code_cell)(source)
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


@pytest.fixture
def notebook(lab, page):
    """The page with the notebook of `CELLS` after 'Run All Cells'."""
    made = nbformat.v4.new_notebook(cells=[make_cell(*cell) for cell in CELLS])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(made, lab.folder / "presented.ipynb")
    open_notebook(page, lab, "presented.ipynb")
    run_all(page)
    expect(page.locator(".nnb-SoftmaxView")).to_be_visible(timeout=30_000)
    return page


def cells_shown(page):
    """The places in the notebook of the cells on the page."""
    return page.evaluate(
        "[...document.querySelectorAll('.jp-Notebook .jp-Cell')]"
        ".flatMap((cell, at) => (cell.offsetHeight ? [at] : []))"
    )


def test_it_is_stepped_through_used_and_left_as_it_was(notebook):
    page = notebook
    count = page.locator(".nnb-bar").get_by_role("status")
    menu = page.get_by_role("menuitem", name="Run", exact=True)
    before = cells_shown(page)
    assert before == list(range(len(CELLS)))
    page.get_by_role("button", name="Present", exact=True).click()

    # The slide has the whole window, and of the notebook nothing else is on the page.
    expect(count).to_have_text("1 / 4")
    expect(menu).to_be_hidden()
    box = page.locator(".jp-Notebook").bounding_box()
    width, height = page.evaluate("[window.innerWidth, window.innerHeight]")
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    assert cells_shown(page) == [0]
    page.keyboard.press("Space")
    assert cells_shown(page) == [0, 2]
    page.keyboard.press("ArrowRight")
    expect(count).to_have_text("2 / 4")
    assert cells_shown(page) == [4, 5]
    page.keyboard.press("ArrowLeft")  # back to the whole slide, not to its first words
    assert cells_shown(page) == [0, 2]
    page.keyboard.press("PageDown")

    # A view answers, by keys and by the mouse; its keys turn no slide, PageDown does.
    view = page.locator(".nnb-SoftmaxView")
    chance = view.locator('.nnb-v2-prob[data-k="0"]')
    expect(chance).to_have_text(f"{functional.softmax([0.5, 2, 1])[0]:.3f}")
    press_on_slider(view, "score z₀", "ArrowRight", times=5)
    expect(chance).to_have_text(f"{functional.softmax([1.0, 2, 1])[0]:.3f}")
    bar = view.locator("[role=slider]:has(.nnb-v2-track)").first
    at = bar.locator(".nnb-v2-track").bounding_box()
    page.mouse.click(at["x"] + 0.9 * at["width"], at["y"] + at["height"] / 2)
    expect(bar).not_to_have_attribute("aria-valuenow", "1")
    score = float(bar.get_attribute("aria-valuenow"))
    assert 3.7 <= score <= 4.3  # 0.9 of the way from -5 to 5
    expect(chance).to_have_text(f"{functional.softmax([score, 2, 1])[0]:.3f}")
    expect(count).to_have_text("2 / 4")
    page.keyboard.press("PageDown")
    expect(count).to_have_text("3 / 4")

    # Code runs, and no stray key does harm to the notebook.
    page.locator(".jp-CodeCell .cm-content:visible").click()
    page.keyboard.press("End")
    page.keyboard.type("00")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output pre:visible")).to_have_text("320")
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(count).to_have_text("3 / 4")

    # What does not fit can be scrolled to.
    page.get_by_role("combobox", name="Slide").select_option(index=3)
    expect(count).to_have_text("4 / 4")
    line = page.get_by_text("Line 59.", exact=True)
    expect(line).not_to_be_in_viewport()
    line.scroll_into_view_if_needed()
    expect(line).to_be_in_viewport()

    page.keyboard.press("Escape")
    expect(menu).to_be_visible()
    expect(page.locator(".nnb-bar")).to_have_count(0)
    assert cells_shown(page) == before
    assert errors_shown(page).count() == 0

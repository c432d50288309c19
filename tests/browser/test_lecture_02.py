"""Lecture 02 in a real browser: it runs whole, and its views answer to a moved slider."""

import re
from pathlib import Path

import nbformat
import pytest
from lab_page import errors_shown, open_notebook, press_on_slider, run_all
from playwright.sync_api import expect

from nnlib import functional
from nnlib.views import LinearClassifierView

LECTURE = Path(__file__).parents[2] / "lectures/02_linear_classifier.ipynb"


@pytest.fixture(scope="module")
def lecture(lab, module_page):
    """The lecture after 'Run All Cells', with the kernel at rest again."""
    page = module_page
    open_notebook(page, lab, "lectures/02_linear_classifier.ipynb")
    run_all(page)
    return page


def test_every_cell_ran_without_an_error(lecture):
    ran = lecture.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    code = [cell for cell in nbformat.read(LECTURE, as_version=4).cells if cell.cell_type == "code"]
    # A question's input is folded, so its number is not on the page.
    shown = [cell for cell in code if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    expect(ran).to_have_count(len(shown))
    assert errors_shown(lecture).count() == 0


def test_a_moved_weight_changes_the_scores_as_the_library_says(lecture):
    view = lecture.locator(".nnb-LinearClassifierView").first
    here = LinearClassifierView(preset="by hand", n_per_class=8)
    score = view.locator(".nnb-v1-points tr[data-index='0'] td").nth(1)
    before = here.model.snapshot().scores[0, 0]
    expect(score).to_have_text(f"{before:.2f}")

    press_on_slider(view, "w₁", "ArrowRight", times=4)

    here.change("w1", 2.4)
    after = here.model.snapshot().scores[0, 0]
    assert abs(after - before) > 0.1
    expect(score).to_have_text(f"{after:.2f}")


def test_steps_lower_the_loss_as_the_library_says(lecture):
    view = lecture.locator(".nnb-LinearClassifierView").nth(1)
    here = LinearClassifierView(preset="zero start")
    for _ in range(3):
        view.get_by_role("button", name="Step").click()
        here.step()
    expect(view.locator(".nnb-v1-step")).to_have_text("3")
    expect(view.locator(".nnb-v1-loss")).to_have_text(f"{here.model.snapshot().loss:.3f}")


def test_a_moved_score_changes_the_probability_as_the_library_says(lecture):
    view = lecture.locator(".nnb-SoftmaxView")
    probability = view.locator('.nnb-v2-prob[data-k="0"]')
    expect(probability).to_have_text(f"{functional.softmax([0.5, 2, 1])[0]:.3f}")

    press_on_slider(view, "score z₀", "ArrowRight", times=5)

    expect(probability).to_have_text(f"{functional.softmax([1.0, 2, 1])[0]:.3f}")


def test_a_question_explains_a_wrong_answer(lecture):
    question = lecture.locator(".nnb-question").first
    question.get_by_text("Draw one straight line").click()
    expect(question.get_by_role("status")).to_contain_text("Not yet.")

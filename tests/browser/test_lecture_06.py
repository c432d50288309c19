"""Lecture 06 in a real browser: it runs whole, and its view lets a change travel."""

import pytest
from lab_page import errors_shown, open_notebook, run_all
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lecture(lab, module_page):
    """The lecture after 'Run All Cells', with the kernel at rest again."""
    open_notebook(module_page, lab, "lectures/06_backprop_the_big_picture.ipynb")
    run_all(module_page)
    return module_page


def test_every_cell_ran_without_an_error(lecture):
    expect(lecture.locator(".nnb-PathsView")).to_have_count(3)
    expect(lecture.locator(".nnb-question")).to_have_count(8)
    assert errors_shown(lecture).count() == 0


def test_a_step_shows_the_change_that_the_text_names(lecture):
    view = lecture.locator(".nnb-PathsView").first
    view.get_by_role("button", name="Step").click()
    expect(view.get_by_text("+0.0214").first).to_be_visible()


def test_a_question_explains_a_wrong_answer(lecture):
    question = lecture.locator(".nnb-question").first
    question.get_by_text("235,146").click()
    expect(question.get_by_role("status")).to_contain_text("Not yet.")

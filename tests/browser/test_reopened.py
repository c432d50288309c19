"""A notebook opened again without its kernel shows still pictures, not 'model not found'."""

import re

import pytest
from lab_page import end_kernels, open_notebook, open_view
from playwright.sync_api import expect

SOURCE = """
from IPython.display import display
from nnlib import views
display(views.Question("1 + 1 = ?", right=("2", "Count it."), wrong={"3": "One less."}))
display(views.SoftmaxView(preset="a tie"))
"""


@pytest.fixture
def saved(lab, page):
    """The page of a notebook that was run and saved."""
    open_view(page, lab, "reopened", SOURCE)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("tab", name="reopened.ipynb")).not_to_have_class(re.compile("dirty"))
    return page


def test_the_stand_ins_are_hidden_beside_their_widgets_and_shown_without_them(lab, saved, browser):
    stand_ins = saved.locator(".nnb-still")
    expect(stand_ins).to_have_count(2)
    for i in range(2):
        expect(stand_ins.nth(i)).to_be_hidden()

    end_kernels(saved, lab)
    page = browser.new_page()  # a watched one would complain: JupyterLab logs what it misses
    open_notebook(page, lab, "reopened.ipynb")
    question, picture = (page.locator(".nnb-still").nth(i) for i in range(2))
    expect(question).to_be_visible(timeout=30_000)
    expect(question.locator("> ul > li")).to_have_count(2)
    expect(picture).to_be_visible()
    expect(picture.locator("img")).to_have_attribute("alt", re.compile("probabilities 0.3"))
    for message in page.get_by_text("model not found").all():
        expect(message).to_be_hidden()
    page.close()

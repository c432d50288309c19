"""Keys pressed in a view or a question are its own; with Ctrl they are JupyterLab's."""

from lab_page import open_view
from playwright.sync_api import expect

SOURCE = """
from IPython.display import display
from nnlib import views
display(views.Question("1 + 1 = ?", right=("2", "Count it."), wrong={"3": "One less."}))
display(views.SoftmaxView())
"""


def test_lists_and_answers_take_the_arrow_keys(lab, page):
    view = open_view(page, lab, "keys", SOURCE)
    preset = view.locator(".nnb-control-preset select")
    expect(preset).to_have_value("three scores")
    preset.focus()
    preset.press("ArrowDown")
    expect(preset).to_have_value("a tie")
    expect(view.locator('.nnb-v2-prob[data-k="0"]')).to_have_text("0.328")

    question = page.locator(".nnb-question")
    question.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    expect(question.get_by_role("status")).not_to_be_empty()

    page.keyboard.press("Control+b")  # shows or hides JupyterLab's side bar
    expect(page.locator("#jp-left-stack")).to_be_hidden()

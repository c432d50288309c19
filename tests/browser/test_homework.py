"""A student's walk through hw1-1 in JupyterLab: answer, check, validate, save, zip, download."""

import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from lab_page import end_kernels, open_notebook
from playwright.sync_api import expect

NOT_ANSWERED = "# Not answered yet: write your answer in place of this line."


@pytest.fixture(scope="module")
def released(lab, released_homework):
    """The released hw1-1 in a folder of the lab."""
    course = released_homework("hw1-1")
    (lab.folder / "homework 1").mkdir()
    return Path(shutil.copy(course.folder / course.path("release"), lab.folder / "homework 1"))


@pytest.fixture(scope="module")
def homework(lab, module_page, released):
    """The released notebook, open."""
    open_notebook(module_page, lab, "homework%201/hw1-1.ipynb")
    yield module_page
    end_kernels(module_page, lab)


def cell(page, words):
    """The code cell that holds the words."""
    return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=words)).first


def run(page, words):
    """Run the cell that holds the words, by its keys; return it when it has ended."""
    found = cell(page, words)
    found.scroll_into_view_if_needed()
    found.locator(".cm-content").click()
    before = found.locator(".jp-InputPrompt").first.text_content()
    page.keyboard.press("Control+Enter")
    prompt = found.locator(".jp-InputPrompt").first
    expect(prompt).to_have_text(re.compile(r"\[\d+\]"))
    if re.search(r"\d", before):
        expect(prompt).not_to_have_text(before)
    return found


def test_an_answer_in_latex_is_shown_as_mathematics_and_checked(homework):
    run(homework, "import numpy as np")
    answer = cell(homework, "step_1 =")
    answer.scroll_into_view_if_needed()
    answer.locator(".cm-line", has_text=NOT_ANSWERED).click(click_count=3)
    homework.keyboard.type(r"\hat{y}_i (1 - \hat{y}_i)" + "\n")
    answer = run(homework, "step_1 =")
    expect(answer.locator("mjx-container")).to_have_count(1)
    expect(answer.locator("mjx-container")).to_contain_text("I read this as")
    check = run(homework, "check_step(1, step_1)")
    expect(check).to_contain_text("Step 1: Right: equal at")


def test_a_slip_is_told_with_its_place(homework):
    answer = cell(homework, "step_2 =")
    answer.scroll_into_view_if_needed()
    answer.locator(".cm-line", has_text=NOT_ANSWERED).click(click_count=3)
    homework.keyboard.type("-yhati*yhat_j\n")
    answer = run(homework, "step_2 =")
    expect(answer).to_contain_text("did you mean yhat_i?")
    check = run(homework, "check_step(2, step_2)")
    expect(check).to_contain_text("Step 2 cannot be read:")
    expect(check).not_to_contain_text("Traceback")


def test_validate_says_what_to_do(homework):
    homework.get_by_role("button", name="Validate").click()
    dialog = homework.locator(".jp-Dialog", has_text="Validation Results")
    expect(dialog).to_be_visible(timeout=60_000)
    expect(dialog).to_contain_text("Step 2 cannot be read:")
    expect(dialog).to_contain_text("Step 3 is not answered yet: write your expression in its cell.")
    expect(dialog).not_to_contain_text("check_step(1, step_1)")
    dialog.get_by_role("button", name="Ok").click()
    expect(dialog).to_have_count(0)


def test_what_is_not_saved_is_named_and_the_zip_is_a_real_download(homework, released, tmp_path):
    answer = cell(homework, "step_2 =")
    answer.locator(".cm-line", has_text="yhati").click(click_count=3)
    homework.keyboard.type("-yhat_i*yhat_j\n")
    run(homework, "step_2 =")
    made = run(homework, 'hand_in("hw1-1")')
    expect(made).to_contain_text("Save first: you ran another text than the saved one in")
    expect(made).to_contain_text("- Step 2")

    homework.keyboard.press("Control+S")
    expect(homework.locator(".jp-NotebookPanel.jp-mod-dirty")).to_have_count(0)
    made = run(homework, 'hand_in("hw1-1")')
    expect(made).to_contain_text("- Step 3")
    expect(made).not_to_contain_text("Save first")
    expect(made).not_to_contain_text("- Step 2")
    with homework.expect_download() as download:
        made.get_by_role("link", name="hw1-1.zip").click()
    assert download.value.suggested_filename == "hw1-1.zip"
    download.value.save_as(tmp_path / "hw1-1.zip")
    with zipfile.ZipFile(tmp_path / "hw1-1.zip") as archive:
        assert archive.read("hw1-1.ipynb") == released.read_bytes()
    sources = [c.source for c in nbformat.read(released, as_version=4).cells]
    assert any(r"\hat{y}_i (1 - \hat{y}_i)" in source for source in sources)

"""The views work in Notebook 7 as they do in JupyterLab."""

import os
import re
import subprocess
import sys
import time

import nbformat
import pytest
from lab_page import errors_shown, press_on_slider
from playwright.sync_api import expect

from nnlib import functional

ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+/\S*token=\w+")
SOURCE = "from nnlib import views\nviews.SoftmaxView(scores=[0.5, 2, 1])"
NOTEBOOKS_OWN = "reading 'schema'"  # Notebook 7.6 logs it when it opens, with or without us


@pytest.fixture
def notebook_7(tmp_path):
    """The address at which a `jupyter notebook` opens a notebook with one view."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, tmp_path / "view.ipynb")
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "run"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    command = [sys.executable, "-m", "notebook", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.root_dir={tmp_path}"]
    log = tmp_path / "notebook.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 60
            while not (address := ADDRESS.search(log.read_text())):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield address.group().replace("/tree?", "/notebooks/view.ipynb?")
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture
def page(browser):
    """A page that is watched for errors as in the other tests, but for Notebook's own."""
    page, errors = browser.new_page(), []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert [error for error in errors if NOTEBOOKS_OWN not in error] == []


def test_a_view_opens_and_a_moved_score_changes_the_probability(notebook_7, page):
    page.goto(notebook_7)
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    expect(prompt).to_be_visible(timeout=60_000)
    for _ in range(10):  # the kernel may not be listening yet
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(1000)
        if prompt.text_content() != "[ ]:":
            break
    view = page.locator(".nnb-SoftmaxView")
    expect(view).to_be_visible(timeout=60_000)
    assert errors_shown(page).count() == 0
    assert page.locator(".jp-NotebookPanel").count() == 1
    assert "/notebooks/" in page.url  # Notebook 7, not JupyterLab
    probability = view.locator('.nnb-v2-prob[data-k="0"]')
    expect(probability).to_have_text(f"{functional.softmax([0.5, 2, 1])[0]:.3f}")

    press_on_slider(view, "score z₀", "ArrowRight", times=5)

    expect(probability).to_have_text(f"{functional.softmax([1.0, 2, 1])[0]:.3f}")
    expect(page.locator(".nnb-still").first).to_be_hidden()

    page.get_by_role("button", name="Present", exact=True).click()
    expect(page.locator(".nnb-bar").get_by_role("status")).to_have_text("1 / 1")
    expect(page.get_by_role("menuitem", name="File", exact=True)).to_be_hidden()
    expect(view).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="File", exact=True)).to_be_visible()

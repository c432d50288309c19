"""A student's work outlives the server: 'Download a copy' takes what is on the page."""

import json
import os
import re
import signal
import subprocess
import sys

import nbformat
import pytest
from lab_page import run_all
from nbformat.v4 import new_code_cell
from playwright.sync_api import expect

READY = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")


@pytest.fixture
def server(tmp_path):
    """A JupyterLab of its own, for it is killed; the address, and a function that kills it."""
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell("answer = 1")])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    log = tmp_path / "lab.log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", f"--ServerApp.root_dir={tmp_path}"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, "HOME": str(tmp_path / "home")},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield process, log
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _answer(dialog):
    dialog.locator(".jp-Dialog-button").last.click()


def test_what_was_not_saved_is_downloaded_when_the_server_is_gone(server, browser, tmp_path):
    process, log = server
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    for _ in range(600):
        if found := READY.search(log.read_text(encoding="utf-8")):
            break
        page.wait_for_timeout(100)
    page.goto(found.group().replace("/lab?", "/lab/tree/mine.ipynb?"))
    # JupyterLab shows a kernel at rest before the notebook is there; one that ran is there.
    expect(page.locator(".jp-Notebook").first).to_be_visible(timeout=60_000)
    run_all(page)

    # JupyterLab says that the connection is lost, as soon as it notices.
    message = page.locator(".jp-Dialog")
    page.add_locator_handler(message, _answer, no_wait_after=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    page.locator(".cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nanswer = 42")
    with page.expect_download(timeout=30_000) as download:
        page.locator('[data-jp-item-name="download-copy"] jp-button').click(timeout=30_000)
    copy = tmp_path / "copy.ipynb"
    download.value.save_as(copy)
    context.close()

    assert download.value.suggested_filename == "mine.ipynb"
    nbformat.validate(json.loads(copy.read_text(encoding="utf-8")))
    (cell,) = nbformat.read(copy, as_version=4).cells
    assert cell.source == "answer = 1\nanswer = 42"
    assert nbformat.read(tmp_path / "mine.ipynb", as_version=4).cells[0].source == "answer = 1"

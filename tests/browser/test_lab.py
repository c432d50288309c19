"""`make lab` greets a student with the first lecture, and nothing in the way."""

from lab_page import in_new_workspace
from playwright.sync_api import expect


def test_the_first_lecture_opens_with_a_kernel_and_no_dialog(lab, page):
    page.goto(in_new_workspace(lab.address))
    first = min(lab.folder.glob("lectures/0*.ipynb"))
    expect(page.get_by_role("tab", name=first.name)).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-Notebook h1").first).to_be_visible()
    kernel = page.locator(".jp-NotebookPanel-toolbar .jp-Toolbar-kernelName")
    expect(kernel).to_have_text("Python 3 (ipykernel)", timeout=60_000)
    # Dialogs and notes come late, so wait for the kernel before looking for them.
    expect(page.locator('[data-status="idle"]').first).to_be_visible(timeout=60_000)
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0


def test_a_taken_port_is_stepped_over(lab):
    assert lab.port != 8888

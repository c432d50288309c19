"""What a reader does in JupyterLab: open a notebook, run it, move a slider."""

import contextlib
import re
from urllib.parse import unquote
from uuid import uuid4

import nbformat
from playwright.sync_api import TimeoutError, expect

RUN_ALL_SECONDS = 120
SETTLE_MILLISECONDS = 1500


def open_notebook(page, lab, path):
    """Open a notebook of the lab's folder, and wait until its kernel is at rest.

    Its session is there before the page. On a busy machine JupyterLab may not see it in time and
    ask which kernel to take, and then change the kernel under a run; the page is opened again then.
    """
    start_kernel(page, lab, unquote(path))
    question = page.locator(".jp-Dialog", has_text="Select Kernel")
    for _ in range(5):
        page.goto(in_new_workspace(lab.address, path))
        expect(page.locator(".jp-Notebook").first).to_be_visible(timeout=60_000)
        at_rest = page.locator('[data-status="idle"]').first
        expect(at_rest.or_(question).first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(SETTLE_MILLISECONDS)  # the question comes late
        if not question.is_visible():
            return
    raise AssertionError("JupyterLab asked for a kernel each time")


def in_new_workspace(address, path=r"\g<path>"):
    """Return the address at which JupyterLab shows a notebook without those of earlier tests.

    Their idle kernels would be taken for this one's. With JupyterLab's own `?reset`, it may open
    the notebook twice at once, with two kernels.
    """
    workspace = f"/lab/workspaces/{uuid4().hex}/tree/{path}"
    return re.sub(r"/lab/tree/(?P<path>[^?]*)", workspace, address)


def run_all(page):
    """Choose 'Run All Cells', again if the kernel was not listening yet, and wait for the end."""
    started = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]"))
    for _ in range(5):
        _open_menu(page, "Run")
        page.locator("#jp-mainmenu-run").get_by_text("Run All Cells", exact=True).click()
        with contextlib.suppress(AssertionError):
            expect(started).not_to_have_count(0, timeout=5_000)
            break
    else:
        raise AssertionError("no cell started to run")
    waiting = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(waiting).to_have_count(0, timeout=RUN_ALL_SECONDS * 1000)


def _open_menu(page, name):
    """Click on a menu; a dialog that stands before it is told with its text."""
    try:
        page.get_by_role("menuitem", name=name, exact=True).click()
    except TimeoutError as error:
        dialogs = [dialog.inner_text() for dialog in page.locator(".jp-Dialog").all()]
        raise AssertionError(f"the menu {name} cannot be reached; dialogs: {dialogs}") from error


def open_view(page, lab, name, source):
    """Show a view in a notebook of its own: run `source`, and return the view on the page.

    Parameters
    ----------
    name : str
        The notebook's name, without its ending; no two tests may use the same.
    source : str
        The code of the one cell; its last expression is the view.
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, lab.folder / f"{name}.ipynb")
    open_notebook(page, lab, f"{name}.ipynb")
    run_all(page)
    view = page.locator(".nnb-view")
    expect(view).to_be_visible(timeout=30_000)
    return view


def press_on_slider(view, label, key, times):
    """Press a key several times on the slider that carries the label."""
    handle = view.locator(".widget-slider", has_text=label).locator('[role="slider"]')
    handle.scroll_into_view_if_needed()
    handle.focus()
    for _ in range(times):
        handle.press(key)


def errors_shown(page):
    """The tracebacks on the page: JupyterLab marks them as stderr, too."""
    return page.locator("[data-mime-type='application/vnd.jupyter.stderr']")


def start_kernel(page, lab, path):
    """Start a session for a notebook, or join the one that it has."""
    wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
    answer = page.request.post(sessions(lab), headers=token(lab), data=wanted)
    assert answer.ok, answer.text()


def end_kernels(page, lab):
    """End every session of the lab, and with each its kernel.

    A kernel that is ended alone leaves its session behind; JupyterLab would join it again the
    next time the notebook is opened, and find no kernel.
    """
    for session in page.request.get(sessions(lab), headers=token(lab)).json():
        page.request.delete(f"{sessions(lab)}/{session['id']}", headers=token(lab))


def sessions(lab):
    """The address at which the lab's server keeps its sessions."""
    return f"http://127.0.0.1:{lab.port}/api/sessions"


def token(lab):
    """The header that lets a request in."""
    return {"Authorization": f"token {re.search('token=(.+)', lab.address).group(1)}"}

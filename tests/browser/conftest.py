"""A real JupyterLab, started by `make lab`, and a real Chromium to open it with."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1):(\d+)/\S*token=\w+")
CANCELED = re.compile(r"Canceled future for (debug|create_subshell)_request message")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items):
    for item in items:
        if ROOT / "tests" / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path():
    """Path of a Chromium; without one the tests are skipped, or fail where CI is true."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        message = f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)}): install one"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Lab:
    """A course in a folder of its own, opened by `make lab`."""

    def __init__(self, folder, log):
        self.folder = folder
        self.log = log

    @property
    def address(self):
        """The address that `make lab` printed."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if match := ADDRESS.search(self.log.read_text(encoding="utf-8")):
                return match.group()
            time.sleep(0.1)
        raise TimeoutError(f"make lab printed no address:\n{self.log.read_text(encoding='utf-8')}")

    @property
    def port(self):
        return int(ADDRESS.match(self.address).group(1))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The course under `make lab`, in a folder with a space in its name, port 8888 taken."""
    folder = tmp_path_factory.mktemp("lab") / "my course"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("binder", "lectures"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")

    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    # Settings, workspaces and checkpoints of whoever runs the tests stay out of it.
    environment |= {"HOME": str(folder.parent), "JUPYTER_RUNTIME_DIR": str(folder.parent / "run")}
    log = folder.parent / "lab.log"
    with socket.socket() as taken, log.open("w") as output:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8888))
            taken.listen()
        except OSError:
            pass  # taken by somebody else: as good
        process = subprocess.Popen(
            # The packages are there already: the set-up is not what is tested here.
            ["make", "--assume-old=.venv/ready", "lab"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Lab(folder, log)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


@contextlib.contextmanager
def watched_page(browser):
    """Open a page; at its end, fail if the console showed an error, but for JupyterLab's own one.

    On a busy machine JupyterLab may connect to a notebook's kernel twice while it opens; it then
    says that its first requests were cancelled.
    """
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    errors = [error for error in errors if not CANCELED.search(error)]
    assert not errors, "\n".join(errors)


@pytest.fixture
def page(browser):
    with watched_page(browser) as page:
        yield page


@pytest.fixture(scope="module")
def module_page(browser):
    """The same page for every test of a file, for what takes long to open."""
    with watched_page(browser) as page:
        yield page

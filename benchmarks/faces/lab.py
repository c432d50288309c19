"""A JupyterLab in a folder of its own, and a Chromium that shows it."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import sync_playwright

ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+/\S*token=\w+")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WATCH = Path(__file__).with_name("watch.js")
START_SECONDS = 60


class Lab:
    """Where notebooks are written to, and the address that opens them."""

    def __init__(self, folder, address):
        self.folder = folder
        self.address = address

    def address_of(self, notebook):
        """Return the address at which a notebook opens, in a workspace without other tabs."""
        return self.address.replace(
            "/lab?", f"/lab/workspaces/{Path(notebook).stem}/tree/{notebook}?"
        )

    def end_kernels(self):
        """End all kernels, as the menu does: one that is only killed is started again."""
        server, token = re.match(r"(.*)/lab.*token=(\w+)", self.address).groups()
        head = {"Authorization": f"token {token}"}
        with urlopen(Request(f"{server}/api/kernels", headers=head)) as answer:
            kernels = json.load(answer)
        for kernel in kernels:
            address = f"{server}/api/kernels/{kernel['id']}"
            urlopen(Request(address, headers=head, method="DELETE")).close()


@contextlib.contextmanager
def running_lab():
    """Start a JupyterLab with nobody's settings but the course's; yields a `Lab`."""
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryFile("w+") as log:
        folder = Path(place) / "course"
        folder.mkdir()
        environment = os.environ | {
            "HOME": place,
            "JUPYTER_RUNTIME_DIR": f"{place}/run",
            "JUPYTER_PREFER_ENV_PATH": "1",
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0"]
        command += ["--allow-root", f"--ServerApp.root_dir={folder}"]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield Lab(folder, _address(log))
        finally:
            server.terminate()
            server.wait(timeout=30)


def _address(log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        log.seek(0)
        if match := ADDRESS.search(log.read()):
            return match.group()
        time.sleep(0.1)
    log.seek(0)
    raise TimeoutError(f"JupyterLab gave no address:\n{log.read()}")


@contextlib.contextmanager
def watched_browser():
    """Start a Chromium; yields a function that opens a page with `window.watch` in it."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        sys.exit(f"No Chromium found (looked for {', '.join(CHROMIUM_NAMES)}): install one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)

        @contextlib.contextmanager
        def open_page():
            context = browser.new_context(viewport={"width": 1400, "height": 1000})
            context.add_init_script(path=WATCH)
            yield context.new_page()
            context.close()

        yield open_page
        browser.close()

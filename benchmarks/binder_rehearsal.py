"""Rehearse Binder: build the students' edition as repo2docker would, and open it in a browser.

No container engine and no conda are needed. The steps come from the Dockerfile that
jupyter-repo2docker prints; what cannot be done here is said, and what takes its place::

python benchmarks/binder_rehearsal.py --markdown docs/binder.md
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
from playwright.sync_api import expect, sync_playwright
from race import machine
from share import Share

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from lent_packages import lend_packages  # noqa: E402

UID = 1000  # Binder's user, jovyan
MB = 1e6
STEPS = {
    "the environment is conda's": '--file "binder/environment.yml"',
    "the repository is the home folder": "ARG REPO_DIR=${HOME}",
    "the user is not root": "USER ${NB_USER}",
    "postBuild runs": "RUN ./binder/postBuild",
    "start begins each session": 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
}
CORES, MEMORY = 1, 1000  # of a session; MB
SAMPLE_SECONDS = 0.25
PAGE = """# The students' edition on Binder, rehearsed

Binder makes a container from the edition's files. No container engine is needed here: `make
binder-rehearsal` does by hand what `jupyter-repo2docker --no-build` writes into its Dockerfile (a
user without root, the repository as home, `binder/postBuild`, the start command), gives the session
a container's share of the computer, and lets a real browser open each notebook and run all its
cells. Goals: a session within 1,000 MB, and the first view on the page within 60 seconds.

"""
LOST = """
**Not tried:** mybinder.org itself; the conda environment.

## When the connection is lost

mybinder.org ends a session after about ten minutes without use, and with it the files. *Download a
copy*, in a notebook's toolbar, takes the notebook from the page itself, so it works when kernel and
server are gone; a test ends the server and downloads what was typed since. To go on, open Binder
again and upload the copy.
"""


def steps(edition):
    """Yield each step of the Dockerfile that matters here, checked to be in it."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=edition, capture_output=True, text=True, check=True)
    dockerfile = done.stdout + done.stderr
    for words, line in STEPS.items():
        if line not in dockerfile:
            raise SystemExit(f"The Dockerfile has changed: it holds no line {line!r} ({words}).")
        yield words


class Container:
    """A clean folder with the edition as its home, and an environment of its own."""

    def __init__(self, folder):
        self.share = Share(CORES, MEMORY)
        self.home, self.prefix = folder / "home", folder / "environment"
        self.log = folder / "server.log"
        edition = [
            "-m",
            "autograder",
            "student",
            str(self.home),
            "--course",
            str(ROOT / "homework"),
        ]
        subprocess.run([sys.executable, *edition], check=True, capture_output=True)
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{self.prefix}/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LD_LIBRARY_PATH": str(folder / "python" / "lib"),  # the copy's own
            "SHELL": "/bin/bash",
            "USER": "jovyan",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round: no isolation
        }

    def build(self):
        """Make the environment, of this one's packages, and run postBuild."""
        python = self.python()
        subprocess.run([python, "-m", "venv", str(self.prefix)], check=True)
        lend_packages(self.prefix, self.prefix / "lent")
        # As packages install them: commands, JupyterLab itself and extensions, server settings.
        for folder in ("share/jupyter", "etc/jupyter"):
            shutil.copytree(Path(sys.prefix) / folder, self.prefix / folder, dirs_exist_ok=True)
        for name in ("nnb-presenter", "nnb-rescue"):
            shutil.rmtree(self.prefix / "share/jupyter/labextensions" / name, ignore_errors=True)
        shutil.rmtree(self.prefix / "share/jupyter/lab/settings")
        if os.getuid() == 0:
            for folder in (self.home, self.prefix):
                subprocess.run(["chown", "-R", f"{UID}:{UID}", folder], check=True)
        self.run("./binder/postBuild")

    def python(self):
        """Return a Python that the user may run: a copy, for this one may be root's alone."""
        copy, name = self.prefix.parent / "python", Path(sys.executable).resolve().name
        skip = shutil.ignore_patterns("site-packages", "__pycache__", "test")
        shutil.copytree(sys.base_prefix, copy, ignore=skip, symlinks=True)
        return copy / "bin" / name

    def run(self, *command):
        """Run a command in the home folder, as the user, with the share of a session."""
        return subprocess.run(
            self.share.entering(self.as_user(command)),
            cwd=self.home,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def as_user(self, command):
        """Return the command as the user without root runs it."""
        if os.getuid() != 0:
            return list(command)
        own = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs"]
        return [*own, *command]

    def start(self):
        """Start a session, as Binder does; return its process and its address."""
        # A container knows nothing of the one before: no notebook that was open is opened again.
        shutil.rmtree(self.home / ".jupyter", ignore_errors=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = ["python", "-m", "jupyterlab", "--ip=127.0.0.1", f"--port={port}", "--no-browser"]
        server += ["--ServerApp.port_retries=0", "--IdentityProvider.token=rehearsal"]
        with self.log.open("w") as output:
            process = subprocess.Popen(
                self.share.entering(self.as_user(["./binder/start", *server])),
                cwd=self.home,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return process, f"http://127.0.0.1:{port}"


class Memory(threading.Thread):
    """Watches the memory of a session's processes, shared pages counted once.

    Attributes
    ----------
    most : float
        MB, at the fullest moment seen.
    """

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most = process, 0.0

    def run(self):
        """Watch until the session ends."""
        while self.process.poll() is None:
            self.most = max(self.most, memory(self.process))
            time.sleep(SAMPLE_SECONDS)


def memory(process):
    """Return the memory of a session's processes, shared pages counted once: MB."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The kernels are the server's children, and have a session of their own each.
            if process.pid in ancestors(int(folder.name)):
                pss = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
                total += int(pss[1]) * 1024
        except (OSError, TypeError):
            continue  # ended meanwhile
    return total / MB


def ancestors(pid):
    """Return a process's id and those of all it descends from."""
    found = [pid]
    while found[-1] > 1:
        status = Path(f"/proc/{found[-1]}/status").read_text()
        found.append(int(re.search(r"^PPid:\s+(\d+)", status, re.M)[1]))
    return found


def open_page(page, address, path):
    """Open a notebook as Binder's link does; return the seconds until its kernel rests."""
    begin = time.monotonic()
    page.goto(f"{address}/lab/tree/{path}?token=rehearsal")
    expect(page.locator('[data-status="idle"]').first).to_be_visible(timeout=120_000)
    return time.monotonic() - begin


def run_all(page):
    """Choose 'Run All Cells' in the menu, again while the kernel does not listen yet."""
    started = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]"))
    for _ in range(5):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator("#jp-mainmenu-run").get_by_text("Run All Cells", exact=True).click()
        try:
            expect(started).not_to_have_count(0, timeout=5_000)
            return
        except AssertionError:
            continue
    raise RuntimeError("No cell started to run.")


def wait_for_the_end(page):
    """Wait until no cell is at work."""
    page.wait_for_timeout(2000)
    waiting = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(waiting).to_have_count(0, timeout=600_000)


def visit(container, browser, path, view=None):
    """Open a notebook in a session of its own, run all its cells.

    Returns
    -------
    dict
        ready, seconds until the kernel rests; first_view, seconds from opening the page until a
        view is on it, or None; done, seconds until the last cell ended; memory in MB, the most
        that was seen; killed, the processes that were ended for their memory.
    """
    killed = container.share.killed()
    process, address = container.start()
    watch = Memory(process)
    watch.start()
    try:
        wait_for_server(address, process, container.log)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        begin = time.monotonic()
        found = {"ready": open_page(page, address, path), "first_view": None}
        run_all(page)
        if view:
            expect(page.locator(".nnb-view").first).to_be_attached(timeout=120_000)
            found["first_view"] = time.monotonic() - begin
        wait_for_the_end(page)
        found |= {"done": time.monotonic() - begin, "memory": watch.most}
        found["killed"] = container.share.killed() - killed
        page.close()
        return found
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def wait_for_server(address, process, log):
    """Wait until something listens at an address."""
    port, deadline = int(address.rpartition(":")[2]), time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"The server did not start at {address}:\n{log.read_text()}")


def holds_a_view(path):
    """Return whether a lecture shows a view; in the homework, views wait for answers."""
    if path.parent.name != "lectures":
        return False
    cells = nbformat.read(path, as_version=4).cells
    return any(re.search(r"views\.\w+View\(", cell.source) for cell in cells)


def table(rows):
    """Return what was measured as a Markdown table."""
    lines = [
        "| notebook | kernel ready | first view | all cells | most memory |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in rows:
        view = "–" if found["first_view"] is None else f"{found['first_view']:.0f} s"
        lines.append(
            f"| {name} | {found['ready']:.0f} s | {view} | {found['done']:.0f} s "
            f"| {found['memory']:.0f} MB{', killed for it' if found['killed'] else ''} |"
        )
    return "\n".join(lines)


def main():
    """Build, open every notebook, print the table, and write the page that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="such as lectures/02_linear_classifier.ipynb")
    parser.add_argument("--markdown", metavar="FILE", help="write the page for docs/")
    arguments = parser.parse_args()
    said = []

    def say(words):
        print(words, flush=True)
        said.append(f"- {words}")

    with tempfile.TemporaryDirectory(prefix="binder-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        container = Container(folder)
        for step in steps(container.home):
            print(f"Dockerfile: {step}.")
        container.build()
        say("In place of conda: a virtual environment with the packages that are installed here.")
        user = container.run("id", "-u").strip()
        say(f"User: number {user}" + (", not root." if user != "0" else ": root."))
        threads = container.run("./binder/start", "sh", "-c", "echo $OPENBLAS_NUM_THREADS").strip()
        limited = f"{CORES} core and {MEMORY:,} MB" if container.share.folders else "no limits here"
        say(f"A session's share: {limited}, set by cgroups.")
        say(f"BLAS threads that binder/start sets: {threads}; cores here: {os.cpu_count()}.")
        paths = arguments.notebooks or [
            path.relative_to(container.home).as_posix()
            for path in sorted(container.home.glob("*/**/*.ipynb"))
        ]
        begin, before = time.perf_counter(), machine.busy_seconds()
        rows = []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for path in paths:
                found = visit(container, chromium, path, holds_a_view(container.home / path))
                rows.append((path, found))
                print(table(rows[-1:]).splitlines()[-1], flush=True)
            chromium.close()
        container.share.close()
        others = machine.share_of_others(
            before, machine.busy_seconds(), time.perf_counter() - begin
        )
    text = f"{table(rows)}\n\n" + "\n".join(said) + f"\n- Machine: {machine.processor()}, "
    text += f"{os.cpu_count()} cores."
    text += "\n" if others is None else f" Other programs took {others:.0%} of it meanwhile.\n"
    if arguments.markdown:
        page = f"{PAGE}Command: `make binder-rehearsal`\n\n{text}{LOST}"
        Path(arguments.markdown).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()

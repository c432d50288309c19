"""What a reader does with one view: run its cell, move its sliders, run it, pause it."""

import contextlib
import re
import statistics
import time

import nbformat
import psutil
from playwright.sync_api import TimeoutError, expect

OPEN_SECONDS = 60
ANSWER_MILLISECONDS = 10_000
MOVE_MILLISECONDS = 3000
REST_MILLISECONDS = 700  # nothing drawn for so long: it stands still
FIRST_CELL = "import os\n\nfrom nnlib import views\n\nos.getpid()"
NOW = "() => performance.now()"
ANSWERED = "() => watch.asked !== null && watch.drawn.some((time) => time > watch.asked)"
ERROR = "[data-mime-type='application/vnd.jupyter.stderr']"
# Drawn, with its controls on the page, and the cell has got its number; or failed.
USABLE = f"""() =>
  document.querySelector("{ERROR}") !== null ||
  watch.drawn.length > 0 && document.querySelector(".nnb-view select") !== null &&
  ![...document.querySelectorAll(".jp-InputPrompt")].some((p) => p.textContent.includes("*")) &&
  performance.now()"""


class Reader:
    """A page with one view, opened in a notebook and a kernel of its own.

    Parameters
    ----------
    page : playwright Page
    lab : Lab
    name : str
        The view's class.
    """

    def __init__(self, page, lab, name):
        self.page, self.lab, self.name = page, lab, name

    def open(self):
        """Open the notebook, run its two cells; returns what that took.

        Returns
        -------
        dict
            import_ms, of the first cell in a fresh kernel; open_ms, from running the view's
            cell until the view can be used; open_kb, sent for it.
        """
        page = self.page
        notebook = f"{self.name}.ipynb"
        _write(self.lab.folder / notebook, [FIRST_CELL, f"views.{self.name}()"])
        page.goto(self.lab.address_of(notebook))
        # On a busy machine JupyterLab may ask for the kernel before it has read what there is.
        question = page.locator(".jp-Dialog", has_text="Select Kernel")
        accept = ".jp-mod-accept"
        page.add_locator_handler(question, lambda dialog: dialog.locator(accept).click(), times=1)
        expect(page.locator(".jp-Notebook").first).to_be_visible(timeout=OPEN_SECONDS * 1000)
        idle = page.locator('[data-status="idle"]').first
        expect(idle).to_be_visible(timeout=OPEN_SECONDS * 1000)
        import_ms = self._run_first_cell()
        result = page.locator(".jp-OutputArea-executeResult pre")
        self.kernel = psutil.Process(int(result.text_content()))
        page.wait_for_timeout(REST_MILLISECONDS)
        before = page.evaluate("() => { watch.begin(); return watch.received; }")
        page.keyboard.press("Shift+Enter")
        usable = page.wait_for_function(USABLE, timeout=OPEN_SECONDS * 1000).json_value()
        if page.locator(ERROR).count():
            raise RuntimeError(f"{self.name}: {page.locator(ERROR).first.text_content()}")
        open_ms = usable - page.evaluate("() => watch.asked")
        self.view = page.locator(".nnb-view")
        self._rest()
        received = page.evaluate("() => watch.received") - before
        return {"import_ms": import_ms, "open_ms": open_ms, "open_kb": received / 1000}

    def _run_first_cell(self):
        """Run it, again if the kernel was not listening yet; returns the milliseconds it took."""
        page = self.page
        prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
        for _ in range(10):
            page.locator(".jp-CodeCell .cm-content").first.click()
            start = page.evaluate(NOW)
            page.keyboard.press("Shift+Enter")
            with contextlib.suppress(AssertionError):
                expect(prompt).to_have_text(re.compile(r"[*1]"), timeout=2000)
                break
        expect(prompt).to_have_text("[1]:", timeout=OPEN_SECONDS * 1000)
        return page.evaluate(NOW) - start

    # Standing still.

    def move(self, n_moves):
        """Move each slider in turn, with the keyboard.

        Returns
        -------
        list of float
            For each move, the milliseconds from the key to the new picture. A slider that only
            sets something for the next training draws nothing, and is left out.
        """
        if self.can_run and "Pause" in self._run_button().text_content():
            self._press(self._run_button())
        handles = self.view.locator('.widget-slider [role="slider"]:visible').all()
        times = []
        while handles and len(times) < n_moves:
            for handle in list(handles):
                try:
                    times.append(self._move(handle))
                except TimeoutError:
                    handles.remove(handle)
        return times[:n_moves]

    def _move(self, handle):
        handle.focus()
        now, end = (float(handle.get_attribute(f"aria-value{which}")) for which in ("now", "max"))
        self.page.wait_for_timeout(100)
        self.page.evaluate("() => watch.begin()")
        self.page.keyboard.press("ArrowRight" if now < end else "ArrowLeft")
        self.page.wait_for_function(ANSWERED, timeout=MOVE_MILLISECONDS)
        return self.page.evaluate("() => watch.drawn.find((t) => t > watch.asked) - watch.asked")

    # Running.

    @property
    def can_run(self):
        """bool: whether the view has something to run."""
        return self._run_button().count() > 0

    def start(self):
        """Press 'Run', from the start, and wait for the first pictures."""
        self.view.get_by_role("button", name="Reset").click()
        self.page.evaluate("() => watch.begin()")
        self._run_button().click()
        self.page.wait_for_function("() => watch.drawn.length > 2", timeout=ANSWER_MILLISECONDS)

    def keep_running(self):
        """Press 'Run' again if the view has come to its end."""
        if "Pause" not in self._run_button().text_content():
            self.start()

    def stand_still(self):
        """Press 'Pause', and 'Stop' where there is one; returns the milliseconds each takes."""
        times = [self._press(self._run_button())]
        stop = self.view.locator("button.nnb-control-stop:visible")
        if stop.count():
            self.start()
            times.append(self._press(stop))
        return times

    def _press(self, button):
        """Press a button; returns the milliseconds until no picture comes any more."""
        self.page.evaluate("() => watch.begin()")
        button.click()
        self._rest()
        return self.page.evaluate("() => Math.max(...watch.drawn, watch.asked) - watch.asked")

    def frames(self, seconds):
        """Watch it run.

        Returns
        -------
        dict
            frames_per_second; kb_per_frame, everything that was sent meanwhile; longest_ms,
            the longest time between two pictures.
        """
        watch = "() => { watch.begin(); return [watch.received, performance.now()]; }"
        before, start = self.page.evaluate(watch)
        self.page.wait_for_timeout(1000 * seconds)
        after, end, drawn = self.page.evaluate(
            "() => [watch.received, performance.now(), watch.drawn]"
        )
        gaps = [b - a for a, b in zip([start, *drawn], [*drawn, end], strict=True)]
        return {
            "frames_per_second": 1000 * len(drawn) / (end - start),
            "kb_per_frame": (after - before) / 1000 / max(1, len(drawn)),
            "longest_ms": max(gaps),
        }

    def memory(self, minutes, progress):
        """Keep it running, and look every few seconds at the memory it holds.

        Returns
        -------
        list of dict
            minutes since the start; kernel_mb, the kernel's resident memory; page_mb, what the
            page's scripts hold after their garbage was collected.
        """
        session = self.page.context.new_cdp_session(self.page)
        samples, start = [], time.monotonic()
        while (gone := time.monotonic() - start) < 60 * minutes:
            self.keep_running()
            session.send("HeapProfiler.collectGarbage")
            heap = session.send("Runtime.getHeapUsage")["usedSize"]
            kernel = self.kernel.memory_info().rss
            samples.append({"minutes": gone / 60, "kernel_mb": kernel / 1e6, "page_mb": heap / 1e6})
            self.page.wait_for_timeout(min(10_000, 1000 * minutes * 60 / 20))
            progress.update()
        return samples

    def _run_button(self):
        return self.view.locator("button.nnb-control-run:visible")

    def _rest(self):
        """Wait until nothing has been drawn for a while."""
        still = f"() => performance.now() - Math.max(0, ...watch.drawn) > {REST_MILLISECONDS}"
        self.page.wait_for_timeout(REST_MILLISECONDS)
        self.page.wait_for_function(still, timeout=ANSWER_MILLISECONDS)


def percentile(values, share):
    """Return the smallest value that at least this share of the values does not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(100 * share) - 1]


def _write(path, cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, path)

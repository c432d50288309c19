"""Measure how long each lecture runs from top to bottom, and how much memory it needs.

It writes the page that is kept::

python benchmarks/lecture_times.py --markdown docs/lecture-times.md
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from race import machine
from tqdm import tqdm

ROOT = Path(__file__).parents[1]
LECTURES = sorted(
    [*ROOT.glob("lectures/[0-9]*.ipynb"), *ROOT.glob("lectures/g*.ipynb")],
    key=lambda path: path.name,
)
# Not resource's ru_maxrss: a child inherits that from the process that started it.
PEAK_MEMORY = r"import re; print(*re.findall(r'VmHWM:\s+(\d+)', open('/proc/self/status').read()))"
READING_TIME = re.compile(r"\*[^*]*About (\d+) minutes")
PAGE = """# How long the lectures run

From top to bottom in a fresh kernel, with one thread for NumPy's matrix products and the disk's
cache warm. A lecture may take 60 seconds and 1,000 MB; a test holds every one to that. *To read* is
the time that a lecture tells its reader to plan.

"""


def execute(path):
    """Run a lecture in a fresh kernel.

    Parameters
    ----------
    path : Path
        The notebook.

    Returns
    -------
    notebook : NotebookNode
        With its outputs.
    seconds : float
    memory : int or None
        The kernel's peak memory in kB; None where the system does not tell it.

    Raises
    ------
    CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    linux = sys.platform == "linux"
    if linux:
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK_MEMORY))
    start = time.monotonic()
    resources = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=120, resources=resources, store_widget_state=False).execute()
    seconds = time.monotonic() - start
    memory = int(notebook.cells.pop().outputs[0].text) if linux else None
    return notebook, seconds, memory


def minutes_to_read(path):
    """Return how many minutes a lecture tells its reader to plan (int), or None."""
    told = READING_TIME.search(path.with_suffix(".md").read_text(encoding="utf-8"))
    return int(told.group(1)) if told else None


def table(rows):
    """Return the times as a Markdown table."""
    lines = ["| lecture | to read | runs | peak memory |", "|---|---:|---:|---:|"]
    for path, seconds, memory in rows:
        minutes = minutes_to_read(path)
        read = f"{minutes} min" if minutes else "–"
        size = f"{memory / 1000:.0f} MB" if memory else "–"
        lines.append(f"| {path.stem} | {read} | {seconds:.0f} s | {size} |")
    return "\n".join(lines)


def main():
    """Run every lecture, print the table, and write the page that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", metavar="FILE", help="write the page for docs/")
    arguments = parser.parse_args()
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    begin, before = time.perf_counter(), machine.busy_seconds()
    rows = [(path, *execute(path)[1:]) for path in tqdm(LECTURES, unit="lecture")]
    seconds = time.perf_counter() - begin
    others = machine.share_of_others(before, machine.busy_seconds(), seconds)
    text = f"{table(rows)}\n\nMachine: {machine.processor()}, {os.cpu_count()} cores."
    text += "\n" if others is None else f" Other programs took {others:.0%} of it meanwhile.\n"
    print(text)
    if arguments.markdown:
        command = "Command: `make lecture-times`\n\n"
        Path(arguments.markdown).write_text(PAGE + command + text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Measure how fast autograder grades a class, beside nbgrader's own autograde.

It writes the page that is kept::

python benchmarks/grading.py --markdown docs/grading-speed.md
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from made_up_class import filled, make, nbgrader
from race import machine
from tqdm import tqdm

from autograder.course import Course

SIDE_BY_SIDE = 24
GROWTH = (50, 100, 200)
USUAL = 'config = start | {"hidden": [256], "lr": 0.002, "batch_size": 256, "epochs": 8}'
PAGE = """# How fast submissions are graded

The same made-up class, graded by `nbgrader autograde` (one after the other, in no box) and by
`autograder grade` (boxed, one worker a core). Its answers are right, partly right, wrong and
missing, mixed by chance from the tables of answers in `tests/homework`.

"""


def autograder(folder, assignment, *options, prefix=()):
    """Grade with a fresh `autograder grade`.

    Returns
    -------
    seconds : float
    megabytes : float
        Peak memory of the grader's own process, without its workers and boxes.
    """
    command = [*prefix, sys.executable, "-m", "autograder", "grade", assignment, *options]
    start, most = time.perf_counter(), 0
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            most = max(most, _peak_memory(process.pid))
            time.sleep(0.1)
    if process.returncode not in (0, 1):
        raise SystemExit(f"autograder grade ended with {process.returncode} in {folder}")
    return time.perf_counter() - start, most


def stock(folder, assignment):
    """Grade with nbgrader's own autograde; return the seconds it took."""
    start = time.perf_counter()
    nbgrader(folder, "autograde", assignment)
    return time.perf_counter() - start


def side_by_side(folder, assignment, n_students):
    """Grade one class by both, one after the other; return the seconds of each."""
    ours = make(folder / "ours", assignment, n_students)
    theirs = folder / "theirs"
    shutil.copytree(ours, theirs)
    seconds, _ = autograder(ours, assignment)
    return {"autograder": seconds, "nbgrader": stock(theirs, assignment)}


def growth(folder, assignment, sizes):
    """Grade ever larger classes; return [(students, seconds, peak megabytes)]."""
    rows = []
    for n_students in tqdm(sizes, desc="larger classes"):
        course = make(folder / f"class of {n_students}", assignment, n_students)
        rows.append((n_students, *autograder(course, assignment)))
    return rows


def usual_config(folder, n_students):
    """Grade complete hw1-2s on one core; return the seconds for one submission."""
    course = make(folder / "usual", "hw1-2", 0)
    source = Course(course).assignment("hw1-2").notebook
    solved = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    complete = filled(source, solved | {"config": USUAL})
    for number in range(n_students):
        path = course / f"submitted/s{number}/hw1-2/hw1-2.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(complete, path)
    core = str(min(os.sched_getaffinity(0)))
    seconds, _ = autograder(course, "hw1-2", "--workers", "1", prefix=("taskset", "-c", core))
    return seconds / n_students


def _peak_memory(pid):
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) / 1000 if found else 0


def page(n_students, times, larger, usual):
    """Return the results as Markdown."""
    ratio = times["nbgrader"] / times["autograder"]
    lines = [
        "| what | goal | measured |",
        "|---|---|---|",
        f"| {n_students} submissions of hw1-1 | at least 4 times faster than nbgrader | nbgrader "
        f"{times['nbgrader']:.0f} s, autograder {times['autograder']:.0f} s: {ratio:.1f} times |",
    ]
    for number, seconds, megabytes in larger:
        lines.append(
            f"| {number} submissions of hw1-1 | in step with the number; under 400 MB | "
            f"{seconds:.0f} s, {seconds / number:.2f} s each; {megabytes:.0f} MB |"
        )
    lines.append(
        f"| hw1-2, a usual config, one core | under 20 s a submission | {usual:.1f} s each |"
    )
    return "\n".join(lines)


def main():
    """Run every measurement, print the table, and write the page that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", metavar="FILE", help="write the page for docs/")
    parser.add_argument("--quick", action="store_true", help="a fifth of the submissions")
    options = parser.parse_args()
    share = 5 if options.quick else 1
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="grading ") as folder:
        folder = Path(folder)
        n_students = SIDE_BY_SIDE // share
        times = side_by_side(folder / "beside nbgrader", "hw1-1", n_students)
        larger = growth(folder, "hw1-1", [size // share for size in GROWTH])
        usual = usual_config(folder, max(1, 4 // share))
    text = page(n_students, times, larger, usual)
    # What others took is not told: a box that was ended leaves no record of its own time.
    text += f"\n\nMachine: {machine.processor()}, {os.cpu_count()} cores.\n"
    print(text)
    if options.markdown:
        command = "Command: `python benchmarks/grading.py --markdown docs/grading-speed.md`\n\n"
        Path(options.markdown).write_text(PAGE + command + text, encoding="utf-8")


if __name__ == "__main__":
    main()

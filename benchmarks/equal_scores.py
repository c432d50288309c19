"""See whether autograder and nbgrader's own autograde give the same scores.

It writes the page that is kept::

python benchmarks/equal_scores.py --markdown docs/equal-scores.md
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from made_up_class import automatic, make, nbgrader, scores

PAGE = """# The same scores as nbgrader's own autograde

A made-up class hands in; `nbgrader autograde` and `autograder grade` grade the same files. About 55
of 100 answers are right, 30 wrong, and the others missing, drawn by chance from the tables of
answers in `tests/homework`. What a person grades is left out: nbgrader gives it no score either.

"""


def grade_by_both(folder, assignment, n_students):
    """Grade one class by both.

    Returns
    -------
    list of (student, question, points here, points there)
        For every question that tests decide.
    """
    ours = make(folder / "ours", assignment, n_students)
    theirs = folder / "theirs"
    shutil.copytree(ours, theirs)
    command = [sys.executable, "-m", "autograder", "grade", assignment]
    if subprocess.run(command, cwd=ours).returncode not in (0, 1):
        raise SystemExit("autograder grade failed")
    print("nbgrader autograde", assignment, "...", flush=True)
    nbgrader(theirs, "autograde", assignment)
    here, there = scores(ours, assignment), scores(theirs, assignment)
    return [
        (student, question, here[student][question], there[student][question])
        for student in sorted(there)
        for question in automatic(ours, assignment)
    ]


def line(assignment, n_students, rows):
    """Return one line of the table, and the differences in words."""
    different = [row for row in rows if row[2] != row[3]]
    points = [there for _, _, _, there in rows]
    told = "; ".join(f"{s}, {q}: {a} here, {b} there" for s, q, a, b in different) or "none"
    return (
        f"| {assignment} | {n_students} | {len(rows)} | {sum(map(bool, points)) / len(rows):.0%} | "
        f"{told} |"
    )


def main():
    """Grade a class of each homework by both, print the table, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignments", nargs="*", default=["hw1-1", "hw1-2"])
    parser.add_argument("--students", type=int, default=30, help="how many (default: 30)")
    parser.add_argument("--markdown", metavar="FILE", help="write the page for docs/")
    options = parser.parse_args()
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    lines = [
        "| homework | submissions | scores | not zero | different |",
        "|---|---:|---:|---:|---|",
    ]
    for assignment in options.assignments:
        with tempfile.TemporaryDirectory(prefix="grading ") as folder:
            rows = grade_by_both(Path(folder), assignment, options.students)
        lines.append(line(assignment, options.students, rows))
    text = "\n".join(lines) + "\n"
    print(text)
    if options.markdown:
        command = "Command: `python benchmarks/equal_scores.py --markdown docs/equal-scores.md`\n\n"
        Path(options.markdown).write_text(PAGE + command + text, encoding="utf-8")


if __name__ == "__main__":
    main()

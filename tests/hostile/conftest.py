"""Hand-ins made from the release, graded one by one, or together with an honest neighbour."""

import fcntl
import json
import os
from functools import cache

import nbformat
import pytest
from classroom import (
    COURSE,
    HONEST,
    HONEST_POINTS,
    NEIGHBOUR,
    course_folder,
    peak_of_workers,
    points,
)

from autograder import job
from autograder.course import Submission
from autograder.release import generate, release
from autograder.verdict import Verdict
from autograder.workers import grade_all, verdicts


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A function that gives an assignment's release, a new notebook each time."""

    @cache
    def text(name):
        folder = generate(COURSE, name, tmp_path_factory.mktemp("release"))
        return (folder / f"{name}.ipynb").read_text(encoding="utf-8")

    return lambda name="hw1-1": nbformat.reads(text(name), as_version=4)


@pytest.fixture(scope="session")
def hand_in(released):
    """A function that gives the release as bytes, with answers by grade id in their places.

    `change` is called with the notebook before it is written.
    """

    def make(answers=(), name="hw1-1", change=None):
        notebook, answers = released(name), dict(answers)
        for cell in notebook.cells:
            settings = cell.metadata.get("nbgrader", {})
            if settings.get("solution") and settings.grade_id in answers:
                cell.source = answers.pop(settings.grade_id)
        assert not answers, f"{name} has no answer {', '.join(answers)}"
        if change is not None:
            change(notebook)
        return nbformat.writes(notebook).encode("utf-8")

    return make


@pytest.fixture(scope="session")
def grade_one(tmp_path_factory):
    """A function that grades a notebook, or a file's bytes, in the box; gives its Verdict."""

    def grade(handed_in, name="hw1-1", student="alone"):
        if not isinstance(handed_in, bytes):
            handed_in = nbformat.writes(handed_in).encode("utf-8")
        path = tmp_path_factory.mktemp("alone") / f"{name}.ipynb"
        path.write_bytes(handed_in)
        submission = Submission(student, path, "")
        return Verdict.from_dict(job.grade(COURSE.assignment(name).job(submission)))

    return grade


@pytest.fixture(scope="session")
def together_folder(tmp_path_factory):
    """A function that gives the course folder of a run of `grade_together`."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    return lambda run: shared / f"together {run}"


@pytest.fixture(scope="session")
def grade_together(together_folder, hand_in):
    """A function that grades many files in one run, with an honest neighbour among them.

    It takes a name for the run, {student: bytes}, the assignment's name and further lines for
    its table in autograder.toml; it gives {student: Verdict}. Where several workers of pytest
    ask for the same run, one of them does it.
    """

    def grade(run, files, name="hw1-1", settings=""):
        folder = together_folder(run)
        done = folder / "done.json"
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                course = course_folder(folder, name, settings)
                release(course, name)
                files = {**files, NEIGHBOUR: hand_in(HONEST)} if name == "hw1-1" else files
                for student, content in files.items():
                    path = folder / "submitted" / student / name / f"{name}.ipynb"
                    path.parent.mkdir(parents=True)
                    path.write_bytes(content)
                with peak_of_workers(folder / "peak_mb"):
                    grade_all(course, name, workers=2, progress=False)
                kept = {s: verdict.to_dict() for s, verdict in verdicts(course, name).items()}
                done.write_text(json.dumps(kept))
        kept = json.loads(done.read_text())
        return {student: Verdict.from_dict(verdict) for student, verdict in kept.items()}

    return grade


@pytest.fixture(scope="session")
def neighbour(hand_in, grade_one):
    """The verdict that the honest neighbour must get, always: that of its file graded alone."""
    verdict = grade_one(hand_in(HONEST), student=NEIGHBOUR)
    assert points(verdict) == HONEST_POINTS
    return verdict

"""Each released homework runs from the first cell to the last, and says what is missing."""

import sys

import nbformat
import pytest
from test_nbgrader import ANSWERS

pytestmark = pytest.mark.slow

SECONDS, KILOBYTES = 60, 1_000_000


@pytest.fixture(scope="module", params=ANSWERS)
def run(request, released_homework, tmp_path_factory):
    """The released notebook after a run in a folder of its own, with the seconds and the memory."""
    course = released_homework(request.param)
    return course, course.executed_release(tmp_path_factory.mktemp(request.param))


def cells(run):
    _, result = run
    return [
        cell
        for cell in nbformat.read(result["path"], as_version=4).cells
        if cell.cell_type == "code"
    ]


def errors(cell):
    return [output for output in cell.outputs if output.output_type == "error"]


def test_it_runs_in_a_minute(run):
    assert run[1]["seconds"] < SECONDS


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's peak memory is read from /proc")
def test_it_needs_less_than_a_gigabyte(run):
    assert 50_000 < run[1]["memory"] < KILOBYTES


def test_each_question_says_that_it_is_not_answered_and_nothing_else_fails(run):
    course, _ = run
    questions = {f"{name}-test" for name in ANSWERS[course.assignment].QUESTIONS}
    failed = {cell.id: errors(cell)[0] for cell in cells(run) if errors(cell)}
    # The sentences alone, without a traceback.
    assert {error.ename for error in failed.values()} <= {"CheckError", "ConfigError"}
    assert all(len(error.traceback) <= 3 for error in failed.values())
    assert questions <= failed.keys()
    # A cell that puts the answers together needs them; it is allowed to fail, and marked so.
    for cell in cells(run):
        if errors(cell):
            assert "raises-exception" in cell.metadata.tags


def test_nothing_goes_to_stderr(run):
    said = [o.text for cell in cells(run) for o in cell.outputs if o.get("name") == "stderr"]
    assert said == []


def test_the_last_cell_makes_the_file_and_lists_every_question(run):
    last = next(cell for cell in reversed(cells(run)) if "hand_in" in cell.source)
    said = last.outputs[0].text
    course, _ = run
    assert said.startswith("Before you hand in:")
    assert f"{course.assignment}.zip holds the notebook as it was last saved." in said
    assert said.count("\n  - ") == {"hw1-1": 11, "hw1-2": 9}[course.assignment]

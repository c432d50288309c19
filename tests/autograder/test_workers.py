"""Workers: what they load, how they end, and what becomes of a run that loses one."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hand_ins import notebook
from quick_grading import quick

from autograder import job as autograder_job
from autograder import verdict as v
from autograder import workers
from autograder.course import Course
from autograder.release import release
from autograder.worker import grade_alone
from autograder.workers import executor, grade_all, verdicts

HOMEWORK = Path(__file__).parents[2] / "homework"
NAME = "hw1-1"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("released") / "course"
    shutil.copytree(HOMEWORK / "source" / NAME, folder / "source" / NAME)
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copy(HOMEWORK / name, folder)
    release(Course(folder), NAME)
    return folder


@pytest.fixture
def handed_in(released, tmp_path, monkeypatch):
    """A function that makes a course in which these students handed in."""

    def make(*students):
        course = Course(shutil.copytree(released, tmp_path / "course"))
        for student in students:
            path = course.folder / "submitted" / student / NAME / f"{NAME}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_bytes(notebook(course.folder, mark=student))
        return course

    monkeypatch.setattr(workers, "grade_alone", quick)
    return make


def test_a_submission_that_ends_its_worker_costs_no_other_its_verdict(handed_in):
    others = [f"student-{k}" for k in range(8)]
    course = handed_in("killer-1", "killer-2", "bug", *others)
    found = {v.student: v for v in grade_all(course, NAME, workers=2, progress=False)}
    assert {found[student].status for student in others} == {v.GRADED}
    assert found["killer-1"].status == found["killer-2"].status == v.GRADER_FAULT
    assert "Its worker died twice" in found["killer-1"].message
    assert "RuntimeError: a fault" in found["bug"].message
    assert verdicts(course, NAME) == found


def test_a_fault_of_the_grader_is_tried_again(handed_in, monkeypatch):
    course = handed_in("bug", "ada")
    grade_all(course, NAME, workers=1, progress=False)
    monkeypatch.setattr(workers, "grade_alone", grade_alone)
    again = {v.student: v for v in grade_all(course, NAME, workers=1, progress=False)}
    assert again["bug"].status == v.NOT_ATTEMPTED
    assert again["ada"].status == v.GRADED  # not graded a second time


def test_whatever_stops_a_run_stops_its_workers(handed_in, monkeypatch):
    """Such as Ctrl+C, or a full disk: nobody waits for what is at work."""
    course = handed_in("ada", "slow-1", "slow-2")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "record", stop)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        grade_all(course, NAME, workers=2, progress=False)
    assert time.monotonic() - start < 100


def test_a_worker_loads_no_gradebook_and_no_nbformat():
    code = "import sys, autograder.worker, autograder.job; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "jupyter_client" in loaded
    assert not loaded & {"nbgrader", "nbformat", "sqlalchemy", "matplotlib", "IPython", "torch"}


def test_a_worker_has_one_thread_for_arithmetic():
    with executor(1) as (pool, number):
        assert number == 1
        assert pool.submit(os.getenv, "OPENBLAS_NUM_THREADS").result() == "1"


def test_one_process_grades_one_submission_at_a_time(monkeypatch):
    """Dask's workers may have several threads; what a judge prints would be mixed."""
    at_work, most = [], []

    def grade(job):
        at_work.append(job)
        most.append(len(at_work))
        time.sleep(0.02)
        at_work.remove(job)
        return job

    monkeypatch.setattr(autograder_job, "grade", grade)
    threads = [threading.Thread(target=grade_alone, args=(k,)) for k in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5

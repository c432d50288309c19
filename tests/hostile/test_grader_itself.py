"""The grader itself: killed at any moment, a full disk, two at once, any number of workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from classroom import HONEST, HONEST_POINTS, NEIGHBOUR, course_folder, points
from one_class import FOLDER, run

from autograder.course import Course
from autograder.record import gradebook, only_writer
from autograder.release import release
from autograder.workers import grade_all, verdicts

RUNS = Path(__file__).with_name("grader_runs.py")
NAME = "hw1-1"
BROKEN = {"softmax": "def softmax(scores):\n    return scores["}
SLOW = {"step-1": "import time\ntime.sleep(3)\n" + HONEST["step-1"]}


def put(course, files):
    for student, content in files.items():
        path = course.folder / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def grade(course, **options):
    """Grade, and return the verdicts by student."""
    return {v.student: v for v in grade_all(course, NAME, progress=False, **options)}


def scores(course, student):
    with gradebook(course.folder) as book:
        (notebook,) = book.find_submission(NAME, student).notebooks
        return {grade.name: (grade.auto_score, grade.manual_score) for grade in notebook.grades}


def graded_files(course):
    paths = [p for p in (course.folder / "graded").rglob("*") if p.is_file()]
    return {path: path.stat().st_mtime_ns for path in paths}


@pytest.fixture(scope="module")
def released_course(tmp_path_factory):
    """A course whose assignment is released; to be copied."""
    course = course_folder(tmp_path_factory.mktemp("released") / FOLDER)
    release(course, NAME)
    return course.folder


@pytest.fixture
def course(released_course, tmp_path):
    return Course(shutil.copytree(released_course, tmp_path / FOLDER))


@pytest.fixture(scope="module")
def quick(released_course, tmp_path_factory, hand_in):
    """A course without need of kernels: old scores, points of a person, and new files."""
    folder = tmp_path_factory.mktemp("quick") / "my course"
    course = Course(shutil.copytree(released_course, folder))
    put(course, {"ada": hand_in(), "bo": hand_in({"argument": "Because."})})
    grade(course, workers=1)
    with gradebook(folder) as book:
        mark = book.find_grade("argument", NAME, NAME, "bo")
        mark.manual_score, mark.needs_manual_grade = 3, False
        book.db.commit()
    put(course, {"ada": b"{", "bo": hand_in({"argument": "So."})})
    return folder


def runs(command, course, *moments, wrap=()):
    """Start grader_runs.py; return what it prints."""
    done = subprocess.run(
        [*wrap, sys.executable, str(RUNS), command, str(course), *map(str, moments)],
        capture_output=True,
        encoding="utf-8",
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(RUNS.parents[2])},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# Killed.


@pytest.fixture(scope="module")
def killed(quick):
    """Runs that were killed before their first change of a file, their second, and so on."""
    return runs("kill", quick)


def test_a_run_that_was_killed_before_any_of_its_changes_ends_as_one_run(killed):
    *stopped, whole = killed

    assert len(stopped) > 20
    assert {result["first"] for result in stopped} == {-signal.SIGKILL}
    assert (whole["first"], whole["second"]) == (0, 0)
    for result in stopped:
        assert result["second"] == 0
        assert result["state"] == whole["state"]


def test_nothing_was_lost_on_the_way(killed):
    state = killed[-1]["state"]
    assert not [name for name in state if name.endswith(".part")]
    assert {score[0] for score in state["scores of ada"].values()} == {None}
    # The answer is another one since: the person's points stay, and are looked at again.
    assert state["scores of bo"]["argument"] == [None, 3, True]


def test_a_run_that_was_killed_with_its_workers_ends_as_one_run(quick, killed):
    for result in runs("stop", quick, 0.2, 1.0):
        assert result["second"] == 0
        assert result["state"] == killed[-1]["state"]


@pytest.mark.parametrize("moment", ["the box is built", "the kernel runs"] * 2)
def test_workers_and_boxes_end_with_the_grader(course, hand_in, moment):
    """Also when it is killed alone, and can tell nobody."""
    put(course, {"slow": hand_in({"step-1": "import time\ntime.sleep(3600)"})})
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--course", str(course.folder)]
    grader = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    has_come = is_kernel if moment == "the kernel runs" else is_on_the_way
    try:
        assert until(lambda: any(map(has_come, offspring(grader.pid))))
        family = offspring(grader.pid)
        grader.kill()
        grader.wait()
        family += [one for pid in family for one in offspring(pid)]
        until(lambda: not any(map(alive, family)))
        assert [command_of(pid) for pid in family if alive(pid)] == []
    finally:
        grader.kill()
        grader.wait()


def until(found, seconds=120):
    """Wait until something is found; return it."""
    end = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < end:
        time.sleep(0.002)
    return result


def offspring(pid):
    """Return the processes that a process started, and those that they started."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:  # it has ended
        return []
    children = [read(Path(f"/proc/{pid}/task/{thread}/children")).split() for thread in threads]
    found = [int(child) for several in children for child in several]
    return [*found, *(one for child in found for one in offspring(child))]


def is_on_the_way(pid):
    """Say whether a process is a kernel, or the shell or the box that will have one."""
    return "ipykernel" in command_of(pid)


def is_kernel(pid):
    """Say whether a process is a kernel itself: neither the shell nor the box around it."""
    program, _, rest = command_of(pid).partition("\0")
    return Path(program).name.startswith("python") and "ipykernel" in rest


def command_of(pid):
    return read(Path(f"/proc/{pid}/cmdline"))


def alive(pid):
    return read(Path(f"/proc/{pid}/stat")).rpartition(")")[2][1:2] not in ("", "Z")


def read(path):
    try:
        return path.read_text()
    except OSError:
        return ""


# A full disk, two at once.


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs a small disk of its own")
def test_a_full_disk_is_told_and_once_there_is_room_the_run_goes_on(quick, killed):
    """The course is on a disk of 3 MB, in memory, that is full before the run."""
    small = ["bwrap", "--dev-bind", "/", "/", "--size", "3000000", "--tmpfs", "/mnt"]
    small += ["--", "sh", "-c", 'cp -r "$0" /mnt/course && exec "$@"', str(quick)]
    result = runs("full", "/mnt/course", wrap=small)
    assert result["first"] == 2
    assert "No space left" in result["said"] or "disk is full" in result["said"]
    assert "Traceback" not in result["said"]
    assert result["state"] == killed[-1]["state"]


def test_of_two_runs_at_once_the_second_says_so(course, hand_in, tmp_path):
    put(course, {"ada": hand_in()})
    (course.folder / "roster.csv").write_text("id\nada\n")
    with only_writer(course.folder):
        for arguments in (("grade", NAME), ("collect", NAME, str(tmp_path)), ("release", NAME)):
            done = run(course.folder, *arguments)
            assert done["status"] == 2
            assert "Another run of autograder is at work" in done["err"]
    assert verdicts(course, NAME) == {}
    assert run(course.folder, "grade", NAME)["status"] == 0


def test_before_the_release_nothing_is_graded(course, hand_in):
    put(course, {"ada": hand_in()})
    (course.folder / "gradebook.db").unlink()
    done = run(course.folder, "grade", NAME)
    assert (done["status"], verdicts(course, NAME)) == (2, {})
    assert "is not in the gradebook: run `autograder release hw1-1` first" in done["err"]


def test_a_lost_gradebook_is_filled_again(course, hand_in):
    put(course, {"ada": hand_in(), "bo": b"{"})
    grade(course)
    before = scores(course, "ada")
    (course.folder / "gradebook.db").unlink()
    release(course, NAME)
    grade(course)
    assert scores(course, "ada") == before
    assert {auto for auto, _ in scores(course, "bo").values()} == {None}


# Twice, in another order, with other workers.


@pytest.fixture(scope="module")
def files(hand_in):
    """One honest submission among others; each needs a kernel, but for two."""
    return {
        "a-bad-one": hand_in({"softmax": "import os\nos._exit(3)", "step-1": HONEST["step-1"]}),
        NEIGHBOUR: hand_in(HONEST),
        "untouched": hand_in(),
        "z-broken": hand_in(BROKEN),
        "z-unreadable": b"{",
    }


@pytest.fixture(scope="module")
def one_run(released_course, tmp_path_factory, files):
    """All of them graded by one worker: the course, and the verdicts."""
    folder = tmp_path_factory.mktemp("one run") / FOLDER
    course = Course(shutil.copytree(released_course, folder))
    put(course, files)
    return course, grade(course, workers=1)


def test_grading_twice_is_grading_once(one_run):
    course, first = one_run
    before = graded_files(course)
    assert grade(course, workers=2) == first
    assert graded_files(course) == before


def test_force_and_the_number_of_workers_and_the_order_change_nothing(one_run, files, monkeypatch):
    course, first = one_run
    before = {student: scores(course, student) for student in files}
    with gradebook(course.folder) as book:
        mark = book.find_grade("softmax-test", NAME, NAME, NEIGHBOUR)
        mark.manual_score = 1.5
        book.db.commit()
    forwards = Course.submissions
    monkeypatch.setattr(Course, "submissions", lambda *args: forwards(*args)[::-1])
    again = grade(course, workers=3, force=True)
    assert list(again) == list(first)[::-1]
    assert again == first
    # A person's points are never overwritten.
    before[NEIGHBOUR]["softmax-test"] = (2, 1.5)
    assert {student: scores(course, student) for student in files} == before


def test_a_bad_submission_changes_no_other_result(one_run, neighbour):
    _, first = one_run
    assert first[NEIGHBOUR] == neighbour
    assert points(first[NEIGHBOUR]) == HONEST_POINTS
    bad = {question.name: question for question in first["a-bad-one"].questions}
    assert bad["softmax-test"].status == "limit reached"
    assert bad["step-1-test"].points == 1


def test_another_file_another_limit_or_another_assignment_is_graded_again(course, hand_in):
    put(course, {"ada": hand_in(), "bo": hand_in()})
    grade(course)
    before = graded_files(course)
    put(course, {"bo": b"{"})
    grade(course)
    changed = [p.stem for p, when in graded_files(course).items() if before[p] != when]
    assert changed == ["bo"]
    with (course.folder / "autograder.toml").open("a") as file:
        file.write("\n[hw1-1.limits]\ncell_seconds = 7\n")
    before = graded_files(course)
    grade(Course(course.folder))
    assert all(before[path] != when for path, when in graded_files(course).items())


# A cluster.


@pytest.fixture
def cluster(tmp_path):
    """A Dask scheduler on this computer, and two workers: each a process of its own."""
    address = tmp_path / "scheduler.json"
    local = ["--scheduler-file", str(address), "--no-dashboard", "--host", "127.0.0.1"]
    one = ["--nworkers", "1", "--nthreads", "2", "--no-nanny", "--local-directory", str(tmp_path)]
    commands = [["scheduler", "--port", "0", *local], *[["worker", *local, *one]] * 2]
    with (tmp_path / "log").open("wb") as log:
        processes = [
            subprocess.Popen([sys.executable, "-m", "dask", *command], stdout=log, stderr=log)
            for command in commands
        ]
    try:
        until(address.exists)
        yield json.loads(address.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_gives_the_same_also_when_a_worker_dies(
    released_course, tmp_path, hand_in, files, one_run, cluster
):
    address, workers = cluster
    course = Course(shutil.copytree(released_course, tmp_path / "cluster"))
    put(course, {**files, **{f"slow-{k}": hand_in({**HONEST, **SLOW}) for k in range(2)}})
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--cluster", address]
    grader = subprocess.Popen(
        [*command, "--course", str(course.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        busy = until(lambda: next((w for w in workers if "ipykernel" in str(at_work(w))), None))
        assert busy is not None
        busy.send_signal(signal.SIGKILL)
        _, said = grader.communicate(timeout=300)
    finally:
        grader.kill()
        grader.communicate()
    assert grader.returncode == 1, said
    _, first = one_run
    found = verdicts(course, NAME)
    assert {student: found[student] for student in files} == first
    slow = [found[student] for student in found if student.startswith("slow")]
    assert [points(verdict) for verdict in slow] == [HONEST_POINTS] * 2


def at_work(worker):
    return [command_of(pid) for pid in offspring(worker.pid)]


def test_a_cluster_that_is_not_there_is_told(course, hand_in, monkeypatch):
    put(course, {"ada": hand_in()})
    monkeypatch.setattr("autograder.workers.CONNECT_SECONDS", 0.5)
    done = run(course.folder, "grade", NAME, "--cluster", "tcp://127.0.0.1:1")
    assert done["status"] == 2
    assert "tcp://127.0.0.1:1" in done["err"]

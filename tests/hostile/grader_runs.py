"""Runs the grader in processes that may be killed, or whose disk is full; started as a program.

    grader_runs.py kill COURSE         kill a run before each of its changes of a file in turn
    grader_runs.py stop COURSE S...    kill a run and its workers after S seconds
    grader_runs.py full COURSE         run on a disk that is full, then make room

Each time a second run follows. COURSE is a course folder with submissions that need no kernel;
killed runs are of fresh copies. What each holds in the end is printed as JSON.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder import workers
from autograder.cli import main
from autograder.course import Course
from autograder.record import gradebook
from autograder.workers import grade_all

NAME = "hw1-1"
CHANGES = ("os.rename", "os.mkdir", "os.remove", "sqlite3.connect")


def grade(folder, before=None):
    """Grade in a child with a process group of its own; return its process id."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        if before is not None:
            before()
        grade_all(Course(folder), NAME, workers=1, progress=False)
        os._exit(0)
    return child


def wait(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_at(number):
    """Let this process be killed before its n-th change of a file; it grades without workers."""
    seen = [0]

    def count(event, arguments):
        if event in CHANGES or (event == "open" and writes(*arguments)):
            seen[0] += 1
            if seen[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)

    workers.executor = one_thread
    sys.addaudithook(count)


def writes(path, mode, flags):
    return bool(set(mode or "") & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR))


@contextlib.contextmanager
def one_thread(*_):
    with ThreadPoolExecutor(1) as pool:
        yield pool, 1


def state(folder):
    """Return what a course folder holds, but for ids and times."""
    folder = Path(folder)
    found = {}
    for top in ("submitted", "autograded", "graded", "attempts"):
        for path in sorted((folder / top).rglob("*")):
            if path.is_file():
                found[str(path.relative_to(folder))] = digest(path.read_bytes())
    with gradebook(folder) as book:
        for submission in book.assignment_submissions(NAME):
            (notebook,) = submission.notebooks
            found[f"scores of {submission.student.id}"] = {
                g.name: [g.auto_score, g.manual_score, g.needs_manual_grade]
                for g in notebook.grades
            }
    return found


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def stopped(course, seconds):
    """Kill a run and its workers after some seconds, then run again."""
    copy = Path(f"{course} {seconds}")
    shutil.copytree(course, copy)
    child = grade(copy)
    time.sleep(float(seconds))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return finish(copy, wait(child))


def killed(course):
    """Kill a run before its first change, another before its second, until one ends by itself."""
    found = []
    while not found or found[-1]["first"] != 0:
        copy = Path(f"{course} {len(found)}")
        shutil.copytree(course, copy)
        child = grade(copy, lambda: kill_at(len(found) + 1))
        found.append(finish(copy, wait(child)))
    return found


def finish(folder, first):
    second = wait(grade(folder, lambda: setattr(workers, "executor", one_thread)))
    result = {"first": first, "second": second, "state": state(folder)}
    shutil.rmtree(folder)
    return result


def full(course):
    """Run where a large file takes all the room that is left; this is a small disk of its own."""
    ballast = Path(course).with_name("ballast")
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()
    before = digest((Path(course) / "gradebook.db").read_bytes())
    errors = io.StringIO()
    arguments = ["grade", NAME, "--course", course, "--workers", "1", "--no-sandbox"]
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        first = main(arguments)
        untouched = before == digest((Path(course) / "gradebook.db").read_bytes())
        ballast.unlink()
        main(arguments)
    return {
        "first": first,
        "said": errors.getvalue(),
        "untouched": untouched,
        "state": state(course),
    }


if __name__ == "__main__":
    command, course, *moments = sys.argv[1:]
    if command == "full":
        print(json.dumps(full(course)))
    elif command == "kill":
        print(json.dumps(killed(course)))
    else:
        print(json.dumps([stopped(course, moment) for moment in moments]))

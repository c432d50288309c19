"""Who takes all there is, is stopped by a limit that has a name, and harms nobody else."""

from dataclasses import replace
from pathlib import Path

import pytest
from classroom import COURSE, HOMEWORK, NEIGHBOUR, question

from autograder import cli, job
from autograder import verdict as v
from autograder.course import Submission
from autograder.groups import CONTROLLERS, writable_group
from autograder.kernel import BoxFailedError, KernelLostError, StudentKernel
from autograder.limits import Limits

HAS_GROUPS = all(map(writable_group, CONTROLLERS))
needs_groups = pytest.mark.skipif(not HAS_GROUPS, reason="no cgroups can be made here")
SETTINGS = """
[hw1-1.limits]
cell_seconds = 3
call_seconds = 3
total_seconds = 60
memory_mb = 300
processes = 40
file_mb = 5
disk_mb = 10
output_bytes = 200000
"""
# In these, another question is right: it is judged for itself.
WITH_STEP = ("a loop without end", "all the memory", "many lines", "an exit at once", "a crash")
STEP = 'step_1 = "yhat_i*(1 - yhat_i)"'
RIGHT = """
def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
TIME, MEMORY, PROCESSES = "(time limit)", "(memory limit)", "(process limit)"
OUTPUT, CRASH, ENDED = "(output limit)", "crashed its own kernel", "ended its own kernel"

# Each stops one question: what is run, and what is said.
STOPPED = {
    "a loop without end": ("while True: pass", TIME),
    "a loop that catches everything": (
        """
def softmax(scores):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
        TIME,
    ),
    "a sleep that no signal ends": (
        """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
time.sleep(10**6)
""",
        TIME,
    ),
    "a process that stops itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        TIME,
    ),
    "forks without end": (
        """
import os
while True:
    try: os.fork()
    except OSError: pass
""",
        PROCESSES if HAS_GROUPS else TIME,
    ),
    "threads without end": (
        """
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=(10**6,)).start()
    except RuntimeError: pass
""",
        PROCESSES if HAS_GROUPS else TIME,
    ),
    "all the memory": (
        """
kept = []
while True:
    try: kept.append(bytearray(b"x" * 10**7))
    except BaseException: pass
""",
        MEMORY if HAS_GROUPS else TIME,
    ),
    "memory of many processes": (
        """
import os, time
for _ in range(10):
    if os.fork() == 0:
        kept = b"x" * 10**8
        time.sleep(10**6)
time.sleep(10**6)
""",
        MEMORY if HAS_GROUPS else TIME,
    ),
    "many lines": ("while True: print('line')", OUTPUT),
    "one line": ("while True: print('line', end='')", OUTPUT),
    "lines of a call": ("def softmax(scores):\n    while True: print('line' * 100)", OUTPUT),
    "lines of errors": ("import sys\nwhile True: print('line' * 100, file=sys.stderr)", OUTPUT),
    "pictures": (
        """
from IPython.display import display
while True: display({"image/png": "A" * 1000}, raw=True)
""",
        OUTPUT,
    ),
    "talk to widgets": (
        """
from ipykernel.comm import Comm
while True: Comm(target_name="x", data={"text": "A" * 1000})
""",
        OUTPUT,
    ),
    "an exit at once": ("import os\nos._exit(0)", ENDED),
    "an exit in a call": ("def softmax(scores):\n    import os\n    os._exit(3)", ENDED),
    "a polite exit": ("exit()", ENDED),
    "a crash": ("import ctypes\nctypes.string_at(0)", CRASH),
    "a stack without end": (
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return [f() for _ in '1']\nf()",
        (CRASH, MEMORY, TIME),
    ),
    "all doors closed": ("import os\nos.closerange(0, 256)", (TIME, CRASH, ENDED)),
}
# Each is let be: what is run, the points of the softmax question, and what is said of it.
LET_BE = {
    "a question to the person": ("x = input('Your name? ')" + RIGHT, 0, "StdinNotImplementedError"),
    "a recursion": ("def softmax(scores): return softmax(scores)", 0, "RecursionError"),
    "a full disk": (
        """
import glob, os
for folder in ("/tmp", "/dev/shm", "/sockets", "/home/student"):
    for number in range(100):
        try:
            with open(f"{folder}/{number}", "wb") as file:
                for _ in range(10):
                    file.write(b"x" * 2 * 10**6)
        except OSError:
            pass
for number in range(100_000):
    try: open(f"/sockets/f{number}", "w").close()
    except OSError: break
"""
        + RIGHT,
        2,
        "Right",
    ),
    "a process left behind": (
        """
import subprocess, sys
code = "import os, time; os.setsid(); time.sleep(86399)"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""
        + RIGHT,
        2,
        "Right",
    ),
    "an exit that waits": (
        "import atexit, time\natexit.register(time.sleep, 10**6)" + RIGHT,
        2,
        "Right",
    ),
    "no folder to be in": (
        "import os, shutil\nshutil.rmtree('/home/student', True)" + RIGHT,
        2,
        "",
    ),
    "no sockets in their folder": (
        "import glob, os\nfor path in glob.glob('/sockets/k-*'): os.remove(path)" + RIGHT,
        2,
        "Right",
    ),
}


# The grader's own memory stays small, whatever comes.
FLOODS = {
    "long lines": "while True: print('x' * 10**5, end='')",
    "one print": "print('x' * 10**8)",
    "large pictures": "from IPython.display import display\n"
    "while True: display({'image/png': 'x' * 10**6}, raw=True)",
    "a huge error": "raise ValueError('x' * 10**8)",
    "large values": "def softmax(scores):\n    return np.zeros(10**8)",
    "many values": "def softmax(scores):\n    return [[]] * 10**6",
    "a reply of small parts": """
import sys
class Text(str):
    __repr__ = str.__str__
text = Text('{"list": [' + ",".join(['{"list": []}'] * 380_000) + "]}")
sys.modules["inside"].call = lambda name, given: text
def softmax(scores): pass
""",
    "a message of small parts": """
session = get_ipython().kernel.session
send = session.send
def forged(stream, msg_or_type, content=None, *args, **kwargs):
    if msg_or_type == "execute_reply":
        content = {"x": [[]] * 2_000_000}
    return send(stream, msg_or_type, content, *args, **kwargs)
session.send = forged
""",
}


def student(number):
    return f"s{number:02}"


@pytest.fixture(scope="session")
def graded(grade_together, hand_in):
    codes = {name: code for name, (code, *_) in {**STOPPED, **LET_BE}.items()} | FLOODS
    files = {
        student(number): hand_in(
            {"softmax": code} | ({"step-1": STEP} if name in (*WITH_STEP, *LET_BE) else {})
        )
        for number, (name, code) in enumerate(codes.items())
    }
    verdicts = grade_together("denial", files, settings=SETTINGS)
    named = {name: verdicts[student(number)] for number, name in enumerate(codes)}
    return named | {NEIGHBOUR: verdicts[NEIGHBOUR]}


@pytest.mark.slow
@pytest.mark.parametrize("name", STOPPED)
def test_it_is_stopped_by_a_limit_that_has_a_name(graded, name):
    _, words = STOPPED[name]
    softmax = question(graded[name], "softmax-test")
    assert (softmax.points, softmax.status) == (None, v.LIMIT_REACHED), softmax.message
    assert any(w in softmax.message for w in ([words] if isinstance(words, str) else words)), (
        softmax.message
    )
    assert graded[name].needs_a_look


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_STEP)
def test_the_other_questions_are_judged_for_themselves(graded, name):
    step = question(graded[name], "step-1-test")
    assert (step.points, step.status) == (1, v.GRADED)


@pytest.mark.slow
@pytest.mark.parametrize("name", LET_BE)
def test_it_harms_nobody_and_is_judged(graded, name):
    _, points, words = LET_BE[name]
    softmax = question(graded[name], "softmax-test")
    assert softmax.points == points, softmax.message
    assert words in softmax.message
    assert question(graded[name], "step-1-test").points == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_gets_no_points_and_is_not_the_graders_fault(graded, name):
    softmax = question(graded[name], "softmax-test")
    assert not softmax.points
    assert softmax.status in (v.LIMIT_REACHED, v.GRADED), softmax.message


@pytest.mark.slow
def test_the_graders_own_memory_stays_small(graded, together_folder):
    peak = int((together_folder("denial") / "peak_mb").read_text())
    assert 20 < peak < 400


@pytest.mark.slow
def test_the_neighbour_is_unharmed(graded, neighbour):
    assert graded[NEIGHBOUR] == neighbour


@pytest.mark.slow
def test_nothing_is_left_running(graded):
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert b"time.sleep(86399)" not in path.read_bytes(), path
        except (FileNotFoundError, ProcessLookupError):
            continue


# Single limits.


def lost(limits, *sources):
    """Run code in a kernel of its own until it is lost; return the words."""
    with StudentKernel(limits) as kernel:
        try:
            for source in sources:
                kernel.run(source)
        except KernelLostError as error:
            return str(error)
    return "the kernel was not lost"


@pytest.mark.slow
def test_processor_time_has_a_name_of_its_own():
    limits = Limits(cpu_seconds=3, cell_seconds=120)
    assert "(processor time limit)" in lost(limits, "while True: pass")


@pytest.mark.slow
def test_all_cells_together_have_a_limit():
    limits = Limits(total_seconds=3, cell_seconds=2)
    words = lost(limits, *["import time\ntime.sleep(1)"] * 20)
    assert "for all of it together (time limit)" in words


def test_an_exit_that_comes_later_is_told_from_a_limit():
    later = "import os, threading\nthreading.Timer(0.5, os._exit, [7]).start()"
    words = lost(Limits(), later, "import time\ntime.sleep(60)")
    assert "ended its own kernel (exit status 7)" in words


def test_a_process_that_kills_all_others_harms_itself_alone():
    # Whether its own kernel survives it is its own affair; this test's process does.
    with StudentKernel(Limits(cell_seconds=5)) as kernel, pytest.raises(KernelLostError):
        kernel.run("import os\nos.kill(-1, 9) if os.fork() == 0 else __import__('time').sleep(60)")


def test_no_group_and_no_folder_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with StudentKernel(Limits()) as kernel:
        folders = [Path(folder) for folder in kernel.group.folders]
        assert all(folder.is_dir() for folder in folders)
        assert list(tmp_path.iterdir())
    assert not any(folder.exists() for folder in folders)
    assert not list(tmp_path.iterdir())


# Without a box.


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def marking(hand_in, tmp_path):
    """A submission that leaves a mark outside, if it is run outside."""
    mark = tmp_path / "mark"
    path = tmp_path / "hw1-1.ipynb"
    path.write_bytes(hand_in({"softmax": f"open({str(mark)!r}, 'w').close()"}))
    return mark, COURSE.assignment("hw1-1").job(Submission("x", path, ""))


def test_without_bubblewrap_nothing_runs(hand_in, tmp_path, without_bubblewrap):
    mark, made = marking(hand_in, tmp_path)
    verdict = job.grade(made)
    assert verdict["status"] == v.GRADER_FAULT
    assert "bubblewrap is not installed" in verdict["message"]
    assert verdict["questions"] == ()
    assert not mark.exists()


def test_without_bubblewrap_the_command_refuses(without_bubblewrap, capsys):
    assert cli.main(["check", "hw1-1", "--course", str(HOMEWORK)]) == 2
    assert "Nothing is graded without a box" in capsys.readouterr().err


def test_in_the_box_the_mark_cannot_be_made_and_without_it_can(hand_in, tmp_path):
    mark, made = marking(hand_in, tmp_path)
    job.grade(made)
    assert not mark.exists()
    job.grade(replace(made, provisioner="local-provisioner"))
    assert mark.exists()


def test_a_bubblewrap_that_fails_is_the_graders_fault(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(BoxFailedError, match="did not start"):
        StudentKernel(Limits()).start()


def test_answers_that_plot_work_and_find_the_fonts():
    with StudentKernel(Limits()) as kernel:
        ran = kernel.run(
            "import logging, matplotlib\nmatplotlib.use('agg')\n"
            "import matplotlib.font_manager, matplotlib.pyplot as plt, os\n"
            "fig, ax = plt.subplots()\nax.plot([1, 2])\nax.set_title('x')\nfig.savefig('x.png')\n"
            "size = os.path.getsize('x.png')\n"
            "listed = os.access(matplotlib.get_cachedir() + '/' + next(iter("
            "os.listdir(matplotlib.get_cachedir()))), os.W_OK)"
        )
        assert ran.error == ""
        assert kernel.look_up("size")["value"] > 1000
        assert kernel.look_up("listed")["value"] is False  # the grader's own list, not a new one

"""Nothing leaks: a student's code sees no hidden test, no file of others, no way out."""

import json
import os
import re
import socket
import tempfile
from pathlib import Path

import pytest
from classroom import COURSE, NEIGHBOUR, question

from autograder import rebuild
from autograder import verdict as v
from autograder.box import Box
from autograder.course import Course, read_submitted
from autograder.feedback import write_feedback
from autograder.judge import judge
from autograder.kernel import StudentKernel
from autograder.results import results

SECRET = "the-instructors-secret"


@pytest.fixture(scope="module")
def outside():
    """What is there to be stolen: files, a variable, and open sockets."""
    with tempfile.TemporaryDirectory(prefix="nnbsecret") as folder:
        folder = Path(folder)
        for name in ("gradebook.db", "submitted/other/hw1-1/hw1-1.ipynb", ".ssh/id_ed25519"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(SECRET)
        os.environ["INSTRUCTORS_TOKEN"] = SECRET
        with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as unnamed:
            named.bind(str(folder / "socket"))
            unnamed.bind(f"\0{folder}")  # of this worker alone
            with socket.create_server(("127.0.0.1", 0)) as server:
                for listening in (named, unnamed):
                    listening.listen()
                yield {"folder": str(folder), "port": server.getsockname()[1]}
        del os.environ["INSTRUCTORS_TOKEN"]


@pytest.fixture(scope="module")
def kernel(outside):
    assignment = COURSE.assignment("hw1-1")
    with (Path(outside["folder"]) / "gradebook.db").open() as held:
        os.set_inheritable(held.fileno(), True)
        with StudentKernel(assignment.limits, assignment.box) as kernel:
            names = {**outside, "home": str(Path.home()), "here": str(Path.cwd())}
            kernel.run("\n".join(f"{name} = {value!r}" for name, value in names.items()))
            kernel.run(HELPERS)
            kernel.end += 600
            yield kernel


@pytest.fixture(scope="module")
def run(kernel):
    """A function that runs code in the box and gives what it left in the name `found`."""

    def found(code):
        ran = kernel.run(f"found = []\n{code}")
        assert ran.error == "", ran.error
        return kernel.look_up("found")["value"]

    return found


# Python's own folders may lie within those of a person: on the way to them is nothing else.
HELPERS = """
import ctypes, gc, glob, os, shutil, socket, subprocess, sys
def seen(path):
    path = os.path.realpath(path)
    if not os.path.isdir(path):
        return [path] if os.path.exists(path) else []
    names = [os.path.join(path, name) for name in os.listdir(path)]
    return [n for n in names if not f"{sys.prefix}:{sys.base_prefix}:".count(n)]
"""
# Everything here finds nothing.
SEARCHES = {
    "the instructor's files": """
for path in (folder, home, here, f"{folder}/gradebook.db"):
    found += seen(path)
""",
    "a secret in any file that is not Python's": """
for top in set(os.listdir("/")) - {"usr", "proc", "dev", "bin", "sbin"}:
    for place, folders, files in os.walk(f"/{top}"):
        if place.startswith((sys.prefix, sys.base_prefix)):
            folders[:] = []
            continue
        for name in [*folders, *files]:
            if "gradebook" in name or "submitted" in name or name.startswith(".ssh"):
                found.append(os.path.join(place, name))
""",
    "the environment": """
found = [name for name, value in os.environ.items() if "secret" in value]
""",
    "the environments of all processes": """
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        with open(path, "rb") as file:
            if b"instructors" in file.read().lower():
                found.append(path)
    except PermissionError:
        pass
""",
    "the command lines of all processes": """
for path in glob.glob("/proc/[0-9]*/cmdline"):
    with open(path, "rb") as file:
        if b"pytest" in file.read():
            found.append(path)
""",
    "files that are open": """
for path in glob.glob("/proc/*/fd/*"):
    try:
        to = os.readlink(path)
    except OSError:
        continue
    if "gradebook" in to or folder in to:
        found.append(to)
""",
    "ways through the roots of processes": """
for path in glob.glob("/proc/*/root") + glob.glob("/proc/*/cwd"):
    try:
        if os.path.exists(path + folder):
            found.append(path)
    except OSError:
        pass
""",
    "a link that leads out": """
for to in (folder, home, here, "/etc/passwd", "/proc/1/root" + folder, "../../../../" + folder):
    link = os.path.expanduser("~/link")
    os.symlink(to, link)
    found += seen(link)
    os.remove(link)
""",
    "the system's own files": """
for path in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/root", "/var", "/sys", "/run", "/srv"):
    found += seen(path)
""",
    "memory of the system": """
for path in ("/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/proc/kcore"):
    try:
        with open(path, "rb") as file:
            found.append(path) if file.read(1) else None
    except OSError:
        pass
""",
    "what is shared in memory": """
found = os.listdir("/dev/shm")
""",
    "networks": """
with open("/proc/net/dev") as file:
    found = [line for line in file if ":" in line and "lo:" not in line]
""",
    "sockets that answer": """
def tries(kind, *addresses):
    for address in addresses:
        with socket.socket(kind) as s:
            s.settimeout(2)
            try:
                s.connect(address)
                found.append(str(address))
            except OSError:
                pass
tries(socket.AF_UNIX, "\\0" + folder, folder + "/socket", "/run/dbus/socket")
tries(socket.AF_INET, ("127.0.0.1", port))
""",
    "names of computers": """
try:
    found = socket.getaddrinfo("example.org", 80)
except OSError:
    pass
""",
    "rights": """
with open("/proc/self/status") as file:
    status = dict(line.split(":", 1) for line in file)
found = [n for n in ("CapInh", "CapPrm", "CapEff", "CapAmb") if int(status[n], 16)]
found += [] if status["NoNewPrivs"].strip() == "1" else ["NoNewPrivs"]
""",
    "places to write to": """
places = ["/", "/usr", "/etc", "/dev", "/proc/sys/kernel", "/course", sys.prefix, os.__file__]
places += ["/home", "/course/nnlib/__init__.py", "/sockets/kernel.json", "/lib"]
for path in places:
    target = path if os.path.isfile(path) else os.path.join(path, "written")
    try:
        open(target, "a").close()
        found.append(path)
    except OSError:
        pass
""",
    "worlds of one's own": """
libc = ctypes.CDLL(None, use_errno=True)
for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("network", 0x40000000)):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if libc.unshare(flag) == 0 else 1)
    if os.waitpid(pid, 0)[1] == 0:
        found.append(name)
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
    found.append("mount")
if libc.umount2(b"/course/nnlib", 2) == 0:
    found.append("umount")
if libc.chroot(b"/tmp") == 0:
    found.append("chroot")
""",
    "processes of others": """
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
found = ["processes"] if len(pids) > 5 else []
""",
    "other kernels' sockets": """
found = [name for name in os.listdir("/sockets") if not name.startswith(("k-", "kernel.json"))]
""",
    "the library, and the grader": """
for place in sys.path:
    for name in ("nnlib/functional.py", "nnlib/reference.py", "autograder/judge.py"):
        if os.path.exists(os.path.join(place, name)):
            found.append(os.path.join(place, name))
""",
}


@pytest.mark.parametrize("name", SEARCHES)
def test_there_is_nothing_to_be_found(run, name):
    assert run(SEARCHES[name]) == []


def test_the_searches_would_find_what_is_there(outside):
    # The same on this side of the box: so that they cannot pass by finding nothing ever.
    for name in ("the instructor's files", "the environment", "sockets that answer"):
        names = {**outside, "home": str(Path.home()), "here": str(Path.cwd()), "found": []}
        exec(HELPERS + SEARCHES[name], names)
        assert names["found"], name


def test_the_hidden_tests_are_nowhere_in_the_process(kernel):
    """Looked for while they run: in frames, in all objects, and in what the shell keeps."""
    spy = """
found = []
marks = ["default_" + "rng(11)", "by_" + "hand", "HIDDEN " + "TESTS", "check_" + "speed"]
def texts():
    frame = sys._getframe()
    while frame is not None:
        yield from map(str, frame.f_code.co_consts)
        yield from frame.f_code.co_names
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            yield from (x for x in list(thing.values()) if type(x) is str and len(x) < 10**5)
    shell = get_ipython()
    yield from [*In, *map(str, Out.values())]
    yield from (entry[2] for entry in shell.history_manager.get_range(raw=True))
def softmax(scores):
    for text in texts():
        if text != spy and any(mark in text for mark in marks):
            found.append(text[:200])
    raise ValueError("seen enough")
"""
    kernel.run(f"import numpy as np\nspy = {spy!r}\nexec(spy)")
    assignment = COURSE.assignment("hw1-1")
    submitted = rebuild.read(assignment.source.encode())
    tests = rebuild.rebuild(assignment.notebook, submitted, assignment.stubs).tests
    (test,) = [test for test in tests if test.name == "softmax-test"]
    assert "default_rng(11)" in test.source  # what is looked for is in the test
    answer = judge(test, kernel)
    assert "seen enough" in answer.message  # it was called
    found = [text for text in kernel.look_up("found")["value"] if "marks = [" not in text]
    assert found == []


# Through the whole of the grader.

PRINTS = """
def softmax(scores):
    import sys
    from IPython.display import HTML, display
    print("seen:", scores)
    print("seen:", scores, file=sys.stderr)
    display(HTML("<script>alert('seen:')</script>"))
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
SCRIPTS = {
    "step-1": 'step_1 = "<script>alert(1)</script> yhat_i"',
    "softmax": 'def softmax(scores):\n    raise ValueError("<script>alert(2)</script>")',
    "gradient": "raise SystemError('<img src=x onerror=alert(3)>')",
}


@pytest.fixture(scope="session")
def graded(grade_together, hand_in):
    def scripts_everywhere(notebook):
        notebook.metadata["title"] = "<script>alert(4)</script>"
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "argument":
                cell.source = "<script>alert(5)</script> ![x](javascript:alert(6))"

    files = {
        "prints": hand_in({"softmax": PRINTS}),
        "scripts": hand_in(SCRIPTS, change=scripts_everywhere),
    }
    return grade_together("theft", files)


@pytest.fixture
def course(graded, together_folder):
    return Course(together_folder("theft"))


def test_hidden_inputs_that_are_printed_come_back_nowhere(graded, course):
    softmax = question(graded["prints"], "softmax-test")
    assert (softmax.points, softmax.status) == (2, v.GRADED), softmax.message
    kept = [course.folder / "graded" / "hw1-1" / "prints.json"]
    kept += (course.folder / "autograded" / "prints").rglob("*.ipynb")
    for path in kept:
        text = json.loads(path.read_text())
        text.pop("answers", None)  # as it was handed in
        for cell in text.get("cells", ()):
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = ""
        assert "seen:" not in json.dumps(text)
    assert len(kept) == 2


def test_feedback_runs_nothing(graded, course):
    assert question(graded["scripts"], "softmax-test").points == 0
    page = write_feedback(course, course.assignment("hw1-1"), results(course, "hw1-1")["scripts"])
    text = page.read_text()
    assert "alert(2)" in text  # it is said, as text
    assert not re.search(r"<(script|img|iframe|svg|object)", text.replace("<svg role", ""))
    assert not re.search(r"(href|src)=.?javascript:", text)


def test_the_neighbour_is_unharmed(graded, neighbour):
    assert graded[NEIGHBOUR] == neighbour


def test_a_link_that_was_handed_in_is_not_followed(outside, tmp_path):
    (tmp_path / "hw1-1.ipynb").symlink_to(Path(outside["folder"]) / "gradebook.db")
    assert read_submitted(tmp_path / "hw1-1.ipynb") == b""


def test_the_box_has_its_own_variables_only(kernel):
    kernel.run("names = sorted(os.environ)")
    shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    ours = {"JPY_PARENT_PID", "JPY_SESSION_NAME", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"}
    ours |= {"TERM", "PAGER", "GIT_PAGER", "MPLBACKEND", "PYDEVD_USE_FRAME_EVAL"}  # ipykernel's
    assert set(kernel.look_up("names")["value"]) <= set(Box()._environment()) | shell | ours

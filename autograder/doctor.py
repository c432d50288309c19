"""Says whether this computer can grade safely, and what is missing."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

from autograder.box import Box
from autograder.groups import CONTROLLERS, writable_group
from autograder.limits import MB, Limits

GOOD, WEAK, MISSING = "good", "weak", "missing"
DISK_MB = 1000
MOST_FILES = 100
USER_NAMESPACES = (
    ("/proc/sys/user/max_user_namespaces", "0", "it is 0, and should be above"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "it is 0, and should be 1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "it is 1: allow bwrap in AppArmor, or set it to 0",
    ),
)
# What a program in the box sees: it should be nothing of this computer's.
LOOK = """
import json, os, sys
with open("/proc/net/dev") as file:
    networks = [line.split(":")[0].strip() for line in file if ":" in line]
def writes(path):
    try:
        open(os.path.join(path, "written"), "w").close()
        return True
    except OSError:
        return False
print(json.dumps({
    "networks": networks,
    "names": sorted(os.environ),
    "files": [path for path in json.loads(sys.argv[1]) if os.path.exists(path)],
    "writes": [d for d in ("/", "/usr", "/etc", "/proc/sys/kernel") if writes(d)],
    "processes": sum(name.isdigit() for name in os.listdir("/proc")),
}))
"""


@dataclass(frozen=True)
class Answer:
    """What was found about one thing that grading needs.

    Attributes
    ----------
    thing : str
    state : str
        "good", "weak" (grading works, with less protection) or "missing" (it does not).
    words : str
    """

    thing: str
    state: str
    words: str


def examine(folder=None):
    """Yield an Answer for each thing that grading needs.

    Parameters
    ----------
    folder : Path or None
        The course folder, if there is one.
    """
    yield _system()
    yield box()
    yield _provisioner()
    yield from _groups()
    yield from _disk(folder)
    yield _nbgrader()
    yield _alembic()
    if folder is not None and (Path(folder) / "gradebook.db").is_file():
        yield _gradebook(Path(folder) / "gradebook.db")


def can_grade(answers):
    """Return whether nothing is missing."""
    return all(answer.state != MISSING for answer in answers)


def _system():
    if sys.platform.startswith("linux"):
        return Answer("operating system", GOOD, "Linux")
    words = f"the box needs Linux; this is {sys.platform}. Grade in a virtual machine with Linux"
    return Answer("operating system", MISSING, words)


def box():
    """Build the box once, look around in it, and say whether it holds."""
    program = shutil.which("bwrap")
    if program is None:
        words = "bubblewrap is not installed. On Debian or Ubuntu: apt-get install bubblewrap"
        return Answer("box", MISSING, words)
    command = Box().command([sys.executable, "-I", "-c", LOOK, json.dumps(_own_files())])
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer("box", MISSING, f"bubblewrap does not run: {error}")
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        return Answer("box", MISSING, f"bubblewrap cannot build it: {said}{_why_no_namespaces()}")
    seen = json.loads(done.stdout)
    holes = list(_holes(seen))
    if holes:
        return Answer("box", MISSING, f"it has holes: {'; '.join(holes)}")
    return Answer("box", GOOD, f"bubblewrap builds it: {program}")


def _own_files():
    """Return files of the person who grades, that no box should show."""
    python = [Path(sys.prefix), Path(sys.base_prefix)]
    return [
        str(path)
        for folder in (Path.home(), Path.cwd())
        for path in sorted(folder.iterdir())[:MOST_FILES]
        if not any(path == p or path in p.parents or p in path.parents for p in python)
    ]


def _why_no_namespaces():
    """Return which of the system's settings forbids user namespaces, if one does."""
    for path, bad, words in USER_NAMESPACES:
        with suppress(OSError):
            if Path(path).read_text().strip() == bad:
                return f". Look at {path}: {words}"
    return ". Inside a container, it must be allowed to make user namespaces"


def _holes(seen):
    """Yield what a program in the box can reach, and should not."""
    allowed = {"PWD", "SHLVL", "_", "OLDPWD"}  # the shell's own
    strange = set(seen["names"]) - set(Box()._environment()) - allowed
    others = [name for name in seen["networks"] if name != "lo"]
    if others:
        yield f"a network ({', '.join(others)})"
    if strange:
        yield f"variables of this computer ({', '.join(sorted(strange))})"
    if seen["files"]:
        yield f"files of this computer ({', '.join(seen['files'])})"
    if seen["writes"]:
        yield f"it can write to {', '.join(seen['writes'])}"
    if seen["processes"] > 5:
        yield "processes of this computer"


def _provisioner():
    names = {point.name for point in entry_points(group="jupyter_client.kernel_provisioners")}
    if "autograder-box" in names:
        return Answer("kernels in the box", GOOD, "Jupyter knows the provisioner autograder-box")
    words = "Jupyter does not know the provisioner autograder-box. Install the course: make setup"
    return Answer("kernels in the box", MISSING, words)


def _groups():
    """Say whether processes and memory can be limited for a box as a whole."""
    limits = Limits()
    held = {
        "memory": f"memory of all processes together, {limits.memory_mb} MB",
        "pids": f"the number of processes, {limits.processes}",
    }
    without = {
        "memory": f"each process may map {limits.address_mb} MB, and all of them together more",
        "pids": "a fork without end is stopped by the time limit, not by a number of processes",
    }
    for controller in CONTROLLERS:
        where = writable_group(controller)
        if where is None:
            words = f"no group can be made here: {without[controller]}"
            yield Answer(f"cgroup {controller}", WEAK, words)
        else:
            yield Answer(f"cgroup {controller}", GOOD, f"limits {held[controller]}: {where}")
    words = (
        f"{limits.cell_seconds:g} seconds for a cell, {limits.total_seconds:g} for a submission, "
        f"{limits.cpu_seconds} of a processor, {limits.address_mb} MB mapped by a process, files "
        f"of {limits.file_mb} MB, {limits.disk_mb} MB in a folder, {limits.output_bytes:,} "
        "characters printed; an assignment may have its own, in autograder.toml"
    )
    yield Answer("other limits", GOOD, words)


def _disk(folder):
    for place in filter(None, (tempfile.gettempdir(), folder)):
        free = shutil.disk_usage(place).free / MB
        thing = f"disk at {place}"
        if free >= DISK_MB:
            yield Answer(thing, GOOD, f"{free / 1024:.0f} GB are free")
        else:
            yield Answer(thing, WEAK, f"only {free:.0f} MB are free; {DISK_MB} MB are better")


def _nbgrader():
    try:
        return Answer("nbgrader", GOOD, version("nbgrader"))
    except PackageNotFoundError:
        return Answer("nbgrader", MISSING, "it is not installed. Install the course: make setup")


def _alembic():
    beside = str(Path(sys.executable).parent)
    program = shutil.which("alembic", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if program:
        return Answer("alembic", GOOD, f"nbgrader finds it: {program}")
    words = "it is neither beside Python nor on PATH; some of nbgrader's own commands need it"
    return Answer("alembic", WEAK, words)


def _gradebook(path):
    """Say whether the nbgrader that is installed can work with a gradebook."""
    from autograder.record import RecordError, check_version  # they load nbgrader

    try:
        check_version(path)
    except RecordError as error:
        return Answer("gradebook", MISSING, str(error))
    except sqlite3.Error as error:
        return Answer("gradebook", MISSING, f"{path} cannot be read: {error}")
    return Answer("gradebook", GOOD, str(path))

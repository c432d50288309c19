"""Limits on a box as a whole, its memory and its processes: Linux's cgroups, version 2 or 1."""

import contextlib
import os
import shlex
import subprocess
import time
from functools import cache
from pathlib import Path
from uuid import uuid4

from autograder.limits import MB

CGROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = ("memory", "pids")
# The file that shows that a group has the controller: version 2, then version 1.
SIGNS = {
    "memory": ("memory.max", "memory.limit_in_bytes"),
    "pids": ("pids.max",),
    "cpu": ("cpu.max", "cpu.cfs_quota_us"),
}
# Where a group counts how often its limit was reached, and in which line.
COUNTS = (
    ("memory", "memory.events", "oom_kill"),
    ("memory", "memory.oom_control", "oom_kill"),
    ("processes", "pids.events", "max"),
)
END_SECONDS = 5


class Group:
    """A group for one box; it limits what this computer lets it, maybe nothing.

    Parameters
    ----------
    limits : Limits

    Attributes
    ----------
    folders : list of str
    """

    def __init__(self, limits):
        name = _new_name()
        parents = dict.fromkeys(filter(None, map(writable_group, CONTROLLERS)))
        self.folders = [str(parent / name) for parent in parents]
        memory = limits.memory_mb * MB
        for folder in map(Path, self.folders):
            folder.mkdir()
            _write(folder / "memory.max", memory)
            _write(folder / "memory.swap.max", 0)
            _write(folder / "memory.limit_in_bytes", memory)
            _write(folder / "memory.memsw.limit_in_bytes", memory)
            _write(folder / "pids.max", limits.processes)

    def reached(self):
        """Return the limit that was reached, "memory" or "processes", or ""."""
        for folder in map(Path, self.folders):
            for limit, file, line in COUNTS:
                if _count(folder / file, line):
                    return limit
        return ""

    def close(self):
        """Take the group away, once its processes are gone."""
        end = time.monotonic() + END_SECONDS
        for folder in map(Path, self.folders):
            while folder.is_dir() and time.monotonic() < end:
                try:
                    folder.rmdir()
                except OSError:
                    time.sleep(0.01)


def entering(folders, command):
    """Return a command line that enters groups first."""
    if not folders:
        return command
    enter = " && ".join(f"echo $$ > {shlex.quote(f'{folder}/cgroup.procs')}" for folder in folders)
    return ["/bin/sh", "-c", f'{enter} && exec "$@"', "group", *command]


@cache
def writable_group(controller):
    """Return the folder where a group with a controller can be made, or None.

    Parameters
    ----------
    controller : {"memory", "pids", "cpu"}
    """
    for folder in _candidates(controller):
        trial = folder / _new_name()
        try:
            trial.mkdir()
        except OSError:
            continue
        fine = any((trial / name).exists() for name in SIGNS[controller]) and _can_enter(trial)
        trial.rmdir()
        if fine:
            _sweep(folder)
            return folder
    return None


def _can_enter(group):
    """Say whether a process may enter; that can be forbidden where a group can be made."""
    tried = subprocess.run(entering([str(group)], ["true"]), capture_output=True, check=False)
    return tried.returncode == 0


def _sweep(parent):
    """Take away what graders left that were killed; a group that is in use stays by itself."""
    for folder in parent.glob("autograder-*"):
        if not Path("/proc", folder.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _candidates(controller):
    """Yield where a group may be made: within this process's own, or beside it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, own = line.split(":", 2)
            if controllers == "" and (CGROUPS / "cgroup.controllers").exists():
                # A group of version 2 that holds processes has no groups with limits in it.
                yield CGROUPS / own.lstrip("/")
                yield (CGROUPS / own.lstrip("/")).parent
            elif controller in controllers.split(","):
                yield CGROUPS / controllers / own.lstrip("/")
                yield CGROUPS / controllers


def _new_name():
    return f"autograder-{os.getpid()}-{uuid4().hex[:8]}"


def _write(path, value):
    """Set a limit, where the group has it."""
    if path.exists():
        with contextlib.suppress(OSError):
            path.write_text(str(value))


def _count(path, line):
    with contextlib.suppress(OSError, ValueError):
        for text in path.read_text().splitlines():
            name, _, number = text.partition(" ")
            if name == line:
                return int(number)
    return 0

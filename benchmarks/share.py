"""A small container's share of this machine, so many cores and so much memory, set by cgroups."""

import contextlib
import os
import shlex
import time
from pathlib import Path

from autograder.groups import CGROUPS, writable_group

PERIOD = 100_000  # microseconds
END_SECONDS = 10


class Share:
    """Limits that hold for a command and all that it starts; the command sees them as its own.

    Parameters
    ----------
    cores : float
    megabytes : int

    Attributes
    ----------
    folders : dict
        {where the command sees its group: the group}; empty where this machine lets nobody set
        limits.
    """

    def __init__(self, cores, megabytes):
        self.folders = {}
        for controller in ("cpu", "memory"):
            parent = writable_group(controller) if os.getuid() == 0 else None
            if parent is None:
                continue
            is_version_1 = (CGROUPS / controller).is_dir()
            group = parent / f"share-{os.getpid()}"
            group.mkdir(exist_ok=True)
            self.folders[CGROUPS / controller if is_version_1 else CGROUPS] = group
        self._set("cpu.max", f"{round(cores * PERIOD)} {PERIOD}")
        self._set("cpu.cfs_period_us", PERIOD)
        self._set("cpu.cfs_quota_us", round(cores * PERIOD))
        self._set("memory.max", megabytes * 10**6)
        self._set("memory.limit_in_bytes", megabytes * 10**6)

    def entering(self, command):
        """Return a command line that enters the share first, and then runs the command."""
        if not self.folders:
            return list(command)
        lines = [f"echo $$ > {shlex.quote(str(g / 'cgroup.procs'))}" for g in self.folders.values()]
        lines += [
            f"mount --bind {shlex.quote(str(g))} {place}" for place, g in self.folders.items()
        ]
        script = " && ".join([*lines, 'exec "$@"'])
        return ["unshare", "--mount", "sh", "-c", script, "share", *command]

    def killed(self):
        """Return how many processes were ended because the memory was used up."""
        count = 0
        for group in self.folders.values():
            for name in ("memory.events", "memory.oom_control"):
                with contextlib.suppress(OSError):
                    words = (group / name).read_text().split()
                    count += int(words[words.index("oom_kill") + 1])
        return count

    def close(self):
        """Take the groups away, once their processes are gone."""
        end = time.monotonic() + END_SECONDS
        for group in self.folders.values():
            while group.is_dir() and time.monotonic() < end:
                try:
                    group.rmdir()
                except OSError:
                    time.sleep(0.05)

    def _set(self, name, value):
        for group in self.folders.values():
            path = Path(group / name)
            if path.exists():
                path.write_text(str(value))

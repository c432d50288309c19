"""The box: a student's kernel under bubblewrap, without network, files of others, or a way out."""

import contextlib
import os
import select
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from autograder.groups import entering
from autograder.limits import MB, Limits

HOME = "/home/student"
COURSE = "/course"  # where nnlib is, or what stands in for it
SOCKETS = "/sockets"  # in the box's own memory: it can write nowhere else either
CONNECTION = f"{SOCKETS}/kernel.json"
MATPLOTLIB = "/tmp/matplotlib"
SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/alternatives")
LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETUP_SECONDS = 60  # until the box stands
# Bubblewrap ends with its parent only from some moment of its own start on. So a box that stands
# says so, and waits for a word: were its parent gone by then, the end of the line would come.
WAIT = "echo stands && read word"


class NoBoxError(RuntimeError):
    """The box cannot be built here; the message says what is missing."""


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in the box; its manager must speak over IPC, at `SOCKETS`.

    The kernel specification's metadata have `box`, the arguments of `Box`, and `groups`.
    """

    async def pre_launch(self, **kwargs):
        """Put the box around the kernel's command."""
        kwargs = await super().pre_launch(**kwargs)
        metadata = self.kernel_spec.metadata
        command = Box(**metadata["box"]).command(kwargs["cmd"], self.parent.connection_file)
        kwargs["cmd"] = entering(metadata.get("groups", ()), command)
        kwargs["env"] = {"PATH": os.environ.get("PATH", os.defpath)}
        kwargs["cwd"] = "/"
        kwargs["stdin"] = kwargs["stdout"] = subprocess.PIPE
        return kwargs

    async def launch_kernel(self, cmd, **kwargs):
        """Start the box, and the kernel once the box stands."""
        connection = await super().launch_kernel(cmd, **kwargs)
        # What goes wrong shows when the kernel does not answer.
        with contextlib.suppress(OSError), self.process.stdin as word, self.process.stdout as says:
            select.select([says], [], [], SETUP_SECONDS)
            word.write(b"\n")
        return connection


class Box:
    """A command line that runs another one in a world of its own.

    Parameters
    ----------
    limits : dict
        Fields of `Limits`.
    readable : sequence of str
        Files and folders that are there, and cannot be changed, beside Python and its packages.
    placed : dict
        {where it appears: a file or folder that stands there}.
    masked : sequence of str
        Folders that are there, but empty.
    """

    def __init__(self, limits=None, readable=(), placed=None, masked=()):
        self.limits = Limits(**(limits or {}))
        self.readable, self.placed, self.masked = readable, placed or {}, masked

    def command(self, command, connection=None):
        """Return the command in its box.

        Parameters
        ----------
        command : list of str
        connection : path or None
            A kernel's connection file: it appears as `CONNECTION`. A kernel starts after `WAIT`,
            and neither reads nor prints.

        Raises
        ------
        NoBoxError
            If there is no bubblewrap.
        """
        program = shutil.which("bwrap")
        if program is None:
            raise NoBoxError("bubblewrap is not installed: the program bwrap was not found.")
        arguments = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
        arguments += _no_more_namespaces(program)
        arguments += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
        arguments += ["--hostname", "box"]
        arguments += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
        for place in ("/dev/shm", "/tmp", HOME):
            arguments += _memory_disk(place, self.limits.disk_mb * MB)
        # After them: Python itself may be installed below /tmp or a home folder.
        arguments += [*_memory_disk(SOCKETS, MB), *self._system(), *self._files()]
        if connection is not None:
            arguments += ["--ro-bind", str(connection), CONNECTION]
        arguments += ["--remount-ro", "/", "--chdir", HOME]
        for name, value in self._environment().items():
            arguments += ["--setenv", name, value]
        run = 'exec "$@"'
        if connection is not None:
            run = f"{WAIT} && {run} < /dev/null > /dev/null"
        shell = ["/bin/sh", "-c", f"{self._limit()} && {run}", "box"]
        return [program, *arguments, "--", *shell, *command]

    def _system(self):
        """Python, its packages and the system's libraries, to be read only."""
        arguments = []
        for path in dict.fromkeys([*SYSTEM, sys.base_prefix, sys.prefix, *self.readable]):
            if os.path.exists(path):
                arguments += ["--ro-bind", str(path), str(path)]
        for path in LINKS:
            if os.path.islink(path):
                arguments += ["--symlink", os.readlink(path), path]
            elif os.path.isdir(path):
                arguments += ["--ro-bind", path, path]
        return arguments

    def _files(self):
        arguments = []
        for path in self.masked:
            arguments += [*_memory_disk(path, 4096), "--remount-ro", str(path)]
        placed = {**self.placed, **_fonts()}
        for place, path in placed.items():
            arguments += ["--ro-bind", str(path), place]
        return arguments

    def _environment(self):
        return {
            "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
            "HOME": HOME,
            "LANG": "C.UTF-8",
            "PYTHONPATH": COURSE,
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": "/tmp/ipython",
            "JUPYTER_PLATFORM_DIRS": "1",
            "MPLCONFIGDIR": MATPLOTLIB,
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
        }

    def _limit(self):
        """Return what lets the shell set the limits that the command then cannot raise."""
        limits = self.limits
        values = {
            "c": 0,
            "v": limits.address_mb * 1024,
            "f": limits.file_mb * MB // 512,
            "n": 256,
            # The signal that comes first says which limit it was; the second cannot be ignored.
            "S -t": limits.cpu_seconds,
            "H -t": limits.cpu_seconds + 2,
        }
        return " && ".join(f"ulimit -{flag} {value}" for flag, value in values.items())


def _memory_disk(place, size):
    return ["--size", str(size), "--tmpfs", str(place)]


@cache
def _no_more_namespaces(program):
    """Forbid boxes within the box, where this bubblewrap can (from 0.8 on)."""
    told = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return ["--disable-userns"] if "--disable-userns" in told.stdout + told.stderr else []


@cache
def _fonts():
    """Return where matplotlib's list of fonts stands in the box, and here.

    Without it, the first picture in every box would look for all fonts again.
    """
    import matplotlib  # only here: not every command draws

    folder = Path(matplotlib.get_cachedir())
    if not list(folder.glob("fontlist-*.json")):
        make = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(make, capture_output=True, check=False)
    return {f"{MATPLOTLIB}/{path.name}": str(path) for path in folder.glob("fontlist-*.json")}

"""The box: a student's kernel under bubblewrap, without network, files of others, or a way out."""

import os
import shutil
import site
import sys
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from autograder.limits import MB, Limits

HOME = "/home/student"
COURSE = "/course"  # where nnlib is, or what stands in for it
SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/alternatives")
LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")


class NoBoxError(RuntimeError):
    """The box cannot be built here; the message says what is missing."""


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in the box; its manager must speak over IPC.

    Attributes
    ----------
    box : Box
        Set by the manager's kernel specification.
    """

    async def pre_launch(self, **kwargs):
        """Put the box around the kernel's command."""
        kwargs = await super().pre_launch(**kwargs)
        box = Box(**self.kernel_spec.metadata["box"])
        folder = Path(self.parent.connection_file).parent
        kwargs["cmd"] = box.command(kwargs["cmd"], folder)
        kwargs["env"] = {"PATH": os.environ.get("PATH", os.defpath)}
        kwargs["cwd"] = "/"
        return kwargs


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

    def command(self, command, folder):
        """Return the command in its box.

        Parameters
        ----------
        command : list of str
        folder : Path
            The one place that both sides may write to: the sockets are there.
        """
        program = shutil.which("bwrap")
        if program is None:
            raise NoBoxError("bubblewrap is not installed: the program bwrap was not found.")
        size = str(self.limits.disk_mb * MB)
        arguments = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
        arguments += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
        arguments += ["--hostname", "box", *self._system()]
        arguments += ["--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm"]
        arguments += ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", HOME]
        arguments += self._files()
        arguments += ["--bind", str(folder), str(folder), "--remount-ro", "/", "--chdir", HOME]
        for name, value in self._environment().items():
            arguments += ["--setenv", name, value]
        return [program, *arguments, "--", *self._limited(command)]

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
            arguments += ["--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path)]
        for place, path in self.placed.items():
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
            "MPLCONFIGDIR": "/tmp/matplotlib",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
        }

    def _limited(self, command):
        """Let the shell set the limits that the kernel then cannot raise."""
        limits = self.limits
        values = {
            "c": 0,
            "v": limits.address_mb * 1024,
            "t": limits.cpu_seconds,
            "f": limits.file_mb * MB // 512,
            "n": 256,
        }
        settings = " && ".join(f"ulimit -{flag} {value}" for flag, value in values.items())
        return ["/bin/sh", "-c", f'{settings} && exec "$@"', "box", *command]


def packages():
    """Return the folder where Python's packages are."""
    return Path(site.getsitepackages()[0])

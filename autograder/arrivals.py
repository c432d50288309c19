"""What lies in a download: its files, with their times, from a folder, a zip or a single file."""

import os
import stat
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.archive import BULK, HAND_IN, ArchiveError, SafeZip, is_junk
from autograder.limits import MB

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # how a zip starts, and an empty one
MANIFEST = "manifest.json"  # in the zip that nnlib.homework.hand_in makes


@dataclass(frozen=True)
class Arrival:
    """A file of a download.

    Attributes
    ----------
    name : str
        Its path in the download, with "/".
    when : datetime
    read : callable
        Returns its content; raises ArchiveError.
    problem : str
        Why it must not be read, or "".
    """

    name: str
    when: datetime
    read: Callable
    problem: str = ""


@contextmanager
def opened(path, one=False):
    """Give the files of a download, as a list of Arrival.

    Parameters
    ----------
    path : Path
        A folder, a zip with the files of many, or one file.
    one : bool
        Whether a zip is one student's, to be taken as it is.

    Raises
    ------
    ArchiveError
        If a zip cannot be read, or is one student's and `one` is not set.
    """
    path = Path(path)
    if path.is_dir():
        yield _in_folder(path)
    elif one or not _is_zip(path):
        yield [_of_file(path, path.name)]
    else:
        with SafeZip(path, BULK) as archive:
            if any(entry.name == MANIFEST for entry in archive.entries):
                raise ArchiveError(
                    f"{path.name} is one student's own file. Say whose it is: --student ID"
                )
            yield _in_zip(archive, _time_of(path.stat()))


def _is_zip(path):
    with path.open("rb") as file:
        return file.read(4) in ZIP


def _in_folder(folder):
    found = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in [*links, *sorted(files)]:
            path = Path(place, name)
            relative = path.relative_to(folder).as_posix()
            if not is_junk(relative):
                found.append(_of_file(path, relative))
    return found


def _of_file(path, name):
    status = path.lstat()
    problem = ""
    if stat.S_ISLNK(status.st_mode):
        problem = "is a link"
    elif not stat.S_ISREG(status.st_mode):
        problem = "is no ordinary file"
    elif status.st_size > HAND_IN.one:
        problem = f"has {status.st_size / MB:,.0f} MB; {HAND_IN.one // MB} MB are read"
    return Arrival(name, _time_of(status), lambda: _read(path), problem)


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"it cannot be read ({error.strerror})") from None


def _in_zip(archive, otherwise):
    def reader(entry):
        return lambda: archive.read(entry)

    return [
        Arrival(
            entry.name,
            min(entry.when or otherwise, otherwise),  # nothing was packed after the zip was made
            reader(entry),
            entry.problem(BULK) or "",
        )
        for entry in archive.entries
        if not entry.is_folder
    ]


def _time_of(status):
    return datetime.fromtimestamp(int(status.st_mtime), UTC)

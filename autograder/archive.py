"""Zips from strangers: read in memory, piece by piece, and refused at the first sign of a trick."""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from autograder.limits import MB

ENCRYPTED = 0x1 | 0x40 | 0x2000
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
PIECE = 64 * 1024
END, END64 = b"PK\x05\x06", b"PK\x06\x07"
END_SIZE = 22 + 65535  # the end of a zip's list, with the longest comment
# What zipfile raises when the bytes are not what they should be.
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
JUNK = ("__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db", "desktop.ini")


class ArchiveError(ValueError):
    """A zip, or a file in it, that is not read; the message says why."""


@dataclass(frozen=True)
class Bounds:
    """How large a zip may be, unpacked.

    Parameters
    ----------
    entries : int
        Files and folders in it.
    one, all : int
        Bytes of one file, and of all.
    ratio : int
        How many times larger a file may become, once it has `from_size` bytes.
    list_bytes : int
        Of the list of its files, which is read at once.
    """

    entries: int = 200
    one: int = 50 * MB
    all: int = 100 * MB
    ratio: int = 200
    from_size: int = 5 * MB
    list_bytes: int = 1 * MB


HAND_IN = Bounds()
# What a learning platform packs: many hand-ins, each within its own bounds.
BULK = Bounds(entries=50_000, all=1 << 50, list_bytes=64 * MB)


class SafeZip:
    """A zip that is open for reading; nothing of it is ever written to a path of its choice.

    Parameters
    ----------
    source : bytes or Path
    bounds : Bounds

    Raises
    ------
    ArchiveError
        If it is no zip, or too large.
    """

    def __init__(self, source, bounds=HAND_IN):
        self.bounds = bounds
        with contextlib.ExitStack() as stack:
            if isinstance(source, bytes):
                file = io.BytesIO(source)
            else:
                file = stack.enter_context(open(source, "rb"))
            self._check_list(file)
            try:
                self._zip = stack.enter_context(zipfile.ZipFile(file))
            except DAMAGES as error:
                raise ArchiveError(f"it is no zip that can be read ({error})") from None
            infos = self._zip.infolist()
            if len(infos) > bounds.entries:
                raise ArchiveError(f"it holds {len(infos):,} files; {bounds.entries:,} are read")
            if sum(info.file_size for info in infos) > bounds.all:
                raise ArchiveError(f"unpacked it has more than {bounds.all // MB:,} MB")
            self.entries = [Entry(info) for info in infos if not is_junk(info.filename)]
            self._close = stack.pop_all().close

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close()

    def read(self, entry):
        """Return the content of a file.

        Raises
        ------
        ArchiveError
            If the file is a trick, too large, or damaged.
        """
        problem = entry.problem(self.bounds)
        if problem:
            raise ArchiveError(f"{entry.name!r:.120} {problem}")
        pieces, size = [], 0
        try:
            with self._zip.open(entry.info) as file:
                while piece := file.read(PIECE):
                    size += len(piece)
                    if size > self.bounds.one:
                        raise ArchiveError(f"{entry.name!r:.120} is larger than it says")
                    pieces.append(piece)
        except ArchiveError:
            raise
        except DAMAGES as error:
            raise ArchiveError(f"{entry.name!r:.120} is damaged ({error})") from None
        return b"".join(pieces)

    def check(self):
        """Raise ArchiveError if any entry is a trick, also one that nobody would read."""
        names = set()
        for entry in self.entries:
            problem = entry.problem(self.bounds)
            if problem:
                raise ArchiveError(f"{entry.name!r:.120} {problem}")
            if entry.name in names:
                raise ArchiveError(f"{entry.name!r:.120} is in it twice")
            names.add(entry.name)

    def _check_list(self, file):
        """Look at the size of the list before zipfile reads it."""
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - END_SIZE))
        tail = file.read()
        place = tail.rfind(END)
        if place < 0 or len(tail) - place < 22:
            raise ArchiveError("it is no zip that can be read (its end is missing)")
        (list_bytes,) = struct.unpack_from("<L", tail, place + 12)
        if END64 in tail[max(0, place - 20) : place] and self.bounds is HAND_IN:
            raise ArchiveError("it is a zip of the kind for more than 4 GB")
        if list_bytes > self.bounds.list_bytes and list_bytes != 0xFFFFFFFF:
            raise ArchiveError("the list of its files is too long")


class Entry:
    """A file in a zip.

    Attributes
    ----------
    name : str
        With "/" between its parts.
    when : datetime or None
        What the zip says; None, if that is no date.
    """

    def __init__(self, info):
        self.info = info
        self.name = info.filename.replace("\\", "/")

    @property
    def is_folder(self):
        """Whether it is a folder."""
        return self.name.endswith("/")

    @property
    def when(self):
        """The time that the zip gives for it, in the zone of this computer."""
        try:
            return datetime(*self.info.date_time).astimezone(UTC) if self._dated else None
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def _dated(self):
        return self.info.date_time[0] > 1980  # what a zip without dates has

    def problem(self, bounds):
        """Return what is wrong with it, in words that follow its name, or None."""
        info = self.info
        kind = stat.S_IFMT(info.external_attr >> 16)
        if is_path(self.name) or "\0" in info.orig_filename:
            return "would leave its folder"
        if kind == stat.S_IFLNK:
            return "is a link"
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            return "is a device"
        if info.flag_bits & ENCRYPTED:
            return "is encrypted"
        if info.compress_type not in PACKED:
            return "is packed in an unusual way"
        if info.file_size > bounds.one:
            return f"has {info.file_size / MB:,.0f} MB; {bounds.one // MB} MB are read"
        if info.file_size > bounds.from_size and info.file_size > bounds.ratio * info.compress_size:
            return "grows too much when it is unpacked"
        return None


def is_path(name):
    """Say whether a name reaches out of the folder that it is unpacked in."""
    parts = name.split("/")
    return name.startswith("/") or ".." in parts or ":" in parts[0]


def is_junk(name):
    """Say whether a file is one that computers add by themselves."""
    parts = [part for part in name.replace("\\", "/").split("/") if part]
    return any(part in JUNK or part.startswith("._") for part in parts)

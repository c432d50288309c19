"""Zips from strangers: what is read, and what is refused, each with its reason."""

import contextlib
import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.archive import BULK, HAND_IN, ArchiveError, Bounds, SafeZip, is_junk

MB = 1024 * 1024


def packed(*files, change=lambda info: None):
    """Return a zip of (name, content) pairs; `change` may alter what is said of each."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name, (2025, 11, 3, 10, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    return data.getvalue()


def of_kind(kind):
    def change(info):
        info.external_attr = (kind | 0o777) << 16

    return change


def read_all(data, bounds=HAND_IN):
    with SafeZip(data, bounds) as archive:
        archive.check()
        return {entry.name: archive.read(entry) for entry in archive.entries}


def refused(data, bounds=HAND_IN):
    with pytest.raises(ArchiveError) as error:
        read_all(data, bounds)
    return str(error.value)


def test_an_ordinary_zip_is_read():
    read = read_all(packed(("hw1-1.ipynb", b"{}"), ("pictures/one.png", b"png")))
    assert read == {"hw1-1.ipynb": b"{}", "pictures/one.png": b"png"}


def test_what_computers_add_is_passed_over():
    names = ["__MACOSX/._hw1-1.ipynb", "a/.DS_Store", ".ipynb_checkpoints/hw1-1.ipynb", "Thumbs.db"]
    assert all(map(is_junk, names))
    with SafeZip(packed(*((name, b"x") for name in names), ("a/hw.ipynb", b"y"))) as archive:
        assert [entry.name for entry in archive.entries] == ["a/hw.ipynb"]


@pytest.mark.parametrize(
    "name", ["../evil.ipynb", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil", "\\\\host\\evil"]
)
def test_a_path_out_is_refused(name):
    assert "would leave its folder" in refused(packed((name, b"x")))


def test_a_link_and_devices_are_refused():
    assert "is a link" in refused(packed(("hw", b"/etc/passwd"), change=of_kind(stat.S_IFLNK)))
    for kind in (stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        assert "is a device" in refused(packed(("hw", b""), change=of_kind(kind)))


def test_an_encrypted_file_is_refused():
    data = bytearray(packed(("hw1-1.ipynb", b"{}")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "is encrypted" in refused(bytes(data))


def test_a_file_that_grows_too_much_is_refused():
    # 40 MB of zeros in 40 kB.
    assert "grows too much" in refused(packed(("hw1-1.ipynb", bytes(40 * MB))))


def test_sizes_are_bounded():
    small = Bounds(entries=3, one=1000, all=2500, from_size=10_000)
    assert "has 0 MB" in refused(packed(("a", bytes(1001))), small)
    assert "unpacked it has more" in refused(packed(*((n, bytes(900)) for n in "abc")), small)
    assert "holds 4 files; 3 are read" in refused(packed(*((n, b"") for n in "abcd")), small)


def test_a_size_that_is_a_lie_is_found():
    content = bytes(range(256)) * 40
    data = packed(("hw1-1.ipynb", content))
    size, lie = struct.pack("<L", len(content)), struct.pack("<L", 100)
    assert data.count(size) == 2
    assert "is damaged" in refused(data.replace(size, lie))


def test_a_long_list_is_refused_before_it_is_read():
    data = packed(*((f"{k:0100}", b"") for k in range(9000)))
    assert "the list of its files is too long" in refused(data)
    with SafeZip(data, BULK) as archive:
        assert len(archive.entries) == 9000


def test_two_files_of_one_name_are_refused():
    data = packed(("hw1-1.ipynb", b"one"), ("hw1-2.ipynb", b"two"))
    assert "is in it twice" in refused(data.replace(b"hw1-2", b"hw1-1"))


def test_an_unusual_packing_is_refused():
    def change(info):
        info.compress_type = zipfile.ZIP_LZMA

    assert "packed in an unusual way" in refused(packed(("hw", b"x" * 99), change=change))


def test_a_damaged_file_is_told():
    data = bytearray(packed(("hw1-1.ipynb", zlib.compress(bytes(range(256)) * 9))))
    data[60] ^= 0xFF
    assert "is damaged" in refused(bytes(data))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", bytes(100_000)])
def test_what_is_no_zip_is_told(data):
    assert "it is no zip that can be read" in refused(data)


def test_the_time_is_read_and_nonsense_is_no_time():
    def nonsense(info):
        info.date_time = (2025, 0, 0, 0, 0, 0)

    with SafeZip(packed(("a", b""))) as archive:
        assert archive.entries[0].when.year == 2025
    with SafeZip(packed(("a", b""), change=nonsense)) as archive:
        assert archive.entries[0].when is None


@given(st.binary(max_size=400), st.integers(0, 10**6))
def test_whatever_the_bytes_it_is_read_or_refused(noise, place):
    data = bytearray(packed(("hw1-1.ipynb", b"some content"), ("b/c", bytes(300))))
    place %= len(data)
    data[place : place + len(noise)] = noise
    with contextlib.suppress(ArchiveError):
        read_all(bytes(data))

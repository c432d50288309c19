"""Collecting: what is placed, what is held and why, and that every attempt is kept."""

import os
import shutil
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from hand_ins import notebook, our_zip, zipped

from autograder.collect import HELD, KNOWN, NEW, PASSED, CollectError, collect, counts
from autograder.course import Course
from autograder.roster import Roster, Student

HOMEWORK = Path(__file__).parents[2] / "homework"
MORNING = datetime(2025, 11, 3, 10, tzinfo=UTC)
CLASS = Roster(
    [
        Student("ada", "Ada Byron", moodle="11", canvas="17"),
        Student("bo", "Bo Li", moodle="12", canvas="18"),
        Student("kim1", "Kim Lee"),
        Student("kim2", "Lee Kim"),
    ]
)


class Desk:
    """A course, a folder of downloads, and what was placed."""

    def __init__(self, course, downloads):
        self.course, self.downloads = Course(course), downloads
        self.made = 0

    def write(self, name, content, hours=0):
        """Write a file of the download, as old as if made some hours after the morning."""
        path = self.downloads / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        time = MORNING.timestamp() + 3600 * hours
        os.utime(path, (time, time))
        return path

    def notebook(self, mark="", **answers):
        return notebook(self.course.folder, mark=mark, **answers)

    def collect(self, path=None, student=None, name="hw1-1"):
        return collect(self.course, name, path or self.downloads, CLASS, student)

    def placed(self):
        found = self.course.folder.glob("submitted/*/hw1-1/hw1-1.ipynb")
        return {path.parents[1].name: path.read_bytes() for path in found}

    def attempts(self, student):
        folder = self.course.folder / "attempts" / "hw1-1" / student
        return sorted(
            file.read_bytes()
            for file in folder.glob("*/*")
            if file.name not in ("attempt.json", "notebook.ipynb")
        )

    def held(self):
        """Return why each held file is held, by the file's name in the download."""
        reasons = {}
        for path in self.course.folder.glob("held/hw1-1/*/why.txt"):
            name, reason, *_ = path.read_text(encoding="utf-8").split("\n\n")
            reasons[name] = reason
        return reasons


@pytest.fixture
def desk(folder, tmp_path):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    return Desk(folder, downloads)


# What is placed.


@pytest.mark.parametrize(
    "name",
    [
        "ada/hw1-1.ipynb",
        "ada/hw1-1/hw1-1.ipynb",
        "ada/My solution.ipynb",
        "ADA/hw1-1.ipynb",
        "ada/hw1-1 (1).ipynb",
        "ada.ipynb",
        "ada (2).ipynb",
        "hw1-1_ada.ipynb",
        "ada-hw1-1.ipynb",
        "Ada Byron_11_assignsubmission_file_/hw1-1.ipynb",
        "Ada Byron_11_assignsubmission_file/sub folder/hw1-1.ipynb",
        "Ada Byron_11_assignsubmission_file_hw1-1.ipynb",
        "byronada_17_3001_hw1-1.ipynb",
        "byronada_LATE_17_3001_hw1-1-1.ipynb",
    ],
)
@pytest.mark.parametrize("pack", ["notebook", "our zip", "a zip of a folder"])
def test_it_is_placed_whatever_the_layout(desk, name, pack):
    content = desk.notebook()
    files = {
        "notebook": content,
        "our zip": our_zip(content),
        "a zip of a folder": zipped(("hw/hw1-1.ipynb", content), ("__MACOSX/hw/._x.ipynb", b"")),
    }
    name = name if pack == "notebook" else name.replace(".ipynb", ".zip")
    desk.write(name, files[pack])
    assert [taken.what for taken in desk.collect()] == [NEW]
    assert desk.placed() == {"ada": content}
    assert desk.attempts("ada") == [files[pack]]


def test_a_bulk_download_is_read_without_unpacking(desk):
    ada, bo = desk.notebook("ada"), desk.notebook("bo")
    bulk = zipped(
        ("Ada Byron_11_assignsubmission_file_/hw1-1.zip", our_zip(ada)),
        ("Bo Li_12_assignsubmission_file_/hw1-1.ipynb", bo),
        ("Bo Li_12_assignsubmission_onlinetext_/onlinetext.html", b"<p>here it is</p>"),
    )
    taken = desk.collect(desk.write("bulk.zip", bulk))
    assert counts(taken) == {NEW: 2, KNOWN: 0, HELD: 0, PASSED: 1}
    assert desk.placed() == {"ada": ada, "bo": bo}


def test_one_students_file_is_placed_for_whom_it_is_said_to_be(desk):
    path = desk.write("hw1-1.zip", our_zip(desk.notebook()))
    with pytest.raises(CollectError, match="--student ID"):
        desk.collect(path)
    desk.collect(path, student="bo")
    assert set(desk.placed()) == {"bo"}


def test_what_cannot_be_read_is_placed_so_that_its_verdict_says_so(desk):
    for student, content in {"ada": b"", "bo": b"{ no json", "kim1": b"\xff\xfe\x00"}.items():
        desk.write(f"{student}/hw1-1.ipynb", content)
    assert counts(desk.collect())[NEW] == 3
    assert desk.placed()["bo"] == b"{ no json"


def test_a_notebook_without_the_names_of_its_cells_is_placed(desk):
    content = desk.notebook().replace(b'"grade_id"', b'"gone"')
    for name in (b'"step-1"', b'"softmax"'):
        content = content.replace(b'"id": ' + name, b'"id": "x' + name[1:])
    desk.write("ada.ipynb", content)
    assert [taken.what for taken in desk.collect()] == [NEW]


# Attempts.


def test_every_attempt_is_kept_and_the_newest_counts(desk):
    first, second = desk.notebook("first"), desk.notebook("second")
    desk.write("ada/hw1-1.ipynb", second, hours=2)
    desk.collect()
    desk.write("ada/hw1-1.ipynb", first, hours=1)
    desk.collect()
    assert desk.placed() == {"ada": second}
    assert desk.attempts("ada") == sorted([first, second])
    time = desk.course.folder / "submitted" / "ada" / "hw1-1" / "timestamp.txt"
    assert time.read_text() == "2025-11-03 12:00:00 UTC\n"


def test_collecting_twice_is_collecting_once(desk):
    desk.write("ada/hw1-1.ipynb", desk.notebook())
    desk.write("eve/hw1-1.ipynb", desk.notebook("eve"))
    first = desk.collect()
    before = sorted(path for path in desk.course.folder.rglob("*"))
    second = desk.collect()
    assert [taken.what for taken in first] == [NEW, HELD]
    assert [taken.what for taken in second] == [KNOWN, HELD]
    assert sorted(path for path in desk.course.folder.rglob("*")) == before


def test_a_student_who_goes_back_to_the_first_attempt_gets_it(desk):
    first, second = desk.notebook("first"), desk.notebook("second")
    for hours, content in enumerate([first, second, first]):
        desk.write("ada/hw1-1.ipynb", content, hours)
        desk.collect()
    assert desk.placed() == {"ada": first}
    assert len(desk.attempts("ada")) == 3


def test_an_old_download_changes_nothing(desk):
    old = desk.write("old/ada/hw1-1.ipynb", desk.notebook("old"), hours=1)
    new = desk.write("new/ada/hw1-1.ipynb", desk.notebook("new"), hours=2)
    for folder in (old, new, old):
        desk.collect(folder.parents[1])
    assert desk.placed() == {"ada": new.read_bytes()}
    assert len(desk.attempts("ada")) == 2


def test_a_students_claim_about_the_time_is_not_believed(desk):
    late = our_zip(desk.notebook("claims to be newer"), made="2099-01-01T00:00:00+0000")
    desk.write("ada/hw1-1.zip", late, hours=1)
    desk.collect()
    newer = desk.notebook("newer")
    claims = zipped(("hw1-1.ipynb", newer), ("timestamp.txt", b"1999-01-01"))
    desk.write("ada/hw1-1.zip", claims, hours=2)
    desk.collect()
    assert desk.placed() == {"ada": newer}
    time = desk.course.folder / "submitted" / "ada" / "hw1-1" / "timestamp.txt"
    assert time.read_text().startswith("2025-11-03 12:00")


def test_of_two_files_of_canvas_the_later_upload_counts(desk):
    first, second = desk.notebook("first"), desk.notebook("second")
    desk.write("byronada_17_3009_hw1-1-1.ipynb", second, hours=1)
    desk.write("byronada_17_3001_hw1-1.ipynb", first, hours=2)  # packed later
    desk.collect()
    assert desk.placed() == {"ada": second}


def test_of_two_copies_the_one_with_the_higher_number_counts(desk):
    folder = "Ada Byron_11_assignsubmission_file_"
    desk.write(f"{folder}/hw1-1.ipynb", desk.notebook("first"), hours=1)
    desk.write(f"{folder}/hw1-1 (1).ipynb", desk.notebook("second"))
    desk.collect()
    assert desk.placed() == {"ada": desk.notebook("second")}


def test_a_notebook_beside_the_zip_that_holds_it_is_no_riddle(desk):
    content = desk.notebook()
    desk.write("ada/hw1-1.ipynb", content)
    desk.write("ada/hw1-1.zip", our_zip(content))
    assert counts(desk.collect())[NEW] == 2
    assert desk.placed() == {"ada": content}


def test_two_notebooks_of_the_same_time_are_held(desk):
    desk.write("ada/hw1-1.ipynb", desk.notebook("one"))
    desk.write("ada/other.ipynb", desk.notebook("two"))
    desk.write("bo/hw1-1.ipynb", desk.notebook())
    taken = desk.collect()
    assert [file.what for file in taken] == [HELD, HELD, NEW]
    assert set(desk.placed()) == {"bo"}
    assert "at the same time" in desk.held()["ada/other.ipynb"]
    # The instructor says which one counts.
    (held,) = desk.course.folder.glob("held/hw1-1/*/other.ipynb")
    desk.collect(held, student="ada")
    assert desk.placed()["ada"] == desk.notebook("two")
    assert set(desk.held()) == {"ada/hw1-1.ipynb"}


def test_what_stood_in_submitted_before_is_kept(desk):
    path = desk.course.folder / "submitted" / "ada" / "hw1-1" / "hw1-1.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(desk.notebook("by nbgrader"))
    os.utime(path, (MORNING.timestamp(),) * 2)
    desk.write("ada.ipynb", desk.notebook("new"), hours=1)
    desk.collect()
    assert desk.placed() == {"ada": desk.notebook("new")}
    assert desk.attempts("ada") == sorted([desk.notebook("by nbgrader"), desk.notebook("new")])


# What is held.


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("eve/hw1-1.ipynb", "'eve' is no student of the class list"),
        ("eve/ada/hw1-1.ipynb", "'eve' is no student of the class list"),
        ("hw1-1.ipynb", "whose it is cannot be told"),
        ("*.ipynb", "whose it is cannot be told"),
        ("ada,bo.ipynb", "whose it is cannot be told"),
        ("Eve Evil_99_assignsubmission_file_/hw1-1.ipynb", "'Eve Evil' (number 99) is not on"),
        ("Eve Evil_99_assignsubmission_file_ada.ipynb", "'Eve Evil' (number 99) is not on"),
        ("Kim Lee_98_assignsubmission_file_/hw1-1.ipynb", "may be several students: kim1, kim2"),
        ("evileve_99_3001_hw1-1.ipynb", "Canvas's 'evileve' (number 99) is not on"),
    ],
)
def test_a_file_whose_owner_is_not_known_is_held(desk, name, said):
    content = desk.notebook()
    desk.write(name, content)
    desk.write("bo/hw1-1.ipynb", desk.notebook("bo"))
    desk.collect()
    assert set(desk.placed()) == {"bo"}
    assert said in desk.held()[name]
    (held,) = (desk.course.folder / "held").rglob("*.ipynb")
    assert held.read_bytes() == content


def trick_zip(desk, name):
    content = desk.notebook()
    inner = zipped(("hw1-1.ipynb", content))
    encrypted = bytearray(inner)
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    return {
        "path": zipped(("../../bo/hw1-1/hw1-1.ipynb", content)),
        "absolute": zipped(("/tmp/hw1-1.ipynb", content)),
        "link": zipped(("hw1-1.ipynb", b"/etc/passwd"), external_attr=stat.S_IFLNK << 16),
        "device": zipped(("hw1-1.ipynb", b""), external_attr=stat.S_IFCHR << 16),
        "bomb": zipped(("hw1-1.ipynb", bytes(40_000_000))),
        "many": zipped(*((f"{k}.ipynb", b"") for k in range(300))),
        "zip in zip": zipped(("inner.zip", inner)),
        "hidden zip in zip": zipped(("hw1-1.ipynb", content), ("notes.txt", inner)),
        "encrypted": bytes(encrypted),
        "no notebook": zipped(("hw1-1.py", b"print()")),
        "only what computers add": zipped(("__MACOSX/._hw1-1.ipynb", b"")),
        "two notebooks": zipped(("a.ipynb", content), ("b.ipynb", desk.notebook("b"))),
        "damaged": inner[:-30],
        "no zip": b"Rar!\x1a\x07\x00",
    }[name]


@pytest.mark.parametrize(
    ("trick", "said"),
    [
        ("path", "would leave its folder"),
        ("absolute", "would leave its folder"),
        ("link", "is a link"),
        ("device", "is a device"),
        ("bomb", "grows too much"),
        ("many", "holds 300 files"),
        ("zip in zip", "there is a zip in the zip"),
        ("hidden zip in zip", "there is a zip in the zip"),
        ("encrypted", "is encrypted"),
        ("no notebook", "there is no notebook in the zip"),
        ("only what computers add", "there is no notebook in the zip"),
        ("two notebooks", "several notebooks"),
        ("damaged", "no zip that can be read"),
        ("no zip", "no zip that can be read"),
    ],
)
def test_a_zip_with_a_trick_is_held_and_a_neighbour_is_placed(desk, trick, said):
    desk.write("ada/hw1-1.zip", trick_zip(desk, trick))
    desk.write("bo/hw1-1.zip", our_zip(desk.notebook("bo")))
    outside = set(desk.downloads.parent.iterdir())
    desk.collect()
    assert desk.placed() == {"bo": desk.notebook("bo")}
    assert said in desk.held()["ada/hw1-1.zip"]
    assert set(desk.downloads.parent.iterdir()) == outside


def test_a_path_out_of_a_bulk_download_is_held(desk):
    bulk = zipped(("../ada/hw1-1.ipynb", desk.notebook()), ("bo/hw1-1.ipynb", desk.notebook()))
    desk.collect(desk.write("bulk.zip", bulk))
    assert set(desk.placed()) == {"bo"}
    assert "would leave its folder" in desk.held()["../ada/hw1-1.ipynb"]


def test_a_link_in_a_folder_is_not_followed(desk, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "hw1-1.ipynb").write_bytes(desk.notebook("secret"))
    (desk.downloads / "ada").symlink_to(tmp_path / "secret")
    (desk.downloads / "bo").mkdir()
    (desk.downloads / "bo" / "hw1-1.ipynb").symlink_to(tmp_path / "secret" / "hw1-1.ipynb")
    os.mkfifo(desk.downloads / "kim1.ipynb")
    desk.collect()
    assert desk.placed() == {}
    assert {why.split("because ")[1] for why in desk.held().values()} == {
        "it is a link.",
        "it is no ordinary file.",
    }


def test_a_link_in_submitted_is_not_written_through(desk, tmp_path):
    (desk.course.folder / "submitted").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (desk.course.folder / "submitted" / "ada").symlink_to(tmp_path / "elsewhere")
    desk.write("ada.ipynb", desk.notebook())
    desk.collect()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert "is a link" in desk.held()["ada.ipynb"]


def test_a_notebook_of_another_assignment_is_held(desk):
    shutil.copytree(HOMEWORK / "source" / "hw1-2", desk.course.folder / "source" / "hw1-2")
    other = notebook(desk.course.folder, "hw1-2")
    desk.write("ada/hw1-1.ipynb", other)
    both = zipped(("hw1-2.ipynb", other), ("hw1-1.ipynb", desk.notebook()))
    desk.write("bo/homework.zip", both)
    foreign = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print()")])
    desk.write("kim1/hw1-1.ipynb", nbformat.writes(foreign).encode())
    desk.collect()
    assert desk.placed() == {"bo": desk.notebook()}
    assert "it is a notebook of hw1-2, not of hw1-1" in desk.held()["ada/hw1-1.ipynb"]
    assert "it holds no answer of hw1-1" in desk.held()["kim1/hw1-1.ipynb"]


def test_a_file_too_large_is_held_without_being_read(desk):
    path = desk.write("ada/hw1-1.ipynb", b"")
    os.truncate(path, 60 * 1024 * 1024)
    desk.collect()
    assert "has 60 MB; 50 MB are read" in desk.held()["ada/hw1-1.ipynb"]


def test_files_beside_are_held_only_where_no_notebook_came(desk):
    desk.write("ada/hw1-1.ipynb", desk.notebook())
    desk.write("ada/numpy.py", b"raise SystemExit")
    desk.write("bo/hw1-1.docx", b"my homework")
    assert counts(desk.collect()) == {NEW: 1, KNOWN: 0, HELD: 1, PASSED: 1}
    assert "no notebook came with it" in desk.held()["bo/hw1-1.docx"]
    submitted = desk.course.folder / "submitted" / "ada" / "hw1-1"
    assert {path.name for path in submitted.iterdir()} == {"hw1-1.ipynb", "timestamp.txt"}


def test_what_is_held_names_no_control_characters(desk):
    desk.write("eve\x1b[2J\u202e/hw1-1.ipynb", desk.notebook())
    desk.collect()
    (why,) = (desk.course.folder / "held").rglob("why.txt")
    assert why.read_text(encoding="utf-8").startswith("eve<U+001B>[2J<U+202E>/hw1-1.ipynb\n")


def test_once_placed_it_is_held_no_more(desk):
    path = desk.write("eve.ipynb", desk.notebook())
    desk.collect()
    assert desk.held()
    collect(desk.course, "hw1-1", path, Roster([Student("eve")]))
    assert not desk.held()
    assert set(desk.placed()) == {"eve"}


# What cannot be collected at all.


def test_what_is_not_there_is_told(desk):
    with pytest.raises(CollectError, match="There is no file or folder"):
        desk.collect(desk.downloads / "nothing")
    with pytest.raises(CollectError, match="'eve' is not on the class list"):
        desk.collect(student="eve")
    damaged = zipped(("ada/hw1-1.ipynb", desk.notebook()))[:-40]
    with pytest.raises(CollectError, match=r"bulk\.zip cannot be collected"):
        desk.collect(desk.write("bulk.zip", damaged))


def test_our_own_zip_is_the_one_that_hand_in_makes(desk, monkeypatch):
    from nnlib.homework.hand_in import hand_in

    monkeypatch.chdir(desk.downloads)
    desk.write("hw1-1.ipynb", desk.notebook())
    hand_in("hw1-1")
    with zipfile.ZipFile("hw1-1.zip") as archive:
        assert "manifest.json" in archive.namelist()
    desk.collect(desk.downloads / "hw1-1.zip", student="ada")
    assert desk.placed() == {"ada": desk.notebook()}

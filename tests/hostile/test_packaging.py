"""Packaging and identity: whatever a download holds, each file is placed for certain, or held."""

import os
import stat
import unicodedata

import pytest
from classroom import HONEST, HONEST_POINTS, NEIGHBOUR, points
from hand_ins import our_zip, zipped
from one_class import graded_class, run, write

WRONG = {"softmax": "def softmax(scores):\n    return scores"}
LONG = "名" * 80
ACCENTS = "zoë"


def _encrypted(content):
    data = bytearray(zipped(("hw1-1.ipynb", content)))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def tricks(whole):
    """Return files that are held, each with words of its reason."""
    inner = zipped(("hw1-1.ipynb", whole))
    return {
        "up.zip": (zipped(("../../neighbour/hw1-1/hw1-1.ipynb", whole)), "would leave its folder"),
        "root.zip": (zipped(("/etc/hw1-1.ipynb", whole)), "would leave its folder"),
        "drive.zip": (zipped(("C:\\hw1-1.ipynb", whole)), "would leave its folder"),
        "link.zip": (
            zipped(("hw1-1.ipynb", b"/etc/passwd"), external_attr=stat.S_IFLNK << 16),
            "is a link",
        ),
        "device.zip": (
            zipped(("hw1-1.ipynb", b""), external_attr=stat.S_IFBLK << 16),
            "is a device",
        ),
        "bomb.zip": (zipped(("hw1-1.ipynb", bytes(40_000_000))), "grows too much"),
        "nested.zip": (zipped(("hw1-1.zip", inner)), "there is a zip in the zip"),
        "secret.zip": (_encrypted(whole), "is encrypted"),
        "cut.zip": (inner[:-30], "no zip that can be read"),
        "empty.zip": (zipped(), "there is no notebook in the zip"),
        "junk.zip": (
            zipped((".ipynb_checkpoints/hw1-1.ipynb", whole), ("__MACOSX/._hw1-1.ipynb", b"")),
            "there is no notebook in the zip",
        ),
        "homework.7z": (b"7z\xbc\xaf\x27\x1c", "no zip that can be read"),
        "homework.pdf": (b"%PDF-1.7", "no notebook came with it"),
    }


def _files(hand_in):
    whole, wrong = hand_in(HONEST), hand_in(WRONG)
    claims = our_zip(wrong, made="2099-01-01T00:00:00+0000")
    files = {
        f"{NEIGHBOUR}/hw1-1.zip": our_zip(whole),
        # Two attempts: the newer one counts, whatever the older one says of its time.
        "twice/hw1-1.zip": claims,
        "twice/again/hw1-1.ipynb": (whole, 1),
        # A browser's name for a second download.
        "copy/hw1-1.ipynb": wrong,
        "copy/hw1-1 (1).ipynb": whole,
        f"Mac/{LONG}.zip": zipped(("__MACOSX/._hw1-1.ipynb", b"junk"), ("hw1-1.ipynb", whole)),
        f"CAPITALS/hw1-1 ({'9' * 200}).ipynb": whole,
        f"{unicodedata.normalize('NFD', ACCENTS)}/hw1-1.ipynb": whole,
        # Another assignment's notebook, and a student who is not on the list.
        "other/hw1-1.ipynb": hand_in({}, name="hw1-2"),
        "stranger/hw1-1.ipynb": whole,
        f"held/{NEIGHBOUR}/hw1-1.ipynb": whole,
        f"Eve_1_assignsubmission_file_{NEIGHBOUR}.ipynb": whole,
        # Names that a shell, a path or a terminal would take for its own.
        "*/hw1-1.ipynb": whole,
        f"{NEIGHBOUR},twice/hw1-1.ipynb": whole,
        "..;rm -rf ~\x1b[2J/hw1-1.ipynb": whole,
        os.fsdecode(b"latin-\xe9/hw1-1.ipynb"): whole,
    }
    files |= {
        f"trick-{name.replace('.', '-')}/{name}": data for name, (data, _) in tricks(whole).items()
    }
    return files


STUDENTS = {
    NEIGHBOUR: "=HYPERLINK(1)",
    "twice": "Ada, Byron",
    "copy": '"Bo" Li',
    "Mac": "@SUM(1)",
    "capitals": "-1+1",
    ACCENTS: "Zoë",
    "other": "",
    "held": "",
}
HELD_STUDENTS = ("other", "stranger")


def _roster():
    names = {**STUDENTS, **{f"trick-{name.replace('.', '-')}": "" for name in tricks(b"")}}
    rows = [f'{id},"{name.replace(chr(34), chr(34) * 2)}"' for id, name in names.items()]
    return "\n".join(["id,name", *rows])


@pytest.fixture(scope="session")
def graded(tmp_path_factory, hand_in):
    def files():
        return _files(hand_in)

    return graded_class(tmp_path_factory, "packages", files, _roster())


def test_only_what_is_certain_was_placed_and_graded(graded):
    placed = {NEIGHBOUR, "twice", "copy", "Mac", "capitals", ACCENTS, "held"}
    assert set(graded.verdicts) == set(graded.scores) == placed
    assert graded.said["collect"]["status"] == 1
    assert f"Held: {len(graded.held)}." in graded.said["collect"]["out"]


def test_the_neighbour_is_unharmed(graded, neighbour, hand_in):
    assert graded.verdicts[NEIGHBOUR] == neighbour
    assert graded.submitted(NEIGHBOUR) == hand_in(HONEST)


@pytest.mark.parametrize("student", ["twice", "copy", "Mac", "capitals", ACCENTS])
def test_the_notebook_that_counts_is_graded(graded, hand_in, student):
    assert graded.submitted(student) == hand_in(HONEST)
    assert points(graded.verdicts[student]) == HONEST_POINTS


@pytest.mark.parametrize("name", tricks(b""))
def test_a_trick_is_held_with_its_reason_and_kept_as_it_came(graded, hand_in, name):
    content, said = tricks(hand_in(HONEST))[name]
    path = f"trick-{name.replace('.', '-')}/{name}"
    assert said in graded.held[path]
    kept = [file.read_bytes() for file in graded.folder.glob(f"held/hw1-1/*/*{name}")]
    assert content in kept


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("other/hw1-1.ipynb", "it is a notebook of hw1-2, not of hw1-1"),
        ("stranger/hw1-1.ipynb", "'stranger' is no student of the class list"),
        (f"Eve_1_assignsubmission_file_{NEIGHBOUR}.ipynb", "'Eve' (number 1) is not on"),
        ("*/hw1-1.ipynb", "'*' is no student"),
        (f"{NEIGHBOUR},twice/hw1-1.ipynb", "is no student"),
        ("..;rm -rf ~<U+001B>[2J/hw1-1.ipynb", "is no student"),
        ("latin-<U+DCE9>/hw1-1.ipynb", "is no student"),
    ],
)
def test_what_cannot_be_placed_is_held(graded, path, said):
    assert said in graded.held[path]


def test_nothing_was_written_beside_the_course_folder(graded):
    beside = {path.name for path in graded.folder.parent.iterdir()}
    assert beside == {graded.folder.name, "downloads", "done.json", "lock"}
    links = [path for path in graded.folder.rglob("*") if path.is_symlink()]
    assert links == []


def test_every_attempt_is_kept_and_the_time_is_that_of_the_file(graded, hand_in):
    kept = {path.read_bytes() for path in graded.folder.glob("attempts/hw1-1/twice/*/hw1-1.*")}
    claims = our_zip(hand_in(WRONG), made="2099-01-01T00:00:00+0000")
    assert kept == {claims, hand_in(HONEST)}
    time = graded.folder / "submitted" / "twice" / "hw1-1" / "timestamp.txt"
    assert time.read_text() == "2023-11-14 23:13:20 UTC\n"


def test_no_name_is_a_formula_in_the_table(graded):
    said = run(graded.folder, "export", "--output", "-")["out"]
    for name in ("=HYPERLINK(1)", "@SUM(1)", "-1+1"):
        assert f'"\'{name}"' in said
    assert '"Ada, Byron"' in said
    assert '"""Bo"" Li"' in said


def test_collecting_and_grading_again_changes_nothing(graded):
    before = _contents(graded.folder)
    collected = run(graded.folder, "collect", "hw1-1", str(graded.folder.parent / "downloads"))
    graded_again = run(graded.folder, "grade", "hw1-1")
    assert "New: 0." in collected["out"]
    assert graded_again["out"] == graded.said["grade"]["out"]
    assert _contents(graded.folder) == before


def _contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".db")
    return {path: path.read_bytes() for path in files}


# Class lists, and files on the disk.


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (("ada", "ADA"), "differ in capitals only"),
        (("ada", "../ada"), "line 3: the id '../ada' cannot be a folder's name"),
        (("ada", "a*"), "line 3: the id 'a*' cannot be a folder's name"),
        (("ada", '"a,b"'), "line 3: the id 'a,b' cannot be a folder's name"),
        (("ada", "=1+1"), "line 3: the id '=1+1' cannot be a folder's name"),
        (("ada", "--force"), "line 3: the id '--force' cannot be a folder's name"),
        (("ada", "\u202eada"), "cannot be a folder's name"),
        (("ada", "名" * 90), "cannot be a folder's name"),
        (("stra\u00dfe", "STRASSE"), "differ in capitals only"),
    ],
)
def test_a_class_list_with_such_ids_is_refused_and_nothing_is_taken_in(graded, tmp_path, ids, said):
    (tmp_path / "roster.csv").write_text("\n".join(["id", *ids]), encoding="utf-8")
    downloads = write(tmp_path / "downloads", {"ada/hw1-1.ipynb": b"{}"})
    roster = str(tmp_path / "roster.csv")
    done = run(graded.folder, "collect", "hw1-1", str(downloads), "--roster", roster)
    assert done["status"] == 2
    assert said in done["err"]
    assert not (graded.folder / "submitted" / "ada").exists()


def test_links_pipes_and_files_without_leave_are_held(graded, tmp_path, hand_in):
    downloads = write(tmp_path / "downloads", {"x": b""})
    (tmp_path / "secret.ipynb").write_bytes(hand_in(WRONG))
    (downloads / f"{NEIGHBOUR}.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (downloads / "twice").symlink_to(downloads)
    os.mkfifo(downloads / "copy.ipynb")
    (downloads / "Mac.ipynb").mkdir()
    before = graded.submitted(NEIGHBOUR)
    done = run(graded.folder, "collect", "hw1-1", str(downloads))
    assert done["status"] == 1
    assert "New: 0." in done["out"]
    assert graded.submitted(NEIGHBOUR) == before
    assert "it is a link" in graded.held[f"{NEIGHBOUR}.ipynb"]
    assert "it is a link" in graded.held["twice"]
    assert "it is no ordinary file" in graded.held["copy.ipynb"]

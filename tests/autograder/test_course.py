"""The course folder: its assignments, their settings, what was handed in."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from autograder.course import NNLIB, STUB, Course, CourseError, read_submitted
from autograder.limits import Limits
from autograder.rebuild import LARGEST_FILE

HOMEWORK = Path(__file__).parents[2] / "homework"


def settings(folder, text):
    (folder / "autograder.toml").write_text(text, encoding="utf-8")
    return Course(folder).assignment("hw1-1")


def hand_in(folder, student, content=b"{}", name="hw1-1.ipynb"):
    path = folder / "submitted" / student / "hw1-1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_both_homeworks_are_there_with_their_points():
    course = Course(HOMEWORK)
    assert course.names == ["hw1-1", "hw1-2"]
    first, second = map(course.assignment, course.names)
    assert (first.max_points, first.full_points) == (20, 20)
    assert (second.max_points, second.full_points) == (21, 20)


def test_the_stubs_are_those_of_the_release():
    stubs = Course(HOMEWORK).assignment("hw1-1").stubs
    assert stubs["step-1"].splitlines()[1].startswith("# Not answered yet")
    assert "shifted" not in stubs["softmax"]
    assert stubs["argument"].startswith("*Double-click here")


def test_in_the_box_stands_what_the_settings_say():
    course = Course(HOMEWORK)
    first, second = map(course.assignment, course.names)
    assert first.box["placed"] == {"/course/nnlib": str(STUB)}
    assert second.box["placed"] == {"/course/nnlib": str(NNLIB)}
    masked = {Path(path).name for path in first.box["masked"]}
    assert {"torch", "keras", "jax", "sympy"} <= masked
    assert all(Path(path).is_dir() for path in first.box["masked"])
    assert "keras" not in {Path(path).name for path in second.box["masked"]}


def test_every_question_has_a_title_of_its_own():
    course = Course(HOMEWORK)
    for assignment in map(course.assignment, course.names):
        assert set(assignment.titles) == set(assignment.points)
        assert len(set(assignment.titles.values())) == len(assignment.titles)
    assert assignment.titles["run-a-test"] == "The names of the three runs: run a"
    assert assignment.titles["report"] == "The report in words"


def test_without_settings_the_usual_ones_hold(folder):
    (folder / "autograder.toml").unlink()
    assignment = Course(folder).assignment("hw1-1")
    assert assignment.limits == Limits()
    assert assignment.box["placed"] == {"/course/nnlib": str(STUB)}


def test_limits_are_read(folder):
    assignment = settings(folder, "[hw1-1.limits]\ncell_seconds = 1.5\nprocesses = 7")
    assert assignment.limits == Limits(cell_seconds=1.5, processes=7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[hw1-1.limits]\ncell_second = 3", "Did you mean 'cell_seconds'"),
        ("[hw1-1.limits]\ncell_seconds = '3'", "cell_seconds should be a number above 0"),
        ("[hw1-1.limits]\nprocesses = 1.5", "processes should be a whole number above 0"),
        ("[hw1-1.limits]\nprocesses = true", "processes should be a whole number above 0"),
        ("[hw1-1.limits]\ncell_seconds = nan", "above 0; it is nan"),
        ("[hw1-1]\ncourse = 'none'", "'stub' or 'whole'; it is 'none'"),
        ("[hw1-1]\nmask = 'torch'", "mask should be a list of texts"),
        ("[hw1-1]\nbonus = ['step-9-test']", "'step-9-test' is not known"),
        ("[hw1-1]\nmasks = []", "Did you mean 'mask'"),
        ("hw1-1 = 3", "should be a table of settings"),
        ("[hw1-1", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_are_named(folder, text, said):
    with pytest.raises(CourseError, match=r"autograder\.toml") as error:
        settings(folder, text)
    assert said in str(error.value)


def test_it_is_found_from_the_folder_above(folder):
    shutil.move(folder, folder.parent / "homework")
    assert Course.find(folder.parent).folder == folder.parent / "homework"
    assert Course.find(folder.parent / "homework").folder == folder.parent / "homework"


def test_another_folder_and_another_assignment_are_told(tmp_path, folder):
    with pytest.raises(CourseError, match=r"is no course folder.*--course DIR"):
        Course.find(tmp_path)
    with pytest.raises(CourseError, match=r"no assignment 'hw1-9'.*The assignments are: hw1-1"):
        Course(folder).assignment("hw1-9")
    with pytest.raises(CourseError, match="no assignment"):
        Course(folder).assignment("../source/hw1-1")


def test_what_was_handed_in_is_found(folder):
    path = hand_in(folder, "ada", b"one")
    hand_in(folder, "=1+1", b"two", name="hw1-1 (1).ipynb")
    (folder / "submitted" / ".hidden" / "hw1-1").mkdir(parents=True)
    (folder / "submitted" / "bob" / "hw1-2").mkdir(parents=True)
    found = Course(folder).submissions("hw1-1")
    assert [submission.student for submission in found] == ["=1+1", "ada"]
    assert found[1].path == path
    assert found[1].sha256 == hashlib.sha256(b"one").hexdigest()
    # No notebook of this name: there, but empty.
    assert found[0].sha256 == hashlib.sha256(b"").hexdigest()
    assert Course(folder).assignment("hw1-1").job(found[0]).submitted == b""


def test_a_link_or_a_pipe_is_not_read(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path = hand_in(folder, "ada")
    path.unlink()
    path.symlink_to(secret)
    assert read_submitted(path) == b""
    path.unlink()
    os.mkfifo(path)
    assert read_submitted(path) == b""
    inner = folder / "submitted" / "eve" / "hw1-1"
    inner.parent.mkdir()
    inner.symlink_to(tmp_path)
    (tmp_path / "hw1-1.ipynb").write_text("secret")
    assert read_submitted(inner / "hw1-1.ipynb") == b""


def test_of_a_file_too_large_little_is_read(folder):
    path = hand_in(folder, "ada")
    with path.open("wb") as file:
        file.truncate(10 * LARGEST_FILE)
    assert len(read_submitted(path)) == LARGEST_FILE + 1


def test_a_job_holds_what_is_needed(folder):
    hand_in(folder, "ada", b"content")
    course = Course(folder)
    assignment = course.assignment("hw1-1")
    job = assignment.job(course.submissions("hw1-1")[0], provisioner="local-provisioner")
    assert (job.assignment, job.student, job.submitted) == ("hw1-1", "ada", b"content")
    assert job.provisioner == "local-provisioner"
    assert job.stubs == assignment.stubs

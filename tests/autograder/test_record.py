"""The gradebook: what is written into it, what stays, and gradebooks that cannot be used."""

import shutil
import sqlite3
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder import verdict as v
from autograder.course import Course
from autograder.record import RecordError, gradebook, only_writer, record, recorded
from autograder.release import release

HOMEWORK = Path(__file__).parents[2] / "homework"
STATUSES = [*v.FINAL, v.LIMIT_REACHED, v.NEEDS_PERSON, v.GRADER_FAULT, v.REFUSED]
AUTO, BY_HAND = "softmax-test", "argument"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose assignment is released; its path holds what an address would decode."""
    folder = tmp_path_factory.mktemp("a") / "курс %41 ?"
    shutil.copytree(HOMEWORK / "source" / "hw1-1", folder / "source" / "hw1-1")
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copy(HOMEWORK / name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")  # without alembic
        release(Course(folder), "hw1-1")
    return Course(folder)


def verdict(student, given):
    """Return a verdict: {question: (points, status)}; an empty one is unreadable."""
    questions = tuple(v.Question(n, p, 4, status) for n, (p, status) in given.items())
    return v.Verdict("hw1-1", student, questions, v.GRADED if given else v.UNREADABLE)


def write(course, student, given, **answers):
    assignment = course.assignment("hw1-1")
    texts = {**assignment.stubs, **answers}
    record(course.folder, verdict(student, given), assignment.notebook, texts)


def grades(course, student):
    """Return (auto, manual, needs a person) of each question."""
    with gradebook(course.folder) as book:
        (notebook,) = book.find_submission("hw1-1", student).notebooks
        return {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in notebook.grades
        }


def grade_by_hand(course, student, points, name=BY_HAND):
    """Give points, as a person does in formgrader."""
    with gradebook(course.folder) as book:
        grade = book.find_grade(name, "hw1-1", "hw1-1", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


# What is written.


def test_only_final_statuses_put_a_number_there(course):
    for status in STATUSES:
        write(course, "ada", {AUTO: (2, status)})
        auto, _, needed = grades(course, "ada")[AUTO]
        assert (auto, needed) == ((2, False) if status in v.FINAL else (None, True))


def test_a_question_that_is_gone_does_not_keep_its_old_score(course):
    write(course, "bo", {AUTO: (2, v.GRADED), BY_HAND: (None, v.NEEDS_PERSON)})
    write(course, "bo", {AUTO: (0, v.NOT_ATTEMPTED), BY_HAND: (0, v.NOT_ATTEMPTED)})
    assert grades(course, "bo")[AUTO] == (0, None, False)
    write(course, "bo", {})  # the third file cannot be read
    assert {auto for auto, _, _ in grades(course, "bo").values()} == {None}
    assert all(needed for _, _, needed in grades(course, "bo").values())


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from([0.0, 1.5, 2.0]), st.sampled_from(STATUSES)),
            st.sampled_from([0.0, 2.5, 4.0]),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_a_person_has_the_last_word_in_any_order(course, steps):
    """Verdicts and points by hand, one after the other: each keeps to its own column."""
    write(course, "kim", {AUTO: (0, v.GRADED)})
    grade_by_hand(course, "kim", None, AUTO)
    auto, manual = 0, None
    for step in steps:
        if isinstance(step, tuple):
            write(course, "kim", {AUTO: step})
            auto = step[0] if step[1] in v.FINAL else None
        else:
            manual = step
            grade_by_hand(course, "kim", step, AUTO)
        assert grades(course, "kim")[AUTO][:2] == (auto, manual)
        write(course, "kim", {AUTO: (auto, v.GRADED if auto is not None else v.LIMIT_REACHED)})
        assert grades(course, "kim")[AUTO][:2] == (auto, manual)


def test_a_manual_grade_is_looked_at_again_only_if_the_answer_changed(course):
    asked = {BY_HAND: (None, v.NEEDS_PERSON)}
    write(course, "lee", asked, argument="Because.")
    grade_by_hand(course, "lee", 3)
    write(course, "lee", asked, argument="Because.")
    assert grades(course, "lee")[BY_HAND] == (None, 3, False)
    write(course, "lee", asked, argument="Because it is so.")
    assert grades(course, "lee")[BY_HAND] == (None, 3, True)
    grade_by_hand(course, "lee", 4)
    write(course, "lee", {BY_HAND: (0, v.NOT_ATTEMPTED)})
    assert grades(course, "lee")[BY_HAND] == (0, 4, True)


# Gradebooks.


def test_an_assignment_that_is_not_released_is_told(course, tmp_path):
    questions = course.assignment("hw1-1").points
    assert "ada" in recorded(course.folder, "hw1-1", questions) | {"ada"}
    with pytest.raises(RecordError, match="hw9 is not in the gradebook: run `autograder release"):
        recorded(course.folder, "hw9", questions)
    with pytest.raises(RecordError, match="hw1-1 has other questions in the gradebook"):
        recorded(course.folder, "hw1-1", {**questions, "a new one": 1})


def test_a_new_gradebook_is_one_that_nbgrader_knows(tmp_path):
    with gradebook(tmp_path) as book:
        book.add_student("ada")
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        assert [student.id for student in book.students] == ["ada"]
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]


def test_an_old_gradebook_is_told_and_the_command_that_is_named_mends_it(tmp_path):
    old = resources.files("nbgrader").joinpath("tests/apps/files/gradebook.db")
    path = tmp_path / "gradebook.db"
    path.write_bytes(old.read_bytes())
    with pytest.raises(RecordError, match="Run `nbgrader db upgrade` in the course folder"):
        gradebook(tmp_path).__enter__()
    assert path.read_bytes() == old.read_bytes()
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "nbgrader", "db", "upgrade"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    with gradebook(tmp_path) as book:
        assert book.students == []
    copies = [p for p in tmp_path.iterdir() if p.name != "gradebook.db" and p.is_file()]
    assert [copy.read_bytes() for copy in copies] == [old.read_bytes()]


@pytest.mark.parametrize("version", [None, "ffffffffffff"])
def test_a_gradebook_of_an_unknown_version_is_told(tmp_path, version):
    with gradebook(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("DELETE FROM alembic_version")
        if version:
            database.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    with pytest.raises(RecordError, match="another version of nbgrader"):
        gradebook(tmp_path).__enter__()


def test_what_is_no_gradebook_is_told(tmp_path):
    (tmp_path / "gradebook.db").write_bytes(b"no database" * 100)
    with pytest.raises(RecordError, match="cannot be used: file is not a database"):
        gradebook(tmp_path).__enter__()


def test_a_gradebook_that_another_program_holds_is_told(tmp_path, monkeypatch):
    with gradebook(tmp_path):
        pass
    monkeypatch.setattr("autograder.record.WAIT_SECONDS", 0.1)
    with sqlite3.connect(tmp_path / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with (
            pytest.raises(RecordError, match="database is locked"),
            gradebook(tmp_path) as book,
        ):
            book.add_student("ada")


def test_the_lock_is_held_by_one_and_given_back(tmp_path):
    at_work = pytest.raises(RecordError, match="Another run of autograder is at work")
    with only_writer(tmp_path), at_work:
        only_writer(tmp_path).__enter__()
    with only_writer(tmp_path):
        pass

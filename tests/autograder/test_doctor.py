"""The doctor says what is there, and names what is missing with what to do."""

import sqlite3
import stat

from autograder import doctor
from autograder.doctor import GOOD, MISSING, WEAK, Answer, can_grade, examine
from autograder.record import gradebook


def script(folder, name, text):
    """Put a program of this name alone on the path."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def test_this_computer_can_grade_and_every_thing_has_its_words():
    answers = list(examine())
    assert can_grade(answers)
    assert {answer.thing for answer in answers} >= {"box", "nbgrader", "alembic", "cgroup pids"}
    assert all(answer.words for answer in answers)


def test_without_bubblewrap_nothing_is_graded(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = doctor.box()
    assert answer.state == MISSING
    assert "apt-get install bubblewrap" in answer.words
    assert not can_grade([answer])


def test_a_bubblewrap_that_is_forbidden_is_told_with_its_own_words(monkeypatch, tmp_path):
    text = "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    monkeypatch.setenv("PATH", script(tmp_path / "bin", "bwrap", text))
    answer = doctor.box()
    assert answer.state == MISSING
    assert "No permissions to create new namespace" in answer.words
    assert "user namespaces" in answer.words


def test_the_systems_setting_that_forbids_is_named(monkeypatch, tmp_path):
    path = tmp_path / "max_user_namespaces"
    path.write_text("0\n")
    monkeypatch.setattr(doctor, "USER_NAMESPACES", ((str(path), "0", "it should be above"),))
    assert f"Look at {path}" in doctor._why_no_namespaces()


def test_a_box_that_is_none_is_seen_through(monkeypatch, tmp_path):
    # A bwrap that runs the command, but builds no box around it.
    text = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
    path = script(tmp_path / "bin", "bwrap", text)
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    monkeypatch.setenv("SECRET_TOKEN", "x")
    answer = doctor.box()
    assert answer.state == MISSING
    assert "it has holes" in answer.words
    assert "SECRET_TOKEN" in answer.words
    assert "files of this computer" in answer.words


def test_without_groups_grading_is_weaker_and_it_is_said_how(monkeypatch):
    monkeypatch.setattr(doctor, "writable_group", lambda controller: None)
    memory, processes, _ = doctor._groups()
    assert [memory.state, processes.state] == [WEAK, WEAK]
    assert "fork" in processes.words
    assert can_grade([memory, processes])


def test_little_room_on_the_disk_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "DISK_MB", 10**12)
    assert {answer.state for answer in doctor._disk(tmp_path)} == {WEAK}


def test_alembic_is_looked_for_beside_python_and_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "/nowhere")
    assert doctor._alembic().state == GOOD
    monkeypatch.setattr(doctor.sys, "executable", str(tmp_path / "python"))
    answer = doctor._alembic()
    assert (answer.state, "nbgrader's own commands" in answer.words) == (WEAK, True)


def test_a_gradebook_of_another_version_is_told(tmp_path):
    with gradebook(tmp_path):
        pass
    path = tmp_path / "gradebook.db"
    assert doctor._gradebook(path).state == GOOD
    with sqlite3.connect(path) as book:
        book.execute("UPDATE alembic_version SET version_num = 'old'")
    book.close()
    answer = doctor._gradebook(path)
    assert (answer.state, "nbgrader db upgrade" in answer.words) == (MISSING, True)
    path.write_text("no database")
    assert "cannot be read" in doctor._gradebook(path).words


def test_one_missing_thing_is_enough():
    assert not can_grade([Answer("a", GOOD, ""), Answer("b", MISSING, "")])

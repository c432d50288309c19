"""Groups are made where they can be, count what reached their limits, and leave nothing behind."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import groups
from autograder.groups import Group, entering, writable_group
from autograder.limits import Limits

needs_groups = pytest.mark.skipif(
    not all(map(writable_group, groups.CONTROLLERS)), reason="no cgroups can be made here"
)


@pytest.fixture
def group():
    group = Group(replace(Limits(), memory_mb=50, processes=5))
    yield group
    group.close()
    assert not any(Path(folder).exists() for folder in group.folders)


def run(group, script):
    command = entering(group.folders, ["/bin/sh", "-c", script])
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@needs_groups
def test_what_stays_within_the_limits_runs_as_ever(group):
    assert run(group, "echo $((6 * 7))").stdout == "42\n"
    assert group.reached() == ""


@needs_groups
def test_too_much_memory_ends_the_process_and_is_counted(group):
    assert run(group, """exec python3 -c 'b = b"x" * 200_000_000; print(len(b))'""").stdout == ""
    assert group.reached() == "memory"


@needs_groups
def test_too_many_processes_are_refused_and_counted(group):
    assert run(group, "for i in 1 2 3 4 5 6 7 8; do sleep 0.2 & done; wait").returncode != 0
    assert group.reached() == "processes"


def test_without_a_controller_there_is_no_group(monkeypatch, tmp_path):
    monkeypatch.setattr(groups, "_candidates", lambda controller: [tmp_path])
    assert writable_group.__wrapped__("pids") is None
    assert list(tmp_path.iterdir()) == []


def test_without_groups_a_command_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(groups, "writable_group", lambda controller: None)
    group = Group(Limits())
    assert entering(group.folders, ["true"]) == ["true"]
    assert group.reached() == ""
    group.close()


@pytest.mark.parametrize(
    ("file", "text", "limit"),
    [
        ("memory.events", "low 0\noom 1\noom_kill 1\n", "memory"),  # version 2
        ("memory.events", "low 0\noom 1\noom_kill 0\n", ""),
        ("memory.oom_control", "oom_kill_disable 0\noom_kill 2\n", "memory"),  # version 1
        ("pids.events", "max 3\n", "processes"),
        ("pids.events", "max 0\n", ""),
        ("pids.events", "what is this\n", ""),
    ],
)
def test_both_versions_counts_are_read(tmp_path, monkeypatch, file, text, limit):
    monkeypatch.setattr(groups, "writable_group", lambda controller: tmp_path)
    group = Group(Limits())
    (folder,) = map(Path, group.folders)  # of version 2, one group has both
    (folder / file).write_text(text)
    assert group.reached() == limit


@needs_groups
def test_what_a_killed_grader_left_is_swept():
    gone = subprocess.Popen(["true"])
    gone.wait()
    parent = writable_group("pids")
    left, used = (parent / f"autograder-{pid}-0" for pid in (gone.pid, os.getpid()))
    left.mkdir()
    used.mkdir()
    try:
        assert writable_group.__wrapped__("pids") == parent  # as another grader would ask
        assert not left.exists()
        assert used.exists()
    finally:
        used.rmdir()

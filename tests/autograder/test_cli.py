"""The command: its help, its exit status, and one class from files to grades."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hand_ins import notebook, our_zip

from autograder import commands, doctor
from autograder import verdict as v
from autograder.cli import main
from autograder.course import Course
from autograder.doctor import GOOD, MISSING, Answer

COMMANDS = (
    "doctor",
    "check",
    "release",
    "student",
    "collect",
    "grade",
    "feedback",
    "report",
    "export",
)
RIGHT = {
    "step_1": 'step_1 = r"""\nyhat_i*(1 - yhat_i)\n"""',
    "step_2": 'step_2 = r"""\nyhat_i\n"""',
    "argument": "Because the sum is one.",
}


@pytest.fixture(autouse=True)
def stay(monkeypatch, tmp_path):
    """Start each command in a folder that is no course."""
    monkeypatch.chdir(tmp_path)


def run(folder, *arguments):
    return main([*arguments, "--course", str(folder)])


@pytest.fixture
def handed_in(folder, tmp_path):
    """A course with a class list, and what two of three students handed in."""
    downloads = tmp_path / "downloads"
    (downloads / "ada").mkdir(parents=True)
    (downloads / "ada" / "hw1-1.zip").write_bytes(our_zip(notebook(folder, **RIGHT)))
    (downloads / "bo.ipynb").write_bytes(notebook(folder))
    (folder / "roster.csv").write_text("id,name\nada,Ada Byron\nbo,Bo Li\ncy,Cy Ma\n")
    return folder, downloads


@pytest.fixture
def quick(monkeypatch):
    """Grade without kernels: whoever answered step 1 gets its point."""
    graded = []

    def grade_all(course, name, student=None, **options):
        graded.append({"student": student, **options})
        for submission in course.submissions(name):
            if student in (None, submission.student):
                keep(course, name, submission)

    def keep(course, name, submission):
        assignment = course.assignment(name)
        answered = b"1 - yhat_i" in submission.path.read_bytes()
        questions = [
            v.Question(name, most, most, v.GRADED)
            if answered and name == "step-1-test"
            else v.Question(name, 0.0, most, v.NOT_ATTEMPTED)
            for name, most in assignment.points.items()
        ]
        if answered:
            questions[-1] = v.Question("argument", None, 4, v.NEEDS_PERSON)
        verdict = v.Verdict(name, submission.student, tuple(questions), v.GRADED)
        path = course.folder / "graded" / name / f"{submission.student}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**verdict.to_dict(), "sha256": submission.sha256}))

    monkeypatch.setattr(commands, "grade_all", grade_all)
    monkeypatch.setattr(doctor, "box", lambda: Answer("box", GOOD, ""))
    return graded


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "exit status: 0, all is well; 1, something needs a look; 2," in said
    assert "--json FILE" in said
    assert len(said.split()) > 60


def test_help_comes_at_once_and_names_every_command():
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "autograder", "--help"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0
    assert all(f"autograder {command}" in done.stdout for command in COMMANDS)
    assert "nbgrader" not in done.stderr
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["grades"],
        ["grade"],
        ["grade", "hw1-1", "--workers", "0"],
        ["grade", "hw1-1", "--workers", "many"],
        ["grade", "hw1-1", "--no-sand"],
        ["export", "--format", "xls"],
    ],
)
def test_wrong_usage_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grade", "hw1-9"], "There is no assignment 'hw1-9'"),
        (["grade", "hw1-1"], "Nobody has handed in hw1-1 yet"),
        (["report", "hw1-1"], "Nothing is graded yet"),
        (["feedback", "hw1-1"], "Nothing is graded yet"),
        (["export"], "Nothing is graded yet"),
        (["collect", "hw1-1", "nowhere"], "A class list is needed"),
        (["collect", "hw1-1", ".", "--roster", "nowhere.csv"], "There is no file nowhere.csv"),
        (["check", "hw1-9"], "There is no assignment 'hw1-9'"),
        (["release", "../hw1-1"], "There is no assignment"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_and_ends_with_2(folder, arguments, said, capsys):
    assert run(folder, *arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_a_folder_that_is_no_course_is_told(tmp_path, capsys):
    assert run(tmp_path, "grade", "hw1-1") == 2
    assert "is no course folder" in capsys.readouterr().err


def test_without_a_box_nothing_is_graded_and_no_sandbox_says_what_it_gives_up(
    handed_in, quick, monkeypatch, capsys
):
    folder, downloads = handed_in
    run(folder, "collect", "hw1-1", str(downloads))
    missing = Answer("box", MISSING, "bubblewrap is not installed")
    monkeypatch.setattr(doctor, "box", lambda: missing)
    assert run(folder, "grade", "hw1-1") == 2
    assert "Nothing is graded without a box, and bubblewrap is not" in capsys.readouterr().err
    assert quick == []
    assert run(folder, "grade", "hw1-1", "--no-sandbox") == 1
    assert "the students' code runs as you" in capsys.readouterr().err
    assert quick[0]["provisioner"] == "local-provisioner"


def test_collecting_says_what_is_held_and_who_is_missing(handed_in, tmp_path, capsys):
    folder, downloads = handed_in
    assert run(folder, "collect", "hw1-1", str(downloads)) == 0
    said = capsys.readouterr().out
    assert "New: 2. Known already: 0. Held: 0." in said
    assert "Have handed in hw1-1: 2. Have not: cy." in said
    (downloads / "eve\x1b.ipynb").write_bytes(b"{}")
    out = tmp_path / "out.json"
    assert run(folder, "collect", "hw1-1", str(downloads), "--json", str(out)) == 1
    said = capsys.readouterr().out
    assert "New: 0. Known already: 2. Held: 1." in said
    assert "eve<U+001B>.ipynb" in said
    found = json.loads(out.read_text())
    assert found["missing"] == ["cy"]
    assert sorted(file["what"] for file in found["files"]) == ["held", "known", "known"]
    assert "Still held" not in said
    (downloads / "eve\x1b.ipynb").unlink()
    assert run(folder, "collect", "hw1-1", str(downloads)) == 1
    assert "Still held from earlier: 1, in " in capsys.readouterr().out


def test_grading_shows_a_table_and_ends_with_1_while_a_person_is_needed(
    handed_in, quick, tmp_path, capsys
):
    folder, downloads = handed_in
    run(folder, "collect", "hw1-1", str(downloads))
    capsys.readouterr()
    out = tmp_path / "out.json"
    assert run(folder, "grade", "hw1-1", "--workers", "3", "--json", str(out)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["student", "points", "status", "needs", "a", "look"]
    assert " ".join(lines[2].split()) == "ada 1 of 20 graded needs a person: argument"
    assert lines[3].split() == ["bo", "0", "of", "20", "final"]
    assert lines[5] == "Graded: 2. Need a look: 1."
    assert "Nbgrader → Formgrader" in lines[6]
    assert (quick[0]["workers"], quick[0]["provisioner"]) == (3, "autograder-box")
    assert [result["final"] for result in json.loads(out.read_text())] == [False, True]
    # One student alone, of whom nothing waits.
    assert run(folder, "grade", "hw1-1", "--student", "bo", "--force") == 0
    assert quick[1]["student"] == "bo"
    assert run(folder, "grade", "hw1-1", "--student", "eve") == 2


def test_feedback_report_and_export(handed_in, quick, capsys):
    folder, downloads = handed_in
    run(folder, "collect", "hw1-1", str(downloads))
    run(folder, "grade", "hw1-1")
    capsys.readouterr()
    assert run(folder, "feedback", "hw1-1") == 1
    assert "Not final yet, and the pages say so: ada." in capsys.readouterr().out
    assert (folder / "feedback" / "bo" / "hw1-1" / "hw1-1.html").is_file()
    assert run(folder, "feedback", "hw1-1", "--student", "bo") == 0
    assert run(folder, "report", "hw1-1") == 1
    assert "Handed in nothing (1):\n  cy" in capsys.readouterr().out
    assert run(folder, "export") == 1
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert [row["score"] for row in csv.DictReader(file)] == ["", "0", ""]
    assert "No class list" not in capsys.readouterr().err
    (folder / "roster.csv").rename(folder / "list.csv")
    for command in ("report", "export"):
        run(folder, command, "hw1-1")
        assert "No class list: names, and who handed in nothing" in capsys.readouterr().err
    (folder / "list.csv").rename(folder / "roster.csv")
    assert run(folder, "export", "hw1-1", "--format", "moodle") == 2
    assert "--table FILE" in capsys.readouterr().err
    worksheet = folder / "worksheet.csv"
    worksheet.write_text(
        "Identifier,Full name,Grade\nParticipant 3,Bo Li,\nParticipant 4,Ada Byron,\n"
    )
    assert (
        run(
            folder,
            "export",
            "hw1-1",
            "--format",
            "moodle",
            "--table",
            str(worksheet),
            "--output",
            "-",
        )
        == 1
    )
    said = capsys.readouterr()
    assert said.out == '"Identifier","Full name","Grade"\n"Participant 3","Bo Li","0"\n'
    assert "Left out, not final yet: ada." in said.err


def test_the_doctor_ends_with_1_when_something_is_missing(monkeypatch, capsys):
    assert main(["doctor"]) == 0
    assert "This computer can grade safely" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "box", lambda: Answer("box", MISSING, "bubblewrap is not there"))
    assert main(["doctor"]) == 1
    assert "✗ box: bubblewrap is not there" in capsys.readouterr().out


def test_a_check_that_finds_something_ends_with_1(folder, quick, monkeypatch, capsys):
    from autograder.check import Finding

    found = [Finding("hw1-1", "one"), Finding("hw1-1", "two", ("it leaks",))]
    monkeypatch.setattr(commands, "findings_of", lambda *_: iter(found))
    assert run(folder, "check") == 1
    assert "✓ hw1-1: one\n✗ hw1-1: two\n    it leaks" in capsys.readouterr().out


@pytest.mark.slow
def test_one_class_from_files_to_grades_in_the_box(handed_in):
    folder, downloads = handed_in
    assert run(folder, "release", "hw1-1") == 0
    assert run(folder, "collect", "hw1-1", str(downloads)) == 0
    assert run(folder, "grade", "hw1-1", "--workers", "1") == 1
    ada = json.loads((folder / "graded" / "hw1-1" / "ada.json").read_text())
    points = {question["name"]: question["points"] for question in ada["questions"]}
    assert (points["step-1-test"], points["step-2-test"], points["argument"]) == (1, 0, None)
    assert run(folder, "feedback", "hw1-1") == 1
    html = (folder / "feedback" / "ada" / "hw1-1" / "hw1-1.html").read_text(encoding="utf-8")
    assert "1 of 20 points" in html
    assert "Try next" in html
    assert run(folder, "report", "hw1-1") == 1
    assert run(folder, "export", "hw1-1") == 1
    assert len(Course(folder).submissions("hw1-1")) == 2

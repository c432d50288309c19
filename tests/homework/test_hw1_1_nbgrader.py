"""hw1-1 through nbgrader's own commands: release, validate, autograde, feedback, export."""

import csv
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from hw1_1_answers import ARGUMENT_POINTS, POINTS, QUESTIONS

pytestmark = pytest.mark.slow

REGION = re.compile(
    r"^ *### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)^ *### END \1\n?", re.S | re.M
)
FULL = {f"{name}-test": [question.points, False] for name, question in QUESTIONS.items()}
NEEDS_A_PERSON = {"argument": [None, True]}


def source(course):
    return nbformat.read(course.folder / "source" / "hw1-1" / "hw1-1.ipynb", as_version=4)


def secrets(cell):
    """Return the lines of a source cell that no student may see."""
    return [line.strip() for _, text in REGION.findall(cell.source) for line in text.split("\n")]


# The release.


def test_the_release_holds_the_notebook_and_no_text_twin(course):
    release = course.folder / "release" / "hw1-1"
    assert {path.name for path in release.rglob("*")} == {"hw1-1.ipynb"}


def test_the_release_contains_no_solution_no_hidden_test_and_no_rubric(course):
    cells = source(course).cells
    secret = {line for cell in cells for line in secrets(cell)}
    open_to_all = {line for cell in cells for line in REGION.sub("", cell.source).splitlines()}
    # Short lines, such as `],`, may well stand elsewhere.
    secret = {line for line in secret - open_to_all if len(line) > 11}
    assert len(secret) > 50
    for path in (course.folder / "release").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
        assert not secret & {line.strip() for line in text.splitlines()}, path
        assert not REGION.search(text)


def test_a_stub_equals_the_solution_but_for_the_blanks(course):
    blank = "# Not answered yet: write your answer in place of this line.\n"

    def stub(cell):
        indent = "" if cell.id.startswith("step") else "    "
        return REGION.sub(lambda m: indent + blank if m[1] == "SOLUTION" else "", cell.source)

    for before, after in zip(source(course).cells, course.release.cells, strict=True):
        assert before.id == after.id
        if before.id == "argument":
            assert after.source.startswith("*Double-click here and write your answer")
        else:
            assert after.source.rstrip("\n") == stub(before).rstrip("\n")


def test_the_release_is_not_paired(course, tmp_path):
    # A student who saves the notebook gets no second file.
    assert set(course.release.metadata) == {"kernelspec"}
    release = tmp_path / "release"
    shutil.copytree(course.folder / "release", release)
    sync = [sys.executable, "-m", "jupytext", "--sync", "hw1-1.ipynb"]
    said = subprocess.run(sync, cwd=release / "hw1-1", capture_output=True, encoding="utf-8")
    assert "not a paired notebook" in said.stderr
    assert not list(release.rglob("*.md"))


# Validate.


def test_the_solution_validates(course):
    said = course.run("validate", "source/hw1-1/hw1-1.ipynb")
    assert said == "Success! Your notebook passes all the tests.\n"


def test_the_untouched_release_fails_with_one_readable_sentence_each(course):
    said = course.run("validate", "release/hw1-1/hw1-1.ipynb")
    assert said.startswith("VALIDATION FAILED ON 11 CELL(S)!")
    assert said.count("is not answered yet: write your expression in its cell.") == 6
    assert said.count("gave nothing back. Is it answered yet?") == len(QUESTIONS) - 6
    assert "You did not provide a response." in said
    assert "Traceback" not in said
    assert not re.search(r"[^(]\.\.\.$", said, re.M), "a line was cut off"


def test_a_broken_answer_fails_with_its_own_line(course, tmp_path):
    folder = tmp_path / "hw1-1"
    shutil.copytree(course.folder / "submitted" / "full" / "hw1-1", folder)
    notebook = nbformat.read(folder / "hw1-1.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id == "gradient":
            cell.source = QUESTIONS["gradient"].cell("return y_hat - y")
    nbformat.write(notebook, folder / "hw1-1.ipynb")
    said = " ".join(course.run("validate", folder / "hw1-1.ipynb").split())
    assert "FAILED ON 1 CELL(S)" in said
    assert (
        "cross_entropy_gradient stopped with an error in the line `return y_hat - y`: NameError: "
        "name 'y_hat' is not defined"
    ) in said


# Autograde.


def test_a_full_solution_gets_every_point_but_the_persons(course):
    assert course.scores["full"] == {**FULL, "argument": [None, False]}


def test_the_untouched_release_gets_zero_without_a_person(course):
    assert course.scores["untouched"] == {name: [0, False] for name in [*FULL, "argument"]}


@pytest.mark.parametrize("name", QUESTIONS)
def test_one_wrong_answer_loses_its_own_points_only(course, name):
    expected = {**FULL, **NEEDS_A_PERSON, f"{name}-test": [0, False]}
    assert course.scores[f"wrong-{name}"] == expected


def test_a_warning_costs_nothing_and_a_deleted_or_exchanged_check_still_judges(course):
    wrong = {"step-2-test": [0, False], "step-3-test": [0, False]}
    assert course.scores["odd"] == {**FULL, **NEEDS_A_PERSON, **wrong}


def test_the_person_who_grades_sees_the_rubric_beside_the_answer(course):
    path = course.folder / "autograded" / "full" / "hw1-1" / "hw1-1.ipynb"
    cells = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    assert "For the person who grades" in cells["argument-text"]


# Feedback and export.


def test_the_feedback_shows_each_score_and_says_why(course):
    page = course.folder / "feedback" / "wrong-step-5" / "hw1-1" / "hw1-1.html"
    text = page.read_text(encoding="utf-8")
    assert f"(Score: {POINTS - 2:.1f} / {POINTS + ARGUMENT_POINTS:.1f})" in text
    assert "Not right yet: 10 of 10 tries differ." in text
    assert "Try next: the size is right, the sign is not." in text
    assert len(list((course.folder / "feedback").glob("*/hw1-1/hw1-1.html"))) == len(course.scores)


def test_the_export_has_one_line_a_student_with_the_persons_points(course):
    with (course.folder / "grades.csv").open(encoding="utf-8", newline="") as table:
        rows = {row["student_id"]: row for row in csv.DictReader(table)}
    assert {row["max_score"] for row in rows.values()} == {"20.0"}
    scores = {student: float(row["score"]) for student, row in rows.items()}
    assert scores == {
        "full": POINTS + 3.5,
        "untouched": 0,
        "odd": POINTS - 2,
        **{f"wrong-{name}": POINTS - question.points for name, question in QUESTIONS.items()},
    }

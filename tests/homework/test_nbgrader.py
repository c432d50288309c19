"""Both homeworks through nbgrader's own commands, from the release to the exported grades."""

import csv
import html
import re
import shutil
import subprocess
import sys

import hw1_1_answers
import hw1_2_answers
import pytest

pytestmark = pytest.mark.slow

REGION = re.compile(
    r"^ *### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)^ *### END \1\n?", re.S | re.M
)
BLANK = "# Not answered yet: write your answer in place of this line.\n"
ANSWERS = {"hw1-1": hw1_1_answers, "hw1-2": hw1_2_answers}
# What `nbgrader validate` says of a notebook that was run.
VALIDATE = """
import sys
from nbgrader.validator import Validator
Validator(preprocessors=[]).validate_and_print(sys.argv[1])
"""
# What the person gives to the full solution: half a point too few for one answer.
BY_HAND = {"hw1-1": {"argument": 3.5}, "hw1-2": {"reasons": 1.5, "report": 3}}


@pytest.fixture(scope="module", params=ANSWERS)
def course(request, graded):
    return graded(request.param, BY_HAND[request.param])


def points(course):
    """The points of each question that tests decide, by the name of its test cell."""
    return {f"{name}-test": q.points for name, q in ANSWERS[course.assignment].QUESTIONS.items()}


def automatic(course, **others):
    """What the gradebook holds of the full solution before a person looks, but for others."""
    result = {name: [value, False] for name, value in points(course).items()}
    result |= {name: [None, True] for name in BY_HAND[course.assignment]}
    if course.assignment == "hw1-2":
        result["bonus-test"] = [0, False]
    return result | {f"{name}-test": [value, False] for name, value in others.items()}


def secrets(course):
    """Return the lines of the source that no student may see."""
    secret, open_to_all = set(), []
    for cell in course.notebook("source").cells:
        secret |= {
            line.strip() for _, text in REGION.findall(cell.source) for line in text.split("\n")
        }
        open_to_all.append(REGION.sub("", cell.source))
    open_to_all = "\n".join(open_to_all)
    # Short lines, such as `],`, may well stand elsewhere.
    return {line for line in secret if len(line) >= 8 and line not in open_to_all}


def texts(value):
    """Yield every text of a notebook: sources, metadata, outputs."""
    if isinstance(value, dict):
        yield from value
        value = value.values()
    if isinstance(value, str):
        yield value
    elif not isinstance(value, int | float | None):
        for part in value:
            yield from texts(part)


# The release.


def test_the_release_holds_the_notebook_and_no_text_twin(course):
    release = course.folder / "release" / course.assignment
    assert {path.name for path in release.rglob("*")} == {f"{course.assignment}.ipynb"}


def test_the_release_contains_no_solution_no_hidden_test_and_no_rubric(course):
    everything = "\n".join(texts(course.notebook("release")))
    assert not re.search("BEGIN|END SOLUTION|HIDDEN TESTS|MARK SCHEME", everything)
    found = secrets(course)
    assert len(found) > 50
    assert [line for line in found if line in everything] == []
    assert not any(cell.get("outputs") for cell in course.notebook("release").cells)


def test_a_stub_equals_the_solution_but_for_the_blanks(course):
    def stub(match):
        indent = re.match(" *", match.group()).group()
        return indent + BLANK if match[1] == "SOLUTION" else ""

    before, after = course.notebook("source").cells, course.notebook("release").cells
    assert [cell.id for cell in before] == [cell.id for cell in after]
    for old, new in zip(before, after, strict=True):
        if old.id in BY_HAND[course.assignment]:
            assert new.source.startswith("*Double-click here and write your answer")
        else:
            assert new.source.rstrip("\n") == REGION.sub(stub, old.source).rstrip("\n")


def test_an_error_in_an_answer_does_not_stop_run_all(course):
    # JupyterLab stops at the first error of a cell that is not marked.
    for name, cell in course.cells("release").items():
        judged = cell.metadata.nbgrader.solution or cell.metadata.nbgrader.grade
        if cell.cell_type == "code" and judged:
            assert "raises-exception" in cell.metadata.tags, name


def test_the_release_is_not_paired(course, tmp_path):
    # A student who saves the notebook gets no second file.
    assert set(course.notebook("release").metadata) == {"kernelspec"}
    release = tmp_path / "release"
    shutil.copytree(course.folder / "release", release)
    path = release / course.path()
    sync = [sys.executable, "-m", "jupytext", "--sync", path.name]
    said = subprocess.run(sync, cwd=path.parent, capture_output=True, encoding="utf-8")
    assert "not a paired notebook" in said.stderr
    assert not list(release.rglob("*.md"))


# Validate.


def test_a_full_solution_validates(course):
    said = course.run("validate", course.path("submitted", "full"))
    assert said == "Success! Your notebook passes all the tests.\n"


def test_the_untouched_release_fails_with_one_readable_sentence_each(course, tmp_path):
    # It was run already, for the tests of the untouched release.
    said = course.run("-c", VALIDATE, course.executed_release(tmp_path)["path"])
    questions, by_hand = points(course), BY_HAND[course.assignment]
    assert said.startswith(f"VALIDATION FAILED ON {len(questions) + len(by_hand)} CELL(S)!")
    assert said.count("You did not provide a response.") == len(by_hand)
    expected = {
        "hw1-1": {"is not answered yet: write your expression": 6, "Is it answered yet?": 4},
        "hw1-2": {"Is it answered yet?": 4, "has no name yet": 3, "the one to start with": 1},
    }[course.assignment]
    assert sum(expected.values()) == len(questions)
    for words, times in expected.items():
        assert said.count(words) == times
    assert "Traceback" not in said
    assert not re.search(r"[^(]\.\.\.$", said, re.M), "a line was cut off"


# Autograde.


def test_a_full_solution_gets_every_point_but_the_persons(course):
    assert course.scores["full"] == automatic(course)


def test_the_untouched_release_gets_zero_without_a_person(course):
    assert course.scores["untouched"] == {name: [0, False] for name in automatic(course)}


def test_the_person_who_grades_sees_the_rubric_beside_the_answer(course):
    source = course.cells("source")
    cells = course.cells("autograded", "full")
    for name in BY_HAND[course.assignment]:
        rubric = "For the person who grades"
        assert rubric in source[f"{name}-text"].source
        assert rubric in cells[f"{name}-text"].source


# Feedback and export.


def test_the_feedback_shows_the_score_of_each(course):
    pages = {
        path.parts[-3]: path.read_text(encoding="utf-8")
        for path in (course.folder / "feedback").glob(f"*/{course.assignment}/*.html")
    }
    assert pages.keys() == course.scores.keys()
    by_hand = BY_HAND[course.assignment]
    full = sum(points(course).values()) + sum(by_hand.values())
    most = 20 + (course.assignment == "hw1-2")
    assert f"(Score: {full:.1f} / {most:.1f})" in pages["full"]
    assert f"(Score: 0.0 / {most:.1f})" in pages["untouched"]


def test_the_export_has_one_line_a_student_with_the_persons_points(course):
    with (course.folder / "grades.csv").open(encoding="utf-8", newline="") as table:
        rows = {row["student_id"]: row for row in csv.DictReader(table)}
    # The bonus of hw1-2 comes on top: nbgrader knows a largest sum of points, and no bonus.
    assert {row["max_score"] for row in rows.values()} == {
        f"{20 + (course.assignment == 'hw1-2'):.1f}"
    }
    scores = {student: float(row["score"]) for student, row in rows.items()}
    expected = {
        student: sum(score or 0 for score, _ in grades.values())
        for student, grades in course.scores.items()
    }
    expected["full"] += sum(BY_HAND[course.assignment].values())
    assert scores == expected


# hw1-1.


@pytest.fixture(scope="module")
def hw1_1(graded):
    return graded("hw1-1", BY_HAND["hw1-1"])


@pytest.mark.parametrize("half", hw1_1_answers.HALVES)
def test_a_wrong_answer_loses_its_own_points_only(hw1_1, half):
    wrong = dict.fromkeys(hw1_1_answers.HALVES[half], 0)
    assert hw1_1.scores[f"wrong-{half}"] == automatic(hw1_1, **wrong)


def test_a_warning_costs_nothing_and_a_deleted_check_still_judges(hw1_1):
    answers = hw1_1.cells("submitted", "wrong-second")
    assert "warnings.warn" in answers["softmax"].source
    assert "step-2-test" not in answers
    scores = hw1_1.scores["wrong-second"]
    assert (scores["softmax-test"], scores["step-2-test"]) == ([2, False], [0, False])


def test_the_feedback_says_why(hw1_1):
    page = (hw1_1.folder / hw1_1.path("feedback", "wrong-first")).with_suffix(".html").read_text()
    text = " ".join(html.unescape(page).split())
    assert "Not right yet: 10 of 10 tries differ." in text
    assert "Try next: the size is right, the sign is not." in text
    # Of an answer with an error, its own line, though the judge called it.
    assert (
        "cross_entropy_gradient stopped with an error in the line `return y_hat - y`: NameError: "
        "name 'y_hat' is not defined"
    ) in text


# hw1-2.


@pytest.fixture(scope="module")
def hw1_2(graded):
    return graded("hw1-2", BY_HAND["hw1-2"])


def test_a_config_gets_the_points_of_its_tier_and_a_wrong_answer_none(hw1_2):
    best, second = hw1_2_answers.HANDED_IN.values()
    assert hw1_2.scores["full"]["config-test"] == [best, False]
    wrong = dict.fromkeys(hw1_2_answers.WRONG_OF_PARTLY, 0)
    assert hw1_2.scores["partly"] == automatic(hw1_2, **wrong, config=second)


def test_the_feedback_tells_the_accuracy_and_draws_the_pictures(hw1_2):
    text = (hw1_2.folder / hw1_2.path("feedback", "full")).with_suffix(".html").read_text()
    assert re.search(r"Mean test accuracy over 2 trainings: 98\.\d\d%\.", text)
    assert re.search(r"98\.\d\d%: the bonus is for 98\.4% and more\.", text)
    pictures = hw1_2.cells("autograded", "full")["pictures"]
    assert [output.output_type for output in pictures.outputs] == ["display_data"] * 2
    assert all("image/png" in output.data for output in pictures.outputs)

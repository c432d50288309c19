"""The checks of hw1-2, visible and hidden, give every answer of the table what it must get."""

import os
from pathlib import Path

import nbformat
import pytest
from hw1_2_answers import BONUS, BY_HAND, HANDED_IN, POINTS, QUESTIONS

from nnlib.homework.checks import CheckError

HW = Path(__file__).parents[2] / "homework" / "source" / "hw1-2"
CELLS = {
    cell.metadata.nbgrader.grade_id: cell
    for cell in nbformat.read(HW / "hw1-2.ipynb", as_version=4).cells
    if "nbgrader" in cell.metadata
}
# Those that nbgrader grades, in test_nbgrader, are not trained a second time here.
RIGHT = [
    (name, answer)
    for name, question in QUESTIONS.items()
    for answer in question.right
    if answer not in HANDED_IN
]
WRONG = [
    (name, answer, *expected)
    for name, question in QUESTIONS.items()
    for answer, expected in question.wrong.items()
    if answer not in HANDED_IN
]


@pytest.fixture(scope="module")
def setup():
    """Return what the notebook's first cells define."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")
    names = {}
    exec(CELLS["setup"].source, names)
    return names


def judge(setup, name, answer):
    """Run the question's test cell on an answer; return the points as nbgrader would."""
    names = dict(setup)
    exec(CELLS["config-start"].source, names)
    exec(answer, names)
    exec(CELLS["keras-doors"].source, names)
    *before, last = (
        CELLS[f"{name}-test"].source.replace("### END HIDDEN TESTS", "").strip().split("\n")
    )
    exec("\n".join(before), names)
    value = eval(last, names)
    return QUESTIONS[name].points if value is None else value


@pytest.mark.slow
@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_gets_every_point(setup, name, answer):
    assert judge(setup, name, answer) == QUESTIONS[name].points


@pytest.mark.slow
@pytest.mark.parametrize(("name", "answer", "points", "words"), WRONG)
def test_another_answer_gets_its_points_and_words_that_help(
    setup, name, answer, points, words, capsys
):
    if points:
        assert judge(setup, name, answer) == points
        said = capsys.readouterr().out
    else:
        with pytest.raises(CheckError) as failed:
            judge(setup, name, answer)
        said = str(failed.value)
        # No line that `nbgrader validate` would cut off.
        assert max(map(len, said.splitlines())) <= 83
    assert words in " ".join(said.split())


def test_twenty_points_and_a_bonus_are_spread_over_the_questions():
    points = {
        name: cell.metadata.nbgrader.points
        for name, cell in CELLS.items()
        if cell.metadata.nbgrader.grade
    }
    expected = {name: question.points for name, question in QUESTIONS.items()} | BONUS
    assert points == {f"{name}-test": value for name, value in expected.items()} | BY_HAND
    assert POINTS + sum(BY_HAND.values()) == 20


def test_every_question_has_at_least_five_answers():
    for question in QUESTIONS.values():
        assert len(question.right) + len(question.wrong) >= 5

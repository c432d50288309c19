"""The checks of hw1-1, visible and hidden, decide every answer of the table as they should."""

import re
import runpy
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hw1_1_answers import ARGUMENT_POINTS, POINTS, QUESTIONS

from nnlib import functional
from nnlib.homework.checks import CheckError, ask
from nnlib.homework.hw1_1 import compare_gradients

HW = Path(__file__).parents[2] / "homework" / "source" / "hw1-1"
CELLS = {
    cell.metadata.nbgrader.grade_id: cell.source
    for cell in nbformat.read(HW / "hw1-1.ipynb", as_version=4).cells
    if "nbgrader" in cell.metadata
}
RIGHT = [(name, body) for name, question in QUESTIONS.items() for body in question.right]
WRONG = [
    (name, body, words)
    for name, question in QUESTIONS.items()
    for body, words in question.wrong.items()
]


def judge(name, body, **others):
    """Run the question's test cell on an answer, beside the solutions of the other questions."""
    names = {}
    exec(CELLS["setup"], names)
    for question in QUESTIONS:
        exec(CELLS[question], names)
    for question, other in others.items():
        exec(QUESTIONS[question.replace("_", "-")].cell(other), names)
    exec(QUESTIONS[name].cell(body), names)
    exec(CELLS[f"{name}-test"], names)


@pytest.mark.parametrize(("name", "body"), RIGHT)
def test_a_right_answer_passes(name, body):
    judge(name, body)


@pytest.mark.parametrize(("name", "body", "words"), WRONG)
def test_a_wrong_answer_fails_with_words_that_help(name, body, words):
    with pytest.raises(AssertionError) as failed:
        judge(name, body)
    message = str(failed.value)
    assert words in " ".join(message.split())
    # No line that `nbgrader validate` would cut off, and never the answer.
    assert max(map(len, message.splitlines())) <= 83
    solution = re.search(r"BEGIN SOLUTION\n(.*)", CELLS[name]).group(1)
    assert not name.startswith("step") or solution in body or solution not in message


@pytest.mark.parametrize("name", [name for name, question in QUESTIONS.items()])
def test_the_table_has_the_notebooks_questions(name):
    assert QUESTIONS[name].head in CELLS[name]


def test_a_wrong_step_shows_the_point_and_both_numbers():
    with pytest.raises(AssertionError) as failed:
        judge("step-5", "y_j - yhat_j")
    message = str(failed.value)
    assert message.startswith("Not right yet: 10 of 10 tries differ.")
    theta, yhat, y, j = re.search(
        r"θ = \[(.*?)\],\s*ŷ = \[(.*?)\],\s*y\s*= \[(.*?)\],\s*j = (\d)", message, re.S
    ).groups()
    theta, yhat, y = (np.array(numbers.split(","), float) for numbers in (theta, yhat, y))
    np.testing.assert_allclose(yhat, np.exp(theta) / np.exp(theta).sum(), atol=1e-4)
    given = float(re.search(r"your step gives +(\S+)", message).group(1))
    measured = float(re.search(r"the finite difference is +(\S+)", message).group(1))
    np.testing.assert_allclose(given, (y - yhat)[int(j)], atol=2e-4)
    assert measured == -given


def test_the_numerical_check_is_judged_for_itself():
    # A loss with another value but finite slopes costs nothing in part (c).
    right = QUESTIONS["numerical"].right[0]
    judge("numerical", right, cross_entropy="return np.sum(scores**2) + 0 * np.sum(y)")


def test_the_numerical_check_says_which_other_answer_it_waits_for():
    with pytest.raises(AssertionError, match=r"cross_entropy, in part \(b\), gave nothing back"):
        judge("numerical", "return cross_entropy(scores, y)", cross_entropy="pass")


@pytest.mark.parametrize("loss", ["return 0.0", "return float('inf')"])
def test_the_numerical_check_asks_for_a_loss_first(loss):
    with pytest.raises(AssertionError, match="needs your cross_entropy"):
        judge("numerical", "return np.zeros(scores.shape)", cross_entropy=loss)


@pytest.mark.parametrize(
    ("h", "least", "most"), [(1e-5, 0, 1e-8), (0.1, 1e-5, 1), (1e-12, 1e-6, 1)]
)
def test_the_two_gradients_meet_where_h_is_neither_large_nor_small(h, least, most, capsys):
    names = {}
    for cell in ("setup", "softmax", "cross-entropy", "gradient", "numerical"):
        exec(CELLS[cell], names)
    functions = (names[n] for n in ("softmax", "cross_entropy_gradient", "numerical_gradient"))
    compare_gradients(*functions, h=h)
    difference = float(capsys.readouterr().out.split()[-1])
    assert least < difference < most


def test_there_is_nothing_to_compare_before_all_is_answered(capsys):
    def nothing(*_):
        return None

    compare_gradients(functional.softmax, nothing, nothing)
    assert "Nothing to compare yet. nothing gave nothing back" in capsys.readouterr().out


def test_an_error_is_told_with_the_authors_line_not_numpys(tmp_path):
    path = tmp_path / "answer.py"
    path.write_text("def softmax(scores):\n    return scores.max(axis=5)\n")
    with pytest.raises(CheckError, match=r"in the line `return scores.max\(axis=5\)`:\s+AxisError"):
        ask(runpy.run_path(str(path))["softmax"], np.zeros(3))


def test_the_visible_check_sees_what_the_hidden_one_judges():
    # Numbers differ between the two; what is asked for does not.
    visible = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.S)
    for name, body, _ in WRONG:
        if "known = " in body:
            continue  # the visible numbers, written down
        names = {}
        for cell in ("setup", *QUESTIONS):
            exec(CELLS[cell], names)
        exec(QUESTIONS[name].cell(body), names)
        with pytest.raises(AssertionError):
            exec(visible.sub("", CELLS[f"{name}-test"]), names)


def test_an_answer_that_lies_about_its_equality_fails():
    liar = (
        "class Liar(np.ndarray):\n    def __array_ufunc__(self, *a, **k):\n"
        "        return np.array(True)\n    def __eq__(self, other):\n        return True\n"
        "return np.zeros(yhat.shape).view(Liar)"
    )
    with pytest.raises(AssertionError, match="not right yet"):
        judge("gradient", liar)
    with pytest.raises(AssertionError, match="should return numbers"):
        judge("softmax", "class One:\n    __eq__ = lambda a, b: True\nreturn One()")


def test_about_twenty_points_are_spread_over_the_questions():
    notebook = nbformat.read(HW / "hw1-1.ipynb", as_version=4)
    points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert points == {
        **{f"{name}-test": question.points for name, question in QUESTIONS.items()},
        "argument": ARGUMENT_POINTS,
    }
    assert POINTS + ARGUMENT_POINTS == 20

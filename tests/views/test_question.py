"""A self-check question explains every answer, right or wrong."""

import pytest

from nnlib.views import Question


@pytest.fixture
def question():
    return Question("1 + 1 = ?", right=("2", "Count it."), wrong={"3": "One less.", "1": "More."})


def test_nothing_is_chosen_or_said_at_first(question):
    assert question.is_right is None
    assert question.feedback == ""


@pytest.mark.parametrize(
    ("answer", "is_right", "words"),
    [("2", True, "Right. Count it."), ("3", False, "Not yet. One less.")],
)
def test_each_answer_is_explained(question, answer, is_right, words):
    question.choose(answer)
    assert question.is_right is is_right
    for word in words.split():
        assert word in question.feedback


def test_a_second_try_replaces_the_first(question):
    question.choose("3")
    question.choose("2")
    assert question.is_right
    assert "One less." not in question.feedback


def test_the_order_is_the_same_for_everyone_and_the_right_answer_has_no_usual_place():
    def place(prompt):
        question = Question(prompt, right=("yes", ""), wrong={"no": "", "maybe": ""})
        return question.answers.index("yes")

    assert place("a question") == place("a question")
    assert {place(f"question {i}") for i in range(30)} == {0, 1, 2}


def test_unusable_questions_are_refused():
    with pytest.raises(ValueError, match="at least one wrong answer"):
        Question("?", right=("a", ""), wrong={})
    with pytest.raises(ValueError, match="both the right and a wrong"):
        Question("?", right=("a", ""), wrong={"a": ""})


def test_an_answer_that_is_not_there_is_named(question):
    with pytest.raises(ValueError, match="'4'"):
        question.choose("4")

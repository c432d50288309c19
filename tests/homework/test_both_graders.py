"""autograder gives the scores that nbgrader's own autograde gives.

A class of thirty for each homework: benchmarks/equal_scores.py.
"""

import shutil

import pytest
from test_nbgrader import ANSWERS, BY_HAND

from autograder.course import Course
from autograder.job import grade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="there is no box without bubblewrap"),
]

# The full hw1-2 trains for half a minute, and is what `autograder check` grades.
STUDENTS = {
    "hw1-1": ["full", "untouched", "wrong-first", "wrong-second"],
    "hw1-2": ["partly", "untouched"],
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_question_has_the_same_score(name, graded):
    stock = graded(name, BY_HAND[name])
    course = Course(stock.folder)
    submissions = {submission.student: submission for submission in course.submissions(name)}
    for student in STUDENTS[name]:
        verdict = grade(course.assignment(name).job(submissions[student]))
        here = {question["name"]: question["points"] for question in verdict["questions"]}
        there = stock.scores[student]
        assert here.keys() == there.keys()
        by_test = [question for question in here if question not in BY_HAND[name]]
        assert {q: here[q] for q in by_test} == {q: there[q][0] for q in by_test}, student

"""Each homework, handed in by made-up students and graded once for all tests."""

import json

import hw1_1_answers
import hw1_2_answers
import pytest
from course_folder import locked

# What each student hands in: answers by question, and cells that were deleted.
STUDENTS = {"hw1-1": hw1_1_answers.students, "hw1-2": hw1_2_answers.students}

# Gives the person's points for the full solution's written answers, and reads the gradebook.
GRADEBOOK = """
import json, sys
from nbgrader.api import Gradebook

assignment, by_hand = sys.argv[1], json.loads(sys.argv[2])
with Gradebook("sqlite:///gradebook.db") as book:
    submissions = book.assignment_submissions(assignment)
    scores = {
        submission.student.id: {
            grade.name: [grade.auto_score, grade.needs_manual_grade]
            for grade in submission.notebooks[0].grades
        }
        for submission in submissions
    }
    for submission in submissions:
        for grade in submission.notebooks[0].grades:
            if submission.student.id == "full" and grade.name in by_hand:
                grade.manual_score, grade.needs_manual_grade = by_hand[grade.name], False
    book.db.commit()
print(json.dumps(scores))
"""


def grade(course, by_hand):
    """Do what an instructor does, with nbgrader's own commands."""
    for student, hand_in in STUDENTS[course.assignment](course.solution()).items():
        course.hand_in(student, **hand_in)
    course.run("autograde", course.assignment)
    scores = course.run("-c", GRADEBOOK, course.assignment, json.dumps(by_hand))
    course.run("generate_feedback", course.assignment)
    course.run("export")
    (course.folder / "scores.json").write_text(scores, encoding="utf-8")


@pytest.fixture(scope="session")
def graded(released_homework):
    """A function that gives an assignment's graded course folder; parallel workers share it."""

    def of(assignment, by_hand):
        course = released_homework(assignment)
        with locked(course.folder.parent / "graded.lock"):
            if not (course.folder / "scores.json").exists():
                grade(course, by_hand)
        return course

    return of

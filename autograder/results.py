"""What became of each submission, with the points that persons gave."""

import json
from dataclasses import asdict, dataclass, field

from autograder import rebuild, record
from autograder import verdict as v
from autograder.text import one_line
from autograder.workers import read_kept

# Sentences for a person, where the verdict has none of its own.
CHANGED = "another file was handed in since: grade again"
AGAIN = "answered anew since a person gave points"
NOBODY = record.ByPerson({}, frozenset(), {})


@dataclass(frozen=True)
class Mark:
    """One question of one submission, as it stands now.

    Attributes
    ----------
    name, title : str
    points : float or None
        None as long as a person must decide.
    most : float
    status, message : str
        Of the verdict.
    by_person : bool
        Whether a person gave the points.
    again : bool
        Whether a person gave points, and the answer is another since.
    bonus : bool
        Whether the points come on top.
    """

    name: str
    title: str
    points: float | None
    most: float
    status: str
    message: str = ""
    by_person: bool = False
    again: bool = False
    bonus: bool = False


@dataclass(frozen=True)
class Result:
    """A submission, as it stands now.

    Attributes
    ----------
    assignment, student : str
    marks : tuple of Mark
    status, message : str
        Of the verdict.
    notes : tuple of str
    answers : dict
        The student's answers by grade id.
    comments : dict
        What a person wrote about an answer, by grade id.
    changed : bool
        Whether another file was handed in since.
    """

    assignment: str
    student: str
    marks: tuple
    status: str
    message: str = ""
    notes: tuple = ()
    answers: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)
    changed: bool = False

    @property
    def points(self):
        """The points that are certain so far."""
        return sum(mark.points or 0 for mark in self.marks)

    @property
    def full(self):
        """The points of a complete answer, without the bonus."""
        return sum(mark.most for mark in self.marks if not mark.bonus)

    @property
    def open(self):
        """The marks that a person must still decide."""
        return [mark for mark in self.marks if mark.points is None]

    @property
    def is_final(self):
        """Whether the points may go out."""
        return not self.open and not self.changed

    @property
    def look(self):
        """Why a person should look at it, in one line; "" if nobody needs to."""
        if self.changed:
            return CHANGED
        if not self.open:
            return ""
        if self.status in (v.UNREADABLE, v.REFUSED, v.GRADER_FAULT) and self.message:
            return one_line(self.message)
        reasons = {}
        for mark in self.open:
            reasons.setdefault(AGAIN if mark.again else mark.status, []).append(mark.name)
        return one_line("; ".join(f"{status}: {', '.join(n)}" for status, n in reasons.items()))

    def to_dict(self):
        """Return it as plain values, without the student's answers."""
        values = {key: value for key, value in asdict(self).items() if key != "answers"}
        return {**values, "points": self.points, "full": self.full, "final": self.is_final}


def results(course, name):
    """Return what became of each submission that was graded, by student, sorted.

    Parameters
    ----------
    course : Course
    name : str
        Of the assignment.

    Returns
    -------
    dict
        {student: Result}
    """
    assignment = course.assignment(name)
    given = record.by_persons(course.folder, name) if _has_gradebook(course) else {}
    now = {submission.student: submission.sha256 for submission in course.submissions(name)}
    found = {}
    for path in sorted((course.folder / "graded" / name).glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        verdict = read_kept(kept)
        by_person = given.get(verdict.student, NOBODY)
        found[verdict.student] = Result(
            assignment=name,
            student=verdict.student,
            marks=tuple(_marks(assignment, verdict, by_person)),
            status=verdict.status,
            message=verdict.message,
            notes=verdict.notes,
            answers=kept.get("answers") or {},
            comments=by_person.comments,
            changed=now.get(verdict.student, kept["sha256"]) != kept["sha256"],
        )
    return found


def _has_gradebook(course):
    # Looking must not make one.
    return (course.folder / "gradebook.db").is_file()


def _marks(assignment, verdict, by_person):
    """Yield each question's mark; a submission that could not be graded has them, too."""
    questions = {question.name: question for question in verdict.questions}
    for name, most in assignment.points.items():
        question = questions.get(name) or v.Question(name, None, most, verdict.status)
        points = question.points if question.status in v.FINAL else None
        again = name in by_person.again
        yield Mark(
            name=name,
            title=assignment.titles[name],
            points=None if again else by_person.points.get(name, points),
            most=most,
            status=question.status,
            message=question.message,
            by_person=name in by_person.points,
            again=again,
            bonus=name in assignment.bonus,
        )


def answers_of(assignment):
    """Return which answers each question is about, by grade id."""
    own = rebuild.rebuild(assignment.notebook, assignment.notebook, assignment.stubs)
    written = {question.name: (question.name,) for question in own.written}
    return {**{test.name: test.answers for test in own.tests}, **written}

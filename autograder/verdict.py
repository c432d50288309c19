"""What became of a submission, question by question, in plain values that JSON can hold."""

from dataclasses import asdict, dataclass, field

GRADED = "graded"
NOT_ATTEMPTED = "not attempted"
STUDENT_ERROR = "student error"
LIMIT_REACHED = "limit reached"
UNREADABLE = "unreadable"
REFUSED = "refused"
NEEDS_PERSON = "needs a person"
GRADER_FAULT = "grader fault"

# Only these put a number into the gradebook without a person.
FINAL = (GRADED, NOT_ATTEMPTED, STUDENT_ERROR)
# From the one that counts least to the one that a submission is called by.
ORDER = (
    GRADED,
    NOT_ATTEMPTED,
    STUDENT_ERROR,
    NEEDS_PERSON,
    LIMIT_REACHED,
    REFUSED,
    UNREADABLE,
    GRADER_FAULT,
)


@dataclass(frozen=True)
class Question:
    """One question's verdict.

    Attributes
    ----------
    name : str
        The grade id of its test cell, or of the answer that a person grades.
    points : float or None
        None where a person must decide.
    most : float
        What can be reached.
    status : str
        One of this module's.
    message : str
        For the student.
    """

    name: str
    points: float | None
    most: float
    status: str
    message: str = ""


@dataclass(frozen=True)
class Verdict:
    """A submission's verdict.

    Attributes
    ----------
    assignment, student : str
    questions : tuple of Question
    status : str
        The worst of the questions', or that of the submission as a whole.
    message : str
        One line for the instructor, where a look is needed.
    notes : tuple of str
        What was repaired, such as a cell that was there twice.
    """

    assignment: str
    student: str
    questions: tuple = ()
    status: str = GRADED
    message: str = ""
    notes: tuple = field(default=())

    @property
    def points(self):
        """The points that are certain so far."""
        return sum(question.points or 0 for question in self.questions)

    @property
    def most(self):
        """The points that can be reached."""
        return sum(question.most for question in self.questions)

    @property
    def needs_a_look(self):
        """Whether a person should look before the grade goes out."""
        return self.status not in FINAL

    def to_dict(self):
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values):
        """Return the verdict that `to_dict` wrote."""
        questions = tuple(Question(**question) for question in values["questions"])
        return cls(**{**values, "questions": questions, "notes": tuple(values["notes"])})


def worst(statuses):
    """Return the status that a submission with these is called by."""
    return max(statuses, key=ORDER.index, default=GRADED)

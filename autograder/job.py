"""One submission from its file to its verdict: a pure function, without the gradebook."""

import contextlib
import time
from dataclasses import dataclass, field, replace

from autograder import rebuild
from autograder import verdict as v
from autograder.judge import judge
from autograder.kernel import BoxFailedError, KernelLostError, StudentKernel
from autograder.limits import Limits
from autograder.training import Trainer


@dataclass(frozen=True)
class Job:
    """What is needed to grade one submission; plain values, so that it can go to another computer.

    Parameters
    ----------
    assignment, student : str
    source : str
        The instructor's notebook, as JSON.
    stubs : dict
        What each answer looked like in the release.
    submitted : bytes
        The file as it was handed in.
    limits : Limits
    box : dict
        For the box: what to show, to place and to mask.
    provisioner : str
        "autograder-box"; "local-provisioner" for no box at all.
    """

    assignment: str
    student: str
    source: str
    stubs: dict
    submitted: bytes
    limits: Limits = field(default_factory=Limits)
    box: dict = field(default_factory=dict)
    provisioner: str = "autograder-box"


def grade(job):
    """Grade a submission.

    Returns
    -------
    dict
        The verdict, as `Verdict.to_dict` writes it.
    """
    try:
        notebook = rebuild.read(job.submitted)
        source = rebuild.read_own(job.source)
        rebuilt = rebuild.rebuild(source, notebook, job.stubs)
    except rebuild.UnreadableError as error:
        message = f"The submission cannot be read: {error}."
        return v.Verdict(job.assignment, job.student, (), v.UNREADABLE, message).to_dict()
    try:
        questions = _Grading(job, rebuilt).questions()
    except BoxFailedError as error:
        return v.Verdict(job.assignment, job.student, (), v.GRADER_FAULT, str(error)).to_dict()
    status = v.worst(question.status for question in questions)
    looks = [f"{q.name}: {q.status}" for q in questions if q.status not in v.FINAL]
    return v.Verdict(
        job.assignment,
        job.student,
        tuple(questions),
        status,
        "; ".join(looks),
        tuple(rebuilt.notes),
    ).to_dict()


class _Grading:
    """The questions of one submission, each decided on its own merit.

    The kernel may die at any question. Then that question's verdict says so, the kernel starts
    again without the answer that ended it, and the other questions go on.
    """

    def __init__(self, job, rebuilt):
        self.job, self.rebuilt = job, rebuilt
        self.harmful = {}  # step: why it is left out
        self.errors = {}  # answer: the error that its cell stopped with
        self.kernel = None
        self.trainer = Trainer(job.limits, job.box, job.provisioner)
        self.end = time.monotonic() + job.limits.total_seconds

    def questions(self):
        steps = {step.name: step for step in self.rebuilt.steps if step.name}
        decided = []
        try:
            for test in self.rebuilt.tests:
                if test.answers and not any(steps[name].attempted for name in test.answers):
                    decided.append(
                        v.Question(test.name, 0.0, test.points, v.NOT_ATTEMPTED, "Not answered.")
                    )
                else:
                    decided.append(self._decide(test))
        finally:
            if self.kernel is not None:
                self.kernel.close()
        return [*decided, *map(_written, self.rebuilt.written)]

    def _decide(self, test):
        try:
            self._make_ready(test)
            if lost := self._lost(test):
                return self._limit(test, lost)
            return self._with_error(test, self._judge(test))
        except KernelLostError as error:
            self._end_kernel()
            return self._limit(test, error)

    def _lost(self, test):
        """Return why an answer of a question is left out, or None."""
        return next((self.harmful[name] for name in test.answers if name in self.harmful), None)

    def _judge(self, test):
        trained = self.trainer.seconds
        try:
            with self.trainer.in_place():
                return judge(test, self.kernel)
        finally:
            # The grader's own trainings have a time of their own.
            self.end += self.trainer.seconds - trained
            self.kernel.end = self.end

    def _with_error(self, test, question):
        """Let an answer that gave no function say why: its cell's own error tells more."""
        errors = [self.errors.get(name) for name in test.answers if self.errors.get(name)]
        if question.points or not errors:
            return question
        message = f"The cell of your answer stopped with {errors[0]}\n{question.message}"
        return replace(question, status=v.STUDENT_ERROR, message=message)

    def _make_ready(self, test):
        """Have a kernel in which every answer has run that does no harm, if one can be judged."""
        while self.kernel is None and not self._lost(test):
            if time.monotonic() > self.end:
                raise KernelLostError("came when all the time was used up (time limit)")
            self.kernel = StudentKernel(self.job.limits, self.job.box, self.job.provisioner).start()
            self.kernel.end = self.end
            for place, step in enumerate(self.rebuilt.steps):
                key = step.name or f"cell {place}"
                if key in self.harmful:
                    continue
                try:
                    self.errors[step.name] = self.kernel.run(step.source).error
                except KernelLostError as error:
                    self.harmful[key] = error
                    self._end_kernel()
                    break

    def _end_kernel(self):
        with contextlib.suppress(Exception):
            self.kernel.close()
        self.kernel = None

    def _limit(self, test, error):
        words = f"Your answer {error}. Nothing else of yours was harmed."
        return v.Question(test.name, None, test.points, v.LIMIT_REACHED, words)


def _written(question):
    if not question.attempted:
        return v.Question(question.name, 0.0, question.points, v.NOT_ATTEMPTED, "Not answered.")
    return v.Question(question.name, None, question.points, v.NEEDS_PERSON, "A person reads this.")

"""The class at a glance: how points are spread, which questions are hard, who needs a person."""

import base64
import io
import statistics
from dataclasses import dataclass

import numpy as np

from autograder import verdict as v
from autograder.feedback import number, render
from autograder.record import write_whole
from autograder.text import one_line, printable, some
from nnlib import plots

BAR = 24  # characters, in the terminal


@dataclass(frozen=True)
class Hardness:
    """How a class did on one question.

    Attributes
    ----------
    name, title : str
    most : float
    share : float or None
        The mean share of its points, over those whose points are certain; None if there is nobody.
    right, unanswered, open : int
        How many have all points, did not answer, or wait for a person.
    of : int
        How many handed in.
    """

    name: str
    title: str
    most: float
    share: float | None
    right: int
    unanswered: int
    open: int
    of: int


@dataclass(frozen=True)
class Report:
    """What is said of a class.

    Attributes
    ----------
    assignment : str
    full : float
        The points of a complete answer.
    final : int
        How many grades are final.
    points : tuple of float
        Of those; as long as there are none, what each submission has so far.
    questions : tuple of Hardness
        The hardest first.
    looks : tuple of (str, str)
        Students whose submission needs a person, and why.
    handed_in : int
    missing : tuple of str
        Students on the class list who handed in nothing.
    not_graded : tuple of str
        Students whose submission was not graded yet.
    """

    assignment: str
    full: float
    final: int
    points: tuple
    questions: tuple
    looks: tuple
    handed_in: int
    missing: tuple = ()
    not_graded: tuple = ()


def report(course, name, results, roster=None):
    """Return the report of a class.

    Parameters
    ----------
    course : Course
    name : str
    results : dict
        As `results.results` gives them.
    roster : Roster or None
    """
    assignment = course.assignment(name)
    final = [result for result in results.values() if result.is_final]
    submitted = [submission.student for submission in course.submissions(name)]
    questions = [_hardness(name, results.values()) for name in assignment.points]
    there = {*submitted, *results}
    return Report(
        assignment=name,
        full=assignment.full_points,
        final=len(final),
        points=tuple(sorted(result.points for result in final or results.values())),
        questions=tuple(sorted(questions, key=lambda q: 2 if q.share is None else q.share)),
        looks=tuple((student, r.look) for student, r in results.items() if r.look),
        handed_in=len(there),
        missing=tuple(s.id for s in roster or () if s.id not in there),
        not_graded=tuple(student for student in submitted if student not in results),
    )


def _hardness(name, results):
    marks = [mark for result in results for mark in result.marks if mark.name == name]
    certain = [mark.points / mark.most for mark in marks if mark.points is not None]
    return Hardness(
        name=name,
        title=marks[0].title if marks else name,
        most=marks[0].most if marks else 0,
        share=statistics.fmean(certain) if certain else None,
        right=sum(share >= 1 for share in certain),
        unanswered=sum(mark.status == v.NOT_ATTEMPTED and not mark.by_person for mark in marks),
        open=sum(mark.points is None for mark in marks),
        of=len(marks),
    )


def grouped(looks):
    """Return [(why, students)], the reasons that only few have first."""
    groups = {}
    for student, why in looks:
        groups.setdefault(why, []).append(student)
    return sorted(groups.items(), key=lambda group: len(group[1]))


def spread(report):
    """Say in one sentence how the points are spread."""
    points = report.points
    if not points:
        return "Nothing is graded yet."
    low, median, high = np.quantile(points, (0.25, 0.5, 0.75))
    mean = statistics.fmean(points)
    so_far = "" if report.final else "No grade is final yet; so far: "
    return (
        f"{so_far}Mean {number(mean)}, median {number(median)}; half of the class lies between "
        f"{number(low)} and {number(high)}; lowest {number(points[0])}, highest "
        f"{number(points[-1])}."
    )


def picture(report):
    """Draw the spread of the points, and the mean share of each question's points.

    Returns
    -------
    plots.Figure
    """
    asked = [question for question in report.questions if question.share is not None]
    fig = plots.figure(1, 2, size=(11, max(3.2, 1.4 + 0.3 * len(asked))))
    left, right = fig.axes
    top = max([report.full, *report.points])
    edges = np.linspace(0, top, min(21, int(top) + 1)) if top >= 1 else [0, 1]
    left.hist(report.points, bins=edges, color=plots.COLOURS[0], edgecolor="white")
    title = "Points" if report.final else "Points so far"
    left.set(title=title, xlabel=f"points of {number(report.full)}", ylabel="submissions")
    for axis in (left.xaxis, left.yaxis):
        axis.get_major_locator().set_params(integer=True)
    left.grid(visible=False, axis="x")
    names = [one_line(question.title, 42) for question in reversed(asked)]
    shares = [100 * question.share for question in reversed(asked)]
    places = np.arange(len(asked))
    right.barh(places, shares, color=plots.COLOURS[2], height=0.6)
    for place, share in zip(places, shares, strict=True):
        right.text(share + 1, place, f"{share:.0f} %", va="center", fontsize=9)
    right.set(title="Questions, the hardest on top", xlabel="mean share of the points (%)")
    right.set(xlim=(0, 112), yticks=places, yticklabels=names)
    right.grid(visible=False, axis="y")
    hardest = "; ".join(f"{question.title} {question.share:.0%}" for question in asked[:3])
    fig.alt = (
        f"Two charts of {report.assignment}. Left, the points of {len(report.points)} "
        f"submissions: {spread(report)} Right, the mean share of each question's points; "
        f"the lowest: {hardest or 'none yet'}."
    )
    return fig


def lines(report):
    """Yield the report as lines for a terminal."""
    yield f"{report.assignment}: {report.handed_in} handed in, {report.final} final."
    yield spread(report)
    yield ""
    yield "Questions, the hardest first:"
    width = max((len(question.title) for question in report.questions), default=0)
    for question in report.questions:
        share = question.share or 0
        bar = "█" * round(BAR * share)
        percent = "   –" if question.share is None else f"{share:4.0%}"
        yield f"  {question.title:{width}}  {percent} {bar:{BAR}} {_tail(question)}".rstrip()
    if report.looks:
        yield from ("", f"Need a person ({len(report.looks)}):")
        for why, students in grouped(report.looks):
            yield f"  {why}"
            yield f"    {some(students)}"
    yield from _named("Handed in, not graded yet", report.not_graded)
    yield from _named("Handed in nothing", report.missing)


def _tail(question):
    """Say how many are right, and what else there is."""
    parts = [f"{question.right} of {question.of} right"]
    if question.unanswered:
        parts.append(f"{question.unanswered} not answered")
    if question.open:
        wait = "waits" if question.open == 1 else "wait"
        parts.append(f"{question.open} {wait} for a person")
    return ", ".join(parts)


def _named(heading, students):
    if students:
        yield from ("", f"{heading} ({len(students)}):", f"  {some(students)}")


def write_report(course, report):
    """Write the report as a page, reports/ASSIGNMENT.html, and return its path."""
    fig = picture(report)
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=160, metadata={"Software": None})
    html = render(
        "report.html",
        report=report,
        spread=spread(report),
        questions=[
            (question, "–" if question.share is None else f"{question.share:.0%}", _tail(question))
            for question in report.questions
        ],
        looks=[(why, ", ".join(map(printable, who))) for why, who in grouped(report.looks)],
        missing=", ".join(map(printable, report.missing)),
        not_graded=", ".join(map(printable, report.not_graded)),
        png=base64.b64encode(png.getvalue()).decode("ascii"),
        alt=fig.alt,
    )
    path = course.folder / "reports" / f"{report.assignment}.html"
    path.parent.mkdir(exist_ok=True)
    write_whole(path, html)
    return path

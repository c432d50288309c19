"""A page for each student: every question, its score, why, and what to do next.

A page shows text only. It holds no script, its policy forbids any, and all that comes from a
student is escaped. Of the tests it shows what they said of a wrong answer, never their code.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder import verdict as v
from autograder.record import write_whole
from autograder.results import answers_of
from autograder.text import printable

PAGES = Path(__file__).parent / "pages"
LONGEST_ANSWER = 20_000  # characters
# What is said where the test's own sentence may not be shown, or there is none.
SAID = {
    v.NOT_ATTEMPTED: "You did not answer this question.",
    v.NEEDS_PERSON: "A person reads this answer; its points come later.",
    v.GRADER_FAULT: "The grader could not decide this. It is not your fault: a person looks at it.",
    v.REFUSED: "This was not graded. A person looks at it.",
    v.UNREADABLE: "Your file could not be read.",
}
NEXT = {
    v.GRADED: "Change your answer and run the check below it, as often as you like.",
    v.STUDENT_ERROR: "In the notebook, choose Kernel → Restart Kernel and Run All Cells. The same "
    "error shows there, at its place.",
    v.NOT_ATTEMPTED: "Every question counts for itself: an attempt costs nothing.",
    v.LIMIT_REACHED: "Look for a loop that does not end, or an array that grows too large. A "
    "person looks at this before your grade is final.",
    v.UNREADABLE: "Open the file that you handed in. If it does not open in Jupyter, download it "
    "again with the notebook's last cell, and hand in that file.",
}
# What fits better, where the grader's words hold one of these: the box is no student's computer.
NEXT_FOR = {
    ("OSError", "PermissionError", "FileNotFoundError", "ConnectionError", "URLError"): "The "
    "grader runs your answer without network, and without the files of your computer. Let the "
    "answer need neither.",
    ("ended its own kernel",): "Leave out what ends Python, such as exit(), quit() or "
    "os._exit(). A person looks at this before your grade is final.",
    ("crashed its own kernel",): "Choose Kernel → Restart Kernel and Run All Cells, and see where "
    "the kernel stops. A person looks at this before your grade is final.",
}


@dataclass(frozen=True)
class Shown:
    """A question, as its page shows it."""

    title: str
    score: str
    state: str
    kind: str  # for the style: "right", "partly", "wrong", "open"
    said: str
    next: str
    comments: tuple
    answers: tuple


def write_feedback(course, assignment, result):
    """Write a student's page, where nbgrader's own feedback stands.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    result : Result

    Returns
    -------
    Path
    """
    folder = course.folder / "feedback" / result.student / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{assignment.name}.html"
    write_whole(path, page(assignment, result))
    return path


def page(assignment, result):
    """Return a student's page as HTML."""
    about = answers_of(assignment)
    left = sum(mark.most for mark in result.open if not mark.bonus)
    is_unread = result.status == v.UNREADABLE and len(result.open) == len(result.marks)
    return render(
        "feedback.html",
        assignment=assignment.name,
        student=printable(result.student),
        points=number(result.points),
        full=number(result.full),
        left=number(left) if left else "",
        questions=[
            _shown(
                mark,
                comments=_texts(about[mark.name], result.comments),
                answers=_texts(about[mark.name], result.answers, assignment.stubs),
            )
            for mark in ([] if is_unread else result.marks)
        ],
        next=NEXT[v.UNREADABLE] if is_unread else "",
        notes=[printable(note) for note in result.notes],
        problem=printable(result.message) if result.status == v.UNREADABLE else "",
    )


def _texts(names, texts, stubs=None):
    """Return what was written to a question; nothing where only the stub stands."""
    found = []
    for name in names:
        text = texts.get(name, "")
        if text.strip() and text.strip() != (stubs or {}).get(name, "").strip():
            short = text[:LONGEST_ANSWER]
            cut = "\n[the rest is not shown]" if len(text) > len(short) else ""
            found.append(printable(short) + cut)
    return tuple(found)


def _shown(mark, comments, answers):
    state, kind = _state(mark)
    said, follow = "", ""
    if mark.again:
        said = "Your answer is another one since its points were given. A person reads it again."
    elif mark.by_person:
        said = "A person read this answer and gave its points."
    elif kind != "right":
        said = _said(mark)
        follow = "" if "Try next:" in said else _next(mark)
    points = number(mark.points) if mark.points is not None else "–"
    bonus = " (bonus)" if mark.bonus else ""
    return Shown(
        title=mark.title,
        score=f"{points} of {number(mark.most)}{bonus}",
        state=state,
        kind=kind,
        said=said,
        next=follow,
        comments=comments,
        answers=answers,
    )


def _next(mark):
    """Return what to do next, by what happened."""
    if mark.status in (v.STUDENT_ERROR, v.LIMIT_REACHED):
        for signs, words in NEXT_FOR.items():
            if any(sign in mark.message for sign in signs):
                return words
    return NEXT.get(mark.status, "")


def _state(mark):
    """Return in a few words how a question stands, and its kind."""
    if mark.points is None:
        waits = "A person reads this" if mark.status == v.NEEDS_PERSON else "A person looks at this"
        return waits, "open"
    if mark.points >= mark.most:
        return "Right", "right"
    if mark.points > 0:
        return "Partly right", "partly"
    if mark.status == v.NOT_ATTEMPTED and not mark.by_person:
        return "Not answered", "wrong"
    return "Not right yet", "wrong"


def _said(mark):
    """Return what the test said, without what it said of hidden inputs that were right."""
    if mark.status in SAID:
        return SAID[mark.status]
    paragraphs, right = [], False
    for line in printable(mark.message).splitlines():
        # A long line goes on, indented, in the next one.
        right = line.startswith("Right:") or (right and line.startswith("  "))
        if not right:
            paragraphs.append(line)
    return "\n".join(paragraphs).strip()


def number(value):
    """Write points without needless digits: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def render(template, **values):
    """Return a page of autograder/pages/ as HTML: everything escaped, its style inside."""
    pages = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (PAGES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    # The policy lets this one style in, and pictures that stand in the page; nothing else.
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    html = pages.get_template(template).render(style=Markup(style), policy=Markup(policy), **values)
    return html.strip() + "\n"

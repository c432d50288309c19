"""Checks an assignment itself: that it is consistent, can be solved, and gives nothing away."""

import ast
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autograder import job
from autograder import verdict as v
from autograder.course import Submission
from autograder.release import ReleaseError, generate, leaks_of
from autograder.standin import free_names


@dataclass(frozen=True)
class Finding:
    """What one check of an assignment found.

    Attributes
    ----------
    assignment, what : str
    problems : tuple of str
        Empty if all is well.
    """

    assignment: str
    what: str
    problems: tuple = ()

    @property
    def fine(self):
        """Whether all is well."""
        return not self.problems


def check(course, name, provisioner="autograder-box", grade=job.grade):
    """Check an assignment; yields a Finding as each check ends.

    Parameters
    ----------
    course : Course
    name : str
    provisioner : str
        "local-provisioner" grades without a box.
    grade : callable
        Grades a Job.
    """
    assignment = course.assignment(name)
    yield Finding(name, "its cells are consistent", tuple(cell_problems(assignment)))
    yield Finding(name, "its tests read known names only", tuple(name_problems(assignment)))
    with tempfile.TemporaryDirectory() as folder:
        try:
            release = generate(course, name, Path(folder))
        except ReleaseError as error:
            yield Finding(name, "the release can be made", (str(error),))
            return
        yield Finding(name, "the release leaks nothing", tuple(leaks_of(course, name, release)))
        path = release / f"{name}.ipynb"
        verdict = _graded(assignment, path, provisioner, grade)
        yield Finding(name, "the release gets zero", tuple(_not_zero(verdict)))
    verdict = _graded(assignment, assignment.source_path, provisioner, grade)
    yield Finding(name, "the solutions get full marks", tuple(_not_full(assignment, verdict)))


def _graded(assignment, path, provisioner, grade):
    submission = Submission("check", path, "")
    return v.Verdict.from_dict(grade(assignment.job(submission, provisioner=provisioner)))


def _not_zero(verdict):
    """Say what is not as it should be for a release that nobody touched."""
    if not verdict.questions:
        yield f"{verdict.status}: {verdict.message}"
    for question in verdict.questions:
        if question.status != v.NOT_ATTEMPTED or question.points != 0:
            yield f"{question.name}: {question.status}, {question.points} points"


def _not_full(assignment, verdict):
    """Say what is not as it should be for the instructor's own solutions.

    A bonus need not be reached.
    """
    if not verdict.questions:
        yield f"{verdict.status}: {verdict.message}"
    for question in verdict.questions:
        written = question.status == v.NEEDS_PERSON and question.points is None
        full = question.status == v.GRADED and question.points == question.most
        bonus = question.status == v.GRADED and question.name in assignment.bonus
        if not (written or full or bonus):
            points = "-" if question.points is None else f"{question.points:g}"
            said = f"{points} of {question.most:g} points: {question.message}"
            yield f"{question.name}: {question.status}, {said}"


def cell_problems(assignment):
    """Yield what is wrong with the cells' settings."""
    settings = [
        (cell, cell.metadata.nbgrader)
        for cell in assignment.notebook.cells
        if "nbgrader" in cell.metadata
    ]
    for name, times in Counter(s.grade_id for _, s in settings).items():
        if times > 1:
            yield f"{name} names {times} cells"
    answers = 0
    for cell, s in settings:
        if s.get("task"):
            yield f"{s.grade_id} is a task cell, which has no place for an answer"
        if s.get("solution"):
            answers += 1
        elif s.get("grade"):
            if not answers:
                yield f"{s.grade_id} tests nothing: no answer stands above it"
            if not s.get("locked"):
                yield f"{s.grade_id} is a test, and not locked"
            if cell.cell_type != "code":
                yield f"{s.grade_id} is a test, and no code"
        if s.get("grade") and not float(s.get("points", 0)) > 0:
            yield f"{s.grade_id} gives no points"
    if not any(s.get("grade") for _, s in settings):
        yield "no cell is graded"


def name_problems(assignment):
    """Yield the names that a test cell reads and that the grader cannot know.

    A test cell runs outside the student's process. It must import what it uses, and may read
    what the answers and the locked cells above it define: those are asked of the student's.
    """
    defined, imported = set(), set()
    for cell in assignment.notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or not settings:
            continue
        name = settings["grade_id"]
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            yield f"{name} is no Python: line {error.lineno}: {error.msg}"
            continue
        if settings.get("solution") or not settings.get("grade"):
            defined |= set(_defined(tree))
            imported |= set(_imported(tree))
            continue
        for read in free_names(cell.source):
            if read in imported - defined:
                yield (
                    f"{name} reads {read}, which another cell imports: the student's process would "
                    f"answer in its place. Import {read} in {name}"
                )
            elif read not in defined:
                yield f"{name} reads {read}, which no answer and no locked cell defines"


def _defined(tree):
    """Yield the names that code binds at its top level, but for those it imports."""
    for node in _top_level(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _imported(tree):
    for node in _top_level(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _top_level(node):
    """Yield the nodes of code, but not those inside functions, classes and comprehensions."""
    inner = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*inner, ast.GeneratorExp)):
            yield from _top_level(child)

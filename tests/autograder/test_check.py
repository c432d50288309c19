"""Leaks are found wherever they are, a release is guarded, an assignment's slips are named."""

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from autograder import verdict as v
from autograder.check import cell_problems, check, name_problems
from autograder.course import Course
from autograder.leaks import Regions, leaks
from autograder.record import gradebook
from autograder.release import ReleaseError, generate, leaks_of, release

HOMEWORK = Path(__file__).parents[2] / "homework"
COURSE = Course(HOMEWORK)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The release of hw1-1, as a notebook."""
    folder = generate(COURSE, "hw1-1", tmp_path_factory.mktemp("release"))
    return nbformat.read(folder / "hw1-1.ipynb", as_version=4)


def leaks_in(notebook, tmp_path, **files):
    """Return what a release leaks that holds this notebook and further files."""
    nbformat.write(notebook, tmp_path / "hw1-1.ipynb")
    for name, text in files.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    assignment = COURSE.assignment("hw1-1")
    regions = Regions.of(COURSE.config)
    return leaks(assignment.notebook, tmp_path, assignment.stubs, regions)


def cell(notebook, name):
    return next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )


# Leaks.


@pytest.mark.parametrize("name", COURSE.names)
def test_our_releases_leak_nothing_and_are_no_matter_for_the_gradebook(name, tmp_path):
    before = set(HOMEWORK.iterdir())
    folder = generate(COURSE, name, tmp_path)
    assert {path.name for path in folder.iterdir()} == {f"{name}.ipynb"}
    assert leaks_of(COURSE, name, folder) == []
    assert set(HOMEWORK.iterdir()) == before


def test_the_instructors_own_notebook_leaks_everything(tmp_path):
    found = "\n".join(leaks_in(COURSE.assignment("hw1-1").notebook, tmp_path))
    assert "cell step-6 shows the line 'yhat - y'" in found  # also a short one
    assert "seed=701" in found
    assert "cell argument-text shows the line '**For the person who grades." in found


def change_source(notebook):
    cell(notebook, "step-2").source += "\n-yhat_i*yhat_j"


def change_metadata(notebook):
    cell(notebook, "softmax").metadata["backup"] = {"old": ["x", "exponentials = np.exp(shifted)"]}


def change_notebook_metadata(notebook):
    notebook.metadata["secret"] = "check_step(1, step_1, seed=701)"


def change_outputs(notebook):
    output = nbformat.v4.new_output("stream", text="0.5")
    cell(notebook, "softmax-test").outputs = [output]


def change_attachments(notebook):
    text = cell(notebook, "argument-text")
    text["attachments"] = {"a.txt": {"text/plain": "quotient rule (or the logarithm's derivative)"}}
    text["attachments"]["a.txt"]["text/plain"] = "### BEGIN MARK SCHEME"


def change_cells(notebook):
    notebook.cells.append(nbformat.v4.new_code_cell("yhat - y"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_source, "cell step-2 shows the line '-yhat_i*yhat_j'"),
        (change_metadata, "shows the line 'exponentials = np.exp(shifted)'"),
        (change_notebook_metadata, "shows the line 'check_step(1, step_1, seed=701)'"),
        (change_outputs, "cell softmax-test has outputs"),
        (change_attachments, "holds the mark 'BEGIN MARK SCHEME'"),
        (change_cells, "is not in the source"),
    ],
)
def test_one_leak_is_found_and_nothing_else(released, change, said, tmp_path):
    notebook = nbformat.from_dict(json.loads(nbformat.writes(released)))
    assert leaks_in(notebook, tmp_path) == []
    change(notebook)
    (found,) = leaks_in(notebook, tmp_path)
    assert said in found


def test_another_file_is_looked_into(released, tmp_path):
    twin = (HOMEWORK / "source" / "hw1-1" / "hw1-1.md").read_text(encoding="utf-8")
    found = leaks_in(released, tmp_path, notes="Nothing secret.", twin=twin)
    assert len(found) > 20
    assert all(leak.startswith("twin.md: ") for leak in found)


# The release.


def test_a_release_is_made_and_the_gradebook_knows_it(folder):
    course = Course(folder)
    made = release(course, "hw1-1")
    assert {path.name for path in made.iterdir()} == {"hw1-1.ipynb"}
    assert made == folder / "release" / "hw1-1"
    with gradebook(folder) as book:
        assert book.find_assignment("hw1-1").max_score == 20


def test_what_would_leak_is_not_released_and_what_stood_there_stays(folder):
    release(Course(folder), "hw1-1")
    path = folder / "release" / "hw1-1" / "hw1-1.ipynb"
    before = path.read_bytes()
    source = folder / "source" / "hw1-1" / "hw1-1.ipynb"
    notebook = nbformat.read(source, as_version=4)
    cell(notebook, "softmax").metadata["old"] = (
        "return exponentials / np.sum(exponentials, axis=-1, keepdims=True)"
    )
    nbformat.write(notebook, source)
    with pytest.raises(
        ReleaseError, match=r"is not released, because it would leak:\n.*exponentials"
    ):
        release(Course(folder), "hw1-1")
    assert path.read_bytes() == before


def test_nbgraders_own_complaint_is_passed_on(folder):
    source = folder / "source" / "hw1-1" / "hw1-1.ipynb"
    source.write_text(source.read_text().replace("### END SOLUTION", "### END SOLUTIO"))
    with pytest.raises(RuntimeError, match="no end solution"):
        Course(folder).assignment("hw1-1")


# The checks of an assignment.


def graded(job, status=v.GRADED, share=1):
    """Grade without a kernel: what looks like the release gets zero, all else its points."""
    points = COURSE.assignment("hw1-1").points
    if b"BEGIN SOLUTION" not in job.submitted:
        questions = [v.Question(name, 0.0, most, v.NOT_ATTEMPTED) for name, most in points.items()]
    else:
        questions = [
            v.Question(name, most * share, most, status)
            if name != "argument"
            else v.Question(name, None, most, v.NEEDS_PERSON)
            for name, most in points.items()
        ]
    return v.Verdict(job.assignment, job.student, tuple(questions)).to_dict()


def test_an_assignment_in_order_passes_every_check():
    findings = list(check(COURSE, "hw1-1", grade=graded))
    assert len(findings) == 5
    assert all(finding.fine for finding in findings)


@pytest.mark.slow
def test_hw1_1_passes_every_check_in_the_box():
    assert [finding.problems for finding in check(COURSE, "hw1-1")] == [()] * 5


@pytest.mark.parametrize("name", COURSE.names)
def test_our_assignments_are_consistent(name):
    assignment = COURSE.assignment(name)
    assert list(cell_problems(assignment)) == []
    assert list(name_problems(assignment)) == []


def test_solutions_without_full_marks_and_a_release_with_some_are_named():
    def wrong(job):
        return graded(job, status=v.STUDENT_ERROR, share=0)

    *_, solutions = check(COURSE, "hw1-1", grade=wrong)
    assert len(solutions.problems) == 10
    assert solutions.problems[0].startswith("step-1-test: student error, 0 of 1 points")

    def generous(job):
        return graded(replace(job, submitted=b"BEGIN SOLUTION"))

    *_, released, _ = check(COURSE, "hw1-1", grade=generous)
    assert "softmax-test: graded, 2.0 points" in released.problems

    def blind(job):
        return v.Verdict(job.assignment, job.student, (), v.UNREADABLE, "it is empty").to_dict()

    assert [f.problems for f in check(COURSE, "hw1-1", grade=blind) if not f.fine] == [
        ("unreadable: it is empty",)
    ] * 2


def changed(name, source=None, **settings):
    """Return hw1-1 with one cell changed."""
    assignment = COURSE.assignment("hw1-1")
    notebook = nbformat.from_dict(json.loads(assignment.source))
    it = cell(notebook, name)
    it.source = it.source if source is None else source
    it.metadata.nbgrader.update(settings)
    return replace(assignment, source=nbformat.writes(notebook))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("check_step(1, step_1)", "reads check_step, which no answer and no locked cell defines"),
        ("show_step(1, step_1)", "the student's process would answer in its place"),
        ("from a import f\nf(step_2)", "reads step_2, which no answer"),
        ("assert step_1 ==", "is no Python"),
    ],
)
def test_a_name_that_the_grader_cannot_know_is_named(source, said):
    (problem,) = name_problems(changed("step-1-test", source))
    assert problem.startswith("step-1-test")
    assert said in problem


def test_what_an_answer_or_the_cell_itself_defines_is_known():
    source = (
        "import math\nx = [step_1 for k in range(3)]\ndef f(a): return a\nf(x, math.pi, len(x))"
    )
    assert list(name_problems(changed("step-1-test", source))) == []
    assert list(name_problems(changed("step-1", "step_1 = 1\ndef inner():\n    step_x = 1"))) == []
    inner = changed("step-1", "def step_1():\n    secret = 1")
    assert list(name_problems(inner)) == []
    (problem,) = name_problems(
        replace(inner, source=inner.source.replace("step_1)\\n", "secret)\\n", 1))
    )
    assert "reads secret" in problem


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"grade_id": "step-2-test"}, "step-2-test names 2 cells"),
        ({"locked": False}, "step-1-test is a test, and not locked"),
        ({"points": 0}, "step-1-test gives no points"),
        ({"task": True}, "is a task cell"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, said):
    assert said in "\n".join(cell_problems(changed("step-1-test", **settings)))
    assert list(cell_problems(COURSE.assignment("hw1-1"))) == []

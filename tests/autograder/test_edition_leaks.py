"""Nothing of the instructor's is in the students' edition; and each kind of leak would be found."""

import re
import shutil
import zipfile

import nbformat
import numpy as np
import pytest
from course_folder import HOMEWORK
from edition import ROOT

from autograder.course import Course
from autograder.edition_leaks import Secrets, edition_leaks, text_of

COMPUTED = ("softmax-test", "cross-entropy-test")
# Six digits, and not of a larger number or a name.
NUMBER = re.compile(r"(?<![\w.])0*\d+\.\d{4,}(?!\w)")
HIDDEN_TEST = "check_step(1, step_1, seed=801)"
RUBRIC = "A slip of sign or index that is carried through costs half a point once."


@pytest.fixture(scope="module")
def course():
    return Course(HOMEWORK)


@pytest.fixture(scope="module")
def secrets(course):
    return {name: Secrets(course, name) for name in course.names}


def change(path, edit):
    """Change a notebook of an edition."""
    notebook = nbformat.read(path, as_version=4)
    edit(notebook)
    nbformat.write(notebook, path)


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.fixture(scope="module")
def planted(course, secrets, students_edition, tmp_path_factory):
    """What is found in an edition with a leak of each kind, each in a file of its own."""
    folder = tmp_path_factory.mktemp("planted") / "edition"
    shutil.copytree(students_edition, folder)
    solution = next(pair for pair in secrets["hw1-1"].pairs if "np." in pair[1])
    lectures = sorted(folder.glob("lectures/*.ipynb"))
    hw1_1, hw1_2 = (folder / f"homework/{name}/{name}.ipynb" for name in course.names)

    def answer(notebook):
        cell = next(c for c in notebook.cells if "def softmax" in c.source)
        cell.source = cell.source.replace("# Not answered yet", "return np.exp(scores) # Not")

    change(hw1_1, answer)
    change(hw1_2, lambda n: n.metadata.update(author={"note": [{"was": "BEGIN SOLUTION"}]}))
    append(folder / "README.md", f"\n{solution[1]}\n")
    append(folder / "nnlib/functional.py", "\n    " + "\n        ".join(solution) + "\n")
    append(folder / "nnlib/layers.py", f"\n# {HIDDEN_TEST}\n")
    append(folder / "nnlib/views/view.css", f"\n/* {RUBRIC} */\n")
    append(folder / "nnlib/views/shared.js", "\nexpect({gives = [[1,\n  -1]]})\n")
    append(folder / "nnlib/train.py", "\nscore_config(other, seeds = (2026, 2027))\n")
    change(lectures[0], lambda n: n.cells[0].metadata.update(tags=[HIDDEN_TEST]))
    change(lectures[1], lambda n: n.metadata.update(rubric={"deep": [RUBRIC]}))
    output = nbformat.v4.new_output("stream", text=f"{HIDDEN_TEST}\n")
    code = next(c for c in nbformat.read(lectures[2], 4).cells if c.cell_type == "code").id
    change(lectures[2], lambda n: [c.outputs.append(output) for c in n.cells if c.id == code])
    guide = (ROOT / "docs/instructors-guide.md").read_text(encoding="utf-8").splitlines()
    change(lectures[3], lambda n: n.cells[0].update(source=max(guide, key=len)))
    shutil.copy(ROOT / "tests/homework/hw1_1_answers.py", folder / "binder/helper.py")
    shutil.copy(HOMEWORK / "source/hw1-2/hw1-2.md", folder / "homework/hw1-2")
    with zipfile.ZipFile(folder / "lectures/more.zip", "w") as archive:
        archive.write(HOMEWORK / "source/hw1-1/hw1-1.ipynb", "hw1-1.ipynb")
    (folder / "nnlib/data/mnist/t10k-labels-idx1-ubyte.gz").write_bytes(b"\x1f\x8b\xff")
    return edition_leaks(course, folder)


def test_the_edition_leaks_nothing(course, students_edition):
    assert edition_leaks(course, students_edition) == []


def test_the_zip_of_it_leaks_nothing_and_a_leak_in_a_zip_is_found(
    course, students_edition, tmp_path
):
    whole = shutil.make_archive(tmp_path / "edition", "zip", students_edition)
    assert edition_leaks(course, tmp_path / "edition.zip") == []
    with zipfile.ZipFile(whole, "a") as archive:
        archive.writestr("notes.txt", f"{HIDDEN_TEST}\n")
    (found,) = edition_leaks(course, tmp_path / "edition.zip")[:1]
    assert found.startswith("notes.txt: shows a hidden test")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("homework/hw1-1/hw1-1.ipynb", "cell softmax shows the line"),
        ("homework/hw1-2/hw1-2.ipynb", "holds the mark 'BEGIN SOLUTION'"),
        ("README.md", "shows a solution"),
        ("nnlib/functional.py", "shows a solution"),
        ("nnlib/layers.py", "shows a hidden test"),
        ("nnlib/views/view.css", "shows a hidden test or a rubric, 'A slip of sign"),
        ("nnlib/views/shared.js", "shows a value of a hidden test, 'gives=[[1,-1]]'"),
        ("nnlib/train.py", "shows a value of a hidden test, 'seeds=(2026,2027)'"),
        ("lectures/00_start_here.ipynb", "shows a hidden test"),
        ("lectures/01_why_neural_networks.ipynb", "shows a hidden test or a rubric"),
        ("lectures/02_linear_classifier.ipynb", "shows a hidden test"),
        ("lectures/03_loss_functions.ipynb", "shows an instructor's line"),
        ("binder/helper.py", "shows an instructor's line"),
        ("homework/hw1-2/hw1-2.md", "shows a solution"),
        ("lectures/more.zip", "is no text and cannot be searched"),
        ("nnlib/data/mnist/t10k-labels-idx1-ubyte.gz", "is no text"),
    ],
)
def test_a_leak_of_each_kind_is_found(planted, file, words):
    assert any(leak.startswith(file) and words in leak for leak in planted), planted


def test_it_is_only_found_where_it_was_planted(planted):
    named = {re.match(r"[^\s:]+", leak)[0] for leak in planted}
    assert len(named) == 16


def test_a_formula_may_stand_in_the_library_alone_but_not_elsewhere(secrets):
    first, second = secrets["hw1-2"].pairs[0]
    assert not list(
        secrets["hw1-2"].found_in(f"{first}\nsomething in between\n{second}", public=True)
    )
    assert list(secrets["hw1-2"].found_in(f"{first}\n    {second}", public=True))
    assert list(secrets["hw1-2"].found_in(first, public=False))


def test_every_answer_and_test_has_secrets_to_look_for(secrets):
    for found in secrets.values():
        assert len(found.others) >= 10
        assert len(found.solutions) >= 25
        assert len(found.pairs) >= 15
    assert {"seed=701", "seed=806", "seed=907", "gives=[[1,-1]]"} <= secrets["hw1-1"].values
    assert {"seed=31", "seeds=(2026,2027)"} <= secrets["hw1-2"].values


def test_the_numbers_that_hidden_tests_compute_stand_nowhere(course, students_edition):
    """Six digits tell a number that was drawn at random; 0.7311, say, is the lectures' own."""
    numbers = computed_numbers(course)
    assert len(numbers) >= 4 * 5  # of the softmax of five random rows, and more
    for path in students_edition.rglob("*"):
        if path.is_file() and (text := text_of(path)):
            shown = {f"{float(n):.6g}" for n in NUMBER.findall(text)}
            assert not shown & numbers, path


def computed_numbers(course):
    """What the hidden tests of hw1-1 expect, to six digits, but for what is no secret."""
    found = set()

    def expect(function, *arguments, gives, because):
        found.update(f"{number:.6g}" for number in np.ravel(gives))

    for cell in course.assignment("hw1-1").notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in COMPUTED:
            source = re.sub("^from nnlib.*", "", cell.source, flags=re.MULTILINE)
            stand_ins = dict.fromkeys(("softmax", "cross_entropy"))
            exec(source, {"expect": expect, "check_speed": lambda *_: None, **stand_ins})
    return {text for text in found if NUMBER.fullmatch(text)}

"""Broken by accident: what an editor, a browser or a slip of the hand does to honest work."""

import base64
import json
from copy import deepcopy

import nbformat
import pytest
from classroom import HONEST, HONEST_POINTS, NEIGHBOUR, points, question
from hand_ins import zipped
from nbformat.v4 import new_code_cell, new_output
from one_class import graded_class

from autograder.rebuild import LARGEST_FILE

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()


def find(notebook, name):
    return next(k for k, cell in enumerate(notebook.cells) if cell.id == name)


def cell(notebook, name):
    return notebook.cells[find(notebook, name)]


def insert(notebook, after, source, **metadata):
    notebook.cells.insert(find(notebook, after) + 1, new_code_cell(source, metadata=metadata))


def write(notebook, name, source):
    cell(notebook, name).source = source


# What happened; the scores are those of the neighbour, whose file is whole.


def a_duplicated_cell(notebook):
    for name in ("softmax", "softmax-test", "setup"):
        notebook.cells.insert(find(notebook, name), deepcopy(cell(notebook, name)))


def a_deleted_test_cell(notebook):
    for name in ("softmax-test", "step-2-test", "setup"):
        del notebook.cells[find(notebook, name)]


def cells_in_another_order(notebook):
    notebook.cells.reverse()


def a_cell_split_in_two(notebook):
    half = deepcopy(cell(notebook, "softmax"))
    half.source = "def softmax(scores):\n    return shares(scores)"
    write(notebook, "softmax", HONEST["softmax"].replace("softmax", "shares"))
    notebook.cells.insert(find(notebook, "softmax") + 1, half)


def two_cells_merged(notebook):
    write(notebook, "softmax", HONEST["softmax"] + "\n\n" + HONEST["gradient"])
    del notebook.cells[find(notebook, "gradient")]


def a_cells_type_changed(notebook):
    for name, kind in {"softmax": "raw", "step-1": "markdown", "softmax-test": "raw"}.items():
        cell(notebook, name).cell_type = kind


def metadata_stripped(notebook):
    notebook.metadata = {}
    for found in notebook.cells:
        found.metadata = {}
        del found["id"]


def a_kernel_nobody_has(notebook):
    notebook.metadata.kernelspec = {"name": "my-own", "display_name": "Mine", "language": "R"}
    for found in notebook.cells:  # and ids that are there twice
        if not found.metadata.get("nbgrader", {}).get("solution"):
            found.id = "same"


def a_warning_on_stderr(notebook):
    noise = "import sys, warnings\nwarnings.warn('slow')\nprint('note', file=sys.stderr)\n"
    lines = HONEST["softmax"].splitlines()
    noisy = [lines[0], *(f"    {line}" for line in noise.splitlines()), *lines[1:]]
    write(notebook, "softmax", noise + "\n".join(noisy))


def cells_of_their_own(notebook):
    """Experiments that fail, a helper further down, an answer below its cell."""
    insert(notebook, "setup", "1 / 0")
    insert(notebook, "step-1", "%matplotlib inline\n!echo hello\n%no_such_magic")
    write(notebook, "softmax", "def softmax(scores):\n    return later(scores)")
    insert(notebook, "argument", HONEST["softmax"].replace("softmax", "later"))
    write(notebook, "gradient", "# see below")
    insert(notebook, "gradient-test", HONEST["gradient"])


def other_line_ends(notebook):
    for name in HONEST:
        write(notebook, name, HONEST[name].replace("\n", "\r\n") + "\r\n# half \ud800 a character")


def a_shadowed_module(notebook):
    """A file numpy.py beside the notebook; see how it is packed."""


SAME = (
    a_duplicated_cell,
    a_deleted_test_cell,
    cells_in_another_order,
    a_cell_split_in_two,
    two_cells_merged,
    a_cells_type_changed,
    metadata_stripped,
    a_kernel_nobody_has,
    a_warning_on_stderr,
    cells_of_their_own,
    a_shadowed_module,
)


# What costs the answer it is in, and no other: {question: its status and its message}.


def a_deleted_answer_cell(notebook):
    del notebook.cells[find(notebook, "softmax")]


def a_syntax_error(notebook):
    """A colon that is missing, and the quotes of a text program."""
    write(notebook, "softmax", "def softmax(scores)\n    return scores")
    write(notebook, "step-1", "step_1 = “yhat_i”")


def a_missing_import(notebook):
    """One that was never there, and one that was added to a locked cell."""
    cell(notebook, "setup").source += "\nimport math"
    write(notebook, "softmax", "def softmax(scores):\n    return math.exp(scores)")
    write(notebook, "gradient", "import nowhere\n\n" + HONEST["gradient"])


def cells_run_out_of_order(notebook):
    """A name that is defined further down, and one that means something else there."""
    write(notebook, "step-1", "step_1 = defined_later")
    insert(notebook, "step-1-test", 'defined_later = "yhat_i*(1 - yhat_i)"')
    insert(notebook, "softmax-test", "softmax = softmax(np.zeros(2))")


def a_cell_too_long(notebook):
    write(notebook, "softmax", HONEST["softmax"] + "# and so on\n" * 5000)


LOST = {
    a_deleted_answer_cell: {"softmax-test": ("not attempted", "Not answered.")},
    a_syntax_error: {
        "softmax-test": ("student error", "SyntaxError: expected ':'"),
        "step-1-test": ("student error", "invalid character '“'"),
    },
    a_missing_import: {
        "softmax-test": ("graded", "name 'math' is not defined"),
        "gradient-test": ("student error", "No module named 'nowhere'"),
    },
    cells_run_out_of_order: {
        "step-1-test": ("student error", "name 'defined_later' is not defined"),
        "softmax-test": ("graded", "not callable"),
    },
    a_cell_too_long: {"softmax-test": ("student error", "at most 50,000 are run")},
}


# What no answer can be read from, and what is said of it.
UNREADABLE = {
    "empty": "the file is empty",
    "no-json": "no valid JSON (line 1, column 3)",
    "cut-off": "no valid JSON",
    "not-utf-8": "not a text in UTF-8",
    "huge-outputs": "Clear Outputs of All Cells",
    "a-web-page": "it is a web page",
    "nested": "nested too deeply",
    "many-parts": "more than 500,000 parts",
    "no-cells": "the notebook has no cells",
}
# Other ways to write a notebook.
OTHER = ("version-3", "mark-and-line-ends")


def unreadable(whole):
    large = nbformat.reads(whole, as_version=4)
    lines = [new_output("stream", text="x" * 1000 + "\n") for _ in range(LARGEST_FILE // 1000)]
    cell(large, "softmax").outputs = lines
    contents = [
        b"",
        b"{ merged",
        whole[: len(whole) // 2],
        whole.decode().encode("utf-16"),
        json.dumps(large).encode(),
        b"<!DOCTYPE html>\n<html></html>",
        b'{"cells":' + b"[" * 200_000,
        b'{"cells": [' + b"0," * 600_000 + b"0]}",
        b'{"cells": []}',
    ]
    return dict(zip(UNREADABLE, contents, strict=True))


def others(whole):
    notebook = nbformat.reads(whole, as_version=4)
    contents = [
        nbformat.writes(deepcopy(notebook), version=3).encode(),
        json.dumps(_changed(notebook, other_line_ends), indent=1)
        .replace("\n", "\r\n")
        .encode("utf-8-sig"),
    ]
    return dict(zip(OTHER, contents, strict=True))


def _changed(notebook, change):
    notebook = deepcopy(notebook)
    change(notebook)
    return notebook


def _student(change):
    return change.__name__.replace("_", "-")


def _picture(notebook):
    write(notebook, "argument", "See the picture.\n\n![why](attachment:why.png)")
    cell(notebook, "argument").attachments = {"why.png": {"image/png": PNG}}


def _files(hand_in):
    whole = hand_in(HONEST)
    files = {NEIGHBOUR: whole, "untouched": hand_in(), **unreadable(whole), **others(whole)}
    for change in (*SAME, *LOST):
        notebook = _changed(nbformat.reads(whole, as_version=4), change)
        files[_student(change)] = json.dumps(notebook).encode()
    files["pictures"] = hand_in({}, change=_picture)
    download = {f"{student}/hw1-1.ipynb": data for student, data in files.items()}
    shadowed = _student(a_shadowed_module)
    evil = b"raise SystemExit('a module of the student was loaded')"
    download[f"{shadowed}/hw1-1.zip"] = zipped(
        ("hw1-1.ipynb", download.pop(f"{shadowed}/hw1-1.ipynb")),
        *((f"{name}.py", evil) for name in ("numpy", "sitecustomize", "json", "nbformat")),
    )
    return download


@pytest.fixture(scope="session")
def graded(tmp_path_factory, hand_in):
    students = [NEIGHBOUR, "untouched", "pictures", *OTHER, *UNREADABLE]
    students += map(_student, (*SAME, *LOST))
    roster = "id\n" + "\n".join(students)
    return graded_class(tmp_path_factory, "accidents", lambda: _files(hand_in), roster)


@pytest.fixture(scope="session")
def verdicts(graded):
    return graded.verdicts


@pytest.fixture(scope="session")
def scores(graded):
    return graded.scores


def test_all_were_taken_in_and_those_that_need_a_look_are_named(graded):
    assert graded.said["collect"]["status"] == 0
    assert "Held: 0." in graded.said["collect"]["out"]
    assert graded.said["grade"]["status"] == 1
    looks = [line for line in graded.said["grade"]["out"].splitlines() if "unreadable" in line]
    assert len(looks) == len(UNREADABLE)
    assert "loaded" not in str(graded.said)


def test_the_neighbour_is_unharmed(verdicts, scores, neighbour):
    assert verdicts[NEIGHBOUR] == neighbour
    assert {n: p for n, p in scores[NEIGHBOUR].items() if n in HONEST_POINTS} == HONEST_POINTS


@pytest.mark.parametrize("student", [*map(_student, SAME), *OTHER])
def test_it_costs_nothing(verdicts, scores, student):
    assert points(verdicts[student]) == HONEST_POINTS
    assert verdicts[student].status == verdicts[NEIGHBOUR].status
    assert scores[student] == scores[NEIGHBOUR]


@pytest.mark.parametrize("change", LOST, ids=_student)
def test_it_costs_its_own_question_alone(verdicts, scores, change):
    verdict = verdicts[_student(change)]
    for name, (status, said) in LOST[change].items():
        found = question(verdict, name)
        assert (found.points, found.status) == (0, status)
        assert said in " ".join(found.message.split())
    assert scores[_student(change)] == {**scores[NEIGHBOUR], **dict.fromkeys(LOST[change], 0)}


@pytest.mark.parametrize("student", UNREADABLE)
def test_it_is_unreadable_and_puts_no_number_into_the_gradebook(verdicts, scores, student):
    assert verdicts[student].status == "unreadable"
    assert UNREADABLE[student] in verdicts[student].message
    assert set(scores[student].values()) == {None}


def test_the_untouched_release_gets_an_honest_zero(verdicts, scores):
    assert {q.status for q in verdicts["untouched"].questions} == {"not attempted"}
    assert set(scores["untouched"].values()) == {0}


def test_what_was_repaired_is_noted(verdicts):
    notes = {student: " ".join(verdict.notes) for student, verdict in verdicts.items()}
    assert "softmax is there 2 times" in notes["a-duplicated-cell"]
    assert "softmax is of another type" in notes["a-cells-type-changed"]
    assert "gradient has no cell of its own" in notes["two-cells-merged"]
    assert notes[NEIGHBOUR] == ""


def test_who_grades_by_hand_sees_the_picture_and_no_solution(graded):
    def shown(student):
        path = graded.folder / "autograded" / student / "hw1-1" / "hw1-1.ipynb"
        return {c.id: c for c in nbformat.read(path, as_version=4).cells}

    answer = shown("pictures")["argument"]
    assert "See the picture." in answer.source
    assert [content for pasted in answer.attachments.values() for content in pasted.values()] == [
        PNG
    ]
    for student in ("a-deleted-answer-cell", "no-json"):
        assert shown(student)["softmax"].source.rstrip().endswith("in place of this line.")

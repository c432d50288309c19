"""The notebook that is run: whatever happened to a student's file, the answers are found."""

import json
import tracemalloc

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from autograder.rebuild import (
    LARGEST_FILE,
    LONGEST_CELL,
    MOST_CELLS,
    MOST_PARTS,
    UnreadableError,
    answers,
    read,
    rebuild,
    stubs_of,
)

TASKS = ("double", "square", "words")
CODE = ("double", "square")


def cell(kind, text, name="", **nbgrader):
    metadata = {"nbgrader": {"grade_id": name, "schema_version": 3, **nbgrader}} if nbgrader else {}
    made = {"code": new_code_cell, "markdown": new_markdown_cell}[kind](text, metadata=metadata)
    made.id = name
    return made


def solution(code):
    return f"### BEGIN SOLUTION\n{code}\n### END SOLUTION"


SOURCE = new_notebook(
    cells=[
        cell("markdown", "# Two functions", "title"),
        cell("code", "import math", "setup", locked=True),
        cell("code", "math.pi", "demonstration"),
        cell(
            "code",
            f"def double(x):\n    {solution('return x * 2').replace(chr(10), chr(10) + '    ')}",
            "double",
            solution=True,
        ),
        cell("code", "assert double(1) == 2", "double-test", grade=True, points=2, locked=True),
        cell("markdown", "Now the other.", "other"),
        cell("code", solution("def square(x):\n    return x * x"), "square", solution=True),
        cell(
            "code",
            "assert square(1) == 1\n### BEGIN HIDDEN TESTS\nassert square(3) == 9\n"
            "### END HIDDEN TESTS",
            "square-test",
            grade=True,
            points=3,
            locked=True,
        ),
        cell("markdown", "And say why.", "words-text", locked=True),
        cell("markdown", solution("Because."), "words", grade=True, points=4, solution=True),
        cell("markdown", "That is all.", "end"),
    ]
)
STUBS = stubs_of(
    SOURCE, Config({"ClearSolutions": {"code_stub": {"python": "pass  # Not answered yet"}}})
)
RELEASE, _ = ClearHiddenTests().preprocess(nbformat.from_dict(SOURCE), {})
# Each as a student writes it, and the same again in other words.
ANSWERS = {
    "double": "def double(x):\n    return x + x",
    "square": "def square(x):\n    return x ** 2",
    "words": "It is so.",
}


def handed_in(given=ANSWERS):
    """Return the release with answers by grade id."""
    released = nbformat.from_dict(RELEASE)
    for found in released.cells:
        if found.id in TASKS:
            found.source = given.get(found.id, STUBS[found.id])
    return released


def place(notebook, name):
    return next(k for k, found in enumerate(notebook.cells) if found.id == name)


def rebuilt(notebook):
    if not isinstance(notebook, bytes):
        notebook = json.dumps(notebook).encode()
    return rebuild(SOURCE, read(notebook), STUBS)


def run(notebook):
    """Return what the student's names stand for once all steps have run, and the last error."""
    names, error = {}, None
    for step in rebuilt(notebook).steps:
        try:
            exec(step.source, names)
        except Exception as raised:
            error = raised
    return names, error


def attempted(notebook):
    """Return the answers that count as answered."""
    found = rebuilt(notebook)
    steps = {step.name for step in found.steps if step.name in CODE and step.attempted}
    return steps | {question.name for question in found.written if question.attempted}


def expect_all_found(notebook):
    names, error = run(notebook)
    assert error is None
    assert (names["double"](5), names["square"](5)) == (10, 25)
    assert attempted(notebook) == set(TASKS)
    assert rebuilt(notebook).written[0].source == ANSWERS["words"]


def without_metadata(notebook):
    for found in notebook.cells:
        found.metadata = {}
    return notebook


def without_ids(notebook):
    for found in notebook.cells:
        found.pop("id")
    return notebook


# What is run.


def test_tests_and_locked_cells_are_the_assignments_own():
    notebook = handed_in()
    notebook.cells[place(notebook, "setup")].source = "import os"
    notebook.cells[place(notebook, "square-test")].source = "raise SystemExit"
    notebook.cells[place(notebook, "demonstration")].source = "double = None"
    found = rebuilt(notebook)
    assert [(test.name, test.points, test.answers) for test in found.tests] == [
        ("double-test", 2, ("double",)),
        ("square-test", 3, ("square",)),
    ]
    assert "square(3) == 9" in found.tests[1].source
    assert [step.source for step in found.steps if not step.of_student] == ["import math"]
    expect_all_found(notebook)


def test_the_untouched_release_is_not_attempted():
    assert attempted(handed_in({})) == set()
    assert rebuilt(handed_in({})).notes == []


def test_what_is_in_a_questions_metadata_is_not_believed():
    notebook = handed_in()
    for found in notebook.cells:
        if "nbgrader" in found.metadata:
            found.metadata.nbgrader.update(points=1000, grade=True, solution=True, locked=False)
    found = rebuilt(notebook)
    assert [question.points for question in [*found.tests, *found.written]] == [2, 3, 4]
    expect_all_found(notebook)


# Accidents.


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_order_losses_and_lost_names_change_nothing(data):
    """One kind of name is enough, wherever the cells stand and whatever else was deleted."""
    notebook = handed_in()
    others = [found.id for found in notebook.cells if found.id not in TASKS]
    lost = data.draw(st.sets(st.sampled_from(others)))
    notebook.cells = [found for found in notebook.cells if found.id not in lost]
    notebook.cells = data.draw(st.permutations(notebook.cells))
    change = data.draw(st.sampled_from([without_metadata, without_ids, lambda same: same]))
    expect_all_found(change(notebook))


@pytest.mark.parametrize("given", [ANSWERS, {**ANSWERS, "square": "square = lambda x: x * x"}])
def test_without_any_name_the_text_and_the_place_tell(given):
    notebook = without_ids(without_metadata(handed_in(given)))
    names, error = run(notebook)
    assert error is None
    assert (names["double"](5), names["square"](5)) == (10, 25)
    assert attempted(notebook) == set(TASKS)
    assert attempted(without_ids(without_metadata(handed_in({})))) == set()


def test_what_stands_in_a_copy_counts_and_the_stub_does_not():
    for first, second in [("", "words"), ("words", "")]:
        notebook = handed_in({**ANSWERS, "words": ANSWERS.get(first, STUBS["words"])})
        copy = nbformat.from_dict(notebook.cells[place(notebook, "words")])
        copy.source = ANSWERS.get(second, STUBS["words"])
        notebook.cells.insert(place(notebook, "words") + 1, copy)
        expect_all_found(notebook)
        assert "words is there 2 times; all are used, in their order." in rebuilt(notebook).notes


def test_of_two_versions_the_last_one_holds_as_it_did_for_the_student():
    notebook = handed_in({**ANSWERS, "double": "def double(x):\n    return None"})
    copy = nbformat.from_dict(notebook.cells[place(notebook, "double")])
    copy.source = ANSWERS["double"]
    notebook.cells.insert(place(notebook, "double") + 1, copy)
    expect_all_found(notebook)


@pytest.mark.parametrize("same_name", [True, False])
def test_a_cell_split_in_two_runs_whole(same_name):
    """JupyterLab gives both halves the metadata; others give the second half none."""
    notebook = handed_in({**ANSWERS, "square": "def helper(x):\n    return x * x"})
    half = new_code_cell("def square(x):\n    return helper(x)")
    if same_name:
        half.metadata = notebook.cells[place(notebook, "square")].metadata
    notebook.cells.insert(place(notebook, "square") + 1, half)
    expect_all_found(notebook)


def test_two_answers_merged_into_one_cell_are_both_answered():
    notebook = handed_in({**ANSWERS, "double": "\n\n".join(ANSWERS[name] for name in CODE)})
    del notebook.cells[place(notebook, "square")]
    expect_all_found(notebook)
    assert "square has no cell of its own." in rebuilt(notebook).notes


@pytest.mark.parametrize("stub", [True, False])
def test_an_answer_in_a_cell_of_its_own_is_answered(stub):
    notebook = handed_in({**ANSWERS, "square": STUBS["square"]})
    at = place(notebook, "square")
    notebook.cells.insert(at + 1, new_code_cell("square = lambda x: x * x"))
    if not stub:
        del notebook.cells[at]
    expect_all_found(notebook)


def test_a_deleted_answer_is_not_attempted_and_shown_as_nothing():
    notebook = handed_in()
    del notebook.cells[place(notebook, "square")]
    assert attempted(notebook) == {"double", "words"}
    assert "square" not in answers(SOURCE, read(json.dumps(notebook).encode()), STUBS)


@pytest.mark.parametrize("kind", ["raw", "markdown", "code"])
def test_a_changed_type_changes_nothing(kind):
    notebook = handed_in()
    for found in notebook.cells:
        found.cell_type = kind
    expect_all_found(notebook)


def test_names_that_were_exchanged_cost_nothing():
    notebook = handed_in()
    one, two = (notebook.cells[place(notebook, name)] for name in CODE)
    one.metadata, two.metadata = two.metadata, one.metadata
    names, error = run(notebook)
    assert error is None
    assert (names["double"](5), names["square"](5)) == (10, 25)
    assert attempted(notebook) == set(TASKS)


def test_a_students_own_cells_run_where_they_stand():
    notebook = handed_in({**ANSWERS, "double": "def double(x):\n    return two * x"})
    notebook.cells.insert(place(notebook, "double"), new_code_cell("two = 2"))
    notebook.cells.insert(place(notebook, "square"), new_code_cell("two = three - 1"))
    notebook.cells.insert(place(notebook, "double"), new_code_cell("three = 3"))
    expect_all_found(notebook)


def test_a_cell_too_long_stops_with_words_and_the_others_go_on():
    names, error = run(handed_in({**ANSWERS, "double": "x = 1\n" * LONGEST_CELL}))
    assert "300,000 characters; at most 50,000 are run" in str(error)
    assert names["square"](5) == 25
    # A written answer is not run: it may be as long as it likes.
    long = handed_in({**ANSWERS, "words": "so " * LONGEST_CELL})
    assert rebuilt(long).written[0].source == long.cells[place(long, "words")].source


# Files.


def older(version):
    return nbformat.writes(handed_in(), version=version).encode()


def changed(**values):
    return json.dumps({**handed_in(), **values}).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(older(3), id="nbformat 3"),
        pytest.param(json.dumps(handed_in()).encode("utf-8-sig"), id="byte order mark"),
        pytest.param(json.dumps(handed_in(), indent=1).replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(
            json.dumps(handed_in({name: t.replace("\n", "\r\n") for name, t in ANSWERS.items()})),
            id="CRLF in the cells",
        ),
        pytest.param(json.dumps(without_ids(handed_in())), id="no ids"),
        pytest.param(changed(nbformat=99, nbformat_minor="x"), id="a later nbformat"),
        pytest.param(changed(metadata={"kernelspec": {"name": "nobody has it"}}), id="kernel"),
        pytest.param(changed(metadata=[float("nan"), float("inf")]), id="NaN"),
        pytest.param(
            json.dumps(handed_in())[:-1] + ', "cells": ' + json.dumps(handed_in().cells) + "}",
            id="a key twice",
        ),
    ],
)
def test_other_ways_to_write_a_notebook_are_read(data):
    expect_all_found(data if isinstance(data, bytes) else data.encode())


def test_half_a_character_is_replaced():
    found = read(json.dumps(handed_in({"words": "a \ud800 b"})).encode())
    text = answers(SOURCE, found, STUBS)["words"]
    assert text.encode("utf-8") == b"a ? b"


@pytest.mark.parametrize("value", [None, 3, [], ["double"], {"a": 1}, "double", ""])
def test_ids_and_names_may_be_anything(value):
    notebook = without_metadata(handed_in())
    for found in notebook.cells:
        found.id = value if found.id not in TASKS else found.id
        found.metadata = {"nbgrader": value} if found.id not in TASKS else {}
    expect_all_found(notebook)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"PK\x03\x04\xff", "not a text in UTF-8"),
        (json.dumps(handed_in()).encode("utf-16"), "not a text in UTF-8"),
        (b"{ no json", "no valid JSON (line 1, column 3)"),
        (json.dumps(handed_in()).encode()[:-9], "no valid JSON"),
        (b"<!DOCTYPE html><html></html>", "it is a web page; download the notebook itself"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "the file is no notebook"),
        (b"3", "the file is no notebook"),
        (b'{"nbformat": 4}', "the file is no notebook"),
        (b'{"cells": [3]}', "the file is no notebook"),
        (b'{"cells": [{"source": 3}]}', "the file is no notebook"),
        (b'{"cells": []}', "the notebook has no cells"),
        (b"1" * 5000, "the file is no notebook"),
        (bytes(LARGEST_FILE + 1), "the file has 20 MB, and at most 20 MB are read; clear the"),
        (b'{"cells": [' + b"{}," * MOST_CELLS + b"{}]}", "has 5,001 cells; 5,000 are read"),
        (b"[" + b"{}," * MOST_PARTS, "the file has more than 500,000 parts; clear the outputs"),
        (
            nbformat.writes(new_notebook(cells=[new_code_cell("x = 1")])).encode(),
            "another notebook",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else f"{value[:12]!r}",
)
def test_what_is_no_notebook_is_told(data, said):
    with pytest.raises(UnreadableError) as error:
        rebuilt(data)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "part", [b"{}", b'{"%d":0}', b'{"source":"","cell_type":"code","id":"%d"}']
)
def test_reading_takes_little_memory_whatever_the_file(part):
    """As many parts as are read, and one more part than that."""
    for too_many in (False, True):
        each = part.count(b"{") + part.count(b"[") + part.count(b",") + 1
        times = MOST_PARTS // each + (10 if too_many else -10)
        inner = b",".join(part.replace(b"%d", b"%d" % k) for k in range(times))
        data = b'{"cells": [' + inner + b"]}"
        said = ""
        tracemalloc.start()
        try:
            read(data)
        except UnreadableError as error:
            said = str(error)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert ("parts" in said) == too_many
        assert peak < 200e6


ODD = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "cell_type", "source", "metadata", "nbgrader", "grade_id", "cells"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), ODD), max_size=4), st.binary(max_size=3), st.data())
def test_whatever_the_file_it_is_rebuilt_or_unreadable(odd, noise, data):
    notebook = handed_in()
    for at, value in odd:
        here = notebook.cells[at % len(notebook.cells)]
        both = isinstance(here, dict) and isinstance(value, dict)
        notebook.cells[at % len(notebook.cells)] = {**here, **value} if both else value
    content = bytearray(json.dumps(notebook).encode())
    at = data.draw(st.integers(0, len(content)))
    content[at : at + len(noise)] = noise
    try:
        found = rebuilt(bytes(content))
    except UnreadableError:
        return
    assert [test.points for test in found.tests] == [2, 3]

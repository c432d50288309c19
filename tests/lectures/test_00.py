"""The map of the course agrees with the lectures and the homework that it names."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
START = ROOT / "lectures/00_start_here.md"
TEXT = START.read_text(encoding="utf-8")
LECTURES = sorted(ROOT.glob("lectures/0*.md"))
# As the slides promise them.
OUTCOMES = (
    "the framework of a linear classifier",
    "loss functions and their gradients",
    "neural networks architecture",
    "how a neural network outputs a prediction given an input feature vector",
    "the big picture and intuition of backpropagation",
)


def rows(of):
    """The cells of the table whose header has the word."""
    lines = TEXT[TEXT.index(of) :].splitlines()[2:]
    table = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_map_names_every_lecture_with_its_title_and_its_minutes():
    on_the_map = {row[0]: row for row in rows("| | lecture | what it is about") if row[0]}
    assert list(on_the_map) == [path.stem[:2] for path in LECTURES]
    for path in LECTURES:
        text = path.read_text(encoding="utf-8")
        title = re.search(r"^# (.+)$", text, re.MULTILINE).group(1)
        minutes = re.search(r"About (\d+) minutes", text).group(1)
        _, name, _, told = on_the_map[path.stem[:2]]
        assert title.lower() in re.sub(r"[*\[\]]", "", name).lower()
        assert told == minutes, path.stem
        assert path == START or f"({path.stem}.ipynb)" in name


def test_the_map_has_the_homework_with_its_time():
    homework = {row[1]: row[3] for row in rows("| | lecture | what it is about") if not row[0]}
    assert homework == {"Homework 1-1": "90", "Homework 1-2": "150"}
    hw1_1 = (ROOT / "homework/source/hw1-1/hw1-1.md").read_text(encoding="utf-8")
    hw1_2 = (ROOT / "homework/source/hw1-2/hw1-2.md").read_text(encoding="utf-8")
    assert "about 90 minutes" in hw1_1
    assert "two to three hours" in hw1_2


def test_the_hours_of_all_together():
    minutes = {bool(row[0]): 0 for row in rows("| | lecture | what it is about")}
    for row in rows("| | lecture | what it is about"):
        minutes[bool(row[0])] += int(row[3])
    assert "about nine hours of lectures and four hours of homework" in TEXT
    assert {is_lecture: round(total / 60) for is_lecture, total in minutes.items()} == {
        True: 9,
        False: 4,
    }


def test_every_promised_outcome_has_lectures():
    promised = rows("| the course promises")
    assert [row[0] for row in promised] == list(OUTCOMES)
    assert all(re.findall(r"\d\d_\w+\.ipynb", row[1]) for row in promised)


@pytest.mark.slow
def test_the_check_finds_this_set_up_in_order(executed_lecture):
    notebook = nbformat.read(executed_lecture(START.with_suffix(".ipynb"))["path"], as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    lines = "".join(o.text for o in outputs if o.output_type == "stream").splitlines()
    checks = [line for line in lines if line]
    assert len(checks) > 10
    assert all(line.startswith("✓ ") for line in checks), checks


def test_the_solution_of_the_third_exercise():
    assert "47,040,000: 60,000 images of 784 pixels." in TEXT
    assert 60_000 * 784 == 47_040_000

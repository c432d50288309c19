"""The instructor's guide names times, views, presets and sections that exist."""

import re
from pathlib import Path

import numpy as np
import pytest

from nnlib import views

ROOT = Path(__file__).parents[2]
LECTURES = sorted(ROOT.glob("lectures/0[0-9]*.md"))
MINUTES = re.compile(r"About (\d+) minutes")


@pytest.fixture(scope="module")
def guide():
    return (ROOT / "docs/instructors-guide.md").read_text(encoding="utf-8")


def told_minutes(path):
    return int(MINUTES.search(path.read_text(encoding="utf-8")).group(1))


def test_the_plan_has_each_lectures_own_time(guide):
    plan = re.findall(r"\(\.\./(lectures/0\w+\.md)\)[^|]*\| (\d+) min", guide)
    assert {ROOT / name: int(minutes) for name, minutes in plan} == {
        path: told_minutes(path) for path in LECTURES
    }
    assert f"{sum(map(told_minutes, LECTURES))} minutes of work" in guide


@pytest.mark.parametrize("path", LECTURES[1:], ids=lambda path: path.stem)
def test_every_lecture_has_its_section(guide, path):
    heading = rf"^### {path.name[:2]} .*\({told_minutes(path)} min\)$(.*?)^##"
    section = re.search(heading, guide, re.MULTILINE | re.DOTALL).group(1)
    for part in ("Purpose.", "Hard.", "Ask.", "Show.", "Wrong ideas."):
        assert f"**{part}**" in section


def test_the_homework_has_its_own_times(guide):
    start = LECTURES[0].read_text(encoding="utf-8")
    for name in ("1-1", "1-2"):
        (minutes,) = re.findall(rf"\| Homework {name} \|.*\| (\d+) \|", start)
        assert re.search(rf"\| hw{name},.*\| {minutes} min \|", guide)
        assert f"omework {name} begins ({minutes} min)" in guide


def test_the_views_and_presets_exist(guide):
    shown = re.findall(r'`views\.(\w+)\("([^"]+)"\)`', guide)
    for view, preset in shown:
        assert preset in getattr(views, view).presets, (view, preset)
    faces = (getattr(views, name) for name in dir(views) if name.endswith("View"))
    assert {view for view, _ in shown} == {face.__name__ for face in faces if face.presets}


def test_the_sections_that_the_errata_point_to_exist(guide):
    errata = guide.split("## Errata")[1]
    places = re.findall(r"\| (0\d), (?:in )?\*([^*|]+)\*", errata)
    assert len(places) >= 8
    for number, section in places:
        (path,) = ROOT.glob(f"lectures/{number}*.md")
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert section in headings, (number, section)


def test_numpy_refuses_the_slides_dropout_mask():
    hidden = np.ones((3, 2))
    with pytest.raises(TypeError):
        np.random.rand(hidden.shape)  # noqa: NPY002 (the slide's own line)
    assert np.random.rand(*hidden.shape).shape == hidden.shape  # noqa: NPY002

"""`make slides` gives decks without overfull slides, that need no internet."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import pytest

ROOT = Path(__file__).parents[2]
LECTURES = sorted(ROOT.glob("lectures/0*.ipynb"))
CONFIG = ROOT / "lectures/slides_config.py"
PARTS = ROOT / ".venv/slides"  # `make setup` puts reveal.js and MathJax there
WIDTH, HEIGHT = 1280, 800
SMALLEST = 0.7  # the template draws a slide that is too full smaller, down to this
READY = """() => new Promise((done) => require(["static/reveal/dist/reveal.js"], (Reveal) => {
  window.Reveal = Reveal;
  Reveal.isReady() ? done() : Reveal.on("ready", () => done());
}))"""
# Each slide with all its fragments, after its formulas are set and the template has fitted it.
SHOW = """async (index) => {
  const slide = Reveal.getSlides()[index];
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v);
  slide.querySelectorAll(".fragment").forEach((part) => part.classList.add("visible"));
  await new Promise((done) => MathJax.Hub.Queue(done));
  return {
    title: slide.querySelector("h1, h2, h3")?.textContent ?? `slide ${h}.${v}`,
    height: Number(slide.dataset.height), width: Number(slide.dataset.width),
    text: slide.innerText, code: [...slide.querySelectorAll("pre, code")].map((n) => n.innerText),
    pictures: [...slide.querySelectorAll("img")].map((i) => [i.naturalWidth, i.alt.length]),
  };
}"""


@pytest.fixture(scope="session")
def deck_folder(tmp_path_factory):
    """A folder with what the slides take from beside them."""
    if not PARTS.exists():
        pytest.skip("reveal.js and MathJax are not in .venv/slides: make setup puts them there")
    folder = tmp_path_factory.mktemp("slides")
    (folder / "static").mkdir()
    parts = PARTS / "nbclassic/static/components"
    for name in ("MathJax", "jquery", "requirejs"):
        (folder / "static" / name).symlink_to(parts / name)
    reveal = PARTS / "sphinx_revealjs/_static/revealjs"
    (folder / "static/reveal").symlink_to(reveal)
    return folder


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def deck(request, deck_folder, executed_lecture, browser):
    """The page of a lecture's slides, and the addresses it could not load."""
    notebook = deck_folder / request.param.name
    shutil.copy(executed_lecture(request.param)["path"], notebook)
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "slides"]
    command += ["--config", str(CONFIG), "--output-dir", str(deck_folder), str(notebook)]
    subprocess.run(command, check=True, capture_output=True)
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    missing = []
    page.on("requestfailed", lambda request: missing.append(request.url))
    page.goto(notebook.with_suffix(".slides.html").as_uri())
    page.evaluate(READY)
    yield page, missing
    page.close()


def test_no_slide_is_overfull_and_nothing_comes_from_the_internet(deck):
    page, missing = deck
    n_slides = page.evaluate("() => Reveal.getSlides().length")
    slides = [page.evaluate(SHOW, index) for index in range(n_slides)]
    assert n_slides >= 8
    assert all(slide["height"] > 50 for slide in slides)  # it was measured
    too_full = [
        f"{slide['title']}: {slide['width']}×{slide['height']}"
        for slide in slides
        if slide["height"] > HEIGHT / SMALLEST or slide["width"] > WIDTH
    ]
    assert not too_full, "\n".join(too_full)
    assert [address for address in missing if address.startswith("http")] == []
    for slide in slides:
        words = slide["text"]
        for code in slide["code"]:
            words = words.replace(code, "")
        assert "\\frac" not in words, f"a formula was not set: {slide['title']}"
        assert all(width > 0 and words > 20 for width, words in slide["pictures"]), slide["title"]


def test_the_first_slides_are_drawn_whole(deck):
    page, _ = deck
    for index in range(3):
        page.evaluate(SHOW, index)
        page.wait_for_timeout(300)
        picture = matplotlib.image.imread(io.BytesIO(page.screenshot()), format="png")[..., :3]
        ink = picture.min(axis=-1) < 0.8
        assert ink.mean() > 0.005, "the slide is empty"
        # Nothing is cut off: the margins are white, but for the arrows and the number at the right.
        assert not ink[8:, :8].any()
        assert not ink[-8:, : WIDTH // 2].any()

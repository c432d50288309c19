"""`make site` gives pages to read on a phone, offline, with any reader, and to search."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MATHJAX = ROOT / ".venv/site_math"  # `make setup` puts it there
RUN = ["02_linear_classifier", "06_backprop_the_big_picture", "glossary"]  # the others: not run
PAGES = [*RUN, "index", "search"]
# Each formula is drawn, and what scrolls by itself is marked.
SETTLED = """async () => { if (window.MathJax?.startup) await MathJax.startup.promise; }"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, executed_lecture):
    axe = pytest.importorskip("axe_playwright_python")
    pytest.importorskip("myst_nb")
    assert axe
    if not MATHJAX.exists():
        pytest.skip("MathJax is not in .venv/site_math: make setup puts it there")
    notebooks, folder = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("site")
    for path in ROOT.glob("lectures/*.ipynb"):
        shutil.copy(executed_lecture(path)["path"] if path.stem in RUN else path, notebooks)
    command = [sys.executable, ROOT / "site/make_site.py", "--notebooks", notebooks]
    command += ["--to", folder, "--repository", "owner/name"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def open_page(site, browser):
    """Open a page of the site; its `asked` has the addresses that it asked for."""
    opened = []

    def open_one(name, width=1280, **options):
        page = browser.new_page(viewport={"width": width, "height": 800}, **options)
        opened.append(page)
        page.asked = []
        page.route("http*://**", lambda route: route.abort())
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto((site / f"{name}.html").as_uri())
        page.evaluate(SETTLED)
        return page

    yield open_one
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(open_page, name):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(name, color_scheme="light")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    light = Axe().run(page)
    assert light.violations_count == 0, light.generate_report()
    page.emulate_media(color_scheme="dark")
    dark = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert dark.violations_count == 0, dark.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_of_360_pixels_needs_no_scrolling_sideways(open_page, name):
    page = open_page(name, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.mouse.wheel(500, 0)
    assert page.evaluate("window.scrollX") == 0


@pytest.mark.parametrize("name", RUN)
def test_pictures_have_words_formulas_are_drawn_and_nothing_comes_from_elsewhere(open_page, name):
    page = open_page(name)
    pictures = page.locator("article img")
    words = pictures.evaluate_all("all => all.map((img) => img.alt)")
    assert name == "glossary" or len(words) >= 3
    assert [alt for alt in words if len(alt) < 20] == []
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("(img) => img.naturalWidth > 0", arg=picture.element_handle())
    assert page.locator("article mjx-container").count() > 20
    assert page.locator("article mjx-merror").count() == 0
    assert {url.split(":")[0] for url in page.asked} <= {"file", "data", "blob"}


def test_a_question_has_its_answer_folded(open_page):
    page = open_page("02_linear_classifier")
    fold = page.locator(".nnb-still:not(:has(img)) details").first
    why = fold.locator("li", has_text="✓")
    assert not why.is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert why.is_visible()
    assert page.get_by_text("views.Question(").count() == 0  # it has the answers, unfolded


def test_a_view_is_a_picture_with_the_way_to_the_live_one(open_page):
    page = open_page("06_backprop_the_big_picture")
    figures = page.locator("figure.view")
    assert figures.count() >= 3
    live = figures.first.get_by_role("link").get_attribute("href")
    binder = "https://mybinder.org/v2/gh/owner/name/HEAD?labpath="
    assert live == f"{binder}lectures%2F06_backprop_the_big_picture.ipynb"
    assert "lectures/06_backprop_the_big_picture.ipynb" in figures.first.inner_text()


def test_links_lead_to_pages_and_places(site):
    text = {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    checked = 0
    for name, html in text.items():
        for address in re.findall(r'href="([^"]+)"', html):
            if address.startswith(("http", "data:", "#")) or ".html" not in address:
                continue
            file, _, place = address.partition("#")
            assert file in text, (name, address)
            assert not place or f'id="{place}"' in text[file], (name, address)
            checked += 1
    assert checked > 100


def test_search_works_without_a_server(open_page):
    page = open_page("search")
    page.locator("input[name=q]").first.fill("softmax")
    page.keyboard.press("Enter")
    found = page.locator("#search-results a", has_text="Linear classifier")
    found.first.wait_for()
    found.first.click()
    page.wait_for_url("**/02_linear_classifier.html*")
    assert {url.split(":")[0] for url in page.asked} <= {"file", "data", "blob"}


def test_on_paper_everything_is_unfolded(open_page):
    page = open_page("02_linear_classifier")
    closed = "document.querySelectorAll('details:not([open])').length"
    before = page.evaluate(closed)
    assert before > 5
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before

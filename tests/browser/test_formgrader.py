"""What the person who grades opens, and what a student gets back: formgrader and a page."""

import contextlib
import csv
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from hand_ins import notebook
from playwright.sync_api import expect

from autograder import verdict as v
from autograder.cli import main
from autograder.course import Course
from autograder.feedback import page as feedback_page
from autograder.results import Mark, Result

ROOT = Path(__file__).parents[2]
TOKEN = "of-this-test"
AWAY = "http://away.invalid/"
RUN = f"window.top.ran = 1; fetch('{AWAY}script')"
HTML = (
    f'<script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}"></svg>'
    f"<iframe src='{AWAY}frame'></iframe><style>body {{ display: none }}</style>"
    f"<meta http-equiv=refresh content='0;url={AWAY}meta'>"
)
ADA = {
    "step_1": 'step_1 = "yhat_i*(1 - yhat_i)"',
    "step_2": 'step_2 = "yhat_i*yhat_j"',
    "argument": "By the **quotient rule**, for $i = j$, and for $i < j$ too.",
}
MALLORY = {
    "step_1": f"step_1 = '''{HTML}'''",
    "softmax": f"print({HTML!r})\ndef softmax(scores):\n    raise ValueError({HTML!r})",
    "cross_entropy": f"raise RuntimeError({HTML!r})",
    "argument": f"{HTML}\n\n[a](javascript:window.top.ran=1) ![b]({AWAY}picture)\n\n"
    "[c][d]\n\n[d]: javascript:window.top.ran=1\n",
}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Er"
    "kJggg=="
)
# nbgrader's page loads MathJax from elsewhere, and waits for it.
MATHJAX = """window.MathJax = {Hub: {Config() {}, Queue() {}, Startup: {signal: {Interest(ready) {
  ready("End"); }}}}};"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder in which two have handed in, and were graded."""
    folder = tmp_path_factory.mktemp("class") / "my course"
    shutil.copytree(ROOT / "homework/source/hw1-1", folder / "source/hw1-1")
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copy(ROOT / "homework" / name, folder)
    (folder / "roster.csv").write_text(f"id,name\nada,Ada\nmallory,{HTML.replace(',', ' ')}\n")
    downloads = folder.parent / "downloads"
    downloads.mkdir()
    (downloads / "ada.ipynb").write_bytes(with_pictures(notebook(folder, **ADA)))
    (downloads / "mallory.ipynb").write_bytes(with_pictures(notebook(folder, **MALLORY)))
    run(folder, "release", "hw1-1")
    run(folder, "collect", "hw1-1", str(downloads))
    run(folder, "grade", "hw1-1")
    return folder


def with_pictures(content):
    """Return a notebook whose first answer shows a picture, and what only looks like one."""
    made = nbformat.reads(content.decode("utf-8"), as_version=4)
    answer = next(c for c in made.cells if c.metadata.get("nbgrader", {}).get("solution"))
    for data in (
        {"image/png": PIXEL},
        {"image/png": f'x"><script>{RUN}</script>'},
        {"image/svg+xml": f"<svg onload='{RUN}'></svg>"},
        {"text/html": HTML},
        {"application/javascript": RUN},
    ):
        answer.outputs.append(nbformat.v4.new_output("display_data", data=data))
    return nbformat.writes(made).encode("utf-8")


def run(folder, *arguments):
    assert main([*arguments, "--course", str(folder)]) in (0, 1)


@pytest.fixture(scope="module")
def server(course):
    """The address of a JupyterLab that was started in the course folder."""
    home = course.parent / "home"
    home.mkdir()
    environment = {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "run")}
    log = (course.parent / "lab.log").open("w+")
    command = ["--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *command, "--ServerApp.port=0"],
        cwd=course,
        env=os.environ | environment | {"JUPYTER_PREFER_ENV_PATH": "1"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield address_in(course.parent / "lab.log")
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def address_in(log):
    """Wait until the server answers at the address that it wrote; return that."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for word in log.read_text(encoding="utf-8").split():
            address = word.partition("/lab?token")[0]
            if word.startswith("http://127.0.0.1") and address != word:
                with contextlib.suppress(URLError, ConnectionError):
                    urlopen(f"{address}/api")
                    return address
        time.sleep(0.1)
    raise TimeoutError(log.read_text(encoding="utf-8"))


@pytest.fixture
def inside(page):
    """A page whose requests for elsewhere are counted, and answered by nobody but MathJax's."""
    page.away = []
    page.set_extra_http_headers({"Authorization": f"token {TOKEN}"})

    def answer(route):
        if "mathjax" in route.request.url:
            route.fulfill(body=MATHJAX, content_type="text/javascript")
        else:
            page.away.append(route.request.url)
            route.abort()

    page.route(lambda url: not url.startswith(("http://127.0.0.1", "file:", "data:")), answer)
    return page


def open_submission(page, server, student):
    """Open a student's submission in formgrader, as a person finds it."""
    page.goto(f"{server}/formgrader/gradebook/hw1-1/hw1-1")
    link = page.locator("a.name-shown", has_text=student)
    expect(link).to_have_count(1)
    page.goto(f"{server}{link.get_attribute('href')}/")
    expect(page.locator("#step-1-test")).to_have_attribute("placeholder", re.compile(r"\d"))


def exported(course):
    """The line of ada in the exported grades."""
    run(course, "export", "hw1-1")
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["student"] == "ada")


def test_the_submissions_we_graded_show_in_formgrader(course, server, inside):
    inside.goto(f"{server}/lab?reset")
    inside.get_by_role("menuitem", name="Nbgrader").click(timeout=60_000)
    inside.locator(".lm-Menu-item", has_text="Formgrader").first.click()
    formgrader = inside.frame_locator("iframe[src*=formgrader]")
    formgrader.locator(".num-submissions a", has_text="2").click()
    ada = formgrader.locator("tr", has_text="ada")
    expect(ada).to_contain_text("needs manual grading")
    expect(ada).to_contain_text("1 / 20")


def test_points_and_a_comment_given_there_survive_a_new_run_and_reach_the_grades(
    course, server, inside
):
    assert (exported(course)["score"], exported(course)["status"]) == ("", "needs a person")
    open_submission(inside, server, "ada")
    answer = inside.locator(".nbgrader_cell", has=inside.locator("#argument"))
    expect(answer).to_contain_text("and for $i < j$ too")
    expect(inside.locator("#step-2-test")).to_have_attribute("placeholder", "0")
    expect(inside.locator("img[src^='data:image/png;base64,iVBOR']")).to_have_count(1)
    with inside.expect_response(lambda r: "/api/grade/" in r.url and r.ok):
        answer.locator("#argument").fill("2.5")
        answer.locator("#argument").blur()
    with inside.expect_response(lambda r: "/api/comment/" in r.url and r.ok):
        answer.locator("textarea").fill("Say why the sum is <one>.")
        answer.locator("textarea").blur()

    run(course, "grade", "hw1-1", "--student", "ada", "--force")
    assert (exported(course)["score"], exported(course)["status"]) == ("3.5", "final")
    run(course, "feedback", "hw1-1")
    inside.goto((course / "feedback/ada/hw1-1/hw1-1.html").as_uri())
    expect(inside.locator("h1")).to_have_text("3.5 of 20 points")
    expect(inside.locator("blockquote")).to_contain_text("Say why the sum is <one>.")

    open_submission(inside, server, "ada")
    expect(inside.locator("#argument")).to_have_value("2.5")
    expect(inside.locator("#argument")).not_to_have_class("needs_manual_grade")
    expect(inside.locator("#argument-comment")).to_have_value("Say why the sum is <one>.")


def test_nothing_of_a_students_runs_in_formgrader(server, inside):
    open_submission(inside, server, "mallory")
    expect(inside.locator("#argument-comment")).to_be_visible()
    expect(inside.get_by_text(f"fetch('{AWAY}script')").first).to_be_visible()
    assert inside.evaluate("window.ran") is None
    assert inside.away == []
    assert inside.locator("[href^=javascript], iframe, [onerror], [onload]").count() == 0


@pytest.fixture(scope="module")
def page_of_mallory(course):
    run(course, "feedback", "hw1-1", "--student", "mallory")
    return course / "feedback/mallory/hw1-1/hw1-1.html"


def test_nothing_of_a_students_runs_on_a_feedback_page(page_of_mallory, inside):
    inside.goto(page_of_mallory.as_uri())
    expect(inside.get_by_text(f"fetch('{AWAY}script')").first).to_be_visible()
    assert inside.evaluate("window.ran") is None
    assert inside.away == []
    assert inside.locator("script, img, iframe, svg, [onerror], a:not([href^='#'])").count() == 0


def test_a_name_and_a_message_from_a_student_stay_text(course, inside, tmp_path):
    marks = (Mark("softmax-test", HTML, 0.0, 2.0, v.STUDENT_ERROR, f"{HTML}\n{HTML}"),)
    result = Result("hw1-1", HTML, marks, v.UNREADABLE, HTML, notes=(HTML,))
    path = tmp_path / "page.html"
    path.write_text(feedback_page(Course(course).assignment("hw1-1"), result), encoding="utf-8")
    inside.goto(path.as_uri())
    expect(inside.get_by_text(f"Feedback on hw1-1 for {HTML}")).to_be_visible()
    assert inside.evaluate("window.ran") is None
    assert inside.away == []


def test_where_something_did_reach_a_page_its_policy_would_stop_it(
    page_of_mallory, browser, tmp_path
):
    broken = page_of_mallory.read_text(encoding="utf-8").replace(
        "</body>", f"{HTML.partition('<meta')[0]}<img src='{AWAY}picture'></body>"
    )
    path = tmp_path / "broken.html"
    path.write_text(broken, encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    expect(page.locator("h1")).to_be_visible()  # nor did its style hide the page
    assert page.evaluate("window.ran") is None
    assert len(said) >= 5
    assert all("Content Security Policy" in text for text in said)
    context.close()


def test_a_feedback_page_is_read_on_a_phone_in_the_dark_and_by_a_screen_reader(
    page_of_mallory, inside
):
    inside.set_viewport_size({"width": 360, "height": 740})
    inside.goto(page_of_mallory.as_uri())
    assert inside.evaluate("document.documentElement.scrollWidth") == 360
    back = "getComputedStyle(document.body).backgroundColor"
    light = inside.evaluate(back)
    inside.emulate_media(color_scheme="dark")
    assert inside.evaluate(back) != light
    levels = inside.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName)")
    assert levels == ["H1"] + ["H2"] * (len(levels) - 1)
    assert inside.evaluate("document.documentElement.lang") == "en"
    inside.emulate_media(media="print")
    expect(inside.get_by_role("heading", level=1)).to_be_visible()

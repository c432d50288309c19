"""What goes out: feedback pages, the report of a class, and exported grades."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from autograder import verdict as v
from autograder.course import Course
from autograder.export import ExportError, as_canvas, as_csv, as_moodle, harmless, table
from autograder.feedback import page, write_feedback
from autograder.record import ByPerson, by_persons, gradebook, record
from autograder.release import release
from autograder.report import lines, report, spread, write_report
from autograder.results import CHANGED, Mark, Result, answers_of, results
from autograder.roster import Roster, Student, read_roster
from autograder.text import one_line, plain_markdown, printable

HOMEWORK = Path(__file__).parents[2] / "homework"
COURSE = Course(HOMEWORK)
POINTS = COURSE.assignment("hw1-1").points
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class Class:
    """A course with kept verdicts."""

    def __init__(self, folder):
        self.folder = folder

    @property
    def course(self):
        return Course(self.folder)

    def keep(self, student, answers=None, status=v.GRADED, message="", notes=(), **questions):
        """Keep a verdict: full points, but for the questions that are given."""
        questions = {name.replace("_", "-"): given for name, given in questions.items()}
        written = v.Question("argument", None, 4, v.NEEDS_PERSON, "A person reads this.")
        all_of_them = [
            questions.get(name)
            or (
                written
                if name == "argument"
                else v.Question(name, most, most, v.GRADED, "Right: x")
            )
            for name, most in POINTS.items()
        ]
        shown = () if status == v.UNREADABLE else tuple(all_of_them)
        verdict = v.Verdict("hw1-1", student, shown, status, message, notes)
        path = self.folder / "graded" / "hw1-1" / f"{student}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {**verdict.to_dict(), "sha256": "", "of": "", "answers": answers or {}}
        path.write_text(json.dumps(kept), encoding="utf-8")

    def results(self):
        return results(self.course, "hw1-1")

    def page(self, student):
        return page(self.course.assignment("hw1-1"), self.results()[student])


@pytest.fixture
def of_class(folder):
    return Class(folder)


def person(points):
    return v.Question("argument", points, 4, v.GRADED)


def wrong(
    name, message="softmax is not right yet.\nTry next: divide.", status=v.GRADED, points=0.0
):
    return v.Question(name, points, POINTS[name], status, message)


class Texts(HTMLParser):
    """The tags of a page, their attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


# Feedback.


def test_a_page_shows_each_question_with_its_score_and_why(of_class):
    of_class.keep(
        "ada",
        softmax_test=wrong("softmax-test"),
        step_1_test=wrong("step-1-test", "", v.NOT_ATTEMPTED),
    )
    shown = Texts(of_class.page("ada")).text
    assert "13 of 20 points" in shown
    assert "4 points are still open: a person decides them." in shown
    assert all(title in shown for title in COURSE.assignment("hw1-1").titles.values())
    assert "softmax is not right yet.\nTry next: divide." in shown
    assert "You did not answer this question." in shown
    assert "A person reads this answer; its points come later." in shown


@pytest.mark.parametrize(
    ("status", "message", "follows"),
    [
        (v.STUDENT_ERROR, "OSError: Network is unreachable", "without network"),
        (v.STUDENT_ERROR, "FileNotFoundError: my_data.csv", "without network"),
        (v.STUDENT_ERROR, "NameError: x", "The same error shows there"),
        (v.LIMIT_REACHED, "Your answer ended its own kernel (exit status 0).", "os._exit()"),
        (v.LIMIT_REACHED, "Your answer crashed its own kernel (signal 11).", "the kernel stops"),
        (v.LIMIT_REACHED, "Your answer took longer (time limit).", "a loop that does not end"),
    ],
)
def test_what_to_do_next_fits_what_happened(of_class, status, message, follows):
    points = None if status == v.LIMIT_REACHED else 0.0
    of_class.keep("ada", softmax_test=wrong("softmax-test", message, status, points))
    (advice,) = [
        line for line in Texts(of_class.page("ada")).text.splitlines() if line.startswith("Next:")
    ]
    assert follows in advice


def test_of_a_right_question_nothing_is_said_as_hidden_inputs_might_be(of_class):
    partly = "Right: a hidden input 4711.\n  and more of it 4711\nThe mean is 97.10%."
    of_class.keep(
        "ada",
        softmax_test=v.Question("softmax-test", 2, 2, v.GRADED, "Right: hidden 4711"),
        gradient_test=v.Question("gradient-test", 1, 2, v.GRADED, partly),
    )
    shown = Texts(of_class.page("ada")).text
    assert "4711" not in shown
    assert "The mean is 97.10%." in shown
    assert "Partly right" in shown


def test_no_code_of_a_test_is_on_a_page(of_class):
    of_class.keep("ada", softmax_test=wrong("softmax-test"))
    html = of_class.page("ada")
    for cell in COURSE.assignment("hw1-1").notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            calls = [line for line in cell.source.splitlines() if "(" in line]
            assert not any(line.strip() in html for line in calls)


def test_a_grader_fault_shows_no_inside_of_the_grader(of_class):
    fault = v.Question("softmax-test", None, 2, v.GRADER_FAULT, "KeyError: seed 4711")
    of_class.keep("ada", softmax_test=fault)
    shown = Texts(of_class.page("ada")).text
    assert "4711" not in shown
    assert "It is not your fault" in shown


def test_nothing_of_a_students_can_run_on_a_page(of_class):
    of_class.keep(
        "ada",
        answers={"softmax": SCRIPT, "step-1": "</pre></details>" + SCRIPT},
        softmax_test=wrong("softmax-test", SCRIPT),
        notes=(SCRIPT,),
    )
    html = of_class.page("ada")
    found = Texts(html)
    assert not {"script", "img", "iframe", "object", "link", "form", "svg"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert found.text.count(SCRIPT) == 4
    policy = next(value for name, value in found.attributes if name == "content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy  # so that none may run


def tags_with(answer):
    mark = Mark("softmax-test", "Softmax", 0.0, 2.0, v.GRADED, answer)
    result = Result("hw1-1", "ada", (mark,), v.GRADED, answers={"softmax": answer})
    return set(Texts(page(COURSE.assignment("hw1-1"), result)).tags)


USUAL = tags_with("x") | tags_with("x\ny")


@settings(max_examples=40)
@given(st.text())
def test_whatever_an_answer_is_it_stays_text(answer):
    assert tags_with(answer) <= USUAL


def test_text_that_turns_around_or_hides_is_shown_by_name(of_class):
    of_class.keep(
        "ada", answers={"softmax": "a\u202eb\x1b[2J\u200b"}, softmax_test=wrong("softmax-test")
    )
    shown = Texts(of_class.page("ada")).text
    assert "a<U+202E>b<U+001B>[2J<U+200B>" in shown


def test_a_written_answer_keeps_its_words_and_formulas_but_no_html_link_or_picture():
    text = (
        "# A\n\n- $a<b$, **bold** `x[0]`\n\n<script>a()</script><img src=x onerror=a()>"
        "[l](javascript:a()) ![p](http://a.invalid) [r][s] [s]\n\n[s]: javascript:a()\n\n"
        "<http://a.invalid>\n\n<!-- hidden --><a\nhref=javascript:a()>x</a>"
    )
    found = Texts(markdown2html(plain_markdown(text)))
    assert set(found.tags) <= {"h1", "ul", "li", "strong", "code", "p", "a"}
    links = [value for name, value in found.attributes if name == "href"]
    assert all(link.startswith(("#A", "http://a.invalid")) for link in links)
    assert "$a< b$" in found.text


@given(st.text(alphabet="<>[]()!:/\\`$&;# \n=\"'abjs{}*_~-+.1|\t"))
def test_no_text_becomes_an_element_that_the_students_could_choose(text):
    found = Texts(markdown2html(plain_markdown(text)))
    assert not {"script", "img", "iframe", "svg", "style", "object"} & set(found.tags)
    assert not [n for n, _ in found.attributes if n.startswith("on") or n == "src"]
    links = [value for name, value in found.attributes if name == "href"]
    assert all(link.startswith(("#", "http://", "https://", "mailto:")) for link in links)


def test_the_students_own_answer_is_shown_but_not_the_stub(of_class):
    stubs = COURSE.assignment("hw1-1").stubs
    of_class.keep("ada", answers={"softmax": "return 42", "step-1": stubs["step-1"]})
    shown = Texts(of_class.page("ada")).text
    assert shown.count("Your answer") == 1
    assert "return 42" in shown
    assert "Not answered yet" not in shown


def test_an_unreadable_file_says_why_and_what_to_do(of_class):
    of_class.keep(
        "ada", status=v.UNREADABLE, message="The submission cannot be read: the file is empty."
    )
    shown = Texts(of_class.page("ada")).text
    assert "The submission cannot be read: the file is empty." in shown
    assert "20 points are still open" in shown
    assert "download it again with the notebook's last cell" in " ".join(shown.split())


def test_a_page_is_one_file_where_nbgraders_own_feedback_stands(of_class):
    of_class.keep("ada")
    path = write_feedback(
        of_class.course, of_class.course.assignment("hw1-1"), of_class.results()["ada"]
    )
    assert path == of_class.folder / "feedback" / "ada" / "hw1-1" / "hw1-1.html"
    html = path.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=[\"'](?!#)", html)


def test_each_question_is_about_its_own_answers():
    about = answers_of(COURSE.assignment("hw1-2"))
    assert about["build-model-test"] == ("build-model",)
    assert about["bonus-test"] == ("config",)
    assert about["report"] == ("report",)


# Results.


@pytest.fixture
def person_gives(of_class, monkeypatch):
    """A function that lets a person give points to ada."""

    def give(again=(), comments=None, **points):
        (of_class.folder / "gradebook.db").touch()
        points = {name.replace("_", "-"): number for name, number in points.items()}
        by_person = ByPerson(points, frozenset(again), comments or {})
        monkeypatch.setattr("autograder.record.by_persons", lambda *_: {"ada": by_person})

    return give


def test_points_of_a_person_count_and_end_the_waiting(of_class, person_gives):
    of_class.keep("ada", softmax_test=v.Question("softmax-test", None, 2, v.LIMIT_REACHED))
    waiting = of_class.results()["ada"]
    assert (waiting.points, waiting.is_final) == (14, False)
    assert waiting.look == "limit reached: softmax-test; needs a person: argument"
    person_gives(argument=3.5, softmax_test=1.0)
    done = of_class.results()["ada"]
    assert (done.points, done.is_final, done.look) == (18.5, True, "")
    assert "Partly right" in Texts(of_class.page("ada")).text


def test_what_a_person_wrote_stands_on_the_page_as_text(of_class, person_gives):
    of_class.keep("ada", softmax_test=wrong("softmax-test"))
    comments = {"argument": f"Clear. {SCRIPT}", "softmax": "Look at the sum."}
    person_gives(argument=4, comments=comments)
    found = Texts(of_class.page("ada"))
    assert f"Clear. {SCRIPT}" in found.text
    assert "Look at the sum." in found.text
    assert "script" not in found.tags


def test_points_for_an_answer_that_is_another_now_wait_for_a_person(of_class, person_gives):
    of_class.keep("ada")
    person_gives(argument=4, again=("argument",))
    result = of_class.results()["ada"]
    assert (result.points, result.is_final) == (16, False)
    assert result.look == "answered anew since a person gave points: argument"
    assert "A person reads it again." in Texts(of_class.page("ada")).text


@pytest.fixture
def source(folder):
    """The assignment's own notebook; the gradebook knows it."""
    course = Course(folder)
    release(course, "hw1-1")
    return course.assignment("hw1-1").notebook


def test_of_a_file_that_cannot_be_read_formgrader_says_so(folder, source):
    verdict = v.Verdict("hw1-1", "ada", (), v.UNREADABLE, "The file is empty.")
    record(folder, verdict, source, {})
    path = folder / "autograded" / "ada" / "hw1-1" / "hw1-1.ipynb"
    shown = [c for c in nbformat.read(path, as_version=4).cells if c.get("outputs")]
    assert len(shown) == len([name for name in POINTS if name != "argument"])
    assert {c.outputs[0].text for c in shown} == {"unreadable: The file is empty.\n"}


def test_points_of_a_person_stay_and_are_asked_for_again_when_what_they_are_for_changes(
    folder, source
):
    def recorded(argument, softmax):
        questions = (
            v.Question("argument", None, 4, v.NEEDS_PERSON),
            v.Question("softmax-test", softmax, 2, v.GRADED),
        )
        verdict = v.Verdict("hw1-1", "ada", questions, v.NEEDS_PERSON)
        record(folder, verdict, source, {"argument": argument})
        return by_persons(folder, "hw1-1")["ada"]

    assert recorded("First.", 0.0) == ByPerson({}, frozenset(), {})
    with gradebook(folder) as book:
        for name, points in (("argument", 3.0), ("softmax-test", 1.0)):
            grade = book.find_grade(name, "hw1-1", "hw1-1", "ada")
            grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment("argument", "hw1-1", "hw1-1", "ada").manual_comment = "Good."
        book.db.commit()
    points = {"argument": 3.0, "softmax-test": 1.0}
    assert recorded("First.", 0.0) == ByPerson(points, frozenset(), {"argument": "Good."})
    assert recorded("First.", 2.0).again == {"softmax-test"}
    assert recorded("Second.", 2.0).again == {"softmax-test", "argument"}
    # It stays so until a person has looked.
    again = recorded("Second.", 2.0)
    assert (again.again, again.points) == ({"softmax-test", "argument"}, points)


def test_looking_at_results_makes_no_gradebook(of_class):
    of_class.keep("ada")
    of_class.results()
    assert not (of_class.folder / "gradebook.db").exists()


def test_a_file_handed_in_since_is_told(of_class):
    of_class.keep("ada", argument=person(4.0))
    assert of_class.results()["ada"].is_final
    path = of_class.folder / "submitted" / "ada" / "hw1-1" / "hw1-1.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("newer")
    (result,) = of_class.results().values()
    assert (result.is_final, result.look) == (False, CHANGED)


# The report.


def a_class(of_class):
    of_class.keep("ada", argument=person(4.0))
    of_class.keep("bo", argument=person(2.0), softmax_test=wrong("softmax-test"))
    of_class.keep(
        "cy",
        softmax_test=wrong("softmax-test"),
        step_1_test=wrong("step-1-test", "", v.NOT_ATTEMPTED),
    )
    path = of_class.folder / "submitted" / "di" / "hw1-1" / "hw1-1.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("not graded yet")
    roster = Roster(Student(name) for name in ("ada", "bo", "cy", "di", "eve"))
    return report(of_class.course, "hw1-1", of_class.results(), roster)


def test_the_report_counts_and_sorts(of_class):
    made = a_class(of_class)
    assert made.points == (16, 20)
    assert (made.handed_in, made.missing, made.not_graded) == (4, ("eve",), ("di",))
    assert made.questions[0].name == "softmax-test"
    assert made.questions[0].share == pytest.approx(1 / 3)
    assert [q.name for q in made.questions[:3]] == ["softmax-test", "step-1-test", "argument"]
    assert made.looks == (("cy", "needs a person: argument"),)
    assert spread(made).startswith("Mean 18, median 18; half of the class lies between 17 and 19")


def test_the_report_reads_well_in_a_terminal(of_class):
    said = "\n".join(lines(a_class(of_class)))
    assert "hw1-1: 4 handed in, 2 final." in said
    assert re.search(r"Softmax +33% █+ +1 of 3 right", said)
    assert re.search(r"Step 1.* 67% .*2 of 3 right, 1 not answered", said)
    assert "Handed in nothing (1):\n  eve" in said
    assert max(map(len, said.splitlines())) < 120


def test_the_report_is_a_page_with_a_picture_and_its_words(of_class):
    made = a_class(of_class)
    html = write_report(of_class.course, made).read_text(encoding="utf-8")
    found = Texts(html)
    attributes = dict(found.attributes)
    assert found.tags.count("img") == 1
    assert attributes["src"].startswith("data:image/png;base64,iVBOR")
    assert "the points of 2 submissions" in attributes["alt"]
    assert "Softmax 33%" in attributes["alt"]
    assert "script" not in found.tags


def test_before_any_grade_is_final_the_report_shows_what_there_is(of_class):
    of_class.keep("ada")
    of_class.keep("bo", softmax_test=wrong("softmax-test"))
    of_class.keep("cy", softmax_test=v.Question("softmax-test", None, 2, v.LIMIT_REACHED))
    made = report(of_class.course, "hw1-1", of_class.results())
    said = "\n".join(lines(made))
    assert "3 handed in, 0 final" in said
    assert "No grade is final yet; so far: Mean 14.67" in said
    why = "limit reached: softmax-test; needs a person: argument"
    # The reason of few comes first.
    assert f"Need a person (3):\n  {why}\n    cy\n  needs a person: argument\n    ada, bo" in said


def test_an_empty_class_has_a_report_too(of_class):
    made = report(of_class.course, "hw1-1", {})
    assert "Nothing is graded yet." in "\n".join(lines(made))
    assert write_report(of_class.course, made).is_file()


# Exports.


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_score_stands_in_the_table_only_when_it_is_final(of_class):
    a_class(of_class)
    of_class.keep(
        "zero",
        argument=person(0.0),
        **{n.replace("-", "_"): wrong(n) for n in POINTS if n != "argument"},
    )
    of_class.keep(
        "lost", status=v.GRADER_FAULT, message="The worker failed.", argument=person(None)
    )
    roster = Roster([Student("ada", "Ada, =Byron"), Student("eve", "=cmd|' /C calc'!A0")])
    found = {
        row["student"]: row
        for row in rows(as_csv(of_class.course, {"hw1-1": of_class.results()}, roster))
    }
    assert {name: (row["score"], row["status"]) for name, row in found.items()} == {
        "ada": ("20", "final"),
        "bo": ("16", "final"),
        "cy": ("", "graded"),
        "di": ("", "not graded yet"),
        "eve": ("", "not handed in"),
        "zero": ("0", "final"),
        "lost": ("", "grader fault"),
    }
    assert found["ada"]["name"] == "Ada, =Byron"
    assert found["eve"]["name"] == "'=cmd|' /C calc'!A0"
    assert found["cy"]["look"] == "needs a person: argument"


WORKSHEET = """\
Identifier,"Full name","Email address",Grade,"Maximum grade","Last modified (grade)","Comments"
"Participant 11","Ada Byron",ada@example.org,,20.00,-,
"Participant 12","=Bo Li",bo@example.org,3.00,20.00,"Monday, 3 November, 10:00 AM","See me"
"Participant 13","Cy Ma",cy@example.org,,20.00,-,
"Participant 14","Di Ng",di@example.org,,20.00,-,
"""
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,hw1-1 (991),hw1-10 (992),Final Score
    Points Possible,,,,,20,10,(read only)
"Byron, Ada",17,S1,ada@example.org,One,,,
"Li, Bo",18,S2,bo,One,,,
"Ma, Cy",19,S3,cy,One,12,,
"""


@pytest.fixture
def grades(of_class, tmp_path):
    a_class(of_class)
    of_class.keep("kim", argument=person(4.0))
    roster = Roster(
        [
            Student("ada", "Ada Byron", "ada@example.org"),
            Student("bo", "Bo Li"),
            Student("cy", "Cy Ma"),
            Student("kim", "Kim Lee"),
        ]
    )
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    (tmp_path / "gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")
    return of_class.results(), roster, tmp_path


def test_moodles_worksheet_is_filled_in(grades):
    found, roster, folder = grades
    filled = as_moodle("hw1-1", found, roster, folder / "worksheet.csv")
    ada, bo = rows(filled.text)
    assert (ada["Identifier"], ada["Grade"]) == ("Participant 11", "20")
    assert (bo["Identifier"], bo["Grade"], bo["Full name"]) == ("Participant 12", "16", "'=Bo Li")
    assert bo["Last modified (grade)"] == "Monday, 3 November, 10:00 AM"
    assert filled.text.splitlines()[0].count(",") == WORKSHEET.splitlines()[0].count(",")
    # Not final, or without a line: left out, and said so.
    assert (filled.not_final, filled.not_found) == (("cy",), ("kim",))


def test_canvas_gradebook_is_filled_in(grades):
    found, roster, folder = grades
    filled = as_canvas("hw1-1", found, roster, folder / "gradebook.csv")
    possible, ada, bo = rows(filled.text)
    assert possible["Student"].strip() == "Points Possible"
    assert possible["hw1-1 (991)"] == "20"
    assert (ada["ID"], ada["hw1-1 (991)"]) == ("17", "20")
    assert (bo["ID"], bo["hw1-1 (991)"]) == ("18", "16")
    assert "hw1-10 (992)" not in ada
    assert "Final Score" not in ada
    assert (filled.not_final, filled.not_found) == (("cy",), ("kim",))


def test_the_worksheet_may_be_the_class_list_itself(of_class, tmp_path):
    (tmp_path / "worksheet.csv").write_text(WORKSHEET)
    of_class.keep("ada@example.org", argument=person(1.0))
    roster = read_roster(tmp_path / "worksheet.csv")
    filled = as_moodle("hw1-1", of_class.results(), roster, tmp_path / "worksheet.csv")
    assert [row["Grade"] for row in rows(filled.text)] == ["17"]


def test_two_students_of_one_name_get_no_grade_by_guess(grades):
    found, roster, folder = grades
    twins = Roster([*roster, Student("bo2", "Bo Li")])
    filled = as_moodle("hw1-1", found, twins, folder / "worksheet.csv")
    assert [row["Full name"] for row in rows(filled.text)] == ["Ada Byron"]
    assert filled.not_found == ("bo", "kim")


def test_a_table_of_another_kind_is_told(grades):
    found, roster, folder = grades
    with pytest.raises(ExportError, match="no grading worksheet of Moodle"):
        as_moodle("hw1-1", found, roster, folder / "gradebook.csv")
    with pytest.raises(ExportError, match="no gradebook of Canvas"):
        as_canvas("hw1-1", found, roster, folder / "worksheet.csv")
    with pytest.raises(ExportError, match=r"no column 'hw1-2'.*--column: hw1-1 \(991\), hw1-10"):
        as_canvas("hw1-2", found, roster, folder / "gradebook.csv")


STARTS = ["=", "+", "-", "@", "\t", "\r", "\n=", " =", "＝", "\x00=", "\u200b="]


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_starts_a_formula(start):
    assert harmless(f"{start}1+1").startswith("'")


@pytest.mark.parametrize("text", ["-", "a=1", "1.5", "-1.5", "", "O'Neil"])
def test_a_dash_alone_numbers_and_ordinary_text_stay(text):
    assert harmless(text) == text


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1))
def test_whatever_the_cells_the_columns_hold_and_no_formula_stays(cells):
    read = list(csv.reader(io.StringIO(table(cells), newline="")))
    assert [len(row) for row in read] == [2] * len(cells)
    assert read == [[harmless(cell) for cell in row] for row in cells]


# Text.


def test_text_is_shown_without_tricks():
    assert printable("a\nb\tc\x07\u2066") == "a\nb\tc<U+0007><U+2066>"
    assert one_line("a\n b\x1b" + "x" * 300) == "a b<U+001B>" + "x" * 188 + "…"

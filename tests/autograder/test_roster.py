"""The class list in its three forms, and whose a file of a bulk download is."""

import pytest

from autograder.lms import read_name, whose
from autograder.roster import Roster, RosterError, Student, read_roster

WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Last modified (grade)"
"Participant 4711","Ada Byron",ada@example.org,"Submitted for grading",,20.00,-
"Participant 4712","Åsa d'Arc",asa@example.org,"No submission",,20.00,-
"""
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,hw1-1 (991)
,,,,,Manual Posting
    Points Possible,,,,,20
"Byron, Ada",17,S1,ada,One,
"Arc, Åsa",18,S2,asa,One,
"Student, Test",19,,,One,
"""


@pytest.fixture
def read(tmp_path):
    def read(text, encoding="utf-8"):
        (tmp_path / "roster.csv").write_text(text, encoding=encoding)
        return read_roster(tmp_path / "roster.csv")

    return read


def test_a_list_of_ones_own(read):
    roster = read("id,name,email\nada,Ada Byron,ada@example.org\nbo-2,,\n\n")
    assert list(roster) == [Student("ada", "Ada Byron", "ada@example.org"), Student("bo-2")]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_other_separators_marks_and_orders_are_read(read, mark):
    text = "last_name,id,first_name\nByron,ada,Ada\n".replace(",", mark)
    assert list(read(text, "utf-8-sig")) == [Student("ada", "Ada Byron")]


def test_moodles_worksheet(read):
    ada, asa = read(WORKSHEET)
    assert ada == Student("ada@example.org", "Ada Byron", "ada@example.org", moodle="4711")
    assert asa.moodle == "4712"


def test_canvas_gradebook(read):
    assert list(read(GRADEBOOK)) == [
        Student("ada", "Byron, Ada", canvas="17"),
        Student("asa", "Arc, Åsa", canvas="18"),
    ]


@pytest.mark.parametrize(
    "bad", ["../ada", "a/b", "a*", "[a]", '"a,b"', "-rf", "=1+1", ".", ".hidden", "a b", "", "a\\b"]
)
def test_an_id_that_is_no_folders_name_is_refused_with_its_line(read, bad):
    with pytest.raises(RosterError, match=r"line 3: the id .* cannot be a folder's name"):
        read(f"id,name\nada,Ada\n{bad},Eve\n")


def test_ids_that_differ_in_capitals_only_are_refused(read):
    with pytest.raises(RosterError, match="lines 2 and 4: the ids 'ada' and 'ADA'"):
        read("id\nada\nbo\nADA\n")


def test_all_problems_are_told_at_once_but_not_a_thousand(read):
    with pytest.raises(RosterError) as error:
        read("id\n" + "a b\n" * 30)
    assert str(error.value).count("\n  ") == 11
    assert "more" in str(error.value)


def test_lists_that_cannot_be_read_are_told(read, tmp_path):
    with pytest.raises(RosterError, match=r"has no column 'id'\. Its columns are who, what"):
        read("who,what\nada,x\n")
    with pytest.raises(RosterError, match="nobody is on it"):
        read("id,name\n")
    with pytest.raises(RosterError, match="is empty"):
        read("")
    (tmp_path / "latin.csv").write_bytes("id,name\nasa,Åsa\n".encode("latin-1"))
    with pytest.raises(RosterError, match="is not in UTF-8"):
        read_roster(tmp_path / "latin.csv")


def test_an_id_is_found_in_other_capitals():
    roster = Roster([Student("Ada"), Student("bo")])
    assert roster.get("ada").id == "Ada"
    assert roster.get("BO").id == "bo"
    assert roster.get("eve") is None


# Names of a bulk download. Moodle: mod/assign/locallib.php and classes/downloader.php; Canvas:
# lib/content_zipper.rb.

CLASS = Roster(
    [
        Student("ada", "Ada Byron", moodle="4711", canvas="17"),
        Student("asa", "Åsa d'Arc"),
        Student("jan1", "Jan van der Berg"),
        Student("kim1", "Kim Lee"),
        Student("kim2", "Lee Kim"),
    ]
)


def ids(part):
    return {student.id for student in whose(CLASS, read_name(part))}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("Ada Byron_4711_assignsubmission_file_", {"ada"}),
        ("Ada Byron_4711_assignsubmission_file", {"ada"}),
        ("Ada Byron_4711_assignsubmission_file_hw1-1.zip", {"ada"}),
        # The number of another assignment: the name decides.
        ("Ada Byron_9999_assignsubmission_file_", {"ada"}),
        # Moodle takes out what may not stand in a file's name.
        ("Åsa dArc_4712_assignsubmission_file_", {"asa"}),
        ("A\u030asa dArc_4712_assignsubmission_file_", {"asa"}),
        ("Kim Lee_1_assignsubmission_file_", {"kim1", "kim2"}),
        ("Participant_4711_assignsubmission_file_", {"ada"}),
        ("Participant_1_assignsubmission_file_", set()),
        ("byronada_17_3001_hw1-1.zip", {"ada"}),
        ("byronada_LATE_17_3001_hw1-1-2.ipynb", {"ada"}),
        ("vanderbergjan_55_3001_hw1-1.ipynb", {"jan1"}),
        # Canvas has one number a person: this is another Ada Byron.
        ("byronada_18_3001_hw1-1.zip", set()),
    ],
)
def test_whose_a_name_of_a_bulk_download_is(part, expected):
    assert ids(part) == expected


def test_what_a_student_calls_a_file_does_not_make_it_anothers():
    spoof = "Eve Evil_9_assignsubmission_file_Ada Byron_4711_assignsubmission_file_hw1-1.zip"
    assert read_name(spoof).number == "9"
    assert read_name("evilevil_66_3002_byronada_17_3001_hw1-1.zip").number == "66"


def test_other_names_are_not_of_a_bulk_download():
    for part in ("hw1-1.ipynb", "ada", "ada_hw1-1.zip", "hw_1_1.ipynb", ""):
        assert read_name(part) is None

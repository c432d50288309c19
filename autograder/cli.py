"""The command autograder: what may be asked for, and how it is explained."""

import argparse

from autograder.light import load_less

DESCRIPTION = """\
Grades the course's homework, on top of nbgrader: its gradebook, its formgrader and its folders
stay as they are. From the files that came in to the grades that go out:

  autograder doctor                                  can this computer grade safely?
  autograder check                                   are the assignments in order?
  autograder release hw1-1                           make the students' version
  autograder collect hw1-1 PATH --roster roster.csv  take in what they handed in
  autograder grade hw1-1                             grade what is new or changed
  jupyter lab, menu Nbgrader, Formgrader             read the written answers, give their points
  autograder report hw1-1                            see how the class did
  autograder feedback hw1-1                          make a page for each student
  autograder export hw1-1 --format moodle --table FILE

  autograder student DEST                            write the edition for a public repository

autograder COMMAND --help says more."""
STATUS = """\
exit status: 0, all is well; 1, something needs a look; 2, wrong usage, or nothing could be done"""
NO_SANDBOX = """grade without the box. The students' code then runs as you: it can read, change and
delete your files, use your network, and see hidden tests and other students' work. Only for code
that you trust"""
ROSTER = """the class list: a CSV file with the columns id, name, email (only id is needed; moodle
and canvas may hold their numbers), or Moodle's grading worksheet, or Canvas's gradebook (default:
roster.csv in the course folder)"""
COLLECT = """\
Takes in what was handed in for an assignment. PATH is

  a folder, or a zip, with a folder or a file for each student: ada/hw1-1.ipynb, ada.zip,
  hw1-1_ada.ipynb;
  Moodle's "Download all submissions", with or without folders, packed or unpacked;
  Canvas's "Download Submissions", packed or unpacked;
  one student's file, with --student ID.

Every attempt is kept as it came, in attempts/. The newest one counts: its notebook goes to
submitted/STUDENT/ASSIGNMENT/, where nbgrader looks, too. The time of an attempt is that of the
file or of the download, never what the student's file says.

What cannot be placed goes to held/ASSIGNMENT/, with the reason beside it: a student who is not on
the class list, a notebook of another assignment, a zip that would unpack outside its folder, is
encrypted or grows without end. Once you know whose it is, collect that file with --student.
Collecting the same files twice changes nothing."""
GRADE = """\
Grades what is new or changed since the last run. A run that was stopped, or whose computer went
down, goes on where it was. Scores go into nbgrader's gradebook; what a person gave stays as it is.

Each submission runs in a box of its own: without network, without any file of yours, with limits
on time, memory, processes, files and output (autograder.toml in the course folder). Without a box
nothing is graded; `autograder doctor` says what is missing."""
FEEDBACK = """\
Makes a page for each student, feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html: every question, its
score, why, and what to do next. A page is one file that shows text and nothing else: no script, no
link to elsewhere, nothing of the student's can run in it. Hidden tests are not shown."""
REPORT = """\
Shows how the class did: how the points are spread, which questions are hard, whose submission
needs a person. Writes the same as a page with a picture, reports/ASSIGNMENT.html."""
EXPORT = """\
Writes the grades as a table. Every cell is quoted, and none is left that a spreadsheet would run.

  --format csv     one line for each student and assignment. A score stands there only when it is
                   final; the column status says why, where it is not.
  --format moodle  Moodle's own grading worksheet with the grades in it. --table FILE: download it
                   under "Download grading worksheet"; give the result back under "Upload grading
                   worksheet".
  --format canvas  Canvas's own gradebook with the grades in it. --table FILE: download it under
                   Grades, Export; give the result back under Import.

For Moodle and Canvas, students without a final grade are left out: an empty grade could delete
what is there."""
RELEASE = """\
Makes the students' version of an assignment in release/, by nbgrader itself, and puts the
assignment into the gradebook. First it makes one for a trial. If that shows a solution, a hidden
test or a rubric, also in its metadata, nothing is released."""
CHECK = """\
Checks assignments: are the cells consistent; do the tests read only names that the grader can know;
does the release leak nothing; does it get zero; do the solutions get full marks, graded as a
student's would be. hw1-2 is trained for this, which takes some minutes."""
STUDENT = """\
Writes the students' edition into DEST: the lectures, the assignments as students get them, the
library and the files for Binder, ready to be pushed to a public repository. It holds no solution,
hidden test, rubric or other instructor's text: every file is searched for them first, and if
anything is found, nothing is written. The course's gradebook and release/ stay as they are.

An earlier edition in DEST is replaced, and its .git stays; a folder that holds anything else is
refused."""
DOCTOR = """\
Says whether this computer can grade safely, and what is missing: the box is built once and looked
at from inside. ✓ good; ! grading works, with less protection; ✗ missing."""


def main(arguments=None):
    """Run the command; return its exit status.

    Parameters
    ----------
    arguments : list of str or None
        None for those of the command line.
    """
    options = _parser().parse_args(arguments)
    load_less()
    # Not above: --help should not wait for nbgrader.
    from autograder.commands import run

    return run(options)


def _parser():
    parser = argparse.ArgumentParser(
        prog="autograder",
        description=DESCRIPTION,
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, help, description, assignment=True):
        added = commands.add_parser(
            name,
            help=help,
            description=description,
            epilog=STATUS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # --no-sandbox is typed in full
        )
        if assignment:
            added.add_argument("assignment", metavar="ASSIGNMENT", help="such as hw1-1")
        added.add_argument(
            "--course",
            metavar="DIR",
            default=".",
            help="the course folder (default: this folder, or homework/ in it)",
        )
        added.add_argument("--json", metavar="FILE", help="write what was found as JSON, too")
        return added

    command("doctor", "can this computer grade safely?", DOCTOR, assignment=False)
    added = command("check", "are the assignments in order?", CHECK, assignment=False)
    _assignments(added)
    _no_sandbox(added)
    command("release", "make the students' version", RELEASE)
    added = command("student", "write the students' edition", STUDENT, assignment=False)
    added.add_argument("destination", metavar="DEST", help="the folder to write")
    added.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        default="OWNER/NAME",
        help="where on GitHub it will be, for the button that opens Binder",
    )
    added = command("collect", "take in what was handed in", COLLECT)
    added.add_argument("path", metavar="PATH", help="a folder, a zip or a file")
    added.add_argument("--roster", metavar="FILE", help=ROSTER)
    added.add_argument("--student", metavar="ID", help="all of it is this student's")
    _add_grade(command("grade", "grade what is new or changed", GRADE))
    added = command("feedback", "make a page for each student", FEEDBACK)
    added.add_argument("--student", metavar="ID", help="only this student's")
    added = command("report", "see how the class did", REPORT)
    added.add_argument("--roster", metavar="FILE", help=ROSTER)
    _add_export(command("export", "return the grades", EXPORT, assignment=False))
    return parser


def _add_grade(added):
    added.add_argument(
        "--workers", metavar="N", type=_positive, help="how many at once (default: one a core)"
    )
    added.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="let the workers of this Dask scheduler grade, such as tcp://10.0.0.1:8786",
    )
    added.add_argument("--student", metavar="ID", help="only this student's")
    added.add_argument(
        "--force",
        action="store_true",
        help="also what was graded before; points that a person gave stay",
    )
    _no_sandbox(added)


def _add_export(added):
    _assignments(added)
    added.add_argument("--format", choices=("csv", "moodle", "canvas"), default="csv")
    added.add_argument("--table", metavar="FILE", help="the system's own table, to be filled in")
    added.add_argument(
        "--column",
        metavar="TITLE",
        help="the assignment's column in Canvas's gradebook (default: "
        "the one that starts with its name)",
    )
    added.add_argument("--roster", metavar="FILE", help=ROSTER)
    added.add_argument(
        "--output",
        metavar="FILE",
        help="where to write; - for standard output (default: a file in the course folder)",
    )


def _assignments(added):
    added.add_argument(
        "assignments", metavar="ASSIGNMENT", nargs="*", help="such as hw1-1 (default: all)"
    )


def _no_sandbox(added):
    added.add_argument("--no-sandbox", action="store_true", help=NO_SANDBOX)


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)

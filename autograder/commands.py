"""What each command does, what it prints, and with which exit status it ends."""

import json
import sys
from pathlib import Path

from tqdm.auto import tqdm

from autograder import doctor as examination
from autograder import verdict as v
from autograder.check import check as findings_of
from autograder.collect import HELD, KNOWN, NEW, PASSED, CollectError, collect, counts
from autograder.course import Course, CourseError
from autograder.export import ExportError, Filled, as_canvas, as_csv, as_moodle
from autograder.feedback import number, write_feedback
from autograder.record import RecordError, write_whole
from autograder.release import ReleaseError, release
from autograder.results import results
from autograder.roster import Roster, RosterError, Student, read_roster
from autograder.student_edition import EditionError, write_edition
from autograder.table import table
from autograder.text import some
from autograder.workers import grade_all

FINE, LOOK, WRONG = 0, 1, 2
BOX, NO_BOX = "autograder-box", "local-provisioner"
WITHOUT_LIST = """\
No class list: names, and who handed in nothing, are not shown. Name it with --roster FILE, or put
it into the course folder as roster.csv."""
WITHOUT_BOX = (
    "Without a box: the students' code runs as you, with your files and your network; hidden tests "
    "and other students' work are within its reach."
)
FORMGRADER = (
    "Written answers are read in formgrader: start `jupyter lab` in {folder}, and choose "
    "Nbgrader → Formgrader → Manual Grading."
)


class UsageError(ValueError):
    """What was asked for cannot be done; the message says why."""


EXPECTED = (
    UsageError,
    CourseError,
    RosterError,
    CollectError,
    ReleaseError,
    EditionError,
    RecordError,
    ExportError,
)


def run(options):
    """Run a command; return its exit status."""
    try:
        return COMMANDS[options.command](options)
    except FileNotFoundError as error:
        return _wrong(f"There is no file {error.filename}.")
    except (*EXPECTED, OSError) as error:
        return _wrong(error)
    except KeyboardInterrupt:
        print("\nStopped. What was done is kept; the same command goes on.", file=sys.stderr)
        return LOOK


def _wrong(words):
    print(f"autograder: {words}", file=sys.stderr)
    return WRONG


def _doctor(options):
    try:
        folder = Course.find(options.course).folder
    except CourseError:
        folder = None
    answers = list(examination.examine(folder))
    signs = {examination.GOOD: "✓", examination.WEAK: "!", examination.MISSING: "✗"}
    for answer in answers:
        print(f"{signs[answer.state]} {answer.thing}: {answer.words}")
    _write_json(options, [vars(answer) for answer in answers])
    if not examination.can_grade(answers):
        print("\nThis computer cannot grade safely yet: see the lines with ✗.")
        return LOOK
    weak = any(answer.state == examination.WEAK for answer in answers)
    print("\nThis computer can grade safely" + (", but see the lines with !." if weak else "."))
    return FINE


def _check(options):
    course, found = _course(options), []
    provisioner = _provisioner(options)
    for name in options.assignments or course.names:
        course.assignment(name)  # a wrong name should not wait for the others
    for name in options.assignments or course.names:
        with tqdm(total=5, desc=f"Checking {name}", leave=False, disable=None) as bar:
            for finding in findings_of(course, name, provisioner):
                found.append(finding)
                bar.update()
                sign = "✓" if finding.fine else "✗"
                bar.write(f"{sign} {name}: {finding.what}", file=sys.stdout)
                for problem in finding.problems:
                    bar.write("    " + "\n    ".join(problem.splitlines()), file=sys.stdout)
    _write_json(options, [vars(finding) for finding in found])
    return FINE if all(finding.fine for finding in found) else LOOK


def _release(options):
    course = _course(options)
    course.assignment(options.assignment)  # says so, if there is none
    folder = release(course, options.assignment)
    files = sorted(path.name for path in folder.iterdir())
    print(f"The students' version is in {folder}: {', '.join(files)}. It leaks nothing.")
    _write_json(options, {"folder": str(folder), "files": files})
    return FINE


def _student(options):
    files = write_edition(_course(options), options.destination, options.repository)
    print(
        f"The students' edition is in {options.destination}: {len(files)} files. It leaks nothing."
    )
    if options.repository == "OWNER/NAME":
        print("Its README names no repository yet: --repository OWNER/NAME.")
    _write_json(options, {"files": [str(path) for path in files]})
    return FINE


def _collect(options):
    course, name = _course(options), options.assignment
    course.assignment(name)
    roster = _roster(options, course)
    if roster is None:
        raise UsageError(
            "A class list is needed: --roster FILE, or roster.csv in the course folder."
        )
    taken = collect(course, name, options.path, roster, options.student)
    number = counts(taken)
    print(
        f"New: {number[NEW]}. Known already: {number[KNOWN]}. Held: {number[HELD]}. "
        f"Other files, passed over: {number[PASSED]}."
    )
    held = [file for file in taken if file.what == HELD]
    if held:
        print(f"\nHeld in {course.folder / 'held' / name}:")
        _print(table(["file", "why"], [(file.name, file.why) for file in held]))
        print(
            "why.txt beside each has the whole reason, and what to type once you know whose it is."
        )
    folders = course.folder / "held" / name
    before = len(list(folders.iterdir())) - len(held) if folders.is_dir() else 0
    if before > 0:
        print(f"\nStill held from earlier: {before}, in {folders}.")
    there = {submission.student for submission in course.submissions(name)}
    missing = [student.id for student in roster if student.id not in there]
    print(f"\nHave handed in {name}: {len(there)}. Have not: {some(missing) or 'nobody'}.")
    _write_json(options, {"files": [vars(file) for file in taken], "missing": missing})
    return LOOK if held or before > 0 else FINE


def _grade(options):
    course, name = _course(options), options.assignment
    course.assignment(name)  # says so, if there is none
    submissions = [submission.student for submission in course.submissions(name)]
    if options.student is not None and options.student not in submissions:
        raise UsageError(f"{options.student!r} has not handed in {name}.")
    if not submissions:
        raise UsageError(f"Nobody has handed in {name} yet: `autograder collect {name} PATH`.")
    grade_all(
        course,
        name,
        workers=options.workers,
        cluster=options.cluster,
        student=options.student,
        force=options.force,
        provisioner=_provisioner(options),
        progress=sys.stderr.isatty(),
    )
    found = results(course, name)
    if options.student is not None:
        found = {options.student: found[options.student]}
    _print(table(["student", ">points", "status", "needs a look"], map(_row, found.values())))
    looks = sum(bool(result.look) for result in found.values())
    print(f"\nGraded: {len(found)}. Need a look: {looks}.")
    if any(mark.status == v.NEEDS_PERSON for result in found.values() for mark in result.open):
        print(FORMGRADER.format(folder=course.folder))
    _write_json(options, [result.to_dict() for result in found.values()])
    return LOOK if looks else FINE


def _row(result):
    status = "final" if result.is_final else result.status
    # What the status says already need not stand there twice.
    why = result.look if ";" in result.look else result.look.removeprefix(f"{status}: ")
    return result.student, f"{number(result.points)} of {number(result.full)}", status, why


def _feedback(options):
    course = _course(options)
    assignment = course.assignment(options.assignment)
    found = _results(course, options.assignment)
    if options.student is not None:
        if options.student not in found:
            raise UsageError(f"{options.student!r} is not graded yet.")
        found = {options.student: found[options.student]}
    pages = {
        student: str(write_feedback(course, assignment, result))
        for student, result in tqdm(found.items(), desc="Pages", leave=False, disable=None)
    }
    waiting = [student for student, result in found.items() if not result.is_final]
    print(f"Pages in {course.folder / 'feedback'}: {len(pages)}.")
    if waiting:
        print(f"Not final yet, and the pages say so: {some(waiting)}.")
    _write_json(options, {"pages": pages, "not_final": waiting})
    return LOOK if waiting else FINE


def _report(options):
    # Not above: no other command should wait for matplotlib.
    from autograder.report import lines, report, write_report

    course = _course(options)
    found = _results(course, options.assignment)
    of_class = report(course, options.assignment, found, _class_list(options, course))
    _print(lines(of_class))
    print(f"\nThe same with a picture: {write_report(course, of_class)}")
    questions = [vars(question) for question in of_class.questions]
    _write_json(options, {**vars(of_class), "questions": questions})
    return LOOK if of_class.looks or of_class.not_graded else FINE


def _export(options):
    course = _course(options)
    names = options.assignments or [n for n in course.names if course.submissions(n)]
    found = {name: results(course, name) for name in names}
    if not any(found.values()):
        raise UsageError("Nothing is graded yet: `autograder grade ASSIGNMENT`.")
    roster = _class_list(options, course)
    if options.format == "csv":
        text, complete = as_csv(course, found, roster), True
        name = "grades.csv"
    else:
        filled = _fill(options, names, found, roster)
        text, complete = filled.text, not (filled.not_final or filled.not_found)
        name = f"grades-{names[0]}-{options.format}.csv"
        _say_who_is_not_in_it(filled)
    if options.output == "-":
        sys.stdout.write(text)
    else:
        path = Path(options.output or course.folder / name)
        write_whole(path, text)
        print(f"Written: {path}", file=sys.stderr)
    final = all(result.is_final for graded in found.values() for result in graded.values())
    everything = [result.to_dict() for graded in found.values() for result in graded.values()]
    _write_json(options, everything)
    return FINE if complete and final else LOOK


def _fill(options, names, found, roster):
    """Fill in the table of Moodle or Canvas."""
    if len(names) != 1 or options.table is None:
        raise UsageError(
            f"--format {options.format} needs one assignment, and --table FILE: the table that "
            f"{options.format.capitalize()} gives."
        )
    (name,) = names
    roster = roster or Roster(Student(student) for student in found[name])
    if options.format == "moodle":
        return as_moodle(name, found[name], roster, Path(options.table))
    return as_canvas(name, found[name], roster, Path(options.table), options.column)


def _say_who_is_not_in_it(filled: Filled):
    print(f"Grades: {filled.graded}.", file=sys.stderr)
    if filled.not_final:
        print(f"Left out, not final yet: {some(filled.not_final)}.", file=sys.stderr)
    if filled.not_found:
        print(f"Left out, no line of their own: {some(filled.not_found)}.", file=sys.stderr)


COMMANDS = {
    "doctor": _doctor,
    "check": _check,
    "release": _release,
    "student": _student,
    "collect": _collect,
    "grade": _grade,
    "feedback": _feedback,
    "report": _report,
    "export": _export,
}


# What they share.


def _course(options):
    return Course.find(options.course)


def _roster(options, course):
    """Return the class list that was named, or the course's own, or None."""
    usual = course.folder / "roster.csv"
    path = options.roster or (usual if usual.is_file() else None)
    return read_roster(path) if path else None


def _class_list(options, course):
    """Return the class list, or say what is not shown without one."""
    roster = _roster(options, course)
    if roster is None:
        print(WITHOUT_LIST, file=sys.stderr)
    return roster


def _results(course, name):
    course.assignment(name)
    found = results(course, name)
    if not found:
        raise UsageError(f"Nothing is graded yet: `autograder grade {name}`.")
    return found


def _provisioner(options):
    """Return how students' kernels are started; refuse where no box can be built."""
    if options.no_sandbox:
        print(WITHOUT_BOX, file=sys.stderr)
        return NO_BOX
    box = examination.box()
    if box.state == examination.MISSING:
        raise UsageError(f"Nothing is graded without a box, and {box.words}.")
    return BOX


def _print(text):
    for line in text:
        print(line)


def _write_json(options, values):
    if options.json is not None:
        write_whole(Path(options.json), json.dumps(values, indent=1, ensure_ascii=False) + "\n")

"""The students' version of an assignment, by nbgrader itself, and only if nothing leaks."""

import tempfile
from copy import deepcopy
from pathlib import Path

from autograder.leaks import Regions, leaks
from autograder.record import database_url, gradebook, only_writer


class ReleaseError(RuntimeError):
    """An assignment that is not released; the message says why."""


def release(course, name):
    """Write the students' version into release/, and tell the gradebook of the assignment.

    Parameters
    ----------
    course : Course
    name : str

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    ReleaseError
        If nbgrader cannot make it, or it would show what no student may see; release/ then stays
        as it is.
    """
    with only_writer(course.folder), tempfile.TemporaryDirectory() as trial:
        trial = Path(trial)
        found = leaks_of(course, name, generate(course, name, trial))
        if found:
            listed = "".join(f"\n  {leak}" for leak in found)
            raise ReleaseError(f"{name} is not released, because it would leak:{listed}")
        with gradebook(course.folder):
            pass  # makes the gradebook where there is none
        return generate(course, name)


def leaks_of(course, name, folder):
    """Return what a released folder of an assignment leaks, in words."""
    assignment = course.assignment(name)
    return leaks(assignment.notebook, folder, assignment.stubs, Regions.of(course.config))


def generate(course, name, into=None):
    """Let nbgrader make the students' version.

    Parameters
    ----------
    course : Course
    name : str
    into : Path or None
        Where to put it, without a word to the gradebook; None for the course's release/.

    Returns
    -------
    Path
        The folder of the assignment.

    Raises
    ------
    ReleaseError
        If nbgrader fails.
    """
    from nbgrader.converters import GenerateAssignment  # it loads slowly: only who releases waits
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.utils import capture_log

    config = deepcopy(course.config)
    config.CourseDirectory.root = str(course.folder)
    config.CourseDirectory.db_url = database_url(course.folder)
    if into is not None:
        config.CourseDirectory.release_directory = str(into)
        config.SaveCells.enabled = False
    folder = CourseDirectory(config=config)
    folder.assignment_id = name
    maker = GenerateAssignment(coursedir=folder, config=config)
    maker.force, maker.no_database = True, into is not None
    result = capture_log(maker)
    if not result["success"]:
        raise ReleaseError(f"nbgrader cannot release {name}: {_reason(result)}")
    return Path(folder.format_path(folder.release_directory, ".", name))


def _reason(result):
    lines = [line for line in result.get("log", "").splitlines() if "[ERROR]" in line]
    return lines[0].partition("] ")[2] if lines else result["error"].strip().splitlines()[-1]

"""One BLAS thread for each test worker, and each lecture run once for all workers."""

import os

# More threads than cores would wait for each other. Before NumPy loads, here and in every
# process that a test starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from course_folder import released
from edition import edition
from executed import executed


@pytest.fixture(scope="session")
def executed_lecture(tmp_path_factory):
    """A function that takes a lecture's path and returns it with its outputs: see `executed`."""
    folder = _shared(tmp_path_factory)
    return lambda path: executed(path, folder)


@pytest.fixture(scope="session")
def released_homework(tmp_path_factory):
    """A function that gives the course folder with an assignment's release: see `released`."""
    folder = _shared(tmp_path_factory)
    return lambda assignment: released(assignment, folder)


@pytest.fixture(scope="session")
def students_edition(tmp_path_factory):
    """The folder that `make student` writes; a test that changes it takes a copy."""
    return edition(_shared(tmp_path_factory))


def _shared(tmp_path_factory):
    """The folder of this test run, in which each worker has one of its own."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder

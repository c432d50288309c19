"""One BLAS thread for each test worker, and each lecture run once for all workers."""

import os

# More threads than cores would wait for each other. Before NumPy loads, here and in every
# process that a test starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from executed import executed


@pytest.fixture(scope="session")
def executed_lecture(tmp_path_factory):
    """A function that takes a lecture's path and returns it with its outputs: see `executed`."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of this test run, with a folder for each worker
    return lambda path: executed(path, folder)

"""One BLAS thread for each test worker: more threads than cores would wait for each other."""

import os

# Before NumPy loads, here and in every process that a test starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

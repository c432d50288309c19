"""As many BLAS threads as this process may really use.

In a container, BLAS counts the machine's cores, not the share that the container was given,
and too many threads on too few cores are slower than one. The settings are environment
variables and are read while NumPy loads: later they have no effect.
"""

import math
import os
import sys
from pathlib import Path

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_ANY_CHOICE = (*VARIABLES, "GOTO_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limit(environ=os.environ):
    """Set the number of threads, unless the user chose one or NumPy is already loaded."""
    if "numpy" in sys.modules or any(name in environ for name in _ANY_CHOICE):
        return
    for name in VARIABLES:
        environ[name] = str(usable_cores())


def usable_cores(root="/sys/fs/cgroup"):
    """Count the cores of the affinity mask, or fewer where the cgroup has a smaller quota."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # macOS and Windows have no affinity mask to ask
        cores = os.cpu_count() or 1
    quota = cgroup_quota(Path(root))
    return max(1, min(cores, math.ceil(quota))) if quota else cores


def cgroup_quota(root):
    """Read the cgroup's quota in cores (version 2, then 1); None where there is no limit."""
    try:
        quota, period = (root / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:
        quota = int((root / "cpu" / "cpu.cfs_quota_us").read_text())
        period = int((root / "cpu" / "cpu.cfs_period_us").read_text())
        return quota / period if quota > 0 else None
    except (OSError, ValueError):
        return None

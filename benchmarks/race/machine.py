"""What the numbers were measured with: processor, threads, versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

PACKAGES = ("numpy", "torch", "scikit-learn", "jax", "jaxlib", "keras")
# Every library reads one of them while it loads; NPROC is XLA's.
VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NPROC",
)


def limit_threads(n_threads):
    """Give every process that is started from now on the same number of threads."""
    for name in VARIABLES:
        os.environ[name] = str(n_threads)
    if hasattr(os, "sched_setaffinity"):  # whoever counts cores will count as many
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[:n_threads])


def describe(n_threads):
    """Return the machine and the versions as a dict of texts and numbers."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": n_threads,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "blas": f"{blas['name']} {blas['version']}",
        **{package: _version(package) for package in PACKAGES},
    }


def processor():
    """Return the processor's name, as well as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"

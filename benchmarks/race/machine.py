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
        "python": platform.python_version(),
        "blas": f"{blas['name']} {blas['version']}",
        **{package: _version(package) for package in PACKAGES},
    }


def busy_seconds():
    """Return (all processes' processor time so far, ours with our ended children's); or None."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _idle, _wait, irq, softirq = map(int, stat.read_text().split()[1:8])
    everyone = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
    return everyone, sum(os.times()[:4])


def share_of_others(before, after, seconds):
    """Return how much of the processor other programs took meanwhile, 0 to 1; None if unknown."""
    if before is None:
        return None
    everyone, ours = (b - a for a, b in zip(before, after, strict=True))
    return max(0.0, everyone - ours) / (seconds * os.cpu_count())


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

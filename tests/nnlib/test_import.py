"""Importing nnlib is quick, light, and leaves BLAS the right number of threads."""

import json
import os
import subprocess
import sys

import pytest

from nnlib import _threads


def python(code, **environ):
    """Run code in a fresh Python, with no choice of threads made; return what it printed."""
    inherited = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=inherited | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


def test_import_is_quick():
    code = "import time; t = time.perf_counter(); import nnlib; print(time.perf_counter() - t)"
    assert min(float(python(code)) for _ in range(5)) < 0.3


def test_import_loads_nothing_heavy():
    loaded = python("import sys, nnlib; print(*sys.modules)").split()
    assert "numpy" in loaded
    heavy = ["torch", "torchvision", "matplotlib", "IPython", "sympy", "ipywidgets", "tqdm"]
    assert [name for name in heavy if name in loaded] == []


SHOW = (
    "import nnlib, os, json; from nnlib._threads import VARIABLES; "
    "print(json.dumps({name: os.environ.get(name) for name in VARIABLES}))"
)


def test_threads_are_set_before_numpy_loads():
    cores = str(_threads.usable_cores())
    assert set(json.loads(python(SHOW)).values()) == {cores}


def test_threads_the_user_chose_stay():
    assert json.loads(python(SHOW, OMP_NUM_THREADS="7")) == {
        "OPENBLAS_NUM_THREADS": None,
        "MKL_NUM_THREADS": None,
        "OMP_NUM_THREADS": "7",
    }


def test_threads_stay_when_numpy_is_already_there():
    assert set(json.loads(python("import numpy; " + SHOW)).values()) == {None}


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
        ({}, None),
    ],
)
def test_the_cgroup_quota_is_read(files, quota, tmp_path):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert _threads.cgroup_quota(tmp_path) == quota
    cores = _threads.usable_cores(tmp_path)
    assert cores >= 1
    if quota:
        assert cores <= max(1, -(-quota // 1))

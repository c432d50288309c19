"""pip, conda and Binder install the same packages, within the same bounds."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

# conda-forge's names, where they differ: no desktop window, and the CPU build.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "torch": "pytorch-cpu"}


def bounds(requirements):
    """Map each package's name to its set of version bounds."""
    parsed = [Requirement(text) for text in requirements]
    return {requirement.name: requirement.specifier for requirement in parsed}


@pytest.fixture(params=["course", "students' edition"])
def folder(request):
    """Where both files are: the course itself, and what students get of it."""
    return ROOT if request.param == "course" else request.getfixturevalue("students_edition")


def dependencies(folder):
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return bounds(project["dependencies"])


def test_conda_has_pips_packages_and_bounds(folder):
    environment = yaml.safe_load((folder / "environment.yml").read_text(encoding="utf-8"))
    conda = bounds(re.sub(r"(?<![<>=!])=(?!=)", "==", text) for text in environment["dependencies"])
    assert conda.pop("python").contains("3.11")
    conda.pop("pip")
    pip = dependencies(folder)
    assert conda == {CONDA_NAMES.get(name, name): specifier for name, specifier in pip.items()}


def test_students_get_the_packages_that_were_tested(students_edition):
    assert dependencies(students_edition) == dependencies(ROOT)
    for name in ("environment.yml", "binder/environment.yml", "constraints.txt"):
        assert (students_edition / name).read_bytes() == (ROOT / name).read_bytes()


def test_every_dependency_has_bounds():
    for name, specifier in dependencies(ROOT).items():
        assert {clause.operator for clause in specifier} == {">=", "<"}, name


def test_the_constraints_pin_what_the_bounds_allow():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = bounds(line for line in lines if not line.startswith("#"))
    for name, specifier in dependencies(ROOT).items():
        (pin,) = pins[name]
        assert pin.operator == "=="
        assert specifier.contains(pin.version), name


def test_binder_has_its_own_equal_copy():
    # repo2docker ignores the root's environment.yml once binder/ exists.
    assert (ROOT / "binder/environment.yml").read_bytes() == (ROOT / "environment.yml").read_bytes()


@pytest.mark.parametrize("script", ["postBuild", "start"])
def test_binders_scripts_can_be_run(script):
    assert os.access(ROOT / "binder" / script, os.X_OK)


def test_binder_starts_a_session_with_as_many_threads_as_cores():
    environment = {name: value for name, value in os.environ.items() if "_THREADS" not in name}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    command = [ROOT / "binder/start", "sh", "-c", "echo $OPENBLAS_NUM_THREADS"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert 1 <= int(run.stdout) <= os.cpu_count()


def test_repo2docker_chooses_conda_and_takes_our_files(folder):
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    dockerfile = run.stdout + run.stderr
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in dockerfile
    assert "RUN ./binder/postBuild" in dockerfile
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile

"""Dependencies point one way, and a core module needs NumPy alone."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]

# Who may import what, beside Python itself; "nnlib" stands for every module not named.
ALLOWED = {
    "nnlib": {"numpy"},
    "nnlib.plots": {"numpy", "matplotlib"},
    "nnlib.views": {"numpy", "matplotlib", "ipywidgets", "anywidget", "traitlets", "IPython"},
    "nnlib.derivation": {"numpy", "sympy"},
    "nnlib.homework": {"numpy", "IPython", "nbformat", "tqdm"},
}
# Imported inside the one function that needs it, so that the module itself stays light.
INSIDE_A_FUNCTION = {
    "nnlib.callbacks": {"tqdm"},
    "nnlib.data": {"torch", "torchvision"},
    "nnlib.homework": {"keras"},
}


def third_party_imports(graph, module):
    imported = {name.split(".")[0] for name in graph.find_modules_directly_imported_by(module)}
    return imported - set(sys.stdlib_module_names) - {"nnlib"}


def family(module):
    """The part of the table that speaks of a module: nnlib.views.base belongs to nnlib.views."""
    return ".".join(module.split(".")[:2])


def test_each_module_imports_only_what_the_design_allows():
    graph = grimp.build_graph("nnlib", include_external_packages=True)
    modules = [name for name in graph.modules if name.split(".")[0] == "nnlib"]
    assert len(modules) > 5
    for module in modules:
        allowed = ALLOWED.get(family(module), ALLOWED["nnlib"])
        allowed = allowed | INSIDE_A_FUNCTION.get(family(module), set())
        assert third_party_imports(graph, module) <= allowed, module


def test_the_import_rules_are_kept():
    command = [Path(sys.executable).with_name("lint-imports")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_nothing(arguments):
    command = [sys.executable, "-m", "ruff", *arguments, "."]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout

"""Measure how fast the views answer, in a real Chromium in JupyterLab.

Each view of `nnlib.views` is opened, moved, run and paused as a reader does it::

    python benchmarks/views.py                  about 20 minutes, 10 of them for the memory
    python benchmarks/views.py --quick          under 4 minutes, rough numbers
    python benchmarks/views.py --views SoftmaxView,PlaygroundView
"""

import argparse
import inspect
import json
import os
import re
import shlex
import sys
import time
from importlib.metadata import version
from pathlib import Path

from faces import goals, report
from faces.lab import running_lab, watched_browser
from faces.reader import Reader
from race import machine
from tqdm import tqdm

from nnlib import views
from nnlib.views.base import View

QUICK = {"moves": 10, "pauses": 3, "seconds": 4, "minutes": 0.5}
FULL = {"moves": 60, "pauses": 10, "seconds": 20, "minutes": 10}
PACKAGES = ("ipykernel", "ipywidgets", "anywidget", "jupyterlab", "numpy")


def main():
    """Measure, print the report, and write the files that were asked for."""
    settings = read_arguments()
    begin, before = time.perf_counter(), machine.busy_seconds()
    measured, memory = measure(settings)
    seconds = time.perf_counter() - begin
    result = {
        "command": shlex.join(["python", "benchmarks/views.py", *sys.argv[1:]]),
        "settings": settings,
        "machine": {
            "processor": machine.processor(),
            "cores": os.cpu_count(),
            "seconds": seconds,
            "others": machine.share_of_others(before, machine.busy_seconds(), seconds),
            "versions": {name: version(name) for name in PACKAGES},
        },
        "views": measured,
        "memory": memory,
        "goals": goals.check(measured, memory),
    }
    text = report.write(result)
    print(text)
    if settings["json"]:
        Path(settings["json"]).write_text(json.dumps(result, indent=2) + "\n")
    if settings["markdown"]:
        Path(settings["markdown"]).write_text(report.page(text))


def read_arguments():
    """Return the settings; what was not said depends on --quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer moves, a shorter watch")
    parser.add_argument("--views", default="", help=f"some of {','.join(all_views())}")
    parser.add_argument("--moves", type=int, help="of sliders, in each view")
    parser.add_argument("--pauses", type=int, help="of each view that runs")
    parser.add_argument("--seconds", type=float, help="to watch each view run")
    parser.add_argument("--minutes", type=float, help="to watch the playground's memory")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--markdown", metavar="FILE", help="write the page for docs/")
    settings = vars(parser.parse_args())
    for name, default in (QUICK if settings["quick"] else FULL).items():
        if settings[name] is None:
            settings[name] = default
    chosen = settings["views"].split(",") if settings["views"] else list(all_views())
    if unknown := set(chosen) - set(all_views()):
        parser.error(f"--views knows {', '.join(all_views())}; not {', '.join(unknown)}")
    settings["views"] = chosen
    return settings


def all_views():
    """Return {class name: "V1 LinearClassifierView"} of every view, in the course's order."""
    classes = [getattr(views, name) for name in views.__all__]
    numbers = {
        view.__name__: int(re.match(r"V(\d+)", inspect.getmodule(view).__doc__).group(1))
        for view in classes
        if issubclass(view, View)
    }
    return {name: f"V{numbers[name]} {name}" for name in sorted(numbers, key=numbers.get)}


def measure(settings):
    """Return {view: its numbers}, and the samples of the playground's memory."""
    measured, memory = {}, []
    with running_lab() as lab, watched_browser() as open_page, tqdm(settings["views"]) as progress:
        for name in progress:
            progress.set_description(name)
            with open_page() as page:
                reader = Reader(page, lab, name)
                row = {"title": all_views()[name], **reader.open()}
                # Run before the sliders are moved: at their ends some trainings end at once.
                row |= measure_running(reader, settings)
                if name == goals.PLAYGROUND:
                    memory = watch_memory(reader, settings["minutes"])
                measured[name] = row | {"moves_ms": reader.move(settings["moves"])}
            lab.end_kernels()
    return measured, memory


def measure_running(reader, settings):
    """Return how a view runs and pauses, if it can."""
    if not reader.can_run:
        return {"pauses_ms": [], "frames": None}
    reader.start()
    frames, pauses = reader.frames(settings["seconds"]), []
    for _ in range(settings["pauses"]):
        reader.keep_running()
        pauses += reader.stand_still()
    return {"pauses_ms": pauses, "frames": frames}


def watch_memory(reader, minutes):
    """Let the playground run and return the samples of its memory."""
    with tqdm(desc="memory", unit="sample", leave=False) as progress:
        return reader.memory(minutes, progress)


if __name__ == "__main__":
    main()

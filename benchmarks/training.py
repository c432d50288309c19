"""Measure how fast nnlib trains, beside the libraries that people would use instead.

All engines train the same networks from the same initial weights, on the same examples in the
same order, with the same constants and number of threads, one epoch at a time in turns::

    python benchmarks/training.py            about 20 minutes on 2 cores
    python benchmarks/training.py --quick    under 2 minutes, rough numbers
"""

import argparse
import json
import shlex
import sys
import time
from pathlib import Path

from engines import ENGINES
from race import goals, machine, numbers, report, rounds
from race.networks import N_EXAMPLES, NETWORKS
from race.runner import Runner, prepare
from tqdm import tqdm

from nnlib._threads import usable_cores

QUICK = {"examples": 6000, "epochs": 5, "seeds": 1}
FULL = {"examples": N_EXAMPLES, "epochs": None, "seeds": 3}


def main():
    """Run the race, print the report, and write the files that were asked for."""
    settings = read_arguments()
    machine.limit_threads(settings["threads"])
    measured = {
        "command": shlex.join(["python", "benchmarks/training.py", *sys.argv[1:]]),
        "settings": settings,
        "machine": machine.describe(settings["threads"]),
    }
    begin, before = time.perf_counter(), machine.busy_seconds()
    measured |= measure(settings)
    seconds = time.perf_counter() - begin
    others = machine.share_of_others(before, machine.busy_seconds(), seconds)
    measured["machine"] |= {"seconds": seconds, "others": others}
    text = report.write(measured)
    print(text)
    if settings["json"]:
        Path(settings["json"]).write_text(json.dumps(measured, indent=2) + "\n")
    if settings["markdown"]:
        Path(settings["markdown"]).write_text(report.page(text))


def read_arguments():
    """Return the settings; what was not said depends on --quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer examples and rounds")
    parser.add_argument("--engines", default="", help=f"some of {','.join(ENGINES)}")
    parser.add_argument("--examples", type=int, help="how many examples to train on")
    parser.add_argument("--epochs", type=int, help="rounds for each network and seed")
    parser.add_argument("--seeds", type=int, help="how often each network is trained anew")
    parser.add_argument("--threads", type=int, default=usable_cores(), help="for every engine")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--markdown", metavar="FILE", help="write the page for docs/")
    settings = vars(parser.parse_args())
    for name, default in (QUICK if settings["quick"] else FULL).items():
        settings[name] = settings[name] or default
    if settings["examples"] > N_EXAMPLES:
        parser.error(f"--examples can be at most {N_EXAMPLES}; the others are held out")
    chosen = settings["engines"].split(",") if settings["engines"] else list(ENGINES)
    if unknown := set(chosen) - set(ENGINES):
        parser.error(f"--engines knows {', '.join(ENGINES)}; not {', '.join(unknown)}")
    quick = settings["quick"] and not settings["engines"]
    settings["engines"] = [key for key in chosen if ENGINES[key].quick or not quick]
    return settings


def measure(settings):
    """Race over all networks; return their tables, the goals, and what could not run."""
    runners = [Runner(key) for key in settings["engines"]]
    old = Runner("nnlib")  # the one that gets tired, if any does
    tables, pairs, not_run = {}, {}, {}
    try:
        with tqdm(unit="epoch", total=n_epochs(settings)) as progress:
            for network in NETWORKS:
                progress.set_description(network.name)
                not_run |= prepare([*runners, old], network, settings["examples"])
                runners = [runner for runner in runners if runner.key not in not_run]
                results = rounds.run(
                    runners, network, settings["seeds"], epochs_of(network, settings), progress
                )
                tables[network.name] = numbers.summarise(results)
                pairs[network.name] = endurance(runners, old, progress)
    finally:
        for runner in [*runners, old]:
            runner.stop()
    return {
        "networks": tables,
        "endurance": pairs,
        "goals": goals.check(tables, pairs),
        "not_run": not_run,
    }


def endurance(runners, old, progress):
    """Compare nnlib's late epochs with its early ones, if it takes part."""
    fresh = [runner for runner in runners if runner.key == "nnlib"]
    return rounds.endurance(fresh[0], old, progress) if fresh else []


def epochs_of(network, settings):
    """Return how many epochs this network trains."""
    return settings["epochs"] or network.epochs


def n_epochs(settings):
    """Return the length of the progress bar."""
    trained = settings["seeds"] * sum(epochs_of(network, settings) for network in NETWORKS)
    alone = rounds.LONG_AFTER - 1 + 2 * rounds.COMPARED if "nnlib" in settings["engines"] else 0
    return trained * len(settings["engines"]) + alone * len(NETWORKS)


if __name__ == "__main__":
    main()

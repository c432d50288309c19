"""The goals that the views are held to, each with its number: met or missed."""

from statistics import median

from faces.reader import percentile

PLAYGROUND = "PlaygroundView"
GROWTH_MB = 5.0  # what a garbage collector may leave lying about


def check(measured, memory):
    """Return [{"goal", "number", "met"}, ...]; met is None where the run cannot say.

    Parameters
    ----------
    measured : dict
        {view: what `views.measure_view` returns}.
    memory : list of dict
        From `Reader.memory`, of the playground.
    """
    rows = measured.values()
    moves = [ms for row in rows for ms in row["moves_ms"]]
    pauses = [ms for row in rows for ms in row["pauses_ms"]]
    playground = measured.get(PLAYGROUND, {}).get("frames")
    return [
        _below("slider moved → new picture, median, ms", moves and median(moves), 100),
        _below("slider moved → new picture, 95 %, ms", moves and percentile(moves, 0.95), 250),
        _below("pause → training stands still, slowest, ms", pauses and max(pauses), 300),
        _frames_per_second(playground),
        _below("V7 while training: kB a frame", playground and playground["kb_per_frame"], 100),
        _below(
            "opening a view, slowest, ms", measured and max(row["open_ms"] for row in rows), 2000
        ),
        _steady("kernel", memory),
        _steady("page", memory),
    ]


def growth(memory, name):
    """Return by how many MB the last third of the samples lies above the middle third.

    The first third is left out: caches fill, and the first pictures are made.
    """
    third = len(memory) // 3
    if third < 2:
        return None
    middle, last = memory[third : 2 * third], memory[-third:]
    return median(s[f"{name}_mb"] for s in last) - median(s[f"{name}_mb"] for s in middle)


def _goal(text, number, met):
    return {"goal": text, "number": number, "met": met}


def _below(what, number, most):
    goal = f"{what}: under {most}"
    if not number:
        return _goal(goal, "not measured", None)
    return _goal(goal, f"{number:.0f}", number < most)


def _frames_per_second(playground):
    goal = "V7 while training: 10 frames a second or more"
    if not playground:
        return _goal(goal, "not measured", None)
    number = playground["frames_per_second"]
    return _goal(goal, f"{number:.1f}", number >= 10)


def _steady(name, memory):
    goal = f"memory of the {name} while V7 runs: not growing (under {GROWTH_MB:.0f} MB)"
    more = growth(memory, name)
    if more is None:
        return _goal(goal, "not measured", None)
    minutes = memory[-1]["minutes"]
    return _goal(goal, f"{more:+.1f} MB in {minutes:.0f} minutes", more < GROWTH_MB)

"""The goals that nnlib's speed is held to, each with its number: met or missed."""

import math
from statistics import median

from engines import ENGINES, LIMIT

LARGE = "784-256-128-10, batch 128"


def check(tables, endurance):
    """Return [{"goal", "number", "met"}, ...]; met is None where the run cannot say.

    Parameters
    ----------
    tables : dict
        {network: {engine: {name: number}}}, from `race.numbers`.
    endurance : dict
        {network: [(seconds of epoch 1, seconds of epoch 30), ...]}
    """
    goals = [_below_every_peer(name, rows) for name, rows in tables.items()]
    goals += [
        _near_the_limit(tables, f"{LARGE}, SGD", 1.25),
        _near_the_limit(tables, f"{LARGE}, Adam", 1.4),
        _three_times_torch(tables, "784-30-10, batch 10, SGD"),
    ]
    goals += [_soonest_at_98(name, rows) for name, rows in tables.items()]
    goals.append(_memory(tables))
    goals += [_steady(name, pairs) for name, pairs in endurance.items()]
    return goals


def _goal(text, number, met):
    return {"goal": text, "number": number, "met": met}


def peers(rows):
    """Return the engines that nnlib is compared with: those that computed the same task."""
    return {key: row for key, row in rows.items() if key not in ("nnlib", LIMIT) and row["agrees"]}


def _below_every_peer(name, rows):
    goal = f"{name}: seconds per epoch below every peer"
    if "nnlib" not in rows or not peers(rows):
        return _goal(goal, "not measured", None)
    fastest = min(peers(rows), key=lambda key: rows[key]["times_nnlib"])
    times = rows[fastest]["times_nnlib"]
    return _goal(goal, f"{ENGINES[fastest].label} takes {times:.2f} times as long", times > 1)


def _near_the_limit(tables, name, most):
    goal = f"{name}: at most {most:g} times the bare matrix products"
    row = tables.get(name, {}).get(LIMIT)
    if row is None or row["times_nnlib"] is None:
        return _goal(goal, "not measured", None)
    times = 1 / row["times_nnlib"]
    return _goal(goal, f"{times:.2f} times", times <= most)


def _three_times_torch(tables, name):
    goal = f"{name}: at least 3 times faster than PyTorch eager"
    row = tables.get(name, {}).get("torch")
    if row is None or row["times_nnlib"] is None:
        return _goal(goal, "not measured", None)
    return _goal(goal, f"{row['times_nnlib']:.2f} times", row["times_nnlib"] >= 3)


def _soonest_at_98(name, rows):
    goal = f"{name}: time to 98 % shorter than every peer's"
    times = {key: row["seconds_to_98%"] for key, row in peers(rows).items()}
    own = rows.get("nnlib", {}).get("seconds_to_98%")
    reached = {key: seconds for key, seconds in times.items() if seconds is not None}
    if own is None:
        text = "nnlib did not reach it" + (", others did" if reached else ", nor did a peer")
        return _goal(goal, text, False if reached else None)
    if not reached:
        return _goal(goal, f"{own:.2f} s; no peer reached it", True if times else None)
    best = min(reached, key=reached.get)
    text = f"{own:.2f} s; {ENGINES[best].label} {reached[best]:.2f} s"
    return _goal(goal, text, own < reached[best])


def _memory(tables):
    goal = "peak memory of the process while training on MNIST: under 400 MB"
    peaks = [rows["nnlib"]["peak_mb"] for rows in tables.values() if "nnlib" in rows]
    if not peaks or None in peaks:
        return _goal(goal, "not measured", None)
    return _goal(goal, f"{max(peaks):.0f} MB", max(peaks) < 400)


def _steady(name, pairs):
    goal = f"{name}: epoch 30 takes as long as epoch 1, within 5 %"
    if not pairs:
        return _goal(goal, "not measured", None)
    change = median(late / early for early, late in pairs) - 1
    return _goal(goal, f"{change:+.1%}", math.fabs(change) <= 0.05)

"""The report as Markdown: it reads well in the terminal, and docs/ shows it."""

from engines import ENGINES

from race.networks import HELD_OUT
from race.numbers import TOLERANCE

HEADER = (
    "engine",
    "seconds per epoch (quartiles)",
    "times nnlib",
    "s to 97 %",
    "s to 98 %",
    "test accuracy (range)",
    "loss after epoch 1",
    "peak MB",
)
DASH = "–"
DIFFERS = " ≠"
PAGE = """# How fast nnlib trains

Each library trains the same networks, from the same initial weights, on the same examples in the
same order, with the same constants and the same number of threads. Each runs in a process of its
own; they take turns, one epoch each, one at a time, so that the machine's noise hits all alike.

- *Seconds per epoch*: the median of all rounds, and the quartiles. Everything that one epoch needs
  is counted (shuffling, gathering, scaling, the mean loss), and nothing else: making the
  network, compiling it, and measuring accuracy are not.
- *Times nnlib*: in each round an engine's seconds divided by nnlib's; the median of these.
- *s to 97 %, s to 98 %*: seconds of training until the accuracy on the held-out examples first
  reaches it; the median of the seeds.
- *Bare matrix products*: only the products of training in NumPy (forward, weight gradients, hidden
  errors), on batches that lie ready in memory: NumPy cannot train faster than that.
- *Loss after epoch 1*: on the held-out examples, computed from each engine's weights by one
  function. It, and the mean loss that the engine itself reports for its first epoch, must agree
  between all engines.
- *Peak MB*: the most memory that the engine's process held until then, the data included.

Every engine is used as its library advises for speed: PyTorch with tensors made once and gradients
set to None; JAX with one compiled call an epoch (a scan over the batches) and donated buffers;
Keras on JAX compiled, with 32 steps an execution; scikit-learn without its search for NaN.

A quiet machine is needed. BLAS and PyTorch share each product between threads that wait for each
other actively; if another program takes one of their cores, they lose far more time than JAX does.
"""
CALM = 0.1  # of the processor, taken by other programs


def write(report):
    """Return the whole report as text.

    Parameters
    ----------
    report : dict
        What `--json` writes.
    """
    parts = [_introduction(report)]
    for name, rows in report["networks"].items():
        n_rounds = next(iter(rows.values()))["rounds"]
        table = _table(HEADER, [_cells(*item) for item in rows.items()])
        parts.append(f"## {name}\n\n{n_rounds} rounds.\n\n{table}")
    parts.append(_notes(report))
    parts.append(f"## Goals\n\n{_table(('goal', 'measured', ''), _goal_cells(report['goals']))}")
    return "\n\n".join(parts) + "\n"


def page(text):
    """Return the page for docs/: how it is measured, and the report."""
    return f"{PAGE}\n{text}"


def _introduction(report):
    settings, machine = report["settings"], report["machine"]
    versions = ", ".join(
        f"{name} {machine[name]}"
        for name in ("python", "numpy", "torch", "scikit-learn", "jax", "keras")
    )
    lines = [
        f"Command: `{report['command']}`",
        f"Machine: {machine['processor']}, {machine['system']}, {machine['threads']} threads for "
        f"every engine.{_disturbance(machine['others'])}",
        f"Versions: {versions}; NumPy's BLAS: {machine['blas']}.",
        f"Data: MNIST, {settings['examples']:,} examples to train on, {HELD_OUT:,} held out, "
        f"10,000 to test with. Seeds, each with its own initial weights: {settings['seeds']}.",
    ]
    if settings["quick"]:
        lines.append("**A quick run: fewer examples and rounds, so the numbers are rough.**")
    if report["not_run"]:
        missing = "; ".join(f"{key} ({why})" for key, why in report["not_run"].items())
        lines.append(f"**Not run: {missing}.**")
    return "\n\n".join(lines)


def _disturbance(others):
    """Say how much of the processor other programs took during the run."""
    if others is None:
        return ""
    text = f" Other programs took {others:.0%} of the processor."
    return text if others < CALM else f"{text} **Too much: do not rely on these ratios.**"


def _notes(report):
    rows = {
        (name, key): row
        for name, table in report["networks"].items()
        for key, row in table.items()
        if row["agrees"] is not None
    }
    most = [
        max((row[f"{name}_deviation"] for row in rows.values()), default=0) for name in TOLERANCE
    ]
    farthest = (
        f"Farthest from the engines' median: {most[0]:.3%} in the mean loss of the first epoch "
        f"(allowed: {TOLERANCE['loss']:.1%}), {most[1]:.2%} in the loss on the held-out examples "
        f"after it (allowed: {TOLERANCE['held_out_loss']:.0%})."
    )
    different = [item for item, row in rows.items() if not row["agrees"]]
    if not different:
        return f"Same task: the losses of the first epoch agree in every engine. {farthest}"
    named = "; ".join(f"{ENGINES[key].label} at {name}" for name, key in different)
    return (
        f"**≠ The losses of the first epoch differ: {named}.** There the engines did not compute "
        f"the same task and are left out of the goals. {farthest}"
    )


def _cells(key, row):
    accuracy = DASH
    if row["test_accuracy"] is not None:
        low, high = row["test_accuracy_low"], row["test_accuracy_high"]
        accuracy = f"{row['test_accuracy']:.2%} ({low:.2%}–{high:.2%})"
    return (
        ENGINES[key].label + (DIFFERS if row["agrees"] is False else ""),
        f"{row['seconds']:.3f} ({row['seconds_low']:.3f}–{row['seconds_high']:.3f})",
        _number(row["times_nnlib"], ".2f"),
        _number(row["seconds_to_97%"], ".2f"),
        _number(row["seconds_to_98%"], ".2f"),
        accuracy,
        _number(row["loss_after_epoch_1"], ".4f"),
        _number(row["peak_mb"], ".0f"),
    )


def _number(value, form):
    return DASH if value is None else format(value, form)


def _goal_cells(goals):
    words = {True: "met", False: "**missed**", None: "open"}
    return [(goal["goal"], goal["number"], words[goal["met"]]) for goal in goals]


def _table(header, rows):
    """Return a Markdown table with columns of equal width."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)

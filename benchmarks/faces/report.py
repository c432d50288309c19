"""The report as Markdown: it reads well in the terminal, and docs/ shows it."""

from statistics import median

from faces.goals import growth
from faces.reader import percentile

PAGE = """# How fast the views answer

Each view is opened in a notebook and a kernel of its own, in a real Chromium in JupyterLab, one
after the other, and used with the keyboard and the mouse. Times are taken inside the page, from the
key or the click until the new picture is on the screen.

- *Open*: from running the view's cell until the picture is drawn and the controls are there. The
  cell before it has imported `nnlib.views`; *import* is the time that took, in a fresh kernel.
- *Moves*: every slider in turn is moved by one step while nothing runs.
- *Pauses*: from the click on Pause, or on Stop, until no picture comes any more.
- *kB a frame*: everything that came from the server while the view was running, divided by the
  pictures drawn.
- *Memory*: the kernel's resident memory, and what the page's scripts hold after a garbage
  collection. *Growth* compares the last third of the time with the middle third.

A quiet machine is needed: the kernel, the server and the browser share its processor.
"""
DASH = "–"
CALM = 0.1  # of the processor, taken by other programs


def write(report):
    """Return the whole report as text.

    Parameters
    ----------
    report : dict
        What `--json` writes.
    """
    parts = [_introduction(report), _section("Goals", ("goal", "measured", ""), _goals(report))]
    header = ("view", "import ms", "open ms", "open kB", "moves", "median ms", "95 % ms", "slowest")
    parts.append(_section("Opening and moving", header, _still_rows(report["views"])))
    header = ("view", "frames/s", "kB a frame", "longest gap ms", "pauses", "median ms", "slowest")
    parts.append(_section("Running", header, _running_rows(report["views"])))
    if report["memory"]:
        header = ("", "start MB", "middle MB", "end MB", "growth MB")
        parts.append(_section("Memory", header, _memory_rows(report["memory"])))
    return "\n\n".join(parts) + "\n"


def page(text):
    """Return the page for docs/: how it is measured, and the report."""
    return f"{PAGE}\n{text}"


def _introduction(report):
    machine, settings = report["machine"], report["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        f"Command: `{report['command']}`",
        f"Machine: {machine['processor']}, {machine['cores']} cores.{_others(machine['others'])}",
        f"Versions: {versions}.",
    ]
    if settings["quick"]:
        lines.append("**A quick run: fewer moves and a shorter watch, so the numbers are rough.**")
    return "\n\n".join(lines)


def _others(share):
    """Say how much of the processor other programs took during the run."""
    if share is None:
        return ""
    text = f" Other programs took {share:.0%} of the processor."
    # The times can only have become longer by it: a goal that is met would be met without it, too.
    return text if share < CALM else f"{text} **On a quiet machine the times are shorter.**"


def _goals(report):
    words = {True: "met", False: "**missed**", None: "open"}
    return [(goal["goal"], goal["number"], words[goal["met"]]) for goal in report["goals"]]


def _still_rows(views):
    return [
        (
            row["title"],
            f"{row['import_ms']:.0f}",
            f"{row['open_ms']:.0f}",
            f"{row['open_kb']:.0f}",
            len(row["moves_ms"]),
            *_spread(row["moves_ms"]),
        )
        for row in views.values()
    ]


def _running_rows(views):
    return [
        (
            row["title"],
            f"{row['frames']['frames_per_second']:.1f}",
            f"{row['frames']['kb_per_frame']:.1f}",
            f"{row['frames']['longest_ms']:.0f}",
            len(row["pauses_ms"]),
            f"{median(row['pauses_ms']):.0f}",
            f"{max(row['pauses_ms']):.0f}",
        )
        for row in views.values()
        if row["frames"]
    ]


def _memory_rows(memory):
    rows = []
    for name in ("kernel", "page"):
        numbers = [sample[f"{name}_mb"] for sample in memory]
        more = growth(memory, name)
        at = [numbers[0], numbers[len(numbers) // 2], numbers[-1]]
        more = DASH if more is None else f"{more:+.1f}"
        rows.append((name, *(f"{number:.1f}" for number in at), more))
    return rows


def _spread(times):
    if not times:
        return DASH, DASH, DASH
    return tuple(f"{t:.0f}" for t in (median(times), percentile(times, 0.95), max(times)))


def _section(title, header, rows):
    """Return a heading and a Markdown table with columns of equal width."""
    rows = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * max(3, width) for width in widths], *rows]
    table = "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)
    return f"## {title}\n\n{table}"

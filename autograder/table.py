"""Tables for a terminal: columns of equal width, and no character that could harm it."""

from autograder.text import one_line

WIDEST = 100


def table(header, rows):
    """Yield the lines of a table.

    Parameters
    ----------
    header : sequence of str
        A title that starts with ">" makes its column flush right.
    rows : sequence of sequences of str
    """
    right = [title.startswith(">") for title in header]
    header = [title.removeprefix(">") for title in header]
    cells = [[one_line(str(cell), WIDEST) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    yield _line(header, widths, right)
    yield "  ".join("─" * width for width in widths)
    for row in cells:
        yield _line(row, widths, right)


def _line(row, widths, right):
    aligned = (
        f"{cell:>{width}}" if flush else f"{cell:{width}}"
        for cell, width, flush in zip(row, widths, right, strict=True)
    )
    return "  ".join(aligned).rstrip()

"""The pictures that a student's answers show: for the person who reads a written answer.

They are taken from the file as it was handed in. No score depends on them.
"""

import base64
import binascii

PNG = b"\x89PNG\r\n\x1a\n"
MOST = 6  # for each answer
LARGEST = 1_000_000  # bytes


def pictures(source, submitted):
    """Return the pictures that the answers of a submitted notebook show, or that stand in them.

    Parameters
    ----------
    source : NotebookNode
        The instructor's notebook.
    submitted : dict
        As `rebuild.read` gives it.

    Returns
    -------
    dict
        {grade id: PNG pictures in base64}
    """
    names = {
        cell.id: cell.metadata.nbgrader.grade_id
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    found = {}
    for cell in submitted["cells"]:
        settings = cell["metadata"].get("nbgrader")
        name = settings.get("grade_id") if isinstance(settings, dict) else names.get(cell.get("id"))
        if name in names.values():
            found.setdefault(name, []).extend(_shown(cell))
    return {name: shown[:MOST] for name, shown in found.items() if shown}


def _shown(cell):
    for output in cell.get("outputs", ()):
        text = (output.get("data") or {}).get("image/png")
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (AttributeError, ValueError, binascii.Error):
            continue
        if content.startswith(PNG) and len(content) <= LARGEST:
            # Written anew: what stands in a page is base64, and nothing else.
            yield base64.b64encode(content).decode("ascii")

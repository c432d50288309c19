"""The last cell of a homework: makes the one file to hand in, and says what is still missing."""

import hashlib
import html
import json
import time
import zipfile
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import nbformat
from IPython import get_ipython
from IPython.display import HTML, display

NOT_ANSWERED = ("Not answered yet: write your answer", "Double-click here and write your answer")
SAVE_AND_AGAIN = "Press Ctrl+S (or ⌘S), then run this cell again."
A_LONG_TIME = 5 * 60  # seconds without a save, after which a reminder is due


def hand_in(assignment, folder=".", also=()):
    """Make ``ASSIGNMENT.zip`` from the saved notebook, and say what is still missing.

    Parameters
    ----------
    assignment : str
        "hw1-1" or "hw1-2".
    folder : str or Path
        Where the notebook is, and where the zip goes.
    also : sequence of str
        Other files of the folder that belong to it, such as "config.json"; one that is not there
        is named as missing.

    Raises
    ------
    FileNotFoundError
        If the notebook is not in the folder.
    ValueError
        If the notebook cannot be read.
    """
    folder = Path(folder)
    path = folder / f"{assignment}.ipynb"
    notebook = _read(path)
    present = [name for name in also if (folder / name).is_file()]
    missing = [name for name in also if name not in present]
    unanswered, changed = unanswered_questions(notebook), _changed_since(notebook)
    zip_path = folder / f"{assignment}.zip"
    _write_zip(zip_path, folder, assignment, [path.name, *present], unanswered)
    unanswered = [heading for heading in unanswered if heading not in changed]
    notes = _notes(path, unanswered, missing, changed)
    _show(zip_path, notes)


def unanswered_questions(notebook):
    """Return the headings of the questions whose cells hold the text they were released with."""
    return [
        heading
        for heading, cell in _answers(notebook)
        if any(words in cell.source for words in NOT_ANSWERED)
    ]


def _answers(notebook):
    """Yield each cell that is for an answer, with the heading it stands under."""
    heading = ""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            yield heading, cell
        elif cell.cell_type == "markdown":
            headings = [line for line in cell.source.splitlines() if line.startswith("#")]
            heading = headings[-1].lstrip("# ") if headings else heading


def _read(path):
    if not path.is_file():
        raise FileNotFoundError(
            f"{path.name} is not in {str(path.parent)!r}. Keep the notebook's name as it was, and "
            "run this cell in that notebook."
        )
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        raise ValueError(f"{path.name} cannot be read as a notebook: {error}.") from None


def _write_zip(zip_path, folder, assignment, names, unanswered):
    contents = {name: (folder / name).read_bytes() for name in names}
    manifest = {
        "assignment": assignment,
        "course": version("neural-networks-basics"),
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "unanswered": unanswered,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
    }
    contents["manifest.json"] = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
    # Under another name first: what was made before stays whole until this is.
    part = zip_path.with_suffix(".zip.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    part.replace(zip_path)


def _changed_since(notebook):
    """Return the headings of the answers that ran with another text than the saved one."""
    shell = get_ipython()
    ran = shell.user_ns.get("In", []) if shell else []
    changed = []
    for heading, cell in _answers(notebook):
        first = cell.source.partition("\n")[0]
        newest = next((text for text in reversed(ran) if text.partition("\n")[0] == first), None)
        if newest is not None and newest.strip() != cell.source.strip():
            changed.append(heading)
    return changed


def _notes(path, unanswered, missing, changed):
    """Return what the student should know before handing in: the most pressing first."""
    notes = []
    seconds = time.time() - path.stat().st_mtime
    if changed:
        notes.append("Save first: you ran another text than the saved one in" + _lines(changed))
        notes.append(SAVE_AND_AGAIN)
    elif seconds > A_LONG_TIME:
        notes.append(f"The notebook was last saved {seconds / 60:.0f} minutes ago.")
        notes.append(f"If you wrote something since: {SAVE_AND_AGAIN}")
    if unanswered:
        notes.append("Not answered yet:" + _lines(unanswered))
        notes.append("If you did answer one, delete the line in its cell that asks you to.")
    if missing:
        notes.append("Not there yet:" + _lines(missing))
    return notes


def _lines(names):
    return "".join(f"\n  - {name}" for name in dict.fromkeys(names))


def _show(zip_path, notes):
    if notes:
        print("\n".join(["Before you hand in:", *notes, ""]))
        print(f"{zip_path.name} holds the notebook as it was last saved.")
    else:
        print(f"{zip_path.name} is ready. Everything is answered.")
    # JupyterLab would open a plain link in an editor of its own; `download` makes it a download.
    href, name = html.escape(quote(zip_path.as_posix())), html.escape(zip_path.name)
    display(HTML(f'Download it here: <a href="{href}" download="{name}">{name}</a>'))

"""Makes what students hand in: notebooks, our zip, bulk downloads, and tricks."""

import io
import json
import zipfile

import nbformat

from autograder.course import Course


def notebook(folder, name="hw1-1", mark="", **answers):
    """Return the released notebook as bytes, with answers by grade id; `mark` makes it another."""
    assignment = Course(folder).assignment(name)
    released = nbformat.from_dict(assignment.notebook)
    for cell in released.cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("solution"):
            text = assignment.stubs[settings.grade_id]
            cell.source = answers.get(settings.grade_id.replace("-", "_"), text)
    if mark:
        released.cells[-1].source += f"\n# {mark}"
    return nbformat.writes(released).encode("utf-8")


def zipped(*files, when=(2025, 11, 3, 10, 0, 0), **options):
    """Return a zip of (name, content) pairs as bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name, when)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in options.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return data.getvalue()


def our_zip(content, name="hw1-1", made="2025-11-03T10:00:00+0000"):
    """Return the zip that the homework's last cell makes."""
    manifest = json.dumps({"assignment": name, "made": made, "unanswered": []})
    return zipped((f"{name}.ipynb", content), ("manifest.json", manifest))

"""How Moodle and Canvas name the files of a bulk download: whose each is, and what it was called.

Moodle: `mod/assign/classes/downloader.php` (and `locallib.php` before 4.3), with a folder for each
student or without. Canvas: `lib/content_zipper.rb`.
"""

import re
from dataclasses import dataclass

# Full Name_123_assignsubmission_file_/hw.zip, or in one piece without folders. Newer versions
# leave out the last underscore of a folder. Moodle turns underscores in a name into spaces.
MOODLE = re.compile(
    r"(?P<name>[^_/]*)_(?P<number>\d{1,20})_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?"
)
# lastfirst_LATE_123_456_hw.zip: the user's number, then the file's. The name's own underscores
# and digits never look like _123_.
CANVAS = re.compile(
    r"(?P<name>[^/]*?)_(?:LATE_)?(?P<number>\d{1,20})_(?P<attachment>\d{1,20})_(?P<file>[^/]+)"
)


@dataclass(frozen=True)
class Named:
    """What a name of a bulk download says.

    Attributes
    ----------
    system : str
        "Moodle" or "Canvas".
    name, number : str
        Of the student, as the system has it.
    file : str
        What the student called the file, or "" where the rest of the path says it.
    order : int
        Grows with the time of the upload, where the system says so; else 0.
    """

    system: str
    name: str
    number: str
    file: str
    order: int = 0


def read_name(part):
    """Return what the first part of a path in a bulk download says, or None."""
    match = MOODLE.fullmatch(part)
    if match:
        return Named("Moodle", match["name"], match["number"], match["file"] or "")
    match = CANVAS.fullmatch(part)
    if match:
        order = int(match["attachment"])
        return Named("Canvas", match["name"], match["number"], match["file"], order)
    return None


def whose(roster, named):
    """Return the students of a roster whom a name may mean."""
    find = roster.by_moodle if named.system == "Moodle" else roster.by_canvas
    return find(named.number, named.name)

"""The box: what it is told to show is there, wherever it stands."""

import shutil
import subprocess

import pytest

from autograder.box import Box

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="there is no bubblewrap")


def test_what_is_readable_may_stand_where_the_box_has_its_own_memory(tmp_path):
    # Python itself may be installed below /tmp, or in somebody's home folder.
    file = tmp_path / "note.txt"
    file.write_text("here")
    command = Box(readable=[str(tmp_path)]).command(["/bin/cat", str(file)])
    assert subprocess.run(command, capture_output=True, text=True).stdout == "here"

"""The part of a view that JavaScript draws."""

import re
from pathlib import Path

import anywidget
import traitlets

FOLDER = Path(__file__).parent
IMPORT_SHARED = re.compile(r'^import .* from "\./shared\.js";\n', re.MULTILINE | re.DOTALL)


def module(name):
    """Return a canvas's JavaScript with the shared helpers put in the place of their import.

    The browser gets each canvas as text without an address, so a relative import cannot work
    there; the files on disk stay ordinary modules.
    """
    source = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    shared = (FOLDER / "shared.js").read_text(encoding="utf-8").replace("\nexport ", "\n")
    return IMPORT_SHARED.sub(lambda match: shared, source, count=1)


class Canvas(anywidget.AnyWidget):
    """The part of a view that JavaScript draws; it gets numbers and sends back gestures.

    Subclasses set `_esm = module("name")`.
    """

    _css = (FOLDER / "view.css").read_text(encoding="utf-8")
    # Numbers and bytes to draw; a new dictionary for each picture.
    frame = traitlets.Dict().tag(sync=True)
    # What the reader did, as a complete intention: the newest one may replace the ones before.
    gesture = traitlets.Dict().tag(sync=True, echo_update=False)
    # The number of the last frame drawn: a slow browser is sent fewer frames.
    seen = traitlets.Int(0).tag(sync=True, echo_update=False)
    # Parts of the picture that this lesson does not need.
    hidden = traitlets.List().tag(sync=True)
    # Colours, markers and line styles, the same as in the still pictures.
    palette = traitlets.Dict().tag(sync=True)

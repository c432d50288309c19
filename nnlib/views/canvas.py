"""The part of a view that JavaScript draws."""

import re
from pathlib import Path

import anywidget
import traitlets

FOLDER = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def module(name):
    """Return a canvas's JavaScript with the helpers it imports put before it.

    The browser gets each canvas as text without an address, so a relative import cannot work
    there; the files on disk stay ordinary modules.
    """
    helpers = []

    def take_in(file):
        source = _read(f"{file}.js")
        for helper in IMPORT.findall(source):
            if helper not in helpers:
                helpers.append(helper)
                yield from take_in(helper)
        yield IMPORT.sub("", source)

    *before, canvas = take_in(name)
    return "".join(text.replace("\nexport ", "\n") for text in before) + canvas


def styles(*names):
    """Return the style sheet of all views, followed by those of a canvas."""
    return "".join(_read(f"{name}.css") for name in ("view", *names))


def _read(file):
    return (FOLDER / file).read_text(encoding="utf-8")


class Canvas(anywidget.AnyWidget):
    """The part of a view that JavaScript draws; it gets numbers and sends back gestures.

    Subclasses set `_esm = module("name")` and `_css = styles("name")`.
    """

    _css = styles()
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

"""Text from strangers, made safe to show: no character that moves, hides or turns other text."""

import re
import unicodedata

KEPT = "\n\t"
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # control, format (bidi among them), surrogates


def printable(text, kept=KEPT):
    """Return a text in which each character that cannot be seen is named, as in <U+202E>.

    Parameters
    ----------
    text : str
    kept : str
        The control characters that stay as they are.
    """
    return "".join(
        f"<U+{ord(character):04X}>"
        if unicodedata.category(character) in HIDDEN and character not in kept
        else character
        for character in text.replace("\r\n", "\n")
    )


# A space takes away what makes a tag, a link, a picture or the definition of a link.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
LINK = re.compile(r"\](?=[(:\[])")


def plain_markdown(text):
    """Return Markdown in which no HTML, link or picture is left; words and formulas stay.

    nbgrader's pages show a written answer without taking anything out of it: a script in it would
    run with the rights of the person who grades.
    """
    return LINK.sub("] ", TAG.sub("< ", printable(text)))


def one_line(text, longest=200):
    """Return a text on one line, shortened, as `printable` makes it."""
    text = printable(" ".join(text.split()), kept="")
    return text if len(text) <= longest else text[: longest - 1] + "…"


def some(names, most=10):
    """Return the first names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(one_line(name) for name in names[:most]) + more

"""Cuts a step into words, numbers and signs, in plain text as in LaTeX."""

import re
import unicodedata
from dataclasses import dataclass

LINE_WIDTH, BEFORE = 70, 40  # characters of a message


class NotationError(ValueError):
    """A text that cannot be read: what is wrong, and where.

    Attributes
    ----------
    text : str
    place : int
        The position in the text, counted from 0.
    reason : str
    """

    def __init__(self, text, place, reason):
        self.text, self.place, self.reason = text, place, reason
        start = max(0, place - BEFORE)  # of a long text, what stands around the place
        line = text[start : start + LINE_WIDTH].replace("\f", " ")
        super().__init__(f"{line}\n{' ' * (place - start)}^ {reason}")


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind, what it says, and where it stands."""

    kind: str  # number, word, sign or end
    value: str
    place: int


SPACES = r"[^\S\f]+|~|\$+|\\[,;:! ]"
LAYOUT = r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits|q?quad)(?![a-zA-Z])"
BOLD = r"\\(?:mathbf|boldsymbol|bm|vec)(?![a-zA-Z])"  # a vector is known by having no index
SKIPPED = re.compile(f"{SPACES}|{LAYOUT}|{BOLD}")
MOST_DIGITS = 15
NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
COMMAND = re.compile(r"\\([a-zA-Z]+)")
# y_hat is one word, not y with the index "hat".
WORD = re.compile(r"d?y_hat|[A-Za-z]+")
HAT = re.compile(r"[yY]\u0302|ŷ")
SIGN = re.compile(r"\*\*|!=|[-+*/^_(){}\[\],=]")

SAME_SIGN = {"**": "^", "·": "*", "×": "*", "⋅": "*", "∗": "*", "•": "*", "÷": "/"}
SAME_SIGN |= {"−": "-", "–": "-", "≠": "!="}
SAME_WORD = {"θ": "theta", "δ": "delta", "Σ": "sum", "∑": "sum", "∂": "partial"}
# What stands for another word; d alone stands before \hat{y} or \theta, as in d\theta_j.
LONGER = {"y_hat": "yhat", "dy_hat": "dyhat", "ln": "log", "d": "partial"}
SAME_COMMAND = {
    "cdot": ("sign", "*"),
    "times": ("sign", "*"),
    "div": ("sign", "/"),
    "ne": ("sign", "!="),
    "neq": ("sign", "!="),
    "ln": ("word", "log"),
    "dfrac": ("word", "frac"),
    "tfrac": ("word", "frac"),
    "widehat": ("word", "hat"),
}
COMMANDS = ("frac", "sum", "hat", "theta", "delta", "log", "exp", "partial")


def tokenize(text):
    """Return the tokens of a text, with an end mark.

    Raises
    ------
    NotationError
        At the first character or command that has no meaning here.
    """
    tokens, place = [], 0
    while place < len(text):
        if skipped := SKIPPED.match(text, place):
            place = skipped.end()
            continue
        token, place = _next(text, place)
        tokens.append(token)
    return [*tokens, Token("end", "", len(text))]


def _next(text, place):
    """Return the token that starts at a place, and where it ends."""
    character = text[place]
    if found := NUMBER.match(text, place):
        if len(found.group()) > MOST_DIGITS:
            raise NotationError(text, place, f"a number has at most {MOST_DIGITS} digits here.")
        return Token("number", found.group(), place), found.end()
    if found := HAT.match(text, place):
        return Token("word", "yhat", place), found.end()
    if character in SAME_WORD:
        return Token("word", SAME_WORD[character], place), place + 1
    if character in SAME_SIGN:
        return Token("sign", SAME_SIGN[character], place), place + 1
    if found := COMMAND.match(text, place):
        return _command(text, found), found.end()
    if found := WORD.match(text, place):
        word = found.group()
        return Token("word", LONGER.get(word, word), place), found.end()
    if found := SIGN.match(text, place):
        return Token("sign", SAME_SIGN.get(found.group(), found.group()), place), found.end()
    raise NotationError(text, place, _no_meaning(character))


def _no_meaning(character):
    name, plain = unicodedata.name(character, ""), unicodedata.normalize("NFKC", character)
    if character in "\"'":
        instead = ": the formula stands without quotes of its own"
    elif character == "\f":
        instead = (
            r": put an r before the quotes, or Python takes the \f of \frac for something else"
        )
    elif "SUBSCRIPT" in name:
        instead = f": write _{plain} instead"
    elif "SUPERSCRIPT" in name:
        instead = f": write ^{plain} instead"
    else:
        instead = ""
    return f"{character!r} has no meaning in this notation{instead}."


def _command(text, found):
    name = found.group(1)
    if name in SAME_COMMAND:
        return Token(*SAME_COMMAND[name], found.start())
    if name in COMMANDS:
        return Token("word", name, found.start())
    known = ", ".join(f"\\{command}" for command in (*COMMANDS, "cdot"))
    raise NotationError(
        text, found.start(), f"the command \\{name} is not known here; these are: {known}."
    )

"""Reads a step, text or LaTeX, into a tree; nothing is ever evaluated as Python."""

import difflib
from fractions import Fraction

from nnlib.derivation.expressions import (
    Binary,
    Call,
    Derivative,
    Negative,
    Number,
    Sum,
    Symbol,
    walk,
)
from nnlib.derivation.tokens import NotationError, tokenize

INDICES = "ijklmn"
N_INDICES = {"y": (0, 1), "yhat": (0, 1), "theta": (0, 1), "delta": (2,)}
DERIVED = {"dCE": "CE", "dyhat": "yhat"}
DERIVED_BY = {"dyhat": "yhat", "dtheta": "theta"}
SUM_FORM = "a sum is written sum(k, ...), with its index first, as in sum(k, y_k*yhat_k)."
WORDS = (*N_INDICES, *DERIVED, "dtheta", "sum", "exp", "log")
LONGEST_TEXT, MOST_PARTS, DEEPEST, LARGEST_EXPONENT = 500, 200, 40, 9


def read(text):
    r"""Read one expression.

    Parameters
    ----------
    text : str
        One expression, on one line or several; a # sign starts a comment.
        For example ``yhat_i*(2 - y_j)``, ``sum(k, y_k*yhat_k)``, ``sum(k != i, yhat_k)``,
        ``delta_ij``, ``exp(theta_i)``, ``dCE/dyhat_i * dyhat_i/dtheta_j``; or the same as LaTeX:
        ``\hat{y}_i (2 - y_j)``, ``\sum_{k \ne i} \hat{y}_k``, ``\frac{\hat{y}_i}{2}``.

    Returns
    -------
    A tree of `nnlib.derivation.expressions`.

    Raises
    ------
    NotationError
        If the text has no meaning in this notation; it says where, and why.
    """
    if not isinstance(text, str):
        raise TypeError(f"a step must be text, such as 'y_i*yhat_j'; it is {text!r:.60}.")
    one_line = without_comments(text)
    if len(one_line) > LONGEST_TEXT:
        reason = f"this has {len(one_line)} characters; at most {LONGEST_TEXT} are read."
        raise NotationError(one_line[:60] + "…", 0, reason)
    reader = _Reader(one_line)
    try:
        expression = reader.whole()
    except RecursionError:
        raise NotationError(one_line, 0, "the parentheses are nested too deeply.") from None
    if sum(1 for _ in walk(expression)) > MOST_PARTS:
        raise NotationError(
            one_line, 0, f"this has more than {MOST_PARTS} parts: simplify it first."
        )
    return expression


def without_comments(text):
    """Return a text as one line, without what follows a # sign."""
    lines = (line.split("#")[0].strip(" \t\r") for line in text.split("\n"))
    return " ".join(line for line in lines if line)


class _Reader:
    """Goes through the tokens from left to right; one method for each rule of the notation."""

    def __init__(self, text):
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0

    # The tokens.

    @property
    def token(self):
        return self.tokens[self.at]

    def take(self, *values):
        """Take the next token if it is one of these; returns it, or None."""
        token = self.token
        if token.kind == "end" or token.value not in values:
            return None
        self.at += 1
        return token

    def expect(self, value, reason):
        if not self.take(value):
            self.fail(reason)

    def fail(self, reason, token=None):
        raise NotationError(self.text, (token or self.token).place, reason)

    # The notation.

    def whole(self):
        if self.token.kind == "end":
            self.fail("nothing is written here yet.")
        expression = self.expression()
        if self.token.value == "=":
            self.fail("write only what stands to the right of the = sign.")
        if self.token.kind != "end":
            self.fail(f"there is a {self.token.value!r} too many.")
        return expression

    def expression(self):
        """Read parts with + or - between them."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail("the parentheses are nested too deeply.")
        left = self.product()
        while sign := self.take("+", "-"):
            left = Binary(sign.value, left, self.product())
        self.depth -= 1
        return left

    def product(self):
        """Read factors with * or / between them, or nothing, which means *."""
        if self.take("-"):
            return Negative(self.product())
        left = self.factor()
        while True:
            if sign := self.take("*", "/"):
                left = Binary(sign.value, left, self.factor())
            elif self.starts_part():
                left = Binary("*", left, self.factor())
            else:
                return left

    def starts_part(self):
        token = self.token
        return token.kind in ("word", "number") or token.value in ("(", "[", "{")

    def factor(self):
        if self.take("-"):
            return Negative(self.factor())
        if self.take("+"):
            return self.factor()
        return self.power()

    def power(self):
        base = self.part()
        if not (sign := self.take("^")):
            return base
        if self.token.value in ("_", "hat"):
            self.fail("ŷ is written yhat, and ŷ_i is written yhat_i.", sign)
        exponent = self.factor()
        if base == Symbol("e"):
            return Call("exp", exponent)
        if not _is_small_number(exponent):
            self.fail(f"an exponent must be a whole number up to {LARGEST_EXPONENT}.", sign)
        return Binary("^", base, exponent)

    def part(self):
        token = self.token
        if token.kind == "number":
            self.at += 1
            return Number(Fraction(token.value))
        for opening, closing in ("()", "[]", "{}"):
            if self.take(opening):
                inside = self.expression()
                self.expect(closing, f"a {closing!r} is missing here, for the {opening!r} before.")
                return inside
        if token.kind == "word":
            self.at += 1
            return self.word(token)
        if token.kind == "end":
            self.fail("something is missing at the end.")
        self.fail(f"a {token.value!r} cannot stand here: a symbol or a number should.")
        return None

    def word(self, token):
        name = token.value
        if name == "sum":
            return self.sum()
        if name in ("exp", "log"):
            # log(x)^2 is the square of log(x); log x^2 is the logarithm of x^2.
            bracketed = self.token.value in ("(", "[", "{")
            return Call(name, self.part() if bracketed else self.power())
        if name == "frac":
            return self.fraction()
        if name in DERIVED or name == "partial":
            return self.derivative(token)
        if name == "hat":
            return self.hat(token)
        if name == "e":
            return Symbol("e")
        return self.symbol(token)

    def symbol(self, token):
        name = token.value
        if name not in N_INDICES:
            self.fail(_unknown(name), token)
        indices = self.indices()
        if len(indices) not in N_INDICES[name]:
            what = "two indices, as in delta_ij" if name == "delta" else "one index, as in y_i"
            self.fail(f"{name} needs {what}.", token)
        return Symbol(name, indices)

    def hat(self, token):
        r"""Read what \hat stands over: {y}, y, {y_i}, or {\mathbf{y}}."""
        braces = 0
        while self.take("{"):
            braces += 1
        inner = self.take("y")
        if not inner:
            self.fail("only y wears a hat here.", token)
        indices = self.indices()
        for _ in range(braces):
            self.expect("}", "a '}' is missing here, for the '{' after the hat.")
        return Symbol("yhat", indices or self.indices())

    def indices(self):
        """Read _i, _ij, _{i}, _{ij} or _{i,j}; nothing gives no indices."""
        if not self.take("_"):
            return ()
        if not self.take("{"):
            return self.letters()
        letters = ()
        while not self.take("}"):
            self.take(",")
            letters += self.letters()
        return letters

    def letters(self):
        token = self.token
        if token.kind != "word" or not set(token.value) <= set(INDICES):
            if token.value[:1] in INDICES and token.value[1:] in WORDS:
                self.fail(f"write a * between {token.value[0]} and {token.value[1:]}.")
            self.fail(f"an index must be one of the letters {', '.join(INDICES)}.")
        self.at += 1
        return tuple(token.value)

    def index(self):
        letters = self.letters()
        if len(letters) != 1:
            self.fail("one index only should stand here.", self.tokens[self.at - 1])
        return letters[0]

    def sum(self):
        if self.take("_"):
            return self.latex_sum()
        self.expect("(", SUM_FORM)
        if not set(self.token.value) <= set(INDICES):
            self.fail(SUM_FORM)
        index, without = self.index(), None
        if self.take("!="):
            without = self.index()
        self.expect(",", "a ',' is missing after the sum's index, as in sum(k, y_k).")
        body = self.expression()
        self.expect(")", "a ')' is missing here, for the sum.")
        return Sum(index, without, body)

    def latex_sum(self):
        braces, index, without = self.take("{"), self.index(), None
        if self.take("!="):
            without = self.index()
        elif self.take("=") and not self.take("0", "1"):
            self.fail("a sum goes over all classes: leave its start out.")
        if braces:
            self.expect("}", "a '}' is missing here, for the sum's index.")
        if self.take("^"):
            self.upper_end()
        return Sum(index, without, self.product())

    def upper_end(self):
        braces = self.take("{")
        if self.token.value not in ("K", "n", "N", "C"):
            self.fail("a sum goes over all classes: leave its ends out, or write K.")
        self.at += 1
        if braces and self.take("-") and not self.take("1"):
            self.fail("a sum goes over all classes: leave its ends out, or write K-1.")
        if braces:
            self.expect("}", "a '}' is missing here, for the sum's upper end.")

    def fraction(self):
        self.expect("{", r"\frac needs two pairs of braces: \frac{...}{...}.")
        if self.token.value == "partial" or self.token.value in DERIVED:
            return self.fraction_of_changes()
        over = self.expression()
        self.expect("}", r"a '}' is missing here, for the upper part of \frac.")
        self.expect("{", r"\frac needs two pairs of braces: \frac{...}{...}.")
        under = self.expression()
        self.expect("}", r"a '}' is missing here, for the lower part of \frac.")
        return Binary("/", over, under)

    def fraction_of_changes(self):
        of = self.changed(DERIVED)
        self.expect("}", r"a '}' is missing here, for the upper part of \frac.")
        self.expect("{", r"\frac needs two pairs of braces: \frac{...}{...}.")
        by = self.changed(DERIVED_BY)
        self.expect("}", r"a '}' is missing here, for the lower part of \frac.")
        return Derivative(of, by)

    def derivative(self, token):
        self.at -= 1
        of = self.changed(DERIVED)
        self.expect("/", "a derivative is written dCE/dyhat_i or dyhat_i/dtheta_j.")
        return Derivative(of, self.changed(DERIVED_BY))

    def changed(self, known):
        """Read dCE, dyhat_i, dtheta_j, or the same with ∂."""
        token = self.token
        self.at += 1
        if token.value == "partial":
            return self.changed_quantity(known)
        if token.value not in known:
            if meant := _with_index(token.value):
                self.fail(f"{token.value!r} is not known here; did you mean {meant}?", token)
            self.fail(f"one of {', '.join(known)} should stand here, with its index.", token)
        name = known[token.value]
        return Symbol(name) if name == "CE" else Symbol(name, self.one_index(token))

    def changed_quantity(self, known):
        token = self.token
        self.at += 1
        if token.value == "CE" and "CE" in known.values():
            return Symbol("CE")
        quantity = self.hat(token) if token.value == "hat" else None
        if quantity is None and token.value in known.values():
            quantity = Symbol(token.value, self.one_index(token))
        if quantity is None or quantity.name not in known.values() or len(quantity.indices) != 1:
            self.fail(f"one of {', '.join(known.values())} should stand after ∂.", token)
        return quantity

    def one_index(self, token):
        indices = self.indices()
        if len(indices) != 1:
            self.fail(f"{token.value} needs one index, as in {token.value}_i.", token)
        return indices


def _is_small_number(exponent):
    if isinstance(exponent, Negative):
        exponent = exponent.part
    return (
        isinstance(exponent, Number)
        and exponent.value.denominator == 1
        and exponent.value <= LARGEST_EXPONENT
    )


def _unknown(name):
    if name in INDICES:
        return f"the letter {name} is an index: it stands after a _, as in yhat_{name}."
    if meant := _with_index(name):
        return f"{name!r} is not known here; did you mean {meant}?"
    close = difflib.get_close_matches(name, WORDS, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"{name!r} is not known here.{meant} The words are: {', '.join(WORDS)}."


def _with_index(name):
    """Return a name like yhati with its _, or None."""
    for bare, numbers in (*N_INDICES.items(), ("dyhat", (1,)), ("dtheta", (1,))):
        rest = name.removeprefix(bare)
        if rest and rest != name and set(rest) <= set(INDICES) and len(rest) in numbers:
            return f"{bare}_{rest}"
    return None

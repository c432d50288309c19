"""How views write numbers and symbols: the same text in a picture, in a table, in a test."""

import numpy as np

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SIGNIFICANT = 3  # digits that a small number keeps at least


def number(value, digits=4):
    """Return a number in the form people write it: 0.3775, −12.44, 0.00123, 2.13·10⁻⁷.

    Parameters
    ----------
    value : float
    digits : int
        Decimals of a number around 1; a large one gets fewer, a small one more.

    Returns
    -------
    str
    """
    if not np.isfinite(value):
        return "no number"
    mantissa, power = f"{value:.{SIGNIFICANT - 1}e}".split("e")
    power = int(power)
    if not -5 < power < 6:
        text = f"{mantissa}·10{str(power).translate(RAISED)}"
    else:
        decimals = digits - power if power > 0 else max(digits, SIGNIFICANT - 1 - power)
        text = f"{value:.{max(decimals, 1)}f}"
    return text.replace("-", "−") if value else text.replace("-", "")


def fixed(value, digits=2):
    """Return a number with a fixed number of decimals, a true minus sign and no −0.00."""
    text = f"{value:.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def short(value, digits=4):
    """Return a number that was chosen, such as 0.5 or −2: no decimals that say nothing.

    Parameters
    ----------
    value : float
    digits : int
        How many digits to keep.

    Returns
    -------
    str
    """
    if not np.isfinite(value) or (value and not 1e-4 <= abs(value) < 1e6):
        return number(value, digits)
    return f"{value:.{digits}g}".replace("-", "−") if value else "0"


def in_brackets(text):
    """Return a factor of a product as text, a negative one in brackets."""
    return f"({text})" if text.startswith("−") else text


def signed(value, digits=4):
    """Return a change: like `number`, with a plus sign in front of what grows."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and np.isfinite(value) else text


def bracketed(value, digits=4):
    """Return a factor of a product: like `number`, a negative one in brackets."""
    return in_brackets(number(value, digits))

"""The words of V10: the slides' steps and derivation, each with this moment's numbers.

A part of the picture is named "z-k-i" or "a-k-i" for the two halves of neuron i of layer k, and
"e-k-i-j" for the edge of W_{ij}^{(k)}; what is listed as `lit` belongs to the words.
"""

from nnlib import paths
from nnlib.views.formula import bracketed, in_brackets, number, short

SLOPES = {"sigmoid": "σ′", "tanh": "tanh′", "relu": "ReLU′"}
UNSEEN = "…"


def plain_name(weight):
    """Return a weight's symbol as plain text, such as W₁₄⁽¹⁾."""
    k, i, j = weight
    lowered, raised = "₀₁₂₃₄", "⁰¹²³"
    return f"W{lowered[i]}{lowered[j]}⁽{raised[k]}⁾"


def symbol(letter, k, *indices):
    """Return a symbol of the slides, such as z_{1}^{(2)} or W_{14}^{(1)}."""
    return f"{letter}_{{{''.join(map(str, indices))}}}^{{({k})}}"


def weight_symbol(s, weight=None):
    """Return a weight's symbol; a step to a single neuron has one row, which is not named."""
    k, i, j = weight or s.weight
    return symbol("W", k, j) if len(s.trace.W[k]) == 1 else symbol("W", k, i, j)


def heading(s):
    """Return what the derivation derives."""
    if s.walk == "eight steps":
        return f"The derivation of ${symbol('δ', 2, 'j')}$, line by line"
    return rf"The derivation of $\frac{{∂{_whose(s)}}}{{∂{weight_symbol(s)}}}$, line by line"


def steps(s):
    """Return the slides' steps as a list of {number, text, formula, lit}.

    A formula, with its numbers, waits until its step is reached.
    """
    words = _seven_steps(s) if s.walk == "seven steps" else _eight_steps(s)
    return [
        {"number": step, "text": text, "formula": formula if at <= s.at else "", "lit": lit}
        for at, step in enumerate(s.steps, start=1)
        for text, formula, lit in [words[step]]
    ]


def _seven_steps(s):
    k, i, j = s.weight
    t, w, source = s.trace, weight_symbol(s), symbol("a", k, j)
    last, start = symbol("δ", 3, 1), short(t.delta[3][0])
    delta = number(t.delta[k + 1][i - 1])
    whose, part = _whose(s), "the gradient" if s.other is None else "this input's part"
    words = {
        1: (
            f"An error signal starts at ${symbol('a', 3, 1)}$ and walks backwards.",
            _start(s),
            ["a-3-1"],
        ),
        2: (
            f"Across the last neuron, times its local gradient: 1. Now it is ${last}$.",
            f"{last} = {in_brackets(start)} · 1 = {start}",
            ["a-3-1", "z-3-1"],
        ),
        6: (
            f"The fair share of ${w}$: times the input that it forwarded, ${source}$.",
            f"{delta} · {_factor(t.a[k][j - 1])}",
            [f"z-{k + 1}-{i}", f"e-{k}-{i}-{j}", f"a-{k}-{j}"],
        ),
        7: (
            f"So {part} is:",
            rf"\frac{{∂{whose}}}{{∂{w}}} = {delta} · {_factor(t.a[k][j - 1])} = {number(s.share)}",
            [f"e-{k}-{i}-{j}"],
        ),
    }
    return words | _through_the_hidden_neuron(s, i) if k == 1 else words


def _through_the_hidden_neuron(s, i):
    """Steps 3 to 5, which a weight of the last step does without."""
    t, z, delta = s.trace, symbol("z", 2, i), symbol("δ", 2, i)
    weight, last = weight_symbol(s, (2, 1, i)), symbol("δ", 3, 1)
    received, slope = number(paths.error_received(t, 2)[i - 1]), number(t.slope[2][i - 1])
    f = SLOPES[s.activation]
    return {
        3: (
            f"Along the edge, times its weight: ${symbol('a', 2, i)}$ receives ${last} {weight}$.",
            f"{short(t.delta[3][0])} · {_factor(t.W[2][0, i - 1])} = {received}",
            ["z-3-1", f"e-2-1-{i}", f"a-2-{i}"],
        ),
        4: (
            f"Across neuron {i}, times its local gradient ${f}({z})$.",
            f"{f}({short(t.z[2][i - 1])}) = {slope}",
            [f"a-2-{i}", f"z-2-{i}"],
        ),
        5: (
            f"This is the error at ${z}$, called ${delta}$.",
            f"{delta} = {received} · {slope} = {number(t.delta[2][i - 1])}",
            [f"z-2-{i}"],
        ),
    }


def _eight_steps(s):
    t, j = s.trace, s.weight[1]
    a, z, delta, f = symbol("a", 2, j), symbol("z", 2, j), symbol("δ", 2, j), SLOPES[s.activation]
    first, second = (
        f"{symbol('δ', 3, i)} {weight_symbol(s, (2, i, j))} = {number(t.delta[3][i - 1])} · "
        f"{_factor(t.W[2][i - 1, j - 1])} = {number(paths.error_parts(t, 2)[i - 1, j - 1])}"
        for i in (1, 2)
    )
    parts = [number(part) for part in paths.error_parts(t, 2)[:, j - 1]]
    received, slope = paths.error_received(t, 2)[j - 1], number(t.slope[2][j - 1])
    every_edge = [f"e-2-{i}-{n}" for i in (1, 2) for n in (1, 2)]
    here, edges = [f"a-2-{j}"], [f"e-2-{i}-{j}" for i in (1, 2)]
    total = rf"\sum_i {symbol('δ', 3, 'i')} {symbol('W', 2, 'i' + str(j))}"
    return {
        1: (
            f"The error ${symbol('δ', 3, 1)}$ walks backwards from ${symbol('z', 3, 1)}$.",
            f"{symbol('δ', 3, 1)} = {number(t.delta[3][0])}",
            ["z-3-1"],
        ),
        2: (
            f"Along the edge to ${a}$, times its weight ${weight_symbol(s, (2, 1, j))}$.",
            f"{number(t.delta[3][0])} · {_factor(t.W[2][0, j - 1])}",
            ["z-3-1", edges[0]],
        ),
        3: (f"So ${a}$ receives:", first, [edges[0], *here]),
        4: (
            f"But ${a}$ was forwarded to a second neuron, and its error comes back, too:",
            second,
            ["z-3-2", edges[1], *here],
        ),
        5: (
            f"The whole error at ${a}$ is the sum:",
            f"{parts[0]} + {in_brackets(parts[1])} = {number(received)}",
            [*edges, *here],
        ),
        6: (
            "In general, with one term for each neuron of the next layer:",
            f"{total} = {number(received)}",
            every_edge,
        ),
        7: (
            f"Across neuron {j}, times its local gradient ${f}({z})$.",
            f"{f}({short(t.z[2][j - 1])}) = {slope}",
            [*here, f"z-2-{j}"],
        ),
        8: (
            f"This is the error that reaches ${z}$:",
            f"{delta} = {slope} · {bracketed(received)} = {number(t.delta[2][j - 1])}",
            [f"z-2-{j}"],
        ),
    }


def derivation(s):
    """Return the slides' derivation of ∂s/∂W, line by line, as {left, right, numbers, lit}."""
    k, i, j = s.weight
    t, w = s.trace, weight_symbol(s)
    source, forwarded = symbol("a", k, j), _factor(t.a[k][j - 1])
    of_score = paths.fair_share(s.of_score, k, i - 1, j - 1)
    left = rf"\frac{{∂{_score(s)}}}{{∂{w}}}"
    lines = _lines_through_hidden(s, of_score) if k == 1 else _lines_of_last_step(s, of_score)
    lines[0]["left"] = left
    if s.other is not None:
        start = symbol_of_start(s)
        numbers = f"{_factor(t.delta[3][0])} · {bracketed(of_score)} = {number(s.share)}"
        lines.append(_line(f"= {start} {left}", numbers, ["a-3-1", f"e-{k}-{i}-{j}"]))
        lines[-1]["left"] = rf"\frac{{∂J}}{{∂{w}}}"
    z = symbol("z", k + 1, i)
    numbers = f"{number(t.delta[k + 1][i - 1])} · {forwarded} = {number(s.share)}"
    both = [f"z-{k + 1}-{i}", f"a-{k}-{j}"]
    lines.append(_line(rf"= \frac{{∂{_whose(s)}}}{{∂{z}}} {source}", numbers, both))
    lines.append(_line(f"= {symbol('δ', k + 1, i)} {source}", numbers, both))
    return lines


def _lines_through_hidden(s, total):
    _, i, j = s.weight
    t, w, f = s.trace, weight_symbol(s), SLOPES[s.activation]
    top, a, z = weight_symbol(s, (2, 1, i)), symbol("a", 2, i), symbol("z", 2, i)
    weight, slope = short(t.W[2][0, i - 1]), number(t.slope[2][i - 1])
    forwarded, equal = _factor(t.a[1][j - 1]), f"= {number(total)}"
    rate = bracketed(paths.weight_rate(t, 1, i - 1, j - 1))
    inputs = rf"{symbol('b', 1, i)} + \sum_k {symbol('a', 1, 'k')} {symbol('W', 1, f'{i}k')}"
    above, edge, whole = f"e-2-1-{i}", f"e-1-{i}-{j}", [f"a-2-{i}", f"z-2-{i}"]
    factors = f"{weight} · {slope} · {forwarded} {equal}"
    return [
        _line(
            rf"= \frac{{∂W^{{(2)}} a^{{(2)}}}}{{∂{w}}}",
            number(total),
            ["e-2-1-1", "e-2-1-2", "a-2-1", "a-2-2"],
        ),
        _line(rf"= \frac{{∂{top} {a}}}{{∂{w}}}", number(total), [above, f"a-2-{i}"]),
        _line(
            rf"= {top} \frac{{∂{a}}}{{∂{w}}}",
            f"{weight} · {rate} {equal}",
            [above, f"a-2-{i}", edge],
        ),
        _line(
            rf"= {top} \frac{{∂{a}}}{{∂{z}}} \frac{{∂{z}}}{{∂{w}}}", factors, [above, *whole, edge]
        ),
        _line(
            rf"= {top} {f}({z}) \frac{{∂}}{{∂{w}}} ({inputs})",
            factors,
            [f"z-2-{i}", *(f"e-1-{i}-{n}" for n in range(1, 5))],
        ),
        _line(f"= {top} {f}({z}) {symbol('a', 1, j)}", factors, [above, *whole, edge, f"a-1-{j}"]),
    ]


def _lines_of_last_step(s, total):
    k, _, j = s.weight
    w, source = weight_symbol(s), symbol("a", k, j)
    inputs = rf"{symbol('b', 2, 1)} + \sum_k {symbol('W', 2, 'k')} {symbol('a', 2, 'k')}"
    edges = ["e-2-1-1", "e-2-1-2", "z-3-1"]
    return [
        _line(rf"= \frac{{∂}}{{∂{w}}} ({inputs})", number(total), edges),
        _line(f"= {source}", number(total), [f"e-2-1-{j}", f"a-2-{j}"]),
    ]


def recursion(s):
    """Return the derivation of δ^{(2)} from δ^{(3)}, line by line, as {left, right, …}."""
    t, j = s.trace, s.weight[1]
    whose = _whose(s)
    z, a, f = symbol("z", 2, j), symbol("a", 2, j), SLOPES[s.activation]
    delta, next_z = symbol("δ", 3, "i"), symbol("z", 3, "i")
    weight, value = symbol("W", 2, f"i{j}"), number(t.delta[2][j - 1])
    slope, received = number(t.slope[2][j - 1]), bracketed(paths.error_received(t, 2)[j - 1])
    terms = [
        f"{bracketed(t.delta[3][i])} · {_factor(t.W[2][i, j - 1])}" for i in range(len(t.delta[3]))
    ]
    with_slope = " + ".join(f"{term} · {slope}" for term in terms)
    edges, here = ["e-2-1-" + str(j), "e-2-2-" + str(j)], [f"z-2-{j}", f"a-2-{j}"]
    inputs = rf"{symbol('b', 2, 'i')} + \sum_k {symbol('W', 2, 'ik')} {symbol('a', 2, 'k')}"
    lines = [
        _line(rf"= \frac{{∂{whose}}}{{∂{z}}}", value, [f"z-2-{j}"]),
        _line(
            rf"= \sum_i \frac{{∂{whose}}}{{∂{next_z}}} \frac{{∂{next_z}}}{{∂{z}}}",
            value,
            ["z-3-1", "z-3-2", f"z-2-{j}"],
        ),
        _line(
            rf"= \sum_i {delta} \frac{{∂}}{{∂{z}}} ({inputs})", value, ["z-3-1", "z-3-2", *edges]
        ),
        _line(
            rf"= \sum_i {delta} {weight} \frac{{∂{a}}}{{∂{z}}}",
            f"{with_slope} = {value}",
            ["z-3-1", "z-3-2", *edges, *here],
        ),
        _line(
            rf"= {f}({z}) \sum_i {delta} {weight}",
            f"{slope} · ({' + '.join(terms)}) = {slope} · {received} = {value}",
            [*here, *edges],
        ),
        _line(
            rf"= {f}(z^{{(2)}}) ∘ (W^{{(2)T}} δ^{{(3)}})",
            f"({', '.join(number(value) for value in t.delta[2])})",
            ["z-2-1", "z-2-2", "e-2-1-1", "e-2-1-2", "e-2-2-1", "e-2-2-2", "z-3-1", "z-3-2"],
        ),
    ]
    lines[0]["left"] = symbol("δ", 2, j)
    lines[-1]["left"] = "δ^{(2)}"
    return lines


def names_in_code(s):
    """Return each number's name in the code, as [symbol, code, number].

    A number that the steps have not reached yet is an ellipsis.
    """
    step = s.steps[s.at - 1] if s.at else 0
    rows = _names_of_seven(s) if s.walk == "seven steps" else _names_of_eight(s)
    return [
        [text, code, number(value) if step >= known_at else UNSEEN]
        for text, code, value, known_at in rows
    ]


def _names_of_seven(s):
    k, i, j = s.weight
    t, f = s.trace, SLOPES[s.activation]
    last, w = symbol("δ", 3, 1), f"{k}, {i - 1}, {j - 1}"
    rows = [(last, "trace.delta[3][0]", t.delta[3][0], 2)]
    if k == 1:
        z = symbol("z", 2, i)
        weight = weight_symbol(s, (2, 1, i))
        rows += [
            (weight, f"trace.W[2][0, {i - 1}]", t.W[2][0, i - 1], 0),
            (z, f"trace.z[2][{i - 1}]", t.z[2][i - 1], 0),
            (f"{f}({z})", f"trace.slope[2][{i - 1}]", t.slope[2][i - 1], 4),
            (symbol("δ", 2, i), f"trace.delta[2][{i - 1}]", t.delta[2][i - 1], 5),
        ]
    rows += [
        (symbol("a", k, j), f"trace.a[{k}][{j - 1}]", t.a[k][j - 1], 0),
        ("|fair share|", f"paths.fair_share(trace, {w})", s.share, 6),
    ]
    if s.other is not None:
        other = paths.fair_share(s.other, k, i - 1, j - 1)
        rows.append(("|other input's|", f"paths.fair_share(other, {w})", other, 7))
    rows += [
        ("|gradient|", f"trace.dW[{k}][{i - 1}, {j - 1}]", s.gradient, 7),
        ("|by differences|", "gradcheck.numerical_gradient", s.numerical, 7),
    ]
    return rows


def _names_of_eight(s):
    t, j = s.trace, s.weight[1]
    f, n = SLOPES[s.activation], s.weight[1] - 1
    rows = [
        (symbol("δ", 3, i), f"trace.delta[3][{i - 1}]", t.delta[3][i - 1], 1 if i == 1 else 4)
        for i in (1, 2)
    ]
    rows += [
        (symbol("W", 2, i, j), f"trace.W[2][{i - 1}, {n}]", t.W[2][i - 1, n], 0) for i in (1, 2)
    ]
    received = symbol("a", 2, j)
    rows += [
        (
            f"|error at |{received}",
            f"paths.error_received(trace, 2)[{n}]",
            paths.error_received(t, 2)[n],
            5,
        ),
        (f"{f}({symbol('z', 2, j)})", f"trace.slope[2][{n}]", t.slope[2][n], 7),
        (symbol("δ", 2, j), f"trace.delta[2][{n}]", t.delta[2][n], 8),
    ]
    if s.other is not None:
        rows.append(("|other input's|", f"other.delta[2][{n}]", s.other.delta[2][n], 8))
    bias = rf"\frac{{∂}}{{∂{symbol('b', 1, j)}}}"
    rows += [
        (bias, f"trace.db[1][{n}]", s.gradient, 8),
        ("|by differences|", "gradcheck.numerical_gradient", s.numerical, 8),
    ]
    return rows


def symbol_of_start(s):
    """Return ∂J/∂s, or ∂J/∂s_c for the corrupted input."""
    return rf"\frac{{∂J}}{{∂{_score(s)}}}"


def _start(s):
    start = short(s.trace.delta[s.trace.n_layers][0])
    return f"{symbol_of_start(s)} = {start}" if s.other is not None else start


def _whose(s):
    """Whose derivative δ is: the score's, or the cost's."""
    return _score(s) if s.other is None else "J"


def _score(s):
    return "s" if s.branch == "true" else "s_c"


def _factor(value):
    return in_brackets(short(value))


def _line(right, numbers, lit):
    return {"left": "", "right": right, "numbers": numbers, "lit": lit}

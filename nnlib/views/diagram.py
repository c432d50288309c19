"""A network as a still picture: neurons in columns, some edges lit. `diagram.js` is its twin."""

import numpy as np

from nnlib import plots

LIT, QUIET = plots.COLOURS[5], "#B0B0B0"
HIGH = 3.0


def draw(ax, sizes, lit=(), names=None):
    """Draw a network into matplotlib axes.

    Parameters
    ----------
    ax : matplotlib Axes
    sizes : sequence of int
        Neurons in each layer.
    lit : collection of (int, int, int)
        Edges (k, i, j) to draw strongly: from neuron j of layer k to neuron i of layer k+1, all
        counted from 1, as in the slides' W_{ij}^{(k)}.
    names : list of lists of str, or None
        What to write into each neuron, layer by layer.
    """
    lit = set(lit)
    for k in range(1, len(sizes)):
        for i in range(1, sizes[k] + 1):
            for j in range(1, sizes[k - 1] + 1):
                strong = (k, i, j) in lit
                ends = np.transpose([place(sizes, k, j), place(sizes, k + 1, i)])
                look = {"color": LIT, "linewidth": 2.5} if strong else {"color": QUIET}
                ax.plot(*ends, zorder=1 + strong, **({"linewidth": 1.0, "linestyle": "-"} | look))
    for k, size in enumerate(sizes, start=1):
        for i in range(1, size + 1):
            x, y = place(sizes, k, i)
            ax.scatter(x, y, s=620, facecolors="white", edgecolors="black", zorder=3)
            if names:
                ax.text(x, y, names[k - 1][i - 1], ha="center", va="center", zorder=4)
    ax.set(xlim=(0.5, len(sizes) + 0.5), ylim=(0, HIGH))
    ax.set_axis_off()


def place(sizes, k, i):
    """Return where neuron i of layer k stands; layer 1 is on the left, neuron 1 at the top."""
    return k, HIGH * (1 - (i - 0.5) / sizes[k - 1])

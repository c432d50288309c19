"""The course's pictures: one style, colours that colour-blind readers can tell, words beside.

Every function returns a `Figure`, whose `alt` says in words what it shows; a notebook that
shows the figure hands these words to those who do not see it. Pass `alt=` to write your own.
"""

import base64
import html
import io
import math
import sys

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.rcsetup import cycler
from matplotlib.ticker import MaxNLocator

# Okabe and Ito's palette ('Color Universal Design', 2008), the darker ones first. A colour never
# stands alone: class k always has COLOURS[k] and MARKERS[k], or COLOURS[k] and LINES[k].
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ((), (7, 3), (2, 2), (8, 3, 2, 3), (4, 2), (1, 1), (10, 4), (6, 2, 2, 2))

# For values on both sides of zero: orange below, white at zero, blue above.
DIVERGING = LinearSegmentedColormap.from_list(
    "orange_blue", ["#7A3500", "#D55E00", "#F3B98A", "#FFFFFF", "#8FC1E3", "#0072B2", "#003A5C"]
)

STYLE = {
    "axes.prop_cycle": cycler(color=COLOURS, linestyle=["-", *((0, dash) for dash in LINES[1:])]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "font.size": 10.5,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.0,
    "legend.frameon": False,
    "figure.dpi": 100,
    "image.interpolation": "nearest",
}


class Figure(MatplotlibFigure):
    """A matplotlib figure that carries its alternative text into the notebook."""

    alt = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        image = io.BytesIO()
        self.savefig(image, format="png", bbox_inches="tight", metadata={"Software": None})
        png = base64.b64encode(image.getvalue()).decode()
        # JupyterLab shows HTML rather than PNG, and gives a bare PNG no alternative text.
        tag = f'<img src="data:image/png;base64,{png}" alt="{html.escape(self.alt)}">'
        data = {"text/html": tag, "image/png": png, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


def use_style():
    """Give every matplotlib picture of this notebook the course's style."""
    rcParams.update(STYLE)


@rc_context(STYLE)
def figure(rows=1, columns=1, size=(5.0, 4.0), alt=""):
    """Return a `Figure` with a grid of axes, in the course's style.

    Parameters
    ----------
    rows, columns : int
    size : (float, float)
        Width and height in inches.
    alt : str
        What the picture shows, in words.

    Returns
    -------
    Figure
        Its axes are `figure.axes`, row by row.
    """
    fig = Figure(figsize=size, layout="constrained")
    fig.subplots(rows, columns)
    fig.alt = alt
    return fig


def palette():
    """Return colours, marker names and dashes as plain values, for a view's canvas."""
    return {"colours": list(COLOURS), "markers": list(MARKERS), "dashes": list(map(list, LINES))}


@rc_context(STYLE)
def points(X, y, *, extent=None, title="", ax=None, alt=""):
    """Draw points of the plane, each class with its own colour and marker.

    Parameters
    ----------
    X, y : arrays of shape (N, 2) and (N,)
    extent : float or None
        The picture reaches from -extent to extent; None fits it to X.
    title : str
    ax : matplotlib Axes or None
        Draw here instead of in a figure of its own.
    alt : str
        Alternative text; a description is made if it is empty.

    Returns
    -------
    Figure
    """
    X, y = np.asarray(X), np.asarray(y)
    fig, ax = _place(ax, size=(4.4, 4.2))
    classes = np.unique(y)
    for k in classes:
        _scatter(ax, X[y == k], k, label=f"class {k}")
    _frame_plane(ax, _extent(X) if extent is None else extent, title)
    ax.legend(loc="upper right", frameon=True)
    return _described(fig, alt or f"{len(X)} points of {len(classes)} classes in the plane.")


@rc_context(STYLE)
def decision_regions(
    model, X=None, y=None, *, extent=None, lines=True, shade=True, title="", ax=None, alt=""
):
    """Draw which class a model predicts in every place of the plane.

    Parameters
    ----------
    model : with `predict` and `predict_proba`, for points in the plane
        For a linear classifier, with `W` and `b`, each class's line of zero score is drawn, and
        its row of W as an arrow from there.
    X, y : arrays of shape (N, 2) and (N,), or None
        Points to draw; those predicted wrongly are hollow.
    extent : float or None
        The picture reaches from -extent to extent; None fits it to X.
    lines : bool
        Whether to draw the zero-score lines.
    shade : bool
        Whether a region is stronger where its class is more probable.
    title : str
    ax : matplotlib Axes or None
        Draw here instead of in a figure of its own.
    alt : str
        Alternative text; a description is made if it is empty.

    Returns
    -------
    Figure
    """
    extent = _extent(X) if extent is None else extent
    fig, ax = _place(ax, size=(4.6, 4.4))
    labels, strength = class_grid(model, extent, resolution=200)
    strength = strength if shade else np.full_like(strength, 200)
    box = (-extent, extent, -extent, extent)
    ax.imshow(_tinted(labels, strength), extent=box, origin="lower", aspect="equal")
    ax.grid(False)
    n_lines = _draw_zero_lines(model, extent, ax) if lines and hasattr(model, "W") else 0
    words = f"Regions of {len(np.unique(labels))} predicted classes in the plane"
    words += f", with {n_lines} lines of zero score" if n_lines else ""
    if X is not None:
        right = _draw_points(model, np.asarray(X), np.asarray(y), ax)
        words += f", and {len(X)} points, {right} of them predicted rightly"
    _frame_plane(ax, extent, title)
    return _described(fig, alt or f"{words}.")


def class_grid(model, extent, resolution):
    """Return the class predicted in each cell of a square grid, and how surely.

    Parameters
    ----------
    model : with `predict` and `predict_proba`, for points in the plane
    extent : float
        The square reaches from -extent to extent; the first row is the lowest.
    resolution : int

    Returns
    -------
    labels : uint8 array of shape (resolution, resolution)
    strength : uint8 array of the same shape
        From 0, where all classes are equally probable, to 255, where one is certain.
    """
    centres = extent * (2 * (np.arange(resolution) + 0.5) / resolution - 1)
    points = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    probabilities = model.predict_proba(points)
    labels = probabilities.argmax(axis=1)
    even = 1 / probabilities.shape[1]
    strength = (probabilities.max(axis=1) - even) / (1 - even) * 255
    shape = resolution, resolution
    return labels.astype(np.uint8).reshape(shape), strength.astype(np.uint8).reshape(shape)


def nice_limit(value):
    """Return a round number at least as large as value: the end of an axis that seldom changes.

    Parameters
    ----------
    value : float
        The largest size that the axis must reach.

    Returns
    -------
    float
        1, 1.5, 2, 3, 5 or 7 times a power of ten; 1 where value is 0, tiny or not finite.
    """
    if not 1e-300 < value < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 3, 5, 7, 10)
    limit = next(power * step for step in steps if value <= power * step * (1 + 1e-9))
    return min(limit, sys.float_info.max)


def zero_score_line(w, b, extent):
    """Return the two ends of the line w·x + b = 0 inside a square, or None if it misses it.

    Parameters
    ----------
    w : array of shape (2,)
    b : float
    extent : float
        The square reaches from -extent to extent.

    Returns
    -------
    array of shape (2, 2), one end a row, or None
    """
    w, b = [float(value) for value in w], float(b)
    ends = []
    for fixed, free in ((0, 1), (1, 0)):
        if w[free] == 0:
            continue
        for border in (-extent, extent):
            along = -(b + w[fixed] * border) / w[free]
            if abs(along) <= extent:
                ends.append((border, along) if fixed == 0 else (along, border))
    if len(ends) < 2:
        return None
    ends = np.array(ends)
    # A line through a corner meets two borders there: keep the two ends furthest apart.
    far = np.linalg.norm(ends - ends[0], axis=1).argmax()
    return ends[[0, far]]


def row_arrow(w, ends, extent):
    """Return foot and tip of the arrow that shows a row of W on its zero-score line.

    Parameters
    ----------
    w : array of shape (2,)
    ends : array of shape (2, 2)
        The line, as `zero_score_line` gives it.
    extent : float

    Returns
    -------
    foot, tip : arrays of shape (2,)
        The arrow is as long as w, but at most 0.6 · extent.
    """
    foot = ends.mean(axis=0)
    return foot, foot + w * min(1.0, 0.6 * extent / np.linalg.norm(w))


def widest_plane(A, like):
    """Return the plane in which points of many dimensions are spread most, turned to look familiar.

    The plane is that of the first two principal components (Pearson, 1901). Within it, the
    directions are turned, and if need be mirrored, so that the points lie as close as they can to
    those in like (the orthogonal Procrustes problem): a picture of it does not jump about while
    the points change slowly.

    Parameters
    ----------
    A : array of shape (N, H), H at least 2
    like : array of shape (N, 2)
        The same points where the reader knows them.

    Returns
    -------
    centre : array of shape (H,)
        The points' mean.
    directions : array of shape (H, 2)
        Orthogonal columns of length 1: ``(A - centre) @ directions`` are the places in the plane.
    share : float
        How much of the points' variance the plane shows, 0 to 1; 1 where there is none.
    """
    A, like = np.asarray(A, np.float64), np.asarray(like, np.float64)
    centre = A.mean(axis=0)
    variances, components = np.linalg.eigh((A - centre).T @ (A - centre))
    widest = components[:, -2:]
    u, _, vt = np.linalg.svd(((A - centre) @ widest).T @ (like - like.mean(axis=0)))
    total = variances.sum()
    share = float(variances[-2:].sum() / total) if total > 0 else 1.0
    return centre, widest @ u @ vt, min(share, 1.0)


@rc_context(STYLE)
def templates(W, shape=None, titles=None, *, columns=5, title="", alt=""):
    """Draw the rows of a weight matrix as images: blue raises a score, orange lowers it.

    Parameters
    ----------
    W : array of shape (K, D)
    shape : (int, int) or None
        Height and width of an image; None for square ones.
    titles : sequence or None
        The titles of the images; the row's number if None.
    columns : int
        Images in a row of the figure.
    title, alt : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the rows of W do not have height · width entries.
    """
    W = _as_images("W", W, shape)
    limit = np.abs(W).max() or 1.0  # one scale for all images, with zero in its middle
    titles = range(len(W)) if titles is None else titles
    fig, drawn = _image_grid(W, titles, columns, cmap=DIVERGING, vmin=-limit, vmax=limit)
    fig.colorbar(drawn, ax=fig.axes, shrink=0.8, label="weight")
    fig.suptitle(title)
    words = f"The {len(W)} rows of a weight matrix, each as an image"
    return _described(fig, alt or f"{words}: blue raises the class's score, orange lowers it.")


@rc_context(STYLE)
def images(X, titles=None, *, shape=None, columns=5, title="", alt=""):
    """Draw images in rows, ink dark on white.

    Parameters
    ----------
    X : array of shape (N, D) or (N, height, width)
    titles : sequence or None
        What to write above each image, such as its label.
    shape : (int, int) or None
        Height and width of an image; None for square ones.
    columns : int
        Images in a row of the figure.
    title, alt : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the rows of X do not have height · width entries.
    """
    X = _as_images("X", X, shape)
    titles = [""] * len(X) if titles is None else titles
    fig, _ = _image_grid(X, titles, columns, cmap="gray_r")
    fig.suptitle(title)
    named = "; their titles: " + ", ".join(map(str, titles)) if any(map(str, titles)) else ""
    return _described(fig, alt or f"{len(X)} images{named}.")


@rc_context(STYLE)
def orientations(image, histograms, *, title="", ax=None, alt=""):
    """Draw how much edge an image has in each direction, cell by cell, as strokes on the image.

    Parameters
    ----------
    image : array of shape (height, width) or (D,)
        A square one if it has shape (D,).
    histograms : array of shape (rows, columns, n_bins)
        One image of `nnlib.features.orientation_histograms`.
    title : str
    ax : matplotlib Axes or None
        Draw here instead of in a figure of its own.
    alt : str
        Alternative text; a description is made if it is empty.

    Returns
    -------
    Figure
        A stroke lies along the edge, at a right angle to the gradient; the longest of all fills
        its cell.
    """
    image, histograms = np.asarray(image), np.asarray(histograms)
    if image.ndim == 1:
        image = _as_images("image", image[None], None)[0]
    rows, columns, n_bins = histograms.shape
    height, width = image.shape
    fig, ax = _place(ax, size=(4.2, 4.2))
    ax.imshow(image, cmap="gray_r", alpha=0.3)
    for line in range(columns + 1):
        ax.axvline(line * width / columns - 0.5, color="0.85", linewidth=0.8)
    for line in range(rows + 1):
        ax.axhline(line * height / rows - 0.5, color="0.85", linewidth=0.8)
    angles = np.pi * np.arange(n_bins) / n_bins + np.pi / 2  # of the edges, not the gradients
    along = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    reach = histograms[..., None] / (histograms.max() or 1) * along
    reach *= np.array([width / columns, height / rows]) / 2
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    centres = np.stack([x * width / columns, y * height / rows], axis=-1)[..., None, :] - 0.5
    strokes = np.stack([centres - reach, centres + reach], axis=-2).reshape(-1, 2, 2)
    ax.add_collection(LineCollection(strokes, colors=COLOURS[0], linewidths=1.6))
    ax.set_axis_off()
    ax.set_title(title)
    words = f"An image in {rows} by {columns} cells; in each, strokes along its edges"
    return _described(fig, alt or f"{words}: the longer, the more edge in that direction.")


@rc_context(STYLE)
def curves(history, *, title="", alt=""):
    """Draw loss and accuracy against epochs.

    Parameters
    ----------
    history : nnlib.train.History, or dict of lists
        Names with 'loss' go into the left picture, names with 'accuracy' into the right one.
    title, alt : str

    Returns
    -------
    Figure
    """
    kinds = {
        kind: [name for name in history.keys() if kind in name]  # noqa: SIM118 (History has no __iter__)
        for kind in ("loss", "accuracy")
    }
    kinds = {kind: names for kind, names in kinds.items() if names}
    if not kinds:
        raise ValueError("history has no list with 'loss' or 'accuracy' in its name to draw.")
    fig = figure(1, len(kinds), size=(4.4 * len(kinds), 3.2))
    words = []
    for ax, (kind, names) in zip(fig.axes, kinds.items(), strict=True):
        for index, name in enumerate(names):
            values = history[name]
            epochs = np.arange(1, len(values) + 1)
            marker = MARKERS[index] if len(values) <= 30 else None
            ax.plot(epochs, values, label=name.replace("_", " "), marker=marker)
            words.append(f"{name.replace('_', ' ')} goes from {values[0]:.3g} to {values[-1]:.3g}")
        ax.set(xlabel="epoch", ylabel=kind)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend()
    fig.suptitle(title)
    epochs = max(len(history[name]) for names in kinds.values() for name in names)
    return _described(fig, alt or f"Curves over {epochs} epochs: {'; '.join(words)}.")


def _place(ax, size):
    """The axes to draw into and their figure; a new figure if there are none."""
    if ax is not None:
        return ax.figure, ax
    fig = figure(size=size)
    return fig, fig.axes[0]


def _described(fig, words):
    """Give a figure its alternative text, after that of pictures drawn in it before."""
    before = getattr(fig, "alt", "")
    fig.alt = f"{before} {words}" if before else words
    return fig


def _as_images(name, rows, shape):
    """The rows of a matrix as images, or say why they cannot be."""
    rows = np.asarray(rows)
    if rows.ndim == 3:
        return rows
    side = math.isqrt(rows.shape[-1])
    height, width = (side, side) if shape is None else shape
    if rows.ndim != 2 or rows.shape[1] != height * width:
        likely = "" if shape else " Give shape=(height, width) if the images are not square."
        raise ValueError(
            f"{name} must have shape (N, {height * width}) for images of {height}×{width}; "
            f"it has shape {rows.shape}.{likely}"
        )
    return rows.reshape(-1, height, width)


def _image_grid(pictures, titles, columns, **options):
    """A figure with one picture in each of its axes, and the last picture drawn."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    fig = figure(rows, columns, size=(1.5 * columns + 0.8, 1.6 * rows + 0.4))
    for ax in fig.axes:
        ax.set_axis_off()
    for ax, picture, title in zip(fig.axes, pictures, titles, strict=False):
        drawn = ax.imshow(picture, **options)
        ax.set_title(title, loc="center", fontsize=10.5, fontweight="normal")
    return fig, drawn


def _frame_plane(ax, extent, title):
    ax.set(xlim=(-extent, extent), ylim=(-extent, extent), xlabel="$x_1$", ylabel="$x_2$")
    ax.set_aspect("equal")
    ax.set_title(title)


def _extent(X):
    if X is None:
        raise ValueError("extent is needed where there are no points X to fit it to.")
    return 1.1 * float(np.abs(X).max())


def _tinted(labels, strength):
    """Class colours mixed with white: the surer, the stronger."""
    colours = np.array([to_rgb(colour) for colour in COLOURS])[labels]
    share = (0.15 + 0.4 * strength / 255)[..., None]
    return share * colours + (1 - share)


def _draw_zero_lines(model, extent, ax):
    """Draw each class's zero-score line, and its row of W as an arrow from there."""
    drawn = 0
    for k, (w, b) in enumerate(zip(model.W, model.b, strict=True)):
        ends = zero_score_line(w, b, extent)
        if ends is None:
            continue
        drawn += 1
        line = (0, LINES[k]) if LINES[k] else "-"
        ax.plot(*ends.T, color=COLOURS[k], linestyle=line, label=f"$s_{k} = 0$")
        foot, tip = row_arrow(w, ends, extent)
        arrow = {"arrowstyle": "-|>", "color": COLOURS[k], "linewidth": 2.2, "shrinkA": 0}
        ax.annotate("", xy=tip, xytext=foot, arrowprops=arrow)
    if drawn:
        ax.legend(loc="upper right", frameon=True, handlelength=3)
    return drawn


def _draw_points(model, X, y, ax):
    """Draw points, hollow where predicted wrongly; returns how many are right."""
    right = model.predict(X) == y
    for k in np.unique(y):
        _scatter(ax, X[(y == k) & right], k)
        _scatter(ax, X[(y == k) & ~right], k, facecolors="white", edgecolors=COLOURS[k])
    return int(right.sum())


def _scatter(ax, X, k, **options):
    look = {"facecolors": COLOURS[k], "edgecolors": "black", "linewidths": 0.7} | options
    if "facecolors" in options:
        look["linewidths"] = 1.8
    ax.scatter(*X.T, marker=MARKERS[k], zorder=3, **look)

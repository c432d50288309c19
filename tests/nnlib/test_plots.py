"""Plots: they draw what the model says, and say it in words."""

import base64
import itertools
import math

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnlib import SGD, LinearClassifier, data, plots

finite = st.floats(-5, 5)


@pytest.fixture(scope="module")
def trained():
    X, y = data.blobs(n_per_class=10)
    model = LinearClassifier(2, 3)
    history = model.fit(X, y, epochs=20, optimizer=SGD(lr=1.0))
    return model, X, y, history


def test_colours_are_distinct_and_never_alone():
    assert len(set(plots.COLOURS)) == 8 == len(set(plots.MARKERS)) == len(set(plots.LINES))


@given(finite, finite, finite, st.floats(0.5, 4))
def test_zero_score_line_is_where_the_score_is_zero(w1, w2, b, extent):
    w = np.array([w1, w2])
    assume(np.abs(w).max() > 1e-3)
    ends = plots.zero_score_line(w, b, extent)
    distance = abs(b) / np.linalg.norm(w)
    if ends is None:
        assert distance > extent * 0.999
        return
    assert distance <= extent * math.sqrt(2) * 1.001
    np.testing.assert_allclose(ends @ w + b, 0, atol=1e-6 * (1 + np.abs(w).max() * extent))
    assert np.abs(ends).max() <= extent * (1 + 1e-9)
    np.testing.assert_allclose(np.abs(ends).max(axis=1), extent, rtol=1e-9)


def test_zero_score_line_of_zero_weights_is_none():
    assert plots.zero_score_line(np.zeros(2), 1.0, 2.0) is None
    assert plots.zero_score_line(np.zeros(2), 0.0, 2.0) is None


def test_row_arrow_is_the_row_unless_it_is_too_long():
    ends = np.array([[0.0, -1.0], [0.0, 1.0]])
    foot, tip = plots.row_arrow(np.array([0.3, 0.0]), ends, 1.0)
    np.testing.assert_allclose([foot, tip], [[0, 0], [0.3, 0]])
    foot, tip = plots.row_arrow(np.array([30.0, 0.0]), ends, 1.0)
    np.testing.assert_allclose([foot, tip], [[0, 0], [0.6, 0]])


def test_class_grid_is_what_the_model_predicts(trained):
    model = trained[0]
    labels, strength = plots.class_grid(model, 2.0, 40)
    assert labels.shape == strength.shape == (40, 40)
    for row, column in itertools.product([0, 13, 39], repeat=2):
        centre = np.array([[column, row]]) / 10 - 2 + 0.05
        assert labels[row, column] == model.predict(centre)[0]
        share = (model.predict_proba(centre).max() - 1 / 3) / (2 / 3)
        assert abs(strength[row, column] - 255 * share) <= 1


@given(st.floats(1e-290, 1e308))
def test_nice_limit_reaches_the_value_and_not_much_more(value):
    limit = plots.nice_limit(value)
    assert limit * (1 + 1e-8) >= value
    assert limit / 1.7 <= value


@pytest.mark.parametrize("value", [0.0, math.inf, math.nan, 5e-324])
def test_nice_limit_of_odd_values(value):
    assert plots.nice_limit(value) == 1.0


def test_decision_regions_draws_lines_points_and_words(trained):
    model, X, y, _ = trained
    fig = plots.decision_regions(model, X, y, title="Groups")
    ax = fig.axes[0]
    assert len(ax.lines) == 3
    assert ax.get_title(loc="left") == "Groups"
    assert sum(len(c.get_offsets()) for c in ax.collections) == 30
    assert "30 points, 30 of them predicted rightly" in fig.alt
    assert not plots.decision_regions(model, X, y, lines=False).axes[0].lines


def test_decision_regions_needs_points_or_an_extent(trained):
    with pytest.raises(ValueError, match="extent is needed"):
        plots.decision_regions(trained[0])
    assert plots.decision_regions(trained[0], extent=2).alt


def test_decision_regions_draws_into_axes_of_others(trained):
    model, X, y, _ = trained
    fig = plots.figure(1, 2, alt="Two pictures.")
    assert plots.decision_regions(model, X, y, ax=fig.axes[1]) is fig
    assert fig.axes[1].lines
    assert not fig.axes[0].lines
    assert fig.alt.startswith("Two pictures. Regions of")


def test_points_draws_each_class_with_its_marker():
    X, y = data.blobs(n_per_class=5, n_classes=4)
    fig = plots.points(X, y)
    assert len(fig.axes[0].collections) == 4
    assert fig.alt == "20 points of 4 classes in the plane."


def test_templates_share_one_scale_with_zero_in_the_middle(rng):
    W = rng.normal(size=(3, 16))
    fig = plots.templates(W)
    drawn = [ax.images[0] for ax in fig.axes if ax.images]
    assert len(drawn) == 3
    for image, row in zip(drawn, W, strict=True):
        np.testing.assert_array_equal(image.get_array(), row.reshape(4, 4))
        assert image.get_clim() == (-np.abs(W).max(), np.abs(W).max())
    middle = plots.DIVERGING(0.5)
    np.testing.assert_allclose(middle[:3], 1, atol=0.02)


def test_templates_of_zeros_and_of_other_shapes():
    assert plots.templates(np.zeros((2, 6)), shape=(2, 3)).alt
    with pytest.raises(ValueError, match=r"W must have shape \(N, 4\) .* has shape \(2, 6\)"):
        plots.templates(np.zeros((2, 6)))


def test_images_shows_titles_and_tells_them():
    X = np.zeros((7, 9), np.uint8)
    fig = plots.images(X, titles=list("abcdefg"), columns=3)
    assert [ax.get_title() for ax in fig.axes[:7]] == list("abcdefg")
    assert fig.alt == "7 images; their titles: a, b, c, d, e, f, g."
    assert plots.images(np.zeros((2, 3, 5))).alt == "2 images."


def test_orientations_draws_strokes_along_the_edges_of_each_cell():
    histograms = np.zeros((2, 3, 4))
    histograms[0, 2, 0] = 2.0  # a gradient to the right: the edge stands upright
    histograms[1, 0, 2] = 1.0  # a gradient downwards: the edge lies
    fig = plots.orientations(np.zeros((8, 12)), histograms)
    strokes = np.array(fig.axes[0].collections[0].get_segments()).reshape(2, 3, 4, 2, 2)
    np.testing.assert_allclose(strokes[0, 2, 0], [[9.5, -0.5], [9.5, 3.5]], atol=1e-12)
    np.testing.assert_allclose(strokes[1, 0, 2], [[2.5, 5.5], [0.5, 5.5]], atol=1e-12)
    lengths = np.linalg.norm(strokes[..., 1, :] - strokes[..., 0, :], axis=-1)
    np.testing.assert_allclose(lengths, 2 * histograms, atol=1e-12)
    assert "2 by 3 cells" in fig.alt
    assert plots.orientations(np.zeros(16), np.zeros((2, 2, 9)), alt="mine").alt == "mine"


def test_curves_draws_losses_and_accuracies(trained):
    history = trained[3]
    fig = plots.curves(history)
    left, right = fig.axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), history["loss"])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), history["accuracy"])
    assert "Curves over 20 epochs: loss goes from" in fig.alt
    assert len(plots.curves({"loss": [1.0, 0.5]}).axes) == 1
    with pytest.raises(ValueError, match="no list with 'loss' or 'accuracy'"):
        plots.curves({"seconds": [1.0]})


def test_own_words_replace_the_made_ones(trained):
    model, X, y, history = trained
    for fig in (
        plots.points(X, y, alt="mine"),
        plots.decision_regions(model, X, y, alt="mine"),
        plots.templates(np.zeros((2, 4)), alt="mine"),
        plots.images(np.zeros((2, 4)), alt="mine"),
        plots.curves(history, alt="mine"),
    ):
        assert fig.alt == "mine"


def test_a_figure_hands_its_words_to_the_notebook():
    bundle, metadata = plots.figure(alt="An empty <picture>.")._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == "An empty <picture>."
    assert metadata["image/png"]["alt"] == "An empty <picture>."
    # What JupyterLab shows: it gives a bare PNG no alternative text.
    assert bundle["text/html"].startswith('<img src="data:image/png;base64,')
    assert 'alt="An empty &lt;picture&gt;."' in bundle["text/html"]


def test_use_style_sets_the_courses_colours():
    with mpl.rc_context():
        plots.use_style()
        cycle = mpl.rcParams["axes.prop_cycle"].by_key()
        assert cycle["color"] == list(plots.COLOURS)
        assert len(cycle["linestyle"]) == len(plots.LINES)


def test_drawing_leaves_matplotlibs_settings_alone(trained):
    before = dict(mpl.rcParams)
    plots.curves(trained[3])
    assert dict(mpl.rcParams) == before


@given(st.integers(2, 6), st.integers(0, 100), st.floats(0.01, 10))
def test_the_widest_plane_holds_the_most_spread_and_lies_like_the_picture(n, seed, size):
    rng = np.random.default_rng(seed)
    A = size * rng.standard_normal((30, n)) @ rng.standard_normal((n, n)) + rng.standard_normal(n)
    like = rng.standard_normal((30, 2))
    centre, directions, share = plots.widest_plane(A, like)
    np.testing.assert_allclose(directions.T @ directions, np.eye(2), atol=1e-9)
    places = (A - centre) @ directions
    total = ((A - A.mean(axis=0)) ** 2).sum()
    assert (places**2).sum() == pytest.approx(share * total)
    other, _ = np.linalg.qr(rng.standard_normal((n, 2)))
    assert share * total >= (((A - centre) @ other) ** 2).sum() - 1e-9 * total
    # No turn within the plane brings the points nearer to those in like.
    turn = rng.uniform(0, 2 * math.pi)
    turned = places @ np.array(
        [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    )
    like = like - like.mean(axis=0)
    assert ((places - like) ** 2).sum() <= ((turned - like) ** 2).sum() + 1e-9 * total


def test_the_widest_plane_of_points_that_all_coincide():
    _, directions, share = plots.widest_plane(np.ones((5, 3)), np.zeros((5, 2)))
    assert share == 1
    np.testing.assert_allclose(directions.T @ directions, np.eye(2), atol=1e-12)

"""The handcrafted feature: right on images whose edges are known, and equal to plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib import data, features

pictures = arrays(np.float32, (2, 6, 9), elements=st.floats(0, 1, width=32))


def loops(image, cell, n_bins):
    """One image's histograms, pixel by pixel."""
    height, width = image.shape
    histograms = np.zeros((height // cell, width // cell, n_bins))

    def pixel(row, column):
        inside = 0 <= row < height and 0 <= column < width
        return float(image[row, column]) if inside else 0.0

    for row in range(height):
        for column in range(width):
            gx = (pixel(row, column + 1) - pixel(row, column - 1)) / 2
            gy = (pixel(row + 1, column) - pixel(row - 1, column)) / 2
            angle = math.atan2(gy, gx) % math.pi
            for k in range(n_bins):
                away = abs(angle - k * math.pi / n_bins)
                away = min(away, math.pi - away) / (math.pi / n_bins)
                share = max(0.0, 1 - away)
                histograms[row // cell, column // cell, k] += share * math.hypot(gx, gy)
    return histograms


@given(pictures, st.sampled_from([1, 3]), st.integers(2, 9))
def test_the_histograms_are_those_of_plain_loops(images, cell, n_bins):
    histograms = features.orientation_histograms(images, cell=cell, n_bins=n_bins)
    expected = [loops(image, cell, n_bins) for image in images]
    np.testing.assert_allclose(histograms, expected, atol=1e-4)


@given(pictures)
def test_the_votes_add_up_to_the_lengths_of_the_gradients(images):
    gx, gy = features.image_gradient(images)
    histograms = features.orientation_histograms(images, cell=3)
    total = np.hypot(gx, gy).sum(axis=(1, 2))
    np.testing.assert_allclose(histograms.sum(axis=(1, 2, 3)), total, rtol=1e-4, atol=1e-5)


@given(pictures)
def test_a_negative_has_the_same_edges(images):
    positive = features.orientation_histograms(images, cell=3)
    np.testing.assert_allclose(
        features.orientation_histograms(-images, cell=3), positive, atol=1e-4
    )


def test_the_gradient_of_a_slope_is_its_steepness():
    slope = np.fromfunction(lambda row, column: 2 * column - 3 * row, (5, 5))
    gx, gy = features.image_gradient(slope[None])
    assert (gx[0, :, 1:-1] == 2).all()
    assert (gy[0, 1:-1] == -3).all()


@pytest.mark.parametrize(("turned", "bin_"), [(False, 0), (True, 2)])
def test_an_edge_votes_for_its_own_direction(turned, bin_):
    image = np.zeros((8, 8))
    image[:, 4:] = 1.0  # an upright edge: the gradient points to the right
    image = image.T if turned else image
    inner = features.orientation_histograms(image[None, :], cell=2, n_bins=4)[0, 1:3, 1:3]
    assert (inner[..., bin_] > 0).all()
    assert np.delete(inner, bin_, axis=-1).max() < 1e-6


def test_a_digit_gives_1296_numbers_and_hardly_changes_with_the_ink():
    X = data.mnist()[0][0][:50]
    feature = features.hog(X)
    assert feature.shape == (50, 1296)
    assert feature.dtype == np.float32
    lengths = np.linalg.norm(feature.reshape(50, 36, 36), axis=-1)
    assert lengths.max() <= 1 + 1e-6
    faint = features.hog(X / 510)
    assert np.abs(X / 255 - X / 510).max() == 0.5
    assert np.abs(feature - faint).max() < 0.01


def test_uint8_is_scaled_and_flat_images_are_the_same():
    X, _ = data.mnist(flatten=False)[0]
    expected = features.hog(X[:3])
    np.testing.assert_array_equal(features.hog(X[:3].reshape(3, 784)), expected)
    np.testing.assert_allclose(features.hog(X[:3] / 255), expected, atol=1e-5)


def test_many_images_give_what_each_gives_alone(monkeypatch):
    X = data.mnist()[0][0][:7]
    expected = features.hog(X)
    monkeypatch.setattr(features, "CHUNK", 3)
    np.testing.assert_array_equal(features.hog(X), expected)
    assert features.hog(X[:0]).shape == (0, 1296)


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        (np.zeros((2, 28, 28)), {"cell": 5}, "cell must divide .* 28 and 28; it is 5"),
        (np.zeros((2, 28, 28)), {"block": 8}, "block must be at most 7 cells; it is 8"),
        (np.zeros((2, 28, 28)), {"cell": 0}, "cell must be a whole number"),
        (np.zeros((2, 28, 28)), {"n_bins": 2.5}, "n_bins must be a whole number"),
        (np.zeros((2, 30)), {}, r"X must have shape \(N, 25\) .* Give shape="),
        (np.zeros((2, 30)), {"shape": (4, 8)}, r"X must have shape \(N, 32\) for images of 4×8"),
        (np.zeros(784), {}, r"X must have shape \(N, D\) or \(N, height, width\)"),
    ],
)
def test_an_unfit_argument_is_named(X, options, message):
    with pytest.raises(ValueError, match=message):
        features.hog(X, **options)

"""Augmentation: pictures that look new, in the form of the old ones."""

import numpy as np
import pytest

from nnlib import SGD, LinearClassifier, data
from nnlib.data._torchvision import torchvision


@pytest.fixture(scope="module")
def few(digits):
    return digits[0][0][:40]


def dot(row, column):
    """A dark picture with one bright pixel."""
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, row, column] = 255
    return picture


def test_same_form_other_pictures(few):
    augmented = data.augment(few)
    assert augmented.shape == few.shape
    assert augmented.dtype == np.uint8
    assert all((new != old).any() for new, old in zip(augmented, few, strict=True))
    assert not few.flags.writeable  # the embedded pictures, untouched


def test_same_seed_same_pictures(few):
    np.testing.assert_array_equal(data.augment(few, seed=3), data.augment(few, seed=3))
    assert (data.augment(few, seed=3) != data.augment(few, seed=4)).any()


def test_torchs_own_random_numbers_go_on_as_before(few):
    torchvision()
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    data.augment(few[:2])
    assert torch.equal(torch.rand(3), expected)


def test_flat_and_square_pictures_are_treated_alike(few):
    square = few.reshape(-1, 28, 28)
    np.testing.assert_array_equal(data.augment(square).reshape(few.shape), data.augment(few))


def test_no_rotation_and_no_shift_change_nothing(few):
    np.testing.assert_array_equal(data.augment(few, rotation=0, shift=0), few)


def test_shift_moves_by_whole_pixels_both_ways_and_no_farther():
    X = np.repeat(dot(14, 14), 300, axis=0)
    moved = data.augment(X, rotation=0, shift=2)
    places = np.argwhere(moved == 255)
    assert len(places) == 300  # one bright pixel each, none blurred
    assert set(places[:, 1] - 14) == set(places[:, 2] - 14) == {-2, -1, 0, 1, 2}


def test_rotation_turns_about_the_centre_both_ways_and_no_farther():
    X = np.repeat(dot(14, 25) + dot(13, 25), 300, axis=0)  # a mark on the right, 11.5 away
    turned = data.augment(X, rotation=20, shift=0).astype(float)
    assert turned.sum(axis=(1, 2)).min() > 0
    rows = np.arange(28) - 13.5
    height = (turned.sum(axis=2) * rows).sum(axis=1) / turned.sum(axis=(1, 2))
    angle = np.degrees(np.arcsin(np.clip(height / 11.5, -1, 1)))
    assert -21 < angle.min() < -15
    assert 15 < angle.max() < 21


def test_colours_stay_together(rng):
    grey = rng.integers(0, 256, (6, 32, 32, 1), dtype=np.uint8)
    colour = np.repeat(grey, 3, axis=3)
    augmented = data.augment(colour)
    assert augmented.shape == colour.shape
    assert (augmented == augmented[..., :1]).all()
    np.testing.assert_array_equal(data.augment(grey), augmented[..., :1])
    flat = data.augment(colour.reshape(6, -1))
    np.testing.assert_array_equal(flat.reshape(colour.shape), augmented)


def test_a_transform_of_ones_own(few):
    torchvision()
    from torchvision.transforms import RandomHorizontalFlip

    flipped = data.augment(few, transform=RandomHorizontalFlip(p=1))
    np.testing.assert_array_equal(flipped.reshape(-1, 28, 28), few.reshape(-1, 28, 28)[..., ::-1])


def test_augmented_digits_are_still_digits(digits):
    """A classifier that never saw a turned digit still reads most, so labels stay true."""
    (X, y), _ = digits
    model = LinearClassifier(784, 10)
    model.fit(X[:5000], y[:5000], epochs=5, batch_size=50, optimizer=SGD(lr=0.1))
    plain, new = X[5000:5500], data.augment(X[5000:5500], rotation=10, shift=1)
    assert model.score(new, y[5000:5500]) > model.score(plain, y[5000:5500]) - 0.15


def test_no_pictures_no_work():
    assert data.augment(np.empty((0, 784), np.uint8)).shape == (0, 784)


@pytest.mark.parametrize(
    ("X", "options", "error", "words"),
    [
        (np.zeros((3, 784)), {}, TypeError, "uint8; it holds float64. Augment before scaling"),
        (np.zeros((3, 5), np.uint8), {}, ValueError, r"it has shape \(3, 5\)"),
        (np.zeros((28, 28), np.uint8), {}, ValueError, r"For one picture write X\[None\]"),
        (np.zeros((3, 784), np.uint8), {"rotation": -1}, ValueError, "rotation must be a number"),
        (np.zeros((3, 784), np.uint8), {"shift": -1}, ValueError, "shift must be a number"),
        (np.zeros((3, 784), np.uint8), {"shift": 29}, ValueError, "shift must be at most 28"),
        (
            np.zeros((3, 784), np.uint8),
            {"transform": lambda picture: picture / 255},
            ValueError,
            r"transform must return a torch\.uint8 picture of shape \(1, 28, 28\); "
            r"it returned torch\.float32",
        ),
        (
            np.zeros((3, 784), np.uint8),
            {"transform": lambda picture: picture[:, 2:]},
            ValueError,
            r"it returned torch\.uint8 of shape \(1, 26, 28\)",
        ),
    ],
)
def test_wrong_arguments_are_explained(X, options, error, words):
    with pytest.raises(error, match=words):
        data.augment(X, **options)

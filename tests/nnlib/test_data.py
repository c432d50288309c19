"""Data: toy sets, the embedded MNIST, batches."""

import gzip
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import data
from nnlib.data import embedded

TOYS = [data.spiral, data.blobs, data.circles, data.moons, data.xor]


@pytest.mark.parametrize("toy", TOYS)
def test_toy_sets_have_the_courses_shapes(toy):
    X, y = toy(n_per_class=30, seed=3)
    assert X.dtype == np.float32
    assert y.dtype == np.int64
    assert X.shape == (len(y), 2)
    assert (np.bincount(y) == 30).all()
    np.testing.assert_array_equal(X, toy(n_per_class=30, seed=3)[0])
    assert not np.array_equal(X, toy(n_per_class=30, seed=4)[0])


def test_what_the_toy_sets_look_like():
    X, y = data.xor(noise=0.1)
    assert ((X[:, 0] * X[:, 1] > 0) == (y == 0)).all()
    assert np.abs(X).min() >= 0.1
    X, y = data.circles(noise=0)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 0, 0.4, 1), rtol=1e-6)
    X, y = data.blobs(n_classes=4, noise=0)
    np.testing.assert_allclose(np.hypot(*X.T), 1, rtol=1e-6)
    X, y = data.spiral(n_per_class=10, noise=0)
    np.testing.assert_allclose(np.hypot(*X.T), np.tile(np.linspace(0, 1, 10), 3), atol=1e-6)
    X, y = data.moons(noise=0)
    np.testing.assert_allclose(X[y == 0], -X[y == 1], atol=1e-6)


@pytest.mark.parametrize("toy", TOYS)
def test_wrong_sizes_of_toy_sets_are_explained(toy):
    with pytest.raises(ValueError, match="n_per_class must be a whole number of at least 1"):
        toy(n_per_class=0)
    with pytest.raises(ValueError, match=r"noise must .*; it is -1"):
        toy(noise=-1)


def test_mnist_is_the_real_one(digits):
    (X, y), (X_test, y_test) = digits
    assert X.shape == (60000, 784)
    assert X_test.shape == (10000, 784)
    assert X.dtype == X_test.dtype == np.uint8
    assert y.dtype == y_test.dtype == np.int64
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y).tolist() == counts
    assert X.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert X.std() / 255 == pytest.approx(0.3081, abs=5e-5)


def test_mnist_as_images_is_the_same_memory(digits):
    (X, _), _ = data.mnist(flatten=False)
    assert X.shape == (60000, 28, 28)
    assert np.shares_memory(X, digits[0][0])
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 0


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(embedded.FOLDER, tmp_path / "mnist")
    return tmp_path / "mnist"


@pytest.mark.parametrize("name", embedded.MD5)
def test_a_missing_file_is_named(copy, name):
    (copy / f"{name}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=rf"{name}\.gz is missing\. Restore it: git"):
        data.mnist(folder=copy)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-1000])


def not_compressed(path):
    path.write_bytes(gzip.decompress(path.read_bytes()))


def garbled(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
    path.write_bytes(content)


def another_pixel(path):
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(content, 1))


@pytest.mark.parametrize("damage", [cut_short, not_compressed, garbled, another_pixel])
@pytest.mark.parametrize("name", ["train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"])
def test_a_damaged_file_is_named(copy, name, damage):
    damage(copy / f"{name}.gz")
    with pytest.raises(OSError, match=rf"{name}\.gz is damaged.*Restore it: git checkout"):
        data.mnist(folder=copy)


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 9))
def test_an_epoch_has_every_example_once(n, batch_size, seed):
    X, y = np.arange(n)[:, None], np.arange(n)
    drawn = list(data.batches(X, y, batch_size, seed))
    assert sorted(np.concatenate([y for _, y in drawn])) == list(range(n))
    assert all(len(y) == min(batch_size, n) for _, y in drawn[:-1])
    assert all((X[:, 0] == y).all() for X, y in drawn)


def test_batches_shuffle_examples_not_batch_starts(rng):
    X = y = np.arange(1000)
    first, _ = next(data.batches(X, y, 100, rng))
    assert len(np.unique(first // 100)) > 5
    again, _ = next(data.batches(X, y, 100, rng))
    assert not np.array_equal(first, again)


def test_split_keeps_each_example_once(rng):
    X = rng.normal(size=(50, 2))
    y = np.arange(50)
    (X1, y1), (X2, y2) = data.split(X, y, fraction=0.7, seed=1)
    assert len(y1) == 35
    assert sorted(np.concatenate([y1, y2])) == list(range(50))
    np.testing.assert_array_equal(X1, X[y1])
    np.testing.assert_array_equal(X2, X[y2])
    np.testing.assert_array_equal(y1, data.split(X, y, fraction=0.7, seed=1)[0][1])


def test_wrong_batches_and_splits_are_explained():
    X, y = np.zeros((5, 2)), np.zeros(5, int)
    with pytest.raises(ValueError, match="equally long; they have 5 and 4 rows"):
        next(data.batches(X, y[:4], 2, 0))
    with pytest.raises(ValueError, match="batch_size must be a whole number"):
        next(data.batches(X, y, 2.5, 0))
    with pytest.raises(ValueError, match="equally long"):
        data.split(X, y[:4])
    with pytest.raises(ValueError, match=r"fraction must leave examples on both sides; 1\.5"):
        data.split(X, y, fraction=1.5)

"""Data sets through torchvision, on small files written here; no test reaches the network."""

import gzip
import hashlib
import pickle
import socket
import subprocess
import sys

import numpy as np
import pytest

from nnlib import data
from nnlib.data import torchvision_sets
from nnlib.data._torchvision import torchvision


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("the network is unreachable")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def idx(values):
    """The bytes of an IDX file: type, number of dimensions, their sizes, the values."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.astype(np.uint8).tobytes()


def write_idx(folder, rng, compressed=False):
    """Write the four files of a data set like MNIST; return what load should give."""
    folder.mkdir(parents=True)
    parts = []
    for part, n in (("train", 12), ("t10k", 5)):
        X = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        y = rng.integers(0, 10, n)
        for kind, values in (("images-idx3", X), ("labels-idx1", y)):
            path = folder / f"{part}-{kind}-ubyte"
            if compressed:
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(idx(values)))
            else:
                path.write_bytes(idx(values))
        parts.append((X, y))
    return parts


def write_cifar10(folder, rng, monkeypatch):
    """Write the files of CIFAR-10, with their checksums; return what load should give."""
    cifar10 = torchvision().datasets.CIFAR10
    place = folder / "cifar-10-batches-py"
    place.mkdir(parents=True)

    def write(name, content):
        (place / name).write_bytes(pickle.dumps(content))
        return [name, hashlib.md5((place / name).read_bytes()).hexdigest()]

    def batch(name, n):
        X = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
        y = rng.integers(0, 10, n)
        rows = X.transpose(0, 3, 1, 2).reshape(n, -1)  # the files hold red, green, blue in turn
        return X, y, write(name, {"data": rows, "labels": y.tolist()})

    train = [batch(f"data_batch_{i}", 4) for i in range(1, 6)]
    test = batch("test_batch", 3)
    name, md5 = write("batches.meta", {"label_names": list("abcdefghij")})
    monkeypatch.setattr(cifar10, "train_list", [entry for _, _, entry in train])
    monkeypatch.setattr(cifar10, "test_list", [test[2]])
    meta = {"filename": name, "key": "label_names", "md5": md5}
    monkeypatch.setattr(cifar10, "meta", meta)
    X, y = (np.concatenate([part[i] for part in train]) for i in (0, 1))
    return [(X, y), test[:2]]


def assert_same_sets(loaded, written):
    for (X, y), (X_written, y_written) in zip(loaded, written, strict=True):
        assert X.dtype == np.uint8
        assert y.dtype == np.int64
        np.testing.assert_array_equal(X, X_written)
        np.testing.assert_array_equal(y, y_written)


@pytest.mark.parametrize(
    ("name", "place"), [("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
)
def test_grey_sets_come_in_the_form_of_mnist(name, place, tmp_path, rng):
    written = write_idx(tmp_path / place / "raw", rng)
    assert_same_sets(data.load(name, folder=tmp_path, flatten=False), written)
    flat = [(X.reshape(len(X), 784), y) for X, y in written]
    assert_same_sets(data.load(name, folder=tmp_path), flat)


def test_cifar10_comes_in_the_form_of_mnist(tmp_path, rng, monkeypatch):
    written = write_cifar10(tmp_path, rng, monkeypatch)
    assert_same_sets(data.load("cifar10", folder=tmp_path, flatten=False), written)
    flat = [(X.reshape(len(X), 3072), y) for X, y in written]
    assert_same_sets(data.load("cifar10", folder=tmp_path), flat)


def test_files_copied_here_as_they_were_published_are_unpacked(tmp_path, rng, monkeypatch):
    folder = tmp_path / "KMNIST" / "raw"
    written = write_idx(folder, rng, compressed=True)
    sums = [(path.name, hashlib.md5(path.read_bytes()).hexdigest()) for path in folder.iterdir()]
    monkeypatch.setattr(torchvision().datasets.KMNIST, "resources", sums)
    assert_same_sets(data.load("kmnist", folder=tmp_path, flatten=False), written)


def test_the_folder_may_come_from_the_environment(tmp_path, rng, monkeypatch):
    written = write_idx(tmp_path / "KMNIST" / "raw", rng)
    monkeypatch.setenv("NNLIB_DATA", str(tmp_path))
    assert_same_sets(data.load("kmnist", flatten=False), written)


def test_load_knows_the_embedded_mnist_too(digits):
    assert data.load("mnist")[0][0] is not None
    np.testing.assert_array_equal(data.load("mnist")[1][1], digits[1][1])
    assert data.load("mnist", flatten=False)[1][0].shape == (10000, 28, 28)


def test_an_unknown_name_is_told():
    with pytest.raises(ValueError, match=r"one of 'mnist', 'fashion_mnist', .*; it is 'cifar'"):
        data.load("cifar")


@pytest.mark.parametrize(
    ("name", "place", "by_hand"),
    [
        ("fashion_mnist", "FashionMNIST/raw", r"train-images-idx3-ubyte\.gz, .* from http"),
        ("kmnist", "KMNIST/raw", r"train-images-idx3-ubyte\.gz, .* from http"),
        ("cifar10", "cifar-10-batches-py", r"https.*/cifar-10-python\.tar\.gz as it is into"),
    ],
)
def test_without_network_the_error_says_what_to_do(name, place, by_hand, tmp_path):
    with pytest.raises(OSError, match=f"{name} is not in {tmp_path}/{place}, ") as caught:
        data.load(name, folder=tmp_path)
    words = str(caught.value)
    assert "downloading it failed" in words
    assert "the network is unreachable" in words
    assert f"run once data.load('{name}', folder='pictures'), copy that folder here" in words
    caught.match(by_hand)
    caught.match(r"data\.mnist\(\) always works")
    with pytest.raises(FileNotFoundError, match=f"{name} is not in .*run once"):
        data.load(name, folder=tmp_path, download=False)


def test_a_download_has_limited_patience_and_the_setting_returns(tmp_path, monkeypatch):
    seen = []

    def record(*args, **kwargs):
        seen.append(socket.getdefaulttimeout())
        raise OSError("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", record)
    monkeypatch.setattr(socket, "create_connection", record)
    with pytest.raises(OSError, match="no answer"):
        data.load("cifar10", folder=tmp_path)
    assert set(seen) == {torchvision_sets.PATIENCE}
    assert socket.getdefaulttimeout() is None


def test_half_a_file_is_reported_as_damaged(tmp_path, rng):
    write_idx(tmp_path / "KMNIST" / "raw", rng)
    path = tmp_path / "KMNIST" / "raw" / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(OSError, match=r"files of kmnist in .* are damaged .*Delete that folder"):
        data.load("kmnist", folder=tmp_path)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    root = tmp_path_factory.mktemp("unpacked")
    data.torchvision_mnist(root)
    return root


@pytest.mark.parametrize("train", [True, False])
def test_torchvision_gets_the_embedded_mnist(unpacked, digits, train):
    dataset = data.torchvision_mnist(unpacked, train=train)
    X, y = digits[0 if train else 1]
    assert isinstance(dataset, torchvision().datasets.MNIST)
    np.testing.assert_array_equal(dataset.data.numpy().reshape(len(X), -1), X)
    np.testing.assert_array_equal(dataset.targets.numpy(), y)


def test_torchvisions_transforms_and_loader_work_on_it(unpacked, digits):
    torchvision()
    import torch
    from torchvision.transforms import ToTensor

    dataset = data.torchvision_mnist(unpacked, train=False, transform=ToTensor())
    X, y = next(iter(torch.utils.data.DataLoader(dataset, batch_size=64)))
    assert X.shape == (64, 1, 28, 28)
    np.testing.assert_allclose(X.numpy().reshape(64, -1), digits[1][0][:64] / 255, rtol=1e-6)
    np.testing.assert_array_equal(y.numpy(), digits[1][1][:64])


def test_unpacking_happens_once_and_repairs_what_is_damaged(unpacked):
    files = sorted((unpacked / "MNIST" / "raw").iterdir())
    assert [file.name for file in files] == sorted(data.embedded.MD5)  # and nothing left over
    before = [file.stat().st_mtime_ns for file in files]
    data.torchvision_mnist(unpacked)
    assert [file.stat().st_mtime_ns for file in files] == before
    good = files[0].read_bytes()
    files[0].write_bytes(good[:-1])
    data.torchvision_mnist(unpacked)
    assert files[0].read_bytes() == good


def test_an_interrupted_unpacking_leaves_no_half_file(tmp_path, monkeypatch):
    def full(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(torchvision_sets.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        data.torchvision_mnist(tmp_path)
    assert list((tmp_path / "MNIST" / "raw").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    def forbidden(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(torchvision_sets.os, "replace", forbidden)
    words = r"cannot be unpacked into .*raw \(Permission denied\)\. Give root= a folder"
    with pytest.raises(PermissionError, match=words):
        data.torchvision_mnist(tmp_path)


def test_without_torchvision_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(ImportError, match=r"needs torch and torchvision.*pip install torch"):
        data.load("kmnist")
    with pytest.raises(ImportError, match="pip install torch torchvision"):
        data.torchvision_mnist()


def test_torchvision_is_imported_only_when_it_is_needed():
    code = (
        "import sys; from nnlib import data; data.load('mnist'); "
        "assert 'torch' not in sys.modules; from nnlib.data._torchvision import torchvision; "
        "assert torchvision() is torchvision(); import torchvision.transforms.v2"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)

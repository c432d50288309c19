"""Data sets through torchvision: others than MNIST as arrays, and the embedded MNIST for PyTorch.

torch and torchvision are imported inside the functions: nobody else waits for them.
"""

import contextlib
import hashlib
import os
import socket
from pathlib import Path

import numpy as np

from nnlib import _checks
from nnlib.data import embedded
from nnlib.data._torchvision import torchvision

# The name here: torchvision's class, and the folder in which it looks for the files.
SETS = {
    "fashion_mnist": ("FashionMNIST", "FashionMNIST/raw"),
    "kmnist": ("KMNIST", "KMNIST/raw"),
    "cifar10": ("CIFAR10", "cifar-10-batches-py"),
}
PATIENCE = 20  # seconds without an answer, after which a download is given up


def load(name, flatten=True, folder=None, download=True):
    """Load a data set of small pictures in ten classes, in the form of `mnist`.

    Parameters
    ----------
    name : {"mnist", "fashion_mnist", "kmnist", "cifar10"}
        Handwritten digits (these come with the course), clothes, old Japanese letters
        (28×28 grey pixels each), and photographs (32×32 pixels in red, green and blue).
    flatten : bool
        True gives each picture as a row of pixels, False as 28×28 or 32×32×3.
    folder : path
        Where the files are, or will be; the default is the environment variable NNLIB_DATA,
        or else .cache/nnlib in your home folder.
    download : bool
        Whether to download missing files (30 MB; cifar10: 170 MB). It happens once.

    Returns
    -------
    (X_train, y_train), (X_test, y_test)
        X: uint8 pixels 0..255, one row a picture; y: int64 labels 0..9.

    Raises
    ------
    ValueError
        If the name is not one of these.
    OSError
        If the files are missing and cannot be downloaded, or are damaged; it says what to do.
    ImportError
        If torchvision is not installed.
    """
    _checks.one_of("name", name, ("mnist", *SETS))
    if name == "mnist":
        return embedded.mnist(flatten=flatten)
    folder = Path(folder or _default_folder())
    train, test = (_arrays(name, folder, train, download) for train in (True, False))
    if flatten:
        return tuple((X.reshape(len(X), -1), y) for X, y in (train, test))
    return train, test


def torchvision_mnist(root=None, train=True, transform=None):
    """Give the MNIST that comes with the course as torchvision's data set; nothing is fetched.

    The files are unpacked once, 55 MB, into the folder that torchvision expects.

    Parameters
    ----------
    root : path
        The folder to unpack into; the default is as in `load`.
    train : bool
        True gives the 60,000 training pictures, False the 10,000 test pictures.
    transform : callable
        Applied to each picture, a PIL image: ``torchvision.transforms.ToTensor()``, say.

    Returns
    -------
    torchvision.datasets.MNIST

    Raises
    ------
    OSError
        If the folder cannot be written.
    ImportError
        If torchvision is not installed.

    Examples
    --------
    >>> digits = data.torchvision_mnist(train=False)
    >>> picture, label = digits[0]
    """
    datasets = torchvision().datasets
    root = Path(root or _default_folder())
    raw = root / "MNIST" / "raw"
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for name, md5 in embedded.MD5.items():
            _unpack(name, md5, raw)
    except PermissionError as error:
        raise PermissionError(
            f"MNIST cannot be unpacked into {raw} ({error.strerror}). Give root= a folder that "
            "you may write to."
        ) from error
    return datasets.MNIST(root, train=train, transform=transform, download=False)


def _default_folder():
    return os.environ.get("NNLIB_DATA") or Path.home() / ".cache" / "nnlib"


def _unpack(name, md5, folder):
    """Write one uncompressed file, unless it is there; a reader never sees half of it."""
    path = folder / name
    if path.exists() and _md5(path) == md5:
        return
    half = folder / f"{name}.{os.getpid()}.part"
    try:
        half.write_bytes(embedded._read(embedded.FOLDER, name, header=0))
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def _md5(path):
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _arrays(name, folder, train, download):
    """Return one part of a data set as (X, y)."""
    dataset = _read(name, folder, train)
    if dataset is None and download:
        _download(name, folder)
        dataset = _read(name, folder, train)
    if dataset is None:
        raise FileNotFoundError(f"{name} is not in {_place(name, folder)}. {_cure(name, folder)}")
    X = np.ascontiguousarray(dataset.data, dtype=np.uint8)
    return X, np.asarray(dataset.targets, dtype=np.int64)


def _read(name, folder, train):
    """Return torchvision's data set, or None if its files are missing."""
    dataset_class = _class(name)
    try:
        return dataset_class(folder, train=train, download=False)
    except Exception as error:  # torchvision does not promise which one half a file leads to
        if isinstance(error, RuntimeError) and "not found" in str(error):
            return None
        raise OSError(
            f"The files of {name} in {_place(name, folder)} are damaged ({error}). "
            "Delete that folder, and load again."
        ) from error


def _download(name, folder):
    try:
        with _patience():
            _class(name)(folder, download=True)
    except Exception as error:  # no network, no answer, a wrong checksum, a full disk
        raise OSError(
            f"{name} is not in {_place(name, folder)}, and downloading it failed ({error}). "
            f"{_cure(name, folder)}"
        ) from error


def _class(name):
    return getattr(torchvision().datasets, SETS[name][0])


def _place(name, folder):
    return folder / SETS[name][1]


def _cure(name, folder):
    """Say how to get the files."""
    dataset_class = _class(name)
    if name == "cifar10":
        by_hand = f"{dataset_class.url} as it is into {folder}"
    else:
        files = ", ".join(file for file, _ in dataset_class.resources)
        by_hand = f"{files} from {dataset_class.mirrors[0]} as they are into {_place(name, folder)}"
    return (
        f"On a computer with internet run once data.load({name!r}, folder='pictures'), copy that "
        f"folder here, and name it: data.load({name!r}, folder='pictures'). Or put {by_hand}, "
        f"and load again. data.mnist() always works: it comes with the course."
    )


@contextlib.contextmanager
def _patience():
    """Give up on a network that does not answer; torchvision itself would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)

"""The real MNIST, which comes with the course: nothing is fetched.

Four IDX files of handwritten digits (LeCun, Cortes, Burges), compressed; mnist/PROVENANCE.md
says where they come from and under which licence.
"""

import functools
import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "mnist"

# md5 of the uncompressed files, as published with the data set
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def mnist(flatten=True, folder=FOLDER):
    """Load the handwritten digits: 60,000 to train on, 10,000 to test with.

    Parameters
    ----------
    flatten : bool
        True gives each image as a row of 784 pixels, False as 28×28.
    folder : path
        Where the four files are.

    Returns
    -------
    (X_train, y_train), (X_test, y_test)
        X: uint8 pixels 0..255 of shape (N, 784) or (N, 28, 28); y: int64 of shape (N,).
        They are read-only and shared between calls; write into a copy: ``X = X.copy()``.

    Raises
    ------
    FileNotFoundError, OSError
        If a file is missing or damaged; the message names it.
    """
    pairs = _read_all(Path(folder))
    if flatten:
        return tuple((X.reshape(len(X), -1), y) for X, y in pairs)
    return pairs


@functools.cache
def _read_all(folder):
    pairs = []
    for part in ("train", "t10k"):
        X = _read(folder, f"{part}-images-idx3-ubyte", header=16).reshape(-1, 28, 28)
        y = _read(folder, f"{part}-labels-idx1-ubyte", header=8).astype(np.int64)
        y.flags.writeable = False
        pairs.append((X, y))
    return tuple(pairs)


def _read(folder, name, header):
    """Read the bytes behind the header of one IDX file, after comparing its checksum."""
    path = folder / f"{name}.gz"
    cure = (
        "Restore it: git checkout -- nnlib/data/mnist in a clone of the course, "
        "or install the course anew."
    )
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(f"The MNIST file {path} is missing. {cure}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise OSError(f"The MNIST file {path} is damaged ({error}). {cure}") from error
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if md5 != MD5[name]:
        raise OSError(
            f"The MNIST file {path} is damaged: its content has the md5 {md5}, "
            f"expected {MD5[name]}. {cure}"
        )
    return np.frombuffer(content, np.uint8, offset=header)

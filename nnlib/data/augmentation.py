"""More training pictures from the ones there are: each turned and moved a little."""

import math

import numpy as np

from nnlib import _checks
from nnlib.data._torchvision import torchvision


def augment(X, rotation=10.0, shift=2, seed=0, transform=None):
    """Turn and move each picture at random, a little: it looks new, and its label stays true.

    Another seed gives other pictures. To train on three times as many::

        X3 = np.concatenate([X, data.augment(X, seed=1), data.augment(X, seed=2)])
        y3 = np.tile(y, 3)

    Parameters
    ----------
    X : uint8 pixels of shape (N, 784) or (N, 28, 28); other sizes, and colour
        (N, 3072) or (N, 32, 32, 3), work too
    rotation : float
        Up to how many degrees a picture is turned, either way.
    shift : int
        Up to how many pixels a picture is moved, left or right and up or down.
    seed : int
    transform : callable
        Any transform of torchvision in place of rotation and shift. It gets one picture at a
        time, a uint8 tensor of shape (1, height, width), or (3, height, width) in colour, and
        must return one of the same shape and type.

    Returns
    -------
    array of X's shape, uint8; the corners that a turn uncovers are 0

    Raises
    ------
    TypeError, ValueError
        If X holds no pixels 0..255, or its shape is not that of pictures.
    ImportError
        If torchvision is not installed.

    Notes
    -----
    About 0.1 ms a picture.
    """
    X = np.asarray(X)
    if X.dtype != np.uint8:
        raise TypeError(
            f"X must hold pixels 0..255 as uint8; it holds {X.dtype}. Augment before scaling."
        )
    height, width, colours = _picture_shape(X)
    _checks.positive("rotation", rotation, zero=True)
    _checks.positive("shift", shift, zero=True)
    if shift > min(height, width):
        raise ValueError(f"shift must be at most {min(height, width)} pixels; it is {shift!r}.")
    torchvision()  # before anything of it is imported
    import torch
    from torchvision.transforms import InterpolationMode, RandomAffine

    if transform is None:
        transform = RandomAffine(
            rotation,
            translate=(shift / width, shift / height),
            interpolation=InterpolationMode.BILINEAR,
        )
    pictures = X.reshape(-1, height, width, colours).transpose(0, 3, 1, 2)  # torch's order
    result = np.empty_like(pictures)
    with torch.random.fork_rng(devices=[]):  # torch's own random numbers go on as before
        torch.manual_seed(seed)
        for i, picture in enumerate(pictures):
            changed = transform(torch.from_numpy(picture.copy()))
            _check_picture(changed, picture.shape)
            result[i] = changed.numpy()
    return result.transpose(0, 2, 3, 1).reshape(X.shape)


def _picture_shape(X):
    """Return (height, width, colours) of the pictures in X."""
    if X.ndim == 2:
        for colours in (1, 3):
            side = math.isqrt(X.shape[1] // colours)
            if side and side * side * colours == X.shape[1]:
                return side, side, colours
    if X.ndim == 3:
        return *X.shape[1:], 1
    if X.ndim == 4 and X.shape[3] in (1, 3):
        return X.shape[1:]
    raise ValueError(
        "X must hold pictures: shape (N, 784), (N, 28, 28), or (N, 32, 32, 3) in colour; "
        f"it has shape {X.shape}. For one picture write X[None]."
    )


def _check_picture(changed, shape):
    """Refuse what a transform of one's own may return by mistake."""
    got = tuple(getattr(changed, "shape", ()))
    kind = getattr(changed, "dtype", type(changed).__name__)
    if got != shape or str(kind) != "torch.uint8":
        raise ValueError(
            f"transform must return a torch.uint8 picture of shape {shape}; it returned {kind} "
            f"of shape {got}. Leave out transforms that scale, crop or change the type."
        )

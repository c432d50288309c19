"""Arrays that the processor reads and writes at full speed.

Its widest instructions move 64 bytes at once. If an array does not start at a multiple of 64,
every one of them touches two lines of the cache, and simple operations take up to twice as
long. NumPy itself promises only 16.
"""

import math

import numpy as np

LINE = 64  # bytes
BLOCK = 2**16  # numbers


def empty(shape, dtype):
    """Return an array like `numpy.empty`, starting at a multiple of 64 bytes."""
    dtype = np.dtype(dtype)
    n_bytes = math.prod(shape) * dtype.itemsize
    raw = np.empty(n_bytes + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + n_bytes].view(dtype).reshape(shape)


def zeros(shape, dtype):
    """Return an array like `numpy.zeros`, starting at a multiple of 64 bytes."""
    array = empty(shape, dtype)
    array[...] = 0
    return array


def blocks(*vectors):
    """Cut equally long vectors into blocks that stay in the processor's cache together.

    A chain of operations on one block after the other is faster than each operation on the whole
    vectors, which would have to come from memory again every time.

    Returns
    -------
    list of tuples
        Views of each vector, and one array of the same length with room for a result between.
    """
    size = len(vectors[0])
    room = empty((min(BLOCK, size),), vectors[0].dtype)
    cut = []
    for start in range(0, size, BLOCK):
        views = [vector[start : start + BLOCK] for vector in vectors]
        cut.append((*views, room[: len(views[0])]))
    return cut

"""Data sets: toy sets in the plane, the real MNIST, and batches of them."""

from nnlib.batches import batches, split
from nnlib.data.embedded import mnist
from nnlib.data.toy import blobs, circles, moons, spiral, xor

__all__ = ["batches", "blobs", "circles", "mnist", "moons", "spiral", "split", "xor"]

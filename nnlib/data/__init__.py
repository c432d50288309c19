"""Data sets: toy sets in the plane, the real MNIST, others through torchvision, and batches."""

from nnlib.batches import batches, split
from nnlib.data.augmentation import augment
from nnlib.data.embedded import mnist
from nnlib.data.torchvision_sets import load, torchvision_mnist
from nnlib.data.toy import blobs, circles, moons, spiral, xor

__all__ = [
    "augment",
    "batches",
    "blobs",
    "circles",
    "load",
    "mnist",
    "moons",
    "spiral",
    "split",
    "torchvision_mnist",
    "xor",
]

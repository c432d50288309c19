"""One place that imports torchvision, also beside a torch that was built without its operators."""

import importlib

NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def torchvision():
    """Return the module torchvision.

    The plain torchvision wheel beside a CPU-only torch cannot load its compiled operators, and
    stops because it wants to describe two of them. The course needs only data sets and
    transforms, which are plain Python: so the two names are declared, without any code behind
    them, and the import is tried again.

    Raises
    ------
    ImportError
        If torch or torchvision is not installed, or they do not fit together in another way.
    """
    try:
        return _import()
    except ImportError as error:
        raise ImportError(
            f"This needs torch and torchvision ({error}). Install them, for instance with: "
            "pip install torch torchvision"
        ) from error


def _import():
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    import torch

    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", NMS)
    return importlib.import_module("torchvision")

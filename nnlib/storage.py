"""Networks as npz files: arrays and one line of JSON, nothing that could be executed."""

import json

import numpy as np


def save(path, kind, options, state):
    """Write a network's kind, options and parameters."""
    description = json.dumps({"kind": kind, "options": options})
    np.savez(path, description=np.array(description), **state)


def load(path, kind):
    """Read (options, state) of a network of this kind."""
    with np.load(path, allow_pickle=False) as file:
        if "description" not in file:
            raise ValueError(f"{path} holds no network of nnlib: it has no description.")
        description = json.loads(str(file["description"]))
        if description["kind"] != kind:
            raise ValueError(
                f"{path} holds a {description['kind']}, not a {kind}: "
                f"use {description['kind']}.load."
            )
        state = {name: file[name] for name in file.files if name != "description"}
    return description["options"], state

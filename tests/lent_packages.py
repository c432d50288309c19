"""Packages of this Python, shown to a new environment: it needs no download to be tried."""

import site
from pathlib import Path


def lend_packages(prefix, lent):
    """Show an environment all packages of this one, but the course itself.

    Parameters
    ----------
    prefix : Path
        Of the new environment.
    lent : Path
        A folder to make, for links to the packages.
    """
    lent.mkdir()
    for path in Path(site.getsitepackages()[0]).iterdir():
        own = path.name.startswith(("neural_networks_basics", "__editable__"))
        if not own and path.suffix != ".pth":
            (lent / path.name).symlink_to(path)
    (target,) = prefix.glob("lib/python*/site-packages")
    # First, for a new environment may bring an old setuptools.
    (target / "lent.pth").write_text(f"import sys; sys.path.insert(0, {str(lent)!r})\n")

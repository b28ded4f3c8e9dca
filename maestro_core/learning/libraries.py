"""Which libraries learned: the same rows and seed give the same numbers with the same versions only."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

LIBRARIES = ("maestro", "numpy", "pandas", "scipy", "scikit-learn", "mapie")


@cache
def libraries() -> dict[str, str]:
    """The versions of what learns, Python's own among them.

    >>> sorted(libraries())
    ['maestro', 'mapie', 'numpy', 'pandas', 'python', 'scikit-learn', 'scipy']
    """
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}

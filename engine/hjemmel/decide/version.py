"""Which engine this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def engine_version() -> str:
    """Return the version of the installed engine; ``0`` where it is run without being installed."""
    try:
        return version("hjemmel")
    except PackageNotFoundError:
        return "0"

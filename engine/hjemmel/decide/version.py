"""Which engine this is."""

from __future__ import annotations

#: The version of the engine; the package takes its own from here. Asking the installation instead
#: takes longer than deciding a hundred cases.
VERSION = "0.1.0"


def engine_version() -> str:
    """Return the version of this engine."""
    return VERSION

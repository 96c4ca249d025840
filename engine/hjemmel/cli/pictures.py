"""Files of pictures: which endings there are, and how one is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_ENDINGS = (".svg", ".html")


def ending_of(file: Path) -> str:
    """Return the ending of *file*, which says whether it is a picture or a page.

    Raises:
        UsageError: *file* has another ending.
    """
    ending = file.suffix.lower()
    if ending not in _ENDINGS:
        raise UsageError("usage-picture", file=file.name)
    return ending


def write_picture(file: Path, text: str) -> None:
    """Write *text* to *file*, in the same bytes on every system."""
    file.write_bytes(text.encode("utf-8"))

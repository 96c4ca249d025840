"""The addresses of databases: the file behind one, and one as it may be shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

#: The databases that are a file of their own.
_FILES = frozenset({"duckdb", "sqlite"})


def without_password(url: str) -> str:
    """Return *url* as it may be shown and kept: a password in it is replaced by stars."""
    before, at, after = url.rpartition("@")
    scheme, there, who = before.partition("://")
    user, colon, _ = who.partition(":")
    return f"{scheme}://{user}:***@{after}" if at and there and colon else url


def file_behind(url: str) -> Path | None:
    """Return the file that *url* names; nothing where a server, or memory alone, answers."""
    parts = urlsplit(url)
    path = f"{parts.netloc}{parts.path}"
    if parts.scheme not in _FILES or path in ("", "/", ":memory:"):
        return None
    return Path(path)

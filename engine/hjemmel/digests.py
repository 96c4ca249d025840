"""Digests, the first of them without OpenSSL, whose loading takes a quarter of Python's own.

The digests are the same. OpenSSL is several times as fast, and is loaded for the second.
"""

from __future__ import annotations

import itertools
from functools import cache

try:  # what `hashlib` has for the case that there is no OpenSSL
    from _blake2 import blake2b
except ImportError:  # another Python than CPython
    from hashlib import blake2b
try:
    from _sha2 import sha256 as _first  # type: ignore[import-not-found]  # 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256 as _first  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256 as _first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["blake2b", "sha256"]

_calls = itertools.count()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of *content* in hexadecimal digits."""
    digest = _library()(content) if next(_calls) else _first(content)
    told: str = digest.hexdigest()
    return told


@cache
def _library() -> Callable[[bytes], Any]:
    import hashlib  # noqa: PLC0415 - see above

    return hashlib.sha256

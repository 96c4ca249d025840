"""JSON without a fault, read at once; what has one is for the reader that keeps every place."""

from __future__ import annotations

import json
from functools import cache

from hjemmel.tree import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, NoReturn

_LAYOUT = b" \t\r\n"
#: Makes what a number can begin with, and what it can follow, into one of each.
_NUMBERS = bytes.maketrans(b"-123456789,[", b"0000000000::")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
#: How often the quick library was wanted in this process. To read and digest one case it is
#: wanted twice; for that it is not worth its loading.
_WANTED = {"orjson": 0}
_ENOUGH = 2


def faultless_json(raw: bytes) -> dict[str, Any] | None:
    """Return the mapping that the JSON *raw* holds, without its nulls, if there is no fault in it.

    Nothing where there is one, or might be; :func:`hjemmel.policy.load.parse_json` says which.
    It is some thirty times as fast as that, for it forgets where things stood.
    """
    if len(raw) > MAX_BYTES or b"\\u" in raw or b"\x7f" in raw:
        return None
    quick = _quickly(raw)
    if quick is not None:
        return quick
    try:
        told = _PLAIN_JSON.decode(raw.removeprefix(_MARK).decode())
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def canonical_json(data: object) -> bytes:
    """Return *data* of texts, yes and no, lists and mappings as JSON, always in the same bytes."""
    library = _library()
    if library is not None:
        try:
            return bytes(library.dumps(data, option=library.OPT_SORT_KEYS))
        except TypeError:  # such as half a character, which the library does not write
            pass
    return _CANONICAL(data).encode()


def _library() -> ModuleType | None:
    """Return orjson from the second time on that it is wanted."""
    _WANTED["orjson"] += 1
    return _loaded() if _WANTED["orjson"] > _ENOUGH else None


@cache
def _loaded() -> ModuleType:
    import orjson  # noqa: PLC0415 - see above

    return orjson


def _quickly(raw: bytes) -> dict[str, Any] | None:
    """Return the mapping that *raw* holds if the quick library shows that there is no fault in it.

    The library takes the last of two equal keys. Written out again the mapping would then be
    shorter than it was: no other way of writing the same is shorter than the library's.
    """
    library = None if b"null" in raw else _library()
    if library is None:
        return None
    try:
        told = library.loads(raw)
        written: bytes = library.dumps(told)
    except (ValueError, TypeError):  # no JSON, or deeper than the library writes
        return None
    if b":0" in written.translate(_NUMBERS):  # a number, or what is like one in a text
        return None
    if written != raw and written.translate(None, _LAYOUT) != raw.translate(None, _LAYOUT):
        return None
    return told if isinstance(told, dict) else None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError
    if None in told.values():
        return {key: value for key, value in told.items() if value is not None}
    return told


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


#: What some editors put before UTF-8.
_MARK = b"\xef\xbb\xbf"
#: No file that is read so holds a number: amounts are texts.
_PLAIN_JSON = json.JSONDecoder(
    object_pairs_hook=_without_repeats,
    parse_int=_no_number,
    parse_float=_no_number,
    parse_constant=_no_number,
)

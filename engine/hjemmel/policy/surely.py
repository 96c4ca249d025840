"""Whether data surely fits a JSON Schema, said without a library where one case is all there is.

Loading jsonschema-rs takes longer than bare Python does. For the first data of a process the
plain part of JSON Schema is followed here instead. *Surely* means: what is said to fit, fits. What
is not said to fit may fit all the same – there may be a keyword in the schema that is not known
here, or a pattern that not everybody reads alike – and is for the library to judge.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

#: What stands at the top of a schema alone, and keywords that only tell something.
_AT_TOP = frozenset({"$schema", "$id", "$defs"})
_TELLS = frozenset({"$comment", "title", "description"})
_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
_LOCAL = "#/$defs/"
#: What a pattern may hold besides letters and digits, in a class of characters and outside of one.
_IN_CLASS, _OUT_OF_CLASS = frozenset("._-"), frozenset("()[{},?*+_-\\.")


def surely_fits(data: object, schema: Mapping[str, Any]) -> bool:
    """Say whether *data* surely fits *schema*."""
    try:
        asked = {key: wanted for key, wanted in schema.items() if key not in _AT_TOP}
        return _fits(data, asked, schema.get("$defs", {}))
    except (RecursionError, LookupError, TypeError, AttributeError, re.error):
        return False  # a schema as we write none


def _fits(data: Any, schema: Mapping[str, Any], known: Mapping[str, Any]) -> bool:  # noqa: ANN401 - as JSON is
    for keyword, wanted in schema.items():
        if keyword in _TELLS:
            continue
        holds = _KEYWORDS.get(keyword)
        if holds is None or not holds(data, wanted, schema, known):
            return False
    return True


# Each says whether *data* surely has what the keyword asks. A keyword about one kind of data asks
# nothing of another kind.


def _is_type(data: Any, wanted: Any, *_: Any) -> bool:  # noqa: ANN401 - as JSON is
    names = [wanted] if isinstance(wanted, str) else wanted
    return type(data) in [_TYPES[name] for name in names if name in _TYPES]


def _refers(data: Any, wanted: str, _: Any, known: Mapping[str, Any]) -> bool:  # noqa: ANN401
    name = wanted.removeprefix(_LOCAL)
    return name != wanted and name.isidentifier() and _fits(data, known[name], known)


def _properties(data: Any, wanted: Mapping[str, Any], _: Any, known: Mapping[str, Any]) -> bool:  # noqa: ANN401
    if not isinstance(data, dict):
        return True
    return all(_fits(data[key], wanted[key], known) for key in data if key in wanted)


def _nothing_else(data: Any, wanted: Any, schema: Mapping[str, Any], _: Any) -> bool:  # noqa: ANN401
    if not isinstance(data, dict):
        return True
    return wanted is False and data.keys() <= schema.get("properties", {}).keys()


def _required(data: Any, wanted: list[str], *_: Any) -> bool:  # noqa: ANN401
    return not isinstance(data, dict) or all(key in data for key in wanted)


def _required_with(data: Any, wanted: Mapping[str, list[str]], *_: Any) -> bool:  # noqa: ANN401
    if not isinstance(data, dict):
        return True
    return all(key in data for one, keys in wanted.items() if one in data for key in keys)


def _items(data: Any, wanted: Mapping[str, Any], _: Any, known: Mapping[str, Any]) -> bool:  # noqa: ANN401
    return not isinstance(data, list) or all(_fits(each, wanted, known) for each in data)


def _at_most(kind: type[str | list[Any]]) -> Callable[..., bool]:
    return lambda data, most, *_: not isinstance(data, kind) or len(data) <= most


def _at_least(kind: type[str | list[Any]]) -> Callable[..., bool]:
    return lambda data, least, *_: not isinstance(data, kind) or len(data) >= least


def _one_of(data: Any, wanted: list[Any], *_: Any) -> bool:  # noqa: ANN401
    return isinstance(data, str) and data in wanted  # of texts alone is it clear what equals what


def _pattern(data: Any, wanted: str, *_: Any) -> bool:  # noqa: ANN401
    if not isinstance(data, str):
        return True
    whole = _whole(wanted)
    return whole is not None and whole.fullmatch(data) is not None


@cache
def _whole(pattern: str) -> re.Pattern[str] | None:
    """Return what a whole text must match, if every reader of patterns reads *pattern* alike."""
    if pattern[:1] != "^" or pattern[-1:] != "$" or not _read_alike(pattern[1:-1]):
        return None
    return re.compile(pattern[1:-1])


def _read_alike(pattern: str) -> bool:
    """Say whether *pattern* has only what means the same in every language of patterns.

    That is: letters and digits, full stops that are meant as such, classes that list
    characters, groups without a flag, and counts.
    """
    in_class = False
    for before, sign in pairwise(f"^{pattern}"):
        if before + sign in ("--", "[]", "(?", "{,"):
            return False
        allowed = _IN_CLASS if in_class else _OUT_OF_CLASS
        if in_class and sign == "]":
            in_class = False
        elif not (sign.isascii() and sign.isalnum()) and sign not in allowed:
            return False
        elif not in_class:
            if (before == "\\") != (sign == "."):
                return False
            in_class = sign == "["
    return not in_class and not pattern.endswith("\\")


_KEYWORDS: Mapping[str, Callable[[Any, Any, Mapping[str, Any], Mapping[str, Any]], bool]] = {
    "type": _is_type,
    "$ref": _refers,
    "properties": _properties,
    "additionalProperties": _nothing_else,
    "required": _required,
    "dependentRequired": _required_with,
    "items": _items,
    "maxItems": _at_most(list),
    "minItems": _at_least(list),
    "maxLength": _at_most(str),
    "minLength": _at_least(str),
    "enum": _one_of,
    "pattern": _pattern,
}

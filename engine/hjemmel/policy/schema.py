"""Tree against JSON Schema: the only door to jsonschema and jsonschema_rs.

The library's sentences never reach a person; an issue is made from what failed and where.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from itertools import groupby

from hjemmel.issues import DataNotFoundError, Issue
from hjemmel.policy.surely import surely_fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Any

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema_rs import Validator

    from hjemmel.issues import Place
    from hjemmel.tree import Node

#: More names than this do not help in a hint; fewer than this can be written out.
_MANY, _FEW = 14, 4
#: What is wrong in too high or too low a number, or too long a text or list.
_LIMITS = {
    "minItems": "too-few", "minProperties": "too-few",
    "maxItems": "too-many", "maxProperties": "too-many", "maxLength": "too-long",
    "minimum": "too-low", "maximum": "too-high",
}  # fmt: skip
#: A sentence ends at a full stop, but not at that of an abbreviation.
_SENTENCE = r"(?<! nr\.)(?<! stk\.)(?<! pkt\.)(?<! kr\.)(?<=\.) (?=[A-ZÆØÅ])"


#: The schemas that something has been held against in this process.
_ASKED: set[tuple[Path | str, str]] = set()


@cache
def load_schema(folder: Path | str, name: str) -> dict[str, Any]:
    """Return the schema *name* of the schema *folder*.

    Raises:
        DataNotFoundError: there is no such schema, or it is no JSON.
    """
    try:
        with open(os.path.join(folder, f"{name}.schema.json"), "rb") as file:
            return dict(json.loads(file.read()))
    except (OSError, ValueError, TypeError) as error:
        raise DataNotFoundError("schema-missing", schema=name) from error


@cache
def _validator(folder: Path | str, name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only for what has a fault

    return Draft202012Validator(load_schema(folder, name))


@cache
def _judge(folder: Path | str, name: str) -> Validator:
    from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 - only for what is new

    return Draft202012Validator(load_schema(folder, name))


def fits_schema(plain: Any, folder: Path | str, name: str) -> bool:  # noqa: ANN401 - data of any shape
    """Say whether *plain* data fits the schema *name*; what is wrong is another question.

    Raises:
        DataNotFoundError: there is no such schema.
    """
    if (folder, name) not in _ASKED:  # for one question the library is not worth its loading
        _ASKED.add((folder, name))
        if surely_fits(plain, load_schema(folder, name)):
            return True
    return _judge(folder, name).is_valid(plain)


def schema_issues(tree: Node, folder: Path | str, name: str) -> Iterator[Issue]:
    """Yield what in *tree* does not fit the schema *name* of the schema *folder*."""
    plain = tree.plain()
    try:
        if fits_schema(plain, folder, name):
            return
        validator = _validator(folder, name)
    except DataNotFoundError as error:
        if _expected(folder, name):
            yield Issue(code=error.key, place=tree.place, fields=error.fields)
        return
    found = sorted(validator.iter_errors(plain), key=_path)
    for _, errors in groupby(found, key=_path):
        yield from _once(_issues_at(list(errors), tree))


def _expected(folder: Path | str, name: str) -> bool:
    """Say whether there ought to be a schema *name*: a file the index may not name has none."""
    try:
        files = load_schema(folder, "index")["properties"]["files"]["properties"]
    except (DataNotFoundError, LookupError):
        return True
    return name in {*files, "index", "municipality", "case", "scenarios"}


def close_to(word: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *word* is probably meant to be, or an empty text."""
    import difflib  # noqa: PLC0415 - only for who misspells a name

    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return found[0] if found else ""


def listing(names: Iterable[str]) -> str:
    """Return *names* for a hint, or an empty text where they are too many to help."""
    known = list(names)
    return ", ".join(known) if len(known) <= _MANY else ""


def _path(error: ValidationError) -> list[str]:
    # Numbers are padded, so that they sort as numbers do.
    return [f"{one:09}" if isinstance(one, int) else one for one in error.absolute_path]


def _once(issues: Iterable[Issue]) -> Iterator[Issue]:
    """Yield each issue once: the library tells of each missing key, but not which it is."""
    seen: set[tuple[object, ...]] = set()
    for issue in issues:
        key = (issue.code, issue.place, *issue.fields.items())
        if key not in seen:
            seen.add(key)
            yield issue


def _issues_at(errors: list[ValidationError], tree: Node) -> Iterator[Issue]:
    """Yield what is wrong at one place: of what follows from the same mistake, only the first."""
    kinds = {str(error.validator) for error in errors}
    if "type" in kinds:
        errors = [error for error in errors if error.validator == "type"]
    elif "minLength" in kinds:
        errors = [error for error in errors if error.validator != "pattern"]
    issues = [issue for error in errors for issue in _issues_of(error, _Spot(error, tree))]
    meant = {issue.fields["close"] for issue in issues if issue.code == "unknown-key"}
    for issue in issues:
        # A misspelt key is not missing as well.
        if issue.code != "missing-key" or issue.fields["key"] not in meant:
            yield issue


class _Spot:
    """Where an error is: its node, the name of its key, and whether it is an element of a list."""

    def __init__(self, error: ValidationError, tree: Node) -> None:
        path = list(error.absolute_path)
        self.node = tree.at(*path) or tree
        self.is_top, self.is_element = not path, bool(path) and isinstance(path[-1], int)
        self.key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
        parent = tree.at(*path[:-1]) or tree
        # An empty value stands nowhere; its key does.
        empty = self.node.value is None and not self.is_element
        self.place = parent.key_place(self.key) if empty else self.node.place
        # What is said of all that stands below a key is said of the key.
        below_key = bool(path) and not self.is_element
        self.whole = parent.key_place(self.key) if below_key else self.node.place


def _issues_of(error: ValidationError, spot: _Spot) -> Iterator[Issue]:
    node = spot.node
    schema: Any = error.schema
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(schema, node)
        case "required":
            yield from (
                _missing(key, schema, spot.whole) for key in wanted if node.get(key) is None
            )
        case "dependentRequired":
            yield from _missing_with(wanted, schema, node)
        case "type":
            yield _wrong_type([wanted] if isinstance(wanted, str) else list(wanted), schema, spot)
        case "enum" | "const":
            yield _not_allowed(wanted if error.validator == "enum" else [wanted], spot)
        case "pattern" | "minLength" if node.is_mapping:  # from propertyNames: it is about a key
            key = str(error.instance)
            fields = {"given": key, "about": _told(schema)}
            yield Issue(code="wrong-key-form", place=node.key_place(key), fields=fields)
        case "pattern":
            fields = {"given": shown(node), "about": _told(schema)}
            yield Issue(code="wrong-form", place=spot.place, fields=fields)
        case "uniqueItems":
            yield from _repeated(spot)
        case "minLength":
            yield _empty(schema, spot)
        case "minItems" | "minProperties" if wanted == 1:
            yield _empty(schema, spot)
        case str(limit) if limit in _LIMITS:
            fields = {"key": spot.key, "limit": str(wanted)}
            place = spot.whole if node.is_mapping or node.is_list else spot.place
            yield Issue(code=_LIMITS[limit], place=place, fields=fields)
        case other:
            fields = {"key": spot.key, "rule": str(other)}
            yield Issue(code="schema-mismatch", place=spot.place, fields=fields)


def _unknown_keys(schema: Any, node: Node) -> Iterator[Issue]:  # noqa: ANN401 - a schema is JSON
    known = schema.get("properties", {})
    for key in dict(node.items()):
        if key not in known:
            free = [name for name in known if node.get(name) is None]
            fields = {"key": key, "close": close_to(key, free), "allowed": listing(known)}
            yield Issue(code="unknown-key", place=node.key_place(key), fields=fields)


def _missing(key: str, schema: Any, place: Place) -> Issue:  # noqa: ANN401 - as above
    about = _first_sentence(schema.get("properties", {}).get(key, {}).get("description", ""))
    return Issue(code="missing-key", place=place, fields={"key": key, "about": about})


def _missing_with(wanted: dict[str, list[str]], schema: Any, node: Node) -> Iterator[Issue]:  # noqa: ANN401 - as above
    told: set[str] = set()
    for other, keys in wanted.items():
        for key in keys:
            if node.get(other) is not None and node.get(key) is None and key not in told:
                told.add(key)
                fields = {**_missing(key, schema, node.place).fields, "other": other}
                yield Issue(code="missing-key-with", place=node.key_place(other), fields=fields)


def _wrong_type(wanted: list[str], schema: Any, spot: _Spot) -> Issue:  # noqa: ANN401 - as above
    node = spot.node
    if spot.is_top:
        first = next(iter(schema.get("properties", {})), "")
        return Issue(code="file-shape", place=node.place, fields={"first": first})
    if node.value is None:
        return _empty(schema, spot)
    fields = {"key": spot.key, "wanted": " ".join(f"shape-{name}" for name in wanted)}
    code = "wrong-element" if spot.is_element else "wrong-type"
    if "object" in wanted:
        needed = schema.get("required", [])
        fields["fields"] = ", ".join(f"{name}: …" for name in needed if len(needed) <= _FEW)
    return Issue(code=code, place=spot.place, fields={**fields, **instead(wanted, node)})


def instead(wanted: list[str], node: Node) -> dict[str, str]:
    """Return what could be written instead of the value of the wrong type at *node*."""
    if "array" in wanted:
        return {"instead": "instead-list"} if node.is_mapping else {"listed": shown(node)}
    if node.is_mapping or node.is_list:
        return {}
    if "boolean" in wanted:
        return {"instead": "instead-truth"}
    if "string" in wanted:
        return {"quote": shown(node)}
    number = "integer" in wanted and isinstance(node.value, str) and node.value.isdecimal()
    return {"instead": "instead-number"} if number else {}


def _not_allowed(values: Iterable[Any], spot: _Spot) -> Issue:
    allowed = [_word(value) for value in values]
    given = shown(spot.node)
    fields = {"given": given, "allowed": ", ".join(allowed), "close": close_to(given, allowed)}
    code = "not-allowed" if len(allowed) > 1 else "not-the-one-allowed"
    return Issue(code=code, place=spot.place, fields=fields)


def _repeated(spot: _Spot) -> Iterator[Issue]:
    seen: list[object] = []
    for node in spot.node.elements():
        if node.plain() in seen:
            fields = {"given": shown(node), "key": spot.key}
            yield Issue(code="repeated-element", place=node.place, fields=fields)
        seen.append(node.plain())


def _empty(schema: Any, spot: _Spot) -> Issue:  # noqa: ANN401 - as above
    if spot.is_element:
        return Issue(code="empty-element", place=spot.place, fields={"key": spot.key})
    fields = {"key": spot.key, "about": _first_sentence(schema.get("description", ""))}
    place = spot.place if isinstance(spot.node.value, str) else spot.whole
    return Issue(code="empty-value", place=place, fields=fields)


def _told(schema: Any) -> str:  # noqa: ANN401 - as above
    """Return how the schema describes the form of a text: in its title, if that says so."""
    title, description = str(schema.get("title", "")), str(schema.get("description", ""))
    says = any(mark in title for mark in (":", ",", "@", " med "))
    return _lowered(title if says else description.removesuffix("."))


def _first_sentence(text: str) -> str:
    return _lowered(re.split(_SENTENCE, text)[0].removesuffix("."))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def shown(node: Node) -> str:
    """Return the value at *node* as an author would write it; what has parts is only hinted at."""
    return "…" if node.is_list or node.is_mapping else _word(node.value)


def _word(value: object) -> str:
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)

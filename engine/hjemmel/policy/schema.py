"""Tree against JSON Schema: the only door to jsonschema.

The library's sentences never reach a person; an issue is made from what failed and where.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from hjemmel.issues import DataNotFoundError, Issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

    from hjemmel.tree import Node

_TYPE_NAMES = {
    "string": "tekst",
    "object": "felter med navn",
    "array": "en liste",
    "boolean": "true eller false",
    "integer": "et helt tal",
}


@cache
def load_schema(folder: Path, name: str) -> dict[str, Any]:
    """Return the schema *name* of the schema *folder*.

    Raises:
        DataNotFoundError: there is no such schema.
    """
    path = folder / f"{name}.schema.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataNotFoundError("schema-missing", schema=name) from error


@cache
def _validator(folder: Path, name: str) -> Draft202012Validator:
    return Draft202012Validator(load_schema(folder, name))


def schema_issues(tree: Node, folder: Path, name: str) -> Iterator[Issue]:
    """Yield what in *tree* does not fit the schema *name* of the schema *folder*."""
    for error in _validator(folder, name).iter_errors(tree.plain()):
        yield from _issues_of(error, tree)


def close_to(word: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *word* is probably meant to be, or an empty text."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return found[0] if found else ""


def _issues_of(error: ValidationError, tree: Node) -> Iterator[Issue]:
    node = tree.at(*error.absolute_path) or tree
    path = ".".join(str(step) for step in error.absolute_path)
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(error, node)
        case "required":
            # One error per missing key; the library names the key only in its sentence.
            missing = [key for key in error.validator_value if node.get(key) is None]
            for key in missing:
                yield Issue(code="missing-key", place=node.place, fields={"key": key})
        case "type":
            wanted = error.validator_value
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            words = " eller ".join(_TYPE_NAMES.get(name, name) for name in names)
            hint = "quote" if "string" in names and not (node.is_list or node.is_mapping) else ""
            fields = {
                "key": path,
                "wanted": words,
                "given": _shown(node),
                "quote": hint and _shown(node),
            }
            yield Issue(code="wrong-type", place=node.place, fields=fields)
        case "enum" | "const":
            allowed = [
                str(value)
                for value in (
                    error.validator_value if error.validator == "enum" else [error.validator_value]
                )
            ]
            fields = {
                "given": _shown(node),
                "allowed": ", ".join(allowed),
                "close": close_to(_shown(node), allowed),
            }
            yield Issue(code="not-allowed", place=node.place, fields=fields)
        case "pattern":
            fields = {"given": _shown(node), "about": str(error.schema.get("title", path))}
            yield Issue(code="wrong-form", place=node.place, fields=fields)
        case "propertyNames":
            yield Issue(
                code="wrong-form",
                place=node.key_place(str(error.instance)),
                fields={"given": str(error.instance), "about": path},
            )
        case "minItems" | "minLength" | "minProperties":
            yield Issue(code="empty-value", place=node.place, fields={"key": path})
        case "maxItems" | "maxLength" | "maximum" | "maxProperties":
            yield Issue(
                code="too-much",
                place=node.place,
                fields={"key": path, "limit": str(error.validator_value)},
            )
        case _:
            yield Issue(
                code="schema-mismatch",
                place=node.place,
                fields={"key": path, "rule": str(error.validator)},
            )


def _unknown_keys(error: ValidationError, node: Node) -> Iterator[Issue]:
    known = error.schema.get("properties", {})
    for key, _ in node.items():
        if key not in known:
            free = [name for name in known if node.get(name) is None]
            fields = {"key": key, "close": close_to(key, free)}
            yield Issue(code="unknown-key", place=node.key_place(key), fields=fields)


def _shown(node: Node) -> str:
    if node.is_list or node.is_mapping:
        return "…"
    return {True: "true", False: "false", None: "null"}.get(node.value, str(node.value))  # type: ignore[arg-type]

"""The columns of a case, read from the schema of cases: what the table holds, and of what kind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Kept for letters only; no rule reads it and no table holds it.
RECIPIENT = "recipient"
_TYPES = {"day": pa.date32(), "amount": pa.decimal128(18, 2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a case may tell: its kind and what the schema asks of its text."""

    kind: str  # truth | text | day | amount
    shortest: int = 0
    longest: int = 0
    pattern: str = ""

    def arrow(self, *, typed: bool) -> pa.DataType:
        """Return the Arrow type: the contract's, with days and amounts as texts, or their own."""
        if self.kind == "truth":
            return pa.bool_()
        return _TYPES.get(self.kind, pa.string()) if typed else pa.string()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Groups of fields, lists of elements with fields, and how long a list may be."""

    top: Mapping[str, Field]
    groups: Mapping[str, Mapping[str, Field]]
    lists: Mapping[str, Mapping[str, Field]]
    costs: Mapping[str, Mapping[str, Mapping[str, Field]]]
    longest: Mapping[str, int]
    #: Groups of professional assessments, which may stand with their evidence.
    assessed: frozenset[str]
    #: What the schema asks of each text, or list of texts, that says whom a letter is to.
    recipient: Mapping[str, Mapping[str, Any]]

    def arrow(self, *, typed: bool = False) -> pa.Schema:
        """Return the nested Arrow schema of cases in the contract's types, or in *typed* ones."""
        fields = [pa.field(name, one.arrow(typed=typed)) for name, one in self.top.items()]
        fields += [
            pa.field(name, _struct(group, typed=typed)) for name, group in self.groups.items()
        ]
        for name, element in self.lists.items():
            inner = [pa.field(key, one.arrow(typed=typed)) for key, one in element.items()]
            inner += [
                pa.field(key, _struct(one, typed=typed)) for key, one in self.costs[name].items()
            ]
            fields.append(pa.field(name, pa.list_(pa.struct(inner))))
        return pa.schema(fields)


def _struct(fields: Mapping[str, Field], *, typed: bool) -> pa.DataType:
    return pa.struct([pa.field(name, one.arrow(typed=typed)) for name, one in fields.items()])


@cache
def layout_of(schema_folder: Path) -> Layout:
    """Return the layout of the cases that the schema in *schema_folder* describes."""
    schema = json.loads((schema_folder / "case.schema.json").read_text(encoding="utf-8"))
    top: dict[str, Field] = {}
    groups: dict[str, dict[str, Field]] = {}
    lists: dict[str, dict[str, Field]] = {}
    costs: dict[str, dict[str, dict[str, Field]]] = {}
    longest: dict[str, int] = {}
    assessed: set[str] = set()
    recipient: dict[str, Any] = {}
    for name, entry in schema["properties"].items():
        if name == RECIPIENT:
            recipient = {
                key: one for key, one in entry["properties"].items()
                if key not in entry.get("dependentRequired", {}) and "enum" not in one
            }  # fmt: skip
            continue
        if entry.get("type") == "object":
            groups[name] = _fields(entry, schema)
            if any("object" in one.get("type", ()) for one in entry["properties"].values()):
                assessed.add(name)
        elif entry.get("type") == "array":
            items = entry["items"]
            lists[name] = _fields(items, schema)
            costs[name] = {
                key: _fields(one, schema)
                for key, one in items["properties"].items()
                if one.get("type") == "object"
            }
            longest[name] = entry["maxItems"]
        else:
            top[name] = _field(entry, schema)
    return Layout(
        top=top, groups=groups, lists=lists, costs=costs, longest=longest,
        assessed=frozenset(assessed), recipient=recipient,
    )  # fmt: skip


def _fields(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Field]:
    return {
        name: _field(one, schema)
        for name, one in entry["properties"].items()
        if one.get("type") != "object"
    }


def _field(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> Field:
    reference = entry.get("$ref", "").rpartition("/")[2]
    if reference:
        entry = schema["$defs"][reference]
        return Field(
            kind=reference,
            shortest=entry.get("minLength", 0),
            longest=entry.get("maxLength", 0),
            pattern=entry.get("pattern", ""),
        )
    kinds = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    if "boolean" in kinds:
        return Field(kind="truth")
    return Field(
        kind="text",
        shortest=entry.get("minLength", 0),
        longest=entry.get("maxLength", 0),
        pattern=entry.get("pattern", ""),
    )

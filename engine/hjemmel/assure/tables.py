"""Scenarios as a table: one row a case, for people who live in spreadsheets.

The columns are ``name``, ``why``, ``municipality``, facts by the paths that decisions use
(``diagnosis.confirmed``, ``wishes[w1].value``, ``previous_help`` with ``ingen`` for none) and
expectations after ``expect.`` (``expect.outcome``, ``expect.items[w1].status``,
``expect.missing_exactly`` with ``;`` between names). A reading chosen for the row stands after
``choices.``. An empty cell is a fact left out.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hjemmel.issues import DataNotFoundError, Issue, Place
from hjemmel.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hjemmel.policy.load import Loaded
    from hjemmel.tree import Scalar

ENDINGS = (".csv", ".xlsx")
_STEP = re.compile(r"(?P<name>\w+)(\[(?P<key>[^\]]+)\])?")
_PLAIN_COLUMNS = ("name", "why", "municipality")
_EXPECT, _CHOICES = "expect.", "choices."
_TRUE, _FALSE, _NONE = ("ja", "true", "sand"), ("nej", "false", "falsk"), ("ingen", "[]")
_MANY = ("missing_", "open_questions_", "duties_", "grounds_")


@dataclass(slots=True)
class _Branch:
    """A mapping or list being filled from cells."""

    place: Place
    entries: dict[str, _Branch | Node] = field(default_factory=dict)
    keyed: bool = False

    def node(self) -> Node:
        """Return what has been filled in, as a tree with places."""
        entries = {
            key: child.node() if isinstance(child, _Branch) else child
            for key, child in self.entries.items()
        }
        if self.keyed:
            return Node(tuple(entries.values()), self.place)
        return Node(entries, self.place, {key: child.place for key, child in entries.items()})


def read_table(path: Path, loaded: Loaded) -> Node | None:
    """Return the scenarios of the table *path* as a tree; issues are collected in *loaded*.

    Raises:
        DataNotFoundError: the table is a workbook and openpyxl is not installed.
    """
    rows = list(_workbook_rows(path) if path.suffix == ".xlsx" else _text_rows(path))
    loaded.lines[path.name] = [" ; ".join(str(cell or "") for cell in row) for row in rows]
    if len(rows) < 2:
        loaded.issues.append(Issue(code="table-empty", place=Place(path.name, 1, 1)))
        return None
    header = [str(cell or "").strip() for cell in rows[0]]
    issues = list(_header_issues(header, path.name))
    if issues:
        loaded.issues.extend(issues)
        return None
    scenarios = tuple(
        _scenario(header, row, path.name, number)
        for number, row in enumerate(rows[1:], 2)
        if any(cell not in (None, "") for cell in row)
    )
    place = Place(path.name, 1, 1)
    return Node({"scenarios": Node(scenarios, place)}, place)


def _text_rows(path: Path) -> Iterator[list[Any]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # what a Danish spreadsheet saves unless told otherwise
        text = raw.decode("cp1252")
    first = text.partition("\n")[0]
    yield from csv.reader(
        io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","
    )


def _workbook_rows(path: Path) -> Iterator[list[Any]]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra, only needed for workbooks
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="xlsx", file=path.name) from error
    book = load_workbook(path, read_only=True, data_only=True)
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield [_cell_text(cell) for cell in row]
    book.close()


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nej"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{Decimal(str(cell)):.2f}"
    return str(cell)


def _header_issues(header: Iterable[str], name: str) -> Iterator[Issue]:
    seen: set[str] = set()
    for at, column in enumerate(header, 1):
        place = Place(name, 1, at)
        if column in seen and column:
            yield Issue(code="duplicate-key", place=place, fields={"key": column, "line": "1"})
        seen.add(column)
    for needed in ("name", "decided_on"):
        if needed not in seen:
            yield Issue(code="missing-key", place=Place(name, 1, 1), fields={"key": needed})


def _scenario(header: list[str], row: list[Any], name: str, number: int) -> Node:
    place = Place(name, number, 1)
    scenario, case, expect = _Branch(place), _Branch(place), _Branch(place)
    for at, (column, cell) in enumerate(zip(header, row, strict=False), 1):
        text = str(cell if cell is not None else "").strip()
        if not column or not text:
            continue
        here = Place(name, number, at)
        if column in _PLAIN_COLUMNS:
            scenario.entries[column] = Node(text, here)
        elif column.startswith(_EXPECT):
            _put(expect, column.removeprefix(_EXPECT), text, here)
        elif column.startswith(_CHOICES):
            choices = scenario.entries.setdefault("choices", _Branch(place))
            assert isinstance(choices, _Branch)  # noqa: S101 - only ever made here
            choices.entries[column.removeprefix(_CHOICES)] = Node(text, here)
        else:
            _put(case, column, text, here)
    case.entries.setdefault("case", Node(f"{name}-{number}", place))
    scenario.entries["case"], scenario.entries["expect"] = case, expect
    scenario.entries.setdefault("why", Node(f"{name}:{number}", place))
    return scenario.node()


def _put(branch: _Branch, path: str, text: str, place: Place) -> None:
    steps = path.split(".")
    for step in steps[:-1]:
        branch = _below(branch, step, place)
    found = _STEP.fullmatch(steps[-1])
    if found and found["key"]:
        _below(branch, steps[-1], place)
        return
    branch.entries[steps[-1]] = _value(steps[-1], text, place)


def _below(branch: _Branch, step: str, place: Place) -> _Branch:
    found = _STEP.fullmatch(step)
    name, key = (found["name"], found["key"]) if found else (step, None)
    child = branch.entries.setdefault(name, _Branch(place, keyed=key is not None))
    if not isinstance(child, _Branch):  # `ingen` stood there, and then an element after all
        child = branch.entries[name] = _Branch(place, keyed=key is not None)
    if key is None:
        return child
    element = child.entries.setdefault(key, _Branch(place))
    assert isinstance(element, _Branch)  # noqa: S101 - elements are only ever made here
    if not key.isdigit():
        element.entries.setdefault("id", Node(key, place))
    return element


def _value(name: str, text: str, place: Place) -> Node:
    lowered = text.lower()
    if lowered in _NONE:
        return Node((), place)
    if name.startswith(_MANY):
        return Node(
            tuple(Node(one.strip(), place) for one in text.split(";") if one.strip()), place
        )
    if name == "exit" and text.isdigit():
        return Node(int(text), place)
    value: Scalar = True if lowered in _TRUE else False if lowered in _FALSE else text
    # What the contract writes as the words true and false stays words.
    return Node(text.lower() if name == "value" and isinstance(value, bool) else value, place)

"""What only a letter needs to be told: a small, typed request, never a guess.

A letter about a returned aid must know when it was bought and what the citizen paid; a notice of a
missed deadline must know the deadline. No rule reads these facts: they are not of the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hjemmel.issues import CaseInvalidError, Issue
from hjemmel.letters.errors import LetterError
from hjemmel.messages import words
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import schema_issues
from hjemmel.policy.values import unreadable_amount, unreadable_day
from hjemmel.tree import Node

#: The name a request is read by, and of its schema.
LETTER = "letter"
_DAY, _AMOUNT, _TEXT, _YES_NO = "day", "amount", "text", "yes_no"
#: What each kind of letter must be told, and of which type it is.
NEEDED: Mapping[str, Mapping[str, str]] = {
    "aid_returned": {
        "written_on": _DAY,
        "aid": _TEXT,
        "bought_on": _DAY,
        "own_payment": _AMOUNT,
        "returned_on": _DAY,
        "more_usable": _YES_NO,
    },
    "missed_deadline": {
        "written_on": _DAY,
        "deadline": _DAY,
        "expected_on": _DAY,
        "why": _TEXT,
    },
    "complaint_forwarded": {
        "written_on": _DAY,
        "complaint_received_on": _DAY,
        "complaint_in_time": _YES_NO,
        "forwarded_on": _DAY,
        "why": _TEXT,
    },
    "ordinary_casework": {"written_on": _DAY, "unit": _TEXT},
}
#: Days that must come in this order, where both are told.
_IN_ORDER = (
    ("bought_on", "returned_on"),
    ("returned_on", "written_on"),
    ("complaint_received_on", "forwarded_on"),
    ("forwarded_on", "written_on"),
    ("written_on", "expected_on"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What was told for one letter, by name: days, texts, øre, and yes or no."""

    told: Mapping[str, Any] = field(default_factory=dict)

    def need(self, kind: str) -> None:
        """Ask for what a letter of *kind* must be told and was not.

        Raises:
            LetterError: something is missing; the error asks for it.
        """
        missing = [name for name in NEEDED.get(kind, ()) if self.told.get(name) is None]
        if missing:
            asked = "".join(f"\n  {name}: {words(f'letter-asks-{name}')}" for name in missing)
            raise LetterError("letter-facts-missing", kind=kind, asked=asked)

    def day(self, name: str) -> date:
        """Return the day told as *name*."""
        day: date = self.told[name]
        return day


def read_letter_facts(source: Path | Mapping[str, Any], schemas: Path) -> LetterFacts:
    """Return what *source*, a YAML or JSON file or plain data, tells for a letter.

    Raises:
        CaseInvalidError: it cannot be read; the report lists everything that is wrong.
    """
    loaded = Loaded()
    if isinstance(source, Path):
        tree = loaded.read(source, source.name)
    else:
        import json  # noqa: PLC0415 - plain data takes the same way as a file

        tree = loaded.parse(json.dumps(source).encode(), "letter.json")
    issues: list[Issue] = []
    told: dict[str, Any] = {}
    if tree is not None and not loaded.issues:
        issues.extend(schema_issues(tree, schemas, LETTER))
        if not issues:
            told = dict(_values(tree, issues))
            issues.extend(_out_of_order(tree, told))
    report = loaded.report(issues)
    if report.errors:
        raise CaseInvalidError(report)
    return LetterFacts(told=told)


def _values(tree: Node, issues: list[Issue]) -> Iterator[tuple[str, Any]]:
    types = {name: kind for needed in NEEDED.values() for name, kind in needed.items()}
    for name, node in tree.items():
        try:
            yield name, _value(types[name], node)
        except AmountError as error:
            issues.append(unreadable_amount(node, error))
        except ValueError:
            issues.append(unreadable_day(node))


def _value(kind: str, node: Node) -> Any:  # noqa: ANN401 - told values are of many types
    if kind == _DAY:
        return date.fromisoformat(str(node.value))
    return parse_amount(str(node.value).strip()) if kind == _AMOUNT else node.value


def _out_of_order(tree: Node, told: Mapping[str, Any]) -> Iterator[Issue]:
    for first, later in _IN_ORDER:
        if first in told and later in told and told[first] > told[later]:
            fields = {"first": first, "later": later}
            node = tree.get(later)
            yield Issue(
                code="letter-days-out-of-order",
                place=node.place if node is not None else tree.place,
                fields=fields,
            )

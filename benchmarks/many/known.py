"""What the programs by hand know of the law: lists and amounts, taken once from the rules.

The logic they write themselves. What they leave out stands in :mod:`benchmarks.many.told`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from hjemmel.policy.book import RuleBook

SERVICES = ("83", "97")
OUTSIDE = ("installation", "reinstatement", "repair")
#: As many as the invented cases have at most; a program by hand need not be wider.
WISHES, LISTED = 4, 2


class Known(NamedTuple):
    """Entries of the list, what can be chosen, and the ceiling of each year in øre."""

    listed: list[str]
    ask_form: list[str]
    offered: dict[str, list[str]]
    ceilings: dict[str, int]

    @property
    def choices(self) -> list[str]:
        """Return provision and category of all that can be chosen, as one text each."""
        return [f"{provision}/{one}" for provision, all_ in self.offered.items() for one in all_]


def known_from(rules: RuleBook) -> Known:
    """Return what *rules* hold of what the programs need."""
    entries: dict[str, list[str]] = {}
    for one in _elements(rules, "diagnoses"):
        entries.setdefault(one["on_name_match"], []).append(one["id"])
    offered: dict[str, list[str]] = {}
    for one in _elements(rules, "categories"):
        offered.setdefault(one["provision"], []).append(one["id"])
    (ceiling,) = (one for one in _elements(rules, "rates") if one["id"] == "ceiling")
    years = {one["from"][:4]: 100 * int(one["amount"]) for one in ceiling["values"]}
    return Known(entries["listed"], entries["ask_form"], offered, years)


def _elements(rules: RuleBook, name: str) -> list[dict[str, Any]]:
    """Return the elements of the file *name*, which a schema has checked."""
    elements: Any = rules.tree(name).plain()
    found: list[dict[str, Any]] = elements[name]
    return found


def keep(known: Known, path: Path) -> None:
    """Write *known* to *path*, where a program reads it."""
    path.write_text(json.dumps(known._asdict()), encoding="utf-8")


def kept(path: Path) -> Known:
    """Return what was kept at *path*."""
    return Known(**json.loads(path.read_text(encoding="utf-8")))

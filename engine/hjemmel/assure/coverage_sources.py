"""The law the other way round: for each provision, what rests on it, or why nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from hjemmel.assure.coverage_rules import elements
from hjemmel.policy.checks.base import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.issues import Place
    from hjemmel.policy.book import RuleBook
    from hjemmel.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One numbered place in a source; *claims* are ids by file, *excuse* why there are none."""

    row: int
    id: str
    source: str
    at: str
    text: str
    place: Place
    claims: Mapping[str, tuple[str, ...]]
    excuse: str

    @property
    def covered(self) -> bool:
        """Say whether something rests on it or a reason stands there."""
        return bool(self.claims or self.excuse)


@dataclass(frozen=True, slots=True)
class Provisions:
    """Every numbered provision, in the order of its number."""

    listed: tuple[Provision, ...]

    @property
    def covered(self) -> int:
        """Return how many are used or excused."""
        return sum(one.covered for one in self.listed)

    @property
    def claimed(self) -> int:
        """Return how many something rests on."""
        return sum(bool(one.claims) for one in self.listed)

    @property
    def share(self) -> Fraction:
        """Return the exact share that is used or excused; all of nothing is everything."""
        return Fraction(self.covered, len(self.listed)) if self.listed else Fraction(1)


def provisions(book: RuleBook) -> Provisions:
    """Return what rests on each numbered provision of the sources of *book*."""
    claims = _claims(book)
    found = [
        _provision(source, node, claims.get(node.text("id"), {}))
        for source in elements(book.trees, "sources", "sources")
        for node in listed(source, "provisions")
        if node.get("row") is not None
    ]
    return Provisions(tuple(sorted(found, key=lambda one: one.row)))


def _provision(source: Node, node: Node, claims: Mapping[str, list[str]]) -> Provision:
    row = node.get("row")
    return Provision(
        row=row.value if row is not None and isinstance(row.value, int) else 0,
        id=node.text("id"),
        source=source.text("short") or source.text("id"),
        at=node.text("at"),
        text=node.text("text"),
        place=node.place,
        claims={file: tuple(names) for file, names in sorted(claims.items())},
        excuse=node.text("no_rule"),
    )


def _claims(book: RuleBook) -> dict[str, dict[str, list[str]]]:
    """Return the elements that rest on each provision, by file."""
    places: dict[tuple[str, str], list[str]] = {}
    for source in elements(book.trees, "sources", "sources"):
        for one in listed(source, "provisions"):
            places.setdefault((source.text("id"), one.text("at")), []).append(one.text("id"))
    found: dict[str, dict[str, list[str]]] = {}
    for name, tree in book.trees.items():
        for owner, citation in _citations(tree, "") if name != "sources" else ():
            named = citation.text("provision")
            here = places.get((citation.text("ref"), citation.text("at")), [])
            for provision in [named] if named else here:
                names = found.setdefault(provision, {}).setdefault(tree.place.file, [])
                if owner not in names:
                    names.append(owner)
    return found


def _citations(node: Node, owner: str) -> Iterator[tuple[str, Node]]:
    """Yield each citation below *node* with the id of the element it belongs to."""
    owner = node.text("id") or owner
    for citation in listed(node, "sources"):
        if citation.text("ref"):
            yield owner, citation
    for key, child in node.items():
        yield from _citations(child, owner or key)
    for child in node.elements():
        yield from _citations(child, owner)

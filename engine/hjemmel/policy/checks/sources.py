"""Citations: every one exists, none is ambiguous, and every provision has a rule or a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import listed, unknown, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from hjemmel.policy.checks.base import Rules
    from hjemmel.tree import Node


def unknown_citations(rules: Rules) -> Iterator[Issue]:
    """Report a citation of a source, place or provision that ``sources.yaml`` does not hold."""
    sources = rules.ids("sources", "sources")
    for citation in _citations(rules):
        source = sources.get(citation.text("ref"))
        if source is None:
            yield _unknown("source", citation, "ref", sources)
            continue
        places = {one.text("at"): one for one in listed(source, "provisions")}
        if citation.text("at") not in places:
            yield _unknown("place", citation, "at", places)
            continue
        here = _provisions_at(source, citation.text("at"))
        if citation.get("provision") and citation.text("provision") not in here:
            yield _unknown("provision-here", citation, "provision", here)


def ambiguous_citations(rules: Rules) -> Iterator[Issue]:
    """Report a citation of a place that holds several provisions without saying which."""
    sources = rules.ids("sources", "sources")
    for citation in _citations(rules):
        source = sources.get(citation.text("ref"))
        if source is None or citation.get("provision"):
            continue
        here = _provisions_at(source, citation.text("at"))
        if len(here) > 1:
            fields = {"at": citation.text("at"), "known": ", ".join(here)}
            yield Issue(code="ambiguous-citation", place=citation.place, fields=fields)


def unclaimed_provisions(rules: Rules) -> Iterator[Issue]:
    """Report a numbered provision that nothing rests on and that does not say why."""
    claimed = set(claims(rules))
    for source in rules.elements("sources", "sources"):
        for provision in listed(source, "provisions"):
            name, excused = provision.text("id"), provision.get("no_rule")
            if name in claimed and excused:
                yield Issue(code="provision-claimed", place=excused.place, fields={"name": name})
            if name not in claimed and not excused and provision.get("row"):
                yield Issue(
                    code="provision-unclaimed", place=provision.place, fields={"name": name}
                )


def claims(rules: Rules) -> Iterator[str]:
    """Return the id of every provision that some element cites."""
    sources = rules.ids("sources", "sources")
    for citation in _citations(rules):
        source = sources.get(citation.text("ref"))
        if citation.get("provision"):
            yield citation.text("provision")
        elif source is not None:
            yield from _provisions_at(source, citation.text("at"))


def _citations(rules: Rules) -> Iterator[Node]:
    for name, tree in rules.trees.items():
        if name == "sources":
            continue
        for node in walk(tree):
            yield from (one for one in listed(node, "sources") if one.get("ref"))


def _provisions_at(source: Node, at: str) -> list[str]:
    return [one.text("id") for one in listed(source, "provisions") if one.text("at") == at]


def _unknown(code: str, citation: Node, key: str, known: Collection[str]) -> Issue:
    child = citation.get(key) or citation
    found = unknown(code, str(child.value), known, child.place)
    return replace(found, fields={**found.fields, "ref": citation.text("ref")})

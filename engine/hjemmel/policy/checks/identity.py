"""Names: unique where they are given, existing where they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import listed, must_exist, unknown
from hjemmel.policy.compile import NONE_CHOSEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.policy.checks.base import Rules
    from hjemmel.tree import Node

#: Lists whose ids must be unique together: they are named from the same places.
_NAME_SPACES = (
    (("sources", "sources"),),
    (("facts", "facts"),),
    (("facts", "sensitivities"),),
    (("criteria", "criteria"), ("criteria", "indicators")),
    (("diagnoses", "diagnoses"),),
    (("categories", "provisions"),),
    (("categories", "outside_ceiling"),),
    (("rates", "rates"),),
    (("rates", "indices"),),
    (("decisions", "conclusions"),),
    (("outcomes", "items"), ("outcomes", "outcomes")),
    (("duties", "duties"),),
    (("readings", "readings"),),
    (("gaps", "gaps"),),
)


def repeated_ids(rules: Rules) -> Iterator[Issue]:
    """Report an id that is given twice."""
    for space in _NAME_SPACES:
        yield from _repeats(node for file, key in space for node in rules.elements(file, key))
    conclusions = rules.elements("decisions", "conclusions")
    yield from _repeats(rule for node in conclusions for rule in listed(node, "rules"))
    yield from _repeats(
        provision
        for source in rules.elements("sources", "sources")
        for provision in listed(source, "provisions")
    )
    yield from _repeated_categories(rules)


def repeated_entries(rules: Rules) -> Iterator[Issue]:
    """Report a year with two percentages, or a municipality with two rates for the same."""
    for index in rules.elements("rates", "indices"):
        seen: dict[object, Node] = {}
        for value in listed(index, "values"):
            year = value.get("year") or value
            if year.value in seen:
                fields = {"year": str(year.value), "line": str(seen[year.value].place.line)}
                yield Issue(code="duplicate-year", place=year.place, fields=fields)
            seen.setdefault(year.value, value)
    for tree in rules.municipalities.values():
        first: dict[tuple[str, ...], Node] = {}
        for rate in listed(tree.get("municipality") or tree, "rates"):
            name = tuple(rate.text(key) for key in ("provision", "category", "unit"))
            if name in first:
                fields = {"name": ", ".join(name), "line": str(first[name].place.line)}
                yield Issue(code="duplicate-rate", place=rate.place, fields=fields)
            first.setdefault(name, rate)


def _repeated_categories(rules: Rules) -> Iterator[Issue]:
    by_provision: dict[str, list[Node]] = {}
    for node in rules.elements("categories", "categories"):
        by_provision.setdefault(node.text("provision"), []).append(node)
    for nodes in by_provision.values():
        yield from _repeats(nodes)


def dangling_names(rules: Rules) -> Iterator[Issue]:
    """Report a parent, provision, index, fact, duty or rate that is named but does not exist."""
    provisions, sources = rules.ids("categories", "provisions"), rules.ids("sources", "sources")
    facts, indices = rules.ids("facts", "facts"), rules.ids("rates", "indices")
    for node in rules.elements("sources", "sources"):
        yield from must_exist(node, "supersedes", "source", sources)
        yield from must_exist(node, "superseded_by", "source", sources)
    for node in rules.elements("categories", "categories"):
        yield from must_exist(node, "provision", "provision", provisions)
    for node in facts.values():
        yield from must_exist(node, "asks", "fact", facts)
    for node in rules.elements("facts", "sensitivities"):
        consent = node.get("consent")
        if consent:
            yield from must_exist(consent, "duty", "duty", rules.ids("duties", "duties"))
    for node in rules.elements("criteria", "indicators"):
        yield from must_exist(node, "supports", "criterion", rules.ids("criteria", "criteria"))
    for node in rules.elements("rates", "rates"):
        regulation = node.get("regulation")
        if regulation:
            yield from must_exist(regulation, "index", "index", indices)
    refund = rules.trees["rates"].get("refund")
    if refund:
        yield from must_exist(refund, "floor", "rate", rules.ids("rates", "rates"))


def dangling_diagnosis_names(rules: Rules) -> Iterator[Issue]:
    """Report a diagnosis, or a source of a name or code, that is named but does not exist."""
    diagnoses = rules.ids("diagnoses", "diagnoses")
    terminology = rules.ids("diagnoses", "terminology")
    for node in rules.elements("diagnoses", "diagnoses"):
        yield from must_exist(node, "parent", "parent", diagnoses)
        for named in (*listed(node, "synonyms"), *listed(node, "codes")):
            yield from _each_exists(named, "sources", "source", terminology)
    not_confirmed = rules.trees["diagnoses"].get("not_confirmed")
    for grade in listed(not_confirmed, "grades") if not_confirmed else ():
        yield from _each_exists(grade, "entries", "parent", diagnoses)


def _each_exists(node: Node, key: str, kind: str, known: Mapping[str, Node]) -> Iterator[Issue]:
    for child in listed(node, key):
        if child.value not in known:
            yield unknown(kind, str(child.value), known, child.place)


def wrong_reading_names(rules: Rules) -> Iterator[Issue]:
    """Report a chosen or otherwise reading that the question does not have."""
    for node in rules.elements("readings", "readings"):
        readings = [key for key, _ in (node.get("readings") or node).items()]
        yield from must_exist(node, "chosen", "reading", [*readings, NONE_CHOSEN])
        yield from must_exist(node, "otherwise", "reading", readings)


def misplaced_choices(rules: Rules) -> Iterator[Issue]:
    """Report a municipality's choice of a question or reading that does not exist."""
    questions = rules.ids("readings", "readings")
    for tree in rules.municipalities.values():
        local = tree.get("municipality") or tree
        choices = local.get("choices") or local
        for name, chosen in choices.items() if local.get("choices") else ():
            if name not in questions:
                yield unknown("question", name, questions, choices.key_place(name))
                continue
            readings = [
                key for key, _ in (questions[name].get("readings") or questions[name]).items()
            ]
            if chosen.value not in (*readings, NONE_CHOSEN):
                known_readings = [*readings, NONE_CHOSEN]
                yield unknown("reading", str(chosen.value), known_readings, chosen.place)
        for rate in listed(local, "rates"):
            yield from must_exist(
                rate, "provision", "provision", rules.ids("categories", "provisions")
            )
            known = [
                node.text("id") for node in rules.elements("categories", "categories")
                if node.text("provision") == rate.text("provision")
            ]  # fmt: skip
            yield from must_exist(rate, "category", "category", known)


def _repeats(nodes: Iterable[Node]) -> Iterator[Issue]:
    seen: dict[str, Node] = {}
    for node in nodes:
        name, at = node.text("id"), node.get("id") or node
        if name in seen:
            first = seen[name].place
            fields = {"name": name, "file": first.file, "line": str(first.line)}
            yield Issue(code="duplicate-id", place=at.place, fields=fields)
        seen.setdefault(name, node)

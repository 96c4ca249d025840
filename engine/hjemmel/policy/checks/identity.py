"""Names: unique where they are given, existing where they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import listed, must_exist
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.schema import close_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.policy.checks.base import Rules
    from hjemmel.tree import Node

#: Lists whose ids must be unique together: they are named from the same places.
_NAME_SPACES = (
    (("sources", "sources"),),
    (("facts", "facts"),),
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


def _repeated_categories(rules: Rules) -> Iterator[Issue]:
    by_provision: dict[str, list[Node]] = {}
    for node in rules.elements("categories", "categories"):
        by_provision.setdefault(node.text("provision"), []).append(node)
    for nodes in by_provision.values():
        yield from _repeats(nodes)


def dangling_names(rules: Rules) -> Iterator[Issue]:
    """Report a parent, provision, index, fact or conclusion that is named but does not exist."""
    diagnoses, provisions = (
        rules.ids("diagnoses", "diagnoses"),
        rules.ids("categories", "provisions"),
    )
    facts, indices = rules.ids("facts", "facts"), rules.ids("rates", "indices")
    for node in diagnoses.values():
        yield from must_exist(node, "parent", "entry", diagnoses)
    for node in rules.elements("categories", "categories"):
        yield from must_exist(node, "provision", "provision", provisions)
    for node in facts.values():
        yield from must_exist(node, "asks", "fact", facts)
    for node in rules.elements("criteria", "indicators"):
        yield from must_exist(node, "supports", "criterion", rules.ids("criteria", "criteria"))
    for node in rules.elements("rates", "rates"):
        regulation = node.get("regulation")
        if regulation:
            yield from must_exist(regulation, "index", "index", indices)
    refund = rules.trees["rates"].get("refund")
    if refund:
        yield from must_exist(refund, "floor", "rate", rules.ids("rates", "rates"))


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
                fields = {"name": name, "close": close_to(name, questions)}
                yield Issue(code="unknown-question", place=choices.key_place(name), fields=fields)
                continue
            readings = [
                key for key, _ in (questions[name].get("readings") or questions[name]).items()
            ]
            if chosen.value not in (*readings, NONE_CHOSEN):
                fields = {"name": str(chosen.value), "close": close_to(str(chosen.value), readings)}
                yield Issue(code="unknown-reading", place=chosen.place, fields=fields)
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

"""Conditions: readable, in scope, without circles, and none of their names idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.model import LISTS_OF_A_CASE
from hjemmel.policy.checks.base import listed, walk
from hjemmel.policy.compile import names_of
from hjemmel.policy.conditions import ConditionParser
from hjemmel.policy.language import ConclusionTest, FactTest, ListTest, atoms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.issues import Place
    from hjemmel.policy.checks.base import Rules
    from hjemmel.policy.conditions import Names
    from hjemmel.policy.language import Atom, Condition
    from hjemmel.tree import Node

_WITH_CONDITIONS = (
    ("outcomes", "items", "when"), ("outcomes", "outcomes", "when"), ("duties", "duties", "when"),
    ("readings", "readings", "raised_by"), ("facts", "facts", "asked_when"),
)  # fmt: skip
#: Where a fact is looked up or calculated; what the decision gives is always known.
_WORKED_OUT = ("diagnoses", "categories", "budget")
#: Which element of a list a conclusion speaks of; a conclusion of the case speaks of none.
_ELEMENT_OF_SCOPE = {"help": "help", "grant": "grant", "wish": "wish", "granted_wish": "wish"}


def unreadable_conditions(rules: Rules) -> Iterator[Issue]:
    """Report what is wrong with each condition by itself."""
    parser = ConditionParser(names_of(rules.trees))
    for _, node in _conditions(rules):
        parser.parse(node)
    yield from parser.issues


def lists_left_out(rules: Rules) -> Iterator[Issue]:
    """Report a list of every case that the facts do not tell of: deciding goes through it."""
    names = names_of(rules.trees)
    tree = rules.trees["facts"]
    for name in LISTS_OF_A_CASE:
        if name not in names.lists:
            yield Issue(code="list-left-out", place=tree.key_place("facts"), fields={"name": name})


def unanswerable_facts(rules: Rules) -> Iterator[Issue]:
    """Report a fact that is worked out but does not say which told fact to ask for instead."""
    facts = rules.ids("facts", "facts")
    for name, node in facts.items():
        asks = node.get("asks")
        if asks is None and node.text("given_by") in _WORKED_OUT:
            place = node.key_place("given_by")
            yield Issue(code="asks-missing", place=place, fields={"name": name})
            continue
        asked = facts.get(str(asks.value)) if asks is not None else None
        if asks is not None and asked is not None and asked.get("given_by") is not None:
            yield Issue(code="asks-not-told", place=asks.place, fields={"name": str(asks.value)})


def facts_out_of_scope(rules: Rules) -> Iterator[Issue]:
    """Report a condition that speaks of an element where there is none at hand."""
    names = names_of(rules.trees)
    elements = set(names.lists.values())
    for owner, node, condition in _parsed(rules):
        scope = owner.text("scope") if owner.get("scope") else "case"
        own = _ELEMENT_OF_SCOPE.get(scope, "")
        if owner.get("status") is not None:  # the rows for wishes
            own = "wish"
        for atom in atoms_of(condition):
            spoken, key, name = _spoken_of(atom, names)
            if spoken in elements and spoken != own:
                yield Issue(
                    code="fact-out-of-scope",
                    place=_place_of(node, key, name),
                    fields={"element": spoken, "scope": own or "case"},
                )


def conclusions_of_other_lists(rules: Rules) -> Iterator[Issue]:
    """Report `some` or `every` with a conclusion that is not about the elements of the list."""
    names = names_of(rules.trees)
    for _, node, condition in _parsed(rules):
        for atom in atoms_of(condition):
            if not isinstance(atom, ListTest):
                continue
            element = names.lists[atom.of]
            if _ELEMENT_OF_SCOPE.get(names.conclusions[atom.conclusion]) != element:
                fields = {"name": atom.conclusion, "of": atom.of, "element": element}
                place = _place_of(node, "conclusion", atom.conclusion)
                yield Issue(code="conclusion-of-other-list", place=place, fields=fields)


def _spoken_of(atom: Atom, names: Names) -> tuple[str, str, str]:
    """Return the element *atom* speaks of, if any, and the key and name it does so by."""
    if isinstance(atom, FactTest):
        return atom.fact.split(".")[0], "fact", atom.fact
    if isinstance(atom, ConclusionTest):
        element = _ELEMENT_OF_SCOPE.get(names.conclusions[atom.conclusion], "")
        return element, "conclusion", atom.conclusion
    return "", "", ""


def _place_of(condition: Node, key: str, name: str) -> Place:
    """Return where in *condition* the name stands; the condition itself does if it is not found."""
    for node in walk(condition):
        child = node.get(key)
        if child is not None and child.value == name:
            return child.place
    return condition.place


def circular_conclusions(rules: Rules) -> Iterator[Issue]:
    """Report conclusions that rest on themselves, with the whole way round."""
    rests_on: dict[str, list[str]] = {}
    places: dict[str, Node] = {}
    for owner, _, condition in _parsed(rules):
        if owner.get("rules") is None:
            continue
        below = rests_on.setdefault(owner.text("id"), [])
        places[owner.text("id")] = owner
        for atom in atoms_of(condition):
            if isinstance(atom, ConclusionTest | ListTest):
                below.append(atom.conclusion)
    done: set[str] = set()
    for name in rests_on:
        yield from _circles(name, rests_on, (), done, places)


def _circles(
    name: str,
    rests_on: dict[str, list[str]],
    way: tuple[str, ...],
    done: set[str],
    places: dict[str, Node],
) -> Iterator[Issue]:
    if name in way:
        path = " → ".join((*way[way.index(name) :], name))
        yield Issue(code="circular-conclusion", place=places[name].place, fields={"path": path})
    elif name not in done:
        for below in rests_on.get(name, ()):
            yield from _circles(below, rests_on, (*way, name), done, places)
        done.add(name)


def idle_facts(rules: Rules) -> Iterator[Issue]:
    """Report a fact that no condition, table or other fact uses."""
    used = {
        atom.fact
        for _, _, condition in _parsed(rules)
        for atom in atoms_of(condition)
        if isinstance(atom, FactTest)
    }
    used |= {
        atom.of
        for _, _, condition in _parsed(rules)
        for atom in atoms_of(condition)
        if isinstance(atom, ListTest)
    }
    facts = rules.ids("facts", "facts")
    used |= {node.text("asks") for node in facts.values()}
    for node in rules.elements("criteria", "criteria"):
        name = f"criteria.{node.text('id')}"
        if name not in used:
            yield Issue(code="idle-fact", place=node.place, fields={"name": name})
    for name, node in facts.items():
        if name not in used and node.get("used_by") is None:
            yield Issue(code="idle-fact", place=node.place, fields={"name": name})


def idle_conclusions(rules: Rules) -> Iterator[Issue]:
    """Report a conclusion that decides nothing: no condition, question or duty asks for it."""
    used = {
        atom.conclusion
        for _, _, condition in _parsed(rules)
        for atom in atoms_of(condition)
        if isinstance(atom, ConclusionTest | ListTest)
    }
    for name, node in rules.ids("decisions", "conclusions").items():
        if name not in used:
            yield Issue(
                code="idle-conclusion", place=node.place, fields={"name": name}, warning=True
            )


def _conditions(rules: Rules) -> Iterator[tuple[Node, Node]]:
    for owner in rules.elements("decisions", "conclusions"):
        for rule in listed(owner, "rules"):
            when = rule.get("when")
            if when is not None:
                yield owner, when
    for file, key, name in _WITH_CONDITIONS:
        for owner in rules.elements(file, key):
            when = owner.get(name)
            if when is not None:
                yield owner, when


def _parsed(rules: Rules) -> Iterator[tuple[Node, Node, Condition]]:
    parser = ConditionParser(names_of(rules.trees))
    for owner, node in _conditions(rules):
        condition = parser.parse(node)
        if condition is not None:
            yield owner, node, condition

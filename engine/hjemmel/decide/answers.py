"""Possible answers to each fact, and the case in which they are told."""

from __future__ import annotations

import re
from datetime import date

from hjemmel.decide.case import NOT_LISTED
from hjemmel.model import GRANTS, WISHES
from hjemmel.money import parse_amount
from hjemmel.policy.language import FactTest
from hjemmel.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy

#: The path of a field of an element, such as ``wishes[w1].value``.
ELEMENT = re.compile(r"(?P<list>\w+)\[(?P<key>[^\]]+)\]\.(?P<name>\w+)")
#: A text in ``examples`` that stands for the day of the decision.
_TODAY = "decided_on"


class Answers:
    """What may be answered to the facts of one case."""

    def __init__(self, policy: Policy, case: Case) -> None:
        """Take the *policy* and the *case* whose facts are asked for."""
        self.policy, self.case = policy, case
        self._compared = _operands(policy)

    def fact(self, path: str) -> Fact:
        """Return the fact that *path* asks for."""
        found = ELEMENT.fullmatch(path)
        if found is None:
            return self.policy.facts[path]
        element = self.policy.facts[found["list"]].element
        return self.policy.facts[f"{element}.{found['name']}"]

    def to(self, path: str, told: Mapping[str, Any]) -> list[Any]:
        """Return answers to *path* that between them show everything it can lead to."""
        fact = self.fact(path)
        match fact.type:
            case "truth":
                return [True, False]
            case "day":
                return [self.case.decided_on, *self._earlier_days()]
            case "amount":
                return self._amounts(told)
            case "list":
                return self._lists(fact, told)
            case _:
                return self._texts(fact, path, told)

    def _lists(self, fact: Fact, told: Mapping[str, Any]) -> list[Any]:
        examples = [tuple(self._element(fact, one) for one in example) for example in fact.examples]
        # A list of amounts matters by its sum: try the sums at which some wish just no longer fits.
        priced = [one for example in examples for one in example if "amount" in one]
        varied = [
            ({**one, "amount": amount},) for one in priced[:1] for amount in self._amounts(told)
        ]
        return [*examples, *varied]

    def _earlier_days(self) -> list[date]:
        """Return a day of each earlier ceiling: a day matters only by the amount it has."""
        amounts = self.policy.money.ceiling.amounts
        starts = [amount.period.start for amount in amounts]
        return [day for day in starts if day.year < self.case.decided_on.year]

    def _amounts(self, told: Mapping[str, Any]) -> list[int]:
        ceiling = self.policy.money.ceiling_today
        values = [wish.get("value") for wish in with_facts(self.case, told).lists.get(WISHES) or ()]
        spent = sum(grant.get("amount") or 0 for grant in self.case.lists.get(GRANTS) or ())
        edges = {ceiling - spent - value + 1 for value in values if value}
        return sorted({1, ceiling, ceiling + 1} | {edge for edge in edges if edge > 0})

    def _texts(self, fact: Fact, path: str, told: Mapping[str, Any]) -> list[str]:
        if fact.id == "diagnosis.entry":
            by_listing = {
                listing: entry for entry, listing in reversed(list(self.policy.listing.items()))
            }
            return [*by_listing.values(), NOT_LISTED]
        if fact.examples:
            return [str(example) for example in fact.examples]
        return self._categories(fact, path, told)

    def _categories(self, fact: Fact, path: str, told: Mapping[str, Any]) -> list[str]:
        """Return each category that some condition names, and one that none does."""
        wish = element_at(with_facts(self.case, told), path)
        provision = wish.get("provision")
        if provision is None:  # any of them may turn out to be the right one
            owners = sorted({owner for owner, _ in self.policy.categories})
            names = [name for owner in owners for name in self._of_provision(fact, owner)]
            return list(dict.fromkeys(names)) or [""]
        return self._of_provision(fact, str(provision)) or [""]

    def _of_provision(self, fact: Fact, provision: str) -> list[str]:
        known = sorted(name for owner, name in self.policy.categories if owner == provision)
        named = [name for name in known if name in self._compared.get(fact.id, ())]
        return [*named, *[name for name in known if name not in named][:1]]

    def _element(self, fact: Fact, example: Mapping[str, Any]) -> Mapping[str, Any]:
        element: dict[str, Any] = {}
        for name, value in example.items():
            kind = self.policy.facts[f"{fact.element}.{name}"].type
            if kind == "amount":
                element[name] = parse_amount(value)
            elif value == _TODAY:
                element[name] = self.case.decided_on
            else:
                element[name] = value
        return element


def _operands(policy: Policy) -> dict[str, set[str]]:
    """Return the texts that the conditions of *policy* compare each fact with; found once."""
    found: dict[str, set[str]] | None = policy.notes.get("operands")
    if found is None:
        found = policy.notes["operands"] = _found_operands(policy)
    return found


def _found_operands(policy: Policy) -> dict[str, set[str]]:
    compared: dict[str, set[str]] = {}
    for atoms in policy.atoms.values():
        for atom in atoms:
            if isinstance(atom, FactTest):
                operands = atom.operand if isinstance(atom.operand, tuple) else (atom.operand,)
                compared.setdefault(atom.fact, set()).update(map(str, operands))
    return compared


def element_at(case: Case, path: str) -> Mapping[str, Any]:
    """Return the element of a list that *path* is about, as far as it is told."""
    found = ELEMENT.fullmatch(path)
    elements = (case.lists.get(found["list"]) or ()) if found else ()
    keyed = {str(one.get("id", at)): one for at, one in enumerate(elements)}
    return keyed.get(found["key"], {}) if found else {}


def admissible(policy: Policy, case: Case) -> bool:
    """Say whether each wish's category is one of its provision's, as every told case has it."""
    return all(
        (wish["provision"], wish["category"]) in policy.categories
        for wish in case.lists.get(WISHES) or ()
        if wish.get("category") is not None and wish.get("provision") in policy.provisions
    )


def with_facts(case: Case, told: Mapping[str, Any]) -> Case:
    """Return *case* with the facts at the paths of *told* told as well."""
    facts, lists = dict(case.facts), dict(case.lists)
    for path, value in told.items():
        found = ELEMENT.fullmatch(path)
        if found is not None:
            lists[found["list"]] = tuple(
                _with_elements(lists[found["list"]] or (), found["key"], found["name"], value)
            )
        elif path in lists:
            lists[path] = value
        else:
            facts[path] = value
    return replace(case, facts=facts, lists=lists)


def _with_elements(
    elements: Iterable[Mapping[str, Any]], key: str, name: str, value: object
) -> Iterable[Mapping[str, Any]]:
    for at, element in enumerate(elements):
        yield {**element, name: value} if str(element.get("id", at)) == key else element


def told_in(plain: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the *plain* case with *value* told at *path*, as the case file would tell it."""
    found = ELEMENT.fullmatch(path)
    if found is not None:
        elements = [dict(one) for one in plain.get(found["list"]) or ()]
        for at, element in enumerate(elements):
            if str(element.get("id", at)) == found["key"]:
                element[found["name"]] = value
        return {**plain, found["list"]: elements}
    group, _, name = path.partition(".")
    if not name:
        return {**plain, group: value}
    inside = dict(plain.get(group) or {})
    before = inside.get(name)
    # A criterion may be told with its evidence, which stays.
    inside[name] = {**before, "met": value} if isinstance(before, dict) else value
    return {**plain, group: inside}

"""What to ask for: exactly the facts that can still change the outcome, an item or an amount.

A fact is asked for only when there is a way to tell everything else such that two answers to
it lead to different proposals. The way is searched for and found, not assumed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.readings import propose
from hjemmel.decide.reference import Reference
from hjemmel.model import Missing
from hjemmel.money import parse_amount
from hjemmel.policy.language import FactTest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy

_ELEMENT = re.compile(r"(?P<list>\w+)\[(?P<key>[^\]]+)\]\.(?P<name>\w+)")
#: When the search of one case has made this many proposals, what is left is asked for.
_MOST_PROPOSALS = 500
#: A text in ``examples`` that stands for the day of the decision.
_TODAY = "decided_on"


def missing_facts(policy: Policy, case: Case, proposal: Proposal) -> tuple[Missing, ...]:
    """Return the facts that can still change *proposal*, the most decisive first."""
    if proposal.outcome.result not in ("ask", "assess"):
        return ()
    search = _Search(policy, case)
    candidates = sorted(proposal.facts, key=lambda path: (search.fact(path).order, path))
    found = [path for path in candidates if search.matters(path)]
    if not found and proposal.outcome.result == "ask":
        found = candidates  # never ask without saying what for
    decisive = {path: search.decides_alone(path) for path in found}
    ordered = sorted(found, key=lambda path: -decisive[path])
    return tuple(_missing(search.fact(path), path) for path in ordered)


def _missing(fact: Fact, path: str) -> Missing:
    cause = "assessment" if fact.told == "assessment" else "fact"
    return Missing(
        fact=path,
        question=fact.question,
        cause=cause,
        sources=fact.sources,
        citizen=fact.citizen,
        told_by=fact.told_by,
    )


class _Search:
    def __init__(self, policy: Policy, case: Case) -> None:
        self.policy, self.case = policy, case
        self._reference = Reference(policy.tables())
        self._seen: dict[tuple[tuple[str, str], ...], Proposal] = {}
        self._compared = _operands(policy)

    def fact(self, path: str) -> Fact:
        """Return the fact that *path* asks for."""
        found = _ELEMENT.fullmatch(path)
        if found is None:
            return self.policy.facts[path]
        element = self.policy.facts[found["list"]].element
        return self.policy.facts[f"{element}.{found['name']}"]

    def matters(self, path: str) -> bool:
        """Say whether some way of telling the rest makes *path* decisive."""
        return self._matters(path, {})

    def decides_alone(self, path: str) -> int:
        """Return how many answers to *path* settle the outcome with nothing else told."""
        answers = [self._proposal({path: value}) for value in self._domain(path, {})]
        return sum(answer.outcome.result not in ("ask", "assess") for answer in answers)

    def _matters(self, path: str, told: Mapping[str, Any]) -> bool:
        if len(self._seen) > _MOST_PROPOSALS:
            return True
        if path not in self._proposal(told).facts:
            return False
        answers = [self._proposal({**told, path: value}) for value in self._domain(path, told)]
        open_facts = {fact for answer in answers for fact in answer.facts} - {path, *told}
        if not open_facts:
            return len({answer.signature() for answer in answers}) > 1
        following = min(open_facts, key=lambda one: (self.fact(one).order, one))
        return any(
            self._matters(path, {**told, following: value})
            for value in self._domain(following, told)
        )

    def _proposal(self, told: Mapping[str, Any]) -> Proposal:
        key = tuple(sorted((path, repr(value)) for path, value in told.items()))
        if key not in self._seen:
            self._seen[key] = propose(self.policy, with_facts(self.case, told), self._reference)
        return self._seen[key]

    def _domain(self, path: str, told: Mapping[str, Any]) -> list[Any]:
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
        values = [
            wish.get("value") for wish in with_facts(self.case, told).lists.get("wishes") or ()
        ]
        spent = sum(
            grant.get("amount") or 0 for grant in self.case.lists.get("earlier_grants") or ()
        )
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
        found = _ELEMENT.fullmatch(path)
        lists = with_facts(self.case, told).lists
        elements = (lists.get(found["list"]) or ()) if found else ()
        key = found["key"] if found else ""
        numbered = enumerate(elements)
        wish = next((one for at, one in numbered if str(one.get("id", at)) == key), {})
        provision = str(wish.get("provision"))
        known = sorted(name for owner, name in self.policy.categories if owner == provision)
        named = [name for name in known if name in self._compared.get(fact.id, ())]
        return [*named, *[name for name in known if name not in named][:1]] or [""]

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
    """Return the texts that the conditions of *policy* compare each fact with."""
    compared: dict[str, set[str]] = {}
    for atoms in policy.atoms.values():
        for atom in atoms:
            if isinstance(atom, FactTest):
                operands = atom.operand if isinstance(atom.operand, tuple) else (atom.operand,)
                compared.setdefault(atom.fact, set()).update(map(str, operands))
    return compared


def with_facts(case: Case, told: Mapping[str, Any]) -> Case:
    """Return *case* with the facts at the paths of *told* told as well."""
    facts, lists = dict(case.facts), dict(case.lists)
    for path, value in told.items():
        found = _ELEMENT.fullmatch(path)
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

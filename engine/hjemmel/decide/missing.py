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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy

_ELEMENT = re.compile(r"(?P<list>\w+)\[(?P<key>[^\]]+)\]\.(?P<name>\w+)")
#: When a search has looked at this many cases without an answer, the fact is asked for.
_MOST_TRIALS = 4000
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
        self._trials = 0

    def fact(self, path: str) -> Fact:
        """Return the fact that *path* asks for."""
        found = _ELEMENT.fullmatch(path)
        if found is None:
            return self.policy.facts[path]
        element = self.policy.facts[found["list"]].element
        return self.policy.facts[f"{element}.{found['name']}"]

    def matters(self, path: str) -> bool:
        """Say whether some way of telling the rest makes *path* decisive."""
        self._trials = 0
        return self._matters(path, {})

    def decides_alone(self, path: str) -> int:
        """Return how many answers to *path* settle the outcome with nothing else told."""
        answers = [self._proposal({path: value}) for value in self._domain(path, {})]
        return sum(answer.outcome.result not in ("ask", "assess") for answer in answers)

    def _matters(self, path: str, told: Mapping[str, Any]) -> bool:
        self._trials += 1
        if self._trials > _MOST_TRIALS:
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
                today = self.case.decided_on
                return [
                    today,
                    *sorted(
                        {date(today.year - back, 12, 31) for back in (1, 2)} & self._rate_days()
                    ),
                ]
            case "amount":
                return self._amounts(told)
            case "list":
                return self._lists(fact, told)
            case _:
                return self._texts(fact, path)

    def _lists(self, fact: Fact, told: Mapping[str, Any]) -> list[Any]:
        examples = [tuple(self._element(fact, one) for one in example) for example in fact.examples]
        # A list of amounts matters by its sum: try the sums at which some wish just no longer fits.
        priced = [one for example in examples for one in example if "amount" in one]
        varied = [
            ({**one, "amount": amount},) for one in priced[:1] for amount in self._amounts(told)
        ]
        return [*examples, *varied]

    def _rate_days(self) -> set[date]:
        ceiling = self.policy.money.ceiling
        years = range(self.case.decided_on.year - 2, self.case.decided_on.year)
        days = {date(year, 12, 31) for year in years}
        return {day for day in days if any(day in amount.period for amount in ceiling.amounts)}

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

    def _texts(self, fact: Fact, path: str) -> list[str]:
        if fact.id == "diagnosis.entry":
            by_listing = {
                listing: entry for entry, listing in reversed(list(self.policy.listing.items()))
            }
            return [*by_listing.values(), NOT_LISTED]
        if fact.examples:
            return [str(example) for example in fact.examples]
        found = _ELEMENT.fullmatch(path)
        element = self._told_element(found["list"], found["key"]) if found else {}
        provision = str(element.get("provision"))
        return sorted(
            category for known, category in self.policy.categories if known == provision
        ) or [""]

    def _told_element(self, name: str, key: str) -> Mapping[str, Any]:
        return next(
            (
                one
                for at, one in enumerate(self.case.lists.get(name) or ())
                if str(one.get("id", at)) == key
            ),
            {},
        )

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

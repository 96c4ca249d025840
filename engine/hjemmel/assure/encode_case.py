"""A case that stands for every case: each fact an unknown over everything it may be told as.

Texts are told apart only where a rule, the list of diagnoses or the list of categories does;
all others are one and the same "other". Lists have a fixed number of places, each of which may
be empty; why so many are enough is said by :func:`places_needed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from hjemmel.assure.encode_terms import (
    Three,
    below,
    bit,
    both,
    either,
    equal,
    leads_to,
    no,
    number,
    up_to,
)
from hjemmel.decide.case import NOT_LISTED
from hjemmel.model import GRANTS
from hjemmel.policy.language import FactTest, atoms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.assure.encode_terms import Bit, Number
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Condition

#: Stands for every text that no rule tells from another.
OTHER = "andet"
#: No day that matters to anyone lies before this one.
_EARLIEST = date(1900, 1, 1)

#: The largest amount that can be read, in øre.
_MOST = 10**14 - 1


@dataclass(frozen=True, slots=True)
class ToldTruth:
    """A yes/no that may have been told."""

    t: Bit
    f: Bit

    @property
    def known(self) -> Bit:
        """Return whether it is told."""
        return either(self.t, self.f)

    def compare(self, operator: str, operand: object) -> Bit:
        """Return whether the comparison holds, where it is told."""
        if operator == "told":
            return True
        return self.t if operand is True else self.f

    def assumed(self) -> Iterator[Bit]:
        """Yield what is always so."""
        yield no(both(self.t, self.f))

    def perhaps_told(self, name: str) -> ToldTruth:
        """Return the same where it is told, and an unknown called *name* where it is not."""
        untold = no(self.known)
        more = ToldTruth(bit(f"{name}=ja"), bit(f"{name}=nej"))
        return ToldTruth(either(self.t, both(untold, more.t)), either(self.f, both(untold, more.f)))


@dataclass(frozen=True, slots=True)
class ToldText:
    """A text, one of some values, that may have been told; or one that always is."""

    options: Mapping[str, Bit]
    always: bool = False

    @property
    def known(self) -> Bit:
        """Return whether it is told."""
        return self.always or either(*self.options.values())

    def compare(self, operator: str, operand: object) -> Bit:
        """Return whether the comparison holds, where it is told."""
        if operator == "told":
            return True
        wanted = operand if isinstance(operand, tuple) else (operand,)
        return either(*(self.options.get(str(value), False) for value in wanted))

    def assumed(self) -> Iterator[Bit]:
        """Yield what is always so."""
        listed = list(self.options.values())
        for at, one in enumerate(listed):
            yield from (no(both(one, other)) for other in listed[at + 1 :])

    def perhaps_told(self, name: str) -> ToldText:
        """Return the same where it is told, and an unknown called *name* where it is not."""
        untold = no(self.known)
        return ToldText(
            {
                value: either(one, both(untold, bit(f"{name}={value}")))
                for value, one in self.options.items()
            }
        )


@dataclass(frozen=True, slots=True)
class ToldNumber:
    """An amount in øre or a day, as its number in the calendar, that may have been told."""

    known: Bit
    value: Number
    lowest: int = 0
    highest: int | None = None

    def compare(self, operator: str, operand: object) -> Bit:
        """Return whether the comparison holds, where it is told."""
        if operator == "told":
            return True
        limit = operand.toordinal() if isinstance(operand, date) else int(str(operand))
        match operator:
            case "at_most":
                return up_to(self.value, limit)
            case "at_least_value":
                return up_to(limit, self.value)
            case "before":
                return below(self.value, limit)
            case "after":
                return below(limit, self.value)
            case _:
                return equal(self.value, limit)

    def assumed(self) -> Iterator[Bit]:
        """Yield what is always so."""
        yield up_to(self.lowest, self.value)
        if self.highest is not None:
            yield up_to(self.value, self.highest)

    def perhaps_told(self, name: str) -> ToldNumber:
        """Return the same where it is told, and an unknown called *name* where it is not."""
        # An untold number has a value that nobody reads: it may as well be the one told later.
        return ToldNumber(
            either(self.known, bit(f"{name}?")), self.value, self.lowest, self.highest
        )


Told = ToldTruth | ToldText | ToldNumber


def truth_of_told(fact: Fact, told: Told | None, test: FactTest) -> Three:
    """Return what *test* comes to for a *fact* that is *told* so, or that cannot be told."""
    known = False if told is None else told.known
    holds = False if told is None else told.compare(test.operator, test.operand)
    if fact.no_means_unknown and isinstance(told, ToldTruth):
        known = told.t
    if fact.silent:
        return Three(both(known, holds), no(both(known, holds)))
    return Three(both(known, holds), both(known, no(holds)))


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a list: whether an element is there, and what is told of it."""

    present: Bit
    told: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list that may have been left out, with its places in order."""

    told: Bit
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class EveryCase:
    """Every case there can be on the last day of a period, and what is so of all of them."""

    name: str
    facts: Mapping[str, Told]
    lists: Mapping[str, ListOf]
    assumed: tuple[Bit, ...]


class Domain:
    """What each fact may be told as, under one policy."""

    def __init__(
        self,
        policy: Policy,
        categories: Mapping[str, frozenset[str]],
        conditions: Iterable[Condition] = (),
    ) -> None:
        """Take *policy*, the *categories* of each provision, and further *conditions* in use."""
        self.policy, self.categories = policy, categories
        self._texts: dict[str, list[str]] = {}
        for condition in (*policy.tables().values(), *conditions):
            for atom in atoms_of(condition):
                if isinstance(atom, FactTest):
                    values = atom.operand if isinstance(atom.operand, tuple) else (atom.operand,)
                    self._texts.setdefault(atom.fact, []).extend(str(value) for value in values)

    def mentioned(self, fact: str) -> frozenset[str]:
        """Return the texts that some condition tells apart for *fact*."""
        return frozenset(self._texts.get(fact, ()))

    def element_facts(self, name: str) -> Iterator[Fact]:
        """Yield the facts that are told of each element of the list *name*."""
        group = self.policy.facts[name].element
        for fact in self.policy.facts.values():
            if fact.id.split(".")[0] == group and not fact.given_by and fact.type != "list":
                yield fact

    def case_facts(self) -> Iterator[Fact]:
        """Yield the facts that are told of the case itself."""
        groups = {fact.element for fact in self.policy.facts.values() if fact.type == "list"}
        for fact in self.policy.facts.values():
            if not fact.given_by and fact.type != "list" and fact.id.split(".")[0] not in groups:
                yield fact

    def told(self, fact: Fact, name: str) -> Told:
        """Return *fact* as an unknown called *name*."""
        match fact.type:
            case "truth":
                return ToldTruth(bit(f"{name}=ja"), bit(f"{name}=nej"))
            case "amount":
                return ToldNumber(bit(f"{name}?"), number(name), 0, _MOST)
            case "day":
                return self._day(fact, name)
            case _:
                return ToldText({value: bit(f"{name}={value}") for value in self.texts(fact)})

    def _day(self, fact: Fact, name: str) -> ToldNumber:
        first = _EARLIEST
        if fact.id == f"{self.policy.facts[GRANTS].element}.date":
            # An earlier grant from before the first ceiling is refused as input, not decided.
            first = min(amount.period.start for amount in self.policy.money.ceiling.amounts)
        return ToldNumber(
            bit(f"{name}?"), number(name), first.toordinal(), self.policy.on.toordinal()
        )

    def texts(self, fact: Fact) -> list[str]:
        """Return the texts of *fact* that may lead to different decisions, and one other."""
        given = {other.given_by for other in self.policy.facts.values() if other.asks == fact.id}
        texts = list(dict.fromkeys([*fact.values, *self._texts.get(fact.id, ())]))
        if fact.type == "choice":
            return list(fact.values)
        if "diagnoses" in given:
            known = {listing: entry for entry, listing in reversed([*self.policy.listing.items()])}
            return list(dict.fromkeys([*texts, *known.values(), NOT_LISTED]))
        if fact.id.endswith(".provision"):
            known_ones = (
                (*self.policy.provisions, *self.categories) if "categories" in given else ()
            )
            return list(dict.fromkeys([*texts, *known_ones, OTHER]))
        if "categories" in given:
            return list(dict.fromkeys([*texts, *self._categories(set(texts)), OTHER]))
        return [*texts, OTHER]

    def _categories(self, named: set[str]) -> Iterator[str]:
        """Yield for each provision a category in force, and one that is not, beyond *named*."""
        for provision, known in self.categories.items():
            free = sorted(known - named)
            for in_force in (True, False):
                kind = [
                    one for one in free if ((provision, one) in self.policy.categories) is in_force
                ]
                yield from kind[:1]


def every_case(domain: Domain, places: Mapping[str, int], name: str = "") -> EveryCase:
    """Return the case that stands for all cases with up to *places* elements in each list."""
    facts = {fact.id: domain.told(fact, f"{name}{fact.id}") for fact in domain.case_facts()}
    assumed = [one for told in facts.values() for one in told.assumed()]
    lists = {}
    for fact in domain.policy.facts.values():
        if fact.type == "list":
            lists[fact.id] = _list(domain, fact, places.get(fact.id, 0), name)
            assumed.extend(_assumed_of_list(domain, lists[fact.id]))
    return EveryCase(name, facts, lists, tuple(assumed))


def with_other(domain: Domain, case: EveryCase, names: Iterable[str], name: str) -> EveryCase:
    """Return *case* with the facts and lists of *names* told otherwise, or not at all."""
    wanted = set(names)
    facts = {
        fact: domain.told(domain.policy.facts[fact], f"{name}{fact}") if fact in wanted else told
        for fact, told in case.facts.items()
    }
    lists = {}
    for list_name, listed in case.lists.items():
        if list_name in wanted:
            places = len(listed.elements)
            lists[list_name] = _list(domain, domain.policy.facts[list_name], places, name)
        else:
            lists[list_name] = _with_other_elements(domain, listed, wanted, f"{name}{list_name}")
    return _assuming(domain, name, facts, lists)


def _with_other_elements(domain: Domain, listed: ListOf, wanted: set[str], name: str) -> ListOf:
    elements = tuple(
        Element(
            element.present,
            {
                fact: domain.told(domain.policy.facts[fact], f"{name}[{at}].{fact}")
                if fact in wanted
                else told
                for fact, told in element.told.items()
            },
        )
        for at, element in enumerate(listed.elements)
    )
    return ListOf(listed.told, elements)


def without_place(domain: Domain, case: EveryCase, list_name: str, at: int) -> EveryCase:
    """Return *case* without the element in place *at* of the list *list_name*."""
    listed = case.lists[list_name]
    kept = (*listed.elements[:at], *listed.elements[at + 1 :])
    lists = {**case.lists, list_name: ListOf(listed.told, kept)}
    return _assuming(domain, case.name, case.facts, lists)


def _assuming(
    domain: Domain, name: str, facts: Mapping[str, Told], lists: Mapping[str, ListOf]
) -> EveryCase:
    assumed = [one for told in facts.values() for one in told.assumed()]
    assumed += [one for listed in lists.values() for one in _assumed_of_list(domain, listed)]
    return EveryCase(name, facts, lists, tuple(assumed))


def told_more(domain: Domain, case: EveryCase, name: str) -> EveryCase:
    """Return the case that tells all that *case* tells, and any of what it does not.

    A fact that is silent when left out is not told later: leaving it out is an answer.
    """
    facts = {fact: _more(domain, fact, told, f"{name}{fact}") for fact, told in case.facts.items()}
    lists = {
        list_name: _more_of_list(domain, listed, f"{name}{list_name}")
        for list_name, listed in case.lists.items()
    }
    return _assuming(domain, name, facts, lists)


def _more(domain: Domain, fact: str, told: Told, name: str) -> Told:
    return told if domain.policy.facts[fact].silent else told.perhaps_told(name)


def _more_of_list(domain: Domain, listed: ListOf, name: str) -> ListOf:
    untold = no(listed.told)
    elements = tuple(
        Element(
            either(element.present, both(untold, bit(f"{name}[{at}]"))),
            {
                fact: _more(domain, fact, told, f"{name}[{at}].{fact.partition('.')[2]}")
                for fact, told in element.told.items()
            },
        )
        for at, element in enumerate(listed.elements)
    )
    told = True if listed.told is True else either(listed.told, bit(f"{name}?"))
    return ListOf(told, elements)


def _list(domain: Domain, fact: Fact, places: int, name: str) -> ListOf:
    told: Bit = True if fact.left_out_is_empty else bit(f"{name}{fact.id}?")
    elements = tuple(
        Element(
            bit(f"{name}{fact.id}[{at}]"),
            {
                one.id: domain.told(one, f"{name}{fact.id}[{at}].{one.id.partition('.')[2]}")
                for one in domain.element_facts(fact.id)
            },
        )
        for at in range(places)
    )
    return ListOf(told, elements)


def _assumed_of_list(domain: Domain, listed: ListOf) -> Iterator[Bit]:
    for element in listed.elements:
        yield leads_to(element.present, listed.told)
        for told in element.told.values():
            yield from told.assumed()
        yield from _valid_categories(domain, element)
    for earlier, later in pairwise(listed.elements):
        yield leads_to(later.present, earlier.present)


def _valid_categories(domain: Domain, element: Element) -> Iterator[Bit]:
    """Yield that a known provision goes with its own categories: all else is refused as input."""
    by_name = {fact.partition(".")[2]: told for fact, told in element.told.items()}
    provision, category = by_name.get("provision"), by_name.get("category")
    if not (isinstance(provision, ToldText) and isinstance(category, ToldText)):
        return
    for known, allowed in domain.categories.items():
        wrong = [one for value, one in category.options.items() if value not in allowed]
        yield leads_to(provision.options.get(known, False), no(either(*wrong)))

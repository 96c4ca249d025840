"""What carries an outcome, and what would turn it; everything shown is decided again first.

The smallest sets of told facts that give the outcome by themselves, with all else untold; and
the smallest changes of told facts with which it would be another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from hjemmel.decide.answers import ELEMENT, Answers, admissible, with_facts
from hjemmel.decide.budget import UNDECIDED, wish_value
from hjemmel.decide.decision import agreed_proposal
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.readings import propose
from hjemmel.explain.answer_words import element_words
from hjemmel.explain.smallest_sets import smallest_sets
from hjemmel.model import WISHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Amounts, Case, Citation, Decision, Item
    from hjemmel.policy.compile import Policy
    from hjemmel.truth import Truth

#: The outcome that waits for a fact, so that no told fact carries it.
_ASKS = "ask"
#: How many smallest sets are shown, how many facts are changed at once, and how many cases tried.
_MOST_SETS = 6
_MOST_CHANGES = 3
_MOST_TRIES = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """A fact that the case tells: what it is about, its value, and whether it can be changed.

    *changeable* is no where neither citizen nor municipality can change what the fact is about;
    *assessed* facts are a professional's judgement, which can be made anew.
    """

    fact: str
    label: str
    about: str
    value: Any
    changeable: bool
    assessed: bool
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One told fact, and what it would be instead."""

    told: ToldFact
    to: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Changes that together give another outcome, and what the case then comes to."""

    changes: tuple[Change, ...]
    outcome: str
    outcome_label: str
    target_group: Truth
    items: tuple[Item, ...]
    amounts: Amounts | None
    sources: tuple[Citation, ...]

    @property
    def possible(self) -> bool:
        """Say whether each of the changes is in somebody's power."""
        return all(one.told.changeable for one in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What carries the outcome of *decision*, and what would turn it.

    *carried_by* are all the smallest sets unless *more_carry*; *turns* are all the smallest
    changes among the answers the rules declare, unless *more_turn*.
    """

    decision: Decision
    carried_by: tuple[tuple[ToldFact, ...], ...]
    more_carry: bool
    turns: tuple[Turn, ...]
    more_turn: bool


def what_if(decision: Decision) -> WhatIf:
    """Return what carries the outcome of *decision*, and what would turn it.

    Raises:
        BackendError: the interpreters disagree on what is about to be shown.
    """
    return _Trial(decision).result()


class _Trial:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.policy: Policy = decision.trace.run.policy
        self.case: Case = decision.case
        self.answers = Answers(self.policy, self.case)
        self.told = {one.fact: one for one in self._told()}
        self._reference = reference_for(self.policy)
        self._kept: dict[frozenset[str], str] = {}
        self._tries = 0

    def result(self) -> WhatIf:
        sets, all_sets = self._carrying()
        turns = tuple(self._turns(sets))
        return WhatIf(
            decision=self.decision,
            carried_by=tuple(
                tuple(self.told[path] for path in self.told if path in one) for one in sets
            ),
            more_carry=not all_sets,
            turns=turns,
            more_turn=self._tries > _MOST_TRIES,
        )

    # --- what is told -------------------------------------------------------------------

    def _told(self) -> Iterator[ToldFact]:
        """Yield every told fact that a rule may read, in the order of the rules."""
        elements = {fact.element: fact.id for fact in self.policy.facts.values() if fact.element}
        for fact in self.policy.facts.values():
            group, _, name = fact.id.partition(".")
            if fact.given_by or not fact.question or fact.id == WISHES:
                continue
            if group in elements:
                for scope in self.decision.trace.run.elements[elements[group]]:
                    value = scope.element.get(name)
                    if value is None and name == "value":
                        value = wish_value(self.decision.trace.run, scope)
                    if value is not None:
                        yield self._told_fact(scope.path(fact.id), value)
            elif fact.element:
                if self.case.lists.get(fact.id) == ():
                    yield self._told_fact(fact.id, ())
            elif self.case.facts.get(fact.id) is not None:
                yield self._told_fact(fact.id, self.case.facts[fact.id])

    def _told_fact(self, path: str, value: Any) -> ToldFact:  # noqa: ANN401 - told values are of many types
        fact = self.answers.fact(path)
        return ToldFact(
            fact=path,
            label=fact.label,
            about=element_words(self.policy, self.case, path),
            value=value,
            changeable=fact.changeable,
            assessed=fact.told == "assessment",
            sources=fact.sources,
        )

    # --- what carries -------------------------------------------------------------------

    def _carrying(self) -> tuple[tuple[frozenset[str], ...], bool]:
        if self.decision.outcome == _ASKS:
            return (), True
        sets, complete = smallest_sets(tuple(self.told), self._carries, most=_MOST_SETS)
        agreed = tuple(
            one
            for one in sets
            if agreed_proposal(self.policy, self._only(one)).outcome.result == self.decision.outcome
        )
        return agreed, complete and agreed == sets

    def _carries(self, kept: frozenset[str]) -> bool:
        if kept not in self._kept:
            self._tries += 1
            self._kept[kept] = self._propose(self._only(kept)).outcome.result
        return self._kept[kept] == self.decision.outcome

    def _only(self, kept: frozenset[str]) -> Case:
        """Return the case with nothing told but *kept*, and with the same wishes."""
        facts = {
            path: value
            for path, value in self.case.facts.items()
            if path in kept or path not in self.told
        }
        lists = {name: self._only_of(name, kept) for name in self.case.lists}
        return replace(self.case, facts=facts, lists=lists)

    def _only_of(self, name: str, kept: frozenset[str]) -> tuple[Mapping[str, Any], ...] | None:
        elements = self.case.lists[name]
        if not elements:
            return elements if name in kept or name == WISHES else None
        if name != WISHES and not any(path.startswith(f"{name}[") for path in kept):
            return None
        blank = [path for path in self.told if path not in kept]
        return tuple(
            _without(element, blank, f"{name}[{element.get('id', at)}]")
            for at, element in enumerate(elements)
        )

    def _propose(self, case: Case) -> Proposal:
        return propose(self.policy, case, self._reference)

    # --- what would turn it ---------------------------------------------------------------

    def _turns(self, carrying: tuple[frozenset[str], ...]) -> Iterator[Turn]:
        """Yield the smallest changes: what can be changed first, then what lies fixed."""
        found = list(self._alone())
        if self.decision.outcome not in UNDECIDED:
            for size in range(2, _MOST_CHANGES + 1):
                together = list(self._together(size, carrying))
                found += together
                if together:
                    break
        turns = [turn for changes in found if (turn := self._turn(changes)) is not None]
        yield from sorted(turns, key=lambda one: (not one.possible, one.outcome in UNDECIDED))

    def _alone(self) -> Iterator[dict[str, Any]]:
        """Yield the single changes that turn the outcome."""
        for path in self._changeable():
            yield from self._to_other_outcomes((path,))

    def _together(
        self, size: int, carrying: tuple[frozenset[str], ...]
    ) -> Iterator[dict[str, Any]]:
        """Yield *size* changes that turn the outcome only together.

        They must touch every set that carries the outcome. Left untold, such facts leave it open,
        and fewer of them do not: else no answer to them could turn it, or some need no company.
        """
        alone = [path for path in self._changeable() if not self._opens((path,))]
        for paths in combinations(alone, size):
            if not all(self._behind(paths) & one for one in carrying):
                continue
            if self._tries > _MOST_TRIES:
                return
            fewer = (one for less in range(2, size) for one in combinations(paths, less))
            if self._opens(paths) and not any(self._opens(one) for one in fewer):
                yield from self._to_other_outcomes(paths)

    def _opens(self, paths: tuple[str, ...]) -> bool:
        """Say whether the outcome is another when nobody has told *paths*."""
        return not self._carries(frozenset(self.told) - self._behind(paths))

    def _to_other_outcomes(self, paths: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """Yield changes of all of *paths*, one for each other outcome they can give."""
        seen = {self.decision.outcome}
        for values in product(*(self._others(path) for path in paths)):
            changes = dict(zip(paths, values, strict=True))
            if not admissible(self.policy, with_facts(self.case, changes)):
                continue
            outcome = self._outcome(changes)
            if outcome not in seen and not self._open(outcome):
                seen.add(outcome)
                yield self._nearest(changes, outcome)

    def _open(self, outcome: str) -> bool:
        return self.decision.outcome in UNDECIDED and outcome in UNDECIDED

    def _changeable(self) -> list[str]:
        """Return what may be changed: each told fact, and each list that holds something."""
        lists = (name for name, listed in self.case.lists.items() if listed and name != WISHES)
        return [*self.told, *lists]

    def _behind(self, paths: Iterable[str]) -> frozenset[str]:
        return frozenset(
            told
            for told in self.told
            for path in paths
            if told == path or told.startswith(f"{path}[")
        )

    def _others(self, path: str) -> list[Any]:
        """Return what *path* could be instead, among the answers that show all it can lead to."""
        told = self.told[path].value if path in self.told else self.case.lists[path]
        others: list[Any] = []
        for value in self.answers.to(path, {}):
            if value != told and value not in others:
                others.append(value)
        if path not in self.told:  # of a list that holds something, the other answer is none
            return [value for value in others if value == ()]
        # The nearest amounts first, so that the smallest step to an outcome is taken.
        others.sort(key=lambda value: abs(_amount(value) - _amount(told)))
        return others

    def _outcome(self, changes: Mapping[str, Any]) -> str:
        self._tries += 1
        return self._propose(with_facts(self.case, changes)).outcome.result

    def _nearest(self, changes: dict[str, Any], outcome: str) -> dict[str, Any]:
        """Return *changes* with each amount as near to what is told as still gives *outcome*."""
        for path, value in changes.items():
            told = self.told[path].value if path in self.told else ()
            kept, turned = _amount(told), _amount(value)
            while abs(turned - kept) > 1:
                between = (turned + kept) // 2
                nearer = {**changes, path: _with_amount(value, between)}
                if self._outcome(nearer) == outcome:
                    turned, changes = between, nearer
                else:
                    kept = between
        return changes

    def _turn(self, changes: Mapping[str, Any]) -> Turn | None:
        """Return what *changes* lead to, decided by both interpreters."""
        proposal = agreed_proposal(self.policy, with_facts(self.case, changes))
        if proposal.outcome.result == self.decision.outcome:
            return None
        return Turn(
            changes=tuple(Change(told=self._changed(path), to=to) for path, to in changes.items()),
            outcome=proposal.outcome.result,
            outcome_label=proposal.outcome.label,
            target_group=proposal.target_group,
            items=proposal.items,
            amounts=proposal.amounts,
            sources=proposal.outcome.sources,
        )

    def _changed(self, path: str) -> ToldFact:
        return self.told.get(path) or self._told_fact(path, self.case.lists[path])


def _amount(value: Any) -> int:  # noqa: ANN401 - told values are of many types
    """Return the øre in *value*: an amount, or a list of elements with amounts; else nought."""
    if isinstance(value, tuple):
        return sum(one.get("amount") or 0 for one in value)
    return 0 if isinstance(value, bool) or not isinstance(value, int) else value


def _with_amount(value: Any, ore: int) -> Any:  # noqa: ANN401 - as above
    return ({**value[0], "amount": ore},) if isinstance(value, tuple) else ore


def _without(element: Mapping[str, Any], blank: Iterable[str], start: str) -> Mapping[str, Any]:
    """Return *element*, whose paths begin with *start*, without the fields that are *blank*."""
    names = {
        found["name"]
        for path in blank
        if (found := ELEMENT.fullmatch(path)) and path.startswith(f"{start}.")
    }
    if "value" in names:  # a quantity is another way to tell it
        names |= {"quantity", "unit"}
    return {name: value for name, value in element.items() if name not in names}

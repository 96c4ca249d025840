"""Scenarios run once with the reference interpreter, everything it is asked written down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from hjemmel.assure.choices import with_choices
from hjemmel.decide.budget import wish_value
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import _duties, touching, with_settled_entry
from hjemmel.decide.readings import propose
from hjemmel.decide.reference import Reference
from hjemmel.issues import CaseInvalidError, HjemmelError
from hjemmel.policy.dated import Rate
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hjemmel.assure.coverage_days import Policies
    from hjemmel.assure.scenarios import Scenario
    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Atom, Condition

#: One time a condition was asked: what its atoms were, and what it came to.
Evaluation = tuple[tuple[tuple["Atom", Truth], ...], Truth]


class Recorder(Reference):
    """The reference interpreter, with a record of every condition and row it was asked for."""

    def __init__(self, tables: Mapping[str, Condition]) -> None:
        """Take the named conditions of a policy."""
        super().__init__(tables)
        self.tables = tables
        self.evaluations: dict[tuple[str, Condition], set[Evaluation]] = {}
        self.rows: dict[str, set[int]] = {}

    @property
    def asked(self) -> set[str]:
        """Return the names of the conditions that were asked so far."""
        return {table for table, _ in self.evaluations}

    def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
        """Return what the condition *table* comes to for *inputs*, and remember both."""
        truth = super().conclude(table, inputs)
        seen = self.evaluations.setdefault((table, self.tables[table]), set())
        seen.add((tuple(inputs.items()), truth))
        return truth

    def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:
        """Return the index of the first row that is true, and remember it."""
        at = super().first_row(table, rows)
        if at is not None:
            self.rows.setdefault(table, set()).add(at)
        return at


@dataclass(slots=True, kw_only=True)
class Recording:
    """What one scenario used of the rules; empty where its case cannot be decided.

    *case* is as it was told, its diagnosis not settled yet: settling it is part of deciding.
    *proposed* names the conditions the proposal asked, *compared* those that the readings of
    the open questions asked too; what is left of *evaluations* was asked for the duties.
    """

    scenario: Scenario
    case: Case | None = None
    day: date | None = None
    outcome: str = ""
    evaluations: Mapping[tuple[str, Condition], set[Evaluation]] = field(default_factory=dict)
    proposed: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    readings: set[tuple[str, str]] = field(default_factory=set)
    entry: str = ""
    categories: set[tuple[str, str]] = field(default_factory=set)
    amounts: set[tuple[str, date]] = field(default_factory=set)
    own_rates: set[tuple[str, str, str, date]] = field(default_factory=set)


def record(scenarios: Iterable[Scenario], book: RuleBook, policies: Policies) -> list[Recording]:
    """Return what each of *scenarios* uses of the rules of *book*, compiled as *policies*."""
    return [_recorded(one, book, policies) for one in scenarios]


def _recorded(scenario: Scenario, book: RuleBook, policies: Policies) -> Recording:
    try:
        told = case_of(scenario.case, book)
        policy = policies.on(told.decided_on, scenario.municipality)
        policy = with_choices(policy, scenario.choices)
    except CaseInvalidError:
        return Recording(scenario=scenario)
    except HjemmelError:  # no rule or rate in force on the day: the day is still worth knowing
        return Recording(scenario=scenario, day=told.decided_on)
    case = with_settled_entry(policy, told)
    recorder = Recorder(policy.tables())
    policy = _asking(policy)
    try:
        proposal = propose(policy, case, recorder)
        proposed = recorder.asked
        readings = touching(policy, proposal)
        compared = recorder.asked
        _duties(policy, proposal)
    except HjemmelError:
        return Recording(scenario=scenario, case=told, day=told.decided_on)
    return Recording(
        scenario=scenario,
        case=told,
        day=told.decided_on,
        outcome=proposal.outcome.result,
        evaluations=recorder.evaluations,
        proposed=proposed,
        compared=compared,
        rows=_rows(policy, recorder),
        readings={(name, one) for name, given in readings.items() for one in given},
        entry=str(case.facts.get("diagnosis.entry") or ""),
        categories=_categories(case),
        amounts=_amounts(policy, proposal, readings),
        own_rates=_own_rates(policy, case, proposal),
    )


def _rows(policy: Policy, recorder: Recorder) -> set[str]:
    tables = {"items": policy.items, "outcomes": policy.outcomes}
    return {tables[table][at].id for table, seen in recorder.rows.items() for at in seen}


def _categories(case: Case) -> set[tuple[str, str]]:
    wishes = case.lists.get("wishes") or ()
    return {(str(one.get("provision")), str(one.get("category"))) for one in wishes}


def _asking(policy: Policy) -> Policy:
    """Return *policy* with a ceiling that remembers the days it was asked for."""
    ceiling = policy.money.ceiling
    asked = _Asked(ceiling.id, ceiling.label, ceiling.amounts)
    return replace(policy, money=replace(policy.money, ceiling=asked))


@dataclass(frozen=True, slots=True)
class _Asked(Rate):
    """A rate that remembers the days it was asked for."""

    days: set[date] = field(default_factory=set, compare=False)

    def on(self, day: date) -> int:
        """Return the øre in force on *day*, and remember the day."""
        self.days.add(day)
        return Rate.on(self, day)


def _amounts(
    policy: Policy, proposal: Proposal, readings: Mapping[str, Mapping[str, Proposal]]
) -> set[tuple[str, date]]:
    """Return the rate and first day of each amount that a decision was held against."""
    money = policy.money
    given = [proposal, *(one for each in readings.values() for one in each.values())]
    ceilings = {one.amounts.ceiling for one in given if one.amounts is not None}
    days = set(money.ceiling.days) if isinstance(money.ceiling, _Asked) else set()
    if money.ceiling_today in ceilings:
        days.add(policy.on)
    return {
        (money.ceiling.id, amount.period.start)
        for amount in money.ceiling.amounts
        for day in days
        if day in amount.period
    }


def _own_rates(policy: Policy, case: Case, proposal: Proposal) -> set[tuple[str, str, str, date]]:
    """Return the municipality's own amounts that priced a wish told by its quantity."""
    used: set[tuple[str, str, str, date]] = set()
    for scope in proposal.run.elements["wishes"]:
        wish: Mapping[str, Any] = scope.element or {}
        if wish.get("value") is not None or wish_value(proposal.run, scope) is None:
            continue
        key = (str(wish.get("provision")), str(wish.get("category")), str(wish.get("unit")))
        amounts = policy.municipality.rates[key].amounts
        used |= {(*key, one.period.start) for one in amounts if case.decided_on in one.period}
    return used

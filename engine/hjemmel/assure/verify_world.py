"""What is examined: the distinct periods of the rules, and every case there can be in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hjemmel.assure.encode_case import Domain, every_case
from hjemmel.assure.encode_merge import Choices, Merged
from hjemmel.assure.encode_run import Reach
from hjemmel.assure.encode_solver import Solver
from hjemmel.assure.encode_terms import either
from hjemmel.issues import NotInForceError
from hjemmel.model import GRANTS, WISHES
from hjemmel.policy.dated import day_of, edges_of, periods_in
from hjemmel.policy.language import ListTest, OpenTest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hjemmel.assure.encode_case import EveryCase
    from hjemmel.assure.encode_terms import Bit
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Condition
    from hjemmel.tree import Node

_DAY = timedelta(days=1)
#: How many wishes one reading is followed through, and how many where readings are compared.
WISHES_ALONE, WISHES_TOGETHER = 3, 2
#: All that the budget sees of earlier grants: the earliest day, whether a day is untold, whether an
#: amount is, and the sum. An element for each of the first three will do; the earliest carries the
#: sum. When the same list is told further, an untold day may become the earliest and an untold
#: amount add to the sum: two elements more.
_SEEN_OF_GRANTS, _SEEN_OF_GRANTS_TWICE = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days on which the rules are one and the same; decided on the last of them.

    Whatever can be told on an earlier day of the period can be told on the last one too.
    """

    first: date
    last: date
    policy: Policy

    def __str__(self) -> str:
        """Return the days as people write a span."""
        return f"{self.first.isoformat()} – {self.last.isoformat()}"


def periods_of(book: RuleBook, on: date | None = None) -> list[Period]:
    """Return the distinct periods of *book*, or the one that *on* lies in.

    Raises:
        NotInForceError: nothing is in force on the day *on*.
    """
    found: list[Period] = []
    for first, last in _spans(book):
        try:
            policy = book.on(last)
        except NotInForceError:
            continue
        if found and found[-1].last + _DAY == first and _alike(found[-1].policy, policy):
            first = found.pop().first  # noqa: PLW2901 - the same rules: one longer period
        found.append(Period(first=first, last=last, policy=policy))
    if on is not None:
        book.on(on)
        found = [period for period in found if period.first <= on <= period.last]
    return found


def _spans(book: RuleBook) -> Iterator[tuple[date, date]]:
    """Yield the spans between any two days on which some rule, rate or year begins."""
    # Which edition of a source is cited decides nothing.
    trees = [tree for name, tree in book.trees.items() if name != "sources"]
    periods = [period for tree in trees for period in periods_in(tree)]
    index = book.tree("index").plain()
    first = day_of(str(index["policy"]["in_force"]["from"]))  # type: ignore[call-overload, index]
    assert first is not None  # noqa: S101 - the checks have read it
    named = {day for one in periods for day in (one.start, one.end) if day is not None}
    last = _last_day(book, named)
    years = {date(year, 1, 1) for year in range(first.year, last.year + 1)}
    borders = edges_of(periods) | years
    inside = sorted({first, *(day for day in borders if first < day <= last)})
    yield from ((start, following - _DAY) for start, following in pairwise([*inside, last + _DAY]))


def _last_day(book: RuleBook, known: set[date]) -> date:
    """Return the last day the ceiling is known for; without an end, the last year that is named."""
    policy = book.on(min(day for day in known if _in_force(book, day)))
    ends = [amount.period.end for amount in policy.money.ceiling.amounts]
    if None in ends:
        return date(max(known).year, 12, 31)
    return max(end for end in ends if end is not None)


def _in_force(book: RuleBook, day: date) -> bool:
    try:
        book.on(day)
    except NotInForceError:
        return False
    return True


def _alike(left: Policy, right: Policy) -> bool:
    return _logic(left) == _logic(right) and _duties(left) == _duties(right)


def alike_but_for_duties(left: Policy, right: Policy) -> bool:
    """Return whether two policies decide alike, whatever duties then arise."""
    return _logic(left) == _logic(right)


def _duties(policy: Policy) -> list[tuple[str, Condition]]:
    return [(duty.id, duty.when) for duty in policy.duties]


def _logic(policy: Policy) -> tuple[object, ...]:
    """Return everything of *policy* that outcome, items and amounts may come to depend on."""
    tables = policy.tables().items()
    return (
        policy.on.year,
        {name: condition for name, condition in tables if not name.startswith("duty/")},
        [
            (fact.id, fact.type, fact.values, fact.silent, fact.no_means_unknown)
            for fact in policy.facts.values()
        ],
        [(one.id, one.scope, one.ground) for one in policy.conclusions.values()],
        [(row.id, row.result, row.own_payment) for row in (*policy.items, *policy.outcomes)],
        [
            (one.id, tuple(one.readings), one.otherwise, one.chosen)
            for one in policy.questions.values()
        ],
        {name: one.divisible for name, one in policy.provisions.items()},
        set(policy.categories),
        policy.listing,
        policy.money,
    )


# --- every case in a period -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """How many places each list has, and how many are enough for it to stand for any length."""

    of: Mapping[str, int]
    enough: Mapping[str, int]


def places_needed(policy: Policy, *, wishes: int, twice: bool) -> Places:
    """Return the places that *policy* needs in each list, with so many *wishes*.

    A condition learns of a list only whether some or every element has a conclusion. Whatever a
    list answers, one witness for each question that is put to it answers the same; so as many
    places as there are questions are enough. Each way of reading the law is a question of its
    own, and *twice* as many are needed to compare two cases; one more is kept for an element
    that is added.
    """
    reach = Reach(policy)
    enough: dict[str, int] = {}
    tests = {atom for atom in reach.atoms(*policy.tables().values()) if isinstance(atom, ListTest)}
    for name, fact in policy.facts.items():
        if fact.type == "list":
            witnesses = sum(_witnesses(reach, one, twice=twice) for one in tests if one.of == name)
            enough[name] = witnesses * (2 if twice else 1) + 1
    enough[GRANTS] = enough.get(GRANTS, 0) + (_SEEN_OF_GRANTS_TWICE if twice else _SEEN_OF_GRANTS)
    return Places({**enough, WISHES: wishes}, enough)


def _witnesses(reach: Reach, test: ListTest, *, twice: bool) -> int:
    conclusion = reach.policy.conclusions.get(test.conclusion)
    if conclusion is None:
        return 0
    atoms = reach.atoms(conclusion.when)
    ways = 1
    for question in () if twice else reach.questions(conclusion.when):
        ways *= len(reach.policy.questions[question].readings)
    # What is unknown for want of a fact and what is unknown for the law are told apart.
    return ways * (2 if any(isinstance(atom, OpenTest) for atom in atoms) else 1)


@dataclass(slots=True)
class View:
    """Every case under one policy, what the readings give for it, and the solver that knows it."""

    domain: Domain
    every: EveryCase
    choices: Choices
    places: Places
    merged: Merged
    solver: Solver

    @property
    def policy(self) -> Policy:
        """Return the policy that is looked at."""
        return self.domain.policy

    def twin(self, every: EveryCase) -> Merged:
        """Return what the same readings give for *every*."""
        return Merged(self.policy, every, self.choices)


class World:
    """One period of the rules, looked at one reading at a time and all readings together."""

    def __init__(self, book: RuleBook, period: Period, conditions: Sequence[Condition]) -> None:
        """Take a *period* of *book*, and further *conditions* that name texts."""
        self.book, self.period = book, period
        self._conditions = conditions

    @property
    def policy(self) -> Policy:
        """Return the policy of the period."""
        return self.period.policy

    @cached_property
    def alone(self) -> View:
        """Return every case with every question settled, in every way there is."""
        places = places_needed(self.policy, wishes=WISHES_ALONE, twice=True)
        return self._view(places, Choices(self.policy, all_settled=True))

    @cached_property
    def together(self) -> View:
        """Return every case with the readings in play merged, as a decision is."""
        places = places_needed(self.policy, wishes=WISHES_TOGETHER, twice=False)
        return self._view(places, Choices(self.policy))

    @cached_property
    def small_alone(self) -> View:
        """Return the cases with one element in each list: what is seen here is seen in all."""
        return self._view(self._one_of_each(), Choices(self.policy, all_settled=True))

    @cached_property
    def small_together(self) -> View:
        """Return the cases with one element in each list, the readings in play merged."""
        return self._view(self._one_of_each(), Choices(self.policy))

    def _one_of_each(self) -> Places:
        lists = [fact.id for fact in self.policy.facts.values() if fact.type == "list"]
        return Places(dict.fromkeys(lists, 1), {})

    def _view(self, places: Places, choices: Choices) -> View:
        domain = Domain(self.policy, _categories(self.book.tree("categories")), self._conditions)
        every = every_case(domain, places.of)
        merged = Merged(self.policy, every, choices)
        solver = Solver([*every.assumed, *choices.assumed()])
        return View(domain, every, choices, places, merged, solver)


def _categories(tree: Node) -> dict[str, frozenset[str]]:
    listed = tree.get("categories")
    known: dict[str, set[str]] = {}
    for node in listed.elements() if listed else ():
        known.setdefault(node.text("provision"), set()).add(node.text("id"))
    return {provision: frozenset(ids) for provision, ids in known.items()}


def reached(solver: Solver, goals: Mapping[Any, Bit]) -> set[Any]:
    """Return those of *goals* that hold in some case; the others are proved to hold in none."""
    left = dict(goals)
    found: set[Any] = set()
    while left:
        case = solver.find(either(*left.values()))
        if case is None:
            break
        now = {key for key, goal in left.items() if case.value(goal)}
        found |= now
        left = {key: goal for key, goal in left.items() if key not in now}
    return found

"""What each wish comes to within the ceiling: the walk through the wishes, in whole øre.

The conditions are the rules' own; only the arithmetic is here. Where something is not known
yet, the walk carries every balance that is still possible and settles a wish only if it comes
out the same for all of them.
"""

from __future__ import annotations

from hjemmel.decide.memory import remembered
from hjemmel.issues import BackendError
from hjemmel.model import GRANTS, WISHES, Item
from hjemmel.money import times
from hjemmel.policy.language import ConclusionTest, Leaf
from hjemmel.records import NamedTuple, dataclass, field
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal
    from typing import Any

    from hjemmel.decide.run import Run, Scope
    from hjemmel.policy.compile import Policy, Row

#: Beyond this many possible balances only the two ends are carried; that can only ask more.
_MOST_BALANCES = 128
#: What a wish comes to when nothing more can change it.
SETTLED = frozenset({"granted", "partly_granted", "over_ceiling", "not_covered"})
ASK, ASSESS, GRANTED, PARTLY = "ask", "assess", "granted", "partly_granted"
#: What a case or a wish comes to while somebody must still tell or assess something.
UNDECIDED = frozenset({ASK, ASSESS})
#: The row of a wish that only waits for an earlier one.
WAITING = "waiting"


@dataclass(slots=True)
class Walk:
    """What one run gives for the wishes, and what could still change it."""

    items: list[Item] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    ceiling: int = 0
    spent: int | None = 0
    balance_known: bool = True
    #: What each wish was given by the walk, and the marks of it.
    given: list[tuple[Mapping[str, Any], int]] = field(default_factory=list)


class _Balance(NamedTuple):
    """Every balance that is still possible, in øre; *gaps* tells that values between count too."""

    possible: frozenset[int]
    gaps: bool = False
    waiting_for: str = ""

    def trials(self, value: int | None) -> list[int]:
        """Return the balances to try a wish of *value* against."""
        low, high = min(self.possible), max(self.possible)
        tried = set(self.possible)
        if self.gaps and value is not None and low < value - 1 < high:
            tried.add(value - 1)
        return sorted(tried)

    def less(self, granted: int) -> _Balance:
        """Return the balance after a settled grant."""
        if not granted:
            return self
        return _Balance(
            frozenset([max(0, one - granted) for one in self.possible]), self.gaps, self.waiting_for
        )

    def perhaps_less(self, value: int | None, *, divides: bool, status: str) -> _Balance:
        """Return the balance after a wish that may or may not be granted."""
        after = set(self.possible)
        for one in self.possible:
            if value is None:
                after.add(0)
            elif value <= one or divides:
                after.add(max(0, one - value))
        crowded = len(after) > _MOST_BALANCES
        if crowded:
            after = {min(after), max(after)}
        # Waiting for a person outranks waiting for a fact, as in the outcome table.
        waiting_for = ASSESS if ASSESS in (status, self.waiting_for) else ASK
        gaps = self.gaps or value is None or crowded
        return _Balance(frozenset(after), gaps, waiting_for)


def walk_wishes(run: Run) -> Walk:
    """Return what every wish of *run* comes to, in the citizen's own order."""
    walk = Walk()
    balance = _opening_balance(run, walk)
    for at, wish in enumerate(run.case.lists.get(WISHES) or ()):
        balance = _take(
            run, walk, _Wish(at, wish, value_of(run.policy, run.case.decided_on, wish)), balance
        )
    # What is asked of the wishes from here on may ask about the balance too.
    run.go_on_after(walk.given)
    return walk


class _Wish(NamedTuple):
    """A wish, its place among the others, and its value in øre where that is known."""

    at: int
    told: Mapping[str, Any]
    value: int | None

    def met_by(self, left: int) -> tuple[bool | None, bool]:
        """Return whether the wish fits in what is *left*, and whether anything is."""
        return (None if self.value is None else self.value <= left, left > 0)


def _opening_balance(run: Run, walk: Walk) -> _Balance:
    ceilings = _ceilings(run, walk)
    grants = run.case.lists.get(GRANTS)
    walk.ceiling = ceilings[0]
    if grants is None:
        walk.spent, walk.balance_known = None, False
        walk.facts.add(GRANTS)
        return _Balance(frozenset({0, *ceilings}), gaps=True, waiting_for=ASK)
    walk.spent = spent = spent_before(grants)
    if spent is None:
        walk.facts.update(_untold(grants, "amount"))
        walk.balance_known = False
        least = sum(grant.get("amount") or 0 for grant in grants)
        left = {max(0, ceiling - least) for ceiling in ceilings}
        return _Balance(frozenset({0, *left}), gaps=True, waiting_for=ASK)
    left = {max(0, ceiling - spent) for ceiling in ceilings}
    if len(left) > 1:
        walk.balance_known = False
    return _Balance(frozenset(left), waiting_for=ASK if len(left) > 1 else "")


def spent_before(grants: Iterable[Mapping[str, Any]]) -> int | None:
    """Return what the earlier *grants* come to; nothing where the amount of one is not told."""
    spent = 0
    for grant in grants:
        amount: int | None = grant.get("amount")
        if amount is None:
            return None
        spent += amount
    return spent


def by_first_grant(policy: Policy, readings: Mapping[str, str]) -> bool:
    """Say whether *readings* take the ceiling of the year of the first earlier grant."""
    money = policy.money
    return (
        money.question in policy.questions
        and money.by_reading[readings[money.question]] == "first_grant"
    )


def _ceilings(run: Run, walk: Walk) -> list[int]:
    """Return the ceilings that are possible in this run, lowest first; one when all is told."""
    money = run.policy.money
    grants = run.case.lists.get(GRANTS) or ()
    if not grants or not by_first_grant(run.policy, run.readings):
        return [money.ceiling_today]
    sure = ceiling_of_first(run.policy, grants)
    if sure is not None:
        return [sure]
    walk.facts.update(_untold(grants, "date"))
    days: list[date] = [grant["date"] for grant in grants if grant.get("date") is not None]
    latest = min(days, default=run.case.decided_on)
    return sorted(set(money.ceiling.until(latest)))


def ceiling_of_first(policy: Policy, grants: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the ceiling on the day of the first of *grants*; nothing where a day is untold.

    Raises:
        NotInForceError: there was none on that day.
    """
    days: list[Any] = [grant.get("date") for grant in grants]
    return None if None in days else policy.money.ceiling.on(min(days))


def _untold(grants: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    """Return the paths of *key* in those of *grants* that do not tell it."""
    return [f"{GRANTS}[{at}].{key}" for at, grant in enumerate(grants) if grant.get(key) is None]


def _take(run: Run, walk: Walk, wish: _Wish, balance: _Balance) -> _Balance:
    value = wish.value
    above = None if value is None else value > walk.ceiling
    taken = _taken_of_one if len(balance.possible) == 1 else _taken_of_many
    item = taken(run, walk, wish, balance, above=above)
    walk.items.append(item)
    if item.status in SETTLED:
        return balance.less(item.granted)
    return balance.perhaps_less(value, divides=_may_divide(run, wish.told), status=item.status)


def _taken_of_one(
    run: Run, walk: Walk, wish: _Wish, balance: _Balance, *, above: bool | None
) -> Item:
    """Return what *wish* comes to where there is one *balance* it can meet."""
    (left,) = balance.possible
    fits, something_left = wish.met_by(left)
    fitting = _fitting(run, wish, fits, something_left, above)
    walk.facts |= fitting.facts(wish.told["id"])
    walk.given.append(run.plan.given_to_wish(fits, something_left, above, fitting.only_open))
    return item_of(run.policy, wish.told, wish.value, run.policy.items[fitting.row], left)


def _taken_of_many(
    run: Run, walk: Walk, wish: _Wish, balance: _Balance, *, above: bool | None
) -> Item:
    """Return what *wish* comes to where every *balance* it may meet is tried."""
    given = {"wish.above_ceiling": above}
    walk.given.append((given, run.plan.later(given)))
    trials = [(left, wish.met_by(left)) for left in balance.trials(wish.value)]
    fitting = {met: _fitting(run, wish, *met, above) for met in dict(trials).values()}
    for one in fitting.values():
        walk.facts |= one.facts(wish.told["id"])
    rows = run.policy.items
    tried = [
        item_of(run.policy, wish.told, wish.value, rows[fitting[met].row], left)
        for left, met in trials
    ]
    first = tried[0]
    if first.status in SETTLED and all(item == first for item in tried):
        return first
    # A wish that waits for itself keeps its own status; else it shares the earlier wish's.
    if first.status not in SETTLED and all(item.status == first.status for item in tried):
        return Item(id=first.id, status=first.status, row=first.row)
    return Item(id=first.id, status=balance.waiting_for or ASK, row=WAITING)


@dataclass(frozen=True, slots=True)
class _Fitting:
    """The row that fits a wish, and the facts that rows before it wait for.

    *own* are facts of the wish, by name; *others* are told elsewhere, and are paths.
    """

    row: int
    only_open: bool
    own: frozenset[str]
    others: frozenset[str]

    def facts(self, wish: str) -> frozenset[str]:
        """Return the facts that the *wish* of that id waits for, by their paths."""
        if not self.own:
            return self.others
        return self.others.union([f"{WISHES}[{wish}].{name}" for name in self.own])


def _fitting(
    run: Run, wish: _Wish, fits: bool | None, left: bool, above: bool | None  # noqa: FBT001 - facts
) -> _Fitting:  # fmt: skip
    marks = run.told.lists[WISHES]
    return remembered(
        run,
        run.cones.item,
        (fits, left, above),
        lambda: _row_that_fits(run, run.elements[WISHES][wish.at], fits, left, above),
        marks=marks[wish.at] if marks else 0,
    )


def _row_that_fits(
    run: Run, base: Scope, fits: bool | None, left: bool, above: bool | None  # noqa: FBT001 - facts
) -> _Fitting:  # fmt: skip
    covered = base.causes(Leaf(ConclusionTest(run.policy.covered_by)))
    only_open = bool(covered.questions) and not covered.facts
    scope = base.with_given(*run.plan.given_to_wish(fits, left, above, only_open))
    truths = [scope.condition(f"item/{row.id}") for row in run.policy.items]
    at = run.interpreter.first_row("items", truths)
    if at is None:
        raise BackendError("no-row-fits", table="items")
    facts = _open_facts(run, scope, truths)
    own = {
        path: one.partition(".")[2]
        for one in run.plan.facts_of(base.list_name)
        if (path := scope.path(one)) in facts
    }
    return _Fitting(at, only_open, frozenset(own.values()), frozenset(facts.difference(own)))


def item_of(
    policy: Policy, told: Mapping[str, Any], value: int | None, row: Row, left: int
) -> Item:
    """Return what a wish of *value*, as *told*, comes to by *row* when so much is *left*."""
    if row.result not in (GRANTED, PARTLY):
        return Item(id=told["id"], status=row.result, row=row.id)
    granted = min(value or 0, left)
    costs = told.get("outside_costs")
    # Only what the rules place outside the ceiling is paid beside it.
    outside = sum(costs.get(kind) or 0 for kind in policy.outside_ceiling) if costs else 0
    return Item(
        id=told["id"],
        status=row.result,
        granted=granted,
        own_payment=(value or 0) - granted if row.own_payment else 0,
        outside_ceiling=outside,
        row=row.id,
    )


def _open_facts(run: Run, scope: Scope, truths: list[Truth]) -> set[str]:
    """Return the facts that the rows wait for, up to the row that settles the wish."""
    facts: set[str] = set()
    for row, truth in zip(run.policy.items, truths, strict=True):
        if truth is Truth.TRUE and row.result in SETTLED:
            break
        if truth is Truth.UNKNOWN:
            facts |= scope.causes(row.when).facts
    return facts


def _may_divide(run: Run, wish: Mapping[str, Any]) -> bool:
    provision = run.policy.provisions.get(str(wish.get("provision")))
    return provision is None or provision.divisible or wish.get("accepts_own_payment") is not False


def wish_value(run: Run, scope: Scope) -> int | None:
    """Return the value of a wish in øre: as told, or quantity times the municipality's own rate.

    Nothing where neither is known. Legal source: the ministry's answer on ordinary rates.
    """
    return value_of(run.policy, run.case.decided_on, scope.element)


def value_of(policy: Policy, on: date, wish: Mapping[str, Any]) -> int | None:
    """Return the value of *wish* in øre on the day *on*, as :func:`wish_value` does."""
    if wish.get("value") is not None:
        return int(wish["value"])
    if wish.get("quantity") is None:
        return None
    kind = (wish.get("provision"), wish.get("category"), wish.get("unit"))
    return price_by_rate(policy, on, wish["quantity"], *kind)


def price_by_rate(policy: Policy, on: date, quantity: Decimal, *kind: str | None) -> int | None:
    """Return what *quantity* of a *kind* costs in øre, or nothing where there is no rate *on* it.

    The *kind* is provision, category and unit. A municipality without a rate for the day has not
    told it; the price is asked for.
    """
    provision, category, unit = map(str, kind)
    rate = policy.municipality.rates.get((provision, category, unit))
    ore = None if rate is None else rate.find(on)
    return None if ore is None else times(quantity, ore)

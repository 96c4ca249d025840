"""What each wish comes to on every row: the twin of ``decide/budget.py`` over columns.

Where something is not known yet, every balance that is still possible has a *slot* of its own.
A wish that is not settled doubles the slots: either it is granted later, or it is not. Where there
is less to tell apart, several slots hold the same. That nothing is left is never a slot but a bit,
since nothing changes it any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hjemmel.batch.scope import WISHES, Truths, element_column, sure
from hjemmel.batch.terms import (
    below,
    both,
    either,
    equal,
    first_of,
    least,
    minus,
    most,
    no,
    number,
    number_or_nothing,
    pick,
    plus,
    tells,
    told,
    up_to,
)
from hjemmel.decide.budget import ASK, ASSESS, GRANTED, PARTLY
from hjemmel.policy.language import ConclusionTest, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hjemmel.batch.scope import Run, Scope
    from hjemmel.batch.terms import Bit, Number

#: The statuses of a wish; in the tables they are numbers, and 0 is no wish at all.
STATUSES = ("", GRANTED, PARTLY, "over_ceiling", "not_covered", ASK, ASSESS)
NO_WISH = 0
_SETTLED = tuple(STATUSES.index(one) for one in STATUSES[1:5])
_ASK, _ASSESS = STATUSES.index(ASK), STATUSES.index(ASSESS)
_GIVES = (STATUSES.index(GRANTED), STATUSES.index(PARTLY))
GRANTS = "earlier_grants"
#: Columns that the reader works out of the earlier grants, whatever their number.
SPENT, AMOUNT_UNTOLD = f"{GRANTS}.spent", f"{GRANTS}.amount_untold"
DATE_UNTOLD, LATEST = f"{GRANTS}.date_untold", f"{GRANTS}.latest"
CEILING_TODAY = "ceiling_today"
#: What stands where no row of the rules is meant: the wish waits for an earlier one.
WAITING_ROW = -1
#: An amount that is not known.
UNTOLD = -1


def ceiling_column(at: int) -> str:
    """Return the column of the ceilings that may be that of the first grant, lowest first.

    Where there are fewer, the last is repeated; where there is none, or more, none is told.
    """
    return f"{GRANTS}.ceiling_{at}"


def price_column(at: int) -> str:
    """Return the column of what wish *at* costs: as told, or quantity times rate."""
    return element_column(WISHES, at, "price")


def outside_column(at: int) -> str:
    """Return the column of what wish *at* costs outside the ceiling."""
    return element_column(WISHES, at, "outside")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTerm:
    """What one wish came to, in numbers: its status, the row of the rules, and amounts in øre."""

    status: Number
    row: Number
    granted: Number = 0
    own_payment: Number = 0
    outside: Number = 0

    def has(self, statuses: Sequence[int]) -> Bit:
        """Return whether the status is one of *statuses*."""
        return either(*(equal(self.status, one) for one in statuses))

    def same_as(self, other: ItemTerm) -> Bit:
        """Return whether two wishes came to the same; by which row does not count."""
        return both(
            equal(self.status, other.status),
            equal(self.granted, other.granted),
            equal(self.own_payment, other.own_payment),
            equal(self.outside, other.outside),
        )

    def where(self, so: Bit) -> ItemTerm:
        """Return this where *so* is set, and no wish elsewhere."""
        return ItemTerm(
            status=pick(so, self.status, NO_WISH),
            row=pick(so, self.row, WAITING_ROW),
            granted=pick(so, self.granted, 0),
            own_payment=pick(so, self.own_payment, 0),
            outside=pick(so, self.outside, 0),
        )


@dataclass(slots=True)
class WalkTerm:
    """What one run gives for the wishes; *odd* tells where the table cannot say it."""

    ceiling: Number
    spent: Number
    balance_known: Bit
    odd: Bit = False
    items: list[ItemTerm] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Balance:
    """Every balance that is still possible, in øre.

    *slots* hold them, *nought* says that there may also be nothing left, *gaps* that values
    between count too, and *assessed* that an earlier wish waits for a person.
    """

    slots: tuple[Number, ...]
    nought: Bit = False
    gaps: Bit = False
    assessed: Bit = False

    @property
    def low(self) -> Number:
        """Return the least."""
        return pick(self.nought, 0, least(*self.slots))

    @property
    def high(self) -> Number:
        """Return the most."""
        return most(*self.slots)


@dataclass(frozen=True, slots=True)
class _Price:
    told: Bit
    ore: Number

    def within(self, balance: Number) -> Bit:
        """Return whether it is told and no more than *balance*."""
        return both(self.told, up_to(self.ore, balance))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """What the first row that fits makes of a wish, where some possible balance is *so*."""

    so: Bit
    status: Number
    row: Number
    own_payment: Bit


def walk_wishes(run: Run) -> WalkTerm:
    """Return what every wish of *run* comes to, in the citizen's own order."""
    ceilings, odd = _ceilings(run)
    grants_told = up_to(0, number(f"{GRANTS}.n"))
    all_told = both(grants_told, no(tells(AMOUNT_UNTOLD, "holds", operand=True)))
    spent = number(SPENT)
    left = tuple(dict.fromkeys(most(0, minus(ceiling, spent)) for ceiling in ceilings))
    balance = _Balance(slots=left, nought=no(all_told), gaps=no(all_told))
    walk = WalkTerm(
        ceiling=ceilings[0],
        spent=pick(all_told, spent, UNTOLD),
        balance_known=both(all_told, equal(least(*left), most(*left))),
        odd=odd,
    )
    for scope in run.elements[WISHES]:
        balance = _take(run, walk, scope, balance)
    return walk


def _ceilings(run: Run) -> tuple[list[Number], Bit]:
    """Return the ceilings that are possible, lowest first, and where the columns do not hold them.

    There are as many as the rules of the day may leave open, though nearly every row has but one.
    """
    money = run.policy.money
    today: Number = number(CEILING_TODAY)
    if money.question not in run.policy.questions:
        return [today], False
    readings = run.policy.questions[money.question].readings
    by_first = both(
        up_to(1, number(f"{GRANTS}.n")),
        either(*(
            run.reads(money.question, reading)
            for reading, how in money.by_reading.items()
            if how == "first_grant" and reading in readings
        )),
    )  # fmt: skip
    columns = [ceiling_column(at) for at in range(run.widths.ceilings)]
    odd = both(by_first, no(told(columns[0])))
    return [pick(by_first, number_or_nothing(column), today) for column in columns], odd


def _take(run: Run, walk: WalkTerm, base: Scope, balance: _Balance) -> _Balance:
    """Note what one wish comes to, and return the balances that are possible after it."""
    price = _Price(told(price_column(base.at)), number_or_nothing(price_column(base.at)))
    above = both(price.told, below(walk.ceiling, price.ore))
    given = {"wish.above_ceiling": Truths(above, both(price.told, no(above)))}
    covered = base.causes(Leaf(ConclusionTest(run.policy.covered_by)))
    only_open = sure(both(covered.questions, no(covered.facts)))
    trials = [
        _trial(run, base, {**given, "decision.only_open_question": only_open}, *one)
        for one in _possible(price, balance)
    ]
    there = run.holds(WISHES, base.at)
    item, settled = _item(base, price, balance, trials)
    item = item.where(there)
    walk.items.append(item)
    walk.scopes.append(base.with_given({**given, **_where_one(price, balance, only_open)}))
    return _after(balance, price, item, both(there, settled), _indivisible(run, base))


def _possible(price: _Price, balance: _Balance) -> Iterator[tuple[Bit, Truths, bool]]:
    """Yield how a wish may stand to the balance: where so, whether it fits, whether any is left."""
    low, high = balance.low, balance.high
    fits = Truths(price.told, no=False)
    not_fits = Truths(False, price.told)  # noqa: FBT003 - surely not, never surely
    some_left = below(0, high)
    yield both(some_left, either(no(price.told), up_to(price.ore, high))), fits, True
    between = both(balance.gaps, below(plus(low, 1), price.ore), up_to(price.ore, high))
    short = (both(below(0, slot), below(slot, price.ore)) for slot in balance.slots)
    yield both(price.told, either(between, *short)), not_fits, True
    none_left = equal(low, 0)
    yield both(none_left, either(no(price.told), below(0, price.ore))), not_fits, False
    yield both(none_left, price.told, up_to(price.ore, 0)), fits, False


def _trial(
    run: Run, base: Scope, given: Mapping[str, Truths], so: Bit, fits: Truths, left: bool  # noqa: FBT001
) -> _Trial:  # fmt: skip
    scope = base.with_given({**given, "wish.fits": fits, "wish.something_left": sure(left)})
    rows = run.policy.items
    holds = [scope.value_of(row.when).yes for row in rows]
    results = [STATUSES.index(row.result) for row in rows]
    status = first_of(zip(holds, results, strict=True), NO_WISH)
    own = first_of(((one, int(row.own_payment)) for one, row in zip(holds, rows, strict=True)), 0)
    return _Trial(
        so=so,
        status=status,
        row=first_of(((one, at) for at, one in enumerate(holds)), WAITING_ROW),
        own_payment=both(either(*(equal(status, one) for one in _GIVES)), equal(own, 1)),
    )


def _item(
    base: Scope, price: _Price, balance: _Balance, trials: list[_Trial]
) -> tuple[ItemTerm, Bit]:
    """Return what a wish comes to, and where it comes to the same for every possible balance."""
    low, high = balance.low, balance.high
    lowest = _of_lowest(price, low, trials)
    alike = [either(no(one.so), equal(one.status, lowest.status)) for one in trials]
    as_paid = [either(no(one.so), _same(one.own_payment, lowest.own_payment)) for one in trials]
    gives = either(*(equal(lowest.status, one) for one in _GIVES))
    worth = pick(price.told, price.ore, 0)
    granted = least(worth, low)
    same = both(*alike, *as_paid, either(no(gives), equal(granted, least(worth, high))))
    final = either(*(equal(lowest.status, one) for one in _SETTLED))
    settled = both(same, final)
    # A wish that waits for itself keeps its own status; else it shares the earlier wish's.
    own_status = either(settled, both(*alike, no(final)))
    given = both(settled, gives)
    return ItemTerm(
        status=pick(own_status, lowest.status, pick(balance.assessed, _ASSESS, _ASK)),
        row=pick(own_status, lowest.row, WAITING_ROW),
        granted=pick(given, granted, 0),
        own_payment=pick(both(given, lowest.own_payment), minus(worth, granted), 0),
        outside=pick(given, number(outside_column(base.at)), 0),
    ), settled


def _of_lowest(price: _Price, low: Number, trials: list[_Trial]) -> _Trial:
    """Return the trial of the least possible balance."""
    fits, _, nothing_left, costs_nothing = trials
    affords = both(below(0, low), either(no(price.told), up_to(price.ore, low)))
    order = [(costs_nothing.so, costs_nothing), (nothing_left.so, nothing_left), (affords, fits)]
    short = trials[1]
    return _Trial(
        so=True,
        status=first_of(((so, one.status) for so, one in order), short.status),
        row=first_of(((so, one.row) for so, one in order), short.row),
        own_payment=equal(
            first_of(
                ((so, pick(one.own_payment, 1, 0)) for so, one in order),
                pick(short.own_payment, 1, 0),
            ),
            1,
        ),
    )


def _same(one: Bit, other: Bit) -> Bit:
    return either(both(one, other), both(no(one), no(other)))


def _where_one(price: _Price, balance: _Balance, only_open: Truths) -> dict[str, Truths]:
    """Return what conditions may ask about the balance: something only where there is but one."""
    low = balance.low
    one = equal(low, balance.high)
    told = {
        "wish.fits": Truths(price.within(low), both(price.told, below(low, price.ore))),
        "wish.something_left": sure(below(0, low)),
        "decision.only_open_question": only_open,
    }
    return {name: Truths(both(one, it.yes), both(one, it.no)) for name, it in told.items()}


def _after(
    balance: _Balance, price: _Price, item: ItemTerm, settled: Bit, indivisible: Bit
) -> _Balance:
    """Return the balances after a wish; one that is not settled may or may not be granted."""
    waits = item.has((_ASK, _ASSESS))
    kept = [pick(settled, most(0, minus(slot, item.granted)), slot) for slot in balance.slots]
    granted_later = [
        pick(
            both(waits, price.told, either(no(indivisible), up_to(price.ore, slot))),
            most(0, minus(slot, price.ore)),
            after,
        )
        for slot, after in zip(balance.slots, kept, strict=True)
    ]
    unpriced = both(waits, no(price.told))
    return _Balance(
        slots=tuple(dict.fromkeys([*kept, *granted_later])),
        nought=either(balance.nought, unpriced),
        gaps=either(balance.gaps, unpriced),
        assessed=either(balance.assessed, equal(item.status, _ASSESS)),
    )


def _indivisible(run: Run, scope: Scope) -> Bit:
    """Return whether a wish is granted whole or not at all, as far as it is told."""
    whole = tuple(one.id for one in run.policy.provisions.values() if not one.divisible)
    return both(
        tells(scope.column("wish.provision"), "one_of", whole),
        tells(scope.column("wish.accepts_own_payment"), "holds", operand=False),
    )

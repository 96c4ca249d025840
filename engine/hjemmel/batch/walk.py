"""What each wish comes to on every row: the twin of ``decide/budget.py`` over columns.

The walk here carries a single balance. Where more than one is possible – the earlier grants are
not all told, or a wish that is not settled comes before another – it says so, and the row is
decided alone: it will ask, and what to ask for is searched for alone in any case.
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
    tells,
    told,
    up_to,
)
from hjemmel.decide.budget import ASK, ASSESS, GRANTED, PARTLY
from hjemmel.policy.language import ConclusionTest, Leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

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
DATE_UNTOLD, LATEST, FIRST_CEILING = (
    f"{GRANTS}.date_untold", f"{GRANTS}.latest", f"{GRANTS}.first_ceiling"
)  # fmt: skip
CEILING_TODAY = "ceiling_today"
#: What stands where no row of the rules is meant: the wish waits for an earlier one.
WAITING_ROW = -1
#: An amount that is not known.
UNTOLD = -1


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
    """What one run gives for the wishes.

    *plain* tells where one balance is enough, *odd* where no ceiling holds on a day that counts.
    """

    ceiling: Number
    spent: Number
    balance_known: Bit
    plain: Bit = True
    odd: Bit = False
    items: list[ItemTerm] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Price:
    told: Bit
    ore: Number


def walk_wishes(run: Run) -> WalkTerm:
    """Return what every wish of *run* comes to, in the citizen's own order."""
    ceiling, single, odd = _ceiling(run)
    amounts_told = both(
        up_to(0, number(f"{GRANTS}.n")), no(tells(AMOUNT_UNTOLD, "holds", operand=True))
    )
    known = both(amounts_told, single)
    spent = number(SPENT)
    walk = WalkTerm(ceiling, pick(amounts_told, spent, UNTOLD), known, plain=known, odd=odd)
    left = most(0, minus(ceiling, spent))
    for scope in run.elements[WISHES]:
        left = _take(run, walk, scope, left)
    return walk


def _ceiling(run: Run) -> tuple[Number, Bit, Bit]:
    """Return the ceiling, where there is but one, and where none holds on the day that counts."""
    money = run.policy.money
    today: Number = number(CEILING_TODAY)
    if money.question not in run.policy.questions:
        return today, True, False
    readings = run.policy.questions[money.question].readings
    by_first = both(
        up_to(1, number(f"{GRANTS}.n")),
        either(*(
            run.reads(money.question, reading)
            for reading, how in money.by_reading.items()
            if how == "first_grant" and reading in readings
        )),
    )  # fmt: skip
    dated = no(tells(DATE_UNTOLD, "holds", operand=True))
    odd = both(by_first, dated, no(told(FIRST_CEILING)))
    return pick(by_first, number_or_nothing(FIRST_CEILING), today), either(no(by_first), dated), odd


def _take(run: Run, walk: WalkTerm, base: Scope, left: Number) -> Number:
    """Note what one wish comes to when *left* is left, and return what is left after it."""
    price = _Price(told(price_column(base.at)), number_or_nothing(price_column(base.at)))
    fits = both(price.told, up_to(price.ore, left))
    above = both(price.told, below(walk.ceiling, price.ore))
    covered = base.causes(Leaf(ConclusionTest(run.policy.covered_by)))
    scope = base.with_given({
        "wish.fits": Truths(fits, both(price.told, no(fits))),
        "wish.something_left": sure(below(0, left)),
        "wish.above_ceiling": Truths(above, both(price.told, no(above))),
        "decision.only_open_question": sure(both(covered.questions, no(covered.facts))),
    })  # fmt: skip
    there = run.holds(WISHES, base.at)
    if walk.items:  # after a wish that is not settled, more than one balance is possible
        walk.plain = both(walk.plain, either(no(there), no(walk.items[-1].has((_ASK, _ASSESS)))))
    item = _item(run, scope, price, left).where(there)
    walk.items.append(item)
    walk.scopes.append(scope)
    return pick(item.has(_SETTLED), most(0, minus(left, item.granted)), left)


def _item(run: Run, scope: Scope, price: _Price, left: Number) -> ItemTerm:
    """Return what the first row that fits makes of a wish when *left* is left."""
    rows = run.policy.items
    holds = [scope.value_of(row.when).yes for row in rows]
    row = first_of(((so, number) for number, so in enumerate(holds)), WAITING_ROW)
    status = first_of(
        ((so, STATUSES.index(one.result)) for so, one in zip(holds, rows, strict=True)), NO_WISH
    )
    own = first_of(((so, int(one.own_payment)) for so, one in zip(holds, rows, strict=True)), 0)
    gives = either(*(equal(status, one) for one in _GIVES))
    worth = pick(price.told, price.ore, 0)
    granted = least(worth, left)
    return ItemTerm(
        status=status,
        row=row,
        granted=pick(gives, granted, 0),
        own_payment=pick(both(gives, equal(own, 1)), minus(worth, granted), 0),
        outside=pick(gives, number(outside_column(scope.at)), 0),
    )

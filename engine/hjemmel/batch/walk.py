"""What each wish comes to on every row: the twin of ``decide/budget.py`` over columns.

A balance is a list of amounts, each with whether it is possible. Most rows have but one; the
*plain* walk carries only that one and tells where it would not do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from hjemmel.batch.scope import UNKNOWN, WISHES, Truths, element_column, sure
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

    *plain* tells where one balance was enough, *odd* where no ceiling holds on a day that counts.
    """

    ceiling: Number
    spent: Number
    balance_known: Bit
    plain: Bit = True
    odd: Bit = False
    items: list[ItemTerm] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Balance:
    """Every balance that is still possible, and what later wishes wait for."""

    possible: tuple[tuple[Bit, Number], ...]
    gaps: Bit = False
    waits: Number = 0

    def trials(self, price: _Price) -> list[tuple[Bit, Number]]:
        """Return the balances to try a wish at, as ``decide/budget.py`` does."""
        if self.gaps is False:
            return list(self.possible)
        short = minus(price.ore, 1)
        under = either(*(both(so, below(one, short)) for so, one in self.possible))
        over = either(*(both(so, below(short, one)) for so, one in self.possible))
        return [*self.possible, (both(self.gaps, price.told, under, over), short)]


@dataclass(frozen=True, slots=True)
class _Price:
    told: Bit
    ore: Number


def walk_wishes(run: Run, *, plain: bool) -> WalkTerm:
    """Return what every wish of *run* comes to; *plain* carries a single balance."""
    walk, balance = _opening(run, plain=plain)
    for scope in run.elements[WISHES]:
        balance = _take(run, walk, scope, balance, plain=plain)
    run.elements[WISHES] = walk.scopes
    return walk


def _opening(run: Run, *, plain: bool) -> tuple[WalkTerm, _Balance]:
    grants_told = up_to(0, number(f"{GRANTS}.n"))
    ceilings, single, odd = _ceilings(run)
    amounts_told = both(grants_told, no(tells(AMOUNT_UNTOLD, "holds", operand=True)))
    spent = number(SPENT)
    lowest = first_of(ceilings, number(CEILING_TODAY))
    left = [(so, most(0, minus(one, spent))) for so, one in ceilings]
    if plain:
        known = both(amounts_told, single)
        one = most(0, minus(lowest, spent))
        walk = WalkTerm(lowest, pick(amounts_told, spent, UNTOLD), known, plain=known, odd=odd)
        return walk, _Balance(((True, one),))
    all_alike = both(*(
        either(no(both(a, b)), equal(one, other)) for (a, one), (b, other) in combinations(left, 2)
    ))  # fmt: skip
    known = both(amounts_told, all_alike)
    # Without every amount the balance may be anything from nothing up.
    possible = (*left, (no(amounts_told), 0))
    walk = WalkTerm(lowest, pick(amounts_told, spent, UNTOLD), known, odd=odd)
    return walk, _Balance(possible, gaps=no(amounts_told), waits=pick(known, 0, _ASK))


def _ceilings(run: Run) -> tuple[list[tuple[Bit, Number]], Bit, Bit]:
    """Return the ceilings that are possible, lowest first, and where they are one, or none."""
    money = run.policy.money
    today: Number = number(CEILING_TODAY)
    if money.question not in run.policy.questions:
        return [(True, today)], True, False
    by_first = either(*(
        run.reads(money.question, reading)
        for reading, how in money.by_reading.items()
        if how == "first_grant" and reading in run.policy.questions[money.question].readings
    ), False)  # fmt: skip
    by_first = both(by_first, up_to(1, number(f"{GRANTS}.n")))
    if by_first is False:
        return [(True, today)], True, False
    untold = both(by_first, tells(DATE_UNTOLD, "holds", operand=True))
    settled = (no(untold), pick(by_first, number_or_nothing(FIRST_CEILING), today))
    amounts = sorted(money.ceiling.amounts, key=lambda amount: amount.ore)
    undated = [
        (both(untold, no(tells(LATEST, "before", amount.period.start))), amount.ore)
        for amount in amounts
    ]
    none = either(
        both(by_first, no(untold), no(told(FIRST_CEILING))),
        both(untold, *(no(so) for so, _ in undated)),
    )
    return [settled, *undated], no(untold), none


def _take(run: Run, walk: WalkTerm, base: Scope, balance: _Balance, *, plain: bool) -> _Balance:
    at = base.at
    price = _Price(told(price_column(at)), number_or_nothing(price_column(at)))
    above = both(price.told, below(walk.ceiling, price.ore))
    above_ceiling = Truths(above, both(price.told, no(above)))
    covered = base.causes(Leaf(ConclusionTest(run.policy.covered_by)))
    only_open = sure(both(covered.questions, no(covered.facts)))
    given = {"wish.above_ceiling": above_ceiling, "decision.only_open_question": only_open}
    there = run.holds(WISHES, at)
    if plain:
        return _take_plainly(run, walk, base, balance, price, given, there)
    return _take_fully(run, walk, base, balance, price, given, there)


def _take_plainly(
    run: Run, walk: WalkTerm, base: Scope, balance: _Balance, price: _Price,
    given: dict[str, Truths], there: Bit,
) -> _Balance:  # fmt: skip
    ((_, left),) = balance.possible
    fits = both(price.told, up_to(price.ore, left))
    scope = base.with_given({
        **given,
        "wish.fits": Truths(fits, both(price.told, no(fits))),
        "wish.something_left": sure(below(0, left)),
    })  # fmt: skip
    item = _item(run, scope, price, left)
    walk.scopes.append(scope)
    settled = item.has(_SETTLED)
    if walk.items:  # an earlier wish that is not settled leaves more than one balance
        walk.plain = both(walk.plain, either(no(there), no(walk.items[-1].has((_ASK, _ASSESS)))))
    walk.items.append(item.where(there))
    after = pick(both(there, settled), most(0, minus(left, item.granted)), left)
    return _Balance(((True, after),))


def _item(run: Run, scope: Scope, price: _Price, left: Number) -> ItemTerm:
    """Return what the first row that fits makes of a wish when *left* is left."""
    rows = run.policy.items
    holds = [scope.value_of(row.when).yes for row in rows]
    row = first_of(((so, number) for number, so in enumerate(holds)), WAITING_ROW)
    status = first_of(
        ((so, STATUSES.index(one.result)) for so, one in zip(holds, rows, strict=True)), NO_WISH
    )
    own = first_of(
        ((so, int(one.own_payment)) for so, one in zip(holds, rows, strict=True)), 0
    )
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


def _take_fully(
    run: Run, walk: WalkTerm, base: Scope, balance: _Balance, price: _Price,
    given: dict[str, Truths], there: Bit,
) -> _Balance:  # fmt: skip
    trials = balance.trials(price)
    lowest = first_of(trials, 0)
    for so, one in trials:
        lowest = pick(both(so, below(one, lowest)), one, lowest)
    kinds = _kinds(run, base, price, given, trials)
    first = ItemTerm(**{
        name: first_of(
            ((both(kind.there, kind.has(lowest)), getattr(kind.item, name)) for kind in kinds), 0
        )
        for name in ("status", "row", "granted", "own_payment", "outside")
    })  # fmt: skip
    same_item = both(*(kind.alike for kind in kinds), *(
        either(no(both(one.there, other.there)), one.item.same_as(other.item))
        for one, other in combinations(kinds, 2)
    ))  # fmt: skip
    same_status = both(*(
        either(no(both(one.there, other.there)), equal(one.item.status, other.item.status))
        for one, other in combinations(kinds, 2)
    ))  # fmt: skip
    settles = first.has(_SETTLED)
    settled = both(same_item, settles)
    waits_itself = both(same_status, no(settles))
    waits = pick(equal(balance.waits, 0), _ASK, balance.waits)
    item = ItemTerm(
        status=pick(settled, first.status, pick(waits_itself, first.status, waits)),
        row=pick(either(settled, waits_itself), first.row, WAITING_ROW),
        granted=pick(settled, first.granted, 0),
        own_payment=pick(settled, first.own_payment, 0),
        outside=pick(settled, first.outside, 0),
    )
    walk.items.append(item.where(there))
    single = both(*(
        either(no(both(a, b)), equal(one, other)) for (a, one), (b, other) in combinations(trials, 2)
    ))  # fmt: skip
    walk.scopes.append(_scope_after(base, given, price, lowest, single))
    return _after(balance, run, base, price, item, settled)


def _scope_after(
    base: Scope, given: dict[str, Truths], price: _Price, left: Number, single: Bit
) -> Scope:
    """Return the scope of a wish; with more than one balance it does not say what fits."""
    fits = both(single, price.told, up_to(price.ore, left))
    fails = both(single, price.told, below(left, price.ore))
    some, none = both(single, below(0, left)), both(single, up_to(left, 0))
    only_open = given["decision.only_open_question"]
    return base.with_given({
        "wish.above_ceiling": given["wish.above_ceiling"],
        "wish.fits": Truths(fits, fails),
        "wish.something_left": Truths(some, none),
        "decision.only_open_question": Truths(
            both(single, only_open.yes), both(single, only_open.no)
        ),
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """The trials that compare alike with the price, and what they all make of the wish."""

    fits: Truths
    some: bool
    price: _Price
    item: ItemTerm
    there: Bit
    alike: Bit

    def has(self, left: Number) -> Bit:
        """Return whether *left* is of this kind."""
        return _is_of_kind(self.price, left, self.fits, self.some)


def _is_of_kind(price: _Price, left: Number, fits: Truths, some: bool) -> Bit:  # noqa: FBT001
    some_left = below(0, left) if some else up_to(left, 0)
    if fits == UNKNOWN:
        return both(no(price.told), some_left)
    enough = up_to(price.ore, left)
    return both(price.told, enough if fits.yes is True else no(enough), some_left)


def _kinds(
    run: Run, base: Scope, price: _Price, given: dict[str, Truths],
    trials: list[tuple[Bit, Number]],
) -> list[_Kind]:  # fmt: skip
    """Return the six ways a balance may compare with the price, and what each comes to."""
    found = []
    for fits in (sure(True), sure(False), UNKNOWN):  # noqa: FBT003
        for some in (True, False):
            inside = [(both(so, _is_of_kind(price, one, fits, some)), one) for so, one in trials]
            scope = base.with_given(
                {**given, "wish.fits": fits, "wish.something_left": sure(some)}
            )
            left = first_of(inside, 0)
            item = _item(run, scope, price, left)
            # Where the amount depends on what is left, two balances give two different items.
            one_left = both(*(either(no(so), equal(one, left)) for so, one in inside))
            fixed = True if fits.yes is True or not some else False
            alike = True if fixed else either(one_left, no(item.has(_GIVES)), no(price.told))
            found.append(_Kind(fits, some, price, item, either(*(so for so, _ in inside)), alike))
    return found


def _after(
    balance: _Balance, run: Run, base: Scope, price: _Price, item: ItemTerm, settled: Bit
) -> _Balance:
    divides = _may_divide(run, base)
    kept = [
        (so, pick(settled, most(0, minus(one, item.granted)), one)) for so, one in balance.possible
    ]
    spent = [
        (
            both(so, no(settled), either(no(price.told), up_to(price.ore, one), divides)),
            pick(price.told, most(0, minus(one, price.ore)), 0),
        )
        for so, one in balance.possible
    ]
    assess = either(equal(item.status, _ASSESS), equal(balance.waits, _ASSESS))
    waits = pick(settled, balance.waits, pick(assess, _ASSESS, _ASK))
    gaps = either(balance.gaps, both(no(settled), no(price.told)))
    return _Balance((*kept, *spent), gaps, waits)


def _may_divide(run: Run, scope: Scope) -> Bit:
    provision = element_column(WISHES, scope.at, "provision")
    indivisible = tuple(one.id for one in run.policy.provisions.values() if not one.divisible)
    refuses = tells(element_column(WISHES, scope.at, "accepts_own_payment"), "holds", operand=False)
    return no(both(tells(provision, "one_of", indivisible), refuses))

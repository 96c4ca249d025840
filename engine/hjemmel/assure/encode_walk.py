"""What each wish comes to in every case: the symbolic twin of ``decide/budget.py``.

A balance is a list of amounts, each with whether it is possible; the first always is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from hjemmel.assure.encode_case import ToldNumber, ToldText, ToldTruth
from hjemmel.assure.encode_run import wish_frames
from hjemmel.assure.encode_terms import (
    alike,
    below,
    both,
    either,
    equal,
    leads_to,
    least,
    minus,
    no,
    not_below_zero,
    pick,
    pick_bit,
    plus,
    up_to,
)
from hjemmel.decide.budget import ASK, ASSESS, GRANTED, PARTLY
from hjemmel.model import GRANTS
from hjemmel.policy.language import ConclusionTest, Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hjemmel.assure.encode_case import Told
    from hjemmel.assure.encode_run import Frame, Run
    from hjemmel.assure.encode_terms import Bit, Number
    from hjemmel.policy.compile import Row

STATUSES = ("granted", "partly_granted", "over_ceiling", "not_covered", ASK, ASSESS)
_SETTLED = STATUSES[:4]


@dataclass(frozen=True, slots=True)
class ItemTerm:
    """What one wish came to."""

    status: Mapping[str, Bit]
    granted: Number
    own_payment: Number

    def same_as(self, other: ItemTerm) -> Bit:
        """Return whether two wishes came to the same, in status and amounts."""
        return both(
            self.same_status(other),
            equal(self.granted, other.granted),
            equal(self.own_payment, other.own_payment),
        )

    def same_status(self, other: ItemTerm) -> Bit:
        """Return whether two wishes came to the same status."""
        return both(*(alike(self.status[one], other.status[one]) for one in STATUSES))

    def is_one_of(self, statuses: Sequence[str]) -> Bit:
        """Return whether the status is one of *statuses*."""
        return either(*(self.status[one] for one in statuses))


@dataclass(slots=True)
class WalkTerm:
    """What one run gives for the wishes."""

    ceiling: Number
    spent: Number
    balance_known: Bit
    items: list[ItemTerm] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Balance:
    """Every balance that is still possible, and whom or what later wishes wait for."""

    possible: tuple[tuple[Bit, Number], ...]
    gaps: Bit = False
    waits_to_ask: Bit = False
    waits_to_assess: Bit = False

    def is_still(self, before: Balance) -> Bit:
        """Return whether this, which came out of *before*, is no other balance than that was."""
        kept = len(before.possible)
        return both(
            *(
                equal(one, was)
                for (_, one), (_, was) in zip(self.possible, before.possible, strict=False)
            ),
            *(no(so) for so, _ in self.possible[kept:]),
            alike(self.gaps, before.gaps),
            alike(self.waits_to_ask, before.waits_to_ask),
            alike(self.waits_to_assess, before.waits_to_assess),
        )

    def trials(self, value: ToldNumber) -> list[tuple[Bit, Number]]:
        """Return the balances to try a wish of *value* against."""
        if self.gaps is False:
            return list(self.possible)
        just_short = minus(value.value, 1)
        above = either(*(both(so, below(just_short, one)) for so, one in self.possible))
        under = either(*(both(so, below(one, just_short)) for so, one in self.possible))
        tried = both(self.gaps, value.known, above, under)
        return [*self.possible, (tried, just_short)]

    def after(self, item: ItemTerm, value: ToldNumber, settled: Bit, *, divides: Bit) -> Balance:
        """Return the balance after *item*, which is *settled* or may or may not be granted."""
        unsettled = no(settled)
        kept = [
            (so, pick(settled, not_below_zero(minus(one, item.granted)), one))
            for so, one in self.possible
        ]
        spent = [
            (
                both(so, unsettled, value.known, either(up_to(value.value, one), divides)),
                not_below_zero(minus(one, value.value)),
            )
            for so, one in self.possible
        ]
        nothing = both(unsettled, no(value.known))
        assess = either(item.status[ASSESS], self.waits_to_assess)
        return Balance(
            tuple(one for one in (*kept, *spent, (nothing, 0)) if one[0] is not False),
            either(self.gaps, nothing),
            pick_bit(settled, self.waits_to_ask, no(assess)),
            pick_bit(settled, self.waits_to_assess, assess),
        )


def walk_wishes(run: Run) -> WalkTerm:
    """Return what every wish of *run* comes to, in the citizen's own order."""
    walk, balance = opening_balance(run)
    for frame in wish_frames(run):
        balance = _take(run, walk, frame, balance)
    return walk


def opening_balance(run: Run) -> tuple[WalkTerm, Balance]:
    """Return an empty walk and the balance before the first wish."""
    grants = run.case.lists[GRANTS]
    ceilings = _ceilings(run)
    name = f"{run.policy.facts[GRANTS].element}.amount"
    amounts = [(one.present, one.told[name]) for one in grants.elements]
    priced = [(present, one) for present, one in amounts if isinstance(one, ToldNumber)]
    spent = plus(*(pick(both(present, one.known), one.value, 0) for present, one in priced))
    told = both(grants.told, *(leads_to(present, one.known) for present, one in priced))
    used = pick(grants.told, spent, 0)
    left = [(so, not_below_zero(minus(ceiling, used))) for so, ceiling in ceilings]
    one_left = both(
        *(
            leads_to(both(left[a][0], left[b][0]), equal(left[a][1], left[b][1]))
            for a, b in combinations(range(len(left)), 2)
        )
    )
    walk = WalkTerm(ceilings[0][1], pick(told, spent, 0), both(told, one_left))
    # An unknown opening balance may be anything down to nought.
    possible = (*left, (no(told), 0))
    waits = either(no(told), no(one_left))
    return walk, Balance(tuple(one for one in possible if one[0] is not False), no(told), waits)


def _ceilings(run: Run) -> list[tuple[Bit, Number]]:
    """Return the ceilings that are possible in this run; the first is the lowest, and always is."""
    money = run.policy.money
    reads = run.reads.get(money.question, {}) if money.question in run.policy.questions else {}
    first = either(
        *(one for reading, one in reads.items() if money.by_reading[reading] == "first_grant")
    )
    grants = run.case.lists[GRANTS].elements
    name = f"{run.policy.facts[GRANTS].element}.date"
    dated = [(one.present, day) for one in grants if isinstance(day := one.told[name], ToldNumber)]
    counts = both(first, either(*(present for present, _ in dated)))
    untold = both(counts, either(*(both(present, no(day.known)) for present, day in dated)))
    today = run.policy.on.toordinal()
    earliest = least(
        [(True, today), *((both(present, day.known), day.value) for present, day in dated)]
    )
    on_first = _ceiling_on(run, earliest)
    possible = [
        (both(untold, up_to(amount.period.start.toordinal(), earliest)), amount.ore)
        for amount in money.ceiling.amounts
        if amount.period.start <= run.policy.on
    ]
    settled = pick(counts, on_first, money.ceiling_today)
    # With a date untold, the ceiling of the earliest told day is among the possible ones.
    lowest = least([(True, settled), *possible])
    return [(True, lowest), *((so, one) for so, one in possible if so is not False)]


def _ceiling_on(run: Run, day: Number) -> Number:
    amounts = sorted(run.policy.money.ceiling.amounts, key=lambda amount: amount.period.start)
    found: Number = amounts[0].ore
    for amount in amounts[1:]:
        if amount.period.start <= run.policy.on:
            found = pick(up_to(amount.period.start.toordinal(), day), amount.ore, found)
    return found


def _take(run: Run, walk: WalkTerm, base: Frame, balance: Balance) -> Balance:
    value = value_of(run, base)
    tried = [
        (so, *at_balance(run, base, value, left, walk.ceiling))
        for so, left in balance.trials(value)
    ]
    _, first, first_frame = tried[0]
    lefts = balance.trials(value)
    alone = both(*(leads_to(so, equal(left, lefts[0][1])) for so, left in lefts[1:]))
    agreed = both(*(leads_to(so, item.same_as(first)) for so, item, _ in tried[1:]))
    same_status = both(*(leads_to(so, item.same_status(first)) for so, item, _ in tried[1:]))
    settled = both(agreed, first.is_one_of(_SETTLED))
    waits_itself = both(same_status, no(first.is_one_of(_SETTLED)))
    status = {one: both(settled, first.status[one]) for one in _SETTLED}
    status[ASSESS] = pick_bit(
        waits_itself, first.status[ASSESS], both(no(settled), balance.waits_to_assess)
    )
    status[ASK] = both(no(settled), no(status[ASSESS]))
    granted, own = (pick(settled, one, 0) for one in (first.granted, first.own_payment))
    item = ItemTerm(status, granted, own)
    walk.items.append(item)
    walk.balances.append(balance)
    walk.frames.append(base.with_given(_seen_by_questions(first_frame, alone)))
    return balance.after(item, value, settled, divides=_may_divide(run, base))


def _seen_by_questions(first: Frame, alone: Bit) -> dict[str, Told]:
    """Return what open questions may ask of a wish: the balance only where there is one."""
    given: dict[str, Told] = {}
    for name, told in first.given.items():
        assert isinstance(told, ToldTruth)  # noqa: S101 - the budget gives yes and no alone
        kept = True if name == "wish.above_ceiling" else alone
        given[name] = ToldTruth(both(kept, told.t), both(kept, told.f))
    return given


def value_of(run: Run, frame: Frame) -> ToldNumber:
    """Return the value of the wish at *frame*: any amount, as rates may give it."""
    name = f"{run.policy.facts[frame.list_name].element}.value"
    told = frame.element.told[name] if frame.element else None
    assert isinstance(told, ToldNumber)  # noqa: S101 - the contract says that a value is an amount
    return told


def at_balance(
    run: Run, base: Frame, value: ToldNumber, left: Number, ceiling: Number
) -> tuple[ItemTerm, Frame]:
    """Return what the wish at *base* comes to with so much *left*, and the frame it was read in."""
    frame = frame_at(run, base, value, left, ceiling)
    fits = first_fits(frame, run.policy.items)
    status = {
        name: either(
            *(so for so, row in zip(fits, run.policy.items, strict=True) if row.result == name)
        )
        for name in STATUSES
    }
    told = pick(value.known, value.value, 0)
    granted = pick(either(status[GRANTED], status[PARTLY]), least([(True, told), (True, left)]), 0)
    pays = either(
        *(
            so
            for so, row in zip(fits, run.policy.items, strict=True)
            if row.own_payment and row.result in (GRANTED, PARTLY)
        )
    )
    return ItemTerm(status, granted, pick(pays, minus(told, granted), 0)), frame


def frame_at(run: Run, base: Frame, value: ToldNumber, left: Number, ceiling: Number) -> Frame:
    """Return the frame of a wish with so much *left*."""
    covered = base.causes(Leaf(ConclusionTest(run.policy.covered_by)))
    only_open = both(covered.questions, no(covered.facts))
    return base.with_given(
        {
            "wish.fits": _known(value.known, up_to(value.value, left)),
            "wish.something_left": _known(known=True, holds=below(0, left)),
            "wish.above_ceiling": _known(value.known, below(ceiling, value.value)),
            "decision.only_open_question": _known(known=True, holds=only_open),
        }
    )


def _known(known: Bit, holds: Bit) -> ToldTruth:
    return ToldTruth(both(known, holds), both(known, no(holds)))


def first_fits(frame: Frame, rows: Sequence[Row]) -> list[Bit]:
    """Return for each of *rows* whether it is the first that fits at *frame*."""
    found: list[Bit] = []
    before: list[Bit] = []
    for row in rows:
        so = frame.condition(row.when).t
        found.append(both(so, *(no(one) for one in before)))
        before.append(so)
    return found


def _may_divide(run: Run, frame: Frame) -> Bit:
    told = frame.element.told if frame.element else {}
    group = run.policy.facts[frame.list_name].element
    provision, accepts = told.get(f"{group}.provision"), told.get(f"{group}.accepts_own_payment")
    bound = (
        either(*(one for name, one in provision.options.items() if _indivisible(run, name)))
        if isinstance(provision, ToldText)
        else False
    )
    refuses = accepts.f if isinstance(accepts, ToldTruth) else False
    return no(both(bound, refuses))


def _indivisible(run: Run, provision: str) -> bool:
    known = run.policy.provisions.get(provision)
    return known is not None and not known.divisible

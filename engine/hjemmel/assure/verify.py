"""Proves over all cases there can be, not samples, that the rules keep what they promise.

Every distinct period of the rules is turned into one formula over unknown facts, in every
reading of the open questions, and a solver either finds a case that breaks a promise or proves
that there is none.

Two formulas are used. In one every question is settled, in every way there is, and a case has
up to three wishes; in the other the readings in play are merged as a decision merges them, and
a case has up to two. What is proved of every reading by itself holds of their merger too: it
keeps only what all of them give.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hjemmel.assure.verify_checks import (
    Examined,
    Findings,
    counts,
    examine,
    fully_told_is_decided,
    rows_always_fit,
)
from hjemmel.assure.verify_declared import declared
from hjemmel.assure.verify_elements import Places
from hjemmel.assure.verify_invariants import broken_invariants
from hjemmel.assure.verify_report import BUILT_IN, Bound, Claim, VerifyReport
from hjemmel.assure.verify_world import World, alike_but_for_duties, periods_of
from hjemmel.model import WISHES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hjemmel.assure.verify_declared import Invariant
    from hjemmel.assure.verify_report import Failure
    from hjemmel.assure.verify_world import Period
    from hjemmel.policy.book import RuleBook


def verify_rules(book: RuleBook, *, on: date | None = None) -> VerifyReport:
    """Return what is proved of the rules in *book*, in every period or in the one of the day *on*.

    A rule, row or part is dead or idle only if it is so in every period that has it; with *on*,
    in every period up to and with that one.

    Raises:
        SolverMissingError: the solver is an extra that is not installed.
        SolverGaveUpError: the solver found neither a case nor a proof in time.
        RulesInvalidError: the invariants are not as they should be.
        NotInForceError: nothing is in force on the day *on*.
    """
    invariants = declared(book)
    conditions = [one for invariant in invariants for one in invariant.conditions.values()]
    places, examined = Places(book.trees), Examined()
    wanted = periods_of(book, on)
    failures: dict[tuple[str, str], Failure] = {}
    bounds: dict[str, Bound] = {}
    days = {one.first for one in wanted}
    periods = periods_of(book)
    for period, following in zip(periods, [*periods[1:], None], strict=True):
        world = World(book, period, conditions)
        examine(world, examined)
        if period.first in days:
            bounds.update((one.list, one) for one in _bounds(world))
            later = following if following and following.first in days else None
            for failure in _of_period(world, invariants, places, later):
                failures.setdefault((failure.claim, failure.element), failure)
    for failure in Findings(places, examined, days).all():
        failures.setdefault((failure.claim, f"{failure.issue.place}"), failure)
    found = sorted(failures.values(), key=lambda one: (one.issue.place, one.issue.code))
    return VerifyReport(
        periods=tuple(str(one) for one in wanted),
        claims=tuple(_claims(invariants, examined, found, len(wanted))),
        failures=tuple(found),
        bounds=tuple(bounds.values()),
    )


def _of_period(
    world: World, invariants: list[Invariant], places: Places, later: Period | None
) -> Iterator[Failure]:
    if later is not None and alike_but_for_duties(world.policy, later.policy):
        # What is not about duties is proved in the last of the periods that decide alike.
        only_now = [
            one
            for one in invariants
            if one.form == "duty_follows" or later.policy.on not in one.in_force
        ]
        yield from broken_invariants(world, only_now, places)
        return
    yield from rows_always_fit(world, places)
    yield from fully_told_is_decided(world, places)
    yield from broken_invariants(world, invariants, places)


def _bounds(world: World) -> Iterator[Bound]:
    for name, places in world.alone.places.of.items():
        enough = world.alone.places.enough
        yield Bound(list=name, places=places, exact=name != WISHES and places >= enough[name])


def _claims(
    invariants: list[Invariant], examined: Examined, failures: list[Failure], periods: int
) -> Iterator[Claim]:
    broken = {failure.claim for failure in failures}
    seen = Counter(counts(examined))
    numbers = {
        "one-row": 2,
        "no-contradiction": seen["rule"] + seen["item"] + seen["outcome"],
        "no-dead-rule": seen["rule"] + seen["item"] + seen["outcome"] + seen["duty"],
        "no-idle-part": seen["part"],
    }
    for name in BUILT_IN:
        yield Claim(id=name, count=numbers.get(name, 0), periods=periods, proved=name not in broken)
    for one in invariants:
        yield Claim(
            id=one.id,
            label=one.label,
            periods=periods,
            proved=one.id not in broken,
            except_because=one.except_because,
            assumes=one.assumes_because,
        )

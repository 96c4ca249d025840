"""A policy to tables of terms: what a run gives, and what all runs of a case give together.

The twin of ``decide/readings.py``. Questions that nobody has chosen a reading of are run in every
reading where they are raised; which rows that is, only the table can tell. So there are three
sheets: the *base* decides every row with no question in play and says which rows that will not
do for; the *run* sheet reads the questions from columns, a row for each run; and the *finish*
sheet decides from what the runs agree on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.batch.grounds import conditions_above
from hjemmel.batch.scope import WISHES, Run, Truths, Widths, sure
from hjemmel.batch.terms import (
    both,
    either,
    equal,
    first_of,
    minus,
    most,
    no,
    number,
    packed,
    pick,
    plus,
    tells,
    up_to,
)
from hjemmel.batch.walk import (
    STATUSES,
    UNTOLD,
    WAITING_ROW,
    ItemTerm,
    WalkTerm,
    walk_wishes,
)
from hjemmel.decide.budget import ASK, ASSESS
from hjemmel.decide.readings import NOT_FULLY_GRANTED, asks_of_wishes
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import ConclusionTest, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.batch.scope import Scope
    from hjemmel.batch.terms import Bit, Number
    from hjemmel.policy.compile import Policy

ITEM_FIELDS = ("status", "row", "granted", "own_payment", "outside")
#: The truth of the target group as a number.
YES, NO, OPEN = 1, 2, 0
_SHORT = tuple(STATUSES.index(one) for one in STATUSES if one in NOT_FULLY_GRANTED)
#: As many places as a whole number holds safely in every engine.
PLACES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Named terms, ready to be put over a table."""

    outputs: Mapping[str, Bit | Number]


def chosen_readings(policy: Policy) -> dict[str, str]:
    """Return the questions of *policy* that have a chosen reading, and which."""
    return {
        name: question.chosen
        for name, question in policy.questions.items()
        if question.chosen != NONE_CHOSEN
    }


def base_sheet(policy: Policy, widths: Widths) -> Sheet:
    """Return the sheet that decides every row with no question in play."""
    run = Run(policy, widths, chosen_readings(policy))
    result = _run(run)
    merged = _Merged(
        target=result.target,
        items=[item.where(result.target.yes) for item in result.walk.items],
        ceiling=result.walk.ceiling,
        spent=result.walk.spent,
        known=result.walk.balance_known,
        only_open=no(result.target_facts),
    )
    unchosen = {name for name in policy.questions if name not in run.readings}
    outputs = {
        **_finished(run, merged),
        **_patterns(run),
        "raised": packed(truth.yes for truth in result.raised.values()),
        "in_play": packed(
            either(truth.yes, truth.unknown) if name in unchosen else False
            for name, truth in result.raised.items()
        ),
        "alone": both(no(result.target.no), result.walk.odd),
    }
    return Sheet(outputs=outputs)


def run_and_finish_sheets(policy: Policy, widths: Widths) -> tuple[Sheet, Sheet]:
    """Return the sheet of one run a row, its readings told by columns, and what ends the runs.

    The second decides from what the runs agree on, told by columns of ``merged``.
    """
    run = Run(policy, widths, {}, by_column=True)
    result = _run(run)
    walk = result.walk
    outputs: dict[str, Bit | Number] = {
        "target": _coded(result.target),
        "target_facts": result.target_facts,
        "raised": packed(truth.yes for truth in result.raised.values()),
        "maybe": packed(truth.unknown for truth in result.raised.values()),
        "ceiling": walk.ceiling,
        "spent": walk.spent,
        "known": walk.balance_known,
        "alone": both(no(result.target.no), walk.odd),
    }
    outputs |= _patterns(run)
    for at, item in enumerate(walk.items):
        outputs |= _item_outputs(at, item.where(no(result.target.no)))
    return Sheet(outputs=outputs), Sheet(outputs=_finished(run, _merged(widths)))


def _merged(widths: Widths) -> _Merged:
    return _Merged(
        target=Truths(equal(number("merged.target"), YES), equal(number("merged.target"), NO)),
        items=[
            ItemTerm(**{name: number(f"merged.{at}.{name}") for name in ITEM_FIELDS})
            for at in range(widths.of[WISHES])
        ],
        ceiling=number("merged.ceiling"),
        spent=number("merged.spent"),
        known=tells("merged.known", "holds", operand=True),
        only_open=no(tells("merged.target_facts", "holds", operand=True)),
    )


# --- one run -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Result:
    target: Truths
    target_facts: Bit
    walk: WalkTerm
    raised: Mapping[str, Truths]


def _run(run: Run) -> _Result:
    policy = run.policy
    target = run.scope.conclusion(policy.decided_by)
    facts = run.scope.causes(Leaf(ConclusionTest(policy.decided_by))).facts
    walk = walk_wishes(run)
    # Outside the target group nothing is walked, and a wish stays without a balance.
    run.go_on([_unless(target.no, scope) for scope in walk.scopes])
    raised = {name: _raised(run, name, target) for name in policy.questions}
    return _Result(target, facts, walk, raised)


def _unless(refused: Bit, scope: Scope) -> Scope:
    return scope.with_given({
        name: Truths(both(no(refused), one.yes), both(no(refused), one.no))
        for name, one in scope.given.items()
    })  # fmt: skip


def _raised(run: Run, name: str, target: Truths) -> Truths:
    question = run.policy.questions[name]
    truth = run.scope.value_of(question.raised_by)
    if name == run.policy.money.question or asks_of_wishes(question.raised_by):
        return Truths(both(no(target.no), truth.yes), either(target.no, truth.no))
    return truth


def _coded(truth: Truths) -> Number:
    return pick(truth.yes, YES, pick(truth.no, NO, OPEN))


def _item_outputs(at: int, item: ItemTerm) -> dict[str, Bit | Number]:
    return {f"{at}.{name}": getattr(item, name) for name in ITEM_FIELDS}


# --- what all runs give together -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged:
    target: Truths
    items: list[ItemTerm]
    ceiling: Number
    spent: Number
    known: Bit
    only_open: Bit


def _finished(run: Run, merged: _Merged) -> dict[str, Bit | Number]:
    policy = run.policy
    granted: Number = 0
    for item in merged.items:
        granted = plus(granted, item.granted)
    left = most(
        0, minus(minus(merged.ceiling, pick(up_to(0, merged.spent), merged.spent, 0)), granted)
    )
    remaining = pick(merged.known, left, UNTOLD)
    balance_open = both(merged.target.yes, no(merged.known))
    given = {
        "decision.only_open_question": sure(merged.only_open),
        "decision.item_assess": sure(_some(merged, (STATUSES.index(ASSESS),))),
        "decision.item_ask": sure(either(_some(merged, (STATUSES.index(ASK),)), balance_open)),
        "decision.item_short": sure(_some(merged, _SHORT)),
    }
    scope = run.scope.with_given(given)
    scope.suppose(policy.decided_by, merged.target)
    holds = [scope.value_of(row.when).yes for row in policy.outcomes]
    row = first_of(((so, at) for at, so in enumerate(holds)), WAITING_ROW)
    nobody_asked = either(*(
        equal(row, at)
        for at, one in enumerate(policy.outcomes)
        if one.result == policy.outcomes[0].result
    ))  # fmt: skip
    shown = both(merged.target.yes, no(nobody_asked))
    outputs: dict[str, Bit | Number] = {
        "rule": row,
        "target": _coded(merged.target),
        "ceiling": pick(shown, merged.ceiling, UNTOLD),
        "spent": pick(shown, merged.spent, UNTOLD),
        "granted": pick(shown, granted, UNTOLD),
        "remaining": pick(shown, remaining, UNTOLD),
    }
    for at, item in enumerate(merged.items):
        outputs |= _item_outputs(at, item.where(shown))
    return outputs


def _some(merged: _Merged, statuses: Iterable[int]) -> Bit:
    return either(*(equal(item.status, one) for item in merged.items for one in statuses))


def _patterns(run: Run) -> dict[str, Bit | Number]:
    """Return the numbers that say which conditions above the target group hold, and which fail."""
    truths = [run.scope.value_of(one) for one in conditions_above(run.policy)]
    outputs: dict[str, Bit | Number] = {}
    for at in range(0, len(truths), PLACES):
        part = truths[at : at + PLACES]
        outputs[f"holds.{at // PLACES}"] = packed(one.yes for one in part)
        outputs[f"fails.{at // PLACES}"] = packed(one.no for one in part)
    return outputs

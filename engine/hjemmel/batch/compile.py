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

from hjemmel.batch.scope import CRITERIA, UNKNOWN, WISHES, Run, Truths, Widths, sure
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
    NO_WISH,
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
from hjemmel.truth import Truth

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
_PLACES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Named terms, ready to be put over a table."""

    outputs: Mapping[str, Bit | Number]
    grounds: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


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
    result = _run(run, plain=True)
    merged = _Merged(
        target=result.target,
        items=[_none_unless(result.target.yes, item) for item in result.walk.items],
        ceiling=result.walk.ceiling,
        spent=result.walk.spent,
        known=result.walk.balance_known,
        only_open=no(result.target_facts),
    )
    sheet = _finished(run, merged)
    unchosen = {name for name in policy.questions if name not in run.readings}
    touched = either(*(
        either(truth.yes, truth.unknown if name in unchosen else False)
        for name, truth in result.raised.items()
    ))  # fmt: skip
    outputs = {
        **sheet.outputs,
        "raised": packed(truth.yes for truth in result.raised.values()),
        "in_play": packed(
            either(truth.yes, truth.unknown) if name in unchosen else False
            for name, truth in result.raised.items()
        ),
        "touched": touched,
        "hard": both(no(result.target.no), no(result.walk.plain)),
        "odd": both(no(result.target.no), result.walk.odd),
    }
    return Sheet(outputs=outputs, grounds=sheet.grounds, behind=sheet.behind)


def run_sheet(policy: Policy, widths: Widths) -> Sheet:
    """Return the sheet of one run a row, its readings told by columns."""
    run = Run(policy, widths, {}, by_column=True)
    result = _run(run, plain=False)
    walk = result.walk
    outputs: dict[str, Bit | Number] = {
        "target": _coded(result.target),
        "target_facts": result.target_facts,
        "raised": packed(truth.yes for truth in result.raised.values()),
        "maybe": packed(truth.unknown for truth in result.raised.values()),
        "ceiling": walk.ceiling,
        "spent": walk.spent,
        "known": walk.balance_known,
        "odd": both(no(result.target.no), walk.odd),
    }
    for at, item in enumerate(walk.items):
        outputs |= _item_outputs(at, _none_unless(no(result.target.no), item))
    return Sheet(outputs=outputs)


def finish_sheet(policy: Policy, widths: Widths) -> Sheet:
    """Return the sheet that decides from what the runs agree on, told by columns of ``merged``."""
    run = Run(policy, widths, {}, by_column=True)
    _run(run, plain=False)
    merged = _Merged(
        target=Truths(
            equal(number("merged.target"), YES), equal(number("merged.target"), NO)
        ),
        items=[
            ItemTerm(**{name: number(f"merged.{at}.{name}") for name in ITEM_FIELDS})
            for at in range(widths.of[WISHES])
        ],
        ceiling=number("merged.ceiling"),
        spent=number("merged.spent"),
        known=tells("merged.known", "holds", operand=True),
        only_open=no(tells("merged.target_facts", "holds", operand=True)),
    )
    return _finished(run, merged)


# --- one run -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Result:
    target: Truths
    target_facts: Bit
    walk: WalkTerm
    raised: Mapping[str, Truths]


def _run(run: Run, *, plain: bool) -> _Result:
    policy = run.policy
    target = run.scope.conclusion(policy.decided_by)
    base = run.elements[WISHES]
    walk = walk_wishes(run, plain=plain)
    # Outside the target group nothing is walked, and a wish stays without a balance.
    run.elements[WISHES] = [
        _unless(target.no, scope, before)
        for scope, before in zip(walk.scopes, base, strict=True)
    ]
    raised = {name: _raised(run, name, target) for name in policy.questions}
    facts = run.scope.causes(Leaf(ConclusionTest(policy.decided_by))).facts
    return _Result(target, facts, walk, raised)


def _unless(refused: Bit, scope: Scope, before: Scope) -> Scope:
    return before.with_given({
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


def _none_unless(so: Bit, item: ItemTerm) -> ItemTerm:
    return item.where(so)


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


def _finished(run: Run, merged: _Merged) -> Sheet:
    policy = run.policy
    granted: Number = 0
    for item in merged.items:
        granted = plus(granted, item.granted)
    left = most(0, minus(minus(merged.ceiling, pick(up_to(0, merged.spent), merged.spent, 0)), granted))
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
        both(equal(row, at))
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
    grounds, behind, of_grounds = _grounds(run, merged.target)
    return Sheet(outputs={**outputs, **of_grounds}, grounds=grounds, behind=behind)


def _some(merged: _Merged, statuses: Iterable[int]) -> Bit:
    return either(*(equal(item.status, one) for item in merged.items for one in statuses))


def _grounds(
    run: Run, target: Truths
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Bit | Number]]:
    """Return the ids that may carry the answer, and the numbers that say which of them do."""
    policy = run.policy
    condition = policy.conclusions[policy.decided_by].when
    carrying = run.scope.carrying(condition)
    names = tuple(dict.fromkeys(name for _, name in carrying))
    ground = first_of(((so, names.index(name)) for so, name in carrying), -1)
    found: dict[str, Bit] = {}
    for wanted in (Truth.FALSE, Truth.UNKNOWN):
        run.scope.behind(condition, wanted, target.is_(wanted), found)
    criteria = [name for name in policy.criteria if name in found]
    behind = (*criteria, *(name for name in policy.conclusions if name in found))
    outputs: dict[str, Bit | Number] = {"ground": pick(target.yes, ground, -1)}
    for part in range(0, len(behind), _PLACES):
        outputs[f"behind.{part // _PLACES}"] = packed(
            found[name] for name in behind[part : part + _PLACES]
        )
    return names, behind, outputs

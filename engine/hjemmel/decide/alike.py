"""What was decided of a case, found again for a case that is alike.

Two cases are alike when the rules are told the same of them: their marks are equal, element by
element. What the rules then make of them differs by nothing but the amounts, and amounts come in
at one place: the walk through the wishes, which asks of each whether it fits in what is left. So
a decision is found again in turns. The walk of the reading that was run first is made with the
amounts of this case; how it went leads to the reading that was run next, or to what was decided.

No amount, name or text of a case is part of what is kept, and nothing is kept that the
interpreters were not asked. A walk that meets something untold is not made here: then the case is
decided as any other is. So it is where somebody must still tell or assess something.
"""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter

from hjemmel.decide.budget import (
    SETTLED,
    by_first_grant,
    ceiling_of_first,
    item_of,
    spent_before,
    value_of,
)
from hjemmel.decide.memory import Memory
from hjemmel.decide.readings import Core, amounts_of, propose
from hjemmel.model import GRANTS, WISHES, Amounts, Decision
from hjemmel.records import NamedTuple, replace
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from typing import Any

    from hjemmel.decide.readings import Proposal, Result
    from hjemmel.decide.run import Interpreter, Told
    from hjemmel.model import Case, Item
    from hjemmel.policy.compile import Policy, Row


class Walked(NamedTuple):
    """How the walk through the wishes of a case went in one reading, and in what steps."""

    items: tuple[Item, ...]
    ceiling: int
    spent: int
    steps: int


_NOTHING_GIVEN = Walked((), 0, 0, 0)


class Given(NamedTuple):
    """What the readings in play give together: a proposal without how it came about."""

    outcome: Row
    target_group: Truth
    items: tuple[Item, ...]
    amounts: Amounts | None


class Found:
    """The proposal for a case that is like another; how it comes about is found out when asked."""

    def __init__(self, given: Given, kept: Kept, interpreter: Interpreter, told: Told) -> None:
        """Take what is *given*, where it was *kept*, and what it takes to propose it."""
        self.outcome, self.target_group, self.items, self.amounts = given
        self.kept = kept
        self._interpreter, self._told = interpreter, told

    def tell(self, policy: Policy, decision: Decision) -> None:
        """Take the *decision* that tells what was found."""
        self.policy, self._made = policy, _parts_of(decision)

    def is_told_by(self, decision: Decision) -> bool:
        """Say whether *decision* is as it was made."""
        return self._made == _parts_of(decision)

    @cached_property
    def proposal(self) -> Proposal:
        """Return the proposal, made as for any other case."""
        case: Case = self._made[0]
        return propose(self.policy, case, self._interpreter, told=self._told)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a proposal holds
        """Return what the proposal holds by that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.proposal, name)


_parts_of: Callable[[Decision], tuple[Any, ...]] = attrgetter(
    *[name for name in Decision.__annotations__ if name != "trace"]
)


class _Sums:
    """The amounts that a case tells, each of them told."""

    __slots__ = ("grants", "spent", "values", "wishes")

    def __init__(self, policy: Policy, case: Case) -> None:
        self.wishes = case.lists.get(WISHES) or ()
        self.values = [value_of(policy, case.decided_on, wish) for wish in self.wishes]
        self.grants = case.lists.get(GRANTS)
        self.spent = None if self.grants is None else spent_before(self.grants)

    def ceiling(self, policy: Policy, *, of_first: bool) -> int | None:
        """Return the one ceiling that this case can have; nothing where it can have several."""
        if not of_first or not self.grants:
            return policy.money.ceiling_today
        return ceiling_of_first(policy, self.grants)


class _Turn:
    """The walk through the wishes in one reading: the row of each, by how the wish is met."""

    __slots__ = ("_of_first", "_policy", "refused", "rows")

    def __init__(self, policy: Policy, result: Result) -> None:
        self._policy = policy
        self.refused = result.target_group is Truth.FALSE
        self._of_first = by_first_grant(policy, result.run.readings)
        self.rows: list[dict[int, Row]] = [{} for _ in result.walk.items]

    def walk(self, sums: _Sums) -> Walked | None:
        """Return how the walk goes with the *sums* of a case; nothing where that is not known."""
        spent, ceiling = sums.spent, sums.ceiling(self._policy, of_first=self._of_first)
        if spent is None or ceiling is None:
            return None
        left, steps, items = max(0, ceiling - spent), 1, []
        for wish, value, rows in zip(sums.wishes, sums.values, self.rows, strict=True):
            if value is None:
                return None
            met = _met(value, left, ceiling)
            row = rows.get(met)
            if row is None:
                return None
            item = item_of(self._policy, wish, value, row, left)
            items.append(item)
            left -= item.granted
            steps = steps << _BITS | met
        return Walked(tuple(items), ceiling, spent, steps)

    def learn(self, result: Result, sums: _Sums) -> Walked | None:
        """Learn the rows of *result* and return its walk; nothing where it is not made so here."""
        if self.refused:
            return _NOTHING_GIVEN
        plan, walk = result.run.plan, result.walk
        left = max(0, walk.ceiling - (walk.spent or 0))
        for item, value, rows in zip(walk.items, sums.values, self.rows, strict=True):
            if value is None or item.status not in SETTLED or item.row not in plan.items:
                return None
            rows[_met(value, left, walk.ceiling)] = plan.items[item.row]
            left -= item.granted
        walked = self.walk(sums)
        made = (tuple(walk.items), walk.ceiling, walk.spent)
        return walked if walked is not None and walked[:3] == made and walk.balance_known else None


_BITS = 3


def _met(value: int, left: int, ceiling: int) -> int:
    """Return how a wish of *value* is met: does it fit, is anything *left*, is it too dear."""
    return (value <= left) | (left > 0) << 1 | (value > ceiling) << 2


class _Sketch:
    """A proposal but for its amounts: where they are taken from, and what readings differ on."""

    __slots__ = ("_differing", "_items", "_runs", "outcome", "target_group")

    def __init__(self, proposal: Proposal, results: Sequence[Result]) -> None:
        at = {id(result.run): number for number, result in enumerate(results)}
        self.outcome, self.target_group = proposal.outcome, proposal.target_group
        #: The walks of which the amounts are taken, and the first of them, with the items.
        self._runs = tuple(at[id(run)] for run in proposal.runs) if proposal.amounts else ()
        self._items = at[id(proposal.run)] if proposal.items else None
        walked = results[at[id(proposal.run)]].walk.items
        self._differing = {
            number: item for number, item in enumerate(proposal.items) if item is not walked[number]
        }

    def given(self, walks: Sequence[Walked]) -> Given:
        """Return what is given where the *walks* went so."""
        items = () if self._items is None else walks[self._items].items
        if self._differing:
            items = tuple(
                [
                    replace(self._differing[at], id=item.id) if at in self._differing else item
                    for at, item in enumerate(items)
                ]
            )
        return Given(self.outcome, self.target_group, items, self._amounts(walks, items))

    def _amounts(self, walks: Sequence[Walked], items: tuple[Item, ...]) -> Amounts | None:
        if not self._runs:
            return None
        return amounts_of([walks[run] for run in self._runs], items, known=True)


class Kept:
    """What was decided of cases that are alike, whose walks went alike and left alike."""

    __slots__ = ("_duties", "_grounds", "_readings", "form")

    def __init__(self, core: Core, results: Sequence[Result]) -> None:
        """Take what was decided of one of them, by way of its *results*."""
        #: What each reading gives; nothing for the one that was taken in what is proposed.
        self._readings = {
            name: {
                one: None if proposal is core.proposal else _Sketch(proposal, results)
                for one, proposal in readings.items()
            }
            for name, readings in core.readings.items()
        }
        self._duties, self._grounds = core.duties, core.grounds
        #: The form that the JSON of these decisions is filled in, once there is one.
        self.form: Any = None

    def core(self, found: Found, walks: Sequence[Walked]) -> Core:
        """Return what is decided where *found* is proposed and the *walks* went so."""
        readings: Any = {
            name: {
                one: sketch.given(walks) if sketch else found for one, sketch in readings.items()
            }
            for name, readings in self._readings.items()
        }
        proposal: Any = found
        return Core(proposal, readings, self._duties, self._grounds)


class _End:
    """What is given when no further walk is to be made, and what was kept, by what is left."""

    __slots__ = ("kept", "sketch")

    def __init__(self, sketch: _Sketch) -> None:
        self.sketch = sketch
        self.kept: dict[bool, Kept] = {}


class Alike:
    """What one interpreter has decided by one policy, by what its rules were told."""

    def __init__(self, policy: Policy, interpreter: Interpreter) -> None:
        """Take the *policy* that is decided by, and the *interpreter* that was asked."""
        self._policy, self._interpreter = policy, interpreter
        #: The first turn by what is told, and what comes after a turn by how it went.
        self._known = Memory()
        #: What was told of cases that were met once: whether there are more is not known yet.
        self._met = Memory()

    def __len__(self) -> int:
        """Return how much is known."""
        return len(self._known)

    def find(self, case: Case, told: Told) -> Core | None:
        """Return what is decided of *case*, if it was of cases that were *told* alike."""
        turn = self._known.get(_key(case, told))
        if turn is None:
            return None
        walks: list[Walked] = []
        sums = None
        while turn.__class__ is _Turn:
            if turn.refused:
                walks.append(_NOTHING_GIVEN)
            else:
                sums = sums or _Sums(self._policy, case)
                walked = turn.walk(sums)
                if walked is None:
                    return None
                walks.append(walked)
            turn = self._known.get((turn, *_went(walks)))
        if turn is None:
            return None
        given = turn.sketch.given(walks)
        kept: Kept | None = turn.kept.get(_money_left(given))
        if kept is None:
            return None
        return kept.core(Found(given, kept, self._interpreter, told), walks)

    def learn(self, case: Case, told: Told, core: Core) -> Core | None:
        """Learn what was decided of *case*, and return it as it will be found.

        Nothing where the same was never *told* before, or where it cannot be learned.
        """
        at: Hashable = _key(case, told)
        if at not in self._met:
            self._met.keep(at, at)
            return None
        sums, walks = _Sums(self._policy, case), list[Walked]()
        results = tuple(core.proposal.ran.values())
        for result in results:
            turn = self._known.get(at) or self._known.keep(at, _Turn(self._policy, result))
            walked = turn.learn(result, sums)
            if walked is None:
                return None
            walks.append(walked)
            at = (turn, *_went(walks))
        sketch = _Sketch(core.proposal, results)
        end = self._known.get(at) or self._known.keep(at, _End(sketch))
        given = sketch.given(walks)
        kept = end.kept[_money_left(given)] = Kept(core, results)
        found = Found(given, kept, self._interpreter, told)
        found.proposal = core.proposal
        return kept.core(found, walks)


def _key(case: Case, told: Told) -> tuple[Hashable, ...]:
    """Return all that the rules are told of *case*: in equal places the same."""
    return (
        told.case,
        *told.lists,
        *told.lists.values(),
        *told.laters.values(),
        *[name for name, one in case.lists.items() if one is None],
    )


def _went(walks: Sequence[Walked]) -> tuple[Hashable, ...]:
    """Return how the last of *walks* went, and what in it is as it was in an earlier one."""
    last = walks[-1]
    if len(walks) == 1:
        return (last.steps,)
    before = walks[:-1]
    same = [
        next(
            (at for at, walk in enumerate(before) if walk.items[number : number + 1] == (item,)), -1
        )
        for number, item in enumerate(last.items)
    ]
    return (last.steps, *same)


def _money_left(given: Given) -> bool:
    return given.amounts is not None and bool(given.amounts.remaining)

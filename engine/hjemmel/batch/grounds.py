"""The ids that carry the answer about the target group: the twin of ``decide/grounds.py``.

The table says of each part of the rules above the target group whether it holds or fails; which
ids that names is looked up once for each pattern, by the same walk as in a single case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.batch.scope import CRITERIA
from hjemmel.policy.language import All, AnyPart, ConclusionTest, FactTest, Leaf, Not, parts_of
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Condition


def conditions_above(policy: Policy) -> tuple[Condition, ...]:
    """Return every condition that the walk for grounds may ask about, each once."""
    found: dict[Condition, None] = {}

    def look(condition: Condition) -> None:
        if condition not in found:
            found[condition] = None
            for part in _below(policy, condition):
                look(part)

    look(policy.conclusions[policy.decided_by].when)
    return tuple(found)


class Grounds:
    """Finds the ids that carry the answer, from which conditions above it hold and which fail.

    Both are told as the bits of numbers, in the order of ``conditions_above``: so many *places* to
    a number. Each pattern is walked once.
    """

    def __init__(self, policy: Policy, places: int) -> None:
        """Give each condition of *policy* a number, so that a walk looks none up by itself."""
        self._policy = policy
        self._conditions = conditions_above(policy)
        numbers = {condition: at for at, condition in enumerate(self._conditions)}
        self._below = [
            tuple(numbers[part] for part in _below(policy, one)) for one in self._conditions
        ]
        self._ids = [_named_by(one) for one in self._conditions]
        self._places = places
        self._known: dict[tuple[Truth, tuple[int, ...]], tuple[str, ...]] = {}

    def of(self, target: Truth, told: tuple[int, ...]) -> tuple[str, ...]:
        """Return the ids that carry *target*: *told* is what holds, and then what fails."""
        key = (target, told)
        found = self._known.get(key)
        if found is None:
            half = len(told) // 2
            found = self._found(target, self._joined(told[:half]), self._joined(told[half:]))
            self._known[key] = found
        return found

    def _joined(self, parts: tuple[int, ...]) -> int:
        return sum(part << at * self._places for at, part in enumerate(parts))

    def _found(self, target: Truth, holds: int, fails: int) -> tuple[str, ...]:
        if target is Truth.TRUE:
            return self._carrying(0, holds)[:1]
        so = fails if target is Truth.FALSE else ~(holds | fails)
        found: set[str] = set()
        seen: set[int] = set()
        waiting = [0]
        while waiting:
            at = waiting.pop()
            if so >> at & 1 and at not in seen:
                seen.add(at)
                found.add(self._ids[at])
                waiting.extend(self._below[at])
        criteria = [name for name in self._policy.criteria if name in found]
        return (*criteria, *(name for name in self._policy.conclusions if name in found))

    def _carrying(self, at: int, holds: int) -> tuple[str, ...]:
        match self._conditions[at]:
            case Leaf(ConclusionTest(name)):
                if self._policy.conclusions[name].ground:
                    return (name,)
                return self._carrying(self._below[at][0], holds)
            case All(_):
                return tuple(
                    ground for part in self._below[at] for ground in self._carrying(part, holds)
                )
            case AnyPart(_):
                return self._carrying(next(p for p in self._below[at] if holds >> p & 1), holds)
            case _:
                return ()


def _below(policy: Policy, condition: Condition) -> tuple[Condition, ...]:
    """Return what stands behind *condition* in the walk for grounds."""
    match condition:
        case Leaf(ConclusionTest(name)) if name in policy.conclusions:
            return (policy.conclusions[name].when,)
        case Not(Leaf(ConclusionTest(_))):
            return ()
        case _:
            return tuple(parts_of(condition))


def _named_by(condition: Condition) -> str:
    """Return the id that *condition* itself gives as a ground, or nothing."""
    match condition:
        case Leaf(ConclusionTest(name)) | Not(Leaf(ConclusionTest(name))):
            return name
        case Leaf(FactTest(fact)) if fact.startswith(CRITERIA):
            return fact.removeprefix(CRITERIA)
        case _:
            return ""

"""The ids that carry the answer about the target group: the twin of ``decide/grounds.py``.

The table says of each part of the rules above the target group whether it holds or fails; which
ids that names is looked up once for each pattern, by the same walk as in a single case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.batch.scope import CRITERIA
from hjemmel.policy.language import All, AnyPart, ConclusionTest, FactTest, Leaf, Not, parts_of
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Condition


def conditions_above(policy: Policy) -> tuple[Condition, ...]:
    """Return every condition that the walk for grounds may ask about, each once."""
    found: dict[Condition, None] = {}

    def look(condition: Condition) -> None:
        if condition in found:
            return
        found[condition] = None
        match condition:
            case Leaf(ConclusionTest(name)) if name in policy.conclusions:
                look(policy.conclusions[name].when)
            case Not(Leaf(ConclusionTest(_))):
                pass
            case _:
                for part in parts_of(condition):
                    look(part)

    look(policy.conclusions[policy.decided_by].when)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the conditions above the target group came to, in the order of ``conditions_above``."""

    policy: Policy
    truths: Mapping[Condition, Truth]

    def grounds(self, target: Truth) -> tuple[str, ...]:
        """Return the ids that carry *target*."""
        condition = self.policy.conclusions[self.policy.decided_by].when
        if target is Truth.TRUE:
            return self._carrying(condition)[:1]
        found: set[str] = set()
        self._behind(condition, target, found)
        criteria = [name for name in self.policy.criteria if name in found]
        return (*criteria, *(name for name in self.policy.conclusions if name in found))

    def _carrying(self, condition: Condition) -> tuple[str, ...]:
        match condition:
            case Leaf(ConclusionTest(name)):
                conclusion = self.policy.conclusions[name]
                return (name,) if conclusion.ground else self._carrying(conclusion.when)
            case All(parts):
                return tuple(ground for part in parts for ground in self._carrying(part))
            case AnyPart(parts):
                held = (part for part in parts if self.truths[part] is Truth.TRUE)
                return self._carrying(next(held))
            case _:
                return ()

    def _behind(self, condition: Condition, target: Truth, found: set[str]) -> None:
        if self.truths[condition] is not target:
            return
        match condition:
            case Leaf(ConclusionTest(name)):
                found.add(name)
                self._behind(self.policy.conclusions[name].when, target, found)
            case Leaf(FactTest(fact)) if fact.startswith(CRITERIA):
                found.add(fact.removeprefix(CRITERIA))
            case Not(Leaf(ConclusionTest(name))):
                found.add(name)
            case _:
                for part in parts_of(condition):
                    self._behind(part, target, found)

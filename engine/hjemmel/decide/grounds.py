"""The ids that carry the answer about the target group."""

from __future__ import annotations

from hjemmel.policy.language import (
    All,
    AnyPart,
    ConclusionTest,
    Condition,
    FactTest,
    Leaf,
    Not,
    parts_of,
)
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hjemmel.decide.readings import Proposal
    from hjemmel.decide.run import Scope

_CRITERIA = "criteria."


def grounds_of(proposal: Proposal) -> tuple[str, ...]:
    """Return the ids that carry the target group's truth.

    For a yes the first ground that suffices; for a no every failed criterion and conclusion;
    for an unknown every criterion and conclusion that is unknown.
    """
    scope, policy = proposal.run.scope, proposal.run.policy
    condition = policy.conclusions[policy.decided_by].when
    if proposal.target_group is Truth.TRUE:
        return _carrying(scope, condition)[:1]
    found: list[str] = []
    _behind(proposal, scope, condition, found)
    criteria = [name for name in policy.criteria if name in found]
    return (*criteria, *(name for name in policy.conclusions if name in found))


def _carrying(scope: Scope, condition: Condition) -> tuple[str, ...]:
    match condition:
        case Leaf(ConclusionTest(name)):
            conclusion = scope.run.policy.conclusions[name]
            return (name,) if conclusion.ground else _carrying(scope, conclusion.when)
        case All(parts):
            return tuple(ground for part in parts for ground in _carrying(scope, part))
        case AnyPart(parts):
            held = (part for part in parts if scope.value_of(part) is Truth.TRUE)
            return _carrying(scope, next(held))
        case _:
            return ()


def _behind(proposal: Proposal, scope: Scope, condition: Condition, found: list[str]) -> None:
    """Note the ids below *condition* that make the target group what it is: false or unknown."""
    if proposal.agreed(scope, condition) is not proposal.target_group:
        return
    match condition:
        case Leaf(ConclusionTest(name)):
            found.append(name)
            _behind(proposal, scope, scope.run.policy.conclusions[name].when, found)
        case Leaf(FactTest(fact)) if fact.startswith(_CRITERIA):
            found.append(fact.removeprefix(_CRITERIA))
        case Not(Leaf(ConclusionTest(name))):
            found.append(name)
        case _:
            for part in parts_of(condition):
                _behind(proposal, scope, part, found)

"""The two sides of a decision, and the facts that bear on one of them alone.

*Whether* somebody is in the target group, and *what* they are then given: where nothing bears on
both, each can be looked at without the other. Which fact bears on what is found in the cones of
the policy and stands nowhere in the rules.
"""

from __future__ import annotations

from hjemmel.decide.answers import ELEMENT
from hjemmel.decide.memory import Cone, cones_of
from hjemmel.model import GRANTS, WISHES
from hjemmel.records import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy


@dataclass(frozen=True, slots=True)
class Sides:
    """What bears on nothing but *whether*, on nothing but *what*, or on the outcome *itself*.

    Facts of the case and lists, by their names. All are empty where the sides cannot be parted.
    """

    whether: frozenset[str] = frozenset()
    what: frozenset[str] = frozenset()
    itself: frozenset[str] = frozenset()

    def only_whether(self, path: str) -> bool:
        """Say whether the fact at *path* can bear on nothing but whether."""
        return _owner(path) in self.whether

    def only_what(self, path: str) -> bool:
        """Say whether the fact at *path* can bear on nothing but what is given."""
        return _owner(path) in self.what

    def without_what(self, case: Case) -> Case:
        """Return *case* with nothing wished and granted, and no more told than bears on whether."""
        return _with_only(case, self.whether | self.itself, ())

    def without_whether(self, case: Case) -> Case:
        """Return *case* with no more told than bears on what is given."""
        return _with_only(case, self.what | self.itself, None)


def _with_only(case: Case, kept: frozenset[str], other: tuple[()] | None) -> Case:
    """Return *case* with the facts and lists *kept*; every *other* list is told empty, or not."""
    return replace(
        case,
        facts={path: value for path, value in case.facts.items() if path in kept},
        lists={name: told if name in kept else other for name, told in case.lists.items()},
    )


def sides_of(policy: Policy) -> Sides:
    """Return the sides of *policy*, found the first time they are asked for."""
    sides = policy.notes.get("sides")
    if not isinstance(sides, Sides):
        sides = policy.notes["sides"] = _sides(policy)
    return sides


def _sides(policy: Policy) -> Sides:
    cones = cones_of(policy)
    whether, read_there = _reached(policy, cones.target, ())
    what, read_here = _reached(policy, cones.item, (policy.money.question,))
    what |= {WISHES, GRANTS}
    itself = set(_told(policy, cones.outcome))
    if whether & what or itself & (whether | what) or read_there & read_here:
        return Sides()
    return Sides(frozenset(whether), frozenset(what), frozenset(itself))


def _reached(policy: Policy, cone: Cone, more: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return what is told of *cone* or raises a question it reads, or *more*; and the questions."""
    told, questions = set(_told(policy, cone)), set[str]()
    waiting = [*cone.questions, *more]
    while waiting:
        name = waiting.pop()
        if name in policy.questions and name not in questions:
            questions.add(name)
            below = Cone(policy, [policy.questions[name].raised_by])
            told.update(_told(policy, below))
            waiting += below.questions
    return told, questions


def _told(policy: Policy, cone: Cone) -> Iterator[str]:
    """Yield the facts of the case and the lists that *cone* rests on, as they are told."""
    yield from cone.lists
    for name in cone.facts:
        yield from _as_told(policy, policy.facts[name])


def _as_told(policy: Policy, fact: Fact) -> Iterator[str]:
    """Yield the name by which *fact* is told: the engine works some out from another."""
    if not fact.given_by:
        yield fact.id
    elif fact.asks:
        yield from _as_told(policy, policy.facts[fact.asks])


def _owner(path: str) -> str:
    """Return the list in whose elements the fact at *path* is told, or the fact of the case."""
    found = ELEMENT.fullmatch(path)
    return path if found is None else found["list"]

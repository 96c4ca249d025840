"""The search for a witness: a way to tell the rest in which two answers to a fact part.

Every way it speaks of was decided. It goes straight for one first, and only where that fails are
all ways gone through, except those in which the fact is seen to change nothing any more.
"""

from __future__ import annotations

from hjemmel.decide.answers import ELEMENT, Answers, with_facts
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.readings import propose
from hjemmel.decide.settled import rest_of
from hjemmel.model import WISHES
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.compile import Policy

    #: What is told besides the case: facts by their paths.
    Way = Mapping[str, Any]

#: When the search of one case has made this many proposals, what is left is asked for.
MOST_PROPOSALS = 3_000
#: Types of facts whose answers rest on what else is told.
_RESTING = frozenset({"amount", "list"})


class Witnesses:
    """Finds witnesses for the facts of one case, and remembers what it tried."""

    def __init__(self, policy: Policy, case: Case, kept: frozenset[str] = frozenset()) -> None:
        """Take the *case*; what is *kept* is not told anew, even if it is open."""
        self._policy, self._case, self._kept = policy, case, kept
        self._reference = reference_for(policy)
        self._seen: dict[tuple[tuple[str, str], ...], Proposal] = {}
        self._ways: list[dict[str, Any]] = []
        self.answers = Answers(policy, case)

    @property
    def tries(self) -> int:
        """Return how many different cases have been tried."""
        return len(self._seen)

    def proposal(self, way: Way) -> Proposal:
        """Return what is proposed when *way* is told as well."""
        key = tuple(sorted([(path, repr(value)) for path, value in way.items()]))
        known = self._seen.get(key)
        if known is None:
            known = propose(self._policy, with_facts(self._case, way), self._reference)
            self._seen[key] = known
        return known

    def matters(self, path: str) -> bool:
        """Say whether two answers to *path* part in some way of telling the rest.

        A way in which another fact mattered often does for this one too, so those are tried
        first.
        """
        for way in reversed(self._ways):
            told = {one: value for one, value in way.items() if one != path}
            if self._part(path, told):
                return True
        return self._found_near(path) or self._found_at_last(path, {}, {})

    def completion(self, truth: Truth) -> Way | None:
        """Return a way to tell all that is open such that the target group is *truth*, if any."""
        return self._completion({}, truth)

    def _completion(self, told: Way, truth: Truth) -> Way | None:
        proposal = self.proposal(told)
        if proposal.target_group not in (truth, Truth.UNKNOWN):
            return None
        left = self._left(proposal, told)
        if not left:
            return told if proposal.target_group is truth else None
        ways = (self._completion(more, truth) for more in self._one_more(told, left))
        return next((way for way in ways if way is not None), None)

    # --- straight for a witness -------------------------------------------------------------

    def _found_near(self, path: str) -> bool:
        """Try the straight way, and those that leave it once, the latest first."""
        trail = self._straight(path, {})
        if self._part(path, trail[-1]):
            return True
        return any(
            self._part(path, self._straight(path, way)[-1])
            for told, taken in zip(reversed(trail[:-1]), reversed(trail[1:]), strict=True)
            for way in self._one_more(told, taken.keys() - told.keys(), path)
            if way != taken and path in self.proposal(way).facts
        )

    def _straight(self, path: str, told: Way) -> list[Way]:
        """Tell what is open, always so that *path* stays open, until nothing else is, if it can."""
        trail = [told]
        while left := self._left(self.proposal(trail[-1]), trail[-1]) - {path}:
            ways = self._one_more(trail[-1], left, path)
            way = next((way for way in ways if path in self.proposal(way).facts), None)
            if way is None:
                break
            trail.append(way)
        return trail

    def _part(self, path: str, told: Way) -> bool:
        """Say whether two answers to *path* with which nothing more is open come to two ends."""
        ends: dict[str, object] = {}
        self._left_open(path, told, ends)
        if not _differ(ends):
            return False
        way = {**told, path: self.answers.to(path, told)[0]}
        if way not in self._ways:
            self._ways.append(way)
        return True

    # --- all ways ---------------------------------------------------------------------------

    def _found_at_last(self, path: str, told: Way, ends: Mapping[str, object]) -> bool:
        """Go through the ways that go on from *told*; *ends* are answers' ends known already."""
        if len(self._seen) > MOST_PROPOSALS:
            return True
        proposal = self.proposal(told)
        if path not in proposal.facts or self._nothing_is_proposed(proposal):
            return False
        ends = dict(ends)
        left = self._left_open(path, told, ends)
        if _differ(ends):
            return self._part(path, told)
        if not left or self._rests(path, told):
            return False
        ways = self._one_more(told, left, path)
        return any(self._found_at_last(path, way, ends) for way in ways)

    def _left_open(self, path: str, told: Way, ends: dict[str, object]) -> set[str]:
        """Return what is open after some answer to *path*; note the *ends* of the others.

        An answer with which nothing is open comes to the same end whatever else is told, so
        two ends that differ are enough.
        """
        left: set[str] = set()
        for value in self.answers.to(path, told):
            answer = repr(value)
            if answer in ends:
                continue
            proposal = self.proposal({**told, path: value})
            more = self._left(proposal, told) - {path}
            left |= more
            if not more:
                ends[answer] = proposal.signature()
                if _differ(ends):
                    break
        return left

    def _nothing_is_proposed(self, proposal: Proposal) -> bool:
        """Say whether nobody has asked for anything, so that nothing else can matter."""
        return proposal.outcome.result == self._policy.outcomes[0].result

    def _rests(self, path: str, told: Way) -> bool:
        """Say whether the wish of *path* has come to rest, at the same after every answer."""
        found = ELEMENT.fullmatch(path)
        if found is None or found["list"] != WISHES:
            return False
        answers = [self.proposal({**told, path: value}) for value in self.answers.to(path, told)]
        items = {item for one in answers for item in one.items if item.id == found["key"]}
        if len(items) != 1:
            return False
        rests = {rest_of(one, found["key"]) for one in answers}
        return len(rests) == 1 and () not in rests

    # --- what is open, and how it may be told ---------------------------------------------------

    def _left(self, proposal: Proposal, told: Way) -> frozenset[str]:
        return proposal.facts - told.keys() - self._kept

    def _one_more(self, told: Way, left: Iterable[str], path: str = "") -> Iterator[dict[str, Any]]:
        """Yield *told* with each answer to the first fact of *left*, on the way to *path*."""
        element = _element(path)
        first = min(left, key=lambda one: self._rank(one, element))
        for value in self.answers.to(first, told):
            yield {**told, first: value}

    def _rank(self, path: str, element: str) -> tuple[bool, bool, int, str]:
        """Return where *path* comes among the facts to tell.

        First what is told of the same *element*, since it may show that nothing there matters;
        amounts last and always in the same order, since their answers rest on each other.
        """
        fact = self.answers.fact(path)
        return (_element(path) != element, fact.type in _RESTING, fact.order, path)


def _differ(ends: Mapping[str, object]) -> bool:
    return len(set(ends.values())) > 1


def _element(path: str) -> str:
    """Return the element that *path* is told of; a fact of the case is an element of its own."""
    return path.rpartition("].")[0] or path

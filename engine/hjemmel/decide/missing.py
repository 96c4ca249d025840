"""What to ask for: exactly the facts that can still change the outcome, an item or an amount.

A fact is asked for only when there is a way to tell everything else such that two answers to
it lead to different proposals. The way is searched for and found, not assumed.
"""

from __future__ import annotations

from hjemmel.decide.answers import Answers, with_facts
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.readings import propose
from hjemmel.model import Missing
from hjemmel.policy.language import ConclusionTest, Leaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy

#: When the search of one case has made this many proposals, what is left is asked for.
_MOST_PROPOSALS = 3_000


def missing_facts(policy: Policy, case: Case, proposal: Proposal) -> tuple[Missing, ...]:
    """Return the facts that can still change *proposal*, the most decisive first."""
    if proposal.outcome.result not in ("ask", "assess"):
        return ()
    search = _Search(policy, case)
    candidates = sorted(proposal.facts, key=lambda path: (search.answers.fact(path).order, path))
    found = [path for path in candidates if search.matters(path)]
    if not found and proposal.outcome.result == "ask":
        found = candidates  # never ask without saying what for
    return tuple(
        _missing(search.answers.fact(path), path) for path in _in_order(search, proposal, found)
    )


def _in_order(search: _Search, proposal: Proposal, paths: list[str]) -> list[str]:
    """Return *paths* by how much they decide, then by how intrusive it is to ask.

    First what settles the case alone with most answers, then what the outcome itself waits for,
    then what only an item or an amount waits for.
    """
    run = proposal.run
    decides = run.scope.causes(Leaf(ConclusionTest(run.policy.decided_by))).facts
    keys = {
        path: (
            -search.decides_alone(path),
            path not in decides,
            search.answers.fact(path).intrusion,
        )
        for path in paths
    }
    return sorted(paths, key=keys.__getitem__)


def matter_as_told(policy: Policy, case: Case, paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of *paths* that can matter while what is told as *not yet* stays so."""
    search = _Search(policy, case, keep_told=True)
    return tuple(path for path in paths if search.matters(path))


def tries_without_effect(policy: Policy, case: Case, path: str) -> int:
    """Return how many ways of telling the rest show that *path* cannot matter; nought if it can."""
    search = _Search(policy, case)
    return 0 if search.matters(path) else search.tries


def _missing(fact: Fact, path: str) -> Missing:
    cause = "assessment" if fact.told == "assessment" else "fact"
    return Missing(
        fact=path,
        question=fact.question,
        cause=cause,
        sources=fact.sources,
        citizen=fact.citizen,
        told_by=fact.told_by,
    )


class _Search:
    def __init__(self, policy: Policy, case: Case, *, keep_told: bool = False) -> None:
        self.policy, self.case = policy, case
        told = (path for path, value in case.facts.items() if value is not None)
        self._kept = frozenset(told if keep_told else ())
        self._reference = reference_for(policy)
        self._seen: dict[tuple[tuple[str, str], ...], Proposal] = {}
        self._ways: list[dict[str, Any]] = []
        self.answers = Answers(policy, case)

    @property
    def tries(self) -> int:
        """Return how many different cases have been tried."""
        return len(self._seen)

    def matters(self, path: str) -> bool:
        """Say whether some way of telling the rest makes *path* decisive.

        A way that made another fact decisive often does it for this one too, so those are
        tried first; only where none of them does are all ways gone through.
        """
        for way in reversed(self._ways):
            if self._matters(path, {one: value for one, value in way.items() if one != path}):
                return True
        return self._matters(path, {})

    def decides_alone(self, path: str) -> int:
        """Return how many answers to *path* settle the outcome with nothing else told."""
        answers = [self._proposal({path: value}) for value in self.answers.to(path, {})]
        return sum(answer.outcome.result not in ("ask", "assess") for answer in answers)

    def _matters(self, path: str, told: Mapping[str, Any]) -> bool:
        if len(self._seen) > _MOST_PROPOSALS:
            return True
        if path not in self._proposal(told).facts:
            return False
        answers = [self._proposal({**told, path: value}) for value in self.answers.to(path, told)]
        open_facts = {fact for answer in answers for fact in answer.facts} - {path, *told}
        open_facts -= self._kept
        if not open_facts:
            decisive = len({answer.signature() for answer in answers}) > 1
            if decisive and told not in self._ways:
                self._ways.append(dict(told))
            return decisive
        following = min(open_facts, key=lambda one: (self.answers.fact(one).order, one))
        return any(
            self._matters(path, {**told, following: value})
            for value in self.answers.to(following, told)
        )

    def _proposal(self, told: Mapping[str, Any]) -> Proposal:
        key = tuple(sorted((path, repr(value)) for path, value in told.items()))
        if key not in self._seen:
            self._seen[key] = propose(self.policy, with_facts(self.case, told), self._reference)
        return self._seen[key]

"""What to ask for: exactly the facts that can still change the outcome, an item or an amount.

A fact is asked for only when there is a way to tell everything else such that two answers to
it lead to different proposals. The way is searched for and found, not assumed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from functools import cached_property

from hjemmel.decide.answers import with_facts
from hjemmel.decide.budget import UNDECIDED
from hjemmel.decide.memory import Memory
from hjemmel.decide.run import Told
from hjemmel.decide.sides import sides_of
from hjemmel.decide.witness import Witnesses
from hjemmel.model import Case, Missing
from hjemmel.policy.language import ConclusionTest, FactTest, Leaf
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from typing import Any, TypeVar

    from hjemmel.decide.readings import Proposal
    from hjemmel.policy.compile import Fact, Policy

    T = TypeVar("T")


def missing_facts(policy: Policy, case: Case, proposal: Proposal) -> tuple[Missing, ...]:
    """Return the facts that can still change *proposal*, the most decisive first."""
    if proposal.outcome.result not in UNDECIDED:
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
    search = _Search(policy, case, anew=True)
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
    """The search of one case: each fact is looked at on the side of the decision it bears on.

    Whether somebody is in the target group is found out with no wishes and nothing granted, and
    many cases are alike there: what was found is remembered. What they are given is found out
    with them in the target group for the plainest of reasons, if any way leads there at all.
    """

    def __init__(
        self, policy: Policy, case: Case, *, anew: bool = False, keep_told: bool = False
    ) -> None:
        told = (path for path, value in case.facts.items() if value is not None)
        kept = frozenset(told if keep_told else ())
        self._policy, self._case, self._kept = policy, case, kept
        self._remembers = not (anew or keep_told)
        self._sides = sides_of(policy)
        self._all = self._witnesses(case)
        self.answers = self._all.answers

    def _witnesses(self, case: Case) -> Witnesses:
        return Witnesses(self._policy, case, self._kept)

    @cached_property
    def _alone(self) -> Case:
        return self._sides.without_what(self._case)

    @cached_property
    def _known(self) -> dict[Hashable, Any]:
        return _known(self._policy, self._alone) if self._remembers else {}

    @cached_property
    def _whether(self) -> Witnesses:
        return self._witnesses(self._alone)

    @cached_property
    def _what(self) -> Witnesses:
        plainest = _plainest(self._policy)
        if plainest is None:
            return self._witnesses(
                with_facts(self._case, self._whether.completion(Truth.TRUE) or {})
            )
        return self._witnesses(with_facts(self._sides.without_whether(self._case), plainest))

    @property
    def tries(self) -> int:
        """Return how many different cases have been tried."""
        return self._all.tries + self._whether.tries + self._what.tries

    def matters(self, path: str) -> bool:
        """Say whether some way of telling the rest makes *path* decisive."""
        if self._sides.only_whether(path):
            return self._found(path, lambda: self._whether.matters(path))
        if self._sides.only_what(path):
            return self._may_be_in_target_group() and self._what.matters(path)
        return self._all.matters(path)

    def decides_alone(self, path: str) -> int:
        """Return how many answers to *path* settle the outcome with nothing else told."""
        results = [self._result(path, value) for value in self.answers.to(path, {})]
        return sum(result not in UNDECIDED for result in results)

    def _result(self, path: str, value: object) -> str:
        """Return the outcome when *path* is answered by *value* and nothing else is told."""
        told = {path: value}
        if self._sides.only_what(path):
            outside = self._result_outside({})
        elif self._sides.only_whether(path):
            outside = self._result_outside(told)
        else:
            outside = ""
        return outside or self._all.proposal(told).outcome.result

    def _result_outside(self, told: Mapping[str, Any]) -> str:
        """Return the outcome of a case that is not known to be in the target group, else nothing.

        Wishes and balance are nothing to it.
        """

        def result() -> str:
            proposal = self._whether.proposal(told)
            return "" if proposal.target_group is Truth.TRUE else proposal.outcome.result

        return self._found(("outcome", *map(repr, told.items())), result)

    def _may_be_in_target_group(self) -> bool:
        return self._found("covered", lambda: self._whether.completion(Truth.TRUE) is not None)

    def _found(self, key: Hashable, work: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = work()
        found: T = self._known[key]
        return found


def _plainest(policy: Policy) -> Mapping[str, Any] | None:
    """Return the plainest way into the target group, if any is open to one who told nothing."""
    if "plainest" not in policy.notes:
        sides = sides_of(policy)
        lists = {fact.id: None for fact in policy.facts.values() if fact.element}
        nobody = sides.without_what(Case(id="", decided_on=policy.on, facts={}, lists=lists))
        way = Witnesses(policy, nobody).completion(Truth.TRUE)
        policy.notes["plainest"] = way and {
            path: value for path, value in way.items() if sides.only_whether(path)
        }
    found: Mapping[str, Any] | None = policy.notes["plainest"]
    return found


def _memory(policy: Policy) -> Memory:
    memory: Memory = policy.notes.setdefault("whether", Memory())
    return memory


def _known(policy: Policy, case: Case) -> dict[Hashable, Any]:
    """Return what was found for cases in which the same is told as in *case*, and take it on.

    Days of decision are alike where no condition tells them apart and the same days are earlier.
    """
    days, on, told = _days(policy), case.decided_on, Told(policy, case)
    lists = (marks if marks is None else tuple(marks) for marks in told.lists.values())
    key = (told.case, *lists, on.year, bisect_left(days, on), bisect_right(days, on))
    memory = _memory(policy)
    found: dict[Hashable, Any] | None = memory.get(key)
    return memory.keep(key, {}) if found is None else found


def _days(policy: Policy) -> list[date]:
    """Return the days that conditions of *policy* compare others with."""
    if "days" not in policy.notes:
        tests = (atom for atoms in policy.atoms.values() for atom in atoms)
        operands = (atom.operand for atom in tests if isinstance(atom, FactTest))
        policy.notes["days"] = sorted({one for one in operands if isinstance(one, date)})
    days: list[date] = policy.notes["days"]
    return days

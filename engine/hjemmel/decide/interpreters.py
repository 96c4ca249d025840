"""The two interpreters of a policy, each made once and each with a memory of its own."""

from __future__ import annotations

from hjemmel.decide.memory import Remembering
from hjemmel.decide.reference import Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hjemmel.decide.rete import Rete
    from hjemmel.decide.run import Interpreter
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Atom, Condition
    from hjemmel.truth import Truth

#: What the receipt calls the second interpreter.
BACKEND_NAME = "durable-rules"
_BOTH = "both interpreters"
_MOST_BACKENDS = 16
_BACKENDS: dict[frozenset[tuple[str, Condition]], Rete] = {}


def reference_for(policy: Policy) -> Remembering:
    """Return the reference interpreter of *policy*, with what it has concluded before."""
    known = policy.notes.get(Reference.name)
    if not isinstance(known, Remembering):
        known = policy.notes[Reference.name] = Remembering(Reference(policy.tables()), policy)
    return known


def backend_for(policy: Policy) -> Remembering:
    """Return durable-rules for *policy*; policies with equal conditions share one ruleset.

    The ruleset is made when there is a question that it has not answered before.
    """
    known = policy.notes.get(BACKEND_NAME)
    if not isinstance(known, Remembering):
        known = policy.notes[BACKEND_NAME] = Remembering(_Later(policy), policy)
    return known


class DisagreementError(Exception):
    """The two interpreters answered the same question differently."""

    def __init__(self, table: str, told: object, reference: object, second: object) -> None:
        """Take the *table* that was asked, what was *told*, and what each of them made of it."""
        super().__init__(table)
        self.question, self.reference, self.second = (table, told), reference, second


class Agreeing:
    """Two interpreters that are asked the same: there is an answer only where they agree on it."""

    def __init__(self, reference: Interpreter, second: Interpreter) -> None:
        """Take the two of them; neither ever learns what the other said."""
        self._reference, self._second = reference, second

    def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
        """Return what both say that the condition *table* comes to for *inputs*."""
        one = self._reference.conclude(table, inputs)
        other = self._second.conclude(table, inputs)
        if one is not other:
            raise DisagreementError(table, dict(inputs), one, other)
        return one

    def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:
        """Return what both say is the index of the first row that is true, or nothing."""
        one, other = self._reference.first_row(table, rows), self._second.first_row(table, rows)
        if one != other:
            raise DisagreementError(table, list(rows), one, other)
        return one


def both_for(policy: Policy, second: Interpreter) -> Remembering:
    """Return the reference of *policy* and the *second* interpreter, asked in lockstep.

    What they have agreed on once is remembered: each of them would say the same again.
    """
    known = policy.notes.get(_BOTH)
    if not isinstance(known, tuple) or known[0] is not second:
        both = Remembering(Agreeing(reference_for(policy), second), policy)
        known = policy.notes[_BOTH] = (second, both)
    agreed: Remembering = known[1]
    return agreed


class _Later:
    """The ruleset of a policy, made when it is first asked."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
        return _ruleset_of(self._policy).conclude(table, inputs)

    def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:
        return _ruleset_of(self._policy).first_row(table, rows)


def _ruleset_of(policy: Policy) -> Rete:
    ruleset: Rete | None = policy.notes.get("ruleset")
    if ruleset is None:
        ruleset = policy.notes["ruleset"] = _shared(policy.tables(), policy)
    return ruleset


def _shared(tables: Mapping[str, Condition], policy: Policy) -> Rete:
    from hjemmel.decide.rete import Rete  # noqa: PLC0415 - only for what was not asked before

    key = frozenset(tables.items())
    if key not in _BACKENDS:
        if len(_BACKENDS) >= _MOST_BACKENDS:  # the oldest goes; some 5 MB each
            del _BACKENDS[next(iter(_BACKENDS))]
        rows = {"items": len(policy.items), "outcomes": len(policy.outcomes)}
        _BACKENDS[key] = Rete(tables, rows)
    return _BACKENDS[key]


def recall(book: RuleBook, policy: Policy) -> int:
    """Let durable-rules know what it answered in earlier processes; return how much that is."""
    kept = book.store.get(_kept_as(book, policy)) if book.store else None
    if not isinstance(kept, dict):
        return 0
    backend_for(policy).learn(kept)
    return _count(kept)


def keep(book: RuleBook, policy: Policy, known: int) -> None:
    """Keep what durable-rules has answered for later processes, if it is more than was *known*."""
    told = backend_for(policy).told()
    if book.store and _count(told) > known:
        book.store.put(_kept_as(book, policy), told)


def _kept_as(book: RuleBook, policy: Policy) -> str:
    since = book.since(policy.on, policy.municipality.id)
    return f"{since.isoformat()}-{policy.lang}-{policy.municipality.id}-answers"


def _count(told: Mapping[str, Mapping[str, object]]) -> int:
    return sum(len(each) for each in told.values())

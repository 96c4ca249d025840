"""What has been answered before need not be worked out again.

An interpreter is told truths and nothing else, so from the same truths it concludes the same
each time. Each interpreter remembers its own answers, apart from the other's, and they are
compared as if they had been worked out anew.

What a question to the rules can depend on at all – the facts, lists and readings that its
conditions reach – is its *cone*. It is found in the policy once, and two cases that are told
alike in it are answered alike.
"""

from __future__ import annotations

from types import MappingProxyType

from hjemmel.decide.plan import OF_THE_CASE, plan_of
from hjemmel.policy.language import (
    ConclusionTest,
    FactTest,
    Leaf,
    ListTest,
    ReadingTest,
    atoms_of,
)
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from typing import Any, TypeVar

    from hjemmel.decide.plan import Plan
    from hjemmel.decide.run import Interpreter, Run, Scope
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Atom, Condition

    T = TypeVar("T")

#: How many answers are remembered before they are all forgotten.
MOST_REMEMBERED = 10_000


class Memory(dict["Any", "Any"]):
    """Answers by what they depend on; when there are too many, all of them are forgotten."""

    def keep(self, key: Hashable, answer: T) -> T:
        """Remember *answer* under *key* and return it."""
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[key] = answer
        return answer


class Remembering:
    """An interpreter with the answers it has given for one policy."""

    def __init__(self, interpreter: Interpreter, policy: Policy) -> None:
        """Take the *interpreter* whose answers are remembered, and the *policy* they are for."""
        self._interpreter = interpreter
        self._atoms = policy.atoms
        self._concluded = {table: Memory() for table in policy.atoms}
        self._rows = Memory()
        self.answers = Memory()
        self.conclude = interpreter.conclude

    def conclude_from(self, table: str, truths: tuple[Truth, ...]) -> Truth:
        """Return what the condition *table* comes to for the *truths* of its atoms, in order."""
        concluded = self._concluded[table]
        known: Truth | None = concluded.get(truths)
        if known is not None:
            return known
        inputs = dict(zip(self._atoms[table], truths, strict=True))
        return concluded.keep(truths, self.conclude(table, inputs))

    def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:
        """Return the index of the first row that is true, or nothing."""
        key = (table, *rows)
        if key not in self._rows:
            self._rows.keep(key, self._interpreter.first_row(table, rows))
        found: int | None = self._rows[key]
        return found

    def told(self) -> dict[str, dict[str, Any]]:
        """Return what was concluded, by the letters of the truths, for another process to learn."""
        tables = {
            table: {_letters(truths): truth.letter for truths, truth in concluded.items()}
            for table, concluded in self._concluded.items()
            if concluded
        }
        rows = {f"{table} {_letters(truths)}": at for (table, *truths), at in self._rows.items()}
        return {**tables, _ROWS: rows}

    def learn(self, told: Mapping[str, Mapping[str, Any]]) -> None:
        """Take what another process was *told* by the same interpreter of the same policy."""
        for table, concluded in told.items():
            if table != _ROWS:
                self._concluded[table].update(
                    (_truths(letters), TRUTHS[letter]) for letters, letter in concluded.items()
                )
        for key, at in told.get(_ROWS, {}).items():
            table, letters = key.split(" ")
            self._rows[table, *_truths(letters)] = at


_ROWS = "rows"
TRUTHS: Mapping[str, Truth] = {truth.letter: truth for truth in Truth}


def _letters(truths: Iterable[Truth]) -> str:
    return "".join([truth.letter for truth in truths])


def _truths(letters: str) -> tuple[Truth, ...]:
    return tuple([TRUTHS[letter] for letter in letters])


# --- what an answer can depend on ---------------------------------------------------------

#: Where a fact of a cone is told: in the case, or in the element that is asked about.
_CASE, _OWN = "the case", "its own element"
_GIVEN_LATER = frozenset({"budget", "decision"})


class Cone:
    """Everything that some conditions can depend on, and what a scope is told of it."""

    def __init__(
        self,
        policy: Policy,
        conditions: Iterable[Condition],
        *,
        of: str = "",
        known: Iterable[str] = (),
        exact: bool = False,
        of_elements: Mapping[str, Iterable[Condition]] = MappingProxyType({}),
    ) -> None:
        """Find what *conditions* reach, asked of the case or of an element of the list *of*.

        Conditions *of_elements* are asked of every element of a list, besides.
        The conclusions and facts *known* are told by who asks. In an *exact* cone two days are
        never alike; in others they are where no condition tells them apart.
        """
        reached = _Reached(policy, of, frozenset(known))
        for condition in conditions:
            reached.add(condition, _OWN if of else _CASE)
        for name, more in of_elements.items():
            reached.facts.setdefault(name, {})
            for condition in more:
                reached.add(condition, name)
        plan = plan_of(policy)
        told = {
            where: _Told(plan, facts.values(), exact=exact)
            for where, facts in reached.facts.items()
        }
        self.questions = tuple(reached.questions)
        self.facts = tuple(reached.facts[_CASE])
        self._case, self._own = told.pop(_CASE), told.pop(_OWN)
        self._lists = tuple(told.items())
        later = {
            where: tuple(fact.id for fact in facts.values() if fact.given_by in _GIVEN_LATER)
            for where, facts in reached.facts.items()
        }
        self.exact = exact
        self._case_later = later.pop(_CASE) + later.pop(_OWN)
        self._lists_later = tuple((name, names) for name, names in later.items() if names)

    def told(self, scope: Scope) -> tuple[Hashable, ...]:
        """Return what *scope* is told of everything in the cone, by the case or by the engine."""
        return (scope.run.told(self, scope), self.told_later(scope))

    def told_later(self, scope: Scope) -> tuple[Hashable, ...]:
        """Return what the engine tells *scope* of the cone: budget and outcome, so far."""
        if not self._case_later and not self._lists_later:
            return ()
        return (
            *map(scope.given.get, self._case_later),
            *[
                tuple([tuple(map(one.given.get, names)) for one in scope.run.elements[name]])
                for name, names in self._lists_later
            ],
        )

    def told_by_case(self, scope: Scope) -> tuple[Hashable, ...]:
        """Return what the case and the readings tell of the cone: the same in every run of them."""
        run = scope.run
        case, own = self._case, self._own
        of_case = run.scope if scope.list_name else scope
        return (
            *map(run.case.facts.get, case.names),
            *[read(of_case) for read in case.readers],
            *map(scope.element.get, own.names),
            *[read(scope) for read in own.readers],
            *[_elements(run, name, told) for name, told in self._lists],
            *map(run.readings.get, self.questions),
        )


class _Told:
    """Facts that the case tells in one place: by their names there, or worked out from them."""

    __slots__ = ("names", "readers")

    def __init__(self, plan: Plan, facts: Iterable[Fact], *, exact: bool) -> None:
        names: list[str] = []
        readers: list[Callable[[Scope], Any]] = []
        for fact in facts:
            if fact.given_by not in _GIVEN_LATER:
                name, more = plan.told_apart(fact, exact=exact)
                names += name
                readers += more
        self.names, self.readers = tuple(names), tuple(readers)


def _elements(run: Run, name: str, told: _Told) -> tuple[Hashable, ...] | None:
    scopes = run.scopes_of(name)
    if not scopes:
        return None if scopes is None else ()
    return tuple(
        [
            (one.key, *map(one.element.get, told.names), *[read(one) for read in told.readers])
            for one in scopes
        ]
    )


class _Reached:
    """The facts and questions that conditions reach, by way of conclusions and lists."""

    def __init__(self, policy: Policy, of: str, known: frozenset[str]) -> None:
        self.policy, self.of, self.known = policy, of, known
        self.facts: dict[str, dict[str, Fact]] = {_CASE: {}, _OWN: {}}
        self.questions: dict[str, None] = {}
        self._seen: set[tuple[str, str]] = set()

    def add(self, condition: Condition, where: str) -> None:
        """Add what *condition* reaches when it is asked *where*."""
        for atom in atoms_of(condition):
            self._add_atom(atom, where)

    def _add_atom(self, atom: Atom, where: str) -> None:
        match atom:
            case FactTest(name) if name in self.policy.facts:
                self._add_fact(self.policy.facts[name], where)
            case ConclusionTest(name) if name in self.policy.conclusions:
                if name not in self.known:
                    self._add_conclusion(name, where)
            case ListTest():
                self.facts.setdefault(atom.of, {})
                self._add_atom(ConclusionTest(atom.conclusion), atom.of)
            case ReadingTest(question):
                self.questions[question] = None
            case _:
                pass

    def _add_conclusion(self, name: str, where: str) -> None:
        conclusion = self.policy.conclusions[name]
        asked = _CASE if conclusion.scope in OF_THE_CASE else where
        if (name, asked) not in self._seen:
            self._seen.add((name, asked))
            self.add(conclusion.when, asked)

    def _add_fact(self, fact: Fact, where: str) -> None:
        owner = plan_of(self.policy).list_of(fact.id)
        if fact.id in self.known:
            return
        of_case = fact.given_by == "diagnoses" or (
            not fact.given_by and owner != (self.of if where == _OWN else where)
        )
        self.facts[_CASE if of_case else where][fact.id] = fact
        if fact.asked_when is not None:
            self.add(fact.asked_when, where)


class Cones:
    """The cones of the questions that a decision asks the rules."""

    def __init__(self, policy: Policy) -> None:
        """Find the cones of *policy*."""
        decided, covered = (
            Leaf(ConclusionTest(name)) for name in (policy.decided_by, policy.covered_by)
        )
        self.target = Cone(policy, [decided])
        given = [fact.id for fact in policy.facts.values() if fact.given_by in _GIVEN_LATER]
        self.item = Cone(
            policy, [covered, *(row.when for row in policy.items)], of=WISHES, known=given
        )
        self.questions = Cone(policy, [one.raised_by for one in policy.questions.values()])
        self.outcome = Cone(
            policy, [row.when for row in policy.outcomes], known=[policy.decided_by, *given]
        )
        self.duties = Cone(policy, [duty.when for duty in policy.duties])
        self.everything = Cone(
            policy,
            [
                decided,
                *(row.when for row in policy.outcomes),
                *(duty.when for duty in policy.duties),
                *(question.raised_by for question in policy.questions.values()),
            ],
            of_elements={WISHES: [covered, *(row.when for row in policy.items)]},
        )
        self.why_asked = Cone(policy, [policy.outcomes[0].when], exact=True)
        self.why_target = Cone(policy, [decided], exact=True)
        self.why_covered = Cone(policy, [covered], of=WISHES, exact=True)


WISHES = "wishes"


def cones_of(policy: Policy) -> Cones:
    """Return the cones of *policy*, found the first time they are asked for."""
    cones = policy.notes.get("cones")
    if not isinstance(cones, Cones):
        cones = policy.notes["cones"] = Cones(policy)
    return cones


class Page:
    """What cases that are told alike in everything have in common: the page they are found on."""

    __slots__ = ()


def page_of(run: Run) -> Page:
    """Return the page of the case of *run*: amounts and days count only where a condition asks."""
    pages: Memory = run.policy.notes.setdefault("pages", Memory())
    told = cones_of(run.policy).everything.told_by_case(run.scope)
    page: Page | None = pages.get(told)
    return pages.keep(told, Page()) if page is None else page


def remembered(scope: Scope, cone: Cone, rest: Hashable, work: Callable[[], T]) -> T:
    """Return what *work* gives, or gave for a scope that was told the same of *cone*.

    *rest* is what else the answer depends on. Without a memory the work is done each time.
    """
    run = scope.run
    if run.on_page is None or run.answers is None:
        return work()
    if cone.exact:
        return _recalled(run.answers, (cone, rest, cone.told(scope)), work)
    # Where the case is told like an earlier one in everything, what it is told need not be asked.
    wishes = len(run.elements["wishes"])
    key = (cone, scope.list_name, scope.at, wishes, rest, cone.told_later(scope))
    known: T | None = run.on_page.get(key)
    if known is None:
        known = run.on_page[key] = _recalled(run.answers, (cone, rest, cone.told(scope)), work)
    return known


def _recalled(answers: Memory, key: Hashable, work: Callable[[], T]) -> T:
    known: T | None = answers.get(key)
    return answers.keep(key, work()) if known is None else known

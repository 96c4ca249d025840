"""What has been answered before need not be worked out again.

An interpreter is told truths and nothing else, so from the same truths it concludes the same
each time. Each interpreter remembers its own answers, apart from the other's, and they are
compared as if they had been worked out anew.

What a question to the rules can depend on at all – the facts, lists and readings that its
conditions reach – is its *cone*. It is found in the policy once, and two cases whose tests come
to the same in it are answered alike, whatever else they are told.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from hjemmel.decide.marks import GIVEN_LATER, function_of
from hjemmel.decide.plan import OF_THE_CASE, plan_of
from hjemmel.model import WISHES
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
    from collections.abc import (
        Callable,
        Collection,
        Hashable,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from typing import Any, TypeVar

    from hjemmel.decide.alike import Alike
    from hjemmel.decide.marks import Marks
    from hjemmel.decide.plan import Plan
    from hjemmel.decide.run import Interpreter, Run, Scope
    from hjemmel.model import Case
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
        #: What was concluded of each table, by the truths of its atoms.
        self.concluded = {table: Memory() for table in policy.atoms}
        self._rows = Memory()
        self.answers = Memory()
        #: What was decided of cases, once there are several.
        self.alike: Alike | None = None

    def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
        """Return what the condition *table* comes to for *inputs*."""
        return self.conclude_from(table, tuple([inputs[atom] for atom in self._atoms[table]]))

    def conclude_from(self, table: str, truths: tuple[Truth, ...]) -> Truth:
        """Return what the condition *table* comes to for the *truths* of its atoms, in order."""
        concluded = self.concluded[table]
        known: Truth | None = concluded.get(truths)
        if known is not None:
            return known
        inputs = dict(zip(self._atoms[table], truths, strict=True))
        return concluded.keep(truths, self._interpreter.conclude(table, inputs))

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
            for table, concluded in self.concluded.items()
            if concluded
        }
        rows = {f"{table} {_letters(truths)}": at for (table, *truths), at in self._rows.items()}
        return {**tables, _ROWS: rows}

    def learn(self, told: Mapping[str, Mapping[str, Any]]) -> None:
        """Take what another process was *told* by the same interpreter of the same policy."""
        for table, concluded in told.items():
            if table != _ROWS:
                self.concluded[table].update(
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
        by_name: bool = True,
    ) -> None:
        """Find what *conditions* reach, asked of the case or of an element of the list *of*.

        The conclusions and facts *known* are told by who asks. In an *exact* cone two values are
        never alike; in others they are where no test tells them apart. *by_name* says that an
        answer may name an element that is not asked about: then it holds for that one only.
        """
        reached = _Reached(policy, of, frozenset(known))
        for condition in conditions:
            reached.add(condition, _OWN if of else _CASE)
        plan = plan_of(policy)
        self.questions = tuple(reached.questions)
        self.facts = tuple(reached.facts[_CASE])
        self.lists = tuple(name for name in reached.facts if name not in {_CASE, _OWN})
        self.exact, self._of = exact, of
        told = {where: _Told(plan, facts.values()) for where, facts in reached.facts.items()}
        self._case, self._own = told.pop(_CASE), told.pop(_OWN)
        self._lists = tuple(told.items())
        self._names_wishes = by_name and WISHES in told
        #: Returns what a place of a run is told of the cone, of which the marks are known.
        self.told: Callable[[Run, int, int, Sequence[int]], tuple[Hashable, ...]]
        self.told = self._written(plan)
        #: Returns what a case, and an element of it, tell in so many words beyond the marks.
        self.words: Callable[[Case, Mapping[str, Any]], tuple[Hashable, ...]]
        if exact:
            self.words = self._written_words(plan.marks)

    def told_of(self, scope: Scope) -> tuple[Hashable, ...]:
        """Return what *scope* is told of everything in the cone, by the case or by the engine."""
        run = scope.run
        told = self.told(run, scope.marks, scope.later, run.later)
        if not self.exact:
            return told
        return (told, self.words(run.case, scope.element), *self._given_later(scope))

    @property
    def is_told(self) -> bool:
        """Say whether marks and words tell all of the cone, and the engine itself nothing more."""
        parts = (self._case, self._own, *[told for _, told in self._lists])
        return not any(told.worked_out for told in parts)

    def _given_later(self, scope: Scope) -> Iterator[Hashable]:
        """Yield what the engine has given, where it is more than a yes or a no."""
        of_case = scope.run.scope if self._of else scope
        yield from (value(of_case) for value in self._case.worked_out)
        yield from (value(scope) for value in self._own.worked_out)
        for name, told in self._lists:
            for value in told.worked_out:
                yield tuple([value(one) for one in scope.run.elements[name]])

    def _written(
        self, plan: Plan
    ) -> Callable[[Run, int, int, Sequence[int]], tuple[Hashable, ...]]:
        """Return what the cone is told as a function, written in Python for this cone alone."""
        # What is about the case is asked of the case, wherever it is asked for.
        masks = (
            ("run.told.case", self._case.mask),
            ("run.scope.later" if self._of else "later", self._case.later),
            ("marks", self._own.mask),
            ("later", self._own.later),
            ("run.read", plan.read_in(self.questions)),
        )
        parts = [f"{told} & {mask}, " for told, mask in masks if mask]
        parts += [f"{self._elements(name, told)}, " for name, told in self._lists]
        lines = [
            "def told_in_cone(run, marks, later, wishes):",
            "    lists, laters = run.told.lists, run.told.laters",
            f"    return ({''.join(parts)})",
        ]
        written: Callable[[Run, int, int, Sequence[int]], tuple[Hashable, ...]]
        written = function_of("\n".join(lines), {})
        return written

    def _elements(self, name: str, told: _Told) -> str:
        """Return the text of what is told of each element of the list *name*.

        Nothing where it is not told. Wishes may be known by their names, others by their place.
        """
        listed = f"lists[{name!r}]"
        if name != WISHES and not told.later:
            each = f"tuple([one & {told.mask} for one in {listed}])"
        else:
            laters = "wishes" if name == WISHES else f"laters[{name!r}]"
            pair = f"one & {told.mask}, later & {told.later}"
            each = f"tuple([({pair}) for one, later in zip({listed}, {laters})])"
        if name == WISHES and self._names_wishes:
            each = f"({each}, run.told.names)"
        return f"{each} if {listed} else {listed} is None"

    def _written_words(
        self, marks: Marks
    ) -> Callable[[Case, Mapping[str, Any]], tuple[Hashable, ...]]:
        """Return what is told in so many words, as a function written for this cone alone."""
        parts = [marks.value_text(fact, "of_case") for fact in self._case.by_words]
        parts += [marks.value_text(fact, "own") for fact in self._own.by_words]
        for name, told in self._lists:
            if told.by_words:
                each = ", ".join([marks.value_text(fact, "one.get") for fact in told.by_words])
                parts.append(f"tuple([({each},) for one in lists[{name!r}] or ()])")
        lines = [
            "def words_in_cone(case, element):",
            "    of_case, own, lists = case.facts.get, element.get, case.lists",
            f"    return ({''.join(f'{part}, ' for part in parts)})",
        ]
        written: Callable[[Case, Mapping[str, Any]], tuple[Hashable, ...]]
        written = function_of("\n".join(lines), dict(marks.names))
        return written


class _Told:
    """Facts that are told in one place: the bits they show in, and what they are told to be."""

    __slots__ = ("by_words", "later", "mask", "worked_out")

    def __init__(self, plan: Plan, facts: Collection[Fact]) -> None:
        marks = plan.marks
        later = [fact for fact in facts if fact.given_by in GIVEN_LATER]
        self.later = reduce(or_, map(marks.mask, later), 0)
        told = [fact for fact in facts if fact.given_by not in GIVEN_LATER]
        self.mask = reduce(or_, map(marks.mask, told), 0)
        #: What the marks do not tell: in words, or as the engine has worked it out.
        self.by_words = tuple(fact for fact in told if not marks.tell_all_of(fact))
        self.worked_out = tuple(
            plan.values[fact.id] for fact in later if not marks.tell_all_of(fact)
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
        given = [fact.id for fact in policy.facts.values() if fact.given_by in GIVEN_LATER]
        self.item = Cone(
            policy, [covered, *(row.when for row in policy.items)], of=WISHES, known=given
        )
        self.questions = Cone(
            policy, [one.raised_by for one in policy.questions.values()], by_name=False
        )
        self.outcome = Cone(
            policy, [row.when for row in policy.outcomes], known=[policy.decided_by, *given]
        )
        self.duties = Cone(policy, [duty.when for duty in policy.duties], by_name=False)
        self.why_asked = Cone(policy, [policy.outcomes[0].when], exact=True)
        self.why_target = Cone(policy, [decided], exact=True)
        self.why_covered = Cone(policy, [covered], of=WISHES, exact=True)
        why = (self.why_asked, self.why_target, self.why_covered)
        #: Whether a case tells all that the explanation says of it.
        self.words_tell_why = all(cone.is_told for cone in why)
        self._policy, self._of_element = policy, dict[tuple[str, str], Cone]()
        self._why: dict[str, Cone] = {policy.decided_by: self.why_target}

    def why(self, conclusion: str) -> Cone:
        """Return the cone of why *conclusion*, asked of the case, is what it is."""
        known = self._why.get(conclusion)
        if known is None:
            asked = Leaf(ConclusionTest(conclusion))
            known = self._why[conclusion] = Cone(self._policy, [asked], exact=True)
        return known

    def of_element(self, name: str, conclusion: str) -> Cone:
        """Return the cone of *conclusion*, asked of an element of the list *name*."""
        known = self._of_element.get((name, conclusion))
        if known is None:
            known = Cone(self._policy, [Leaf(ConclusionTest(conclusion))], of=name)
            self._of_element[name, conclusion] = known
        return known


def cones_of(policy: Policy) -> Cones:
    """Return the cones of *policy*, found the first time they are asked for."""
    cones = policy.notes.get("cones")
    if not isinstance(cones, Cones):
        cones = policy.notes["cones"] = Cones(policy)
    return cones


def remembered(
    run: Run,
    cone: Cone,
    rest: Hashable,
    work: Callable[[], T],
    *,
    marks: int = 0,
    later: int | None = None,
    wishes: Sequence[int] | None = None,
) -> T:
    """Return what *work* gives, or gave where the same was told of *cone*.

    *rest* is what else the answer depends on. Asked of an element, *marks* are those of what it
    tells; *later* and *wishes* are those of what the engine gives to the place and to each wish.
    Without a memory the work is done each time.
    """
    answers = run.answers
    if answers is None:
        return work()
    given = run.plan.nothing_given if later is None else later
    key = (cone, rest, cone.told(run, marks, given, run.later if wishes is None else wishes))
    known: T | None = answers.get(key)
    return answers.keep(key, work()) if known is None else known


def recalled(scope: Scope, cone: Cone, rest: Hashable, work: Callable[[], T]) -> T:
    """Return what *work* gives, or gave for a scope that was told the same of *cone*."""
    answers = scope.run.answers
    if answers is None:
        return work()
    key = (cone, rest, cone.told_of(scope))
    known: T | None = answers.get(key)
    return answers.keep(key, work()) if known is None else known

"""One reading of the law on one case: facts to truths, by way of an interpreter."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType

from hjemmel.decide.memory import cones_of, remembered
from hjemmel.decide.plan import OF_THE_CASE, plan_of
from hjemmel.model import WISHES
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    ConclusionTest,
    Condition,
    FactTest,
    Is,
    Leaf,
    ListTest,
    Not,
    OpenTest,
    parts_of,
)
from hjemmel.records import dataclass
from hjemmel.truth import Truth, all_of, any_of, at_least, truth_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from hjemmel.decide.memory import Memory
    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Atom

    class Interpreter(Protocol):
        """What both interpreters can do: conclude from truths, and find the first row that fits."""

        def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
            """Return what the condition *table* comes to for *inputs*."""

        def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:
            """Return the index of the first row that is true, or nothing."""


@dataclass(frozen=True, slots=True)
class Causes:
    """Why something is unknown: facts to ask for, and open questions only a person can settle."""

    facts: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()

    def __or__(self, other: Causes) -> Causes:
        """Return the causes of both."""
        return Causes(self.facts | other.facts, self.questions | other.questions)


_NO_CAUSE = Causes()
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Told:
    """What a case tells, found once: the same in every reading, whichever interpreter is asked.

    Of the case and of each element of its lists it holds the marks; nothing of a list not told.
    """

    __slots__ = ("case", "laters", "lists", "names")

    def __init__(self, policy: Policy, case: Case) -> None:
        """Find what *case* tells of what *policy* asks."""
        plan, facts = plan_of(policy), policy.facts
        self.case = plan.marks.of_case(case.facts)
        self.lists: dict[str, tuple[int, ...] | None] = {}
        #: The marks of what the calendar says of each element.
        self.laters: dict[str, tuple[int, ...]] = {}
        for name, listed in case.lists.items():
            if not listed:
                left_out = listed is None and not facts[name].left_out_is_empty
                self.lists[name] = None if left_out else ()
                self.laters[name] = ()
            else:
                of_element = plan.marks.of_element[name]
                self.lists[name] = tuple([of_element(one) for one in listed])
                self.laters[name] = tuple(
                    [
                        plan.later(_dated(one, case)) if "date" in one else plan.nothing_given
                        for one in listed
                    ]
                )
        #: What tells the wishes from each other.
        self.names = tuple([wish["id"] for wish in case.lists.get(WISHES) or ()])


class _Elements(dict[str, "list[Scope]"]):
    """The scopes of the elements of each list, opened when they are first asked for."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    def __missing__(self, name: str) -> list[Scope]:
        run = self._run
        listed, marks = run.case.lists.get(name) or (), run.told.lists[name] or ()
        walked = run.walked if name == WISHES else ()
        laters = run.told.laters[name]
        self[name] = scopes = []
        for at, element in enumerate(listed):
            given, later = walked[at] if walked else (_dated(element, run.case), laters[at])
            scopes.append(Scope(run, name, at, element, given, marks[at], later))
        return scopes


def _dated(element: Mapping[str, Any], case: Case) -> Mapping[str, Any]:
    """Return what the calendar says of an earlier grant: whether it lies in another year."""
    day = element.get("date")
    if day is None:
        return _NOTHING
    return {"grant.in_other_year": day.year != case.decided_on.year}


class Run:
    """A policy, a case and one reading of each open question; remembers what it worked out."""

    __slots__ = (
        "_conclude_from", "answers", "case", "concluded", "cones", "elements", "interpreter",
        "known", "later", "plan", "policy", "read", "readings", "scope", "supposed", "told",
        "walked",
    )  # fmt: skip

    def __init__(
        self,
        policy: Policy,
        case: Case,
        interpreter: Interpreter,
        readings: Mapping[str, str],
        told: Told | None = None,
    ) -> None:
        """Open the scope of the *case*; those of its elements open when they are asked for.

        *told* is what other runs of the same case have found it to tell.
        """
        self.policy, self.case, self.interpreter = policy, case, interpreter
        self.plan = plan = plan_of(policy)
        self.cones = cones_of(policy)
        self.readings = {**plan.otherwise, **readings}  # in the order of the policy
        self.read = plan.read(self.readings)
        self.told = told or Told(policy, case)
        self.answers: Memory | None = getattr(interpreter, "answers", None)
        self._conclude_from = getattr(interpreter, "conclude_from", None)
        self.known: Mapping[str, Mapping[tuple[Truth, ...], Truth]] | None
        self.known = getattr(interpreter, "concluded", None)
        #: What the walk has given each wish, with the marks of it; nothing before it was walked.
        self.walked: Sequence[tuple[Mapping[str, Any], int]] = ()
        self.later: Sequence[int] = self.told.laters[WISHES]
        #: What is taken for granted of the case, as several runs have agreed on it.
        self.supposed: tuple[tuple[str, Truth], ...] = ()
        #: Whether a conclusion was drawn since the elements were opened.
        self.concluded = False
        self.elements: dict[str, list[Scope]] = _Elements(self)
        self.scope = Scope(self)

    def reads(self, question: str) -> str:
        """Return how *question* is read in this run."""
        return self.readings[question]

    def scopes_of(self, name: str) -> list[Scope] | None:
        """Return the elements of the list *name*, or nothing where it is not told."""
        return None if self.told.lists[name] is None else self.elements[name]

    def go_on(self, wishes: list[Scope], scope: Scope) -> None:
        """Go on with *wishes* of which more is known, and ask of them in *scope*.

        Whatever was concluded before then is forgotten: it may have rested on the wishes.
        """
        self.elements[WISHES], self.scope, self.supposed = wishes, scope, ()
        self.later = [wish.later for wish in wishes]
        self._forget()

    def go_on_after(self, walked: Sequence[tuple[Mapping[str, Any], int]]) -> None:
        """Go on with what the walk has given each wish, and forget what was concluded before."""
        self.walked, self.later = walked, [later for _, later in walked]
        self.elements.pop(WISHES, None)
        self._forget()

    def _forget(self) -> None:
        if self.concluded:
            self.concluded = False
            for each in (self.scope, *chain(*self.elements.values())):
                each.forget()

    def conclude(self, table: str, truths: tuple[Truth, ...]) -> Truth:
        """Return what the interpreter concludes from the *truths* of the atoms of *table*."""
        if self._conclude_from is not None:
            concluded: Truth = self._conclude_from(table, truths)
            return concluded
        inputs = dict(zip(self.policy.atoms[table], truths, strict=True))
        return self.interpreter.conclude(table, inputs)


class Scope:
    """Where a condition is read: the case, or one element of one of its lists."""

    __slots__ = ("_concluded", "at", "element", "given", "later", "list_name", "marks", "run")

    def __init__(
        self, run: Run, list_name: str = "", at: int = 0, element: Mapping[str, Any] = _NOTHING,
        given: Mapping[str, Any] = _NOTHING, marks: int = 0, later: int | None = None,
    ) -> None:  # fmt: skip
        """Take the *run*, element number *at* of *list_name*, and facts *given* by the engine.

        *marks* are those of what the element tells, and *later* those of what is given.
        """
        self.run, self.list_name, self.at = run, list_name, at
        self.element, self.given, self.marks = element, given, marks
        if later is None:
            later = run.plan.later(given) if given else run.plan.nothing_given
        self.later = later
        self._concluded: dict[str, Truth] = {}

    def with_given(self, given: Mapping[str, Any], later: int | None = None) -> Scope:
        """Return the same scope with the facts *given* by budget or decision."""
        return Scope(self.run, self.list_name, self.at, self.element, given, self.marks, later)

    def forget(self) -> None:
        """Forget what was concluded here."""
        self._concluded.clear()

    @property
    def key(self) -> str | int:
        """Return what tells the element from the others of its list: a wish's id, or its place."""
        return self.element.get("id", self.at) if self.list_name == WISHES else self.at

    # --- facts --------------------------------------------------------------------------

    def value(self, fact: Fact) -> Any:  # noqa: ANN401 - told values are of many types
        """Return the told or derived value of *fact*, or nothing where it is unknown."""
        return self.run.plan.values[fact.id](self)

    def path(self, fact_id: str) -> str:
        """Return the path a missing fact is asked for by, such as ``wishes[w1].value``."""
        fact = self.run.policy.facts[fact_id]
        if fact.given_by:
            return self.path(self._asked_for(fact))
        if self.list_name and self.run.plan.list_of(fact_id) == self.list_name:
            return f"{self.list_name}[{self.key}].{fact_id.partition('.')[2]}"
        return fact_id

    def _asked_for(self, fact: Fact) -> str:
        if fact.given_by == "categories" and self.element.get("provision") is None:
            return f"{fact.id.partition('.')[0]}.provision"
        return fact.asks

    # --- truths -------------------------------------------------------------------------

    def truth(self, atom: Atom) -> Truth:
        """Return what *atom* comes to here."""
        return self.run.plan.truth(atom)(self)

    def conclusion(self, name: str) -> Truth:
        """Return what the conclusion *name* comes to here."""
        conclusion = self.run.policy.conclusions.get(name)
        if conclusion is None:  # not in force on this day
            return Truth.FALSE
        if self.list_name and conclusion.scope in OF_THE_CASE:
            return self.run.scope.conclusion(name)
        if name not in self._concluded:
            self.run.concluded = True
            self._concluded[name] = self._conclude(name)
        return self._concluded[name]

    def _conclude(self, name: str) -> Truth:
        """Work the conclusion *name* out; of an element, it may have been worked out before."""
        run = self.run
        if not self.list_name or run.answers is None:
            return self.condition(f"conclusion/{name}")
        return remembered(
            run,
            run.cones.of_element(self.list_name, name),
            run.supposed,
            lambda: self.condition(f"conclusion/{name}"),
            marks=self.marks,
            later=self.later,
        )

    def suppose(self, name: str, truth: Truth) -> None:
        """Take *truth* for the conclusion *name*: what several runs have agreed on."""
        self._concluded[name] = truth
        if self is self.run.scope:  # what is asked of elements may rest on it
            self.run.supposed += ((name, truth),)

    def condition(self, table: str) -> Truth:
        """Return what the condition that the policy knows as *table* comes to here."""
        run = self.run
        truths = tuple([truth(self) for truth in run.plan.tables[table]])
        known = None if run.known is None else run.known[table].get(truths)
        return run.conclude(table, truths) if known is None else known

    # --- why it is unknown ------------------------------------------------------------

    def causes(self, condition: Condition) -> Causes:
        """Return why *condition* is unknown here; nothing where it is not."""
        if self.value_of(condition) is not Truth.UNKNOWN:
            return _NO_CAUSE
        if isinstance(condition, Leaf):
            return self._atom_causes(condition.atom)
        causes = _NO_CAUSE
        for part in parts_of(condition):
            causes |= self.causes(part)
        return causes

    def value_of(self, condition: Condition) -> Truth:
        """Return what *condition*, or a part of one, comes to here, without the interpreter."""
        match condition:
            case Leaf(atom):
                return self.truth(atom)
            case All(parts):
                return all_of(self.value_of(part) for part in parts)
            case AnyPart(parts):
                return any_of(self.value_of(part) for part in parts)
            case Not(part):
                return self.value_of(part).negated()
            case Is(part, truth):
                return truth_of(self.value_of(part) is truth)
            case AtLeast(count, parts):
                return at_least(count, (self.value_of(part) for part in parts))

    def _atom_causes(self, atom: Atom) -> Causes:
        match atom:
            case FactTest(fact_id):
                return self._fact_causes(fact_id)
            case ConclusionTest(name):
                conclusion = self.run.policy.conclusions[name]
                scope = self.run.scope if conclusion.scope in OF_THE_CASE else self
                return scope.causes(conclusion.when)
            case ListTest():
                scopes = self.run.scopes_of(atom.of)
                if scopes is None:
                    return Causes(frozenset({atom.of}))
                causes = _NO_CAUSE
                for scope in scopes:
                    causes |= scope.causes(Leaf(ConclusionTest(atom.conclusion)))
                return causes
            case OpenTest(question):
                return Causes(questions=frozenset({question}))
            case _:
                return _NO_CAUSE

    def _fact_causes(self, fact_id: str) -> Causes:
        fact = self.run.policy.facts[fact_id]
        if fact.asked_when is not None:
            asked = self.condition(f"asked/{fact_id}")
            if asked is not Truth.TRUE:
                return _NO_CAUSE
        return Causes(frozenset({self.path(fact_id)}))

"""One reading of the law on one case: facts to truths, by way of an interpreter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.conditions import OPERATORS
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
    ReadingTest,
    parts_of,
)
from hjemmel.truth import Truth, all_of, any_of, at_least, truth_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@dataclass(slots=True)
class Run:
    """A policy, a case and one reading of each open question; remembers what it worked out."""

    policy: Policy
    case: Case
    interpreter: Interpreter
    readings: Mapping[str, str]
    scope: Scope = field(init=False)
    elements: dict[str, list[Scope]] = field(init=False)

    def __post_init__(self) -> None:
        """Open the scope of the case and one for each element of each list."""
        self.scope = Scope(self)
        self.elements = {
            name: [
                Scope(self, name, at, element, self._dated(element))
                for at, element in enumerate(listed or ())
            ]
            for name, listed in self.case.lists.items()
        }

    def _dated(self, element: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the calendar says of an earlier grant: whether it lies in another year."""
        day = element.get("date")
        return {
            "grant.in_other_year": None if day is None else day.year != self.case.decided_on.year
        }

    def reads(self, question: str) -> str:
        """Return how *question* is read in this run."""
        return self.readings.get(question) or self.policy.questions[question].otherwise


class Scope:
    """Where a condition is read: the case, or one element of one of its lists."""

    def __init__(
        self, run: Run, list_name: str = "", at: int = 0, element: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Take the *run*, element number *at* of *list_name*, and facts *given* by the engine."""
        self.run, self.list_name, self.at = run, list_name, at
        self.element = element
        self.given = given or {}
        self._list = run.policy.facts[list_name] if list_name else None
        self._concluded: dict[str, Truth] = {}

    def with_given(self, given: Mapping[str, Any]) -> Scope:
        """Return the same scope with the facts *given* by budget or decision."""
        return Scope(self.run, self.list_name, self.at, self.element, given)

    # --- facts --------------------------------------------------------------------------

    def value(self, fact: Fact) -> Any:  # noqa: ANN401 - told values are of many types
        """Return the told or derived value of *fact*, or nothing where it is unknown."""
        match fact.given_by:
            case "diagnoses":
                entry = self.run.case.facts.get(fact.asks)
                return (
                    None if entry is None else self.run.policy.listing.get(str(entry), NOT_LISTED)
                )
            case "categories":
                return self._from_categories(fact)
            case "budget" | "decision":
                return self.given.get(fact.id)
            case _:
                group, _, name = fact.id.partition(".")
                if self._list and group == self._list.element:
                    return self.element.get(name) if self.element else None
                return self.run.case.facts.get(fact.id)

    def _from_categories(self, fact: Fact) -> bool | None:
        element = self.element or {}
        provision, category = element.get("provision"), element.get("category")
        if provision is None:
            return None
        known = self.run.policy.provisions.get(provision)
        if known is None:
            return False
        if fact.id.endswith(".service"):
            return known.divisible
        # Where every category of the provision may be chosen, the category cannot matter.
        return category is None or (provision, category) in self.run.policy.categories

    def path(self, fact_id: str) -> str:
        """Return the path a missing fact is asked for by, such as ``wishes[w1].value``."""
        fact = self.run.policy.facts[fact_id]
        if fact.given_by:
            return self.path(self._asked_for(fact))
        group, _, name = fact_id.partition(".")
        if self._list and group == self._list.element:
            key = (
                self.element.get("id", self.at)
                if self.element and self.list_name == "wishes"
                else self.at
            )
            return f"{self.list_name}[{key}].{name}"
        return fact_id

    def _asked_for(self, fact: Fact) -> str:
        if fact.given_by == "categories" and (self.element or {}).get("provision") is None:
            return f"{fact.id.partition('.')[0]}.provision"
        return fact.asks

    # --- truths -------------------------------------------------------------------------

    def truth(self, atom: Atom) -> Truth:
        """Return what *atom* comes to here."""
        match atom:
            case FactTest():
                return self._fact_truth(atom)
            case ConclusionTest(conclusion):
                return self.conclusion(conclusion)
            case ReadingTest(question, reading):
                return truth_of(self.run.reads(question) == reading)
            case ListTest():
                return self._list_truth(atom)
            case OpenTest():
                return Truth.UNKNOWN

    def _fact_truth(self, atom: FactTest) -> Truth:
        fact = self.run.policy.facts.get(atom.fact)
        if fact is None:  # not in force on this day: nobody can have been asked
            return Truth.FALSE
        value = self.value(fact)
        if value is None:
            return Truth.FALSE if fact.silent else Truth.UNKNOWN
        if value is False and fact.no_means_unknown:
            return Truth.UNKNOWN
        return OPERATORS[atom.operator](value, atom.operand)

    def _list_truth(self, atom: ListTest) -> Truth:
        scopes = self._scopes_of(atom)
        if scopes is None:
            return Truth.UNKNOWN
        truths = [scope.conclusion(atom.conclusion) for scope in scopes]
        return any_of(truths) if atom.quantifier == "some" else all_of(truths)

    def _scopes_of(self, atom: ListTest) -> list[Scope] | None:
        if (
            self.run.case.lists.get(atom.of) is None
            and not self.run.policy.facts[atom.of].left_out_is_empty
        ):
            return None
        return self.run.elements[atom.of]

    def conclusion(self, name: str) -> Truth:
        """Return what the conclusion *name* comes to here."""
        conclusion = self.run.policy.conclusions.get(name)
        if conclusion is None:  # not in force on this day
            return Truth.FALSE
        if self.list_name and conclusion.scope in {"case", "decision"}:
            return self.run.scope.conclusion(name)
        if name not in self._concluded:
            self._concluded[name] = self.condition(f"conclusion/{name}")
        return self._concluded[name]

    def suppose(self, name: str, truth: Truth) -> None:
        """Take *truth* for the conclusion *name*: what several runs have agreed on."""
        self._concluded[name] = truth

    def condition(self, table: str) -> Truth:
        """Return what the condition that the policy knows as *table* comes to here."""
        atoms = self.run.policy.atoms[table]
        return self.run.interpreter.conclude(table, {atom: self.truth(atom) for atom in atoms})

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
                scope = self.run.scope if conclusion.scope in {"case", "decision"} else self
                return scope.causes(conclusion.when)
            case ListTest():
                scopes = self._scopes_of(atom)
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

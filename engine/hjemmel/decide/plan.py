"""How the facts and conditions of a policy are read: settled once, used for every case.

A policy says by name what a condition rests on. Looking the names up again for every case is
most of the work of deciding it, so each of them is turned into a function of the scope here.
"""

from __future__ import annotations

from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.conditions import OPERATORS
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import ConclusionTest, FactTest, ListTest, OpenTest, ReadingTest
from hjemmel.truth import Truth, all_of, any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from hjemmel.decide.run import Scope
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Atom

#: Conclusions of these scopes are about the case, wherever they are asked for.
OF_THE_CASE = frozenset({"case", "decision"})
_OF_MANY_VALUES = frozenset({"day", "amount"})


class Plan:
    """A policy made ready: what gives the value of each fact and the truth of each atom."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* that is made ready."""
        self.policy = policy
        #: The list whose elements a fact is told of, by the word before its point.
        self.lists = {fact.element: fact.id for fact in policy.facts.values() if fact.element}
        self._owners: dict[str, str] = {}
        self.values: Mapping[str, Callable[[Scope], Any]] = {
            fact.id: self._value(fact) for fact in policy.facts.values()
        }
        self._facts_of: dict[str, tuple[str, ...]] = {}
        for fact in policy.facts.values():
            if not fact.given_by:
                owner = self.list_of(fact.id)
                self._facts_of[owner] = (*self._facts_of.get(owner, ()), fact.id)
        self._truths: dict[Atom, Callable[[Scope], Truth]] = {}
        self.tables: Mapping[str, tuple[Callable[[Scope], Truth], ...]] = {
            table: tuple(self.truth(atom) for atom in atoms)
            for table, atoms in policy.atoms.items()
        }
        self.otherwise = {name: question.otherwise for name, question in policy.questions.items()}
        self.chosen = {
            name: question.chosen
            for name, question in policy.questions.items()
            if question.chosen != NONE_CHOSEN
        }

    def list_of(self, fact_id: str) -> str:
        """Return the list whose elements tell the fact, or an empty text where the case does."""
        owner = self._owners.get(fact_id)
        if owner is None:
            owner = self._owners[fact_id] = self.lists.get(fact_id.partition(".")[0], "")
        return owner

    def facts_of(self, list_name: str) -> tuple[str, ...]:
        """Return the ids of the facts that the elements of the list *list_name* tell."""
        return self._facts_of.get(list_name, ())

    # --- facts --------------------------------------------------------------------------

    def _value(self, fact: Fact) -> Callable[[Scope], Any]:
        """Return what gives the told or derived value of *fact*; nothing where it is unknown."""
        match fact.given_by:
            case "diagnoses":
                return self._listing(fact.asks)
            case "categories":
                return self._divisible if fact.id.endswith(".service") else self._offered
            case "budget" | "decision":
                return lambda scope: scope.given.get(fact.id)
            case _:
                return self._told(fact.id)

    def _told(self, fact_id: str) -> Callable[[Scope], Any]:
        name, owner = fact_id.partition(".")[2], self.list_of(fact_id)
        if not owner:
            return lambda scope: scope.run.case.facts.get(fact_id)

        def told(scope: Scope) -> Any:  # noqa: ANN401 - told values are of many types
            if scope.list_name != owner:
                return scope.run.case.facts.get(fact_id)
            return scope.element.get(name)

        return told

    def _listing(self, asked: str) -> Callable[[Scope], str | None]:
        listing = self.policy.listing

        def listed(scope: Scope) -> str | None:
            entry = scope.run.case.facts.get(asked)
            return None if entry is None else listing.get(str(entry), NOT_LISTED)

        return listed

    def _divisible(self, scope: Scope) -> bool | None:
        provision: Any = scope.element.get("provision")
        if provision not in self.policy.provisions:
            return None if provision is None else False
        return self.policy.provisions[provision].divisible

    def _offered(self, scope: Scope) -> bool | None:
        provision, category = scope.element.get("provision"), scope.element.get("category")
        if provision not in self.policy.provisions:
            return None if provision is None else False
        # Where every category of the provision may be chosen, the category cannot matter.
        return category is None or (provision, category) in self.policy.categories

    def told_apart(
        self, fact: Fact, *, exact: bool
    ) -> tuple[tuple[str, ...], tuple[Callable[[Scope], Any], ...]]:
        """Return what tells apart two places in which *fact* may lead to different answers.

        First the name it is told by there, if that is enough; then what is worked out from
        what is told. Of a day or an amount that is not *exact*, only what the conditions make
        of it counts.
        """
        if fact.given_by == "categories":
            return (), (self.values[fact.id], _without_provision)
        if fact.given_by:
            return (), (self.values[fact.id],)
        if exact or fact.type not in _OF_MANY_VALUES:
            return (fact.id.partition(".")[2] if self.list_of(fact.id) else fact.id,), ()
        return (), tuple(
            self.truth(atom)
            for atom in dict.fromkeys(one for atoms in self.policy.atoms.values() for one in atoms)
            if isinstance(atom, FactTest) and atom.fact == fact.id
        )

    # --- atoms --------------------------------------------------------------------------

    def truth(self, atom: Atom) -> Callable[[Scope], Truth]:
        """Return what gives the truth of *atom*."""
        if atom not in self._truths:
            self._truths[atom] = self._truth(atom)
        return self._truths[atom]

    def _truth(self, atom: Atom) -> Callable[[Scope], Truth]:
        match atom:
            case FactTest():
                return self._fact_truth(atom)
            case ConclusionTest(name):
                return lambda scope: scope.conclusion(name)
            case ReadingTest(question, reading):
                return lambda scope: (
                    Truth.TRUE if scope.run.reads(question) == reading else Truth.FALSE
                )
            case ListTest():
                return self._list_truth(atom)
            case OpenTest():
                return lambda _: Truth.UNKNOWN

    def _fact_truth(self, atom: FactTest) -> Callable[[Scope], Truth]:
        fact = self.policy.facts.get(atom.fact)
        if fact is None:  # not in force on this day: nobody can have been asked
            return lambda _: Truth.FALSE
        value_of, holds, operand = self.values[fact.id], OPERATORS[atom.operator], atom.operand
        untold = Truth.FALSE if fact.silent else Truth.UNKNOWN
        no_means_unknown = fact.no_means_unknown

        def truth(scope: Scope) -> Truth:
            value = value_of(scope)
            if value is None:
                return untold
            if value is False and no_means_unknown:
                return Truth.UNKNOWN
            return holds(value, operand)

        return truth

    def _list_truth(self, atom: ListTest) -> Callable[[Scope], Truth]:
        combined = any_of if atom.quantifier == "some" else all_of

        def truth(scope: Scope) -> Truth:
            scopes = scope.run.scopes_of(atom.of)
            if scopes is None:
                return Truth.UNKNOWN
            return combined(each.conclusion(atom.conclusion) for each in scopes)

        return truth


def _without_provision(scope: Scope) -> bool:
    return scope.element.get("provision") is None


def plan_of(policy: Policy) -> Plan:
    """Return the plan of *policy*, made the first time it is asked for."""
    plan = policy.notes.get("plan")
    if not isinstance(plan, Plan):
        plan = policy.notes["plan"] = Plan(policy)
    return plan

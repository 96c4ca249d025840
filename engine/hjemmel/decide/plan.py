"""How the facts and conditions of a policy are read: settled once, used for every case.

A policy says by name what a condition rests on. Looking the names up again for every case is
most of the work of deciding it, so each of them is turned into a function of the scope here.
"""

from __future__ import annotations

from hjemmel.decide.marks import GIVEN_LATER, TRUTHS, LookedUp, Marks
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import ConclusionTest, FactTest, ListTest, OpenTest, ReadingTest
from hjemmel.truth import Truth, all_of, any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import Any

    from hjemmel.decide.run import Scope
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Atom

#: Conclusions of these scopes are about the case, wherever they are asked for.
OF_THE_CASE = frozenset({"case", "decision"})
#: How many bits the reading of a question has in the number of all of them.
_READING_BITS = 8


class Plan:
    """A policy made ready: what gives the value of each fact and the truth of each atom."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* that is made ready."""
        self.policy = policy
        #: The list whose elements a fact is told of, by the word before its point.
        self.lists = {fact.element: fact.id for fact in policy.facts.values() if fact.element}
        self._owners: dict[str, str] = {}
        self._looked_up = LookedUp(policy)
        self.marks = Marks(policy, self.lists)
        self.values: Mapping[str, Callable[[Scope], Any]] = {
            fact.id: self._value(fact) for fact in policy.facts.values()
        }
        self._facts_of: dict[str, tuple[str, ...]] = {}
        for fact in policy.facts.values():
            if not fact.given_by:
                owner = self.list_of(fact.id)
                self._facts_of[owner] = (*self._facts_of.get(owner, ()), fact.id)
        self._truths: dict[Atom, Callable[[Scope], Truth]] = {}
        #: The same by the place of an atom in memory, which is its own as long as it is kept.
        self._truth_at: dict[int, tuple[Atom, Callable[[Scope], Truth]]] = {}
        self.tables: Mapping[str, tuple[Callable[[Scope], Truth], ...]] = {
            table: tuple(self._keep(atom) for atom in atoms)
            for table, atoms in policy.atoms.items()
        }
        self.items = {row.id: row for row in policy.items}
        #: The facts that name a category.
        self.categories = {
            fact.asks for fact in policy.facts.values() if fact.given_by == "categories"
        }
        self.otherwise = {name: question.otherwise for name, question in policy.questions.items()}
        self.chosen = {
            name: question.chosen
            for name, question in policy.questions.items()
            if question.chosen != NONE_CHOSEN
        }
        #: The marks of a place that the engine has given nothing.
        self.nothing_given = self.marks.of_given({})
        self._read: dict[tuple[str, ...], int] = {}
        self._given: dict[tuple[tuple[str, Any], ...], int] = {}
        self._given_to_wishes: dict[
            tuple[bool | None, ...], tuple[Mapping[str, bool | None], int]
        ] = {}

    def read(self, readings: Mapping[str, str]) -> int:
        """Return *readings*, of every question in the order of the policy, as one number."""
        key = tuple(readings.values())
        known = self._read.get(key)
        if known is None:
            known = 0
            for at, question in enumerate(self.policy.questions.values()):
                ways = [*question.readings, readings[question.id]]
                known |= ways.index(readings[question.id]) << _READING_BITS * at
            self._read[key] = known
        return known

    def read_in(self, questions: Container[str]) -> int:
        """Return the bits of the number of all readings that those of *questions* show in."""
        return sum(
            (1 << _READING_BITS) - 1 << _READING_BITS * at
            for at, name in enumerate(self.policy.questions)
            if name in questions
        )

    def later(self, given: Mapping[str, Any]) -> int:
        """Return the marks of what the engine has *given*: the same few facts again and again."""
        key = tuple(given.items())
        known = self._given.get(key)
        if known is None:
            known = self._given[key] = self.marks.of_given(given)
        return known

    def given_to_wish(
        self, fits: bool | None, left: bool, above: bool | None, only_open: bool  # noqa: FBT001 - facts
    ) -> tuple[Mapping[str, bool | None], int]:  # fmt: skip
        """Return the facts that the walk gives a wish, and their marks."""
        key = (fits, left, above, only_open)
        if key not in self._given_to_wishes:
            names = (
                *("wish.fits", "wish.something_left"),
                *("wish.above_ceiling", "decision.only_open_question"),
            )
            given = dict(zip(names, key, strict=True))
            self._given_to_wishes[key] = given, self.marks.of_given(given)
        return self._given_to_wishes[key]

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
        listed = self._looked_up.listed
        return lambda scope: listed(scope.run.case.facts.get(asked))

    def _divisible(self, scope: Scope) -> bool | None:
        return self._looked_up.divisible(scope.element.get("provision"))

    def _offered(self, scope: Scope) -> bool | None:
        element = scope.element
        return self._looked_up.offered(element.get("provision"), element.get("category"))

    # --- atoms --------------------------------------------------------------------------

    def truth(self, atom: Atom) -> Callable[[Scope], Truth]:
        """Return what gives the truth of *atom*."""
        known = self._truth_at.get(id(atom))  # to hash one takes as long as to find its truth
        if known is not None and known[0] is atom:
            return known[1]
        if atom not in self._truths:
            self._truths[atom] = self._truth(atom)
        return self._truths[atom]

    def _keep(self, atom: Atom) -> Callable[[Scope], Truth]:
        """Return what gives the truth of *atom*, which the policy keeps."""
        return self._truth_at.setdefault(id(atom), (atom, self.truth(atom)))[1]

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
        place, shift = self.marks.place(fact), self.marks.shift(atom)
        if fact.given_by in GIVEN_LATER:
            return lambda scope: TRUTHS[scope.later >> shift & 3]
        if not place:
            return lambda scope: TRUTHS[scope.run.told.case >> shift & 3]
        untold = Truth.FALSE if fact.silent else Truth.UNKNOWN
        return lambda scope: (
            TRUTHS[scope.marks >> shift & 3] if scope.list_name == place else untold
        )

    def _list_truth(self, atom: ListTest) -> Callable[[Scope], Truth]:
        combined = any_of if atom.quantifier == "some" else all_of

        def truth(scope: Scope) -> Truth:
            scopes = scope.run.scopes_of(atom.of)
            if scopes is None:
                return Truth.UNKNOWN
            return combined(each.conclusion(atom.conclusion) for each in scopes)

        return truth


def plan_of(policy: Policy) -> Plan:
    """Return the plan of *policy*, made the first time it is asked for."""
    plan = policy.notes.get("plan")
    if not isinstance(plan, Plan):
        plan = policy.notes["plan"] = Plan(policy)
    return plan

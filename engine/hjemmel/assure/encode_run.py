"""One reading of the law on every case: the symbolic twin of ``decide/run.py``.

Every method here does to unknowns what the method of the same name there does to told values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from hjemmel.assure.encode_case import (
    Element,
    ToldNumber,
    ToldText,
    ToldTruth,
    truth_of_told,
)
from hjemmel.assure.encode_terms import (
    UNKNOWN,
    Three,
    all_three,
    any_three,
    at_least_three,
    below,
    both,
    either,
    no,
    surely,
)
from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.plan import OF_THE_CASE
from hjemmel.model import GRANTS, WISHES
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
    atoms_of,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.assure.encode_case import EveryCase, Told
    from hjemmel.assure.encode_terms import Bit
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Atom

#: How each question is read: whether this reading is the one.
Reads = dict[str, dict[str, "Bit"]]
_NOT_IN_FORCE = Three(t=False, f=True)


@dataclass(frozen=True, slots=True)
class Causes:
    """Whether something is unknown for want of a fact, and for an open question."""

    facts: Bit = False
    questions: Bit = False

    def where(self, so: Bit) -> Causes:
        """Return the same causes where *so*, and none elsewhere."""
        return Causes(both(so, self.facts), both(so, self.questions))


def together(causes: list[Causes]) -> Causes:
    """Return the causes of all."""
    return Causes(
        either(*(one.facts for one in causes)), either(*(one.questions for one in causes))
    )


class Reach:
    """What the conditions of a policy rest on, however many conclusions down."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* whose conclusions are followed."""
        self.policy = policy
        self._seen: dict[str, frozenset[Atom]] = {}

    def atoms(self, *conditions: Condition) -> frozenset[Atom]:
        """Return every atom that *conditions* rest on."""
        found: set[Atom] = set()
        for condition in conditions:
            for atom in atoms_of(condition):
                found.add(atom)
                if isinstance(atom, ConclusionTest | ListTest):
                    found |= self._conclusion(atom.conclusion)
        return frozenset(found)

    def _conclusion(self, name: str) -> frozenset[Atom]:
        if name not in self._seen:
            conclusion = self.policy.conclusions.get(name)
            self._seen[name] = self.atoms(conclusion.when) if conclusion else frozenset()
        return self._seen[name]

    def questions(self, *conditions: Condition) -> frozenset[str]:
        """Return the questions whose reading *conditions* rest on."""
        return frozenset(
            atom.question for atom in self.atoms(*conditions) if isinstance(atom, ReadingTest)
        )

    def asks_of(self, name: str, *conditions: Condition) -> bool:
        """Return whether *conditions* rest on the list *name*."""
        return any(
            isinstance(atom, ListTest) and atom.of == name for atom in self.atoms(*conditions)
        )

    @cached_property
    def given(self) -> frozenset[str]:
        """Return the conclusions that rest on what budget or decision give."""
        facts = self.policy.facts
        return frozenset(
            name
            for name, conclusion in self.policy.conclusions.items()
            if any(
                isinstance(atom, FactTest)
                and atom.fact in facts
                and facts[atom.fact].given_by in {"budget", "decision"}
                for atom in self.atoms(conclusion.when)
            )
        )


class Run:
    """A policy, every case, and how each question is read."""

    def __init__(self, policy: Policy, case: EveryCase, reads: Reads, reach: Reach) -> None:
        """Open the frame of the case and one for each place of each list."""
        self.policy, self.case, self.reads, self.reach = policy, case, reads, reach
        self.scope = Frame(self)
        self.elements = {
            name: [
                Frame(self, name, element, _dated(policy, name, element))
                for element in listed.elements
            ]
            for name, listed in case.lists.items()
        }


def _dated(policy: Policy, name: str, element: Element) -> dict[str, Told]:
    """Return what the calendar says of an earlier grant: whether it lies in another year."""
    day = element.told.get(f"{policy.facts[name].element}.date")
    if name != GRANTS or not isinstance(day, ToldNumber):
        return {}
    earlier = below(day.value, date(policy.on.year, 1, 1).toordinal())
    told = ToldTruth(both(day.known, earlier), both(day.known, no(earlier)))
    return {"grant.in_other_year": told}


class Frame:
    """Where a condition is read: the case, or one place of one of its lists."""

    def __init__(
        self, run: Run, list_name: str = "", element: Element | None = None,
        given: Mapping[str, Told] | None = None, base: Frame | None = None,
    ) -> None:  # fmt: skip
        """Take the *run*, the place of *list_name*, and facts *given* by the engine."""
        self.run, self.list_name, self.element = run, list_name, element
        self.given = given or {}
        self._base = base
        self._group = run.policy.facts[list_name].element if list_name else ""
        self._concluded: dict[str, Three] = {}
        self._causes: dict[str, Causes] = {}

    @property
    def present(self) -> Bit:
        """Return whether there is an element in this place."""
        return True if self.element is None else self.element.present

    def with_given(self, given: Mapping[str, Told]) -> Frame:
        """Return the same frame with the facts *given* by budget or decision."""
        return Frame(self.run, self.list_name, self.element, given, self._base or self)

    def only_if(self, so: Bit) -> Frame:
        """Return the same frame, holding an element only where *so*."""
        assert self.element is not None  # noqa: S101 - only asked of places in a list
        element = Element(both(self.present, so), self.element.told)
        return Frame(self.run, self.list_name, element, self.given, self._base or self)

    # --- facts --------------------------------------------------------------------------

    def told(self, fact: Fact) -> Told | None:
        """Return *fact* as it may be told or derived here, or nothing where it cannot be."""
        match fact.given_by:
            case "diagnoses":
                return self._listing(fact)
            case "categories":
                return self._from_categories(fact)
            case "budget" | "decision":
                return self.given.get(fact.id)
            case _ if self.element and fact.id.split(".")[0] == self._group:
                return self.element.told.get(fact.id)
            case _:
                return self.run.case.facts.get(fact.id)

    def _listing(self, fact: Fact) -> Told | None:
        entry = self.run.case.facts.get(fact.asks)
        if not isinstance(entry, ToldText):
            return None
        by_listing: dict[str, list[Bit]] = {}
        for value, one in entry.options.items():
            by_listing.setdefault(self.run.policy.listing.get(value, NOT_LISTED), []).append(one)
        return ToldText({listing: either(*ones) for listing, ones in by_listing.items()})

    def _from_categories(self, fact: Fact) -> Told | None:
        told = self.element.told if self.element else {}
        provision = told.get(f"{self._group}.provision")
        category = told.get(f"{self._group}.category")
        if not (isinstance(provision, ToldText) and isinstance(category, ToldText)):
            return None
        yes: list[Bit] = []
        for value, one in provision.options.items():
            known = self.run.policy.provisions.get(value)
            if known is None:
                continue
            if fact.id.endswith(".service"):
                yes.append(both(one, known.divisible))
                continue
            offered = [
                chosen
                for name, chosen in category.options.items()
                if (value, name) in self.run.policy.categories
            ]
            yes.append(both(one, either(no(category.known), *offered)))
        holds = either(*yes)
        return ToldTruth(both(provision.known, holds), both(provision.known, no(holds)))

    # --- truths -------------------------------------------------------------------------

    def truth(self, atom: Atom) -> Three:
        """Return what *atom* comes to here."""
        match atom:
            case FactTest(fact_id):
                fact = self.run.policy.facts.get(fact_id)
                return _NOT_IN_FORCE if fact is None else truth_of_told(fact, self.told(fact), atom)
            case ConclusionTest(conclusion):
                return self.conclusion(conclusion)
            case ReadingTest(question, reading):
                return surely(self.run.reads[question].get(reading, False))
            case ListTest():
                return self._list_truth(atom)
            case OpenTest():
                return UNKNOWN

    def _list_truth(self, atom: ListTest) -> Three:
        found = []
        for frame in self.run.elements[atom.of]:
            truth = frame.conclusion(atom.conclusion)
            if atom.quantifier == "some":
                found.append(
                    Three(both(frame.present, truth.t), either(no(frame.present), truth.f))
                )
            else:
                found.append(
                    Three(either(no(frame.present), truth.t), both(frame.present, truth.f))
                )
        whole = any_three(found) if atom.quantifier == "some" else all_three(found)
        return whole.where(self.run.case.lists[atom.of].told)

    def conclusion(self, name: str) -> Three:
        """Return what the conclusion *name* comes to here."""
        conclusion = self.run.policy.conclusions.get(name)
        if conclusion is None:
            return _NOT_IN_FORCE
        if self.list_name and conclusion.scope in OF_THE_CASE:
            return self.run.scope.conclusion(name)
        if self._base is not None and self.list_name and name not in self.run.reach.given:
            return self._base.conclusion(name)
        if name not in self._concluded:
            self._concluded[name] = self.condition(conclusion.when)
        return self._concluded[name]

    def suppose(self, name: str, truth: Three) -> None:
        """Take *truth* for the conclusion *name*."""
        self._concluded[name] = truth

    def condition(self, condition: Condition) -> Three:
        """Return what *condition* comes to here."""
        match condition:
            case Leaf(atom):
                return self.truth(atom)
            case All(parts):
                return all_three(self.condition(part) for part in parts)
            case AnyPart(parts):
                return any_three(self.condition(part) for part in parts)
            case Not(part):
                return self.condition(part).negated()
            case Is(part, truth):
                return surely(self.condition(part).is_(truth))
            case AtLeast(least, parts):
                return at_least_three(least, (self.condition(part) for part in parts))

    # --- why it is unknown ------------------------------------------------------------

    def causes(self, condition: Condition) -> Causes:
        """Return why *condition* is unknown here; nothing where it is not."""
        if isinstance(condition, Leaf):
            found = self._atom_causes(condition.atom)
        else:
            found = together([self.causes(part) for part in parts_of(condition)])
        return found.where(self.condition(condition).unknown)

    def _atom_causes(self, atom: Atom) -> Causes:
        match atom:
            case FactTest(fact_id):
                fact = self.run.policy.facts.get(fact_id)
                asked = fact.asked_when if fact else None
                return Causes(facts=self.condition(asked).t if asked else True)
            case ConclusionTest(name):
                conclusion = self.run.policy.conclusions.get(name)
                if conclusion is None:
                    return Causes()
                frame = self.run.scope if conclusion.scope in OF_THE_CASE else self
                if name not in frame._causes:  # noqa: SLF001 - another frame of the same run
                    frame._causes[name] = frame.causes(conclusion.when)  # noqa: SLF001
                return frame._causes[name]  # noqa: SLF001
            case ListTest():
                told = self.run.case.lists[atom.of].told
                below_it = [
                    frame.causes(Leaf(ConclusionTest(atom.conclusion))).where(frame.present)
                    for frame in self.run.elements[atom.of]
                ]
                found = together(below_it)
                return Causes(either(no(told), found.facts), found.questions)
            case OpenTest():
                return Causes(questions=True)
            case _:
                return Causes()


def wish_frames(run: Run) -> list[Frame]:
    """Return the places of the wishes, in the citizen's order."""
    return run.elements.get(WISHES, [])

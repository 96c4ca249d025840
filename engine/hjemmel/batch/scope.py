"""One reading of the law on every row: the twin of ``decide/run.py`` over columns.

It follows that module step by step – what is remembered when, which scope a conclusion is read in
– and reads the same frozen conditions; there is no rule here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.batch.terms import both, either, equal, no, number, tells, told, up_to
from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.plan import OF_THE_CASE
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
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.batch.terms import Bit
    from hjemmel.policy.compile import Fact, Policy
    from hjemmel.policy.language import Atom

WISHES = "wishes"


@dataclass(frozen=True, slots=True)
class Truths:
    """A truth for every row: whether it surely holds, and whether it surely does not."""

    yes: Bit
    no: Bit

    @property
    def unknown(self) -> Bit:
        """Return whether it is neither."""
        return both(no(self.yes), no(self.no))

    def is_(self, truth: Truth) -> Bit:
        """Return whether it came to exactly *truth*."""
        return {Truth.TRUE: self.yes, Truth.FALSE: self.no, Truth.UNKNOWN: self.unknown}[truth]

    def negated(self) -> Truths:
        """Return the opposite."""
        return Truths(self.no, self.yes)


TRUE, FALSE, UNKNOWN = Truths(yes=True, no=False), Truths(yes=False, no=True), Truths(False, False)  # noqa: FBT003


def sure(bit: Bit) -> Truths:
    """Return the truth that is never unknown."""
    return Truths(bit, no(bit))


def all_of(truths: Iterable[Truths]) -> Truths:
    """Return Kleene's *and*."""
    held = list(truths)
    return Truths(both(*(one.yes for one in held)), either(*(one.no for one in held)))


def any_of(truths: Iterable[Truths]) -> Truths:
    """Return Kleene's *or*."""
    held = list(truths)
    return Truths(either(*(one.yes for one in held)), both(*(one.no for one in held)))


def at_least(count: int, truths: Iterable[Truths]) -> Truths:
    """Return true where *count* hold, false where they no longer can."""
    held = list(truths)
    return Truths(
        _so_many(count, [one.yes for one in held]),
        _so_many(len(held) - count + 1, [one.no for one in held]),
    )


def _so_many(count: int, bits: list[Bit]) -> Bit:
    """Return whether *count* of *bits* are set, bit after bit."""
    reached: list[Bit] = [True, *([False] * count)]
    for bit in bits:
        reached = [
            True,
            *(either(reached[n], both(reached[n - 1], bit)) for n in range(1, count + 1)),
        ]
    return reached[count]


@dataclass(frozen=True, slots=True)
class Causes:
    """Whether a fact, and whether an open question, keeps something unknown."""

    facts: Bit = False
    questions: Bit = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """How many elements of each list a row may hold; longer ones are decided one by one.

    *ceilings* is how many ceilings may be possible at once; rows with more are decided so too.
    """

    of: Mapping[str, int]
    ceilings: int = 4


@dataclass(slots=True)
class Run:
    """A policy and how each open question is read, over the columns of every row."""

    policy: Policy
    widths: Widths
    readings: Mapping[str, str]
    by_column: bool = False
    scope: Scope = field(init=False)
    elements: dict[str, list[Scope]] = field(init=False)

    def __post_init__(self) -> None:
        """Open the scope of the case and one for each place in each list."""
        self.scope = Scope(self)
        self.elements = {
            name: [Scope(self, name, at) for at in range(width)]
            for name, width in self.widths.of.items()
        }

    def go_on(self, wishes: list[Scope]) -> None:
        """Go on with *wishes* of which more is known, and forget what was concluded before."""
        self.scope = Scope(self)
        self.elements = {
            name: [scope.with_given(scope.given) for scope in scopes]
            for name, scopes in {**self.elements, WISHES: wishes}.items()
        }

    def reads(self, question: str, reading: str) -> Bit:
        """Return whether *question* is read as *reading*."""
        known = self.policy.questions[question]
        if self.by_column:
            # A question may be raised by nothing, and then by no run: its column is still there.
            numbers = list(known.readings)
            return equal(number(reading_column(question)), numbers.index(reading))
        return (self.readings.get(question) or known.otherwise) == reading

    def holds(self, name: str, at: int) -> Bit:
        """Return whether list *name* has an element at place *at*."""
        return no(up_to(number(length_column(name)), at))


def reading_column(question: str) -> str:
    """Return the column that says how *question* is read."""
    return f"read.{question}"


def length_column(name: str) -> str:
    """Return the column that says how long list *name* is; −1 where it is left out."""
    return f"{name}.n"


def element_column(name: str, at: int, key: str) -> str:
    """Return the column of *key* of element *at* of list *name*."""
    return f"{name}.{at}.{key}"


class Scope:
    """Where a condition is read: the case, or one place in one of its lists."""

    def __init__(
        self, run: Run, list_name: str = "", at: int = 0, given: Mapping[str, Any] | None = None
    ) -> None:
        """Take the *run*, place *at* of *list_name*, and facts *given* by budget or decision."""
        self.run, self.list_name, self.at = run, list_name, at
        self.given: Mapping[str, Truths] = given or {}
        self._element = run.policy.facts[list_name].element if list_name else ""
        self._concluded: dict[str, Truths] = {}
        self._causes: dict[Condition, Causes] = {}

    def with_given(self, given: Mapping[str, Truths]) -> Scope:
        """Return the same scope with the facts *given* by budget or decision."""
        return Scope(self.run, self.list_name, self.at, given)

    # --- facts --------------------------------------------------------------------------

    def _fact(self, atom: FactTest) -> Truths:
        fact = self.run.policy.facts.get(atom.fact)
        if fact is None:  # not in force on this day: nobody can have been asked
            return FALSE
        compared, known = self._compared(fact, atom)
        if fact.silent:
            return Truths(compared.yes, either(compared.no, no(known)))
        return compared

    def _compared(self, fact: Fact, atom: FactTest) -> tuple[Truths, Bit]:
        """Return how the value of *fact* compares, and whether it has one."""
        match fact.given_by:
            case "diagnoses":
                return self._from_diagnoses(fact, atom)
            case "categories":
                return _of_truth(self._from_categories(fact), fact, atom)
            case "budget" if fact.id in self._calendar():
                return _of_column(self._calendar()[fact.id], fact, atom)
            case "budget" | "decision":
                return _of_truth(self.given.get(fact.id, UNKNOWN), fact, atom)
        if fact.type == "list":  # a list has no value of its own
            return UNKNOWN, False
        return _of_column(self.column(fact.id), fact, atom)

    def column(self, fact_id: str) -> str:
        """Return the column that tells *fact_id* here."""
        group, _, name = fact_id.partition(".")
        if self._element and group == self._element:
            return element_column(self.list_name, self.at, name)
        return fact_id

    def _calendar(self) -> Mapping[str, str]:
        """Return what the calendar says of an earlier grant, as ``decide/run.py`` gives it."""
        if not self.list_name:
            return {}
        return {"grant.in_other_year": element_column(self.list_name, self.at, "in_other_year")}

    def _from_diagnoses(self, fact: Fact, atom: FactTest) -> tuple[Truths, Bit]:
        column = fact.asks
        if atom.operator == "told":
            return Truths(told(column), no=False), told(column)
        wanted = atom.operand if isinstance(atom.operand, tuple) else (str(atom.operand),)
        listing = self.run.policy.listing
        if NOT_LISTED in wanted:  # every entry that the list does not know counts as this one
            others = tuple(entry for entry, one in listing.items() if one not in wanted)
            yes = both(told(column), no(tells(column, "one_of", others)))
        else:
            yes = tells(column, "one_of", tuple(e for e, one in listing.items() if one in wanted))
        return Truths(yes, both(told(column), no(yes))), told(column)

    def _from_categories(self, fact: Fact) -> Truths:
        policy = self.run.policy
        if not self.list_name:
            return UNKNOWN
        provision = element_column(self.list_name, self.at, "provision")
        category = element_column(self.list_name, self.at, "category")
        if fact.id.endswith(".service"):
            divisible = tuple(one.id for one in policy.provisions.values() if one.divisible)
            yes = tells(provision, "one_of", divisible)
        else:
            offered = [
                both(
                    tells(provision, "equals", one),
                    either(no(told(category)), tells(category, "one_of", _under(policy, one))),
                )
                for one in policy.provisions
            ]
            yes = either(*offered)
        return Truths(yes, both(told(provision), no(yes)))

    # --- truths -------------------------------------------------------------------------

    def truth(self, atom: Atom) -> Truths:
        """Return what *atom* comes to here."""
        match atom:
            case FactTest():
                return self._fact(atom)
            case ConclusionTest(conclusion):
                return self.conclusion(conclusion)
            case ReadingTest(question, reading):
                return sure(self.run.reads(question, reading))
            case ListTest():
                return self._list_truth(atom)
            case OpenTest():
                return UNKNOWN

    def _list_truth(self, atom: ListTest) -> Truths:
        run = self.run
        truths = [scope.conclusion(atom.conclusion) for scope in run.elements[atom.of]]
        there = [run.holds(atom.of, at) for at in range(len(truths))]
        known = True if run.policy.facts[atom.of].left_out_is_empty else self._list_told(atom.of)
        some = atom.quantifier == "some"
        found = either(
            *(both(so, one.yes if some else one.no) for so, one in zip(there, truths, strict=True))
        )
        other = both(
            known,
            *(
                either(no(so), one.no if some else one.yes)
                for so, one in zip(there, truths, strict=True)
            ),
        )
        return Truths(found, other) if some else Truths(other, found)

    def _list_told(self, name: str) -> Bit:
        return up_to(0, number(length_column(name)))

    def conclusion(self, name: str) -> Truths:
        """Return what the conclusion *name* comes to here."""
        conclusion = self.run.policy.conclusions.get(name)
        if conclusion is None:  # not in force on this day
            return FALSE
        if self.list_name and conclusion.scope in OF_THE_CASE:
            return self.run.scope.conclusion(name)
        if name not in self._concluded:
            self._concluded[name] = self.value_of(conclusion.when)
        return self._concluded[name]

    def suppose(self, name: str, truth: Truths) -> None:
        """Take *truth* for the conclusion *name*: what several runs have agreed on."""
        self._concluded[name] = truth

    def value_of(self, condition: Condition) -> Truths:
        """Return what *condition* comes to here."""
        match condition:
            case Leaf(atom):
                return self.truth(atom)
            case All(parts):
                return all_of([self.value_of(part) for part in parts])
            case AnyPart(parts):
                return any_of([self.value_of(part) for part in parts])
            case Not(part):
                return self.value_of(part).negated()
            case Is(part, truth):
                return sure(self.value_of(part).is_(truth))
            case AtLeast(count, parts):
                return at_least(count, [self.value_of(part) for part in parts])

    # --- why it is unknown ------------------------------------------------------------

    def causes(self, condition: Condition) -> Causes:
        """Return why *condition* is unknown here; nothing where it is not."""
        if condition not in self._causes:
            unknown = self.value_of(condition).unknown
            below = self._causes_below(condition)
            self._causes[condition] = Causes(
                both(unknown, below.facts), both(unknown, below.questions)
            )
        return self._causes[condition]

    def _causes_below(self, condition: Condition) -> Causes:
        if isinstance(condition, Leaf):
            return self._atom_causes(condition.atom)
        return _together(self.causes(part) for part in parts_of(condition))

    def _atom_causes(self, atom: Atom) -> Causes:
        run = self.run
        match atom:
            case FactTest(fact_id):
                return Causes(facts=self._is_asked(fact_id))
            case ConclusionTest(name):
                conclusion = run.policy.conclusions.get(name)
                if conclusion is None:
                    return Causes()
                scope = run.scope if conclusion.scope in OF_THE_CASE else self
                return scope.causes(conclusion.when)
            case ListTest():
                left_out: Bit = False
                if not run.policy.facts[atom.of].left_out_is_empty:
                    left_out = no(self._list_told(atom.of))
                found = _together(
                    _where(
                        run.holds(atom.of, at), scope.causes(Leaf(ConclusionTest(atom.conclusion)))
                    )
                    for at, scope in enumerate(run.elements[atom.of])
                )
                return Causes(either(left_out, found.facts), found.questions)
            case OpenTest():
                return Causes(questions=True)
            case _:
                return Causes()

    def _is_asked(self, fact_id: str) -> Bit:
        fact = self.run.policy.facts.get(fact_id)
        if fact is None:
            return False
        return True if fact.asked_when is None else self.value_of(fact.asked_when).yes


CRITERIA = "criteria."


def _of_column(column: str, fact: Fact, atom: FactTest) -> tuple[Truths, Bit]:
    known = told(column)
    yes = known if atom.operator == "told" else tells(column, atom.operator, atom.operand)
    denied = both(known, no(yes))
    if fact.no_means_unknown:  # a told no is as good as untold, whatever is asked of it
        not_a_no = no(tells(column, "holds", operand=False))
        yes, denied = both(yes, not_a_no), both(denied, not_a_no)
    return Truths(yes, denied), known


def _of_truth(value: Truths, fact: Fact, atom: FactTest) -> tuple[Truths, Bit]:
    """Return how a yes or no that the engine works out compares."""
    known = either(value.yes, value.no)
    counts = value.yes if fact.no_means_unknown else known
    if atom.operator == "told":
        return Truths(counts, no=False), known
    yes = both(counts, value.yes if atom.operand is True else value.no)
    return Truths(yes, both(counts, no(yes))), known


def _under(policy: Policy, provision: str) -> tuple[str, ...]:
    return tuple(name for owner, name in policy.categories if owner == provision)


def _together(parts: Iterable[Causes]) -> Causes:
    held = list(parts)
    return Causes(either(*(one.facts for one in held)), either(*(one.questions for one in held)))


def _where(so: Bit, causes: Causes) -> Causes:
    return Causes(both(so, causes.facts), both(so, causes.questions))

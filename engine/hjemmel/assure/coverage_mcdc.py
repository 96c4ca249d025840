"""MC/DC: that each part of a condition has been seen to decide it.

An atom is shown by two recorded evaluations of its condition that differ in that atom alone and
come to different truths (unique cause). Where two atoms rest on the same fact they cannot
always be moved apart; then the atoms that rest on a fact of the one in question may differ as
well, as long as the condition follows that one: given the other evaluation's value it comes to
the other evaluation's truth, both ways round (masking).

An atom that no telling of the facts can show is excused. That is computed, not claimed: every
value that the rules can tell apart is tried for every fact below the condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

from hjemmel.decide.conditions import OPERATORS
from hjemmel.decide.reference import evaluate
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import (
    ConclusionTest,
    FactTest,
    ListTest,
    OpenTest,
    ReadingTest,
    atoms_of,
)
from hjemmel.truth import Truth, truth_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Atom, Condition

#: What the atoms of a condition were, in the order they stand, and what it came to.
Row = tuple[tuple[Truth, ...], Truth]

#: Beyond this many ways of telling the facts nothing is claimed to be impossible.
_MOST_WAYS = 150_000
#: So many ways, evenly spread, are tried first.
_FEW_WAYS = 1_009
#: A value that no rule names.
_OTHER = "\N{BULLET}"
#: The fact by which the engine tells that only an open question stands in the way.
_ONLY_OPEN = "decision.only_open_question"
_OPEN_ENDED = (Truth.TRUE, Truth.FALSE, Truth.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Shown:
    """How an atom was shown to decide its condition: by itself, or with a related one moving."""

    atom: Atom
    how: str  # unique | masking | not


@cache
def distinct_atoms(condition: Condition) -> tuple[Atom, ...]:
    """Return the atoms of *condition* in the order they stand, repeats left out."""
    return tuple(dict.fromkeys(atoms_of(condition)))


def show_atoms(
    condition: Condition, rows: Iterable[Row], roots: Mapping[Atom, frozenset[str]]
) -> list[Shown]:
    """Return how each atom of *condition* is shown by *rows*; *roots* is what atoms rest on."""
    atoms = distinct_atoms(condition)
    known = sorted(set(rows), key=repr)
    return [Shown(atom, _how(condition, atoms, at, known, roots)) for at, atom in enumerate(atoms)]


def _how(
    condition: Condition,
    atoms: tuple[Atom, ...],
    at: int,
    rows: list[Row],
    roots: Mapping[Atom, frozenset[str]],
) -> str:
    alone: dict[tuple[Truth, ...], set[Row]] = {}
    for row in rows:
        alone.setdefault(row[0][:at] + row[0][at + 1 :], set()).add(row)
    if any(len({truth for _, truth in group}) > 1 for group in alone.values()):
        return "unique"
    free = {
        other for other, atom in enumerate(atoms) if other != at and roots[atom] & roots[atoms[at]]
    }
    fixed: dict[tuple[Truth, ...], list[Row]] = {}
    for row in rows:
        key = tuple(one for n, one in enumerate(row[0]) if n != at and n not in free)
        fixed.setdefault(key, []).append(row)
    follows = any(
        _follows(condition, atoms, at, one, other)
        for group in fixed.values()
        for one in group
        for other in group
    )
    return "masking" if free and follows else "not"


def _follows(condition: Condition, atoms: tuple[Atom, ...], at: int, one: Row, other: Row) -> bool:
    """Say whether *condition* goes from *one* to *other* by atom number *at* alone, and back."""
    if one[1] is other[1] or one[0][at] is other[0][at]:
        return False
    there = (*one[0][:at], other[0][at], *one[0][at + 1 :])
    back = (*other[0][:at], one[0][at], *other[0][at + 1 :])
    return (
        evaluate(condition, dict(zip(atoms, there, strict=True))) is other[1]
        and evaluate(condition, dict(zip(atoms, back, strict=True))) is one[1]
    )


class Possible:
    """What the atoms of a policy's conditions can be together, whatever is told."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* whose conclusions the conditions rest on."""
        self.policy = policy

    def roots(self, atom: Atom) -> frozenset[str]:
        """Return the facts, lists and questions that *atom* rests on, conclusions seen through."""
        match atom:
            case FactTest(fact):
                known = self.policy.facts.get(fact)
                return frozenset({fact, known.asks} - {""}) if known else frozenset({fact})
            case ConclusionTest(name):
                below = self.policy.conclusions.get(name)
                found = frozenset[str]()
                for one in atoms_of(below.when) if below else ():
                    found |= self.roots(one)
                return found
            case ListTest(_, of):
                return frozenset({of})
            case ReadingTest(question) | OpenTest(question):
                return frozenset({question})

    def can(self, condition: Condition, wanted: Callable[[set[Row]], bool]) -> bool:
        """Say whether the rows *condition* can give are as *wanted*.

        What a few rows show is enough. Where there are too many to try, nothing is claimed to
        be impossible, so the answer is yes.
        """
        domains = self._domains(condition)
        ways = prod(len(domain) for domain in domains.values())
        few = self._rows(condition, domains, range(0, ways, max(1, ways // _FEW_WAYS)))
        if ways <= _FEW_WAYS or wanted(few):
            return wanted(few)
        return ways > _MOST_WAYS or wanted(self._rows(condition, domains, range(ways)))

    def _rows(
        self, condition: Condition, domains: Mapping[tuple[str, ...], list[Any]], ways: range
    ) -> set[Row]:
        """Return the rows *condition* gives for the numbered *ways* of telling what it rests on."""
        atoms = distinct_atoms(condition)
        found: set[Row] = set()
        for way in ways:
            told, rest = {}, way
            for name, domain in domains.items():
                rest, at = divmod(rest, len(domain))
                told[name] = domain[at]
            truths = tuple(self._truth(atom, told) for atom in atoms)
            if not self._happens(told, dict(zip(atoms, truths, strict=True))):
                continue
            found.add((truths, evaluate(condition, dict(zip(atoms, truths, strict=True)))))
        return found

    def _happens(self, told: Mapping[tuple[str, ...], Any], truths: Mapping[Atom, Truth]) -> bool:
        """Say whether the engine can come to this: it adds to what is told what it works out.

        A reading that is not the usual one is run only where its question is raised, and a
        wish waits for an open question alone only where it is not known to be covered.
        """
        for name, value in told.items():
            if name[0] == "reading" and not self._runs(name[1], value, told):
                return False
        alone = told.get(("fact", _ONLY_OPEN), False)
        covered = truths.get(ConclusionTest(self.policy.covered_by), Truth.UNKNOWN)
        return alone is False or (alone is True and covered is Truth.UNKNOWN)

    def _runs(self, question: str, reading: str, told: Mapping[tuple[str, ...], Any]) -> bool:
        """Say whether *question* can be read as *reading* when the rest is as *told*."""
        known = self.policy.questions[question]
        chosen = known.chosen != NONE_CHOSEN
        if reading == (known.chosen if chosen else known.otherwise):
            return True
        closed = frozenset(name[1] for name in told if name[0] == "conclusion")
        if not self._keys(known.raised_by, closed) <= set(told):
            return True
        atoms = distinct_atoms(known.raised_by)
        raised = evaluate(known.raised_by, {one: self._truth(one, told) for one in atoms})
        return raised is Truth.TRUE or (raised is Truth.UNKNOWN and not chosen)

    def _domains(self, condition: Condition) -> dict[tuple[str, ...], list[Any]]:
        """Return the values of everything *condition* rests on that the rules can tell apart."""
        closed = self._closed(condition)
        bases = dict.fromkeys(
            base for atom in atoms_of(condition) for base in self._bases(atom, closed)
        )
        return {name: self._domain(name, bases) for name in dict.fromkeys(map(_key, bases))}

    def _closed(self, condition: Condition) -> frozenset[str]:
        """Return the conclusions below *condition* whose facts nothing else in it rests on.

        Their truth is all that counts, so their facts need not be told one by one.
        """
        closed: frozenset[str] = frozenset()
        for name in self._below(condition):
            outside = self._keys(condition, closed | {name}) - {("conclusion", name)}
            if not outside & self._keys(self.policy.conclusions[name].when, frozenset()):
                closed |= {name}
        return closed

    def _below(self, condition: Condition) -> list[str]:
        """Return the conclusions below *condition*, those nearest to it first."""
        found: dict[str, None] = {}
        waiting = [condition]
        while waiting:
            for atom in distinct_atoms(waiting.pop(0)):
                name = atom.conclusion if isinstance(atom, ConclusionTest) else ""
                if name in self.policy.conclusions and name not in found:
                    found[name] = None
                    waiting.append(self.policy.conclusions[name].when)
        return list(found)

    def _keys(self, condition: Condition, closed: frozenset[str]) -> set[tuple[str, ...]]:
        return {_key(one) for atom in atoms_of(condition) for one in self._bases(atom, closed)}

    def _bases(self, atom: Atom, closed: frozenset[str] = frozenset()) -> Iterator[Atom]:
        """Yield what *atom* rests on in the end: facts, lists, readings, *closed* conclusions."""
        if not isinstance(atom, ConclusionTest) or atom.conclusion in closed:
            yield atom
        elif atom.conclusion in self.policy.conclusions:
            for below in atoms_of(self.policy.conclusions[atom.conclusion].when):
                yield from self._bases(below, closed)

    def _domain(self, name: tuple[str, ...], bases: Iterable[Atom]) -> list[Any]:
        """Return the values of the base *name* that the rules can tell apart; None is untold."""
        same = [base for base in bases if _key(base) == name]
        match same[0]:
            case OpenTest():
                return [Truth.UNKNOWN]
            case ReadingTest(question):
                return list(self.policy.questions[question].readings)
            case ListTest(_, of):
                empty = self.policy.facts[of].left_out_is_empty
                return [Truth.TRUE, Truth.FALSE] if empty else list(_OPEN_ENDED)
            case FactTest(fact):
                tests = [base for base in same if isinstance(base, FactTest)]
                known = self.policy.facts.get(fact)
                values = [] if known is None else _values(known.type, tests)
                return self._apart([*values, None], tests)
            case ConclusionTest(conclusion):
                below = self.policy.conclusions[conclusion].when
                domains = self._domains(below)
                ways = range(prod(len(domain) for domain in domains.values()))
                found = {truth for _, truth in self._rows(below, domains, ways[:_MOST_WAYS])}
                return sorted(found, key=list(Truth).index)

    def _apart(self, values: list[Any], tests: list[FactTest]) -> list[Any]:
        """Return one of those *values* that all *tests* answer alike."""
        by_answers: dict[tuple[Truth, ...], Any] = {}
        for value in values:
            answers = tuple(self._truth(test, {_key(test): value}) for test in tests)
            by_answers.setdefault(answers, value)
        return list(by_answers.values())

    def _truth(self, atom: Atom, told: Mapping[tuple[str, ...], Any]) -> Truth:
        match atom:
            case FactTest(name, operator, operand):
                fact, value = self.policy.facts.get(name), told[_key(atom)]
                if fact is None:
                    return Truth.FALSE
                if value is None:
                    return Truth.FALSE if fact.silent else Truth.UNKNOWN
                if value is False and fact.no_means_unknown:
                    return Truth.UNKNOWN
                return OPERATORS[operator](value, operand)
            case ConclusionTest(name) if ("conclusion", name) in told:
                return Truth(told[_key(atom)])
            case ConclusionTest(name):
                below = self.policy.conclusions.get(name)
                if below is None:
                    return Truth.FALSE
                atoms = distinct_atoms(below.when)
                return evaluate(below.when, {one: self._truth(one, told) for one in atoms})
            case ReadingTest(_, reading):
                return truth_of(told[_key(atom)] == reading)
            case _:
                truth = told[_key(atom)]
                return truth if isinstance(truth, Truth) else Truth.UNKNOWN


def _key(base: Atom) -> tuple[str, ...]:
    """Return what two atoms share when they are told by one answer."""
    match base:
        case FactTest(fact):
            return ("fact", fact)
        case ReadingTest(question):
            return ("reading", question)
        case ListTest(quantifier, of, conclusion):
            return (quantifier, of, conclusion)
        case OpenTest(question):
            return ("open", question)
        case ConclusionTest(conclusion):
            return ("conclusion", conclusion)


def _values(kind: str, tests: Iterable[FactTest]) -> list[Any]:
    operands: list[Any] = []
    for test in tests:
        operands.extend(test.operand if isinstance(test.operand, tuple) else [test.operand])
    if kind == "truth":
        return [True, False]
    if kind == "day":
        days = [one for one in operands if isinstance(one, date)]
        near = {day + timedelta(days=step) for day in days for step in (-1, 0, 1)}
        return sorted(near) or [True]
    if kind == "amount":
        return sorted({one + step for one in operands for step in (-1, 0, 1)})
    return [*dict.fromkeys(operands), _OTHER]

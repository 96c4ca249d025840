"""The condition language of the rule files: shallow data, no expression strings."""

from __future__ import annotations

from hjemmel.records import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hjemmel.truth import Truth

#: What a comparison may compare with: a text, a yes/no, a day or an amount in øre.
Operand = str | bool | int | None


@dataclass(frozen=True, slots=True)
class FactTest:
    """One comparison of one fact: is it so, is it equal to, one of, before or after."""

    fact: str
    operator: str
    operand: str | bool | int | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConclusionTest:
    """What another conclusion came to."""

    conclusion: str


@dataclass(frozen=True, slots=True)
class ReadingTest:
    """Whether an open legal question is read this way in the run at hand."""

    question: str
    reading: str


@dataclass(frozen=True, slots=True)
class OpenTest:
    """Something only an open legal question could settle: always unknown."""

    question: str


@dataclass(frozen=True, slots=True)
class ListTest:
    """Whether a conclusion about its elements holds for some, or for every, element of a list."""

    quantifier: str  # some | every
    of: str
    conclusion: str


#: What a condition rests on; everything above it is and, or, not and at least.
Atom = FactTest | ConclusionTest | ReadingTest | OpenTest | ListTest


@dataclass(frozen=True, slots=True)
class Leaf:
    """An atom at the end of a condition."""

    atom: Atom


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyPart:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least *count* of the parts hold."""

    count: int
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Is:
    """Whether the part came to exactly this truth; itself never unknown."""

    part: Leaf
    truth: Truth


Condition = Leaf | All | AnyPart | Not | AtLeast | Is


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Return the parts directly below *condition*."""
    match condition:
        case All(parts) | AnyPart(parts) | AtLeast(_, parts):
            return parts
        case Not(part):
            return (part,)
        case Is(part, _):
            return (part,)
        case _:
            return ()


def atoms_of(condition: Condition) -> Iterator[Atom]:
    """Return every atom of *condition*, left to right, repeats included."""
    if isinstance(condition, Leaf):
        yield condition.atom
    for part in parts_of(condition):
        yield from atoms_of(part)

"""Terms over the columns of a table: folded and shared while they are built.

A bit is never unknown: what a column does not tell makes every test of it false, so that no
engine's treatment of NULL can reach an answer. What is unknown is carried by two bits, one that
is set when something surely holds and one when it surely does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Term:
    """An operation on columns, constants and other terms; equal terms are one object."""

    op: str
    args: tuple[object, ...]


#: What a column is compared with.
Operand = bool | str | int | date | tuple[str, ...]
Bit = Term | bool
Number = Term | int
_KNOWN: WeakValueDictionary[tuple[object, ...], Term] = WeakValueDictionary()


def _term(op: str, *args: object) -> Term:
    # True and 1 are equal in Python, and so are a term and nothing else: the kind is in the key.
    key = (op, args, *map(type, args))
    found = _KNOWN.get(key)
    if found is None:
        found = Term(op, args)
        _KNOWN[key] = found
    return found


# --- bits ------------------------------------------------------------------------------------


def both(*parts: Bit) -> Bit:
    """Return whether every one of *parts* is set."""
    return _joined("and", parts, neutral=True)


def either(*parts: Bit) -> Bit:
    """Return whether one of *parts* is set."""
    return _joined("or", parts, neutral=False)


def _joined(op: str, parts: Iterable[Bit], *, neutral: bool) -> Bit:
    kept: dict[Term, None] = {}
    for part in parts:
        if isinstance(part, bool):
            if part is not neutral:
                return part
        elif part.op == op:
            kept.update(dict.fromkeys(one for one in part.args if isinstance(one, Term)))
        else:
            kept[part] = None
    if any(one.op == "not" and one.args[0] in kept for one in kept):
        return not neutral
    if not kept:
        return neutral
    return next(iter(kept)) if len(kept) == 1 else _term(op, *kept)


def no(part: Bit) -> Bit:
    """Return whether *part* is not set."""
    if isinstance(part, bool):
        return not part
    if part.op == "not":
        inner = part.args[0]
        assert isinstance(inner, Term)  # noqa: S101 - made here, a line below
        return inner
    return _term("not", part)


# --- what a column tells -------------------------------------------------------------------------


def told(column: str) -> Bit:
    """Return whether *column* tells anything."""
    return _term("told", column)


def tells(column: str, operator: str, operand: Operand) -> Bit:
    """Return whether what *column* tells stands in *operator* to *operand*; untold, it does not."""
    if operand == ():
        return False
    return _term("tells", operator, column, operand)


def number(column: str) -> Number:
    """Return the whole number in *column*, which must always tell one."""
    return _term("number", column)


def number_or_nothing(column: str) -> Number:
    """Return the whole number in *column*, or nought where it tells none."""
    return _term("number_or_nought", column)


# --- whole numbers -----------------------------------------------------------------------------


def plus(left: Number, right: Number) -> Number:
    """Return the sum."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if left == 0:
        return right
    return left if right == 0 else _term("plus", left, right)


def minus(left: Number, right: Number) -> Number:
    """Return the difference."""
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    return left if right == 0 else _term("minus", left, right)


def least(*parts: Number) -> Number:
    """Return the smallest of *parts*."""
    return _extreme("least", min, parts)


def most(*parts: Number) -> Number:
    """Return the largest of *parts*."""
    return _extreme("most", max, parts)


def _extreme(op: str, of: Callable[[Iterable[int]], int], parts: Iterable[Number]) -> Number:
    terms = dict.fromkeys(one for one in parts if isinstance(one, Term))
    numbers = [one for one in parts if isinstance(one, int)]
    kept: list[Number] = [*([of(numbers)] if numbers else []), *terms]
    return kept[0] if len(kept) == 1 else _term(op, *kept)


def up_to(left: Number, right: Number) -> Bit:
    """Return whether *left* is *right* or less."""
    if isinstance(left, int) and isinstance(right, int):
        return left <= right
    return True if left is right else _term("up_to", left, right)


def below(left: Number, right: Number) -> Bit:
    """Return whether *left* is less than *right*."""
    return no(up_to(right, left))


def equal(left: Number, right: Number) -> Bit:
    """Return whether the two are the same."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return True if left is right else _term("equal", left, right)


def pick(condition: Bit, then: Number, otherwise: Number) -> Number:
    """Return *then* where *condition* is set, else *otherwise*."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if _alike(then, otherwise):
        return then
    # A choice within a choice between the same two is one choice.
    if (inner := _unlike(then, otherwise)) is not None:
        return pick(both(condition, inner[0]), inner[1], otherwise)
    if (inner := _unlike(otherwise, then)) is not None:
        return pick(either(condition, no(inner[0])), then, inner[1])
    return _term("pick", condition, then, otherwise)


def _unlike(choice: Number, other: Number) -> tuple[Bit, Number] | None:
    """Return when *choice* is not *other*, and what it then is; nothing where it may be a third."""
    if not isinstance(choice, Term) or choice.op != "pick":
        return None
    condition, then, otherwise = _choice(choice)
    if _alike(otherwise, other):
        return condition, then
    return (no(condition), otherwise) if _alike(then, other) else None


def _alike(one: Number, other: Number) -> bool:
    return one is other or (isinstance(one, int) and isinstance(other, int) and one == other)


def _choice(term: Term) -> tuple[Term, Number, Number]:
    condition, then, otherwise = term.args
    assert isinstance(condition, Term)  # noqa: S101 - else there was no choice
    assert isinstance(then, Term | int)  # noqa: S101
    assert isinstance(otherwise, Term | int)  # noqa: S101
    return condition, then, otherwise


def first_of(cases: Iterable[tuple[Bit, Number]], otherwise: Number) -> Number:
    """Return the number of the first of *cases* whose bit is set, else *otherwise*."""
    result = otherwise
    for condition, value in reversed(list(cases)):
        result = pick(condition, value, result)
    return result


def packed(bits: Iterable[Bit]) -> Number:
    """Return *bits* as one whole number, the first as its lowest digit."""
    result: Number = 0
    for place, bit in enumerate(bits):
        result = plus(result, pick(bit, 1 << place, 0))
    return result


def digits_of(number: object) -> dict[int, Bit]:
    """Return the bits that *number* was ``packed`` of, by digit; nothing if it was not."""
    if not isinstance(number, Term) or number.op != "plus":
        return {}
    bits: dict[int, Bit] = {}
    found: dict[int, Bit]
    waiting: list[object] = [number]
    while waiting:
        match waiting.pop():
            case Term("plus", parts):
                waiting += parts
                continue
            case Term("pick", (Term() as bit, int(weight), 0)) if weight > 0:
                found = dict.fromkeys(_digits(weight), bit)
            case int(weight) if weight > 0:  # of bits that are always set
                found = dict.fromkeys(_digits(weight), True)
            case _:
                return {}
        if found.keys() & bits.keys():
            return {}
        bits |= found
    return bits


def _digits(weight: int) -> list[int]:
    return [at for at in range(weight.bit_length()) if weight >> at & 1]


# --- what is in a term ---------------------------------------------------------------------------


def plain_name(name: str) -> str:
    """Return *name* without dots, which some engines take for a way into a structure."""
    return name.replace(".", "__")


def columns_of(outputs: Mapping[str, object]) -> frozenset[str]:
    """Return the columns that *outputs* read."""
    return frozenset(name for term in inside(outputs.values()) for name in read_by(term))


def read_by(term: Term) -> tuple[str, ...]:
    """Return the column that *term* itself reads, if it reads one."""
    if term.op in ("told", "number", "number_or_nought"):
        return (str(term.args[0]),)
    return (str(term.args[1]),) if term.op == "tells" else ()


def of_column(term: Term, column: str) -> Term:
    """Return *term*, which reads a column, as it reads *column* instead."""
    before = read_by(term)
    return _term(term.op, *(column if one in before else one for one in term.args))


def inside(terms: Iterable[object]) -> list[Term]:
    """Return every term at or below *terms*, each once, parts before what is made of them."""
    ordered: dict[Term, None] = {}
    waiting: list[tuple[object, bool]] = [(one, False) for one in reversed(list(terms))]
    while waiting:
        term, parts_done = waiting.pop()
        if not isinstance(term, Term) or term in ordered:
            continue
        if parts_done:
            ordered[term] = None
            continue
        waiting.append((term, True))
        waiting.extend((one, False) for one in reversed(term.args))
    return list(ordered)

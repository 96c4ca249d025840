"""Terms: a formula over unknown facts, built once for every case there can be.

A term is a yes/no or a whole number. Equal terms are one object, constants fold away, and
arguments are always older than what is made of them. Nothing here knows the solver; only
``encode_solver.py`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from hjemmel.truth import Truth


class Term:
    """One operation on older terms; made by the functions below, never directly."""

    __slots__ = ("args", "number", "op")

    def __init__(self, op: str, args: tuple[Bit | Number | str, ...], number: int) -> None:
        """Take the operation *op*, its *args*, and the *number* that orders terms by age."""
        self.op, self.args, self.number = op, args, number


#: A yes/no, and a whole number: a term, or the constant it folded to.
Bit = Term | bool
Number = Term | int

_KNOWN: dict[tuple[object, ...], Term] = {}
_NUMBERS = count()


def _term(op: str, *args: Bit | Number | str) -> Term:
    # In Python True is 1; as arguments they are different terms.
    key = (op, *((type(arg), arg) if isinstance(arg, bool) else arg for arg in args))
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = Term(op, args, next(_NUMBERS))
    return found


def bit(name: str) -> Term:
    """Return the unknown yes/no called *name*."""
    return _term("bit", name)


def number(name: str) -> Term:
    """Return the unknown whole number called *name*."""
    return _term("number", name)


def no(one: Bit) -> Bit:
    """Return the opposite of *one*."""
    if isinstance(one, bool):
        return not one
    if one.op == "not":
        return one.args[0]  # type: ignore[return-value]
    return _term("not", one)


def _gathered(op: str, terms: Iterable[Bit], neutral: bool) -> Bit:  # noqa: FBT001 - the constant that says nothing
    kept: dict[int, Term] = {}
    for one in terms:
        if isinstance(one, bool):
            if one is not neutral:
                return one
        else:
            kept[one.number] = one
    if any(one.op == "not" and one.args[0].number in kept for one in kept.values()):  # type: ignore[union-attr]
        return not neutral
    if len(kept) <= 1:
        return next(iter(kept.values()), neutral)
    return _term(op, *(kept[at] for at in sorted(kept)))


def both(*terms: Bit) -> Bit:
    """Return whether all *terms* hold; true of none."""
    return _gathered("and", terms, neutral=True)


def spread(terms: Iterable[Bit]) -> Iterator[Bit]:
    """Yield what holds where all *terms* do, each in its smallest parts."""
    for one in terms:
        inner = one.args[0] if isinstance(one, Term) and one.op == "not" else None
        if isinstance(one, Term) and one.op == "and":
            yield from spread(one.args)  # type: ignore[arg-type]
        elif isinstance(inner, Term) and inner.op == "or":
            yield from spread(no(arg) for arg in inner.args)  # type: ignore[arg-type]
        else:
            yield one


def either(*terms: Bit) -> Bit:
    """Return whether one of *terms* holds; false of none."""
    return _gathered("or", terms, neutral=False)


def leads_to(when: Bit, then: Bit) -> Bit:
    """Return whether *then* holds wherever *when* does."""
    return either(no(when), then)


def alike(left: Bit, right: Bit) -> Bit:
    """Return whether both hold or neither does."""
    if isinstance(left, bool):
        return right if left else no(right)
    if isinstance(right, bool):
        return left if right else no(left)
    return True if left is right else _term("alike", *sorted((left, right), key=_age))


def _age(term: Term) -> int:
    return term.number


def at_least_of(least: int, terms: Iterable[Bit]) -> Bit:
    """Return whether *least* of *terms* hold."""
    listed = list(terms)
    least -= sum(one is True for one in listed)
    open_ones = [one for one in listed if not isinstance(one, bool)]
    if least <= 0:
        return True
    if least > len(open_ones):
        return False
    first, *rest = open_ones
    return either(both(first, at_least_of(least - 1, rest)), at_least_of(least, rest))


def pick_bit(which: Bit, yes: Bit, otherwise: Bit) -> Bit:
    """Return *yes* where *which* holds and *otherwise* where it does not."""
    return either(both(which, yes), both(no(which), otherwise))


def pick(which: Bit, yes: Number, otherwise: Number) -> Number:
    """Return the number *yes* where *which* holds and *otherwise* where it does not."""
    if isinstance(which, bool):
        return yes if which else otherwise
    return (
        yes
        if yes is otherwise or _same_constant(yes, otherwise)
        else _term("pick", which, yes, otherwise)
    )


def _same_constant(left: Number, right: Number) -> bool:
    return isinstance(left, int) and isinstance(right, int) and left == right


def up_to(left: Number, right: Number) -> Bit:
    """Return whether *left* is *right* or less."""
    if isinstance(left, int) and isinstance(right, int):
        return left <= right
    return True if left is right else _term("up_to", left, right)


def below(left: Number, right: Number) -> Bit:
    """Return whether *left* is less than *right*."""
    return no(up_to(right, left))


def equal(left: Number, right: Number) -> Bit:
    """Return whether two numbers are the same."""
    return both(up_to(left, right), up_to(right, left))


def plus(*numbers: Number) -> Number:
    """Return the sum of *numbers*."""
    constant = sum(one for one in numbers if isinstance(one, int))
    terms = [one for one in numbers if not isinstance(one, int)]
    if not terms:
        return constant
    listed: list[Number] = [*terms, constant] if constant else [*terms]
    return terms[0] if len(listed) == 1 else _term("plus", *listed)


def minus(left: Number, right: Number) -> Number:
    """Return *left* less *right*."""
    if isinstance(right, int):
        return plus(left, -right)
    return _term("minus", left, right)


def not_below_zero(one: Number) -> Number:
    """Return *one*, or nought where it is negative."""
    return pick(up_to(0, one), one, 0)


def least(numbers: Iterable[tuple[Bit, Number]]) -> Number:
    """Return the least of the numbers that are present; the first always is."""
    (_, lowest), *rest = numbers
    for present, one in rest:
        lowest = pick(both(present, below(one, lowest)), one, lowest)
    return lowest


@dataclass(frozen=True, slots=True)
class Three:
    """A three-valued truth as two yes/nos, never both: surely so, and surely not so."""

    t: Bit
    f: Bit

    @property
    def known(self) -> Bit:
        """Return whether it is true or false."""
        return either(self.t, self.f)

    @property
    def unknown(self) -> Bit:
        """Return whether it is neither."""
        return no(self.known)

    def negated(self) -> Three:
        """Return the opposite; the opposite of unknown is unknown."""
        return Three(self.f, self.t)

    def is_(self, truth: Truth) -> Bit:
        """Return whether it came to exactly *truth*."""
        return {"true": self.t, "false": self.f}.get(truth.value, self.unknown)

    def where(self, told: Bit) -> Three:
        """Return the same where *told*, and unknown elsewhere."""
        return Three(both(told, self.t), both(told, self.f))

    def same_as(self, other: Three) -> Bit:
        """Return whether both came to the same."""
        return both(alike(self.t, other.t), alike(self.f, other.f))


UNKNOWN = Three(t=False, f=False)


def surely(one: Bit) -> Three:
    """Return *one* as a truth that is never unknown."""
    return Three(one, no(one))


def all_three(truths: Iterable[Three]) -> Three:
    """Return true if every truth holds, false if one fails, else unknown."""
    listed = list(truths)
    return Three(both(*(one.t for one in listed)), either(*(one.f for one in listed)))


def any_three(truths: Iterable[Three]) -> Three:
    """Return true if one truth holds, false if every one fails, else unknown."""
    return all_three(one.negated() for one in truths).negated()


def at_least_three(least_count: int, truths: Iterable[Three]) -> Three:
    """Return true if so many truths hold, false if they no longer can, else unknown."""
    listed = list(truths)
    too_many = len(listed) - least_count + 1
    return Three(
        at_least_of(least_count, (one.t for one in listed)),
        at_least_of(too_many, (one.f for one in listed)),
    )


def below_it(*roots: Bit | Number, known: Container[int] = ()) -> Iterator[Term]:
    """Yield every term that *roots* are made of, themselves included, the oldest first.

    Terms whose number is *known* are left out, with all that they alone are made of.
    """
    found: dict[int, Term] = {}
    waiting = [root for root in roots if isinstance(root, Term)]
    while waiting:
        term = waiting.pop()
        if term.number not in found and term.number not in known:
            found[term.number] = term
            waiting.extend(arg for arg in term.args if isinstance(arg, Term))
    return (found[at] for at in sorted(found))


class Valued:
    """What terms come to once every unknown has a value; without one it is no, or nought."""

    def __init__(self, values: Mapping[str, bool | int]) -> None:
        """Take the *values* of the unknowns by name."""
        self._values = values
        self._known: dict[int, bool | int] = {}

    def value(self, root: Bit | Number) -> bool | int:
        """Return what *root* comes to."""
        if not isinstance(root, Term):
            return root
        if root.number not in self._known:
            for term in below_it(root, known=self._known):
                self._known[term.number] = self._of(term)
        return self._known[root.number]

    def _of(self, term: Term) -> bool | int:
        if term.op in {"bit", "number"}:
            return self._values.get(str(term.args[0]), term.op == "number" and 0)
        args = [
            self._known[arg.number] if isinstance(arg, Term) else arg
            for arg in term.args
            if not isinstance(arg, str)
        ]
        match term.op:
            case "not":
                return not args[0]
            case "and":
                return all(args)
            case "or":
                return any(args)
            case "alike":
                return args[0] == args[1]
            case "up_to":
                return args[0] <= args[1]
            case "pick":
                return args[1] if args[0] else args[2]
            case "plus":
                return sum(args)
            case _:
                return args[0] - args[1]

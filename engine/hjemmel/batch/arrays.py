"""Terms worked out over NumPy arrays, block by block: no plan is made and no SQL is written.

The same terms that ``lower.py`` makes Ibis of. A block is so short that what is made of it stays
in the processor's own memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hjemmel.batch.terms import Term, digits_of, inside
from hjemmel.batch.words import numbered, of_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: How many rows are worked out at a time.
BLOCK = 32_768
Value = Any  # an array, or a number or truth that is the same for every row
Work = Callable[..., Value]
#: Numbers that fit into a byte: what is chosen among these, and nothing else, is a byte a row.
_CODES = range(-100, 101)
_BIT, _BYTE, _WHOLE = np.dtype("bool"), np.dtype("int8"), np.dtype("<i8")
_WORK: Mapping[str, Work] = {
    "and": lambda *parts: _joined(np.logical_and, parts),
    "or": lambda *parts: _joined(np.logical_or, parts),
    "not": np.logical_not,
    "plus": partial(np.add, dtype=_WHOLE),
    "minus": partial(np.subtract, dtype=_WHOLE),
    "least": lambda *parts: reduce(np.minimum, parts),
    "most": lambda *parts: reduce(np.maximum, parts),
    "up_to": np.less_equal,
    "equal": np.equal,
}
_MADE_OF_PARTS = frozenset({*_WORK, "pick"})
_NUMBERS = frozenset(("plus", "minus", "least", "most", "pick", "number", "number_or_nought"))
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "holds": pc.equal,
    "equals": pc.equal,
    "one_of": lambda column, operand: pc.is_in(column, pa.array(operand, column.type)),
    "at_most": pc.less_equal,
    "at_least_value": pc.greater_equal,
    "before": pc.less,
    "after": pc.greater,
}


def _joined(work: np.ufunc, parts: Sequence[Value]) -> Value:
    made = work(parts[0], parts[1])
    for part in parts[2:]:
        work(made, part, out=made)
    return made


@dataclass(frozen=True, slots=True)
class _Act:
    """One operation on earlier values; *done_with* are not read again after it."""

    into: int
    work: Work
    parts: tuple[int, ...]
    done_with: tuple[int, ...]


class Program:
    """The operations that work outputs out, each once, in an order in which they can be done."""

    def __init__(
        self, outputs: Mapping[str, object], kinds: Mapping[str, np.dtype[Any]] | None = None
    ) -> None:
        """Order the terms of *outputs* and find when each is read for the last time.

        *kinds* are the kinds of arrays to give, if not those that the terms themselves come to.
        """
        self._packs = {name: bits for name, one in outputs.items() if (bits := digits_of(one))}
        self._plain = {name: one for name, one in outputs.items() if name not in self._packs}
        asked = [*self._plain.values()]
        for bits in self._packs.values():
            asked += bits.values()
        terms = inside(asked)
        self._count = len(terms)
        self._places: dict[object, int] = {term: place for place, term in enumerate(terms)}
        self._constants: list[Value] = []
        self.leaves = [term for term in terms if term.op not in _MADE_OF_PARTS]
        self._kinds: dict[Term, np.dtype[Any]] = {}
        for term in terms:  # parts come first
            self._kinds[term] = self._kind_of(term)
        acts = {term: self._work(term) for term in terms if term.op in _MADE_OF_PARTS}
        last = {place: term for term, (_, parts) in acts.items() for place in parts}
        kept = {self._places[one] for one in asked if isinstance(one, Term)}
        self._acts = [
            _Act(
                self._places[term], work, parts,
                tuple(
                    place for place in dict.fromkeys(parts)
                    if place < self._count and last[place] is term and place not in kept
                ),
            )
            for term, (work, parts) in acts.items()
        ]  # fmt: skip
        self.kinds = kinds or {name: self._given_as(one) for name, one in outputs.items()}

    def _kind_of(self, term: Term) -> np.dtype[Any]:
        if term.op not in _NUMBERS:
            return _BIT
        return _BYTE if term.op == "pick" and self._are_codes(term.args[1:]) else _WHOLE

    def _given_as(self, output: object) -> np.dtype[Any]:
        if isinstance(output, Term):
            return self._kinds.get(output, _WHOLE)  # what is packed of bits has no kind here
        return _BIT if isinstance(output, bool) else _WHOLE

    def _are_codes(self, numbers: Iterable[object]) -> bool:
        return all(
            self._kinds[one] == _BYTE if isinstance(one, Term) else one in _CODES
            for one in numbers
        )  # fmt: skip

    def _work(self, term: Term) -> tuple[Work, tuple[int, ...]]:
        """Return how *term* is worked out, and of what."""
        if term.op == "pick":
            return self._choice(*term.args, kind=self._kinds[term])
        compares_codes = term.op in ("up_to", "equal") and self._are_codes(term.args)
        return _WORK[term.op], self._all(term.args, _BYTE if compares_codes else _WHOLE)

    def _choice(
        self, so: object, then: object, otherwise: object, *, kind: np.dtype[Any]
    ) -> tuple[Work, tuple[int, ...]]:
        if otherwise == 0:
            work: Work = _code_or_nought if kind == _BYTE else _amount_or_nought
            return work, self._all((so, then), kind)
        work = _chosen_code if kind == _BYTE else _chosen_amount
        return work, self._all((so, then, otherwise), kind)

    def _all(self, parts: Iterable[object], kind: np.dtype[Any]) -> tuple[int, ...]:
        return tuple(self._place(one, kind) for one in parts)

    def _place(self, one: object, kind: np.dtype[Any]) -> int:
        """Return where the value of *one* is; a number that is the same in every row has a kind."""
        if isinstance(one, Term):
            return self._places[one]
        # True and 1 are equal in Python, but they are not the same here.
        key = (type(one), one, kind)
        if key not in self._places:
            self._places[key] = self._count + len(self._constants)
            self._constants.append(one if isinstance(one, bool) else kind.type(one))
        return self._places[key]

    # --- running it -------------------------------------------------------------------------

    def run(
        self,
        leaves: Mapping[Term, np.ndarray],
        rows: int,
        places: np.ndarray | None = None,
        own: Mapping[Term, np.ndarray] = MappingProxyType({}),
    ) -> dict[str, np.ndarray]:
        """Return the outputs by name for so many *rows*, which lie at *places* in the *leaves*.

        Where there are no *places*, and in its *own*, leaves have a value for each row already.
        """
        made = {name: np.empty(rows, dtype=kind) for name, kind in self.kinds.items()}
        for start in range(0, rows, BLOCK):
            block = slice(start, start + BLOCK)
            at = block if places is None else places[block]
            values: list[Value] = [None] * self._count + self._constants
            for term, leaf in leaves.items():
                values[self._places[term]] = leaf[at]
            for term, leaf in own.items():
                values[self._places[term]] = leaf[block]
            self._work_out(values)
            for name, one in self._plain.items():
                made[name][block] = values[self._places[one]] if isinstance(one, Term) else one
            for name, bits in self._packs.items():
                told = {
                    digit: values[self._places[bit]] if isinstance(bit, Term) else bit
                    for digit, bit in bits.items()
                }
                _pack(told, made[name][block])
        return made

    def _work_out(self, values: list[Value]) -> None:
        for act in self._acts:
            values[act.into] = act.work(*[values[place] for place in act.parts])
            for place in act.done_with:
                values[place] = None


# Choices are sums, not ``np.where``: a processor cannot guess which way a row will go.


def _chosen_code(so: np.ndarray, then: Value, otherwise: Value) -> Value:
    every_digit_or_none = np.negative(so.view(_BYTE))
    return ((then ^ otherwise) & every_digit_or_none) ^ otherwise


def _code_or_nought(so: np.ndarray, then: Value) -> Value:
    return then & np.negative(so.view(_BYTE))


def _chosen_amount(so: np.ndarray, then: Value, otherwise: Value) -> Value:
    return (then - otherwise) * so + otherwise


def _amount_or_nought(so: np.ndarray, then: Value) -> Value:
    return then * so


def _pack(bits: Mapping[int, Value], into: np.ndarray) -> None:
    """Write *bits*, by the digits they stand for, as whole numbers *into* an array."""
    into[:] = 0
    octets = into.view("uint8").reshape(-1, 8)  # the lowest digits first
    for octet in {digit // 8 for digit in bits}:
        packed = np.zeros(len(into), dtype="uint8")
        for digit in range(octet * 8 + 7, octet * 8 - 1, -1):
            packed <<= 1
            if digit in bits:
                packed |= bits[digit]
        octets[:, octet] = packed


def read(term: Term, column: Any) -> np.ndarray:  # noqa: ANN401 - pyarrow has no types
    """Return what *term* reads of its Arrow *column*, for every row; nothing told is never so."""
    if pa.types.is_dictionary(column.type) and term.op == "tells":
        return _read_words(term, column)
    match term.op:
        case "told":
            told = pc.is_valid(column)
        case "number" | "number_or_nought":
            told = column.fill_null(0)
        case _:
            told = _COMPARE[str(term.args[0])](column, term.args[2]).fill_null(False)  # noqa: FBT003
    values: np.ndarray = told.to_numpy(zero_copy_only=False)
    return values


def _read_words(term: Term, column: Any) -> np.ndarray:  # noqa: ANN401
    """Return what *term* reads of a *column* of numbered words: it is found out once for each."""
    words, codes = numbered(column)
    return of_words(read(term, words), codes)


def read_own(term: Term, values: np.ndarray) -> np.ndarray:
    """Return what *term* reads of *values*, every one of which is known."""
    return values if term.op == "number" else read(term, pa.array(values))

"""Terms worked out over NumPy arrays, block by block: no plan is made and no SQL is written.

The same terms that ``lower.py`` makes Ibis of. A block is so short that what is made of it stays
in the processor's own memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hjemmel.batch.terms import Term, inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: How many rows are worked out at a time.
_BLOCK = 16_384
Value = Any  # an array, or a number or truth that is the same for every row
_OF_PARTS: Mapping[str, Callable[..., Value]] = {
    "and": lambda *parts: reduce(np.logical_and, parts),
    "or": lambda *parts: reduce(np.logical_or, parts),
    "not": np.logical_not,
    "plus": np.add,
    "minus": np.subtract,
    "least": lambda *parts: reduce(np.minimum, parts),
    "most": lambda *parts: reduce(np.maximum, parts),
    "up_to": np.less_equal,
    "equal": np.equal,
    "pick": np.where,
}
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "holds": pc.equal,
    "equals": pc.equal,
    "one_of": lambda column, operand: pc.is_in(column, pa.array(operand, column.type)),
    "at_most": pc.less_equal,
    "at_least_value": pc.greater_equal,
    "before": pc.less,
    "after": pc.greater,
}


@dataclass(frozen=True, slots=True)
class _Act:
    """One operation on earlier values; *done_with* are not read again after it."""

    into: int
    work: Callable[..., Value]
    parts: tuple[int, ...]
    done_with: tuple[int, ...]


class Program:
    """The operations that work outputs out, each once, in an order in which they can be done."""

    def __init__(self, outputs: Mapping[str, object]) -> None:
        """Order the terms of *outputs* and find when each is read for the last time."""
        self.outputs = dict(outputs)
        terms = inside(self.outputs.values())
        self._places: dict[object, int] = {term: place for place, term in enumerate(terms)}
        self._constants: list[Value] = []
        self.leaves = [term for term in terms if not _made_of_parts(term)]
        acts = [term for term in terms if _made_of_parts(term)]
        parts = {term: tuple(self._place(len(terms), one) for one in term.args) for term in acts}
        kept = {self._place(len(terms), one) for one in self.outputs.values()}
        last = {place: term for term in acts for place in parts[term] if place < len(terms)}
        self._acts = [
            _Act(
                self._places[term],
                _OF_PARTS[term.op],
                parts[term],
                tuple(
                    place for place in dict.fromkeys(parts[term])
                    if last.get(place) is term and place not in kept
                ),
            )
            for term in acts
        ]  # fmt: skip
        self._count = len(terms)

    def _place(self, count: int, one: object) -> int:
        if isinstance(one, Term):
            return self._places[one]
        # True and 1 are equal in Python, but they are not the same here.
        key = (type(one), one)
        if key not in self._places:
            self._places[key] = count + len(self._constants)
            self._constants.append(np.int64(one) if type(one) is int else one)
        return self._places[key]

    def run(
        self,
        leaves: Mapping[Term, np.ndarray],
        places: np.ndarray,
        own: Mapping[Term, np.ndarray] = MappingProxyType({}),
    ) -> dict[str, np.ndarray]:
        """Return the outputs by name, a value for each of *places* in the *leaves*.

        Leaves of its *own* have a value for each of *places* already.
        """
        starts = range(0, max(1, len(places)), _BLOCK)
        blocks = [self._block(leaves, own, places, start) for start in starts]
        return {name: np.concatenate([block[name] for block in blocks]) for name in self.outputs}

    def _block(
        self,
        leaves: Mapping[Term, np.ndarray],
        own: Mapping[Term, np.ndarray],
        places: np.ndarray,
        start: int,
    ) -> dict[str, np.ndarray]:
        rows = places[start : start + _BLOCK]
        values: list[Value] = [None] * self._count + self._constants
        for term, leaf in leaves.items():
            values[self._places[term]] = leaf[rows]
        for term, leaf in own.items():
            values[self._places[term]] = leaf[start : start + _BLOCK]
        for act in self._acts:
            values[act.into] = act.work(*[values[place] for place in act.parts])
            for place in act.done_with:
                values[place] = None
        return {
            name: np.broadcast_to(values[self._place(self._count, one)], len(rows))
            for name, one in self.outputs.items()
        }


def _made_of_parts(term: Term) -> bool:
    return term.op in _OF_PARTS


def read(term: Term, column: Any) -> np.ndarray:  # noqa: ANN401 - pyarrow has no types
    """Return what *term* reads of its Arrow *column*, for every row; nothing told is never so."""
    match term.op:
        case "told":
            told = pc.is_valid(column)
        case "number" | "number_or_nought":
            told = column.fill_null(0)
        case _:
            told = _COMPARE[str(term.args[0])](column, term.args[2]).fill_null(False)  # noqa: FBT003
    values: np.ndarray = told.to_numpy(zero_copy_only=False)
    return values

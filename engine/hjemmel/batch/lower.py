"""Terms to an Ibis expression: what several need is a column of its own, made once.

Ibis writes SQL as text, without shared parts: written straight, a rule that many rely on would be
repeated in each of them, and in each of theirs. So every shared term becomes a column of an
earlier step, and each step keeps only the columns that a later one needs.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

import ibis

from hjemmel.batch.terms import Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: Terms as cheap as the column that would hold them.
_CHEAP = frozenset({"not", "number"})
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "holds": lambda column, operand: column == operand,
    "equals": lambda column, operand: column == operand,
    "one_of": lambda column, operand: column.isin(operand),
    "at_most": lambda column, operand: column <= operand,
    "at_least_value": lambda column, operand: column >= operand,
    "before": lambda column, operand: column < operand,
    "after": lambda column, operand: column > operand,
}


def columns_of(outputs: Mapping[str, object]) -> frozenset[str]:
    """Return the columns that *outputs* read."""
    return frozenset(name for term in _inside(outputs.values()) for name in _read_by(term))


def _read_by(term: Term) -> tuple[str, ...]:
    if term.op in ("told", "number", "number_or_nought"):
        return (str(term.args[0]),)
    return (str(term.args[1]),) if term.op == "tells" else ()


def _inside(terms: Iterable[object]) -> list[Term]:
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


def expression(table: ibis.Table, keep: Iterable[str], outputs: Mapping[str, object]) -> ibis.Table:
    """Return *table* with *outputs* worked out from its columns, and the columns *keep* as is."""
    return _Lowering(table, tuple(keep), outputs).result()


class _Lowering:
    def __init__(
        self, table: ibis.Table, keep: tuple[str, ...], outputs: Mapping[str, object]
    ) -> None:
        self.table, self.keep, self.outputs = table, keep, outputs
        self.terms = _inside(outputs.values())
        self.names = self._shared()
        self.step = self._steps()

    def _shared(self) -> dict[Term, str]:
        """Return a column name for each term that more than one other is made of."""
        used = Counter(
            part for term in self.terms for part in set(term.args) if isinstance(part, Term)
        )
        used.update(one for one in self.outputs.values() if isinstance(one, Term))
        shared = [term for term in self.terms if used[term] > 1 and term.op not in _CHEAP]
        return {term: f"t{number}" for number, term in enumerate(shared)}

    def _steps(self) -> dict[Term, int]:
        """Return the step in which each term can be read: shared ones need one of their own."""
        step: dict[Term, int] = {}
        for term in self.terms:
            below = max((step[part] for part in term.args if isinstance(part, Term)), default=0)
            step[term] = below + 1 if term in self.names else below
        return step

    def result(self) -> ibis.Table:
        last = max((self.step[term] for term in self.names), default=0)
        needed_at = self._needed(last)
        table = self.table
        for step in range(1, last + 1):
            made = {
                name: self._made(table, term)
                for term, name in self.names.items()
                if self.step[term] == step
            }
            stay = [name for name in table.columns if needed_at.get(name, 0) > step]
            made = {name: one for name, one in made.items() if needed_at.get(name, 0) > step}
            table = table.select(*(table[name] for name in stay), **made)
        final = {name: self._read(table, term) for name, term in self.outputs.items()}
        return table.select(*(table[name] for name in self.keep), **final)

    def _needed(self, last: int) -> dict[str, int]:
        """Return the last step in which each column is read; outputs are made after the last."""
        needed = dict.fromkeys(self.keep, last + 1)

        def note(term: Term, step: int, *, own: bool) -> None:
            if term in self.names and not own:
                needed[self.names[term]] = max(needed.get(self.names[term], 0), step)
                return
            for name in _read_by(term):
                needed[name] = max(needed.get(name, 0), step)
            for part in term.args:
                if isinstance(part, Term):
                    note(part, step, own=False)

        for term in self.names:
            note(term, self.step[term], own=True)
        for term in self.outputs.values():
            if isinstance(term, Term):
                note(term, last + 1, own=False)
        return needed

    def _read(self, table: ibis.Table, term: object) -> Any:  # noqa: ANN401 - bits and numbers
        if isinstance(term, bool):
            return ibis.literal(term)
        if isinstance(term, int):
            return ibis.literal(term, type="int64")
        assert isinstance(term, Term)  # noqa: S101 - nothing else is a term
        return table[self.names[term]] if term in self.names else self._made(table, term)

    def _made(self, table: ibis.Table, term: Term) -> Any:  # noqa: ANN401
        if term.op == "tells":
            operator, column, operand = term.args
            compared = _COMPARE[str(operator)](table[column], operand)
            # Untold is never so: from here on no engine meets a NULL.
            return ibis.coalesce(compared, False)  # noqa: FBT003
        if term.op == "told":
            return table[term.args[0]].notnull()
        if term.op == "number":
            return table[term.args[0]]
        if term.op == "number_or_nought":
            return ibis.coalesce(table[term.args[0]], ibis.literal(0, type="int64"))
        return self._joined(term, [self._read(table, one) for one in term.args])

    def _joined(self, term: Term, parts: list[Any]) -> Any:  # noqa: ANN401
        match term.op:
            case "and":
                return reduce(and_, parts)
            case "or":
                return reduce(or_, parts)
            case "not":
                return ~parts[0]
            case "plus":
                return parts[0] + parts[1]
            case "minus":
                return parts[0] - parts[1]
            case "least":
                return ibis.least(*parts)
            case "most":
                return ibis.greatest(*parts)
            case "up_to":
                return parts[0] <= parts[1]
            case "equal":
                return parts[0] == parts[1]
            case _:
                return ibis.ifelse(*parts)

"""Terms to Ibis expressions: what several terms need is a column of its own, made once.

Ibis and SQL write expressions without shared parts: written straight, a rule that many rely on
would be repeated in each of them, and in each of theirs. So a shared term becomes a column of an
earlier step. A step is one flat ``select``, and the steps are run one by one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from operator import and_, or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from hjemmel.batch.terms import Term, inside, plain_name, read_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: Terms as cheap as the column that would hold them.
_CHEAP = frozenset({"not", "number"})
#: How much repeating is dearer than one more column, in terms.
_WORTH_A_COLUMN = 8
#: Ibis and its engines follow an expression by recursion.
_DEEPEST = 24
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "holds": lambda column, operand: column == operand,
    "equals": lambda column, operand: column == operand,
    "one_of": lambda column, operand: column.isin(operand),
    "at_most": lambda column, operand: column <= operand,
    "at_least_value": lambda column, operand: column >= operand,
    "before": lambda column, operand: column < operand,
    "after": lambda column, operand: column > operand,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One flat select: the columns it reads, and what it makes of them."""

    reads: tuple[str, ...]
    makes: Mapping[str, object]


def name_of(outputs: Mapping[str, object], *about: object) -> str:
    """Return a name that only these *outputs* have, written as they are now and *about* the same.

    Equal terms have equal names in every process; another Ibis, or another line here, has others.
    """
    places: dict[object, str] = {}
    lines = [
        *map(str, about),
        *map(version, ("ibis-framework", "sqlglot", "duckdb")),
        _written_here(),
    ]

    def place(one: object) -> str:
        return places[one] if isinstance(one, Term) else f"{type(one).__name__} {one!r}"

    for term in inside(outputs.values()):
        places[term] = f"#{len(places)}"
        lines.append(repr((term.op, *map(place, term.args))))
    lines += [f"{name} {place(term)}" for name, term in outputs.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


#: The modules that have a say in what is written for a term.
_WRITERS = ("lower.py", "backends.py")


@cache
def _written_here() -> str:
    here = Path(__file__)
    code = b"".join(here.with_name(name).read_bytes() for name in _WRITERS)
    return hashlib.sha256(code).hexdigest()


class Steps:
    """The steps that work *outputs* out, and the expressions of each."""

    def __init__(self, outputs: Mapping[str, object]) -> None:
        """Find what is shared in *outputs* and in which step it can be made."""
        self.outputs = {plain_name(name): term for name, term in outputs.items()}
        terms = inside(self.outputs.values())
        self._names = self._shared(terms)
        at = self._at(terms)
        last = max((at[term] for term in self._names), default=0)
        made = [
            {name: term for term, name in self._names.items() if at[term] == step}
            for step in range(1, last + 1)
        ]
        each: list[Mapping[str, object]] = [*made, self.outputs]
        self.steps = tuple(Step(reads=self._reads(one), makes=one) for one in each)

    def _shared(self, terms: list[Term]) -> dict[Term, str]:
        """Return a column name for each term that is worth a column."""
        used = Counter(part for term in terms for part in set(term.args) if isinstance(part, Term))
        used.update(one for one in self.outputs.values() if isinstance(one, Term))
        size: dict[Term, int] = {}
        depth: dict[Term, int] = {}
        shared: list[Term] = []
        for term in terms:  # parts come first
            parts = [part for part in term.args if isinstance(part, Term)]
            size[term] = 1 + sum(size[part] for part in parts)
            depth[term] = 1 + max((depth[part] for part in parts), default=0)
            worth = (used[term] - 1) * size[term] > _WORTH_A_COLUMN or depth[term] > _DEEPEST
            if worth and term.op not in _CHEAP:
                shared.append(term)
                size[term] = depth[term] = 1
        return {term: f"t{number}" for number, term in enumerate(shared)}

    def _at(self, terms: list[Term]) -> dict[Term, int]:
        """Return the step after which each term can be read."""
        at: dict[Term, int] = {}
        for term in terms:
            below = max((at[part] for part in term.args if isinstance(part, Term)), default=0)
            at[term] = below + 1 if term in self._names else below
        return at

    def _reads(self, made: Mapping[str, object]) -> tuple[str, ...]:
        read: dict[str, None] = {}
        for name, term in made.items():
            self._note(term, read, itself=self._is_own(name, term))
        return tuple(read)

    def _note(self, term: object, read: dict[str, None], *, itself: bool) -> None:
        if not isinstance(term, Term):
            return
        if term in self._names and not itself:
            read[self._names[term]] = None
            return
        read.update(dict.fromkeys(map(plain_name, read_by(term))))
        for part in term.args:
            self._note(part, read, itself=False)

    def select(self, table: ibis.Table, step: Step, keep: Iterable[str] = ()) -> ibis.Table:
        """Return what *step* makes of *table*, with the columns *keep* as they are."""
        made = {
            name: self._made(table, term)
            if isinstance(term, Term) and self._is_own(name, term)
            else self._read(table, term)
            for name, term in step.makes.items()
        }
        return table.select(*(table[name] for name in keep), **made)

    def passed_on(self, number: int, names: Iterable[str], keep: str) -> tuple[str, ...]:
        """Return which of *names* a step after step *number* reads; *keep* is passed on as well."""
        later = {name for one in self.steps[number + 1 :] for name in one.reads}
        return tuple(name for name in names if name in later or name == keep)

    def _is_own(self, name: str, term: object) -> bool:
        return isinstance(term, Term) and self._names.get(term) == name

    def _read(self, table: ibis.Table, term: object) -> Any:  # noqa: ANN401 - bits and numbers
        if isinstance(term, bool):
            return ibis.literal(term)
        if isinstance(term, int):
            return ibis.literal(term, type="int64")
        assert isinstance(term, Term)  # noqa: S101 - nothing else is a term
        return table[self._names[term]] if term in self._names else self._made(table, term)

    def _made(self, table: ibis.Table, term: Term) -> Any:  # noqa: ANN401
        if term.op in ("told", "number", "number_or_nought", "tells"):
            return _of_column(table, term)
        return _joined(term, [self._read(table, one) for one in term.args])


def _of_column(table: ibis.Table, term: Term) -> Any:  # noqa: ANN401
    column = table[plain_name(read_by(term)[0])]
    match term.op:
        case "told":
            return column.notnull()
        case "number":
            return column
        case "number_or_nought":
            return ibis.coalesce(column, ibis.literal(0, type="int64"))
        case _:
            # Untold is never so: from here on no engine meets a NULL.
            compared = _COMPARE[str(term.args[0])](column, term.args[2])
            return ibis.coalesce(compared, False)


def _joined(term: Term, parts: list[Any]) -> Any:  # noqa: ANN401
    match term.op:
        case "and":
            return _balanced(and_, parts)
        case "or":
            return _balanced(or_, parts)
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


def _balanced(operator: Callable[[Any, Any], Any], parts: list[Any]) -> Any:  # noqa: ANN401
    """Return *parts* joined by *operator*, two by two, so that no chain grows long."""
    while len(parts) > 1:
        pairs = [parts[at : at + 2] for at in range(0, len(parts), 2)]
        parts = [operator(*pair) if len(pair) > 1 else pair[0] for pair in pairs]
    return parts[0]

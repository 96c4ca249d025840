"""Terms made simpler by what is known of the rows at hand.

Most rows have a wish or two and tell when every earlier grant was given. They need neither the
later places of a list nor a second possible ceiling, and all that hangs on these falls away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hjemmel.batch import terms as make
from hjemmel.batch.scope import length_column
from hjemmel.batch.terms import Term, inside, read_by
from hjemmel.batch.walk import ceiling_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MADE_BY: Mapping[str, Callable[..., Any]] = {
    "and": make.both, "or": make.either, "not": make.no, "plus": make.plus, "minus": make.minus,
    "least": make.least, "most": make.most, "equal": make.equal, "pick": make.pick,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some rows: how long lists are at most, and if one ceiling is possible.

    Where it is, all columns of possible ceilings tell the same.
    """

    longest: tuple[tuple[str, int], ...] = ()
    one_ceiling: bool = False

    def narrowed(self, outputs: Mapping[str, object]) -> dict[str, object]:
        """Return what *outputs* are for such rows."""
        narrower = _Narrower(self)
        found: dict[Term, object] = {}
        for term in inside(outputs.values()):  # parts come first
            parts = [found[one] if isinstance(one, Term) else one for one in term.args]
            found[term] = narrower.made(term, parts)
        return {name: found[one] if isinstance(one, Term) else one for name, one in outputs.items()}


class _Narrower:
    def __init__(self, known: Known) -> None:
        self._longest = dict(known.longest)
        self._lengths = {length_column(name): most for name, most in known.longest}
        self._first = ceiling_column(0)
        self._one_ceiling = known.one_ceiling

    def made(self, term: Term, parts: list[Any]) -> object:
        """Return what *term* is, made of *parts* that are narrowed already."""
        if term.op == "up_to":
            return self._up_to(*parts)
        return _MADE_BY[term.op](*parts) if term.op in _MADE_BY else self._of_column(term)

    def _of_column(self, term: Term) -> object:
        (column,) = read_by(term)
        name, _, rest = column.partition(".")
        place = rest.partition(".")[0]
        if place.isdecimal() and int(place) >= self._longest.get(name, int(place) + 1):
            return False if term.op in ("told", "tells") else 0  # there is no such element
        if self._one_ceiling and column.startswith(_CEILING):
            return make.of_column(term, self._first)
        return term

    def _up_to(self, left: Any, right: Any) -> object:  # noqa: ANN401 - terms or whole numbers
        """Return whether *left* is *right* or less; a list has from -1 to so many elements."""
        if isinstance(right, int) and right >= self._most(left, right + 1):
            return True
        if isinstance(left, int) and left > self._most(right, left):
            return False
        return make.up_to(left, right)

    def _most(self, number: object, otherwise: int) -> int:
        """Return how much *number* is at most if it is the length of a list."""
        if isinstance(number, Term) and number.op == "number":
            (column,) = read_by(number)
            return self._lengths.get(column, otherwise)
        return otherwise


_CEILING = ceiling_column(0)[:-1]
#: Of rows that may be any.
NOTHING_KNOWN = Known()

"""The reference interpreter: small, and obviously right."""

from __future__ import annotations

from hjemmel.policy.language import All, AnyPart, AtLeast, Condition, Is, Leaf, Not
from hjemmel.truth import Truth, all_of, any_of, at_least, truth_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hjemmel.policy.language import Atom


def evaluate(condition: Condition, atoms: Mapping[Atom, Truth]) -> Truth:
    """Return what *condition* comes to when its atoms are as *atoms* says."""
    match condition:
        case Leaf(atom):
            return atoms[atom]
        case All(parts):
            return all_of(evaluate(part, atoms) for part in parts)
        case AnyPart(parts):
            return any_of(evaluate(part, atoms) for part in parts)
        case Not(part):
            return evaluate(part, atoms).negated()
        case AtLeast(count, parts):
            return at_least(count, (evaluate(part, atoms) for part in parts))
        case Is(part, truth):
            return truth_of(evaluate(part, atoms) is truth)


class Reference:
    """The interpreter that walks the conditions themselves."""

    name = "reference"

    def __init__(self, tables: Mapping[str, Condition]) -> None:
        """Take the named conditions of a policy."""
        self._tables = tables

    def conclude(self, table: str, inputs: Mapping[Atom, Truth]) -> Truth:
        """Return what the condition *table* comes to for *inputs*."""
        return evaluate(self._tables[table], inputs)

    def first_row(self, table: str, rows: Sequence[Truth]) -> int | None:  # noqa: ARG002
        """Return the index of the first row that is true, or nothing."""
        return next((at for at, truth in enumerate(rows) if truth is Truth.TRUE), None)

"""The cases of one shape of the rules: the columns that its terms read, with what each day adds.

A column is taken out of the chunk when it is first read, and what a term reads of it is found out
once, however many runs there are of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hjemmel.batch.arrays import read
from hjemmel.batch.columns import ENTRY, by_value, mask
from hjemmel.batch.narrow import NOTHING_KNOWN, Known
from hjemmel.batch.scope import WISHES, element_column
from hjemmel.batch.terms import read_by
from hjemmel.batch.walk import CEILING_TODAY, DATE_UNTOLD, LATEST, ceiling_column
from hjemmel.decide.budget import price_by_rate
from hjemmel.decide.decision import with_settled_entry
from hjemmel.model import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from hjemmel.batch.columns import Column, Told
    from hjemmel.batch.terms import Term
    from hjemmel.policy.compile import Policy


#: With fewer rows than this it is not worth making a program for some of them.
_WORTH_GROUPS = 8_192


@dataclass(frozen=True, slots=True)
class Group:
    """Some *count* of cases side by side, and what is known of all of them."""

    start: int
    count: int
    known: Known


class Cases:
    """Rows of a chunk, in parts that each have their own day's ceiling, rates and list.

    Rows that are alike in what makes their terms long lie side by side.
    """

    def __init__(self, told: Told, parts: Sequence[tuple[Policy, np.ndarray]]) -> None:
        """Take what the chunk has *told*, and the rows that each policy decides."""
        self._told = told
        rows = np.concatenate([rows for _, rows in parts])
        each = [_Part(told, rows, policy).columns() for policy, rows in parts]
        columns = {name: pa.concat_arrays([one[name] for one in each]) for name in each[0]}
        self.groups, order = _grouped(told, rows)
        self.rows = rows[order]
        self.whole = Group(0, len(rows), NOTHING_KNOWN)
        in_order = pa.array(order)
        self._columns: dict[str, Column] = {
            name: one if len(self.groups) == 1 else one.take(in_order)
            for name, one in columns.items()
        }
        self._own = frozenset(self._columns)
        self._places = pa.array(self.rows)
        self._leaves: dict[tuple[Term, Group], np.ndarray] = {}

    def column(self, name: str) -> Column:
        """Return the column *name* of these rows."""
        if name not in self._columns:
            self._columns[name] = self._told.columns[name].take(self._places)
        return self._columns[name]

    def leaf(self, term: Term, group: Group) -> np.ndarray:
        """Return what *term* reads of its column, for the rows of *group*."""
        key = (term, group)
        if key not in self._leaves:
            (name,) = read_by(term)
            if name in self._own:
                own = self._columns[name].slice(group.start, group.count)
                self._leaves[key] = read(term, own)
            else:
                rows = self.rows[group.start : group.start + group.count]
                self._leaves[key] = self._told.leaf(term)[rows]
        return self._leaves[key]


def _grouped(told: Told, rows: np.ndarray) -> tuple[list[Group], np.ndarray]:
    """Return the groups that *rows* fall into, and the order in which they lie side by side."""
    every = np.arange(len(rows))
    if len(rows) < _WORTH_GROUPS:
        return [Group(0, len(rows), NOTHING_KNOWN)], every
    lengths = {name: told.lengths[name][rows] for name in told.lengths}
    several = mask(told.columns[DATE_UNTOLD])[rows]  # more than one ceiling may be possible
    kinds = np.where(several, _SEVERAL, np.clip(lengths[WISHES], 1, _SEVERAL - 1))
    order = np.argsort(kinds, kind="stable")
    groups, start = [], 0
    for kind, count in zip(*np.unique(kinds, return_counts=True), strict=True):
        of_it = order[start : start + count]
        longest = ((name, max(0, int(one[of_it].max()))) for name, one in sorted(lengths.items()))
        groups.append(Group(start, int(count), Known(tuple(longest), kind != _SEVERAL)))
        start += int(count)
    return groups, order


#: The group after those of one wish, two, and three or more.
_SEVERAL = 4


class _Part:
    def __init__(self, told: Told, rows: np.ndarray, policy: Policy) -> None:
        self._chunk, self._policy, self._count = told, policy, len(rows)
        self._places = pa.array(rows)

    def _told(self, name: str) -> Column:
        return self._chunk.columns[name].take(self._places)

    def columns(self) -> dict[str, Column]:
        """Return the columns in which the policy has a say."""
        today = np.full(self._count, self._policy.money.ceiling_today, dtype="int64")
        return {
            CEILING_TODAY: pa.array(today),
            **self._ceilings(),
            **{
                column: self._priced(column, quantity)
                for column, quantity in self._chunk.priced.items()
            },
            ENTRY: self._settled(),
        }

    def _ceilings(self) -> dict[str, Column]:
        """Return the ceilings that may be the first grant's, as ``decide/budget.py`` has them."""
        days, untold = self._told(LATEST), mask(self._told(DATE_UNTOLD))
        ceiling, count = self._policy.money.ceiling, self._chunk.ceilings
        sure = by_value(days, lambda day: (ceiling.find(day), False), pa.int64())[0]
        if not untold.any():
            return {ceiling_column(at): sure for at in range(count)}

        def one_of(at: int) -> Callable[[date], tuple[int | None, bool]]:
            def of(day: date) -> tuple[int | None, bool]:
                possible = sorted(set(ceiling.until(day)))
                fits = 0 < len(possible) <= count
                return possible[min(at, len(possible) - 1)] if fits else None, False

            return of

        return {
            ceiling_column(at): pc.if_else(
                pa.array(untold), by_value(days, one_of(at), pa.int64())[0], sure
            )
            for at in range(count)
        }

    def _priced(self, column: str, told_quantity: Column) -> Column:
        """Return the price of the wishes in *column*, as ``decide/budget.py`` works it out."""
        at = int(column.removeprefix(f"{WISHES}.").partition(".")[0])
        value = self._told(element_column(WISHES, at, "value"))
        quantity = told_quantity.take(self._places)
        wanted = np.flatnonzero(mask(pc.is_valid(quantity)))
        if not len(wanted):
            return value
        told = pa.array(wanted)
        keys = [
            quantity.take(told),
            *(
                self._told(element_column(WISHES, at, key)).take(told)
                for key in ("provision", "category", "unit")
            ),
        ]
        prices: dict[tuple[Any, ...], int | None] = {}
        found: list[int | None] = [None] * self._count
        rows = zip(*(one.to_pylist() for one in keys), strict=True)
        for row, key in zip(wanted.tolist(), rows, strict=True):
            if key not in prices:
                much, *kind = key
                prices[key] = price_by_rate(self._policy, self._policy.on, Decimal(much), *kind)
            found[row] = prices[key]
        return pc.coalesce(value, pa.array(found, pa.int64()))

    def _settled(self) -> Column:
        """Return the entries as a single case has them, where text or code have a say in it."""
        told = [self._told(name) for name in (ENTRY, "diagnosis.text", "diagnosis.code")]
        named = mask(pc.is_valid(told[1])) | mask(pc.is_valid(told[2]))
        rows = pa.array(np.flatnonzero(named))
        if not len(rows):
            return told[0]
        # The same names come again in every chunk.
        known = self._policy.notes.setdefault("entries of the batch", {})
        found: list[str | None] = []
        for one in zip(*(column.take(rows).to_pylist() for column in told), strict=True):
            if one not in known:
                known[one] = settled_entry(self._policy, *one)
            found.append(known[one])
        return pc.replace_with_mask(told[0], pa.array(named), pa.array(found, pa.string()))


def settled_entry(
    policy: Policy, entry: str | None, text: str | None, code: str | None
) -> str | None:
    """Return the entry that a single case told these three has."""
    told = {ENTRY: entry, "diagnosis.text": text, "diagnosis.code": code}
    facts = {name: one for name, one in told.items() if one is not None}
    case = with_settled_entry(policy, Case(id="", decided_on=policy.on, facts=facts, lists={}))
    settled = case.facts.get(ENTRY)
    return None if settled is None else str(settled)

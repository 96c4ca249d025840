"""The cases of one shape of the rules: the columns that its terms read, with what each day adds.

A column is taken out of the chunk when it is first read, and what a term reads of it is found out
once, however many runs there are of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hjemmel.batch.arrays import read
from hjemmel.batch.columns import ENTRY, by_value, mask
from hjemmel.batch.narrow import NOTHING_KNOWN, Known
from hjemmel.batch.scope import WISHES
from hjemmel.batch.terms import read_by
from hjemmel.batch.walk import CEILING_TODAY, DATE_UNTOLD, LATEST, ceiling_column
from hjemmel.batch.words import different
from hjemmel.decide.budget import price_by_rate
from hjemmel.decide.decision import with_settled_entry
from hjemmel.model import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from hjemmel.batch.columns import Told
    from hjemmel.batch.terms import Term
    from hjemmel.batch.words import Column
    from hjemmel.policy.compile import Policy


#: With fewer rows than this it is not worth making a program for some of them.
WORTH_GROUPS = 8_192


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
        self._elements: dict[tuple[Group, str, int], tuple[np.ndarray, np.ndarray]] = {}

    def column(self, name: str) -> Column:
        """Return the column *name* of these rows."""
        if name not in self._columns:
            self._columns[name] = self._told.column(name).take(self._places)
        column = self._columns[name]
        return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

    def leaf(self, term: Term, group: Group) -> np.ndarray:
        """Return what *term* reads of its column, for the rows of *group*."""
        key = (term, group)
        if key not in self._leaves:
            (name,) = read_by(term)
            of_element = self._told.element(name)
            if name in self._own:
                own = self._columns[name].slice(group.start, group.count)
                self._leaves[key] = read(term, own)
            elif of_element is None:
                self._leaves[key] = self._told.leaf(term)[self._rows_of(group)]
            else:
                of, at, what = of_element
                read_of_all = self._told.lists[of].read(term, name, what)
                rows, elements = self._there(group, of, at)
                self._leaves[key] = np.zeros(group.count, dtype=read_of_all.dtype)
                self._leaves[key][rows] = read_of_all[elements]
        return self._leaves[key]

    def _rows_of(self, group: Group) -> np.ndarray:
        return np.asarray(self.rows[group.start : group.start + group.count])

    def _there(self, group: Group, name: str, at: int) -> tuple[np.ndarray, np.ndarray]:
        """Return where in *group* list *name* has an element at place *at*, and which it is."""
        key = (group, name, at)
        if key not in self._elements:
            elements, rows = self._told.lists[name], self._rows_of(group)
            there = np.flatnonzero(elements.lengths[rows] > at)
            self._elements[key] = (there, elements.first[rows[there]] + at)
        return self._elements[key]


def _grouped(told: Told, rows: np.ndarray) -> tuple[list[Group], np.ndarray]:
    """Return the groups that *rows* fall into, and the order in which they lie side by side."""
    every = np.arange(len(rows))
    if len(rows) < WORTH_GROUPS:
        return [Group(0, len(rows), NOTHING_KNOWN)], every
    lengths = {name: one.lengths[rows] for name, one in told.lists.items()}
    several = mask(told.columns[DATE_UNTOLD])[rows]  # more than one ceiling may be possible
    kinds = np.where(several, _SEVERAL, np.clip(lengths[WISHES], 1, _SEVERAL - 1))
    order = np.argsort(kinds, kind="stable")
    groups, start = [], 0
    for kind, count in zip(*np.unique(kinds, return_counts=True), strict=True):
        of_it = order[start : start + count]
        longest = ((name, int(one[of_it].max())) for name, one in sorted(lengths.items()))
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
            ENTRY: self._settled(),
        }

    def _ceilings(self) -> dict[str, Column]:
        """Return the ceilings that may be the first grant's, as ``decide/budget.py`` has them."""
        days, untold = self._told(LATEST), mask(self._told(DATE_UNTOLD))
        ceiling, count = self._policy.money.ceiling, self._chunk.widths.ceilings
        # The same days come again in every chunk.
        known = self._policy.notes.setdefault("ceilings of the batch", {})

        def of_day(day: date) -> tuple[int | None, bool]:
            if day not in known:
                known[day] = ceiling.find(day)
            return known[day], False

        sure = by_value(days, of_day, pa.int64())[0]
        if not untold.any():
            return {ceiling_column(at): sure for at in range(count)}

        def one_of(at: int) -> Callable[[date], tuple[int | None, bool]]:
            def of(day: date) -> tuple[int | None, bool]:
                if (day, at, count) not in known:
                    possible = sorted(set(ceiling.until(day)))
                    fits = 0 < len(possible) <= count
                    known[day, at, count] = possible[min(at, len(possible) - 1)] if fits else None
                return known[day, at, count], False

            return of

        return {
            ceiling_column(at): pc.if_else(
                pa.array(untold), by_value(days, one_of(at), pa.int64())[0], sure
            )
            for at in range(count)
        }

    def _settled(self) -> Column:
        """Return the entries as a single case has them, where text or code have a say in it."""
        told = [self._told(name) for name in (ENTRY, "diagnosis.text", "diagnosis.code")]
        named = mask(pc.is_valid(told[1])) | mask(pc.is_valid(told[2]))
        rows = pa.array(np.flatnonzero(named))
        if not len(rows):
            return told[0]
        # The same names come again in every chunk.
        known = self._policy.notes.setdefault("entries of the batch", {})
        names, which = different([column.take(rows) for column in told])
        for one in names:
            if one not in known:
                known[one] = settled_entry(self._policy, *one)
        found = pa.array([known[one] for one in names], pa.string()).take(pa.array(which))
        settled = pc.replace_with_mask(told[0].dictionary_decode(), pa.array(named), found)
        return settled.dictionary_encode()


def price(told: Told, policy: Policy, rows: np.ndarray) -> None:
    """Price the wishes of *rows* that are told by quantity, as ``decide/budget.py`` does."""
    wishes = told.lists[WISHES]
    by_rate = mask(pc.is_null(wishes.values["value"])) & mask(
        pc.is_valid(wishes.values["quantity"])
    )
    if not by_rate.any():
        return
    of_rows = np.zeros(len(told.aside), dtype=bool)
    of_rows[rows] = True
    by_rate &= of_rows[wishes.owner]
    wanted = pa.array(np.flatnonzero(by_rate))
    keys = ("quantity", "provision", "category", "unit")
    amounts, which = different([wishes.values[one].take(wanted) for one in keys])
    prices = [
        price_by_rate(policy, policy.on, Decimal(much), *kind) for much, *kind in amounts
    ]  # fmt: skip
    found = pa.array(prices, pa.int64()).take(pa.array(which))
    wishes.values["price"] = pc.replace_with_mask(wishes.values["price"], pa.array(by_rate), found)


def settled_entry(
    policy: Policy, entry: str | None, text: str | None, code: str | None
) -> str | None:
    """Return the entry that a single case told these three has."""
    told = {ENTRY: entry, "diagnosis.text": text, "diagnosis.code": code}
    facts = {name: one for name, one in told.items() if one is not None}
    case = with_settled_entry(policy, Case(id="", decided_on=policy.on, facts=facts, lists={}))
    settled = case.facts.get(ENTRY)
    return None if settled is None else str(settled)

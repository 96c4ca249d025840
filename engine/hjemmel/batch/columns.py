"""Nested cases to the columns that the terms read, many rows at a time and nothing guessed.

A text is read by the very function that reads it in a single case, once for each different text
of a chunk. Where anything is out of the ordinary the row is *set aside*: it is then read and
decided alone, which also gives the reason if it cannot be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hjemmel.batch.arrays import read
from hjemmel.batch.scope import WISHES, element_column, length_column
from hjemmel.batch.terms import read_by
from hjemmel.batch.walk import (
    AMOUNT_UNTOLD,
    DATE_UNTOLD,
    GRANTS,
    LATEST,
    SPENT,
    outside_column,
    price_column,
)
from hjemmel.decide.case import NOT_LISTED, bare
from hjemmel.issues import looks_like_cpr
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hjemmel.batch.layout import Field, Layout
    from hjemmel.batch.scope import Widths
    from hjemmel.batch.terms import Term
    from hjemmel.policy.book import RuleBook

Column = Any  # pyarrow has no types of its own
#: Wider than the shape of a CPR number: what it finds is looked at again, alone.
_PERHAPS_CPR = r"[0-9]{6}.?[0-9]{4}"
#: More øre than any amount that a case may tell; sums of them are still whole numbers of 64 bits.
_MOST_SAFE = 10**14
_ID = "id"
ENTRY, _PROVISION = "diagnosis.entry", "provision"


@dataclass(slots=True)
class Told:
    """A chunk of cases as columns; *aside* marks the rows that must be decided alone."""

    columns: dict[str, Column]
    aside: np.ndarray
    days: np.ndarray
    cases: Column
    #: The ids of all wishes, one after the other, and where those of each row begin.
    wish_ids: Column = None
    first_wish: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype="int64"))
    priced: dict[str, Column] = field(default_factory=dict)
    ceilings: int = 1
    #: How long each list is; −1 where it is left out.
    lengths: dict[str, np.ndarray] = field(default_factory=dict)
    leaves: dict[Term, np.ndarray] = field(default_factory=dict)

    def leaf(self, term: Term) -> np.ndarray:
        """Return what *term* reads of its column, for every row of the chunk."""
        if term not in self.leaves:
            (name,) = read_by(term)
            self.leaves[term] = read(term, self.columns[name])
        return self.leaves[term]


class Reader:
    """Reads chunks of nested cases for the rules of one book."""

    def __init__(self, book: RuleBook, layout: Layout, widths: Widths) -> None:
        """Take the *book*, what a case may tell, and how many elements a row may hold."""
        self.layout, self.widths = layout, widths
        self._entries = {NOT_LISTED, *book.entries}
        self.categories, self.began = book.categories, book.began

    def read(self, table: pa.Table) -> Told:
        """Return the columns of *table*, which holds cases in the contract's nesting."""
        return _Chunk(self, table).told()

    def entry_known(self, entry: str) -> bool:
        """Say whether *entry* is on the list, or says that it is not."""
        return entry in self._entries


class _Chunk:
    def __init__(self, reader: Reader, table: pa.Table) -> None:
        self.reader, self.layout = reader, reader.layout
        self.table = table.combine_chunks()
        self.rows = table.num_rows
        self.aside = np.zeros(self.rows, dtype=bool)
        self.columns: dict[str, Column] = {}
        self.lengths: dict[str, np.ndarray] = {}
        self.days = np.zeros(self.rows, dtype="datetime64[D]")

    def told(self) -> Told:
        cases = self._top("case")
        self._flag_texts(cases, self.layout.top["case"], cpr=True)
        self.aside |= mask(pc.is_null(cases))
        decided = self._read(self._top("decided_on"), self.layout.top["decided_on"])
        self.aside |= mask(pc.is_null(decided))
        self.days = (
            decided.fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False).astype("datetime64[D]")
        )
        for name, group in self.layout.groups.items():
            self._group(name, group)
        self._check_entry()
        ids, first = pa.array([], pa.string()), np.zeros(self.rows, dtype="int64")
        priced: dict[str, Column] = {}
        for name in self.layout.lists:
            elements = _Elements(self, name)
            elements.spread()
            if name == GRANTS:
                elements.sum_up()
            if name == WISHES:
                elements.check_identities()
                ids, first = elements.values[_ID], elements.first
                priced = elements.quantities()
        return Told(
            self.columns, self.aside, self.days, cases, ids, first, priced,
            self.reader.widths.ceilings, self.lengths,
        )  # fmt: skip

    def _top(self, name: str) -> Column:
        if name in self.table.column_names:
            return _whole(self.table[name])
        return pa.nulls(self.rows, pa.string())

    def _group(self, name: str, fields: Mapping[str, Field]) -> None:
        struct = self._top(name)
        for key, one in fields.items():
            told = _inside(struct, key)
            if told is None:
                self.columns[f"{name}.{key}"] = _nothing(self.rows, one.kind)
                continue
            if pa.types.is_struct(told.type):  # an assessment with its evidence
                told = _inside(told, "met")
            column = self._read(told, one)
            if one.kind == "day":
                self._flag_later(column, self.days)
            self.columns[f"{name}.{key}"] = column

    # --- reading values ----------------------------------------------------------------------

    def _read(self, told: Column, one: Field) -> Column:
        """Return what *told* says, a value a row; rows that say it badly are set aside."""
        column, bad = read_values(told, one)
        self.aside |= bad
        return column

    def _flag_texts(self, texts: Column, one: Field, *, cpr: bool = False) -> None:
        self.aside |= bad_texts(texts, one, cpr=cpr)

    def _flag_later(self, column: Column, limit: np.ndarray) -> None:
        later = column.fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False)
        self.aside |= later.astype("datetime64[D]") > limit

    def _check_entry(self) -> None:
        entries = self.columns.get(ENTRY)
        if entries is None:
            return
        known = by_value(entries, lambda one: (self.reader.entry_known(one), False), pa.bool_())[0]
        self.aside |= mask(pc.invert(known.fill_null(True)))  # noqa: FBT003


class _Elements:
    """The elements of one list of every row, side by side and then spread over columns."""

    def __init__(self, chunk: _Chunk, name: str) -> None:
        self.chunk, self.name = chunk, name
        lists = chunk._top(name)  # noqa: SLF001 - two halves of one reader
        if pa.types.is_null(lists.type) or not _is_list(lists.type):
            lists = pa.nulls(chunk.rows, pa.list_(pa.struct([])))
        lengths = pc.list_value_length(lists)
        self.told = mask(pc.is_valid(lists))
        self.lengths = lengths.fill_null(0).to_numpy(zero_copy_only=False).astype("int64")
        self.first = (
            np.concatenate([[0], np.cumsum(self.lengths)[:-1]]) if chunk.rows else self.lengths
        )
        self.flat = lists.flatten()
        self.owner = np.repeat(np.arange(chunk.rows), self.lengths)
        self.values: dict[str, Column] = {}
        self.width = chunk.reader.widths.of[name]
        self._set_aside(mask(pc.is_null(self.flat)))
        chunk.aside |= self.lengths > min(self.width, chunk.layout.longest[name])
        chunk.lengths[name] = np.where(self.told, self.lengths, -1)
        chunk.columns[length_column(name)] = pa.array(chunk.lengths[name])
        for key, one in chunk.layout.lists[name].items():
            self.values[key] = self._value(key, one)

    def _set_aside(self, bad: np.ndarray) -> None:
        self.chunk.aside[self.owner[bad]] = True

    def _value(self, key: str, one: Field) -> Column:
        told = _inside(self.flat, key)
        if told is None:
            return _nothing(len(self.flat), one.kind)
        column, bad = read_values(
            told, one, cpr=key == _ID, clean=bare if key == _PROVISION else None
        )
        self._set_aside(bad)
        if one.kind == "day":
            later = column.fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False)
            self._set_aside(later.astype("datetime64[D]") > self.chunk.days[self.owner])
        return column

    def _at(self, column: Column, place: int) -> Column:
        """Return *column* of the element at *place* of each row; nothing where there is none."""
        there = self.lengths > place
        return column.take(pa.array(self.first + place, mask=~there))

    def spread(self) -> None:
        """Give every place of the list its columns."""
        for key, column in self.values.items():
            for at in range(self.width):
                self.chunk.columns[element_column(self.name, at, key)] = self._at(column, at)
        if self.name == WISHES:
            self._check_categories()
            outside = self._outside()
            for at in range(self.width):
                self.chunk.columns[outside_column(at)] = self._at(outside, at).fill_null(0)
        if self.name == GRANTS:
            other = self._in_other_year()
            for at in range(self.width):
                self.chunk.columns[element_column(self.name, at, "in_other_year")] = self._at(
                    other, at
                )

    # --- wishes --------------------------------------------------------------------------

    def _check_categories(self) -> None:
        for provision, known in self.chunk.reader.categories.items():
            of_it = mask(pc.equal(self.values[_PROVISION], provision))
            strange = mask(pc.invert(pc.is_in(self.values["category"], pa.array(known))))
            told = mask(pc.is_valid(self.values["category"]))
            self._set_aside(of_it & strange & told)

    def _outside(self) -> Column:
        """Return what each wish costs outside the ceiling, in øre; costs not told are none."""
        total = np.zeros(len(self.flat), dtype="int64")
        for group, fields in self.chunk.layout.costs[self.name].items():
            struct = _inside(self.flat, group)
            for key, one in fields.items() if struct is not None else ():
                told = _inside(struct, key)
                if told is not None:
                    column, bad = read_values(told, one)
                    self._set_aside(bad)
                    total += column.fill_null(0).to_numpy(zero_copy_only=False)
        return pa.array(total)

    def check_identities(self) -> None:
        """Set aside the rows in which a wish has no id, or two have the same."""
        ids = self.values[_ID]
        self._set_aside(mask(pc.is_null(ids)))
        _, codes = numbered(ids)
        for apart in range(1, self.width):  # elements of a row lie side by side
            same = (codes[apart:] == codes[:-apart]) & (self.owner[apart:] == self.owner[:-apart])
            self.chunk.aside[self.owner[apart:][same]] = True

    def quantities(self) -> dict[str, Column]:
        """Return what a price is worked out from, by the place's column of it."""
        found = {}
        for at in range(self.width):
            untold = pc.is_null(self.chunk.columns[element_column(self.name, at, "value")])
            quantity = self._at(self.values["quantity"], at)
            found[price_column(at)] = pc.if_else(untold, quantity, None)
        return found

    # --- earlier grants --------------------------------------------------------------------

    def _in_other_year(self) -> Column:
        years = pc.year(self.values["date"])
        decided = self.chunk.days.astype("datetime64[Y]").astype("int64")[self.owner] + 1970
        return pc.not_equal(years, pa.array(decided))

    def sum_up(self) -> None:
        """Add up the earlier grants: what is spent, what is untold, and the first of their days."""
        chunk, columns = self.chunk, self.chunk.columns
        amounts = self.values["amount"].fill_null(0).to_numpy(zero_copy_only=False)
        spent = np.zeros(chunk.rows, dtype="int64")
        np.add.at(spent, self.owner, amounts)
        columns[SPENT] = pa.array(spent)
        self._flag_before_rules()
        for column, key in ((AMOUNT_UNTOLD, "amount"), (DATE_UNTOLD, "date")):
            untold = np.zeros(chunk.rows, dtype=bool)
            untold[self.owner[mask(pc.is_null(self.values[key]))]] = True
            columns[column] = pa.array(untold)
        first = chunk.days.copy()
        dated = mask(pc.is_valid(self.values["date"]))
        days = self.values["date"].fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False)
        np.minimum.at(first, self.owner[dated], days.astype("datetime64[D]")[dated])
        columns[LATEST] = pa.array(first)

    def _flag_before_rules(self) -> None:
        """Set aside the rows with a grant from before there were rules to grant by."""
        began = self.chunk.reader.began
        if began is not None:
            early = pc.less(self.values["date"], pa.scalar(began))
            self._set_aside(mask(early))


# --- values --------------------------------------------------------------------------------------


def read_values(
    told: Column, one: Field, *, cpr: bool = False, clean: Callable[[str], str] | None = None
) -> tuple[Column, np.ndarray]:
    """Return what *told* says as a field of that kind, and which places say it badly."""
    nowhere = np.zeros(len(told), dtype=bool)
    if pa.types.is_null(told.type):
        return _nothing(len(told), one.kind), nowhere
    match one.kind:
        case "truth":
            return told, nowhere
        case "day" if pa.types.is_date(told.type):
            return told.cast(pa.date32()), nowhere
        case "day":
            return by_value(told, _day, pa.date32())
        case "amount" if pa.types.is_decimal(told.type):
            return _ore(told)
        case "amount":
            return by_value(told, _amount, pa.int64())
    texts = told.cast(pa.string())
    bad = bad_texts(texts, one, cpr=cpr)
    if clean is not None:
        texts = by_value(texts, lambda text: (clean(text), False), pa.string())[0]
    return texts, bad


def bad_texts(texts: Column, one: Field, *, cpr: bool = False) -> np.ndarray:
    """Return which of *texts* are too short, too long, of the wrong form, or perhaps a person's."""
    lengths = pc.utf8_length(texts)
    bad = mask(pc.less(lengths, one.shortest)) | (
        mask(pc.greater(lengths, one.longest)) if one.longest else False
    )
    if one.pattern:
        form = re.compile(one.pattern)
        fits = by_value(texts, lambda text: (form.search(text) is not None, False), pa.bool_())[0]
        bad |= mask(pc.invert(fits))
    if cpr:
        perhaps = mask(pc.match_substring_regex(texts, _PERHAPS_CPR))
        for at in np.flatnonzero(perhaps & ~bad).tolist():
            bad[at] = looks_like_cpr(texts[at].as_py())
    return np.asarray(bad)


def _day(text: str) -> tuple[date | None, bool]:
    day = day_of(text)
    return day, day is None


def _amount(text: str) -> tuple[int | None, bool]:
    try:
        ore = parse_amount(text.strip())
    except AmountError:
        return None, True
    return ore, False


def _ore(amounts: Column) -> tuple[Column, np.ndarray]:
    """Return decimal kroner as whole øre; what is no whole øre, or negative, is marked."""
    told = mask(pc.is_valid(amounts))
    if not pa.types.is_decimal128(amounts.type):
        amounts = amounts.cast(pa.decimal128(38, amounts.type.scale))
    # A decimal of 128 bits is two halves, the low one first; ours fit into the low one.
    halves = np.frombuffer(amounts.buffers()[1], dtype="int64").reshape(-1, 2)
    halves = halves[amounts.offset : amounts.offset + len(amounts)]
    digits = np.where(told, halves[:, 0], 0)
    bad = told & (halves[:, 1] != 0)  # negative, or far beyond what a case may tell
    surplus = 10 ** max(0, amounts.type.scale - 2)
    ore = digits // surplus * 10 ** max(0, 2 - amounts.type.scale)
    bad |= told & ((digits % surplus != 0) | (digits < 0) | (ore > _MOST_SAFE) | (ore < 0))
    return pa.array(np.where(bad, 0, ore), mask=~told | bad), bad


def by_value(
    told: Column, read: Callable[[Any], tuple[Any, bool]], kind: pa.DataType
) -> tuple[Column, np.ndarray]:
    """Return what *read* makes of each different value of *told*, and which it could not read."""
    encoded = told.dictionary_encode() if not pa.types.is_dictionary(told.type) else told
    values, wrong = [], []
    for value in encoded.dictionary.to_pylist():
        made, bad = read(value)
        values.append(made)
        wrong.append(bad)
    column = pa.array(values, kind).take(encoded.indices)
    if not any(wrong):
        return column, np.zeros(len(told), dtype=bool)
    return column, mask(pa.array(wrong, pa.bool_()).take(encoded.indices))


def numbered(values: Column) -> tuple[Column, np.ndarray]:
    """Return the different *values*, and for each place which of them it is; −1 for none."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return encoded.dictionary, encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)


def _nothing(rows: int, kind: str) -> Column:
    types = {"truth": pa.bool_(), "day": pa.date32(), "amount": pa.int64()}
    return pa.nulls(rows, types.get(kind, pa.string()))


def _inside(struct: Column, key: str) -> Column | None:
    if not pa.types.is_struct(struct.type) or struct.type.get_field_index(key) < 0:
        return None
    return _whole(pc.struct_field(struct, key))


def _whole(column: Column) -> Column:
    if not isinstance(column, pa.ChunkedArray):
        return column
    joined = column.combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = pa.concat_arrays(joined.chunks) if joined.num_chunks else pa.array([], joined.type)
    return joined


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def mask(bits: Column) -> np.ndarray:
    """Return *bits* as an array; what is not known is not set."""
    return np.asarray(bits.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)  # noqa: FBT003

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
from hjemmel.batch.scope import WISHES, Widths, length_column
from hjemmel.batch.terms import read_by
from hjemmel.batch.walk import (
    AMOUNT_UNTOLD,
    DATE_UNTOLD,
    GRANTS,
    LATEST,
    SPENT,
)
from hjemmel.batch.words import Column, coded, numbered, of_words
from hjemmel.decide.case import NOT_LISTED, bare
from hjemmel.issues import looks_like_cpr
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hjemmel.batch.layout import Field, Layout
    from hjemmel.batch.terms import Term
    from hjemmel.policy.book import RuleBook

#: Wider than the shape of a CPR number: what it finds is looked at again, alone.
_PERHAPS_CPR = r"[0-9]{6}.?[0-9]{4}"
#: More øre than any amount that a case may tell; sums of them are still whole numbers of 64 bits.
_MOST_SAFE = 10**14
_ID = "id"
ENTRY, _PROVISION = "diagnosis.entry", "provision"


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of one list of every row, one after the other, as columns by their key.

    *first* says where those of each row begin, *owner* whose each of them is.
    """

    values: dict[str, Column]
    first: np.ndarray
    owner: np.ndarray
    lengths: np.ndarray
    _read: dict[tuple[object, ...], np.ndarray] = field(default_factory=dict)

    def column(self, at: int, key: str) -> Column:
        """Return *key* of the element at place *at* of each row; nothing where there is none."""
        there = self.lengths > at
        return self.values[key].take(pa.array(self.first + at, mask=~there))

    def read(self, term: Term, column: str, key: str) -> np.ndarray:
        """Return what *term* reads of every element, if it is their *key* that its *column* is."""
        known = (key, term.op, *(one for one in term.args if one != column))
        if known not in self._read:
            self._read[known] = read(term, self.values[key])
        return self._read[known]


@dataclass(slots=True)
class Told:
    """A chunk of cases as columns; *aside* marks the rows that must be decided alone."""

    cases: Column
    columns: dict[str, Column]
    lists: dict[str, Elements]
    aside: np.ndarray
    days: np.ndarray
    widths: Widths
    _leaves: dict[Term, np.ndarray] = field(default_factory=dict)

    def element(self, column: str) -> tuple[str, int, str] | None:
        """Return which list, which place and which key *column* is, if it is one of an element."""
        name, _, rest = column.partition(".")
        place, _, key = rest.partition(".")
        return (name, int(place), key) if name in self.lists and place.isdecimal() else None

    def column(self, name: str) -> Column:
        """Return the column *name*, with texts as such."""
        of_element = self.element(name)
        if of_element is None:
            column = self.columns[name]
        else:
            of, at, key = of_element
            column = self.lists[of].column(at, key)
        return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

    def leaf(self, term: Term) -> np.ndarray:
        """Return what *term* reads of a column of the case, for every row of the chunk."""
        if term not in self._leaves:
            (name,) = read_by(term)
            self._leaves[term] = read(term, self.columns[name])
        return self._leaves[term]


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
        self.days = np.zeros(self.rows, dtype="datetime64[D]")

    def told(self) -> Told:
        cases = self._top("case").cast(pa.string())
        self.aside |= bad_texts(cases, self.layout.top["case"]) | perhaps_persons(cases)
        self.aside |= mask(pc.is_null(cases))
        decided = self._read(self._top("decided_on"), self.layout.top["decided_on"])
        self.aside |= mask(pc.is_null(decided))
        self.days = decided.fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False)
        for name, group in self.layout.groups.items():
            self._group(name, group)
        self._check_entry()
        lists = {name: _Elements(self, name).read() for name in self.layout.lists}
        return Told(cases, self.columns, lists, self.aside, self.days, self.reader.widths)

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

    def _flag_later(self, column: Column, limit: np.ndarray) -> None:
        later = column.fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False)
        self.aside |= later > limit

    def _check_entry(self) -> None:
        entries = self.columns.get(ENTRY)
        if entries is None:
            return
        words, codes = numbered(entries)
        strange = [not self.reader.entry_known(word) for word in words.to_pylist()]
        self.aside |= of_words(strange, codes)


class _Elements:
    """Reads the elements of one list of every row."""

    def __init__(self, chunk: _Chunk, name: str) -> None:
        self.chunk, self.name = chunk, name
        lists = chunk._top(name)  # noqa: SLF001 - two halves of one reader
        if pa.types.is_null(lists.type) or not _is_list(lists.type):
            lists = pa.nulls(chunk.rows, pa.list_(pa.struct([])))
        lengths = pc.list_value_length(lists)
        told = mask(pc.is_valid(lists))
        self.lengths = lengths.fill_null(0).to_numpy(zero_copy_only=False).astype("int64")
        self.first = np.cumsum(self.lengths) - self.lengths
        self.flat = lists.flatten()
        self.owner = np.repeat(np.arange(chunk.rows), self.lengths)
        self.width = chunk.reader.widths.of[name]
        self._set_aside(mask(pc.is_null(self.flat)))
        chunk.aside |= self.lengths > min(self.width, chunk.layout.longest[name])
        chunk.columns[length_column(name)] = pa.array(np.where(told, self.lengths, -1))
        self.values = {key: self._value(key, one) for key, one in chunk.layout.lists[name].items()}

    def _set_aside(self, bad: np.ndarray) -> None:
        if bad.any():
            self.chunk.aside[self.owner[bad]] = True

    def _value(self, key: str, one: Field) -> Column:
        told = _inside(self.flat, key)
        if told is None:
            told = pa.nulls(len(self.flat))
        column, bad = read_values(
            told, one, is_id=key == _ID, clean=bare if key == _PROVISION else None
        )
        self._set_aside(bad)
        if one.kind == "day":
            later = column.fill_null(date(1, 1, 1)).to_numpy(zero_copy_only=False)
            self._set_aside(later > self.chunk.days[self.owner])
        return column

    def read(self) -> Elements:
        """Return the elements; rows in which one is out of the ordinary are set aside."""
        if self.name == WISHES:
            self._check_categories()
            self._check_identities()
            self.values["outside"] = self._outside()
            self.values["price"] = self.values["value"]
        if self.name == GRANTS:
            self.values["in_other_year"] = self._in_other_year()
            self._sum_up()
        return Elements(self.values, self.first, self.owner, self.lengths)

    # --- wishes --------------------------------------------------------------------------

    def _check_categories(self) -> None:
        provisions, of_provision = numbered(self.values[_PROVISION])
        categories, of_category = numbered(self.values["category"])
        # Nothing told is the last of each.
        strange = np.zeros((len(provisions) + 1, len(categories) + 1), dtype=bool)
        for at, provision in enumerate(provisions.to_pylist()):
            known = self.chunk.reader.categories.get(provision)
            if known is not None:
                strange[at, :-1] = ~mask(pc.is_in(categories, pa.array(known, pa.string())))
        self._set_aside(strange[of_provision, of_category])

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

    def _check_identities(self) -> None:
        """Set aside the rows in which a wish has no id, or two have the same."""
        ids = self.values[_ID]
        self._set_aside(mask(pc.is_null(ids)))
        _, codes = numbered(ids)
        for apart in range(1, self.width):  # elements of a row lie side by side
            same = (codes[apart:] == codes[:-apart]) & (self.owner[apart:] == self.owner[:-apart])
            self.chunk.aside[self.owner[apart:][same]] = True

    # --- earlier grants --------------------------------------------------------------------

    def _in_other_year(self) -> Column:
        years = pc.year(self.values["date"])
        decided = self.chunk.days.astype("datetime64[Y]").astype("int64")[self.owner] + 1970
        return pc.not_equal(years, pa.array(decided))

    def _sum_up(self) -> None:
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
        np.minimum.at(first, self.owner[dated], days[dated])
        columns[LATEST] = pa.array(first)

    def _flag_before_rules(self) -> None:
        """Set aside the rows with a grant from before there were rules to grant by."""
        began = self.chunk.reader.began
        if began is not None:
            early = pc.less(self.values["date"], pa.scalar(began))
            self._set_aside(mask(early))


# --- values --------------------------------------------------------------------------------------


def read_values(
    told: Column, one: Field, *, is_id: bool = False, clean: Callable[[str], str] | None = None
) -> tuple[Column, np.ndarray]:
    """Return what *told* says as a field of that kind, and which places say it badly.

    Texts are numbered words, unless each is an id that comes but once.
    """
    nowhere = np.zeros(len(told), dtype=bool)
    if told.null_count == len(told):
        nothing = pa.nulls(len(told), pa.string()) if is_id else _nothing(len(told), one.kind)
        return nothing, nowhere
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
    if is_id:
        texts = told.cast(pa.string())
        return texts, bad_texts(texts, one) | perhaps_persons(texts)
    words, codes = numbered(told if pa.types.is_dictionary(told.type) else told.cast(pa.string()))
    bad = bad_texts(words, one)
    if clean is not None:
        words = pa.array([clean(word) for word in words.to_pylist()], pa.string())
    return coded(words, codes), of_words(bad, codes)


def bad_texts(texts: Column, one: Field) -> np.ndarray:
    """Return which of *texts* are too short, too long or of the wrong form."""
    lengths = pc.utf8_length(texts)
    bad = mask(pc.less(lengths, one.shortest)) | (
        mask(pc.greater(lengths, one.longest)) if one.longest else False
    )
    if one.pattern:
        form = re.compile(one.pattern)
        fits = by_value(texts, lambda text: (form.search(text) is not None, False), pa.bool_())[0]
        bad |= mask(pc.invert(fits))
    return np.asarray(bad)


def perhaps_persons(texts: Column) -> np.ndarray:
    """Return which of *texts* look like the number of a person."""
    bad = np.zeros(len(texts), dtype=bool)
    if _has_digits_enough(texts):
        perhaps = mask(pc.match_substring_regex(texts, _PERHAPS_CPR))
        for at in np.flatnonzero(perhaps).tolist():
            bad[at] = looks_like_cpr(texts[at].as_py())
    return bad


def _has_digits_enough(texts: Column) -> bool:
    """Say whether six digits and four more follow each other anywhere, as in a CPR number.

    All texts are looked at as one: so nothing is missed, and hardly ever is more found.
    """
    _, _, data = texts.buffers()
    if data is None:
        return False
    after = np.zeros(16, dtype="uint8")  # so that there is always something to look at behind
    signs = np.concatenate([np.frombuffer(data, dtype="uint8"), after])
    digit = signs - 48 < 10
    pairs = digit[:-1] & digit[1:]
    fours = pairs[:-2] & pairs[2:]
    last = len(signs) - len(after)
    sixes = fours[:last] & pairs[4 : 4 + last]
    # Between them may stand a sign, which is several bytes where it is not ASCII.
    wide = signs[6 : 6 + last] >= 128
    return bool((sixes & (fours[6 : 6 + last] | fours[7 : 7 + last] | wide)).any())


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
    ore = digits
    if amounts.type.scale != 2:  # kroner and øre
        surplus = 10 ** max(0, amounts.type.scale - 2)
        ore = digits // surplus * 10 ** max(0, 2 - amounts.type.scale)
        bad |= told & (digits % surplus != 0)
    bad |= told & ((digits < 0) | (ore > _MOST_SAFE) | (ore < 0))
    return pa.array(np.where(bad, 0, ore), mask=~told | bad), bad


def by_value(
    told: Column, read: Callable[[Any], tuple[Any, bool]], kind: pa.DataType
) -> tuple[Column, np.ndarray]:
    """Return what *read* makes of each different value of *told*, and which it could not read."""
    encoded = told if pa.types.is_dictionary(told.type) else told.dictionary_encode()
    values, wrong = [], []
    for value in encoded.dictionary.to_pylist():
        made, bad = read(value)
        values.append(made)
        wrong.append(bad)
    column = pa.array(values, kind).take(encoded.indices)
    if not any(wrong):
        return column, np.zeros(len(told), dtype=bool)
    return column, mask(pa.array(wrong, pa.bool_()).take(encoded.indices))


def _nothing(rows: int, kind: str) -> Column:
    if kind == "text":
        return coded(pa.array([], pa.string()), np.full(rows, -1))
    types = {"truth": pa.bool_(), "day": pa.date32(), "amount": pa.int64()}
    return pa.nulls(rows, types[kind])


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
    known = bits.fill_null(False) if bits.null_count else bits  # noqa: FBT003
    return np.asarray(known.to_numpy(zero_copy_only=False), dtype=bool)

"""Answers as rows of the contract: one Arrow table, whatever file it is then written to."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hjemmel.batch.answers import CODE, ITEM_AMOUNTS
from hjemmel.batch.compile import NO, YES
from hjemmel.batch.scope import WISHES
from hjemmel.batch.walk import STATUSES, UNTOLD
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hjemmel.batch.answers import Answers, Words
    from hjemmel.batch.columns import Told
    from hjemmel.batch.words import Column

KRONER = pa.decimal128(18, 2)
_ORE, _WORD = pa.decimal64(18, 2), pa.dictionary(pa.int16(), pa.string())
_AMOUNTS = {
    "ceiling": "ceiling", "spent_before": "spent", "granted": "granted", "remaining": "remaining"
}  # fmt: skip
_ITEM = pa.struct([
    ("id", pa.string()), ("status", pa.string()), ("granted", KRONER), ("own_payment", KRONER),
    ("outside_ceiling", KRONER), ("rule", pa.string()),
])  # fmt: skip
_QUESTION = pa.struct([("id", pa.string()), ("chosen", pa.string()), ("robust", pa.bool_())])
#: The columns of every answer, in the order of the contract.
SCHEMA = pa.schema([
    ("case", pa.string()),
    ("decided_on", pa.date32()),
    ("outcome", pa.string()),
    ("rule", pa.string()),
    ("target_group", pa.struct([("value", pa.string()), ("grounds", pa.list_(pa.string()))])),
    ("amounts", pa.struct([(name, KRONER) for name in _AMOUNTS])),
    ("items", pa.list_(_ITEM)),
    ("missing", pa.list_(pa.string())),
    ("open_questions", pa.list_(_QUESTION)),
])  # fmt: skip
_TARGETS = {YES: Truth.TRUE.value, NO: Truth.FALSE.value}


def _as_parts_have_it(kind: pa.DataType) -> pa.DataType:
    """Return *kind* with a word for each text and whole øre for kroner, as *PART* has them."""
    if pa.types.is_string(kind):
        return _WORD
    if pa.types.is_decimal(kind):
        return _ORE
    if pa.types.is_list(kind):
        inner = kind.value_field
        return pa.list_(inner.with_type(_as_parts_have_it(inner.type)))
    if pa.types.is_struct(kind):
        return pa.struct([one.with_type(_as_parts_have_it(one.type)) for one in kind])
    return kind


def _part_schema() -> pa.Schema:
    """Return the schema of *PART*: ids are told once each, so they stay texts."""
    items = pa.struct([
        one if one.name == "id" else one.with_type(_as_parts_have_it(one.type)) for one in _ITEM
    ])  # fmt: skip
    return pa.schema([
        one if one.name == "case"
        else one.with_type(pa.list_(items)) if one.name == "items"
        else one.with_type(_as_parts_have_it(one.type))
        for one in SCHEMA
    ])  # fmt: skip


#: The same columns on their way: shorter to hold, and quicker to write.
PART = _part_schema()


def rows_of(answers: Answers, kept: np.ndarray, told: Told, *, items: bool = True) -> pa.Table:
    """Return the *kept* rows of *answers*, with *items* or without; what to ask for is empty."""
    every = len(kept) == answers.rows

    def of(values: np.ndarray) -> np.ndarray:
        return values if every else values[kept]

    target = [_TARGETS.get(code, Truth.UNKNOWN.value) for code in (0, 1, 2)]
    target_group = pa.StructArray.from_arrays(
        [_words(target, of(answers.target)), _lists(answers.ground_lists, of(answers.grounds))],
        fields=list(PART.field("target_group").type),
    )
    questions = [
        [dict(zip(("id", "chosen", "robust"), one, strict=True)) for one in listed]
        for listed in answers.question_lists.listed
    ]
    arrays = [
        told.cases if every else told.cases.take(pa.array(kept)),
        pa.array(of(told.days)),
        _words(answers.outcomes.listed, of(answers.outcome)),
        _words(answers.rules.listed, of(answers.rule)),
        target_group,
        _amounts({name: of(answers.amounts[one]) for name, one in _AMOUNTS.items()}),
        _items(answers, kept, told) if items else pa.nulls(len(kept), PART.field("items").type),
        pa.nulls(len(kept), PART.field("missing").type),
        pa.array(questions, PART.field("open_questions").type).take(
            pa.array(of(answers.questions))
        ),
    ]
    return pa.Table.from_arrays(arrays, schema=PART)


def table_of(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return *rows*, with amounts in øre, as a table of answers."""
    return pa.Table.from_pylist([_in_kroner(row) for row in rows], schema=SCHEMA).cast(PART)


def _in_kroner(row: Mapping[str, Any]) -> dict[str, Any]:
    from decimal import Decimal  # noqa: PLC0415

    def kroner(ore: int | None) -> Decimal | None:
        return None if ore is None else Decimal(ore) / 100

    amounts = row["amounts"]
    return {
        **row,
        "amounts": None if amounts is None else {k: kroner(one) for k, one in amounts.items()},
        "items": [
            {k: kroner(one) if isinstance(one, int) else one for k, one in item.items()}
            for item in row["items"]
        ],
    }


def _words(words: Sequence[str], codes: np.ndarray) -> Column:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, _WORD.index_type), pa.array(words, _WORD.value_type)
    )


def _lists(words: Words, codes: np.ndarray) -> Column:
    listed = pa.array([list(one) for one in words.listed], pa.list_(pa.string()))
    return listed.cast(pa.list_(_WORD)).take(pa.array(codes))


def _amounts(ore: Mapping[str, np.ndarray]) -> Column:
    return pa.StructArray.from_arrays(
        [_kroner(one) for one in ore.values()],
        fields=list(PART.field("amounts").type),
        mask=pa.array(ore["ceiling"] == UNTOLD),
    )


def _kroner(ore: np.ndarray) -> Column:
    """Return *ore* as decimal kroner, digit for digit; nothing where it is untold."""
    whole = pa.array(ore, pa.int64(), mask=ore == UNTOLD)
    return pa.Array.from_buffers(_ORE, len(ore), whole.buffers())


def _items(answers: Answers, kept: np.ndarray, told: Told) -> Column:
    counts = np.zeros(answers.rows, dtype="int64")
    for one in answers.items:
        counts[one.rows] += 1
    offsets = np.concatenate([[0], np.cumsum(counts[kept])])
    next_of = np.zeros(answers.rows, dtype="int64")
    next_of[kept] = offsets[:-1]
    ids, status, rule = (np.empty(offsets[-1], dtype=CODE) for _ in range(3))
    wishes = told.lists[WISHES]
    amounts = {name: np.empty(offsets[-1], dtype="int64") for name in ITEM_AMOUNTS}
    for one in sorted(answers.items, key=attrgetter("place")):  # the citizen's own order
        at = next_of[one.rows]
        next_of[one.rows] += 1
        ids[at] = wishes.first[one.rows] + one.place
        status[at], rule[at] = one.status, one.rule
        for name, values in amounts.items():
            values[at] = one.amounts[name]
    struct = pa.StructArray.from_arrays(
        [
            wishes.values["id"].take(pa.array(ids)),
            _words(STATUSES, status),
            *map(_kroner, amounts.values()),
            _words(answers.rules.listed, rule),
        ],
        fields=list(PART.field("items").type.value_type),
    )
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), struct, type=PART.field("items").type
    )

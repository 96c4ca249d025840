"""Answers as rows of the contract: one Arrow table, whatever file it is then written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hjemmel.batch.answers import ITEM_AMOUNTS
from hjemmel.batch.compile import NO, YES
from hjemmel.batch.walk import NO_WISH, STATUSES, UNTOLD
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.batch.answers import Answers, Words
    from hjemmel.batch.columns import Column

KRONER = pa.decimal128(18, 2)
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


def rows_of(
    answers: Answers, kept: np.ndarray, cases: Column, days: np.ndarray, ids: list[Column]
) -> pa.Table:
    """Return the *kept* rows of *answers*; what to ask for is still empty."""
    places = pa.array(kept)
    target = pa.array([_TARGETS.get(code, Truth.UNKNOWN.value) for code in (0, 1, 2)])
    grounds = _listed(answers.ground_lists, answers.grounds[kept], pa.list_(pa.string()))
    target_group = pa.StructArray.from_arrays(
        [target.take(pa.array(answers.target[kept])), grounds], names=["value", "grounds"]
    )
    questions = [
        [dict(zip(("id", "chosen", "robust"), one, strict=True)) for one in listed]
        for listed in answers.question_lists.listed
    ]
    arrays = [
        cases.take(places),
        pa.array(days[kept]),
        _named(answers.outcomes, answers.outcome[kept]),
        _named(answers.rules, answers.rule[kept]),
        target_group,
        _amounts(answers, kept),
        _items(answers, kept, ids),
        pa.array([[]], pa.list_(pa.string())).take(pa.array(np.zeros(len(kept), dtype="int64"))),
        pa.array(questions, pa.list_(_QUESTION)).take(pa.array(answers.questions[kept])),
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def table_of(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return *rows*, with amounts in øre, as a table of answers."""
    return pa.Table.from_pylist([_in_kroner(row) for row in rows], schema=SCHEMA)


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


def _named(words: Words, codes: np.ndarray) -> Column:
    return pa.array(words.listed, pa.string()).take(pa.array(codes))


def _listed(words: Words, codes: np.ndarray, kind: pa.DataType) -> Column:
    return pa.array([list(one) for one in words.listed], kind).take(pa.array(codes))


def _amounts(answers: Answers, kept: np.ndarray) -> Column:
    none = answers.amounts["ceiling"][kept] == UNTOLD
    inside = [kroner_of(answers.amounts[name][kept]) for name in _AMOUNTS.values()]
    return pa.StructArray.from_arrays(
        inside, fields=list(SCHEMA.field("amounts").type), mask=pa.array(none)
    )


def kroner_of(ore: np.ndarray) -> Column:
    """Return *ore* as decimal kroner, digit for digit; nothing where it is untold."""
    wide = np.empty((len(ore), 2), dtype="int64")  # a decimal of 128 bits: low half, high half
    wide[:, 0], wide[:, 1] = ore, ore >> 63
    column = pa.Array.from_buffers(KRONER, len(ore), [None, pa.py_buffer(wide.tobytes())])
    untold = ore == UNTOLD
    if not untold.any():
        return column
    return column.take(pa.array(np.arange(len(ore)), mask=untold))


def _items(answers: Answers, kept: np.ndarray, ids: list[Column]) -> Column:
    status = answers.status[kept]
    there = status != NO_WISH
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype("int32")
    row, place = np.nonzero(there)  # row after row, in the citizen's own order
    all_ids = pa.concat_arrays(ids)
    own = all_ids.take(pa.array(place * len(ids[0]) + kept[row]))
    amounts = [kroner_of(answers.items[name][kept][there]) for name in ITEM_AMOUNTS]
    struct = pa.StructArray.from_arrays(
        [
            own,
            pa.array(STATUSES, pa.string()).take(pa.array(status[there])),
            *amounts,
            _named(answers.rules, answers.row[kept][there]),
        ],
        fields=list(_ITEM),
    )
    return pa.ListArray.from_arrays(pa.array(offsets), struct).cast(pa.list_(_ITEM))

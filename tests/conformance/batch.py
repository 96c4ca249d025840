"""A batch and the single case, side by side, for the tests of both."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from hjemmel import RuleBook
from hjemmel.batch.alone import Alone
from hjemmel.batch.answers import BY_TABLE
from hjemmel.batch.calendar import Calendar
from hjemmel.batch.chunk import WIDTHS
from hjemmel.batch.columns import Reader
from hjemmel.batch.decide import TableDecider
from hjemmel.batch.engines import Engine, NumPy
from hjemmel.batch.layout import layout_of
from hjemmel.batch.rows import rows_of
from hjemmel.batch.scope import Widths
from hjemmel.batch.sources import RowReader


@dataclass
class Side:
    """The answers of the table by place, and which places it set aside."""

    rows: dict[int, dict[str, Any]]
    aside: list[int]


def by_table(
    rules: RuleBook,
    cases: list[dict[str, Any]],
    municipality: str = "",
    engine: Engine | None = None,
    widths: Widths = WIDTHS,
) -> Side:
    """Return what the table makes of *cases*; *aside* are those it leaves to the single case."""
    own = engine or NumPy()
    layout = layout_of(rules.schemas)
    numbered = [(at, case, copy.deepcopy(case)) for at, case in enumerate(cases)]
    chunk = RowReader(layout).chunk(numbered)
    told = Reader(rules, layout, widths).read(chunk.table)
    answers = TableDecider(own, Calendar(rules, municipality), widths).decide(told)
    kept = ((answers.how == BY_TABLE) & ~told.aside).nonzero()[0]
    table = rows_of(answers, kept, told)
    if engine is None:
        own.close()
    rows = dict(zip([chunk.lines[at] for at in kept], table.to_pylist(), strict=True))
    return Side(rows, [at for at in range(len(cases)) if at not in rows])


def alone(rules: RuleBook, case: dict[str, Any], municipality: str = "") -> dict[str, Any]:
    """Return the row of *case* decided alone, written as the table writes it."""
    from hjemmel.batch.rows import table_of

    row = Alone(rules, Calendar(rules, municipality), missing=False, lang="da").decided(1, case)
    assert isinstance(row, dict), row
    (written,) = table_of([row]).to_pylist()
    return written


def differences(
    rules: RuleBook,
    cases: list[dict[str, Any]],
    municipality: str = "",
    engine: Engine | None = None,
) -> tuple[list[tuple[Any, ...]], Side]:
    """Return where the table and the single case differ, with the case, and the table's side."""
    side = by_table(rules, cases, municipality, engine)
    found = []
    for at, row in side.rows.items():
        single = alone(rules, cases[at], municipality)
        found += [
            (key, single[key], row[key], cases[at])
            for key in single
            if key != "missing" and single[key] != row[key]
        ]
    return found, side

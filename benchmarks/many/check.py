"""Whether a program by hand gives what ours gives, row for row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

_CASES = """SELECT "case", outcome, target_group.value AS target, amounts.ceiling AS ceiling,
    amounts.spent_before AS spent, amounts.granted AS granted, amounts.remaining AS remaining
    FROM '{ours}'"""
_ITEMS = """SELECT "case", one.id AS id, one.status AS status, one.granted AS granted,
    one.own_payment AS own_payment, one.outside_ceiling AS outside_ceiling
    FROM (SELECT "case", unnest(items) AS one FROM '{ours}')"""


class DifferError(AssertionError):
    """A contender and ours do not agree, so nothing is measured."""


def same(ours: Path, theirs: Path, *, items: bool) -> int:
    """Return how many rows are alike in what *ours* and *theirs* wrote.

    Raises:
        DifferError: some row differs, or stands on one side only.
    """
    parts = {"cases": _CASES, **({"items": _ITEMS} if items else {})}
    return sum(
        _same(query.replace("{ours}", str(ours)), theirs / f"{name}.parquet")
        for name, query in parts.items()
    )


def _same(ours: str, path: Path) -> int:
    names = [str(row[0]) for row in duckdb.execute(f"DESCRIBE {ours}").fetchall()]
    theirs = f"SELECT {', '.join(f'{chr(34)}{one}{chr(34)}' for one in names)} FROM '{path}'"
    for left, right in ((ours, theirs), (theirs, ours)):
        found = duckdb.execute(f"({left}) EXCEPT ALL ({right}) LIMIT 3").fetchall()
        if found:
            message = f"{path}: {found}"
            raise DifferError(message)
    ((count,),) = duckdb.execute(f"SELECT count(*) FROM ({ours})").fetchall()
    return int(count)


def alike(left: Path, right: Path, *, but: str = "file_row_number") -> int:
    """Return how many rows *left* and *right* have, which are equal in every column and in order.

    One column may be left out: all *but* that are compared.

    Raises:
        DifferError: they are not.
    """
    numbered = (
        f"SELECT file_row_number AS row, * EXCLUDE ({but})"
        " FROM read_parquet('{}', file_row_number = true)"
    )
    one, two = numbered.format(left), numbered.format(right)
    for some, rest in ((one, two), (two, one)):
        found = duckdb.execute(f"({some}) EXCEPT ALL ({rest}) LIMIT 3").fetchall()
        if found:
            raise DifferError(found)
    ((count,),) = duckdb.execute(f"SELECT count(*) FROM ({one})").fetchall()
    return int(count)

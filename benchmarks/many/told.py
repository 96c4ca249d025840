"""The cases that are compared: told in full where money goes, and no open question to wait for.

Written in SQL over the walk by hand, so that nothing of ours does the choosing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from benchmarks.cases import FOUR
from benchmarks.many import sql
from benchmarks.many.known import LISTED, WISHES

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.many.known import Known

_FOUR = ", ".join(f"'{one}'" for one in FOUR)
#: What is asked of a case to be compared, and why.
ASKED = {
    "no list is longer than the programs by hand are wide": (
        f"len(wishes) <= {WISHES} IS NOT false AND len(previous_help) <= {LISTED} IS NOT false"
        f" AND len(earlier_grants) <= {LISTED} IS NOT false"
    ),
    "the diagnosis is told by its place on the list, not by name or code": (
        "diagnosis.text IS NULL AND diagnosis.code IS NULL"
    ),
    "every earlier help is told with its provision, one of the four unless for other reasons, "
    "and was granted after the law began": """
        list_bool_and([true] || list_transform(previous_help, lambda h: coalesce(
            h.provision IN ({four}) OR h.because_of_disease = false, false)
            AND coalesce(h.granted_on >= DATE '2023-06-01', h.because_of_disease = false, false)))
            IS NOT false""".replace("{four}", _FOUR),
    "earlier grants are told in full, and lie in the year of the decision": """
        earlier_grants IS NOT NULL AND list_bool_and([true] || list_transform(earlier_grants, lambda g: coalesce(
            g.amount IS NOT NULL AND year(g.date) = year(decided_on), false)))""",
    "every wish has provision, category and price; for some kinds also `minor` or consent": """
        list_bool_and([true] || list_transform(wishes, lambda w: coalesce(
            w.value IS NOT NULL AND w.provision IS NOT NULL
            AND (w.category IS NOT NULL OR w.provision NOT IN ({four}))
            AND (w.minor IS NOT NULL OR w.provision <> '116')
            AND (w.accepts_own_payment IS NOT NULL OR w.provision NOT IN ('112', '116')), false)))
            IS NOT false""".replace("{four}", _FOUR),
    "from July 2025 no wish of § 83 that the changes of that day may touch": """
        decided_on < DATE '2025-07-01' OR list_bool_and([true] || list_transform(wishes, lambda w:
            w.provision <> '83' OR w.category <> 'food_service'
            AND coalesce(NOT citizen.eldercare_act, false))) IS NOT false""",
}
#: An aid priced between what is left and the whole ceiling, which raises `own_payment_base`.
_BETWEEN = " OR ".join(
    f"coalesce(is{at} AND choosable{at} AND NOT service{at} AND accepts{at} AND left{at} > 0"
    f" AND value{at} > left{at} AND value{at} <= ceiling, false)"
    for at in range(1, WISHES + 1)
)


def choose(source: Path, to: Path, known: Known) -> int:
    """Write the cases of *source* that are compared to *to*; return how many they are."""
    asked = " AND ".join(f"({one})" for one in ASKED.values())
    some = f"(SELECT *, file_row_number AS place FROM read_parquet('{source}', file_row_number = true) WHERE {asked})"
    walked = sql.walked(sql.flat(some, known, "place"))
    duckdb.execute("SET preserve_insertion_order = true")
    duckdb.execute(
        f"""COPY (SELECT * EXCLUDE (file_row_number)
            FROM read_parquet('{source}', file_row_number = true)
            SEMI JOIN (SELECT place FROM ({walked}) WHERE NOT ({_BETWEEN})) ON place = file_row_number
            ORDER BY file_row_number)
            TO '{to}' (COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 50000)"""
    )
    return int(pq.ParquetFile(to).metadata.num_rows)

"""The rules by hand in DuckDB's SQL: unknown is NULL, and/or/not are Kleene's there.

A wish that does not fit leaves the balance to the next one, so no running total over a window
says what is left: the wishes are walked one place at a time, a step of the query each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from benchmarks.cases import CRITERIA, FOUR
from benchmarks.many.known import LISTED, OUTSIDE, SERVICES, WISHES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from benchmarks.many.known import Known

_MONEY = "DECIMAL(18,2)"


def _texts(all_: Iterable[str]) -> str:
    return ", ".join(f"'{one}'" for one in all_)


def flat(source: str, known: Known, *also: str) -> str:
    """Return the query that makes named columns of the cases of *source*, keeping *also*."""
    ceilings = " ".join(
        f"WHEN {year} THEN {ore / 100:.2f}::{_MONEY}" for year, ore in known.ceilings.items()
    )
    criteria = " AND ".join(f"criteria.{name}" for name in CRITERIA)
    helps = " OR ".join(
        f"CASE WHEN len(previous_help) < {at} THEN false ELSE previous_help[{at}].because_of_disease"
        f" AND previous_help[{at}].provision IN ({_texts(FOUR)})"
        f" AND NOT (previous_help[{at}].provision = '83'"
        f" AND previous_help[{at}].automatic_at_discharge) END"
        for at in range(1, LISTED + 1)
    )
    spent = " + ".join(f"coalesce(earlier_grants[{at}].amount, 0)" for at in range(1, LISTED + 1))
    wishes = ",\n".join(_wish(at, known) for at in range(1, WISHES + 1))
    return f"""
        SELECT {"".join(f"{one}, " for one in also)}"case", request.made AS made, wishes,
            CASE year(decided_on) {ceilings} END AS ceiling,
            CASE WHEN diagnosis.confirmed THEN true END AS established,
            diagnosis.entry IN ({_texts(known.listed)})
                OR diagnosis.entry IN ({_texts(known.ask_form)})
                AND diagnosis.form_confirmed AS listed,
            {criteria} AS criteria_met,
            CASE WHEN previous_help IS NULL THEN NULL ELSE {helps} END AS helped,
            ({spent})::{_MONEY} AS spent,
            {wishes}
        FROM {source}"""


def _wish(at: int, known: Known) -> str:
    wish = f"wishes[{at}]"
    offered = " OR ".join(
        f"{wish}.provision = '{provision}' AND {wish}.category IN ({_texts(categories)})"
        for provision, categories in known.offered.items()
    )
    outside = " + ".join(f"coalesce({wish}.outside_costs.{one}, 0)" for one in OUTSIDE)
    return f"""coalesce(len(wishes), 0) >= {at} AS is{at},
            ({offered}) AND ({wish}.provision <> '116' OR {wish}.minor) AS choosable{at},
            {wish}.value AS value{at},
            {wish}.provision IN ({_texts(SERVICES)}) AS service{at},
            {wish}.accepts_own_payment AS accepts{at},
            ({outside})::{_MONEY} AS outside{at}"""


def walked(rows: str) -> str:
    """Return the query of *rows* with what each wish came to, and what is left after it."""
    query = f"""
        SELECT *, target AND coalesce(made, true) AS inside, greatest(0, ceiling - spent)::{_MONEY} AS left1
        FROM (SELECT *, (established AND listed OR established AND criteria_met) AND NOT helped
            AS target FROM ({rows}))"""
    for at in range(1, WISHES + 1):
        query = f"""
        SELECT *, left{at} - granted{at} AS left{at + 1} FROM (
            SELECT *, CASE
                WHEN NOT is{at} THEN NULL WHEN NOT choosable{at} THEN 'not_covered'
                WHEN value{at} <= left{at} THEN 'granted' WHEN left{at} = 0 THEN 'over_ceiling'
                WHEN service{at} OR accepts{at} THEN 'partly_granted' ELSE 'over_ceiling'
            END AS status{at}, CASE
                WHEN is{at} AND choosable{at} AND (value{at} <= left{at} OR service{at} OR accepts{at})
                THEN least(value{at}, left{at}) ELSE 0
            END::{_MONEY} AS granted{at} FROM ({query}))"""
    return query


_SHORT = " OR ".join(f"coalesce(status{at} <> 'granted', false)" for at in range(1, WISHES + 1))
_OUTCOME = f"""CASE WHEN NOT made THEN 'no_request' WHEN made IS NULL THEN 'ask'
    WHEN NOT target THEN 'refuse' WHEN target IS NULL THEN 'ask'
    WHEN {_SHORT} THEN 'partial_grant' ELSE 'grant' END"""
_BY_CASE = f"""
    SELECT "case", {_OUTCOME} AS outcome,
        CASE WHEN target THEN 'true' WHEN NOT target THEN 'false' ELSE 'unknown' END AS target,
        CASE WHEN inside THEN ceiling END AS ceiling, CASE WHEN inside THEN spent END AS spent,
        CASE WHEN inside THEN ({" + ".join(f"granted{at}" for at in range(1, WISHES + 1))})::{_MONEY}
            END AS granted,
        CASE WHEN inside THEN left{WISHES + 1} END AS remaining"""
_ITEM = ", ".join(
    f"""CASE WHEN is{at} THEN {{id: wishes[{at}].id, status: status{at}, granted: granted{at},
        own_payment: CASE WHEN status{at} = 'partly_granted' AND NOT service{at}
            THEN value{at} - granted{at} ELSE 0 END::{_MONEY},
        outside_ceiling: CASE WHEN status{at} IN ('granted', 'partly_granted')
            THEN outside{at} ELSE 0 END::{_MONEY}}} END"""
    for at in range(1, WISHES + 1)
)
_ITEMS = f"""
    SELECT "case", unnest(item) FROM (
        SELECT "case", unnest([{_ITEM}]) AS item FROM walked WHERE inside)
    WHERE item IS NOT NULL"""


def by_case(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case."""
    rows = walked(flat(f"'{source}'", known))
    duckdb.execute(f"COPY ({_BY_CASE} FROM ({rows})) TO '{to / 'cases.parquet'}'")


def with_items(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case, and a row for each wish."""
    rows = walked(flat(f"'{source}'", known))
    duckdb.execute(f"CREATE TEMP TABLE walked AS {rows}")
    duckdb.execute(f"COPY ({_BY_CASE} FROM walked) TO '{to / 'cases.parquet'}'")
    duckdb.execute(f"COPY ({_ITEMS}) TO '{to / 'items.parquet'}'")

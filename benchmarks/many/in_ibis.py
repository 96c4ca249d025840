"""The rules by hand in Ibis, run by DuckDB: the same steps as in :mod:`benchmarks.many.sql`."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

import ibis

from benchmarks.cases import CRITERIA, FOUR
from benchmarks.many.known import LISTED, OUTSIDE, SERVICES, WISHES

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.many.known import Known

_MONEY = "decimal(18, 2)"


def _flat(cases: ibis.Table, known: Known) -> ibis.Table:
    told, criteria = cases.diagnosis, cases.criteria
    helps = [_excludes(cases.previous_help, at) for at in range(LISTED)]
    spent = [cases.earlier_grants[at].amount.fill_null(0) for at in range(LISTED)]
    ceiling = cases.decided_on.year().cases(
        *(
            (int(year), ibis.literal(ore // 100).cast(_MONEY))
            for year, ore in known.ceilings.items()
        )
    )
    return cases.select(
        "case",
        "wishes",
        made=cases.request.made,
        ceiling=ceiling,
        established=told.confirmed.nullif(False),
        listed=told.entry.isin(known.listed)
        | (told.entry.isin(known.ask_form) & told.form_confirmed),
        criteria_met=reduce(and_, [criteria[name] for name in CRITERIA]),
        helped=ibis.ifelse(cases.previous_help.isnull(), None, reduce(or_, helps)),
        spent=sum(spent).cast(_MONEY),
        **{
            name: one
            for at in range(WISHES)
            for name, one in _wish(cases.wishes, at, known).items()
        },
    )


def _excludes(helps: Any, at: int) -> Any:
    one = helps[at]
    excludes = (
        one.because_of_disease
        & one.provision.isin(FOUR)
        & ~((one.provision == "83") & one.automatic_at_discharge)
    )
    return ibis.ifelse(helps.length() <= at, False, excludes)


def _wish(wishes: Any, at: int, known: Known) -> dict[str, Any]:
    one = wishes[at]
    offered = [
        (one.provision == provision) & one.category.isin(categories)
        for provision, categories in known.offered.items()
    ]
    outside = [one.outside_costs[kind].fill_null(0) for kind in OUTSIDE]
    return {
        f"is{at}": wishes.length().fill_null(0) > at,
        f"choosable{at}": reduce(or_, offered) & ((one.provision != "116") | one.minor),
        f"value{at}": one.value,
        f"service{at}": one.provision.isin(SERVICES),
        f"accepts{at}": one.accepts_own_payment,
        f"outside{at}": sum(outside).cast(_MONEY),
    }


def _walked(cases: ibis.Table, known: Known) -> ibis.Table:
    flat = _flat(cases, known)
    ill = flat.established & flat.listed | flat.established & flat.criteria_met
    rows = flat.mutate(target=ill & ~flat.helped)
    rows = rows.mutate(
        inside=rows.target & rows.made.fill_null(True),
        left0=ibis.greatest(0, rows.ceiling - rows.spent).cast(_MONEY),
    )
    for at in range(WISHES):
        rows = _one_wish(rows, at)
    return rows


def _one_wish(rows: ibis.Table, at: int) -> ibis.Table:
    value, left = rows[f"value{at}"], rows[f"left{at}"]
    there, choosable = rows[f"is{at}"], rows[f"choosable{at}"]
    divides = rows[f"service{at}"] | rows[f"accepts{at}"]
    walked = rows.mutate(
        **{
            f"status{at}": ibis.cases(
                (~there, None),
                (~choosable, "not_covered"),
                (value <= left, "granted"),
                (left == 0, "over_ceiling"),
                (divides, "partly_granted"),
                else_="over_ceiling",
            ),
            f"granted{at}": ibis.ifelse(
                there & choosable & ((value <= left) | divides), ibis.least(value, left), 0
            ).cast(_MONEY),
        }
    )
    return walked.mutate(**{f"left{at + 1}": walked[f"left{at}"] - walked[f"granted{at}"]})


def _by_case(rows: ibis.Table) -> ibis.Table:
    short = [(rows[f"status{at}"] != "granted").fill_null(False) for at in range(WISHES)]
    granted = sum(rows[f"granted{at}"] for at in range(WISHES))
    return rows.select(
        "case",
        outcome=ibis.cases(
            (~rows.made, "no_request"),
            (rows.made.isnull(), "ask"),
            (~rows.target, "refuse"),
            (rows.target.isnull(), "ask"),
            (reduce(or_, short), "partial_grant"),
            else_="grant",
        ),
        target=ibis.cases((rows.target, "true"), (~rows.target, "false"), else_="unknown"),
        ceiling=rows.inside.ifelse(rows.ceiling, None),
        spent=rows.inside.ifelse(rows.spent, None),
        granted=rows.inside.ifelse(granted.cast(_MONEY), None),
        remaining=rows.inside.ifelse(rows[f"left{WISHES}"], None),
    )


def _items(rows: ibis.Table) -> ibis.Table:
    inside = rows.filter(rows.inside)
    each = ibis.array([_item(inside, at) for at in range(WISHES)])
    one = inside.select("case", one=each.unnest())
    one = one.filter(one.one.status.notnull())
    return one.select("case", **{name: one.one[name] for name in one.one.names})


def _item(rows: ibis.Table, at: int) -> Any:
    status = rows[f"status{at}"]
    own = (status == "partly_granted") & ~rows[f"service{at}"]
    return ibis.struct(
        {
            "id": rows.wishes[at].id,
            "status": status,
            "granted": rows[f"granted{at}"],
            "own_payment": own.ifelse(rows[f"value{at}"] - rows[f"granted{at}"], 0).cast(_MONEY),
            "outside_ceiling": status.isin(["granted", "partly_granted"])
            .ifelse(rows[f"outside{at}"], 0)
            .cast(_MONEY),
        }
    )


def by_case(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case."""
    backend = ibis.duckdb.connect()
    rows = _walked(backend.read_parquet(source), known)
    _by_case(rows).to_parquet(to / "cases.parquet")


def with_items(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case, and a row for each wish."""
    backend = ibis.duckdb.connect()
    # A table of our own: the library's `cache` writes a DROP without a name on this DuckDB.
    walked = _walked(backend.read_parquet(source), known)
    rows = backend.create_table("walked", walked, temp=True)
    _by_case(rows).to_parquet(to / "cases.parquet")
    _items(rows).to_parquet(to / "items.parquet")

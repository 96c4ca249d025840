"""The rules by hand in Polars, streamed: unknown is null, and/or/not are Kleene's there too."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import polars as pl
from polars import col, lit, when

from benchmarks.cases import CRITERIA, FOUR
from benchmarks.many.known import LISTED, OUTSIDE, SERVICES, WISHES

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.many.known import Known

_MONEY = pl.Decimal(18, 2)
_NOTHING = lit(0).cast(_MONEY)


def _field(of: pl.Expr, name: str) -> pl.Expr:
    return of.struct.field(name)


def _flat(cases: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    entry = _field(col("diagnosis"), "entry")
    by_form = entry.is_in(known.ask_form) & _field(col("diagnosis"), "form_confirmed")
    confirmed = _field(col("diagnosis"), "confirmed")
    helps = [_excludes(at) for at in range(LISTED)]
    grants = [col("earlier_grants").list.get(at, null_on_oob=True) for at in range(LISTED)]
    spent = reduce(pl.Expr.add, [_field(one, "amount").fill_null(_NOTHING) for one in grants])
    ceilings = [(int(year), lit(ore // 100).cast(_MONEY)) for year, ore in known.ceilings.items()]
    return cases.select(
        "case",
        made=_field(col("request"), "made"),
        ceiling=reduce(
            lambda otherwise, one: (
                when(col("decided_on").dt.year() == one[0]).then(one[1]).otherwise(otherwise)
            ),
            ceilings,
            lit(None, dtype=_MONEY),
        ),
        established=when(confirmed).then(lit(True)),
        listed=entry.is_in(known.listed) | by_form,
        criteria_met=reduce(and_, [_field(col("criteria"), name) for name in CRITERIA]),
        helped=when(col("previous_help").is_not_null()).then(reduce(or_, helps)),
        spent=spent.cast(_MONEY),
        **{name: one for at in range(WISHES) for name, one in _wish(at, known).items()},
    )


def _excludes(at: int) -> pl.Expr:
    one = col("previous_help").list.get(at, null_on_oob=True)
    provision = _field(one, "provision")
    excludes = (
        _field(one, "because_of_disease")
        & provision.is_in(FOUR)
        & ~((provision == "83") & _field(one, "automatic_at_discharge"))
    )
    return when(col("previous_help").list.len() <= at).then(lit(False)).otherwise(excludes)


def _wish(at: int, known: Known) -> dict[str, pl.Expr]:
    one = col("wishes").list.get(at, null_on_oob=True)
    provision, category = _field(one, "provision"), _field(one, "category")
    offered = [
        (provision == name) & category.is_in(categories)
        for name, categories in known.offered.items()
    ]
    costs = _field(one, "outside_costs")
    return {
        f"is{at}": col("wishes").list.len().fill_null(0) > at,
        f"id{at}": _field(one, "id"),
        f"choosable{at}": reduce(or_, offered) & ((provision != "116") | _field(one, "minor")),
        f"value{at}": _field(one, "value"),
        f"service{at}": provision.is_in(SERVICES),
        f"accepts{at}": _field(one, "accepts_own_payment"),
        f"outside{at}": reduce(
            pl.Expr.add, [_field(costs, kind).fill_null(_NOTHING) for kind in OUTSIDE]
        ).cast(_MONEY),
    }


def _walked(cases: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    ill = col("established") & col("listed") | col("established") & col("criteria_met")
    left = col("ceiling") - col("spent")
    rows = (
        _flat(cases, known)
        .with_columns(target=ill & ~col("helped"))
        .with_columns(
            inside=(col("target") & col("made").fill_null(True)).fill_null(False),
            left0=when(left > _NOTHING).then(left).otherwise(_NOTHING).cast(_MONEY),
        )
    )
    for at in range(WISHES):
        rows = _one_wish(rows, at)
    return rows


def _one_wish(rows: pl.LazyFrame, at: int) -> pl.LazyFrame:
    value, left = col(f"value{at}"), col(f"left{at}")
    there, choosable = col(f"is{at}"), col(f"choosable{at}")
    divides = col(f"service{at}") | col(f"accepts{at}")
    status = (
        when(~there)
        .then(lit(None, dtype=pl.String))
        .when(~choosable)
        .then(lit("not_covered"))
        .when(value <= left)
        .then(lit("granted"))
        .when(left == _NOTHING)
        .then(lit("over_ceiling"))
        .when(divides)
        .then(lit("partly_granted"))
        .otherwise(lit("over_ceiling"))
    )
    granted = (
        when(there & choosable & (value <= left))
        .then(value)
        .when(there & choosable & divides)
        .then(left)
        .otherwise(_NOTHING)
        .cast(_MONEY)
    )
    return rows.with_columns(**{f"status{at}": status, f"granted{at}": granted}).with_columns(
        **{f"left{at + 1}": (left - col(f"granted{at}")).cast(_MONEY)}
    )


def _by_case(rows: pl.LazyFrame) -> pl.LazyFrame:
    short = [(col(f"status{at}") != "granted").fill_null(False) for at in range(WISHES)]
    inside, target = col("inside"), col("target")
    granted = reduce(pl.Expr.add, [col(f"granted{at}") for at in range(WISHES)])
    return rows.select(
        "case",
        outcome=when(~col("made"))
        .then(lit("no_request"))
        .when(col("made").is_null())
        .then(lit("ask"))
        .when(~target)
        .then(lit("refuse"))
        .when(target.is_null())
        .then(lit("ask"))
        .when(reduce(or_, short))
        .then(lit("partial_grant"))
        .otherwise(lit("grant")),
        target=when(target).then(lit("true")).when(~target).then(lit("false"))
        .otherwise(lit("unknown")),
        ceiling=when(inside).then("ceiling"),
        spent=when(inside).then("spent"),
        granted=when(inside).then(granted.cast(_MONEY)),
        remaining=when(inside).then(f"left{WISHES}"),
    )  # fmt: skip


def _items(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return a row for each wish, place by place: to make lists and explode them takes three times as long."""
    return pl.concat(
        [
            rows.filter(col("inside") & col(f"is{at}")).select("case", **_item(at))
            for at in range(WISHES)
        ]
    )


def _item(at: int) -> dict[str, pl.Expr]:
    status, granted = col(f"status{at}"), col(f"granted{at}")
    own = (status == "partly_granted") & ~col(f"service{at}")
    gives = status.is_in(["granted", "partly_granted"])
    return {
        "id": col(f"id{at}"),
        "status": status,
        "granted": granted,
        "own_payment": when(own).then(col(f"value{at}") - granted).otherwise(_NOTHING).cast(_MONEY),
        "outside_ceiling": when(gives).then(f"outside{at}").otherwise(_NOTHING),
    }


def by_case(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case."""
    _by_case(_walked(pl.scan_parquet(source), known)).sink_parquet(to / "cases.parquet")


def with_items(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case, and a row for each wish."""
    rows = _walked(pl.scan_parquet(source), known)
    pl.collect_all(
        [
            _by_case(rows).sink_parquet(to / "cases.parquet", lazy=True),
            _items(rows).sink_parquet(to / "items.parquet", lazy=True),
        ],
        engine="streaming",
    )

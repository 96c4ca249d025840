"""The rules by hand in NumPy, a piece of the file at a time: 0 false, 1 unknown, 2 true.

And is the least of two truths, or the greatest, not is what is missing to 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.cases import CRITERIA, FOUR
from benchmarks.many.known import LISTED, OUTSIDE, SERVICES, WISHES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.many.known import Known

_PIECE = 250_000
_MONEY = pa.decimal128(18, 2)
_STATUSES = pa.array([None, "granted", "partly_granted", "over_ceiling", "not_covered"])
_NONE, _GRANTED, _PARTLY, _OVER, _NOT_COVERED = range(5)
_OUTCOMES = pa.array(["no_request", "ask", "refuse", "partial_grant", "grant"])
_TRUTHS = pa.array(["false", "unknown", "true"])
Ints = np.ndarray[Any, np.dtype[np.int64]]


def truth(column: Any) -> Ints:
    """Return the truths of a column of booleans."""
    told = pc.fill_null(pc.cast(column, pa.int8()), pa.scalar(-1, pa.int8())).to_numpy(
        zero_copy_only=False
    )
    return np.where(told < 0, 1, 2 * told).astype(np.int64)


def among(column: Any, texts: list[str]) -> Ints:
    """Return whether each text of *column* is one of *texts*; unknown where it is not told."""
    found = truth(pc.is_in(column, pa.array(texts)))
    return np.where(column.is_null().to_numpy(zero_copy_only=False), 1, found)


def ore(column: Any) -> Ints:
    """Return the amounts of *column* in øre; nought where there is none."""
    whole = pc.cast(pc.multiply(column, pa.scalar(100, pa.decimal128(3, 0))), pa.int64())
    amounts: Ints = pc.fill_null(whole, 0).to_numpy(zero_copy_only=False)
    return amounts


class Places:
    """A list of each case, place by place: a column of what stands there, or of nothing."""

    def __init__(self, column: Any) -> None:
        """Take a column of lists of structures."""
        starts = column.offsets.to_numpy()
        self.told = ~column.is_null().to_numpy(zero_copy_only=False)
        self.count = np.where(self.told, np.diff(starts), 0)
        self._starts, self._inside = starts[:-1], column.values

    def at(self, place: int) -> tuple[Any, Callable[..., Any]]:
        """Return which cases have something at *place*, and a way to its columns by name."""
        there = self.count > place
        rows = pa.array(np.where(there, self._starts + place, 0), mask=~there)
        return there, lambda *way: pc.struct_field(self._inside, way).take(rows)


def facts(batch: pa.RecordBatch, known: Known) -> dict[str, Any]:
    """Return what the rules ask of the cases of *batch*: truths, and amounts in øre."""

    def told(*way: str) -> Any:
        return pc.struct_field(batch[way[0]], way[1:])

    entry = told("diagnosis", "entry")
    by_form = np.minimum(among(entry, known.ask_form), truth(told("diagnosis", "form_confirmed")))
    year = pc.year(batch["decided_on"]).to_numpy()
    grants = Places(batch["earlier_grants"])
    return {
        "case": batch["case"],
        "year": year,
        "made": truth(told("request", "made")),
        "established": np.maximum(truth(told("diagnosis", "confirmed")), 1),
        "listed": np.maximum(among(entry, known.listed), by_form),
        "criteria_met": np.minimum.reduce([truth(told("criteria", one)) for one in CRITERIA]),
        "helped": _helped(Places(batch["previous_help"])),
        "ceiling": _ceilings(year, known),
        "spent": sum(ore(grants.at(at)[1]("amount")) for at in range(LISTED)),
        **_wishes(Places(batch["wishes"]), known),
    }


def _ceilings(year: Ints, known: Known) -> Ints:
    first = min(map(int, known.ceilings))
    return np.array([known.ceilings[str(one)] for one in sorted(map(int, known.ceilings))])[
        year - first
    ]


def _helped(helps: Places) -> Ints:
    excludes = []
    for at in range(LISTED):
        there, field = helps.at(at)
        provision = field("provision")
        discharged = np.minimum(among(provision, ["83"]), truth(field("automatic_at_discharge")))
        one = np.minimum(truth(field("because_of_disease")), among(provision, [*FOUR]))
        excludes.append(np.where(there, np.minimum(one, 2 - discharged), 0))
    return np.where(helps.told, np.maximum.reduce(excludes), 1)


def _wishes(wishes: Places, known: Known) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at in range(WISHES):
        there, field = wishes.at(at)
        provision = field("provision")
        both = pc.binary_join_element_wise(provision, field("category"), "/")
        minor = np.maximum(2 - among(provision, ["116"]), truth(field("minor")))
        found |= {
            f"is{at}": there,
            f"id{at}": field("id"),
            f"choosable{at}": (among(both, known.choices) == 2) & (minor == 2),
            f"value{at}": ore(field("value")),
            f"service{at}": among(provision, [*SERVICES]) == 2,
            f"accepts{at}": truth(field("accepts_own_payment")) == 2,
            f"outside{at}": sum(ore(field("outside_costs", kind)) for kind in OUTSIDE),
        }
    return found


def decided(of: dict[str, Any]) -> dict[str, Any]:
    """Return *of* with the target group, what each wish comes to, and the outcome."""
    ill = np.minimum(of["established"], np.maximum(of["listed"], of["criteria_met"]))
    target = np.minimum(ill, 2 - of["helped"])
    left = np.maximum(0, of["ceiling"] - of["spent"])
    short = np.zeros(len(target), dtype=bool)
    walked: dict[str, Any] = {}
    for at in range(WISHES):
        value, choosable, service = of[f"value{at}"], of[f"choosable{at}"], of[f"service{at}"]
        fits = value <= left
        divides = service | of[f"accepts{at}"]
        status = np.select(
            [~of[f"is{at}"], ~choosable, fits, left == 0, divides],
            [_NONE, _NOT_COVERED, _GRANTED, _OVER, _PARTLY],
            _OVER,
        )
        granted = np.where(of[f"is{at}"] & choosable & (fits | divides), np.minimum(value, left), 0)
        gives = (status == _GRANTED) | (status == _PARTLY)
        walked |= {
            f"status{at}": status,
            f"granted{at}": granted,
            f"own{at}": np.where((status == _PARTLY) & ~service, value - granted, 0),
            f"outside{at}": np.where(gives, of[f"outside{at}"], 0),
        }
        short |= status > _GRANTED
        left = left - granted
    outcome = np.select(
        [of["made"] == 0, of["made"] == 1, target == 0, target == 1, short], [0, 1, 2, 1, 3], 4
    )
    inside = (target == 2) & (of["made"] > 0)
    return {**of, **walked, "target": target, "inside": inside, "left": left, "outcome": outcome}


def kroner(amounts: Ints) -> Any:
    """Return *amounts* in øre as decimal kroner."""
    wide = np.empty((len(amounts), 2), dtype="int64")  # low and high half of 128 bits
    wide[:, 0], wide[:, 1] = amounts, amounts >> 63
    return pa.Array.from_buffers(_MONEY, len(amounts), [None, pa.py_buffer(wide.tobytes())])


def cases_of(of: dict[str, Any]) -> pa.Table:
    """Return a row for each case."""
    none = pa.scalar(None, _MONEY)
    inside = pa.array(of["inside"])
    granted = sum(of[f"granted{at}"] for at in range(WISHES))
    amounts = {
        "ceiling": of["ceiling"], "spent": of["spent"], "granted": granted, "remaining": of["left"]
    }  # fmt: skip
    return pa.table({
        "case": of["case"],
        "outcome": _OUTCOMES.take(pa.array(of["outcome"])),
        "target": _TRUTHS.take(pa.array(of["target"])),
        **{name: pc.if_else(inside, kroner(one), none) for name, one in amounts.items()},
    })  # fmt: skip


def items_of(of: dict[str, Any]) -> pa.Table:
    """Return a row for each wish of those in the target group."""
    there = np.stack([of["inside"] & of[f"is{at}"] for at in range(WISHES)], axis=1).ravel()

    def column(name: str) -> Ints:
        laid: Ints = np.stack([of[f"{name}{at}"] for at in range(WISHES)], axis=1).ravel()[there]
        return laid

    rows, places = np.divmod(np.flatnonzero(there), WISHES)
    ids = pa.concat_arrays([of[f"id{at}"] for at in range(WISHES)])
    return pa.table({
        "case": of["case"].take(pa.array(rows)),
        "id": ids.take(pa.array(places * len(of["case"]) + rows)),
        "status": _STATUSES.take(pa.array(column("status"))),
        "granted": kroner(column("granted")),
        "own_payment": kroner(column("own")),
        "outside_ceiling": kroner(column("outside")),
    })  # fmt: skip


def by_case(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case."""
    _write((cases_of(decided(one)) for one in pieces(source, known)), to / "cases.parquet")


def with_items(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case, and a row for each wish."""
    items: pq.ParquetWriter | None = None
    cases: pq.ParquetWriter | None = None
    for one in pieces(source, known):
        found = decided(one)
        rows, wishes = cases_of(found), items_of(found)
        if cases is None or items is None:
            cases = pq.ParquetWriter(to / "cases.parquet", rows.schema)
            items = pq.ParquetWriter(to / "items.parquet", wishes.schema)
        cases.write_table(rows)
        items.write_table(wishes)
    for writer in (cases, items):
        if writer is not None:
            writer.close()


def pieces(source: Path, known: Known) -> Iterator[dict[str, Any]]:
    """Yield the facts of the cases of *source*, piece by piece."""
    for batch in pq.ParquetFile(source).iter_batches(_PIECE):
        yield facts(batch, known)


def _write(tables: Iterator[pa.Table], to: Path) -> None:
    first = next(tables)
    with pq.ParquetWriter(to, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)

"""The rules by hand in OpenFisca: variables with formulas over a whole population of one year.

Texts, lists and unknown are not in its model: the host reads them (:mod:`benchmarks.many.in_numpy`)
and hands over truths as numbers, 0 false, 1 unknown, 2 true. The ceiling is a parameter by date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from openfisca_core import entities, parameters, periods, simulations, taxbenefitsystems, variables

from benchmarks.many.in_numpy import cases_of, facts
from benchmarks.many.known import WISHES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.many.known import Known

    Formula = Callable[..., Any]

_TOLD = ("made", "established", "listed", "criteria_met", "helped", "spent")
_OF_A_WISH = ("is", "choosable", "value", "service", "accepts")


def _target(case: Any, period: Any) -> Any:
    ill = np.minimum(
        case("established", period),
        np.maximum(case("listed", period), case("criteria_met", period)),
    )
    return np.minimum(ill, 2 - case("helped", period))


def _inside(case: Any, period: Any) -> Any:
    return (case("target", period) == 2) & (case("made", period) > 0)


def _ceiling(_case: Any, period: Any, of: Any) -> Any:
    return of(period).ceiling


def _opening(case: Any, period: Any) -> Any:
    return np.maximum(0, case("ceiling", period) - case("spent", period))


def _left(at: int) -> Formula:
    def formula(case: Any, period: Any) -> Any:
        return case(f"left{at - 1}", period) - case(f"granted{at - 1}", period)

    return formula


def _granted(at: int) -> Formula:
    def formula(case: Any, period: Any) -> Any:
        value, left = case(f"value{at}", period), case(f"left{at}", period)
        divides = case(f"service{at}", period) | case(f"accepts{at}", period)
        there = case(f"is{at}", period) & case(f"choosable{at}", period)
        return np.where(there & ((value <= left) | divides), np.minimum(value, left), 0)

    return formula


def _short(at: int) -> Formula:
    def formula(case: Any, period: Any) -> Any:
        whole = case(f"choosable{at}", period) & (
            case(f"value{at}", period) <= case(f"left{at}", period)
        )
        return case(f"is{at}", period) & ~whole

    return formula


def _outcome(case: Any, period: Any) -> Any:
    made, target = case("made", period), case("target", period)
    short = np.logical_or.reduce([case(f"short{at}", period) for at in range(WISHES)])
    return np.select([made == 0, made == 1, target == 0, target == 1, short], [0, 1, 2, 1, 3], 4)


def _system(known: Known) -> Any:
    entity = entities.Entity("case", "cases", "", "")
    system = taxbenefitsystems.TaxBenefitSystem([entity])
    values = {f"{year}-01-01": {"value": ore} for year, ore in known.ceilings.items()}
    system.parameters = parameters.ParameterNode("", data={"ceiling": {"values": values}})

    def variable(name: str, kind: type, formula: Formula | None = None) -> None:
        parts = {
            "value_type": kind, "entity": entity, "definition_period": periods.DateUnit.YEAR,
            **({"formula": formula} if formula else {}),
        }  # fmt: skip
        system.add_variable(type(name, (variables.Variable,), parts))

    for name in _TOLD:
        variable(name, int)
    for at in range(WISHES):
        for name in _OF_A_WISH:
            variable(f"{name}{at}", int if name == "value" else bool)
        variable(f"left{at}", int, _left(at) if at else _opening)
        variable(f"granted{at}", int, _granted(at))
        variable(f"short{at}", bool, _short(at))
    variable("target", int, _target)
    variable("inside", bool, _inside)
    variable("ceiling", int, _ceiling)
    variable("outcome", int, _outcome)
    variable(f"left{WISHES}", int, _left(WISHES))
    return system


def by_case(source: Path, to: Path, known: Known) -> None:
    """Write outcome and amounts of each case; the system is set up as part of it."""
    system = _system(known)
    with_year = facts(pq.read_table(source).combine_chunks().to_batches()[0], known)
    year = with_year["year"]
    tables = [
        _of_year(system, with_year, np.flatnonzero(year == one), str(one))
        for one in np.unique(year).tolist()
    ]
    pq.write_table(pa.concat_tables(tables), to / "cases.parquet")


def _of_year(system: Any, told: dict[str, Any], rows: Any, year: str) -> pa.Table:
    simulation = simulations.SimulationBuilder().build_default_simulation(system, len(rows))
    names = [*_TOLD, *(f"{name}{at}" for name in _OF_A_WISH for at in range(WISHES))]
    for name in names:
        simulation.set_input(name, year, told[name][rows])

    def found(name: str) -> Any:
        return simulation.calculate(name, year).astype(np.int64)

    return cases_of({
        "case": told["case"].take(pa.array(rows)),
        "outcome": found("outcome"),
        "target": found("target"),
        "inside": simulation.calculate("inside", year),
        "ceiling": np.broadcast_to(found("ceiling"), rows.shape),
        "spent": told["spent"][rows],
        "left": found(f"left{WISHES}"),
        **{f"granted{at}": found(f"granted{at}") for at in range(WISHES)},
    })  # fmt: skip

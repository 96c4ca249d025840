"""Where the terms are worked out: on arrays here, or by any engine that Ibis writes for.

Every engine gets the very same terms over the very same columns; only how the rows reach it
differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from hjemmel.batch.arrays import Program
from hjemmel.batch.terms import columns_of
from hjemmel.issues import HjemmelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.batch.backends import Kept
    from hjemmel.batch.compile import Sheet

NUMBER = "row"
#: What an engine is called.
NUMPY, DUCKDB, POLARS, SPARK = "numpy", "duckdb", "polars", "spark"


class Engine(Protocol):
    """What the batch asks of an engine: a sheet over a table of columns, as a table."""

    name: str

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""

    def close(self) -> None:
        """Let go of what the engine holds."""


def needed(sheet: Sheet) -> list[str]:
    """Return the columns that *sheet* reads, in a fixed order."""
    return sorted(columns_of(sheet.outputs))


class NumPy:
    """In this process, on arrays: quickest, since nothing is planned and nothing written."""

    name = NUMPY

    def __init__(self) -> None:
        """Begin with no program."""
        self._known: dict[int, tuple[Sheet, Program]] = {}

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        if id(sheet) not in self._known:  # the sheet is kept with it, so that its id stays its own
            self._known[id(sheet)] = (sheet, Program(sheet))
        made = self._known[id(sheet)][1].run(table)
        return pa.table({NUMBER: table[NUMBER], **made})

    def close(self) -> None:
        """Let go of nothing."""


def engine_named(name: str, environment: Mapping[str, str], kept: Kept | None = None) -> Engine:
    """Return the engine called *name*, or the backend at that URL; *kept* holds its SQL.

    Raises:
        HjemmelError: there is no such engine.
        ImportError: what it needs is not installed.
    """
    if name == NUMPY:
        return NumPy()
    if ":" not in name and name not in (DUCKDB, POLARS, SPARK):
        raise HjemmelError("batch-engine", name=name)
    from hjemmel.batch import backends  # noqa: PLC0415 - Ibis is slow to import

    if name == DUCKDB:
        return backends.DuckDB(kept)
    if name == POLARS:
        return backends.Polars()
    if name == SPARK or name.startswith("spark://"):
        master = "local[*]" if name == SPARK else name
        return backends.Spark(master, environment.get("HJEMMEL_SPARK_FOLDER"), kept)
    return backends.ByUrl(name)

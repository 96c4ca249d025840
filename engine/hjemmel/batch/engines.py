"""Where the terms are worked out: on arrays here, or by any engine that Ibis writes for.

Every engine gets the very same terms over the very same columns; only how the rows reach it
differs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hjemmel.batch.address import without_password
from hjemmel.batch.arrays import Program, read, read_own
from hjemmel.batch.narrow import NOTHING_KNOWN
from hjemmel.batch.terms import columns_of, plain_name, read_by
from hjemmel.issues import HjemmelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.batch.backends import Kept
    from hjemmel.batch.cases import Cases, Group
    from hjemmel.batch.compile import Sheet
    from hjemmel.batch.narrow import Known

NUMBER = "row"
#: What an engine is called.
NUMPY, DUCKDB, POLARS, SPARK = "numpy", "duckdb", "polars", "spark"


class Engine(ABC):
    """What the batch asks of an engine: a sheet over a table of columns, as a table."""

    name: str
    #: Whether it leaves the other cores idle, and another process may have one like it.
    on_one_core = False

    @abstractmethod
    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""

    def numbers(
        self, sheet: Sheet, cases: Cases, places: np.ndarray, own: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return the outputs of *sheet* by name, for the *cases* at *places*.

        *own* are columns with a value for each of *places* instead of each case.
        """
        at = pa.array(places)
        table: dict[str, Any] = {NUMBER: pa.array(np.arange(len(places)))}
        for name in sorted(columns_of(sheet.outputs)):
            column = pa.array(own[name]) if name in own else cases.column(name).take(at)
            table[plain_name(name)] = column
        made = self.work_out(sheet, pa.table(table))
        return {name: np.array(made[plain_name(name)].to_numpy()) for name in sheet.outputs}

    @abstractmethod
    def close(self) -> None:
        """Let go of what the engine holds."""


class NumPy(Engine):
    """In this process, on arrays: quickest, since nothing is planned and nothing written."""

    name = NUMPY
    on_one_core = True

    def __init__(self) -> None:
        """Begin with no program."""
        self._known: dict[int, tuple[Sheet, Program]] = {}
        self._narrowed: dict[tuple[int, Known], Program] = {}

    def _program(self, sheet: Sheet, known: Known = NOTHING_KNOWN) -> Program:
        if id(sheet) not in self._known:  # the sheet is kept with it, so that its id stays its own
            self._known[id(sheet)] = (sheet, Program(sheet.outputs))
        whole = self._known[id(sheet)][1]
        if known == NOTHING_KNOWN:
            return whole
        key = (id(sheet), known)
        if key not in self._narrowed:
            self._narrowed[key] = Program(known.narrowed(sheet.outputs), whole.kinds)
        return self._narrowed[key]

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        program = self._program(sheet)
        leaves = {one: read(one, table[plain_name(*read_by(one))]) for one in program.leaves}
        made = program.run(leaves, table.num_rows)
        return pa.table(
            {NUMBER: table[NUMBER], **{plain_name(name): one for name, one in made.items()}}
        )

    def numbers(
        self, sheet: Sheet, cases: Cases, places: np.ndarray, own: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return the outputs of *sheet*; what a case tells is read once, whatever its runs.

        Cases that lie side by side and are alike share a program, narrower than that of all.
        """
        if len(cases.groups) == 1 or (places[1:] < places[:-1]).any():
            return self._run(sheet, cases, cases.whole, places, own)
        edges = np.searchsorted(places, [one.start for one in cases.groups] + [len(cases.rows)])
        made = [
            self._run(
                sheet, cases, group, places[first:end],
                {name: one[first:end] for name, one in own.items()},
            )
            for group, first, end in zip(cases.groups, edges[:-1], edges[1:], strict=True)
            if first < end
        ]  # fmt: skip
        return {name: np.concatenate([one[name] for one in made]) for name in sheet.outputs}

    def _run(
        self, sheet: Sheet, cases: Cases, group: Group, places: np.ndarray,
        own: Mapping[str, np.ndarray],
    ) -> dict[str, np.ndarray]:  # fmt: skip
        program = self._program(sheet, group.known)
        leaves, owned = {}, {}
        for term in program.leaves:
            (name,) = read_by(term)
            if name in own:
                owned[term] = read_own(term, own[name])
            else:
                leaves[term] = cases.leaf(term, group)
        at = places - group.start
        every = len(at) == group.count and np.array_equal(at, np.arange(len(at)))
        return program.run(leaves, len(at), None if every else at, owned)

    def close(self) -> None:
        """Let go of nothing."""


def engine_named(name: str, environment: Mapping[str, str], kept: Kept | None = None) -> Engine:
    """Return the engine called *name*, or the backend at that URL; *kept* holds its SQL.

    Raises:
        HjemmelError: there is no such engine, or nothing answers at its URL.
        ImportError: what it needs is not installed.
    """
    if name == NUMPY:
        return NumPy()
    if "://" not in name and name not in (DUCKDB, POLARS, SPARK):
        raise HjemmelError("batch-engine", name=name)
    try:
        return _by_ibis(name, environment, kept)
    except ImportError:
        raise
    except Exception as error:  # each backend has errors of its own
        raise HjemmelError("batch-engine-url", name=without_password(name)) from error


def _by_ibis(name: str, environment: Mapping[str, str], kept: Kept | None) -> Engine:
    from hjemmel.batch import backends  # noqa: PLC0415 - Ibis is slow to import

    kind = name.partition("://")[0]
    if kind == DUCKDB:
        return backends.DuckDB(kept, name if "://" in name else f"{DUCKDB}://")
    if kind == POLARS:
        return backends.Polars()
    if kind == SPARK:
        master = "local[*]" if name == SPARK else name
        return backends.Spark(master, environment.get("HJEMMEL_SPARK_FOLDER"), kept)
    return backends.ByUrl(name)

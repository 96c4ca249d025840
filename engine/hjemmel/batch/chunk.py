"""One chunk of the batch: the table first, and what it leaves to the single case alone."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hjemmel.batch.alone import Alone, Rejected, wanted
from hjemmel.batch.answers import BY_TABLE
from hjemmel.batch.calendar import Calendar
from hjemmel.batch.columns import Reader
from hjemmel.batch.decide import TableDecider
from hjemmel.batch.layout import layout_of
from hjemmel.batch.parts import Counts, Part
from hjemmel.batch.rows import rows_of, table_of
from hjemmel.batch.scope import Widths
from hjemmel.batch.workers import Workers
from hjemmel.decide.budget import UNDECIDED

if TYPE_CHECKING:
    from pathlib import Path

    from hjemmel.batch.alone import Told
    from hjemmel.batch.engines import Engine
    from hjemmel.batch.sources import Chunk
    from hjemmel.policy.book import RuleBook

#: Longer lists than these are decided alone; they are rare, and every place costs every row.
WIDTHS = Widths(of={"wishes": 5, "previous_help": 3, "earlier_grants": 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted of a batch.

    *missing* is whether what to ask for is searched for; *items* whether what each wish came to is
    written; *sample* how many rows are explained, of those that *where* names; *processes* how
    many may share the work.
    """

    source: str
    path: Path
    to: Path
    rejects: Path
    explained: Path | None = None
    municipality: str = ""
    missing: bool = True
    items: bool = True
    sample: int = 0
    where: tuple[str, str] | None = None
    lang: str = "da"
    processes: int = 1


class ChunkDecider:
    """Decides the chunks of an order, one after the other."""

    def __init__(self, book: RuleBook, order: Order, engine: Engine, processes: int = 1) -> None:
        """Take the rules, what is wanted, the *engine* of the table, and who helps alone."""
        self._order = order
        calendar = Calendar(book, order.municipality)
        self._reader = Reader(book, layout_of(book.schemas), WIDTHS)
        self._table = TableDecider(engine, calendar, WIDTHS)
        alone = Alone(book, calendar, missing=order.missing, lang=order.lang)
        self._alone = Workers(alone, processes)

    def close(self) -> None:
        """End the processes that help."""
        self._alone.close()

    def part(self, chunk: Chunk) -> Part:
        """Return what *chunk* comes to.

        Raises:
            BackendError: the table and the single case disagree, or a process was ended.
        """
        told = self._reader.read(chunk.table)
        answers = self._table.decide(told)
        kept = np.flatnonzero((answers.how == BY_TABLE) & ~told.aside)
        asks_for_status = self._order.where is not None and self._order.where[0] == "status"
        rows = rows_of(answers, kept, told, items=self._order.items or asks_for_status)
        table = self._with_missing(rows, chunk, kept)
        lines = np.asarray(chunk.lines, dtype="int64")[kept]
        aside = [(chunk.lines[at], chunk.case(at)) for at in np.flatnonzero(told.aside).tolist()]
        rejects, alone_lines, alone = [], [], []
        left = sorted([*aside, *chunk.odd], key=lambda one: one[0])
        for (line, _), row in zip(left, self._alone.each("decided", left), strict=True):
            if isinstance(row, Rejected):
                rejects.append(asdict(row))
            else:
                alone_lines.append(line)
                alone.append(row)
        if alone:
            lines = np.concatenate([lines, alone_lines])
            order = np.argsort(lines, kind="stable")
            table = pa.concat_tables([table, table_of(alone)]).take(pa.array(order))
            lines = lines[order]
        counts = Counts(
            rows=chunk.rows, by_table=len(kept), alone=len(alone), rejected=len(rejects),
            outcomes=_counted(table["outcome"]),
        )  # fmt: skip
        explained = self._explained(chunk, table, lines)
        if not self._order.items:
            table = _without(table, "items")
        return Part(answers=table, counts=counts, rejects=rejects, explained=explained)

    def _with_missing(self, table: pa.Table, chunk: Chunk, kept: np.ndarray) -> pa.Table:
        """Return *table* with what to ask for, where a case has to be asked at all."""
        at_column = table.schema.get_field_index("missing")
        field = table.schema.field("missing")
        if not self._order.missing:
            return table
        found: list[list[str]] = [[]] * table.num_rows
        is_open = pc.is_in(table["outcome"], pa.array(sorted(UNDECIDED)))
        asked = np.flatnonzero(is_open.to_numpy(zero_copy_only=False))
        outcomes = table["outcome"].take(pa.array(asked)).to_pylist()
        tasks = zip(map(chunk.case, kept[asked].tolist()), outcomes, strict=True)
        for at, paths in zip(asked.tolist(), self._alone.each("missing", tasks), strict=True):
            found[at] = paths
        return table.set_column(at_column, field, pa.array(found, field.type))

    def _explained(
        self, chunk: Chunk, table: pa.Table, lines: np.ndarray
    ) -> list[tuple[str, dict[str, Any]]]:
        """Return the explanations of the chosen rows; a sample takes the least of fixed keys."""
        order = self._order
        if order.explained is None:
            return []
        chosen = [
            (_key(line), line)
            for line, row in zip(lines.tolist(), table.to_pylist(), strict=True)
            if wanted(row, order.where)
        ] if order.where else [(_key(line), line) for line in lines.tolist()]  # fmt: skip
        if order.sample:
            chosen = sorted(sorted(chosen)[: order.sample], key=lambda one: one[1])
        as_told = _by_line(chunk, {line for _, line in chosen})
        tasks = ((as_told[line],) for _, line in chosen)
        documents = self._alone.each("explained", tasks)
        return [(key, one) for (key, _), one in zip(chosen, documents, strict=True)]


def _without(table: pa.Table, name: str) -> pa.Table:
    """Return *table* with nothing in column *name*."""
    at, field = table.schema.get_field_index(name), table.schema.field(name)
    return table.set_column(at, field, pa.nulls(table.num_rows, field.type))


def _counted(outcomes: pa.ChunkedArray) -> dict[str, int]:
    """Return how often there is each of *outcomes*."""
    pairs = outcomes.value_counts().to_pylist()
    return dict(sorted((one["values"], one["counts"]) for one in pairs))


def _by_line(chunk: Chunk, lines: set[int]) -> dict[int, Told]:
    found = {line: told for line, told in chunk.odd if line in lines}
    found.update((line, chunk.case(at)) for at, line in enumerate(chunk.lines) if line in lines)
    return found


def _key(line: int) -> str:
    """Return a key by which a sample is drawn: the same for the same line, in no other order."""
    return hashlib.sha256(str(line).encode()).hexdigest()[:16]

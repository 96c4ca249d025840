"""The batch: cases in, answers out, chunk by chunk, with nothing dropped on the way."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from hjemmel.batch.chunk import ChunkDecider
from hjemmel.batch.layout import layout_of
from hjemmel.batch.parts import Counts, Parts
from hjemmel.batch.shared import SharedChunks
from hjemmel.batch.sources import chunks_of
from hjemmel.decide.version import engine_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hjemmel.batch.chunk import Order
    from hjemmel.batch.engines import Engine
    from hjemmel.policy.book import RuleBook


def run_batch(
    book: RuleBook, order: Order, engine: Engine,
    watch: Callable[[Iterable[Counts]], Iterable[Counts]] = lambda done: done,
) -> Counts:  # fmt: skip
    """Decide every case of *order* on *engine* and write the answers; return the counts.

    *watch* is shown the counts of each chunk when its answers are written.

    Raises:
        HjemmelError: the input cannot be read at all, or the output has no known format.
        BackendError: the table and the single case disagree, or a process was ended; no output
            is given.
    """
    chunks = chunks_of(order.source, order.path, layout_of(book.schemas))
    parts, total = Parts(order.to, _fingerprint(book, order)), Counts()
    with (
        closing(ChunkDecider(book, order, engine, order.processes)) as here,
        closing(SharedChunks(here, parts, (book, order, engine))) as work,
    ):
        for counts in watch(work.counted(chunks)):
            total.add(counts)
    parts.put_together(work.count, order.rejects, order.explained, order.sample)
    return total


def _fingerprint(book: RuleBook, order: Order) -> dict[str, object]:
    """Return what parts of an earlier run must have been made from, to be parts of this one."""
    return {
        "input": order.source,
        "changed": _changed(order.path),
        "rules": book.digest(order.municipality),
        "engine": engine_version(),
        "missing": order.missing,
        "explained": [order.sample, list(order.where or ())],
    }


def _changed(path: Path) -> list[list[int]]:
    """Return the size and the time of change of what is at *path*, if it is a file or folder."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path] if path.exists() else []
    return [[one.stat().st_size, one.stat().st_mtime_ns] for one in files]

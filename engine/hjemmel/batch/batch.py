"""The batch: cases in, answers out, chunk by chunk, with nothing dropped on the way."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from hjemmel.batch.chunk import ChunkDecider
from hjemmel.batch.layout import layout_of
from hjemmel.batch.parts import Counts, Parts
from hjemmel.batch.places import check_places, fingerprint_of, held
from hjemmel.batch.shared import SharedChunks
from hjemmel.batch.sources import chunks_of
from hjemmel.decide.version import engine_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
        HjemmelError: the input cannot be read at all, or the output cannot be written.
        BackendError: the table and the single case disagree, or a process was ended; no output
            is given.
    """
    check_places(order)
    with held(order.to):
        return _run(book, order, engine, watch)


def _run(
    book: RuleBook, order: Order, engine: Engine,
    watch: Callable[[Iterable[Counts]], Iterable[Counts]],
) -> Counts:  # fmt: skip
    chunks = chunks_of(order.source, order.path, layout_of(book.schemas))
    parts, total = Parts(order.to, _fingerprint(book, order)), Counts()
    try:
        with (
            closing(ChunkDecider(book, order, engine, order.processes)) as here,
            closing(SharedChunks(here, parts, (book, order, engine))) as work,
        ):
            for counts in watch(work.counted(chunks)):
                total.add(counts)
    except BaseException:
        parts.leave()
        raise
    parts.put_together(work.count, order.rejects, order.explained, order.sample)
    return total


def _fingerprint(book: RuleBook, order: Order) -> dict[str, object]:
    """Return what parts of an earlier run must have been made from, to be parts of this one."""
    return {
        **fingerprint_of(order),
        "rules": book.digest(order.municipality),
        "engine": engine_version(),
        "missing": order.missing,
        "items": order.items,
        "explained": [order.explained is not None, order.sample, list(order.where or ())],
        "lang": order.lang,
    }

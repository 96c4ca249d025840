"""Whole chunks, shared between processes where there are many of them.

The table works on one core, and chunks have nothing to do with each other. What is searched for
case by case is shared case by case instead (``workers.py``): that is dearer than all of the table.
"""

from __future__ import annotations

import pickle
from collections import deque
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from hjemmel.batch.chunk import ChunkDecider
from hjemmel.batch.workers import end_with_parent, spawned, use_memory_again
from hjemmel.issues import BackendError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future, ProcessPoolExecutor

    from hjemmel.batch.chunk import Order
    from hjemmel.batch.engines import Engine
    from hjemmel.batch.parts import Counts, Parts
    from hjemmel.batch.sources import Chunk
    from hjemmel.policy.book import RuleBook

#: With fewer chunks than this the processes would take longer to start than they save.
WORTH_SHARING = 4
#: Each process holds a chunk and its answers, so there are not more of them, whatever the cores.
_MOST = 3


class SharedChunks:
    """Decides chunks here, or in processes when there are enough of them."""

    def __init__(
        self, here: ChunkDecider, parts: Parts, given: tuple[RuleBook, Order, Engine]
    ) -> None:
        """Take who decides *here*, where *parts* are written, and what a process must be given."""
        _, order, engine = given
        self._here, self._parts, self._given = here, parts, given
        shares = engine.on_one_core and not order.missing
        self._processes = min(order.processes, _MOST) if shares else 1
        self._pool: ProcessPoolExecutor | None = None
        #: How many chunks there were.
        self.count = 0

    def close(self) -> None:
        """End the processes; what still waits for them is left undone."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def counted(self, chunks: Iterable[Chunk]) -> Iterator[Counts]:
        """Yield the counts of each of *chunks* when its part is written, in no fixed order.

        A part that an earlier run has written is not written again.

        Raises:
            BackendError: a process ended before its work did, or what the chunk itself raises.
        """
        held: deque[tuple[int, Chunk]] = deque()
        asked: deque[Future[Counts]] = deque()
        for number, chunk in enumerate(chunks):
            self.count = number + 1
            counts = self._parts.done(number)
            if counts is not None:
                yield counts
                continue
            held.append((number, chunk))
            if self._processes == 1:
                yield from self._done_here(held)
            elif asked or len(held) >= WORTH_SHARING:
                yield from self._handed_over(held, asked)
        if asked:
            yield from self._handed_over(held, asked, wait_for=0)
        yield from self._done_here(held)

    def _done_here(self, held: deque[tuple[int, Chunk]]) -> Iterator[Counts]:
        while held:
            yield written(self._here, self._parts, *held.popleft())

    def _handed_over(
        self,
        held: deque[tuple[int, Chunk]],
        asked: deque[Future[Counts]],
        wait_for: int | None = None,
    ) -> Iterator[Counts]:
        """Hand the chunks *held* over; yield what was *asked* before, until few are waited for."""
        if self._pool is None:
            book, order, engine = self._given
            given = pickle.dumps((book, order, type(engine), self._parts))
            self._pool = spawned(self._processes, _begin, given)
        most = self._processes + 1 if wait_for is None else wait_for
        try:
            while held:
                asked.append(self._pool.submit(_work, *held.popleft()))
            while len(asked) > most:
                yield asked.popleft().result()
        except BrokenProcessPool as error:
            raise BackendError("batch-process-lost", None, file="") from error


def written(decider: ChunkDecider, parts: Parts, number: int, chunk: Chunk) -> Counts:
    """Let *decider* decide *chunk*, write it as part *number*, and return its counts."""
    part = decider.part(chunk)
    parts.write(number, part)
    return part.counts


# --- in the other process -----------------------------------------------------------------

_MINE: list[tuple[ChunkDecider, Parts]] = []


def _begin(given: bytes) -> None:
    """Make ready to decide chunks, and end when the one who asks has ended."""
    end_with_parent()
    use_memory_again()
    book, order, engine, parts = pickle.loads(given)  # noqa: S301 - written by our own process
    _MINE.append((ChunkDecider(book, order, engine()), parts))


def _work(number: int, chunk: Chunk) -> Counts:
    decider, parts = _MINE[0]
    return written(decider, parts, number, chunk)

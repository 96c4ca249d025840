"""Processes of our own for what is done case by case, so that every core has work.

They are spawned and not forked: a fork would take over the threads and locks of DuckDB, Spark
and Arrow in the middle of something. Each is given the rules as they were read and checked here
and looks at cases alone; no engine for tables is loaded there. What comes back is in the order in
which it was asked for, so nothing written depends on how many processes there are.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from hjemmel.issues import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from hjemmel.batch.alone import Alone

    #: What is given to a method of :class:`Alone`.
    Task = tuple[Any, ...]

#: With fewer cases than this the processes take longer to start than the work does.
WORTH_STARTING = 600
#: How many cases are handed over together, and how many such lots wait for each process.
_LOT, _WAITING = 20, 3


def use_memory_again() -> None:
    """Let Arrow take its memory as this process does, for the life of the process.

    A chunk is as large as the one before. Arrow's own allocator gives memory back between them, and
    it costs a tenth of the batch to get it again.
    """
    import pyarrow as pa  # noqa: PLC0415 - a process that looks at cases alone has no arrays

    pa.set_memory_pool(pa.system_memory_pool())


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Does what is done case by case: here, or in several processes where it is worth it."""

    def __init__(self, alone: Alone, processes: int) -> None:
        """Take who decides *alone*, and how many *processes* may be started; one is this one."""
        self._alone, self._processes = alone, processes
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End the processes; what still waits for them is left undone."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def each(self, method: str, tasks: Iterable[Task]) -> Iterator[Any]:
        """Yield what *method* of the single case gives for each of *tasks*, in their order.

        Raises:
            BackendError: a process ended before its work did.
        """
        waiting = iter(tasks)
        first = list(islice(waiting, WORTH_STARTING)) if self._pool is None else []
        if self._processes == 1 or (self._pool is None and len(first) < WORTH_STARTING):
            for task in first:
                yield getattr(self._alone, method)(*task)
            for task in waiting:
                yield getattr(self._alone, method)(*task)
            return
        try:
            yield from self._in_processes(method, _lots(first, waiting))
        except BrokenProcessPool as error:
            raise BackendError("batch-process-lost", None, file="") from error

    def _in_processes(self, method: str, lots: Iterator[list[Task]]) -> Iterator[Any]:
        if self._pool is None:
            self._pool = spawned(self._processes, _begin, pickle.dumps(self._alone))
        asked: deque[Future[list[Any]]] = deque()
        for lot in lots:
            asked.append(self._pool.submit(_work, method, lot))
            if len(asked) > _WAITING * self._processes:
                yield from asked.popleft().result()
        while asked:
            yield from asked.popleft().result()


def spawned(processes: int, begin: Callable[[bytes], None], given: bytes) -> ProcessPoolExecutor:
    """Return a pool of *processes*, each of which begins with what it is *given*."""
    return ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=begin,
        initargs=(given,),
    )


def _lots(first: list[Task], others: Iterator[Task]) -> Iterator[list[Task]]:
    """Yield the tasks of *first* and then *others*, some at a time."""
    for at in range(0, len(first), _LOT):
        yield first[at : at + _LOT]
    while lot := list(islice(others, _LOT)):
        yield lot


# --- in the other process -----------------------------------------------------------------

_ALONE: list[Alone] = []


def _begin(alone: bytes) -> None:
    """Make ready to look at cases: take the rules, and end when the one who asks has ended."""
    end_with_parent()
    _ALONE.append(pickle.loads(alone))  # noqa: S301 - written by the process that started this one


def end_with_parent() -> None:
    """Let this process end when the one that started it has ended, and not before.

    Whoever breaks off breaks off the command; it ends its processes itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_when_parent_has, daemon=True).start()


def _end_when_parent_has() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(method: str, lot: list[Task]) -> list[Any]:
    work = getattr(_ALONE[0], method)
    return [work(*task) for task in lot]

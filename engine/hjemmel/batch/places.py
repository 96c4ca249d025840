"""Files that are written: seen to before the work begins, and there whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from itertools import combinations
from typing import TYPE_CHECKING
from uuid import uuid4

from hjemmel.batch.address import file_behind, without_password
from hjemmel.issues import HjemmelError
from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hjemmel.batch.chunk import Order


#: The endings of what a database has been told last, and has not yet put into its file.
_WRITTEN_LAST = (".wal", "-wal", "-journal")


def check_places(order: Order) -> None:
    """Check that the files of *order* can be written, and that none is written over another.

    Raises:
        HjemmelError: one is a folder, or is another one of them.
        OSError: its folder cannot be made or written in.
    """
    written = {"batch-answers": order.to, "batch-rejects": order.rejects}
    if order.explained is not None:
        written["batch-explanations"] = order.explained
    named = [*written.items(), *(("batch-source", one) for one in _read(order))]
    for (one, path), (other, its) in combinations(named, 2):
        if path.resolve() == its.resolve():
            fields = {
                "file": str(path),
                "one": words(one, order.lang),
                "other": words(other, order.lang),
            }
            raise HjemmelError("batch-same-file", **fields)
    for path in written.values():
        if path.is_dir():
            raise HjemmelError("batch-is-folder", file=str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, "", str(path.parent))


@contextmanager
def held(to: Path) -> Iterator[None]:
    """Hold the output *to* while it is made: two runs at once would mix their parts.

    A system that has no such locks is trusted to be asked for one run at a time.

    Raises:
        HjemmelError: another run is making it.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - not there on every system

    path = to.with_name(f".{to.name}.optaget")
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HjemmelError("batch-busy", file=str(to)) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)  # a run that is killed leaves it, and nobody holds it


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Give a place to write to; what is there afterwards takes the name *path* in one move.

    The folder is made. What is broken off leaves nothing, and what was at *path* stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.ny")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def fingerprint_of(order: Order) -> dict[str, object]:
    """Return what tells the input of *order* from another, or from itself when it has changed.

    Nobody can see whether a table on a server has changed, or in which order its rows will come:
    such a run begins afresh each time.
    """
    files = [[one.stat().st_size, one.stat().st_mtime_ns] for one in _read(order)]
    return {"input": without_password(order.source), "changed": files or uuid4().hex}


def _read(order: Order) -> list[Path]:
    """Return the files that the cases of *order* are read from."""
    if "://" in order.source:
        file = file_behind(order.source.partition("#")[0])
        if file is None:
            return []
        beside = [file.with_name(f"{file.name}{one}") for one in _WRITTEN_LAST]
        return [one for one in (file, *beside) if one.is_file()]
    if order.path.is_dir():
        return sorted(order.path.glob("*.parquet"))
    return [order.path]

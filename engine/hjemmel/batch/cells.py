"""Rows of cells to cases: CSV files and tables in databases, a column for each thing told.

A row gives its line, the case as it was told, and the case as data if it can be read so quickly.
What is told may be the error that says why there is no case in the row.
"""

from __future__ import annotations

import copy
import csv
import json
import warnings
from contextlib import closing, contextmanager
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from hjemmel.batch.address import file_behind, without_password
from hjemmel.issues import DataNotFoundError, HjemmelError
from hjemmel.policy.load import MAX_DEPTH
from hjemmel.policy.schema import close_to

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from hjemmel.batch.alone import Told
    from hjemmel.batch.layout import Layout

    Row = tuple[int, Told, dict[str, Any] | None]

#: A cell may be as long as a case; the reader of cases has a limit of its own, and says so.
_LONGEST_CELL = 2**31 - 1
#: How many rows a database is asked for at a time.
_FETCHED = 10_000
#: What bytes that are not UTF-8 are read as, so that only their own row is refused.
_FIRST_STRAY, _LAST_STRAY = "\udc80", "\udcff"


# --- CSV -----------------------------------------------------------------------------------


def csv_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """Yield the rows of *path*; its heading shows whether commas, semicolons or tabs part them.

    Raises:
        HjemmelError: the heading is not one of cases, or the file is no CSV.
    """
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        heading = file.readline()
        if _has_stray(heading):
            raise HjemmelError("batch-not-utf8", file=path.name)
        file.seek(0)
        between = next((one for one in ",;\t" if one in heading), ",")
        rows = _numbered(csv.reader(file, delimiter=between), path.name)
        _, header = next(rows, (1, list[str]()))
        check_columns(header, layout, path.name)
        for line, row in rows:
            yield _from_cells(line, header, row, layout)


def _numbered(rows: Any, name: str) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """Yield each row that is not empty with the line on which it begins."""
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise HjemmelError("batch-csv", file=name, line=str(line)) from error
        if row is None:
            return
        if row:
            yield line, row


def _from_cells(line: int, header: list[str], row: list[str], layout: Layout) -> Row:
    if any(map(_has_stray, row)):
        return line, HjemmelError("file-not-utf8"), None
    if len(row) != len(header):
        counts = {"count": str(len(row)), "wanted": str(len(header))}
        return line, HjemmelError("batch-cells", **counts), None
    return _row(line, dict(zip(header, row, strict=True)), layout)


def _has_stray(text: str) -> bool:
    return not text.isascii() and any(_FIRST_STRAY <= one <= _LAST_STRAY for one in text)


# --- cells -----------------------------------------------------------------------------------


def _row(line: int, cells: Mapping[str, Any], layout: Layout) -> Row:
    try:
        told = nested(cells, layout)
        return line, told, copy.deepcopy(told)
    except HjemmelError as error:
        return line, error, None
    except RecursionError:
        return line, HjemmelError("file-too-deep", limit=str(MAX_DEPTH)), None


def nested(cells: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """Return a case from *cells* by path; an empty cell is not told, an empty list is ``[]``.

    Raises:
        HjemmelError: a list tells the same thing of an element twice.
    """
    case: dict[str, Any] = {}
    for path, cell in cells.items():
        if cell is None or cell == "":
            continue
        group, _, key = path.partition(".")
        if not key:
            case[group] = _list_in(cell, group) if group in layout.lists else cell
        else:
            one = layout.groups[group][key]
            case.setdefault(group, {})[key] = _truth_in(cell) if one.kind == "truth" else cell
    return case


def _list_in(cell: Any, column: str) -> Any:  # noqa: ANN401
    if not isinstance(cell, str):
        return cell

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        element = dict(pairs)
        if len(element) != len(pairs):
            names = [key for key, _ in pairs]
            twice = next(key for key in names if names.count(key) > 1)
            raise HjemmelError("batch-key-twice", name=twice, column=column)
        return element

    try:
        return json.loads(cell, object_pairs_hook=once)
    except ValueError:
        return cell  # read alone, the case says that this is no list


def _truth_in(cell: Any) -> Any:  # noqa: ANN401
    if not isinstance(cell, str):
        return cell
    return {"true": True, "false": False}.get(cell.strip().lower(), cell)


def check_columns(names: Collection[str], layout: Layout, where: str) -> None:
    """Check that *names* are what a case tells, each once, and that none is missing that must be.

    Raises:
        HjemmelError: they are not.
    """
    known = {
        *layout.top, *layout.lists,
        *(f"{group}.{key}" for group, fields in layout.groups.items() for key in fields),
    }  # fmt: skip
    check_known(names, known, where)
    check_there(layout.top, names, where)


def check_known(names: Collection[str], known: Collection[str], where: str) -> None:
    """Check that each of *names* is *known* and there once.

    Raises:
        HjemmelError: one is not.
    """
    for at, name in enumerate(names):
        if name not in known:
            close = close_to(name, known)
            raise HjemmelError("batch-column", name=name, file=where, close=close)
        if name in list(names)[:at]:
            raise HjemmelError("batch-column-twice", name=name, file=where)


def check_there(wanted: Iterable[str], names: Collection[str], where: str) -> None:
    """Check that every one of *wanted* is among *names*.

    Raises:
        HjemmelError: one is not.
    """
    for name in wanted:
        if name not in names:
            raise HjemmelError("batch-column-missing", name=name, file=where)


# --- tables in databases -----------------------------------------------------------------------


def database_rows(url: str, layout: Layout) -> Iterator[Row]:
    """Yield the rows of a table: ``URL#TABLE``, columns as in a CSV file.

    Raises:
        DataNotFoundError: there is no such database or table, or nothing here can read it.
        HjemmelError: it has columns that a case has not.
    """
    address, _, name = url.partition("#")
    shown = without_password(url)
    backend = _connected(address)
    try:
        with _library_alone():
            table = backend.table(name)
    except Exception as error:  # each backend has errors of its own
        raise DataNotFoundError("batch-table", name=name, url=without_password(address)) from error
    check_columns(table.columns, layout, shown)
    truths = {name for name, kind in table.schema().items() if kind.is_boolean()}
    # By the cursor every database has: the library's own way of reading in batches asks for a
    # method that DuckDB 2 has lost.
    with closing(backend.raw_sql(backend.compile(table))) as cursor:
        rows = chain.from_iterable(iter(lambda: cursor.fetchmany(_FETCHED), []))
        for line, row in enumerate(rows, 1):
            cells = {
                name: _cell(value, truth=name in truths)
                for name, value in zip(table.columns, row, strict=True)
            }
            yield _row(line, cells, layout)


def _connected(address: str) -> Any:  # noqa: ANN401 - any backend
    import ibis  # noqa: PLC0415 - only where a database is read

    shown, file = without_password(address), file_behind(address)
    if file is not None and not file.is_file():
        raise DataNotFoundError("file-missing", file=str(file))  # a library would make it
    try:
        with _library_alone():
            return ibis.connect(_to_be_read(address))
    except ImportError as error:
        driver = shown.partition("://")[0]
        raise DataNotFoundError("batch-database-driver", url=shown, name=driver) from error
    except Exception as error:  # each backend has errors of its own
        raise DataNotFoundError("batch-database", url=shown) from error


@contextmanager
def _library_alone() -> Iterator[None]:
    """Leave the library alone with the names it asks DuckDB by, which DuckDB means to retire."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _to_be_read(address: str) -> str:
    """Return *address*, for DuckDB so that nothing can be written: it would lock others out."""
    alone = address.startswith("duckdb://") and "?" not in address and file_behind(address)
    return f"{address}?read_only=true" if alone else address


def _cell(value: Any, *, truth: bool) -> Any:  # noqa: ANN401 - what a database holds
    """Return *value* as a case tells it: days and amounts as texts; a float stays one.

    A database without truths of its own keeps them as nought and one.
    """
    if truth and value in (0, 1):
        return bool(value)
    return plain(value)


def plain(value: Any) -> Any:  # noqa: ANN401 - any data
    """Return *value* with days and amounts as texts, and without what is not told."""
    if isinstance(value, dict):
        kept = {key: plain(one) for key, one in value.items() if one is not None}
        return {key: one for key, one in kept.items() if one != {}}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        kroner, _, rest = f"{value:f}".partition(".")
        return f"{kroner}.{rest.rstrip('0').ljust(2, '0')}"
    # A float stays one, to be refused: nobody knows which amount it was.
    return value if value is None or isinstance(value, bool | str | int | float) else str(value)

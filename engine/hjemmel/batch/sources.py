"""Where cases come from: JSONL, CSV, Parquet (nested or two tables) or a table in a database.

Every source gives chunks of nested rows with their line numbers. A line that the quick reader
does not take as it stands is passed on as it is, to be read alone: nothing is dropped here.
"""

from __future__ import annotations

import copy
import csv
import itertools
import json
import warnings
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from hjemmel.batch.layout import RECIPIENT, layout_of
from hjemmel.issues import DataNotFoundError, HjemmelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hjemmel.batch.alone import Told
    from hjemmel.batch.layout import Layout
    from hjemmel.policy.book import RuleBook

#: Rows to a chunk: text takes more room than columns.
TEXT_CHUNK, COLUMN_CHUNK = 50_000, 250_000
_CASES, _WISHES = "cases.parquet", "wishes.parquet"


@dataclass(slots=True)
class Chunk:
    """Some rows of the input: nested, with their *lines*; *odd* ones must be read alone."""

    table: pa.Table
    lines: list[int] | range
    odd: list[tuple[int, Told]] = field(default_factory=list)
    told: list[Told] | None = None

    def case(self, at: int) -> Told:
        """Return row *at* as it was told."""
        if self.told is not None:
            return self.told[at]
        return contract_row(self.table.slice(at, 1).to_pylist()[0])

    @property
    def rows(self) -> int:
        """Return how many rows there are, odd ones with them."""
        return int(self.table.num_rows) + len(self.odd)


def contract_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of typed columns as the contract writes it: amounts and days as texts."""
    plain: dict[str, Any] = _plain(row)
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - any data
    if isinstance(value, dict):
        kept = {key: _plain(one) for key, one in value.items() if one is not None}
        return {key: one for key, one in kept.items() if one != {}}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | str | int) else str(value)


# --- rows of data ------------------------------------------------------------------------------


class RowReader:
    """Takes plain rows that have the contract's shape to the letter; others are odd."""

    def __init__(self, layout: Layout) -> None:
        """Make the types that the contract's shape stands for."""
        self._schema = layout.arrow()
        self._type = _case_type(layout)

    def chunk(self, rows: Iterable[tuple[int, Told, dict[str, Any] | None]]) -> Chunk:
        """Return the chunk of *rows*: line, as told, and as data if it could be read at all."""
        lines: list[int] = []
        told: list[Told] = []
        kept: list[dict[str, Any]] = []
        odd: list[tuple[int, Told]] = []
        for line, as_told, data in rows:
            if data is not None and self._has_shape(data):
                lines.append(line)
                told.append(as_told)
                kept.append(_without_evidence(data))
            else:
                odd.append((line, as_told))
        return Chunk(pa.Table.from_pylist(kept, schema=self._schema), lines, odd, told)

    def _has_shape(self, data: dict[str, Any]) -> bool:
        try:
            msgspec.convert(data, self._type)
        except (msgspec.ValidationError, RecursionError):
            return False
        return True


def _case_type(layout: Layout) -> Any:  # noqa: ANN401 - types made at run time
    kinds = {"truth": bool}

    def struct(name: str, fields: Mapping[str, Any], required: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
        made: list[Any] = [(key, kind) for key, kind in fields.items() if key in required]
        made += [(key, kind | None, None) for key, kind in fields.items() if key not in required]
        return msgspec.defstruct(name, made, forbid_unknown_fields=True)

    def of(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {key: kinds.get(one.kind, str) for key, one in fields.items()}

    assessed = struct("Assessed", {"met": bool, "evidence": str}, ("met",))
    top: dict[str, Any] = of(layout.top)
    for name, group in layout.groups.items():
        members = of(group)
        if name in layout.assessed:
            members = dict.fromkeys(members, bool | assessed)
        top[name] = struct(name, members)
    for name, element in layout.lists.items():
        members = of(element)
        for key, costs in layout.costs[name].items():
            members[key] = struct(key, of(costs))
        required = tuple(key for key in ("id",) if key in members)
        top[name] = list[struct(name, members, required)]  # type: ignore[misc]
    top[RECIPIENT] = dict
    return struct("Case", top, tuple(layout.top))


def _without_evidence(data: dict[str, Any]) -> dict[str, Any]:
    for group in data.values():
        if isinstance(group, dict):
            for key, value in group.items():
                if isinstance(value, dict) and value.keys() <= {"met", "evidence"}:
                    group[key] = value.get("met")
    return data


# --- JSONL ------------------------------------------------------------


def jsonl_chunks(path: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the cases of *path*, one JSON object a line; empty lines are no cases."""
    reader = RowReader(layout)
    with path.open("rb") as file:
        lines = ((number, line.rstrip(b"\r\n")) for number, line in enumerate(file, 1))
        told = ((number, line) for number, line in lines if line.strip())
        while block := list(itertools.islice(told, TEXT_CHUNK)):
            yield reader.chunk((number, line, _decoded(line)) for number, line in block)


def _decoded(line: bytes) -> dict[str, Any] | None:
    """Return the data of *line*, or nothing unless every key in it is there only once."""
    try:
        data = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    # Each key has one colon: as many colons as keys means no key twice, and none inside a text.
    if line.count(b":") != _keys(data) and _has_key_twice(line):
        return None
    return data


def _keys(value: Any) -> int:  # noqa: ANN401 - any data
    if isinstance(value, dict):
        return len(value) + sum(
            _keys(one) for one in value.values() if isinstance(one, dict | list)
        )
    if isinstance(value, list):
        return sum(map(_keys, value))
    return 0


class _KeyTwiceError(ValueError):
    pass


def _has_key_twice(line: bytes) -> bool:
    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            raise _KeyTwiceError

    try:
        json.loads(line, object_pairs_hook=once)
    except _KeyTwiceError:
        return True
    return False


# --- CSV and tables in databases ------------------------------------------------------------


def csv_chunks(path: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the cases of *path*: a column a fact, by its path; a list is JSON in its column."""
    reader = RowReader(layout)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        _check_columns(header, layout, path.name)
        numbered = ((rows.line_num, row) for row in rows if row)
        while block := list(itertools.islice(numbered, TEXT_CHUNK)):
            yield reader.chunk(_from_cells(number, header, row, layout) for number, row in block)


def _from_cells(
    line: int, header: list[str], row: list[str], layout: Layout
) -> tuple[int, Told, dict[str, Any] | None]:
    if len(row) != len(header):
        return line, {"case": row[0], "columns": str(len(row))}, None
    told = nested(dict(zip(header, row, strict=True)), layout)
    return line, told, copy.deepcopy(told)


def nested(cells: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """Return a case from *cells* by path; an empty cell is not told, an empty list is ``[]``."""
    case: dict[str, Any] = {}
    for path, cell in cells.items():
        if cell is None or cell == "":
            continue
        group, _, key = path.partition(".")
        if not key:
            case[group] = _list_in(cell) if group in layout.lists else cell
        else:
            one = layout.groups[group][key]
            case.setdefault(group, {})[key] = _truth_in(cell) if one.kind == "truth" else cell
    return case


def _list_in(cell: Any) -> Any:  # noqa: ANN401
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell  # read alone, the case says that this is no list


def _truth_in(cell: Any) -> Any:  # noqa: ANN401
    if not isinstance(cell, str):
        return cell
    return {"true": True, "false": False}.get(cell.strip().lower(), cell)


def _check_columns(names: Iterable[str], layout: Layout, where: str) -> None:
    known = {
        *layout.top, *layout.lists,
        *(f"{group}.{key}" for group, fields in layout.groups.items() for key in fields),
    }  # fmt: skip
    for name in names:
        if name not in known:
            raise HjemmelError("batch-column", name=name, file=where)


def database_chunks(url: str, layout: Layout) -> Iterator[Chunk]:
    """Yield the cases of a table: ``URL#TABLE``, columns as in a CSV file."""
    import ibis  # noqa: PLC0415 - only where a database is read

    address, _, name = url.partition("#")
    try:
        with warnings.catch_warnings():
            # The library asks DuckDB by names that DuckDB means to retire.
            warnings.simplefilter("ignore", DeprecationWarning)
            backend = ibis.connect(address)
            table = backend.table(name)
    except Exception as error:
        raise DataNotFoundError("batch-database", url=url) from error
    _check_columns(table.columns, layout, url)
    reader, line = RowReader(layout), 0
    # By the cursor every database has: the library's own way of reading in batches asks for a
    # method that DuckDB 2 has lost.
    with closing(backend.raw_sql(backend.compile(table))) as cursor:
        while fetched := cursor.fetchmany(TEXT_CHUNK):
            told = [dict(zip(table.columns, row, strict=True)) for row in fetched]
            rows = [nested(_plain(row), layout) for row in told]
            yield reader.chunk(
                (line + at, one, copy.deepcopy(one)) for at, one in enumerate(rows, 1)
            )
            line += len(rows)


# --- Parquet ------------------------------------------------------------


def parquet_chunks(path: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the cases of *path*: a nested file, or a folder with cases and wishes apart."""
    if path.is_dir():
        yield from _two_tables(path, layout)
        return
    file = pq.ParquetFile(path)
    _check_nested(file.schema_arrow, layout, path.name)
    yield from _numbered(file.iter_batches(COLUMN_CHUNK))


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
    line = 1
    for batch in batches:
        yield Chunk(pa.Table.from_batches([batch]), range(line, line + batch.num_rows))
        line += batch.num_rows


def _check_nested(schema: pa.Schema, layout: Layout, where: str) -> None:
    """Raise unless every column of *schema* is one that a case has, in a type it may have."""
    for one in schema:
        if one.name in layout.top:
            _check_type(one, layout.top[one.name].kind, where)
        elif one.name in layout.groups and pa.types.is_struct(one.type):
            _check_fields(one, layout.groups[one.name], {}, where)
        elif one.name in layout.lists and _holds_structs(one.type):
            element = pa.field(one.name, one.type.value_type)
            _check_fields(element, layout.lists[one.name], layout.costs[one.name], where)
        elif one.name != RECIPIENT:
            raise HjemmelError("batch-column", name=one.name, file=where)
    for name in layout.top:
        if name not in schema.names:
            raise HjemmelError("batch-column-missing", name=name, file=where)


def _holds_structs(kind: pa.DataType) -> bool:
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    return bool(pa.types.is_struct(kind.value_type) or pa.types.is_null(kind.value_type))


def _check_fields(
    told: pa.Field, fields: Mapping[str, Any], costs: Mapping[str, Any], where: str
) -> None:
    if pa.types.is_null(told.type):
        return
    for one in told.type:
        inner = pa.field(f"{told.name}.{one.name}", one.type)
        if one.name in costs and pa.types.is_struct(one.type):
            _check_fields(inner, costs[one.name], {}, where)
        elif one.name in fields:
            _check_type(inner, fields[one.name].kind, where)
        else:
            raise HjemmelError("batch-column", name=inner.name, file=where)


def _check_type(one: pa.Field, kind: str, where: str) -> None:
    told = one.type
    fits = (
        pa.types.is_null(told)
        or {
            "truth": pa.types.is_boolean(told)
            or (pa.types.is_struct(told) and told.get_field_index("met") >= 0),
            "day": pa.types.is_date(told) or _is_text(told),
            "amount": pa.types.is_decimal(told) or _is_text(told),
            "text": _is_text(told),
        }[kind]
    )
    if not fits:
        raise HjemmelError("batch-column-type", name=one.name, file=where, given=str(told))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _two_tables(folder: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the cases of ``cases.parquet`` with their wishes from ``wishes.parquet``, in order."""
    import duckdb  # noqa: PLC0415 - only where two tables are put together

    cases, wishes = folder / _CASES, folder / _WISHES
    for path in (cases, wishes):
        if not path.is_file():
            raise DataNotFoundError("file-missing", file=str(path))
    connection = duckdb.connect()
    _check_two_tables(connection, cases, wishes)
    fields = [name for name in pq.read_schema(wishes).names if name != "case"]
    struct = ", ".join(f'"{name}" := "{name}"' for name in fields)
    query = f"""
        SELECT c.* EXCLUDE (file_row_number), w.wishes
        FROM read_parquet('{cases}', file_row_number = true) c
        LEFT JOIN (
            SELECT "case", list(struct_pack({struct}) ORDER BY file_row_number) AS wishes
            FROM read_parquet('{wishes}', file_row_number = true) GROUP BY "case"
        ) w USING ("case") ORDER BY c.file_row_number
    """  # noqa: S608 - the names are the files' own
    reader = connection.sql(query).to_arrow_reader(COLUMN_CHUNK)
    _check_nested(reader.schema, layout, folder.name)
    yield from _numbered(reader)


def _check_two_tables(connection: Any, cases: Path, wishes: Path) -> None:  # noqa: ANN401
    """Raise where wishes belong to no case, or to two: then nobody can say whose they are."""
    twice = f'SELECT "case" FROM \'{cases}\' GROUP BY "case" HAVING count(*) > 1'  # noqa: S608
    alone = f"SELECT w.\"case\" FROM '{wishes}' w ANTI JOIN '{cases}' c USING (\"case\")"  # noqa: S608
    for code, query in (("batch-case-twice", twice), ("batch-wish-alone", alone)):
        found = connection.execute(f"{query} ORDER BY 1 LIMIT 1").fetchone()
        if found is not None:
            raise HjemmelError(code, name=str(found[0]))


def chunks_of(source: str, path: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the chunks of *source*, which is at *path* unless it is the URL of a database.

    Raises:
        DataNotFoundError: there is nothing there.
        HjemmelError: it has columns that a case has not.
    """
    if "://" in source:
        return database_chunks(source, layout)
    if not path.exists():
        raise DataNotFoundError("file-missing", file=source)
    if path.is_dir() or path.suffix == ".parquet":
        return parquet_chunks(path, layout)
    return csv_chunks(path, layout) if path.suffix == ".csv" else jsonl_chunks(path, layout)


def cases_in(source: str, path: Path) -> int | None:
    """Return how many cases *source* holds, if that can be told before they are read."""
    if "://" in source:
        return None
    file = path / _CASES if path.is_dir() else path
    try:
        return int(pq.read_metadata(file).num_rows) if file.suffix == ".parquet" else None
    except (OSError, pa.ArrowInvalid):
        return None  # that it cannot be read is told where it is read


def write_cases(path: Path, blocks: Iterable[list[dict[str, Any]]], book: RuleBook) -> None:
    """Write *blocks* of cases to *path* as nested Parquet, with days and amounts as such.

    Arrow reads the contract's JSON and makes days and amounts of its texts, so no value is touched
    in Python.
    """
    layout = layout_of(book.schemas)
    schema, encoder = layout.arrow(typed=True), msgspec.json.Encoder()
    as_told = pj.ParseOptions(
        explicit_schema=layout.arrow(), unexpected_field_behavior="error"
    )  # fmt: skip
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for block in blocks:
            lines = encoder.encode_lines(_without_evidence(case) for case in block)
            in_one = pj.ReadOptions(block_size=len(lines) + 1, use_threads=False)
            table = pj.read_json(pa.BufferReader(lines), in_one, as_told)
            writer.write_table(table.cast(schema))

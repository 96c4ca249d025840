"""Where cases come from: JSONL, CSV, Parquet (nested or two tables) or a table in a database.

Every source gives chunks of nested rows with their line numbers. A line that the quick reader
does not take as it stands is passed on as it is, to be read alone: nothing is dropped here.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
from msgspec import Meta

from hjemmel.batch.cells import csv_rows, database_rows, plain
from hjemmel.batch.layout import RECIPIENT, layout_of
from hjemmel.batch.types import CASES_FILE, WISHES_FILE, check_apart, check_nested
from hjemmel.issues import DataNotFoundError, HjemmelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hjemmel.batch.alone import Told
    from hjemmel.batch.cells import Row
    from hjemmel.batch.layout import Layout
    from hjemmel.policy.book import RuleBook

#: Rows to a chunk: text takes more room than columns.
TEXT_CHUNK, COLUMN_CHUNK = 50_000, 250_000


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
        row: dict[str, Any] = plain(self.table.slice(at, 1).to_pylist()[0])
        return row

    @property
    def rows(self) -> int:
        """Return how many rows there are, odd ones with them."""
        return int(self.table.num_rows) + len(self.odd)


# --- rows of data ------------------------------------------------------------------------------


class RowReader:
    """Takes plain rows that have the contract's shape to the letter; others are odd."""

    def __init__(self, layout: Layout) -> None:
        """Make the types that the contract's shape stands for."""
        self._schema = layout.arrow()
        self._type = _case_type(layout)

    def chunk(self, rows: Iterable[Row]) -> Chunk:
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
    # One that is told with more than texts is rare, and read alone.
    told = {key: _texts(one) for key, one in layout.recipient.items()}
    top[RECIPIENT] = struct(RECIPIENT, told)
    return struct("Case", top, tuple(layout.top))


def _texts(entry: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a type made at run time
    """Return the type of a text, or of a list of texts, that is as long as *entry* lets it be."""
    if entry["type"] == "array":
        return Annotated[list[_texts(entry["items"])], Meta(max_length=entry["maxItems"])]  # type: ignore[misc]
    return Annotated[str, Meta(min_length=entry["minLength"], max_length=entry["maxLength"])]


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
    with path.open("rb") as file:
        lines = ((number, line.rstrip(b"\r\n")) for number, line in enumerate(file, 1))
        told = ((number, line) for number, line in lines if line.strip())
        yield from in_chunks(((number, line, _decoded(line)) for number, line in told), layout)


def in_chunks(rows: Iterator[Row], layout: Layout) -> Iterator[Chunk]:
    """Yield *rows* some at a time."""
    reader = RowReader(layout)
    while block := list(itertools.islice(rows, TEXT_CHUNK)):
        yield reader.chunk(block)


def _decoded(line: bytes) -> dict[str, Any] | None:
    """Return the data of *line*, or nothing unless every key in it is there only once."""
    try:
        data = msgspec.json.decode(line)
        # Each key has one colon: as many colons as keys means no key twice, and none in a text.
        if not isinstance(data, dict) or (line.count(b":") != _keys(data) and _has_key_twice(line)):
            return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
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


# --- Parquet ------------------------------------------------------------


def parquet_chunks(path: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the cases of *path*: a nested file, or a folder with cases and wishes apart.

    Raises:
        DataNotFoundError: a table is not there.
        HjemmelError: it is no whole Parquet, or has columns that a case has not.
    """
    errors: tuple[type[Exception], ...] = (pa.ArrowException, OSError)
    if path.is_dir():
        import duckdb  # noqa: PLC0415 - its errors; it puts two tables together

        errors = (*errors, duckdb.Error)
    tables = _two_tables(path, layout) if path.is_dir() else _one_table(path, layout)
    try:
        yield from _numbered(tables)
    except errors as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise HjemmelError("batch-parquet", file=path.name) from error


def _one_table(path: Path, layout: Layout) -> Iterator[pa.Table]:
    file = pq.ParquetFile(path)
    check_nested(file.schema_arrow, layout, path.name)
    yield from _joined(
        _row_groups(pq.ParquetFile(path, read_dictionary=list(_repeated_texts(file))))
    )


def _repeated_texts(file: pq.ParquetFile) -> Iterator[str]:
    """Yield the columns of texts that come again and again: these stay numbered words."""
    for at in range(len(file.schema)):
        column = file.schema.column(at)
        if column.converted_type == "UTF8" and column.name not in _IDS:
            yield column.path


#: Each case has its own.
_IDS = ("case", "id")


def _row_groups(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Yield the rows of *file* by its own groups, whose words are numbered alike."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(COLUMN_CHUNK, row_groups=[group])


def _joined(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield *batches* together, as many as fit into a chunk."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if held and sum(one.num_rows for one in held) + batch.num_rows > COLUMN_CHUNK:
            yield pa.Table.from_batches(held)
            held = []
        held.append(batch)
    if held:
        yield pa.Table.from_batches(held)


def _numbered(tables: Iterable[pa.Table]) -> Iterator[Chunk]:
    line = 1
    for table in tables:
        yield Chunk(table, range(line, line + table.num_rows))
        line += table.num_rows


def _two_tables(folder: Path, layout: Layout) -> Iterator[pa.Table]:
    """Yield the cases of ``cases.parquet`` with their wishes from ``wishes.parquet``, in order."""
    import duckdb  # noqa: PLC0415 - only where two tables are put together

    cases, wishes = folder / CASES_FILE, folder / WISHES_FILE
    for path in (cases, wishes):
        if not path.is_file():
            raise DataNotFoundError("file-missing", file=str(path))
    fields = check_apart(pq.read_schema(cases), pq.read_schema(wishes), layout)
    connection = duckdb.connect()
    for name, path in (("cases", cases), ("wishes", wishes)):
        rows = f"read_parquet({_named(path)}, file_row_number = true)"
        connection.execute(f"CREATE VIEW {name} AS FROM {rows}")
    for code, query in _OWNERLESS.items():
        found = connection.execute(f"{query} ORDER BY 1 LIMIT 1").fetchone()
        if found is not None:
            raise HjemmelError(code, name=str(found[0]))
    struct = ", ".join(f'"{name}" := "{name}"' for name in fields)
    query = f"""
        SELECT c.* EXCLUDE (file_row_number), w.wishes FROM cases c LEFT JOIN (
            SELECT "case", list(struct_pack({struct}) ORDER BY file_row_number) AS wishes
            FROM wishes GROUP BY "case"
        ) w USING ("case") ORDER BY c.file_row_number
    """  # noqa: S608 - the names are the file's own
    for batch in connection.sql(query).to_arrow_reader(COLUMN_CHUNK):
        yield pa.Table.from_batches([batch])


#: Wishes of nobody, of two or of none of the cases: then nobody can say whose they are.
_OWNERLESS = {
    "batch-wish-nobody": 'SELECT 1 FROM wishes WHERE "case" IS NULL',
    "batch-case-twice": (
        'SELECT "case" FROM cases WHERE "case" IS NOT NULL GROUP BY "case" HAVING count(*) > 1'
    ),
    "batch-wish-alone": 'SELECT w."case" FROM wishes w ANTI JOIN cases c USING ("case")',
}


def _named(path: Path) -> str:
    """Return *path* as DuckDB reads the name of one file: no sign in it stands for others."""
    name = "".join(f"[{one}]" if one in "*?[" else one for one in str(path))
    return "'" + name.replace("'", "''") + "'"


#: The endings that are read, and those of them that are lines of JSON.
_LINES, _CELLS, _COLUMNS = ("", ".jsonl", ".ndjson"), ".csv", ".parquet"


def chunks_of(source: str, path: Path, layout: Layout) -> Iterator[Chunk]:
    """Yield the chunks of *source*, which is at *path* unless it is the URL of a database.

    Raises:
        DataNotFoundError: there is nothing there.
        HjemmelError: it has another format, or columns that a case has not.
    """
    if "://" in source:
        return in_chunks(database_rows(source, layout), layout)
    if not path.exists():
        raise DataNotFoundError("file-missing", file=source)
    ending = path.suffix.lower()
    if path.is_dir() or ending == _COLUMNS:
        return parquet_chunks(path, layout)
    if ending == _CELLS:
        return in_chunks(csv_rows(path, layout), layout)
    if ending in _LINES:
        return jsonl_chunks(path, layout)
    allowed = ", ".join((*_LINES[1:], _CELLS, _COLUMNS))
    raise HjemmelError("batch-input-format", file=path.name, allowed=allowed)


def cases_in(source: str, path: Path) -> int | None:
    """Return how many cases *source* holds, if that can be told before they are read."""
    if "://" in source:
        return None
    file = path / CASES_FILE if path.is_dir() else path
    try:
        return int(pq.read_metadata(file).num_rows) if file.suffix.lower() == _COLUMNS else None
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

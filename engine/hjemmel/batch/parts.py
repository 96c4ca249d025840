"""Answers on their way to the output: a part for each chunk, put together at the end.

A part is written aside and then given its name, so one that has its name is whole. A run that was
interrupted finds the parts of the one before, goes on after them, and loses no row.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from hjemmel.batch.places import aside
from hjemmel.batch.rows import PART, SCHEMA
from hjemmel.issues import HjemmelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMATS = (".parquet", ".jsonl", ".csv")


@dataclass(slots=True)
class Counts:
    """How many rows there were and what became of them."""

    rows: int = 0
    by_table: int = 0
    alone: int = 0
    rejected: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Add the counts of another part."""
        self.rows += other.rows
        self.by_table += other.by_table
        self.alone += other.alone
        self.rejected += other.rejected
        for name, count in other.outcomes.items():
            self.outcomes[name] = self.outcomes.get(name, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a chunk came to."""

    answers: pa.Table
    counts: Counts
    rejects: list[dict[str, Any]]
    explained: list[tuple[str, dict[str, Any]]]


class Parts:
    """The parts of an output, in a folder beside it."""

    def __init__(self, to: Path, fingerprint: Mapping[str, Any]) -> None:
        """Find the parts that an earlier run with the same *fingerprint* has left."""
        if to.suffix not in FORMATS:
            raise HjemmelError("batch-format", file=to.name, allowed=", ".join(FORMATS))
        self.to = to
        self.folder = to.with_name(to.name + ".del")
        mark = self.folder / "input.json"
        if self.folder.is_dir() and _read(mark) != dict(fingerprint):
            shutil.rmtree(self.folder)  # of another input, or of other rules
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_whole(mark, json.dumps(fingerprint, sort_keys=True))

    def leave(self) -> None:
        """Take the folder away if there is no part in it: then there is nothing to go on with."""
        if not any(self.folder.glob("*.arrow")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def done(self, number: int) -> Counts | None:
        """Return the counts of part *number* if it is whole, else nothing."""
        found = _read(self.folder / f"{number:06d}.json")
        return None if found is None else Counts(**found["counts"])

    def write(self, number: int, part: Part) -> None:
        """Write *part* as number *number*; what tells that it is whole is written last."""
        path = self.folder / f"{number:06d}.arrow"
        feather.write_feather(part.answers, path, compression="uncompressed")
        kept = {
            "counts": asdict(part.counts), "rejects": part.rejects, "explained": part.explained
        }  # fmt: skip
        _write_whole(self.folder / f"{number:06d}.json", json.dumps(kept, ensure_ascii=False))

    def _kept(self, count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            found = _read(self.folder / f"{number:06d}.json")
            assert found is not None  # noqa: S101 - every part has just been seen whole
            yield found

    def put_together(self, count: int, rejects: Path, explained: Path | None, most: int) -> None:
        """Write the output, the rejects and the explanations from *count* parts, each at once."""
        with aside(self.to) as path:
            _WRITERS[self.to.suffix](
                (self.folder / f"{number:06d}.arrow" for number in range(count)), path
            )
        lines = [line for part in self._kept(count) for line in part["rejects"]]
        if lines:
            with aside(rejects) as path:
                _write_lines(path, lines)
        elif rejects.exists():
            rejects.unlink()  # of an earlier run; nothing is rejected now
        if explained is not None:
            chosen = [tuple(one) for part in self._kept(count) for one in part["explained"]]
            if most:
                least = {key for key, _ in sorted(chosen)[:most]}
                chosen = [one for one in chosen if one[0] in least]
            with aside(explained) as path:
                _write_lines(path, [document for _, document in chosen])
        shutil.rmtree(self.folder)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _write_whole(path: Path, text: str) -> None:
    with aside(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _write_lines(path: Path, documents: list[Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")


# --- formats --------------------------------------------------------------------------------------


def _rows(part: Path) -> pa.Table:
    return feather.read_table(part, memory_map=False)


def _write_parquet(parts: Iterator[Path], path: Path) -> None:
    """Write the *parts* as they are: Parquet numbers the words of a column in any case.

    The schema of Arrow is left out, so that all who read find texts and decimals again.
    """
    with pq.ParquetWriter(
        path, PART, compression="zstd", compression_level=1, store_schema=False,
        store_decimal_as_integer=True, write_statistics=_TELLING,
    ) as writer:  # fmt: skip
        for part in parts:
            writer.write_table(_rows(part))


#: The columns by whose least and greatest a reader may leave out blocks of rows.
_TELLING = ["case", "decided_on", "outcome", "rule", "target_group.value"]


_ITEMS = """[{'id': i.id, 'status': i.status, 'granted': i.granted::VARCHAR,
  'own_payment': i.own_payment::VARCHAR, 'outside_ceiling': i.outside_ceiling::VARCHAR,
  'rule': i.rule} FOR i IN items]"""
_AMOUNTS = """CASE WHEN amounts IS NULL THEN NULL ELSE {'ceiling': amounts.ceiling::VARCHAR,
  'spent_before': amounts.spent_before::VARCHAR, 'granted': amounts.granted::VARCHAR,
  'remaining': amounts.remaining::VARCHAR} END"""
_AS_LINES = f"""SELECT "case", decided_on::VARCHAR AS decided_on, outcome, rule, target_group,
  {_AMOUNTS} AS amounts, {_ITEMS} AS items, missing, open_questions FROM rows"""  # noqa: S608
_AS_CELLS = f"""SELECT "case", decided_on::VARCHAR AS decided_on, outcome, rule,
  target_group.value AS target_group, to_json(target_group.grounds)::VARCHAR AS grounds,
  amounts.ceiling::VARCHAR AS ceiling, amounts.spent_before::VARCHAR AS spent_before,
  amounts.granted::VARCHAR AS granted, amounts.remaining::VARCHAR AS remaining,
  to_json({_ITEMS})::VARCHAR AS items, to_json(missing)::VARCHAR AS missing,
  to_json(open_questions)::VARCHAR AS open_questions FROM rows"""  # noqa: S608


def _write_jsonl(parts: Iterator[Path], path: Path) -> None:
    _write_text(parts, path, _AS_LINES, "(FORMAT json)", "")


def _write_csv(parts: Iterator[Path], path: Path) -> None:
    _write_text(parts, path, _AS_CELLS, "(FORMAT csv, HEADER false)", _header())


def _header() -> str:
    names = [
        *("case", "decided_on", "outcome", "rule", "target_group", "grounds"),
        *(one.name for one in SCHEMA.field("amounts").type),
        *("items", "missing", "open_questions"),
    ]
    return ",".join(names) + "\n"


def _write_text(parts: Iterator[Path], path: Path, query: str, form: str, header: str) -> None:
    import duckdb  # noqa: PLC0415 - only text output is written by it

    piece = path.with_name(path.name + ".del")
    quoted = str(piece).replace("'", "''")
    with path.open("wb") as whole, duckdb.connect() as connection:
        whole.write(header.encode())
        for part in parts:
            rows = _rows(part).cast(SCHEMA)
            if not rows.num_rows:
                continue
            connection.register("rows", rows)
            connection.execute(f"COPY ({query}) TO '{quoted}' {form}")
            connection.unregister("rows")
            with piece.open("rb") as file:
                shutil.copyfileobj(file, whole)
            piece.unlink()


_WRITERS = {".parquet": _write_parquet, ".jsonl": _write_jsonl, ".csv": _write_csv}

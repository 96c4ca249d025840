"""Many cases at once: ours, programs by hand and the bound on the same Parquet, in one run.

``python -m benchmarks.batch --cases 1000000`` measures a size and writes its part of the page;
``make bench`` does so for the size below. Every contender runs in a process of its own, so that
its processor time and highest memory are its own. No answer that differs from ours is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from benchmarks.many import check, told
from benchmarks.many.known import keep, known_from
from hjemmel.policy.book import load_policy

ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(__file__).with_name("measured")
CASES = 100_000
#: What the same terms are worked out on besides, for all of the cases that are compared.
ENGINES = ("duckdb",)
#: A contender that takes less than this gets more turns, and its median counts.
_QUICK, _TURNS = 8.0, 3
#: OpenFisca holds a whole population in memory; the goal is set at a million.
_OPENFISCA_MOST = 1_000_000


class Contender(NamedTuple):
    """A program by hand: where it is, what it is made of, and how it says unknown."""

    name: str
    module: str
    package: str
    unknown: str
    items: bool = True


CONTENDERS = (
    Contender("DuckDB, SQL by hand", "sql", "duckdb", "as NULL"),
    Contender("Ibis on DuckDB, by hand", "in_ibis", "ibis-framework", "as NULL"),
    Contender("Polars, by hand", "in_polars", "polars", "as null"),
    Contender("NumPy, by hand", "in_numpy", "numpy", "no: numbers"),
    Contender(
        "OpenFisca-core", "in_openfisca", "openfisca-core", "no: numbers; texts and lists by NumPy",
        items=False,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor seconds, those of children with them, and the highest memory in GiB."""

    seconds: float
    gib: float


@dataclass(slots=True)
class Size:
    """What was measured on one size of population."""

    cases: int
    told: int
    rows: int
    on: str
    machine: str
    ours: Spent
    everything: Spent
    scan: Spent
    steps: dict[str, float]
    all_steps: dict[str, float]
    generated: float
    #: Ours without the wishes in the answers, beside those by hand that leave them out as well.
    ours_by_case: Spent | None = None
    #: Ours by the same terms on other engines.
    engines: dict[str, Spent] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    by_case: dict[str, Spent] = field(default_factory=dict)
    with_items: dict[str, Spent] = field(default_factory=dict)


def measure(cases: int, folder: Path, *, seed: int = 1, whole: bool = True) -> Size:
    """Draw *cases*, check that all contenders agree on those that are compared, and time them.

    *whole* is whether ours also decides those that the programs by hand leave out.
    """
    everyone, compared = folder / "everyone.parquet", folder / "told.parquet"
    generated = 0.0
    if not everyone.exists():
        generated = hjemmel(
            "generate", "--cases", str(cases), "--seed", str(seed), "--to", str(everyone)
        ).seconds
    known = known_from(load_policy())
    keep(known, folder / "known.json")
    count = told.choose(everyone, compared, known)
    _say(f"{count:,} of {cases:,} cases are compared")
    _warm(compared, folder)
    ours = _turns("ours", compared, folder)
    answers = folder / "ours.parquet"
    answers.replace(folder / "compared.parquet")
    steps = _steps(folder)
    _say(f"ours: {ours}")
    by_case = _turns("ours_by_case", compared, folder)
    check.alike(folder / "compared.parquet", answers, but="items")
    _say(f"ours by case: {by_case}")
    size = Size(
        cases=cases, told=count, rows=0, on=datetime.now(tz=UTC).date().isoformat(),
        machine=f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores",
        ours=ours, everything=Spent(0.0, 0.0), scan=_turns("scan", compared, folder), steps=steps,
        all_steps={}, generated=generated, ours_by_case=by_case,
    )  # fmt: skip
    for one in CONTENDERS:
        if one.module != "in_openfisca" or cases <= _OPENFISCA_MOST:
            _contend(one, size, compared, folder)
    for engine in ENGINES:
        size.engines[engine] = spent_by(f"engine:{engine}", compared, folder)
        check.alike(folder / "compared.parquet", folder / f"{engine}.parquet")
        _say(f"ours on {engine}: {size.engines[engine]}")
    if whole:
        size.everything = spent_by("ours", everyone, folder)
        size.all_steps = _steps(folder)
        _say(f"ours on everything: {size.everything}")
        rows = pq.ParquetFile(folder / "ours.parquet").metadata.num_rows
        if rows != cases:
            raise check.DifferError(rows)
    size.versions["hjemmel"] = version("hjemmel")
    return size


def _contend(one: Contender, size: Size, compared: Path, folder: Path) -> None:
    size.versions[one.name] = version(one.package)
    ways = ("by_case", "with_items") if one.items else ("by_case",)
    for way in ways:
        what = f"{one.module}.{way}"
        spent = _turns(what, compared, folder)
        alike = check.same(folder / "compared.parquet", folder, items=way == "with_items")
        size.rows = max(size.rows, alike - size.told)
        getattr(size, way)[one.name] = spent
        _say(f"{what}: {spent}, {alike:,} rows alike")


def _turns(what: str, source: Path, folder: Path) -> Spent:
    turns = [spent_by(what, source, folder)]
    while len(turns) < _TURNS and turns[0].seconds < _QUICK:
        turns.append(spent_by(what, source, folder))
    return Spent(
        statistics.median(one.seconds for one in turns), max(one.gib for one in turns)
    )  # fmt: skip


def _warm(source: Path, folder: Path) -> None:
    """Let ours keep what is kept from one run to the next: policies, and SQL for other engines."""
    some = folder / "some.parquet"
    pq.write_table(pq.ParquetFile(source).read_row_group(0).slice(0, 5_000), some)
    for what in ("ours", *(f"engine:{engine}" for engine in ENGINES)):
        spent_by(what, some, folder)


def _steps(folder: Path) -> dict[str, float]:
    steps: dict[str, float] = json.loads((folder / "steps.json").read_text(encoding="utf-8"))
    return steps


def spent_by(what: str, source: Path, folder: Path) -> Spent:
    """Return what the contender *what* takes over *source*, in a process of its own."""
    spent = _run([sys.executable, "-m", "benchmarks.many", what, str(source), str(folder)])
    return Spent(spent.seconds, int((folder / "highest.txt").read_text(encoding="utf-8")) / 2**20)


def hjemmel(*arguments: str) -> Spent:
    """Return what the command `hjemmel` with *arguments* takes in a process of its own."""
    called = "import sys; from hjemmel.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return _run([sys.executable, "-c", called, *arguments])


def _run(command: list[str]) -> Spent:
    """Return what *command* takes, with its children; its memory is at least that of ours."""
    process = subprocess.Popen(  # noqa: S603 - commands of our own
        command, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def keep_measured(size: Size) -> None:
    """Keep *size* where the page is written from."""
    KEPT.mkdir(exist_ok=True)
    text = json.dumps(asdict(size), indent=1, sort_keys=True, ensure_ascii=False)
    (KEPT / f"batch-{size.cases}.json").write_text(text + "\n", encoding="utf-8")


def kept_measured() -> list[Size]:
    """Return every size that was measured, the smallest first."""
    sizes = [_read(path) for path in KEPT.glob("batch-*.json")]
    return sorted(sizes, key=lambda size: size.cases)


def _read(path: Path) -> Size:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in ("ours", "everything", "scan"):
        data[name] = Spent(**data[name])
    for name in ("by_case", "with_items", "engines"):
        data[name] = {key: Spent(**one) for key, one in data[name].items()}
    if data.get("ours_by_case"):
        data["ours_by_case"] = Spent(**data["ours_by_case"])
    return Size(**data)


def main() -> None:
    """Measure a size, keep what was found, and write the page."""
    from benchmarks import batch_report  # noqa: PLC0415 - the page reads what is kept here

    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the files are kept; else nowhere")
    parser.add_argument(
        "--compared-only", action="store_true", help="leave out ours on the whole population"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = (options.folder or Path(passing)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        size = measure(options.cases, folder, seed=options.seed, whole=not options.compared_only)
    keep_measured(size)
    batch_report.write()


if __name__ == "__main__":
    main()

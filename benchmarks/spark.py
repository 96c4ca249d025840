"""A million cases on DuckDB and on Spark, compared row by row: ``python -m benchmarks.spark``.

Both runs are the command ``hjemmel batch`` as the shell gives it. What is kept is read by
``docs/explanation/scale.md``, which is written by hand.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.batch import KEPT, Spent, hjemmel, spent_by
from benchmarks.many.check import alike

MILLION = 1_000_000
ENGINES = ("duckdb", "spark")


def compare(
    cases: int, folder: Path, *, seed: int = 1, engines: tuple[str, ...] = ENGINES
) -> dict[str, Spent]:
    """Decide the same *cases* on each of *engines*; return what each took.

    Raises:
        DifferError: a row differs, or stands on one side only.
    """
    source = folder / "everyone.parquet"
    if not source.exists():
        hjemmel("generate", "--cases", str(cases), "--seed", str(seed), "--to", str(source))
    spent = {}
    for engine in engines:
        spent[engine] = on_engine(engine, source, folder)
        sys.stderr.write(f"{engine}: {spent[engine]}\n")
    first, *others = (folder / f"{engine}.parquet" for engine in engines)
    for other in others:
        alike(first, other)
    return spent


def on_engine(engine: str, source: Path, folder: Path) -> Spent:
    """Decide the cases of *source* on *engine*; return what that and its Java took together."""
    own = spent_by(f"engine:{engine}", source, folder)
    children = json.loads((folder / "children.json").read_text(encoding="utf-8"))
    return Spent(own.seconds + children["seconds"], own.gib + children["gib"])


def main() -> None:
    """Compare, and keep what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--cases", type=int, default=MILLION)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the files are kept; else nowhere")
    parser.add_argument("--engine", action="append", default=[], help="another engine, or a URL")
    options = parser.parse_args()
    engines = (*ENGINES[:1], *(options.engine or ENGINES[1:]))
    with tempfile.TemporaryDirectory() as passing:
        folder = (options.folder or Path(passing)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        spent = compare(options.cases, folder, seed=options.seed, engines=engines)
        rows = alike(*(folder / f"{engine}.parquet" for engine in (engines[0], engines[-1])))
    KEPT.mkdir(exist_ok=True)
    found = {
        "cases": options.cases, "seed": options.seed, "rows_alike": rows,
        "on": datetime.now(tz=UTC).date().isoformat(),
        "engines": {name: {"seconds": one.seconds, "gib": one.gib} for name, one in spent.items()},
    }  # fmt: skip
    text = json.dumps(found, indent=1, sort_keys=True)
    (KEPT / f"engines-{options.cases}.json").write_text(f"{text}\n", encoding="utf-8")
    sys.stdout.write(f"{rows:,} rows alike on {' and '.join(engines)}\n")


if __name__ == "__main__":
    main()

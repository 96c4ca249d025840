"""``python -m benchmarks.many WHAT SOURCE TO``: one contender in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.many.known import kept


def main() -> None:
    """Run the contender that the command line names: ``module.function``, ``scan`` or ``ours``."""
    what, source, to = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    code = 0
    if what == "scan":
        _scan(source)
    elif what == "ours":
        code = _ours(source, to)
    elif what == "ours_by_case":
        code = _ours(source, to, "--without-items")
    elif what.startswith("engine:"):
        code = _engine(source, to, what.removeprefix("engine:"))
    else:
        module, _, function = what.partition(".")
        run = getattr(import_module(f"benchmarks.many.{module}"), function)
        run(source, to, kept(to / "known.json"))
    (to / "highest.txt").write_text(str(_highest()), encoding="utf-8")
    sys.exit(code)


def _highest(process: str = "self") -> int:
    """Return the highest memory of this *process* in KiB.

    What `getrusage` says begins with that of the process which started this one.
    """
    status = Path("/proc") / process / "status"
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1])


def _engine(source: Path, to: Path, name: str) -> int:
    """Run the batch on the engine *name*, and note what its own processes took.

    Spark's Java outlives the session and is never waited for, so nobody else counts it.
    """
    from hjemmel.cli.main import main as hjemmel  # noqa: PLC0415

    written = str(to / f"{name.partition(':')[0]}.parquet")
    code = hjemmel(["batch", str(source), "--to", written, "--engine", name, "--without-missing"])
    (to / "children.json").write_text(json.dumps(_children()), encoding="utf-8")
    return int(code)


def _children() -> dict[str, float]:
    """Return the processor seconds of the children that still run, and the highest memory in GiB."""
    seconds = highest = 0.0
    for task in Path("/proc/self/task").glob("*/children"):
        for child in task.read_text().split():
            ticks = (Path("/proc") / child / "stat").read_text().rpartition(")")[2].split()
            seconds += sum(map(int, ticks[11:15])) / os.sysconf("SC_CLK_TCK")
            highest = max(highest, _highest(child) / 2**20)
    return {"seconds": seconds, "gib": highest}


def _scan(source: Path) -> None:
    import duckdb  # noqa: PLC0415 - each contender pays for its own libraries

    duckdb.execute(f"SELECT bit_xor(hash(one)) FROM '{source}' AS one").fetchall()


def _ours(source: Path, to: Path, *more: str) -> int:
    """Run the batch as the shell does, in one process, with a clock on its steps."""
    from benchmarks.many import profile  # noqa: PLC0415
    from hjemmel.cli.main import main as hjemmel  # noqa: PLC0415

    clock = profile.watch()
    written = str(to / "ours.parquet")
    options = ("--without-missing", "--processes", "1", *more)
    code = hjemmel(["batch", str(source), "--to", written, *options])
    (to / "steps.json").write_text(json.dumps(clock.done()), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    main()

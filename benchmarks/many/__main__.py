"""``python -m benchmarks.many WHAT SOURCE TO``: one contender in a process of its own."""

from __future__ import annotations

import json
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
    else:
        module, _, function = what.partition(".")
        run = getattr(import_module(f"benchmarks.many.{module}"), function)
        run(source, to, kept(to / "known.json"))
    (to / "highest.txt").write_text(str(_highest()), encoding="utf-8")
    sys.exit(code)


def _highest() -> int:
    """Return the highest memory of this process in KiB.

    What `getrusage` says begins with that of the process which started this one.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1])


def _scan(source: Path) -> None:
    import duckdb  # noqa: PLC0415 - each contender pays for its own libraries

    duckdb.sql(f"SELECT bit_xor(hash(one)) FROM '{source}' AS one").fetchall()


def _ours(source: Path, to: Path) -> int:
    """Run the batch as the shell does, with a clock on its steps."""
    from benchmarks.many import profile  # noqa: PLC0415
    from hjemmel.cli.main import main as hjemmel  # noqa: PLC0415

    clock = profile.watch()
    code = hjemmel(["batch", str(source), "--to", str(to / "ours.parquet"), "--without-missing"])
    (to / "steps.json").write_text(json.dumps(clock.done()), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    main()

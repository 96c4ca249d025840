"""``make bench``: measure everything side by side in one run, and write page and picture."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import batch, batch_report, report, single, start


def main() -> None:
    """Measure, and write what was found."""
    on = datetime.now(tz=UTC).date().isoformat()
    measured = single.measure()
    report.write(measured, start.measure(), on)
    with tempfile.TemporaryDirectory() as folder:
        batch.keep_measured(batch.measure(batch.CASES, Path(folder)))
    batch_report.write()
    sys.stdout.write(f"{report.PAGE.relative_to(report.ROOT)}\n")


if __name__ == "__main__":
    main()

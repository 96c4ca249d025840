"""``make bench``: measure everything side by side in one run, and write page and picture."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from benchmarks import report, single, start


def main() -> None:
    """Measure, and write what was found."""
    on = datetime.now(tz=UTC).date().isoformat()
    measured = single.measure()
    report.write(measured, start.measure(), on)
    sys.stdout.write(f"{report.PAGE.relative_to(report.ROOT)}\n")


if __name__ == "__main__":
    main()

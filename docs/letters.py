"""Show letters as pages: ``python docs/letters.py`` writes the pictures of the page on letters.

The page is ``explanation/breve.md``. The letters are those of ``tests/golden``; the pictures are
the pages of their PDFs.
"""

# ruff: noqa: INP001 - a script beside the pages it writes, not a package

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PICTURES = DOCS / "explanation" / "breve"
#: Small enough for a page of many, large enough to be read.
POINTS_AN_INCH = 60
SHOWN = (
    "grant-aid-and-accompaniment",
    "partial-own-payment",
    "refusal-on-a-criterion",
    "request-with-consent",
    "aid-returned",
    "missed-deadline",
    "complaint-forwarded-child",
    "grant-by-criteria-without-municipality",
)


def main() -> None:
    """Write the pages of each letter as pictures, and take away those of before."""
    sys.path.insert(0, str(DOCS.parent / "tests"))
    from golden.test_letters import letter  # noqa: PLC0415 - the letters lie with their tests
    from hjemmel.letters.pdf import to_pictures  # noqa: PLC0415 - as above

    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    for name in SHOWN:
        one = letter(name)
        pages = to_pictures(one.markdown, one.look, points_an_inch=POINTS_AN_INCH)
        for number, page in enumerate(pages, start=1):
            (PICTURES / f"{name}-{number}.png").write_bytes(page)


if __name__ == "__main__":
    main()

"""The page on letters shows the pictures that its script writes: all of them, and few bytes."""

from __future__ import annotations

import re

from documentation.documents import ROOT

PAGE = ROOT / "docs" / "explanation" / "breve.md"
MOST = 1_500_000


def test_the_page_shows_every_picture_in_words_as_well():
    """None is missing, none is left over, and each says what it shows."""
    shown = re.findall(r"!\[([^\]]*)\]\(breve/([^)]+)\)", PAGE.read_text(encoding="utf-8"))

    assert {path.name for path in PAGE.with_suffix("").iterdir()} == {name for _, name in shown}
    assert all(len(words) > 20 for words, _ in shown)


def test_the_pictures_are_small():
    """A checkout is not to grow by pictures."""
    assert MOST > sum(path.stat().st_size for path in PAGE.with_suffix("").iterdir())

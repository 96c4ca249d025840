"""What the pages show is what happens: commands, their exit codes, code, edits and errors."""

from __future__ import annotations

import pytest

from documentation.documents import ROOT, generate
from hjemmel.decide import backend

RUN = [page.relative_to(ROOT).as_posix() for page in generate.pages()]


@pytest.mark.skipif(
    not backend.available(), reason="the pages are written where both interpreters speak"
)
@pytest.mark.parametrize("page", RUN)
def test_a_page_shows_what_happens(page):
    """Each page is run in a copy of the rules; `python docs/generate.py` writes it anew."""
    written = (ROOT / page).read_text(encoding="utf-8")

    assert generate.comparable(generate.refreshed(ROOT / page)) == generate.comparable(written)


def test_the_pages_leave_the_rules_alone():
    """An edit in a page is made in a copy, and the engine finds its own data again."""
    import hjemmel.data

    assert ROOT / "rules" == hjemmel.data.data_folder("rules")

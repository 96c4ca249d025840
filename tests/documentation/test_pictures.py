"""The pictures of the pages are what is drawn today: the golden ones, read in review."""

from __future__ import annotations

import pytest

from documentation.documents import generate
from hjemmel.decide import backend


@pytest.mark.skipif(not backend.available(), reason="the trail says who has spoken")
@pytest.mark.parametrize("name", generate.pictures())
def test_a_picture_is_current(name):
    """`python docs/generate.py` draws it anew; only the edition of the rules may differ."""
    written = (generate.PICTURES / name).read_text(encoding="utf-8")

    assert generate.comparable_picture(generate.pictures()[name]()) == (
        generate.comparable_picture(written)
    )


def test_every_picture_is_shown():
    """On a page, by a link that leads to it."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in generate.pages())

    assert [] == [name for name in generate.pictures() if f"pictures/{name})" not in text]


def test_no_picture_is_left_behind():
    """What is drawn no more is deleted."""
    assert set(generate.pictures()) == {one.name for one in generate.PICTURES.iterdir()}

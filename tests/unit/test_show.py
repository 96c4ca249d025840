"""Text for a terminal is wrapped as the library wraps it."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from hjemmel.cli import show
from hjemmel.cli.show import wrapped

WORD = some.text("abcæøå.,:()‹›«»–—\u00a0", min_size=1, max_size=14) | some.sampled_from(
    ["durable-rules", "a--b", "-", "x" * 99, "y" * 120, "§", "w1-", "12-34", "", "\t", "a\nb"]
)


@settings(max_examples=1500)
@given(
    some.lists(WORD, max_size=40).map(" ".join),
    some.sampled_from(["", "  ", "    ", "• "]),
    some.sampled_from([None, "", "      "]),
    some.booleans(),
)
@example("a" * 100, "", None, True)
@example("a " * 50, "", None, True)
@example("a " * 49 + "bb-cc dd", "", None, False)
def test_lines_are_the_librarys(text, indent, following, on_hyphens):
    """Whether or not the library was asked for them."""
    expected = textwrap.fill(
        text, show._WIDTH, initial_indent=indent,
        subsequent_indent=indent if following is None else following, break_on_hyphens=on_hyphens,
    )  # fmt: skip

    assert expected == wrapped(text, indent, following, break_on_hyphens=on_hyphens)


@pytest.mark.parametrize(
    "text", ["kort", "mange ord " * 30 + "til sidst", "durable-rules har svaret"]
)
def test_plain_words_need_no_library(text):
    """Most texts are such."""
    assert show._between_words(text, "", "")

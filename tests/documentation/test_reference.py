"""The reference pages are what the code says today, and leave nothing out."""

from __future__ import annotations

import json

import pytest

from documentation.documents import ROOT, generate
from hjemmel.cli.main import Exit
from hjemmel.messages import TEXTS

REFERENCE = ROOT / "docs" / "reference"


def text_of(name: str) -> str:
    """Return the reference page *name*."""
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", generate.reference_pages())
def test_a_reference_page_is_current(name):
    """`python docs/generate.py` writes it anew."""
    assert generate.reference_pages()[name]() == text_of(name)


def test_every_message_is_documented():
    """By its code, with an anchor that a link can reach."""
    page = text_of("messages.md")

    assert [] == [code for code in TEXTS if f'<a id="{code}"></a>`{code}`' not in page]


def test_every_exit_code_is_documented():
    """With its number."""
    page = text_of("cli.md")

    assert [] == [code for code in Exit if f"\n| {code.value} | " not in page]


def keys_of(node: object):
    """Yield every key that the schema at *node* gives a meaning."""
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for child in node.values():
            yield from keys_of(child)
    elif isinstance(node, list):
        for child in node:
            yield from keys_of(child)


@pytest.mark.parametrize(
    "schema", sorted((ROOT / "rules" / "schema").glob("*.json")), ids=lambda path: path.name
)
def test_every_key_of_a_schema_is_documented(schema):
    """Somewhere on the two pages, at the end of its path."""
    shown = text_of("rule-files.md") + text_of("case-and-decision.md")
    keys = set(keys_of(json.loads(schema.read_text(encoding="utf-8"))))

    assert [] == sorted(key for key in keys if f"`{key}`" not in shown and f".{key}`" not in shown)


def test_every_reference_page_says_that_it_is_written():
    """Nobody should edit it by hand."""
    pages = sorted(page.name for page in REFERENCE.glob("*.md"))

    assert pages == sorted(generate.reference_pages())
    assert all("docs/generate.py" in text_of(name).splitlines()[0] for name in pages)

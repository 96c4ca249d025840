"""JSON read and written by the quick library is what the standard library makes of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hjemmel.policy import faultless

#: Any text of whole characters: half a one has no UTF-8, and no file can hold it.
TEXTS = some.text(some.characters(exclude_categories=["Cs"]))
DATA = some.recursive(
    some.booleans() | TEXTS,
    lambda inner: some.lists(inner) | some.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def library_is_loaded(monkeypatch):
    """Take the library for worth its loading, as it is from the second case on."""
    monkeypatch.setitem(faultless._WANTED, "orjson", faultless._ENOUGH)


def slowly(raw):
    """Return what the standard library reads in *raw*, where the quick one is not asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faultless, "_library", lambda: None)
        return faultless.faultless_json(raw)


@given(data=DATA)
def test_the_canonical_bytes_are_the_same_by_either_library(data):
    """The digest of a case does not tell which of them wrote it."""
    plain = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    assert plain == faultless.canonical_json(data)


def test_half_a_character_is_written_all_the_same(monkeypatch):
    """What the quick library refuses, the other one is asked for."""
    monkeypatch.setattr(faultless, "_CANONICAL", lambda data: f"asked for {len(data)}")

    assert b"asked for 1" == faultless.canonical_json(["\ud800"])


@given(data=some.dictionaries(TEXTS, DATA), indent=some.sampled_from([None, 1]))
def test_what_is_read_is_the_same_by_either_library(data, indent):
    """However the JSON is laid out and whatever it tells."""
    raw = json.dumps(data, ensure_ascii=False, indent=indent).encode()

    assert slowly(raw) == faultless.faultless_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": "x", "a": "y"}',
        b'{"a":"x","b":{"c":true,"c":false}}',
        b'{"a": "x", "\\u0061": "y"}',
        b'{"a": 1}',
        b'{"a": [ -1.5e3]}',
        b'{"a": "x"} x',
        b'["a"]',
        b'"a"',
        b"",
        b'{"a": "\xff"}',
        b'{"a": NaN}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_fault_is_one_for_either_library(raw):
    """Two equal keys, a number, or what is no JSON: then nothing is read here."""
    assert slowly(raw) is None
    assert faultless.faultless_json(raw) is None


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"a": null, "b": "x"}', {"b": "x"}),
        (b'{"a": "\\/"}', {"a": "/"}),
        (b'\xef\xbb\xbf{"a": "x"}', {"a": "x"}),
        (b'{ "a b" :\n"x\\n y" }', {"a b": "x\n y"}),
        (b'{"a": "1, 2: 3"}', {"a": "1, 2: 3"}),
    ],
)
def test_what_the_quick_library_leaves_is_read_by_the_other(raw, told):
    """Nulls are left out, and every way to write the same is read."""
    assert told == faultless.faultless_json(raw) == slowly(raw)


def test_the_library_is_not_loaded_for_one_case(monkeypatch):
    """To read one case and digest it, loading it would take longer than it saves."""
    monkeypatch.setitem(faultless._WANTED, "orjson", 0)

    assert [True, True, False] == [faultless._library() is None for _ in range(3)]


@pytest.mark.parametrize("depth", [253, 254, 255, 256, 900])
def test_what_is_deeper_than_the_library_writes_is_left_to_the_other(depth):
    """The library reads deeper than it writes; neither is a failure of ours."""
    raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"

    assert json.loads(raw) == faultless.faultless_json(raw)

"""What surely fits a schema fits it; the library has the last word about everything else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hjemmel.policy import schema
from hjemmel.policy.schema import fits_schema, load_schema
from hjemmel.policy.surely import _whole, surely_fits

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "rules" / "schema"
CASE = load_schema(SCHEMAS, "case")
LIBRARY = jsonschema_rs.Draft202012Validator(CASE)
#: A case in which every key of the schema is told.
WHOLE = {
    "case": "EX-2024-001",
    "decided_on": "2024-03-04",
    "request": {"made": True, "date": "2024-03-01"},
    "citizen": {"under_18": False, "eldercare_act": True},
    "diagnosis": {"text": "Å", "code": "G12", "entry": "x", "confirmed": True, "form_confirmed": False},
    "criteria": {"shortened_life": True, "no_recovery_of_function": {"met": False, "evidence": "E"}},
    "indicators": {"mobility_help": True},
    "previous_help": [
        {"provision": "83", "because_of_disease": True, "automatic_at_discharge": False, "granted_on": "2024-02-20"}
    ],
    "earlier_grants": [{"date": "2024-01-15", "provision": "97", "amount": "5000.00"}],
    "wishes": [
        {"id": "w1", "provision": "112", "category": "transfer", "description": "D", "value": "18.500,50 kr.",
         "outside_costs": {"installation": "1200", "reinstatement": "0", "repair": "0"},
         "accepts_own_payment": True, "minor": False},
        {"id": "w2", "quantity": "1.5", "unit": "hour"},
    ],
    "recipient": {"name": "Kim", "address": ["Vej 1", "0000 By"], "role": "parent", "on_behalf_of": "B"},
}  # fmt: skip
SHAPES = (
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 10**30, "", "x", "é", "x" * 40, "x" * 41, "x" * 81),
    *("x" * 501, "2024-02-30", "2024-03-04\n", "٢٠٢٤-03-04", " 2024-03-04", "1.5", "1.5\n", "٣"),
    *("a b", "w1\n", "-w", "guardian", "parent", [], [None], ["x"], [{}], {}, {"x": 1}),
    *({"met": True}, {"met": None}, {"id": "w"}, [{"id": "w"}], [["x"]], ["x"] * 201),
)


def variants(data, path=()):
    """Yield *data* with each of its values replaced, removed, and accompanied by another."""
    below = data
    for step in path:
        below = below[step]
    keys = list(below) if isinstance(below, dict) else range(len(below))
    if isinstance(below, dict):
        yield copied(data, path, lambda at: at.update(other="x"))
    else:
        yield copied(data, path, lambda at: at.extend([*at] * 201))
    for key in keys:
        yield copied(data, path, lambda at, key=key: at.pop(key))
        for shape in SHAPES:
            yield copied(data, path, lambda at, key=key, shape=shape: at.__setitem__(key, shape))
        if isinstance(below[key], dict | list):
            yield from variants(data, (*path, key))


def copied(data, path, change):
    """Return a copy of *data* in which *change* was made at *path*."""
    copy = below = json.loads(json.dumps(data))
    for step in path:
        below = below[step]
    change(below)
    return copy


def test_a_whole_case_surely_fits():
    """Whatever a case may tell is known here, so that the library is not loaded for it."""
    assert surely_fits(WHOLE, CASE)
    assert LIBRARY.is_valid(WHOLE)
    assert set(CASE["properties"]) == set(WHOLE)


def test_what_surely_fits_fits_in_every_variant_of_a_case():
    """Each value is replaced by many others, left out, and given a neighbour nobody knows."""
    sure = 0
    for variant in variants(WHOLE):
        if surely_fits(variant, CASE):
            assert LIBRARY.is_valid(variant), variant
            sure += 1
        else:
            assert not LIBRARY.is_valid(variant), variant

    assert sure > 100


NAMES = some.sampled_from(["a", "b", "c"])
DATA = some.recursive(
    some.none() | some.booleans() | some.integers(-2, 3) | some.sampled_from([1.0, 0.5])
    | some.sampled_from(["", "a", "b", "ab", "a\n", "٣", "x.y"]),
    lambda part: some.lists(part, max_size=3) | some.dictionaries(NAMES, part, max_size=3),
    max_leaves=6,
)  # fmt: skip


def schemas(part):
    """Return schemas with some of every keyword that is known here, and of some that is not."""
    types = some.sampled_from(["object", "array", "string", "boolean", "integer", "number", "null"])
    keywords = {
        "title": some.just("t"),
        "type": types | some.lists(types, min_size=1, max_size=3, unique=True),
        "properties": some.dictionaries(NAMES, part, max_size=3),
        "additionalProperties": some.just(False) | some.booleans() | part,
        "required": some.lists(NAMES, max_size=2, unique=True),
        "dependentRequired": some.dictionaries(NAMES, some.lists(NAMES, max_size=2, unique=True), max_size=2),
        "items": part,
        "minItems": some.integers(0, 2),
        "maxItems": some.integers(0, 2),
        "minLength": some.integers(0, 2),
        "maxLength": some.integers(0, 2),
        "enum": some.lists(DATA, min_size=1, max_size=3),
        "pattern": some.sampled_from(["^a$", "^[ab]*$", "a", "^.$", "^[0-9]$", "^\\d$", "^a|b$", "^x\\.y$"]),
        "$ref": some.sampled_from(["#/$defs/one", "#/$defs/none", "#"]),
        "const": DATA,
        "not": part,
        "anyOf": some.lists(part, min_size=1, max_size=2),
        "minimum": some.integers(0, 1),
        "uniqueItems": some.booleans(),
        "patternProperties": some.dictionaries(some.just("a"), part, max_size=1),
        "propertyNames": part,
        "prefixItems": some.lists(part, min_size=1, max_size=2),
    }  # fmt: skip
    return some.sets(some.sampled_from(sorted(keywords)), max_size=3).flatmap(
        lambda chosen: some.fixed_dictionaries({one: keywords[one] for one in sorted(chosen)})
    )


SCHEMA = some.recursive(some.just({}) | some.booleans(), schemas, max_leaves=4).filter(
    lambda one: isinstance(one, dict)
)


@settings(max_examples=1500)
@given(SCHEMA, SCHEMA, DATA)
def test_what_surely_fits_any_schema_fits_it(asked, one, data):
    """Keywords that are not known here are never taken for fulfilled."""
    whole = {**asked, "$defs": {"one": one}}
    if surely_fits(data, whole):
        assert jsonschema_rs.Draft202012Validator(whole).is_valid(data)


@settings(max_examples=1500)
@given(
    some.text("ab0-9.\\[]{}(),?*+_^$|:!Aé \n", max_size=9), some.text("ab0-9.[]{,}\n٣é", max_size=5)
)
def test_a_pattern_is_read_here_only_where_the_library_reads_it_alike(inside, text):
    """What only one of the two reads, or both read differently, is left to the library."""
    try:
        whole = _whole(f"^{inside}$")
        theirs = jsonschema_rs.Draft202012Validator({"pattern": f"^{inside}$"})
    except (re.error, ValueError):
        return
    if whole is not None and whole.fullmatch(text):
        assert theirs.is_valid(text)


@pytest.mark.parametrize(
    "given",
    [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/none"}, {"pattern": "^[z-a]$"}, {"properties": 1}, {"type": 5}],
    ids=str,
)  # fmt: skip
def test_a_schema_as_none_is_written_is_left_to_the_library(given):
    """Circles, names of nothing and broken patterns are no faults here."""
    assert not surely_fits(
        {"x": "y"} if "properties" in given else "y",
        {**given, "$defs": {"a": {"$ref": "#/$defs/a"}}},
    )


def test_the_second_question_is_the_librarys(monkeypatch):
    """One question is answered here, the others faster there; what is not sure always there."""
    asked = []

    class Judge:
        def is_valid(self, plain):
            asked.append(plain)
            return True

    monkeypatch.setattr(schema, "_ASKED", set())
    monkeypatch.setattr(schema, "_judge", lambda *_: Judge())
    answers = [fits_schema(WHOLE, SCHEMAS, "case"), fits_schema(WHOLE, SCHEMAS, "case")]
    monkeypatch.setattr(schema, "_ASKED", set())
    answers.append(fits_schema({}, SCHEMAS, "case"))

    assert [True, True, True] == answers
    assert [WHOLE, {}] == asked

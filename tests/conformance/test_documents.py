"""Every decision fits the schema that other systems read it by."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from conformance.cases import LONG, RULES, book, case_of, draw
from hjemmel import decide, decision_document, next_question, what_if
from hjemmel.explain.guide_document import next_question_document
from hjemmel.explain.what_if_document import what_if_document

SHARDS = 5
CASES = (10_000 if LONG else 500) // SHARDS
SCHEMA = json.loads((RULES / "schema" / "decision.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_decision_fits_its_schema(shard):
    """From the document alone: no number is a float, no key is new, nothing is left out."""
    validator = Draft202012Validator(SCHEMA)
    for seed in range(500_000 + shard * CASES, 500_000 + (shard + 1) * CASES):
        drawn = draw(seed, untold=0.04 if seed % 4 == 0 else 0)
        decided = decide(book(), case_of(drawn), municipality=drawn.municipality)
        document = json.loads(json.dumps(decision_document(decided)))

        assert [] == [error.message for error in validator.iter_errors(document)], drawn
        assert bool(document["missing"]) <= (document["outcome"] in ("ask", "assess")), drawn
        assert document["missing"] or document["outcome"] != "ask", drawn
        if document["target_group"]["value"] != "true" or document["outcome"] == "no_request":
            assert ([], None) == (document["items"], document["amounts"]), drawn


@pytest.mark.parametrize(
    ("name", "document"),
    [
        pytest.param(
            "next_question", lambda one: next_question_document(next_question(one)), id="ask"
        ),
        pytest.param("what_if", lambda one: what_if_document(what_if(one)), id="what if"),
    ],
)
def test_what_helps_a_person_on_fits_its_schema(name, document):
    """What to ask next, and what would change it."""
    schema = json.loads((RULES / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    for seed in range(520_000, 520_000 + CASES // 4):
        drawn = draw(seed)
        decided = decide(book(), case_of(drawn), municipality=drawn.municipality)
        plain = json.loads(json.dumps(document(decided)))

        assert [] == [error.message for error in validator.iter_errors(plain)], drawn

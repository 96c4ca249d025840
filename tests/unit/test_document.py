"""The two ways to write a decision as JSON say the same."""

from __future__ import annotations

import json

import pytest

import hjemmel
from conformance.cases import book, case_of, draw
from hjemmel.explain.document import decision_bytes


@pytest.mark.parametrize("shard", range(4))
def test_one_line_and_many_hold_the_same(shard):
    """Parts that were written for earlier cases are copied into no other case than theirs."""
    decided = [
        hjemmel.decide(book(), case_of(drawn), municipality=drawn.municipality)
        for drawn in (draw(seed, untold=0.1) for seed in range(shard * 60, shard * 60 + 60))
    ]
    for decision in [*decided, *reversed(decided)]:
        one_line = hjemmel.decision_json(decision)

        assert b"\n" not in one_line
        assert hjemmel.decision_document(decision) == json.loads(one_line)
        assert list(json.loads(decision_bytes(decision))) == list(json.loads(one_line))

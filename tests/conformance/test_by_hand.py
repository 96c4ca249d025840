"""The policy written out by hand, which the benchmarks hold us against, says what ours says."""

from __future__ import annotations

import json
from datetime import date

import pytest
from benchmarks import by_hand
from benchmarks.cases import DAY, cases

import hjemmel
from conformance.cases import book
from hjemmel.explain.document import sources_document


@pytest.mark.parametrize("asking", [False, True])
def test_the_bound_does_the_same_work(asking):
    """Amounts, wishes and every node of the explanation, to the last source."""
    policy = book().on(date.fromisoformat(DAY))
    hand = by_hand.decider(policy, sources_document)
    for told in cases(60, asking=asking):
        ours = hjemmel.decision_document(hjemmel.decide(policy, hjemmel.read_case(told, book())))
        written = json.loads(hand(json.dumps(told).encode()))

        assert {name: ours[name] for name in ("amounts", "items", "explanation")} == {
            name: written[name] for name in ("amounts", "items", "explanation")
        }, told

"""Two interpreters, one answer, on a corpus that reaches every outcome and every open question."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.cases import DEFINITE, LONG, OPEN, QUESTIONS, book, case_of, draw
from hjemmel import decide
from hjemmel.decide import backend, missing

SHARDS = 10
CASES = (100_000 if LONG else 3_000) // SHARDS
#: How many cases each outcome and each question is at least seen in, of a thousand.
SELDOM = 2


@pytest.fixture(autouse=True)
def only_decide(monkeypatch):
    """Leave out the search for what to ask: the reference makes it alone, and it takes long."""
    monkeypatch.setattr(missing, "missing_facts", lambda *_: ())


@pytest.mark.parametrize("shard", range(SHARDS))
def test_both_interpreters_give_the_same_decision(shard):
    """A disagreement is an error and no decision; here there is none."""
    expected = {"reference", *(["durable-rules"] if backend.available() else [])}
    outcomes, questions = Counter(), Counter()
    for seed in range(shard * CASES, (shard + 1) * CASES):
        drawn = draw(seed)
        decided = decide(book(), case_of(drawn), municipality=drawn.municipality)
        outcomes[decided.outcome] += 1
        questions.update(question.id for question in decided.open_questions)

        assert expected == set(decided.receipt.interpreters), drawn

    # A generator that no longer reaches a corner of the law would make this test say less.
    assert {*DEFINITE, *OPEN} == outcomes.keys()
    assert QUESTIONS == questions.keys()
    assert min(outcomes.values()) * 1_000 > CASES * SELDOM, outcomes
    assert min(questions.values()) * 1_000 > CASES * SELDOM, questions

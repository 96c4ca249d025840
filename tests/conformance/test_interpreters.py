"""Two interpreters, one answer, on a corpus that reaches every outcome and every open question."""

from __future__ import annotations

from collections import Counter

import pytest
from conformance.cases import DEFINITE, LONG, OPEN, QUESTIONS, book, case_of, draw

from hjemmel import BackendError, decide
from hjemmel.decide import decision, rete
from hjemmel.truth import Truth

SHARDS = 10
CASES = (100_000 if LONG else 3_000) // SHARDS
#: How many cases each outcome and each question is at least seen in, of a thousand.
SELDOM = 2


@pytest.fixture(autouse=True)
def only_decide(monkeypatch):
    """Leave out the search for what to ask: the reference makes it alone, and it takes long."""
    monkeypatch.setattr(decision, "missing_facts", lambda *_: ())


@pytest.mark.parametrize("shard", range(SHARDS))
def test_both_interpreters_give_the_same_decision(shard):
    """A disagreement is an error and no decision; here there is none."""
    expected = {"reference", *([rete.Rete.name] if rete.available() else [])}
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


@pytest.mark.skipif(not rete.available(), reason="durable-rules cannot be imported in this Python")
@pytest.mark.parametrize("asked", ["conclude", "first_row"])
def test_a_disagreement_gives_no_decision(monkeypatch, asked):
    """Where one interpreter says otherwise, the case goes to a person with all the evidence."""
    drawn = draw(3, untold=0)
    right = rete.Rete.conclude
    wrong = {
        "conclude": lambda self, table, inputs: (
            Truth.FALSE if table == "conclusion/disease" else right(self, table, inputs)
        ),
        "first_row": lambda self, table, rows: len(rows) - 1,
    }
    monkeypatch.setattr(rete.Rete, asked, wrong[asked])

    with pytest.raises(BackendError) as raised:
        decide(book(), case_of(drawn), municipality=drawn.municipality)

    assert "interpreters-disagree" == raised.value.key
    assert {"case", "policy_digest", "reference", "durable_rules"} <= raised.value.evidence.keys()


def test_alone_the_reference_says_that_it_is_alone(monkeypatch):
    """Without durable-rules there is one name on the receipt, and the same decision."""
    drawn = draw(3, untold=0)
    both = decide(book(), case_of(drawn), municipality=drawn.municipality)
    monkeypatch.setattr(rete, "available", lambda: False)

    alone = decide(book(), case_of(drawn), municipality=drawn.municipality)

    assert ("reference",) == alone.receipt.interpreters
    assert (both.outcome, both.items, both.amounts) == (alone.outcome, alone.items, alone.amounts)

"""Two interpreters, one answer: what happens when they do not agree, or one is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

import hjemmel
from hjemmel.decide import backend
from hjemmel.decide import decision as deciding

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def book():
    """Return the shipped rules."""
    return hjemmel.load_policy()


@pytest.fixture
def case(book):
    """Return the example case of a grant."""
    return hjemmel.read_case(ROOT / "examples" / "als.yaml", book)


class Contrary:
    """A backend that always says the opposite of the reference."""

    def __init__(self, policy):
        """Take the policy whose conditions it turns round."""
        self._reference = deciding.Reference(policy.tables())

    def conclude(self, table, inputs):
        """Return the opposite truth."""
        return self._reference.conclude(table, inputs).negated()

    def first_row(self, table, rows):
        """Return the first row that fits, as the reference does, or the first of all."""
        return self._reference.first_row(table, rows) or 0


def test_a_disagreement_gives_no_decision_but_the_means_to_see_it_again(book, case, monkeypatch):
    """No decision is better than one of two; the evidence names no person."""
    monkeypatch.setattr(backend, "available", lambda: True)
    monkeypatch.setattr(deciding, "backend_for", Contrary)

    with pytest.raises(hjemmel.BackendError) as caught:
        hjemmel.decide(book, case)

    assert {
        *("policy_digest", "municipality", "case", "question", "reference", "durable_rules")
    } == set(caught.value.evidence)
    assert "Anne" not in str(caught.value.evidence)


class WrongOnce(Contrary):
    """A backend that is wrong about one condition only."""

    def conclude(self, table, inputs):
        """Return the opposite truth of a condition on which the outcome does not rest."""
        truth = self._reference.conclude(table, inputs)
        return truth.negated() if table == "conclusion/wish_own_payment" else truth


def test_one_wrong_answer_is_noticed_where_it_is_given(book, case, monkeypatch):
    """The two are compared on every condition, and what was asked is part of the evidence."""
    monkeypatch.setattr(backend, "available", lambda: True)
    monkeypatch.setattr(deciding, "backend_for", WrongOnce)

    with pytest.raises(hjemmel.BackendError) as caught:
        hjemmel.decide(book, case)

    assert "conclusion/wish_own_payment" in caught.value.evidence["question"]
    assert "Truth.FALSE" in caught.value.evidence["reference"]


def test_what_was_agreed_on_before_hides_no_disagreement(book, case, monkeypatch):
    """Two interpreters have a memory of their own: another second one is asked anew."""
    hjemmel.decide(book, case)
    monkeypatch.setattr(backend, "available", lambda: True)
    monkeypatch.setattr(deciding, "backend_for", Contrary)

    with pytest.raises(hjemmel.BackendError):
        hjemmel.decide(book, case)


def test_without_durable_rules_the_reference_decides_alone_and_says_so(book, case, monkeypatch):
    """The receipt shows which interpreters ran."""
    monkeypatch.setattr(backend, "available", lambda: False)

    decision = hjemmel.decide(book, case, municipality="eksempelkommune")

    assert ("reference",) == decision.receipt.interpreters
    assert "grant" == decision.outcome


@pytest.mark.skipif(not backend.available(), reason="durable-rules kan ikke indlæses her")
def test_with_durable_rules_both_interpreters_decide(book, case):
    """Both are named, and the answer is the same as the reference gives alone."""
    decision = hjemmel.decide(book, case, municipality="eksempelkommune")

    assert ("reference", "durable-rules") == decision.receipt.interpreters


def test_a_policy_for_another_day_is_refused(book, case):
    """Rules of one day never decide a case of another."""
    from datetime import date

    with pytest.raises(ValueError, match="2024-03-05"):
        hjemmel.decide(book.on(date(2024, 3, 5)), case)


def test_law_is_cited_in_the_edition_in_force_on_the_day(book, case):
    """A decision of March 2024 cites the consolidation of January 2024."""
    document = hjemmel.decision_document(hjemmel.decide(book, case))
    editions = {
        source["edition"]
        for duty in document["duties"]
        for source in duty["sources"]
        if source["label"] == "serviceloven"
    }

    assert {"lovbekendtgørelse nr. 67 af 22/01/2024"} == editions

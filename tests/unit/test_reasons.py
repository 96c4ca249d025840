"""The explanation tells of everything a conclusion was drawn from."""

from __future__ import annotations

import hjemmel

CASE = {
    "case": "EX-1",
    "decided_on": "2024-03-04",
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True},
    "previous_help": [
        {"provision": "112", "because_of_disease": False},
        {"provision": "97", "because_of_disease": True},
    ],
    "earlier_grants": [],
}


def all_below(reason):
    """Yield *reason* and everything below it."""
    yield reason
    for child in reason.children:
        yield from all_below(child)


def test_help_that_excludes_is_shown_beside_help_that_does_not():
    """Two helps have the same conclusions; the first must not hide the one that decides."""
    book = hjemmel.load_policy()
    decision = hjemmel.decide(book, hjemmel.read_case(CASE, book))

    told = {
        one.fact for one in all_below(hjemmel.explain(decision)) if one.fact.endswith("of_disease")
    }

    assert "refuse" == decision.outcome
    assert {"previous_help[0].because_of_disease", "previous_help[1].because_of_disease"} == told


def test_nothing_is_told_twice_in_one_place():
    """Rules that rest on the same fact share the line about it."""
    book = hjemmel.load_policy()
    decision = hjemmel.decide(book, hjemmel.read_case(CASE, book))

    for one in all_below(hjemmel.explain(decision)):
        assert len(set(one.children)) == len(one.children), one.label

"""The shipped rules, read once in each process, and a case of the list decided by them."""

from __future__ import annotations

from functools import cache

import hjemmel

AID = {"id": "w1", "provision": "112", "category": "mobility_and_transport"}
RECIPIENT = {"name": "Birgit Testesen", "address": ["Prøvevej 7", "9999 Eksempelby"]}


@cache
def book():
    """Return the shipped rules."""
    return hjemmel.load_policy()


def als_decided(municipality="eksempelkommune", **told):
    """Return the decision of an ALS case with *told* in place of what it says.

    What is told as nothing is left out.
    """
    case = {
        "case": "EX-1",
        "decided_on": "2025-10-06",
        "request": {"made": True, "date": "2025-10-01"},
        "diagnosis": {"text": "ALS", "entry": "mnd-als", "confirmed": True},
        "previous_help": [],
        "earlier_grants": [],
        **told,
    }
    known = {key: value for key, value in case.items() if value is not None}
    return hjemmel.decide(book(), hjemmel.read_case(known, book()), municipality=municipality)

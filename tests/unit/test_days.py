"""A policy is made once for all days that have the same rules, and is right for each of them."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

import hjemmel
from helpers.shipped import book
from hjemmel.assure.population import Population
from hjemmel.issues import NotInForceError
from hjemmel.policy import book as books
from hjemmel.policy.compile import compile_policy
from hjemmel.policy.translation import translated

HERE = "eksempelkommune"
LAST = date(2026, 12, 31)


def stretches(municipality=""):
    """Return the first and last day of each stretch of days that there are rules for."""
    known = book()
    edges = [day for day in known.edges[municipality] if known.began <= day <= LAST]
    return list(zip(edges, [day - timedelta(1) for day in edges[1:]] + [LAST], strict=True))


def made_for(day, municipality="", lang="da"):
    """Return the policy of *day* as it is made for that day and no other."""
    known = book()
    trees, local = translated(known.trees, lang), known.municipality_trees.get(municipality)
    digest = known.digest(municipality)
    return compile_policy(trees, day, digest=digest, municipality=local, lang=lang)


def parts(policy):
    """Return what a policy holds, without what others have worked out from it."""
    return {name: getattr(policy, name) for name in policy.__slots__ if name != "notes"}


def test_there_are_stretches():
    """A rate begins every January, and the law changed within a year as well."""
    firsts = [first for first, _ in stretches()]

    assert date(2024, 1, 1) in firsts
    assert date(2025, 7, 1) in firsts
    assert len(firsts) > 6


@pytest.mark.parametrize(("municipality", "lang"), [("", "en"), (HERE, "da")])
def test_every_day_of_a_stretch_has_the_policy_made_for_it(municipality, lang):
    """The first day, the last, and one in between."""
    for first, last in stretches(municipality):
        for day in {first, first + (last - first) / 2, last}:
            shared = book().on(day, municipality, lang=lang)
            assert parts(made_for(day, municipality, lang)) == parts(shared), day


def test_days_of_a_stretch_share_what_is_worked_out_and_others_do_not():
    """Else every new day of a service would begin with nothing."""
    rules = book()

    assert rules.on(date(2025, 7, 1)).notes is rules.on(date(2025, 7, 2)).notes
    assert rules.on(date(2025, 7, 1)).notes is not rules.on(date(2025, 6, 30)).notes
    assert rules.on(date(2025, 7, 1)).notes is not rules.on(date(2025, 7, 1), HERE).notes
    assert rules.on(date(2025, 7, 1)).notes is not rules.on(date(2025, 7, 1), lang="en").notes


def test_what_another_day_has_worked_out_changes_no_decision():
    """By one book, cases of many days in any order; then each by a policy that knows no other."""
    shared = hjemmel.load_policy()
    invented = Population(shared, seed=7)
    told = [invented.case(number) for number in range(80)]
    random.Random(7).shuffle(told)
    cases = [hjemmel.read_case(one, shared) for one in told]
    days = {case.decided_on for case in cases}
    by_one_book = [hjemmel.decide(shared, case) for case in cases]

    assert len(days) > 60
    assert {"grant", "refuse", "ask", "assess"} <= {one.outcome for one in by_one_book}
    for decision in by_one_book:
        alone = hjemmel.decide(made_for(decision.case.decided_on), decision.case)
        assert hjemmel.decision_json(alone) == hjemmel.decision_json(decision)


def test_the_same_case_on_many_days_tells_each_of_them():
    """What a decision is remembered by does not hold its day, and so the day is written anew."""
    shared = hjemmel.load_policy()
    told = {
        "case": "EX-1",
        "request": {"made": True},
        "diagnosis": {"entry": "mnd-als", "confirmed": True},
        "previous_help": [],
        "earlier_grants": [],
        "wishes": [{"id": "w1", "provision": "112", "value": "18500.00"}],
    }
    days = [date(2025, 7, 2) + timedelta(at) for at in range(6)] * 2
    cases = [hjemmel.read_case({**told, "decided_on": str(day)}, shared) for day in days]
    by_one_book = [hjemmel.decision_json(hjemmel.decide(shared, case)) for case in cases]

    for case, written in zip(cases, by_one_book, strict=True):
        assert hjemmel.decision_json(hjemmel.decide(made_for(case.decided_on), case)) == written


def test_a_day_without_rules_is_told_as_that_day():
    """Also where another day of the same stretch was asked for first."""
    rules = hjemmel.load_policy()
    for day in (date(2027, 1, 4), date(2027, 1, 5)):
        with pytest.raises(NotInForceError) as raised:
            rules.on(day)
        assert day.isoformat() in raised.value.text("en")


def test_a_book_forgets_days_before_it_holds_too_many(monkeypatch):
    """What was worked out is not lost with them."""
    monkeypatch.setattr(books, "_MOST_DAYS", 3)
    rules = hjemmel.load_policy()
    made = [rules.on(date(2024, 3, day)) for day in range(1, 20)]

    assert len(vars(rules)["_by_day"]) <= 3
    assert all(one.notes is made[0].notes for one in made)
    assert [one.on.day for one in made] == list(range(1, 20))

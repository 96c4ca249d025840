"""What is said to carry an outcome carries it, and what is said to turn it turns it.

Every set and every change is put into the case as plain data and decided again from there.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, combinations
from math import comb

import pytest

from conformance.cases import (
    CRITERIA,
    LONG,
    book,
    case_of,
    draw,
    proposed,
    with_value,
    without,
)
from conformance.test_asking import path_of
from hjemmel import decide, what_if
from hjemmel.explain.what_if_document import what_if_document

CASES = 200 if LONG else 10
SHARDS = range(2)
#: Smaller sets are gone through one by one where there are no more of them than this.
MOST_SMALLER = 120
#: What lies fixed, by hand: the disease and its course, the age, and what was granted before.
FIXED = ("diagnosis.", "citizen.under_18", "previous_help", "earlier_grants")
ASSESSED = (
    *("citizen.eldercare_act", "because_of_disease", "minor"),
    *(f"criteria.{name}" for name in CRITERIA),
)


@cache
def found(shard):
    """Return fully told cases with their decision and what was found about it."""
    return list(_found(shard))


def _found(shard):
    for seed in range(700_000 + shard * CASES, 700_000 + (shard + 1) * CASES):
        drawn = draw(seed, untold=0)
        decision = decide(book(), case_of(drawn), municipality=drawn.municipality)
        yield drawn, decision, what_if(decision)


def told_facts(decision):
    """Return the paths of what the case tells and a rule may read, from the case alone."""
    case = decision.case
    rules = decision.trace.run.policy.facts
    paths = [path for path in case.facts if path in rules]
    for name, element in (
        ("previous_help", "help"),
        ("earlier_grants", "grant"),
        ("wishes", "wish"),
    ):
        elements = case.lists.get(name)
        paths += [name] if elements == () and name != "wishes" else []
        for at, one in enumerate(elements or ()):
            fields = {"value" if field == "quantity" else field for field in one}
            key = one.get("id", at)
            paths += [f"{name}[{key}].{field}" for field in fields if f"{element}.{field}" in rules]
    return set(paths)


def with_only(drawn, kept, told):
    """Return *drawn* with all of *told* blanked but *kept*."""
    blank = []
    for fact in sorted(told - kept):
        if fact == "diagnosis.entry":
            blank += [("diagnosis", name) for name in ("entry", "text", "code")]
        elif fact.endswith("].value"):
            way = path_of(drawn.data, fact)
            blank += [(*way[:2], name) for name in ("value", "quantity", "unit")]
        else:
            blank.append(path_of(drawn.data, fact))
    for name in ("previous_help", "earlier_grants"):
        if drawn.data.get(name) and not any(one.startswith(f"{name}[") for one in kept):
            blank = [way for way in blank if way[0] != name] + [(name,)]
    return drawn.having(without(drawn.data, *blank))


def outcome_of(drawn):
    """Return what *drawn* comes to."""
    return proposed(drawn).outcome.result


@pytest.mark.parametrize("shard", SHARDS)
def test_what_carries_an_outcome_carries_it_alone_and_nothing_in_it_is_idle(shard):
    """With all else untold the outcome stands; with one fact less it does not."""
    sets = 0
    for drawn, decision, result in found(shard):
        told = told_facts(decision)
        for facts in result.carried_by:
            sets += 1
            kept = {one.fact for one in facts}

            assert kept <= told, drawn
            assert decision.outcome == outcome_of(with_only(drawn, kept, told)), (drawn, kept)
            for fact in kept:
                less = with_only(drawn, kept - {fact}, told)

                assert decision.outcome != outcome_of(less), (drawn, kept, fact)

    assert sets > CASES / 2


def test_no_smaller_set_carries_the_outcome():
    """Gone through one by one, where there are few enough to do so."""
    tried = 0
    for drawn, decision, result in chain.from_iterable(map(found, SHARDS)):
        told = told_facts(decision)
        size = min((len(facts) for facts in result.carried_by), default=0)
        if size < 1 or comb(len(told), size - 1) > MOST_SMALLER:
            continue
        for smaller in combinations(sorted(told), size - 1):
            tried += 1

            assert decision.outcome != outcome_of(with_only(drawn, set(smaller), told)), (
                drawn,
                smaller,
            )

    assert tried


@pytest.mark.parametrize("shard", SHARDS)
def test_what_turns_an_outcome_turns_it_to_what_is_shown(shard):
    """Each change is made in the case file; none of several can be left out."""
    outcomes = set()
    for drawn, decision, result in found(shard):
        for turn in what_if_document(result)["turns"]:
            changes = {one["fact"]: one["to"]["value"] for one in turn["changes"]}
            changed = with_changes(drawn, changes)
            outcomes.add((decision.outcome, turn["outcome"]))

            assert turn["outcome"] != decision.outcome, drawn
            assert turn["outcome"] == outcome_of(changed), (drawn, changes)
            assert all(one["sources"] for one in turn["changes"]), turn
            for fact in changes if len(changes) > 1 else ():
                fewer = {one: value for one, value in changes.items() if one != fact}

                assert decision.outcome == outcome_of(with_changes(drawn, fewer)), (drawn, fewer)

    assert {("grant", "refuse"), ("grant", "partial_grant")} <= outcomes


def with_changes(drawn, changes):
    """Return *drawn* with each of *changes* made in its plain data."""
    data = drawn.data
    for fact, value in changes.items():
        way = path_of(data, fact)
        before = data
        for step in way:
            inside = isinstance(step, int) or step in before
            before = before[step] if inside else None
        told = {**before, "met": value} if isinstance(before, dict) else value
        data = with_value(data, way, told)
    return drawn.having(data)


@pytest.mark.parametrize("shard", SHARDS)
def test_what_nobody_can_change_is_marked(shard):
    """A diagnosis, an age and help already given lie fixed; a judgement can be made anew."""
    marks = set()
    for drawn, _, result in found(shard):
        for turn in result.turns:
            for told in (one.told for one in turn.changes):
                assessed = told.fact.endswith(ASSESSED)
                fixed = told.fact.startswith(FIXED) and not assessed
                marks.add((fixed, assessed))

                assert (not fixed, assessed) == (told.changeable, told.assessed), (drawn, told)
            assert turn.possible == all(one.told.changeable for one in turn.changes)

    assert {(True, False), (False, True), (False, False)} == marks

"""Unknown never decides: less told can only ask, and more told never changes an answer given."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.cases import (
    CRITERIA,
    DEFINITE,
    INDICATORS,
    LONG,
    OPEN,
    draw,
    paths_of,
    proposed,
    result_of,
    with_value,
    without,
)

CASES = 2_000 if LONG else 75
SHARDS = range(3)
NOTHING = ("0", "0.00", "0,00", "0 kr.", "0,00 kr.")


def definite_cases(shard, **how):
    """Yield the cases of *shard* that come to a definite outcome, and what they come to."""
    for number in range(CASES):
        drawn = draw(10_000 * (shard + 1) + number, **how)
        proposal = proposed(drawn)
        if proposal.outcome.result in DEFINITE:
            yield drawn, proposal


def answer(proposal):
    """Return what was answered: outcome, items, and what is granted, spent and left.

    The ceiling itself is left out: while the date of an earlier grant is not told, the lower of
    the possible ones is shown. What is left of it is compared.
    """
    outcome, items, amounts = result_of(proposal)
    money = amounts and (amounts.spent_before, amounts.granted, amounts.remaining)
    return (outcome, items, money)


def blanks(data):
    """Yield what to blank in *data*, a fact at a time.

    By contract some facts have a meaning when they are left out, and are no blanks here:

    * `wishes`: left out means that nothing is chosen yet, so another question is asked.
    * `value` beside `quantity`: without the one, the price is worked out from the other. They
      are blanked together.
    * `outside_costs`: costs not told are none. They are blanked all the same, for they are no
      part of what is compared: nothing else may change.
    * A price of nothing is not blanked: where nothing is left of the ceiling, it alone still fits.
    * `granted_on`: a date left out never asks. It is blanked all the same: as the rules are
      shipped no reading is chosen for it, so a date can only make a case uncertain.

    The indicators decide nothing and are blanked in one go.
    """
    yield tuple(("indicators", name) for name in INDICATORS)
    for path in paths_of(data):
        if path == ("wishes",) or path[0] == "indicators":
            continue
        if path[0] == "wishes" and path[2] in ("value", "quantity"):
            if data["wishes"][path[1]].get("value") in NOTHING:
                continue
            yield ((*path[:2], "value"), (*path[:2], "quantity"))
        else:
            yield (path,)


@pytest.mark.parametrize("shard", SHARDS)
def test_blanking_a_fact_never_gives_another_answer(shard):
    """Without a fact the answer is the same to the øre, or it is a question."""
    seen = Counter()
    for drawn, proposal in definite_cases(shard):
        seen[proposal.outcome.result] += 1
        for paths in blanks(drawn.data):
            poorer = proposed(drawn.having(without(drawn.data, *paths)))
            if poorer.outcome.result not in OPEN:
                assert answer(proposal) == answer(poorer), (drawn, paths)

    assert seen.keys() == DEFINITE, "the cases must reach every definite outcome"


def test_without_a_request_told_we_ask():
    """Whatever else is told: nobody is granted or refused what they may not have asked for."""
    outcomes = {
        proposed(drawn.having(without(drawn.data, ("request", "made")))).outcome.result
        for drawn, _ in definite_cases(7, untold=0)
    }

    assert {"ask"} == outcomes


def test_wishes_left_out_are_no_wishes_yet():
    """A list of wishes that is left out is the same as an empty one."""
    for drawn, _ in definite_cases(8):
        left_out = proposed(drawn.having(without(drawn.data, ("wishes",))))
        empty = proposed(drawn.having({**drawn.data, "wishes": []}))

        assert answer(empty) == answer(left_out), drawn


# --- telling more ---------------------------------------------------------------------------------

YES_NO = (
    *(("citizen", name) for name in ("under_18", "eldercare_act")),
    *(("diagnosis", name) for name in ("confirmed", "form_confirmed")),
    *(("criteria", name) for name in CRITERIA),
    *(("indicators", name) for name in INDICATORS),
)
ENTRY_VALUES = ("mnd-als", "sma-type-1", "mnd", "not_listed")
LISTS = {
    "previous_help": ([], [{"provision": "97", "because_of_disease": True}], [{}]),
    "earlier_grants": ([], [{"date": "2023-06-01", "amount": "39750"}], [{}]),
}
ELEMENTS = {
    "previous_help": {
        "provision": ("83", "112", "95"),
        "because_of_disease": (True, False),
        "automatic_at_discharge": (True, False),
        "granted_on": ("2023-05-31", "2023-06-01"),
    },
    "earlier_grants": {
        "date": ("2023-06-01",),
        "provision": ("112",),
        "amount": ("0", "0.01", "99999"),
    },
    "wishes": {
        "minor": (True, False),
        "accepts_own_payment": (True, False),
        "outside_costs": ({"repair": "99999"},),
        "description": ("null",),
    },
}


def additions(data):
    """Yield each fact that is not told in *data*, with a value it could have."""
    for group, name in YES_NO:
        if data.get(group, {}).get(name) is None:
            yield from (((group, name), value) for value in (True, False))
    if data.get("diagnosis", {}).get("entry") is None and "text" not in data.get("diagnosis", {}):
        yield from ((("diagnosis", "entry"), value) for value in ENTRY_VALUES)
    for name, values in LISTS.items():
        if name not in data:
            yield from (((name,), value) for value in values)
    for name, fields in ELEMENTS.items():
        for number, element in enumerate(data.get(name, ())):
            for field, values in fields.items():
                if element.get(field) is None:
                    yield from (((name, number, field), value) for value in values)


@pytest.mark.parametrize("shard", SHARDS)
def test_telling_more_never_gives_another_answer(shard):
    """What was granted or refused stays so, to the øre, or a person must look again."""
    told = Counter()
    for drawn, proposal in definite_cases(20 + shard, untold=0.12):
        for path, value in additions(drawn.data):
            told[path[0]] += 1
            richer = proposed(drawn.having(with_value(drawn.data, path, value)))
            if richer.outcome.result not in OPEN:
                assert answer(proposal) == answer(richer), (drawn, path, value)

    assert told.keys() >= {"citizen", "criteria", "wishes"}

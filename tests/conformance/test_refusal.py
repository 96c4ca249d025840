"""No wrong refusal, no wrong grant: the answer is weighed against the law in a few plain lines.

What is written here knows nothing of the rule files or of conditions; it reads the told case.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from conformance.cases import CRITERIA, ENTRIES, LONG, TEXTS, draw, paths_of, proposed, without
from hjemmel.decide.grounds import grounds_of

SHARDS = range(3)
CASES = 3_000 if LONG else 200
THE_FOUR = ("83", "97", "112", "116")
LAW_BEGAN = "2023-06-01"
GRANTING = ("grant", "partial_grant")


def told_criterion(data, name):
    """Return how the criterion *name* was assessed: yes, no, or not at all."""
    told = data.get("criteria", {}).get(name)
    return told.get("met") if isinstance(told, dict) else told


def on_the_list(data):
    """Return whether the disease is printed on the list; nothing where nobody has told."""
    diagnosis = data.get("diagnosis", {})
    entry = diagnosis.get("entry")
    if entry is None:
        # A full name or a code of its own may stand for the entry, and only ever for a yes.
        named = (diagnosis.get("text"), diagnosis.get("code"))
        return True if any(one in names for one in named for names in TEXTS.values()) else None
    if entry in ENTRIES["ask_form"]:
        return diagnosis.get("form_confirmed")
    return entry in ENTRIES["listed"]


def provision_of(help_):
    """Return the provision of earlier help without its section sign; empty where it is untold."""
    return (help_.get("provision") or "").strip("§ ")


def excludes(help_):
    """Return whether earlier help shuts the citizen out, all of it told."""
    provision = provision_of(help_)
    at_discharge = provision != "83" or help_.get("automatic_at_discharge") is False
    since = (help_.get("granted_on") or LAW_BEGAN) >= LAW_BEGAN
    because = help_.get("because_of_disease") is True
    return provision in THE_FOUR and because and at_discharge and since


def may_exclude(help_):
    """Return whether earlier help could shut the citizen out, for all that is told."""
    discharged = provision_of(help_) == "83" and help_.get("automatic_at_discharge") is True
    return help_.get("because_of_disease") is not False and not discharged


def shut_out(data):
    """Return whether some earlier help excludes."""
    return any(excludes(one) for one in data.get("previous_help") or ())


def fails_the_criteria(data):
    """Return whether some criterion was assessed as not met."""
    return any(told_criterion(data, name) is False for name in CRITERIA)


def held_by(data, ground):
    """Return whether *ground* really is a ground for a no, by what is told."""
    if ground in CRITERIA:
        return told_criterion(data, ground) is False
    off_the_list = on_the_list(data) is False
    return {
        "criteria_met": fails_the_criteria(data),
        "listed": off_the_list,
        "disease": off_the_list and fails_the_criteria(data),
        "already_helped": shut_out(data),
    }[ground]


@cache
def cases_of(shard):
    """Return drawn cases of *shard* with what is proposed for them."""
    return [(drawn, proposed(drawn)) for drawn in _drawn(shard)]


def _drawn(shard):
    """Yield cases as they are drawn, and with one fact or another left out."""
    for number in range(CASES):
        drawn = draw(900_000 + shard * CASES + number)
        yield drawn
        helped = {"provision": THE_FOUR[number % 4], "because_of_disease": number % 3 != 1}
        discharged = {"automatic_at_discharge": number % 5 == 0}
        yield drawn.having({**drawn.data, "previous_help": [{**helped, **discharged}]})
        paths = sorted(paths_of(drawn.data), key=str)
        for at in (number, number * 7 + 3):
            if paths:
                yield drawn.having(without(drawn.data, paths[at % len(paths)]))


@pytest.mark.parametrize("shard", SHARDS)
def test_every_refusal_has_grounds_and_each_of_them_is_told(shard):
    """Refused is only who fails a criterion off the list, or has had help for the disease."""
    seen = Counter()
    for drawn, proposal in cases_of(shard):
        if proposal.outcome.result != "refuse":
            continue
        grounds = grounds_of(proposal)
        seen.update(grounds)

        assert grounds, drawn
        assert [] == [one for one in grounds if not held_by(drawn.data, one)], drawn
        assert {"disease", "already_helped"} & set(grounds), drawn
        assert drawn.data["request"]["made"] is True, drawn

    assert {"criteria_met", "listed", "disease", "already_helped"} <= set(seen)


@pytest.mark.parametrize("shard", SHARDS)
def test_every_grant_rests_on_what_is_told(shard):
    """Granted is only who asked, has the disease for certain, and has had no help that excludes."""
    seen = Counter()
    for drawn, proposal in cases_of(shard):
        if proposal.outcome.result not in GRANTING:
            continue
        data = drawn.data
        all_six = all(told_criterion(data, name) is True for name in CRITERIA)
        seen[grounds_of(proposal)] += 1

        assert data["request"]["made"] is True, drawn
        assert data["diagnosis"]["confirmed"] is True, drawn
        assert on_the_list(data) is True or all_six, drawn
        assert data["previous_help"] is not None, drawn
        assert not any(may_exclude(one) for one in data["previous_help"]), drawn
        assert data["earlier_grants"] is not None, drawn

    assert {("listed",), ("criteria_met",)} == set(seen)


@pytest.mark.parametrize("shard", SHARDS)
def test_nobody_is_left_waiting_who_is_surely_shut_out_or_surely_in(shard):
    """What is told in full about the target group is answered: neither asked about nor assessed."""
    for drawn, proposal in cases_of(shard):
        data, target = drawn.data, proposal.target_group.value
        off_the_list = on_the_list(data) is False
        if shut_out(data) or (off_the_list and fails_the_criteria(data)):
            assert "false" == target, drawn
        all_six = all(told_criterion(data, name) is True for name in CRITERIA)
        sure = data.get("diagnosis", {}).get("confirmed") is True
        free = data.get("previous_help") is not None and not any(
            may_exclude(one) for one in data["previous_help"]
        )
        if sure and free and (on_the_list(data) or all_six):
            assert "true" == target, drawn

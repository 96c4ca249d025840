"""What holds for every budget: nothing above the ceiling, and no wish stands in another's way."""

from __future__ import annotations

import pytest

from conformance.cases import CEILINGS, LONG, draw, proposed, result_of

CASES = 3_000 if LONG else 150
SHARDS = range(3)


def with_wishes(shard):
    """Yield fully told cases that are in the target group and hold wishes."""
    for seed in range(100_000 + shard * CASES, 100_000 + (shard + 1) * CASES):
        drawn = draw(seed, untold=0)
        proposal = proposed(drawn)
        if proposal.items:
            yield drawn, proposal


@pytest.mark.parametrize("shard", SHARDS)
def test_the_ceiling_holds(shard):
    """Granted, spent and left fit the ceiling of the law, and each other, to the øre."""
    seen = 0
    for drawn, proposal in with_wishes(shard):
        seen += 1
        amounts = proposal.amounts
        granted = sum(item.granted for item in proposal.items)
        spent = amounts.spent_before or 0

        assert granted == amounts.granted, drawn
        assert amounts.ceiling in CEILINGS.values(), drawn
        assert max(CEILINGS.values()) >= granted, drawn
        assert granted + spent <= max(CEILINGS[drawn.data["decided_on"][:4]], spent), drawn
        assert all(item.granted >= 0 and item.own_payment >= 0 for item in proposal.items), drawn
        if amounts.remaining is not None:
            assert max(0, amounts.ceiling - spent - granted) == amounts.remaining, drawn

    assert seen > CASES / 4


@pytest.mark.parametrize("shard", SHARDS)
def test_costs_outside_the_ceiling_stay_outside(shard):
    """Installation, reinstatement and repair change neither an item nor what is left."""
    for drawn, proposal in with_wishes(shard):
        dear = [{**wish, "outside_costs": {"repair": "99999"}} for wish in drawn.data["wishes"]]
        other = proposed(drawn.having({**drawn.data, "wishes": dear}))

        assert result_of(proposal) == result_of(other), drawn
        for item in other.items:
            given = item.status in ("granted", "partly_granted")
            assert (9_999_900 if given else 0) == item.outside_ceiling, drawn


@pytest.mark.parametrize("shard", SHARDS)
def test_a_wish_that_gets_nothing_leaves_the_others_alone(shard):
    """Take away what is not covered or does not fit: the rest comes out the same."""
    taken = 0
    for drawn, proposal in with_wishes(shard):
        for item in proposal.items:
            if item.status not in ("not_covered", "over_ceiling"):
                continue
            taken += 1
            wishes = [wish for wish in drawn.data["wishes"] if wish["id"] != item.id]
            other = proposed(drawn.having({**drawn.data, "wishes": wishes}))

            assert tuple(one for one in proposal.items if one is not item) == other.items, drawn
            assert proposal.amounts == other.amounts, drawn

    assert taken


@pytest.mark.parametrize("shard", SHARDS)
def test_a_later_wish_changes_no_earlier_one(shard):
    """The citizen's own order decides who comes first."""
    for drawn, proposal in with_wishes(shard):
        fewer = proposed(drawn.having({**drawn.data, "wishes": drawn.data["wishes"][:-1]}))

        assert proposal.items[:-1] == fewer.items, drawn


@pytest.mark.parametrize("shard", SHARDS)
def test_what_is_paid_adds_up(shard):
    """Granted and own payment are the price; without consent nobody is asked to pay."""
    paying = 0
    for drawn, proposal in with_wishes(shard):
        wishes = {wish["id"]: wish for wish in drawn.data["wishes"]}
        for item in proposal.items:
            if item.own_payment:
                paying += 1
                assert wishes[item.id]["accepts_own_payment"] is True, drawn
                assert "partly_granted" == item.status, drawn
            if item.status not in ("granted", "partly_granted"):
                assert (0, 0, 0) == (item.granted, item.own_payment, item.outside_ceiling), drawn

    assert paying

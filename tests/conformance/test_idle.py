"""What is proved idle is idle: no answer to it changes an øre, however the rest is told.

The proof reads conditions; the test throws dice.
"""

from __future__ import annotations

from random import Random

import pytest

from conformance.cases import LONG, book, case_of, draw, paths_of, proposed, result_of, without
from conformance.test_asking import told, untold
from hjemmel import decide, next_question
from hjemmel.decide.settled import UNREAD, standing

CASES = 300 if LONG else 40
SHARDS = range(2)
COMPLETIONS = 8


def poorer(shard):
    """Yield cases in which up to six told facts were blanked, and the dice that did it."""
    for number in range(CASES):
        random = Random(seed := 800_000 + shard * CASES + number)
        drawn = draw(seed, untold=0)
        paths = [path for path in paths_of(drawn.data) if path[0] != "indicators"]
        blank = sorted(random.sample(paths, min(len(paths), random.randint(0, 6))), key=len)
        yield drawn.having(without(drawn.data, *reversed(blank))), random


@pytest.mark.parametrize("shard", SHARDS)
def test_what_is_idle_changes_nothing(shard):
    """Two tellings that differ in idle facts alone come to the same."""
    proofs = set()
    for drawn, random in poorer(shard):
        proposal = proposed(drawn)
        found = standing(proposal)
        # An entry that the disease's name settles is told already.
        left = [one for one in untold(drawn.data) if one not in proposal.run.case.facts]
        others = [fact for fact in left if fact not in found.idle]
        idle = [fact for fact in left if fact in found.idle]
        proofs |= {settler.kind for settler in found.idle.values()}
        for _ in range(COMPLETIONS if idle else 0):
            completed = told(drawn.data, others, random)
            more = told(completed, idle, random)

            assert result_of(proposed(drawn.having(completed))) == result_of(
                proposed(drawn.having(more))
            ), (drawn, idle, completed, more)

    assert {"conclusion", "item", UNREAD.kind} <= proofs


def test_nothing_asked_for_is_idle():
    """What the decision asks for, the proof calls open: the two are worked out apart."""
    asked = 0
    for drawn, _ in poorer(9):
        decision = decide(book(), case_of(drawn), municipality=drawn.municipality)
        found = standing(decision.trace)
        facts = {one.fact for one in decision.missing if one.fact not in decision.case.facts}
        asked += len(facts)

        assert facts <= set(found.open), drawn
        assert not set(found.open) & set(found.idle), drawn

    assert asked


def test_every_untold_fact_is_accounted_for():
    """Each is asked for now, perhaps later, or proved idle; and each answer shown is decided."""
    for drawn, _ in list(poorer(5))[:15]:
        decision = decide(book(), case_of(drawn), municipality=drawn.municipality)
        guide = next_question(decision)
        facts = [
            *(one.fact for one in guide.questions),
            *(one.fact for one in guide.later),
            *(one.fact for one in guide.idle),
        ]
        silent = {one.fact for one in guide.later if one.silent}

        assert len(facts) == len(set(facts)), drawn
        assert set(untold(drawn.data)) - reachable_only_by_other_means(decision) <= set(facts), (
            drawn
        )
        assert not silent & {one.fact for one in guide.questions}, drawn


def test_what_is_exhausted_changes_nothing():
    """Where every possible answer is said to have been tried, dice find no other."""
    looked = 0
    for drawn, random in poorer(3):
        decision = decide(book(), case_of(drawn), municipality=drawn.municipality)
        guide = next_question(decision)
        left = [one for one in untold(drawn.data) if one not in decision.case.facts]
        for fact in (one.fact for one in guide.idle if one.proof == "exhausted"):
            looked += 1
            others = [one for one in left if one != fact]
            for _ in range(COMPLETIONS):
                completed = told(drawn.data, others, random)
                more = told(completed, [fact], random)

                assert result_of(proposed(drawn.having(completed))) == result_of(
                    proposed(drawn.having(more))
                ), (drawn, fact, completed, more)

    assert looked


def reachable_only_by_other_means(decision):
    """Return facts that are settled from others, such as an entry found by the disease's name."""
    settled = {"diagnosis.entry"} if decision.settled_entry else set()
    known = set(decision.trace.run.policy.facts)
    return settled | {"citizen.eldercare_act"} - known

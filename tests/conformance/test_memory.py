"""What is remembered is what would be worked out again, and each interpreter remembers its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.cases import book, case_of, draw
from hjemmel.decide import memory
from hjemmel.decide.decision import _duties, with_settled_entry
from hjemmel.decide.memory import Remembering
from hjemmel.decide.readings import propose, with_reading
from hjemmel.decide.reference import Reference
from hjemmel.truth import Truth

SEEDS = range(400, 520)


class Counting(Reference):
    """The reference, with a count of what it was asked."""

    def __init__(self, tables):
        """Start at nothing."""
        super().__init__(tables)
        self.asked = 0

    def conclude(self, table, inputs):
        """Count, and conclude."""
        self.asked += 1
        return super().conclude(table, inputs)


def settled(seed):
    """Return a policy and a case of it, drawn by *seed*."""
    drawn = draw(seed, untold=seed % 3 / 6)
    case = case_of(drawn)
    policy = book().on(case.decided_on, drawn.municipality)
    return policy, with_settled_entry(policy, case)


def everything(policy, case, interpreter):
    """Return all that *interpreter* is answerable for."""
    proposal = propose(policy, case, interpreter)
    readings = [
        with_reading(proposal, name, reading)
        for name, question in policy.questions.items()
        if proposal.raised[name] is Truth.TRUE
        for reading in question.readings
    ]
    return proposal, readings, _duties(policy, proposal)


def test_with_and_without_a_memory_the_answers_are_the_same():
    """One memory for all cases of a policy, filled in whatever order they come, changes nothing."""
    remembering = {}
    for seed in SEEDS:
        policy, case = settled(seed)
        fresh = Reference(policy.tables())
        kept = remembering.setdefault(id(policy), Remembering(fresh, policy))

        assert everything(policy, case, fresh) == everything(policy, case, kept), seed
        assert everything(policy, case, fresh) == everything(policy, case, kept), seed


def test_what_is_remembered_is_not_asked_again():
    """The second time, the interpreter is asked nothing at all."""
    policy, case = settled(401)
    counting = Counting(policy.tables())
    remembering = Remembering(counting, policy)
    first = everything(policy, case, remembering)
    asked = counting.asked

    assert first == everything(policy, case, remembering)
    assert asked == counting.asked > 0


def test_each_interpreter_has_a_memory_of_its_own():
    """What one of them concluded is never the other's answer."""
    policy, case = settled(401)
    one, other = (Counting(policy.tables()) for _ in range(2))
    everything(policy, case, Remembering(one, policy))
    everything(policy, case, Remembering(other, policy))

    assert one.asked == other.asked > 0


def test_a_memory_is_bounded(monkeypatch):
    """A service that runs for years does not grow with its cases."""
    monkeypatch.setattr(memory, "MOST_REMEMBERED", 10)
    policy, case = settled(401)
    remembering = Remembering(Reference(policy.tables()), policy)
    for seed in SEEDS[:20]:
        other = settled(seed)[1]
        everything(policy, replace(case, facts=other.facts, lists=other.lists), remembering)

    assert 10 >= len(remembering.answers)


@pytest.mark.parametrize("changed", [{}, {"listing": {}}])
def test_a_changed_policy_starts_with_no_memory(changed):
    """A policy that was made from another one has worked out nothing yet."""
    policy, case = settled(401)
    everything(policy, case, Reference(policy.tables()))

    assert policy.notes
    assert not replace(policy, **changed).notes

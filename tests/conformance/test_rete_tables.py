"""What durable-rules says of a condition is what Kleene says, for any condition and any vector."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hjemmel.decide import backend
from hjemmel.decide.rete import Rete
from hjemmel.policy.language import All, AnyPart, AtLeast, ConclusionTest, Is, Leaf, Not, atoms_of
from hjemmel.truth import Truth

pytestmark = pytest.mark.skipif(
    not backend.available(), reason="durable-rules cannot be imported in this Python"
)

ATOMS = [ConclusionTest(f"c{number}") for number in range(8)]
RANK = {Truth.FALSE: 0, Truth.UNKNOWN: 1, Truth.TRUE: 2}
LEAF = some.sampled_from(ATOMS).map(Leaf)
DEPTH = 4


def rank(condition, truths) -> int:
    """Return 2 for true, 1 for unknown and 0 for false: a reading of its own, by order alone."""
    match condition:
        case Leaf(atom):
            return RANK[truths[atom]]
        case All(parts):
            return min((rank(part, truths) for part in parts), default=2)
        case AnyPart(parts):
            return max((rank(part, truths) for part in parts), default=0)
        case Not(part):
            return 2 - rank(part, truths)
        case Is(part, truth):
            return 2 * (rank(part, truths) == RANK[truth])
        case AtLeast(count, parts):
            best = sorted((rank(part, truths) for part in parts), reverse=True)
            return [2, *best, *[0] * count][count]


def conditions(depth):
    """Return the conditions that are at most *depth* deep."""
    leaves = LEAF | some.builds(Is, LEAF, some.sampled_from(Truth))
    if depth == 1:
        return leaves
    part = some.deferred(lambda: conditions(depth - 1))
    parts = some.lists(part, max_size=4).map(tuple)
    return some.one_of(
        leaves,
        some.builds(Not, part),
        some.builds(All, parts),
        some.builds(AnyPart, parts),
        parts.flatmap(
            lambda held: some.builds(AtLeast, some.integers(0, len(held) + 1), some.just(held))
        ),
    )


VECTORS = some.lists(
    some.lists(some.sampled_from(Truth), min_size=len(ATOMS), max_size=len(ATOMS)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=300)
@given(condition=conditions(DEPTH), vectors=VECTORS)
def test_any_condition_comes_to_kleenes_value(condition, vectors):
    """Deep, repeated, empty or contradictory: the truth is the same."""
    asked = Rete({"x": condition})
    try:
        for vector in vectors:
            truths = dict(zip(ATOMS, vector, strict=True))
            assert rank(condition, truths) == RANK[asked.conclude("x", truths)]
    finally:
        asked.close()


@settings(max_examples=60)
@given(conditions=some.lists(conditions(3), min_size=2, max_size=12), vectors=VECTORS)
def test_any_policy_answers_table_by_table(conditions, vectors):
    """Tables in one ruleset share tests and keys, and never answers."""
    asked = Rete({str(number): each for number, each in enumerate(conditions)}, {"rows": 8})
    try:
        for vector in vectors:
            truths = dict(zip(ATOMS, vector, strict=True))
            assert [rank(each, truths) for each in conditions] == [
                RANK[asked.conclude(str(number), truths)] for number in range(len(conditions))
            ]
            first = vector.index(Truth.TRUE) if Truth.TRUE in vector else None
            assert first == asked.first_row("rows", vector)
    finally:
        asked.close()


@settings(max_examples=60)
@given(condition=conditions(3))
def test_every_vector_of_a_condition_comes_to_kleenes_value(condition):
    """Where there are few atoms, all their vectors are asked."""
    atoms = list(dict.fromkeys(atoms_of(condition)))[:4]
    rest = dict.fromkeys(ATOMS, Truth.UNKNOWN)
    asked = Rete({"x": condition})
    try:
        for vector in itertools.product(Truth, repeat=len(atoms)):
            truths = {**rest, **dict(zip(atoms, vector, strict=True))}
            assert rank(condition, truths) == RANK[asked.conclude("x", truths)]
    finally:
        asked.close()


@pytest.mark.parametrize("negated", [False, True])
def test_six_criteria_in_all_their_729_vectors(negated):
    """The conjunction that the law itself makes, and its opposite."""
    condition = All(tuple(Leaf(atom) for atom in ATOMS[:6]))
    condition = Not(condition) if negated else condition
    asked = Rete({"x": condition})
    try:
        for vector in itertools.product(Truth, repeat=6):
            truths = dict(zip(ATOMS[:6], vector, strict=True))
            assert rank(condition, truths) == RANK[asked.conclude("x", truths)]
    finally:
        asked.close()

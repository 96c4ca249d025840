"""Terms on arrays: what is narrowed, packed or chosen by sums gives what its plain meaning says."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as some

from conformance.cases import book
from hjemmel.batch.arrays import Program
from hjemmel.batch.calendar import Calendar
from hjemmel.batch.chunk import WIDTHS
from hjemmel.batch.columns import _PERHAPS_CPR, _has_digits_enough
from hjemmel.batch.narrow import Known
from hjemmel.batch.scope import element_column, length_column
from hjemmel.batch.sheets import Sheets
from hjemmel.batch.terms import (
    digits_of,
    inside,
    no,
    number,
    number_or_nothing,
    packed,
    pick,
    plus,
    tells,
    told,
    up_to,
)
from hjemmel.batch.walk import ceiling_column
from hjemmel.batch.words import different

BITS = [tells(f"fact.{at}", "holds", operand=True) for at in range(70)]
AMOUNTS = some.one_of(
    some.just(number("fact.amount")), some.just(number("fact.other")), some.integers(-3, 300)
)
NUMBERS = some.recursive(
    AMOUNTS,
    lambda inner: some.builds(pick, some.sampled_from([*BITS[:4], no(BITS[0])]), inner, inner),
    max_leaves=8,
)
ROWS = some.lists(
    some.tuples(*[some.booleans()] * 4, some.integers(-1, 10**12), some.integers(0, 5)),
    min_size=1, max_size=9,
)  # fmt: skip


def run(outputs, leaves, rows, kinds=None):
    """Return the *outputs* as lists, by leaves that are told by term."""
    program = Program(outputs, kinds)
    read = {one: leaves[one] for one in program.leaves}
    return {name: one.tolist() for name, one in program.run(read, rows).items()}


@given(NUMBERS, ROWS)
def test_a_choice_is_what_it_says(term, rows):
    """Bytes and amounts are chosen by sums, and choices within choices made one: all the same."""
    columns = list(zip(*rows, strict=True))
    leaves = {bit: np.array(columns[at]) for at, bit in enumerate(BITS[:4])}
    leaves[number("fact.amount")] = np.array(columns[4])
    leaves[number("fact.other")] = np.array(columns[5])

    def plain(one, at):
        match getattr(one, "op", None):
            case None:
                return one
            case "not":
                return not plain(one.args[0], at)
            case "and":
                return all(plain(part, at) for part in one.args)
            case "or":
                return any(plain(part, at) for part in one.args)
            case "pick":
                so, then, otherwise = one.args
                return plain(then if plain(so, at) else otherwise, at)
            case _:
                return leaves[one][at].item()

    wanted = [plain(term, at) for at in range(len(rows))]

    assert wanted == run({"it": term}, leaves, len(rows))["it"]


@given(some.lists(some.booleans(), min_size=70, max_size=70), some.integers(2, 60))
def test_bits_are_packed_as_the_sum_of_their_digits(bits, count):
    """A bit that is always set has its digit as well; a sum of anything else is no pack."""
    leaves = {one: np.array([so, not so]) for one, so in zip(BITS, bits, strict=True)}
    chosen = [True, *BITS[:count]]
    term = packed(chosen)

    assert set(range(count + 1)) == digits_of(term).keys()
    assert [
        1 + sum(2 << at for at, so in enumerate(bits[:count]) if so is first)
        for first in (True, False)
    ] == run({"it": term}, leaves, 2)["it"]
    assert {} == digits_of(plus(number("fact.amount"), pick(BITS[0], 1, 0)))


def test_what_is_known_of_rows_falls_away():
    """Places that no list reaches tell nothing, a length has its bounds, and ceilings are one."""
    at = [element_column("wishes", place, "value") for place in (0, 1)]
    outputs = {
        "first": told(at[0]), "second": told(at[1]), "no amount": number_or_nothing(at[1]),
        "so long": up_to(number(length_column("wishes")), 1),
        "longer": up_to(2, number(length_column("wishes"))),
        "perhaps": up_to(1, number(length_column("wishes"))),
        "ceiling": number_or_nothing(ceiling_column(3)),
    }  # fmt: skip

    narrow = Known((("wishes", 1),), one_ceiling=True).narrowed(outputs)

    assert {
        "first": told(at[0]), "second": False, "no amount": 0, "so long": True, "longer": False,
        "perhaps": outputs["perhaps"], "ceiling": number_or_nothing(ceiling_column(0)),
    } == narrow  # fmt: skip
    assert outputs == Known().narrowed(outputs)
    assert len(inside(narrow.values())) < len(inside(outputs.values()))


@given(some.lists(some.text(alphabet="0123456789-ø GEN", max_size=16), max_size=6))
def test_no_number_of_a_person_is_overlooked(texts):
    """What the look at all texts at once does not find, the expression finds in none of them."""
    found = _has_digits_enough(pa.array(texts, pa.string()))

    assert found or not any(re.search(_PERHAPS_CPR, text) for text in texts)


@given(some.lists(some.tuples(*[some.sampled_from(["a", "b", None])] * 3), max_size=12))
def test_different_rows_are_told_once(rows):
    """Each row is the different one that it is said to be, and none is told twice."""
    columns = [pa.array(one, pa.string()) for one in zip(*rows, strict=True)]

    told_once, which = different(columns or [pa.array([], pa.string())] * 3)

    assert rows == [told_once[at] for at in which.tolist()]
    assert len(set(told_once)) == len(told_once)


def test_policies_that_are_alike_have_the_same_terms():
    """What is found alike without making terms is alike when they are made, and much of it is."""
    calendar, days = Calendar(book(), ""), np.arange("2023-06-01", "2027-01-01", dtype="M8[D]")
    sheets = [Sheets(one, WIDTHS) for one, _ in calendar.stretches(days) if one]

    alike = [(a, b) for a, b in combinations(sheets, 2) if a.likeness == b.likeness]

    assert all(a.shape == b.shape for a, b in alike)
    assert len(sheets) < len(alike)

from __future__ import annotations

from itertools import permutations, product

import pytest

from hjemmel.truth import Truth, all_of, any_of, at_least, truth_of

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN

AND = {(T, T): T, (T, U): U, (T, F): F, (U, U): U, (U, F): F, (F, F): F}
OR = {(T, T): T, (T, U): T, (T, F): T, (U, U): U, (U, F): U, (F, F): F}


@pytest.mark.parametrize("pair", list(product(Truth, repeat=2)))
def test_and_is_kleenes(pair):
    """One no is enough for a no, whatever is not known."""
    expected = AND.get(pair) or AND[pair[::-1]]

    assert expected is all_of(pair)


@pytest.mark.parametrize("pair", list(product(Truth, repeat=2)))
def test_or_is_kleenes(pair):
    """One yes is enough for a yes, whatever is not known."""
    expected = OR.get(pair) or OR[pair[::-1]]

    assert expected is any_of(pair)


@pytest.mark.parametrize(("truth", "expected"), [(T, F), (F, T), (U, U)])
def test_not_is_kleenes(truth, expected):
    """The opposite of what is not known is not known."""
    assert expected is truth.negated()
    assert truth is truth.negated().negated()


def test_of_nothing():
    """All of nothing holds, and some of nothing does not."""
    assert (T, F) == (all_of([]), any_of([]))
    assert (T, F) == (at_least(0, []), at_least(1, []))


@pytest.mark.parametrize("three", list(product(Truth, repeat=3)))
def test_order_never_matters(three):
    """However the parts are turned, the truth is the same."""
    for judge in (all_of, any_of, lambda truths: at_least(2, truths)):
        assert 1 == len({judge(turned) for turned in permutations(three)})


@pytest.mark.parametrize("three", list(product(Truth, repeat=3)))
@pytest.mark.parametrize("count", range(5))
def test_at_least_counts_what_is_possible(three, count):
    """True where every way of knowing more gives it, false where none does."""
    ways = product(*[(T, F) if one is U else (one,) for one in three])
    possible = {way.count(T) >= count for way in ways}
    expected = {(True,): T, (False,): F, (False, True): U}[tuple(sorted(possible))]

    assert expected is at_least(count, three)


@pytest.mark.parametrize("three", list(product(Truth, repeat=3)))
def test_de_morgan(three):
    """Not all is the same as some not."""
    assert all_of(three).negated() is any_of(one.negated() for one in three)


@pytest.mark.parametrize("parts", [(T, T), (F, U), (U, U), ()])
def test_the_ends_of_at_least(parts):
    """All is every one of them, and any is one of them."""
    assert all_of(parts) is at_least(len(parts), parts)
    if parts:
        assert any_of(parts) is at_least(1, parts)


def test_a_stream_is_read_like_a_list():
    """The parts may come one by one."""
    assert F is all_of(iter([U, F]))
    assert U is at_least(1, iter([U, F]))


@pytest.mark.parametrize(("told", "expected"), [(True, T), (False, F), (None, U)])
def test_what_is_not_told_is_unknown(told, expected):
    """Left out is not no."""
    assert expected is truth_of(told)


def test_letters_and_words():
    """The backend's letters and the contract's words."""
    assert {"T": "true", "F": "false", "U": "unknown"} == {one.letter: one.value for one in Truth}

"""What SQL makes of the unknown, on each engine: none of it can reach an answer.

Every engine is given the same terms over the same rows, some of which tell nothing.
"""

from __future__ import annotations

from datetime import date
from itertools import product

import pyarrow as pa
import pytest

from hjemmel.batch import backends
from hjemmel.batch.backends import ByUrl, DuckDB, Polars
from hjemmel.batch.compile import Sheet
from hjemmel.batch.engines import NUMBER, NumPy
from hjemmel.batch.scope import Truths, all_of, any_of, at_least
from hjemmel.batch.terms import (
    both,
    equal,
    least,
    minus,
    most,
    no,
    number,
    number_or_nothing,
    pick,
    plus,
    tells,
    told,
    up_to,
)

#: Py4J leaves its sockets to the garbage collector; Ibis reads SQLite through an old pandas option.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]
#: From how many rows on Spark writes Java: more than there are here, and fewer.
SPARK_FEW, SPARK_MANY = 100, 0
TOLD = (True, False, None)
ROWS = list(product(TOLD, TOLD))
DAYS = (date(2023, 5, 31), date(2023, 6, 1), None)
TEXTS = ("83", "", None, "NaN", "null")
#: More than a float can hold to the øre.
MUCH = 9_007_199_254_740_993


@pytest.fixture(
    scope="module",
    params=[NumPy, DuckDB, Polars, lambda: ByUrl("sqlite://"), SPARK_FEW, SPARK_MANY],
    ids=["numpy", "duckdb", "polars", "sqlite", "spark", "spark-java"],
)
def engine(request):
    """Return each engine in turn; Spark as it works few rows out, and many."""
    if isinstance(request.param, int):  # shared with other files
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backends, "_WORTH_JAVA", request.param)
            yield request.getfixturevalue("spark")
        return
    made = request.param()
    yield made
    made.close()


@pytest.fixture(scope="module")
def found(engine):
    """Return what the engine makes of all terms of this file, in one go, as lists by name."""
    out = engine.work_out(Sheet(outputs=_outputs()), _table())
    assert out[NUMBER].to_pylist() == list(range(len(ROWS)))
    return {name: (out.schema.field(name).type, out[name].to_pylist()) for name in out.column_names}


def _table():
    count = len(ROWS)
    return pa.table({
        NUMBER: pa.array(range(count)),
        "a": pa.array([a for a, _ in ROWS]),
        "b": pa.array([b for _, b in ROWS]),
        "day": pa.array([DAYS[at % 3] for at in range(count)], pa.date32()),
        "text": pa.array([TEXTS[at % 5] for at in range(count)]),
        "n": pa.array([MUCH + at for at in range(count)]),
        "maybe": pa.array([None if at % 2 else MUCH for at in range(count)], pa.int64()),
        "length": pa.array([at % 3 - 1 for at in range(count)]),
    })  # fmt: skip


def _truth(column):
    return Truths(tells(column, "holds", operand=True), tells(column, "holds", operand=False))


def _outputs():
    a, b = _truth("a"), _truth("b")
    both_of, one_of = all_of([a, b]), any_of([a, b])
    two = at_least(2, [a, b, a.negated()])
    return {
        "and_yes": both_of.yes, "and_no": both_of.no,
        "or_yes": one_of.yes, "or_no": one_of.no,
        "not_yes": a.negated().yes, "not_no": a.negated().no,
        "two_yes": two.yes, "two_no": two.no,
        "unknown": a.unknown,
        "chosen": pick(a.yes, 1, pick(a.no, 2, 3)),
        "not_equal": no(tells("a", "equals", operand=True)),
        "early": tells("day", "before", date(2023, 6, 1)),
        "not_early": both(told("day"), no(tells("day", "before", date(2023, 6, 1)))),
        "of_four": tells("text", "one_of", ("83", "97")),
        "text_told": told("text"),
        "text_null": tells("text", "one_of", ("NaN", "null")),
        "sum": plus(number("n"), plus(number_or_nothing("maybe"), 1)),
        "left": most(0, minus(number("n"), number_or_nothing("maybe"))),
        "least": least(number("n"), number_or_nothing("maybe")),
        "same": equal(number("n"), plus(number_or_nothing("maybe"), 2)),
        "list_told": up_to(0, number("length")),
        "list_empty": equal(number("length"), 0),
    }  # fmt: skip


def values(found, name):
    """Return the values of *name*."""
    return found[name][1]


def kleene(found, name):
    """Return the truths whose two bits are *name* with ``_yes`` and ``_no``."""
    bits = zip(values(found, f"{name}_yes"), values(found, f"{name}_no"), strict=True)
    return [True if yes else False if fails else None for yes, fails in bits]


def test_and_or_not_are_kleenes(found):
    """False decides an *and* and true an *or*, whatever else is not told."""
    assert [False if False in row else None if None in row else True for row in ROWS] == kleene(
        found, "and"
    )
    assert [True if True in row else None if None in row else False for row in ROWS] == kleene(
        found, "or"
    )
    assert [None if a is None else not a for a, _ in ROWS] == kleene(found, "not")


def test_at_least_counts_the_unknown_as_neither(found):
    """Two of a, b and not-a: one of a and not-a always holds if a is told."""
    wanted = [None if a is None else b for a, b in ROWS]

    assert wanted == kleene(found, "two")


def test_a_choice_does_not_take_the_unknown_for_false(found):
    """``CASE`` would; here each branch is a test that is never unknown."""
    assert [{True: 1, False: 2, None: 3}[a] for a, _ in ROWS] == values(found, "chosen")
    assert [a is None for a, _ in ROWS] == values(found, "unknown")


def test_a_comparison_with_nothing_is_false_and_its_opposite_true(found):
    """No comparison gives NULL: not even of nothing with nothing."""
    assert [a is not True for a, _ in ROWS] == values(found, "not_equal")
    for name in ("early", "not_early", "of_four", "text_told", "same"):
        assert None not in values(found, name), name


def test_days_that_are_not_told_are_neither_before_nor_after(found):
    """An untold day is in no period."""
    days = [DAYS[at % 3] for at in range(len(ROWS))]

    assert [day == DAYS[0] for day in days] == values(found, "early")
    assert [day == DAYS[1] for day in days] == values(found, "not_early")


def test_a_text_that_is_not_told_is_not_the_word_for_it(found):
    """Neither ``NaN`` nor ``null`` stands for nothing, and the empty text is told."""
    texts = [TEXTS[at % 5] for at in range(len(ROWS))]

    assert [text is not None for text in texts] == values(found, "text_told")
    assert [text in ("NaN", "null") for text in texts] == values(found, "text_null")


def test_amounts_stay_whole_and_of_64_bits(found):
    """A sum is no DOUBLE and no HUGEINT; each øre is there."""
    maybe = [None if at % 2 else MUCH for at in range(len(ROWS))]
    for name in ("sum", "left", "least"):
        assert pa.int64() == found[name][0], name
    assert [MUCH + at + (one or 0) + 1 for at, one in enumerate(maybe)] == values(found, "sum")
    assert [MUCH + at - (one or 0) for at, one in enumerate(maybe)] == values(found, "left")


def test_a_list_left_out_is_not_an_empty_one(found):
    """−1 is left out; nought is told to be none."""
    lengths = [at % 3 - 1 for at in range(len(ROWS))]

    assert [length >= 0 for length in lengths] == values(found, "list_told")
    assert [length == 0 for length in lengths] == values(found, "list_empty")

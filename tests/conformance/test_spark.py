"""Spark keeps the plan of a sheet: each chunk is worked out anew, by all cores, step by step."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from hjemmel.batch import backends
from hjemmel.batch.compile import Sheet
from hjemmel.batch.engines import NUMBER, NumPy
from hjemmel.batch.terms import both, either, minus, most, no, number, pick, plus, tells, up_to

#: Py4J leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(scope="module")
def sheet():
    """Return terms that build on each other, each needed more than once."""
    value = number("n")
    for at in range(6):
        above = no(up_to(value, 40 + at))
        value = pick(either(above, tells("told", "holds", operand=True)), minus(value, 7), value)
        value = most(0, plus(value, pick(both(above, no(up_to(value, 90))), 3, 5)))
    return Sheet(outputs={"value": value, "much": no(up_to(value, 60))})


def rows(count, seed):
    """Return so many rows."""
    drawn = np.random.default_rng(seed)
    return pa.table({
        NUMBER: pa.array(range(count), pa.int64()),
        "n": pa.array(drawn.integers(0, 120, count)),
        "told": pa.array([(True, False, None)[one] for one in drawn.integers(0, 3, count)]),
    })  # fmt: skip


def given(engine, sheet, table):
    """Return what *engine* gives, as lists by name."""
    return engine.work_out(sheet, table).to_pydict()


def test_a_plan_that_is_kept_is_run_on_the_rows_of_the_next_chunk(spark, sheet):
    """More rows, fewer, and as many others: what was given before is never given again."""
    assert 1 < backends._WORTH_JAVA < 7000  # so that rows are worked out with Java and without
    for seed, count in enumerate((300, 7000, 1, 7000)):
        table = rows(count, seed)

        assert given(spark, sheet, table) == given(NumPy(), sheet, table)


def test_all_cores_share_the_rows(spark, sheet):
    """Spark gives a group of rows to one core, so there is more than one group."""
    table = rows(9000, 9)
    spark.work_out(sheet, table)

    assert 2 == spark.cores
    assert 2 == len(set(parts_of(spark, sheet, table)))


def parts_of(spark, sheet, table):
    """Return in which part of its work Spark worked each row out."""
    made = spark.planned(sheet, table)
    with spark.handed_over(table, made) as made:
        return [one.part for one in made.selectExpr("spark_partition_id() AS part").collect()]


def test_steps_are_parted_before_java_has_too_much(spark, sheet, monkeypatch):
    """However short Java wants its methods, the answers are the same."""
    monkeypatch.setattr(backends, "_LONGEST_METHOD", 1)
    parted = Sheet(outputs={**sheet.outputs, "nothing": no(up_to(0, number("n")))})
    table = rows(50, 3)

    assert given(spark, parted, table) == given(NumPy(), parted, table)
    assert plan_of(spark.planned(parted, table)).count("Coalesce") > 3
    assert not plan_of(spark.planned(sheet, table)).count("Coalesce")


def plan_of(planned):
    """Return the plan in Spark's own words."""
    return planned.made._jdf.queryExecution().executedPlan().toString()

"""The programs by hand that `make bench` holds the batch against decide as the batch does."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import duckdb
import pytest
from benchmarks.many import check, profile, told
from benchmarks.many.known import known_from

from conformance.cases import book
from hjemmel.cli.main import main

#: Ibis asks DuckDB by a name that DuckDB means to retire.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
CASES = 700
PROGRAMS = ("sql", "in_ibis", "in_polars", "in_numpy")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Return the folder with the cases that are compared, and what the batch makes of them."""
    folder = tmp_path_factory.mktemp("many")
    everyone = str(folder / "everyone.parquet")
    assert main(["generate", "--cases", str(CASES), "--seed", "11", "--to", everyone]) == 0
    count = told.choose(Path(everyone), folder / "told.parquet", known_from(book()))
    to = str(folder / "ours.parquet")
    assert main(["batch", str(folder / "told.parquet"), "--to", to, "--without-missing"]) == 0
    assert count > CASES / 3
    return folder


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("way", ["by_case", "with_items"])
def test_a_program_by_hand_gives_what_the_batch_gives(compared, tmp_path, program, way):
    """What is timed side by side is the same work: every row of both tables is equal."""
    run = getattr(import_module(f"benchmarks.many.{program}"), way)

    run(compared / "told.parquet", tmp_path, known_from(book()))

    alike = check.same(compared / "ours.parquet", tmp_path, items=way == "with_items")
    assert alike > CASES / 3 * (2 if way == "with_items" else 1) - CASES / 6


def test_what_is_compared_meets_every_outcome_and_status_of_a_case_without_readings(compared):
    """The cases that are left out leave no outcome or status behind but those of open questions."""
    ours = compared / "ours.parquet"

    outcomes = {one for (one,) in duckdb.sql(f"SELECT DISTINCT outcome FROM '{ours}'").fetchall()}
    statuses = {
        one
        for (one,) in duckdb.sql(
            f"SELECT DISTINCT one.status FROM (SELECT unnest(items) AS one FROM '{ours}')"
        ).fetchall()
    }

    assert {"no_request", "ask", "refuse", "partial_grant", "grant"} == outcomes
    assert {"granted", "partly_granted", "over_ceiling", "not_covered"} == statuses


@pytest.mark.parametrize(
    ("was", "now"),
    [
        pytest.param("outcome", "'grant'", id="another outcome"),
        pytest.param("granted", "granted + 0.01", id="an øre more"),
    ],
)
def test_an_answer_that_differs_stops_the_benchmark(compared, tmp_path, was, now):
    """One øre is enough."""
    import_module("benchmarks.many.sql").by_case(
        compared / "told.parquet", tmp_path, known_from(book())
    )
    rows = tmp_path / "cases.parquet"
    changed = f"SELECT * REPLACE ({now}::{'VARCHAR' if was == 'outcome' else 'DECIMAL(18,2)'} AS {was}) FROM '{rows}'"
    duckdb.sql(f"COPY ({changed}) TO '{tmp_path / 'changed.parquet'}'")
    (tmp_path / "changed.parquet").replace(rows)

    with pytest.raises(check.DifferError, match=r"cases\.parquet"):
        check.same(compared / "ours.parquet", tmp_path, items=False)


def test_every_step_of_the_profile_is_there():
    """A function that was renamed would leave its time to the others."""
    assert set(profile.STEPS) == {step for step, _, _ in profile.functions()}

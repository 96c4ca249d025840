"""The batch is a third reading of the same policy: every row as the single case decides it."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from conformance.batch import by_table, differences
from conformance.cases import LONG, MUNICIPALITY, RULES, book, draw
from hjemmel import load_policy
from hjemmel.assure.population import generate_cases
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.batch import backends
from hjemmel.batch.backends import DuckDB, Polars
from hjemmel.batch.cases import Cases
from hjemmel.batch.engines import engine_named
from hjemmel.batch.scope import Widths

#: Py4J leaves its sockets to the garbage collector; Ibis reads SQLite through an old pandas option.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]
CASES = 20_000 if LONG else 150
#: Days of one shape of the rules, so that an engine has its expression made once.
LAST_YEAR = ("2025-07-01", "2025-11-03", "2026-01-01", "2026-12-31")


#: Short lists make short expressions; longer ones are the same terms once more.
NARROW = Widths(of={"wishes": 2, "previous_help": 1, "earlier_grants": 1})


def test_generated_cases_come_to_the_same():
    """Every outcome, every year and every question is met, and nothing differs."""
    cases = list(generate_cases(book(), CASES, 5))

    found, side = differences(book(), cases)

    assert found == []
    rows = side.rows.values()
    assert {row["outcome"] for row in rows} == {
        *("no_request", "ask", "assess", "refuse", "partial_grant", "grant")
    }
    assert {row["decided_on"].year for row in rows} == {2023, 2024, 2025, 2026}
    assert len({one["id"] for row in rows for one in row["open_questions"]}) > 5
    assert side.aside == []


def test_rows_that_are_alike_come_to_the_same_in_groups(monkeypatch):
    """A narrower program for some rows, and blocks that end anywhere, give what one for all does."""
    cases = list(generate_cases(book(), 2 * CASES, 11))
    together = by_table(book(), cases)
    assert [1] == [len(one.groups) for one in _made(monkeypatch, cases)[:1]]

    monkeypatch.setattr("hjemmel.batch.cases.WORTH_GROUPS", 1)
    monkeypatch.setattr("hjemmel.batch.arrays.BLOCK", 7)

    assert together == by_table(book(), cases)
    groups = [group for one in _made(monkeypatch, cases) for group in one.groups]
    assert {True, False} == {one.known.one_ceiling for one in groups}
    assert {1, 2} < {dict(one.known.longest)["wishes"] for one in groups}


def _made(monkeypatch, cases):
    """Return what the cases of each shape of the rules were put together as."""
    made = []

    class Watched(Cases):
        def __init__(self, *given):
            super().__init__(*given)
            made.append(self)

    with monkeypatch.context() as watching:
        watching.setattr("hjemmel.batch.decide.Cases", Watched)
        by_table(book(), cases)
    return made


def test_drawn_cases_come_to_the_same_with_the_rates_of_a_municipality():
    """Written amounts, section signs, odd texts and prices by quantity are read alike."""
    drawn = [draw(seed, days=LAST_YEAR) for seed in range(CASES)]
    cases = [one.data for one in drawn if one.municipality == MUNICIPALITY]

    found, side = differences(book(), cases, MUNICIPALITY)

    assert found == []
    assert any(item["granted"] % 10 for row in side.rows.values() for item in row["items"])


def test_a_wish_is_settled_whichever_way_an_earlier_one_goes():
    """Every balance that is possible is carried: what fits all of them is granted."""
    cases = list(generate_cases(book(), 20 * CASES, 8))
    rows = by_table(book(), cases).rows
    waits = {
        at for at, row in rows.items()
        if {"ask", "assess"} & {item["status"] for item in row["items"][:-1]}
    }  # fmt: skip
    granted_after = [at for at in waits if rows[at]["items"][-1]["status"] == "granted"]

    found, _ = differences(book(), [cases[at] for at in sorted(waits)[:CASES]])

    assert found == []
    assert len(granted_after) > CASES // 50


def test_every_scenario_comes_to_the_same():
    """What legal staff have written down is decided by the table as by the single case."""
    by_municipality = {}
    files = sorted(
        path for path in (RULES / "scenarios").rglob("*.yaml")
        if "\nscenarios:" in f"\n{path.read_text(encoding='utf-8')}"
    )  # fmt: skip
    for scenario in (one for file in files for one in read_scenarios(file, book().schemas)):
        if not scenario.choices:
            cases = by_municipality.setdefault(scenario.municipality, [])
            cases.append(scenario.case.plain())
    seen = Counter()
    for municipality, cases in by_municipality.items():
        found, side = differences(book(), cases, municipality)
        seen["rows"] += len(side.rows)
        assert found == []

    assert seen["rows"] > 40


@pytest.fixture(scope="module")
def duckdb():
    """Return DuckDB, once for the file: what it compiled is used again."""
    engine = DuckDB(book().store)
    yield engine
    engine.close()


@pytest.fixture
def polars():
    """Return Polars."""
    engine = Polars()
    yield engine
    engine.close()


@pytest.fixture
def sqlite():
    """Return a backend that we know nothing of but its URL."""
    engine = engine_named("sqlite://", {})
    yield engine
    engine.close()


@pytest.mark.parametrize("name", ["duckdb", "polars", "spark", "sqlite"])
def test_another_engine_gives_the_same_rows(request, name):
    """Another engine is handed the same terms and gives the same rows, digit for digit."""
    cases = [draw(seed, days=LAST_YEAR).data for seed in range(120)]

    other = by_table(book(), cases, MUNICIPALITY, request.getfixturevalue(name), NARROW)

    assert by_table(book(), cases, MUNICIPALITY, widths=NARROW) == other
    assert len(other.rows) > 40


def test_one_plan_for_all_steps_gives_the_same_rows(duckdb, monkeypatch):
    """Many rows go through DuckDB in one statement, few rows step by step."""
    cases = [draw(seed, days=LAST_YEAR).data for seed in range(120)]
    step_by_step = by_table(book(), cases, MUNICIPALITY, duckdb, NARROW)
    monkeypatch.setattr(backends, "_WORTH_ONE_PLAN", 0)

    assert by_table(book(), cases, MUNICIPALITY, duckdb, NARROW) == step_by_step


def test_a_rule_added_in_yaml_is_in_the_batch(tmp_path):
    """There is no second rule anywhere: what legal staff write, the table reads."""
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder, ignore=shutil.ignore_patterns("scenarios"))
    path = folder / "decisions.yaml"
    before = path.read_text(encoding="utf-8")
    after = before.replace(
        "        when: {fact: diagnosis.confirmed}\n",
        "        when: {any: [{fact: diagnosis.confirmed}, {fact: citizen.under_18}]}\n",
        1,
    )
    assert before != after
    path.write_text(after, encoding="utf-8")
    case = {
        "case": "EX", "decided_on": "2026-03-02", "request": {"made": True},
        "citizen": {"under_18": True}, "diagnosis": {"entry": "mnd-als"}, "previous_help": [],
        "earlier_grants": [],
    }  # fmt: skip

    changed = load_policy(folder)

    assert "ask" == by_table(book(), [case]).rows[0]["outcome"]
    assert "grant" == by_table(changed, [case]).rows[0]["outcome"]


def test_names_and_codes_settle_a_diagnosis_as_in_a_single_case():
    """One exact hit settles it, and a name on the list contradicts a case that says it is not."""
    told = [
        {"text": "Amyotrofisk lateralsclerose (ALS)"}, {"code": "DG122G"},
        {"text": "Amyotrofisk lateralsclerose (ALS)", "entry": "not_listed"}, {"text": "Forkølelse"},
    ]  # fmt: skip
    cases = [
        {
            "case": f"N-{at}", "decided_on": "2026-03-02", "request": {"made": True},
            "diagnosis": {**one, "confirmed": True}, "previous_help": [], "earlier_grants": [],
        }
        for at, one in enumerate(told)
    ]  # fmt: skip

    found, side = differences(book(), cases)

    assert found == []
    assert ["grant", "grant", "ask", "ask"] == [side.rows[at]["outcome"] for at in range(4)]

"""One policy read six ways: the reference, durable-rules, NumPy, DuckDB, Polars and Spark agree.

Small in every run; `HJEMMEL_LONG=1 pytest tests/conformance/test_equality.py` compares 100,000
cases on all engines and shows what was met with `-rP`: a quarter of an hour, and Spark besides.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import pytest
import yaml

from conformance.batch import Side, by_table
from conformance.cases import LONG, MUNICIPALITY, RULES
from hjemmel import RuleBook, load_policy
from hjemmel.assure.population import generate_cases
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.batch import alone
from hjemmel.batch.alone import Alone
from hjemmel.batch.backends import DuckDB, Polars
from hjemmel.batch.calendar import Calendar
from hjemmel.batch.chunk import WIDTHS
from hjemmel.batch.engines import NumPy
from hjemmel.batch.rows import table_of
from hjemmel.decide import backend
from hjemmel.decide.interpreters import backend_for, reference_for
from hjemmel.decide.readings import propose
from hjemmel.policy.compile import Policy

#: Py4J leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
CASES = 100_002 if LONG else 900
#: So often each outcome, year, and reading of a question is at least met.
SEEN = 500 if LONG else 3
#: Who decides: nobody chose a reading; somebody chose the first of each question; the second.
CHOOSERS = ("", "foerste", "anden")
ENGINES = ("numpy", "duckdb", "polars", "spark") if LONG else ("numpy", "duckdb")
#: The short run tries the chosen readings in the last years alone: each shape of the rules that
#: an engine has to be told costs seconds.
LAST_SHAPE = "2025-07-01"


@dataclass
class Compared:
    """Cases by one chooser, and what the reference makes of each."""

    rules: RuleBook
    chooser: str
    cases: list[dict[str, Any]]
    #: Which places the first table left to the single case: the others leave the same.
    aside: dict[str, list[int]] = field(default_factory=dict)

    @cached_property
    def rows(self) -> dict[int, dict[str, Any]]:
        return self.decided(reference_for)

    def decided(self, interpreter: Callable[[Policy], Any]) -> dict[int, dict[str, Any]]:
        """Return what *interpreter* makes of each case, by its place; one rejected has no row."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                alone,
                "agreed_proposal",
                lambda policy, case: propose(policy, case, interpreter(policy)),
            )
            return self._decided()

    def _decided(self) -> dict[int, dict[str, Any]]:
        decider = Alone(self.rules, Calendar(self.rules, self.chooser), missing=False, lang="da")
        found = {at: decider.decided(at, case) for at, case in enumerate(self.cases)}
        rows = {at: row for at, row in found.items() if isinstance(row, dict)}
        return dict(zip(rows, table_of(rows.values()).to_pylist(), strict=True))

    def differences(self, side: Side) -> list[tuple[Any, ...]]:
        """Return where a table differs; what to ask for is not searched for here."""
        return [
            (name, self.rows[at][name], row[name], self.cases[at])
            for at, row in side.rows.items()
            for name in row
            if name != "missing" and self.rows[at][name] != row[name]
        ]


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """Return the shipped rules with municipalities that chose every reading there is."""
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(RULES, folder)
    questions = load_policy(RULES).tree("readings").plain()["readings"]
    for at, chooser in enumerate(CHOOSERS[1:]):
        choices = {one["id"]: list(one["readings"])[at] for one in questions}
        add_municipality(folder, chooser, MUNICIPALITY, choices)
    for chooser, choices, _ in scenarios_by_chooser(load_policy(RULES)):
        if choices:
            add_municipality(folder, chooser, MUNICIPALITY, dict(choices))
    return load_policy(folder)


def add_municipality(folder, name, like, choices):
    """Add a municipality with the rates of *like* and *choices* of its own to *folder*."""
    data = yaml.safe_load((RULES / "municipality" / f"{like}.yaml").read_text(encoding="utf-8"))
    data["municipality"] |= {"id": name, "choices": choices}
    text = yaml.safe_dump(data, allow_unicode=True, default_style='"')
    (folder / "municipality" / f"{name}.yaml").write_text(text, encoding="utf-8")
    index = folder / "index.yaml"
    known = f"  - municipality/{like}.yaml\n"
    before = index.read_text(encoding="utf-8")
    assert known in before
    index.write_text(
        before.replace(known, f"{known}  - municipality/{name}.yaml\n"), encoding="utf-8"
    )


def scenarios_by_chooser(rules):
    """Return chooser, choices and cases of all scenarios."""
    found = {}
    for path in sorted((RULES / "scenarios").rglob("*.yaml")):
        if "\nscenarios:" not in f"\n{path.read_text(encoding='utf-8')}":
            continue
        for one in read_scenarios(path, rules.schemas):
            key = (one.municipality, tuple(sorted(one.choices.items())))
            found.setdefault(key, []).append(one.case.plain())
    return [
        (f"scenarie-{at}" if choices else municipality, choices, cases)
        for at, ((municipality, choices), cases) in enumerate(sorted(found.items()))
    ]


@pytest.fixture(scope="module")
def compared(rules):
    """Return the drawn cases of each chooser."""
    return {
        chooser: Compared(rules, chooser, drawn(rules, chooser, seed))
        for seed, chooser in enumerate(CHOOSERS, 31)
    }


def drawn(rules, chooser, seed):
    """Return a chooser's share of the cases."""
    count = CASES // len(CHOOSERS)
    if LONG or not chooser:
        return list(generate_cases(rules, count, seed))
    cases = generate_cases(rules, 5 * count, seed)
    late = [case for case in cases if case["decided_on"] >= LAST_SHAPE]
    assert len(late) > count
    return late[:count]


@pytest.fixture(scope="module")
def engines(rules, request):
    """Return the engines by name; Spark is started where it is asked for alone."""
    made = {"numpy": NumPy(), "duckdb": DuckDB(rules.store), "polars": Polars()}
    yield lambda name: made[name] if name in made else request.getfixturevalue(name)
    for engine in made.values():
        engine.close()


@pytest.mark.parametrize("chooser", CHOOSERS)
def test_durable_rules_decides_as_the_reference(compared, chooser):
    """The second interpreter, asked alone, gives the same rows, to every question and øre."""
    if not backend.available():
        pytest.skip(backend.NOT_AVAILABLE)
    told = compared[chooser]

    assert told.rows == told.decided(backend_for)


@pytest.mark.parametrize("chooser", CHOOSERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_decides_as_the_reference(compared, engines, engine, chooser):
    """Every row that the table decides is the row of the single case, on every engine."""
    told = compared[chooser]

    side = by_table(told.rules, told.cases, chooser, engines(engine), WIDTHS)

    assert told.differences(side) == []
    assert told.aside.setdefault("first", side.aside) == side.aside
    assert len(side.rows) > len(told.cases) / 2


@pytest.mark.parametrize("engine", ENGINES)
def test_every_scenario_is_decided_alike(rules, engines, engine):
    """What legal staff have written down, by the readings they chose for it."""
    seen = 0
    for chooser, _, cases in scenarios_by_chooser(rules):
        told = Compared(rules, chooser, cases)
        side = by_table(rules, cases, chooser, engines(engine), WIDTHS)
        assert told.differences(side) == []
        seen += len(side.rows)

    assert seen > 50


def test_the_cases_meet_every_outcome_year_and_reading(compared):
    """Cases that no longer reached a corner of the law would make all of this say less."""
    rows = list(chain.from_iterable(one.rows.values() for one in compared.values()))
    outcomes = Counter(row["outcome"] for row in rows)
    years = Counter(row["decided_on"].year for row in rows)
    readings = Counter((one["id"], one["chosen"]) for row in rows for one in row["open_questions"])
    wanted = {
        (one["id"], reading)
        for one in compared[""].rules.tree("readings").plain()["readings"]
        for reading in one["readings"]
    }

    sys.stdout.write(f"{outcomes}\n{years}\n{readings}\n")
    assert {"no_request", "ask", "assess", "refuse", "partial_grant", "grant"} == outcomes.keys()
    assert {2023, 2024, 2025, 2026} == years.keys()
    assert wanted <= readings.keys()
    for met in (outcomes, years, {one: readings[one] for one in wanted}):
        assert min(met.values()) >= SEEN, met

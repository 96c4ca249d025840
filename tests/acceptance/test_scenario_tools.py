"""Scenarios as tables, as JUnit, as pytest tests, and rewritten for review."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from importlib.metadata import entry_points
from pathlib import Path

import openpyxl
import pytest

from hjemmel import RulesInvalidError, load_policy
from hjemmel.assure.junit import junit_xml
from hjemmel.assure.scenarios import failure_text, read_scenarios, run_scenario
from hjemmel.assure.update import update_expectations

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "rules" / "schema"
pytest_plugins = ["pytester"]

HEADER = (
    "name", "why", "decided_on", "request.made", "diagnosis.entry", "diagnosis.confirmed",
    "previous_help", "earlier_grants", "earlier_grants[0].date", "earlier_grants[0].amount",
    "wishes[w1].provision", "wishes[w1].category", "wishes[w1].value",
    "expect.outcome", "expect.target_group.value", "expect.items[w1].status",
    "expect.amounts.remaining", "expect.missing_exactly",
)  # fmt: skip
ROWS = (
    ("Et hjælpemiddel", "svar 9", "2024-03-04", "ja", "mnd-als", "ja", "ingen", "ingen", "", "",
     "112", "communication", "1000.00", "grant", "true", "granted", "40022.00", ""),
    ("Spørg om tidligere hjælp", "svar 1", "2024-03-04", "ja", "mnd-als", "ja", "", "ingen", "", "",
     "", "", "", "ask", "unknown", "", "", "previous_help"),
    ("Anden runde", "svar 5", "2024-09-02", "ja", "mnd-als", "ja", "ingen", "", "2024-03-04",
     "30000.00", "97", "accompaniment", "20000.00", "partial_grant", "true", "partly_granted",
     "0.00", ""),
)  # fmt: skip
BROKEN = """scenarios:
  - name: "Forældet eksempel"
    why: "svar 2"
    # en bemærkning, der skal blive stående
    case:
      {case: T-1, decided_on: "2024-03-04", request: {made: true}, previous_help: [],
       diagnosis: {entry: mnd-als, confirmed: true}, earlier_grants: [], wishes: []}
    expect:
      outcome: refuse
      amounts: {remaining: "1.00"}

  - name: "Et, der holder"
    why: "svar 2"
    case: {case: T-2, decided_on: "2024-03-04", request: {made: false}}
    expect: {outcome: no_request}
"""


@pytest.fixture(scope="module")
def book():
    """Return the shipped rules."""
    return load_policy()


def written_csv(folder, separator, encoding):
    """Write the table as text and return its path."""
    path = folder / "tabel.csv"
    lines = [separator.join(row) for row in (HEADER, *ROWS)]
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def written_workbook(folder):
    """Write the table as a workbook and return its path."""
    path = folder / "tabel.xlsx"
    workbook = openpyxl.Workbook()
    for row in (HEADER, *ROWS):
        workbook.active.append(row)
    workbook.save(path)
    return path


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda folder: written_csv(folder, ",", "utf-8"), id="comma, UTF-8"),
        pytest.param(
            lambda folder: written_csv(folder, ";", "utf-8-sig"), id="semicolon with a mark"
        ),
        pytest.param(
            lambda folder: written_csv(folder, ";", "cp1252"), id="a Danish spreadsheet's own"
        ),
        pytest.param(written_workbook, id="workbook"),
    ],
)
def test_a_table_is_scenarios_like_any_other(write, tmp_path, book):
    """One row is one case; an empty cell is a fact left out and `ingen` is a known none."""
    results = [run_scenario(one, book) for one in read_scenarios(write(tmp_path), SCHEMA)]

    assert [row[0] for row in ROWS] == [one.scenario.name for one in results]
    assert [()] * len(ROWS) == [one.differences for one in results]


def test_a_wrong_row_names_its_cell(tmp_path, book):
    """What differs in a table is told with the row it stands in."""
    path = written_csv(tmp_path, ";", "utf-8")
    path.write_text(
        path.read_text(encoding="utf-8").replace("40022.00", "40021.00"), encoding="utf-8"
    )

    failed = [
        one
        for one in (run_scenario(s, book) for s in read_scenarios(path, SCHEMA))
        if not one.passed
    ]

    assert ["tabel.csv:2"] == [one.scenario.place for one in failed]
    assert "amounts.remaining" in failure_text(failed[0])


def test_a_table_without_cases_or_with_a_strange_column_is_refused(tmp_path):
    """A table must have the columns that make a case."""
    path = tmp_path / "tabel.csv"
    path.write_text("navn;dato\nA;B\n", encoding="utf-8")

    with pytest.raises(RulesInvalidError, match="`name` mangler"):
        read_scenarios(path, SCHEMA)


def test_a_scenario_that_expects_nothing_is_refused(tmp_path):
    """An example without an expectation proves nothing."""
    path = tmp_path / "tom.yaml"
    path.write_text(BROKEN.replace("expect: {outcome: no_request}", "expect: {}"), encoding="utf-8")

    with pytest.raises(RulesInvalidError):
        read_scenarios(path, SCHEMA)


def test_update_rewrites_only_what_failed(tmp_path, book):
    """The expectation follows the rules; comments and other scenarios stay byte for byte."""
    path = tmp_path / "sager.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    results = [run_scenario(one, book) for one in read_scenarios(path, SCHEMA)]

    count = update_expectations(path, results)
    after = [run_scenario(one, book) for one in read_scenarios(path, SCHEMA)]
    text = path.read_text(encoding="utf-8")

    assert 1 == count
    assert all(one.passed for one in after)
    assert BROKEN.partition("    expect:")[0] == text.partition("    expect:")[0]
    assert text.endswith(BROKEN[BROKEN.index('\n  - name: "Et, der holder"') :])


def test_junit_counts_failures_and_says_whose_question_it_is(tmp_path, book):
    """A build server gets a suite a file and the differences of each failure."""
    path = tmp_path / "sager.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    results = [run_scenario(one, book) for one in read_scenarios(path, SCHEMA)]

    suite = ET.fromstring(junit_xml(results).partition("\n")[2]).find("testsuite")

    assert ("sager.yaml", "2", "1") == (
        suite.get("name"),
        suite.get("tests"),
        suite.get("failures"),
    )
    assert "outcome" in suite.find("testcase/failure").text


def test_the_pytest_plugin_collects_each_scenario(pytester):
    """`pytest --hjemmel rules` runs scenarios as tests and shows a failure in words."""
    import shutil

    shutil.copytree(ROOT / "rules", pytester.path / "rules")
    for file in (pytester.path / "rules" / "scenarios").iterdir():
        file.unlink()
    (pytester.path / "rules" / "scenarios" / "sager.yaml").write_text(BROKEN, encoding="utf-8")

    installed = "hjemmel" in entry_points(group="pytest11").names
    plugin = () if installed else ("-p", "hjemmel.assure.pytest_plugin")
    result = pytester.runpytest_inprocess(*plugin, "--hjemmel", "rules", "rules/scenarios")

    assert {"passed": 1, "failed": 1} == result.parseoutcomes()
    assert any("outcome: ventet refuse, fik grant" in line for line in result.outlines)


def test_what_could_not_be_decided_is_rewritten_to_what_it_comes_to(tmp_path, book):
    """A year whose amount has come: outcome and amounts, not the absence of an error."""
    path = tmp_path / "aar.yaml"
    path.write_text(
        BROKEN.replace("{outcome: no_request}", "{error: not-in-force, exit: 3}"), encoding="utf-8"
    )
    results = [run_scenario(one, book) for one in read_scenarios(path, SCHEMA)]

    update_expectations(path, [one for one in results if "error" in one.scenario.expect])

    assert "    expect:\n      outcome: no_request\n" in path.read_text(encoding="utf-8") or (
        "expect:\n      {outcome: no_request}" in path.read_text(encoding="utf-8")
    )


# --- names, choices and readings ------------------------------------------------------------------

MADE_BEFORE_THE_LAW = """scenarios:
  - name: "Hjælp fra før loven"
    why: "LOV 481/2023 § 2"
    CHOICES
    case:
      {case: T-3, decided_on: "2024-03-04", request: {made: true}, earlier_grants: [],
       diagnosis: {entry: mnd-als, confirmed: true},
       previous_help: [{provision: "112", because_of_disease: true, granted_on: "2023-05-31"}]}
    expect: EXPECT
"""


def run_one(folder, book, expect, choices=""):
    """Return the result of one scenario that expects *expect* under *choices*."""
    text = MADE_BEFORE_THE_LAW.replace("EXPECT", expect)
    path = folder / "sag.yaml"
    path.write_text(text.replace("CHOICES", choices or "municipality: eksempelkommune"), "utf-8")
    (scenario,) = read_scenarios(path, SCHEMA)
    return run_scenario(scenario, book)


@pytest.mark.parametrize(
    ("choice", "outcome"),
    [("excludes", "refuse"), ("does_not", "grant")],
)
def test_a_scenario_may_choose_a_reading_as_a_municipality_may(tmp_path, book, choice, outcome):
    """The choice decides, and the decision still shows the question."""
    result = run_one(
        tmp_path,
        book,
        f"{{outcome: {outcome}, open_questions: [{{id: help_before_law, chosen: {choice}}}]}}",
        f"choices: {{help_before_law: {choice}}}",
    )

    assert () == result.differences


def test_what_each_reading_gives_can_be_expected(tmp_path, book):
    """Both readings are told apart; the wrong way round is red."""
    right = "{excludes: {outcome: refuse}, does_not: {outcome: grant}}"
    wrong = "{excludes: {outcome: grant}, does_not: {outcome: refuse}}"
    found = [
        run_one(tmp_path, book, f"{{open_questions: [{{id: help_before_law, readings: {one}}}]}}")
        for one in (right, wrong)
    ]

    assert [0, 2] == [len(one.differences) for one in found]
    assert "open_questions[help_before_law].readings.excludes.outcome" in failure_text(found[1])


@pytest.mark.parametrize(
    ("expect", "choices", "said"),
    [
        ("{duties_exclude: [give_reason]}", "", "duties_exclude: reglerne har ingen `give_reason`"),
        ("{open_questions_exclude: [ceilings]}", "", "reglerne har ingen `ceilings`"),
        ("{outcome: assess}", "choices: {before_law: excludes}", "choices: reglerne har ingen"),
        ("{outcome: assess}", "choices: {help_before_law: maybe}", "ingen `maybe`"),
    ],
)
def test_a_name_that_no_rule_has_is_red(tmp_path, book, expect, choices, said):
    """To expect that a misspelt duty is absent would always hold, and say nothing."""
    result = run_one(tmp_path, book, expect, choices)

    assert not result.passed
    assert said in failure_text(result)


def test_duties_can_be_expected_exactly(tmp_path, book):
    """One duty too few, or one too many, is a difference."""
    names = [one["id"] for one in run_one(tmp_path, book, "{outcome: assess}").document["duties"]]

    exactly = [run_one(tmp_path, book, f"{{duties_exactly: [{', '.join(some)}]}}").passed
               for some in (names, names[1:], [*names, "complaint_guidance"])]  # fmt: skip

    assert [True, False, False] == exactly

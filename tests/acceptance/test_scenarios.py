"""Every scenario of the rules, a test of its own.

Red here is not a bug: it is a question to legal staff. Has the law changed, or is the scenario old?
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hjemmel import check_rules
from hjemmel.assure.scenarios import failure_text, read_scenarios, run_scenario

RULES = Path(__file__).resolve().parents[2] / "rules"
QUESTION = "A question to legal staff, not a bug: has the law changed, or is the scenario old?"
#: Far fewer would mean that a folder was lost on the way.
AT_LEAST = 80


@pytest.fixture(scope="module")
def book():
    """Return the rules that ship."""
    report, book = check_rules(RULES)
    assert book is not None, report.text()
    return book


def scenarios():
    """Return a parameter for each scenario; its id leads to the line it stands on."""
    read = read_scenarios(RULES / "scenarios", RULES / "schema")
    return [pytest.param(one, id=f"{one.place}-{one.name}") for one in read]


@pytest.mark.parametrize("scenario", scenarios())
def test_scenario(scenario, book):
    """What the rules propose is what legal staff expect."""
    result = run_scenario(scenario, book)

    assert result.passed, f"{QUESTION}\n{failure_text(result)}"


def test_there_are_scenarios():
    """The law is shown by examples, and each has a name of its own."""
    names = [scenario.values[0].name for scenario in scenarios()]

    assert len(names) >= AT_LEAST
    assert len(set(names)) == len(names)


def test_a_red_scenario_says_what_differs(book, tmp_path):
    """Place, expected and given stand in the text, and the reasoning below them."""
    (tmp_path / "red.yaml").write_text(
        """
scenarios:
  - name: Et bevidst forkert eksempel
    why: Eksemplet skal være rødt
    case: {case: RED, decided_on: "2024-03-04", request: {made: false}}
    expect: {outcome: grant}
""",
        encoding="utf-8",
    )
    (scenario,) = read_scenarios(tmp_path, RULES / "schema")
    result = run_scenario(scenario, book)

    assert not result.passed
    assert {"grant", "no_request", "red.yaml:3"} <= set(
        failure_text(result).replace("`", " ").replace(",", " ").split()
    )

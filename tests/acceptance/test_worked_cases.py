"""The twelve cases that were worked by hand from the law, where they are at hand.

They lie outside the repository: `HJEMMEL_SHARED` names the folder, or it lies beside this one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hjemmel import load_policy
from hjemmel.assure.scenarios import failure_text, read_scenarios, run_scenario

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
WORKED = Path(os.environ.get("HJEMMEL_SHARED") or ROOT.parent / "shared") / "cases" / "worked.yaml"
HOW_MANY = 12

pytestmark = pytest.mark.skipif(
    not WORKED.is_file(), reason="the worked cases are not here; HJEMMEL_SHARED names their folder"
)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory):
    """Return the worked cases; their file is the list that a scenario file holds."""
    file = tmp_path_factory.mktemp("worked") / "worked.yaml"
    file.write_text(f"scenarios:\n{WORKED.read_text(encoding='utf-8')}", encoding="utf-8")
    return read_scenarios(file, RULES / "schema")


@pytest.fixture(scope="module")
def book():
    """Return the rules that ship."""
    return load_policy(RULES)


@pytest.mark.parametrize("number", range(HOW_MANY))
def test_worked_case(number, scenarios, book):
    """The rules come to what was worked out by hand."""
    result = run_scenario(scenarios[number], book)

    assert result.passed, failure_text(result)


def test_none_is_left_out(scenarios):
    """All of them are run."""
    assert HOW_MANY == len(scenarios)

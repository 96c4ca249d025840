"""``hjemmel coverage`` and ``hjemmel mutate`` as legal staff meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hjemmel.cli import main as cli

RULES = Path(__file__).resolve().parents[2] / "rules"
FEW = RULES / "scenarios" / "no_request.yaml"


@pytest.fixture
def hjemmel(capsys):
    """Return the command line with these two commands in it."""

    def run(*arguments):
        code = cli.main([str(one) for one in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_coverage_of_the_shipped_rules_is_complete(hjemmel):
    """Exact fractions, nothing missed, and no complaint."""
    code, out, err = hjemmel("coverage", "--fail-under", "100")

    assert (0, "") == (code, err)
    assert "Alt er nået." in out
    assert "MC/DC" in out


def test_coverage_below_what_is_asked_ends_with_one_and_names_the_lines(hjemmel):
    """What is left out is named in Danish with its file and line."""
    code, out, _ = hjemmel("coverage", FEW, "--fail-under", "99.5")

    assert 1 == code
    assert "dækningen er under 99,5 %" in out
    assert "decisions.yaml:" in out
    assert "ingen to eksempelsager viser" in out


def test_coverage_as_data_holds_whole_numbers(hjemmel):
    """A program gets the fraction, not a rounded percentage."""
    code, out, _ = hjemmel("coverage", FEW, "--format", "json")
    document = json.loads(out)

    assert 0 == code
    assert document["total"]["reached"] + len(document["missed"]) == document["total"]["wanted"]
    assert {"file", "line", "text", "kind", "id"} == set(document["missed"][0])


def test_the_sources_are_covered_row_by_row(hjemmel, tmp_path):
    """All rows, as text, data and page."""
    page = tmp_path / "kilder.html"
    code, out, _ = hjemmel("coverage", "--sources", "--fail-under", "100", "--to", page)
    _, data, _ = hjemmel("coverage", "--sources", "--format", "json")

    assert 0 == code
    assert "144 af 144" in out
    assert 144 == json.loads(data)["covered"]
    assert '<html lang="da">' in page.read_text(encoding="utf-8")


def test_the_report_is_written_as_a_page(hjemmel, tmp_path):
    """The page says what the text says."""
    page = tmp_path / "rapport.html"
    code, out, _ = hjemmel("coverage", FEW, "--to", page)

    assert 0 == code
    assert str(page) in out
    assert out.splitlines()[0] in page.read_text(encoding="utf-8")


def test_a_survivor_is_a_sentence_with_its_line(hjemmel):
    """With few scenarios much goes unnoticed; that alone is no failure."""
    code, out, err = hjemmel("mutate", FEW, "--only", "outcomes.yaml", "--limit", "25")

    assert (0, "") == (code, err)
    assert "outcomes.yaml:" in out
    assert "ingen eksempelsag ser forskel, når" in out


def test_a_score_below_what_is_asked_ends_with_one(hjemmel):
    """A floor can be set for a build."""
    code, out, _ = hjemmel(
        "mutate", FEW, "--only", "outcomes.yaml", "--limit", "25", "--fail-under", "100"
    )

    assert 1 == code
    assert "andelen er under 100 %" in out


def test_two_processes_say_what_one_says(hjemmel):
    """Enough changes for a second process; the numbers add up."""
    code, out, _ = hjemmel(
        "mutate", FEW, "--only", "outcomes.yaml", "--limit", "70", "--format", "json"
    )
    document = json.loads(out)
    counts = document["counts"]

    assert 0 == code
    assert 70 == sum(counts.values()) + len(document["survivors"])
    assert document["killed"] == counts["scenario"] + counts["check"]


def test_a_file_without_changes_is_a_bad_call(hjemmel):
    """A misspelt name must not look like a perfect score."""
    code, _, err = hjemmel("mutate", "--only", "nothing.yaml")

    assert 2 == code
    assert "nothing.yaml" in err

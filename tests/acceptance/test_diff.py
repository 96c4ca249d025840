"""``hjemmel diff``: what it prints, writes and returns."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hjemmel.cli import main as command_line

RULES = Path(__file__).resolve().parents[2] / "rules"
CASE = {
    "case": "T-1",
    "decided_on": "2025-03-01",
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True},
    "previous_help": [],
    "earlier_grants": [],
    "wishes": [
        {"id": "w1", "provision": "83", "category": "personal_care", "value": "42600.00"}
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _with_the_command_alone(monkeypatch):
    """Let the command line know this command only: the others have tests of their own."""
    monkeypatch.setattr(command_line, "COMMAND_MODULES", ("diff",))


@pytest.fixture
def new(tmp_path):
    """Return a folder of rules with another ceiling for 2025."""
    folder = tmp_path / "ny"
    shutil.copytree(RULES, folder)
    path = folder / "rates.yaml"
    text = path.read_text(encoding="utf-8").replace('"42499"', '"43000"', 1)
    text = text.replace('first: "2024-01-01", rounding', 'first: "2027-01-01", rounding', 1)
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def cases(tmp_path):
    """Return a JSONL file with one case and one broken row."""
    path = tmp_path / "sager.jsonl"
    path.write_text(json.dumps(CASE) + '\n{"case": \n', encoding="utf-8")
    return path


def run(capsys, *arguments):
    """Return the exit code, the output and the errors of ``hjemmel diff``."""
    code = command_line.main(["diff", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_differences_are_information(capsys, new, cases):
    """The change in words, a witness to run, the effect, and the row that could not be read."""
    code, out, _ = run(capsys, RULES, new, "--cases", cases)

    assert code == 0
    for told in (
        "beløb fra 1. januar 2025: 42.499 kr. → 43.000 kr.",
        "Nej: 1 af 1 undersøgte sager (100,0 %) falder anderledes ud.",
        "sager.jsonl:2",
        "Vidne 1: Delvis bevilling → Bevilling",
        '# gammel: {outcome: "partial_grant"',
        "+101 kr.",
    ):  # fmt: skip
        assert told in out, told


def test_the_same_rules_give_nothing_to_tell(capsys, cases):
    """No change, no difference, still done."""
    code, out, _ = run(capsys, RULES, RULES, "--cases", cases)

    assert code == 0
    assert "Ingen ændring" in out
    assert "kan kun give det samme" in out


def test_json_holds_everything(capsys, new, cases):
    """The whole comparison as data, stable from run to run."""
    arguments = (RULES, new, "--cases", cases, "--generate", "60", "--format", "json")
    code, out, _ = run(capsys, *arguments)
    document = json.loads(out)

    assert code == 0
    assert out == run(capsys, *arguments)[1]
    assert document["examined"]["cases"] == 61
    assert ["sager.jsonl:2"] == [
        one["place"].rpartition(":")[0] for one in document["examined"]["unread"]
    ]
    assert document["effect"]["changed"] == len(document["changed_cases"]) > 0
    assert not document["equivalent"]
    assert ["ceiling"] == [one["id"] for one in document["changes"]]
    assert document["witnesses"][0]["new"]["interpreters"]["agreed"]


def test_a_report_is_written(capsys, new, cases, tmp_path):
    """And said to be."""
    report = tmp_path / "rapport.html"
    code, out, _ = run(capsys, RULES, new, "--cases", cases, "--to", report)

    assert code == 0
    assert str(report) in out
    assert report.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="da">')


def test_english_where_it_is_asked_for(capsys, new, cases):
    """The program's own words; the rules' stay Danish."""
    _, out, _ = run(capsys, RULES, new, "--cases", cases, "--lang", "en")

    assert "No: 1 of 1 cases examined (100.0 %) come out differently." in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("nowhere", RULES), "hverken en mappe", id="no rules"),
        pytest.param((RULES, RULES, "--cases", "nowhere"), "findes ikke", id="no cases"),
        pytest.param((RULES, RULES, "--on", "2025-02-30"), "2025-02-30", id="no such day"),
        pytest.param((RULES, RULES, "--known", "snart"), "snart", id="no such knowledge"),
        pytest.param((RULES, RULES, "--known", "2020-01-01"), "12", id="nothing known"),
        pytest.param((RULES, RULES, "--generate", "-1"), "-1", id="count"),
        pytest.param((RULES,), "mangler", id="one edition"),
    ],
)
def test_bad_usage_ends_with_two(capsys, arguments, told):
    """Nothing is compared, and the sentence says why."""
    code, out, errors = run(capsys, *arguments)

    assert (2, "") == (code, out)
    assert told in errors


def test_an_empty_folder_holds_no_cases(capsys, tmp_path):
    """To compare on nothing is a mistake."""
    code, _, errors = run(capsys, RULES, RULES, "--cases", tmp_path)

    assert code == 2
    assert "ingen sager" in errors


def test_invalid_rules_end_with_three_and_name_the_side(capsys, new):
    """Which of the two editions cannot be used."""
    (new / "rates.yaml").write_text("rates: []\n", encoding="utf-8")
    code, _, errors = run(capsys, RULES, new)

    assert code == 3
    assert f"De nye regler ({new}):" in errors


def test_known_may_differ_by_side(capsys, cases):
    """The same rules with knowledge of two days: what the sources in between turned."""
    code, out, _ = run(
        capsys, RULES, RULES, "--cases", cases, "--known", "2024-08-19..", "--format", "json"
    )
    document = json.loads(out)

    assert code == 0
    assert ["2024-08-19", None] == [document[side]["known"] for side in ("old", "new")]
    assert ["not-in-force"] == [one["old"]["outcome"] for one in document["changed_cases"]]

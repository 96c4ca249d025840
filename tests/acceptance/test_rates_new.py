"""`hjemmel rates new` as the legal editor meets it: one line in August, and the year decides."""

import json
from functools import cache
from pathlib import Path

import pytest

import hjemmel.cli.main as command
from helpers.next_year import AWAITS, rules_with_a_source
from hjemmel.cli import rates
from hjemmel.policy.book import load_policy

ROOT = Path(__file__).resolve().parents[2]


@cache
def shipped():
    """Return the rules that ship, read once: nothing here changes them."""
    return load_policy()


def loaded(folder):
    """Return the rules in *folder*, or those that ship."""
    return shipped() if folder is None else load_policy(folder)


@pytest.fixture
def hjemmel(monkeypatch, capsys):
    """Return a way to run the command here, and to get its code, output and complaints."""
    monkeypatch.setattr(command, "COMMAND_MODULES", ("check", "rates"))
    monkeypatch.setattr(rates, "load_policy", loaded)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = command.main([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def rules(tmp_path):
    """Return a copy of the rules with an invented source for 2027 and one scenario."""
    return rules_with_a_source(tmp_path / "rules", AWAITS)


def content(folder):
    """Return the bytes of every file in *folder*."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_year_is_added_checked_and_decides(hjemmel, rules):
    """What changed is printed: amounts, years, and scenarios that said it could not be decided."""
    before = content(rules)

    code, said, complaints = hjemmel(
        *("rates", "new", "2027", "--percent", "3,2", "--source", "bek-9-2026", "--rules", rules)
    )
    after = content(rules)

    assert (0, "") == (code, complaints)
    assert {rules / "rates.yaml"} == {path for path in after if after[path] != before.get(path)}
    assert "45.832 kr. (før 44.411 kr.; beregnet af den officielle procent)" in said
    assert "der kan nu afgøres sager i 2023–2027 (før: 2023–2026); 2028 kendes ikke endnu" in said
    assert "disse eksempelsager siger, at 2027 ikke kendes" in said
    assert "✗ 2027 kendes ikke" in said
    assert 0 == hjemmel("check", rules, "--today", "2026-12-01")[0]


def test_a_dry_run_shows_the_change_and_writes_nothing(hjemmel, rules):
    """The change is shown as a difference of the text, in English if asked."""
    before = content(rules)

    code, said, _ = hjemmel(
        *("rates", "new", "2027", "--percent", "3.2", "--source", "bek-9-2026", "--rules", rules),
        *("--dry-run", "--lang", "en"),
    )

    assert 0 == code
    assert '+      - {year: 2027, percent: "3.2", sources: [{ref: bek-9-2026, at: "§ 1"}]}' in said
    assert "nothing was changed" in said
    assert before == content(rules)


def test_a_published_amount_settles_what_the_law_leaves_open(hjemmel, rules):
    """Refused with both amounts first; then accepted, with a reminder of its own source."""
    call = ("rates", "new", "2027", "--percent", "3,5", "--source", "bek-9-2026", "--rules", rules)
    before = content(rules)

    refused = hjemmel(*call)
    unchanged = content(rules)
    accepted = hjemmel(*call, "--amount", "ceiling=45966")

    assert 2 == refused[0]
    assert "ceiling: 45.965 kr. / 45.966 kr." in refused[2]
    assert before == unchanged
    assert 0 == accepted[0]
    assert "45.966 kr. (før 44.411 kr.; offentliggjort)" in accepted[1]
    assert "husk: Samlet maksimal værdi" in accepted[1]


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        pytest.param(["new"], 2, "skriv, hvilket år", id="no year"),
        pytest.param(["new", "2027"], 2, "der mangler: --percent", id="no percentage"),
        pytest.param(
            ["new", "27", "--percent", "3"], 2, "`27` er ikke et årstal", id="no such year"
        ),
        pytest.param(["new", "2026", "--percent", "3"], 2, "kendes allerede", id="a known year"),
        pytest.param(["new", "2029", "--percent", "3"], 2, "før 2027 er lagt ind", id="a gap"),
        pytest.param(["new", "2027", "--percent", "-1"], 2, "er negativ", id="negative"),
        pytest.param(["new", "2027", "--percent", "x"], 2, "er ikke en procent", id="no number"),
        pytest.param(["new", "2027", "--percent", "3"], 2, "skriv med --source", id="no source"),
        pytest.param(
            ["new", "2027", "--percent", "3", "--source", "bek-1-2026"],
            2,
            'in_force: {from: "2027-01-01", to: "2027-12-31"}',
            id="a source that is not there",
        ),
        pytest.param(
            ["new", "2027", "--percent", "3", "--amount", "ceiling"],
            2,
            "SATS=BELØB",
            id="an amount of nothing",
        ),
        pytest.param(
            ["new", "2027", "--percent", "3", "--format", "json"], 2, "kun teksten", id="as JSON"
        ),
        pytest.param(["2024", "--dry-run"], 2, "--dry-run kan kun bruges", id="without new"),
        pytest.param(["nye", "2027"], 2, "ukendt: nye", id="another word"),
        pytest.param(["2024", "2025"], 2, "ukendt: 2025", id="two years"),
        pytest.param(["abc"], 2, "`abc` er ikke et årstal", id="no year to show"),
        pytest.param(["2027"], 2, "ingen satser for 2027", id="an unknown year"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(hjemmel, arguments, code, shown):
    """One sentence with the way out, and no file touched."""
    before = content(ROOT / "rules")

    ended = hjemmel("rates", *arguments)

    assert code == ended[0]
    assert shown in ended[2]
    assert before == content(ROOT / "rules")


def test_the_amounts_are_shown_as_ever(hjemmel):
    """All years, one year, and as data."""
    everything, one = hjemmel("rates"), hjemmel("rates", "2024")
    data = hjemmel("rates", "2024", "--format", "json")

    assert "39.750 kr." in everything[1]
    assert "41.022 kr." in one[1]
    assert "39.750" not in one[1]
    assert "41022.00" == json.loads(data[1])[0]["values"][0]["amount"]
    assert "DKK 41,022" in hjemmel("rates", "2024", "--lang", "en")[1]

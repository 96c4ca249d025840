"""The command line as a new user meets it: words, exit codes, and nothing like a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALS, ASKS, REFUSES = (
    ROOT / "examples" / name for name in ("als.yaml", "mangler.yaml", "afslag.yaml")
)


def hjemmel(
    *arguments: object, stdin: str = "", cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    call = "import sys; from hjemmel.cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", call, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        pytest.param(
            ["decide", ALS, "--municipality", "eksempelkommune"], 0, "BEVILLING", id="grant"
        ),
        pytest.param(["decide", ASKS], 4, "OPLYSNINGER MANGLER", id="ask"),
        pytest.param(["decide", REFUSES], 0, "AFSLAG", id="refuse"),
        pytest.param(["explain", ASKS], 0, "? Omfattet af personkredsen", id="explain"),
        pytest.param(["check"], 0, "reglerne kan bruges", id="check"),
        pytest.param(["rates", "2024"], 0, "41.022 kr.", id="rates"),
        pytest.param(["match", "DG122G"], 0, "mnd-als", id="match"),
        pytest.param(["decide", ALS, "--lang", "en"], 4, "INFORMATION IS MISSING", id="english"),
    ],
)
def test_a_command_says_what_it_found_and_ends_with_its_code(arguments, code, shown):
    """Each command prints its result first and tells the shell what to do next."""
    ended = hjemmel(*arguments)

    assert (code, "") == (ended.returncode, ended.stderr)
    assert shown in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        pytest.param([], 2, "hjemmel --help", id="no command"),
        pytest.param(["decide"], 2, "der mangler: SAG", id="no case"),
        pytest.param(["decide", "findes-ikke.yaml"], 2, "findes ikke", id="no such case"),
        pytest.param(
            ["decide", ALS, "--format", "xml"], 2, "brug en af: text, json", id="bad choice"
        ),
        pytest.param(
            ["decide", ALS, "--municipality", "eksempelkomune"],
            2,
            "mente du `eksempelkommune`?",
            id="close",
        ),
        pytest.param(["check", "ingen-mappe"], 2, "findes ikke", id="no rules"),
        pytest.param(
            ["letter", ALS, "--to", "ingen-mappe/brev.md"], 2, "ingen-mappe/brev.md", id="no folder"
        ),
        pytest.param(["rates", "2027"], 2, "ingen satser for 2027", id="unknown year"),
    ],
)
def test_a_wrong_call_is_told_in_words(arguments, code, shown):
    """A mistake gets a sentence on standard error, never a traceback."""
    ended = hjemmel(*arguments)

    assert code == ended.returncode
    assert shown in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_day_without_a_rate_is_an_error_and_never_an_older_amount():
    """2027 is not known: exit 3, the code of the contract, and the days that are known."""
    case = ALS.read_text(encoding="utf-8").replace(
        'decided_on: "2024-03-04"', 'decided_on: "2027-01-04"'
    )

    ended = hjemmel("decide", "-", "--format", "json", stdin=case)

    assert 3 == ended.returncode
    assert "not-in-force" == json.loads(ended.stdout)["error"]
    assert "2026-12-31" in ended.stderr


def test_a_bad_case_is_told_with_place_caret_and_hint():
    """Every mistake is shown where it stands, and the machine-readable form lists them too."""
    case = 'case: EX-1\ndecided_on: "2024-02-30"\nrequest: {mad: true}\n'

    ended = hjemmel("decide", "-", "--format", "json", stdin=case)

    assert 2 == ended.returncode
    assert "mente du `made`?" in ended.stderr
    assert {"file", "line", "column", "code", "message", "hint"} == set(
        json.loads(ended.stdout)["issues"][0]
    )


def test_json_and_yaml_cases_give_the_same_bytes(tmp_path):
    """A case means the same however it is written."""
    from hjemmel.policy.load import parse_yaml

    plain = parse_yaml(ALS.read_text(encoding="utf-8"), "als.yaml").plain()
    (tmp_path / "als.json").write_text(json.dumps(plain), encoding="utf-8")

    from_yaml = hjemmel("decide", ALS, "--format", "json")
    from_json = hjemmel("decide", tmp_path / "als.json", "--format", "json")

    assert from_yaml.stdout == from_json.stdout


def test_the_recipient_is_in_the_letter_and_nowhere_else(tmp_path):
    """A name may stand in a letter only: not in a decision, an explanation or a receipt."""
    decided = hjemmel("decide", ALS, "--format", "json").stdout + hjemmel("explain", ALS).stdout
    letter = tmp_path / "brev.md"

    ended = hjemmel("letter", ALS, "--to", letter, "--municipality", "eksempelkommune")

    assert 0 == ended.returncode
    assert "Anne Eksempel" in letter.read_text(encoding="utf-8")
    assert "Anne" not in decided


def test_the_demo_shows_three_cases_and_writes_their_letters(tmp_path):
    """The demo goes from case to letter for a grant, a question and a refusal."""
    ended = hjemmel("demo", "--to", tmp_path / "breve")

    assert 0 == ended.returncode
    assert all(word in ended.stdout for word in ("BEVILLING", "OPLYSNINGER MANGLER", "AFSLAG"))
    assert {"als.md", "als.html", "mangler.md", "mangler.html", "afslag.md", "afslag.html"} == {
        path.name for path in (tmp_path / "breve").iterdir()
    }


def test_a_broken_rule_file_stops_every_command(tmp_path):
    """Rules with errors decide nothing."""
    import shutil

    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    rates = rules / "rates.yaml"
    rates.write_text(
        rates.read_text(encoding="utf-8").replace('amount: "41022"', 'amount: "41023"'),
        encoding="utf-8",
    )

    checked, decided = hjemmel("check", rules), hjemmel("decide", ALS, "--rules", rules)

    assert (3, 3) == (checked.returncode, decided.returncode)
    assert "rate-not-regulated" in checked.stdout
    assert "rate-not-regulated" in decided.stderr

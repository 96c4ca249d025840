"""`hjemmel check` with its options: the day, the official texts, the formats, and watching."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import hjemmel.cli.main as command

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
IN_TIME, A_YEAR_ON = "2026-11-22", "2027-11-23"


@pytest.fixture
def hjemmel(monkeypatch, capsys):
    """Return a way to run the command here, and to get its code, output and complaints."""
    monkeypatch.setattr(command, "COMMAND_MODULES", ("check",))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = command.main([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rules_with(tmp_path, file, old, new):
    """Return a copy of the rules in which *old* in *file* reads *new*."""
    rules = tmp_path / "rules"
    shutil.copytree(RULES, rules, ignore=shutil.ignore_patterns("scenarios"))
    text = (rules / file).read_text(encoding="utf-8")
    assert old in text
    (rules / file).write_text(text.replace(old, new), encoding="utf-8")
    return rules


def test_the_rules_are_in_time_on_the_day_they_were_followed_to(hjemmel):
    """No warning of age on the day of the last look."""
    code, said, complaints = hjemmel("check", "--today", IN_TIME)

    assert (0, "") == (code, complaints)
    assert "reglerne kan bruges" in said
    assert not any(one in said for one in ("rate-outdated", "source-superseded", "source-check"))


def test_a_year_on_the_rates_and_the_looks_at_the_sources_are_old(hjemmel):
    """Warnings, not errors: the rules still decide the days they know."""
    code, said, _ = hjemmel("check", "--today", A_YEAR_ON)

    assert 0 == code
    assert "det nyeste beløb for `ceiling` gjaldt til 2026-12-31 [rate-outdated]" in said
    assert "hjemmel rates new 2027 --percent P" in said
    assert "kilden `sel` er sidst efterprøvet 2026-11-22" in said


def test_a_live_rule_on_a_source_that_ended_is_told_in_english_too(hjemmel, tmp_path):
    """A source that was closed without naming its successor leaves its rules in the air."""
    address = '2023/9432"\n    in_force: {from: "2023-06-01"'
    rules = rules_with(tmp_path, "sources.yaml", address, f'{address}, to: "2026-06-30"')

    code, said, _ = hjemmel("check", rules, "--today", IN_TIME, "--lang", "en")

    assert 0 == code
    assert "the source `vej-9432-2023` held until 2026-06-30" in said


def test_json_lists_what_was_found(hjemmel):
    """For programs: usable or not, and every issue with its severity and place."""
    code, said, _ = hjemmel("check", "--today", A_YEAR_ON, "--format", "json")
    document = json.loads(said)

    assert 0 == code
    assert document["usable"]
    assert document["warnings"] == len(document["issues"])
    assert {"warning"} == {one["severity"] for one in document["issues"]}
    assert {"code", "severity", "message", "hint", "file", "line", "column"} == set(
        document["issues"][0]
    )


def test_broken_rules_end_with_the_code_of_the_contract_in_every_format(hjemmel, tmp_path):
    """3, whether people, programs or GitHub read it."""
    rules = rules_with(tmp_path, "rates.yaml", 'amount: "41022"', 'amount: "41023"')

    ended = {form: hjemmel("check", rules, "--format", form) for form in ("text", "json", "github")}

    assert {3} == {code for code, _, _ in ended.values()}
    assert not json.loads(ended["json"][1])["usable"]
    assert "reglerne kan ikke bruges: 1 fejl" in ended["text"][1]
    assert "::error file=" in ended["github"][1]


def test_annotations_name_the_file_from_where_the_command_runs(hjemmel, tmp_path, monkeypatch):
    """GitHub places an annotation by that path, and reads %, comma and line ends as its own."""
    rules = rules_with(tmp_path, "rates.yaml", 'amount: "41022"', 'amount: "100 %"')
    monkeypatch.chdir(tmp_path)

    _, said, _ = hjemmel("check", rules, "--format", "github")

    assert "\n::error file=rules/rates.yaml,line=" in f"\n{said}"
    assert ",title=not-an-amount::`100 %25` er ikke et beløb%0A" in said


def test_the_official_texts_are_searched_for_the_anchors(hjemmel, tmp_path):
    """One text is there, three answers long; most of its anchors are not in it."""
    (tmp_path / "sou-356-2019.txt").write_text(
        "Spørgsmål nr. 356:\nHvad?\nSvar:\nSom nævnt på samrådet den 28. februar 2019 vil jeg.\n"
        "Det hyrdebrev, som jeg sendte, siger det.\n",
        encoding="utf-8",
    )

    code, said, _ = hjemmel("check", "--today", IN_TIME, "--sources", tmp_path)
    as_json = json.loads(
        hjemmel("check", "--today", IN_TIME, "--sources", tmp_path, "--format", "json")[1]
    )

    assert 1 == code
    assert "2 af 7 ankre står på deres sted i 1 tekster" in said
    assert "[anchor-vanished]" in said
    assert "der er ingen tekst til `vej-9432-2023`" in said
    assert {"held": 2, "count": 7, "texts": 1, "files": {"sou-356-2019": "sou-356-2019.txt"}} == (
        as_json["anchors"]
    )


@pytest.mark.skipif("HJEMMEL_SHARED" not in os.environ, reason="the texts are not published here")
def test_the_five_texts_hold_every_anchor(hjemmel):
    """The documents the rules began with, as they are."""
    seeds = Path(os.environ["HJEMMEL_SHARED"]) / "law" / "seeds"

    code, said, _ = hjemmel("check", "--today", IN_TIME, "--sources", seeds)

    assert 0 == code
    assert "144 af 144 ankre" in said


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param(["--today", "2026-02-30"], "dagen `2026-02-30` findes ikke", id="no such day"),
        pytest.param(["--sources", "ingen"], "mappen `ingen` findes ikke", id="no texts"),
        pytest.param(["ingen", "--watch"], "mappen `ingen` findes ikke", id="nothing to watch"),
        pytest.param(["--format", "xml"], "brug en af: text, json, github", id="no such format"),
    ],
)
def test_a_wrong_call_is_told_in_words(hjemmel, arguments, shown):
    """A mistake in the call gets a sentence and the code for it."""
    code, _, complaints = hjemmel("check", *arguments)

    assert 2 == code
    assert shown in complaints


def test_watching_checks_again_on_save_and_ends_on_interrupt_with_zero(tmp_path):
    """Without a terminal the screen is left alone; Ctrl-C is how one stops, not a failure."""
    rules = rules_with(tmp_path, "rates.yaml", 'amount: "41022"', 'amount: "41023"')
    # A suite that itself runs in the background has interrupts turned off, and children inherit that.
    call = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "import hjemmel.cli.main as m; m.COMMAND_MODULES = ('check',); sys.exit(m.main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", call, "check", str(rules), "--watch", "--today", IN_TIME],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as watching:
        stop = threading.Timer(60, watching.kill)
        stop.start()
        first = said_until(watching, "venter på ændringer")
        rates = rules / "rates.yaml"
        rates.write_text(
            rates.read_text(encoding="utf-8").replace('"41023"', '"41022"'), encoding="utf-8"
        )
        second = said_until(watching, "venter på ændringer")
        watching.send_signal(signal.SIGINT)
        _, complaints = watching.communicate()
        stop.cancel()

    assert "rate-not-regulated" in first
    assert "reglerne kan bruges" in second
    assert "\033" not in first + second
    assert (0, "") == (watching.returncode, complaints)


def said_until(process, words):
    """Return the lines of *process* up to the one with *words*."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            break
    return "".join(lines)

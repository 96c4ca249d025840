"""`hjemmel codes check` with a file in the layout of SKScomplete.txt."""

import json
from functools import cache
from pathlib import Path

import pytest

import hjemmel.cli.main as command
from hjemmel.assure.codes import our_codes
from hjemmel.cli import codes
from hjemmel.policy.book import load_policy
from hjemmel.policy.load import parse_yaml

ROOT = Path(__file__).resolve().parents[2]


@cache
def shipped(_):
    """Return the rules that ship, read once: nothing here changes them."""
    return load_policy()


@pytest.fixture
def hjemmel(monkeypatch, capsys):
    """Return a way to run the command here, and to get its code, output and complaints."""
    monkeypatch.setattr(command, "COMMAND_MODULES", ("codes",))
    monkeypatch.setattr(codes, "load_policy", shipped)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = command.main([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def record(code, text, end="25000101"):
    """Return one record of SKScomplete.txt: 214 characters."""
    return f"dia{code:<20}1994010120260401{end}{text:<120}{'':<47}"


@pytest.fixture
def complete(tmp_path):
    """Return a file that says of every SKS code of the rules what the rules say."""
    text = (ROOT / "rules" / "diagnoses.yaml").read_text(encoding="utf-8")
    ours = our_codes(parse_yaml(text, "diagnoses.yaml"))
    names = {one.code: one.label or "Uden navn" for one in reversed(ours) if one.system == "sks"}
    for one in ours:
        if one.system == "sks" and one.label:
            names[one.code] = one.label
    path = tmp_path / "SKScomplete.txt"
    path.write_bytes("\r\n".join(record(*one) for one in names.items()).encode("cp1252"))
    return path


def test_codes_that_are_as_they_were_end_with_zero(hjemmel, complete):
    """What no file covers is listed as such, and is no fault."""
    code, said, complaints = hjemmel("codes", "check", complete, "--on", "2026-11-22")

    assert (0, "") == (code, complaints)
    assert "Koderne i diagnoses.yaml den 22. november 2026" in said
    assert "alle koder, filerne dækker, gælder og betyder det samme" in said
    assert "ikke efterprøvet, for ingen af filerne dækker dem:" in said
    assert "ORPHA:803" in said


def test_a_code_that_ended_and_one_that_is_gone_are_told_where_they_stand(
    hjemmel, complete, tmp_path
):
    """The report on the screen and the one in the file say the same."""
    text = complete.read_bytes().decode("cp1252")
    lines = [line for line in text.splitlines() if not line.startswith("diaDG122F ")]
    lines = [
        line.replace("25000101", "20251231") if line.startswith("diaDG122G ") else line
        for line in lines
    ]
    complete.write_bytes("\n".join(lines).encode("cp1252"))
    to = tmp_path / "report.json"

    code, said, _ = hjemmel("codes", "check", complete, "--on", "2026-11-22", "--to", to)
    document = json.loads(to.read_text(encoding="utf-8"))

    assert 1 == code
    assert "koden `DG122G` (Amyotrofisk lateralsklerose) gjaldt til 2025-12-31 [code-ended]" in said
    assert "koden `DG122F` findes ikke i SKScomplete.txt [code-gone]" in said
    assert "2026-11-22" == document["checked_on"]
    assert {"code-ended", "code-gone"} == {one["finding"] for one in document["findings"]}
    assert document["rules"]["version"]
    assert 64 == len(document["files"][0]["sha256"])


def test_the_report_is_given_as_data_and_in_english(hjemmel, complete):
    """JSON ids are English in both languages; sentences follow the language."""
    as_json = json.loads(hjemmel("codes", "check", complete, "--format", "json")[1])
    english = hjemmel("codes", "check", complete, "--lang", "en")[1]

    assert ["sks"] == [one["system"] for one in as_json["files"]]
    assert "hold and mean the same" in english


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param([], "der mangler: ", id="nothing to do"),
        pytest.param(["check"], "der mangler: FIL", id="no file"),
        pytest.param(["list", "x"], "brug en af: check", id="something else to do"),
        pytest.param(["check", "ingen.txt"], "filen ingen.txt findes ikke", id="no such file"),
        pytest.param(["check", __file__], "er ikke en kodefil, der kendes", id="another file"),
    ],
)
def test_a_wrong_call_is_told_in_words(hjemmel, arguments, shown):
    """A mistake gets a sentence on standard error, and 2."""
    code, _, complaints = hjemmel("codes", *arguments)

    assert 2 == code
    assert shown in complaints

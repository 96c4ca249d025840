"""Faults put into a copy of the rules: each is found, with the right line and a case that runs.

What only a proof can find (contradictions, dead rules, idle parts, broken promises) is seeded in
``test_verify.py``; anchors that moved or vanished in ``test_anchors.py``. Here are the slips that
the check finds by itself, and those that only the scenarios and the comparison can show.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hjemmel.assure.scenarios import read_scenarios, run_scenario
from hjemmel.cli import main as command
from hjemmel.policy.book import load_policy

RULES = Path(__file__).resolve().parents[2] / "rules"


@pytest.fixture
def faulty(tmp_path):
    """Return a way to get a copy of the rules with edits: file, old text and new text."""

    def copy(*edits):
        folder = tmp_path / "rules"
        shutil.copytree(RULES, folder)
        for file, old, new in edits:
            path = folder / file
            text = path.read_text(encoding="utf-8")
            assert old in text, (file, old)
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return copy


def run(capsys, *arguments):
    """Return the exit code of ``hjemmel`` with *arguments*, and what it printed."""
    code = command.main([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.out + said.err


def line_of(path, text):
    """Return the number of the line on which *text* begins in the file *path*."""
    content = path.read_text(encoding="utf-8")
    return content[: content.index(text)].count("\n") + 1


#: Each slip: file, what stands there, what is put instead, the code, and what the line holds.
SLIPS = {
    "a gap between two amounts": (
        "rates.yaml", '{from: "2025-01-01", to: "2025-12-31", amount: "42499"',
        '{from: "2025-01-02", to: "2025-12-31", amount: "42499"', "rate-hole", '"2025-01-02"',
    ),
    "two amounts on one day": (
        "rates.yaml", '{from: "2025-01-01", to: "2025-12-31", amount: "42499"',
        '{from: "2024-12-31", to: "2025-12-31", amount: "42499"', "rate-overlap", '"2024-12-31", to',
    ),
    "a gap between two rules": (
        "decisions.yaml", 'in_force: {from: "2023-06-01", to: "2025-06-30"}',
        'in_force: {from: "2023-06-01", to: "2025-06-29"}', "conclusion-without-rule",
        "- id: not_barred_by_2025",
    ),
    "an unlisted reading asked for": (
        "decisions.yaml", "reads: excludes}", "reads: excluded}", "unknown-reading",
        "reads: excluded}",
    ),
    "an unlisted reading chosen": (
        "readings.yaml", "chosen: none", "chosen: first_grants", "unknown-reading",
        "chosen: first_grants",
    ),
    "an amount a krone off": (
        "rates.yaml", 'amount: "42499"', 'amount: "42498"', "rate-not-regulated", "42498",
    ),
    "the law's own amount changed": (
        "rates.yaml", 'amount: "39750"', 'amount: "39740"', "rate-not-regulated", '"41022"',
    ),
    "a dropped exception, its fact now idle": (
        "decisions.yaml",
        '- not: {all: [{fact: help.provision, equals: "83"}, {fact: help.automatic_at_discharge}]}',
        '- not: {fact: help.provision, equals: "83"}', "idle-fact", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_the_check_finds_the_slip_on_its_line(capsys, faulty, slip):
    """The code says what it is, the place where it stands; nothing else is complained of."""
    file, old, new, code, stands = slip
    folder = faulty((file, old, new))
    where = (file, stands) if stands else ("facts.yaml", "- id: help.automatic_at_discharge")

    ended, said = run(capsys, "check", "--rules", folder)

    assert 3 == ended
    assert f"{where[0]}:{line_of(folder / where[0], where[1])}:" in said
    assert f"[{code}]" in said
    assert "1 fejl" in said


#: Next year's amounts by another percentage: consistent in themselves, so no check can object.
ANOTHER_PERCENT = tuple(
    ("rates.yaml", old, new)
    for old, new in (
        ('percent: "4.5"', 'percent: "4.6"'), ('"44411"', '"44454"'), ('"3520"', '"3530"'),
        ('"1088"', '"1089"'),
    )
)  # fmt: skip
#: What § 83 at discharge is told from is the exception itself; here it excepts something else.
ANOTHER_EXCEPTION = (
    (
        "decisions.yaml",
        'not: {all: [{fact: help.provision, equals: "83"}, {fact: help.automatic_at_discharge}]}',
        'not: {all: [{fact: help.provision, equals: "97"}, {fact: help.automatic_at_discharge}]}',
    ),
)


@pytest.mark.parametrize(
    ("edits", "scenarios", "changed"),
    [
        pytest.param(ANOTHER_PERCENT, "rates.yaml", "‹ceiling›", id="a changed amount"),
        pytest.param(
            ANOTHER_EXCEPTION, "earlier_help.yaml", "help_for_disease", id="a dropped exception"
        ),
    ],
)
def test_what_no_check_can_see_turns_scenarios_and_is_shown_by_a_witness(
    capsys, faulty, tmp_path, edits, scenarios, changed
):
    """The check passes, a scenario is red, and the comparison names the element and a case."""
    folder = faulty(*edits)
    examples = folder / "scenarios" / scenarios

    checked, _ = run(capsys, "check", "--rules", folder)
    tested, told = run(capsys, "test", examples, "--rules", folder)
    compared, said = run(capsys, "diff", RULES, folder, "--cases", examples)

    assert (0, 1, 0) == (checked, tested, compared)
    assert f"{scenarios}:" in told
    assert changed in said
    assert [True, False] == [
        all(one.passed for one in results) for results in _witnesses(said, folder, tmp_path)
    ]


def _witnesses(said, folder, tmp_path):
    """Return what the witnesses that were printed come to by the new rules, and by the old."""
    lines = said.splitlines()
    blocks, inside = ["scenarios:"], False
    for line in lines:
        inside = line.startswith("    ") and (inside or line.strip() == "scenarios:")
        if inside and line.strip() != "scenarios:":
            blocks.append(line.removeprefix("    "))
    path = tmp_path / "vidner.yaml"
    path.write_text("\n".join(blocks) + "\n", encoding="utf-8")
    witnesses = read_scenarios(path, RULES / "schema")
    assert witnesses
    return [
        [run_scenario(one, load_policy(rules)) for one in witnesses] for rules in (folder, RULES)
    ]

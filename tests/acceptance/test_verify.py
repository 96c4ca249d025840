"""``hjemmel verify``: the shipped rules are proved, and faults are found and shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hjemmel.assure.scenarios import read_scenarios, run_scenario
from hjemmel.cli import main as command
from hjemmel.policy.book import load_policy

pytest.importorskip("z3")
RULES = Path(__file__).resolve().parents[2] / "rules"


def run(capsys, *arguments):
    """Return the exit code of ``hjemmel verify`` with *arguments*, and what it printed."""
    code = command.main(["verify", *map(str, arguments)])
    return code, capsys.readouterr()


def changed(folder, *edits):
    """Return a copy of the rules in force from 2026 alone, with *edits*: file, old and new text."""
    shutil.copytree(RULES, folder)
    only_2026 = ("index.yaml", 'in_force: {from: "2023-06-01"}', 'in_force: {from: "2026-01-01"}')
    for file, old, new in (only_2026, *edits):
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) >= 1, (file, old)
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


# --- the rules that ship --------------------------------------------------------------------------


def test_the_shipped_rules_are_proved(capsys):
    """In every period, within bounds that are named."""
    code, said = run(capsys)

    assert (code, said.err) == (0, "")
    assert "✗" not in said.out
    assert "2023-06-01 – 2026-12-31" in said.out
    assert "Alderen er uden betydning" in said.out
    assert "wishes: op til 3" in said.out


# --- faults that are put in -----------------------------------------------------------------------

#: Each fault: file, what stands there, what is put instead, and the code and element to find.
IN_THE_RULES = {
    "contradicting rows": (
        ("outcomes.yaml", "  - id: item_nothing_left\n", """\
  - id: item_fits_but_over
    when: {all: [{fact: wish.fits}]}
    status: over_ceiling
    because: Modsiger rækken før.
    sources: [{ref: bek-552-2023, at: "§ 3, stk. 2"}]
  - id: item_nothing_left
"""),
        "contradicting-rows", "item_fits_but_over",
    ),
    "shadowed row": (
        ("outcomes.yaml", "  - id: outcome_target_group_open\n", """\
  - id: outcome_refuse_in_vain
    when: {all: [{not: {conclusion: target_group}}, {fact: request.made}]}
    outcome: ask
    label: Oplysninger mangler
    because: Rækken før tager alle sagerne.
    sources: [{ref: rsl, at: "§ 10"}]
  - id: outcome_target_group_open
"""),
        "shadowed-row", "outcome_refuse_in_vain",
    ),
    "idle part": (
        (
            "decisions.yaml",
            "when: {all: [{fact: diagnosis.listing, equals: ask_form}, {fact: diagnosis.form_confirmed}]}",
            ("when: {all: [{fact: diagnosis.listing, equals: ask_form}, {fact: diagnosis.form_confirmed},"
            " {not: {fact: diagnosis.listing, equals: open_group}}]}"),
        ),
        "idle-part-rule", "listed_by_form",
    ),
    "dead rule": (
        (
            "decisions.yaml",
            'when: {all: [{conclusion: wish_granted}, {fact: wish.provision, equals: "97"}]}',
            ('when: {all: [{conclusion: wish_granted}, {fact: wish.provision, equals: "97"},'
            ' {fact: wish.status, equals: not_covered}]}'),
        ),
        "dead-rule", "wish_is_accompaniment_by_provision",
    ),
    "constant conclusion": (
        (
            "decisions.yaml",
            "when: {fact: wish.has_own_payment}",
            "when: {any: [{fact: wish.has_own_payment}, {not: {fact: wish.has_own_payment}}]}",
        ),
        "constant-conclusion", "wish_own_payment",
    ),
    "the same rule twice": (
        ("decisions.yaml", "      - id: disease_by_criteria\n", """\
      - id: disease_by_criteria_again
        when: {all: [{conclusion: criteria_met}, {conclusion: established}]}
        because: {"true": Et andet., "false": Noget andet., "unknown": Noget tredje.}
        sources: [{ref: bek-552-2023, at: "§ 1"}]
      - id: disease_by_criteria
"""),
        "same-rule-twice", "disease_by_criteria",
    ),
}  # fmt: skip

IN_THE_PROMISES = {
    "age made to matter": (
        (
            "decisions.yaml",
            "when: {all: [{conclusion: disease}, {not: {conclusion: already_helped}}]}",
            ("when: {all: [{conclusion: disease}, {not: {conclusion: already_helped}},"
            ' {not: {fact: citizen.under_18, is: "true"}}]}'),
        ),
        "invariant-matters", "age_never_matters",
    ),
    "list made to refuse": (
        (
            "decisions.yaml",
            "when: {all: [{conclusion: established}, {conclusion: criteria_met}]}",
            ("when: {all: [{conclusion: established}, {conclusion: criteria_met},"
            " {not: {fact: diagnosis.listing, equals: not_listed}}]}"),
        ),
        "invariant-broken", "diagnosis_never_refuses_alone",
    ),
    "discharge exception dropped": (
        (
            "decisions.yaml",
            'not: {all: [{fact: help.provision, equals: "83"}, {fact: help.automatic_at_discharge}]}',
            'not: {all: [{fact: help.provision, equals: "97"}, {fact: help.automatic_at_discharge}]}',
        ),
        "invariant-element", "discharge_help_never_costs",
    ),
    "refusal without a duty": (
        (
            "duties.yaml",
            "- id: complaint_guidance",
            "- id: complaint_guidance",
        ),
        "invariant-duty", "refusal_duties",
    ),
    "what is unknown made to refuse": (
        (
            "outcomes.yaml",
            'when: {fact: wish.fits, is: "unknown"}\n    status: ask',
            'when: {fact: wish.fits, is: "unknown"}\n    status: over_ceiling',
        ),
        "invariant-broken", "unknown_never_decides",
    ),
}  # fmt: skip


def without_duty(folder):
    """Let the complaint guidance follow a partial grant alone."""
    path = folder / "duties.yaml"
    before, after = path.read_text(encoding="utf-8").split("- id: complaint_guidance", 1)
    after = after.replace("one_of: [partial_grant, refuse]", "one_of: [partial_grant]", 1)
    path.write_text(f"{before}- id: complaint_guidance{after}", encoding="utf-8")


def found_in(capsys, folder, cases):
    """Return what verify finds in *folder*, by claim or element; its cases stand in *cases*."""
    code, said = run(capsys, "--rules", folder, "--format", "json", "--to", cases)
    report = json.loads(said.out)
    assert (code, report["passed"]) == (1, False)
    return report


def check_cases(report, folder, cases):
    """Assert that each case is the engine's own, and that its scenario runs."""
    for failure in report["failures"]:
        assert failure["cases"], failure
        assert all(case["agrees"] for case in failure["cases"]), failure
        assert (folder / failure["file"]).is_file()
    book = load_policy(folder)
    scenarios = read_scenarios(cases, RULES / "schema")
    assert len(scenarios) == sum(len(failure["cases"]) for failure in report["failures"])
    for scenario in scenarios:
        result = run_scenario(scenario, book)
        assert result.passed, (scenario.name, result.differences)


def test_faults_in_the_rules_are_found_each_with_its_place_and_case(capsys, tmp_path):
    """Contradictions, dead rules and rows, idle parts and constants, all in one rule set."""
    edits = [edit for edit, _, _ in IN_THE_RULES.values()]
    folder = changed(tmp_path / "rules", *edits)
    report = found_in(capsys, folder, tmp_path / "cases")

    found = {(one["code"], one["element"]) for one in report["failures"]}
    assert found == {(code, element) for _, code, element in IN_THE_RULES.values()}
    check_cases(report, folder, tmp_path / "cases")


def test_a_fault_is_told_where_it_stands(capsys, tmp_path):
    """File and line are those of the row, rule or part itself."""
    (file, old, new), _, _ = IN_THE_RULES["idle part"]
    folder = changed(tmp_path / "rules", (file, old, new))
    code, said = run(capsys, "--rules", folder, "--on", "2026-05-01")

    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, 1) if "equals: open_group}}" in line)
    column = lines[number - 1].index("{not: {fact: diagnosis.listing, equals: open_group")
    assert code == 1
    assert f"{file}:{number}:{column + 1}: leddet gør ingen forskel" in said.out
    assert "decided_on" in said.out


def test_broken_promises_are_found_each_with_a_case(capsys, tmp_path):
    """Age made to matter, the list made to refuse, an exception and a duty dropped."""
    edits = [edit for edit, _, _ in IN_THE_PROMISES.values()]
    folder = changed(tmp_path / "rules", *edits)
    without_duty(folder)
    report = found_in(capsys, folder, tmp_path / "cases")

    found = {(one["code"], one["claim"]) for one in report["failures"]}
    assert found >= {(code, claim) for _, code, claim in IN_THE_PROMISES.values()}
    [duty] = [one for one in report["failures"] if one["code"] == "invariant-duty"]
    assert (duty["element"], duty["file"]) == ("complaint_guidance", "duties.yaml")
    check_cases(report, folder, tmp_path / "cases")


# --- what cannot be proved ------------------------------------------------------------------------


def test_an_invariant_that_names_what_does_not_exist_ends_in_three(capsys, tmp_path):
    """Wrong rules are not proved, they are reported."""
    edit = ("invariants.yaml", "facts: [citizen.under_18]", "facts: [citizen.under_81]")
    folder = changed(tmp_path / "rules", edit)
    code, said = run(capsys, "--rules", folder)

    assert code == 3
    assert "invariants.yaml:" in said.err
    assert "citizen.under_18" in said.err


def test_a_day_without_rules_ends_in_three(capsys):
    """And so no empty proof is ever taken for one."""
    code, said = run(capsys, "--on", "2027-05-01")

    assert code == 3
    assert "not-in-force" in said.err


def test_a_day_that_does_not_exist_is_bad_usage(capsys):
    """It is the call that is wrong, not the rules."""
    assert run(capsys, "--on", "2026-02-30")[0] == 2

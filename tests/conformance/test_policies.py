"""Made-up rule books: whatever legal staff may write, both interpreters read it alike.

Hypothesis writes new conditions for the conclusions of the shipped rules, in their own text form
and within their own scope. They pass the same checks as any rule folder, and are then used.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from conformance.cases import (
    CRITERIA,
    INDICATORS,
    LONG,
    QUESTIONS,
    RULES,
    draw,
)
from hjemmel import check_rules, read_case
from hjemmel.decide import backend
from hjemmel.decide.decision import backend_for
from hjemmel.decide.readings import propose
from hjemmel.decide.reference import Reference
from hjemmel.policy.load import parse_yaml

POLICIES = 400 if LONG else 12
CASES = 40 if LONG else 12
DEPTH = 3
FILE = "decisions.json"
UNCHOSEN = ("ceiling_year", "own_payment_base")


def plain(file):
    """Return what the rule file called *file* holds."""
    return parse_yaml((RULES / file).read_text(encoding="utf-8"), file).plain()


DECISIONS = plain("decisions.yaml")["conclusions"]
READINGS = {one["id"]: sorted(one["readings"]) for one in plain("readings.yaml")["readings"]}
#: The conclusions whose conditions are written anew; what follows an outcome stays as it is.
WRITTEN = [one for one in DECISIONS if one["scope"] in ("case", "help", "grant", "wish")]
LISTS = {"help": "previous_help", "grant": "earlier_grants", "wish": "wishes"}

YES_NO = {
    "case": (
        *("request.made", "diagnosis.confirmed", "diagnosis.form_confirmed"),
        *("citizen.under_18", "citizen.eldercare_act"),
        *(f"criteria.{name}" for name in CRITERIA),
        *(f"indicators.{name}" for name in INDICATORS),
    ),
    "help": ("help.because_of_disease", "help.automatic_at_discharge"),
    "grant": ("grant.in_other_year",),
    "wish": (
        *("wish.offered", "wish.service", "wish.minor", "wish.accepts_own_payment"),
        *("wish.fits", "wish.something_left", "wish.above_ceiling"),
    ),
}
COMPARED = {
    "case": (
        {"fact": "diagnosis.listing", "equals": "listed"},
        {"fact": "diagnosis.listing", "one_of": ["ask_form", "open_group"]},
        {"fact": "diagnosis.entry", "equals": "mnd-als"},
    ),
    "help": (
        {"fact": "help.provision", "one_of": ["83", "97"]},
        {"fact": "help.granted_on", "before": "2023-06-01"},
        {"fact": "help.granted_on", "after": "2023-05-31"},
    ),
    "grant": (
        {"fact": "grant.amount", "at_most": "5000"},
        {"fact": "grant.date", "after": "2023-12-31"},
    ),
    "wish": (
        {"fact": "wish.provision", "equals": "112"},
        {"fact": "wish.category", "one_of": ["food_service", "accompaniment"]},
        {"fact": "wish.value", "at_least_value": "25000.01"},
    ),
}


def leaves(scope, earlier):
    """Return the tests a conclusion of *scope* may hold that rests on *earlier* ones alone."""
    scopes = {scope, "case"}
    facts = [{"fact": name} for one in sorted(scopes) for name in YES_NO[one]]
    compared = [test for one in sorted(scopes) for test in COMPARED[one]]
    named = [{"conclusion": one["id"]} for one in earlier if one["scope"] in scopes]
    listed = [
        {quantifier: {"of": LISTS[one["scope"]], "conclusion": one["id"]}}
        for one in earlier
        for quantifier in ("some", "every")
        if scope == "case" and one["scope"] in LISTS
    ]
    read = [{"question": name, "reads": way} for name, ways in READINGS.items() for way in ways]
    asked = [{"open_question": name} for name in sorted(QUESTIONS)]
    likely = some.sampled_from(facts) | some.sampled_from([*named, *compared])
    known = some.builds(
        lambda test, truth: {**test, "is": truth},
        some.sampled_from([*facts, *named]),
        some.sampled_from(["true", "false", "unknown"]),
    )
    others = [*read, *asked, *listed]
    return likely | likely | known | some.sampled_from(others)


def conditions(leaf, depth=DEPTH):
    """Return conditions of at most *depth* levels above their tests."""
    if depth == 0:
        return leaf
    part = some.deferred(lambda: conditions(leaf, depth - 1))
    parts = some.lists(part, min_size=1, max_size=4)
    counted = parts.flatmap(
        lambda of: some.integers(1, len(of)).map(lambda count: {"count": count, "of": of})
    )
    return some.one_of(
        leaf,
        some.builds(lambda one: {"not": one}, part),
        some.builds(lambda of: {"all": of}, parts),
        some.builds(lambda of: {"any": of}, parts),
        some.builds(lambda of: {"at_least": of}, counted),
    )


@some.composite
def rule_books(pick):
    """Return the conclusions of the shipped rules with some of their conditions written anew."""
    chosen = pick(some.sets(some.integers(0, len(WRITTEN) - 1), min_size=2, max_size=7))
    conclusions = json.loads(json.dumps(DECISIONS))
    for number in sorted(chosen):
        wanted = WRITTEN[number]["id"]
        at = next(at for at, one in enumerate(conclusions) if one["id"] == wanted)
        one = conclusions[at]
        leaf = leaves(one["scope"], DECISIONS[:at])
        # What stood there stays as a conclusion nobody asks for: each fact is still used.
        conclusions.append({**json.loads(json.dumps(one)), "id": f"was_{wanted}"})
        for rule in conclusions[-1]["rules"]:
            rule["id"] = f"was_{rule['id']}"
        for rule in one["rules"]:
            rule["when"] = pick(conditions(leaf))
    return {"conclusions": conclusions}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a copy of the rules as JSON, which is read much quicker; its index may name it."""
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(RULES, folder, ignore=shutil.ignore_patterns("scenarios"))
    index = (folder / "index.yaml").read_text(encoding="utf-8")
    for file in sorted(folder.glob("*.yaml")):
        if file.name != "index.yaml":
            content = plain(file.name)
            for question in content.get("readings", ()):
                # All combinations of unchosen readings are run: with made-up rules, hundreds.
                if question["id"] not in UNCHOSEN and question["chosen"] == "none":
                    question["chosen"] = question["otherwise"]
            file.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")
            index = index.replace(f": {file.name}", f": {file.stem}.json")
    (folder / "index.yaml").write_text(index, encoding="utf-8")
    schema = folder / "schema" / "index.schema.json"
    schema.write_text(
        schema.read_text(encoding="utf-8").replace("yaml$", "(yaml|json)$"), encoding="utf-8"
    )
    return folder


def test_the_folder_can_be_used(folder):
    """Before a condition is written anew, the copy has nothing wrong with it."""
    report, copied = check_rules(folder)

    assert copied is not None, report.text()


@pytest.mark.skipif(
    not backend.available(), reason="durable-rules cannot be imported in this Python"
)
def test_both_interpreters_read_any_rules_alike(folder):
    """A disagreement would be an error and no decision."""
    seen = Counter()

    @settings(
        max_examples=POLICIES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(rules=rule_books(), seed=some.integers(0, 1_000_000))
    def agree(rules, seed):
        (folder / FILE).write_text(json.dumps(rules), encoding="utf-8")
        report, made = check_rules(folder)
        seen["made" if made else "discarded"] += 1
        assume(made is not None)
        assert report is not None
        for number in range(CASES):
            drawn = draw(seed + number, days=("2024-02-29", "2025-07-01"))
            case = read_case(drawn.data, made)
            policy = made.on(case.decided_on)
            reference = propose(policy, case, Reference(policy.tables()))
            seen[reference.outcome.result] += 1

            assert reference == propose(policy, case, backend_for(policy)), (drawn, rules)

    agree()

    assert seen["made"] > 9 * seen["discarded"], seen
    assert len(seen.keys() - {"made", "discarded"}) >= 4, seen

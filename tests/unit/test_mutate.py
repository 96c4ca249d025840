"""Mutation: each small change is made where it says, and what nobody notices is listed."""

from __future__ import annotations

import os
import random
from fractions import Fraction

import pytest

import hjemmel
from hjemmel.assure import mutate_bench
from hjemmel.assure.coverage_days import Policies, turning_days
from hjemmel.assure.coverage_rules import municipality_trees
from hjemmel.assure.mutate import (
    EXCUSES,
    Mutation,
    mutants_of,
    mutate,
    mutate_folder,
    read_excuses,
    sentence,
)
from hjemmel.assure.mutate_bench import Bench, Verdict
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.policy.checks import run_checks
from hjemmel.policy.schema import schema_issues


@pytest.fixture(scope="module")
def book():
    """Return the shipped rules."""
    return hjemmel.load_policy()


@pytest.fixture(scope="module")
def scenarios(book):
    """Return the shipped scenarios."""
    return read_scenarios(book.folder / "scenarios", book.folder / "schema")


@pytest.fixture(scope="module")
def mutants(book):
    """Return every change of the shipped rules by its id."""
    return {one.id: one for one in mutants_of(book)}


@pytest.fixture(scope="module")
def bench(book, scenarios):
    """Return the bench with all scenarios."""
    return Bench(book, scenarios)


# --- the changes ----------------------------------------------------------------------------


def test_every_change_has_an_id_of_its_own_and_changes_something(book, mutants):
    """No two are called the same, and none leaves its file as it was."""
    assert len(mutants) == len(mutants_of(book))
    for one in random.Random(1).sample(list(mutants.values()), 150):
        before = book.tree(one.file)
        assert one.applied(before).plain() != before.plain()


def test_a_change_leaves_the_tree_it_was_given_alone(book, mutants):
    """The trees are shared; a change makes new ones."""
    before = book.digest()
    for one in random.Random(2).sample(list(mutants.values()), 50):
        one.applied(book.tree(one.file))

    assert before == book.digest()


@pytest.mark.parametrize(
    "kind",
    [
        *("negated", "not", "part", "all", "any", "is", "some", "before", "equals", "member"),
        *("day-asked", "reads", "rule", "row", "rows", "own-payment", "chosen", "otherwise"),
        *("silent", "no-means-unknown", "left-out-is-empty", "category", "divisible", "listing"),
        *("amount", "rate-from", "rate-to", "rate-turn", "in-force-from", "in-force-to"),
    ],
)
def test_each_kind_of_slip_is_tried(mutants, kind):
    """The shipped rules give rise to every kind of change there is."""
    some = [one for one in mutants.values() if one.kind == kind]

    assert some
    assert all(one.what in sentence(one) and one.place.line for one in some)


def test_changes_can_be_limited_to_a_file_and_drawn_the_same_again(book):
    """A name with or without ending; the same seed draws the same changes."""
    some = mutants_of(book, only="rules/readings.yaml")
    drawn = mutants_of(book, seed=3, limit=10)

    assert {"readings"} == {one.file for one in some}
    assert drawn == mutants_of(book, seed=3, limit=10)
    assert 10 == len(drawn)


# --- verdicts -------------------------------------------------------------------------------


def test_a_dropped_scenario_lets_its_change_survive(book, scenarios, mutants):
    """The only scenario with a diagnosis is what notices that it is no longer on the list."""
    entry = next(iter(_entries_seen_once(book, scenarios)))
    change = next(one for one in mutants.values() if one.kind == "listing" and entry in one.about)
    without = [one for one in scenarios if _entry(one) != entry]

    with_all, with_less = (mutate(book, some, [change]) for some in (scenarios, without))

    assert ("scenario", "survived") == (
        with_all.verdicts[change.id].status,
        with_less.verdicts[change.id].status,
    )
    assert Fraction(0, 1) == with_less.score
    assert change.place.file in f"{change.place.file}:{change.place.line}"


def _entry(scenario):
    return (scenario.case.get("diagnosis") or scenario.case).text("entry")


def _entries_seen_once(book, scenarios):
    seen = [_entry(one) for one in scenarios]
    for node in book.tree("diagnoses").get("diagnoses").elements():
        if node.text("on_name_match") == "listed" and seen.count(node.text("id")) == 1:
            yield node.text("id")


def test_a_wrong_amount_is_noticed_by_the_check(bench, mutants):
    """A regulated amount one krone off never reaches the scenarios."""
    wrong = [one for one in mutants.values() if one.kind == "amount" and "ceiling" in one.about]

    assert {"check"} == {bench.verdict(one).status for one in wrong[2:]}


def test_a_change_no_decision_can_see_is_no_change(bench, mutants):
    """A day before there are any rules, and a rate that no decision reads."""
    before = next(
        one for one in mutants.values() if one.kind == "in-force-from" and one.id.endswith("-1")
        and one.file == "decisions" and str(one.on) == "2023-05-31"
    )  # fmt: skip

    assert "same" == bench.verdict(before).status


def test_a_scenario_that_does_not_hold_shows_nothing(book, scenarios, mutants):
    """A red scenario cannot notice; it is counted instead."""
    from dataclasses import replace

    some = [one for one in scenarios if one.place.startswith("no_request")]
    red = [replace(one, expect={"outcome": "grant" if "grant" not in str(one.expect) else "refuse"})
           for one in some]  # fmt: skip
    change = next(one for one in mutants.values() if one.table == "outcome/outcome_no_request")

    found = mutate(book, red, [change])

    assert "survived" == found.verdicts[change.id].status
    assert found.red > 0


def test_the_checks_that_are_left_out_would_have_found_nothing(book, bench, mutants):
    """Looking only where a change can break something gives the full check's answer."""
    some = random.Random(5).sample(list(mutants.values()), 40)
    places = municipality_trees(book)

    for one in some:
        trees = {**book.trees, one.file: one.applied(book.tree(one.file))}
        found = list(schema_issues(trees[one.file], book.folder / "schema", one.file))
        if not found:
            found = [issue for issue in run_checks(trees, places) if not issue.warning]
        assert bool(found) == bool(bench._rejected(one, trees)), one.id


def test_the_scenarios_that_are_left_out_would_have_seen_nothing(bench, book, mutants):
    """Running every scenario on a change gives the verdict that the chosen ones give."""
    some = [one for one in mutants.values() if one.file in ("decisions", "duties", "criteria")]

    for one in random.Random(8).sample(some, 12):
        verdict = bench.verdict(one)
        if verdict.status not in ("survived", "same"):
            continue
        tree = one.applied(book.tree(one.file))
        turns = turning_days([*book.trees.values(), tree])
        changed = Policies(
            {**book.trees, one.file: tree}, bench.municipalities, digest=book.digest(), turns=turns
        )
        assert all(
            mutate_bench._holds(
                seen.scenario, book, changed, seen.recording.case, mutate_bench.Look.ALL
            )
            for seen in bench.seen
            if not seen.searches
        ), one.id


def test_a_diagnosis_is_settled_once_as_a_decision_does(bench):
    """Told outside the list by a name on the list: to settle it twice would put it on the list."""
    (seen,) = [one for one in bench.seen if one.scenario.name.startswith("Siger sagen uden for")]

    assert bench._held_before(seen)


def test_every_change_of_a_sample_is_noticed_or_explained(book, scenarios):
    """A draw of the shipped rules' changes; all of them with ``HJEMMEL_LONG=1``."""
    some = mutants_of(book, seed=7, limit=None if os.environ.get("HJEMMEL_LONG") == "1" else 80)

    found = mutate(book, scenarios, some, excuses=read_excuses(book.folder / "scenarios"))

    assert [] == [sentence(one) for one in found.of("survived")]
    assert (Fraction(1), (), 0) == (found.score, found.stale, found.red)


# --- excuses --------------------------------------------------------------------------------


def test_an_excuse_stands_only_for_a_change_that_exists_and_survives(book, mutants):
    """One that is gone, and one that is noticed, are both stale."""
    change = next(one for one in mutants.values() if one.kind == "amount")
    excuses = {change.id: "en grund", "decisions/gone/negated": "en grund"}

    found = mutate(book, [], [change], excuses=excuses)
    noticed = {one.mutant: one.problem for one in found.stale}

    assert "gone" == noticed["decisions/gone/negated"]


def test_an_excused_survivor_counts_neither_for_nor_against():
    """The score is of what should have been noticed."""
    made = [_mutant(name) for name in ("a", "b", "c", "d")]
    verdicts = {
        "a": Verdict(mutant="a", status="scenario"),
        "b": Verdict(mutant="b", status="survived"),
        "c": Verdict(mutant="c", status="survived"),
        "d": Verdict(mutant="d", status="same"),
    }
    found = Mutation(
        mutants=tuple(made), verdicts=verdicts, excuses={"c": "derfor"}, stale=(), red=0
    )

    assert (Fraction(1, 2), 1, 2) == (found.score, found.killed, found.total)


def _mutant(name):
    from hjemmel.assure.mutate_changes import Mutant
    from hjemmel.issues import Place

    return Mutant(id=name, kind="part", file="x", place=Place("x", 1, 1), what="", edits=())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("excused_mutants: [{mutant: a}]\n", "reason", id="no reason"),
        pytest.param("excused_mutants: [{reason: derfor}]\n", "mutant", id="no change"),
        pytest.param("undskyldt: []\n", "excused_mutants", id="no list"),
    ],
)
def test_an_excuse_without_its_reason_is_an_error_with_a_line(tmp_path, text, key):
    """The file is data like the rest: what is missing is said, and where."""
    (tmp_path / EXCUSES).write_text(text, encoding="utf-8")

    with pytest.raises(hjemmel.RulesInvalidError, match=f"{EXCUSES}:1:") as caught:
        read_excuses(tmp_path)

    assert key in str(caught.value)


def test_a_folder_without_excuses_has_none(tmp_path):
    """The file may be left out."""
    assert {} == read_excuses(tmp_path)


def test_a_few_changes_are_tried_in_this_process(book, mutants):
    """The same verdicts as for scenarios that were read beforehand."""
    change = next(one for one in mutants.values() if one.table == "outcome/outcome_no_request")

    found = mutate_folder(book, book.folder / "scenarios" / "no_request.yaml", [change])

    assert "scenario" == found.verdicts[change.id].status

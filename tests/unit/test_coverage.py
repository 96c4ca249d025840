"""Coverage finds what no scenario uses, says where it stands, and claims nothing it cannot show."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from fractions import Fraction

import pytest

import hjemmel
from hjemmel.assure.coverage import KINDS, Count, measure
from hjemmel.assure.coverage_days import Policies
from hjemmel.assure.coverage_html import coverage_page, percent, sources_page
from hjemmel.assure.coverage_mcdc import Possible, show_atoms
from hjemmel.assure.coverage_rules import municipality_trees
from hjemmel.assure.coverage_sources import provisions
from hjemmel.assure.mutate_changes import Mutant
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.policy.book import RuleBook
from hjemmel.policy.language import All, AnyPart, FactTest, Is, Leaf, Not
from hjemmel.tree import Node
from hjemmel.truth import Truth

YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
A, B, C = (FactTest(name, "holds", operand=True) for name in "abc")
APART = {A: frozenset("a"), B: frozenset("b"), C: frozenset("c")}
TOGETHER = {A: frozenset("ax"), B: frozenset("bx"), C: frozenset("c")}


@pytest.fixture(scope="module")
def book():
    """Return the shipped rules."""
    return hjemmel.load_policy()


@pytest.fixture(scope="module")
def scenarios(book):
    """Return the shipped scenarios."""
    return read_scenarios(book.folder / "scenarios", book.folder / "schema")


@pytest.fixture(scope="module")
def covered(book, scenarios):
    """Return what the shipped scenarios use."""
    return measure(book, scenarios)


def edited(book, file, *edits):
    """Return *book* with *edits* of one file: (path, plain value, None to take away)."""
    tree = book.tree(file)
    put = tuple(
        (path, None if value is None else node_of(value, tree.place)) for path, value in edits
    )
    mutant = Mutant(id="x", kind="x", file=file, place=tree.place, what="", edits=put)
    return RuleBook(book.folder, {**book.trees, file: mutant.applied(tree)}, {})


def node_of(value, place):
    """Return plain data as a tree that stands at *place*."""
    if isinstance(value, dict):
        entries = {key: node_of(one, place) for key, one in value.items()}
        return Node(entries, place, dict.fromkeys(entries, place))
    if isinstance(value, list):
        return Node(tuple(node_of(one, place) for one in value), place)
    return Node(value, place)


# --- MC/DC ----------------------------------------------------------------------------------

BOTH = All((Leaf(A), Leaf(B)))


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        pytest.param(
            [((YES, YES), YES), ((NO, YES), NO), ((YES, NO), NO)], ["unique", "unique"], id="all"
        ),
        pytest.param([((YES, YES), YES), ((NO, YES), NO)], ["unique", "not"], id="one untouched"),
        pytest.param([((YES, YES), YES), ((NO, NO), NO)], ["not", "not"], id="moved together"),
        pytest.param([((YES, YES), YES), ((OPEN, YES), OPEN)], ["unique", "not"], id="unknown"),
        pytest.param([], ["not", "not"], id="never asked"),
    ],
)
def test_an_atom_is_shown_by_two_evaluations_that_differ_in_it_alone(rows, shown):
    """Both the atom and the condition must change, and nothing else may."""
    assert shown == [one.how for one in show_atoms(BOTH, rows, APART)]


@pytest.mark.parametrize(
    ("roots", "shown"),
    [pytest.param(TOGETHER, "masking", id="same fact"), pytest.param(APART, "not", id="apart")],
)
def test_a_related_atom_may_move_along_when_the_condition_follows_the_other(roots, shown):
    """`a`, and one of not-`b` or `c`: with `c` true, moving `b` changes nothing."""
    condition = All((Leaf(A), AnyPart((Not(Leaf(B)), Leaf(C)))))
    rows = [((YES, YES, YES), YES), ((NO, NO, YES), NO)]

    assert shown == show_atoms(condition, rows, roots)[0].how


def test_what_no_telling_of_the_facts_can_show_is_impossible(book):
    """A condition that holds whatever is told has nothing to show."""
    policy = book.on(date(2024, 3, 4))
    made = Leaf(FactTest("request.made", "holds", operand=True))
    always = AnyPart((Is(made, YES), Is(made, NO), Is(made, OPEN)))

    assert Possible(policy).can(made, lambda rows: {one[1] for one in rows} == {YES, NO, OPEN})
    assert not Possible(policy).can(always, lambda rows: any(one[1] is NO for one in rows))


# --- goals ----------------------------------------------------------------------------------


def test_the_shipped_scenarios_reach_every_goal_of_the_shipped_rules(covered):
    """Each kind has goals, and none is missed."""
    assert () == covered.missed
    assert [] == [kind for kind in KINDS if not covered.count(kind=kind).wanted]


def test_what_is_excused_says_why(covered):
    """A reason is computed for each, and a reached goal needs none."""
    assert covered.excused
    assert all(goal.excused and not goal.reached for goal in covered.excused)


def test_a_condition_nobody_shows_is_named_with_its_line(book, scenarios):
    """Without the scenarios that show it, the part of the condition is missed where it stands."""
    left = [one for one in scenarios if one.case.text("case") not in ("LED-02", "LAES-15")]
    missed = measure(book, left).missed
    conclusions = book.tree("decisions").get("conclusions").elements()
    owner = next(one for one in conclusions if one.text("id") == "own_payment_possible")
    test = owner.at("rules", 0, "when", "all", 2, "any", 1, "not")

    assert [("atom", test.place)] == [(goal.kind, goal.place) for goal in missed]
    assert "Ønskets paragraf" in missed[0].text


def test_without_scenarios_only_what_cannot_be_reached_is_not_missed(book):
    """Nothing run is nothing reached; the fraction is exact."""
    nothing = measure(book, [])

    assert 0 == nothing.count().reached
    assert Fraction(0) == nothing.count().share
    assert {"truth", "duty", "entry", "category", "atom"} <= {goal.kind for goal in nothing.missed}


@pytest.mark.parametrize(
    ("file", "path", "value", "kind"),
    [
        pytest.param("categories", ("categories", 0, "id"), "new_help", "category", id="category"),
        pytest.param("diagnoses", ("diagnoses", 1, "id"), "ny-sygdom", "entry", id="diagnosis"),
        pytest.param(
            "duties", ("duties", 0, "when"), {"not": {"all": []}}, "duty", id="a duty that never is"
        ),
        pytest.param(
            "decisions",
            ("conclusions", 0, "rules", 0, "when"),
            {"all": [{"fact": "diagnosis.confirmed"}, {"fact": "indicators.work_difficulty"}]},
            "atom",
            id="a part of a condition",
        ),
    ],
)
def test_an_element_no_scenario_uses_is_a_goal_that_is_missed(
    book, scenarios, file, path, value, kind
):
    """Each kind of gap is found in rules that were changed a little."""
    some = [one for one in scenarios if one.place.startswith(("answers", "mutants"))]
    changed = edited(book, file, (path, value))
    before = {goal.id for goal in measure(book, some).missed if goal.kind == kind}

    after = {goal.id for goal in measure(changed, some).missed if goal.kind == kind}

    assert after - before


# --- days -----------------------------------------------------------------------------------


def test_days_that_share_a_policy_share_all_but_the_date(book):
    """What is compiled once for many days is what the rule book gives for each of them."""
    policies = Policies(book.trees, municipality_trees(book), digest=book.digest())

    for day in ("2023-06-01", "2023-12-31", "2024-01-01", "2025-06-30", "2025-07-01"):
        for place in ("", *book.municipalities):
            expected = book.on(date.fromisoformat(day), place)
            actual = policies.on(date.fromisoformat(day), place)
            assert [] == [
                one.name
                for one in fields(expected)
                if one.name not in ("digest", "reviewed", "elements")  # for receipts alone
                and getattr(expected, one.name) != getattr(actual, one.name)
            ]


def test_a_day_without_rules_has_no_policy(book):
    """The same error as the rule book's."""
    policies = Policies(book.trees, {}, digest="")

    with pytest.raises(hjemmel.NotInForceError):
        policies.on(date(2023, 5, 31))


# --- the law the other way round ------------------------------------------------------------


def test_every_numbered_provision_is_used_or_says_why_not(book):
    """All rows of the review are there, in order, and none is left over."""
    found = provisions(book)

    assert list(range(1, 145)) == [one.row for one in found.listed]
    assert Fraction(1) == found.share


def test_a_provision_without_rule_and_reason_is_a_gap(book):
    """Taking a reason away leaves exactly that row uncovered."""
    sources = book.tree("sources").get("sources").elements()
    at, number = next(
        (at, number)
        for at, source in enumerate(sources)
        for number, one in enumerate((source.get("provisions") or source).elements())
        if one.get("row") and one.get("no_rule")
    )
    path = ("sources", at, "provisions", number)
    changed = provisions(edited(book, "sources", ((*path, "no_rule"), None)))

    assert [False] == [one.covered for one in changed.listed if not one.covered]
    assert Fraction(143, 144) == changed.share


# --- the report -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        pytest.param(Fraction(1), "100", id="all"),
        pytest.param(Fraction(1999, 2000), "99,9", id="never rounded up to all"),
        pytest.param(Fraction(1, 2), "50", id="half"),
        pytest.param(Fraction(0), "0", id="none"),
    ],
)
def test_a_percentage_never_says_all_when_something_is_left(share, shown):
    """The exact fraction stands beside it; the percentage is cut, not rounded."""
    assert shown == percent(share)


def test_nothing_wanted_is_everything_reached():
    """A file without goals is no hole."""
    assert Fraction(1) == Count(0, 0).share


def test_the_page_stands_alone_in_danish(book, scenarios):
    """No script, no other file, every text escaped, every table with a caption and headings."""
    some = [one for one in scenarios if one.place.startswith("no_request")]
    coverage = measure(book, some)

    for page in (coverage_page(coverage), sources_page(provisions(book))):
        assert page.startswith('<!doctype html>\n<html lang="da">')
        assert not any(word in page for word in ("<script", "src=", "href=", "@import", "url("))
        assert page.count("<table>") == page.count("<caption>") == page.count("<thead>")
    missed = coverage.missed[0]
    assert f"<code>{missed.place.file}:{missed.place.line}</code>" in coverage_page(coverage)

"""What carries an outcome and what would turn it, on cases small enough to check by hand."""

from __future__ import annotations

import pytest

from hjemmel import decide, load_policy, read_case, what_if
from hjemmel.explain.smallest_sets import smallest_sets

IN = {
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True},
    "previous_help": [],
    "earlier_grants": [],
}
CRITERIA = dict.fromkeys(
    (
        *("rapid_genetic_or_neurodegenerative", "shortened_life", "survival_under_5_years"),
        *("severe_lasting_loss_of_function", "no_recovery_of_function", "lasting_increasing_need"),
    ),
    True,
)
AID = {"id": "w1", "provision": "112", "category": "transfer", "accepts_own_payment": False}


@pytest.fixture(scope="module")
def found():
    """Return what asks what-if of a case that tells the facts given."""
    book = load_policy()

    def of(**facts):
        case = read_case({"case": "W", "decided_on": "2024-03-04", **facts}, book)
        return what_if(decide(book, case))

    return of


def carried(result):
    """Return the sets that carry the outcome, as paths."""
    return [{one.fact for one in facts} for facts in result.carried_by]


def turns(result, outcome):
    """Return the changes that lead to *outcome*: path to new value."""
    return [
        {one.told.fact: one.to for one in turn.changes}
        for turn in result.turns
        if turn.outcome == outcome
    ]


def test_a_grant_rests_on_what_is_needed_and_on_no_more(found):
    """The list or the criteria carry the disease; the smaller of the two is shown."""
    result = found(**IN, criteria=CRITERIA, citizen={"under_18": False})

    assert [
        {
            *("request.made", "diagnosis.confirmed", "diagnosis.entry"),
            *("previous_help", "earlier_grants"),
        }
    ] == carried(result)


def test_each_of_two_reasons_carries_a_refusal(found):
    """Every smallest set is shown, not the first that was found."""
    criteria = {**CRITERIA, "shortened_life": False, "no_recovery_of_function": False}

    result = found(
        **{**IN, "diagnosis": {"entry": "not_listed", "confirmed": True}}, criteria=criteria
    )

    assert [
        {"request.made", "diagnosis.entry", "criteria.shortened_life"},
        {"request.made", "diagnosis.entry", "criteria.no_recovery_of_function"},
    ] == carried(result)
    assert not result.more_carry


def test_two_reasons_must_fall_together(found):
    """Neither alone would turn the refusal; both are shown as one change."""
    criteria = {**CRITERIA, "shortened_life": False, "no_recovery_of_function": False}

    result = found(
        **{**IN, "diagnosis": {"entry": "not_listed", "confirmed": True}}, criteria=criteria
    )

    assert {
        "criteria.shortened_life": True,
        "criteria.no_recovery_of_function": True,
    } in turns(result, "grant")


def test_what_can_be_changed_comes_before_what_lies_fixed(found):
    """A diagnosis would turn it as well, but nobody can change it, and it is marked."""
    result = found(
        **{**IN, "diagnosis": {"entry": "not_listed", "confirmed": True}},
        criteria={**CRITERIA, "shortened_life": False},
    )
    possible = [turn.possible for turn in result.turns]

    assert sorted(possible, reverse=True) == possible
    assert {"criteria.shortened_life": True} in turns(result, "grant")
    assert not next(
        turn for turn in result.turns if turn.changes[0].told.fact == "diagnosis.entry"
    ).possible


def test_the_smallest_step_in_an_amount_is_found_to_the_ore(found):
    """One øre more than what is left, and the wish no longer fits."""
    result = found(**IN, wishes=[{**AID, "value": "18500"}])

    assert {"wishes[w1].value": 4_102_201} in turns(result, "partial_grant")


def test_a_price_above_the_ceiling_must_come_down_to_it(found):
    """The other way round the step ends on the ceiling itself."""
    result = found(**IN, wishes=[{**AID, "value": "50000"}])

    assert "partial_grant" == result.decision.outcome
    assert {"wishes[w1].value": 4_102_200} in turns(result, "grant")


def test_a_question_is_carried_by_nothing_that_is_told(found):
    """What is missing makes it a question; told facts can still settle it."""
    result = found(**{**IN, "previous_help": None})

    assert [] == carried(result)
    assert [{"request.made": False}] == turns(result, "no_request")


def test_no_change_makes_a_case_that_nobody_could_tell(found):
    """A category belongs to its provision: no other provision is put beside it."""
    result = found(**IN, wishes=[{**AID, "value": "18500"}])

    assert {"wishes[w1].provision": "83"} not in turns(result, "partial_grant")
    assert {"wishes[w1].provision": "113"} in turns(result, "partial_grant")


# --- the sets themselves --------------------------------------------------------------------------

UNITS = ("a", "b", "c", "d", "e")


def holds(*ways):
    """Return what holds for a set around one of *ways*, each a string of units."""
    return lambda kept: any(set(way) <= kept for way in ways)


@pytest.mark.parametrize(
    ("ways", "sets"),
    [
        pytest.param(["abcde"], ["abcde"], id="everything"),
        pytest.param([""], [""], id="nothing"),
        pytest.param(["ab", "cd"], ["ab", "cd"], id="two ways"),
        pytest.param(["abc", "de", "ae"], ["ae", "de"], id="only the smallest"),
        pytest.param(["a", "b", "c"], ["a", "b", "c"], id="three alone"),
    ],
)
def test_every_smallest_set_is_found(ways, sets):
    """All of the smallest size, in the order of the units, and it says so."""
    found, complete = smallest_sets(UNITS, holds(*ways), most=9)

    assert sorted(map(frozenset, sets), key=sorted) == sorted(found, key=sorted)
    assert complete


def test_it_says_when_there_are_more_sets_than_it_shows():
    """A cut list is never passed off as the whole."""
    found, complete = smallest_sets(UNITS, holds("a", "b", "c"), most=2)

    assert 2 == len(found)
    assert not complete


def test_few_sets_are_tried():
    """Cores rule out the rest: thirty facts, and some hundred trials instead of a thousand million."""
    units = tuple(f"u{number}" for number in range(30))
    wanted = frozenset(units[::3])
    tried = []

    found, _ = smallest_sets(units, lambda kept: tried.append(kept) or wanted <= kept, most=9)

    assert (wanted,) == found
    assert len(tried) < 700

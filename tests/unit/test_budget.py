"""The budget to the last øre, through the two doors a caller uses: read a case, decide it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hjemmel import decide, load_policy, read_case

CEILING = "41022.00"  # 2024


@pytest.fixture(scope="module")
def book():
    """Return the rules that ship."""
    return load_policy()


@pytest.fixture(scope="module")
def decided(book):
    """Return what decides a case of the target group with the wishes and grants given."""

    def of(*wishes, grants=(), day="2024-09-16", municipality="", **more):
        case = {
            "case": "BUD",
            "decided_on": day,
            "request": {"made": True},
            "diagnosis": {"entry": "mnd-als", "confirmed": True},
            "previous_help": [],
            "earlier_grants": [{"date": day, "amount": amount} for amount in grants],
            "wishes": [{"id": f"w{at}", **wish} for at, wish in enumerate(wishes, 1)],
        }
        return decide(book, read_case({**case, **more}, book), municipality=municipality)

    return of


def aid(value=None, accepts=None, **more):
    """Return a wish for an aid: it cannot be divided."""
    told = {"value": value, "accepts_own_payment": accepts, **more}
    return {"provision": "112", "category": "transfer", **told}


def care(value=None, **more):
    """Return a wish for personal care: it can be divided."""
    return {"provision": "83", "category": "personal_care", "value": value, **more}


def company(value=None, **more):
    """Return a wish for accompaniment: it can be divided."""
    return {"provision": "97", "category": "accompaniment", "value": value, **more}


def home(value=None, accepts=None, minor=True):  # noqa: FBT002 - a told fact, as in a case
    """Return a wish for a home adaptation: it cannot be divided."""
    told = {"value": value, "accepts_own_payment": accepts, "minor": minor}
    return {"provision": "116", "category": "minor_home_adaptation", **told}


def other(value="1.00"):
    """Return a wish that is not covered."""
    return {"provision": "113", "category": "x", "value": value}


def row(status, granted=0, own=0):
    """Return what an item comes to, in øre."""
    return (status, granted, own)


NOTHING, ASKED = row("over_ceiling"), row("ask")


@pytest.mark.parametrize(
    ("wishes", "grants", "items", "outcome", "remaining"),
    [
        # --- the edge of the ceiling
        pytest.param([], [], [], "grant", 4102200, id="no wish yet: the balance is told"),
        pytest.param([aid("0.01")], [], [row("granted", 1)], "grant", 4102199, id="one øre"),
        pytest.param(
            [aid("41021.99")], [], [row("granted", 4102199)], "grant", 1, id="one øre under"
        ),
        pytest.param([aid(CEILING)], [], [row("granted", 4102200)], "grant", 0, id="the ceiling"),
        pytest.param(
            [aid("41022.01", accepts=False)],
            [],
            [NOTHING],
            "partial_grant",
            4102200,
            id="one øre over, and no",
        ),
        pytest.param(
            [aid("41022.01", accepts=True)],
            [],
            [row("partly_granted", 4102200, 1)],
            "partial_grant",
            0,
            id="one øre over, and yes",
        ),
        pytest.param([aid("41022.01")], [], [ASKED], "ask", 4102200, id="one øre over, unasked"),
        pytest.param([aid()], [], [ASKED], "ask", 4102200, id="no price"),
        # --- services are divisible
        pytest.param(
            [care("41022.01")],
            [],
            [row("partly_granted", 4102200)],
            "partial_grant",
            0,
            id="a service one øre over is given as far as the money goes",
        ),
        pytest.param(
            [care("41022.01", accepts_own_payment=True)],
            [],
            [row("partly_granted", 4102200)],
            "partial_grant",
            0,
            id="own payment never belongs to a service",
        ),
        pytest.param(
            [company("41021.99"), care("0.02")],
            [],
            [row("granted", 4102199), row("partly_granted", 1)],
            "partial_grant",
            0,
            id="the last øre is given",
        ),
        # --- earlier grants
        pytest.param([], [CEILING], [], "grant", 0, id="all was spent before"),
        pytest.param([], ["41022.01"], [], "grant", 0, id="more was spent: never below zero"),
        pytest.param(
            [aid("0.01")], ["41021.99"], [row("granted", 1)], "grant", 0, id="the last øre of all"
        ),
        pytest.param(
            [aid("0.01", accepts=True)],
            [CEILING],
            [NOTHING],
            "partial_grant",
            0,
            id="nothing is left, and nothing is no part payment",
        ),
        pytest.param([care("0.01")], [CEILING], [NOTHING], "partial_grant", 0, id="nor a service"),
        pytest.param(
            [care()], [CEILING], [NOTHING], "partial_grant", 0, id="nothing left needs no price"
        ),
        pytest.param(
            [aid("20000")],
            ["10000", "11022"],
            [row("granted", 2000000)],
            "grant",
            0,
            id="two grants add up",
        ),
        # --- the citizen's own order
        pytest.param(
            [aid("41022.01", accepts=False), aid(CEILING)],
            [],
            [NOTHING, row("granted", 4102200)],
            "partial_grant",
            0,
            id="what does not fit blocks nothing",
        ),
        pytest.param(
            [aid("30000"), aid("41022.01", accepts=False), care("11022")],
            [],
            [row("granted", 3000000), NOTHING, row("granted", 1102200)],
            "partial_grant",
            0,
            id="also in the middle",
        ),
        pytest.param(
            [other("99999"), aid(CEILING)],
            [],
            [row("not_covered"), row("granted", 4102200)],
            "partial_grant",
            0,
            id="what is not covered costs nothing",
        ),
        pytest.param(
            [aid("41022.01", accepts=True), care("0.01")],
            [],
            [row("partly_granted", 4102200, 1), NOTHING],
            "partial_grant",
            0,
            id="a part payment takes all that is left",
        ),
        # --- home adaptations
        pytest.param([home(CEILING)], [], [row("granted", 4102200)], "grant", 0, id="minor"),
        pytest.param(
            [home("1", minor=False)],
            [],
            [row("not_covered")],
            "partial_grant",
            4102200,
            id="not minor",
        ),
        pytest.param([home("1", minor=None)], [], [ASKED], "ask", 4102200, id="perhaps minor"),
        pytest.param(
            [home("41022.01", accepts=True)],
            [],
            [row("partly_granted", 4102200, 1)],
            "partial_grant",
            0,
            id="own payment for a home adaptation, as we read it",
        ),
        # --- between what is left and the ceiling: nobody has answered that
        pytest.param(
            [aid("20000", accepts=True)],
            ["21022.01"],
            [row("assess")],
            "assess",
            1999999,
            id="own payment below the ceiling is an open question",
        ),
        pytest.param(
            [aid(CEILING, accepts=True)],
            ["0.01"],
            [row("assess")],
            "assess",
            4102199,
            id="a price of just the ceiling is not above it",
        ),
        pytest.param(
            [aid("41022.01", accepts=True)],
            ["0.01"],
            [row("partly_granted", 4102199, 2)],
            "partial_grant",
            0,
            id="one øre above the ceiling is",
        ),
        pytest.param(
            [aid("20000", accepts=False)],
            ["21022.01"],
            [NOTHING],
            "partial_grant",
            1999999,
            id="without consent both readings agree",
        ),
        pytest.param(
            [aid("20000", accepts=True)],
            ["21022.00"],
            [row("granted", 2000000)],
            "grant",
            0,
            id="what just fits asks nobody",
        ),
        # --- after something undetermined
        pytest.param(
            [aid(), aid("0.01")], [], [ASKED, ASKED], "ask", 4102200, id="a price could take it all"
        ),
        pytest.param(
            [aid("21022"), aid("41022.01"), other()],
            [],
            [row("granted", 2102200), ASKED, row("not_covered")],
            "ask",
            2000000,
            id="not covered whatever comes before",
        ),
        pytest.param(
            [home("20000", minor=None), aid("21022.00")],
            [],
            [ASKED, row("granted", 2102200)],
            "ask",
            2000000,
            id="there is room for both",
        ),
        pytest.param(
            [home("20000", minor=None), aid("21022.01", accepts=False)],
            [],
            [ASKED, ASKED],
            "ask",
            4102200,
            id="one øre too little for both",
        ),
        pytest.param(
            [home("20000", minor=None), aid("41022.01", accepts=False)],
            [],
            [ASKED, NOTHING],
            "ask",
            4102200,
            id="too dear either way",
        ),
    ],
)
def test_the_walk(decided, wishes, grants, items, outcome, remaining):
    """Worked out by hand from the contract, in øre."""
    decision = decided(*wishes, grants=grants)

    assert items == [(item.status, item.granted, item.own_payment) for item in decision.items]
    assert outcome == decision.outcome
    assert remaining == decision.amounts.remaining
    assert sum(item[1] for item in items) == decision.amounts.granted


@pytest.mark.parametrize(
    ("day", "ceiling"),
    [
        ("2023-06-01", 3975000),
        ("2023-12-31", 3975000),
        ("2024-01-01", 4102200),
        ("2024-12-31", 4102200),
        ("2025-01-01", 4249900),
        ("2025-12-31", 4249900),
        ("2026-01-01", 4441100),
        ("2026-12-31", 4441100),
    ],
)
def test_the_ceiling_of_the_day(decided, day, ceiling):
    """First and last day of each year."""
    amounts = decided(day=day).amounts

    assert (ceiling, ceiling) == (amounts.ceiling, amounts.remaining)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        pytest.param("100", row("granted", 4100000), id="hours times the rate"),
        pytest.param("100.0536", row("granted", 4102198), id="rounded to the øre"),
        pytest.param("100.0537", row("partly_granted", 4102200), id="just above the ceiling"),
    ],
)
def test_the_municipality_has_a_rate(decided, quantity, expected):
    """The value is the quantity times the municipality's own rate of the day."""
    wish = company(quantity=quantity, unit="hour")
    (item,) = decided(wish, municipality="eksempelkommune").items

    assert expected == (item.status, item.granted, item.own_payment)


def test_without_a_rate_the_value_is_asked_for(decided):
    """No municipality, no rate, no guess; and a told value outranks the rate."""
    hours = {"quantity": "20", "unit": "hour"}

    assert ["wishes[w1].value"] == [one.fact for one in decided(company(**hours)).missing]
    (item,) = decided(company("5.00", **hours), municipality="eksempelkommune").items
    assert 500 == item.granted


@pytest.mark.parametrize(
    ("wish", "outside"),
    [
        pytest.param(aid("100", outside_costs={"installation": "1200"}), 120000, id="one"),
        pytest.param(
            aid("100", outside_costs={"installation": "1", "reinstatement": "2", "repair": "0.03"}),
            303,
            id="all three",
        ),
        pytest.param(
            aid("100", outside_costs={"repair": "99999"}), 9999900, id="above the ceiling"
        ),
        pytest.param(aid("100"), 0, id="none told are none"),
    ],
)
def test_costs_outside_the_ceiling(decided, wish, outside):
    """They are the municipality's, and what is left does not shrink by them."""
    decision = decided(wish)

    assert outside == decision.items[0].outside_ceiling
    assert 4092200 == decision.amounts.remaining


def test_only_what_the_rules_place_outside_the_ceiling_is_paid_beside_it(book):
    """The list in the rules governs, not the list of keys a case may have."""
    costs = {"installation": "1", "reinstatement": "2", "repair": "4"}
    wish = {"id": "w1", **aid("100", outside_costs=costs)}
    told = {"case": "BUD", "decided_on": "2024-09-16", "request": {"made": True}}
    known = {"diagnosis": {"entry": "mnd-als", "confirmed": True}, "previous_help": []}
    case = read_case({**told, **known, "earlier_grants": [], "wishes": [wish]}, book)
    policy = book.on(case.decided_on)

    outside = [
        decide(replace(policy, outside_ceiling=kinds), case).items[0].outside_ceiling
        for kinds in (policy.outside_ceiling, ("repair",), ())
    ]

    assert [700, 400, 0] == outside


def test_what_was_granted_earlier_is_not_known(decided):
    """Nothing is promised, and the balance is asked for, also without a wish."""
    for wishes in ((), (aid("1", accepts=False),)):
        decision = decided(*wishes, earlier_grants=None)

        assert "ask" == decision.outcome
        assert ["earlier_grants"] == [one.fact for one in decision.missing]
        assert (None, None) == (decision.amounts.spent_before, decision.amounts.remaining)

"""What is asked for: only what can matter, and the most decisive first."""

from __future__ import annotations

import sys

import pytest

from hjemmel import decide, load_policy, read_case

CRITERIA = [
    "criteria.rapid_genetic_or_neurodegenerative",
    "criteria.shortened_life",
    "criteria.survival_under_5_years",
    "criteria.severe_lasting_loss_of_function",
    "criteria.no_recovery_of_function",
    "criteria.lasting_increasing_need",
]
MET = {name.removeprefix("criteria."): True for name in CRITERIA}
KNOWN = {
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True},
    "previous_help": [],
    "earlier_grants": [],
}
AID = {"id": "w1", "provision": "112", "category": "transfer", "accepts_own_payment": False}


@pytest.fixture(scope="module")
def book():
    """Return the rules that ship."""
    return load_policy()


@pytest.fixture(scope="module")
def decided(book):
    """Return what decides a case that tells the facts given."""

    def of(*, day="2024-03-04", **facts):
        return decide(book, read_case({"case": "M", "decided_on": day, **facts}, book))

    return of


def asked(decision):
    """Return the paths of what is missing, in their order."""
    return [one.fact for one in decision.missing]


def test_nothing_told_asks_for_the_request_first(decided):
    """A no to it settles the case; what only one branch needs is not asked for yet."""
    facts = asked(decided())

    assert "request.made" == facts[0]
    assert {"diagnosis.confirmed", "diagnosis.entry", "previous_help"} <= set(facts)
    assert not {"wishes", "diagnosis.form_confirmed", "citizen.under_18"} & set(facts)


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        pytest.param({}, "request.made", id="nothing is told"),
        pytest.param({"request": {"made": True}}, "previous_help", id="earlier help may refuse"),
    ],
)
def test_what_settles_the_case_alone_comes_first(decided, facts, first):
    """An answer that ends the case spares the citizen every other question."""
    assert first == asked(decided(**facts))[0]


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        pytest.param(
            {"diagnosis": {"entry": "not_listed", "confirmed": True}}, CRITERIA, id="all six"
        ),
        pytest.param(
            {
                "diagnosis": {"entry": "not_listed", "confirmed": True},
                "criteria": {**MET, "shortened_life": None},
            },
            ["criteria.shortened_life"],
            id="the one that is left",
        ),
        pytest.param({"diagnosis": {"entry": "mnd-als"}}, ["diagnosis.confirmed"], id="confirmed"),
        pytest.param(
            {"diagnosis": {"confirmed": True}, "criteria": {**MET, "shortened_life": False}},
            ["diagnosis.entry"],
            id="the list can still carry it",
        ),
        pytest.param(
            {
                "diagnosis": {"entry": "sma-type-1", "confirmed": True},
                "criteria": {**MET, "shortened_life": False},
            },
            ["diagnosis.form_confirmed"],
            id="the form",
        ),
        pytest.param({"previous_help": None}, ["previous_help"], id="earlier help"),
        pytest.param(
            {"previous_help": [{"provision": "83"}]},
            ["previous_help[0].because_of_disease", "previous_help[0].automatic_at_discharge"],
            id="why help was given",
        ),
        pytest.param(
            {"previous_help": [{"provision": "97", "because_of_disease": False}, {}]},
            [
                "previous_help[1].because_of_disease",
                "previous_help[1].provision",
                "previous_help[1].automatic_at_discharge",
            ],
            id="of the second help everything",
        ),
        pytest.param({"earlier_grants": None}, ["earlier_grants"], id="the balance"),
        pytest.param(
            {"earlier_grants": [{"date": "2024-02-01"}]}, ["earlier_grants[0].amount"], id="a sum"
        ),
        pytest.param({"wishes": [AID]}, ["wishes[w1].value"], id="a price"),
        pytest.param(
            {"wishes": [{**AID, "value": "41022.01", "accepts_own_payment": None}]},
            ["wishes[w1].accepts_own_payment"],
            id="consent",
        ),
        pytest.param(
            {
                "wishes": [
                    {
                        "id": "b",
                        "provision": "116",
                        "category": "minor_home_adaptation",
                        "value": "1",
                    }
                ]
            },
            ["wishes[b].minor"],
            id="a judgement",
        ),
        pytest.param(
            {"wishes": [{"id": "c", "provision": "83", "value": "1"}], "day": "2025-09-01"},
            ["citizen.eldercare_act", "wishes[c].category"],
            id="food or care, and which act",
        ),
    ],
)
def test_exactly_what_can_matter(decided, facts, missing):
    """Nothing more, and nothing less."""
    decision = decided(**{**KNOWN, **facts})

    assert "ask" == decision.outcome
    assert sorted(missing) == sorted(asked(decision))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="granted"),
        pytest.param({"request": {"made": False}, "diagnosis": {}}, id="no request"),
        pytest.param(
            {
                "previous_help": [{"provision": "97", "because_of_disease": True}],
                "diagnosis": {},
                "earlier_grants": None,
            },
            id="refused whatever the diagnosis",
        ),
        pytest.param(
            {"earlier_grants": [{"date": "2024-02-01", "amount": "41022"}], "wishes": [AID]},
            id="nothing left, whatever it costs",
        ),
    ],
)
def test_a_settled_case_asks_for_nothing(decided, facts):
    """Where no answer could change the decision, nobody is troubled."""
    decision = decided(**{**KNOWN, **facts})

    assert decision.outcome not in ("ask", "assess")
    assert [] == asked(decision)


@pytest.mark.parametrize(
    ("fact", "cause"),
    [
        ("criteria.shortened_life", "assessment"),
        ("previous_help", "fact"),
        ("diagnosis.confirmed", "fact"),
    ],
)
def test_each_question_says_who_can_answer(decided, fact, cause):
    """A professional's judgement is not asked of the citizen, and each question has its law."""
    facts = {"request": {"made": True}, "diagnosis": {"entry": "not_listed"}}
    (found,) = [one for one in decided(**facts).missing if one.fact == fact]

    assert cause == found.cause
    assert found.question.endswith("?")
    assert found.sources


def test_one_unclear_wish_among_clear_ones(decided):
    """Provision and price of two wishes are asked for together, not one after the other."""
    wishes = [
        {"id": "a", "category": "personal_care", "value": "100", "accepts_own_payment": False},
        {**AID, "id": "b"},
    ]

    assert {"wishes[a].provision", "wishes[b].value"} <= set(asked(decided(**KNOWN, wishes=wishes)))


def test_a_grant_of_a_year_long_ago(decided):
    """The date of a grant matters for every year that had a ceiling of its own."""
    grants = [{"date": "2024-12-31", "amount": "1"}, {"amount": "1"}]

    assert {"earlier_grants[1].date", "wishes[w1].value"} == set(
        asked(decided(**{**KNOWN, "earlier_grants": grants}, wishes=[AID], day="2026-03-02"))
    )


def test_of_equally_decisive_questions_the_less_intrusive_comes_first(decided):
    """What the municipality's own files say comes before what only a hospital knows."""
    facts = asked(decided(request={"made": True}, previous_help=[{}], diagnosis={}))
    help_, health = facts.index("previous_help[0].provision"), facts.index("diagnosis.confirmed")

    assert "previous_help[0].because_of_disease" in facts[health:]
    assert help_ < health


def test_money_is_asked_for_last(decided):
    """While nobody knows whether the citizen is covered, a price decides less than the disease."""
    facts = asked(decided(request={"made": True}, wishes=[AID]))

    assert {"earlier_grants", "wishes[w1].value"} == set(facts[-2:])


def test_the_provision_of_a_wish_is_asked_for_with_all_else_that_can_matter(decided):
    """Which wish it is can matter as much as what it costs, from 2025-07-01 as before."""
    asked_for = asked(decided(**KNOWN, wishes=[{"id": "w1"}], day="2025-09-01"))

    assert {
        *("citizen.eldercare_act", "wishes[w1].provision", "wishes[w1].category"),
        *("wishes[w1].minor", "wishes[w1].value", "wishes[w1].accepts_own_payment"),
    } == set(asked_for)


@pytest.mark.parametrize(
    ("facts", "most"),
    [
        pytest.param({}, 120, id="nothing"),
        pytest.param({"wishes": [{"id": "a", "value": "100"}, {"id": "b"}]}, 350, id="two wishes"),
        pytest.param({"previous_help": [{}, {}], "wishes": [{"id": "a"}]}, 350, id="help and wish"),
    ],
)
def test_a_nearly_empty_case_is_searched_in_few_steps(decided, monkeypatch, facts, most):
    """What made one fact decisive is tried for the next; not every way is gone through."""
    made = []
    search = sys.modules["hjemmel.decide.witness"]
    proposing = search.propose
    monkeypatch.setattr(search, "propose", lambda *given: made.append(1) or proposing(*given))

    assert asked(decided(day="2025-09-01", **facts))
    assert most >= len(made) > 1

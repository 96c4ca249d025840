"""Open questions, executed: where the readings agree the decision stands, else a person decides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hjemmel import Truth, decide, explain, load_policy, read_case

RULES = Path(__file__).resolve().parents[2] / "rules"
CHOOSING = {
    "ceiling_year": "first_grant",
    "own_payment_base": "above_remaining",
    "food_service_after_2025": "not_covered",
    "eldercare_act_83": "not_covered",
    "other_help_for_disease": "excludes",
    "help_before_law": "does_not",
    "listed_is_enough": "only_with_criteria",
    "child_need": "need_required",
    "services_divisible": "no",
    "own_payment_116": "not_allowed",
}
AID = {"id": "w1", "provision": "112", "category": "transfer"}
FOOD = {"id": "w1", "provision": "83", "category": "food_service", "value": "100"}
CARE = {"id": "w1", "provision": "83", "category": "personal_care", "value": "100"}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the shipped rules with one more municipality, which has chosen in every question."""
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(RULES, folder)
    choices = "".join(f'    {name}: "{reading}"\n' for name, reading in CHOOSING.items())
    (folder / "municipality" / "valg.yaml").write_text(
        (folder / "municipality" / "eksempelkommune.yaml")
        .read_text(encoding="utf-8")
        .replace("id: eksempelkommune", "id: valg")
        .replace("name: Eksempelkommune", "name: Valgkommunen")
        .replace("  choices: {}", f"  choices:\n{choices}  #"),
        encoding="utf-8",
    )
    with (folder / "index.yaml").open("a", encoding="utf-8") as index:
        index.write("  - municipality/valg.yaml\n")
    return load_policy(folder)


@pytest.fixture(scope="module")
def decided(book):
    """Return what decides a case of the target group with the facts given."""

    def of(day="2025-09-01", municipality="", **facts):
        case = {
            "case": "R",
            "decided_on": day,
            "request": {"made": True},
            "diagnosis": {"entry": "mnd-als", "confirmed": True},
            "previous_help": [],
            "earlier_grants": [],
        }
        citizen = {"under_18": False, "eldercare_act": False, **facts.pop("citizen", {})}
        case = read_case({**case, "citizen": citizen, **facts}, book)
        return decide(book, case, municipality=municipality)

    return of


def question_of(decision, name):
    """Return the open question *name* of *decision*; there must be one."""
    (question,) = [one for one in decision.open_questions if one.id == name]
    return question


def help_of(provision, day="2024-01-01"):
    """Return earlier help because of the disease."""
    return [{"provision": provision, "because_of_disease": True, "granted_on": day}]


#: For each question a case that raises it, and what the two readings give, in their order.
RAISED = [
    pytest.param(
        "listed_is_enough",
        {"criteria": {"shortened_life": False}},
        ("grant", "refuse"),
        "grant",
        id="a criterion contradicts the list",
    ),
    pytest.param(
        "child_need",
        {"citizen": {"under_18": True}, "wishes": [CARE]},
        ("grant", "assess"),
        "grant",
        id="a child's need",
    ),
    pytest.param(
        "services_divisible",
        {"wishes": [{**CARE, "value": "50000"}]},
        ("partial_grant", "partial_grant"),
        "partial_grant",
        id="a part of a service",
    ),
    pytest.param(
        "own_payment_116",
        {
            "wishes": [
                {
                    "id": "w1",
                    "provision": "116",
                    "category": "minor_home_adaptation",
                    "minor": True,
                    "value": "50000",
                    "accepts_own_payment": True,
                }
            ]
        },
        ("partial_grant", "partial_grant"),
        "partial_grant",
        id="own payment for a home adaptation",
    ),
    pytest.param(
        "ceiling_year",
        {
            "earlier_grants": [{"date": "2023-07-01", "amount": "39750"}],
            "wishes": [{**CARE, "value": "1"}],
        },
        ("partial_grant", "grant"),
        "assess",
        id="the ceiling of which year",
    ),
    pytest.param(
        "own_payment_base",
        {
            "earlier_grants": [{"date": "2025-07-01", "amount": "40000"}],
            "wishes": [{**AID, "value": "5000", "accepts_own_payment": True}],
        },
        ("partial_grant", "partial_grant"),
        "assess",
        id="own payment below the ceiling",
    ),
    pytest.param(
        "food_service_after_2025",
        {"wishes": [FOOD]},
        ("grant", "partial_grant"),
        "assess",
        id="food service after 2025",
    ),
    pytest.param(
        "eldercare_act_83",
        {"citizen": {"eldercare_act": True}, "wishes": [CARE]},
        ("grant", "partial_grant"),
        "assess",
        id="the eldercare act",
    ),
    pytest.param(
        "other_help_for_disease",
        {"previous_help": help_of("95")},
        ("refuse", "grant"),
        "assess",
        id="help beyond the four",
    ),
    pytest.param(
        "help_before_law",
        {"previous_help": help_of("97", "2023-05-31")},
        ("refuse", "grant"),
        "assess",
        id="help before the law",
    ),
]


@pytest.mark.parametrize(("name", "facts", "outcomes", "proposed"), RAISED)
def test_readings_that_differ(decided, name, facts, outcomes, proposed):
    """Both are run and shown; with none chosen a person assesses."""
    decision = decided(**facts)
    question = question_of(decision, name)

    assert proposed == decision.outcome
    assert outcomes == tuple(one.outcome for one in question.readings)
    assert question.robust is False
    assert (question.chosen == "none") is (proposed == "assess")


@pytest.mark.parametrize(("name", "facts", "outcomes", "proposed"), RAISED)
def test_a_municipality_has_chosen(decided, name, facts, outcomes, proposed):
    """Its reading is used, and its choice is shown beside what the other would give."""
    decision = decided(municipality="valg", **facts)
    question = question_of(decision, name)
    readings = {one.reading: one.outcome for one in question.readings}

    assert CHOOSING[name] == question.chosen
    assert "Valgkommunen" == question.chosen_by
    assert readings[CHOOSING[name]] == decision.outcome


@pytest.mark.parametrize(
    ("name", "facts", "outcome"),
    [
        pytest.param(
            "ceiling_year",
            {
                "earlier_grants": [{"date": "2023-07-01", "amount": "100"}],
                "wishes": [{**AID, "value": "39650"}],
            },
            "grant",
            id="there is room under either ceiling",
        ),
        pytest.param(
            "ceiling_year",
            {
                "earlier_grants": [{"date": "2023-07-01", "amount": "42499"}],
                "wishes": [{**AID, "value": "1"}],
            },
            "partial_grant",
            id="nothing is left under either",
        ),
        pytest.param(
            "other_help_for_disease",
            {"previous_help": help_of("95") + help_of("97")},
            "refuse",
            id="other help excludes anyway",
        ),
        pytest.param(
            "food_service_after_2025",
            {
                "earlier_grants": [{"date": "2025-07-01", "amount": "42499"}],
                "previous_help": help_of("97"),
                "wishes": [FOOD],
            },
            "refuse",
            id="not in the target group: no wish is asked about",
        ),
        pytest.param(
            "child_need", {"citizen": {"under_18": True}}, "grant", id="a child without a wish"
        ),
    ],
)
def test_readings_that_agree(decided, name, facts, outcome):
    """The decision stands, and a question that was touched is shown as harmless."""
    decision = decided(**facts)

    assert outcome == decision.outcome
    assert all(one.robust for one in decision.open_questions)
    if name != "food_service_after_2025":
        assert question_of(decision, name).robust is True
    else:
        assert () == decision.open_questions


@pytest.mark.parametrize(
    ("grants", "wishes", "ceiling", "remaining"),
    [
        pytest.param([("2023-07-01", "100")], [], 3975000, 3965000, id="the lower of the two"),
        pytest.param([("2025-01-01", "100")], [], 4249900, 4239900, id="of this year: no question"),
        pytest.param(
            [("2024-07-01", "1"), ("2023-07-01", "1")], [], 3975000, 3974800, id="the first counts"
        ),
    ],
)
def test_the_lower_ceiling_is_shown(decided, grants, wishes, ceiling, remaining):
    """Nobody is promised what one reading takes back."""
    told = [{"date": day, "amount": amount} for day, amount in grants]
    amounts = decided(earlier_grants=told, wishes=wishes).amounts

    assert (ceiling, remaining) == (amounts.ceiling, amounts.remaining)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        pytest.param(
            {"citizen": {"eldercare_act": None}, "wishes": [CARE]},
            ["citizen.eldercare_act"],
            id="may be touched",
        ),
        pytest.param(
            {"previous_help": [{"provision": "95"}]},
            ["previous_help[0].because_of_disease"],
            id="may be help for the disease",
        ),
        pytest.param(
            {
                "earlier_grants": [{"amount": "39750"}],
                "wishes": [{**CARE, "provision": "97", "category": "accompaniment"}],
            },
            ["earlier_grants[0].date"],
            id="may be of another year",
        ),
    ],
)
def test_not_yet_known_whether_a_question_is_raised(decided, facts, missing):
    """The readings differ only because something is untold: that is asked for first."""
    decision = decided(**facts)

    assert "ask" == decision.outcome
    assert missing == [one.fact for one in decision.missing]


@pytest.mark.parametrize(
    ("name", "facts", "before", "from_then"),
    [
        ("child_need", {"citizen": {"under_18": True}}, "2023-12-31", "2024-01-01"),
        ("food_service_after_2025", {"wishes": [FOOD]}, "2025-06-30", "2025-07-01"),
        (
            "eldercare_act_83",
            {"citizen": {"eldercare_act": True}, "wishes": [CARE]},
            "2025-06-30",
            "2025-07-01",
        ),
    ],
)
def test_the_day_a_question_arises(decided, name, facts, before, from_then):
    """The day before there is no such question, and nothing to assess."""
    assert () == decided(day=before, **facts).open_questions
    assert question_of(decided(day=from_then, **facts), name)


@pytest.mark.parametrize(
    ("day", "outcome"), [("2023-05-31", "assess"), ("2023-06-01", "refuse"), (None, "refuse")]
)
def test_a_date_left_out_never_asks(decided, day, outcome):
    """Help before the law is only a question where the date says so."""
    assert outcome == decided(previous_help=help_of("97", day)).outcome


# --- what is said of a case that a person must assess ---------------------------------------------


def _nodes(reason):
    yield reason
    for child in reason.children:
        yield from _nodes(child)


def test_what_the_readings_differ_on_is_explained_as_unknown(decided):
    """No reading is told as if it held: neither yes nor no, and no reading named as the one."""
    decision = decided(previous_help=[{"provision": "95", "because_of_disease": True}])
    explained = {node.conclusion: node for node in _nodes(explain(decision))}

    assert ("assess", ("already_helped",)) == (decision.outcome, decision.grounds)
    for name in ("target_group", "already_helped", "help_excludes", "other_help_for_disease"):
        assert Truth.UNKNOWN is explained[name].value, name
    assert "" == explained["already_helped"].note
    assert "" == explained["other_help_for_disease"].told
    assert Truth.TRUE is explained["help_beyond_the_four"].value


def test_a_duty_holds_where_every_reading_has_it(decided):
    """What only one reading asks of the municipality is not asked of it yet."""
    other = decided(previous_help=[{"provision": "95", "because_of_disease": True}])
    sure = decided(previous_help=[{"provision": "97", "because_of_disease": True}])
    duties = [{one.id for one in decision.duties} for decision in (other, sure)]

    assert ("assess", "refuse") == (other.outcome, sure.outcome)
    assert "settle_open_question" in duties[0]
    assert [False, True] == ["confirm_exclusion" in one for one in duties]


def test_the_lower_ceiling_is_never_shown_without_the_question_behind_it(decided):
    """Without the day of the first grant the lower is shown, even if nothing is left of either."""
    decision = decided(earlier_grants=[{"amount": "42499"}])
    (question,) = decision.open_questions

    assert ("grant", 3975000, 0) == (
        decision.outcome,
        decision.amounts.ceiling,
        decision.amounts.remaining,
    )
    assert ("ceiling_year", True) == (question.id, question.robust)


def test_a_category_is_shown_by_its_name(decided):
    """Ids are for programs."""
    told = {node.conclusion: node for node in _nodes(explain(decided(wishes=[FOOD])))}

    assert "Madservice" == told["wish.category"].told
    assert told["wish.category"].label.endswith(" Madservice")

"""Two editions of the rules: seeded changes must be found, named and weighed, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hjemmel import DataNotFoundError, HjemmelError, decide, load_policy, read_case
from hjemmel.assure import compare_cases
from hjemmel.assure.compare import Options, compare, own_scenarios
from hjemmel.assure.compare_cases import (
    Changed,
    Given,
    Own,
    Pair,
    Unread,
    Verdict,
    as_of,
    read_cases,
    run_tasks,
    tasks,
)
from hjemmel.assure.compare_html import report_html
from hjemmel.assure.compare_known import known_by
from hjemmel.assure.compare_law import legal_changes
from hjemmel.assure.compare_phrases import Phrases
from hjemmel.assure.compare_rules import open_rules
from hjemmel.assure.compare_witness import _removals, scenario_text
from hjemmel.assure.population import Population, generate_cases
from hjemmel.assure.scenarios import read_scenarios, run_scenario
from hjemmel.decide.decision import with_settled_entry
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.readings import propose
from hjemmel.policy.seal import write_seal
from hjemmel.truth import Truth

RULES = Path(__file__).resolve().parents[2] / "rules"

AMOUNT = (
    ("rates.yaml",
     'amount: "42499", basis: computed,\n         sources: [{ref: bek-983-2024, at: "§ 1"}]}',
     'amount: "43000", basis: published,\n         sources: [{ref: bek-983-2024, at: "§ 1"}]}'),
    ("rates.yaml", 'first: "2024-01-01", rounding', 'first: "2027-01-01", rounding'),
)  # fmt: skip
#: The same amount, but from an order that came in August: it reaches back to January.
RETROACTIVE = (
    (
        AMOUNT[0][0],
        AMOUNT[0][1],
        AMOUNT[0][2].replace("bek-983-2024", "bek-1056-2025"),
    ),
    AMOUNT[1],
)
EXCEPTION = (
    (
        "decisions.yaml",
        (
            '            - not: {all: [{fact: help.provision, equals: "83"}, '
            "{fact: help.automatic_at_discharge}]}\n"
        ),
        "",
    ),
    # The fact is still told, though no rule asks for it now.
    (
        "facts.yaml",
        "  - id: help.automatic_at_discharge\n",
        "  - id: help.automatic_at_discharge\n    used_by: budget\n",
    ),
)
ENDED = ((
    "categories.yaml",
    'label: Madservice, in_force: {from: "2023-06-01"}',
    'label: Madservice, in_force: {from: "2023-06-01", to: "2024-12-31"}',
),)  # fmt: skip
DIAGNOSIS = (("diagnoses.yaml", "\nterminology:", """
  - id: opdigtet-sygdom
    number: 99
    label: Opdigtet sygdom
    printed: Opdigtet sygdom
    bullet: "99"
    kind: diagnosis
    on_name_match: listed
    synonyms: []
    abbreviations: []
    codes: []
    in_force: {from: "2023-06-01"}
    sources: [{ref: vej-9432-2023, at: "pkt. 7"}]

terminology:"""),)  # fmt: skip


def edition(folder, *seeded):
    """Return the shipped rules in *folder* with the *seeded* changes."""
    shutil.copytree(RULES, folder)
    for file, before, after in seeded:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert before in text, f"{file} no longer holds {before!r}"
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return load_policy(folder)


@pytest.fixture(scope="module")
def shipped():
    """Return the shipped rules."""
    return load_policy(RULES)


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    """Return a way to make an edition with seeded changes, each made once."""
    made = {}

    def make(seeded):
        if seeded not in made:
            made[seeded] = edition(tmp_path_factory.mktemp("rules") / "rules", *seeded)
        return made[seeded]

    return make


def als(day, **more):
    """Return a plain case that is granted on *day*."""
    return {
        "case": "T-1",
        "decided_on": day,
        "request": {"made": True},
        "diagnosis": {"entry": "mnd-als", "confirmed": True},
        "previous_help": [],
        "earlier_grants": [],
        **more,
    }


def given(*cases):
    """Return *cases* as cases to try."""
    return [Given(data=one, place=f"test:{at}") for at, one in enumerate(cases, 1)]


def aid(value):
    """Return a wish for an aid of that value."""
    wish = {"id": "w1", "provision": "112", "category": "communication", "value": value}
    return [wish | {"accepts_own_payment": True}]


# --- the change in words --------------------------------------------------------------------------


def test_the_same_rules_have_no_change(shipped):
    """Nothing is said where nothing is new."""
    assert () == legal_changes(shipped, load_policy(RULES))


def test_comments_layout_and_order_are_no_change(shipped, tmp_path):
    """Only content counts, and the order of most elements is no content."""
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    path = folder / "readings.yaml"
    head, *blocks = path.read_text(encoding="utf-8").rstrip().split("\n  - id: ")
    moved = [head, *(f"\n    # flyttet\n  - id: {block.strip()}" for block in reversed(blocks))]
    path.write_text("\n".join(moved) + "\n", encoding="utf-8")
    criteria = folder / "criteria.yaml"
    text = criteria.read_text(encoding="utf-8")
    criteria.write_text("# en bemærkning\n" + text.replace("number: 1\n", "number:   1\n"), "utf-8")

    other = load_policy(folder)

    assert shipped.digest() != other.digest()
    assert () == legal_changes(shipped, other)


@pytest.mark.parametrize(
    ("seeded", "kind", "name", "status"),
    [
        pytest.param(AMOUNT, "rates", "ceiling", "amended", id="amount"),
        pytest.param(
            EXCEPTION, "rules", "help_for_disease/help_for_disease_unless_discharge", "amended",
            id="exception dropped",
        ),
        pytest.param(ENDED, "categories", "83/food_service", "ended", id="ended"),
        pytest.param(DIAGNOSIS, "diagnoses", "opdigtet-sygdom", "added", id="added"),
    ],
)  # fmt: skip
def test_a_seeded_change_is_named_and_nothing_else(editions, shipped, seeded, kind, name, status):
    """One change in the files is one change in the report."""
    changes = legal_changes(shipped, editions(seeded))

    assert [(kind, name, status)] == [
        (one.kind, one.id, one.status) for one in changes if not one.editorial
    ]


def test_a_removed_element_has_ended(editions, shipped):
    """What the new edition lacks has ended there, without a day."""
    (change,) = legal_changes(editions(DIAGNOSIS), shipped)

    assert ("ended", ()) == (change.status, change.keys)


def test_amounts_and_days_are_written_for_people(editions, shipped):
    """Old and new stand beside each other as a letter would write them."""
    (rate,) = legal_changes(shipped, editions(AMOUNT))
    (category,) = legal_changes(shipped, editions(ENDED))
    amount = next(one for one in rate.keys if one.key.endswith(".amount"))

    assert ("beløb fra 1. januar 2025", "42.499 kr.", "43.000 kr.") == (
        amount.label, amount.old, amount.new,
    )  # fmt: skip
    assert [("gælder til og med", "–", "31. december 2024")] == [
        (one.label, one.old, one.new) for one in category.keys
    ]


def test_a_dropped_exception_reads_as_a_sentence(editions, shipped):
    """A lawyer sees which exception went, by the labels of the facts."""
    change = next(one for one in legal_changes(shipped, editions(EXCEPTION)) if not one.editorial)
    (condition,) = change.keys

    assert condition.new == "«Hjælpen er givet på grund af sygdommen»"
    assert condition.old == (
        "«Hjælpen er givet på grund af sygdommen» og ikke («Hjælpens paragraf» er 83 "
        "og «Hjælpen er sat i gang automatisk ved udskrivning fra sygehus»)"
    )


@pytest.mark.parametrize(
    ("condition", "phrase"),
    [
        pytest.param({"all": []}, "altid", id="always"),
        pytest.param({"not": {"fact": "request.made"}}, "ikke «Anmodning»", id="not"),
        pytest.param(
            {"fact": "request.made", "is": "unknown"},
            "det er uoplyst, om «Anmodning»",
            id="unknown",
        ),
        pytest.param(
            {"fact": "help.granted_on", "before": "2023-06-01"},
            "«Dagen, hjælpen blev bevilget» er før 1. juni 2023",
            id="day",
        ),
        pytest.param(
            {"fact": "wish.value", "at_most": "41022"}, "«Hjælpens værdi» er højst 41.022 kr.",
            id="amount",
        ),
        pytest.param(
            {"question": "listed_is_enough", "reads": "yes"},
            "«Er listen nok?» læses som «Ja»",
            id="reading",
        ),
        pytest.param(
            {"some": {"of": "wishes", "conclusion": "choosable"}},
            "mindst ét element i «Borgerens ønsker» er «Hjælpen kan vælges inden for § 117 a»",
            id="some",
        ),
        pytest.param(
            {"at_least": {"count": 2, "of": [{"fact": "request.made"}, {"conclusion": "listed"}]}},
            "mindst 2 af: «Anmodning», «Diagnosen står på den vejledende liste»",
            id="at least",
        ),
        pytest.param(
            {
                "any": [
                    {"fact": "request.made"},
                    {"all": [{"fact": "request.made"}, {"fact": "citizen.under_18"}]},
                ]
            },
            "«Anmodning» eller («Anmodning» og «Borgeren er under 18 år»)",
            id="nested",
        ),
    ],
)  # fmt: skip
def test_conditions_are_read_aloud(shipped, condition, phrase):
    """Every part of the condition language has a phrase, by the rules' own labels."""
    assert phrase == Phrases(shipped).condition(condition)


def test_the_order_of_a_decision_table_is_law(shipped, tmp_path):
    """The first row that fits wins, so moving a row is a change."""
    path = tmp_path / "rules" / "outcomes.yaml"
    shutil.copytree(RULES, tmp_path / "rules")
    text = path.read_text(encoding="utf-8")
    first, second = text.index("  - id: item_coverage_open"), text.index("  - id: item_fits")
    end = text.index("  - id: item_nothing_left")
    path.write_text(text[:first] + text[second:end] + text[first:second] + text[end:], "utf-8")

    (change,) = legal_changes(shipped, load_policy(tmp_path / "rules"))

    assert ("items", "order") == (change.kind, change.keys[0].key)


# --- the decisions --------------------------------------------------------------------------------


def test_an_amount_changes_what_lies_above_the_old_one(editions, shipped):
    """Between the old and the new ceiling a grant becomes whole; elsewhere it stays."""
    cases = given(
        als("2025-03-01", wishes=aid("42499.01")),
        als("2025-03-01", case="T-2", previous_help=None),
        als("2024-03-01", case="T-3", wishes=aid("42499.01")),
    )

    tally = compare(shipped, editions(AMOUNT), cases).tally

    (one,) = tally.changed
    assert ("partial_grant", "grant") == (one.old.outcome, one.new.outcome)
    assert (4249900, 4249901) == (one.old.money("granted"), one.new.money("granted"))
    assert ("outcome", "new") == (one.level, one.favours)
    assert Counter({("partly_granted", "granted"): 1}) == tally.items
    assert (3, 1) == (tally.examined, sum(tally.altered.values()))


def test_a_dropped_exception_refuses_and_the_witness_says_so(editions, shipped):
    """The old edition was better for a citizen who came home from hospital with help."""
    help_at_discharge = {
        "provision": "83", "because_of_disease": True, "automatic_at_discharge": True
    }  # fmt: skip
    case = als("2024-06-10", previous_help=[help_at_discharge], wishes=aid("100.00"))

    (witness,) = compare(shipped, editions(EXCEPTION), given(case)).witnesses

    assert ("grant", "refuse", "outcome", "old") == witness.changed.kind
    assert [help_at_discharge] == witness.case["previous_help"]
    assert "wishes" not in witness.case


def test_an_ended_category_is_no_longer_covered(editions, shipped):
    """From the day after, the wish goes to ordinary casework."""
    wish = [{"id": "w1", "provision": "83", "category": "food_service", "value": "100.00"}]
    days = ("2024-12-31", "2025-01-01")
    cases = given(*(als(day, case=f"T-{day}", wishes=wish) for day in days))

    (one,) = compare(shipped, editions(ENDED), cases).tally.changed

    assert "2025-01-01" == one.given.data["decided_on"]
    assert ["not_covered"] == [item.status for item in one.new.items]


def test_a_new_diagnosis_can_be_named(editions, shipped):
    """The old edition cannot read a case that names it; the new one grants."""
    case = als("2024-03-01", diagnosis={"entry": "opdigtet-sygdom", "confirmed": True})

    tally = compare(shipped, editions(DIAGNOSIS), given(case)).tally

    assert {("case-invalid", "grant"): 1} == tally.transitions
    assert [] == tally.unread


def test_a_shrunk_witness_has_nothing_to_spare(editions, shipped):
    """Whatever is taken away, the difference is gone or is another."""
    comparison = compare(shipped, editions(EXCEPTION), (), Options(generate=250, seed=3))
    pair = Pair(shipped, editions(EXCEPTION))

    assert comparison.witnesses
    for witness in comparison.witnesses:
        for data in _removals(witness.case):
            old, new = pair.verdicts(data)
            left = Changed(given=Given(data=data, place=""), old=old, new=new)
            assert old == new or left.kind != witness.changed.kind, data


def test_witnesses_are_scenarios_of_both_editions(editions, shipped, tmp_path):
    """The new edition passes every witness; the old one passes none."""
    new = editions(AMOUNT + EXCEPTION)
    comparison = compare(shipped, new, (), Options(generate=250, seed=5))
    path = tmp_path / "vidner.yaml"
    path.write_text(scenario_text(comparison.witnesses), encoding="utf-8")

    scenarios = read_scenarios(path, RULES / "schema")

    assert len(comparison.witnesses) == len(scenarios) > 1
    assert {"new", "old"} <= {one.changed.favours for one in comparison.witnesses}
    assert all(run_scenario(one, new).passed for one in scenarios)
    assert not any(run_scenario(one, shipped).passed for one in scenarios)


def test_bulk_gives_what_two_interpreters_decide(shipped):
    """The quick way to a verdict is the long way's outcome, items and amounts."""
    side = compare_cases.Side(shipped)
    for data in generate_cases(shipped, 40, seed=8):
        case = read_case(data, shipped)
        decision = decide(shipped, case)
        verdict = side.verdict(case, side.policy(case.decided_on, Own()))
        assert (decision.outcome, decision.items, decision.amounts) == (
            verdict.outcome, verdict.items, verdict.amounts,
        ), data  # fmt: skip


@pytest.mark.parametrize("seeded", [AMOUNT, EXCEPTION, ENDED, DIAGNOSIS])
def test_skipping_what_cannot_matter_misses_nothing(editions, shipped, monkeypatch, seeded):
    """Deciding every case twice finds the same changed cases."""
    work = list(tasks((), 300))
    quick = run_tasks(Pair(shipped, editions(seeded)), work, seed=2)
    monkeypatch.setattr(compare_cases._Apart, "cannot_matter", lambda *_: False)

    slow = run_tasks(Pair(shipped, editions(seeded)), work, seed=2)

    assert slow == quick


def test_processes_change_nothing(editions, shipped, monkeypatch):
    """Two processes add up to what one does, in the same order."""
    monkeypatch.setattr(compare_cases, "MANY", 0)
    pair, work = Pair(shipped, editions(AMOUNT)), list(tasks(given(als("2025-03-01")), 200))

    assert run_tasks(pair, work, seed=2) == run_tasks(pair, work, seed=2, processes=2)


# --- time -----------------------------------------------------------------------------------------


def test_a_retroactive_amount_turns_what_was_decided_before_it_was_known(editions, shipped):
    """The order came on 25 August: what was decided before is turned, what came after is not."""
    days = ("2025-03-01", "2025-08-24", "2025-08-25", "2025-12-01")
    cases = given(*(als(day, case=f"T-{day}", wishes=aid("42600.00")) for day in days))

    comparison = compare(shipped, editions(RETROACTIVE), cases)
    (change,) = comparison.changes

    assert (date(2025, 1, 1), date(2025, 8, 25)) == (
        change.retroactive.start, change.retroactive.known,
    )  # fmt: skip
    assert len(days) == len(comparison.tally.changed)
    assert ["2025-03-01", "2025-08-24"] == [
        one.given.data["decided_on"] for one in comparison.turned
    ]


@pytest.mark.parametrize(
    ("known", "changed"),
    [
        pytest.param(date(2025, 8, 24), 0, id="the day before the order"),
        pytest.param(date(2025, 8, 25), 1, id="the day of the order"),
    ],
)
def test_knowledge_decides_whether_a_retroactive_amount_is_used(editions, shipped, known, changed):
    """Until its source is issued the amount is as the old edition has it."""
    cases = given(als("2025-03-01", wishes=aid("42600.00")))

    comparison = compare(
        shipped, editions(RETROACTIVE), cases, Options(known=(known, known))
    )  # fmt: skip

    assert changed == len(comparison.tally.changed)
    keys = [key.key for change in comparison.changes for key in change.keys]
    assert bool(changed) == any("2025-01-01" in key for key in keys)


def test_the_same_rules_with_other_knowledge_decide_otherwise(shipped):
    """Own payment rests on an answer from May 2024: before it, a price above is not granted."""
    cases = given(als("2024-03-01", wishes=aid("50000.00")))
    options = Options(known=(date(2024, 3, 1), None))

    (one,) = compare(shipped, shipped, cases, options).tally.changed

    assert ("over_ceiling", "partly_granted") == (one.old.items[0].status, one.new.items[0].status)


def test_an_answer_turns_the_decisions_before_it_and_none_after(shipped):
    """That help for the disease excludes is said in an answer of 23 May 2024, of a law from 2023."""
    excluded = [{"provision": "97", "because_of_disease": True, "granted_on": "2023-08-01"}]
    days = ("2024-03-04", "2024-05-22", "2024-05-23", "2024-09-04")
    cases = given(*(als(day, case=f"T-{day}", previous_help=excluded) for day in days))
    options = Options(known=(date(2024, 4, 30), date(2024, 12, 31)))

    comparison = compare(shipped, shipped, cases, options)

    assert {("grant", "refuse")} == {
        (one.old.outcome, one.new.outcome) for one in comparison.tally.changed
    }
    assert len(days) == len(comparison.tally.changed)
    assert ["2024-03-04", "2024-05-22"] == [
        one.given.data["decided_on"] for one in comparison.turned
    ]


def test_an_amount_not_yet_issued_is_no_amount(shipped):
    """Nobody could know the ceiling of 2026 in March 2025, and nothing is guessed."""
    known = known_by(shipped, date(2025, 3, 1))
    verdict, _ = Pair(known.book, shipped).verdicts(als("2026-03-01"))

    assert "not-in-force" == verdict.outcome
    assert "ceiling@2026-01-01" in known.unknown


def test_a_new_consolidation_makes_nothing_new(shipped):
    """The act is cited by the edition of 2025; its rules were known before it."""
    known = known_by(shipped, date(2024, 6, 1))

    assert not {"established_by_hospital", "disease_by_list", "child_need"} & set(known.unknown)


def test_before_the_law_nothing_is_known(shipped):
    """A day without any rule at all is a mistake in the question."""
    with pytest.raises(HjemmelError) as raised:
        known_by(shipped, date(2023, 5, 11))

    assert "2023-05-12" == raised.value.fields["first"]


def test_all_cases_can_be_decided_by_one_day(editions, shipped):
    """With a day given the law of that day is used, whatever the case says."""
    cases = given(als("2024-03-01", wishes=aid("42600.00")))

    comparison = compare(
        shipped, editions(AMOUNT), cases, Options(on=date(2025, 3, 1))
    )  # fmt: skip

    assert [("partial_grant", "grant")] == list(comparison.tally.altered)
    assert "2025-03-01" == comparison.witnesses[0].case["decided_on"]


def test_what_is_dated_later_counts_as_of_the_day():
    """A grant cannot come after the decision it bears on."""
    case = als("2025-03-01", earlier_grants=[{"date": "2025-02-01", "amount": "1.00"}])

    moved = as_of(case, date(2024, 5, 1))

    assert ("2024-05-01", "2024-05-01") == (moved["decided_on"], moved["earlier_grants"][0]["date"])


# --- cases from files -----------------------------------------------------------------------------


def test_a_malformed_row_is_reported_and_the_rest_is_tried(shipped, tmp_path):
    """A row is never dropped in silence: its line and what is wrong are told."""
    rows = [
        json.dumps(als("2024-03-01")),
        '{"case": "T-2", "decided_on": ',
        '["no", "case"]',
        "",
        json.dumps(als("2024-02-30")),
        json.dumps({"case": als("2024-03-01"), "municipality": "eksempelkommune"}),
    ]
    path = tmp_path / "sager.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")

    tally = compare(shipped, shipped, read_cases(path)).tally

    assert 2 == tally.examined
    assert ["sager.jsonl:2", "sager.jsonl:3", "sager.jsonl:5"] == [
        ":".join(one.place.split(":")[:2]) for one in tally.unread
    ]
    assert all(one.why for one in tally.unread)


def test_a_folder_holds_cases_of_every_kind(tmp_path):
    """Scenario files, single cases and JSONL lie side by side; others are left alone."""
    shutil.copy(RULES / "scenarios" / "budget.yaml", tmp_path)
    (tmp_path / "sag.json").write_text(json.dumps(als("2024-03-01")), encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text(json.dumps(als("2024-03-01")) + "\n", encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("intet", encoding="utf-8")

    kinds = Counter(type(one).__name__ for one in read_cases(tmp_path))

    assert {"Given", "Row", "Unread"} == set(kinds)
    assert (1, 1) == (kinds["Row"], kinds["Unread"])


def test_a_recipient_never_enters(tmp_path):
    """Whom a letter goes to is not needed to decide, and is not kept."""
    path = tmp_path / "sag.json"
    path.write_text(json.dumps(als("2024-03-01", recipient={"name": "N"})), encoding="utf-8")

    (one,) = read_cases(path)

    assert "recipient" not in one.data


def test_the_rules_own_scenarios_are_tried_once(shipped):
    """Two editions with the same scenarios give each of them once."""
    once, both = list(own_scenarios(shipped)), list(own_scenarios(shipped, shipped))

    assert once == both
    assert not any(isinstance(one, Unread) for one in once)


# --- where rules come from ------------------------------------------------------------------------


def git(folder, *arguments):
    """Run git in *folder* as nobody in particular."""
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.invalid")
    quiet = ("-c", "commit.gpgsign=false")
    command = ["git", *identity, *quiet, *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a repository whose last commit changed the ceiling."""
    top = tmp_path_factory.mktemp("repository")
    edition(top / "rules")
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    shutil.rmtree(top / "rules")
    edition(top / "rules", *AMOUNT)
    git(top, "commit", "-q", "-a", "-m", "second")
    return top


@pytest.mark.parametrize("text", ["HEAD~1", "HEAD~1:rules"])
def test_a_git_revision_is_an_edition(repository, shipped, monkeypatch, text):
    """The folder as it was: the same content as the files it was made of."""
    monkeypatch.chdir(repository)

    old, new = open_rules(text), open_rules("rules")

    assert shipped.digest() == old.digest()
    assert ["ceiling"] == [one.id for one in legal_changes(old, new)]


def test_a_bare_revision_means_the_folder_beside(repository):
    """It is found from the other edition, wherever the command is run."""
    old = open_rules("HEAD~1", beside=repository / "rules")

    assert "42499" in str(old.tree("rates").plain())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("HEAD~9:rules", "git-no-revision", id="no such revision"),
        pytest.param("HEAD:regler", "git-no-folder", id="no such folder"),
        pytest.param("nowhere", "rules-not-found", id="nothing"),
        pytest.param("--output=x", "rules-not-found", id="an option is no revision"),
        pytest.param("", "rules-not-found", id="empty"),
    ],
)
def test_what_cannot_be_opened_says_why(repository, monkeypatch, text, key):
    """In Danish, with the name that was given."""
    monkeypatch.chdir(repository)

    with pytest.raises(DataNotFoundError) as raised:
        open_rules(text)

    assert key == raised.value.key


def test_outside_a_repository_a_revision_is_not_found(tmp_path, monkeypatch):
    """There is nothing to look in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(DataNotFoundError) as raised:
        open_rules("HEAD:rules")

    assert "git-no-repository" == raised.value.key


def test_another_kind_of_place_is_another_opener(shipped):
    """A sealed bundle, say: what it does not understand it leaves to the next."""
    openers = (lambda *_: None, lambda text, _: shipped if text == "sealed" else None)

    assert shipped is open_rules("sealed", openers=openers)


def test_a_seal_is_an_edition_like_any_other(tmp_path, shipped):
    """What was packed is what is opened: nothing has changed."""
    path = tmp_path / "foer.hjemmel"
    about = {"id": "sel-117-a", "version": "1", "digest": shipped.digest()}
    write_seal(path, {"rules": RULES}, about)

    sealed = open_rules(str(path))

    assert shipped.digest() == sealed.digest()
    assert () == legal_changes(sealed, shipped)


def test_past_cases_may_stand_in_parquet(tmp_path, shipped):
    """Nested as in the contract, days and amounts typed; what is null is not told."""
    arrow, parquet = (pytest.importorskip(name) for name in ("pyarrow", "pyarrow.parquet"))
    path = tmp_path / "sager.parquet"
    wish = {"id": "w1", "provision": "112", "category": "communication", "value": Decimal("10.50")}
    rows = [
        {
            "case": f"P-{number}", "decided_on": date(2024, 3, 1 + number),
            "request": {"made": True}, "diagnosis": {"entry": "mnd-als", "confirmed": told},
            "previous_help": [], "earlier_grants": [], "wishes": [wish],
        }
        for number, told in enumerate((True, None))
    ]  # fmt: skip
    parquet.write_table(arrow.Table.from_pylist(rows), path)
    (tmp_path / "ingen.parquet").write_bytes(b"ikke Parquet")

    first, second = read_cases(path)
    (unread,) = read_cases(tmp_path / "ingen.parquet")

    assert "2024-03-01" == first.data["decided_on"]
    assert "10.50" == first.data["wishes"][0]["value"]
    assert {"entry": "mnd-als"} == second.data["diagnosis"]
    assert ["grant", "ask"] == [
        decide(shipped, read_case(one.data, shipped)).outcome for one in (first, second)
    ]
    assert isinstance(unread, Unread)


def test_the_list_of_excused_changes_beside_the_scenarios_holds_no_cases():
    """It lies in the folder of the scenarios, and is passed over."""
    assert [] == list(read_cases(RULES / "scenarios" / "excused_mutants.yaml"))


# --- invented cases -------------------------------------------------------------------------------


def test_invented_cases_are_the_same_again(shipped):
    """By seed and number, one alone or all in a row."""
    first = list(generate_cases(shipped, 20, seed=7))

    assert first == list(generate_cases(shipped, 20, seed=7))
    assert first[13] == Population(shipped, 7).case(13)
    assert first != list(generate_cases(shipped, 20, seed=8))


def test_invented_cases_meet_every_outcome_year_and_open_question(shipped):
    """A few hundred suffice; all can be read, and none tells what was left out."""
    side, outcomes, years, raised = compare_cases.Side(shipped), Counter(), Counter(), Counter()
    for data in generate_cases(shipped, 600, seed=1):
        assert None not in data.values()
        case = read_case(data, shipped)
        policy = side.policy(case.decided_on, Own())
        outcomes[side.verdict(case, policy).outcome] += 1
        years[case.decided_on.year] += 1
        proposal = propose(policy, with_settled_entry(policy, case), reference_for(policy))
        raised.update(name for name, truth in proposal.raised.items() if truth is Truth.TRUE)
    expected = {"grant", "partial_grant", "refuse", "ask", "assess", "no_request"}

    assert expected == set(outcomes)
    assert {2023, 2024, 2025, 2026} == set(years)
    questions = {one["id"] for one in shipped.tree("readings").plain()["readings"]}
    assert questions == set(raised)
    assert min(outcomes.values()) >= 6


# --- the report -----------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links, self.lang = [], Counter(), [], ""

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.seen[tag] += 1
        self.lang = self.lang or named.get("lang", "")
        self.links += [named[key] for key in ("src", "href") if key in named]
        if tag not in {"meta", "path", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in {"path", "rect"}:
            assert tag == self.open.pop()


def test_the_report_is_whole_and_needs_nothing_else(editions, shipped):
    """Well-formed, in Danish, with a picture told in words and the same figures in a table."""
    comparison = compare(
        shipped, editions(RETROACTIVE), (), Options(generate=200, names=("<gammel>", "ny"))
    )  # fmt: skip
    page, html = _Page(), report_html(comparison)
    page.feed(html)

    assert [] == page.open
    assert ("da", []) == (page.lang, page.links)
    assert page.seen["svg"] == page.seen["desc"] == page.seen["figcaption"] > 0
    assert page.seen["table"] == page.seen["caption"] >= 3
    assert "<gammel>" not in html
    assert "42.499 kr." in html


def test_verdicts_compare_by_what_is_decided():
    """Why something could not be read is told, but is no difference."""
    assert Verdict(outcome="x", problem="a") == Verdict(outcome="x", problem="b")


CHOSEN = (("readings.yaml", 'chosen: "no_need_test"', 'chosen: "need_required"'),)


@pytest.mark.parametrize(
    ("choices", "levels"),
    [
        ((), ["outcome"]),
        ((("child_need", "no_need_test"),), []),
        ((("child_need", "need_required"),), []),
        ((("services_divisible", "no"),), ["outcome"]),
    ],
)
def test_a_scenario_is_decided_with_the_readings_it_chooses(shipped, editions, choices, levels):
    """What a scenario chooses is chosen in both editions, whatever each of them chooses."""
    child = als("2025-03-01", citizen={"under_18": True}, wishes=aid("1000.00"))
    one = Given(data=child, place="test:1", own=Own(choices=choices))

    found = compare(shipped, editions(CHOSEN), [one])

    assert levels == [changed.level for changed in found.tally.changed]
    for witness in found.witnesses:  # the choice that does not matter is left out
        assert () == witness.changed.given.own.choices


def test_a_witness_that_rests_on_a_choice_says_so_and_runs(shipped, editions, tmp_path):
    """The scenario that is written chooses too, and expects what then comes out."""
    day = "2025-03-01"
    over = [{"id": "w1", "provision": "97", "category": "accompaniment", "value": "50000.00"}]
    own = Own(choices=(("services_divisible", "no"),))
    one = Given(data=als(day, wishes=over), place="test:1", own=own)
    new = editions(AMOUNT)

    found = compare(shipped, new, [one])

    (witness,) = found.witnesses
    assert own == witness.changed.given.own
    file = tmp_path / "witness.yaml"
    file.write_text(scenario_text(found.witnesses), encoding="utf-8")
    (scenario,) = read_scenarios(file, new.schemas)
    assert dict(own.choices) == scenario.choices
    assert run_scenario(scenario, new).passed
    (again,) = read_cases(file)
    assert own == again.own


def test_a_reading_that_an_edition_does_not_have_is_told_of(shipped):
    """A choice that cannot be made is not left out without a word."""
    own = Own(choices=(("child_need", "perhaps"),))

    old, _ = Pair(shipped, shipped).verdicts(als("2025-03-01"), own)

    assert "diff-no-reading" == old.outcome
    assert "har ikke læsningen `perhaps`" in old.problem

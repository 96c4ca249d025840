"""Letters of a case's later life, and letters that somebody reads on the citizen's behalf."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.shipped import AID, RECIPIENT, als_decided, book
from hjemmel.decide.refund import refund_of, whole_months
from hjemmel.issues import CaseInvalidError, NotInForceError
from hjemmel.letters.request import NEEDED, LetterFacts, read_letter_facts
from hjemmel.letters.trace import LetterError
from hjemmel.letters.voice import named
from hjemmel.letters.write import KINDS, LATER, fits, write_letter

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "rules" / "schema"
RETURNED = {
    "written_on": "2026-03-12",
    "aid": "Elkørestol",
    "bought_on": "2025-10-20",
    "own_payment": "7501.00",
    "returned_on": "2026-03-05",
    "more_usable": True,
}
LATE = {
    "written_on": "2025-11-03",
    "deadline": "2025-11-01",
    "expected_on": "2025-11-14",
    "why": "Vi venter på dit sygehus.",
}


def decided(**told):
    """Return the decision of an ALS case with *told* in place of what it says."""
    wish = {**AID, "description": "Elkørestol", "value": "50000", "accepts_own_payment": True}
    return als_decided(**{"wishes": [wish], "recipient": RECIPIENT, **told})


def letter(kind, facts=None, **told):
    """Return the letter of *kind*, told *facts*."""
    read = read_letter_facts(facts, SCHEMAS) if facts is not None else None
    return write_letter(decided(**told), kind=kind, facts=read)


# --- refund ---------------------------------------------------------------------------------------


def refund(own, bought, returned, *, more_usable=True):
    """Return what the shipped rule gives back."""
    rule = book().on(date(2025, 10, 6)).refund
    days = {"bought_on": date.fromisoformat(bought), "returned_on": date.fromisoformat(returned)}
    return refund_of(rule, own_payment=own, more_usable=more_usable, **days)


@pytest.mark.parametrize(
    ("own", "bought", "returned", "result", "amount"),
    [
        pytest.param(3370_00, "2025-05-10", "2025-05-10", "below_floor", 0, id="at the floor"),
        pytest.param(3370_01, "2025-05-10", "2025-05-10", "paid", 1, id="an øre above it"),
        pytest.param(0, "2025-05-10", "2025-05-10", "below_floor", 0, id="nothing paid"),
        pytest.param(8170_00, "2025-05-10", "2025-05-10", "paid", 4800_00, id="the same day"),
        pytest.param(8170_00, "2025-05-10", "2025-06-09", "paid", 4800_00, id="a day short of a month"),
        pytest.param(8170_00, "2025-05-10", "2025-06-10", "paid", 4700_00, id="a month"),
        pytest.param(8170_00, "2025-05-31", "2025-06-30", "paid", 4800_00, id="the month has no such day"),
        pytest.param(3390_00, "2025-05-10", "2025-06-10", "paid", 19_58, id="to the nearest øre"),
        pytest.param(8170_00, "2021-11-11", "2025-11-10", "paid", 100_00, id="a day short of four years"),
        pytest.param(8170_00, "2021-11-10", "2025-11-10", "too_late", 0, id="four years"),
        pytest.param(8170_00, "2020-01-01", "2025-11-10", "too_late", 0, id="long ago"),
        pytest.param(3520_00, "2025-12-31", "2025-12-31", "paid", 150_00, id="the last day of a floor"),
        pytest.param(3520_00, "2025-12-31", "2026-01-01", "below_floor", 0, id="the first day of the next"),
    ],
)  # fmt: skip
def test_a_refund_is_right_to_the_ore(own, bought, returned, result, amount):
    """The floor is taken off, and the rest written down by a part for each whole month."""
    found = refund(own, bought, returned)

    assert (result, amount) == (found.result, found.amount)


def test_an_aid_of_no_more_use_to_others_gives_nothing():
    """The condition comes first."""
    assert (
        "not_more_usable" == refund(8170_00, "2025-05-10", "2025-06-10", more_usable=False).result
    )


@pytest.mark.parametrize("day", ["2025-03-31", "2027-01-01"])
def test_a_floor_that_is_not_known_is_not_guessed(day):
    """Before the order, and after the last known year."""
    with pytest.raises(NotInForceError):
        refund(8170_00, "2025-01-01", day)


@given(st.integers(0, 10**8), st.integers(0, 60))
def test_a_refund_never_grows_and_never_exceeds(own, months):
    """A later return never gives more, and nobody gets more than above the floor."""
    day = "2026-12-31"
    bought = [f"{2026 - back // 12}-{12 - back % 12:02}-28" for back in (months, months + 1)]
    sooner, later = (refund(own, one, day).amount for one in bought)

    assert 0 <= later <= sooner <= max(0, own - 3520_00)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2024-02-29", "2025-02-28", 11),
        ("2024-02-29", "2025-03-01", 12),
        ("2025-12-31", "2026-01-31", 1),
    ],
)
def test_months_are_whole(start, end, months):
    """A month has passed on the same day of the next."""
    assert months == whole_months(date.fromisoformat(start), date.fromisoformat(end))


def test_the_letter_shows_the_sum():
    """Own payment, floor, write-down and result, which add up."""
    text = letter("aid_returned", RETURNED).markdown

    assert "# Du får 3.649,25 kr. tilbage af din egenbetaling" in text
    for line in ("| 7.501 kr. |", "| −3.520 kr. |", "4 ud af 48 måneder | −331,75 kr. |"):
        assert line in text
    assert "bekendtgørelse nr. 92 af 31/01/2025, § 7, stk. 2" in text
    assert "## Du kan klage" in text


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"own_payment": "3520"},
            "En egenbetaling på op til 3.520 kr. bliver ikke betalt tilbage.",
        ),
        ({"more_usable": False}, "Det vurderer vi ikke, at din egenbetaling har."),
        ({"bought_on": "2022-01-05"}, "Der gik 50 hele måneder."),
    ],
)
def test_a_letter_without_refund_says_why(facts, words):
    """And how to complain."""
    text = letter("aid_returned", {**RETURNED, **facts}).markdown

    assert "# Din egenbetaling bliver ikke betalt tilbage" in text
    assert words in text
    assert "## Sådan har vi regnet" not in text
    assert "Ankestyrelsen" in text


# --- what only the letter is told -----------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(NEEDED))
def test_what_is_not_told_is_asked_for(kind):
    """Each thing by its name and with a question; nothing is guessed."""
    told = {"diagnosis": {"text": "MS", "entry": "not_listed", "confirmed": True},
            "criteria": {"shortened_life": False}} if kind != "aid_returned" else {}  # fmt: skip
    with pytest.raises(LetterError) as caught:
        letter(kind, {}, **told)

    assert "letter-facts-missing" == caught.value.key
    for name in NEEDED[kind]:
        assert f"  {name}: " in str(caught.value)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"own_payment": "41.022"}, "ambiguous-amount"),
        ({"returned_on": "2026-02-30"}, "no-such-day"),
        ({"returned_on": "2025-10-19"}, "letter-days-out-of-order"),
        ({"more_usable": "måske"}, "wrong-type"),
        ({"retured_on": "2026-03-05"}, "unknown-key"),
    ],
)
def test_what_is_told_is_read_strictly(facts, code):
    """Days, amounts and names are those of a case."""
    with pytest.raises(CaseInvalidError) as caught:
        read_letter_facts({**RETURNED, **facts}, SCHEMAS)

    assert code in {issue.code for issue in caught.value.report.issues}


def test_it_is_read_from_a_file(tmp_path):
    """YAML, with the traps of YAML closed."""
    path = tmp_path / "brev.yaml"
    path.write_text('written_on: "2026-03-12"\nunit: Hjælpemiddelafdelingen\n', encoding="utf-8")

    facts = read_letter_facts(path, SCHEMAS)
    assert {"written_on": date(2026, 3, 12), "unit": "Hjælpemiddelafdelingen"} == facts.told


def test_a_notice_tells_the_deadline_the_new_day_and_the_reason():
    """Only what it was told, and the rule that asks for it."""
    text = letter("missed_deadline", LATE).markdown

    for words in (
        "1. november 2025",
        "14. november 2025",
        "Vi venter på dit sygehus.",
        "§ 3, stk. 2",
    ):
        assert words in text
    assert "Dato: 3. november 2025" in text


def test_a_complaint_in_time_and_one_too_late_read_differently():
    """The first was looked at again; the second is sent on at once."""
    refused = {"diagnosis": {"text": "MS", "entry": "not_listed", "confirmed": True},
               "criteria": {"shortened_life": False}}  # fmt: skip
    facts = {"written_on": "2025-11-20", "complaint_received_on": "2025-11-03",
             "forwarded_on": "2025-11-20", "why": "Sådan er det."}  # fmt: skip
    in_time, late = (
        letter("complaint_forwarded", {**facts, "complaint_in_time": told}, **refused).markdown
        for told in (True, False)
    )

    assert "Vi har først set på sagen igen." in in_time
    assert "Vi har først set på sagen igen." not in late
    assert "fristen ikke er overholdt" in late
    for text in (in_time, late):
        assert "Afgørelsen gælder, mens klagen bliver behandlet." in text


def test_ordinary_casework_lists_what_goes_on():
    """A rest that the citizen pays does not go on, and alone it makes no letter."""
    facts = {"written_on": "2025-10-07", "unit": "Hjælpemiddelafdelingen"}
    own = {**AID, "description": "Elkørestol", "value": "50000", "accepts_own_payment": True}
    scooter = {"id": "w2", "provision": "113", "description": "Elscooter", "value": "9000"}
    text = letter("ordinary_casework", facts, wishes=[own, scooter]).markdown

    assert "- Elscooter, pris 9.000 kr." in text
    assert "- Elkørestol" not in text
    assert not fits(decided(wishes=[own]), "ordinary_casework")


def test_earlier_rounds_are_listed_with_what_is_left():
    """Each with its day and amount."""
    grants = [{"date": "2025-03-03", "provision": "112", "amount": "12000"},
              {"date": "2025-06-16", "provision": "97", "amount": "8500.50"}]  # fmt: skip
    text = write_letter(decided(earlier_grants=grants, wishes=[])).markdown

    assert "- Den 3. marts 2025: 12.000 kr. (svarer til servicelovens § 112)" in text
    assert "- Den 16. juni 2025: 8.500,50 kr. (svarer til servicelovens § 97)" in text
    assert "Du har 21.998,50 kr. at vælge for." in text


def test_later_letters_are_no_outcome_letters():
    """They are asked for by name."""
    assert set(LATER) == set(NEEDED)
    assert set(LATER) < set(KINDS)
    assert LetterFacts().told == {}


# --- whom the letter calls »du« -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("Du får hjælp.", "Ida", "Ida får hjælp."),
        ("Derfor får du afslag", "barnet", "Derfor får barnet afslag"),
        ("Dit beløb", "Lars", "Lars’ beløb"),
        ("Du har 1.234,50 kr. tilbage af dit beløb", "Ida", "Ida har 1.234,50 kr. tilbage af sit beløb"),
        ("så du får hjælp til din bolig", "Ida", "så Ida får hjælp til sin bolig"),
        ("ændrer din situation, så du får", "Ida", "ændrer Idas situation, så Ida får"),
        ("min læge, der behandler mig", "Ida", "Idas læge, der behandler Ida"),
        ("Dine mindste duer dinglede", "Ida", "Idas mindste duer dinglede"),
    ],
)  # fmt: skip
def test_a_pronoun_gives_way_to_a_name(text, name, said):
    """A Danish verb has one form for all; the reflexive is the subject's own."""
    assert said == "".join(named(text, name))


CHILD = {"citizen": {"under_18": True}}
PARENT = {"name": "Anders Prøve", "address": ["Vej 1"], "role": "parent", "on_behalf_of": "Ida"}
#: What a letter may ask of, or tell, the one who reads it.
TO_READER = re.compile(
    r"Du får brevet, fordi|må du gerne|Fortæl os|fortæl|Skriv til os|klag|behøver ikke|spørger vi dig"
    r"|siger? (?:ja|nej)|en med dig|uvildig vejledning|vejleder dig|fortæller dig|sammen med dig|har du "
    r"|skriver til dig|ja til det|sige |Skriv eller ring|Digital Post|Hører vi|Det kan du|Sådan beder du"
    r"|fået brevet|Klager du|Siger du|skriver vi til dig|når du siger ja"
    r"|bede om hjælpen igen|Ved du|Du skal fortælle os|Har du|når du kan læse|ny afgørelse"
)
#: What a parent chooses, arranges and pays for a child.
FOR_A_CHILD = re.compile(
    r"(?i)du vælger selv|du har (?:ikke )?valgt|du har ønsket|du kan (?:vælge|bruge|som regel selv vælge)"
    r"|kan du vælge|bede om hjælp|når du beder os|du ønsker|du aftaler selv|du må også gerne|køber du"
    r"|medmindre du|du (?:selv )?(?:vil )?betale"
)


@pytest.mark.parametrize("told", [
    pytest.param({}, id="partial grant"),
    pytest.param({"wishes": []}, id="grant"),
    pytest.param({"diagnosis": {"text": "ALS"}}, id="request"),
    pytest.param({"request": {"made": False}}, id="guidance"),
    pytest.param({"diagnosis": {"text": "MS", "entry": "not_listed", "confirmed": True},
                  "criteria": {"shortened_life": False, "survival_under_5_years": True}}, id="refusal"),
])  # fmt: skip
def test_a_parent_is_never_taken_for_the_child(told):
    """Every »du« that is left is what the reader may do, know or hear, or chooses for the child."""
    one = write_letter(decided(**CHILD, recipient=PARENT, **told))
    left = [
        sentence.text
        for sentence in one.sentences
        if re.search(r"\b(?:du|dig|din|dit|dine)\b", sentence.text, re.IGNORECASE)
    ]

    ours = (TO_READER, FOR_A_CHILD)
    assert [] == [text for text in left if not any(one.search(text) for one in ours)]
    assert not re.search(r"(?i)\bdin (?:sygdom|alder|livssituation)", one.markdown)
    assert "Du får brevet, fordi du har forældremyndigheden over Ida." in one.markdown
    assert one.markdown.count("Ida") > 5


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("guardian", "Du får brevet, fordi du er værge for Niels."),
        ("representative", "Du får brevet, fordi du repræsenterer Niels i sagen."),
    ],
)
def test_a_guardian_and_a_representative_are_told_why(role, words):
    """And the citizen is named."""
    recipient = {"name": "Vibeke Værge", "role": role, "on_behalf_of": "Niels"}
    text = write_letter(decided(recipient=recipient, wishes=[])).markdown

    assert words in text
    assert "# Niels har ret til hjælp efter servicelovens § 117 a" in text
    assert "Niels’ beløb" in text


@pytest.mark.parametrize(("role", "who"), [("parent", "Du"), ("guardian", "Ida")])
def test_a_parent_chooses_for_the_child(role, who):
    """A small child buys no wheelchair; an adult under guardianship is still the one who chooses."""
    child = CHILD if role == "parent" else {}
    aid = {**AID, "description": "Stol", "value": "9"}
    text = write_letter(decided(**child, recipient={**PARENT, "role": role}, wishes=[aid])).markdown

    assert f"{who} kan som regel selv vælge, hvor hjælpemidlet skal købes." in text
    assert f"- {who} vælger selv " in text
    assert "behov, som følger af Idas sygdom" in text


def test_what_is_typed_keeps_its_words():
    """A wish in the citizen's words is not put into another's."""
    wish = {**AID, "description": "Din drømmestol", "value": "9"}
    text = write_letter(decided(**CHILD, recipient=PARENT, wishes=[wish])).markdown

    assert "Din drømmestol" in text


def test_a_role_without_a_name_is_asked_for():
    """Nobody is written about without a name."""
    with pytest.raises(CaseInvalidError):
        decided(recipient={"name": "Anders", "role": "guardian"})


def test_no_rule_reads_the_recipient():
    """Neither decision nor receipt knows who reads the letter."""
    plain = decided()
    named_one = decided(recipient=PARENT)

    assert plain.receipt == named_one.receipt
    assert plain.items == named_one.items
    assert all(
        first.id == second.id for first, second in zip(plain.duties, named_one.duties, strict=True)
    )
    assert not any(one is two for one, two in pairwise([plain, named_one]))

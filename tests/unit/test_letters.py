"""Letters: what each kind must say, what none may say, and that nothing typed can do harm."""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import meta
from markdown_it import MarkdownIt

import hjemmel
from helpers.shipped import AID, RECIPIENT, als_decided, book
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.decide.case import case_of
from hjemmel.issues import DataNotFoundError, HjemmelError
from hjemmel.letters import fields as letter_fields
from hjemmel.letters.blocks import title_of
from hjemmel.letters.cite import inline, listed
from hjemmel.letters.context import BLANKS, LetterContext, letter_context
from hjemmel.letters.formats import PageContext
from hjemmel.letters.nodes import Nodes
from hjemmel.letters.request import LetterFacts
from hjemmel.letters.templating import html_environment, markdown_environment, markdown_text
from hjemmel.letters.write import FORMATS, KIND_OF, KINDS, LetterError, write_letter
from hjemmel.model import Citation

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
RULES, TEMPLATES = ROOT / "rules", ROOT / "templates"
DECISIONS = {"grant", "partial_grant", "refusal", "aid_returned"}
HELP = {"id": "w2", "provision": "97", "category": "accompaniment"}
CRITERIA = (
    *("rapid_genetic_or_neurodegenerative", "shortened_life", "survival_under_5_years"),
    *("severe_lasting_loss_of_function", "no_recovery_of_function", "lasting_increasing_need"),
)


def decided(municipality="eksempelkommune", **told):
    """Return the decision of an ALS case with *told* in place of what it says."""
    return als_decided(municipality, **{"recipient": RECIPIENT, **told})


def aid(**told):
    """Return a wish for an aid."""
    return {**AID, "description": "Elkørestol", "value": "18500", **told}


def refused(**told):
    """Return a decision that refuses on a criterion."""
    criteria = dict.fromkeys(CRITERIA, True) | {
        "shortened_life": {"met": False, "evidence": "Epikrise fra neurologisk afdeling"}
    }
    diagnosis = {"text": "Multipel sclerose", "entry": "not_listed", "confirmed": True}
    return decided(**{"diagnosis": diagnosis, "criteria": criteria, **told})


def letter(kind=None, **told):
    """Return the Markdown of the letter about an ALS case with *told*."""
    return write_letter(decided(**told), kind=kind).markdown


def shown(markdown):
    """Return what a reader of *markdown* sees, without marks and line breaks."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    inlines = [one for one in tokens if one.type == "inline"]
    return " ".join(
        "".join(part.content or " " for part in one.children or () if not part.tag or part.content)
        for one in inlines
    )


@cache
def scenario_decisions():
    """Return the decision of every scenario that comes to one, by its place."""
    found = {}
    for scenario in read_scenarios(RULES / "scenarios", RULES / "schema"):
        try:
            case = case_of(scenario.case, book())
            found[scenario.place] = hjemmel.decide(book(), case, municipality=scenario.municipality)
        except HjemmelError:
            continue
    return found


def told_later(decision):
    """Return what the letters of a case's later life are told, some days after its decision."""
    day = min(max(decision.case.decided_on, date(2025, 7, 1)), date(2026, 9, 1))
    days = [day + timedelta(days=30 * number) for number in range(4)]
    return LetterFacts(
        told={
            "written_on": days[3], "aid": "Elkørestol", "bought_on": days[0],
            "own_payment": 12_501_00, "returned_on": days[2], "more_usable": True,
            "deadline": days[2], "expected_on": days[3], "why": "Vi mangler et svar fra sygehuset",
            "complaint_received_on": days[1], "complaint_in_time": day.day % 2 == 0,
            "forwarded_on": days[2], "unit": "Hjælpemiddelafdelingen",
        }
    )  # fmt: skip


@cache
def scenario_letters():
    """Return every letter that fits every scenario, by kind and place."""
    letters = {}
    for place, decision in scenario_decisions().items():
        for kind in KINDS:
            try:
                letters[kind, place] = write_letter(
                    decision,
                    kind=kind,
                    facts=told_later(decision),
                    later=book().on(date(2026, 9, 1)),
                )
            except LetterError as error:
                assert error.key in {  # noqa: PT017 - which letters fit is tested on its own
                    "letter-kind-unfit",
                    "letter-needs-amounts",
                    "letter-hearing-without-refusal",
                    "letter-nothing-goes-on",
                }
    return letters


# --- every kind, over all scenarios ---------------------------------------------------------------


def test_every_outcome_has_its_letter():
    """No scenario is left without a letter, and every kind is written for some."""
    written = {place for kind, place in scenario_letters() if kind in KIND_OF.values()}

    assert set(scenario_decisions()) == written
    assert set(KINDS) == {kind for kind, _ in scenario_letters()}


@pytest.mark.parametrize(
    "unwanted",
    [
        pytest.param(r"\bNone\b|\bTrue\b|\bFalse\b", id="Python"),
        pytest.param(r"\{\{|\}\}|\{%|%\}", id="template"),
        pytest.param(r"\d{4}-\d{2}-\d{2}", id="ISO dates"),
        pytest.param(r"\b[a-z]+_[a-z_0-9]+\b", id="ids"),
        pytest.param(r"&(?:amp|lt|gt|quot|#\d+);", id="entities"),
        pytest.param(r"kr\.\.|\. \.| ,| \.(?!\w)|\(\)|\n\n\n|[ \t]\n", id="slips"),
    ],
)
def test_no_letter_shows(unwanted):
    """What belongs to the machine never reaches a reader."""
    found = [
        f"{kind} {place}: {hit[0]!r}"
        for (kind, place), one in scenario_letters().items()
        for hit in re.finditer(unwanted, one.markdown)
    ]

    assert [] == found


def test_every_letter_is_one_well_formed_text():
    """One headline first, sections below it, and a blank line around every block."""
    for one in scenario_letters().values():
        lines = one.markdown.splitlines()
        assert 1 == sum(line.startswith("# ") for line in lines)
        assert not any(line.startswith("###") for line in lines)
        for above, line in pairwise(lines):
            begins = line.startswith("#") or (line[:2] in {"- ", "| "} and above[:2] != line[:2])
            assert not (begins and above) or above.startswith("|--")
        assert one.title == next(line[2:] for line in lines if line.startswith("# "))


def test_sentences_are_short():
    """About 25 words at most, beside the law a sentence cites."""
    long = set()
    for one in scenario_letters().values():
        for line in one.markdown.partition("## Regler, vi")[0].splitlines():
            if line.startswith("|") or "udfyldes af kommunen" in line:
                continue
            plain = re.sub(r"\([^)]*\)|\*|^- ", "", line)
            for sentence in re.split(r"(?<=[\wæøå»)][.:?!])\s+(?=[A-ZÆØÅ])", plain):
                if len(sentence.split()) > 26 and "Reglerne om klage" not in sentence:
                    long.add(sentence)

    assert set() == long


def test_every_page_is_whole():
    """Every letter becomes a page, whatever it holds."""
    for (kind, _), one in list(scenario_letters().items())[::7]:
        page = one.html()
        assert '<html lang="da">' in page
        assert page.count("<h1>") == page.count("<main>") == page.count("<footer>") == 1
        assert kind in KINDS


def test_a_letter_is_written_alike_every_time():
    """The same decision gives the same letter and the same page."""
    first, second = (write_letter(decided(wishes=[aid()])) for _ in range(2))

    assert first == second
    assert first.html() == second.html()


# --- what each kind must say ----------------------------------------------------------------------


def test_a_grant_tells_the_result_first():
    """Headline and first paragraph carry the result, the law and what is left."""
    text = letter(wishes=[aid(outside_costs={"installation": "1200"})])

    headline = text.index("# Du får hjælp efter servicelovens § 117 a")
    assert headline < text.index("Du har 23.999 kr. tilbage") < text.index("## Derfor")
    assert "| Elkørestol | servicelovens § 112 | 18.500 kr. | 1.200 kr. |" in text


def test_a_grant_shows_the_amounts():
    """In all, used before, granted now and left."""
    grants = [{"date": "2025-03-03", "provision": "97", "amount": "5000.50"}]
    text = letter(wishes=[aid()], earlier_grants=grants)

    for row in (
        "| Beløbet i alt | 42.499 kr. |",
        "| Tidligere bevilget | 5.000,50 kr. |",
        "| Bevilget nu | 18.500 kr. |",
        "| **Tilbage** | **18.998,50 kr.** |",
    ):
        assert row in text


@pytest.mark.parametrize(
    "duty",
    [
        *("explain_use", "keep_help_open", "inform_of_balance", "report_changes"),
        *("written_notice_of_facts", "municipality_owns_aid", "return_aids", "pay_outside_costs"),
        *("inform_of_free_choice", "inform_of_representation", "point_to_dukh"),
    ],
)
def test_a_grant_of_an_aid_tells(duty):
    """Use over time, changes, ownership, return, free choice, help from others."""
    decision = decided(wishes=[aid()])
    sentence = next(one.citizen_text for one in decision.duties if one.id == duty)

    assert sentence in write_letter(decision).markdown


def test_a_grant_without_wishes_does_not_hurry():
    """Nothing chosen yet is not a lack."""
    text = letter()

    assert "Du har 42.499 kr. at vælge for." in text
    assert "Du har ikke valgt hjælp endnu, og det haster ikke." in text
    assert "| Dit ønske |" not in text


def test_a_partial_grant_says_what_happens_with_the_rest():
    """What does not fit goes on by itself; each wish has its reason and its law."""
    wishes = [aid(), {"id": "w3", "provision": "113", "description": "Elscooter", "value": "9000"}]
    text = letter(wishes=wishes)

    assert "# Du får en del af hjælpen efter servicelovens § 117 a" in text
    assert "| Elscooter | Uden for beløbet | 9.000 kr. | 0 kr. |" in text
    assert "Du behøver ikke søge igen" in text
    assert "- **Elscooter**: Hjælpen er ikke en del af det" in text
    assert "(bekendtgørelse nr. 552 af 22/05/2023, § 3, stk. 1)" in text


def test_own_payment_is_shown_and_nothing_else_is_promised():
    """What the citizen pays is told; it is not passed on to other casework."""
    text = letter(wishes=[aid(value="50000", accepts_own_payment=True)])

    assert "| Elkørestol | Bevilges delvist | 50.000 kr. | 42.499 kr. | 7.501 kr. |" in text
    assert "Du betaler det direkte til butikken." in text
    assert "kan du få noget af det tilbage" in text
    assert "Du behøver ikke søge igen" not in text


def test_nothing_granted_is_said_so():
    """A partial grant of nothing says neither `du får` nor `afslag`."""
    text = letter(wishes=[aid(value="50000", accepts_own_payment=False)])

    assert "# Det, du har valgt, kan ikke gives inden for beløbet" in text
    assert "Du har 42.499 kr. tilbage" in text
    assert "Du får en del" not in text


def test_a_refusal_names_every_ground_with_its_law():
    """The criterion, the document behind it, the law, and what was found fulfilled."""
    text = write_letter(refused(wishes=[aid()])).markdown

    assert "# Du kan ikke få hjælp efter servicelovens § 117 a" in text
    assert (
        "- Det vurderes ikke, at sygdommen forkorter livet væsentligt. Vurderingen bygger på: "
        "Epikrise fra neurologisk afdeling. (bekendtgørelse nr. 552 af 22/05/2023, § 2, nr. 2)"
    ) in text
    assert "- Vores vurdering: Sygdommen medfører et alvorligt og hurtigt tab" in text
    assert "Diagnose i sagen: Multipel sclerose" in text
    assert "Du behøver ikke søge igen" in text
    assert "- Elkørestol" in text


def test_a_refusal_for_earlier_help_says_as_a_rule():
    """The ministry says so, and the help that counts is named."""
    helped = [{"provision": "112", "because_of_disease": True, "granted_on": "2025-02-03"}]
    text = letter(previous_help=helped)

    assert "som udgangspunkt" in text
    assert (
        "Tidligere hjælp efter § 112, bevilget den 3. februar 2025: givet på grund af sygdommen"
    ) in text


@pytest.mark.parametrize("kind", sorted(DECISIONS))
def test_every_decision_tells_how_to_complain(kind):
    """Four weeks, to the municipality first, on to Ankestyrelsen, and it stands meanwhile."""
    found = [one for (written, _), one in scenario_letters().items() if written == kind]

    assert found
    for one in found:
        section = one.markdown.partition("## Du kan klage")[2].partition("\n## ")[0]
        for words in ("inden fire uger", "Send klagen til", "Ankestyrelsen", "gælder, mens"):
            assert words in section


@pytest.mark.parametrize("kind", sorted(set(KINDS) - DECISIONS))
def test_what_is_no_decision_cannot_be_complained_of(kind):
    """And it does not say that anything was granted or decided."""
    found = [one for (written, _), one in scenario_letters().items() if written == kind]

    assert found
    for one in found:
        assert "Du kan klage" not in one.markdown
        assert "afgørelsen er truffet" not in one.markdown.lower()


def test_a_complaint_goes_to_the_address_of_the_municipality():
    """Unit, address and e-mail stand in the municipality's own file."""
    section = letter().partition("Send klagen til:")[2].partition("Fristen")[0]

    for line in ("Visitationen", "Rådhuspladsen 1", "visitation@eksempelkommune.example"):
        assert line in section


def test_a_child_has_its_own_law():
    """Legal basis, accompaniment, who may complain, and the child's right to support."""
    wishes = [{**HELP, "value": "12000"}]
    text = letter(citizen={"under_18": True}, wishes=wishes)

    assert "# Barnet får hjælp efter barnets lovs § 90, nr. 10, jf. servicelovens § 117 a" in text
    assert "| Ledsagelse | barnets lovs § 89 | 12.000 kr. |" in text
    for words in ("forældremyndighed", "som kan klage", "bisidder", "Skal behovet vurderes"):
        assert words in text


def test_before_barnets_lov_a_child_had_the_law_of_everybody():
    """The last day of 2023 is cited as it was."""
    text = letter(
        citizen={"under_18": True},
        wishes=[{**HELP, "value": "12000"}],
        decided_on="2023-12-31",
        request={"made": True},
    )

    assert "barnets lov" not in text
    assert "| Ledsagelse | servicelovens § 97 | 12.000 kr. |" in text


def test_a_request_asks_in_three_groups_and_refuses_nothing():
    """What the citizen tells, what a hospital tells with consent, and what we judge ourselves."""
    text = letter(
        diagnosis={"entry": "not_listed"},
        previous_help=None,
        wishes=[aid(value="50000"), {**HELP, "description": "Ledsagelse"}],
    )

    assert "Du har ikke fået afslag." in text
    health, ours = text.index("## Det vil vi gerne hente"), text.index("## Det undersøger")
    assert health < text.index("- om sygdommen er konstateret af en læge") < ours
    assert ours < text.index("- om den gennemsnitlige levetid")
    assert ours < text.index("- om du allerede får eller har fået hjælp")
    assert "## Må vi hente oplysninger om dit helbred?" in text
    assert "Underskrift:" in text


def test_a_request_to_the_citizen_names_the_wish():
    """Consent is not asked for where nothing about health is missing."""
    text = letter(wishes=[aid(value="50000")])

    assert "## Det kan du fortælle os" in text
    assert (
        "- om du selv vil betale den del af prisen, som beløbet ikke rækker til (Elkørestol)"
        in text
    )
    assert "Underskrift:" not in text
    assert "Du er omfattet af de regler" in text


def test_who_can_tell_a_fact_agrees_with_the_rules():
    """`told_by` in the rules and the three groups of the letter are the same."""
    told_by = {
        fact["id"]: fact.get("told_by")
        for fact in yaml.safe_load((RULES / "facts.yaml").read_text(encoding="utf-8"))["facts"]
    }
    groups = {"citizen": "citizen", "hospital": "hospital"}
    lists = {"previous_help": "help", "earlier_grants": "grant", "wishes": "wish"}
    for decision in scenario_decisions().values():
        context = letter_context(Nodes(decision), "request_for_information")
        asked = {
            "citizen": {one.text for one in context.ask_citizen},
            "hospital": {one.text for one in context.ask_health},
            "us": {one.text for one in context.ask_us},
        }
        for missing in decision.missing:
            name, _, rest = missing.fact.partition("[")
            fact = f"{lists[name]}.{rest.partition('].')[2]}" if rest else name
            group = groups.get(told_by.get(fact, ""), "us")
            assert missing.citizen in asked[group]


def test_an_assessment_is_explained_and_what_is_certain_told():
    """The open question in words, its readings, and the wish that stands either way."""
    food = {"id": "w1", "provision": "83", "category": "food_service", "value": "3000"}
    text = letter(wishes=[food, {**HELP, "value": "10000"}])

    assert "# En medarbejder vurderer et spørgsmål i din sag" in text
    assert "**Er madservice omfattet af § 117 a efter den 1. juli 2025?**" in text
    assert "| Ledsagelse | Kan gives | 10.000 kr. | 10.000 kr. |" in text
    assert "| Madservice | Til vurdering | 3.000 kr. | 0 kr. |" in text
    assert "Det er ikke en afgørelse." in text


def test_what_an_open_question_may_turn_is_not_told_as_certain():
    """Whether other help excludes is open; the letter does not say that it does."""
    text = letter(previous_help=[{"provision": "86", "because_of_disease": True}])

    assert "# En medarbejder vurderer" in text
    assert "Du har allerede fået bevilget hjælp" not in text
    assert "Du har derfor en hastigt fremadskridende sygdom" in text


def test_guidance_tells_how_to_ask():
    """No request is no case: the right, whom it is for, what can be chosen, and how."""
    text = letter(request={"made": False})

    for words in (
        "når du beder os om det",
        "42.499 kr.",
        "ledsagelse",
        "Telefon",
        "Er du omfattet",
    ):
        assert words in text
    assert "Du har 42.499 kr." not in text


def test_a_hearing_comes_before_the_refusal():
    """What is intended, on which facts and grounds, and until when to answer."""
    text = write_letter(refused(), kind="hearing", answer_by=date(2025, 10, 20)).markdown

    assert "# Vi overvejer at give dig afslag" in text
    assert "senest den 20. oktober 2025" in text
    assert "Vi har ikke truffet en afgørelse endnu." in text
    assert "Det vurderes ikke, at sygdommen forkorter livet væsentligt." in text
    assert "(forvaltningslovens § 19 og § 21)" in text


def test_a_hearing_without_a_day_shows_the_place_for_it():
    """The municipality sets the day; the engine does not invent one."""
    one = write_letter(refused(), kind="hearing")

    assert "senest den [udfyldes af kommunen: svarfristen]" in one.markdown
    assert ("svarfristen",) == one.blanks


def test_a_balance_letter_tells_what_is_left():
    """Without a decision it says that it is none."""
    one = write_letter(decided(wishes=[aid()]), kind="balance")

    assert "Du har 23.999 kr. tilbage af dit beløb" == one.title
    assert "Brevet er en oplysning og ikke en afgørelse." in one.markdown


def test_two_possible_ceilings_are_both_shown():
    """The lower is used, and the letter says why and what the other is."""
    grants = [{"date": "2024-12-01", "provision": "97", "amount": "1000"}]
    text = letter(wishes=[aid()], earlier_grants=grants)

    assert "| Beløbet i alt (det laveste af de mulige) | 41.022 kr. |" in text
    assert "- Beløbet på afgørelsesdagen: 42.499 kr." in text


def test_a_chosen_reading_is_shown():
    """Whoever chose it: the choice stands in every letter it touches."""
    text = letter(wishes=[{**HELP, "value": "50000"}])

    assert "Kan personlig hjælp og ledsagelse gives i det omfang, beløbet rækker?" in text
    assert "Vi har svaret: Ja." in text
    assert "Det bygger på vores læsning af vejledningen." in text


def test_the_foot_tells_how_the_letter_came_about():
    """Rules, digest, interpreters, and the person who decided."""
    decision = decided()
    foot = write_letter(decision).markdown.rpartition("---")[2]

    assert "Forslag udarbejdet med regelmotor; afgørelsen er truffet af Kim Eksempel." in foot
    assert decision.receipt.policy_version in foot
    assert decision.receipt.policy_digest[:12] in foot
    assert "reference" in foot


# --- what the municipality fills in ---------------------------------------------------------------


def test_blanks_are_shown_and_listed():
    """Without a municipality the letter can be read, and says what it lacks."""
    one = write_letter(decided(municipality="", recipient=None))

    assert {
        *("kommunens navn", "kommunens adresse", "modtagerens navn", "modtagerens adresse"),
        *("sagsbehandlerens navn", "et telefonnummer"),
        *("den afdeling, der modtager klager", "adressen for klager"),
    } == set(one.blanks)
    for what in one.blanks:
        assert f"[udfyldes af kommunen: {what}]" in one.markdown
    assert "<mark>[udfyldes af kommunen: kommunens navn]</mark>" in one.html()


def test_a_filled_letter_has_no_blanks():
    """With a municipality and a recipient nothing is left open."""
    assert () == write_letter(decided()).blanks
    assert len(BLANKS) == len(set(BLANKS.values()))


# --- what cannot be written -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told", "key"),
    [
        pytest.param("thanks", {}, "letter-kind-unknown", id="no such kind"),
        pytest.param("refusal", {}, "letter-kind-unfit", id="another outcome"),
        pytest.param("hearing", {}, "letter-hearing-without-refusal", id="no refusal to hear"),
        pytest.param(
            "balance", {"earlier_grants": None}, "letter-needs-amounts", id="balance not known"
        ),
    ],
)
def test_a_letter_that_does_not_fit_is_refused(kind, told, key):
    """With a sentence for people, in both languages."""
    with pytest.raises(LetterError) as caught:
        write_letter(decided(**told), kind=kind)

    assert key == caught.value.key
    assert caught.value.text() != caught.value.text("en")
    assert "{" not in caught.value.text() + str(caught.value)


def test_a_format_that_does_not_exist_names_those_that_do():
    """A letter can be had in four."""
    one = write_letter(decided())

    with pytest.raises(LetterError, match=r"brug en af: \.md, \.html, \.docx, \.pdf"):
        one.as_file("brev.odt")
    assert one.markdown == one.as_file("BREV.MD").decode()
    assert one.html() == one.as_file("a/brev.html").decode()
    assert b"%PDF" == one.as_file("brev.pdf")[:4]
    assert b"PK" == one.as_file("brev.docx")[:2]
    assert {".md", ".html", ".docx", ".pdf"} == set(FORMATS)


@pytest.mark.parametrize(
    ("ending", "module"),
    [("pdf", "typst"), ("pdf", "fontpkg_source_sans_3"), ("docx", "docx")],
)
def test_a_format_without_its_extra_says_how_to_get_it(ending, module, monkeypatch):
    """In Danish and English, with the command that installs it."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(DataNotFoundError) as caught:
        write_letter(decided()).as_file(f"brev.{ending}")
    assert f'pip install "hjemmel[{ending}]"' in caught.value.text()
    assert "installeret" in caught.value.text()


# --- what people type -----------------------------------------------------------------------------

HOSTILE = (
    *("# *[x](y)", "<script>alert(1)</script>", "a | b", "**fed** _skrå_ `kode`", "1. punkt"),
    *("- punkt", "+ punkt", "> citat", "![x](https://example.org/x.png)", "<https://x.dk>"),
    *("&lt;b&gt; &amp;", "slut\\", "a\\|b", "{{ case }} {% raw %}", "=====", "---", "~~~"),
    *("[x]: https://x.dk", "linje\n\n# overskrift", "| a |\n|---|", "\u202etxet"),
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_shown_as_typed(text):
    """In every place a person may fill, in Markdown and on the page."""
    told = {
        "diagnosis": {"text": text, "entry": "not_listed", "confirmed": True},
        "criteria": dict.fromkeys(CRITERIA, True)
        | {"shortened_life": {"met": False, "evidence": text}},
        "wishes": [aid(description=text)],
        "recipient": {"name": text, "address": [text]},
    }
    one = write_letter(decided(**told))
    plain = write_letter(decided(**{**told, **dict.fromkeys(("recipient", "wishes"))}))
    visible = " ".join(text.replace("\u202e", " ").split())

    assert visible in shown(one.markdown)
    page = one.html()
    for tag in ("<script", "<img", "<blockquote", "<code", "<em>", "<pre", "<h3", "<a "):
        assert tag not in page
    assert page.count("<h2>") == plain.html().count("<h2>")
    assert page.count("<table>") == plain.html().count("<table>")


@given(st.text(max_size=80))
def test_markdown_shows_any_text(text):
    """One paragraph of plain text, whatever it is made of."""
    escaped = markdown_text(text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(f"{escaped}\n")

    assert "\n" not in escaped
    assert {one.type for one in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    for one in tokens:
        assert {part.type for part in one.children or ()} <= {"text", "text_special"}


@given(st.text(alphabet="|\\`*_[]()<>#+-.!&~1a \n", max_size=24))
def test_a_table_cell_holds_any_text(text):
    """Nothing typed opens another cell or another row."""
    table = f"| a | b |\n|---|---|\n| {markdown_text(text)} | c |\n"
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    cells = [tokens[at + 1] for at, one in enumerate(tokens) if one.type == "td_open"]

    assert 2 == len(cells)
    assert " ".join(text.split()) == "".join(part.content for part in cells[0].children or ())
    assert "c" == cells[1].content


# --- templates ------------------------------------------------------------------------------------


def templates(ending):
    """Return the names of the shipped templates that end so."""
    return sorted(
        path.relative_to(TEMPLATES).as_posix()
        for path in TEMPLATES.rglob(f"*{ending}")
        if path.parent.name in {"letters", "parts"}
    )


@pytest.mark.parametrize("name", templates(".md.j2"))
def test_a_letter_template_uses_only_what_letters_are_given(name):
    """The names a template may use are a documented, tested list."""
    environment = markdown_environment()
    tree = environment.parse((TEMPLATES / name).read_text(encoding="utf-8"))
    # A part inside a loop or below a `set` is handed the one it is about.
    handed = {"parts/wish_name.md.j2": {"wish"}, "parts/asked.md.j2": {"one"}}.get(name, set())
    known = {one.name for one in fields(LetterContext)} | handed

    assert set() == meta.find_undeclared_variables(tree) - known


def test_the_page_uses_only_what_pages_are_given():
    """The same for the page around a letter."""
    source = (TEMPLATES / "parts" / "page.html.j2").read_text(encoding="utf-8")
    used = meta.find_undeclared_variables(html_environment().parse(source))

    assert {one.name for one in fields(PageContext)} == used


def test_everything_a_letter_may_mention_is_used_and_described():
    """A name without a template is in the way; a name without words is no help."""
    environment = markdown_environment()
    used = set()
    for name in templates(".md.j2"):
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        used |= meta.find_undeclared_variables(environment.parse(source))
    records = [one for one in vars(letter_fields).values() if is_dataclass(one)]

    assert set() == {one.name for one in fields(LetterContext)} - used
    for record in (LetterContext, PageContext, *records):
        assert all(one.metadata["help"] for one in fields(record))


def test_every_duty_with_words_for_the_citizen_is_known_to_the_letters():
    """A new one is shown below `Råd og støtte` until a template gives it a place."""
    texts = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in templates(".j2"))
    duties = yaml.safe_load((RULES / "duties.yaml").read_text(encoding="utf-8"))["duties"]

    assert [] == [
        one["id"] for one in duties if one.get("citizen_text") and f'"{one["id"]}"' not in texts
    ]


#: The headline of a grant, claimed as it must be.
HEADLINE = '# {% claim "outcome:grant" %}Hej{% endclaim +%}\n\n'


def overridden(folder, source, name="letters/grant.md.j2"):
    """Return the grant letter of a folder whose template *name* reads *source*."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return write_letter(decided(wishes=[aid(description="*fed*")]), templates=folder)


def test_a_folder_of_templates_may_replace_some(tmp_path):
    """What it does not hold comes from the shipped ones."""
    one = overridden(tmp_path, f'{HEADLINE}{{% include "parts/signature.md.j2" %}}')

    assert "Hej" == one.title
    assert "Kim Eksempel" in one.markdown


def test_a_folder_may_replace_the_page(tmp_path):
    """The page is a template like any other, escaped for HTML."""
    overridden(tmp_path, "<title>{{ title }}</title>{{ body }}", "parts/page.html.j2")
    one = write_letter(decided(), templates=tmp_path)

    assert one.html().startswith("<title>Du har ret til hjælp")


def test_a_folder_that_does_not_exist_is_told():
    """It is not replaced by the shipped templates in silence."""
    with pytest.raises(DataNotFoundError):
        write_letter(decided(), templates="no/such/folder")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ nothing_of_the_kind }}", id="a name no letter is given"),
        pytest.param("{{ sums.nothing }}", id="a part no letter is given"),
        pytest.param("{{ duties.get('nothing') }}", id="an empty value"),
        pytest.param("{{ case.__class__.__mro__ }}", id="the inside of a value"),
        pytest.param("{{ ''['__class__'] }}", id="the inside of a text"),
        pytest.param("{{ '{0.__class__}'.format(case) }}", id="the inside, by format"),
        pytest.param("{{ case | safe }}", id="free of escaping"),
        pytest.param("{% for n in range(10 ** 9) %}{% endfor %}", id="too far a range"),
        pytest.param("{{ duties.update({}) }}", id="changing what is given"),
        pytest.param("{{ lipsum() }}", id="a function that is not there"),
        pytest.param("{% include '../../pyproject.toml' %}", id="out of the folder"),
        pytest.param("{% include '/etc/hostname' %}", id="from the root"),
        pytest.param("{% include 'letters/grant.md.j2' %}", id="itself"),
        pytest.param("{% if %}", id="no template"),
        pytest.param("{{ 1 / 0 }}", id="impossible"),
    ],
)
def test_a_template_that_goes_too_far_is_stopped(tmp_path, source):
    """Whatever it does wrong, the error names the template."""
    with pytest.raises(LetterError, match="letters/grant"):
        overridden(tmp_path, source)


def test_a_link_leads_nowhere(tmp_path):
    """A folder of templates may not point at files outside it."""
    outside = tmp_path / "outside.md.j2"
    outside.write_text("secret", encoding="utf-8")
    folder = tmp_path / "templates"
    (folder / "letters").mkdir(parents=True)
    (folder / "letters" / "grant.md.j2").symlink_to(outside)

    assert "secret" not in write_letter(decided(), templates=folder).markdown


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ wishes[0].name }}", id="printed"),
        pytest.param("{{ wishes[0].name | e }}", id="escaped by hand"),
        pytest.param("{% set it = wishes[0].name %}{{ it }}", id="set"),
        pytest.param("{% set it %}{{ wishes[0].name }}{% endset %}{{ it }}", id="set as a block"),
        pytest.param("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(wishes[0].name) }}", id="macro"),
        pytest.param("{% autoescape false %}{{ wishes[0].name }}{% endautoescape %}", id="off"),
        pytest.param("{{ [wishes[0].name] | join(', ') }}", id="joined"),
        pytest.param("{{ '' ~ wishes[0].name }}", id="put together"),
    ],
)
def test_a_template_of_ones_own_escapes_as_well(tmp_path, source):
    """However a template prints what a person typed."""
    claimed = f'{{% claim "outcome:grant" %}}{source}{{% endclaim %}}'

    assert r"\*fed\*" in overridden(tmp_path, f"{HEADLINE}{claimed}\n").markdown


# --- the page -------------------------------------------------------------------------------------


def test_the_page_asks_the_network_for_nothing():
    """No scripts, pictures, fonts or styles from elsewhere, and none may be added."""
    page = write_letter(decided(wishes=[aid()])).html()

    assert not re.search(r"<(?:script|img|link|iframe)|src=|url\(|@import|@font-face", page)
    assert "default-src 'none'" in page


def test_the_page_can_be_read_by_everybody():
    """Language, title, landmarks, headings in order, and headers in tables."""
    page = write_letter(decided(wishes=[aid(), {**HELP, "value": "1000"}])).html()

    assert "<title>Du får hjælp efter servicelovens § 117 a</title>" in page
    order = [page.index(one) for one in ("<header>", "<main>", "<h1>", "</main>", "<footer>")]
    assert sorted(order) == order
    levels = [int(one) for one in re.findall(r"<h(\d)", page)]
    assert 1 == levels[0] == levels.count(1)
    assert {2} == set(levels[1:])
    assert page.count("<table>") == page.count('<tr>\n<th scope="col"')
    assert not re.search(r"<th(?!ead)(?![^>]* scope=)", page)
    assert not re.search(r"<tr>\s*<td", page)


def test_recipient_and_sender_have_their_places():
    """The page knows them, so that the address lands in the window."""
    page = write_letter(decided()).html()

    for name, words in (("sender", "Eksempelkommune"), ("recipient", "Birgit"), ("about", "Dato")):
        assert f'<p class="{name}">{words}' in page


def test_colours_can_be_told_apart():
    """Text and ground differ by at least 4.5 to 1."""
    style = (TEMPLATES / "parts" / "page.html.j2").read_text(encoding="utf-8")
    pairs = [("#1a1a1a", "#fff"), ("#404040", "#fff"), ("#1a1a1a", "#fff3b0"), ("#0b4f8a", "#fff")]

    for text, ground in pairs:
        assert text in style
        assert ground in style
        assert contrast(text, ground) >= 4.5
    used = set(re.findall(r"#[0-9a-f]{3,6}\b", style.partition("</style>")[0]))
    assert used <= {one for pair in pairs for one in pair} | {"#767676", "#7a5c00"}


def contrast(text, ground):
    """Return the contrast of two colours as WCAG defines it."""
    light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """Return the relative luminance of *colour*."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(one * part for one, part in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def test_a_title_is_plain_text():
    """The title of a page knows no marks."""
    assert "Du får *10* kr. & mere" == title_of("Fra\n\n# Du **får** \\*10\\* kr. \\& mere\n\nx\n")


# --- citing ---------------------------------------------------------------------------------------

DAY = date(2024, 3, 4)


def cited(at, label, edition=""):
    """Return a citation of a source called *label*."""
    return Citation(ref="x", at=at, label=label, edition=edition or label)


@pytest.mark.parametrize(
    ("citations", "named"),
    [
        pytest.param(
            [cited("§ 2, nr. 3", "bekendtgørelse nr. 552 af 22/05/2023")],
            ["bekendtgørelse nr. 552 af 22/05/2023, § 2, nr. 3"],
            id="by its number",
        ),
        pytest.param(
            [cited("§ 1", "serviceloven", "lovbekendtgørelse nr. 67 af 22/01/2024")],
            ["servicelovens § 1"],
            id="by its name",
        ),
        pytest.param(
            [cited(at, "svarene") for at in ("svar 1", "svar 3", "svar 4")],
            ["svarene, svar 1, svar 3 og svar 4"],
            id="places together",
        ),
        pytest.param(
            [cited("§ 4", "bekendtgørelse nr. 92 af 31/01/2025")], [], id="not yet issued"
        ),
    ],
)
def test_a_sentence_cites(citations, named):
    """As Danish legal style has it, and never a text of a later day."""
    assert named == list(inline(citations, DAY))


def test_the_list_of_rules_gives_the_number_of_its_day():
    """Places stand in order; a number of a later day is left out."""
    known = [
        cited("§ 10", "serviceloven", "lovbekendtgørelse nr. 67 af 22/01/2024"),
        cited("§ 2", "serviceloven", "lovbekendtgørelse nr. 67 af 22/01/2024"),
        cited("§ 66", "retssikkerhedsloven", "lovbekendtgørelse nr. 354 af 02/04/2025"),
    ]

    assert [
        ("Serviceloven (lovbekendtgørelse nr. 67 af 22/01/2024)", ("§ 2", "§ 10")),
        ("Retssikkerhedsloven", ("§ 66",)),
    ] == [(one.name, one.places) for one in listed(known, DAY)]

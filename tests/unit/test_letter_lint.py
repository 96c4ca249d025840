"""What letters must have, how easy they are to read, and that the linter tells what is wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from helpers.shipped import AID, als_decided, book
from hjemmel.assure.letters import lint_scenarios, summaries
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.letters.lint import heaviest, lint_letter, must_haves, prose_of
from hjemmel.letters.lix import readability, sentence_spans, words_of
from hjemmel.letters.nodes import ADMINISTRATION
from hjemmel.letters.nodes import KINDS as NODE_KINDS
from hjemmel.letters.write import KINDS, write_letter

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
RULES, TEMPLATES = ROOT / "rules", ROOT / "templates"
REFUSED = {
    "diagnosis": {"text": "Multipel sclerose", "entry": "not_listed", "confirmed": True},
    "criteria": {
        "rapid_genetic_or_neurodegenerative": True,
        "shortened_life": {"met": False, "evidence": "Epikrise"},
    },
}
PARTIAL = {"wishes": [{**AID, "value": "50000", "accepts_own_payment": True}]}


def decided(municipality="eksempelkommune", **told):
    """Return the decision of an ALS case with *told* in place of what it says."""
    wishes = [{**AID, "description": "Elkørestol", "value": "18500"}]
    return als_decided(municipality, **{"wishes": wishes, **told})


def findings(decision, folder=None, kind=None):
    """Return the code and the label of everything found in the letter about *decision*."""
    report = lint_letter(write_letter(decision, kind=kind, templates=folder), decision)
    return [(one.code, one.about) for one in report.findings]


def changed(folder, name, *pairs):
    """Put the shipped template *name* into *folder*, with the first of each of *pairs* replaced."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


# --- what must be there ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        pytest.param({}, "grant", id="grant"),
        pytest.param(PARTIAL, "partial_grant", id="partial grant"),
        pytest.param(REFUSED, "refusal", id="refusal"),
        pytest.param({"diagnosis": {"text": "ALS"}}, "request_for_information", id="request"),
        pytest.param({"request": {"made": False}}, "no_request", id="guidance"),
        pytest.param({}, "balance", id="balance"),
        pytest.param({"citizen": {"under_18": True}, **REFUSED}, "refusal", id="a child"),
    ],
)
def test_a_shipped_letter_has_everything(told, kind):
    """With the sender filled in, nothing is found."""
    assert [] == findings(decided(**told), kind=kind)


@pytest.mark.parametrize(
    ("told", "name", "pair", "found"),
    [
        pytest.param(
            REFUSED, "letters/refusal.md.j2", ('{% include "parts/complaint.md.j2" +%}', ""),
            "Klagevejledningen: hvor, hvordan og hvornår, og at afgørelsen gælder imens",
            id="the complaint guide",
        ),
        pytest.param(
            REFUSED, "letters/refusal.md.j2", ('{% include "parts/reasons.md.j2" +%}', ""),
            "Begrundelsen (shortened_life)", id="the reason",
        ),
        pytest.param(
            PARTIAL, "parts/wishes.md.j2", ("wish in short", "wish in []"),
            "Begrundelsen for hvert ønske (w1)", id="the reason for a wish",
        ),
        pytest.param(
            {}, "parts/sums.md.j2", ("{% if sums.remaining %}", "{% if false %}"),
            None, id="the balance in the table, but not in the text",
        ),
        pytest.param(
            REFUSED, "parts/letterhead.md.j2", ("{{ sender.name }}", "Vi"), "Afsenderen",
            id="the sender",
        ),
        pytest.param(
            REFUSED, "parts/complaint.md.j2", ('{% claim "guidance:right_channel" %}', '{% claim "guidance:complaint_guidance" %}'),
            "Hvornår et brev i Digital Post er kommet frem", id="when a letter has arrived",
        ),
    ],
)  # fmt: skip
def test_what_a_template_of_ones_own_drops_is_told(tmp_path, told, name, pair, found):
    """By its name, also where the rest of the letter is as it was."""
    pairs = [pair]
    if name == "parts/letterhead.md.j2":
        lines = "{% for line in sender.lines %}\\\n{{ line }}{% endfor +%}"
        pairs.append((lines, ""))
        changed(tmp_path, "parts/signature.md.j2", ("\\\n{{ sender.name }}", ""))
        (tmp_path / "courtesies.yaml").write_text("a: [Vi]\n", encoding="utf-8")
    folder = changed(tmp_path, name, *pairs)

    codes = findings(decided(**told), folder)
    assert (("missing", found) in codes) if found else codes == []
    assert {"missing"} >= {code for code, _ in codes}


def test_a_rule_left_out_is_told(tmp_path):
    """A refusal names the rules beside each reason and at the end; without both it fails."""
    changed(tmp_path, "letters/refusal.md.j2", ('{% include "parts/sources.md.j2" +%}', ""),
            ('{% include "parts/complaint.md.j2" +%}', ""))  # fmt: skip
    changed(tmp_path, "parts/reasons.md.j2", ('kind in ("refusal", "hearing")', "false"))

    assert ("missing", "Reglerne, afgørelsen bygger på") in findings(decided(**REFUSED), tmp_path)


def test_the_balance_left_out_is_told(tmp_path):
    """A grant must say what is left."""
    changed(tmp_path, "parts/sums.md.j2", ("{% if sums.remaining %}", "{% if false %}"))
    changed(tmp_path, "letters/grant.md.j2", ("{% if sums.remaining %}", "{% if false %}"))

    assert [("missing", "Det, der er tilbage af beløbet")] == findings(decided(), tmp_path)


def test_a_claim_does_not_replace_the_words(tmp_path):
    """A complaint guide that forgets the board is no complaint guide."""
    claimed = '{% claim "guidance:complaint_guidance" %}Du kan klage.{% endclaim +%}'
    folder = changed(
        tmp_path, "letters/refusal.md.j2", ('{% include "parts/complaint.md.j2" +%}', claimed)
    )
    report = lint_letter(write_letter(decided(**REFUSED), templates=folder), decided(**REFUSED))

    wording = {one.number: one for one in report.findings if one.code == "wording"}
    assert {"Ankestyrelsen", "fire uger", "til os", "gælder"} == set(wording)
    assert "Du kan klage." == wording["Ankestyrelsen"].sentence
    assert "letters/refusal.md.j2" == wording["Ankestyrelsen"].template
    assert not report.passed


def test_a_sender_that_is_not_filled_in_is_told():
    """A letter with a blank for its sender is not ready to be sent."""
    codes = findings(decided(municipality=""))

    assert ("blank", "Afsenderen") in codes
    assert {"blank"} == {code for code, _ in codes}


def test_a_long_sentence_is_a_warning(tmp_path):
    """It is named with its template, and the letter may still be sent."""
    words = " ".join(f"ord{number}" for number in range(26))
    folder = changed(
        tmp_path, "letters/grant.md.j2",
        ("## Dit beløb", f'{{% claim "outcome:grant" %}}Så er der {words}.{{% endclaim +%}}\n\n## Dit beløb'),
    )  # fmt: skip
    report = lint_letter(write_letter(decided(), templates=folder), decided())

    (long,) = report.findings
    assert ("long", "29", "letters/grant.md.j2") == (long.code, long.about, long.template)
    assert report.passed


def test_hard_text_fails_and_the_sentence_is_named(tmp_path):
    """LIX 45 is the limit, and what weighs most is told."""
    hard = "Bevillingsbeslutningsgrundlaget forudsætter sammenhængende dokumentationsoplysninger."
    folder = changed(
        tmp_path, "letters/no_request.md.j2",
        ("Brevet er vejledning", f'{{% claim "outcome:no_request" %}}{" ".join([hard] * 60)}{{% endclaim +%}}\n\nBrevet er vejledning'),
    )  # fmt: skip
    decision = decided(request={"made": False})
    report = lint_letter(write_letter(decision, templates=folder), decision)

    (found,) = report.findings
    assert ("lix", "45", hard) == (found.code, found.number, found.sentence)
    assert not report.passed


# --- over all scenarios ---------------------------------------------------------------------------


@cache
def results():
    """Return what is found in every letter of every scenario."""
    return tuple(lint_scenarios(read_scenarios(RULES / "scenarios", RULES / "schema"), book()))


def test_every_letter_of_every_scenario_has_everything():
    """No outcome path leads to a letter that may not be sent."""
    assert [] == [
        f"{one.place} {one.kind}: {one.error or [found.text() for found in one.findings]}"
        for one in results()
        if not one.passed
    ]
    assert len(results()) > 500


def test_every_letter_is_easy_to_read():
    """Under LIX 45, and far from it; the hardest letter names its heaviest sentence."""
    hard = [one for one in results() if one.report.readability.lix >= 45]

    assert [] == [(one.place, one.kind) for one in hard]
    assert all(20 < one.low <= one.middle <= one.high < 45 for one in summaries(results()))


# --- the data -------------------------------------------------------------------------------------


def test_every_must_have_cites_a_place_in_the_law():
    """The places are those of the rules' own list of sources."""
    sources = yaml.safe_load((RULES / "sources.yaml").read_text(encoding="utf-8"))["sources"]
    known = {(one["id"], place["at"]) for one in sources for place in one["provisions"]}

    assert [] == [
        (must.id, source) for must in must_haves() for source in must.sources if source not in known
    ]


def test_every_must_have_is_about_letters_and_nodes_there_are():
    """A misspelt kind would never be asked for."""
    kinds = {*KINDS, "*"}
    nodes = {*NODE_KINDS, *ADMINISTRATION}
    for must in must_haves():
        assert set(must.letters) <= kinds
        for label in (*must.rests_on, *must.blank, *filter(None, [must.needs])):
            assert label.partition(":")[0] in nodes
    assert len(must_haves()) == len({one.id for one in must_haves()})


def test_every_kind_of_letter_has_something_it_must_have():
    """Besides the sender, which all have."""
    told = {kind for must in must_haves() for kind in must.letters}

    assert set(KINDS) <= told


# --- LIX ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("Du får 5.000 kr. Resten er 10 kr.", ["Du får 5.000 kr.", "Resten er 10 kr."], id="kr."),
        pytest.param("Se § 11, stk. 2. Det er nyt.", ["Se § 11, stk. 2.", "Det er nyt."], id="stk."),
        pytest.param("Jf. Retssikkerhedsloven. Så", ["Jf. Retssikkerhedsloven.", "Så"], id="jf."),
        pytest.param("Den 4. marts 2025. Så", ["Den 4. marts 2025.", "Så"], id="a day"),
        pytest.param("Må vi det? Ja! Godt", ["Må vi det?", "Ja!", "Godt"], id="other marks"),
        pytest.param("Han sagde »nej.« Så gik han.", ["Han sagde »nej.«", "Så gik han."], id="quotes"),
        pytest.param("(pkt. 1) Og (pkt. 2.) Og", ["(pkt. 1) Og (pkt. 2.)", "Og"], id="brackets"),
        pytest.param("  ", [], id="nothing"),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_a_reader_ends_it(text, sentences):
    """Abbreviations and ordinals go on."""
    assert sentences == [text[start:end] for start, end in sentence_spans(text)]


def test_lix_is_counted_as_it_is_defined():
    """Words per sentence, and long words in per cent."""
    told = readability(["Vi skriver til dig.", "Behandlingen begynder om fire uger."])

    assert (2, 9, 3) == (told.sentences, told.words, told.long_words)
    assert 9 / 2 + 300 / 9 == told.lix
    assert 0 == readability([]).lix


def test_an_amount_is_one_word():
    """So is a paragraph's number, and an address of the web."""
    assert ["18.500,50", "kr", "hmi-basen.dk/117a"] == words_of("18.500,50 kr. hmi-basen.dk/117a")


def test_what_is_no_running_text_does_not_count():
    """Addresses, tables, headings and lists of rules are left out."""
    letter = write_letter(decided(**PARTIAL))
    prose = [one.text for one in prose_of(letter.sentences)]

    assert not any("Rådhuspladsen" in one or "Reglerne om klage" in one for one in prose)
    assert not any("bekendtgørelse nr." in one for one in prose)
    assert heaviest(tuple(prose_of(letter.sentences))).text in prose

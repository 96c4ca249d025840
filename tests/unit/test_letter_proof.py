"""Letters with proof: what each sentence rests on, and that nothing is said which rests on nothing."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from helpers.shipped import AID, RECIPIENT, als_decided
from hjemmel.letters.marks import Bound, Origin, marked, unmarked
from hjemmel.letters.nodes import Nodes
from hjemmel.letters.templating import markdown_text
from hjemmel.letters.trace import LetterError, courtesies_of, normal
from hjemmel.letters.write import write_letter

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
HEADLINE = '# {% claim "outcome:grant" %}Du får hjælp{% endclaim +%}\n\n'


def decided(**told):
    """Return the decision of an ALS case with *told* in place of what it says."""
    wishes = [{**AID, "description": "Elkørestol", "value": "18500"}]
    return als_decided(**{"wishes": wishes, "recipient": RECIPIENT, **told})


def letter_of(folder, source, courtesies=""):
    """Return the grant letter whose body is *source*."""
    path = folder / "letters" / "grant.md.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADLINE}{source}\n", encoding="utf-8")
    if courtesies:
        (folder / "courtesies.yaml").write_text(courtesies, encoding="utf-8")
    return write_letter(decided(), templates=folder)


# --- nothing without a node -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "place", "sentence"),
    [
        pytest.param("Du får 10.000 kr. om måneden.", 3, "Du får 10.000 kr. om måneden.", id="made up"),
        pytest.param("Hej {{ recipient.name }}, du er rask.", 3, "Hej Birgit Testesen, du er rask.",
                     id="only a name in it"),
        pytest.param("{{ sums.remaining }} er tilbage. Det er meget.", 3, "Det er meget.",
                     id="beside one that is carried"),
        pytest.param("- punkt\n\n| a | b |\n|---|---|\n| {{ sums.granted }} | Gratis |", 3, "punkt",
                     id="in a list"),
        pytest.param("| {{ sums.granted }} | b |\n|---|---|\n| {{ sums.granted }} | Gratis |", 3, "b",
                     id="in a table"),
        pytest.param("{% if true %}\n\n## Du får alt\n{% endif %}", 5, "Du får alt", id="as a heading"),
        pytest.param("{{ 'Du får ' ~ sums.granted }}", 0, "Du får 18.500 kr.", id="put together"),
    ],
)  # fmt: skip
def test_what_nothing_carries_is_not_written(tmp_path, source, place, sentence):
    """The error names template, line and sentence."""
    with pytest.raises(LetterError) as caught:
        letter_of(tmp_path, source)

    assert "letter-unfounded" == caught.value.key
    assert sentence == caught.value.fields["sentence"]
    assert "letters/grant.md.j2" == caught.value.fields["template"]
    if place:
        assert str(place) == caught.value.fields["line"]


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param("outcome:refuse", id="another outcome"),
        pytest.param("duty:complaint_guidance", id="a duty that does not apply"),
        pytest.param("guidance:no_such_duty", id="a duty there is not"),
        pytest.param("target_group:false", id="another answer"),
        pytest.param("status:over_ceiling", id="a result no wish has"),
        pytest.param("missing:*", id="something missing where nothing is"),
        pytest.param("question:*", id="an open question where none is"),
        pytest.param("fact:diagnosis.code", id="a fact that is not told"),
        pytest.param("item:w9", id="a wish there is not"),
        pytest.param("letter:returned_on", id="what is told for another letter"),
        pytest.param("nonsense:x", id="a kind there is not"),
        pytest.param("find:x", id="an inside of ours"),
    ],
)
def test_a_claim_must_hold_in_the_case(tmp_path, claim):
    """A sentence may not claim a node that this decision does not have."""
    with pytest.raises(LetterError) as caught:
        letter_of(tmp_path, f'{{% claim "{claim}" %}}Sådan er det.{{% endclaim %}}')

    assert "letter-claim-unfounded" == caught.value.key
    assert claim == caught.value.fields["node"]
    assert "3" == caught.value.fields["line"]


def test_a_claim_carries_what_it_is_about(tmp_path):
    """The sentence is written, and the map tells its node."""
    one = letter_of(tmp_path, '{% claim "duty:explain_use" %}Det haster ikke.{% endclaim %}')

    assert ("duty:explain_use",) == one.sentences[-1].labels


def test_the_name_of_the_law_alone_carries_nothing(tmp_path):
    """To name the legal basis is not to say what follows from it."""
    with pytest.raises(LetterError, match="Du får afslag efter servicelovens"):
        letter_of(tmp_path, 'Du får afslag efter {% include "parts/legal_basis.md.j2" %}.')


def test_a_folder_has_courtesies_of_its_own(tmp_path):
    """They are declared, word for word, beside the templates that use them."""
    source = "Vi tænker på dig, {{ recipient.name }}."
    one = letter_of(tmp_path, source, 'greetings:\n  - "Vi tænker på dig, …."\n')

    assert one.sentences[-1].courtesy
    assert "Vi tænker på dig, Birgit Testesen." in one.markdown


@pytest.mark.parametrize(
    "text", ["", "- a\n", "greetings: hej\n", "greetings:\n  - {a: b}\n", "a: [\n"]
)
def test_courtesies_that_cannot_be_read_are_told(tmp_path, text):
    """A file of another shape is an error, not an empty list."""
    (tmp_path / "courtesies.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(LetterError, match=r"courtesies\.yaml"):
        courtesies_of(tmp_path)


def test_every_shipped_courtesy_stands_in_a_template():
    """A sentence nobody says is not declared."""
    sources = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.j2"))
    fixed = re.sub(r"\s+", " ", re.sub(r"{[{%].*?[}%]}", "…", sources))

    missing = [
        one
        for one in courtesies_of()
        if not all(
            part in fixed or f'"{part}"' in sources
            for part in map(str.strip, normal(one).split("…"))
            if part
        )
    ]
    assert [] == missing


# --- the map --------------------------------------------------------------------------------------


def test_the_map_tells_rule_fact_and_source():
    """Each sentence with its template and line, and what it rests on."""
    one = write_letter(decided())
    document = json.loads(one.trace())
    found = {sentence["text"]: sentence for sentence in document["sentences"]}
    sentence = found["Du har en sygdom, som står på listen over hastigt fremadskridende sygdomme."]

    assert ("grant", "EX-1") == (document["letter"], document["case"])
    assert "parts/reasons.md.j2" == sentence["template"]
    line = (TEMPLATES / sentence["template"]).read_text(encoding="utf-8").splitlines()
    assert "reason.text" in line[sentence["line"] - 1]
    (rests_on,) = sentence["rests_on"]
    assert ("conclusion:listed", "true") == (rests_on["node"], rests_on["value"])
    assert rests_on["rule"]
    assert {"vej-9432-2023", "pkt. 7"} <= {*rests_on["sources"][0].values()}


def test_the_map_is_the_same_every_time():
    """The same decision gives the same bytes."""
    assert write_letter(decided()).trace() == write_letter(decided()).trace()


def test_the_map_holds_every_sentence_in_its_order():
    """Put together, the sentences are the letter."""
    one = write_letter(decided(wishes=[{**AID, "description": "a | *b*. Så c", "value": "9"}]))
    told = re.sub(r"[\W_]+", "", "".join(sentence.text for sentence in one.sentences))
    written = re.sub(r"\|?-{3,}:?", "", one.markdown)

    assert told == re.sub(r"[\W_]+", "", written)


def test_every_template_place_is_right():
    """The words that a template itself brings stand on the line that is told."""
    for one in write_letter(decided()).sentences:
        if one.courtesy and one.part == "h2":
            lines = (TEMPLATES / one.template).read_text(encoding="utf-8").splitlines()
            assert one.text in lines[one.line - 1]


# --- the page -------------------------------------------------------------------------------------


def test_the_page_shows_what_a_sentence_rests_on():
    """At a sentence, by pointer and by key, and tied to it for those who listen."""
    page = write_letter(decided()).html()
    notes = re.findall(r'<span class="b" id="(b\d+)"', page)

    assert notes == re.findall(r'<span class="s" tabindex="0" aria-describedby="(b\d+)">', page)
    assert len(notes) == len(set(notes)) > 20
    assert "Regel: listed" in page
    assert "Kilde: vejledning nr. 9432 af 22/05/2023, pkt. 7" in page
    assert "Oplysning: ALS" in page


def test_the_printed_letter_is_without_notes():
    """In print nothing but the letter is seen, and every note is hidden where styles are not read."""
    page = write_letter(decided()).html()
    printed = page.partition("@media print")[2].partition("</style>")[0]

    assert re.search(r"\.s:hover > \.b, \.s:focus > \.b \{ display: none; \}", printed)
    assert page.count('<span class="b"') == page.count('role="note" hidden>')


def test_the_page_closes_what_it_opens():
    """A sentence may begin within a mark and end outside it."""
    wish = {**AID, "description": "Stol. Og <b>bord</b> | x", "value": "90000"}
    page = write_letter(decided(wishes=[{**wish, "accepts_own_payment": False}])).html()
    body = page.partition("<body>")[2]
    opened = []
    for closing, tag in re.findall(r"<(/?)(span|strong|em|li|p|td|th|tr|ul|h1|h2)\b", body):
        if not closing:
            opened.append(tag)
        else:
            assert tag == opened.pop()
    assert [] == opened


# --- the marks ------------------------------------------------------------------------------------


def test_marks_are_taken_out_again():
    """What is left is the text, and for each character where it is from."""
    text = f"a {marked(markdown_text('b*'), ('item:w1',))} c"
    traced = unmarked(text)

    assert "a b\\* c\n" == traced.text
    assert len(traced.text) == len(traced.origins)
    assert {"b", "\\", "*"} == {
        character
        for character, origin in zip(traced.text, traced.origins, strict=True)
        if origin == Origin("", 0, ("item:w1",), value=True)
    }


def test_nobody_can_type_a_mark():
    """Private characters become spaces before anything is marked."""
    typed = "x\uf8f0\ue064\uf8f1løgn\uf8f2y"
    one = write_letter(decided(wishes=[{**AID, "description": typed, "value": "9"}]))

    assert "x løgn y" in one.markdown
    assert not re.search("[\ue000-\uf8ff]", one.markdown)


def test_a_filter_cannot_break_a_mark(tmp_path):
    """Capitals, or a text cut short, leave no trace of the marks."""
    source = (
        '{% filter upper %}{{ wishes[0].name }} {% claim "outcome:grant" %}er din.{% endclaim %}'
        "{% endfilter %}\n\n{% set it %}{{ reasons[0].text }}{% endset %}{{ it | truncate(40) }}"
    )
    try:
        one = letter_of(tmp_path, source)
    except LetterError as error:
        assert "letter-unfounded" == error.key  # noqa: PT017 - either is right; never a broken text
    else:
        assert not re.search("[\ue000-\uf8ff]", one.markdown)
        assert "ELKØRESTOL ER DIN." in one.markdown


def test_a_bound_text_is_a_text():
    """Templates compare, test and filter it as any other."""
    bound = Bound("a", "item:w1")

    assert bound == "a"
    assert "A" == bound.upper()
    assert not Bound("", "item:w1")


def test_nodes_are_found_by_their_labels():
    """Every kind of label that a shipped template claims is known."""
    claims = set()
    for path in TEMPLATES.rglob("*.md.j2"):
        for block in re.findall(r"{% claim (.*?) %}", path.read_text(encoding="utf-8")):
            claims.update(re.findall(r'"([a-z_]+):', block))
    nodes = Nodes(decided())

    assert claims <= {"outcome", "legal_basis", "target_group", "amount", "duty", "guidance",
                      "fact", "missing", "question", "status", "letter", "item", "refund", "reader"}  # fmt: skip
    assert nodes.find("outcome:*") is not None
    assert nodes.find("outcome:*") == nodes.find("outcome:grant")
    assert date(2025, 10, 6) == nodes.decision.case.decided_on

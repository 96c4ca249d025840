"""Pictures of the explanation: whole in text, whole in print, and nothing over an edge."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from functools import cache
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hjemmel
from helpers.shipped import book
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.cli.main import main
from hjemmel.decide.case import case_of, read_case
from hjemmel.explain.amount_picture import amount_bars, amount_picture
from hjemmel.explain.drawing import COLOURS, Box, Drawing, text_width, wrapped
from hjemmel.explain.graph import decision_graph
from hjemmel.explain.graph_picture import graph_cards, graph_picture
from hjemmel.explain.rate_picture import rate_lines, rate_picture, rates_in_text
from hjemmel.explain.voices import citizen_voice
from hjemmel.issues import HjemmelError
from hjemmel.letters.explained import caseworker_page, citizen_page, rates_page
from hjemmel.money import people_amount
from hjemmel.truth import Truth

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
RULES, EXAMPLES = ROOT / "rules", ROOT / "examples"
SVG = "{http://www.w3.org/2000/svg}"
LANGS = ("da", "en")
#: What each colour of text is written on.
GROUNDS = {
    "ink": ("paper", "shade", "held_ground", "failed_ground", "unknown_ground"),
    "muted": ("paper", "shade", "held_ground", "failed_ground", "unknown_ground"),
    "unknown": ("paper", "unknown_ground"),
    "paper": ("held", "failed", "line"),
}


@cache
def decisions():
    """Return the decision of every other shipped scenario that has one, by its name."""
    decided = {}
    for one in read_scenarios(RULES / "scenarios", RULES / "schema")[::2]:
        try:
            case = case_of(one.case, book())
            decided[one.name] = hjemmel.decide(book(), case, municipality=one.municipality)
        except HjemmelError:
            continue
    return decided


def decided(example, lang="da"):
    """Return the decision of one of the shipped examples."""
    return hjemmel.decide(book(), read_case(EXAMPLES / example, book()), lang=lang)


def rates():
    """Return the timelines of the shipped rates."""
    return rate_lines(book().tree("rates").plain()["rates"])


@cache
def pictures():
    """Return every picture of every decision, and that of the rates, by name."""
    drawn = {f"graph {name}": graph_picture(one) for name, one in decisions().items()}
    amounts = {f"amount {name}": amount_picture(one) for name, one in decisions().items()}
    drawn |= {name: picture for name, picture in amounts.items() if picture}
    return {**drawn, "rates": rate_picture(rates()), "rates en": rate_picture(rates(), "en")}


def steps_of(decision):
    """Return every step of the explanation of *decision*."""
    return list(decision_graph(decision).all())


# --- as text --------------------------------------------------------------------------------------


def test_a_picture_is_well_formed_and_says_what_it_shows():
    """A title and a description, bound to the picture, which is one image to a screen reader."""
    assert len(pictures()) > 150
    for name, picture in pictures().items():
        root = ET.fromstring(picture)
        named = root.get("aria-labelledby").split()
        assert "img" == root.get("role"), name
        assert named == [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")]
        assert root.find(f"{SVG}title").text, name
        assert root.find(f"{SVG}desc").text, name


def test_every_step_stands_in_the_text_of_the_picture():
    """Folded or not: label, told value and sentence of each step are in the description."""
    for name, decision in decisions().items():
        told = ET.fromstring(graph_picture(decision)).find(f"{SVG}desc").text
        for step in steps_of(decision):
            assert f"{step.key} " in told, name
            assert step.label in told, name
            assert step.told in told, name
            assert step.text in told, name


@pytest.mark.parametrize("example", ["als.yaml", "mangler.yaml", "afslag.yaml"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_step_stands_on_the_page(example, lang):
    """The page has the whole tree as a list, and every source of it."""
    decision = decided(example, lang)
    page = html.unescape(caseworker_page(decision))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.partition("</figure>")[2]))

    for step in steps_of(decision):
        assert step.label in text
        assert step.told in text
        assert step.text in text
        assert all(f"{one.label}, {one.at}" in text for one in step.sources)


def test_the_amounts_stand_in_the_text():
    """Every part of every bar, with its name."""
    for decision in decisions().values():
        told = ET.fromstring(graph_picture(decision)).find(f"{SVG}desc").text
        for bar in amount_bars(decision):
            for part in bar.parts():
                assert f"{part.label} {people_amount(part.ore)}" in told


def test_every_rate_stands_in_the_text():
    """Each period with its amount, in the picture and in the tables of the page."""
    told = list(rates_in_text(rates(), "da"))
    page = rates_page(rates())

    assert "Samlet maksimal værdi pr. sygdomsforløb, 2024: 41.022 kr. (offentliggjort)." in told
    assert "Samlet maksimal værdi pr. sygdomsforløb, 2027: ikke kendt." in told
    assert all(line in html.unescape(page) for line in told)
    assert page.count('<tr><th scope="row">') == len(told)


def test_the_citizens_page_says_what_the_citizen_is_told():
    """Every sentence and every word that is explained."""
    for example in ("als.yaml", "mangler.yaml", "afslag.yaml"):
        decision = decided(example)
        page = re.sub(r"\s+", " ", html.unescape(citizen_page(decision)))
        voice = citizen_voice(decision)
        for sentence in [*voice.sentences(), *(one.meaning for one in voice.words)]:
            assert sentence in page


# --- where things stand ---------------------------------------------------------------------------


def test_no_card_lies_on_another():
    """Whatever the case, cards have air between them."""
    for name, decision in decisions().items():
        boxes = [card.box for card in graph_cards(decision)]
        assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])], name


def test_boxes_overlap_when_they_share_a_place():
    """The test above would notice."""
    assert Box(0, 0, 10, 10).overlaps(Box(9, 9, 10, 10))
    assert not Box(0, 0, 10, 10).overlaps(Box(10, 0, 10, 10))


def test_no_text_leaves_its_card():
    """Every line is at most as wide as the card, and the card as high as its lines."""
    for name, decision in decisions().items():
        for card in graph_cards(decision):
            for line in card.lines:
                wide = line.indent + text_width(line.text, line.size, bold=line.bold)
                assert wide <= card.box.width - 24 + 0.01, (name, line.text)


def test_no_text_leaves_the_picture():
    """Every line of text begins and ends inside, and states its length."""
    for name, picture in pictures().items():
        root = ET.fromstring(picture)
        _, _, width, height = map(float, root.get("viewBox").split())
        for text in root.iter(f"{SVG}text"):
            x, y, long = (float(text.get(key)) for key in ("x", "y", "textLength"))
            left = {"middle": x - long / 2, "end": x - long}.get(text.get("text-anchor"), x)
            assert 0 <= left <= left + long <= width, (name, text.text)
            assert 0 <= y <= height, (name, text.text)


def test_no_two_texts_of_a_picture_lie_on_each_other():
    """Lines of text never touch, in the bars and the timeline as well."""
    for name, picture in pictures().items():
        boxes = [text_box(text) for text in ET.fromstring(picture).iter(f"{SVG}text")]
        assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])], name


def text_box(text):
    """Return the place of the letters of *text*, without the air above and below."""
    x, y, long, size = (float(text.get(key)) for key in ("x", "y", "textLength", "font-size"))
    left = {"middle": x - long / 2, "end": x - long}.get(text.get("text-anchor"), x)
    return Box(left, y - size * 0.72, long, size * 0.72)


@given(st.text(alphabet="abc æøå§W.-", max_size=200), st.floats(40, 300))
def test_wrapping_keeps_every_letter_and_the_width(text, width):
    """Lines fit; only spaces are lost, and hyphens come where a word is broken."""
    lines = wrapped(text, width, 12)

    assert all(text_width(line, 12) <= width for line in lines)
    joined = "".join(lines).replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace("-", "")
    assert text.replace(" ", "").replace("-", "") == joined


def test_an_amount_stays_on_one_line():
    """Neither kroner nor the number of a section is left behind."""
    lines = wrapped("Bevilges: 18.500 kr. efter § 112 i dag", 80, 12)

    assert any("18.500\N{NO-BREAK SPACE}kr." in line for line in lines)
    assert any("§\N{NO-BREAK SPACE}112" in line for line in lines)


# --- how it looks ---------------------------------------------------------------------------------


def luminance(colour):
    """Return the relative luminance of *colour*, as WCAG counts it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Return how much *one* stands out from *other*."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"), [(text, ground) for text, all_of in GROUNDS.items() for ground in all_of]
)
def test_text_stands_out_from_its_ground(text, ground):
    """At least 4.5 to 1, as WCAG 2.1 AA asks of text."""
    assert contrast(getattr(COLOURS, text), getattr(COLOURS, ground)) >= 4.5


@pytest.mark.parametrize("line", ["ink", "line", "held", "failed", "unknown"])
def test_lines_stand_out_from_paper(line):
    """At least 3 to 1, as WCAG 2.1 AA asks of what carries meaning."""
    assert contrast(getattr(COLOURS, line), COLOURS.paper) >= 3


def test_each_truth_has_a_shape_of_its_own():
    """A circle, a square and a diamond: without any colour they are told apart."""
    shapes = set()
    for truth in Truth:
        drawing = Drawing("x", 20, 20, "t", "d")
        drawing.mark(10, 10, truth)
        drawn = list(ET.fromstring(drawing.svg()))[4]
        shapes.add((drawn.tag, drawn.get("d", "")[-1:]))

    assert 3 == len(shapes)


def test_the_parts_of_a_bar_differ_without_colour():
    """No two parts share both their pattern and their tone."""
    root = ET.fromstring(amount_picture(decided("als.yaml")))
    fills = [one.get("fill") for one in root.iter(f"{SVG}rect") if one.get("height") == "12"]

    assert 4 == len(fills) == len(set(fills))


# --- what decided ---------------------------------------------------------------------------------


def deciding(decision):
    """Return the labels of the steps on a path that decided."""
    return [step.label for step in steps_of(decision) if step.decides]


def test_the_path_of_a_refusal_leads_to_what_failed():
    """The failed criteria are on it; those that held or were not assessed are not."""
    path = deciding(decided("afslag.yaml"))

    assert ["Afslag", "Omfattet af personkredsen"] == path[:2]
    assert "Væsentligt forkortet levetid" in path
    assert "Sygdommen er konstateret" not in path
    assert "Varigt og øget behov for hjælp" not in path
    assert "Der er allerede bevilget hjælp på grund af sygdommen" not in path


def test_the_path_of_a_question_leads_to_what_is_missing():
    """A missing price: the wish decides, not the target group and not what is granted."""
    assert ["Oplysninger mangler", "Ledsagelse til familiebesøg"] == deciding(decided("als.yaml"))


def test_the_path_of_a_wish_leads_to_what_stands_in_its_way():
    """What is not covered, or not known to be, is on the path with the condition that says so."""
    in_the_way = {"not_covered": Truth.FALSE, "ask": Truth.UNKNOWN, "assess": Truth.UNKNOWN}
    seen = set()
    for name, decision in decisions().items():
        wishes = [step for step in decision_graph(decision).below if step.kind == "wish"]
        for step, item in zip(wishes, decision.items, strict=True):
            coverage = step.below[0] if step.below else None
            truth = in_the_way.get(item.status)
            if step.decides and coverage and truth is coverage.value:
                assert coverage.decides, name
                assert coverage.repeats or any(one.decides for one in coverage.below), name
                seen.add(truth)

    assert {Truth.FALSE, Truth.UNKNOWN} == seen


def test_a_path_is_unbroken():
    """What decides stands below something that decides, in every scenario."""
    for name, decision in decisions().items():
        keys = {step.key for step in steps_of(decision) if step.decides}
        assert all(key == "1" or key.rpartition(".")[0] in keys for key in keys), name


def test_every_case_has_something_that_decided():
    """Beside the outcome; except where only the balance is missing, which is no step."""
    for name, decision in decisions().items():
        path = deciding(decision)
        only_balance = decision.outcome == "ask" and {one.fact for one in decision.missing} == {
            "earlier_grants"
        }
        assert len(path) > 1 or only_balance, name


# --- the same bytes -------------------------------------------------------------------------------


def test_a_picture_is_the_same_bytes_each_time(tmp_path):
    """In another process with another seed for hashes as well."""
    written = []
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.html"
        call = ["explain", str(EXAMPLES / "als.yaml"), "--to", str(file)]
        code = f"from hjemmel.cli.main import main; raise SystemExit(main({call!r}))"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, env=environment
        )
        written.append(file.read_bytes())

    assert written[0] == written[1]


def test_a_page_asks_the_network_for_nothing_and_uses_an_id_once():
    """One file that can be kept: no address is fetched, no script is run."""
    for page in (caseworker_page(decided("als.yaml")), citizen_page(decided("als.yaml")),
                 rates_page(rates())):  # fmt: skip
        outside = page.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:src|href)=|@import|url\((?!#)|<script|https?://", outside)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))


# --- on the command line --------------------------------------------------------------------------


def test_the_commands_write_pictures_and_pages(tmp_path, capsys):
    """Of a case, for either reader, and of the rates of all years or of one."""
    case = str(EXAMPLES / "als.yaml")
    calls = {
        "a.svg": ["explain", case],
        "b.html": ["explain", case],
        "c.html": ["explain", case, "--voice", "citizen", "--lang", "en"],
        "d.svg": ["rates"],
        "e.html": ["rates", "2026", "--lang", "en"],
    }
    for name, call in calls.items():
        assert 0 == main([*call, "--to", str(tmp_path / name)])

    assert "billedet er skrevet" in capsys.readouterr().out
    for name in calls:
        start = "<svg" if name.endswith(".svg") else "<!DOCTYPE html>"
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert "You have a right to the help" in (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "41.022" not in (tmp_path / "e.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--to", "x.png"], "`x.png` ender hverken på .svg eller .html", id="png"),
        pytest.param(["--to", "x.svg", "--voice", "citizen"], "til borgeren skrives en side",
                     id="picture to a citizen"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(arguments, said, capsys):
    """Nothing is written, and the sentence says what to do."""
    assert 2 == main(["explain", str(EXAMPLES / "als.yaml"), *arguments])
    assert said in capsys.readouterr().err
    assert not Path("x.png").exists()


def test_a_wish_without_a_name_is_called_by_its_kind_or_its_number():
    """Nobody reads `w1`: what is never covered has a name as well, and the rest are counted."""
    case = {
        "case": "EX-9",
        "decided_on": "2025-02-03",
        "request": {"made": True},
        "diagnosis": {"entry": "mnd-als", "confirmed": True},
        "previous_help": [],
        "earlier_grants": [],
        "wishes": [
            {"id": "w1", "provision": "113", "value": "100"},
            {"id": "w2", "provision": "999", "value": "100"},
        ],
    }
    decision = hjemmel.decide(book(), hjemmel.read_case(case, book()))
    wishes = [step.label for step in decision_graph(decision).below if step.kind == "wish"]

    assert ["Forbrugsgoder", "Ønske 2"] == wishes

"""The rules in English: every text has its translation, and nothing but texts is touched."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

import hjemmel
from helpers.shipped import book
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.cli.main import main
from hjemmel.decide.case import case_of, read_case
from hjemmel.explain.document import decision_document
from hjemmel.issues import HjemmelError
from hjemmel.policy.translation import (
    Dictionary,
    dictionary,
    entries,
    texts_people_read,
    translated,
)

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
RULES, EXAMPLES = ROOT / "rules", ROOT / "examples"
#: Danish words that no English sentence holds; official names in brackets are left alone.
DANISH = re.compile(r"\b(og|ikke|er|som|hjælp|borgeren|sygdom\w*|kommunen|efter)\b", re.IGNORECASE)
TEXT_KEYS = ("label", "text", "note", "told", "question", "edition", "reasons", "from")


@cache
def scenario_cases():
    """Return the case of every third shipped scenario that can be read."""
    cases = []
    for one in read_scenarios(RULES / "scenarios", RULES / "schema")[::3]:
        try:
            cases.append((one.name, case_of(one.case, book()), one.municipality))
        except HjemmelError:
            continue
    return cases


def without_texts(data):
    """Return *data* without what is only said to people."""
    if isinstance(data, dict):
        return {key: without_texts(one) for key, one in data.items() if key not in TEXT_KEYS}
    return [without_texts(one) for one in data] if isinstance(data, list) else data


def test_every_text_of_the_rules_has_its_english():
    """A caseworker who reads English is never met by half a sentence of Danish."""
    known = dictionary(book().trees)
    read = {str(node.value) for node in texts_people_read(book().trees)}

    assert [] == sorted(text for text in read if not known.entry(text))
    assert len(read) > 500


def test_english_is_english():
    """No Danish word is left in a translation."""
    said = {node.text("en") for node in entries(book().tree("english"))}

    assert [] == sorted(text for text in said if DANISH.search(text))
    assert [] == sorted(text for text in said if re.search("[æøåÆØÅ]", text))


@pytest.mark.parametrize("mark", [".", "?", ":"])
def test_a_translation_ends_as_its_text_does(mark):
    """A sentence stays a sentence, a question a question and a label a label."""
    pairs = [(node.text("da"), node.text("en")) for node in entries(book().tree("english"))]

    assert [] == [one for one in pairs if one[0].endswith(mark) != one[1].endswith(mark)]


def test_numbers_are_the_same_in_both_languages():
    """A section, a deadline or a year is never lost in translation; `stk. 5` is `(5)`."""
    pairs = [(node.text("da"), node.text("en")) for node in entries(book().tree("english"))]
    numbers = [
        (one, sorted(re.findall(r"\d+", one[0])), sorted(re.findall(r"\d+", one[1])))
        for one in pairs
    ]

    assert [] == [one for one, danish, english in numbers if danish != english]


def test_only_texts_change():
    """Ids, conditions, amounts and sources are the same nodes in every language."""
    english = translated(book().trees, "en")
    texts = {str(node.value) for node in texts_people_read(book().trees)}

    for name, tree in book().trees.items():
        before, after = list(scalars(tree)), list(scalars(english[name]))
        changed = {old.value for old, new in zip(before, after, strict=True) if old != new}
        assert changed <= texts


def scalars(node):
    """Yield every scalar of *node* in the order of the file."""
    below = [*node.elements(), *(child for _, child in node.items())]
    if not below:
        yield node
    for child in below:
        yield from scalars(child)


def test_a_decision_is_the_same_in_english():
    """In the scenarios: the same outcome, items, amounts, ids and sources in both languages."""
    assert len(scenario_cases()) > 80
    for name, case, municipality in scenario_cases():
        try:
            danish = hjemmel.decide(book(), case, municipality=municipality)
        except HjemmelError:
            continue
        english = hjemmel.decide(book(), case, municipality=municipality, lang="en")
        assert without_texts(decision_document(danish)) == without_texts(
            decision_document(english)
        ), name


def test_an_entry_may_leave_something_open():
    """One entry says every order by its number and day; a text of its own goes before."""
    known = Dictionary(
        [("lov nr. {} af {}", "Act no. {} of {}"), ("lov nr. 1 af i dag", "today's")]
    )

    assert "Act no. 2 of 3/4" == known.said("lov nr. 2 af 3/4")
    assert "today's" == known.said("lov nr. 1 af i dag")
    assert "lov" == known.said("lov")
    assert "lov nr. {} af {}" == known.entry("lov nr. 2 af 3/4")
    assert "" == known.entry("lov")


def test_a_language_without_a_translation_is_danish():
    """Rules of somebody else's need no English file."""
    trees = {name: tree for name, tree in book().trees.items() if name != "english"}

    assert trees == translated(trees, "en")


def test_a_receipt_is_danish_whatever_is_read(tmp_path, capsys):
    """A receipt replays byte for byte, so the language on the screen leaves no mark in it."""
    for lang in ("da", "en"):
        main(["decide", str(EXAMPLES / "afslag.yaml"), "--lang", lang, "--receipt",
              str(tmp_path / f"{lang}.json")])  # fmt: skip

    assert (tmp_path / "da.json").read_bytes() == (tmp_path / "en.json").read_bytes()
    assert "Refusal" not in json.loads((tmp_path / "en.json").read_text())["decision"]
    assert "REFUSAL" in capsys.readouterr().out


def test_english_reaches_the_explanation():
    """Label, because-sentence, told value and day are all in the language of the policy."""
    case = read_case(EXAMPLES / "afslag.yaml", book())
    document = decision_document(hjemmel.decide(book(), case, lang="en"))

    assert "Refusal" == document["explanation"]["label"]
    assert "The citizen is not covered by the target group." == document["explanation"]["text"]
    assert "yes" == document["explanation"]["children"][0]["told"]

"""The citizen's voice: the result first, second person, and no word of the trade unexplained."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import hjemmel
from helpers.shipped import book
from hjemmel.assure.scenarios import read_scenarios
from hjemmel.cli.main import main
from hjemmel.decide.case import case_of, read_case
from hjemmel.explain.voices import citizen_voice, explained_words
from hjemmel.issues import HjemmelError
from hjemmel.letters.lix import readability, sentence_spans

pytestmark = pytest.mark.usefixtures("reference_alone")

ROOT = Path(__file__).resolve().parents[2]
RULES, EXAMPLES = ROOT / "rules", ROOT / "examples"
LANGS = ("da", "en")
#: How the third person and the caseworker's own words begin.
THIRD_PERSON = {
    "da": re.compile(r"\b(borgerens?|personkreds\w*|sagsbehandleren)\b", re.IGNORECASE),
    "en": re.compile(r"\b(the citizen|target group)\b", re.IGNORECASE),
}


@cache
def decisions(lang):
    """Return the decision of the shipped scenarios by name: all in Danish, a third in English."""
    decided = {}
    scenarios = read_scenarios(RULES / "scenarios", RULES / "schema")
    for one in scenarios if lang == "da" else scenarios[::3]:
        try:
            case = case_of(one.case, book())
            decided[one.name] = hjemmel.decide(
                book(), case, municipality=one.municipality, lang=lang
            )
        except HjemmelError:
            continue
    return decided


@cache
def voices(lang):
    """Return what the citizen is told in every scenario."""
    return {name: citizen_voice(one) for name, one in decisions(lang).items()}


def told(example, lang="da"):
    """Return what the citizen of *example* is told."""
    case = read_case(EXAMPLES / example, book())
    return citizen_voice(hjemmel.decide(book(), case, lang=lang))


@pytest.mark.parametrize("lang", LANGS)
def test_the_citizen_is_spoken_to(lang):
    """No scenario speaks of the citizen as somebody else, or in the caseworker's words."""
    assert len(voices(lang)) > 80
    found = {
        sentence
        for voice in voices(lang).values()
        for sentence in voice.sentences()
        if THIRD_PERSON[lang].search(sentence)
    }

    assert set() == found


@pytest.mark.parametrize("lang", LANGS)
def test_every_word_of_the_trade_is_explained(lang):
    """What the glossary knows is explained wherever it stands, in a meaning as well."""
    policy = next(iter(decisions(lang).values())).trace.run.policy
    for name, voice in voices(lang).items():
        explained = {one.word for one in voice.words}
        text = "\n".join([*voice.sentences(), *(one.meaning for one in voice.words)])
        needed = {one.word for one in explained_words([text], policy.glossary)}
        assert needed <= explained, name


@pytest.mark.parametrize("lang", LANGS)
def test_every_word_of_the_glossary_can_be_met(lang):
    """A word nobody is ever told is not worth explaining, or its forms are wrong."""
    policy = next(iter(decisions(lang).values())).trace.run.policy
    texts = {sentence for voice in voices(lang).values() for sentence in voice.sentences()}
    meanings = {one.explained for one in policy.glossary}
    duties = {duty.citizen_text for duty in policy.duties}
    met = {one.word for one in explained_words(texts | meanings | duties, policy.glossary)}

    assert {one.term for one in policy.glossary} - met <= {"partshøring", "hearing",
                                                          "samtykke", "consent",
                                                          "egenbetaling", "own payment"}  # fmt: skip


def test_a_form_is_a_whole_word():
    """A word inside another word is not the same word."""
    policy = book().on(next(iter(decisions("da").values())).case.decided_on)

    assert () == explained_words(["forafslaget"], policy.glossary)
    assert ["afslag"] == [one.word for one in explained_words(["Et Afslag."], policy.glossary)]


def test_the_result_comes_first():
    """A refusal is said in the first sentence, and then that a person decides."""
    said = list(told("afslag.yaml").sentences())

    assert "Du kan ikke få hjælp efter servicelovens § 117 a." == said[0]
    assert said[1].startswith("Det er et forslag.")


def test_a_refusal_says_why_and_nothing_else():
    """Criteria that failed are told; what did not stand in the way is not."""
    reasons = told("afslag.yaml").reasons

    assert "Det vurderes ikke, at sygdommen forkorter livet væsentligt." in reasons
    assert not any("tidligere fået bevilget" in reason for reason in reasons)
    assert not any("arvemasse" in reason or "genetisk" in reason for reason in reasons)


def test_wishes_and_amounts_are_told():
    """What was asked for, what it came to, and the money."""
    voice = told("als.yaml")

    assert ["Elkørestol", "Ledsagelse til familiebesøg"] == [one.name for one in voice.wishes]
    assert "Det kan du få" == voice.wishes[0].result
    assert ("18.500 kr.", "1.200 kr.") == (voice.wishes[0].granted, voice.wishes[0].beside)
    assert ("Så meget er der tilbage", "22.522 kr.") in voice.amounts


def test_the_citizen_reads_plain_danish():
    """With its glossary, no scenario's explanation is harder than LIX 40; 45 is medium hard."""
    for name, voice in voices("da").items():
        texts = [*voice.sentences(), *(one.meaning for one in voice.words)]
        sentences = [text[at:end] for text in texts for at, end in sentence_spans(text)]
        assert readability(sentences).lix < 40, name


def test_each_reason_is_said_once():
    """No scenario repeats itself."""
    assert not [
        name
        for name, voice in voices("da").items()
        if len(set(voice.reasons)) != len(voice.reasons)
    ]


def test_no_scenario_is_left_without_a_reason():
    """Whatever the outcome, there is a result, a standing and something to do or know."""
    for name, voice in voices("da").items():
        assert voice.result, name
        assert voice.standing, name
        assert voice.good_to_know, name


@pytest.mark.parametrize("lang", LANGS)
def test_the_command_speaks_with_both_voices(lang, capsys):
    """The citizen reads no source and no id; the caseworker reads both."""
    case = str(EXAMPLES / "afslag.yaml")
    assert 0 == main(["explain", case, "--lang", lang])
    to_caseworker = capsys.readouterr().out
    assert 0 == main(["explain", case, "--voice", "citizen", "--lang", lang])
    to_citizen = capsys.readouterr().out

    assert "criteria.shortened_life" in to_caseworker
    assert "criteria.shortened_life" not in to_citizen
    assert "552" in to_caseworker
    assert "552" not in to_citizen

"""``hjemmel explain --what-if``: what carries the outcome, and what would turn it."""

from __future__ import annotations

import json
from pathlib import Path

from hjemmel.cli import main as command

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def what_if(capsys, name, *arguments):
    """Return the exit code and what is printed for the example *name*."""
    code = command.main(["explain", str(EXAMPLES / name), "--what-if", *arguments])
    return code, capsys.readouterr().out


def test_a_refusal_shows_its_two_grounds_and_what_would_turn_it(capsys):
    """Each with its source; what lies fixed and what is a judgement is marked."""
    code, said = what_if(capsys, "afslag.yaml")

    assert 0 == code
    assert "2 sæt af 3 oplysninger giver hver for sig udfaldet" in said
    assert "→ Bevilling, hvis" in said
    assert "ligger fast og kan ikke ændres" in said
    assert "fagligt skøn: kan kun ændres ved en ny vurdering" in said
    assert "bekendtgørelse nr. 552 af 22/05/2023, § 2, nr. 2" in " ".join(said.split())


def test_a_grant_shows_the_price_at_which_it_would_tip(capsys):
    """To the øre, from the balance."""
    code, said = what_if(capsys, "als.yaml", "--municipality", "eksempelkommune")

    assert 0 == code
    assert "32.822,01 kr. (nu: 18.500 kr.)" in said


def test_a_question_points_to_ask(capsys):
    """What is missing carries it, and another command is for that."""
    code, said = what_if(capsys, "mangler.yaml")

    assert 0 == code
    assert "`hjemmel ask`" in said


def test_in_english(capsys):
    """The program's words and the rules' texts."""
    code, said = what_if(capsys, "afslag.yaml", "--lang", "en")

    assert 0 == code
    assert "This would change the outcome" in said
    assert "is fixed and cannot be changed" in said


def test_data_for_english_readers_hold_english_words(capsys):
    """Ids and values are the same; only what a person reads is translated."""
    danish, english = (
        json.loads(what_if(capsys, "afslag.yaml", "--format", "json", "--lang", lang)[1])
        for lang in ("da", "en")
    )
    told = [one["carried_by"][0][0] for one in (danish, english)]

    assert ["ja", "yes"] == [one["words"] for one in told]
    assert told[0]["fact"] == told[1]["fact"]


def test_as_data(capsys):
    """The document of the contract, the same at every call."""
    code, said = what_if(capsys, "afslag.yaml", "--format", "json")
    again = what_if(capsys, "afslag.yaml", "--format", "json")
    document = json.loads(said)

    assert (0, (0, said)) == (code, again)
    assert 2 == len(document["carried_by"])
    assert {"changeable", "assessed", "to"} <= set(document["turns"][0]["changes"][0])

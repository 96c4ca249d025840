"""Whole letters, as a citizen gets them: `pytest tests/golden --update-golden` writes them anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

import hjemmel
from hjemmel.decide import backend
from hjemmel.letters.request import read_letter_facts
from hjemmel.letters.write import write_letter

HERE = Path(__file__).resolve().parent
CASES = {
    one["letter"]: one for one in yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
}
#: The one letter that is kept as a page as well.
AS_PAGE = "partial-not-covered"


@cache
def book():
    """Return the shipped rules."""
    return hjemmel.load_policy()


@pytest.fixture(autouse=True)
def one_interpreter(monkeypatch):
    """Let the reference decide alone: who else did is replaced below in any case."""
    monkeypatch.setattr(backend, "available", lambda: False)


def letter(name):
    """Return the letter *name*; rules and engine stand in it with numbers that never change."""
    told = CASES[name]
    case = hjemmel.read_case(told["case"], book())
    decision = hjemmel.decide(book(), case, municipality=told.get("municipality", ""))
    receipt = replace(
        decision.receipt,
        policy_version="1",
        policy_digest="0" * 64,
        interpreters=("reference", "durable-rules"),
    )
    answer_by = told.get("answer_by")
    facts = read_letter_facts(told.get("told", {}), book().folder / "schema")
    written_on = facts.told.get("written_on")
    later = book().on(written_on, told["municipality"]) if written_on else None
    return write_letter(
        replace(decision, receipt=receipt),
        kind=told.get("kind"),
        answer_by=date.fromisoformat(answer_by) if answer_by else None,
        facts=facts,
        later=later,
    )


@pytest.mark.parametrize("name", CASES)
def test_letter(name, assert_same):
    """The letter reads as it did when it was last reviewed."""
    assert_same(letter(name).markdown, HERE / "letters" / f"{name}.md")


def test_page(assert_same):
    """The page looks as it did when it was last reviewed."""
    assert_same(letter(AS_PAGE).html(), HERE / "letters" / f"{AS_PAGE}.html")


def test_no_letter_is_left_over():
    """Every file belongs to a case."""
    files = {path.name for path in (HERE / "letters").iterdir()}

    assert files == {*(f"{name}.md" for name in CASES), f"{AS_PAGE}.html"}

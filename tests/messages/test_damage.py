"""Whatever happens to a rule file, there is a report or a usable book: never another error."""

from __future__ import annotations

import random
import re
import shutil
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from hjemmel import HjemmelError, check_rules, decide, read_case
from hjemmel.policy import load

HERE = Path(__file__).resolve().parent
RULES = HERE.parents[1] / "rules"
#: What a value may be replaced by: of the wrong type, empty, too large, or from elsewhere.
VALUES = [
    *("", "null", "[]", "{}", '""', "0", "-1", "true", '"true"', "none", "9" * 30, "[[]]"),
    *('"9999-12-31"', '"0001-01-01"', '"2024-02-30"', '"2024-01-01"', '"x"', "§", "*a", "&a b"),
    *("!t x", '"\\0"', '"\\ud800"', "[null]", '"§ 1"', "@", "`", "{a: b}", "{not: {all: []}}"),
]  # fmt: skip
VALUE = re.compile(r': (\{[^{}]*\}|\[[^\[\]]*\]|"[^"]*"|[^\s,{}\[\]]+)')
KEY = re.compile(r"([a-z_]+):")
MARKS = "{}[]:,\"'#&*!|>%@`-?\t\n\x07é§ 0"
DAYS = [date(2023, 6, 1), date(2024, 3, 4), date(2025, 9, 1), date(2030, 1, 1)]
CASE = {
    "case": "EX-1",
    "decided_on": "2024-03-04",
    "request": {"made": True},
    "diagnosis": {"entry": "mnd-als", "confirmed": True, "form_confirmed": True},
    "previous_help": [{"provision": "83", "granted_on": "2024-01-01", "because_of_disease": False}],
    "earlier_grants": [{"date": "2024-01-01", "amount": "100"}],
    "wishes": [{"id": "w1", "provision": "112", "category": "transfer", "value": "500"}],
}


def damaged(text, chance):
    """Return *text* after one of the accidents that happen to files."""
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.choice(["loss", "copy", "swap", "value", "name", "move", "type", "slip", "end"]):
        case "loss":
            del lines[at]
        case "copy":
            lines.insert(at, lines[other])
        case "swap":
            lines[at], lines[other] = lines[other], lines[at]
        case "value":
            return replaced(text, VALUE, lambda _: chance.choice(VALUES), chance)
        case "name":
            return replaced(text, KEY, chance.choice, chance)
        case "move":
            return replaced(text, VALUE, chance.choice, chance)
        case "type":
            spot = chance.randrange(len(text) + 1)
            return text[:spot] + chance.choice(MARKS) + text[spot:]
        case "slip":
            spot = chance.randrange(len(text) + 1)
            return text[:spot] + text[spot + chance.randrange(1, 4) :]
        case "end":
            return text[: chance.randrange(len(text) + 1)]
    return "\n".join(lines)


def replaced(text, pattern, new, chance):
    """Return *text* with one match of *pattern* replaced by what *new* makes of all of them."""
    spots = list(pattern.finditer(text))
    if not spots:
        return text
    spot = chance.choice(spots)
    return text[: spot.start(1)] + new([one.group(1) for one in spots]) + text[spot.end(1) :]


def used(book):
    """Use *book* as far as it goes; only errors of ours may come."""
    for day in DAYS:
        for municipality in ("", *book.municipalities):
            try:
                book.on(day, municipality)
                decide(book, read_case({**CASE, "decided_on": str(day)}, book))
            except HjemmelError as error:
                error.text("en")


def assert_survives(folder, chance, rounds):
    """Damage the files of *folder* one at a time, and check and use the rules each time."""
    # What index.yaml names is read before it is known to be sound; it has its own examples.
    files = sorted(path for path in folder.rglob("*.yaml") if path.name != "index.yaml")
    for _ in range(rounds):
        path = chance.choice(files)
        whole = path.read_text(encoding="utf-8")
        text = whole
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            text = damaged(text, chance) if text else text
        path.write_text(text, encoding="utf-8")

        report, book = check_rules(folder)

        assert (book is None) == bool(report.errors)
        assert report.issues or not report.text()
        assert bool(report.text("en")) == bool(report.issues)
        if book is not None:
            used(book)
        path.write_text(whole, encoding="utf-8")


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_small_rule_set_is_reported_on(seed, tmp_path):
    """The rule set of base/, which is quick to read."""
    shutil.copytree(HERE / "base", tmp_path, dirs_exist_ok=True)
    (tmp_path / "schema").symlink_to(RULES / "schema")

    assert_survives(tmp_path, random.Random(seed), rounds=10)


def test_the_damaged_rules_are_reported_on(tmp_path, monkeypatch):
    """The rules that ship; files that were not touched are read only once."""
    monkeypatch.setattr(load, "parse_yaml", cache(load.parse_yaml))
    for path in [*RULES.glob("*.yaml"), *RULES.glob("municipality/*.yaml")]:
        copy = tmp_path / path.relative_to(RULES)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / "schema").symlink_to(RULES / "schema")

    assert_survives(tmp_path, random.Random("rules"), rounds=8)

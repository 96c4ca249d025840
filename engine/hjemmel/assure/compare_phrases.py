"""Rule data read aloud: conditions, amounts, days and sources as a person would say them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hjemmel.explain.reasons import people_day
from hjemmel.messages import TEXTS, words
from hjemmel.money import parse_amount, people_amount
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hjemmel.policy.book import RuleBook

_COMPARISONS = ("equals", "one_of", "at_most", "at_least_value", "before", "after")
#: Keys that hold a condition, an amount in kroner, a percentage, and citations.
CONDITIONS = frozenset({"when", "raised_by", "asked_when"})
_AMOUNTS = frozenset({"amount", "at_most", "at_least_value"})
_SOURCES = "sources"
#: Keys whose value is a word of the contract, and what its words in the catalogue begin with.
_CODED = {"outcome": "outcome", "status": "status", "basis": "basis", "on_name_match": "listing"}
#: Facts that name an entry of a list of the rules.
_LISTED = ("category", "entry")
#: What names an element of a list to a person, the best first.
_NAMING = ("text", "label", "code", "id")
_NOTHING = "–"


class Phrases:
    """Says what the rules of one book say, by the book's own labels."""

    def __init__(self, book: RuleBook) -> None:
        """Take the *book* whose labels are used."""
        plain = {name: _plain(tree.plain()) for name, tree in book.trees.items()}
        self._facts: dict[str, Mapping[str, Any]] = _by_id(plain["facts"]["facts"])
        for kind in ("criteria", "indicators"):
            listed = plain["criteria"].get(kind, [])
            self._facts |= {f"{kind}.{one['id']}": one for one in listed}
        self._conclusions = _by_id(plain["decisions"]["conclusions"])
        self._questions = _by_id(plain["readings"]["readings"])
        self._sources = _by_id(plain["sources"]["sources"])
        listed = (*plain["categories"]["categories"], *plain["diagnoses"]["diagnoses"])
        self._entries = {one["id"]: str(one["label"]) for one in listed}

    def value(self, key: str, value: object) -> str:
        """Return *value* of the key *key* for people."""
        if value is None or value == "":
            return _NOTHING
        if key in CONDITIONS:
            return self.condition(value)
        if key == _SOURCES and isinstance(value, list):
            return "; ".join(self.citation(one) for one in value)
        if isinstance(value, list):
            return ", ".join(self._named(one) for one in value) or words("list-none")
        if isinstance(value, dict):
            return self._named(value)
        return self._scalar(key, value)

    def citation(self, entry: Mapping[str, str]) -> str:
        """Return the citation *entry* in words."""
        source = self._sources.get(entry["ref"], {})
        return f"{source.get('short', entry['ref'])}, {entry['at']}"

    def reading(self, question: str, reading: str) -> str:
        """Return the label of one *reading* of *question*; as it stands, where there is none."""
        readings = self._questions.get(question, {}).get("readings", {})
        label = readings.get(reading, {}).get("label")
        return f"«{label}»" if label else str(reading)

    def _scalar(self, key: str, value: object) -> str:
        if isinstance(value, bool):
            return words("yes" if value else "no")
        text = str(value)
        if key in _AMOUNTS:
            return people_amount(parse_amount(text))
        if key == "percent":
            return f"{text.replace('.', ',')} %"
        coded = f"{_CODED.get(key, '')}-{text}"
        if coded in TEXTS:
            return words(coded)
        day = day_of(text)
        return people_day(day) if day else text

    def _named(self, entry: object) -> str:
        if not isinstance(entry, dict):
            return self._scalar("", entry)
        return next(
            (str(entry[key]) for key in _NAMING if key in entry),
            json.dumps(entry, ensure_ascii=False, sort_keys=True),
        )

    # --- conditions ---------------------------------------------------------------------

    def condition(self, data: object) -> str:
        """Return the condition *data* as a phrase, by the labels of facts and conclusions."""
        return self._phrase(data, inside=False)

    def _phrase(self, data: Any, *, inside: bool) -> str:  # noqa: ANN401 - plain data of a rule
        head = next((key for key in _HEADS if key in data), "")
        if not head:
            return json.dumps(data, ensure_ascii=False, sort_keys=True)
        phrase = _HEADS[head](self, data)
        several = "is" in data or (head in ("all", "any") and len(data[head]) > 1)
        return f"({phrase})" if inside and several else phrase

    def say_all(self, data: Mapping[str, Any]) -> str:
        """Say that every part holds."""
        return self._joined(data["all"], "phrase-and") or words("phrase-always")

    def say_any(self, data: Mapping[str, Any]) -> str:
        """Say that some part holds."""
        return self._joined(data["any"], "phrase-or") or words("phrase-never")

    def _joined(self, parts: Iterable[object], code: str) -> str:
        said = [self._phrase(part, inside=True) for part in parts]
        last = said[-1:]
        return f" {words(code)} ".join([", ".join(said[:-1]), *last] if said[:-1] else last)

    def say_not(self, data: Mapping[str, Any]) -> str:
        """Say that the part does not hold."""
        return words("phrase-not", part=self._phrase(data["not"], inside=True))

    def say_at_least(self, data: Mapping[str, Any]) -> str:
        """Say that so many of the parts hold."""
        parts = ", ".join(self._phrase(part, inside=True) for part in data["at_least"]["of"])
        return words("phrase-at-least", count=str(data["at_least"]["count"]), parts=parts)

    def say_fact(self, data: Mapping[str, Any]) -> str:
        """Say what is asked of a fact."""
        fact = self._facts.get(data["fact"], {})
        said = f"«{fact.get('label', data['fact'])}»"
        for operator in _COMPARISONS:
            if operator in data:
                given = data[operator]
                operands = given if isinstance(given, list) else [given]
                shown = ", ".join(self._operand(fact, operator, one) for one in operands)
                return self._with_is(data, f"{said} {words(f'operator-{operator}')} {shown}")
        if fact.get("type", "truth") != "truth" and "is" not in data:
            return words("phrase-told", part=said)
        return self._with_is(data, said)

    def _operand(self, fact: Mapping[str, Any], operator: str, value: object) -> str:
        labels = fact.get("labels", {})
        if str(value) in labels:
            return f"«{labels[str(value)]}»"
        kind = str(fact.get("id", "")).rpartition(".")[2]
        if kind in _LISTED and value in self._entries:
            return f"«{self._entries[str(value)]}»"
        return self._scalar(operator if operator in _AMOUNTS else kind, value)

    def say_conclusion(self, data: Mapping[str, Any]) -> str:
        """Say that a conclusion holds, or what it came to."""
        known = self._conclusions.get(data["conclusion"], {})
        return self._with_is(data, f"«{known.get('label', data['conclusion'])}»")

    def _with_is(self, data: Mapping[str, Any], said: str) -> str:
        codes = {"unknown": "phrase-unknown", "false": "phrase-is-false", "true": "phrase-is-true"}
        code = codes.get(str(data.get("is", "")))
        return words(code, part=said) if code else said

    def say_reads(self, data: Mapping[str, Any]) -> str:
        """Say how a question is read."""
        question = self._question(data["question"])
        reading = self.reading(data["question"], data["reads"])
        return words("phrase-reads", question=question, reading=reading)

    def say_open(self, data: Mapping[str, Any]) -> str:
        """Name an open question."""
        return words("phrase-open", question=self._question(data["open_question"]))

    def _question(self, name: str) -> str:
        return f"«{self._questions.get(name, {}).get('label', name)}»"

    def say_some(self, data: Mapping[str, Any]) -> str:
        """Say that a conclusion holds for some element."""
        return self._over_list("phrase-some", data["some"])

    def say_every(self, data: Mapping[str, Any]) -> str:
        """Say that a conclusion holds for every element."""
        return self._over_list("phrase-every", data["every"])

    def _over_list(self, code: str, below: Mapping[str, Any]) -> str:
        label = self._facts.get(below["of"], {}).get("label", below["of"])
        part = self.say_conclusion(below)
        return words(code, list=f"«{label}»", part=part)


_HEADS: Mapping[str, Callable[[Phrases, Mapping[str, Any]], str]] = {
    "all": Phrases.say_all,
    "any": Phrases.say_any,
    "not": Phrases.say_not,
    "at_least": Phrases.say_at_least,
    "fact": Phrases.say_fact,
    "conclusion": Phrases.say_conclusion,
    "question": Phrases.say_reads,
    "open_question": Phrases.say_open,
    "some": Phrases.say_some,
    "every": Phrases.say_every,
}


def normal(value: Any) -> Any:  # noqa: ANN401 - plain data of any rule file
    """Return *value* so that two are equal when only the order of equal-ranking parts differs."""
    if isinstance(value, dict):
        return {key: normal(child) for key, child in value.items()}
    if isinstance(value, list):
        return sorted((normal(one) for one in value), key=canonical)
    return value


def canonical(value: object) -> str:
    """Return *value* as text that is the same for the same content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _by_id(listed: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in listed}


def _plain(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}

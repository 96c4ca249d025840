"""Answers in words and as data: a yes, a day, an amount, a place on a list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hjemmel.decide.answers import ELEMENT, element_at
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words
from hjemmel.money import data_amount, people_amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.model import Case
    from hjemmel.policy.compile import Fact, Policy


def element_words(policy: Policy, case: Case, path: str) -> str:
    """Return which element of a list *path* is about: a wish by what it is, others by number."""
    found = ELEMENT.fullmatch(path)
    if found is None:
        return ""
    element = element_at(case, path)
    category = (str(element.get("provision")), str(element.get("category")))
    told = str(element.get("description") or "").strip()
    name = told or policy.categories.get(category, "")
    if "id" in element:
        return f"{element['id']}: {name}" if name else str(element["id"])
    owner, number = policy.facts[found["list"]].label, int(found["key"]) + 1
    return f"{owner}, {number}: {name}" if name else f"{owner}, {number}"


def answer_words(policy: Policy, fact: Fact, value: Any, lang: str = "da") -> str:  # noqa: ANN401 - told values are of many types
    """Return *value*, an answer to *fact*, as a person reads it."""
    if isinstance(value, bool):
        return words("yes" if value else "no", lang)
    if isinstance(value, date):
        return people_day(value, lang)
    if fact.type == "amount":
        return people_amount(int(value), lang)
    if fact.element and not isinstance(value, str):
        return _list_words(policy, fact, value, lang)
    return _text_words(policy, fact, str(value))


def _list_words(
    policy: Policy, fact: Fact, elements: tuple[Mapping[str, Any], ...], lang: str
) -> str:
    if not elements:
        return words("list-none", lang)
    return " · ".join(
        ", ".join(_field_words(policy, fact, *pair, lang) for pair in one.items()) or "?"
        for one in elements
    )


def _field_words(policy: Policy, owner: Fact, name: str, value: object, lang: str) -> str:
    fact = policy.facts.get(f"{owner.element}.{name}")
    if fact is None:
        return str(value)
    return f"{fact.label}: {answer_words(policy, fact, value, lang)}"


def _text_words(policy: Policy, fact: Fact, value: str) -> str:
    """Return what a text means: the label the rules give it, else the text itself."""
    for other in policy.facts.values():
        if other.given_by == "diagnoses" and other.asks == fact.id:
            listing = other.labels.get(policy.listing.get(value, value), value)
            names = (one["label"] for one in policy.diagnoses["diagnoses"] if one["id"] == value)
            name = next(names, "")
            return f"{name} ({listing})" if name else listing
    if fact.id.endswith(".provision"):
        known = policy.provisions.get(value)
        return f"{known.cite} ({known.label})" if known else value
    labels = {name: label for (_, name), label in policy.categories.items()}
    return fact.labels.get(value) or labels.get(value, value)


def plain_answer(fact: Fact, value: Any, policy: Policy) -> Any:  # noqa: ANN401 - told values are of many types
    """Return *value*, an answer to *fact*, as a case would tell it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if fact.type == "amount":
        return data_amount(value)
    if fact.element and not isinstance(value, str):
        return [
            {
                name: plain_answer(policy.facts[f"{fact.element}.{name}"], told, policy)
                if f"{fact.element}.{name}" in policy.facts
                else told
                for name, told in one.items()
            }
            for one in value
        ]
    return value

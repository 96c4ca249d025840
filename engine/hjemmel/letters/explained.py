"""The explanation as a page: the picture, and everything in it as text, in one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hjemmel.explain.amount_picture import Bar, amount_bars, amount_picture
from hjemmel.explain.document import truth_mark
from hjemmel.explain.graph import Step, decision_graph
from hjemmel.explain.graph_picture import graph_picture, graph_title, is_wide
from hjemmel.explain.rate_picture import Line, rate_picture, rate_rows
from hjemmel.explain.voices import CitizenVoice, WishTold, citizen_voice
from hjemmel.letters.templating import html_environment, ready
from hjemmel.messages import words
from hjemmel.model import Citation, Decision, OpenQuestion
from hjemmel.money import people_amount
from hjemmel.truth import Truth

_CASEWORKER = "web/caseworker.html.j2"
_CITIZEN = "web/citizen.html.j2"
_RATES = "web/rates.html.j2"
#: The headings of each page, by what the templates call them.
_SAID_TO_CASEWORKERS = {
    "proposal": "graph-proposal",
    "amounts": "amounts",
    "missing": "missing",
    "questions": "open-questions",
    "chosen": "chosen",
    "reading": "page-reading",
    "gives": "page-gives",
    "grounds": "page-grounds",
    "whole": "page-whole",
    "decides": "graph-decides",
}
_SAID_TO_CITIZENS = {
    "why": "citizen-why",
    "wishes": "citizen-wishes",
    "amounts": "citizen-amounts",
    "you_tell": "citizen-you-tell",
    "we_fetch": "citizen-we-fetch",
    "we_find": "citizen-we-find",
    "unclear": "citizen-unclear",
    "good_to_know": "citizen-good-to-know",
    "words": "citizen-words",
}
#: Steps that are no question and so have no yes or no of their own.
_NO_ANSWER = ("outcome", "wish")
_SAID_OF_RATES = {"period": "rates-period", "amount": "rates-amount", "basis": "rates-basis"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One step of the explanation, as the page shows it."""

    value: str
    mark: str
    answer: str
    label: str
    told: str
    needs: str
    decides: bool
    text: str
    note: str
    repeats: str
    fact: str
    sources: str
    below: tuple[StepShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseworkerPage:
    """Everything the caseworker's page may mention."""

    lang: str = field(metadata={"help": "sidens sprog: da eller en"})
    title: str = field(metadata={"help": "udfaldet, sagen og dagen"})
    say: Mapping[str, str] = field(metadata={"help": "sidens overskrifter"})
    picture: str = field(metadata={"help": "billedet af begrundelsen, som SVG"})
    paper: str = field(metadata={"help": "papirets retning: landscape eller portrait"})
    amounts: tuple[Mapping[str, Any], ...] = field(metadata={"help": "beløbene som tabel"})
    missing: tuple[Mapping[str, str], ...] = field(metadata={"help": "det, der mangler"})
    questions: tuple[Mapping[str, Any], ...] = field(metadata={"help": "åbne spørgsmål"})
    root: StepShown = field(metadata={"help": "hele begrundelsen, led for led"})
    trail: str = field(metadata={"help": "reglernes udgave og fingeraftryk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenPage:
    """Everything the citizen's page may mention."""

    lang: str = field(metadata={"help": "sidens sprog: da eller en"})
    title: str = field(metadata={"help": "resultatet"})
    say: Mapping[str, str] = field(metadata={"help": "sidens overskrifter"})
    voice: Mapping[str, Any] = field(metadata={"help": "alt, hvad borgeren får at vide"})
    picture: str = field(metadata={"help": "beløbet som billede, som SVG, eller tom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesPage:
    """Everything the page of rates may mention."""

    lang: str = field(metadata={"help": "sidens sprog: da eller en"})
    title: str = field(metadata={"help": "sidens overskrift"})
    say: Mapping[str, str] = field(metadata={"help": "tabellernes overskrifter"})
    picture: str = field(metadata={"help": "tidslinjen som SVG"})
    lines: tuple[Mapping[str, Any], ...] = field(metadata={"help": "satserne som tabeller"})


def caseworker_page(decision: Decision, templates: Path | None = None) -> str:
    """Return the explanation of *decision* for the caseworker as one HTML page."""
    lang = decision.trace.run.policy.lang
    page = CaseworkerPage(
        lang=lang,
        title=graph_title(decision),
        say=_said(_SAID_TO_CASEWORKERS, lang),
        picture=ready(graph_picture(decision, headed=False)),
        paper="landscape" if is_wide(decision) else "portrait",
        amounts=tuple(_bar(one) for one in amount_bars(decision)),
        missing=tuple(
            {
                "question": one.question,
                "fact": one.fact,
                "cause": words(f"cause-{one.cause}", lang),
                "sources": _cited(one.sources),
            }
            for one in decision.missing
        ),
        questions=tuple(_question(one, lang) for one in decision.open_questions),
        root=_shown(decision_graph(decision), lang),
        trail=words(
            "graph-trail",
            lang,
            version=decision.receipt.policy_version,
            digest=decision.receipt.policy_digest[:12],
        ),
    )
    return _rendered(_CASEWORKER, page, templates)


def citizen_page(decision: Decision, templates: Path | None = None) -> str:
    """Return the explanation of *decision* for the citizen as one HTML page."""
    voice = citizen_voice(decision)
    page = CitizenPage(
        lang=voice.lang,
        title=voice.result,
        say=_said(_SAID_TO_CITIZENS, voice.lang),
        voice=_voice(voice),
        picture=ready(amount_picture(decision, plain=True)),
    )
    return _rendered(_CITIZEN, page, templates)


def rates_page(lines: tuple[Line, ...], lang: str = "da", templates: Path | None = None) -> str:
    """Return the timelines of *lines* with their tables as one HTML page."""
    page = RatesPage(
        lang=lang,
        title=words("rates-title", lang),
        say=_said(_SAID_OF_RATES, lang),
        picture=ready(rate_picture(lines, lang)),
        lines=tuple({"label": line.label, "rows": rate_rows(line, lang)} for line in lines),
    )
    return _rendered(_RATES, page, templates)


def _rendered(
    template: str, page: CaseworkerPage | CitizenPage | RatesPage, templates: Path | None
) -> str:
    context = {one.name: getattr(page, one.name) for one in fields(page)}
    return html_environment(templates).get_template(template).render(context)


def _said(keys: Mapping[str, str], lang: str) -> Mapping[str, str]:
    return {name: words(key, lang) for name, key in keys.items()}


def _cited(sources: Iterable[Citation]) -> str:
    return "; ".join(f"{one.label}, {one.at}" for one in sources)


def _shown(step: Step, lang: str) -> StepShown:
    no = words(f"graph-needs-no-{step.value.value}", lang) if step.needs is Truth.FALSE else ""
    return StepShown(
        value=step.value.value,
        mark="" if step.kind == "outcome" else truth_mark(step.value),
        answer="" if step.kind in _NO_ANSWER else words(f"graph-{step.value.value}", lang),
        label=step.label,
        told=step.told,
        needs=no,
        decides=step.decides,
        text=step.text,
        note=step.note,
        repeats=words("graph-repeats", lang, key=step.repeats) if step.repeats else "",
        fact=step.fact,
        sources=_cited(step.sources),
        below=tuple(_shown(one, lang) for one in step.below),
    )


def _bar(bar: Bar) -> Mapping[str, Any]:
    rows = [(part.label, people_amount(part.ore, bar.lang)) for part in bar.parts()]
    return {"caption": bar.caption, "parts": rows, "note": bar.note}


def _question(question: OpenQuestion, lang: str) -> Mapping[str, Any]:
    labels = {one.reading: one.label for one in question.readings}
    chosen = labels.get(question.chosen, words("none-chosen", lang))
    return {
        "question": question.question,
        "chosen": f"{chosen} ({question.chosen_by})" if question.chosen_by else chosen,
        "standing": words("robust" if question.robust else "not-robust", lang),
        "readings": [
            (one.label, _given(one.outcome, one.amounts, lang), one.grounds)
            for one in question.readings
        ],
        "sources": _cited(question.sources),
    }


def _given(outcome: str, amounts: Any, lang: str) -> str:  # noqa: ANN401 - amounts or nothing
    given = words(f"outcome-{outcome}", lang)
    return given if amounts is None else f"{given}, {people_amount(amounts.granted, lang)}"


def _voice(voice: CitizenVoice) -> Mapping[str, Any]:
    told = {one.name: getattr(voice, one.name) for one in fields(voice)}
    return {**told, "wishes": tuple(_wish(one, voice.lang) for one in voice.wishes)}


def _wish(wish: WishTold, lang: str) -> Mapping[str, Any]:
    money = (
        ("citizen-gets", wish.granted),
        ("citizen-own-payment", wish.own_payment),
        ("citizen-beside", wish.beside),
    )
    return {
        "name": wish.name,
        "result": wish.result,
        "reasons": wish.reasons,
        "money": [words(key, lang, amount=one).rstrip(".") for key, one in money if one],
    }

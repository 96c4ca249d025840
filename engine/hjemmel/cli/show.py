"""Decisions as text for a terminal: the result first, then why, then what to do."""

from __future__ import annotations

import os
import sys
import textwrap

from hjemmel.explain.document import truth_mark
from hjemmel.explain.reasons import explain, people_day
from hjemmel.messages import words
from hjemmel.money import people_amount
from hjemmel.records import replace
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hjemmel.decide.match import MatchResult
    from hjemmel.explain.voices import CitizenVoice
    from hjemmel.model import (
        Amounts,
        Citation,
        Decision,
        Duty,
        Item,
        OpenQuestion,
        ReadingResult,
        Reason,
    )

_WIDTH = 100
_BAR = 40
#: When in a case a duty comes up, in the order of a case.
_PHASES = ("request", "inform", "decide", "after", "complaint", "reporting")
_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34"}
_OUTCOME_COLOURS = {
    "grant": "green",
    "partial_grant": "green",
    "refuse": "red",
    "ask": "yellow",
    "assess": "yellow",
}
_TRUTH_COLOURS = {Truth.TRUE: "green", Truth.FALSE: "red", Truth.UNKNOWN: "yellow"}


def styled(text: str, *names: str) -> str:
    """Return *text* in the colours *names*, where a terminal is there and allows it."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{';'.join(_COLOURS[name] for name in names)}m{text}\033[0m"


def decision_text(decision: Decision, lang: str = "da") -> str:
    """Return *decision* as text: result, amounts, wishes, what is missing, duties, the trail."""
    sections = [
        _headline(decision, lang),
        _amounts(decision.amounts, lang),
        _wishes(decision, lang),
        _missing(decision, lang),
        _questions(decision, lang),
        _duties(decision, lang),
        _trail(decision, lang),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def explanation_text(decision: Decision, lang: str = "da") -> str:
    """Return the reasoning of *decision* as an indented tree with sources and told facts."""
    tree = explain(decision)
    rows = [
        styled(f"{decision.case.id} · {people_day(decision.case.decided_on, lang)}", "dim"),
        *_tree(tree, 0),
    ]
    rows += ["", *_why_not_otherwise(decision, lang)]
    if decision.open_questions:
        rows += ["", _questions(decision, lang)]
    rows += ["", _trail(decision, lang)]
    return "\n".join(rows) + "\n"


def citizen_text(voice: CitizenVoice) -> str:
    """Return what a citizen is told as text: the result, why, the wishes, and what comes next."""
    lang = voice.lang
    head = "\n".join(
        [
            styled(f"{voice.case} · {voice.day}", "dim"),
            styled(wrapped(voice.result), "bold"),
            wrapped(voice.standing),
        ]
    )
    sections = [
        head,
        _told("citizen-why", voice.reasons, lang),
        _told_wishes(voice, lang),
        _told_amounts(voice, lang),
        _told("citizen-you-tell", voice.you_tell, lang),
        _told("citizen-we-fetch", voice.we_fetch, lang),
        _told("citizen-we-find", voice.we_find, lang),
        _told("citizen-unclear", voice.unclear, lang),
        _told("citizen-good-to-know", voice.good_to_know, lang),
        _told("citizen-words", [f"{one.word}: {one.meaning}" for one in voice.words], lang),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _told(title: str, texts: Sequence[str], lang: str) -> str:
    if not texts:
        return ""
    rows = [wrapped(f"• {text}", "  ", "    ") for text in texts]
    return "\n".join([styled(words(title, lang), "bold"), *rows])


def _told_wishes(voice: CitizenVoice, lang: str) -> str:
    if not voice.wishes:
        return ""
    rows = [styled(words("citizen-wishes", lang), "bold")]
    for wish in voice.wishes:
        rows.append(wrapped(f"• {wish.name}: {wish.result}", "  ", "    "))
        for key, amount in (
            ("citizen-gets", wish.granted),
            ("citizen-own-payment", wish.own_payment),
            ("citizen-beside", wish.beside),
        ):
            rows += [f"    {words(key, lang, amount=amount).rstrip('.')}."] if amount else []
        rows.extend(wrapped(reason, "    ") for reason in wish.reasons)
    return "\n".join(rows)


def _told_amounts(voice: CitizenVoice, lang: str) -> str:
    if not voice.amounts:
        return ""
    wide = max(len(label) for label, _ in voice.amounts)
    rows = [f"  {label:<{wide}}{amount:>16}" for label, amount in voice.amounts]
    return "\n".join([styled(words("citizen-amounts", lang), "bold"), *rows])


def _headline(decision: Decision, lang: str) -> str:
    label = words(f"outcome-{decision.outcome}", lang)
    head = styled(label.upper(), "bold", _OUTCOME_COLOURS.get(decision.outcome, "blue"))
    mark = truth_mark(decision.target_group)
    standing = words(f"target-{decision.target_group.value}", lang)
    group = f"{words('target-group', lang)}: {mark} {standing}"
    if decision.grounds:
        group += f" ({'; '.join(_ground_labels(decision))})"
    rows = (
        f"{decision.case.id} · {people_day(decision.case.decided_on, lang)}",
        f"{head}  {styled(words('proposal', lang), 'dim')}",
        decision.outcome_reason,
        wrapped(group),
    )
    return "\n".join(rows)


def _ground_labels(decision: Decision) -> list[str]:
    """Return the grounds in words: the criteria where there are any, else the conclusions."""
    policy = decision.trace.run.policy
    criteria = [
        policy.criteria[ground]["label"] for ground in decision.grounds if ground in policy.criteria
    ]
    others = [
        policy.conclusions[ground].label
        for ground in decision.grounds
        if ground in policy.conclusions
    ]
    return [str(label) for label in criteria or others[:1]]


def _amounts(amounts: Amounts | None, lang: str) -> str:
    if amounts is None:
        return ""
    unknown = words("unknown-amount", lang)
    parts = (
        ("amount-ceiling", amounts.ceiling),
        ("amount-spent", amounts.spent_before),
        ("amount-granted", amounts.granted),
        ("amount-remaining", amounts.remaining),
    )
    rows = [
        f"  {words(key, lang):<24}{unknown if ore is None else people_amount(ore, lang):>16}"
        for key, ore in parts
    ]
    return "\n".join([styled(words("amounts", lang), "bold"), *rows, f"  {_bar(amounts)}"])


def _bar(amounts: Amounts) -> str:
    """Return the ceiling as a bar: spent before, granted now, left."""
    if not amounts.ceiling or amounts.spent_before is None:
        return ""
    spent = min(_BAR, round(_BAR * amounts.spent_before / amounts.ceiling))
    granted = min(_BAR - spent, round(_BAR * amounts.granted / amounts.ceiling))
    return f"[{'▓' * spent}{styled('█' * granted, 'green')}{'·' * (_BAR - spent - granted)}]"


def _wishes(decision: Decision, lang: str) -> str:
    if not decision.items:
        return ""
    described = {
        one["id"]: one.get("description") or one.get("category") or ""
        for one in decision.case.lists["wishes"] or ()
    }
    rows = [styled(words("wishes", lang), "bold")]
    for item in decision.items:
        status, granted = words(f"status-{item.status}", lang), people_amount(item.granted, lang)
        rows.append(f"  {item.id:<5}{described[item.id]:<34}{status:<30}{granted:>14}")
        rows.extend(f"       {line}" for line in _extra(item, lang))
        rows.extend(wrapped(reason, "       ") for reason in decision.item_reasons[item.id])
    return "\n".join(rows)


def _extra(item: Item, lang: str) -> Iterator[str]:
    if item.own_payment:
        yield f"{words('own-payment', lang)}: {people_amount(item.own_payment, lang)}"
    if item.outside_ceiling:
        yield f"{words('outside-ceiling', lang)}: {people_amount(item.outside_ceiling, lang)}"


def _missing(decision: Decision, lang: str) -> str:
    if not decision.missing:
        return ""
    rows = [styled(words("missing", lang), "bold")]
    for number, one in enumerate(decision.missing, 1):
        rows.append(wrapped(f"{number}. {one.question}", "  ", "     "))
        rows.append(
            styled(
                f"     {one.fact} · {words(f'cause-{one.cause}', lang)} · {cited(one.sources)}",
                "dim",
            )
        )
    return "\n".join(rows)


def _questions(decision: Decision, lang: str) -> str:
    if not decision.open_questions:
        return ""
    rows = [styled(words("open-questions", lang), "bold")]
    for question in decision.open_questions:
        rows.append(wrapped(f"? {question.question}", "  ", "    "))
        rows.append(
            f"    {words('chosen', lang)}: {_chosen(question, lang)} · {_standing(question, lang)}"
        )
        rows.extend(f"    – {_reading(reading, lang)}" for reading in question.readings)
    return "\n".join(rows)


def _chosen(question: OpenQuestion, lang: str) -> str:
    labels = {one.reading: one.label for one in question.readings}
    label = labels.get(question.chosen, words("none-chosen", lang))
    return f"{label} ({question.chosen_by})" if question.chosen_by else label


def _standing(question: OpenQuestion, lang: str) -> str:
    return words("robust" if question.robust else "not-robust", lang)


def _reading(reading: ReadingResult, lang: str) -> str:
    outcome = words(f"outcome-{reading.outcome}", lang).lower()
    if reading.amounts is None:
        return f"{reading.label}: {outcome}"
    return f"{reading.label}: {outcome}, {people_amount(reading.amounts.granted, lang)}"


def _duties(decision: Decision, lang: str) -> str:
    special = [duty for duty in decision.duties if duty.special]
    if not special:
        return ""
    rows = [styled(words("duties", lang), "bold")]
    for phase in _PHASES:
        now = [duty for duty in special if duty.phase == phase]
        if now:
            rows.append(f"  {words(f'phase-{phase}', lang)}")
            rows.extend(_duty(duty, lang) for duty in now)
    general = len(decision.duties) - len(special)
    rows.append(styled(f"  {words('duties-general', lang, count=str(general))}", "dim"))
    return "\n".join(rows)


def _duty(duty: Duty, lang: str) -> str:
    days = f" ({words('days', lang, days=str(duty.deadline_days))})" if duty.deadline_days else ""
    return wrapped(f"• {duty.label}{days} – {cited(duty.sources[:1])}", "    ", "      ")


def _trail(decision: Decision, lang: str) -> str:
    receipt = decision.receipt
    both = len(receipt.interpreters) > 1
    text = words(
        "trail",
        lang,
        version=receipt.policy_version,
        digest=receipt.policy_digest[:12],
        agreed=words("interpreters-two" if both else "interpreters-one", lang),
        reviewed=str(receipt.reviewed),
        elements=str(receipt.elements),
    )
    return styled(wrapped(text), "dim")


def _tree(reason: Reason, depth: int, seen: set[Reason] | None = None) -> Iterator[str]:
    """Yield *reason* line by line; what was shown before is not shown in full again."""
    seen = set() if seen is None else seen
    indent = "  " * depth
    mark = styled(truth_mark(reason.value), _TRUTH_COLOURS[reason.value])
    label = styled(reason.label, "bold") if depth <= 1 else reason.label
    told = f": {reason.told}" if reason.told else ""
    fact = f" ‹{reason.fact}›" if reason.fact else ""
    source = f" [{cited(reason.sources[:2])}]" if reason.sources else ""
    yield f"{indent}{mark} {label}{told}{styled(fact + source, 'dim')}"
    alike = replace(reason, needs=Truth.TRUE, stands=Truth.TRUE)
    if reason.children and alike in seen:
        return
    seen.add(alike)
    if reason.text:
        yield styled(wrapped(f"«{reason.text}»", f"{indent}  "), "dim")
    if reason.note:
        yield wrapped(f"! {reason.note}", f"{indent}  ")
    for child in reason.children:
        yield from _tree(child, depth + 1, seen)


def _why_not_otherwise(decision: Decision, lang: str) -> Iterator[str]:
    yield styled(words("why-not-otherwise", lang), "bold")
    rows = decision.trace.run.policy.outcomes
    for row in rows:
        if row.result == decision.outcome and row.id == decision.trace.outcome.id:
            break
        yield f"  ✗ {row.label}: {words('row-does-not-fit', lang)} ({row.because.rstrip('.')})"
    if not decision.open_questions:
        yield f"  {words('no-open-question', lang)}"
    for question in decision.open_questions:
        mark = truth_mark(Truth.TRUE if question.robust else Truth.UNKNOWN)
        yield f"  {mark} {question.label} {_standing(question, lang)}"


def cited(sources: Iterable[Citation]) -> str:
    """Return *sources* in words: ``bekendtgørelse nr. …, § 2, nr. 3``."""
    return "; ".join(f"{one.label}, {one.at}" for one in sources)


def wrapped(
    text: str,
    indent: str = "",
    following: str | None = None,
    *,
    break_on_hyphens: bool = True,
) -> str:
    """Return *text* in lines of a terminal, the first after *indent*, the rest after *following*.

    Without *break_on_hyphens* a word with a hyphen stays whole, as ids and codes must.
    """
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if following is None else following,
        break_on_hyphens=break_on_hyphens,
    )


def match_text(result: MatchResult, lang: str = "da") -> str:
    """Return what a text or code may mean: candidates, doubts, and what it does not mean."""
    rows: list[str] = []
    for one in result.candidates:
        settles = words("match-settles" if one.settles else "match-does-not-settle", lang)
        by = f"{words(f'relation-{one.relation}', lang)}, {words(f'match-by-{one.by}', lang)}"
        rows.append(f"{styled(one.label, 'bold')} ‹{one.entry}›")
        rows.append(f"  {by} · {words(f'listing-{one.on_name_match}', lang)} · {settles}")
        rows.extend(wrapped(f"? {question}", "  ", "    ") for question in one.confirm)
    if not result.candidates:
        rows.append(words("match-none", lang))
    rows.extend(
        _match_section("match-related", [f"{one.label}: {one.why}" for one in result.related], lang)
    )
    friends = [f"«{one.text}»: {one.why}" for one in result.false_friends]
    rows.extend(_match_section("match-false-friends", friends, lang))
    doubts = [f"«{one.text}»: {one.meaning}" for one in result.not_confirmed]
    rows.extend(_match_section("match-not-confirmed", doubts, lang))
    rows.extend(
        _match_section(
            "match-suggestions", [f"{one.text} ‹{one.entry}›" for one in result.suggestions], lang
        )
    )
    rows.extend(_match_section("match-notes", [one.text for one in result.notes], lang))
    return "\n".join(rows)


def _match_section(title: str, lines: list[str], lang: str) -> Iterator[str]:
    if lines:
        yield ""
        yield styled(words(title, lang), "bold")
        yield from (wrapped(line, "  ", "    ") for line in lines)

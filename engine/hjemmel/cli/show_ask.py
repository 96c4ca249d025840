"""The next question as text for a terminal: the question first, then why the rest can wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hjemmel.cli.show import cited, styled, wrapped
from hjemmel.decide.answers import Answers
from hjemmel.explain.answer_words import answer_words
from hjemmel.explain.guide_document import idle_because
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.explain.next_question import Answer, NextQuestion, Question
    from hjemmel.policy.compile import Policy

_wrapped = partial(wrapped, break_on_hyphens=False)
_SHOWN_SOURCES = 2
#: An answer longer than this has a line of its own.
_WIDEST = 40


def guide_text(guide: NextQuestion, lang: str = "da") -> str:
    """Return *guide* as text: what to ask now, what then, and what can no longer matter."""
    sections = [
        [_head(guide, lang)],
        list(_now(guide, lang)),
        list(_then(guide, lang)),
        list(_waiting(guide, lang)),
        list(_later(guide, lang)),
        list(_idle(guide, lang)),
    ]
    return "\n\n".join("\n".join(rows) for rows in sections if rows) + "\n"


def question_text(question: Question, policy: Policy, answers: Answers, lang: str = "da") -> str:
    """Return *question* with why it is asked, what it takes and what each answer leads to."""
    return "\n".join(_question(question, policy, answers, lang))


def _head(guide: NextQuestion, lang: str) -> str:
    case = guide.decision.case
    outcome = words(f"outcome-{guide.decision.outcome}", lang)
    return f"{case.id} · {people_day(case.decided_on, lang)}\n{styled(outcome.upper(), 'bold')}"


def _now(guide: NextQuestion, lang: str) -> Iterator[str]:
    if guide.next is None:
        waits = {"ask": "ask-waits", "assess": "ask-person-now"}
        yield words(waits.get(guide.decision.outcome, "ask-nothing"), lang)
        return
    decision = guide.decision
    policy: Policy = decision.trace.run.policy
    yield styled(words("ask-now", lang), "bold")
    yield from _question(guide.next, policy, Answers(policy, decision.case), lang)


def _question(question: Question, policy: Policy, answers: Answers, lang: str) -> Iterator[str]:
    yield styled(_wrapped(_asked(question), "  "), "bold")
    yield styled(_wrapped(_about(question, lang), "  "), "dim")
    yield _wrapped(_why(question, policy, lang), "  ", "    ")
    yield _wrapped(words("ask-law", lang, sources=cited(question.sources)), "  ", "    ")
    if question.consent is not None:
        told = {"text": question.consent.text, "sources": cited(question.consent.sources)}
        yield _wrapped(words("ask-consent", lang, **told), "  ", "    ")
    yield "  " + words("ask-answers-sample" if question.sample else "ask-answers", lang)
    fact = answers.fact(question.fact)
    shown = [answer_words(policy, fact, one.value, lang) for one in question.answers]
    width = max(map(len, shown), default=0)
    for label, answer in zip(shown, question.answers, strict=True):
        leads = f"→ {_leads(answer, lang)}"
        if width > _WIDEST:
            yield _wrapped(label, "    ", "      ")
            yield _wrapped(leads, "      ", "        ")
        else:
            yield f"    {label:<{width}}  {leads}"


def _asked(question: Question) -> str:
    return f"{question.question} ({question.about})" if question.about else question.question


def _about(question: Question, lang: str) -> str:
    parts = [
        question.fact,
        words(f"cause-{question.cause}", lang),
        words(f"told-by-{question.told_by}", lang),
    ]
    if question.sensitivity:
        parts.append(words(f"sensitivity-{question.sensitivity}", lang))
    return " · ".join(parts)


def _why(question: Question, policy: Policy, lang: str) -> str:
    if not question.leads_to:
        return words("ask-why-directly", lang)
    labels = [f"«{policy.conclusions[name].label}»" for name in question.leads_to]
    return words("ask-why", lang, leads=" → ".join(labels))


def _leads(answer: Answer, lang: str) -> str:
    outcome = words(f"outcome-{answer.outcome}", lang)
    if answer.settles:
        return words("ask-settles", lang, outcome=outcome)
    if answer.open_facts == 0:
        return words("ask-person", lang, outcome=outcome)
    code = "ask-open-one" if answer.open_facts == 1 else "ask-open"
    return words(code, lang, outcome=outcome, count=str(answer.open_facts))


def _then(guide: NextQuestion, lang: str) -> Iterator[str]:
    if len(guide.questions) > 1:
        yield styled(words("ask-then", lang), "bold")
    for number, one in enumerate(guide.questions[1:], 2):
        yield _wrapped(f"{number}. {_asked(one)}", "  ", "     ")
        told = {"settling": str(one.settling), "answers": str(len(one.answers))}
        parts = [_about(one, lang)]
        if one.settling:
            parts.append(words("ask-decides", lang, **told))
        if one.consent is not None:
            parts.append(words("ask-consent-short", lang))
        yield styled(_wrapped(" · ".join(parts), "     "), "dim")


def _waiting(guide: NextQuestion, lang: str) -> Iterator[str]:
    if guide.waiting:
        yield styled(words("ask-waiting", lang), "bold")
    for one in guide.waiting:
        sources = cited(one.sources[:_SHOWN_SOURCES])
        yield _wrapped(f"{one.question} ‹{one.fact}› [{sources}]", "  ", "    ")


def _later(guide: NextQuestion, lang: str) -> Iterator[str]:
    if guide.later:
        yield styled(words("ask-later", lang), "bold")
    for one in guide.later:
        notes = [words("ask-silent", lang)] if one.silent else []
        if one.tries:
            notes.append(words("ask-tried", lang, tries=str(one.tries)))
        note = f" – {'; '.join(notes)}" if notes else ""
        yield _wrapped(f"{one.label} ‹{one.fact}›{note}", "  ", "    ")


def _idle(guide: NextQuestion, lang: str) -> Iterator[str]:
    """Yield what can no longer matter, together where the proof is the same."""
    policy: Policy = guide.decision.trace.run.policy
    if guide.idle:
        yield styled(words("ask-idle", lang), "bold")
    because: dict[str, list[str]] = {}
    for one in guide.idle:
        sources = cited(one.sources[:_SHOWN_SOURCES])
        proof = f"{idle_because(one, policy, lang)} [{sources}]"
        because.setdefault(proof, []).append(f"{one.label} ‹{one.fact}›")
    for proof, facts in because.items():
        yield _wrapped(f"{proof[:1].upper()}{proof[1:]}", "  ✓ ", "    ")
        yield from (styled(_wrapped(fact, "      "), "dim") for fact in facts)

"""The next question as data: the JSON of ``hjemmel ask``, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hjemmel.decide.answers import Answers
from hjemmel.explain.answer_words import answer_words, plain_answer
from hjemmel.explain.document import amounts_document, item_document, sources_document
from hjemmel.messages import words
from hjemmel.money import people_amount

if TYPE_CHECKING:
    from hjemmel.decide.settled import Settler
    from hjemmel.explain.next_question import Answer, Idle, Later, NextQuestion, Question
    from hjemmel.model import Missing
    from hjemmel.policy.compile import DutyRule, Policy


def next_question_document(guide: NextQuestion) -> dict[str, Any]:
    """Return *guide* as plain data, in the order of its schema."""
    decision = guide.decision
    policy: Policy = decision.trace.run.policy
    answers = Answers(policy, decision.case)
    return {
        "case": decision.case.id,
        "decided_on": decision.case.decided_on.isoformat(),
        "outcome": decision.outcome,
        "questions": [_question(one, policy, answers) for one in guide.questions],
        "waiting": [_waiting(one) for one in guide.waiting],
        "later": [_later(one) for one in guide.later],
        "idle": [_idle(one, policy) for one in guide.idle],
    }


def _question(question: Question, policy: Policy, answers: Answers) -> dict[str, Any]:
    return {
        "fact": question.fact,
        "label": question.label,
        "about": question.about or None,
        "question": question.question,
        "cause": question.cause,
        "told_by": question.told_by,
        "sensitivity": question.sensitivity or None,
        "consent": _consent(question.consent),
        "decides": {"answers": len(question.answers), "settling": question.settling},
        "leads_to": [
            {"conclusion": name, "label": policy.conclusions[name].label}
            for name in question.leads_to
        ],
        "sources": sources_document(question.sources),
        "sample": question.sample,
        "answers": [_answer(one, question.fact, policy, answers) for one in question.answers],
    }


def _answer(answer: Answer, path: str, policy: Policy, answers: Answers) -> dict[str, Any]:
    fact = answers.fact(path)
    return {
        "value": plain_answer(fact, answer.value, policy),
        "label": answer_words(policy, fact, answer.value, policy.lang),
        "outcome": answer.outcome,
        "target_group": answer.target_group.value,
        "settles": answer.settles,
        "still_open": answer.open_facts,
        "items": [item_document(item) for item in answer.items],
        "amounts": amounts_document(answer.amounts),
    }


def _consent(duty: DutyRule | None) -> dict[str, Any] | None:
    if duty is None:
        return None
    return {"duty": duty.id, "text": duty.text, "sources": sources_document(duty.sources)}


def _waiting(missing: Missing) -> dict[str, Any]:
    return {
        "fact": missing.fact,
        "question": missing.question,
        "told_by": missing.told_by,
        "sources": sources_document(missing.sources),
    }


def _later(later: Later) -> dict[str, Any]:
    return {
        "fact": later.fact,
        "label": later.label,
        "asked": not later.silent,
        "tries": later.tries,
        "sources": sources_document(later.sources),
    }


def _idle(idle: Idle, policy: Policy) -> dict[str, Any]:
    document: dict[str, Any] = {
        "fact": idle.fact,
        "label": idle.label,
        "proof": idle.proof,
        "because": idle_because(idle, policy, policy.lang),
        "sources": sources_document(idle.sources),
    }
    if idle.proof == "exhausted":
        document["tries"] = idle.tries
    if idle.proof == "settled":
        settler = idle.settler
        document["settled_by"] = {
            "kind": settler.kind,
            "id": settler.path if settler.kind == "fact" else settler.id,
            "value": settler.truth.value,
        }
    return document


def idle_because(idle: Idle, policy: Policy, lang: str = "da") -> str:
    """Return in words why the fact of *idle* can no longer matter."""
    if idle.proof == "exhausted":
        return words("needless-exhausted", lang, tries=str(idle.tries))
    if idle.proof == "unread":
        return words("needless-unread", lang)
    return _settled(idle.settler, policy, lang)


def _settled(settler: Settler, policy: Policy, lang: str) -> str:
    match settler.kind:
        case "conclusion":
            label = policy.conclusions[settler.id].label
            return words(f"needless-{settler.truth.value}", lang, label=label)
        case "question":
            question = policy.questions[settler.id]
            label = question.readings[question.chosen][0]
            return words("needless-reading", lang, question=question.question, label=label)
        case "fact":
            return words("needless-fact", lang, label=_compared(settler, policy, lang))
        case "item":
            row = next(row for row in policy.items if row.id == settler.id)
            status = words(f"status-{row.result}", lang)
            return words("needless-item", lang, wish=settler.path, status=status)
        case _:
            row = next(row for row in policy.outcomes if row.id == settler.id)
            return words("needless-outcome", lang, label=row.label)


def _compared(settler: Settler, policy: Policy, lang: str) -> str:
    """Return what a fact is or is not: `Ønskets paragraf er ikke § 116`."""
    fact = policy.facts[settler.id]
    verb = words(f"is-{settler.truth.value}", lang)
    if isinstance(settler.operand, bool | None):
        return f"{fact.label}: {words('yes' if settler.truth.value == 'true' else 'no', lang)}"
    operands = settler.operand if isinstance(settler.operand, tuple) else (settler.operand,)
    shown = [
        people_amount(one, lang) if isinstance(one, int) else answer_words(policy, fact, one, lang)
        for one in operands
    ]
    return f"{fact.label} {verb} {', '.join(shown)}"

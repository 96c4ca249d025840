"""A decision as data: the JSON of the contract, key by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hjemmel.explain.reasons import explain
from hjemmel.money import data_amount
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hjemmel.model import Amounts, Citation, Decision, Item, OpenQuestion, ReadingResult, Reason


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return *decision* with its explanation as plain data, in the contract's order of keys."""
    return {
        "case": decision.case.id,
        "decided_on": decision.case.decided_on.isoformat(),
        "outcome": decision.outcome,
        "target_group": {"value": decision.target_group.value, "grounds": list(decision.grounds)},
        "amounts": _amounts(decision.amounts),
        "items": [_item(item, decision.item_reasons[item.id]) for item in decision.items],
        "missing": [
            {
                "fact": one.fact,
                "question": one.question,
                "cause": one.cause,
                "sources": _sources(one.sources),
            }
            for one in decision.missing
        ],
        "open_questions": [_question(one) for one in decision.open_questions],
        "duties": [_duty(one) for one in decision.duties],
        "explanation": _reason(explain(decision)),
        "receipt": _receipt(decision),
    }


def decision_bytes(decision: Decision) -> bytes:
    """Return the JSON of *decision* as it is printed: the same bytes for the same decision."""
    text = json.dumps(decision_document(decision), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def _amounts(amounts: Amounts | None) -> dict[str, str | None] | None:
    if amounts is None:
        return None
    return {
        "ceiling": data_amount(amounts.ceiling),
        "spent_before": _told(amounts.spent_before),
        "granted": data_amount(amounts.granted),
        "remaining": _told(amounts.remaining),
    }


def _told(ore: int | None) -> str | None:
    return None if ore is None else data_amount(ore)


def _item(item: Item, reasons: Iterable[str] | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": item.id,
        "status": item.status,
        "granted": data_amount(item.granted),
        "own_payment": data_amount(item.own_payment),
        "outside_ceiling": data_amount(item.outside_ceiling),
    }
    if reasons is not None:
        document["reasons"] = list(reasons)
    return document


def _question(question: OpenQuestion) -> dict[str, Any]:
    return {
        "id": question.id,
        "chosen": question.chosen,
        "robust": question.robust,
        "question": question.question,
        "readings": {one.reading: _reading(one) for one in question.readings},
        "sources": _sources(question.sources),
    }


def _reading(reading: ReadingResult) -> dict[str, Any]:
    return {
        "label": reading.label,
        "outcome": reading.outcome,
        "target_group": reading.target_group.value,
        "items": [_item(item) for item in reading.items],
        "amounts": _amounts(reading.amounts),
    }


def _duty(duty: Any) -> dict[str, Any]:  # noqa: ANN401
    document = {
        "id": duty.id,
        "text": duty.text,
        "who": duty.who,
        "sources": _sources(duty.sources),
    }
    if duty.deadline_days is not None:
        document["deadline"] = {"days": duty.deadline_days, "from": duty.deadline_from}
    return document


def _reason(reason: Reason) -> dict[str, Any]:
    document: dict[str, Any] = {
        "conclusion": reason.conclusion,
        "label": reason.label,
        "value": reason.value.value,
        "rule": reason.rule or None,
        "sources": _sources(reason.sources),
        "children": [_reason(child) for child in reason.children],
    }
    for key in ("text", "note", "fact", "told"):
        if getattr(reason, key):
            document[key] = getattr(reason, key)
    if reason.decisive:
        document["decisive"] = True
    return document


def _receipt(decision: Decision) -> dict[str, Any]:
    receipt = decision.receipt
    return {
        "engine_version": receipt.engine_version,
        "policy": receipt.policy,
        "policy_version": receipt.policy_version,
        "policy_digest": receipt.policy_digest,
        "schema_version": receipt.schema_version,
        "rules_for": receipt.rules_for,
        "municipality": receipt.municipality or None,
        "case_digest": receipt.case_digest,
        "interpreters": {"ran": list(receipt.interpreters), "agreed": True},
        "reviewed": {"elements": receipt.elements, "reviewed": receipt.reviewed},
    }


def _sources(sources: Iterable[Citation]) -> list[dict[str, str]]:
    return [
        {"ref": one.ref, "at": one.at, "label": one.label, "edition": one.edition, "url": one.url}
        for one in sources
    ]


def truth_mark(truth: Truth) -> str:
    """Return the mark a tree shows for *truth*: ✓, ✗ or ?."""
    return {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNKNOWN: "?"}[truth]

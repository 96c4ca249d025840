"""A decision as data: the JSON of the contract, key by key."""

from __future__ import annotations

import json

from hjemmel.decide.memory import Memory
from hjemmel.explain.reasons import explain
from hjemmel.money import data_amount
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    import orjson

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

    #: Turns an object that is the same in many decisions into data, by a function that can do so.
    _Part = Callable[[Any, Callable[[Any], Any]], Any]


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return *decision* with its explanation as plain data, in the contract's order of keys."""
    return _document(decision, _written_out)


def _document(decision: Decision, part: _Part) -> dict[str, Any]:
    """Return *decision* as data in which *part* stands for what is the same in many decisions."""
    return {
        "case": decision.case.id,
        "decided_on": decision.case.decided_on.isoformat(),
        "outcome": decision.outcome,
        "target_group": {"value": decision.target_group.value, "grounds": list(decision.grounds)},
        "amounts": amounts_document(decision.amounts),
        "items": [item_document(item, decision.item_reasons[item.id]) for item in decision.items],
        "missing": [
            {
                "fact": one.fact,
                "question": one.question,
                "cause": one.cause,
                "sources": part(one.sources, sources_document),
            }
            for one in decision.missing
        ],
        "open_questions": [_question(one, part) for one in decision.open_questions],
        "duties": part(decision.duties, _duties),
        "explanation": _explanation(explain(decision), part),
        "receipt": _receipt(decision),
    }


def _written_out(of: Any, write: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any part
    return write(of)


def decision_json(decision: Decision) -> bytes:
    """Return the JSON of *decision* on one line: the same data as :func:`decision_document`.

    What is the same in many decisions, the duties and the branches of the explanation, is
    written once for each policy and copied from then on.
    """
    import orjson  # noqa: PLC0415 - only who writes JSON this way pays for loading it

    written = decision.trace.run.policy.notes.setdefault("written", Memory())

    def part(of: Any, write: Callable[[Any], Any]) -> orjson.Fragment:  # noqa: ANN401 - any part
        # An object is known by its place in memory, which is its own as long as it is kept.
        known: tuple[Any, orjson.Fragment] | None = written.get(id(of))
        if known is None or known[0] is not of:
            known = written.keep(id(of), (of, orjson.Fragment(orjson.dumps(write(of)))))
        return known[1]

    return orjson.dumps(_document(decision, part))


def decision_bytes(decision: Decision) -> bytes:
    """Return the JSON of *decision* as it is printed: the same bytes for the same decision."""
    text = json.dumps(decision_document(decision), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def amounts_document(amounts: Amounts | None) -> dict[str, str | None] | None:
    """Return *amounts* as plain data; nothing where there are none."""
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


def item_document(item: Item, reasons: Iterable[str] | None = None) -> dict[str, Any]:
    """Return what a wish came to as plain data, with *reasons* where they are given."""
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


def _question(question: OpenQuestion, part: _Part) -> dict[str, Any]:
    return {
        "id": question.id,
        "chosen": question.chosen,
        "robust": question.robust,
        "question": question.question,
        "readings": {one.reading: _reading(one) for one in question.readings},
        "sources": part(question.sources, sources_document),
    }


def _reading(reading: ReadingResult) -> dict[str, Any]:
    return {
        "label": reading.label,
        "outcome": reading.outcome,
        "target_group": reading.target_group.value,
        "items": [item_document(item) for item in reading.items],
        "amounts": amounts_document(reading.amounts),
    }


def _duties(duties: Iterable[Duty]) -> list[dict[str, Any]]:
    return [_duty(one) for one in duties]


def _duty(duty: Duty) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": duty.id,
        "text": duty.text,
        "who": duty.who,
        "sources": sources_document(duty.sources),
    }
    if duty.deadline_days is not None:
        document["deadline"] = {"days": duty.deadline_days, "from": duty.deadline_from}
    return document


def _explanation(reason: Reason, part: _Part) -> dict[str, Any]:
    """Return the explanation: its root and each wish are of this decision, their branches not."""
    request, target, *wishes = reason.children
    children = [
        part(request, _reason),
        part(target, _reason),
        *[_node(wish, [part(one, _reason) for one in wish.children], part) for wish in wishes],
    ]
    return _node(reason, children, part)


def _reason(reason: Reason) -> dict[str, Any]:
    return _node(reason, [_reason(child) for child in reason.children], _written_out)


def _node(reason: Reason, children: list[Any], part: _Part) -> dict[str, Any]:
    document: dict[str, Any] = {
        "conclusion": reason.conclusion,
        "label": reason.label,
        "value": reason.value.value,
        "rule": reason.rule or None,
        "sources": part(reason.sources, sources_document),
        "children": children,
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


def sources_document(sources: Iterable[Citation]) -> list[dict[str, str]]:
    """Return *sources* as plain data."""
    return [
        {"ref": one.ref, "at": one.at, "label": one.label, "edition": one.edition, "url": one.url}
        for one in sources
    ]


def truth_mark(truth: Truth) -> str:
    """Return the mark a tree shows for *truth*: ✓, ✗ or ?."""
    return {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNKNOWN: "?"}[truth]

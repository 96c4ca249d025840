"""A decision as data: the JSON of the contract, key by key."""

from __future__ import annotations

import json
from functools import cache

from hjemmel.decide.memory import Memory
from hjemmel.explain.reasons import explain
from hjemmel.money import data_amount
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

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
    from hjemmel.policy.compile import Policy


class Plainly:
    """How parts of a document are written: all of them plainly, as data."""

    def own(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return *value*, which is this decision's own: an amount, or a name."""
        return value

    def part(self, of: Any, write: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any part
        """Return what is the same in many decisions, by a function that can *write* it."""
        return write(of)

    def branch(self, of: Reason) -> Any:  # noqa: ANN401 - any part
        """Return a branch of the explanation."""
        return self.part(of, reason_document)


class Copying(Plainly):
    """How parts are written as JSON: once for each policy, and copied from then on."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* that the parts belong to."""
        import orjson  # noqa: PLC0415 - only who writes JSON this way pays for loading it

        self._fragment, self._dumps = orjson.Fragment, orjson.dumps
        self._written: Memory = policy.notes.setdefault("written", Memory())

    def part(self, of: Any, write: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as above
        """Return what is the same in many decisions, as it was written before."""
        return self._fragment(self.written(of, write))

    def written(self, of: Any, write: Callable[[Any], Any]) -> bytes:  # noqa: ANN401 - as above
        """Return the JSON of what is the same in many decisions."""
        # An object is known by its place in memory, which is its own as long as it is kept.
        known: tuple[Any, bytes] | None = self._written.get(id(of))
        if known is None or known[0] is not of:
            known = self._written.keep(id(of), (of, self._dumps(write(of))))
        return known[1]


_PLAINLY = Plainly()


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return *decision* with its explanation as plain data, in the contract's order of keys."""
    return document_by(_PLAINLY, decision)


def document_by(how: Plainly, decision: Decision) -> dict[str, Any]:
    """Return *decision* as data, *how* its parts are to be written."""
    return {
        "case": how.own(decision.case.id),
        "decided_on": how.own(decision.case.decided_on.isoformat()),
        "outcome": decision.outcome,
        "target_group": {"value": decision.target_group.value, "grounds": list(decision.grounds)},
        "amounts": amounts_document(decision.amounts, how),
        "items": [
            item_document(item, decision.item_reasons[item.id], how) for item in decision.items
        ],
        "missing": [
            {
                "fact": one.fact,
                "question": one.question,
                "cause": one.cause,
                "sources": how.part(one.sources, sources_document),
            }
            for one in decision.missing
        ],
        "open_questions": [_question(one, how) for one in decision.open_questions],
        "duties": how.part(decision.duties, _duties),
        "explanation": _explanation(explain(decision), how),
        "receipt": _receipt(decision, how),
    }


def decision_json(decision: Decision) -> bytes:
    """Return the JSON of *decision* on one line: the same data as :func:`decision_document`.

    What is the same in many decisions, the duties and the branches of the explanation, is
    written once for each policy and copied from then on. Where the decision was found again for
    a case like others, so is all but what is this case's own.
    """
    if getattr(decision.trace, "kept", None) is not None:
        return _filled()(decision)
    import orjson  # noqa: PLC0415 - as for Copying

    return orjson.dumps(document_by(Copying(decision.trace.run.policy), decision))


@cache
def _filled() -> Callable[[Decision], bytes]:
    """Return what fills in the form of decisions, loaded when a case is like another."""
    from hjemmel.explain.form import filled  # noqa: PLC0415 - see above

    return filled


def decision_bytes(decision: Decision) -> bytes:
    """Return the JSON of *decision* as it is printed: the same bytes for the same decision."""
    text = json.dumps(decision_document(decision), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def amounts_document(
    amounts: Amounts | None, how: Plainly = _PLAINLY
) -> dict[str, str | None] | None:
    """Return *amounts* as plain data; nothing where there are none."""
    if amounts is None:
        return None
    return {
        "ceiling": how.own(data_amount(amounts.ceiling)),
        "spent_before": _told(amounts.spent_before, how),
        "granted": how.own(data_amount(amounts.granted)),
        "remaining": _told(amounts.remaining, how),
    }


def _told(ore: int | None, how: Plainly) -> Any:  # noqa: ANN401 - any value
    return None if ore is None else how.own(data_amount(ore))


def item_document(
    item: Item, reasons: Iterable[str] | None = None, how: Plainly = _PLAINLY
) -> dict[str, Any]:
    """Return what a wish came to as plain data, with *reasons* where they are given."""
    document: dict[str, Any] = {
        "id": how.own(item.id),
        "status": item.status,
        "granted": how.own(data_amount(item.granted)),
        "own_payment": how.own(data_amount(item.own_payment)),
        "outside_ceiling": how.own(data_amount(item.outside_ceiling)),
    }
    if reasons is not None:
        document["reasons"] = list(reasons)
    return document


def _question(question: OpenQuestion, how: Plainly) -> dict[str, Any]:
    return {
        "id": question.id,
        "chosen": question.chosen,
        "robust": question.robust,
        "question": question.question,
        "readings": {one.reading: _reading(one, how) for one in question.readings},
        "sources": how.part(question.sources, sources_document),
    }


def _reading(reading: ReadingResult, how: Plainly) -> dict[str, Any]:
    return {
        "label": reading.label,
        "outcome": reading.outcome,
        "target_group": reading.target_group.value,
        "items": [item_document(item, how=how) for item in reading.items],
        "amounts": amounts_document(reading.amounts, how),
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


def _explanation(reason: Reason, how: Plainly) -> dict[str, Any]:
    """Return the explanation: its root and each wish are of this decision, their branches not."""
    request, target, *wishes = reason.children
    children = [
        how.branch(request),
        how.branch(target),
        *[_node(wish, [how.branch(one) for one in wish.children], how, how.own) for wish in wishes],
    ]
    return _node(reason, children, how)


def reason_document(reason: Reason) -> dict[str, Any]:
    """Return *reason* and all below it as plain data."""
    return _node(reason, [reason_document(child) for child in reason.children], _PLAINLY)


def _node(
    reason: Reason, children: list[Any], how: Plainly, own: Callable[[Any], Any] = _PLAINLY.own
) -> dict[str, Any]:
    """Return *reason* above its *children*; its name and what is told are written by *own*."""
    document: dict[str, Any] = {
        "conclusion": own(reason.conclusion),
        "label": reason.label,
        "value": reason.value.value,
        "rule": reason.rule or None,
        "sources": how.part(reason.sources, sources_document),
        "children": children,
    }
    for key in ("text", "note", "fact"):
        if getattr(reason, key):
            document[key] = getattr(reason, key)
    if reason.told:
        document["told"] = own(reason.told)
    if reason.decisive:
        document["decisive"] = True
    return document


def _receipt(decision: Decision, how: Plainly) -> dict[str, Any]:
    receipt = decision.receipt
    return {
        "engine_version": receipt.engine_version,
        "policy": receipt.policy,
        "policy_version": receipt.policy_version,
        "policy_digest": receipt.policy_digest,
        "schema_version": receipt.schema_version,
        "rules_for": how.own(receipt.rules_for),
        "municipality": receipt.municipality or None,
        "case_digest": how.own(receipt.case_digest),
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

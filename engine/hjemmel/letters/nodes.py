"""The nodes a sentence of a letter may rest on, found by their labels.

A label names the kind of node and which one: ``duty:complaint_guidance``, ``outcome:refuse``,
``fact:criteria.shortened_life``. A label that the decision does not carry finds nothing, and a
letter that needs it is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hjemmel.decide.refund import Refund, refund_of
from hjemmel.explain.reasons import explain
from hjemmel.letters.request import NEEDED, LetterFacts
from hjemmel.messages import words
from hjemmel.model import Citation, Decision, Duty, Reason
from hjemmel.money import people_amount
from hjemmel.policy.compile import DutyRule, Policy

#: Any node of its kind will do: ``outcome:*``.
ANY = "*"
#: What a letter shows about itself, its sender and its reader; it carries no statement.
ADMINISTRATION = ("case", "recipient", "municipality", "receipt", "blank", "option", "reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """A node that carries a sentence: the rule, the fact and the sources it brings."""

    label: str
    shown: str
    value: str = ""
    rule: str = ""
    fact: str = ""
    told: str = ""
    sources: tuple[Citation, ...] = ()
    carries: bool = field(default=True)

    @property
    def kind(self) -> str:
        """Return what kind of node this is: a conclusion, a duty, a fact, …."""
        return self.label.partition(":")[0]


class Nodes:
    """Every node of one decision that a letter may rest a sentence on."""

    def __init__(
        self, decision: Decision, told: LetterFacts | None = None, later: Policy | None = None
    ) -> None:
        """Take the *decision*, what is *told* for the letter alone, and the rules of a *later* day.

        A letter of another day than the decision's guides by the rules of its own day.
        """
        self.decision, self.told = decision, told or LetterFacts()
        self.policy: Policy = decision.trace.run.policy
        self.later = later or self.policy
        self.tree = explain(decision)
        self._reasons = tuple(_below(self.tree))
        self._found: dict[str, Basis | None] = {}

    @property
    def called(self) -> str:
        """Return what the letter calls the citizen where somebody else reads it, else nothing."""
        case = self.decision.case
        if case.recipient.on_behalf_of:
            return case.recipient.on_behalf_of
        return words("called-child") if case.facts.get("citizen.under_18") is True else ""

    def find(self, label: str) -> Basis | None:
        """Return the node called *label*, or nothing where the decision has none."""
        if label not in self._found:
            self._found[label] = self._find(label)
        return self._found[label]

    def _find(self, label: str) -> Basis | None:
        kind, _, name = label.partition(":")
        if kind in ADMINISTRATION:
            return Basis(label=label, shown=words(f"node-{kind}"), carries=False)
        finder = getattr(self, f"_{kind}", None) if kind in KINDS else None
        found: Basis | None = finder(name) if finder else None
        return found

    # --- the result -------------------------------------------------------------------

    def _outcome(self, name: str) -> Basis | None:
        if name not in (ANY, self.decision.outcome):
            return None
        top = self.tree
        return Basis(
            label=f"outcome:{self.decision.outcome}",
            shown=top.label,
            value=self.decision.outcome,
            rule=top.rule,
            told=top.text,
            sources=top.sources,
        )

    def _legal_basis(self, name: str) -> Basis | None:
        """Return the law that help is given by; to name it is not yet to say that it is given."""
        if name != ANY:
            return None
        sources = self.decision.outcome_sources
        return Basis(
            label=f"legal_basis:{name}",
            shown=words("node-legal_basis"),
            sources=sources,
            carries=False,
        )

    def _target_group(self, name: str) -> Basis | None:
        if name not in (ANY, self.decision.target_group.value):
            return None
        reason = self._conclusion_reason(self.policy.decided_by)
        return _of_reason(f"target_group:{name}", reason) if reason else None

    def _conclusion(self, name: str) -> Basis | None:
        reason = self._conclusion_reason(name)
        return _of_reason(f"conclusion:{name}", reason) if reason else None

    def _conclusion_reason(self, name: str) -> Reason | None:
        return next((one for one in self._reasons if one.conclusion == name), None)

    def _item(self, name: str) -> Basis | None:
        item = next((one for one in self.decision.items if one.id == name), None)
        reason = self._conclusion_reason(name)
        if item is None or reason is None:
            return None
        return Basis(
            label=f"item:{name}",
            shown=f"{words('node-item')}: {reason.label}",
            value=item.status,
            rule=item.row,
            fact=f"wishes[{name}]",
            told=reason.told,
            sources=reason.sources,
        )

    def _status(self, name: str) -> Basis | None:
        item = next((one for one in self.decision.items if one.status == name), None)
        return self.find(f"item:{item.id}") if item else None

    def _amount(self, name: str) -> Basis | None:
        amounts = self.decision.amounts
        value = getattr(amounts, name, None) if amounts else None
        if value is None:
            return None
        return Basis(
            label=f"amount:{name}",
            shown=words(f"node-amount-{name}"),
            value=people_amount(value),
            sources=self.policy.money.sources,
        )

    def _rate(self, name: str) -> Basis | None:
        rate = self.policy.money.ceiling
        if name != rate.id:
            return None
        shown = people_amount(self.policy.money.ceiling_today)
        return Basis(
            label=f"rate:{name}", shown=rate.label, value=shown, sources=self.policy.money.sources
        )

    # --- facts and rules --------------------------------------------------------------

    def _fact(self, name: str) -> Basis | None:
        reason = next((one for one in self._reasons if one.fact == name), None)
        if reason is not None:
            return _of_reason(f"fact:{name}", reason)
        known = self.policy.facts.get(name)
        told = self._told_in_case(name)
        if told is None:
            return None
        return Basis(
            label=f"fact:{name}",
            shown=known.label if known else words("node-fact"),
            fact=name,
            told=told,
            sources=known.sources if known else (),
        )

    def _told_in_case(self, name: str) -> str | None:
        case = self.decision.case
        if case.facts.get(name) is not None:
            return str(case.facts[name])
        listed, bracket, rest = name.partition("[")
        elements: Iterable[Mapping[str, Any]] = case.lists.get(listed) or ()
        if not bracket:
            return words("node-listed") if elements else None
        key, _, part = rest.partition("]")
        for at, element in enumerate(elements):
            if str(element.get("id", at)) == key:
                told = element.get(part.lstrip(".")) if part else key
                return None if told is None else str(told)
        return None

    def _missing(self, name: str) -> Basis | None:
        missing = next((one for one in self.decision.missing if one.fact == name), None)
        if missing is None and name == ANY:
            missing = next(iter(self.decision.missing), None)
        if missing is None:
            return None
        return Basis(
            label=f"missing:{missing.fact}",
            shown=f"{words('node-missing')}: {missing.question}",
            value=missing.cause,
            fact=missing.fact,
            sources=missing.sources,
        )

    def _question(self, name: str) -> Basis | None:
        asked = (one for one in self.decision.open_questions if name in (ANY, one.id))
        question = next(asked, None)
        if question is None:
            return None
        return Basis(
            label=f"question:{question.id}",
            shown=f"{words('node-question')}: {question.question}",
            value=question.chosen,
            told=question.chosen_by,
            sources=question.sources,
        )

    def _duty(self, name: str) -> Basis | None:
        return _of_duty(f"duty:{name}", name, self.decision.duties)

    def _guidance(self, name: str) -> Basis | None:
        return _of_duty(f"guidance:{name}", name, self.later.duties)

    def _provision(self, name: str) -> Basis | None:
        known = self.policy.provisions.get(name)
        if known is None:
            return None
        return Basis(label=f"provision:{name}", shown=known.label, value=known.cite)

    def _criterion(self, name: str) -> Basis | None:
        known = self.policy.facts.get(f"criteria.{name}")
        if name not in self.policy.criteria or known is None:
            return None
        return Basis(
            label=f"criterion:{name}", shown=known.label, fact=known.id, sources=known.sources
        )

    def _source(self, name: str) -> Basis | None:
        ref, _, at = name.partition(":")
        for one in self._citations():
            if one.ref == ref and one.at == at:
                return Basis(label=f"source:{name}", shown=f"{one.label}, {one.at}", sources=(one,))
        return None

    def _letter(self, name: str) -> Basis | None:
        told = self.told.told.get(name)
        if told is None:
            return None
        return Basis(
            label=f"letter:{name}",
            shown=words("node-letter"),
            fact=name,
            told=f"{words(f'letter-asks-{name}')} {told}",
        )

    def _refund(self, name: str) -> Basis | None:
        refund = self.refund()
        if refund is None or name not in (ANY, refund.result):
            return None
        return Basis(
            label=f"refund:{refund.result}",
            shown=words("node-refund"),
            value=people_amount(refund.amount),
            rule=self.policy.refund.floor.id,
            told=self.policy.refund.condition,
            sources=self.policy.refund.sources,
        )

    def refund(self) -> Refund | None:
        """Return what is paid back for the returned aid that the letter is told about, if any."""
        told = self.told.told
        if any(told.get(name) is None for name in NEEDED["aid_returned"]):
            return None
        return refund_of(
            self.policy.refund,
            own_payment=told["own_payment"],
            bought_on=told["bought_on"],
            returned_on=told["returned_on"],
            more_usable=told["more_usable"],
        )

    def name_of(self, ref: str) -> str:
        """Return what the source *ref* is called in a sentence, or *ref* where it is not cited."""
        return next((one.label for one in self._citations() if one.ref == ref), ref)

    def _citations(self) -> Iterator[Citation]:
        for reason in self._reasons:
            yield from reason.sources
        for row in (*self.policy.items, *self.policy.outcomes):
            yield from row.sources
        for duty in (*self.policy.duties, *self.later.duties):
            yield from duty.sources
        for question in self.decision.open_questions:
            yield from question.sources
        yield from self.policy.refund.sources
        for missing in self.decision.missing:
            yield from missing.sources


#: Every kind of node that can carry a sentence.
KINDS = frozenset(
    ("outcome", "legal_basis", "target_group", "conclusion", "item", "status", "amount", "rate",
     "fact", "missing", "question", "duty", "guidance", "provision", "criterion", "source",
     "letter", "refund")
)  # fmt: skip


def _below(reason: Reason) -> Iterator[Reason]:
    for child in reason.children:
        yield from _below(child)
    yield reason


def _of_reason(label: str, reason: Reason) -> Basis:
    return Basis(
        label=label,
        shown=reason.label,
        value=reason.value.value,
        rule=reason.rule,
        fact=reason.fact,
        told=reason.told or "; ".join(dict.fromkeys(_facts(reason))),
        sources=reason.sources,
    )


def _facts(reason: Reason) -> Iterator[str]:
    """Yield the told facts below *reason*."""
    for one in _below(reason):
        if one.fact and one.told:
            yield f"{one.label}: {one.told}"


def _of_duty(label: str, name: str, duties: Iterable[Duty | DutyRule]) -> Basis | None:
    duty = next((one for one in duties if one.id == name), None)
    if duty is None:
        return None
    return Basis(
        label=label,
        shown=f"{words('node-duty')}: {duty.label}",
        rule=duty.id,
        told=duty.text,
        sources=duty.sources,
    )

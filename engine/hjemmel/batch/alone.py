"""The single case: what the table sets aside, what to ask for, and the chosen explanations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hjemmel.batch.reasons import reasons
from hjemmel.decide.case import read_case
from hjemmel.decide.decision import agreed_proposal, decide, with_settled_entry
from hjemmel.decide.grounds import grounds_of
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.missing import missing_facts
from hjemmel.decide.readings import agree, propose, with_reading
from hjemmel.explain.document import decision_document
from hjemmel.issues import BackendError, HjemmelError, masked
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.batch.calendar import Calendar
    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy

#: A case as it stands in its line, as data, or the error that says why there is none.
Told = bytes | dict[str, Any] | HjemmelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that cannot be decided, why, and what can be done about it."""

    line: int
    case: str
    code: str
    reason: str
    hint: str


class Alone:
    """Reads and decides cases one by one, by the rules of a calendar."""

    def __init__(self, book: RuleBook, calendar: Calendar, *, missing: bool, lang: str) -> None:
        """Take the *book*, its *calendar*, and whether what to ask for is wanted."""
        self._book, self._calendar = book, calendar
        self._missing, self._lang = missing, lang

    def decided(self, line: int, told: Told) -> dict[str, Any] | Rejected:
        """Return the row of the case *told* on *line*, or why there is none."""
        try:
            policy, case = self._read(told)
            proposal = agreed_proposal(policy, case)
        except HjemmelError as error:
            return self._rejected(line, told, error)
        return self._row(policy, case, proposal)

    def missing(self, told: Told, outcome: str) -> list[str]:
        """Return what the case *told* still has to be asked; its *outcome* is known.

        Raises:
            BackendError: decided alone the case has another outcome.
        """
        policy, case = self._read(told)
        proposal = propose(policy, case, reference_for(policy))
        if proposal.outcome.result != outcome:
            evidence = {"case": case.plain, "table": outcome, "alone": proposal.outcome.result}
            raise BackendError("interpreters-disagree", evidence=evidence, file="")
        return [one.fact for one in missing_facts(policy, case, proposal)]

    def explained(self, told: bytes | dict[str, Any]) -> dict[str, Any]:
        """Return the whole decision of the case *told*, as ``hjemmel decide`` gives it."""
        case = read_case(told, self._book, name=_NAME)
        return decision_document(decide(self._calendar.on(case.decided_on), case))

    def _read(self, told: Told) -> tuple[Policy, Case]:
        if isinstance(told, HjemmelError):
            raise told
        case = read_case(told, self._book, name=_NAME)
        policy = self._calendar.on(case.decided_on)
        return policy, with_settled_entry(policy, case)

    def _row(self, policy: Policy, case: Case, proposal: Proposal) -> dict[str, Any]:
        amounts = proposal.amounts
        return {
            "case": case.id,
            "decided_on": case.decided_on,
            "outcome": proposal.outcome.result,
            "rule": proposal.outcome.id,
            "target_group": {
                "value": proposal.target_group.value,
                "grounds": list(grounds_of(proposal)),
            },
            "amounts": None if amounts is None else {
                "ceiling": amounts.ceiling,
                "spent_before": amounts.spent_before,
                "granted": amounts.granted,
                "remaining": amounts.remaining,
            },
            "items": [
                {
                    "id": item.id,
                    "status": item.status,
                    "granted": item.granted,
                    "own_payment": item.own_payment,
                    "outside_ceiling": item.outside_ceiling,
                    "rule": item.row,
                }
                for item in proposal.items
            ],
            "missing": [one.fact for one in missing_facts(policy, case, proposal)]
            if self._missing else None,
            "open_questions": _questions(policy, proposal),
        }  # fmt: skip

    def _rejected(self, line: int, told: Told, error: HjemmelError) -> Rejected:
        found = reasons(told, error, self._lang)
        return Rejected(
            line=line, case=_name_of(told), code=found[0].code,
            reason="; ".join(one.reason for one in found),
            hint="; ".join(dict.fromkeys(one.hint for one in found if one.hint)),
        )  # fmt: skip


def _name_of(told: Told) -> str:
    """Return what the case *told* calls itself, if that much can be read."""
    if isinstance(told, bytes):
        try:
            told = json.loads(told)
        except (ValueError, RecursionError):
            return ""
    name = told.get("case") if isinstance(told, dict) else None
    if not isinstance(name, str):
        return ""
    whole = name.encode(errors="replace").decode()  # half a character cannot be written
    return masked(whole)[:_LONGEST_NAME]


_NAME, _LONGEST_NAME = "case.json", 80


def _questions(policy: Policy, proposal: Proposal) -> list[dict[str, Any]]:
    found = []
    for name, truth in proposal.raised.items():
        if truth is not Truth.TRUE:
            continue
        question: Any = policy.questions[name]
        readings = [with_reading(proposal, name, one) for one in question.readings]
        robust = all(agree(readings[0], other) for other in readings)
        found.append({"id": name, "chosen": question.chosen, "robust": robust})
    return found


def wanted(row: Mapping[str, Any], where: tuple[str, str] | None) -> bool:
    """Say whether *row* is one of those that *where* names: a key and a value, or all rows."""
    if where is None:
        return True
    key, value = where
    match key:
        case "target_group":
            return bool(row["target_group"]["value"] == value)
        case "status":
            return any(item["status"] == value for item in row["items"])
        case "question":
            return any(one["id"] == value for one in row["open_questions"])
        case "ground":
            return value in row["target_group"]["grounds"]
        case _:
            return bool(row[key] == value)

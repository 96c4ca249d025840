"""The single case: what the table sets aside, what to ask for, and the chosen explanations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hjemmel.decide.case import read_case
from hjemmel.decide.decision import agreed_proposal, decide, with_settled_entry
from hjemmel.decide.grounds import grounds_of
from hjemmel.decide.interpreters import reference_for
from hjemmel.decide.missing import missing_facts
from hjemmel.decide.readings import agree, propose, with_reading
from hjemmel.explain.document import decision_document
from hjemmel.issues import BackendError, CaseInvalidError, HjemmelError, masked
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.batch.calendar import Calendar
    from hjemmel.decide.readings import Proposal
    from hjemmel.model import Case
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy

Told = bytes | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that cannot be decided, and why."""

    line: int
    case: str
    code: str
    reason: str


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

    def explained(self, told: Told) -> dict[str, Any]:
        """Return the whole decision of the case *told*, as ``hjemmel decide`` gives it."""
        case = read_case(told, self._book, name=_NAME)
        return decision_document(decide(self._calendar.on(case.decided_on), case))

    def _read(self, told: Told) -> tuple[Policy, Case]:
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
        case = ""
        if isinstance(told, dict):
            case = masked(str(told.get("case", "")))
        if isinstance(error, CaseInvalidError):
            first = error.report.errors[0]
            code, reason = first.code, "; ".join(
                masked(one.message(self._lang)) for one in error.report.errors
            )  # fmt: skip
        else:
            code, reason = error.code, error.text(self._lang).replace("\n", " ")
        return Rejected(line=line, case=case, code=code, reason=reason)


_NAME = "case.json"


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

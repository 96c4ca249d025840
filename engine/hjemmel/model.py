"""The frozen records that flow through the house: case in, decision out."""

from __future__ import annotations

from datetime import date

from hjemmel.records import dataclass, field
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any

    #: What a told fact may hold: a yes/no, a text, a day, an amount in øre or a quantity.
    Value = bool | str | int | date | Decimal | None


#: The lists that a case may tell.
HELP, GRANTS, WISHES = "previous_help", "earlier_grants", "wishes"
LISTS_OF_A_CASE = (HELP, GRANTS, WISHES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where in the law something rests; *edition* is the text in force on the day."""

    ref: str
    at: str
    label: str = ""
    edition: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a letter is written to; no rule may read it.

    *role* says why it is not the citizen: ``parent``, ``guardian`` or ``representative``;
    *on_behalf_of* is what the letter then calls the citizen.
    """

    name: str = ""
    address: tuple[str, ...] = ()
    role: str = ""
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of one request; a fact that is not here is unknown.

    *facts* holds the facts of the case by id (``diagnosis.confirmed``); *lists* holds the
    elements of each list by field name, or nothing where the list was left out.
    Amounts are whole øre. *plain* is the case as it was told, without its recipient.
    """

    id: str
    decided_on: date
    facts: Mapping[str, Value]
    lists: Mapping[str, tuple[Mapping[str, Any], ...] | None]
    evidence: Mapping[str, str] = field(default_factory=dict)
    recipient: Recipient = field(default_factory=Recipient)
    plain: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What one wish came to; amounts are whole øre."""

    id: str
    status: str
    granted: int = 0
    own_payment: int = 0
    outside_ceiling: int = 0
    row: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """The ceiling and what is spent, granted and left, in øre; nothing where it is unknown."""

    ceiling: int
    spent_before: int | None
    granted: int
    remaining: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A fact that can still change the outcome, an item or an amount."""

    fact: str
    question: str
    cause: str
    sources: tuple[Citation, ...]
    citizen: str = ""
    told_by: str = "caseworker"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingResult:
    """What one reading of an open question would give."""

    reading: str
    label: str
    grounds: str
    outcome: str
    target_group: Truth
    items: tuple[Item, ...]
    amounts: Amounts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """An open legal question that touches the case, and what each reading gives."""

    id: str
    label: str
    question: str
    chosen: str
    chosen_by: str
    robust: bool
    readings: tuple[ReadingResult, ...]
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What somebody must do in this case; *special* tells that it is not so in every case."""

    id: str
    label: str
    text: str
    citizen_text: str
    who: str
    phase: str
    deadline_days: int | None
    deadline_from: str
    special: bool
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One node of the explanation: what was asked, what it came to, and why.

    *needs* is what the condition above asks it to be, and *stands* what that came to.
    """

    conclusion: str
    label: str
    value: Truth
    needs: Truth = Truth.TRUE
    stands: Truth = Truth.TRUE
    rule: str = ""
    text: str = ""
    note: str = ""
    fact: str = ""
    told: str = ""
    decisive: bool = False
    sources: tuple[Citation, ...] = ()
    children: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was used, so that the decision can be run again, byte for byte."""

    engine_version: str
    policy: str
    policy_version: str
    policy_digest: str
    schema_version: str
    rules_for: str
    municipality: str
    case_digest: str
    interpreters: tuple[str, ...]
    reviewed: int
    elements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the rules propose for one case on one day; a person makes the decision.

    *trace* is what the explanation is built from; it is not part of the contract.
    """

    case: Case
    outcome: str
    outcome_label: str
    outcome_reason: str
    outcome_sources: tuple[Citation, ...]
    target_group: Truth
    grounds: tuple[str, ...]
    amounts: Amounts | None
    items: tuple[Item, ...]
    item_reasons: Mapping[str, tuple[str, ...]]
    missing: tuple[Missing, ...]
    open_questions: tuple[OpenQuestion, ...]
    duties: tuple[Duty, ...]
    settled_entry: str
    receipt: Receipt
    trace: Any = field(compare=False, repr=False)

"""Everything a letter may mention, gathered from a decision in words a citizen can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import Any

from hjemmel.decide.budget import wish_value
from hjemmel.explain.reasons import people_day
from hjemmel.letters.cite import Named, inline, listed
from hjemmel.letters.fields import (
    Asked,
    Criterion,
    EarlierGrant,
    EarlierHelp,
    LetterTold,
    Offer,
    Office,
    Own,
    Person,
    QuestionShown,
    ReadingShown,
    RefundShown,
    Sentence,
    Sums,
    ToldFact,
    Trail,
    Wish,
)
from hjemmel.letters.marks import Bound
from hjemmel.letters.nodes import Nodes
from hjemmel.letters.own import own_words
from hjemmel.messages import words
from hjemmel.model import (
    GRANTS,
    HELP,
    WISHES,
    Citation,
    Decision,
    Duty,
    Item,
    Missing,
    OpenQuestion,
    Reason,
)
from hjemmel.money import people_amount
from hjemmel.policy.compile import NONE_CHOSEN, DutyRule, Policy
from hjemmel.policy.language import ConclusionTest, ListTest, ReadingTest, atoms_of
from hjemmel.truth import Truth

#: How a letter shows what only the municipality can fill in, and what that may be.
BLANK = "[udfyldes af kommunen: {what}]"
BLANKS: Mapping[str, str] = {
    "sender": "kommunens navn",
    "sender_address": "kommunens adresse",
    "recipient": "modtagerens navn",
    "recipient_address": "modtagerens adresse",
    "caseworker": "sagsbehandlerens navn",
    "phone": "et telefonnummer",
    "complaint": "den afdeling, der modtager klager",
    "complaint_address": "adressen for klager",
    "answer_by": "svarfristen",
}
#: Who else than the municipality can tell a fact.
_OTHERS = ("citizen", "hospital")
_CRITERIA = "criteria."
_DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContext:
    """Everything a letter may mention."""

    kind: str = field(metadata={"help": "brevets art: grant, partial_grant, refusal, …"})
    case: str = field(metadata={"help": "sagens nummer"})
    decided_on: str = field(metadata={"help": "brevets dag: 4. marts 2024"})
    decision_day: str = field(metadata={"help": "afgørelsens dag, også i et senere brev"})
    told: LetterTold = field(metadata={"help": "det, der kun er oplyst til brevet"})
    refund: RefundShown | None = field(
        metadata={"help": "regnestykket, når et hjælpemiddel er leveret tilbage, ellers ingenting"}
    )
    earlier_grants: tuple[EarlierGrant, ...] = field(
        metadata={"help": "de tidligere bevillinger i samme sygdomsforløb"}
    )
    role: str = field(
        metadata={"help": "parent, guardian eller representative, når brevet er til en anden"}
    )
    called: str = field(
        metadata={"help": "det, brevet kalder borgeren, når en anden læser det, ellers tom"}
    )
    answer_by: str = field(
        metadata={"help": "dagen, borgeren skal svare inden, eller en tom plads"}
    )
    requested_on: str = field(metadata={"help": "dagen, borgeren bad om hjælp, eller tom"})
    sender: Office = field(metadata={"help": "kommunen, der skriver"})
    recipient: Person = field(metadata={"help": "den, brevet er til"})
    complaint: Office = field(metadata={"help": "der, hvor en klage skal sendes hen"})
    caseworker: Person = field(metadata={"help": "den navngivne sagsbehandler"})
    own: Own = field(metadata={"help": "kommunens egne ord, hvert på sin plads"})
    target_group: str = field(
        metadata={"help": "om borgeren er omfattet: true, false eller unknown"}
    )
    diagnosis: str = field(metadata={"help": "diagnosen, som den står i sagen, eller tom"})
    reasons: tuple[Sentence, ...] = field(
        metadata={"help": "begrundelsen, én sætning pr. konklusion"}
    )
    criteria: tuple[Criterion, ...] = field(
        metadata={"help": "de vurderede kriterier, som afgørelsen bygger på"}
    )
    all_criteria: tuple[str, ...] = field(
        metadata={"help": "alle kriterier som bisætninger til borgeren"}
    )
    facts: tuple[ToldFact, ...] = field(metadata={"help": "de oplysninger, afgørelsen bygger på"})
    earlier_help: tuple[EarlierHelp, ...] = field(
        metadata={"help": "hjælp, borgeren allerede har fået bevilget"}
    )
    wishes: tuple[Wish, ...] = field(metadata={"help": "ønskerne i borgerens egen rækkefølge"})
    sums: Sums | None = field(
        metadata={"help": "beløbene, når borgeren er omfattet, ellers ingenting"}
    )
    ceiling: str = field(metadata={"help": "det højeste beløb på brevets dag, til vejledning"})
    ask_citizen: tuple[Asked, ...] = field(metadata={"help": "det, borgeren kan fortælle"})
    ask_health: tuple[Asked, ...] = field(
        metadata={"help": "det, kommunen henter hos sygehus eller læge"}
    )
    ask_us: tuple[Asked, ...] = field(
        metadata={"help": "det, kommunen selv undersøger eller vurderer"}
    )
    needs_consent: bool = field(metadata={"help": "om der skal hentes oplysninger om helbred"})
    open_questions: tuple[QuestionShown, ...] = field(
        metadata={"help": "åbne retlige spørgsmål, der berører sagen"}
    )
    duties: Mapping[str, Sentence] = field(
        metadata={"help": "sætninger om de pligter, der gælder i sagen, efter id"}
    )
    guidance: Mapping[str, Sentence] = field(
        metadata={"help": "sætninger om alle pligter på dagen, efter id"}
    )
    applies: tuple[str, ...] = field(metadata={"help": "id på alle pligter, der gælder i sagen"})
    offers: tuple[Offer, ...] = field(metadata={"help": "den hjælp, der kan vælges på dagen"})
    sources: tuple[Named, ...] = field(
        metadata={"help": "reglerne bag afgørelsen, samlet efter retskilde"}
    )
    trail: Trail = field(metadata={"help": "hvad afgørelsen er udarbejdet med"})


def letter_context(nodes: Nodes, kind: str, *, answer_by: date | None = None) -> LetterContext:
    """Return everything a letter of *kind* may mention, bound to the *nodes* of a decision.

    *answer_by* is the last day of an answer; without it the letter shows a place to fill in.
    """
    return _Gatherer(nodes).context(kind, answer_by)


class _Gatherer:
    def __init__(self, nodes: Nodes) -> None:
        decision: Decision = nodes.decision
        self.nodes = nodes
        self.decision, self.case = decision, decision.case
        self.run = decision.trace.run
        self.policy: Policy = self.run.policy
        tree = nodes.tree
        self.target = next(one for one in tree.children if one.conclusion == self.policy.decided_by)
        self.found = tuple(_below(self.target))
        self.explained = {one.conclusion: one for one in tree.children}
        self.items = {item.id: item for item in decision.items}

    def context(self, kind: str, answer_by: date | None) -> LetterContext:
        case, municipality = self.case, self.policy.municipality
        asked = self._asked()
        return LetterContext(
            kind=kind,
            case=Bound(case.id, "case:id"),
            decided_on=self._told_day("written_on") or _day(case.decided_on, "case:decided_on"),
            decision_day=_day(case.decided_on, "case:decided_on"),
            told=LetterTold(
                aid=self._told_text("aid"),
                bought_on=self._told_day("bought_on"),
                returned_on=self._told_day("returned_on"),
                deadline=self._told_day("deadline"),
                expected_on=self._told_day("expected_on"),
                why=self._told_text("why"),
                complaint_received_on=self._told_day("complaint_received_on"),
                complaint_in_time=self.nodes.told.told.get("complaint_in_time") is True,
                forwarded_on=self._told_day("forwarded_on"),
                unit=self._told_text("unit"),
            ),
            refund=self._refund(),
            earlier_grants=tuple(self._earlier_grants()),
            called=Bound(self.nodes.called, "recipient:on_behalf_of"),
            role=case.recipient.role,
            answer_by=_day(answer_by, "option:answer_by") or _blank("answer_by"),
            requested_on=_day(case.facts.get("request.date"), "fact:request.date"),
            sender=_office("sender", municipality.letterhead, municipality.name),
            recipient=_recipient(case.recipient.name, case.recipient.address),
            complaint=_office("complaint", municipality.complaint),
            caseworker=_caseworker(municipality.signature),
            own=self._own(),
            target_group=self.decision.target_group.value,
            diagnosis=self._diagnosis(),
            reasons=tuple(
                self._sentence(one.text, one.sources, f"conclusion:{one.conclusion}")
                for one in self._reasons()
            ),
            criteria=tuple(self._criterion(one) for one in self._criteria()),
            all_criteria=tuple(
                Bound(one["citizen"], f"criterion:{name}")
                for name, one in self.policy.criteria.items()
            ),
            facts=tuple(self._facts()),
            earlier_help=tuple(self._earlier_help()),
            wishes=tuple(self._wish(one) for one in case.lists.get(WISHES) or ()),
            sums=self._sums(),
            ceiling=Bound(
                people_amount(self.policy.money.ceiling_today),
                f"rate:{self.policy.money.ceiling.id}",
            ),
            ask_citizen=asked["citizen"],
            ask_health=asked["hospital"],
            ask_us=asked["us"],
            needs_consent=any(self._about_health(one) for one in self.decision.missing),
            open_questions=tuple(
                _question(one, municipality.name) for one in self.decision.open_questions
            ),
            duties=self._sentences(self.decision.duties, "duty"),
            guidance=self._sentences(self.nodes.later.duties, "guidance"),
            applies=tuple(duty.id for duty in self.decision.duties),
            offers=tuple(
                Offer(
                    label=Bound(one.label, f"provision:{one.id}"),
                    like=Bound(one.cite, f"provision:{one.id}"),
                    like_under_18=Bound(one.cite_under_18, f"provision:{one.id}"),
                )
                for one in self.policy.provisions.values()
            ),
            sources=listed(self._sources(), case.decided_on),
            trail=Trail(
                version=Bound(self.decision.receipt.policy_version, "receipt:version"),
                digest=Bound(self.decision.receipt.policy_digest[:_DIGEST_SHOWN], "receipt:digest"),
                interpreters=tuple(
                    Bound(one, "receipt:interpreters") for one in self.decision.receipt.interpreters
                ),
            ),
        )

    def _own(self) -> Own:
        case, municipality = self.case, self.policy.municipality
        return own_words(
            municipality,
            _office("sender", municipality.letterhead, municipality.name),
            {
                "recipient": _recipient(case.recipient.name, case.recipient.address),
                "caseworker": _caseworker(municipality.signature),
            },
            {"case": case.id, "decided_on": people_day(self._written_on())},
        )

    # --- what is told for the letter alone --------------------------------------------

    def _told_day(self, name: str) -> str:
        return _day(self.nodes.told.told.get(name), f"letter:{name}")

    def _told_text(self, name: str) -> str:
        return Bound(str(self.nodes.told.told.get(name) or "").rstrip("."), f"letter:{name}")

    def _refund(self) -> RefundShown | None:
        refund = self.nodes.refund()
        if refund is None:
            return None
        node = f"refund:{refund.result}"
        return RefundShown(
            result=refund.result,
            own_payment=Bound(people_amount(refund.own_payment), "letter:own_payment"),
            floor=Bound(people_amount(refund.floor), node),
            above_floor=Bound(people_amount(refund.above_floor), node),
            written_down=Bound(people_amount(refund.above_floor - refund.amount), node),
            months=Bound(str(refund.months), node),
            within_months=Bound(str(refund.within_months), node),
            amount=Bound(people_amount(refund.amount), node),
            sources=inline(self.policy.refund.sources[:1], self._written_on()),
        )

    def _written_on(self) -> date:
        written: date = self.nodes.told.told.get("written_on") or self.case.decided_on
        return written

    def _earlier_grants(self) -> Iterator[EarlierGrant]:
        for at, told in enumerate(self.case.lists.get(GRANTS) or ()):
            node = f"fact:earlier_grants[{at}]"
            known = self.policy.provisions.get(str(told.get("provision") or ""))
            like = f"provision:{known.id}" if known else node
            amount = told.get("amount")
            yield EarlierGrant(
                granted_on=_day(told.get("date"), node),
                like=Bound(known.cite if known else "", like),
                like_under_18=Bound(known.cite_under_18 if known else "", like),
                amount=Bound("" if amount is None else people_amount(amount), node),
            )

    # --- why --------------------------------------------------------------------------

    def _sentence(self, text: str, citations: Iterable[Citation], node: str) -> Sentence:
        sources = inline(citations, self.case.decided_on)
        return Sentence(text=Bound(text, node), sources=sources)

    def _sentences(self, duties: Iterable[Duty | DutyRule], kind: str) -> Mapping[str, Sentence]:
        told = {
            duty.id: self._sentence(duty.citizen_text, duty.sources, f"{kind}:{duty.id}")
            for duty in duties
            if duty.citizen_text
        }
        return MappingProxyType(told)

    def _reasons(self) -> Iterator[Reason]:
        """Return the conclusions about the citizen that speak in the letter, causes first."""
        seen: set[str] = set()
        for one in self.found:
            if one.text and one.text not in seen and self._speaks(one):
                seen.add(one.text)
                yield one

    def _speaks(self, reason: Reason) -> bool:
        conclusion = self.policy.conclusions.get(reason.conclusion)
        if conclusion is None or conclusion.scope != "case":
            return False
        match self.decision.target_group:
            case Truth.TRUE:
                return reason.value is not Truth.UNKNOWN
            case Truth.FALSE:
                return reason is self.target or reason.conclusion in self.decision.grounds
            case _:
                return reason.value is Truth.TRUE and not self._may_turn(reason.conclusion)

    def _may_turn(self, name: str) -> bool:
        """Say whether the conclusion *name* rests on a question whose readings still differ."""
        turning = {one.id for one in self.decision.open_questions if not one.robust}
        conclusion = self.policy.conclusions.get(name)
        for atom in atoms_of(conclusion.when) if conclusion else ():
            match atom:
                case ReadingTest(question, _) if question in turning:
                    return True
                case ConclusionTest(other) | ListTest(_, _, other) if self._may_turn(other):
                    return True
        return False

    def _criteria(self) -> Iterator[Reason]:
        """Return the criteria that were assessed and carry the answer."""
        for one in self.found:
            if not one.fact.startswith(_CRITERIA) or one.value is Truth.UNKNOWN:
                continue
            carries = one.fact.removeprefix(_CRITERIA) in self.decision.grounds
            if one.value is Truth.TRUE or carries:
                yield one

    def _criterion(self, reason: Reason) -> Criterion:
        criterion = self.policy.criteria[reason.fact.removeprefix(_CRITERIA)]
        met = reason.value is Truth.TRUE
        sentence = criterion["citizen" if met else "citizen_not"]
        return Criterion(
            sentence=Bound(
                f"{sentence[0].upper()}{sentence[1:]}.",
                f"fact:{reason.fact}",
                f"criterion:{reason.fact.removeprefix(_CRITERIA)}",
            ),
            met=met,
            evidence=Bound(
                self.case.evidence.get(reason.fact, "").rstrip("."), f"fact:{reason.fact}"
            ),
            sources=inline(reason.sources[:1], self.case.decided_on),
        )

    def _weighed(self) -> Iterator[Reason]:
        """Return what the reasons that speak in the letter rest on."""
        for one in self._reasons():
            if one is not self.target:
                yield from _below(one)

    def _facts(self) -> Iterator[ToldFact]:
        """Return the told facts that the answer about the citizen rests on."""
        elements = {fact.element for fact in self.policy.facts.values() if fact.element}
        seen: set[str] = set()
        for one in self._weighed():
            fact = self.policy.facts.get(one.conclusion)
            if fact is None or fact.given_by or not one.told or one.fact.startswith(_CRITERIA):
                continue
            if fact.id.partition(".")[0] not in elements and fact.id not in seen:
                seen.add(fact.id)
                node = f"fact:{one.fact}"
                yield ToldFact(label=Bound(fact.label, node), told=Bound(one.told, node))

    def _earlier_help(self) -> Iterator[EarlierHelp]:
        """Return the help already granted, where the answer about the citizen rests on it."""
        if any(one.fact.startswith(f"{HELP}[") for one in self._weighed()):
            for at, told in enumerate(self.case.lists.get(HELP) or ()):
                yield _earlier_help(told, f"fact:{HELP}[{at}]")

    def _diagnosis(self) -> str:
        told = str(self.case.facts.get("diagnosis.text") or "")
        settled = self.decision.settled_entry
        labels = (
            one["label"] for one in self.policy.diagnoses["diagnoses"] if one["id"] == settled
        )
        if told:
            return Bound(told, "fact:diagnosis.text")
        return Bound(next(labels, ""), "fact:diagnosis.entry")

    def _sources(self) -> Iterator[Citation]:
        """Return the law behind the decision: outcome, reasons, criteria and every wish."""
        rows = {row.id: row.sources for row in self.policy.items}
        yield from self.decision.outcome_sources
        for reason in chain(self._reasons(), self._criteria()):
            yield from reason.sources
        for item in self.decision.items:
            yield from rows.get(item.row, ())
        for question in self.decision.open_questions:
            yield from question.sources

    # --- wishes and amounts -----------------------------------------------------------

    def _wish(self, element: Mapping[str, Any]) -> Wish:
        item = self.items.get(element["id"])
        provision = str(element.get("provision") or "")
        known = self.policy.provisions.get(provision)
        reason = self.explained.get(element["id"])
        told = f"fact:wishes[{element['id']}]"
        node = f"item:{element['id']}" if item else told
        return Wish(
            name=Bound(self._name(element), told),
            provision=Bound(provision, told),
            like=Bound(known.cite if known else "", f"provision:{provision}"),
            like_under_18=Bound(known.cite_under_18 if known else "", f"provision:{provision}"),
            price=Bound(self._price(element, item), told),
            status=item.status if item else "",
            result=Bound(words(f"status-{item.status}") if item else "", node),
            possible=Bound(_possible(item), node),
            granted=Bound(people_amount(item.granted if item else 0), node),
            own_payment=Bound(_some(item.own_payment if item else 0), node),
            outside=Bound(_some(item.outside_ceiling if item else 0), node),
            reasons=tuple(Bound(why, node) for why in self._why(item, reason)) if item else (),
            sources=inline(reason.sources if reason else (), self.case.decided_on),
        )

    def _why(self, item: Item, reason: Reason | None) -> Iterator[str]:
        """Return why *item* came to what it did; what is not covered says what is in the way."""
        row = next((one for one in self.policy.items if one.id == item.row), None)
        if row is not None and row.result != item.status:
            # Readings gave several rows: no single one may speak for a wish that is still open.
            yield self.policy.item_texts["waiting"]
            return
        if reason is not None and item.status == "not_covered":
            standing = (one for one in _below(reason) if one.conclusion in self.policy.conclusions)
            yield from dict.fromkeys(one.text for one in standing if one.value is Truth.FALSE)
        yield from self.decision.item_reasons[item.id]

    def _name(self, element: Mapping[str, Any]) -> str:
        provision = str(element.get("provision") or "")
        category = self.policy.categories.get((provision, str(element.get("category"))), "")
        told = str(element.get("description") or "").strip()
        return told or category or self.policy.never_covered.get(provision, "")

    def _price(self, element: Mapping[str, Any], item: Item | None) -> str:
        value = element.get("value")
        if item is not None:
            scopes = self.run.elements[WISHES]
            scope = next(one for one in scopes if (one.element or {}).get("id") == item.id)
            value = wish_value(self.run, scope)
        return "" if value is None else people_amount(value)

    def _sums(self) -> Sums | None:
        amounts = self.decision.amounts
        if amounts is None:
            return None
        spent, left = amounts.spent_before, amounts.remaining
        return Sums(
            ceiling=Bound(people_amount(amounts.ceiling), "amount:ceiling"),
            spent_before=_known(spent, "spent_before"),
            granted=Bound(people_amount(amounts.granted), "amount:granted"),
            remaining=_known(left, "remaining"),
            used_up=left == 0,
            something_granted=amounts.granted > 0,
            lowest=any(len(_ceilings(one)) > 1 for one in self._unsettled()),
        )

    def _unsettled(self) -> Iterator[OpenQuestion]:
        return (one for one in self.decision.open_questions if one.chosen == NONE_CHOSEN)

    # --- what is missing --------------------------------------------------------------

    def _asked(self) -> dict[str, tuple[Asked, ...]]:
        groups: dict[str, dict[Asked, None]] = {"citizen": {}, "hospital": {}, "us": {}}
        for missing in self.decision.missing:
            groups[self._told_by(missing)].setdefault(self._one_asked(missing))
        return {who: tuple(asked) for who, asked in groups.items()}

    def _one_asked(self, missing: Missing) -> Asked:
        name, _, rest = missing.fact.partition("[")
        key = rest.partition("]")[0]
        elements = enumerate(self.case.lists.get(name) or ()) if key else ()
        element = next((one for at, one in elements if str(one.get("id", at)) == key), {})
        node = f"missing:{missing.fact}"
        return Asked(
            text=Bound(missing.citizen or missing.question, node),
            wish=Bound(self._name(element) if "id" in element else "", node),
            provision=Bound(str(element.get("provision") or ""), node),
        )

    def _told_by(self, missing: Missing) -> str:
        """Return who can tell *missing*: what is assessed, or stands in our files, is ours."""
        if missing.cause == "assessment" or missing.told_by not in _OTHERS:
            return "us"
        return missing.told_by

    def _about_health(self, missing: Missing) -> bool:
        return self._told_by(missing) == "hospital" or missing.fact.startswith(_CRITERIA)


def _below(reason: Reason) -> Iterator[Reason]:
    """Return *reason* and everything below it, causes before what they cause."""
    for child in reason.children:
        yield from _below(child)
    yield reason


def _day(day: object, node: str) -> str:
    return Bound(people_day(day), node, ready=True) if isinstance(day, date) else ""


def _possible(item: Item | None) -> str:
    """Return what a wish may come to, in words that decide nothing."""
    if item is None:
        return ""
    given = item.status in ("granted", "partly_granted")
    return words(f"possible-{item.status}" if given else f"status-{item.status}")


def _known(ore: int | None, name: str) -> str:
    return "" if ore is None else Bound(people_amount(ore), f"amount:{name}")


def _some(ore: int) -> str:
    return people_amount(ore) if ore else ""


def _blank(what: str) -> str:
    return Bound(BLANK.format(what=BLANKS[what]), f"blank:{what}", ready=True)


def _office(kind: str, told: Mapping[str, Any], name: str = "") -> Office:
    node = f"municipality:{kind}"
    unit = Bound(str(told.get("unit", "")), node)
    lines = tuple(Bound(one, node) for one in told.get("address", ()))
    address = lines or (_blank(f"{kind}_address"),)
    return Office(
        name=Bound(name, "municipality:name") if name else unit or _blank(kind),
        lines=(unit, *address) if name and unit else address,
        phone=Bound(str(told.get("phone", "")), node),
        email=Bound(str(told.get("email", "")), node),
        web=Bound(str(told.get("web", "")), node),
    )


def _recipient(name: str, address: tuple[str, ...]) -> Person:
    lines = tuple(Bound(one, "recipient:address") for one in address)
    return Person(
        name=Bound(name, "recipient:name") if name else _blank("recipient"),
        lines=lines or (_blank("recipient_address"),),
        title="",
        phone="",
    )


def _caseworker(told: Mapping[str, str]) -> Person:
    node = "municipality:signature"
    name, phone = told.get("name"), told.get("phone")
    return Person(
        name=Bound(name, node) if name else _blank("caseworker"),
        lines=(),
        title=Bound(told.get("title", ""), node),
        phone=Bound(phone, node) if phone else _blank("phone"),
    )


def _earlier_help(told: Mapping[str, Any], node: str) -> EarlierHelp:
    return EarlierHelp(
        provision=Bound(str(told.get("provision") or ""), node),
        granted_on=_day(told.get("granted_on"), node),
        why=Bound(words(f"earlier-help-{_why_helped(told)}"), node),
    )


def _why_helped(told: Mapping[str, Any]) -> str:
    if told.get("automatic_at_discharge") is True:
        return "at-discharge"
    because = told.get("because_of_disease")
    return "unknown" if because is None else "for-disease" if because else "other"


def _question(question: OpenQuestion, sender: str) -> QuestionShown:
    chosen = next((one for one in question.readings if one.reading == question.chosen), None)
    node = f"question:{question.id}"
    by = question.chosen_by.rstrip(".") if chosen else ""
    return QuestionShown(
        id=question.id,
        question=Bound(question.question, node),
        settled=chosen is not None,
        matters=not question.robust,
        answer=Bound(chosen.label if chosen else "", node),
        because=Bound(chosen.grounds if chosen else "", node),
        chosen_by=Bound(f"{by[:1].lower()}{by[1:]}" if by else "", node),
        chosen_by_sender=chosen is not None and question.chosen_by == sender,
        readings=tuple(
            ReadingShown(
                label=Bound(one.label, node),
                because=Bound(one.grounds, node),
                ceiling=Bound(people_amount(one.amounts.ceiling) if one.amounts else "", node),
            )
            for one in question.readings
        ),
        ceilings_differ=len(_ceilings(question)) > 1,
    )


def _ceilings(question: OpenQuestion) -> set[int]:
    return {one.amounts.ceiling for one in question.readings if one.amounts}

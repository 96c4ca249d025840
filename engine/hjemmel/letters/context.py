"""Everything a letter may mention, gathered from a decision in words a citizen can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from hjemmel.decide.budget import wish_value
from hjemmel.explain.reasons import explain, people_day
from hjemmel.letters.cite import Cite, Named
from hjemmel.letters.templating import ready
from hjemmel.messages import words
from hjemmel.model import Citation, Decision, Item, Missing, OpenQuestion, Reason
from hjemmel.money import people_amount
from hjemmel.policy.compile import NONE_CHOSEN, Policy
from hjemmel.policy.language import ConclusionTest, ListTest, ReadingTest, atoms_of
from hjemmel.truth import Truth

#: What only the municipality can fill in, by what it is; a letter shows it where it is not told.
BLANK = "[udfyldes af kommunen: {what}]"
BLANKS: Mapping[str, str] = {
    "sender": "kommunens navn",
    "sender_address": "kommunens adresse",
    "recipient": "modtagerens navn",
    "recipient_address": "modtagerens adresse",
    "caseworker": "sagsbehandlerens navn",
    "phone": "sagsbehandlerens telefonnummer",
    "complaint": "hvor en klage skal sendes hen",
    "answer_by": "svarfristen",
}
_CRITERIA = "criteria."
_DIGEST_SHOWN = 12


def _help(text: str) -> Any:  # noqa: ANN401 - dataclasses types a field as its value
    return field(metadata={"help": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the rule files and the law it rests on."""

    text: str = _help("sætningen, som den står i reglerne")
    sources: tuple[str, ...] = _help("retskilderne, som de nævnes i en sætning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office of the municipality and how to reach it."""

    name: str = _help("kommunens eller afdelingens navn, eller en tom plads")
    lines: tuple[str, ...] = _help("afdeling og adresse, linje for linje")
    phone: str = _help("telefonnummer, eller tom")
    email: str = _help("e-mailadresse, eller tom")
    web: str = _help("hjemmeside, eller tom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a name: the recipient or the caseworker."""

    name: str = _help("navn, eller en tom plads")
    lines: tuple[str, ...] = _help("adresse, linje for linje, eller en tom plads")
    title: str = _help("stilling, eller tom")
    phone: str = _help("telefonnummer, eller en tom plads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One assessed criterion that the decision rests on."""

    sentence: str = _help("vurderingen som en hel sætning til borgeren")
    met: bool = _help("om kriteriet er opfyldt")
    evidence: str = _help("det, vurderingen bygger på, eller tom")
    sources: tuple[str, ...] = _help("hvor kriteriet står")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """One told fact that the decision rests on."""

    label: str = _help("hvad der er oplyst")
    told: str = _help("svaret: ja, nej, en dag eller en tekst")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierHelp:
    """Help the citizen has already been granted."""

    provision: str = _help("paragraffen uden tegn, eller tom")
    granted_on: str = _help("dagen for bevillingen, eller tom")
    because_of_disease: bool | None = _help("om hjælpen er givet på grund af sygdommen")
    at_discharge: bool = _help("om hjælpen blev sat i gang ved udskrivning fra sygehus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One wish and what it came to; without a result where the decision has none."""

    name: str = _help("borgerens beskrivelse, ellers kategoriens eller paragraffens navn, eller tom")
    provision: str = _help("paragraffen uden tegn, eller tom")
    like: str = _help("paragraffen, hjælpen svarer til, eller tom")
    like_under_18: str = _help("det samme, når borgeren er under 18 år")
    price: str = _help("prisen, eller tom")
    status: str = _help("granted, partly_granted, over_ceiling, not_covered, ask, assess eller tom")
    result: str = _help("resultatet i ord, eller tom")
    granted: str = _help("det bevilgede beløb")
    own_payment: str = _help("det, borgeren selv betaler, eller tom")
    outside: str = _help("det, kommunen betaler ved siden af beløbet, eller tom")
    reasons: tuple[str, ...] = _help("begrundelsen, sætning for sætning")
    sources: tuple[str, ...] = _help("retskilderne bag resultatet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The ceiling and what is spent, granted and left; empty where it is not known."""

    ceiling: str = _help("beløbet i alt")
    spent_before: str = _help("tidligere brugt, eller tom")
    granted: str = _help("bevilget nu")
    remaining: str = _help("tilbage, eller tom")
    used_up: bool = _help("om det er kendt, at intet er tilbage")
    something_granted: bool = _help("om noget er bevilget nu")
    lowest: bool = _help("om reglerne også kan give et højere beløb, og det laveste er vist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that is still to be told or assessed, and what it is about."""

    text: str = _help("hvad der mangler, som en bisætning til borgeren")
    wish: str = _help("ønsket, det gælder, eller tom")
    provision: str = _help("paragraffen bag den hjælp, det gælder, eller tom")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingShown:
    """One way to read an open question."""

    label: str = _help("læsningens navn")
    because: str = _help("hvad der taler for den")
    ceiling: str = _help("beløbet i alt efter denne læsning, eller tom")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    """An open legal question that touches the case."""

    question: str = _help("spørgsmålet")
    settled: bool = _help("om en læsning er valgt")
    matters: bool = _help("om læsningerne giver forskellige resultater")
    answer: str = _help("den valgte læsning, eller tom")
    because: str = _help("hvad der taler for den valgte læsning, eller tom")
    chosen_by: str = _help("hvem eller hvad valget bygger på, eller tom")
    readings: tuple[ReadingShown, ...] = _help("de mulige læsninger")
    ceilings_differ: bool = _help("om læsningerne giver hver sit beløb i alt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One kind of help that can be chosen."""

    label: str = _help("hjælpens navn")
    like: str = _help("paragraffen, hjælpen svarer til")
    like_under_18: str = _help("det samme, når borgeren er under 18 år")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What was used, in a form that fits at the foot of a letter."""

    version: str = _help("regelsættets version")
    digest: str = _help("begyndelsen af reglernes aftryk")
    interpreters: tuple[str, ...] = _help("de fortolkere, der nåede samme resultat")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContext:
    """Everything a letter may mention."""

    kind: str = _help("brevets art: grant, partial_grant, refusal, …")
    case: str = _help("sagens nummer")
    decided_on: str = _help("brevets dag: 4. marts 2024")
    answer_by: str = _help("dagen, borgeren skal svare inden, eller en tom plads")
    requested_on: str = _help("dagen, borgeren bad om hjælp, eller tom")
    under_18: bool = _help("om hjælpen er til en person under 18 år")
    sender: Office = _help("kommunen, der skriver")
    recipient: Person = _help("den, brevet er til")
    complaint: Office = _help("der, hvor en klage skal sendes hen")
    caseworker: Person = _help("den navngivne sagsbehandler")
    target_group: str = _help("om borgeren er omfattet: true, false eller unknown")
    diagnosis: str = _help("diagnosen, som den står i sagen, eller tom")
    reasons: tuple[Sentence, ...] = _help("begrundelsen, én sætning pr. konklusion")
    criteria: tuple[Criterion, ...] = _help("de vurderede kriterier, som afgørelsen bygger på")
    all_criteria: tuple[str, ...] = _help("alle kriterier som bisætninger til borgeren")
    facts: tuple[ToldFact, ...] = _help("de oplysninger, afgørelsen bygger på")
    earlier_help: tuple[EarlierHelp, ...] = _help("hjælp, borgeren allerede har fået bevilget")
    wishes: tuple[Wish, ...] = _help("ønskerne i borgerens egen rækkefølge")
    sums: Sums | None = _help("beløbene, når borgeren er omfattet, ellers ingenting")
    ceiling: str = _help("det højeste beløb på brevets dag, til vejledning")
    ask_citizen: tuple[Asked, ...] = _help("det, borgeren kan fortælle")
    ask_health: tuple[Asked, ...] = _help("det, kommunen henter hos sygehus eller læge")
    ask_us: tuple[Asked, ...] = _help("det, kommunen selv undersøger eller vurderer")
    needs_consent: bool = _help("om der skal hentes oplysninger om helbred")
    open_questions: tuple[QuestionShown, ...] = _help("åbne retlige spørgsmål, der berører sagen")
    duties: Mapping[str, Sentence] = _help("sætninger om de pligter, der gælder i sagen, efter id")
    guidance: Mapping[str, Sentence] = _help("sætninger om alle pligter på dagen, efter id")
    applies: tuple[str, ...] = _help("id på alle pligter, der gælder i sagen")
    offers: tuple[Offer, ...] = _help("den hjælp, der kan vælges på dagen")
    sources: tuple[Named, ...] = _help("reglerne bag afgørelsen, samlet efter retskilde")
    trail: Trail = _help("hvad afgørelsen er udarbejdet med")


def letter_context(
    decision: Decision, kind: str, *, answer_by: date | None = None
) -> LetterContext:
    """Return everything a letter of *kind* about *decision* may mention.

    *answer_by* is the last day of an answer; without it the letter shows a place to fill in.
    """
    return _Gatherer(decision).context(kind, answer_by)


class _Gatherer:
    def __init__(self, decision: Decision) -> None:
        self.decision, self.case = decision, decision.case
        self.run = decision.trace.run
        self.policy: Policy = self.run.policy
        self.cite = Cite(self.policy.citations, self.case.decided_on)
        self.tree = explain(decision)
        self.target = next(
            one for one in self.tree.children if one.conclusion == self.policy.decided_by
        )
        self.wishes = tuple(self._wishes())

    def context(self, kind: str, answer_by: date | None) -> LetterContext:
        case, municipality = self.case, self.policy.municipality
        asked = {path: self._asked(one) for path, one in self._missing()}
        reasons = tuple(self._reasons())
        return LetterContext(
            kind=kind,
            case=case.id,
            decided_on=_day(case.decided_on),
            answer_by=_day(answer_by) if answer_by else _blank("answer_by"),
            requested_on=_day(case.facts.get("request.date")),
            under_18=case.facts.get("citizen.under_18") is True,
            sender=self._office("sender", municipality.letterhead, municipality.name),
            recipient=self._recipient(),
            complaint=self._office("complaint", municipality.complaint),
            caseworker=_caseworker(municipality.signature),
            target_group=self.decision.target_group.value,
            diagnosis=self._diagnosis(),
            reasons=reasons,
            criteria=tuple(self._criteria()),
            all_criteria=tuple(one["citizen"] for one in self.policy.criteria.values()),
            facts=tuple(self._facts()),
            earlier_help=tuple(self._earlier_help()),
            wishes=self.wishes,
            sums=self._sums(),
            ceiling=people_amount(self.policy.money.ceiling_today),
            ask_citizen=_of("citizen", asked),
            ask_health=_of("hospital", asked),
            ask_us=_of("us", asked),
            needs_consent=any(
                who == "hospital" or path.startswith(_CRITERIA) for who, path in asked
            ),
            open_questions=tuple(_question(one) for one in self.decision.open_questions),
            duties=self._sentences(self.decision.duties),
            guidance=self._sentences(self.policy.duties),
            applies=tuple(duty.id for duty in self.decision.duties),
            offers=tuple(
                Offer(label=one.label, like=one.cite, like_under_18=one.cite_under_18)
                for one in self.policy.provisions.values()
            ),
            sources=self.cite.listed(self._sources()),
            trail=self._trail(),
        )

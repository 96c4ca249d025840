"""The parts of what a letter may mention: small records of text, ready to be printed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the rule files and the law it rests on."""

    text: str = field(metadata={"help": "sætningen, som den står i reglerne"})
    sources: tuple[str, ...] = field(metadata={"help": "retskilderne, som de nævnes i en sætning"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office of the municipality and how to reach it."""

    name: str = field(metadata={"help": "kommunens eller afdelingens navn, eller en tom plads"})
    lines: tuple[str, ...] = field(metadata={"help": "afdeling og adresse, linje for linje"})
    phone: str = field(metadata={"help": "telefonnummer, eller tom"})
    email: str = field(metadata={"help": "e-mailadresse, eller tom"})
    web: str = field(metadata={"help": "hjemmeside, eller tom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a name: the recipient or the caseworker."""

    name: str = field(metadata={"help": "navn, eller en tom plads"})
    lines: tuple[str, ...] = field(
        metadata={"help": "adresse, linje for linje, eller en tom plads"}
    )
    title: str = field(metadata={"help": "stilling, eller tom"})
    phone: str = field(metadata={"help": "telefonnummer, eller en tom plads"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One assessed criterion that the decision rests on."""

    sentence: str = field(metadata={"help": "vurderingen som en hel sætning til borgeren"})
    met: bool = field(metadata={"help": "om kriteriet er opfyldt"})
    evidence: str = field(metadata={"help": "det, vurderingen bygger på, eller tom"})
    sources: tuple[str, ...] = field(metadata={"help": "hvor kriteriet står"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """One told fact that the decision rests on."""

    label: str = field(metadata={"help": "hvad der er oplyst"})
    told: str = field(metadata={"help": "svaret: ja, nej, en dag eller en tekst"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierHelp:
    """Help the citizen has already been granted."""

    provision: str = field(metadata={"help": "paragraffen uden tegn, eller tom"})
    granted_on: str = field(metadata={"help": "dagen for bevillingen, eller tom"})
    why: str = field(metadata={"help": "hvorfor hjælpen blev givet, i ord"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierGrant:
    """One grant of an earlier round."""

    granted_on: str = field(metadata={"help": "dagen for bevillingen, eller tom"})
    like: str = field(metadata={"help": "paragraffen, hjælpen svarede til, eller tom"})
    like_under_18: str = field(metadata={"help": "det samme, når borgeren er under 18 år"})
    amount: str = field(metadata={"help": "beløbet, eller tom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShown:
    """What of an own payment is paid back, and how it was counted."""

    result: str = field(metadata={"help": "paid, below_floor, too_late eller not_more_usable"})
    own_payment: str = field(metadata={"help": "det, borgeren selv betalte"})
    floor: str = field(metadata={"help": "fradraget på dagen for tilbageleveringen"})
    above_floor: str = field(metadata={"help": "egenbetalingen efter fradraget"})
    written_down: str = field(metadata={"help": "nedskrivningen"})
    months: str = field(metadata={"help": "hele måneder siden købet"})
    within_months: str = field(metadata={"help": "måneder, der kan betales tilbage i"})
    amount: str = field(metadata={"help": "det, der betales tilbage"})
    sources: tuple[str, ...] = field(metadata={"help": "hvor reglen står"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTold:
    """What only this letter is told; empty where it is about something else."""

    aid: str = field(metadata={"help": "hjælpemidlet, der er leveret tilbage, eller tom"})
    bought_on: str = field(metadata={"help": "dagen for købet, eller tom"})
    returned_on: str = field(metadata={"help": "dagen for tilbageleveringen, eller tom"})
    deadline: str = field(metadata={"help": "den frist, der ikke blev holdt, eller tom"})
    expected_on: str = field(metadata={"help": "dagen, en afgørelse senest ventes, eller tom"})
    why: str = field(metadata={"help": "grunden som en hel sætning uden punktum, eller tom"})
    complaint_received_on: str = field(metadata={"help": "dagen, klagen kom, eller tom"})
    complaint_in_time: bool = field(metadata={"help": "om klagen kom i tide"})
    forwarded_on: str = field(metadata={"help": "dagen, klagen blev sendt videre, eller tom"})
    unit: str = field(metadata={"help": "afdelingen, der behandler resten, eller tom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One wish and what it came to; without a result where the decision has none."""

    name: str = field(
        metadata={
            "help": "borgerens beskrivelse, ellers kategoriens eller paragraffens navn, eller tom"
        }
    )
    provision: str = field(metadata={"help": "paragraffen uden tegn, eller tom"})
    like: str = field(metadata={"help": "paragraffen, hjælpen svarer til, eller tom"})
    like_under_18: str = field(metadata={"help": "det samme, når borgeren er under 18 år"})
    price: str = field(metadata={"help": "prisen, eller tom"})
    status: str = field(
        metadata={
            "help": "granted, partly_granted, over_ceiling, not_covered, ask, assess eller tom"
        }
    )
    result: str = field(metadata={"help": "resultatet i ord, eller tom"})
    possible: str = field(
        metadata={"help": "det samme, så længe intet er afgjort: kan gives, kan gives delvist"}
    )
    granted: str = field(metadata={"help": "det bevilgede beløb"})
    own_payment: str = field(metadata={"help": "det, borgeren selv betaler, eller tom"})
    outside: str = field(metadata={"help": "det, kommunen betaler ved siden af beløbet, eller tom"})
    reasons: tuple[str, ...] = field(metadata={"help": "begrundelsen, sætning for sætning"})
    sources: tuple[str, ...] = field(metadata={"help": "retskilderne bag resultatet"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The ceiling and what is spent, granted and left; empty where it is not known."""

    ceiling: str = field(metadata={"help": "beløbet i alt"})
    spent_before: str = field(metadata={"help": "tidligere brugt, eller tom"})
    granted: str = field(metadata={"help": "bevilget nu"})
    remaining: str = field(metadata={"help": "tilbage, eller tom"})
    used_up: bool = field(metadata={"help": "om det er kendt, at intet er tilbage"})
    something_granted: bool = field(metadata={"help": "om noget er bevilget nu"})
    lowest: bool = field(
        metadata={"help": "om reglerne også kan give et højere beløb, og det laveste er vist"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that is still to be told or assessed, and what it is about."""

    text: str = field(metadata={"help": "hvad der mangler, som en bisætning til borgeren"})
    wish: str = field(metadata={"help": "ønsket, det gælder, eller tom"})
    provision: str = field(metadata={"help": "paragraffen bag den hjælp, det gælder, eller tom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingShown:
    """One way to read an open question."""

    label: str = field(metadata={"help": "læsningens navn"})
    because: str = field(metadata={"help": "hvad der taler for den"})
    ceiling: str = field(metadata={"help": "beløbet i alt efter denne læsning, eller tom"})


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    """An open legal question that touches the case."""

    id: str = field(metadata={"help": "spørgsmålets id"})
    question: str = field(metadata={"help": "spørgsmålet"})
    settled: bool = field(metadata={"help": "om en læsning er valgt"})
    matters: bool = field(metadata={"help": "om læsningerne giver forskellige resultater"})
    answer: str = field(metadata={"help": "den valgte læsning, eller tom"})
    because: str = field(metadata={"help": "hvad der taler for den valgte læsning, eller tom"})
    chosen_by: str = field(metadata={"help": "hvem eller hvad valget bygger på, eller tom"})
    chosen_by_sender: bool = field(metadata={"help": "om kommunen selv har valgt læsningen"})
    readings: tuple[ReadingShown, ...] = field(metadata={"help": "de mulige læsninger"})
    ceilings_differ: bool = field(metadata={"help": "om læsningerne giver hver sit beløb i alt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One kind of help that can be chosen."""

    label: str = field(metadata={"help": "hjælpens navn"})
    like: str = field(metadata={"help": "paragraffen, hjælpen svarer til"})
    like_under_18: str = field(metadata={"help": "det samme, når borgeren er under 18 år"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What was used, in a form that fits at the foot of a letter."""

    version: str = field(metadata={"help": "regelsættets version"})
    digest: str = field(metadata={"help": "begyndelsen af reglernes aftryk"})
    interpreters: tuple[str, ...] = field(
        metadata={"help": "de fortolkere, der nåede samme resultat"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A municipality's own words, as Markdown, each in its place; empty where it has none."""

    greeting: str = field(default="", metadata={"help": "hilsenen under overskriften, eller tom"})
    opening: str = field(default="", metadata={"help": "ord før brevets egen tekst, eller tom"})
    contact: str = field(default="", metadata={"help": "hvordan man får fat i kommunen, eller tom"})
    closing: str = field(default="", metadata={"help": "i stedet for »Venlig hilsen«, eller tom"})
    signature: str = field(
        default="", metadata={"help": "i stedet for sagsbehandlerens navn, eller tom"}
    )

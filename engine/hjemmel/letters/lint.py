"""What a letter must hold, by its kind, and how easy it is to read: data, held against a letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from hjemmel.data import data_folder
from hjemmel.letters.lix import Readability, readability, words_of
from hjemmel.letters.nodes import Nodes
from hjemmel.letters.trace import LetterSentence
from hjemmel.letters.write import Letter
from hjemmel.messages import words
from hjemmel.model import Decision
from hjemmel.policy.load import Loaded

#: What every letter must hold. A folder of own templates does not change it.
MUST_HAVES = "must_haves.yaml"
_EVERY = "*"
#: Where a letter is no running text: addresses, small print, lists of rules, and tables.
_NO_PROSE_PARTS = ("th", "td", "h1", "h2")
_NO_PROSE_SECTIONS = ("head", "foot")


@dataclass(frozen=True, slots=True, kw_only=True)
class MustHave:
    """One thing that letters of some kinds must say, and the law that says so."""

    id: str
    label: str
    letters: tuple[str, ...]
    rests_on: tuple[str, ...]
    says: tuple[str, ...]
    parts: tuple[str, ...]
    for_each: str
    needs: str
    blank: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]

    def concerns(self, kind: str) -> bool:
        """Say whether letters of *kind* must have this."""
        return kind in self.letters or _EVERY in self.letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a letter that should be put right before it is sent.

    *code* says what: ``missing``, ``wording``, ``blank``, ``lix`` or ``long``; only the last is a
    warning.
    """

    code: str
    about: str
    sentence: str = ""
    template: str = ""
    line: int = 0
    law: str = ""
    number: str = ""

    @property
    def warning(self) -> bool:
        """Say whether the letter may be sent as it is."""
        return self.code == "long"

    def text(self, lang: str = "da") -> str:
        """Return the finding in words."""
        return words(
            f"lint-{self.code}",
            lang,
            about=self.about,
            sentence=self.sentence,
            place=f"{self.template}:{self.line}" if self.template else "",
            law=self.law,
            number=self.number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What was found in one letter, and how easy it is to read."""

    findings: tuple[Finding, ...]
    readability: Readability

    @property
    def passed(self) -> bool:
        """Say whether the letter has everything it must have."""
        return all(one.warning for one in self.findings)


def lint_letter(letter: Letter, decision: Decision) -> LintReport:
    """Return what *letter* lacks as a letter about *decision*, and how easy it is to read."""
    rules = _rules()
    nodes = Nodes(decision)
    prose = tuple(prose_of(letter.sentences))
    told = readability(one.text for one in prose)
    findings = [
        *_missing(letter, nodes, rules.must_haves),
        *_hard(prose, told, rules.lix),
        *_long(prose, rules.words),
    ]
    return LintReport(findings=tuple(findings), readability=told)


def prose_of(sentences: Iterable[LetterSentence]) -> Iterator[LetterSentence]:
    """Yield the running text of *sentences*: no headings, tables, addresses or lists of rules."""
    for one in sentences:
        if one.part in _NO_PROSE_PARTS or one.section in _NO_PROSE_SECTIONS or _address(one):
            continue
        plain = _without_law(one)
        if len(words_of(plain)) > 1:
            yield replace(one, text=plain)


def _address(sentence: LetterSentence) -> bool:
    """Say whether *sentence* only tells who somebody is and where."""
    kinds = {label.partition(":")[0] for label in sentence.labels}
    return bool(kinds) and kinds <= {"municipality", "recipient", "case", "receipt", "blank"}


def _without_law(sentence: LetterSentence) -> str:
    """Return *sentence* without the places it cites; one that only lists them is empty."""
    if sentence.labels and all(one.startswith("source:") for one in sentence.labels):
        return ""
    return sentence.prose


def heaviest(prose: Sequence[LetterSentence]) -> LetterSentence:
    """Return the sentence without which the rest of *prose* would be the easiest to read."""

    def rest(left_out: int) -> float:
        kept = (one.text for at, one in enumerate(prose) if at != left_out)
        return readability(kept).lix

    return prose[min(range(len(prose)), key=rest)]


# --- what must be there -----------------------------------------------------------------------


def _missing(letter: Letter, nodes: Nodes, known: Iterable[MustHave]) -> Iterator[Finding]:
    for one in known:
        if one.concerns(letter.kind) and (not one.needs or _has(nodes, one.needs)):
            law = "; ".join(f"{nodes.name_of(ref)}, {at}" for ref, at in one.sources)
            for must in _each(one, nodes.decision):
                yield from _held_against(must, letter.sentences, law)


def _each(must: MustHave, decision: Decision) -> Iterator[MustHave]:
    """Yield *must* once, or for each ground or wish it is asked for."""
    if not must.for_each:
        yield must
        return
    short = [one.id for one in decision.items if one.status != "granted"]
    for each in decision.grounds if must.for_each == "ground" else short:
        label = f"{must.label} ({each})"
        rests_on = tuple(one.format(each=each) for one in must.rests_on)
        yield replace(must, label=label, rests_on=rests_on)


def _held_against(
    must: MustHave, sentences: Sequence[LetterSentence], law: str
) -> Iterator[Finding]:
    looked = [one for one in sentences if not must.parts or one.part in must.parts]
    found = [one for one in looked if _rests_on(one, must.rests_on)]
    blank = [one for one in sentences if _rests_on(one, must.blank)]
    if blank:
        yield Finding(code="blank", about=must.label, sentence=blank[0].text, law=law)
    elif not found:
        yield Finding(code="missing", about=must.label, law=law)
    told = " ".join(one.text for one in found).lower()
    for word in must.says:
        if found and word.lower() not in told:
            yield Finding(
                code="wording",
                about=must.label,
                number=word,
                sentence=found[0].text,
                template=found[0].template,
                line=found[0].line,
                law=law,
            )


def _rests_on(sentence: LetterSentence, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(label, one) for one in patterns for label in sentence.labels)


def _has(nodes: Nodes, pattern: str) -> bool:
    """Say whether the decision of *nodes* has a node like *pattern*."""
    if not pattern.endswith(_EVERY):
        return nodes.find(pattern) is not None
    return any(fnmatchcase(label, pattern) for label in _labels(nodes.decision))


def _labels(decision: Decision) -> Iterator[str]:
    """Yield the labels of what *decision* may or may not have."""
    yield from (f"question:{one.id}" for one in decision.open_questions)
    yield from (f"missing:{one.fact}" for one in decision.missing)
    told = decision.case.facts.items()
    yield from (f"fact:{name}" for name, value in told if value is not None)


# --- how it reads -----------------------------------------------------------------------------


def _hard(prose: Sequence[LetterSentence], told: Readability, limit: int) -> Iterator[Finding]:
    if told.lix >= limit:
        one = heaviest(prose)
        yield Finding(
            code="lix",
            about=f"{told.lix:.0f}",
            number=str(limit),
            sentence=one.text,
            template=one.template,
            line=one.line,
        )


def _long(prose: Iterable[LetterSentence], limit: int) -> Iterator[Finding]:
    for one in prose:
        count = len(words_of(one.text))
        if count > limit:
            yield Finding(
                code="long",
                about=str(count),
                number=str(limit),
                sentence=one.text,
                template=one.template,
                line=one.line,
            )


# --- the data ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    must_haves: tuple[MustHave, ...]
    lix: int
    words: int


@cache
def _rules() -> _Rules:
    tree = Loaded().read(data_folder("templates") / MUST_HAVES, MUST_HAVES)
    plain: Any = tree.plain() if tree is not None else {}
    reading = plain["readability"]
    return _Rules(
        must_haves=tuple(map(_must_have, plain["must_haves"])),
        lix=reading["lix"],
        words=reading["words"],
    )


def must_haves() -> tuple[MustHave, ...]:
    """Return everything that letters must have, in the order of the file."""
    return _rules().must_haves


def _must_have(told: Mapping[str, Any]) -> MustHave:
    return MustHave(
        id=told["id"],
        label=told["label"],
        letters=tuple(told["letters"]),
        rests_on=tuple(told.get("headline") or told["rests_on"]),
        parts=("h1",) if "headline" in told else tuple(told.get("parts", ())),
        for_each=told.get("for_each", ""),
        says=tuple(told.get("says", ())),
        needs=told.get("if", ""),
        blank=tuple(told.get("blank", ())),
        sources=tuple((one["ref"], one["at"]) for one in told["sources"]),
    )

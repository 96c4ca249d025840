"""Find the entry on the list that a text or a code names, and say what is in doubt.

The tables in this file are about spelling. Every disease, code, status word and
pitfall comes from the data, and so does every sentence a person reads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

_SAME_SOUND = (
    ("æ", "a"), ("ae", "a"), ("ø", "o"), ("oe", "o"), ("aa", "a"),
    ("ph", "f"), ("th", "t"), ("c", "k"),
)  # fmt: skip
_LATIN_ENDINGS = (("osis", "ose"), ("ysis", "yse"))
_ENDINGS = (
    ("sygdommene", "sygdom"), ("sygdommen", "sygdom"), ("sygdomme", "sygdom"),
    ("syndromet", "syndrom"), ("syndromer", "syndrom"), ("syndrome", "syndrom"),
    ("ier", "i"), ("ien", "i"), ("y", "i"),
)  # fmt: skip
_SHORTEST_WITH_S = 5  # shorter words are abbreviations, where every letter counts
_BEFORE_A_NUMBER = frozenset({"type", "typus", "typ"})
_WORD = re.compile(r"[^\W_]+(?:['’]s\b)?|\?|\+")
_ROMAN = re.compile(r"(iv|[il]{1,3})([a-c]?)")  # l for I is a common slip
_PATTERN_SIGNS = {"@": "[A-Z]", "#": "[0-9]"}

_OWN = frozenset({"name", "synonym", "abbreviation", "code", "heading", "short"})
_NAMING = _OWN | {"related", "false_friend"}
_CUES = frozenset({"accept", "reject"})
# What may hide a shorter wording inside it; the rest may be hidden by any name.
_SWALLOWED_BY = {
    "plain": frozenset[str](),
    "unclear": frozenset({"code", "related"}),
    "trap": frozenset({"code", "related", "trap"}),
    "status": _NAMING | {"status"},
}
_RELATIONS = {"exact": 0, "narrower": 1, "broader": 2}
_BY = {"name": 0, "synonym": 1, "code": 2, "heading": 3, "abbreviation": 4, "short": 5}
_CLOSE_ENOUGH = 80
_MOST_SUGGESTIONS = 5
_SHORTEST_TO_GUESS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry on the list that the text or code may mean."""

    entry: str
    label: str
    text: str
    relation: str
    by: str
    sourced: bool
    on_name_match: str
    confirm: tuple[str, ...]
    settles: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A disease that the text names and the list does not print."""

    label: str
    near: tuple[str, ...]
    why: str
    leads_to: str
    see: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseFriend:
    """Words that look like an entry and may mean something else."""

    text: str
    entry: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A name spelt much like the text; shown, never taken."""

    entry: str
    label: str
    text: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWord:
    """Words saying that the disease may not be established."""

    text: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence from the data that the reader should see, with the words it is about."""

    id: str
    text: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """What a text or code may mean; `settled` is an entry only beyond doubt."""

    query: str
    candidates: tuple[Candidate, ...]
    related: tuple[Related, ...]
    false_friends: tuple[FalseFriend, ...]
    suggestions: tuple[Suggestion, ...]
    not_confirmed: tuple[StatusWord, ...]
    notes: tuple[Note, ...]
    settled: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One word of a text, folded for names, for abbreviations and for codes."""

    raw: str
    start: int
    end: int
    spelling: str
    plain: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """What one wording in the data stands for."""

    kind: str
    entry: str = ""
    text: str = ""
    relation: str = "exact"
    sourced: bool = False
    settles: bool = False
    item: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """A wording found in the words from *first* up to, not including, *last*."""

    term: _Term
    first: int
    last: int

    @property
    def span(self) -> frozenset[int]:
        """Return the positions of the words found."""
        return frozenset(range(self.first, self.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A text with all that was found in it."""

    text: str
    words: tuple[_Word, ...]
    hits: tuple[_Hit, ...]
    foreign: frozenset[int]

    def of(self, *kinds: str) -> tuple[_Hit, ...]:
        """Return the hits of these *kinds*, in the order of the text."""
        return tuple(hit for hit in self.hits if hit.term.kind in kinds)

    def covered(self, *kinds: str) -> frozenset[int]:
        """Return the positions that hits of these *kinds* cover."""
        return frozenset().union(*(hit.span for hit in self.of(*kinds)))

    def key(self, skip: frozenset[int]) -> str:
        """Return the folded text without the words at *skip*."""
        kept = (w.spelling for at, w in enumerate(self.words) if at not in skip)
        return "".join(kept)

    def wording(self, positions: Iterable[int]) -> str:
        """Return the words at *positions* as they were written, gaps as dots."""
        runs: list[list[int]] = []
        for position in sorted(positions):
            if runs and runs[-1][-1] == position - 1:
                runs[-1].append(position)
            else:
                runs.append([position])
        cuts = (self.text[self.words[run[0]].start : self.words[run[-1]].end] for run in runs)
        return " … ".join(cuts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How well one entry fits the text."""

    entry: Mapping[str, Any]
    best: _Hit
    worthy: bool
    extra: frozenset[int]
    rejected: tuple[_Hit, ...]
    confirm: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Say whether every word belongs to the entry and none contradicts it."""
        return not self.extra and not self.rejected

    @property
    def rival(self) -> bool:
        """Say whether the text, as far as it goes, may mean this entry as a whole."""
        return self.complete and self.best.term.relation != "narrower"


def fold(text: str) -> str:
    """Return *text* in the spelling that all its variants share."""
    return "".join(word.spelling for word in _words(text))


def _words(text: str) -> tuple[_Word, ...]:
    found: list[_Word] = []
    for match in _WORD.finditer(unicodedata.normalize("NFC", text)):
        raw = match[0]
        bare = "plus" if raw == "+" else re.sub(r"['’]s$", "", raw)
        number = _number(bare, found[-1].raw if found else "")
        found.append(
            _Word(
                raw=raw,
                start=match.start(),
                end=match.end(),
                spelling=number or _spelling(bare),
                plain=number or _letters(bare),
                code=_letters(bare),
            )
        )
    return tuple(found)


def _number(word: str, before: str) -> str:
    """Return *word* as an Arabic number if it is a Roman one, else nothing."""
    match = _ROMAN.fullmatch(word.casefold())
    after_a_name = before.casefold() in _BEFORE_A_NUMBER or before.isupper()
    # A lone i is Danish for "in"; only after "type" or capitals is it a number.
    roman = len(word) > 1 and word[0] == "I"
    if not match or not (roman or after_a_name):
        return ""
    numeral = "4" if match[1] == "iv" else str(len(match[1]))
    return numeral + match[2]


def _letters(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _spelling(word: str) -> str:
    folded = _letters(word)
    for written, sounds in _SAME_SOUND:
        folded = folded.replace(written, sounds)
    latin = _ending(folded, _LATIN_ENDINGS)
    if latin == folded and len(folded) >= _SHORTEST_WITH_S:
        latin = folded.removesuffix("s")
    return _ending(latin, _ENDINGS)


def _ending(word: str, endings: Iterable[tuple[str, str]]) -> str:
    for ending, other in endings:
        if word.endswith(ending):
            return word.removesuffix(ending) + other
    return word


class _Index:
    """Wordings by their folded letters; spaces and hyphens do not count."""

    def __init__(self, view: str) -> None:
        self._view = view
        self._terms: dict[str, list[_Term]] = {}
        self._longest = 0

    def add(self, text: str, term: _Term) -> None:
        """Remember that *text* stands for *term*."""
        key = "".join(getattr(word, self._view) for word in _words(text))
        self._terms.setdefault(key, []).append(term)
        self._longest = max(self._longest, len(key))

    def find(self, words: tuple[_Word, ...]) -> Iterator[_Hit]:
        """Yield what is found in *words*, whole words only."""
        for first in range(len(words)):
            key = ""
            for last in range(first + 1, len(words) + 1):
                key += getattr(words[last - 1], self._view)
                if len(key) > self._longest:
                    break
                for term in self._terms.get(key, ()):
                    yield _Hit(term=term, first=first, last=last)


class _NumberedIndex(_Index):
    """Wordings that count when a number follows them."""

    def find(self, words: tuple[_Word, ...]) -> Iterator[_Hit]:
        """Yield wordings in *words* that a number follows, glued on or apart."""
        for first in range(len(words)):
            key = ""
            for last in range(first + 1, len(words) + 1):
                key += getattr(words[last - 1], self._view)
                stem = key.rstrip("0123456789")
                if len(stem) > self._longest:
                    break
                for term in self._terms.get(stem, ()) if stem != key else ():
                    yield _Hit(term=term, first=first, last=last)


class Matcher:
    """Matches texts and codes with one version of the list."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Prepare to match with *data*, the parsed list of diagnoses."""
        self._entries = {entry["id"]: entry for entry in data["diagnoses"]}
        self._texts: Mapping[str, str] = data["match_notes"]
        self._grades = data["not_confirmed"]["grades"]
        self._traps = {trap["id"]: trap for trap in data["code_traps"]}
        self._patterns = tuple(_patterns(data["code_traps"]))
        prefixes = {system["id"]: system.get("optional_prefix", "") for system in data["systems"]}
        self._names, self._short = _Index("spelling"), _Index("plain")
        self._codes, self._numbered = _Index("code"), _NumberedIndex("spelling")
        for entry in data["diagnoses"]:
            self._add_entry(entry, prefixes)
        for example in data["not_listed_examples"]:
            self._add_related(example, "")
        self._add_short_names(data)
        self._add_words(data)
        self._add_traps(data["code_traps"])
        self._guesses = tuple(_guesses(data["diagnoses"]))

    def match(self, query: str) -> MatchResult:
        """Return what *query*, a text or a code, may mean.

        Nothing found is never a no: the list does not hold every disease.
        """
        reading = self._read(query)
        standings = self._standings(reading)
        settled = _settled(standings, reading)
        candidates = _candidates(standings, settled, reading)
        related, friends = _related(reading), _false_friends(reading)
        guesses = () if candidates or related or friends else self._suggest(reading)
        notes = self._notes(reading, standings, settled)
        if guesses:
            notes = (*notes, Note(id="suggestion", text=self._texts["suggestion"]))
        return MatchResult(
            query=query,
            candidates=candidates,
            related=related,
            false_friends=friends,
            suggestions=guesses,
            not_confirmed=_status_words(reading),
            notes=notes,
            settled=settled,
        )

    # --- taking the data in

    def _add_entry(self, entry: Mapping[str, Any], prefixes: Mapping[str, str]) -> None:
        for name, term in _names_of(entry):
            for variant in _without_brackets(name):
                self._names.add(variant, term)
        for text in entry.get("abbreviations", ()):
            term = _Term(kind="abbreviation", entry=entry["id"], text=text, sourced=True)
            self._short.add(text, term)
        for code in entry["codes"]:
            self._add_code(entry, code, prefixes)
        for covered in entry.get("covered_by_heading", ()):
            self._add_covered(entry["id"], covered)
        for related in entry.get("related", ()):
            self._add_related(related, entry["id"])
        self._add_doubts(entry)

    def _add_short_names(self, data: Mapping[str, Any]) -> None:
        """Add each full name without its general words, which are often left out.

        Such a name finds its entry and settles nothing; what may mean something else is left out.
        """
        general = {fold(word) for word in data.get("general_words", ())}
        taken = {
            fold(text)
            for entry in data["diagnoses"]
            for friend in entry.get("false_friends", ())
            for text in friend["texts"]
        }
        for entry in data["diagnoses"]:
            for name, term in _names_of(entry):
                kept = [word for word in _words(name) if word.spelling not in general]
                short = " ".join(word.raw for word in kept)
                full = term.settles or not term.sourced
                if full and len(kept) < len(_words(name)) and fold(short) not in taken:
                    self._names.add(short, replace(term, kind="short", settles=False))

    def _add_doubts(self, entry: Mapping[str, Any]) -> None:
        for friend in entry.get("false_friends", ()):
            term = _Term(kind="false_friend", entry=entry["id"], item=friend)
            for text in friend["texts"]:
                self._add_either(text, term)
        for cue in sorted(_CUES):
            term = _Term(kind=cue, entry=entry["id"])
            for text in entry.get("form", {}).get(cue, ()):
                self._names.add(text, term)
        for unclear in entry.get("unverified", ()):
            for code in unclear.get("codes", ()):
                term = _Term(kind="unclear", text=code, item=unclear)
                self._codes.add(code, term)

    def _add_code(
        self,
        entry: Mapping[str, Any],
        code: Mapping[str, Any],
        prefixes: Mapping[str, str],
    ) -> None:
        relation, written = code["relation"], code["code"]
        term = _Term(
            kind="code",
            entry=entry["id"],
            text=written,
            relation=relation,
            sourced=True,
            settles=relation == "exact",
        )
        self._codes.add(written, term)
        prefix = prefixes.get(code["system"], "")
        # Without its prefix a code that ends in a digit would be another system's code.
        if prefix and written.startswith(prefix) and written[-1].isalpha():
            self._codes.add(written.removeprefix(prefix), term)

    def _add_covered(self, entry: str, covered: Mapping[str, Any]) -> None:
        term = _Term(kind="heading", entry=entry, text=covered["label"], relation="narrower")
        for name in covered["names"]:
            self._add_either(name, term)
        for code in covered.get("codes", ()):
            self._codes.add(code["code"], term)

    def _add_related(self, related: Mapping[str, Any], near: str) -> None:
        term = _Term(kind="related", entry=near, text=related["label"], item=related)
        for name in related.get("names", ()):
            self._add_either(name, term)
        for name in related.get("numbered", ()):
            self._numbered.add(name, term)
        for code in related.get("codes", ()):
            self._codes.add(code["code"], term)

    def _add_either(self, text: str, term: _Term) -> None:
        """Add *text* letter by letter if it is all capitals, else by its spelling."""
        (self._short if text.isupper() else self._names).add(text, term)

    def _add_words(self, data: Mapping[str, Any]) -> None:
        for text in data["plain_words"]:
            self._names.add(text, _Term(kind="plain", text=text))
        for status in data["not_confirmed"]["words"]:
            for text in status["texts"]:
                self._names.add(text, _Term(kind="status", text=text, item=status))
        for code in data["not_confirmed"]["codes"]:
            item = {"meaning": code["label"]}
            term = _Term(kind="status", text=code["code"], item=item)
            self._codes.add(code["code"], term)

    def _add_traps(self, traps: Iterable[Mapping[str, Any]]) -> None:
        for trap in traps:
            for code in trap.get("codes", ()):
                term = _Term(kind="trap", entry=trap["id"], text=code["code"], item=code)
                self._codes.add(code["code"], term)

    # --- reading a text

    def _read(self, query: str) -> _Reading:
        text = unicodedata.normalize("NFC", query)
        words = _words(text)
        found = [
            hit
            for index in (self._names, self._short, self._codes, self._numbered)
            for hit in index.find(words)
        ]
        found += self._patterned(text, words)
        foreign = self._foreign(found)
        hits = [hit for hit in found if _stands(hit, words, foreign)]
        hits = sorted(_explained(_longest(hits)), key=_place)
        return _Reading(text=text, words=words, hits=tuple(hits), foreign=foreign)

    def _patterned(self, text: str, words: tuple[_Word, ...]) -> Iterator[_Hit]:
        """Yield the codes in *text* that have the shape of a trap."""
        for trap, pattern in self._patterns:
            for match in pattern.finditer(text):
                term = _Term(kind="trap", entry=trap, text=match[0])
                within = [
                    position
                    for position, word in enumerate(words)
                    if word.start < match.end() and match.start() < word.end
                ]
                yield _Hit(term=term, first=within[0], last=within[-1] + 1)

    def _foreign(self, hits: Iterable[_Hit]) -> frozenset[int]:
        """Return the positions of codes that belong to another country."""
        return frozenset[int]().union(
            *(
                hit.span
                for hit in hits
                if hit.term.kind == "trap" and self._traps[hit.term.entry]["foreign"]
            )
        )

    def _standings(self, reading: _Reading) -> tuple[_Standing, ...]:
        by_entry: dict[str, list[_Hit]] = {}
        for hit in reading.of(*_OWN):
            by_entry.setdefault(hit.term.entry, []).append(hit)
        return tuple(
            self._standing(entry, by_entry[entry["id"]], reading)
            for entry in self._entries.values()
            if entry["id"] in by_entry
        )

    def _standing(self, entry: Mapping[str, Any], hits: list[_Hit], reading: _Reading) -> _Standing:
        family = {entry["id"], entry.get("parent", entry["id"])}
        own = frozenset[int]().union(*(hit.span for hit in hits))
        cues = [hit for hit in reading.of(*_CUES) if hit.term.entry == entry["id"]]
        accepted = [hit for hit in cues if hit.term.kind == "accept"]
        known = own.union(
            *(hit.span for hit in reading.of(*_OWN) if hit.term.entry in family),
            *(hit.span for hit in accepted),
            reading.covered("plain"),
        )
        best = min(hits, key=_merit)
        return _Standing(
            entry=entry,
            best=best,
            worthy=any(hit.term.settles for hit in hits),
            extra=frozenset(range(len(reading.words))) - known,
            rejected=tuple(
                hit for hit in cues if hit.term.kind == "reject" and not hit.span <= own
            ),
            confirm=_confirm(entry, best, accepted),
        )

    # --- saying what is in doubt

    def _suggest(self, reading: _Reading) -> tuple[Suggestion, ...]:
        """Return the names spelt most like the text, with and without its plain words."""
        from rapidfuzz import fuzz  # noqa: PLC0415 - slow to load, and only a miss needs it

        skip = reading.covered("status") | reading.foreign
        asked = {reading.key(skip), reading.key(skip | reading.covered("plain"))}
        asked = {key for key in asked if len(key) >= _SHORTEST_TO_GUESS}
        best: dict[str, Suggestion] = {}
        for key, entry, text in self._guesses:
            score = max((int(fuzz.ratio(ask, key)) for ask in asked), default=0)
            known = best.get(entry["id"])
            if score >= _CLOSE_ENOUGH and (known is None or score > known.score):
                best[entry["id"]] = Suggestion(
                    entry=entry["id"], label=entry["label"], text=text, score=score
                )
        # Sorting keeps the order of the list among equals.
        ranked = sorted(best.values(), key=lambda guess: -guess.score)
        return tuple(ranked[:_MOST_SUGGESTIONS])

    def _notes(
        self,
        reading: _Reading,
        standings: tuple[_Standing, ...],
        settled: str | None,
    ) -> tuple[Note, ...]:
        notes = [*self._code_notes(reading), *self._grade_notes(reading, standings)]
        if settled is None:
            found = _doubts(reading, standings)
            notes += [self._note(name, words) for name, words in found]
        return tuple(notes)

    def _note(self, name: str, words: tuple[str, ...]) -> Note:
        text = self._texts[name].replace("{words}", "; ".join(words))
        return Note(id=name, text=text, words=words)

    def _code_notes(self, reading: _Reading) -> Iterator[Note]:
        for trap in self._traps.values():
            hits = [hit for hit in reading.of("trap") if hit.term.entry == trap["id"]]
            if hits:
                means = dict.fromkeys(_meaning(hit) for hit in hits)
                words = tuple(text for text in means if text)
                yield Note(id=trap["id"], text=trap["text"], words=words)
        for hit in reading.of("unclear"):
            note = self._note("unclear_code", (hit.term.text,))
            text = f"{note.text} {_item(hit)['text']}"
            yield Note(id=note.id, text=text, words=note.words)

    def _grade_notes(self, reading: _Reading, standings: tuple[_Standing, ...]) -> Iterator[Note]:
        words = {fold(hit.term.text) for hit in reading.of("status")}
        entries = {standing.entry["id"] for standing in standings}
        for grade in self._grades:
            seen = tuple(word for word in grade["words"] if fold(word) in words)
            if seen and entries.intersection(grade["entries"]):
                yield Note(id="grade", text=grade["text"], words=seen)


# --- what the data says, as wordings


def _names_of(entry: Mapping[str, Any]) -> Iterator[tuple[str, _Term]]:
    """Yield the names of *entry*: as printed, as corrected, as others write it."""
    new = partial(_name, entry["id"])
    for text in (entry["printed"], *entry.get("bare_names", ())):
        yield text, new("name", text, sourced=True)
    for text in (entry["label"], *entry.get("spellings", ())):
        yield text, new("name", text, sourced=False)
    for synonym in entry["synonyms"]:
        text, sourced = synonym["text"], not synonym.get("unsourced", False)
        term = new("synonym", text, sourced=sourced)
        full = synonym.get("full_name", True)
        yield text, term if full else replace(term, settles=False)
    for code in entry["codes"]:
        if "label" in code:
            text, relation = code["label"], code["relation"]
            term = new("synonym", text, sourced=True)
            settles = relation == "exact"
            yield text, replace(term, relation=relation, settles=settles)


def _name(entry: str, kind: str, text: str, *, sourced: bool) -> _Term:
    return _Term(kind=kind, entry=entry, text=text, sourced=sourced, settles=sourced)


def _without_brackets(name: str) -> tuple[str, ...]:
    """Return *name* and, if it has brackets, the name without what they hold."""
    bare = re.sub(r"\s*\([^)]*\)", "", name)
    return (name,) if bare == name else (name, bare)


def _guesses(
    entries: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for entry in entries:
        for name, _ in _names_of(entry):
            for variant in _without_brackets(name):
                yield fold(variant), entry, variant


def _patterns(
    traps: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield each trap's id and shape; ``@`` is a letter and ``#`` a digit."""
    for trap in traps:
        for shape in trap.get("patterns", ()):
            signs = "".join(_PATTERN_SIGNS.get(sign, re.escape(sign)) for sign in shape)
            whole = rf"(?<![^\W_]){signs}(?![^\W_]|\.\d)"
            yield trap["id"], re.compile(whole, re.IGNORECASE)


# --- what counts among the wordings found


def _stands(hit: _Hit, words: tuple[_Word, ...], foreign: frozenset[int]) -> bool:
    """Say whether *hit* may count, read together with the text around it."""
    kind = hit.term.kind
    if kind != "trap" and hit.span & foreign:
        return False
    # In running text an abbreviation in small letters is mostly an ordinary word.
    small = all(words[position].raw.islower() for position in hit.span)
    return kind != "abbreviation" or not small or len(hit.span) == len(words)


def _longest(hits: list[_Hit]) -> list[_Hit]:
    """Return *hits* without those that stand inside a longer name."""
    return [hit for hit in hits if not any(_swallows(other, hit) for other in hits)]


def _swallows(longer: _Hit, hit: _Hit) -> bool:
    if not hit.span < longer.span:
        return False
    if hit.term.kind in _CUES:
        return longer.term.kind in _CUES and longer.term.entry == hit.term.entry
    if _is_label(longer.term) and longer.term.entry == hit.term.entry:
        return False  # our own label must not hide the sourced name inside it
    return longer.term.kind in _SWALLOWED_BY.get(hit.term.kind, _NAMING)


def _is_label(term: _Term) -> bool:
    return term.kind == "name" and not term.sourced


def _explained(hits: list[_Hit]) -> list[_Hit]:
    """Return *hits* without doubts about abbreviations that the text spells out."""
    spelt_out = {
        (name.term.entry, short.span)
        for short in hits
        if short.term.kind == "abbreviation"
        for name in hits
        if name.term.kind in _OWN - {"abbreviation"}
        and name.term.entry == short.term.entry
        and not name.span & short.span
    }
    resolved = {span for _, span in spelt_out}
    return [hit for hit in hits if hit.term.kind != "false_friend" or hit.span not in resolved]


def _place(hit: _Hit) -> tuple[int, int, str, str, str]:
    return (hit.first, -hit.last, hit.term.kind, hit.term.entry, hit.term.text)


def _merit(hit: _Hit) -> tuple[bool, int, int, int, int, str]:
    term = hit.term
    return (
        not term.settles,
        _RELATIONS[term.relation],
        hit.first - hit.last,
        _BY[term.kind],
        hit.first,
        term.text,
    )


# --- from wordings to an answer


def _confirm(entry: Mapping[str, Any], best: _Hit, accepted: list[_Hit]) -> tuple[str, ...]:
    """Return what must still be asked before *entry* as printed is certain."""
    form = entry.get("form", {})
    question = form.get("question")
    by_code = best.term.kind == "code" and best.term.relation != "broader"
    told = bool(form.get("accept")) and (bool(accepted) or by_code)
    return (question,) if question and not told else ()


def _settled(standings: tuple[_Standing, ...], reading: _Reading) -> str | None:
    """Return the one entry that is beyond doubt, if there is one."""
    rivals = [standing for standing in standings if standing.rival]
    doubt = reading.of("status", "false_friend", "related")
    if doubt or len(rivals) != 1 or not rivals[0].worthy:
        return None
    entry = rivals[0].entry
    # Such an entry is taken as it stands, so nobody would ask about its form later.
    if entry["on_name_match"] == "listed" and rivals[0].confirm:
        return None
    return str(entry["id"])


def _candidates(
    standings: tuple[_Standing, ...], settled: str | None, reading: _Reading
) -> tuple[Candidate, ...]:
    ranked = sorted(standings, key=lambda standing: _rank(standing, settled))
    return tuple(
        Candidate(
            entry=standing.entry["id"],
            label=standing.entry["label"],
            text=reading.wording(standing.best.span),
            relation=standing.best.term.relation,
            by=standing.best.term.kind,
            sourced=standing.best.term.sourced,
            on_name_match=standing.entry["on_name_match"],
            confirm=standing.confirm,
            settles=standing.entry["id"] == settled,
        )
        for standing in ranked
    )


def _rank(standing: _Standing, settled: str | None) -> tuple[bool, bool, int, bool, int, int]:
    return (
        standing.entry["id"] != settled,
        not standing.complete,
        _RELATIONS[standing.best.term.relation],
        not standing.worthy,
        len(standing.extra),
        standing.entry["number"],
    )


def _item(hit: _Hit) -> Mapping[str, Any]:
    return hit.term.item or {}


def _related(reading: _Reading) -> tuple[Related, ...]:
    """Return the related diseases named, each once, with the entries they are near."""
    by_label: dict[str, list[_Hit]] = {}
    for hit in reading.of("related"):
        by_label.setdefault(hit.term.text, []).append(hit)
    return tuple(_one_related(label, hits) for label, hits in by_label.items())


def _one_related(label: str, hits: list[_Hit]) -> Related:
    item = _item(hits[0])
    near = dict.fromkeys(hit.term.entry for hit in hits if hit.term.entry)
    return Related(
        label=label,
        near=tuple(near),
        why=item["why"],
        leads_to=item["leads_to"],
        see=item.get("see", ""),
    )


def _false_friends(reading: _Reading) -> tuple[FalseFriend, ...]:
    found = (
        FalseFriend(text=reading.wording(hit.span), entry=hit.term.entry, why=_item(hit)["why"])
        for hit in reading.of("false_friend")
    )
    return tuple(dict.fromkeys(found))


def _status_words(reading: _Reading) -> tuple[StatusWord, ...]:
    found = (
        StatusWord(text=reading.wording(hit.span), meaning=_item(hit)["meaning"])
        for hit in reading.of("status")
    )
    return tuple(dict.fromkeys(found))


def _meaning(hit: _Hit) -> str:
    """Return what the code of a trap means, if the data knows that very code."""
    if hit.term.item is None:
        return ""
    danish = hit.term.item.get("danish", "")
    meaning = f"{hit.term.text}: {hit.term.item['means']}"
    return f"{meaning} → {danish}" if danish else meaning


def _doubts(
    reading: _Reading, standings: tuple[_Standing, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield why nothing is settled: the id of a sentence and the words it is about."""
    status = tuple(word.text for word in _status_words(reading))
    if status:
        yield "not_confirmed", status
    if not standings:
        yield "not_found", ()
        return
    rejected = dict.fromkeys(
        reading.wording(hit.span) for standing in standings for hit in standing.rejected
    )
    if rejected:
        yield "rejected_form", tuple(rejected)
    yield from _doubts_about_the_name(reading, standings)


def _doubts_about_the_name(
    reading: _Reading, standings: tuple[_Standing, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    first = min(standings, key=lambda standing: _rank(standing, None))
    rivals = [standing for standing in standings if standing.rival]
    extra = first.extra - reading.covered("status", "reject")
    if extra:
        yield "extra_words", (reading.wording(extra),)
    if len(rivals) > 1:
        yield "several", tuple(standing.entry["label"] for standing in rivals)
    best = first.best.term
    written = (reading.wording(first.best.span),)
    if first.worthy:
        return
    if best.kind == "short":
        yield "short_name", written
    elif best.kind == "code" and best.relation == "broader":
        yield "broader_code", written
    elif best.kind != "code" and best.sourced:
        yield "abbreviation", written
    elif not best.sourced:
        yield "unsourced", written

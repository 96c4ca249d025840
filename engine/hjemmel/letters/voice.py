"""Whom a letter calls »du«: the citizen, or the one who reads it on the citizen's behalf.

A letter is written to the citizen. Where it goes to a parent, a guardian or a representative, the
citizen is named instead, and »du« is left to what the reader is asked to do. A Danish verb has
one form for all persons, so the pronoun alone is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache

from hjemmel.data import data_folder
from hjemmel.letters.marks import Origin, Traced
from hjemmel.letters.trace import TO_READER, LetterSentence
from hjemmel.policy.load import Loaded

#: What is said to the reader, whoever that is.
VOICES = "voices.yaml"

_PRONOUN = re.compile(r"\b(?:du|dig|din|dit|dine|mig|min|mit|mine)\b", re.IGNORECASE)
#: Where one clause ends and the next begins.
_CLAUSE = re.compile(r"(?<!kr)[.,;:!?–](?=\s|$)|\n")
#: The same, said of the subject of its own clause.
_REFLEXIVE = {"dig": "sig", "din": "sin", "dit": "sit", "dine": "sine"}
_OBJECTS = ("du", "dig", "mig")
#: What somebody has typed is never changed.
_TYPED = ("fact:*", "letter:*", "recipient:*", "municipality:*", "case:*")


def named(text: str, name: str, stays: Callable[[int], bool] = lambda _: False) -> list[str]:
    """Return *text*, character by character, with *name* for the pronouns that do not stay.

    A name takes the place of its pronoun's first character; the others are empty.

    >>> "".join(named("Du vælger selv din hjælp, og vi vejleder dig.", "Ida"))
    'Ida vælger selv sin hjælp, og vi vejleder Ida.'
    """
    parts = list(text)
    subject = -1
    for found in _PRONOUN.finditer(text):
        if stays(found.start()):
            continue
        word = found[0].lower()
        same_clause = subject >= 0 and not _CLAUSE.search(text, subject, found.start())
        if same_clause and word in _REFLEXIVE:
            new = _REFLEXIVE[word]
        else:
            new = name if word in _OBJECTS else _genitive(name)
        if word == "du":
            subject = found.end()
        if found[0][0].isupper():
            new = new[0].upper() + new[1:]
        parts[found.start() : found.end()] = [new, *[""] * (len(word) - 1)]
    return parts


def in_third_person(
    traced: Traced, sentences: Iterable[LetterSentence], name: str, *, parent: bool = False
) -> Traced:
    """Return *traced* with the citizen called *name*, but where the reader is spoken to.

    A *parent* chooses, arranges and pays on the child's behalf and is spoken to there as well.
    """
    kept = [True] * len(traced.text)
    to_reader = _told("to_reader") + (_told("to_parent") if parent else ())
    phrases = _told("phrases") + (_told("parent_phrases") if parent else ())
    for one in sentences:
        if not one.group.endswith(TO_READER):
            start, end = one.range
            kept[start:end] = [_stays(origin, to_reader) for origin in traced.origins[start:end]]
    for phrase in phrases:
        for found in re.finditer(re.escape(phrase), traced.text):
            kept[found.start() : found.end()] = [True] * len(phrase)
    parts = named(traced.text, name, lambda at: kept[at])
    pairs = zip(parts, traced.origins, strict=True)
    return Traced("".join(parts), tuple(origin for part, origin in pairs for _ in part))


@cache
def _told(name: str) -> tuple[str, ...]:
    tree = Loaded().read(data_folder("templates") / VOICES, VOICES)
    told = tree.get(name) if tree is not None else None
    return tuple(str(one.value) for one in told.elements()) if told is not None else ()


def _stays(origin: Origin, to_reader: Sequence[str]) -> bool:
    if any(fnmatchcase(label, one) for label in origin.labels for one in to_reader):
        return True
    typed = (fnmatchcase(label, one) for label in origin.labels for one in _TYPED)
    ours = any(label.startswith("criterion:") for label in origin.labels)
    return origin.value and any(typed) and not ours


def _genitive(name: str) -> str:
    return f"{name}’" if name[-1:].lower() in "sxz" else f"{name}s"

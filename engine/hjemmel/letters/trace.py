"""What each sentence of a letter rests on: found while the letter is written, and shown on demand.

A sentence is carried by the nodes of the values in it and by those a template claims for it. A
sentence without either must stand among the courtesies, word for word; else it is no letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from markdown_it.token import Token

from hjemmel.data import data_folder
from hjemmel.letters.errors import LetterError
from hjemmel.letters.lix import sentence_spans
from hjemmel.letters.marks import Origin, Traced
from hjemmel.letters.nodes import Basis, Nodes
from hjemmel.model import Citation
from hjemmel.policy.load import Loaded

#: The sentences that no node needs to carry, by the kind of sentence; a folder may add its own.
COURTESIES = "courtesies.yaml"
_SPACE = re.compile(r"\s+")
_VALUE = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSentence:
    """One sentence of a letter, where its template has it, and the nodes it rests on.

    *prose* is the sentence without the places in the law that it cites, *group* that of a
    courtesy. *part* says what run of text it stands in: ``h1``, ``h2``, ``p``, ``li``, ``th`` or
    ``td``; *block* and *start* to *end* say which, and where; *range* where in the whole letter.
    """

    text: str
    part: str
    section: str
    template: str
    line: int
    bases: tuple[Basis, ...]
    courtesy: bool
    group: str
    prose: str = field(repr=False)
    block: int = field(repr=False)
    start: int = field(repr=False)
    end: int = field(repr=False)
    range: tuple[int, int] = field(repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of its nodes."""
        return tuple(one.label for one in self.bases)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of text that Markdown lays out, with the origin of every character."""

    text: str
    origins: tuple[Origin, ...]
    part: str
    places: tuple[int, ...] = ()


def sentences_of(
    traced: Traced, tokens: Sequence[Token], nodes: Nodes, courtesies: Mapping[str, str]
) -> Iterator[LetterSentence]:
    """Yield the sentences of a letter, read as *tokens*, each with its nodes.

    Raises:
        LetterError: a sentence rests on nothing, or on a node that the decision does not have.
    """
    section, before = "head", True
    for block, run in enumerate(_runs(traced, tokens)):
        if run.part == "h1":
            section, before = "", False
        elif run.part == "hr":
            section = "foot"
        elif run.part == "h2":
            section = run.text
        for start, end in _spans(run.text, whole=before or run.part in ("th", "td")):
            yield _sentence(run, block, (start, end), section, nodes, courtesies)


def _spans(text: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield the sentences of *text*; an address or a cell is read line by line."""
    at = 0
    for line in text.split("\v"):
        spans = [(0, len(line))] if whole and line else sentence_spans(line)
        yield from ((at + start, at + end) for start, end in spans)
        at += len(line) + 1


def _sentence(
    run: _Run,
    block: int,
    span: tuple[int, int],
    section: str,
    nodes: Nodes,
    courtesies: Mapping[str, str],
) -> LetterSentence:
    text, origins = run.text[slice(*span)], run.origins[slice(*span)]
    place = next((one for one in origins if one.template), Origin())
    where = {"template": place.template, "line": str(place.line), "sentence": text}
    bases: dict[str, Basis] = {}
    for label in dict.fromkeys(label for one in origins for label in one.labels):
        found = nodes.find(label)
        if found is None:
            raise LetterError("letter-claim-unfounded", node=label, **where)
        bases.setdefault(found.label, found)
    carried = any(one.carries for one in bases.values())
    skeleton = _skeleton(text, origins)
    courtesy = not carried and (skeleton == _VALUE or skeleton in courtesies)
    if not carried and not courtesy:
        raise LetterError("letter-unfounded", **where)
    return LetterSentence(
        text=_SPACE.sub(" ", text),
        part=run.part,
        section=section,
        template=place.template,
        line=place.line,
        bases=tuple(bases.values()),
        courtesy=courtesy,
        group=courtesies.get(skeleton, "") if courtesy else "",
        prose=_prose(text, origins),
        block=block,
        start=span[0],
        end=span[1],
        range=(run.places[span[0]], run.places[span[1] - 1] + 1),
    )


def _skeleton(text: str, origins: Sequence[Origin]) -> str:
    """Return the fixed words of *text*, with one sign in place of each value."""
    parts = groupby(zip(text, origins, strict=True), key=lambda pair: pair[1].value)
    shown = "".join(
        _VALUE if value else "".join(character for character, _ in pairs) for value, pairs in parts
    )
    return normal(shown)


def _prose(text: str, origins: Sequence[Origin]) -> str:
    """Return *text* without what is bound to a place in the law, and the brackets around it."""
    cited = (any(label.startswith("source:") for label in one.labels) for one in origins)
    kept = "".join(one for one, law in zip(text, cited, strict=True) if not law)
    return _SPACE.sub(" ", kept.replace("()", "")).strip()


def normal(sentence: str) -> str:
    """Return *sentence* as sentences are compared: its spaces single, its values one sign."""
    return re.sub(rf"{_VALUE}(?:\s*{_VALUE})+", _VALUE, _SPACE.sub(" ", sentence).strip())


# --- from Markdown to runs of text ------------------------------------------------------------


def _runs(traced: Traced, tokens: Sequence[Token]) -> Iterator[_Run]:
    """Yield each run of text of *tokens*, its characters matched with those of *traced*."""
    cursor = 0
    opened: list[str] = []
    for token in tokens:
        if token.type == "hr":
            yield _Run("", (), "hr")
        elif token.type == "inline":
            cursor, places = _located(traced.text, token.content, cursor)
            yield _visible(traced, token, places, opened)
        elif token.nesting > 0:
            opened.append(token.tag)
        elif token.nesting < 0:
            opened.pop()


def _located(text: str, content: str, cursor: int) -> tuple[int, list[int]]:
    """Return where each character of *content* stands in *text*, looking from *cursor* on."""
    places: list[int] = []
    for line in content.split("\n"):
        for shape in (line, line.replace("|", r"\|")):  # the reader of tables takes the strokes
            at = text.find(shape, cursor)
            if at >= 0:
                break
        else:
            at, shape = cursor, ""
        escaped = 0
        for offset, character in enumerate(line):
            if shape != line and character == "|":
                escaped += 1
            places.append(at + offset + escaped)
        cursor = at + len(shape)
        places.append(cursor)  # the line break
    return cursor, places[:-1]


def _visible(traced: Traced, token: Token, places: list[int], opened: list[str]) -> _Run:
    """Return what a reader sees of *token*: a break of lines is kept as a vertical tab."""
    shown: list[str] = []
    origins: list[Origin] = []
    found: list[int] = []
    at, source = 0, token.content
    for character in visible_text(token):
        wanted = "\n" if character == "\v" else character
        while at < len(source) - 1 and not _is(source[at], wanted):
            at += 1
        shown.append(character)
        place = places[min(at, len(places) - 1)] if places else 0
        found.append(place)
        origins.append(traced.origins[min(place, len(traced.origins) - 1)])
        at += 1
    tags = [tag for tag in opened if tag in ("h1", "h2", "li", "th", "td")]
    return _Run("".join(shown), tuple(origins), tags[-1] if tags else "p", tuple(found))


def _is(character: str, wanted: str) -> bool:
    return character == wanted or (wanted == " " and character == "\n")


def visible_text(token: Token) -> str:
    """Return the text of *token* as a reader sees it, a vertical tab for each break of lines."""
    return "".join(map(shown_of, token.children or ()))


def shown_of(child: Token) -> str:
    """Return what a reader sees of one *child* of a run of text."""
    if child.type == "hardbreak":
        return "\v"
    return " " if child.type == "softbreak" else child.content


# --- what needs no node -----------------------------------------------------------------------

#: The groups of courtesies that speak to the reader, also where that is not the citizen.
TO_READER = "_to_reader"


@cache
def courtesies_of(templates: Path | None = None) -> Mapping[str, str]:
    """Return the sentences that no node needs to carry, each with its group.

    They are those that ship and those of *templates*.

    Raises:
        LetterError: the list of *templates* cannot be read.
    """
    known: dict[str, str] = {}
    for folder in (data_folder("templates"), templates):
        if folder is not None and (folder / COURTESIES).is_file():
            known.update(_read(folder / COURTESIES))
    return MappingProxyType(known)


def _read(path: Path) -> Iterator[tuple[str, str]]:
    loaded = Loaded()
    tree = loaded.read(path, path.name)
    plain = tree.plain() if tree is not None and not loaded.issues else None
    groups = plain.items() if isinstance(plain, dict) else ()
    told = [(group, one) for group, ones in groups if isinstance(ones, list) for one in ones]
    lists = [ones for _, ones in groups]
    if not told or not all(isinstance(one, list) for one in lists):
        raise LetterError("letter-courtesies-unreadable", file=path.name)
    for group, sentence in told:
        if not isinstance(sentence, str):
            raise LetterError("letter-courtesies-unreadable", file=path.name)
        yield normal(sentence), group


# --- the map ----------------------------------------------------------------------------------


def trace_document(kind: str, case: str, sentences: Iterable[LetterSentence]) -> str:
    """Return the map of a letter as JSON: each sentence, its place, and the nodes it rests on."""
    document = {
        "letter": kind,
        "case": case,
        "sentences": [
            {
                "sentence": number,
                "text": one.text,
                "part": one.part,
                "template": one.template,
                "line": one.line,
                "courtesy": one.courtesy,
                "rests_on": [_plain(basis) for basis in one.bases],
            }
            for number, one in enumerate(sentences, start=1)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _plain(basis: Basis) -> dict[str, object]:
    told = {
        "node": basis.label,
        "label": basis.shown,
        "value": basis.value,
        "rule": basis.rule,
        "fact": basis.fact,
        "told": basis.told,
        "sources": [_cited(one) for one in basis.sources],
    }
    return {key: value for key, value in told.items() if value}


def _cited(citation: Citation) -> dict[str, str]:
    return {
        "ref": citation.ref,
        "at": citation.at,
        "edition": citation.edition,
        "url": citation.url,
    }

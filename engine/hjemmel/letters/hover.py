"""What a sentence rests on: shown on the page where it is pointed at or reached by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from hjemmel.letters.nodes import Basis
from hjemmel.letters.trace import LetterSentence, shown_of
from hjemmel.messages import words

#: The paragraphs above the headline and below the last rule state nothing about the case.
_WITHOUT = ("head", "foot")
_TEXT = ("text", "text_special", "softbreak", "hardbreak")


def with_proof(tokens: Sequence[Token], sentences: Sequence[LetterSentence]) -> None:
    """Put into *tokens*, around each of *sentences* that rests on something, what that is."""
    runs = [one for one in tokens if one.type in ("inline", "hr")]
    numbered = [
        (number, one)
        for number, one in enumerate(sentences, start=1)
        if one.section not in _WITHOUT and not one.courtesy
    ]
    for block, group in groupby(numbered, key=lambda pair: pair[1].block):
        run = runs[block]
        for number, one in group:
            run.children = _wrapped(run.children or [], number, one)


def _wrapped(children: list[Token], number: int, one: LetterSentence) -> list[Token]:
    """Return *children* with the sentence *one* in an element of its own."""
    parts = list(_split(children, (one.start, one.end)))
    inside = [at for at, (_, within) in enumerate(parts) if within]
    tokens = [token for token, _ in parts]
    first, last = _balanced(tokens, inside[0], inside[-1])
    note = f"b{number}"
    opening = f'<span class="s" tabindex="0" aria-describedby="{note}">'
    closing = f'<span class="b" id="{note}" role="note" hidden>{_note(one.bases)}</span></span>'
    return [
        *tokens[:first],
        _html(opening),
        *tokens[first : last + 1],
        _html(closing),
        *tokens[last + 1 :],
    ]


def _split(children: Iterable[Token], span: tuple[int, int]) -> Iterator[tuple[Token, bool]]:
    """Yield *children*, cut where *span* begins and ends, and whether each lies in it."""
    at = 0
    for child in children:
        size = 0 if child.type == "html_inline" else len(shown_of(child))
        cuts = sorted({at, at + size, *(one for one in span if at < one < at + size)})
        if child.type != "text" or len(cuts) < 3:
            yield child, size > 0 and span[0] <= at and at + size <= span[1]
        else:
            for start, end in pairwise(cuts):
                part = Token("text", "", 0, content=child.content[start - at : end - at])
                yield part, span[0] <= start and end <= span[1]
        at += size


def _balanced(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """Return the least run around *first* to *last* that closes what it opens."""
    while True:
        depth, lowest = 0, 0
        for token in tokens[first : last + 1]:
            depth += token.nesting
            lowest = min(lowest, depth)
        if lowest < 0:
            first -= 1
        elif depth > 0:
            last += 1
        else:
            return first, last


def _note(bases: Sequence[Basis]) -> str:
    """Return rule, facts and sources of *bases* as the note beside a sentence."""
    return "".join(
        f'<span class="n">{escapeHtml(line)}</span>'
        for line in dict.fromkeys(line for one in bases if one.carries for line in _lines(one))
    )


def _lines(basis: Basis) -> Iterator[str]:
    yield f"{words('proof-node')}: {basis.shown}{_value(basis)}"
    if basis.rule:
        yield f"{words('proof-rule')}: {basis.rule}"
    if basis.told or basis.fact:
        yield f"{words('proof-fact')}: {basis.told or basis.fact}"
    for one in basis.sources:
        yield f"{words('proof-source')}: {one.label}, {one.at}"


def _value(basis: Basis) -> str:
    if basis.kind in ("conclusion", "target_group", "fact") and basis.value:
        return f" ({words(f'truth-{basis.value}')})"
    return f" ({basis.value})" if basis.kind in ("amount", "rate", "provision") else ""


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)

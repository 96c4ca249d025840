"""A letter as headings, paragraphs, lists and tables: what PDF and Word are made from.

Text stands here as the reader sees it, without markup. The formats take it as data, so nothing that
a person typed is ever read as a command of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from hjemmel.letters.context import BLANK

#: The paragraphs above the headline, in their order.
HEAD = ("sender", "recipient", "about")
#: A sign, a short word with a point, and the unit of an amount stay on the line of their number.
_GLUED = re.compile(
    r"\N{SECTION SIGN} \d+(?: [a-z]\b)?|\b(?:stk|pkt)\. (?=\d)|\bnr\. (?=\d)|(?<=\d) (?=kr\.)"
)
_SHORT = 6  # points
BLANK_PLACE = re.compile(re.escape(BLANK).replace(r"\{what\}", r"[^\]<]*"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece of text in one look; a line ends where it says so."""

    text: str = ""
    strong: bool = False
    emphasis: bool = False
    link: str = ""
    blank: bool = False
    ends_line: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A headline; the letter's own is of level one."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Lines of running text."""

    runs: Runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A list; each point holds blocks, as a rule one paragraph."""

    numbered: bool
    points: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a row of headers; *right* says which columns stand to the right."""

    head: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """What follows stands on a page of its own."""


Block = Heading | Paragraph | Points | Table | NewPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole letter: what stands above the headline, the letter itself, and the small print."""

    title: str
    sender: Runs
    recipient: Runs
    about: Runs
    body: tuple[Block, ...]
    footer: tuple[Block, ...]


def parser() -> MarkdownIt:
    """Return the one reader of letters: no HTML of anybody's and no pictures, nothing to fetch."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def split(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token], Sequence[Token]]:
    """Return what stands above the headline, the letter, and what stands below the last rule."""
    heads = (at for at, one in enumerate(tokens) if one.type == "heading_open" and one.tag == "h1")
    start = next(heads, 0)
    rules = [at for at, one in enumerate(tokens) if one.type == "hr"]
    end = rules[-1] if rules else len(tokens)
    return tokens[:start], tokens[start:end], tokens[end + 1 :]


def title_of(markdown: str) -> str:
    """Return the headline of the letter *markdown* as plain text."""
    _, body, _ = split(parser().parse(markdown))
    return "".join(one.content for token in body[1:2] for one in token.children or ())


def read(markdown: str) -> Sheet:
    """Return the letter *markdown* as blocks."""
    above, body, below = split(parser().parse(markdown))
    head = {
        name: block.runs
        for name, block in zip(HEAD, _blocks(above), strict=False)
        if isinstance(block, Paragraph)
    }
    return Sheet(
        title=title_of(markdown),
        sender=head.get("sender", ()),
        recipient=head.get("recipient", ()),
        about=head.get("about", ()),
        body=tuple(_blocks(body)),
        footer=tuple(_blocks(below)),
    )


def closing(body: Sequence[Block]) -> tuple[int, ...]:
    """Return which blocks of *body* close the letter and are not to be torn apart.

    The greeting and the name are the last two. What stands before them goes along where it is
    short, so that a page never holds a name alone.
    """
    pages = (at for at, one in enumerate(body) if isinstance(one, NewPage))
    end = next(pages, len(body))
    last = tuple(range(max(end - 2, 0), end))
    if len(last) < 2 or not all(isinstance(body[at], Paragraph) for at in last):
        return ()
    before = body[last[0] - 1] if last[0] else None
    short = isinstance(before, Points) and len(before.points) <= _SHORT
    return (last[0] - 1, *last) if short else last


def lines_of(runs: Iterable[Run]) -> tuple[Runs, ...]:
    """Return *runs* line by line."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        if run.ends_line:
            lines.append([])
        else:
            lines[-1].append(run)
    return tuple(tuple(line) for line in lines)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        one, within = tokens[at], tokens[at + 1 : end]
        match one.type:
            case "heading_open":
                yield Heading(level=int(one.tag[1:]), runs=_runs(within[0]))
            case "paragraph_open":
                yield Paragraph(runs=_runs(within[0]))
            case "bullet_list_open" | "ordered_list_open":
                points = tuple(tuple(_blocks(point)) for point in _children(within))
                yield Points(numbered=one.type.startswith("ordered"), points=points)
            case "table_open":
                yield _table(within)
            case "hr":
                yield NewPage()
            case "blockquote_open":
                yield from _blocks(within)
            case "fence" | "code_block":
                yield Paragraph(runs=(Run(text=one.content),))
        at = end + 1


def _end(tokens: Sequence[Token], at: int) -> int:
    """Return where the element that begins at *at* is closed; what never opens ends at once."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    return len(tokens) - 1


def _children(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Return what stands within each element of *tokens*."""
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        yield tokens[at + 1 : end]
        at = end + 1


def _table(tokens: Sequence[Token]) -> Table:
    rows = [row for part in _children(tokens) for row in _children(part)]
    cells = [tuple(_runs(cell[0]) for cell in _children(row)) for row in rows]
    heads = (one for one in tokens if one.type == "th_open")
    right = tuple("right" in str(one.attrGet("style") or "") for one in heads)
    return Table(head=cells[0], rows=tuple(cells[1:]), right=right)


def _runs(token: Token) -> Runs:
    return tuple(_of_children(token.children or ()))


def _of_children(children: Iterable[Token]) -> Iterator[Run]:
    strong = emphasis = 0
    link = ""
    for one in children:
        match one.type:
            case "strong_open" | "strong_close":
                strong += one.nesting
            case "em_open" | "em_close":
                emphasis += one.nesting
            case "link_open":
                link = str(one.attrGet("href") or "")
            case "link_close":
                link = ""
            case "hardbreak":
                yield Run(ends_line=True)
            case "softbreak":
                yield Run(text=" ")
            case _:
                for text, blank in _places(one.content):
                    yield Run(
                        text=text,
                        strong=strong > 0,
                        emphasis=emphasis > 0,
                        link=link,
                        blank=blank,
                    )


def _places(text: str) -> Iterator[tuple[str, bool]]:
    """Return *text* in pieces, and for each whether it is a place that is still to be filled in.

    A sign or a short word stays on the line of its number.
    """
    text, done = _GLUED.sub(lambda found: found[0].replace(" ", "\u00a0"), text), 0
    for found in BLANK_PLACE.finditer(text):
        if found.start() > done:
            yield text[done : found.start()], False
        yield found[0], True
        done = found.end()
    if done < len(text):
        yield text[done:], False

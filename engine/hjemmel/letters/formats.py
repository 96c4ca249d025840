"""Markdown to a page: self-contained, accessible, and laid out for a window envelope in print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token
from markupsafe import Markup

from hjemmel.letters.blocks import BLANK_PLACE, HEAD, parser, split, title_of
from hjemmel.letters.confined import render
from hjemmel.letters.hover import with_proof
from hjemmel.letters.look import Look
from hjemmel.letters.trace import LetterSentence

PAGE = "parts/page.html.j2"
#: The margins of the page in print, in millimetres, as the page's own rules have them.
_TOP, _LEFT = 15, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Everything the page around a letter may mention."""

    title: str = field(metadata={"help": "brevets overskrift"})
    header: str = field(metadata={"help": "afsender, modtager og sagens oplysninger, som HTML"})
    body: str = field(metadata={"help": "brevet fra overskrift til underskrift, som HTML"})
    footer: str = field(metadata={"help": "det, der står med småt under brevet, som HTML"})
    accent: str = field(metadata={"help": "farven på overskrifter og streger: #0b4f8a"})
    window: str = field(metadata={"help": "modtagerens plads på papir, som CSS"})
    logo: str = field(metadata={"help": "logoet som en adresse, der selv er billedet, eller tom"})
    logo_words: str = field(metadata={"help": "logoet i ord"})


def to_html(
    markdown: str,
    look: Look,
    templates: Path | None = None,
    sentences: Sequence[LetterSentence] = (),
) -> str:
    """Return the letter *markdown* as one HTML page that asks the network for nothing.

    What each of *sentences* rests on is shown where it is pointed at, and not in print.
    """
    reader = parser()
    tokens = reader.parse(markdown)
    with_proof(tokens, sentences)
    _name_headers(tokens)
    parts = split(tokens)
    _name_paragraphs(parts[0])
    header, body, footer = (
        _marked(reader.renderer.render(one, reader.options, {})) for one in parts
    )
    page = PageContext(
        title=title_of(markdown),
        header=header,
        body=body,
        footer=footer,
        accent=look.accent,
        window=f"top: {look.top - _TOP}mm; left: {look.left - _LEFT}mm",
        logo=look.logo.address() if look.logo else "",
        logo_words=look.logo.words if look.logo else "",
    )
    return render(PAGE, {name: getattr(page, name) for name in page.__slots__}, templates)


def _name_paragraphs(tokens: Iterable[Token]) -> None:
    """Give the paragraphs above the headline the names the layout knows them by."""
    paragraphs = (one for one in tokens if one.type == "paragraph_open")
    for one, name in zip(paragraphs, HEAD, strict=False):
        one.attrSet("class", name)


def _name_headers(tokens: Sequence[Token]) -> None:
    """Tell for each header cell what it heads, and make the first cell of each row one."""
    for at, one in enumerate(tokens):
        if one.type == "th_open":
            one.attrSet("scope", "col")
        if one.type == "td_open" and tokens[at - 1].type == "tr_open":
            closing = next(later for later in tokens[at:] if later.type == "td_close")
            one.tag = closing.tag = "th"
            one.attrSet("scope", "row")


def _marked(html: str) -> Markup:
    return Markup(BLANK_PLACE.sub(r"<mark>\g<0></mark>", html))  # noqa: S704 - the parser's own output

"""Markdown to a page: self-contained, accessible, and laid out for a window envelope in print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token
from markupsafe import Markup

from hjemmel.letters.blocks import BLANK_PLACE, HEAD, parser, split, title_of
from hjemmel.letters.hover import with_proof
from hjemmel.letters.templating import html_environment
from hjemmel.letters.trace import LetterSentence

PAGE = "parts/page.html.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Everything the page around a letter may mention."""

    title: str = field(metadata={"help": "brevets overskrift"})
    header: str = field(metadata={"help": "afsender, modtager og sagens oplysninger, som HTML"})
    body: str = field(metadata={"help": "brevet fra overskrift til underskrift, som HTML"})
    footer: str = field(metadata={"help": "det, der står med småt under brevet, som HTML"})


def to_html(
    markdown: str, templates: Path | None = None, sentences: Sequence[LetterSentence] = ()
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
    page = PageContext(title=title_of(markdown), header=header, body=body, footer=footer)
    template = html_environment(templates).get_template(PAGE)
    return template.render({name: getattr(page, name) for name in page.__slots__})


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

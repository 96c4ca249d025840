"""Markdown to a page: self-contained, accessible, and laid out for a window envelope in print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from hjemmel.letters.context import BLANK
from hjemmel.letters.templating import html_environment

PAGE = "parts/page.html.j2"
#: The paragraphs above the headline, in their order.
_HEAD = ("sender", "recipient", "about")
_BLANK = re.compile(re.escape(BLANK).replace(r"\{what\}", r"[^\]<]*"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Everything the page around a letter may mention."""

    title: str = field(metadata={"help": "brevets overskrift"})
    header: str = field(metadata={"help": "afsender, modtager og sagens oplysninger, som HTML"})
    body: str = field(metadata={"help": "brevet fra overskrift til underskrift, som HTML"})
    footer: str = field(metadata={"help": "det, der står med småt under brevet, som HTML"})


def title_of(markdown: str) -> str:
    """Return the headline of the letter *markdown* as plain text."""
    tokens = _parser().parse(markdown)
    headline = tokens[_headline(tokens) + 1 : _headline(tokens) + 2]
    return "".join(part.content for one in headline for part in one.children or ())


def to_html(markdown: str, templates: Path | None = None) -> str:
    """Return the letter *markdown* as one HTML page that asks the network for nothing."""
    parser = _parser()
    tokens = parser.parse(markdown)
    _name_headers(tokens)
    start, end = _headline(tokens), _last_rule(tokens)
    _name_paragraphs(tokens[:start])
    parts = [tokens[:start], tokens[start:end], tokens[end + 1 :]]
    header, body, footer = (
        _marked(parser.renderer.render(one, parser.options, {})) for one in parts
    )
    page = PageContext(title=title_of(markdown), header=header, body=body, footer=footer)
    template = html_environment(templates).get_template(PAGE)
    return template.render({name: getattr(page, name) for name in page.__slots__})


def _parser() -> MarkdownIt:
    # No HTML of anybody's and no pictures: a letter fetches nothing.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _headline(tokens: Sequence[Token]) -> int:
    found = (at for at, one in enumerate(tokens) if one.type == "heading_open" and one.tag == "h1")
    return next(found, 0)


def _last_rule(tokens: Sequence[Token]) -> int:
    rules = [at for at, one in enumerate(tokens) if one.type == "hr"]
    return rules[-1] if rules else len(tokens)


def _name_paragraphs(tokens: Iterable[Token]) -> None:
    """Give the paragraphs above the headline the names the layout knows them by."""
    paragraphs = (one for one in tokens if one.type == "paragraph_open")
    for one, name in zip(paragraphs, _HEAD, strict=False):
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
    return Markup(_BLANK.sub(r"<mark>\g<0></mark>", html))  # noqa: S704 - the parser's own output

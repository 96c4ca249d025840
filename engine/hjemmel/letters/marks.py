"""Invisible marks in a letter while it is written: which template and which node a text is from.

A mark is made of private characters, which no filter of a template changes and nobody can type
into a letter. When the letter is done they are taken out, and what they said is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from markupsafe import Markup

_FIRST = 0xE000  # a label is told byte for byte, from here
_OPEN, _MIDDLE, _CLOSE, _PLACE = "\uf8f0", "\uf8f1", "\uf8f2", "\uf8f3"
_PART = re.compile(f"{_PLACE}([^{_MIDDLE}]*){_MIDDLE}|{_OPEN}([^{_MIDDLE}]*){_MIDDLE}|{_CLOSE}")
_LEFT_OVER = re.compile("[\ue000-\uf8ff]")
_BETWEEN = "\x1f"


class Bound(str):
    """A text of a letter and the labels of the nodes it rests on.

    Text that is *ready* was made by our own code and needs no escaping.
    """

    __slots__ = ("labels", "ready")
    labels: tuple[str, ...]
    ready: bool

    def __new__(cls, text: str, *labels: str, ready: bool = False) -> Self:
        """Bind *text* to the nodes called *labels*."""
        bound = super().__new__(cls, text)
        bound.labels, bound.ready = labels, ready
        return bound


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one character of a letter is from."""

    template: str = ""
    line: int = 0
    labels: tuple[str, ...] = ()
    value: bool = False


@dataclass(frozen=True, slots=True)
class Traced:
    """The text of a letter and, character by character, where it is from."""

    text: str
    origins: tuple[Origin, ...] = field(repr=False)


def marked(text: Markup, labels: tuple[str, ...], *, value: bool = True) -> Markup:
    """Return *text* between the marks that bind it to *labels*."""
    if not text:
        return text
    label = _BETWEEN.join(("value" if value else "claim", *labels))
    return Markup(f"{_OPEN}{_hidden(label)}{_MIDDLE}{text}{_CLOSE}")  # noqa: S704 - text is Markup


def is_mark(character: str) -> bool:
    """Say whether *character* could be part of a mark."""
    return _LEFT_OVER.match(character) is not None


def unmarked(text: str) -> Traced:
    """Return *text* without its marks and without the blank lines that a template leaves."""
    kept: list[str] = []
    origins: list[Origin] = []
    stack: list[tuple[str, ...]] = []
    place, at = ("", 0), 0

    def keep(part: str) -> None:
        plain = _LEFT_OVER.sub("", part)
        labels = tuple(one for opened in stack for one in opened[1:])
        value = any(opened[0] == "value" for opened in stack)
        kept.append(plain)
        origins.extend([Origin(*place, labels, value)] * len(plain))

    for found in _PART.finditer(text):
        keep(text[at : found.start()])
        at = found.end()
        if found[1] is not None:
            name, _, line = _shown(found[1]).rpartition(":")
            place = (name, int(line or 0))
        elif found[2] is not None:
            stack.append(tuple(_shown(found[2]).split(_BETWEEN)))
        elif stack:
            stack.pop()
    keep(text[at:])
    return _tidy("".join(kept), origins)


def _tidy(text: str, origins: list[Origin]) -> Traced:
    lines: list[str] = []
    told: list[Origin] = []
    start = 0
    for line in text.split("\n"):
        shown = line.rstrip()
        if shown or (lines and lines[-1]):
            lines.append(shown)
            told.extend(origins[start : start + len(shown)])
            told.append(Origin())
        start += len(line) + 1
    while lines and not lines[-1]:
        lines.pop()
    tidied = "\n".join(lines) + "\n"
    return Traced(tidied, tuple(told[: len(tidied)]))


def _hidden(label: str) -> str:
    return "".join(chr(_FIRST + one) for one in label.encode())


def _shown(hidden: str) -> str:
    told = (ord(one) - _FIRST for one in hidden)
    return bytes(one for one in told if 0 <= one < 0x100).decode(errors="replace")


class Marks(Extension):
    """Marks each line of a template with its place, and adds the block ``claim``.

    ``{% claim "duty:complaint_guidance" %}…{% endclaim %}`` says which node a sentence of the
    template rests on; the letter is only written where the decision has that node.
    """

    tags = {"claim"}  # noqa: RUF012 - the name is Jinja's

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Mark the lines of *stream* that hold text, and where a value is printed."""
        name = stream.name or ""
        for token in stream:
            if token.type == "variable_begin":
                yield Token(token.lineno, "data", self._placed(name, token.lineno))
            if token.type != "data":
                yield token
                continue
            lines = token.value.split("\n")
            text = "\n".join(
                self._placed(name, token.lineno + at) + line if line.strip() else line
                for at, line in enumerate(lines)
            )
            yield Token(token.lineno, token.type, text)

    def _placed(self, name: str, line: int) -> str:
        return f"{_PLACE}{_hidden(f'{name}:{line}')}{_MIDDLE}"

    def parse(self, parser: Parser) -> nodes.Node:
        """Read the nodes that a claim names, and what it claims."""
        line = next(parser.stream).lineno
        labels = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            labels.append(parser.parse_expression())
        body = parser.parse_statements(("name:endclaim",), drop_needle=True)
        call = self.call_method("claimed", [nodes.List(labels)])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def claimed(self, labels: list[str], caller: Callable[[], Markup]) -> Markup:
        """Return what *caller* writes, bound to *labels*."""
        return marked(Markup(caller()), tuple(map(str, labels)), value=False)  # noqa: S704

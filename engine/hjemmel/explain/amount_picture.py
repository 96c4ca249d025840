"""The amount as a bar: spent before, granted now, left, and what is paid outside the ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.explain.drawing import COLOURS, Box, Drawing, text_width
from hjemmel.messages import words
from hjemmel.money import people_amount
from hjemmel.policy.compile import NONE_CHOSEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.model import Amounts, Decision, Item

_NAME = "amounts"
BARS_WIDTH = 620.0
_TITLE, _BODY = 13.0, 11.5
_BAR, _ROW, _AFTER = 26.0, 19.0, 18.0
_SWATCH = 12.0
#: How each part of a bar is painted: a tone and a pattern of its own, so that grey is enough.
_LOOKS = {
    "spent": (COLOURS.faint, ("M -1 9 L 9 -1", "M 3 13 L 13 3"), COLOURS.ink, 8),
    "granted": (COLOURS.held, (), COLOURS.paper, 8),
    "left": (COLOURS.paper, (), COLOURS.ink, 8),
    "outside": (COLOURS.paper, ("M 2 2 L 2.1 2", "M 6 6 L 6.1 6"), COLOURS.ink, 8),
    "own": (COLOURS.paper, ("M 2 0 L 2 8", "M 6 0 L 6 8"), COLOURS.failed, 8),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: which kind of money it is, what it is called, and how much."""

    kind: str
    label: str
    ore: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its caption; *scale* is the amount that is as wide as the picture."""

    caption: str
    lang: str
    scale: int
    inside: tuple[Part, ...]
    beside: tuple[Part, ...]
    note: str = ""

    def parts(self) -> Iterator[Part]:
        """Yield every part, those within the ceiling first."""
        yield from self.inside
        yield from self.beside


def amount_bars(decision: Decision, *, plain: bool = False) -> tuple[Bar, ...]:
    """Return the bars of *decision*: one, or one for each reading that gives other amounts.

    *plain* says them in the words of the citizen's voice.
    """
    lang = decision.trace.run.policy.lang
    if decision.amounts is None:
        return ()
    for question in decision.open_questions:
        readings = [one for one in question.readings if one.amounts is not None]
        if question.chosen == NONE_CHOSEN and len({one.amounts for one in readings}) > 1:
            return tuple(
                _bar(
                    one.amounts,
                    one.items,
                    lang,
                    words("bars-reading", lang, reading=one.label),
                    plain=plain,
                )
                for one in readings
                if one.amounts is not None
            )
    return (_bar(decision.amounts, decision.items, lang, "", plain=plain),)


def _bar(amounts: Amounts, items: Iterable[Item], lang: str, reading: str, *, plain: bool) -> Bar:
    items = tuple(items)

    def called(kind: str) -> str:
        return words(f"plain-{kind}" if plain else f"bars-{kind}", lang)

    ceiling = called("ceiling")
    caption = words("bars-of", lang, label=ceiling, amount=people_amount(amounts.ceiling, lang))
    spent, left = amounts.spent_before, amounts.remaining
    inside = [("spent", spent), ("granted", amounts.granted), ("left", left)]
    beside = [
        ("outside", sum(one.outside_ceiling for one in items)),
        ("own", sum(one.own_payment for one in items)),
    ]
    over = sum(ore for _, ore in beside)
    return Bar(
        caption=f"{reading}: {caption}" if reading else caption[0].upper() + caption[1:],
        lang=lang,
        scale=max(amounts.ceiling, (spent or 0) + amounts.granted) + over,
        inside=tuple(Part(kind, called(kind), ore) for kind, ore in inside if ore is not None),
        beside=tuple(Part(kind, called(kind), ore) for kind, ore in beside if ore),
        note=words("bars-unknown", lang) if spent is None else "",
    )


def amounts_in_text(bars: Iterable[Bar]) -> Iterator[str]:
    """Yield each of *bars* as a line of text."""
    for bar in bars:
        parts = [f"{part.label} {people_amount(part.ore, bar.lang)}" for part in bar.parts()]
        yield ". ".join([bar.caption, ", ".join(parts), *([bar.note] if bar.note else [])]) + "."


def amount_picture(decision: Decision, *, plain: bool = False) -> str:
    """Return the amount of *decision* as SVG, or an empty text where there is none."""
    bars = amount_bars(decision, plain=plain)
    if not bars:
        return ""
    title = words("bars-title", bars[0].lang)
    height = bars_height(bars) + 24
    told = "\n".join(amounts_in_text(bars))
    drawing = Drawing(_NAME, BARS_WIDTH + 24, height, title, told)
    draw_bars(drawing, bars, 12, 12)
    return drawing.svg()


def bars_height(bars: tuple[Bar, ...]) -> float:
    """Return how high *bars* are, one above the other."""
    return sum(_height(bar) + _AFTER for bar in bars)


def _height(bar: Bar) -> float:
    rows = -(-len(list(bar.parts())) // 2) + bool(bar.note)
    return 22 + _BAR + 12 + rows * _ROW


def draw_bars(drawing: Drawing, bars: tuple[Bar, ...], x: float, y: float) -> None:
    """Draw *bars* in *drawing*, the first at *x*, *y*."""
    if not bars:
        return
    paints = {
        kind: drawing.pattern(f"bar-{kind}", ground, lines, ink, size) if lines else ground
        for kind, (ground, lines, ink, size) in _LOOKS.items()
    }
    for bar in bars:
        _draw_bar(drawing, bar, x, y, paints)
        y += _height(bar) + _AFTER


def _draw_bar(drawing: Drawing, bar: Bar, x: float, y: float, paints: dict[str, str]) -> None:
    drawing.text(x, y + 13, bar.caption, _TITLE, bold=True)
    top, at = y + 22, x
    for part in bar.parts():
        width = BARS_WIDTH * part.ore / bar.scale if bar.scale else 0.0
        if part in bar.beside and part is bar.beside[0]:
            # What is outside the ceiling stands apart from it, behind a heavier line.
            drawing.path(f"M {at:.1f} {top - 5:.1f} V {top + _BAR + 5:.1f}",
                         stroke=COLOURS.ink, stroke_width=2.6)  # fmt: skip
        if part.ore:
            drawing.rectangle(Box(at, top, width, _BAR), fill=paints[part.kind],
                              stroke=COLOURS.ink, stroke_width=1)  # fmt: skip
        at += width
    if bar.note:
        drawing.rectangle(Box(x, top, BARS_WIDTH, _BAR), fill="none", stroke=COLOURS.unknown,
                          stroke_width=1.4, stroke_dasharray="2 4")  # fmt: skip
    down = top + _BAR + 12
    for number, part in enumerate(bar.parts()):
        column, row = number % 2, number // 2
        _draw_key(drawing, part, bar.lang, x + column * BARS_WIDTH / 2, down + row * _ROW,
                  paints[part.kind])  # fmt: skip
    if bar.note:
        rows = -(-len(list(bar.parts())) // 2)
        drawing.text(x, down + rows * _ROW + 11, bar.note, _BODY, fill=COLOURS.unknown)


def _draw_key(drawing: Drawing, part: Part, lang: str, x: float, y: float, paint: str) -> None:
    drawing.rectangle(Box(x, y, _SWATCH + 8, _SWATCH), fill=paint, stroke=COLOURS.ink,
                      stroke_width=1)  # fmt: skip
    amount = people_amount(part.ore, lang)
    drawing.text(x + _SWATCH + 16, y + 10, amount, _BODY, bold=True)
    after = x + _SWATCH + 16 + text_width(amount, _BODY, bold=True) + 6
    drawing.text(after, y + 10, part.label, _BODY)

"""The rates as a timeline: how wide a period is, how high its amount, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hjemmel.explain.drawing import COLOURS, Box, Drawing, text_width, wrapped
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words
from hjemmel.money import parse_amount, people_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NAME = "rates"
_WIDTH, _MARGIN = 900.0, 26.0
_HEAD, _PANEL, _HIGH, _FOOT = 62.0, 216.0, 118.0, 4.0
_HEADLINE, _TITLE, _BODY, _SMALL = 19.0, 13.0, 11.5, 10.5
_YEAR = timedelta(days=365)
#: How each ground of an amount is painted: a tone and a pattern of its own.
_LOOKS = {
    "statute": (COLOURS.held, (), COLOURS.paper),
    "published": (COLOURS.held_ground, ("M -1 9 L 9 -1", "M 3 13 L 13 3"), COLOURS.held),
    "computed": (COLOURS.paper, ("M 2 2 L 2.1 2", "M 6 6 L 6.1 6"), COLOURS.held),
}


@dataclass(frozen=True, slots=True)
class Span:
    """One period of a rate; without an amount it is not known yet."""

    start: date
    end: date
    ore: int | None
    basis: str
    percent: str = ""

    def period(self, lang: str) -> str:
        """Return the period in words: a year, or from one day to another."""
        first, last = date(self.start.year, 1, 1), date(self.start.year, 12, 31)
        if (self.start, self.end) == (first, last):
            return str(self.start.year)
        return f"{people_day(self.start, lang)} – {people_day(self.end, lang)}"


@dataclass(frozen=True, slots=True)
class Line:
    """A rate and its periods."""

    label: str
    spans: tuple[Span, ...]


def rate_lines(rates: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Return the timelines of *rates*, plain data of the rule file, with what is not known yet."""
    return tuple(Line(rate["label"], tuple(_spans(rate))) for rate in rates)


def _spans(rate: Mapping[str, Any]) -> Iterator[Span]:
    before: int | None = None
    for value in rate["values"]:
        start = date.fromisoformat(value["from"])
        end = date.fromisoformat(value["to"]) if "to" in value else start + _YEAR
        ore = parse_amount(value["amount"])
        yield Span(start, end, ore, value["basis"], _percent(before, ore))
        before = ore
    unknown = rate.get("not_known")
    if unknown:
        start = date.fromisoformat(unknown["from"])
        yield Span(start, start + _YEAR - timedelta(days=1), None, "")


def _percent(before: int | None, now: int) -> str:
    """Return how much more *now* is than *before*, with one decimal; nothing for the first."""
    if not before:
        return ""
    tenths = (2000 * (now - before) + before) // (2 * before)
    sign = "+" if tenths >= 0 else "−"
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}"


def rates_in_text(lines: Iterable[Line], lang: str) -> Iterator[str]:
    """Yield every period of *lines* as a line of text."""
    for line in lines:
        for span in line.spans:
            amount, basis = _said(span, lang)
            fields = {"label": line.label, "period": span.period(lang), "amount": amount}
            if span.ore is None:
                yield f"{line.label}, {fields['period']}: {amount}."
            else:
                yield f"{words('rates-row', lang, **fields, basis=basis)}."


def rate_rows(line: Line, lang: str) -> list[tuple[str, str, str]]:
    """Return the periods of *line* as rows of a table: period, amount and basis."""
    return [(span.period(lang), *_said(span, lang)) for span in line.spans]


def _said(span: Span, lang: str) -> tuple[str, str]:
    if span.ore is None:
        return words("rates-not-known", lang), ""
    return people_amount(span.ore, lang), words(f"basis-{span.basis}", lang)


def rate_picture(lines: tuple[Line, ...], lang: str = "da") -> str:
    """Return the timelines of *lines* as SVG, one above the other."""
    height = _MARGIN + _HEAD + _PANEL * len(lines) + _FOOT
    told = "\n".join(rates_in_text(lines, lang))
    drawing = Drawing(_NAME, _WIDTH, height, words("rates-title", lang), told)
    drawing.text(_MARGIN, _MARGIN + 18, words("rates-title", lang), _HEADLINE, bold=True)
    paints = {
        basis: drawing.pattern(basis, ground, strokes, ink, 8) if strokes else ground
        for basis, (ground, strokes, ink) in _LOOKS.items()
    }
    _draw_legend(drawing, paints, _MARGIN + 40, lang)
    spans = [span for line in lines for span in line.spans]
    first, last = min(one.start for one in spans), max(one.end for one in spans)
    for number, line in enumerate(lines):
        top = _MARGIN + _HEAD + _PANEL * number
        _Panel(drawing, paints, first, last, lang).draw(line, top)
    return drawing.svg()


def _draw_legend(drawing: Drawing, paints: Mapping[str, str], y: float, lang: str) -> None:
    x = _MARGIN
    for basis, paint in paints.items():
        text = words(f"basis-{basis}", lang)
        drawing.rectangle(Box(x, y - 9, 20, 12), fill=paint, stroke=COLOURS.ink, stroke_width=1)
        drawing.text(x + 28, y + 1, text, _BODY)
        x += 28 + text_width(text, _BODY) + 28
    text = words("rates-not-known", lang)
    drawing.rectangle(Box(x, y - 9, 20, 12), fill=COLOURS.paper, stroke=COLOURS.unknown,
                      stroke_width=1.4, stroke_dasharray="2 4")  # fmt: skip
    drawing.text(x + 28, y + 1, text, _BODY)


@dataclass(frozen=True, slots=True)
class _Panel:
    """Where the timeline of one rate is drawn, on the scale of all of them."""

    drawing: Drawing
    paints: Mapping[str, str]
    first: date
    last: date
    lang: str

    def x(self, day: date) -> float:
        """Return where *day* begins."""
        whole = (self.last - self.first).days + 1
        return _MARGIN + (_WIDTH - 2 * _MARGIN) * (day - self.first).days / whole

    def draw(self, line: Line, top: float) -> None:
        """Draw *line* with its heading at *top*."""
        self.drawing.text(_MARGIN, top + 13, line.label, _TITLE, bold=True)
        base = top + 46 + _HIGH
        most = max((span.ore for span in line.spans if span.ore), default=1)
        for span in line.spans:
            self._span(span, base, _HIGH * (span.ore or most) / most)
        self.drawing.path(f"M {_MARGIN} {base:.1f} H {_WIDTH - _MARGIN}", stroke=COLOURS.ink,
                          stroke_width=1.4)  # fmt: skip

    def _span(self, span: Span, base: float, high: float) -> None:
        left, right = self.x(span.start), self.x(span.end + timedelta(days=1))
        middle, box = (left + right) / 2, Box(left + 2, base - high, right - left - 4, high)
        amount, _ = _said(span, self.lang)
        if span.ore is None:
            self.drawing.rectangle(box, fill=COLOURS.paper, stroke=COLOURS.unknown,
                                   stroke_width=1.4, stroke_dasharray="2 4")  # fmt: skip
            self.drawing.text(middle, base - high / 2 + 4, amount, _BODY, fill=COLOURS.unknown,
                              anchor="middle")  # fmt: skip
        else:
            self.drawing.rectangle(box, fill=self.paints[span.basis], stroke=COLOURS.ink,
                                   stroke_width=1)  # fmt: skip
            self.drawing.text(middle, base - high - 6, amount, _BODY, bold=True, anchor="middle")
            if span.percent:
                shown = span.percent if self.lang != "da" else span.percent.replace(".", ",")
                text = words("rates-change", self.lang, percent=shown)
                width = text_width(text, _SMALL) + 10
                self.drawing.rectangle(Box(middle - width / 2, base - 24, width, 17), radius=3,
                                       fill=COLOURS.paper)  # fmt: skip
                self.drawing.text(middle, base - 12, text, _SMALL, anchor="middle")
        room = right - left - 4
        for number, row in enumerate(wrapped(span.period(self.lang), room, _SMALL)):
            self.drawing.text(middle, base + 14 + 13 * number, row, _SMALL, anchor="middle",
                              fill=COLOURS.muted)  # fmt: skip

"""The explanation as a picture: the outcome to the left, what carries it to the right.

What lies on the path that decided has a card of its own and a thick line. The rest is folded to a
line in the card above it, with a count of what is below; nothing is left out of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hjemmel.explain.amount_picture import (
    BARS_WIDTH,
    amount_bars,
    amounts_in_text,
    bars_height,
    draw_bars,
)
from hjemmel.explain.drawing import COLOURS, Box, Drawing, path_of, text_width, wrapped
from hjemmel.explain.graph import decision_graph
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words
from hjemmel.money import people_amount
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.explain.graph import Step
    from hjemmel.model import Decision

_NAME = "reasons"
_CARD, _GAP, _BETWEEN, _MARGIN = 252.0, 46.0, 16.0, 26.0
_PAD, _MARK, _MARK_ROOM = 12.0, 8.0, 26.0
_TOP, _TITLE, _BODY, _SMALL = 17.0, 13.0, 11.5, 10.0
#: From one base line to the next, for each size of text.
_LEADING = {_TOP: 21.0, _TITLE: 16.5, _BODY: 14.5, _SMALL: 13.0}
_HEADLINE, _UNDER = 19.0, 12.0
_HEAD = 66.0
_LEGEND = 74.0
#: With more wishes than this, those that are simply granted share one card.
_MOST_WISHES = 6
_RADIUS = 7.0
_GROUND = {
    Truth.TRUE: COLOURS.held_ground,
    Truth.FALSE: COLOURS.failed_ground,
    Truth.UNKNOWN: COLOURS.unknown_ground,
}
_EDGE = {Truth.TRUE: COLOURS.held, Truth.FALSE: COLOURS.failed, Truth.UNKNOWN: COLOURS.unknown}
_DASHES = {Truth.TRUE: "", Truth.FALSE: "7 4", Truth.UNKNOWN: "2 4"}


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of text in a card: what it says and how it looks."""

    text: str
    size: float
    bold: bool = False
    fill: str = COLOURS.ink
    indent: float = 0.0
    mark: Truth | None = None
    calm: bool = False
    above: float = 0.0


@dataclass(slots=True)
class Card:
    """A step that is drawn, its lines, where it stands and the cards it rests on."""

    step: Step
    lines: list[_Line]
    below: list[Card] = field(default_factory=list)
    box: Box = field(default_factory=lambda: Box(0, 0, 0, 0))

    @property
    def height(self) -> float:
        """Return how high the card is."""
        return 2 * _PAD + sum(_LEADING[one.size] + one.above for one in self.lines)

    def tree_height(self) -> float:
        """Return how high the card and everything it rests on is."""
        below = sum(one.tree_height() for one in self.below)
        return max(self.height, below + _BETWEEN * max(0, len(self.below) - 1))

    def all(self) -> Iterator[Card]:
        """Yield this card and every card it rests on."""
        yield self
        for card in self.below:
            yield from card.all()


def graph_picture(decision: Decision, *, headed: bool = True) -> str:
    """Return the graph of *decision* as SVG, in the language of its policy.

    A picture that is not *headed* leaves the headline to the page around it.
    """
    return _Picture(decision, headed=headed).drawn().svg()


def is_wide(decision: Decision) -> bool:
    """Say whether the picture of *decision* is wider than it is high."""
    drawing = _Picture(decision, headed=False).drawn()
    return drawing.width > drawing.height


def graph_cards(decision: Decision) -> list[Card]:
    """Return the cards of the picture of *decision*, each with its place."""
    return list(_Picture(decision, headed=True).root.all())


def graph_title(decision: Decision) -> str:
    """Return the headline of the picture: the outcome, the case and the day."""
    lang, case = decision.trace.run.policy.lang, decision.case
    day = people_day(case.decided_on, lang)
    return words("graph-title", lang, case=case.id, day=day, outcome=decision.outcome_label)


def told_in_text(step: Step, lang: str) -> Iterator[str]:
    """Yield *step* and every step below it as lines of text, each with its number."""
    for one in step.all():
        answer = words(f"graph-{one.value.value}", lang)
        said = [
            f"{one.key} {one.label}"
            if one.kind == "outcome"
            else f"{one.key} {answer}: {one.label}"
        ]
        if one.told:
            said.append(f" – {one.told}")
        if one.needs is Truth.FALSE:
            said.append(f" ({words(f'graph-needs-no-{one.value.value}', lang)})")
        if one.decides:
            said.append(f" [{words('graph-decides', lang)}]")
        if one.repeats:
            said.append(f" ({words('graph-repeats', lang, key=one.repeats)})")
        yield "".join(said) + (f". {one.text}" if one.text else ".")


class _Picture:
    def __init__(self, decision: Decision, *, headed: bool) -> None:
        self.decision, self.headed = decision, headed
        self.lang = decision.trace.run.policy.lang
        self.graph = decision_graph(decision)
        self.items = {one.id: one for one in decision.items}
        self.root = self._card(self.graph, 0)
        self._place(self.root, _MARGIN, _MARGIN + _HEAD if headed else 2.0)

    # --- what is drawn --------------------------------------------------------------------------

    def _card(self, step: Step, depth: int) -> Card:
        shown = [one for one in step.below if self._has_card(one, depth + 1)]
        rows = [one for one in step.below if one not in shown]
        together = [one for one in shown if one.kind == "wish" and one.value is Truth.TRUE]
        wishes = sum(one.kind == "wish" for one in shown)
        card = Card(step, [*self._head(step), *self._rows(step, rows)])
        if wishes > _MOST_WISHES and together:
            shown = [one for one in shown if one not in together]
        card.below = [self._card(one, depth + 1) for one in shown]
        if wishes > _MOST_WISHES and together:
            card.below.append(self._granted(together))
        return card

    def _has_card(self, step: Step, depth: int) -> bool:
        if step.kind in ("fact", "reading"):
            return False
        if depth == 1:
            return True
        if not step.decides or step.repeats:
            return False
        hindrance_absent = step.needs is Truth.FALSE and step.value is Truth.FALSE
        one_fact = len(step.below) <= 1 and all(one.kind == "fact" for one in step.below)
        covered = step.value is Truth.TRUE and self._below_a_wish(step)
        return not (hindrance_absent or one_fact or covered)

    def _below_a_wish(self, step: Step) -> bool:
        return any(
            one.kind == "wish" and step.key.startswith(f"{one.key}.") for one in self.graph.below
        )

    def _granted(self, wishes: list[Step]) -> Card:
        """Return one card for the wishes that are simply granted, where there are many."""
        count = words("graph-granted-together", self.lang, count=str(len(wishes)))
        lines = self._titled(count, Truth.TRUE)
        for one in wishes:
            lines += self._row(f"{one.label}. {self._worth(one)}", one.value)
        return Card(wishes[0], lines)

    def _head(self, step: Step) -> list[_Line]:
        answer = words(f"graph-{step.value.value}", self.lang)
        if step.kind == "outcome":
            lines = self._wrapped(step.label, _TOP, bold=True)
        elif step.kind == "wish":
            lines = self._titled(step.label, step.value)
            lines += self._wrapped(self._worth(step), _BODY, bold=True)
        else:
            lines = self._titled(step.label, step.value)
            must = (
                f" ({words(f'graph-needs-no-{step.value.value}', self.lang)})"
                if step.needs is Truth.FALSE
                else ""
            )
            if step.kind == "question":
                answer = step.told or words("graph-open", self.lang)
            lines += self._wrapped(f"{answer}{must}", _BODY, bold=True)
        lines += self._wrapped(step.text, _BODY)
        for source in step.sources[:1]:
            lines += self._wrapped(f"{source.label}, {source.at}", _SMALL, fill=COLOURS.muted)
        return lines

    def _worth(self, step: Step) -> str:
        """Return what a wish came to and what it costs whom."""
        number = [one for one in self.graph.below if one.kind == "wish"].index(step)
        item = self.decision.items[number]
        worth = [step.told]
        if item.granted:
            worth = [f"{step.told}: {people_amount(item.granted, self.lang)}"]
        for key, ore in (
            ("graph-own-payment", item.own_payment),
            ("graph-outside", item.outside_ceiling),
        ):
            if ore:
                worth.append(words(key, self.lang, amount=people_amount(ore, self.lang)))
        return "; ".join(worth)

    def _rows(self, step: Step, rows: list[Step]) -> Iterator[_Line]:
        for number, one in enumerate(rows):
            text = f"{one.label}: {one.told}" if one.told else one.label
            if one.needs is Truth.FALSE:
                text += f" ({words(f'graph-needs-no-{one.value.value}', self.lang)})"
            folded = sum(1 for _ in one.all()) - 1
            if folded > 1:
                text += f" ({words('graph-folded', self.lang, count=str(folded))})"
            row = self._row(
                text,
                one.value,
                bold=one.decides and step.value is not Truth.TRUE,
                calm=one.needs is Truth.FALSE and one.value is Truth.FALSE,
            )
            yield replace(row[0], above=8.0 if number == 0 else 3.0)
            yield from row[1:]

    def _row(
        self, text: str, mark: Truth, *, bold: bool = False, calm: bool = False
    ) -> list[_Line]:
        room = _CARD - 2 * _PAD - 20
        return [
            _Line(
                line,
                _BODY,
                bold,
                indent=20,
                mark=None if number else mark,
                calm=calm,
                above=0.0 if number else 3.0,
            )
            for number, line in enumerate(wrapped(text, room, _BODY, bold=bold))
        ]

    def _titled(self, text: str, truth: Truth) -> list[_Line]:
        room = _CARD - 2 * _PAD - _MARK_ROOM
        return [
            _Line(line, _TITLE, bold=True, indent=_MARK_ROOM, mark=None if number else truth)
            for number, line in enumerate(wrapped(text, room, _TITLE, bold=True))
        ]

    def _wrapped(
        self, text: str, size: float, *, bold: bool = False, fill: str = COLOURS.ink
    ) -> list[_Line]:
        lines = wrapped(text, _CARD - 2 * _PAD, size, bold=bold)
        return [
            _Line(line, size, bold, fill, above=0.0 if number else 3.0)
            for number, line in enumerate(lines)
        ]

    # --- where it stands ------------------------------------------------------------------------

    def _place(self, card: Card, x: float, y: float) -> None:
        """Put *card* and what it rests on at *x*, *y*, each beside the middle of the other."""
        whole = card.tree_height()
        card.box = Box(x, y + (whole - card.height) / 2, _CARD, card.height)
        below = sum(one.tree_height() for one in card.below)
        below += _BETWEEN * max(0, len(card.below) - 1)
        down = y + (whole - below) / 2
        for one in card.below:
            self._place(one, x + _CARD + _GAP, down)
            down += one.tree_height() + _BETWEEN

    # --- how it is drawn ------------------------------------------------------------------------

    def drawn(self) -> Drawing:
        """Return the picture: lines first, then cards, then what the marks mean."""
        cards = list(self.root.all())
        head = text_width(graph_title(self.decision), _HEADLINE, bold=True)
        standing = text_width(words("graph-proposal", self.lang), _UNDER)
        right = max(one.box.x + one.box.width for one in cards)
        width = max(right, _MARGIN + max(head, standing, BARS_WIDTH)) + _MARGIN
        bottom = max(one.box.y + one.box.height for one in cards)
        amounts = amount_bars(self.decision)
        below = bottom + 30 if amounts else bottom
        height = below + bars_height(amounts) + _LEGEND + _MARGIN
        told = [*told_in_text(self.graph, self.lang), *amounts_in_text(amounts)]
        drawing = Drawing(_NAME, width, height, graph_title(self.decision), "\n".join(told))
        if self.headed:
            self._draw_head(drawing, width)
        for card in cards:
            for one in sorted(card.below, key=lambda below: below.step.decides):
                self._draw_line(drawing, card, one)
        for card in cards:
            self._draw_card(drawing, card)
        draw_bars(drawing, amounts, _MARGIN, below)
        self._draw_legend(drawing, below + bars_height(amounts) + 26)
        return drawing

    def _draw_head(self, drawing: Drawing, width: float) -> None:
        top = _MARGIN + 18
        drawing.text(_MARGIN, top, graph_title(self.decision), _HEADLINE, bold=True)
        standing = words("graph-proposal", self.lang)
        drawing.text(_MARGIN, top + 20, standing, _UNDER, fill=COLOURS.muted)
        drawing.path(
            path_of("M", _MARGIN, top + 32, "L", width - _MARGIN, top + 32),
            stroke=COLOURS.faint, stroke_width=1,
        )  # fmt: skip

    def _draw_line(self, drawing: Drawing, card: Card, below: Card) -> None:
        start, end = card.box.x + _CARD, below.box.x
        high = card.box.y + card.box.height / 2
        low = below.box.y + below.box.height / 2
        middle = (start + end) / 2
        _connector(drawing, path_of("M", start, high, "C", middle, high, middle, low, end, low),
                   below.step.value, decides=below.step.decides)  # fmt: skip

    def _draw_card(self, drawing: Drawing, card: Card) -> None:
        step = card.step
        decides = step.decides
        outcome = step.kind == "outcome"
        ground = COLOURS.shade if outcome else _GROUND[step.value]
        edge = COLOURS.ink if outcome else _EDGE[step.value]
        drawing.rectangle(
            card.box,
            radius=_RADIUS,
            fill=ground if decides else COLOURS.paper,
            stroke=edge if decides else COLOURS.line,
            stroke_width=2.4 if decides else 1.0,
        )
        down = card.box.y + _PAD
        for line in card.lines:
            down += line.above
            base = down + line.size * 0.86
            if line.mark is not None:
                size = _MARK if line.size == _TITLE else 5.6
                drawing.mark(card.box.x + _PAD + size, down + _LEADING[line.size] / 2 - 1,
                             line.mark, size, calm=line.calm)  # fmt: skip
            drawing.text(card.box.x + _PAD + line.indent, base, line.text, line.size,
                         bold=line.bold, fill=line.fill)  # fmt: skip
            down += _LEADING[line.size]

    def _draw_legend(self, drawing: Drawing, top: float) -> None:
        x = _MARGIN
        for truth in Truth:
            text = words(f"graph-legend-{truth.value}", self.lang)
            drawing.mark(x + 9, top, truth, 7)
            drawing.text(x + 24, top + 4, text, _BODY)
            x += 24 + text_width(text, _BODY) + 26
        x = _MARGIN
        down = top + 26
        for truth, decides in (
            (Truth.TRUE, True), (Truth.TRUE, False), (Truth.FALSE, False), (Truth.UNKNOWN, False)
        ):  # fmt: skip
            key = "graph-legend-path" if decides else f"graph-legend-line-{truth.value}"
            text = words(key, self.lang)
            _connector(drawing, path_of("M", x, down, "L", x + 34, down), truth, decides=decides)
            drawing.text(x + 42, down + 4, text, _BODY)
            x += 42 + text_width(text, _BODY) + 24
        receipt = self.decision.receipt
        trail = words("graph-trail", self.lang, version=receipt.policy_version,
                      digest=receipt.policy_digest[:12])  # fmt: skip
        drawing.text(_MARGIN, down + 26, trail, _SMALL, fill=COLOURS.muted)


def _connector(drawing: Drawing, path: str, truth: Truth, *, decides: bool) -> None:
    look: dict[str, str | float] = {
        "stroke": COLOURS.ink if decides else COLOURS.line,
        "stroke_width": 3.2 if decides else 1.3,
    }
    if _DASHES[truth] and not decides:
        look["stroke_dasharray"] = _DASHES[truth]
    drawing.path(path, **look)

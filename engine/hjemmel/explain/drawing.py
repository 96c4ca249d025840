"""Drawing: a small SVG that explains itself, with measured text; the same bytes every time.

Widths are those of Helvetica and Arial. Each line of text states its length, so that a reader
without these fonts sees it narrowed or widened to the place it has, and never over an edge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.truth import Truth

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
#: The section sign by its number: the engine knows no sections, but must measure their sign.
_SIGN = chr(0xA7)
#: Thousandths of the font size, and the characters that are so wide.
_REGULAR = {
    191: "'", 222: "ijl’", 260: "|", 278: " \u00a0!,./:;I[\\]ft·", 333: "()-`r“”", 334: "{}",
    350: "•", 355: '"', 389: "*", 400: "°", 469: "^", 500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopquåéüöä«»–", 584: "+<=>~×", 611: "FTZø",
    667: "&ABEKPSVXYÅÉÄ", 722: "CDHNRUwÜ", 778: "GOQØÖ", 833: "Mm", 889: "%æ", 944: "W",
    1000: "Æ—…", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " \u00a0,./I\\ijl·’", 280: "|", 333: "!()-:;[]`ft", 350: "•", 389: "*r{}",
    400: "°", 474: '"', 500: "z“”", 556: "#$0123456789J_aceksvxyåéä«»–", 584: "+<=>^~×",
    611: "?FLTZbdghnopquøüö", 667: "EPSVXYÉ", 722: "&ABCDHKNRUÅÄÜ", 778: "GOQwØÖ",
    833: "M", 889: "%mæ", 944: "W", 975: "@", 1000: "Æ—…",
}  # fmt: skip
_WIDTHS = tuple(
    {_SIGN: 556, **{letter: width for width, letters in table.items() for letter in letters}}
    for table in (_REGULAR, _BOLD)
)
#: A space that no line may end at: before the unit of an amount, and after a section sign.
_GLUED = re.compile(
    rf"(?<=\d) (?=kr\.)|(?<=DKK) (?=\d)|(?<={_SIGN}) (?=[\d{_SIGN}])|(?<=\d) (?=[a-z]\b)"
)
#: What a character without a width of its own is taken to be: as wide as the widest.
_WIDEST = 1000


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of every picture: each text on each ground it stands on can be read."""

    ink: str = "#1b1f24"
    muted: str = "#4a5560"
    line: str = "#6b7682"
    faint: str = "#c9d0d6"
    shade: str = "#eef1f4"
    paper: str = "#ffffff"
    held: str = "#0b5d4e"
    held_ground: str = "#edf6f3"
    failed: str = "#9b2c1f"
    failed_ground: str = "#fbefec"
    unknown: str = "#7a5200"
    unknown_ground: str = "#fdf6e4"


COLOURS = Colours()


@dataclass(frozen=True, slots=True)
class Box:
    """A place in a picture."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Say whether the two share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide *text* is at *size* pixels."""
    widths = _WIDTHS[bold]
    return sum(widths.get(letter, _WIDEST) for letter in text) * size / 1000


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return *text* in lines no wider than *width*; a word that is too long is broken."""
    lines: list[str] = []
    line = ""
    for word in _GLUED.sub("\N{NO-BREAK SPACE}", text).split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold=bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *broken, line = _broken(word, width, size, bold=bold)
        lines += broken
    return [*lines, line] if line else lines


def _broken(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    parts: list[str] = []
    while text_width(word, size, bold=bold) > width:
        at = len(word) - 1
        while at > 1 and text_width(f"{word[:at]}-", size, bold=bold) > width:
            at -= 1
        parts.append(f"{word[:at]}-")
        word = word[at:]
    return [*parts, word]


class Drawing:
    """An SVG that is being drawn; elements come in the order they are asked for."""

    def __init__(self, name: str, width: float, height: float, title: str, told: str) -> None:
        """Take the *name* its ids begin with, its size, its *title* and all of it *told*."""
        self.name, self.width, self.height = name, width, height
        self._root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {_number(width)} {_number(height)}",
                "width": _number(width),
                "height": _number(height),
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
                "font-family": FONT,
            },
        )
        self._told("title", title)
        self._told("desc", told)
        self._definitions = ET.SubElement(self._root, "defs")
        self.rectangle(Box(0, 0, width, height), fill=COLOURS.paper)

    def _told(self, tag: str, text: str) -> None:
        ET.SubElement(self._root, tag, {"id": f"{self.name}-{tag}"}).text = text

    def pattern(self, name: str, ground: str, lines: Iterable[str], ink: str, size: int) -> str:
        """Define a pattern of *lines*, each the path of a stroke, and return its paint."""
        made = ET.SubElement(
            self._definitions,
            "pattern",
            {"id": f"{self.name}-{name}", "width": str(size), "height": str(size),
             "patternUnits": "userSpaceOnUse"},
        )  # fmt: skip
        ET.SubElement(made, "rect", {"width": str(size), "height": str(size), "fill": ground})
        for line in lines:
            ET.SubElement(
                made,
                "path",
                {"d": line, "stroke": ink, "stroke-width": "1.8", "stroke-linecap": "round"},
            )
        return f"url(#{self.name}-{name})"

    def rectangle(self, box: Box, *, radius: float = 0, **look: str | float) -> None:
        """Draw *box*; *look* names attributes of SVG with underscores for hyphens."""
        place: dict[str, str | float] = {
            "x": box.x, "y": box.y, "width": box.width, "height": box.height,
        }  # fmt: skip
        if radius:
            place["rx"] = radius
        self._element("rect", place, look)

    def path(self, path: str, **look: str | float) -> None:
        """Draw *path*; nothing is filled unless *look* says so."""
        self._element("path", {"d": path}, {"fill": "none", **look})

    def circle(self, x: float, y: float, radius: float, **look: str | float) -> None:
        """Draw a circle around *x*, *y*."""
        self._element("circle", {"cx": x, "cy": y, "r": radius}, look)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        fill: str = COLOURS.ink,
        anchor: str = "start",
    ) -> None:
        """Write one line of *text* whose base line begins, ends or is centred at *x*, *y*."""
        place: dict[str, str | float] = {
            "x": x, "y": y, "font-size": size,
            "textLength": text_width(text, size, bold=bold),
            "lengthAdjust": "spacingAndGlyphs",
        }  # fmt: skip
        if anchor != "start":
            place["text-anchor"] = anchor
        if bold:
            place["font-weight"] = "bold"
        self._element("text", place, {"fill": fill}).text = text

    def mark(
        self, x: float, y: float, truth: Truth, size: float = 8, *, calm: bool = False
    ) -> None:
        """Draw what *truth* looks like around *x*, *y*: each truth has a shape of its own.

        A *calm* no is in no way of anything, and so not in the colour of what failed.
        """
        draw = {"true": self._tick, "false": self._cross, "unknown": self._doubt}[truth.value]
        draw(x, y, size, calm=calm)

    def _tick(self, x: float, y: float, size: float, *, calm: bool) -> None:
        self.circle(x, y, size, fill=COLOURS.line if calm else COLOURS.held)
        self.path(
            _path("M", x - size * 0.5, y, "L", x - size * 0.12, y + size * 0.42,
                  "L", x + size * 0.52, y - size * 0.4),
            stroke=COLOURS.paper, stroke_width=size * 0.26, stroke_linecap="round",
        )  # fmt: skip

    def _cross(self, x: float, y: float, size: float, *, calm: bool) -> None:
        half, arm = size * 0.92, size * 0.42
        fill = COLOURS.line if calm else COLOURS.failed
        self.rectangle(Box(x - half, y - half, 2 * half, 2 * half), fill=fill)
        self.path(
            _path("M", x - arm, y - arm, "L", x + arm, y + arm,
                  "M", x + arm, y - arm, "L", x - arm, y + arm),
            stroke=COLOURS.paper, stroke_width=size * 0.26, stroke_linecap="round",
        )  # fmt: skip

    def _doubt(self, x: float, y: float, size: float, *, calm: bool) -> None:
        far, ink = size * 1.18, COLOURS.line if calm else COLOURS.unknown
        self.path(
            _path("M", x, y - far, "L", x + far, y, "L", x, y + far, "L", x - far, y) + " Z",
            fill=COLOURS.paper, stroke=ink, stroke_width=size * 0.2,
        )  # fmt: skip
        self.text(x, y + size * 0.46, "?", size * 1.32, bold=True, fill=ink, anchor="middle")

    def _element(
        self, tag: str, place: Mapping[str, str | float], look: Mapping[str, str | float]
    ) -> ET.Element:
        known = {**place, **{name.replace("_", "-"): value for name, value in look.items()}}
        said = {
            name: value if isinstance(value, str) else _number(value)
            for name, value in known.items()
        }
        return ET.SubElement(self._root, tag, said)

    def svg(self) -> str:
        """Return the picture as text, an element on each line."""
        ET.indent(self._root, "")
        return ET.tostring(self._root, encoding="unicode") + "\n"


def _path(*steps: str | float) -> str:
    return " ".join(step if isinstance(step, str) else _number(step) for step in steps)


def path_of(*steps: str | float) -> str:
    """Return *steps*, letters of SVG and numbers, as a path."""
    return _path(*steps)


def _number(value: float) -> str:
    return f"{round(value, 1):g}"

"""A municipality's own words and page in letters: what they name exists, and they can be read."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.policy.checks.base import Rules
    from hjemmel.tree import Node

#: What a text may name between braces, each filled in from the letter itself.
PLACES = (
    *("recipient", "caseworker", "caseworker_title", "caseworker_phone", "sender", "unit"),
    *("phone", "email", "web", "case", "decided_on"),
)
PLACE = re.compile(r"\{([^{}\n]*)\}")
#: What makes more of a line than a line: a heading, a rule, a table, a block of code.
_STRUCTURE = re.compile(r"^ {0,3}(#|[-*_=]{3,}\s*$|\||```|~~~|>)|^ {4,}|\t", re.MULTILINE)
#: What only the decision may say: a place in the law, and an amount.
_STATED = re.compile(
    r"\N{SECTION SIGN}|\d[\d.,\u00a0]*(?: |\u00a0)?(?:kr\b|kroner\b|DKK\b)", re.IGNORECASE
)
_IMAGES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
#: Text must stand out from white paper by this much (WCAG 2.1, 1.4.3).
_CONTRAST = 4.5


def unreadable_letters(rules: Rules) -> Iterator[Issue]:
    """Report what a municipality's letters could not show."""
    for tree in rules.municipalities.values():
        letters = (tree.get("municipality") or tree).get("letters")
        if letters is None:
            continue
        for child in dict((letters.get("texts") or letters).items()).values():
            if isinstance(child.value, str):
                yield from _text(child)
        page = letters.get("page")
        if page is not None:
            yield from _page(page)


def _text(node: Node) -> Iterator[Issue]:
    text = str(node.value)
    if re.search(r"[{}]", PLACE.sub("", text)):
        yield Issue(code="letter-text-brace", place=node.place)
    else:
        names = dict.fromkeys(found[1] for found in PLACE.finditer(text))
        for name in (one for one in names if one not in PLACES):
            yield unknown("letter-name", name, PLACES, node.place)
    stated = _STATED.search(text)
    if stated is not None:
        yield Issue(code="letter-text-states", place=node.place, fields={"found": stated[0]})
    structure = _STRUCTURE.search(text)
    if structure is not None:
        fields = {"found": structure[0].strip() or "    "}
        yield Issue(code="letter-text-structure", place=node.place, fields=fields)


def _page(page: Node) -> Iterator[Issue]:
    accent, logo = page.get("accent"), page.get("logo")
    if accent is not None and _contrast(str(accent.value)) < _CONTRAST:
        fields = {"accent": str(accent.value)}
        yield Issue(code="letter-accent-faint", place=accent.place, fields=fields)
    image = logo.get("image") if logo is not None else None
    if image is not None and not _is_image(str(image.value)):
        yield Issue(code="letter-logo-unreadable", place=image.place)


def _contrast(colour: str) -> float:
    """Return how *colour* stands out from white: 1 is not at all, 21 is black."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    light = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05)


def _is_image(told: str) -> bool:
    kind, _, data = told.removeprefix("data:image/").partition(";base64,")
    try:
        image = base64.b64decode("".join(data.split()), validate=True)
    except binascii.Error:
        return False
    return image.startswith(_IMAGES[kind])

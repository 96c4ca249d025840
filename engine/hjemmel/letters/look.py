"""What a letter looks like beyond its text: the municipality's colour, logo and envelope."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hjemmel.model import Decision

#: Black on white, and an address that shows in both of the usual window envelopes (millimetres).
ACCENT = "#1a1a1a"
LEFT, TOP = 20, 45
_DATA = re.compile(r"data:image/(png|jpeg);base64,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """The municipality's logo, and what it shows in words."""

    kind: str
    data: bytes
    words: str

    def address(self) -> str:
        """Return an address that is the picture itself, so that a page fetches nothing."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the page of a letter is laid out, and what the file says about itself."""

    on: date
    author: str = ""
    case: str = ""
    accent: str = ACCENT
    left: int = LEFT
    top: int = TOP
    logo: Logo | None = None


def look_of(decision: Decision) -> Look:
    """Return the look of letters about *decision*: its municipality's, dated on its day."""
    case, municipality = decision.case, decision.trace.run.policy.municipality
    page: Mapping[str, Any] = municipality.letters.get("page", {})
    window: Mapping[str, int] = page.get("window", {})
    return Look(
        on=case.decided_on,
        author=municipality.name,
        case=case.id,
        accent=str(page.get("accent", ACCENT)),
        left=int(window.get("left", LEFT)),
        top=int(window.get("top", TOP)),
        logo=_logo(page.get("logo")),
    )


def _logo(told: Mapping[str, str] | None) -> Logo | None:
    found = _DATA.fullmatch(told["image"].strip()) if told else None
    if told is None or found is None:
        return None
    return Logo(kind=found[1], data=decoded(found[2]), words=told["words"])


def decoded(text: str) -> bytes:
    """Return the bytes that *text* holds in base64; none where it holds nothing of the kind."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return b""

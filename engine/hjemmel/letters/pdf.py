"""A letter as PDF: tagged and titled for a screen reader (PDF/UA-1), kept for years (PDF/A-2a)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, time
from typing import Any

from hjemmel.data import data_folder
from hjemmel.issues import DataNotFoundError
from hjemmel.letters.blocks import (
    Heading,
    NewPage,
    Paragraph,
    Points,
    Sheet,
    Table,
    closing,
    read,
)
from hjemmel.letters.look import Logo, Look

#: The page is ours alone: what typesets it may read files, and templates of others may not.
PAGE = "parts/page.typ"
_KINDS: Mapping[type, str] = {
    Heading: "heading",
    Paragraph: "paragraph",
    Points: "points",
    Table: "table",
    NewPage: "new_page",
}


def to_pdf(markdown: str, look: Look) -> bytes:
    """Return the letter *markdown* as PDF, the same bytes for the same letter and *look*.

    Raises:
        DataNotFoundError: the typesetter is an extra that is not installed.
    """
    made: bytes = _typeset(
        markdown,
        look,
        format="pdf",
        pdf_standards=["a-2a", "ua-1"],
        timestamp=datetime.combine(look.on, time(), UTC),
    )
    return made


def to_pictures(markdown: str, look: Look, *, points_an_inch: int = 96) -> list[bytes]:
    """Return the pages of the PDF as pictures (PNG), to be looked at.

    Raises:
        DataNotFoundError: the typesetter is an extra that is not installed.
    """
    made: bytes | list[bytes] = _typeset(markdown, look, format="png", ppi=points_an_inch)
    return [made] if isinstance(made, bytes) else made


def _typeset(markdown: str, look: Look, **options: Any) -> Any:  # noqa: ANN401 - the format decides
    try:
        import fontpkg_source_sans_3 as font  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
        import typst  # noqa: PLC0415 - as above
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="pdf", file=".pdf") from error
    page = data_folder("templates") / PAGE
    return typst.compile(
        str(page),
        root=str(page.parent),
        font_paths=[str(font.ROOT / "files")],
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(_told(read(markdown), look), ensure_ascii=False)},
        **options,
    )


def _told(sheet: Sheet, look: Look) -> dict[str, Any]:
    """Return what the page is told."""
    return {
        **_plain(sheet),
        "author": look.author,
        "case_line": f"Sagsnummer: {look.case}" if look.case else "",
        "on": [look.on.year, look.on.month, look.on.day],
        "accent": look.accent,
        "window": {"left": look.left, "top": look.top},
        "logo": _logo(look.logo),
        "closing": list(closing(sheet.body)),
    }


def _logo(logo: Logo | None) -> dict[str, Any] | None:
    if logo is None:
        return None
    kind = "jpg" if logo.kind == "jpeg" else logo.kind
    return {"format": kind, "data": list(logo.data), "words": logo.words}


def _plain(part: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(part, tuple):
        return [_plain(one) for one in part]
    if not is_dataclass(part):
        return part
    named = {one.name: _plain(getattr(part, one.name)) for one in fields(part)}
    kind = _KINDS.get(type(part))
    return {"kind": kind, **named} if kind else named

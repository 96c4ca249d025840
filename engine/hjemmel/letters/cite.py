"""How a letter names the law: in words where a sentence cites it, in full where it is listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from hjemmel.model import Citation

#: The day in ``bekendtgørelse nr. 552 af 22/05/2023``.
_ISSUED = re.compile(r"(\d{2})/(\d{2})/(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One source as the list of rules at the end of a letter names it."""

    name: str = field(metadata={"help": "retskildens navn og nummer"})
    places: tuple[str, ...] = field(metadata={"help": "stederne i den"})


def inline(citations: Iterable[Citation], on: date) -> tuple[str, ...]:
    """Return *citations* as a sentence of the day *on* cites them: ``bekendtgørelse nr. 1, stk. 2``.

    A text that was issued later is named without its number, or not at all if it has no name.
    """
    return tuple(f"{name}s {one.at}" if one.label != one.edition else f"{name}, {one.at}"
                 for one, name in _known(citations, on))  # fmt: skip


def listed(citations: Iterable[Citation], on: date) -> tuple[Named, ...]:
    """Return *citations* gathered by source, each in the edition known on the day *on*."""
    places: dict[str, list[str]] = {}
    for one, name in _known(citations, on):
        numbered = one.label != one.edition and _issued_by(one, on)
        full = f"{name} ({one.edition})" if numbered else name
        if one.at not in places.setdefault(full, []):
            places[full].append(one.at)
    return tuple(Named(name=_capital(name), places=tuple(at)) for name, at in places.items())


def _known(citations: Iterable[Citation], on: date) -> Iterator[tuple[Citation, str]]:
    for one in citations:
        if one.label != one.edition or _issued_by(one, on):
            yield one, one.label


def _issued_by(citation: Citation, on: date) -> bool:
    found = _ISSUED.search(citation.edition)
    return found is None or date(int(found[3]), int(found[2]), int(found[1])) <= on


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

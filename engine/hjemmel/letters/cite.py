"""How a letter names the law: in words where a sentence cites it, in full where it is listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from hjemmel.letters.marks import Bound
from hjemmel.model import Citation

#: The day in ``bekendtgørelse nr. 552 af 22/05/2023``.
_ISSUED = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_NUMBERS = re.compile(r"(\D+)(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One source as the list of rules at the end of a letter names it."""

    name: str = field(metadata={"help": "retskildens navn og nummer"})
    places: tuple[str, ...] = field(metadata={"help": "stederne i den"})


def inline(citations: Iterable[Citation], on: date) -> tuple[str, ...]:
    """Return *citations* as a sentence of the day *on* names them, one text for each source.

    A text that was issued later is named without its number, or not at all if it has no name.
    """
    places: dict[str, list[Citation]] = {}
    for one in _known(citations, on):
        start = f"{one.label}s" if _has_name(one) else f"{one.label},"
        places.setdefault(start, []).append(one)
    return tuple(
        Bound(f"{start} {_and([one.at for one in cited])}", *map(_node, cited))
        for start, cited in places.items()
    )


def listed(citations: Iterable[Citation], on: date) -> tuple[Named, ...]:
    """Return *citations* gathered by source, each in the edition known on the day *on*."""
    places: dict[str, dict[str, str]] = {}
    for one in _known(citations, on):
        numbered = _has_name(one) and _issued_by(one, on)
        name = f"{one.label} ({one.edition})" if numbered else one.label
        places.setdefault(name, {}).setdefault(one.at, _node(one))
    return tuple(
        Named(
            name=Bound(name[:1].upper() + name[1:], *at.values()),
            places=tuple(Bound(one, at[one]) for one in sorted(at, key=_in_order)),
        )
        for name, at in places.items()
    )


def _node(citation: Citation) -> str:
    return f"source:{citation.ref}:{citation.at}"


def _known(citations: Iterable[Citation], on: date) -> Iterator[Citation]:
    return (one for one in citations if _has_name(one) or _issued_by(one, on))


def _has_name(citation: Citation) -> bool:
    """Say whether the source has an everyday name besides its number."""
    return citation.label != citation.edition


def _issued_by(citation: Citation, on: date) -> bool:
    found = _ISSUED.search(citation.edition)
    return found is None or date(int(found[3]), int(found[2]), int(found[1])) <= on


def _and(places: list[str]) -> str:
    *first, last = places
    return f"{', '.join(first)} og {last}" if first else last


def _in_order(place: str) -> list[tuple[int, str]]:
    """Return what *place* is sorted by: its numbers as numbers."""
    return [(int(part or 0), word) for word, part in _NUMBERS.findall(place)]

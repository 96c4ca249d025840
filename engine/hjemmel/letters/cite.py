"""How a letter names a source: the version of its day, in the words of Danish legal style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hjemmel.model import Citation
from hjemmel.policy.compile import Citations

#: The everyday name of an act or order: in brackets at the end of its title, or the title itself.
_EVERYDAY = re.compile(r"\(?((?:\w+ )?\w*(?:loven|lov|bekendtgørelsen))\)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One source as the list of rules at the end of a letter names it."""

    name: str
    places: tuple[str, ...]


class Cite:
    """Names sources as they stood on one day; what was not in force then is never cited."""

    def __init__(self, citations: Citations, on: date) -> None:
        """Take the *citations* of the policy and the day *on* which the letter is dated."""
        # The door has no name for this yet; the letters need the dates of each source too.
        self._known: Mapping[str, Mapping[str, Any]] = citations._known  # noqa: SLF001
        self._on = on.isoformat()

    def inline(self, citations: Iterable[Citation]) -> tuple[str, ...]:
        """Return *citations* as they stand in a sentence, those not in force left out."""
        return tuple(self._inline(one) for one in citations if self._version(one.ref) is not None)

    def listed(self, citations: Iterable[Citation]) -> tuple[Named, ...]:
        """Return *citations* gathered by source, with the number the source had on the day."""
        places: dict[str, list[str]] = {}
        for one in citations:
            if self._version(one.ref) is not None and one.at not in places.get(one.ref, []):
                places.setdefault(one.ref, []).append(one.at)
        return tuple(Named(name=self._full(ref), places=tuple(at)) for ref, at in places.items())

    def _inline(self, citation: Citation) -> str:
        everyday = self._everyday(citation.ref)
        if everyday:
            return f"{everyday}s {citation.at}"
        return f"{self._number(citation.ref) or self._title(citation.ref)}, {citation.at}"

    def _everyday(self, ref: str) -> str:
        found = _EVERYDAY.search(self._title(ref))
        if found is None or self._known[ref].get("kind") not in ("act", "order"):
            return ""
        name = found[1]
        return name[0].lower() + name[1:]

    def _full(self, ref: str) -> str:
        number = self._number(ref)
        return f"{self._title(ref)}, {number}" if number else self._title(ref)

    def _title(self, ref: str) -> str:
        return str(self._known.get(ref, {}).get("label", ref))

    def _number(self, ref: str) -> str:
        """Return the number of the version in force; nothing where only a later one is known."""
        version = self._version(ref) or {}
        issued = str(version.get("issued", ""))
        return str(version.get("short", "")) if issued and issued <= self._on else ""

    def _version(self, ref: str) -> Mapping[str, Any] | None:
        """Return the version of *ref* that was in force on the day, if any was."""
        version = self._known.get(ref)
        while version is not None and str(version["in_force"]["from"]) > self._on:
            version = self._known.get(str(version.get("supersedes", "")))
        if version is None or str(version["in_force"].get("to", self._on)) < self._on:
            return None
        return version

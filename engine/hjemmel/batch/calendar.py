"""Stretches of days on which the rules do not change, for many days at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.issues import NotInForceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import numpy as np

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of days with the same rules, and the policy of one of them."""

    first: date
    policy: Policy


class Calendar:
    """Finds the stretches of days that many days lie in, by the rules of one municipality."""

    def __init__(self, book: RuleBook, municipality: str) -> None:
        """Take the rules of *book*, with the choices and rates of *municipality* if given.

        Raises:
            DataNotFoundError: there is no such municipality file.
        """
        if municipality:
            book.municipality(municipality)
        self._book, self._municipality = book, municipality
        self._edges = book.edges[municipality]
        self._stretches: dict[date, Stretch | None] = {}

    def stretches(self, days: np.ndarray) -> Iterator[tuple[Stretch | None, np.ndarray]]:
        """Yield each stretch that some of *days* lie in, and which do; nothing is not in force."""
        import numpy as np  # noqa: PLC0415 - a process that looks at cases alone has no arrays

        edges = np.array(self._edges, dtype="datetime64[D]")
        of_row = np.searchsorted(edges, days, side="right") - 1
        for at in np.unique(of_row).tolist():
            rows = np.flatnonzero(of_row == at)
            yield self._stretch(self._edges[at], days[rows[0]].item()), rows

    def _stretch(self, first: date, day: date) -> Stretch | None:
        if first not in self._stretches:
            try:
                self._stretches[first] = Stretch(first, self.on(day))
            except NotInForceError:
                self._stretches[first] = None
        return self._stretches[first]

    def on(self, day: date) -> Policy:
        """Return the policy of *day*.

        Raises:
            NotInForceError: no rule, or no ceiling, is in force on that day.
        """
        return self._book.on(day, self._municipality)

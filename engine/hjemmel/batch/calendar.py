"""Stretches of days on which the rules do not change, for many days at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.issues import NotInForceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import numpy as np

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy


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
        self._policies: dict[date, Policy | None] = {}

    def stretches(self, days: np.ndarray) -> Iterator[tuple[Policy | None, np.ndarray]]:
        """Yield the policy of each stretch that some of *days* lie in, and which of them do.

        It is that of one of the days; there is none where nothing is in force.
        """
        import numpy as np  # noqa: PLC0415 - a process that looks at cases alone has no arrays

        edges = np.array(self._edges, dtype="datetime64[D]")
        of_row = np.searchsorted(edges, days, side="right") - 1
        for at in np.unique(of_row).tolist():
            rows = np.flatnonzero(of_row == at)
            yield self._of_stretch(self._edges[at], days[rows[0]].item()), rows

    def _of_stretch(self, first: date, day: date) -> Policy | None:
        if first not in self._policies:
            try:
                self._policies[first] = self.on(day)
            except NotInForceError:
                self._policies[first] = None
        return self._policies[first]

    def on(self, day: date) -> Policy:
        """Return the policy of *day*.

        Raises:
            NotInForceError: no rule, or no ceiling, is in force on that day.
        """
        return self._book.on(day, self._municipality)

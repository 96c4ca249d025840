"""Stretches of days on which the rules do not change: one policy for each."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hjemmel.decide.decision import prepare
from hjemmel.issues import NotInForceError
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy
    from hjemmel.tree import Node


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of days with the same rules, and the policy of its first day."""

    first: date
    policy: Policy


class Calendar:
    """Finds the stretch of days that a day lies in."""

    def __init__(self, book: RuleBook, municipality: str) -> None:
        """Take the rules of *book*, with the choices and rates of *municipality* if given."""
        self._book, self._municipality = book, municipality
        trees = list(book.trees.values())
        if municipality:
            trees.append(book.municipality(municipality))
        edges = {day for tree in trees for day in _edges(tree)}
        self._edges = sorted({date.min, *edges})
        self._stretches: dict[date, Stretch | None] = {}
        self._on_day: dict[date, Policy] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs; the copies for single days are made again there."""
        return {**vars(self), "_on_day": {}}

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
                policy = self._book.on(day, self._municipality)
            except NotInForceError:
                self._stretches[first] = None
            else:
                self._stretches[first] = Stretch(first, policy)
        return self._stretches[first]

    def on(self, day: date) -> Policy:
        """Return the policy of *day*: that of its stretch, for that day.

        Raises:
            NotInForceError: no rule, or no ceiling, is in force on that day.
        """
        if day not in self._on_day:
            stretch = self._stretch(self._edges[bisect_right(self._edges, day) - 1], day)
            if stretch is None:
                return self._book.on(day, self._municipality)
            policy = stretch.policy
            prepare(policy)
            if policy.on != day:
                policy = replace(policy, on=day)
                policy.notes.update(stretch.policy.notes)  # what was worked out holds here too
            self._on_day[day] = policy
        return self._on_day[day]


def _edges(node: Node) -> Iterator[date]:
    """Yield the first day of every period at or below *node*, and the day after its last."""
    start, end = day_of(node.text("from")), day_of(node.text("to"))
    if start:
        yield start
    if end:
        yield end + timedelta(1)
    for _, child in node.items():
        yield from _edges(child)
    for child in node.elements():
        yield from _edges(child)

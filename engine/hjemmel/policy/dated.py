"""Time: what is in force on a day, and which amount holds."""

from __future__ import annotations

from datetime import date, timedelta

from hjemmel.issues import NotInForceError
from hjemmel.records import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.tree import Node


@dataclass(frozen=True, slots=True)
class Period:
    """The days something holds, both included; without an end it still holds."""

    start: date
    end: date | None = None

    def __contains__(self, day: date) -> bool:
        """Say whether *day* lies in the period."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount in øre with the days it holds and what it rests on."""

    period: Period
    ore: int
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount that changes over time."""

    id: str
    label: str
    amounts: tuple[Amount, ...]

    def on(self, day: date) -> int:
        """Return the øre in force on *day*.

        Raises:
            NotInForceError: none is; the message names the nearest days that have one.
        """
        ore = self.find(day)
        if ore is not None:
            return ore
        known = known_days(amount.period for amount in self.amounts)
        raise NotInForceError(
            "rate-not-in-force", rate=self.label, day=day.isoformat(), known=known
        )

    def find(self, day: date) -> int | None:
        """Return the øre in force on *day*, or nothing."""
        return next((amount.ore for amount in self.amounts if day in amount.period), None)

    def until(self, day: date) -> tuple[int, ...]:
        """Return every amount that has been in force up to and on *day*, oldest first."""
        return tuple(amount.ore for amount in self.amounts if amount.period.start <= day)


def known_days(periods: Iterable[Period]) -> str:
    """Return the first and last day covered by *periods*, as ``first – last``."""
    listed = list(periods)
    first = min(period.start for period in listed)
    ends = [period.end for period in listed]
    last = "" if None in ends else max(end for end in ends if end).isoformat()
    return f"{first.isoformat()} – {last}"


def day_of(text: str) -> date | None:
    """Return the day *text* names (ISO, ``2024-03-04``), or nothing if there is no such day."""
    try:
        return date.fromisoformat(text) if len(text) == len("2024-03-04") else None
    except ValueError:
        return None


def period_of(data: Mapping[str, str]) -> Period:
    """Return the period of an ``in_force`` entry: ``from`` and perhaps ``to``."""
    return Period(
        date.fromisoformat(data["from"]), date.fromisoformat(data["to"]) if "to" in data else None
    )


def periods_in(node: Node) -> Iterator[Period]:
    """Yield every period at or below *node*."""
    start, end = day_of(node.text("from")), day_of(node.text("to"))
    if start:
        yield Period(start, end)
    for _, child in node.items():
        yield from periods_in(child)
    for child in node.elements():
        yield from periods_in(child)


def edges_of(periods: Iterable[Period]) -> set[date]:
    """Return the first day of each of *periods*, and the day after its last."""
    edges = set()
    for period in periods:
        edges.add(period.start)
        if period.end and period.end < date.max:
            edges.add(period.end + timedelta(1))
    return edges

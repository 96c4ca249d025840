"""Time in the rule files: real days, no period backwards, no hole and no overlap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import listed
from hjemmel.policy.dated import day_of
from hjemmel.policy.values import unreadable_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.policy.checks.base import Rules
    from hjemmel.tree import Node

_DAY_KEYS = ("from", "to", "issued", "first", "known_on", "on")
_ONE_DAY = timedelta(days=1)


def days_that_do_not_exist(rules: Rules) -> Iterator[Issue]:
    """Report a day that is not in the calendar."""
    for node in rules.everything():
        for key in _DAY_KEYS:
            child = node.get(key)
            # `deadline.from` is a sentence; only texts that begin as a year are days.
            if (
                child
                and isinstance(child.value, str)
                and child.value[:4].isdigit()
                and day_of(child.value) is None
            ):
                yield unreadable_day(child)


def backward_periods(rules: Rules) -> Iterator[Issue]:
    """Report a period that ends before it begins."""
    for node in rules.everything():
        start, end = day_of(node.text("from")), day_of(node.text("to"))
        if start and end and end < start:
            place = node.at("to").place  # type: ignore[union-attr]
            yield Issue(
                code="period-backward", place=place, fields={"start": str(start), "end": str(end)}
            )


def broken_rate_periods(rules: Rules) -> Iterator[Issue]:
    """Report rates whose amounts leave a hole, overlap, or close a past period without an end."""
    for rate in rules.elements("rates", "rates"):
        yield from broken(listed(rate, "values"))
    for tree in rules.municipalities.values():
        for rate in listed(tree.get("municipality") or tree, "rates"):
            yield from broken(listed(rate, "values"))


def broken(values: Iterable[Node]) -> Iterator[Issue]:
    """Report the periods of one rate that do not follow day upon day."""
    before: Node | None = None
    for value in sorted(values, key=lambda node: node.text("from")):
        if before is not None:
            yield from _between(before, value)
        before = value


def _between(before: Node, value: Node) -> Iterator[Issue]:
    place = value.at("from").place  # type: ignore[union-attr]
    start, end = day_of(value.text("from")), day_of(before.text("to"))
    if start is None:
        return
    fields = {"line": str(before.place.line), "start": str(start)}
    if day_of(before.text("from")) == start:
        yield Issue(code="rate-same-day", place=place, fields=fields)
    elif end is None:
        yield Issue(
            code="rate-not-closed", place=before.place, fields={"day": str(start - _ONE_DAY)}
        )
    elif end >= start:
        yield Issue(code="rate-overlap", place=place, fields={**fields, "end": str(end)})
    elif end + _ONE_DAY < start:
        hole = {"first": str(end + _ONE_DAY), "last": str(start - _ONE_DAY)}
        yield Issue(code="rate-hole", place=place, fields={**fields, **hole})


def conclusions_without_rule(rules: Rules) -> Iterator[Issue]:
    """Report a conclusion that has days in force on which none of its rules is."""
    for node in rules.elements("decisions", "conclusions"):
        start, end = _period(node.get("in_force"))
        if start is None:
            continue
        held = [_period(rule.get("in_force")) for rule in listed(node, "rules")]
        periods = [(max(first or start, start), min(last, end)) for first, last in held]
        day = start
        for first, last in sorted(periods):
            if first > day:
                break
            day = max(day, last + _ONE_DAY if last < date.max else date.max)
        if day <= end and day != date.max:
            fields = {"name": node.text("id"), "day": str(day)}
            yield Issue(code="conclusion-without-rule", place=node.place, fields=fields)


def _period(node: Node | None) -> tuple[date | None, date]:
    if node is None:
        return None, date.max
    return day_of(node.text("from")), day_of(node.text("to")) or date.max

"""Amounts: readable, and where the law regulates them, what the law makes of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.money import AmountError, parse_amount, people_amount
from hjemmel.policy.checks.base import listed
from hjemmel.policy.checks.periods import broken
from hjemmel.policy.dated import day_of
from hjemmel.policy.values import unreadable_amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.policy.checks.base import Rules
    from hjemmel.tree import Node

#: What a regulated amount is rounded to, in kroner.
ROUNDING = {"nearest_krone": Decimal(1), "nearest_10": Decimal(10)}


def unreadable_amounts(rules: Rules) -> Iterator[Issue]:
    """Report an amount that cannot be read, or could be read in two ways."""
    for node in rules.everything():
        amount = node.get("amount")
        if amount is not None and isinstance(amount.value, str):
            try:
                parse_amount(amount.value)
            except AmountError as error:
                yield unreadable_amount(amount, error)


def wrongly_regulated_amounts(rules: Rules) -> Iterator[Issue]:
    """Report an amount that is neither the rounded nor the unrounded chain of index × previous.

    Law and practice differ on which chain is right (see the fact sheet's conflict), so
    both are accepted and anything else is an error.
    """
    percents = {
        index.text("id"): {
            value.get("year").value: Decimal(value.text("percent"))  # type: ignore[union-attr]
            for value in listed(index, "values")
        }
        for index in rules.elements("rates", "indices")
    }
    for rate in rules.elements("rates", "rates"):
        regulation = rate.get("regulation")
        # Where a period is missing or too many, its amount cannot be checked.
        if regulation is not None and not any(broken(listed(rate, "values"))):
            yield from _wrong(rate, regulation, percents.get(regulation.text("index"), {}))


def _wrong(rate: Node, regulation: Node, percents: Mapping[object, Decimal]) -> Iterator[Issue]:
    step = ROUNDING[regulation.text("rounding")]
    first, index = day_of(regulation.text("first")), regulation.text("index")
    rounded = exact = Decimal(0)
    for value in sorted(listed(rate, "values"), key=lambda node: node.text("from")):
        start, node = day_of(value.text("from")), value.get("amount")
        if start is None or node is None or first is None:
            return
        amount = Decimal(parse_amount(str(node.value))) / 100
        if start < first:
            rounded = exact = amount
            continue
        if not rounded:
            place = (regulation.get("first") or regulation).place
            yield Issue(code="regulated-too-early", place=place, fields={"first": str(first)})
            return
        percent = percents.get(start.year)
        if percent is None:
            fields = {"year": str(start.year), "index": index}
            yield Issue(code="percent-missing", place=node.place, fields=fields)
            return
        yield from _other_percent(value, percent, index, start.year)
        factor = 1 + percent / 100
        expected, exact = _to(rounded * factor, step), exact * factor
        if amount not in (expected, _to(exact, step)):
            chains = _chains(expected, _to(exact, step))
            fields = {"given": _shown(amount), "percent": _danish(percent), **chains}
            yield Issue(code="rate-not-regulated", place=node.place, fields=fields)
        rounded = amount


def _other_percent(value: Node, percent: Decimal, index: str, year: int) -> Iterator[Issue]:
    node = value.get("percent")
    if node is not None and Decimal(str(node.value)) != percent:
        given = _danish(Decimal(str(node.value)))
        fields = {"given": given, "percent": _danish(percent), "index": index, "year": str(year)}
        yield Issue(code="percent-differs", place=node.place, fields=fields)


def _chains(rounded: Decimal, exact: Decimal) -> dict[str, str]:
    if rounded == exact:
        return {"only": _shown(rounded)}
    return {"rounded": _shown(rounded), "exact": _shown(exact)}


def _danish(percent: Decimal) -> str:
    return str(percent).replace(".", ",")


def _to(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def _shown(amount: Decimal) -> str:
    return people_amount(int(amount * 100))

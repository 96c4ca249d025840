"""Days and amounts that cannot be read: which issue each of them is."""

from __future__ import annotations

import re

from hjemmel.issues import Issue
from hjemmel.money import AmountError, parse_amount, people_amount
from hjemmel.policy.schema import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hjemmel.tree import Node

_MONTH = r"([0-9]{4})-(0[1-9]|1[0-2])-[0-9]{2}"


def unreadable_day(node: Node) -> Issue:
    """Return the issue of the day at *node*, which is not in the calendar."""
    import calendar  # noqa: PLC0415 - only for who writes a day that is none

    given = shown(node)
    found = re.fullmatch(_MONTH, given)
    last = ""
    if found and int(found[1]):
        days = calendar.monthrange(int(found[1]), int(found[2]))[1]
        last = f"{found[1]}-{found[2]}-{days:02}"
    return Issue(code="no-such-day", place=node.place, fields={"given": given, "last": last})


def unreadable_amount(node: Node, error: AmountError) -> Issue:
    """Return the issue of the amount at *node*: no amount, negative, or two amounts at once."""
    given = shown(node)
    fields = {"given": given}
    if error.ambiguous:
        first, point = error.ambiguous[0], given.index(".")
        fields |= {"first": first, "first_shown": _people(first)}
        if point != given.rindex("."):  # two points cannot both stand before the øre
            return Issue(code="points-in-amount", place=node.place, fields=fields)
        second = given[: point + 3]
        fields |= {"second": second, "second_shown": _people(second)}
        return Issue(code="ambiguous-amount", place=node.place, fields=fields)
    negative = given.strip().startswith(("-", "−")) and given.strip("-− ")[:1].isdecimal()
    code = "negative-amount" if negative else "not-an-amount"
    return Issue(code=code, place=node.place, fields=fields)


def _people(amount: str) -> str:
    return people_amount(parse_amount(amount))

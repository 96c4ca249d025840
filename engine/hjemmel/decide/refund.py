"""What of an own payment is paid back when an aid is returned, in whole øre."""

from __future__ import annotations

from hjemmel.money import part_of
from hjemmel.records import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    from hjemmel.policy.compile import RefundRule

PAID, BELOW_FLOOR, TOO_LATE, NOT_MORE_USABLE = "paid", "below_floor", "too_late", "not_more_usable"
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What is paid back and how it came about; amounts are whole øre.

    *result* is ``paid``, or why nothing is: ``below_floor``, ``too_late``, ``not_more_usable``.
    """

    result: str
    own_payment: int
    floor: int
    above_floor: int
    months: int
    within_months: int
    amount: int


def refund_of(
    rule: RefundRule, *, own_payment: int, bought_on: date, returned_on: date, more_usable: bool
) -> Refund:
    """Return what *rule* gives back of *own_payment* for an aid that is returned.

    The floor of the day of return is taken off first, and what is left is written down by an equal
    part for each whole month since the day of the invoice.

    Raises:
        NotInForceError: no floor is known on the day of return.
    """
    floor = rule.floor.on(returned_on)
    months = whole_months(bought_on, returned_on)
    above = max(0, own_payment - floor)
    left = max(0, rule.within_months - months)
    amount = part_of(above, left, rule.within_months)
    if not more_usable:
        result = NOT_MORE_USABLE
    elif not above:
        result = BELOW_FLOOR
    else:
        result = PAID if left else TOO_LATE
    return Refund(
        result=result,
        own_payment=own_payment,
        floor=floor,
        above_floor=above,
        months=months,
        within_months=rule.within_months,
        amount=amount if result == PAID else 0,
    )


def whole_months(start: date, end: date) -> int:
    """Return how many whole months have passed from *start* to *end*.

    >>> from datetime import date
    >>> whole_months(date(2025, 1, 31), date(2025, 2, 28))
    0
    """
    passed = _MONTHS * (end.year - start.year) + end.month - start.month
    return passed - (end.day < start.day)

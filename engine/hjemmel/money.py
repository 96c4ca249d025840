"""Money as whole øre: read without guessing, written for people and for data."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{2})?")
_DANISH = re.compile(r"[0-9]{1,3}(\.[0-9]{3})*,[0-9]{2}( kr\.?)?")
_DANISH_WHOLE = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+ kr\.?")
_WHOLE_CROWNS = re.compile(r"[0-9]{1,12} kr\.?")
_AMBIGUOUS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")


class AmountError(ValueError):
    """A text that is not an amount; *ambiguous* holds its two meanings when there are two."""

    def __init__(self, text: str, ambiguous: tuple[str, str] | None = None) -> None:
        """Take the *text* that could not be read and, if so, its two meanings."""
        super().__init__(text)
        self.text = text
        self.ambiguous = ambiguous


def parse_amount(text: str) -> int:
    """Return the øre of an amount such as ``41022``, ``41022.50`` or ``41.022,50 kr.``.

    Raises:
        AmountError: the text is no amount, is negative, or could mean two amounts.
    """
    if _PLAIN.fullmatch(text):
        return int(text.replace(".", "")) if "." in text else int(text) * 100
    if _DANISH.fullmatch(text) or _DANISH_WHOLE.fullmatch(text) or _WHOLE_CROWNS.fullmatch(text):
        digits = text.removesuffix(".").removesuffix(" kr").replace(".", "").replace(",", ".")
        return int(Decimal(digits) * 100)
    if _AMBIGUOUS.fullmatch(text):
        raise AmountError(text, ambiguous=(text.replace(".", ""), f"{text},00"))
    raise AmountError(text)


def data_amount(ore: int) -> str:
    """Return *ore* as data: kroner with two decimals, ``41022.00``."""
    return f"{ore // 100}.{ore % 100:02d}"


def people_amount(ore: int, lang: str = "da") -> str:
    """Return *ore* for people: ``41.022 kr.`` or, with øre, ``41.022,50 kr.``."""
    whole, rest = divmod(ore, 100)
    grouped = f"{whole:,}"
    if lang != "da":
        return f"DKK {grouped}" + (f".{rest:02d}" if rest else "")
    return grouped.replace(",", ".") + (f",{rest:02d}" if rest else "") + " kr."


def part_of(ore: int, parts: int, whole: int) -> int:
    """Return *parts* of *whole* equal parts of *ore* in whole øre; half an øre counts as one.

    >>> part_of(1000, 47, 48)
    979
    """
    return (2 * ore * parts + whole) // (2 * whole)


def times(quantity: Decimal, ore: int) -> int:
    """Return *quantity* times *ore* in whole øre; half an øre counts as one."""
    return int((quantity * ore).quantize(Decimal(1), rounding=ROUND_HALF_UP))

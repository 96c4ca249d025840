"""Money as whole øre: read without guessing, written for people and for data."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal

_LONGEST = 12
_DANISH = r"[0-9]{1,3}(\.[0-9]{3})*,[0-9]{2}( kr\.?)?"
_DANISH_WHOLE = r"[0-9]{1,3}(\.[0-9]{3})+ kr\.?"
_WHOLE_CROWNS = r"[0-9]{1,12} kr\.?"
_AMBIGUOUS = r"[0-9]{1,3}(\.[0-9]{3})+"


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
    ore = _plain(text)
    if ore is not None:
        return ore
    if any(re.fullmatch(form, text) for form in (_DANISH, _DANISH_WHOLE, _WHOLE_CROWNS)):
        digits = text.removesuffix(".").removesuffix(" kr").replace(".", "")
        whole, _, part = digits.partition(",")
        return int(whole + (part or "00"))
    if re.fullmatch(_AMBIGUOUS, text):
        raise AmountError(text, ambiguous=(text.replace(".", ""), f"{text},00"))
    raise AmountError(text)


def _plain(text: str) -> int | None:
    """Return the øre of digits alone, perhaps with a point and two more; of nothing else."""
    whole, point, part = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= _LONGEST):
        return None
    if not point:
        return int(whole) * 100
    return int(whole + part) if len(part) == len("00") and part.isdigit() else None


def grouped(number: int, lang: str = "da") -> str:
    """Return *number* for people, its thousands apart: ``41.022``, or ``41,022`` in English."""
    text = f"{number:,}"
    return text.replace(",", ".") if lang == "da" else text


def data_amount(ore: int) -> str:
    """Return *ore* as data: kroner with two decimals, ``41022.00``."""
    return f"{ore // 100}.{ore % 100:02d}"


def amount_json(ore: int) -> bytes:
    """Return *ore* as :func:`data_amount` does, written as JSON: for who writes many."""
    return b'"%d.%02d"' % divmod(ore, 100) if ore else b'"0.00"'


def people_amount(ore: int, lang: str = "da") -> str:
    """Return *ore* for people: ``41.022 kr.`` or, with øre, ``41.022,50 kr.``."""
    whole, rest = divmod(ore, 100)
    crowns = grouped(whole, lang)
    if lang != "da":
        return f"DKK {crowns}" + (f".{rest:02d}" if rest else "")
    return crowns + (f",{rest:02d}" if rest else "") + " kr."


def part_of(ore: int, parts: int, whole: int) -> int:
    """Return *parts* of *whole* equal parts of *ore* in whole øre; half an øre counts as one.

    >>> part_of(1000, 47, 48)
    979
    """
    return (2 * ore * parts + whole) // (2 * whole)


def times(quantity: Decimal, ore: int) -> int:
    """Return *quantity* times *ore* in whole øre; half an øre counts as one."""
    return int((quantity * ore).to_integral_value("ROUND_HALF_UP"))

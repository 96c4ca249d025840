"""The smallest sets that suffice, found by implicit hitting sets.

A set suffices if it hits every *core*: a set without which, and with all else, things do not hold.
Cores are learned one at a time from candidates that fail, so few sets are ever tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def smallest_sets(
    units: Sequence[str], holds: Callable[[frozenset[str]], bool], *, most: int
) -> tuple[tuple[frozenset[str], ...], bool]:
    """Return the sets of *units* of the smallest size for which *holds*, and whether that is all.

    *holds* must be monotone: what holds for a set holds for every set around it. At most *most*
    sets are returned. The order is that of *units*.
    """
    cores: list[frozenset[str]] = []
    found: list[frozenset[str]] = []
    size = 0
    while size <= len(units):
        candidate = next(
            (one for one in _hitting(units, cores, size, frozenset()) if one not in found), None
        )
        if candidate is None:
            if found:
                break
            size += 1
        elif not holds(candidate):
            cores.append(_core(units, holds, candidate))
        elif len(found) == most:
            return tuple(found), False
        else:
            found.append(candidate)
    return tuple(found), True


def _hitting(
    units: Sequence[str], cores: Sequence[frozenset[str]], size: int, chosen: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Yield the sets of *size* that hold *chosen* and hit every core."""
    missed = min((core for core in cores if not core & chosen), key=len, default=None)
    if missed is None:
        if len(chosen) == size:
            yield chosen
        return
    if len(chosen) < size:
        for unit in units:
            if unit in missed:
                yield from _hitting(units, cores, size, chosen | {unit})


def _core(
    units: Sequence[str], holds: Callable[[frozenset[str]], bool], failed: frozenset[str]
) -> frozenset[str]:
    """Return what *failed* lacks, as small as one walk through *units* makes it."""
    grown = failed
    for unit in units:
        if unit not in grown and not holds(grown | {unit}):
            grown |= {unit}
    return frozenset(units) - grown

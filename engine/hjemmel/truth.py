"""Three-valued truth: true, false and unknown, by Kleene's tables."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Truth(Enum):
    """Whether a condition holds, as far as we know; the values are the contract's words."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    # Truths are keys wherever answers are remembered; each is one object, so its place will do.
    __hash__ = object.__hash__

    @property
    def letter(self) -> str:
        """Return the one-letter form that the rule backend is fed: T, F or U."""
        return _LETTERS[self]

    def negated(self) -> Truth:
        """Return the opposite; the opposite of unknown is unknown."""
        return _NEGATED[self]


_LETTERS = {Truth.TRUE: "T", Truth.FALSE: "F", Truth.UNKNOWN: "U"}
_NEGATED = {
    Truth.TRUE: Truth.FALSE,
    Truth.FALSE: Truth.TRUE,
    Truth.UNKNOWN: Truth.UNKNOWN,
}


def truth_of(value: bool | None) -> Truth:  # noqa: FBT001 - this is the converter itself
    """Return the truth of a told yes or no; something not told is unknown."""
    if value is None:
        return Truth.UNKNOWN
    return Truth.TRUE if value else Truth.FALSE


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return true if every truth holds, false if one fails, else unknown; true of none."""
    result = Truth.TRUE
    for truth in truths:
        if truth is Truth.FALSE:
            return Truth.FALSE
        if truth is Truth.UNKNOWN:
            result = Truth.UNKNOWN
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return true if one truth holds, false if every one fails, else unknown; false of none."""
    result = Truth.FALSE
    for truth in truths:
        if truth is Truth.TRUE:
            return Truth.TRUE
        if truth is Truth.UNKNOWN:
            result = Truth.UNKNOWN
    return result


def at_least(count: int, truths: Iterable[Truth]) -> Truth:
    """Return true if *count* truths hold, false if they no longer can, else unknown."""
    held = list(truths)
    sure = held.count(Truth.TRUE)
    if sure >= count:
        return Truth.TRUE
    return Truth.UNKNOWN if sure + held.count(Truth.UNKNOWN) >= count else Truth.FALSE

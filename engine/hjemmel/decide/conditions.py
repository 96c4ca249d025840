"""The operators: how one told value compares with what a rule asks for."""

from __future__ import annotations

from hjemmel.truth import Truth, truth_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def holds(value: Any, operand: Any) -> Truth:  # noqa: ANN401 - told values are of many types
    """Say whether a told yes or no is *operand*."""
    return truth_of(value is operand)


def told(value: Any, operand: Any) -> Truth:  # noqa: ANN401, ARG001
    """Say that *value* is told at all; only asked of a told value."""
    return Truth.TRUE


def equals(value: Any, operand: Any) -> Truth:  # noqa: ANN401
    """Say whether *value* is *operand*."""
    return truth_of(value == operand)


def one_of(value: Any, operand: Any) -> Truth:  # noqa: ANN401
    """Say whether *value* is one of *operand*."""
    return truth_of(value in operand)


def at_most(value: Any, operand: Any) -> Truth:  # noqa: ANN401
    """Say whether the amount *value* is *operand* or less."""
    return truth_of(value <= operand)


def at_least_value(value: Any, operand: Any) -> Truth:  # noqa: ANN401
    """Say whether the amount *value* is *operand* or more."""
    return truth_of(value >= operand)


def before(value: Any, operand: Any) -> Truth:  # noqa: ANN401
    """Say whether the day *value* comes before *operand*."""
    return truth_of(value < operand)


def after(value: Any, operand: Any) -> Truth:  # noqa: ANN401
    """Say whether the day *value* comes after *operand*."""
    return truth_of(value > operand)


OPERATORS: Mapping[str, Callable[[Any, Any], Truth]] = {
    "holds": holds,
    "told": told,
    "equals": equals,
    "one_of": one_of,
    "at_most": at_most,
    "at_least_value": at_least_value,
    "before": before,
    "after": after,
}

#: The operators as Python text, for what is written out once and run for every case.
WRITTEN: Mapping[str, str] = {
    "holds": "{value} is {operand}",
    "told": "True",
    "equals": "{value} == {operand}",
    "one_of": "{value} in {operand}",
    "at_most": "{value} <= {operand}",
    "at_least_value": "{value} >= {operand}",
    "before": "{value} < {operand}",
    "after": "{value} > {operand}",
}

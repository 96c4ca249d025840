"""Policies of many days at little cost: a policy is compiled once for all days that share it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hjemmel.issues import DataNotFoundError
from hjemmel.policy.checks.base import walk
from hjemmel.policy.compile import Policy, compile_policy
from hjemmel.policy.dated import day_of
from hjemmel.tree import Node, Plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Kept(Node):
    """A tree that remembers its content: compiling asks for it again and again."""

    kept: list[Plain] = field(default_factory=list, compare=False)

    def plain(self) -> Plain:
        """Return the content without places."""
        if not self.kept:
            self.kept.append(Node.plain(self))
        return self.kept[0]


def kept(tree: Node) -> Node:
    """Return *tree* so that its content is worked out once."""
    return tree if isinstance(tree, _Kept) else _Kept(tree.value, tree.place, tree.keys)


class _Uncounted(dict[str, Node]):
    """Trees by name that cannot be counted through.

    Compiling counts the reviewed elements of all files for the receipt. No scenario asks for
    that, and it takes a third of the time.
    """

    def values(self) -> Any:  # noqa: ANN401 - a view of nothing
        """Return nothing."""
        return {}.values()


def turning_days(trees: Iterable[Node]) -> set[date]:
    """Return the days on which something in *trees* begins to hold or no longer holds."""
    days: set[date] = set()
    for tree in trees:
        for node in walk(tree):
            start, end = day_of(node.text("from")), day_of(node.text("to"))
            days |= {start} if start else set()
            days |= {end + _ONE_DAY} if end else set()
    return days


class Policies:
    """The policies of checked trees; days between two turning days share all but their date."""

    def __init__(
        self,
        trees: Mapping[str, Node],
        municipalities: Mapping[str, Node],
        *,
        digest: str,
        turns: Iterable[date] | None = None,
    ) -> None:
        """Take checked *trees*; *turns* are their turning days where these are known already."""
        self.trees = _Uncounted((name, kept(tree)) for name, tree in trees.items())
        self.municipalities = {name: kept(tree) for name, tree in municipalities.items()}
        everything = (*map(self.trees.__getitem__, self.trees), *self.municipalities.values())
        self.turns = sorted(turning_days(everything) if turns is None else turns)
        self._digest = digest
        self._compiled: dict[tuple[int, str], Policy] = {}
        self._dated: dict[tuple[date, str], Policy] = {}

    def on(self, day: date, municipality: str = "") -> Policy:
        """Return the policy for *day*, as the rule book would.

        Raises:
            NotInForceError: no rule or no ceiling is in force on that day.
            DataNotFoundError: there is no such municipality file.
        """
        if municipality and municipality not in self.municipalities:
            raise DataNotFoundError("municipality-missing", municipality=municipality, close="")
        key = (day, municipality)
        if key not in self._dated:
            self._dated[key] = replace(self._of_period(day, municipality), on=day)
        return self._dated[key]

    def period(self, day: date) -> int:
        """Return the number of the period between turning days that *day* lies in."""
        return bisect_right(self.turns, day)

    def _of_period(self, day: date, municipality: str) -> Policy:
        key = (self.period(day), municipality)
        if key not in self._compiled:
            local = self.municipalities.get(municipality)
            self._compiled[key] = compile_policy(
                self.trees, day, digest=self._digest, municipality=local
            )
        return self._compiled[key]

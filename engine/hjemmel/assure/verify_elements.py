"""The elements of the rules that are examined one by one, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hjemmel.policy.language import All, AnyPart, AtLeast, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.issues import Place
    from hjemmel.policy.language import Condition
    from hjemmel.tree import Node

#: Where in a condition a part stands: which part, which part of that, and so on.
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """A rule, row, duty or part of one: what it is, whose it is, and where it stands."""

    kind: str
    id: str
    owner: str
    path: Path = ()


class Places:
    """Finds where an element stands in the rule files."""

    def __init__(self, trees: Mapping[str, Node]) -> None:
        """Take the *trees* of the rule files."""
        self._trees = trees

    def of(self, element: Element) -> Place:
        """Return where *element* stands."""
        node = self.node(element)
        when = node.get("raised_by") if element.kind == "question" else node.get("when")
        if element.path and when is not None:
            node = _node_at(when, element.path)
        return node.place

    def node(self, element: Element) -> Node:
        """Return the node of the rule, row or duty that *element* is or belongs to."""
        file, key = _LISTS[element.kind]
        owner = element.owner if element.kind in {"rule", "conclusion"} else element.id
        found = _named(self._trees[file], key, owner)
        return _named(found, "rules", element.id) if element.kind == "rule" else found


_LISTS = {
    "conclusion": ("decisions", "conclusions"),
    "rule": ("decisions", "conclusions"),
    "item": ("outcomes", "items"),
    "outcome": ("outcomes", "outcomes"),
    "duty": ("duties", "duties"),
    "question": ("readings", "readings"),
}


def _named(node: Node, key: str, name: str) -> Node:
    listed = node.get(key)
    return next(one for one in (listed.elements() if listed else ()) if one.text("id") == name)


def _node_at(when: Node, path: Path) -> Node:
    node = when
    for step in path:
        inner = node.get("not")
        if inner is not None:
            node = inner
            continue
        counted = node.get("at_least")
        listed = node.get("all") or node.get("any") or (counted.get("of") if counted else None)
        node = listed.elements()[step] if listed else node
    return node


def parts_within(condition: Condition, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every part of *condition* that could be struck out of the text."""
    match condition:
        case All(parts) | AnyPart(parts) | AtLeast(_, parts):
            for at, part in enumerate(parts):
                yield (*path, at)
                yield from parts_within(part, (*path, at))
        case Not(part):
            yield from parts_within(part, (*path, 0))
        case _:
            return


def struck_out(condition: Condition, path: Path) -> Condition:
    """Return *condition* without the part at *path*."""
    at, below = path[0], path[1:]
    match condition:
        case Not(part):
            return Not(struck_out(part, below))
        case All(parts) | AnyPart(parts) if not below:
            return replace(condition, parts=(*parts[:at], *parts[at + 1 :]))
        case All(parts) | AnyPart(parts) | AtLeast(_, parts):
            # A part that is counted can only be struck out by no longer counting.
            inner = struck_out(parts[at], below) if below else AnyPart(())
            return replace(condition, parts=(*parts[:at], inner, *parts[at + 1 :]))
        case _:
            return condition

"""What every check is given: the trees, and the usual ways through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.schema import close_to, listing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from hjemmel.issues import Place
    from hjemmel.tree import Node


@dataclass(frozen=True, slots=True)
class Rules:
    """The parsed rule files by the names of the index, and the municipalities by id."""

    trees: Mapping[str, Node]
    municipalities: Mapping[str, Node]

    def elements(self, file: str, key: str) -> tuple[Node, ...]:
        """Return the elements of the list *key* in the rule file *file*."""
        tree = self.trees.get(file)
        listed = tree.get(key) if tree else None
        return listed.elements() if listed else ()

    def ids(self, file: str, key: str) -> dict[str, Node]:
        """Return the elements of a list by their id."""
        return {node.text("id"): node for node in self.elements(file, key)}

    def everything(self) -> Iterator[Node]:
        """Return every node of every file, municipalities included, parents first."""
        for tree in (*self.trees.values(), *self.municipalities.values()):
            yield from walk(tree)


def walk(node: Node) -> Iterator[Node]:
    """Return *node* and every node below it, parents first."""
    yield node
    for child in dict(node.items()).values():
        yield from walk(child)
    for child in node.elements():
        yield from walk(child)


def must_exist(node: Node, key: str, kind: str, known: Collection[str]) -> Iterator[Issue]:
    """Report the name at *key* of *node* when it is none of *known*."""
    child = node.get(key)
    if child is not None and child.value not in known:
        yield unknown(kind, str(child.value), known, child.place)


def unknown(kind: str, name: str, known: Collection[str], place: Place) -> Issue:
    """Return the issue that *name* is none of the *known* names of its *kind*."""
    fields = {"name": name, "close": close_to(name, known), "allowed": listing(known)}
    return Issue(code=f"unknown-{kind}", place=place, fields=fields)


def listed(node: Node, key: str) -> tuple[Node, ...]:
    """Return the elements of the list *key* of *node*, none where it is left out."""
    child = node.get(key)
    return child.elements() if child else ()

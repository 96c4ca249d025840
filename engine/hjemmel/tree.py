"""A parsed file in which every key and value knows its place."""

from __future__ import annotations

from hjemmel.records import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.issues import Place

#: A rule file or case that is larger is a mistake or an attack.
MAX_BYTES = 4_000_000
#: What a scalar may hold; decimals and dates stay text until a schema gives them a meaning.
Scalar = str | int | bool | None
#: A tree without places: what is left when only the content counts.
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a file with its place: a scalar, a list of nodes or a mapping to nodes."""

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @property
    def is_mapping(self) -> bool:
        """Say whether this is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Say whether this is a list."""
        return isinstance(self.value, tuple)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Return the entries of a mapping; none for anything else."""
        return iter(self.value.items()) if isinstance(self.value, dict) else iter(())

    def elements(self) -> tuple[Node, ...]:
        """Return the elements of a list; none for anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    def get(self, key: str) -> Node | None:
        """Return the entry *key* of a mapping, or nothing."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def at(self, *path: str | int) -> Node | None:
        """Return the node at *path*, or nothing where the path ends early."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            if isinstance(step, int):
                elements = node.elements()
                node = elements[step] if step < len(elements) else None
            else:
                node = node.get(step)
        return node

    def text(self, key: str) -> str:
        """Return the text at *key*, or an empty text."""
        node = self.get(key)
        return node.value if node is not None and isinstance(node.value, str) else ""

    def key_place(self, key: str) -> Place:
        """Return where the key *key* stands, or where the mapping begins."""
        return self.keys.get(key, self.place)

    def plain(self) -> Plain:
        """Return the content without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


def without_nulls(node: Node) -> Node:
    """Return *node* with every entry that is null left out: null and left out mean the same."""
    if isinstance(node.value, dict):
        kept = {
            key: without_nulls(child)
            for key, child in node.value.items()
            if child.value is not None
        }
        return Node(kept, node.place, node.keys)
    if isinstance(node.value, tuple):
        return Node(tuple(without_nulls(child) for child in node.value), node.place, node.keys)
    return node

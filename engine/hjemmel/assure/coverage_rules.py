"""Where the conditions of the rule files stand, and what each part of them is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.messages import words
from hjemmel.policy.checks.base import listed
from hjemmel.policy.compile import names_of
from hjemmel.policy.conditions import ConditionParser
from hjemmel.policy.language import (
    ConclusionTest,
    FactTest,
    Is,
    Leaf,
    ListTest,
    OpenTest,
    ReadingTest,
    atoms_of,
)
from hjemmel.policy.load import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.issues import Place
    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.language import Atom, Condition
    from hjemmel.tree import Node

#: Steps from the top of a file to a node of it.
Path = tuple[str | int, ...]

#: The lists whose elements hold one condition: file, list, key of the condition, kind of table.
_WITH_CONDITION = (
    ("readings", "readings", "raised_by", "question"),
    ("outcomes", "items", "when", "item"),
    ("outcomes", "outcomes", "when", "outcome"),
    ("duties", "duties", "when", "duty"),
    ("facts", "facts", "asked_when", "asked"),
)
#: Keys that hold further conditions, and keys that make a test of their own.
_MANY, _ONE = ("all", "any"), "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One condition as it stands in a rule file; *table* is what an interpreter knows it as."""

    table: str
    file: str
    path: Path
    owner: Node
    rule: Node | None
    node: Node

    @property
    def element(self) -> str:
        """Return the id of what the condition belongs to, with the rule's where it has one."""
        owner = self.owner.text("id")
        return f"{owner}/{self.rule.text('id')}" if self.rule else owner


def written_conditions(trees: Mapping[str, Node]) -> Iterator[Written]:
    """Return every condition of *trees*: the conclusions' rules first, then the tables."""
    for at, owner in enumerate(elements(trees, "decisions", "conclusions")):
        for number, rule in enumerate(listed(owner, "rules")):
            node = rule.get("when")
            if node is not None:
                path: Path = ("conclusions", at, "rules", number, "when")
                table = f"conclusion/{owner.text('id')}"
                yield Written(
                    table=table, file="decisions", path=path, owner=owner, rule=rule, node=node
                )
    for file, key, name, kind in _WITH_CONDITION:
        for at, owner in enumerate(elements(trees, file, key)):
            node = owner.get(name)
            if node is not None:
                table = f"{kind}/{owner.text('id')}"
                yield Written(
                    table=table, file=file, path=(key, at, name), owner=owner, rule=None, node=node
                )


def elements(trees: Mapping[str, Node], file: str, key: str) -> tuple[Node, ...]:
    """Return the elements of the list *key* of the rule file *file*."""
    tree = trees.get(file)
    return listed(tree, key) if tree else ()


def called(node: Node) -> str:
    """Return what the element *node* is called: its label, else its sentence, else its id."""
    return node.text("label") or node.text("because").rstrip(".") or node.text("id")


def each_test(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Return every test below the condition at *node* with its path, left to right."""
    for key in _MANY:
        for at, part in enumerate(listed(node, key)):
            yield from each_test(part, (*path, key, at))
    inner, counted = node.get(_ONE), node.get("at_least")
    if inner is not None:
        yield from each_test(inner, (*path, _ONE))
    if counted is not None:
        for at, part in enumerate(listed(counted, "of")):
            yield from each_test(part, (*path, "at_least", "of", at))
    if inner is None and counted is None and not any(node.get(key) for key in _MANY):
        yield path, node


class Names:
    """What everything in the rule files is called, for sentences about it."""

    def __init__(self, trees: Mapping[str, Node], lang: str = "da") -> None:
        """Take the *trees* that hold the labels and the *lang* of the words around them."""
        self.trees, self.lang = trees, lang
        self.parser = ConditionParser(names_of(trees))
        self._labels = {
            (file, node.text("id")): node.text("label")
            for file, key in (
                ("facts", "facts"),
                ("decisions", "conclusions"),
                ("readings", "readings"),
                ("duties", "duties"),
                ("outcomes", "outcomes"),
            )
            for node in elements(trees, file, key)
        }
        self._labels.update(
            (("facts", f"{key}.{node.text('id')}"), node.text("label"))
            for key in ("criteria", "indicators")
            for node in elements(trees, "criteria", key)
        )
        self._values = {
            node.text("id"): node.get("labels") for node in elements(trees, "facts", "facts")
        }
        self._readings = {
            (question.text("id"), reading): node.text("label")
            for question in elements(trees, "readings", "readings")
            for reading, node in (question.get("readings") or question).items()
        }

    def label(self, file: str, name: str) -> str:
        """Return the label of the element *name* of *file*, in quotation marks."""
        return f"»{self._labels.get((file, name)) or name}«"

    def owner(self, written: Written) -> str:
        """Return what *written* belongs to, with what kind of thing that is."""
        kind, _, name = written.table.partition("/")
        return words(f"kind-{kind}", self.lang, label=called(written.owner) or name)

    def atom(self, atom: Atom) -> str:
        """Return what *atom* asks, in words."""
        match atom:
            case FactTest(fact, operator, operand):
                if operator in ("holds", "told"):
                    return self.label("facts", fact)
                operands = operand if isinstance(operand, tuple) else (operand,)
                shown = ", ".join(self._value(fact, str(one)) for one in operands)
                if operator == "equals" and shown != str(operand):  # its name begins with a verb
                    return f"{self.label('facts', fact)} {shown}"
                verb = words(f"operator-{operator}", self.lang)
                return f"{self.label('facts', fact)} {verb} {shown}"
            case ConclusionTest(conclusion):
                return self.label("decisions", conclusion)
            case ReadingTest(question, reading):
                return words(
                    "atom-reading",
                    self.lang,
                    question=self.label("readings", question),
                    reading=self.reading(question, reading),
                )
            case OpenTest(question):
                return words("atom-open", self.lang, question=self.label("readings", question))
            case ListTest(quantifier, of, conclusion):
                return words(
                    f"atom-{quantifier}",
                    self.lang,
                    list=self.label("facts", of),
                    conclusion=self.label("decisions", conclusion),
                )

    def reading(self, question: str, reading: str) -> str:
        """Return what the *reading* of *question* is called."""
        return self._readings.get((question, reading)) or reading

    def condition(self, node: Node) -> str:
        """Return the condition at *node* in words: its tests, or how many there are."""
        parsed = self.parsed(node)
        if isinstance(parsed, Is):
            truth = words(f"truth-{parsed.truth.value}", self.lang)
            return f"{self.atom(parsed.part.atom)} = {truth}"
        if isinstance(parsed, Leaf):
            return self.atom(parsed.atom)
        tests = [self.condition(test) for _, test in each_test(node)]
        if node.get(_ONE) is not None:
            return words("not", self.lang, what=" + ".join(tests))
        joined = words("or" if node.get("any") else "and", self.lang).join(tests)
        return f"({joined})" if len(tests) > 1 else joined

    def parsed(self, node: Node) -> Condition:
        """Return the condition at *node*, which the checks have let through."""
        condition = self.parser.parse(node)
        assert condition is not None, "the checks let an unreadable condition through"  # noqa: S101
        return condition

    def places(self, written: Written) -> dict[Atom, Place]:
        """Return where each atom of *written* stands first."""
        found: dict[Atom, Place] = {}
        for _, test in each_test(written.node):
            for atom in atoms_of(self.parsed(test)):
                found.setdefault(atom, test.place)
        return found

    def _value(self, fact: str, value: str) -> str:
        labels = self._values.get(fact)
        return (labels.text(value) if labels else "") or value


def municipality_trees(book: RuleBook) -> dict[str, Node]:
    """Return the trees of the municipalities' files by the municipality's id."""
    loaded = Loaded()
    found: dict[str, Node] = {}
    for node in listed(book.tree("index"), "municipalities"):
        tree = loaded.read(book.folder / str(node.value), str(node.value))
        if tree is not None:
            found[(tree.get("municipality") or tree).text("id")] = tree
    return found

"""Rule text to conditions: the parser of the condition language, with its issues."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.dated import day_of
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    ConclusionTest,
    FactTest,
    Is,
    Leaf,
    ListTest,
    Not,
    OpenTest,
    ReadingTest,
)
from hjemmel.policy.schema import close_to
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.issues import Place
    from hjemmel.policy.language import Condition
    from hjemmel.tree import Node

#: A legal editor must be able to read a condition aloud; deeper ones become conclusions.
MAX_DEPTH = 3

_COMPARISONS = ("equals", "one_of", "at_most", "at_least_value", "before", "after")
_HEADS = (
    "all",
    "any",
    "not",
    "at_least",
    "fact",
    "conclusion",
    "question",
    "open_question",
    "some",
    "every",
)
_COMPANIONS = {"fact": (*_COMPARISONS, "is"), "conclusion": ("is",), "question": ("reads",)}
_WANTED_TYPES = {
    "before": ("day",), "after": ("day",), "at_most": ("amount",), "at_least_value": ("amount",),
    "one_of": ("text", "choice"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FactName:
    """What the parser must know of a fact: its type, its values and the list it belongs to."""

    type: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Every name a condition may use."""

    facts: Mapping[str, FactName] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    conclusions: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class ConditionParser:
    """Parses conditions against the names that exist; issues are collected, not raised."""

    def __init__(self, names: Names) -> None:
        """Take the *names* that conditions may use."""
        self.names = names
        self.issues: list[Issue] = []

    def parse(self, node: Node, depth: int = 1) -> Condition | None:
        """Return the condition at *node*, or nothing where it holds an issue."""
        heads = [key for key, _ in node.items() if key in _HEADS]
        if len(heads) != 1:
            self._note("condition-shape", node.place, given=", ".join(heads))
            return None
        head = heads[0]
        for key, _ in node.items():
            if key != head and key not in _COMPANIONS.get(head, ()):
                self._note("condition-key", node.key_place(key), key=key, head=head)
                return None
        if depth > MAX_DEPTH and head in {"all", "any", "not", "at_least"}:
            self._note("condition-too-deep", node.key_place(head), limit=str(MAX_DEPTH))
            return None
        return self._parse_head(head, node, depth)

    def _parse_head(self, head: str, node: Node, depth: int) -> Condition | None:
        below = node.get(head)
        if below is None:
            return None
        match head:
            case "all" | "any":
                parts = self._parts(below, depth)
                return None if parts is None else (All if head == "all" else AnyPart)(parts)
            case "not":
                # A `not` around one test reads as one test; it does not make a sentence deeper.
                part = self.parse(
                    below,
                    depth if below.get("all") is None and below.get("any") is None else depth + 1,
                )
                return part and Not(part)
            case "at_least":
                return self._at_least(below, depth)
            case "some" | "every":
                return self._list_test(head, below)
            case "open_question":
                return self._open_test(below)
            case "question":
                return self._reading_test(node, below)
            case "conclusion":
                return self._with_is(node, self._conclusion_test(below))
            case _:
                return self._with_is(node, self._fact_test(node, below))

    def _parts(self, below: Node, depth: int) -> tuple[Condition, ...] | None:
        parts = [self.parse(child, depth + 1) for child in below.elements()]
        return None if None in parts else tuple(part for part in parts if part is not None)

    def _at_least(self, below: Node, depth: int) -> Condition | None:
        count, of = below.get("count"), below.get("of")
        parts = self._parts(of, depth) if of else None
        if parts is None or count is None or not isinstance(count.value, int):
            self._note("condition-shape", below.place, given="at_least")
            return None
        if not 1 <= count.value <= len(parts):
            self._note("at-least-count", count.place, count=str(count.value), parts=str(len(parts)))
            return None
        return AtLeast(count.value, parts)

    def _list_test(self, head: str, below: Node) -> Condition | None:
        of, conclusion = below.text("of"), below.text("conclusion")
        known = self._known("list", of, self.names.lists, below, "of")
        found = self._known("conclusion", conclusion, self.names.conclusions, below, "conclusion")
        return Leaf(ListTest(head, of, conclusion)) if known and found else None

    def _open_test(self, below: Node) -> Condition | None:
        question = str(below.value)
        if question not in self.names.questions:
            self._unknown("question", question, self.names.questions, below.place)
            return None
        return Leaf(OpenTest(question))

    def _reading_test(self, node: Node, below: Node) -> Condition | None:
        question, reads = str(below.value), node.get("reads")
        if question not in self.names.questions:
            self._unknown("question", question, self.names.questions, below.place)
            return None
        readings = self.names.questions[question]
        if reads is None or reads.value not in readings:
            given = "" if reads is None else str(reads.value)
            self._unknown("reading", given, readings, reads.place if reads else node.place)
            return None
        return Leaf(ReadingTest(question, str(reads.value)))

    def _conclusion_test(self, below: Node) -> Leaf | None:
        conclusion = str(below.value)
        if conclusion not in self.names.conclusions:
            self._unknown("conclusion", conclusion, self.names.conclusions, below.place)
            return None
        return Leaf(ConclusionTest(conclusion))

    def _fact_test(self, node: Node, below: Node) -> Leaf | None:
        name = str(below.value)
        fact = self.names.facts.get(name)
        if fact is None:
            self._unknown("fact", name, self.names.facts, below.place)
            return None
        used = [key for key in _COMPARISONS if node.get(key) is not None]
        if len(used) > 1:
            self._note("condition-shape", node.place, given=", ".join(used))
            return None
        if not used:
            if fact.type != "truth" and node.get("is") is None:
                self._note("comparison-missing", below.place, fact=name, type=fact.type)
                return None
            return Leaf(FactTest(name, "holds" if fact.type == "truth" else "told", operand=True))
        operand = node.get(used[0])
        return None if operand is None else self._compared(name, fact, used[0], operand)

    def _compared(self, name: str, fact: FactName, operator: str, operand: Node) -> Leaf | None:
        wanted = _WANTED_TYPES.get(operator)
        if wanted and fact.type not in wanted:
            self._note(
                "comparison-type", operand.place, operator=operator, fact=name, type=fact.type
            )
            return None
        if operator == "one_of":
            values = tuple(str(child.value) for child in operand.elements())
            if not all(self._value_known(fact, child) for child in operand.elements()):
                return None
            return Leaf(FactTest(name, operator, values))
        if fact.type == "day":
            day = day_of(str(operand.value))
            if day is None:
                self._note("no-such-day", operand.place, given=str(operand.value))
                return None
            return Leaf(FactTest(name, operator, day))
        if fact.type == "amount":
            return self._amount_test(name, operator, operand)
        if operand.is_list or operand.is_mapping or not self._value_known(fact, operand):
            return None
        value = operand.value
        return Leaf(FactTest(name, operator, value if isinstance(value, bool) else str(value)))

    def _amount_test(self, name: str, operator: str, operand: Node) -> Leaf | None:
        try:
            return Leaf(FactTest(name, operator, parse_amount(str(operand.value))))
        except AmountError:
            self._note("not-an-amount", operand.place, given=str(operand.value))
            return None

    def _value_known(self, fact: FactName, node: Node) -> bool:
        if fact.type != "choice" or node.value in fact.values:
            return True
        self._unknown("value", str(node.value), fact.values, node.place)
        return False

    def _with_is(self, node: Node, leaf: Leaf | None) -> Condition | None:
        wanted = node.text("is")
        if leaf is None or not wanted:
            return leaf
        return Is(leaf, Truth(wanted))

    def _known(self, kind: str, name: str, known: Iterable[str], node: Node, key: str) -> bool:
        if name in known:
            return True
        child = node.get(key)
        self._unknown(kind, name, known, child.place if child else node.place)
        return False

    def _unknown(self, kind: str, name: str, known: Iterable[str], place: Place) -> None:
        self._note(f"unknown-{kind}", place, name=name, close=close_to(name, known))

    def _note(self, code: str, place: Place, **fields: str) -> None:
        self.issues.append(Issue(code=code, place=place, fields=fields))

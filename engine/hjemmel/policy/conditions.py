"""Rule text to conditions: the parser of the condition language, with its issues."""

from __future__ import annotations

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
from hjemmel.policy.schema import close_to, instead, listing, shown
from hjemmel.policy.values import unreadable_amount, unreadable_day
from hjemmel.records import dataclass, field
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hjemmel.issues import Place
    from hjemmel.policy.language import Condition
    from hjemmel.tree import Node

#: A legal editor must be able to read a condition aloud; deeper ones become conclusions.
MAX_DEPTH = 3

_TRUTHS = ("true", "false", "unknown")

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
_WORDS = (*_HEADS, *_COMPARISONS, "is", "reads")
_WANTED_TYPES = {
    "equals": ("truth", "text", "choice", "day", "amount"), "one_of": ("text", "choice"),
    "before": ("day",), "after": ("day",), "at_most": ("amount",), "at_least_value": ("amount",),
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


def _comparisons_of(kind: str) -> str:
    """Return the comparisons that a fact of this kind can be used in."""
    return ", ".join(operator for operator, kinds in _WANTED_TYPES.items() if kind in kinds)


class ConditionParser:
    """Parses conditions against the names that exist; issues are collected, not raised."""

    def __init__(self, names: Names) -> None:
        """Take the *names* that conditions may use."""
        self.names = names
        self.issues: list[Issue] = []

    def parse(self, node: Node, depth: int = 1) -> Condition | None:
        """Return the condition at *node*, or nothing where it holds an issue."""
        keys = [key for key, _ in node.items()]
        heads = [key for key in keys if key in _HEADS]
        strange = [key for key in keys if key not in _WORDS]
        if strange:
            close = close_to(strange[0], _WORDS)
            place = node.key_place(strange[0])
            self._note("unknown-key", place, key=strange[0], close=close, allowed=listing(_WORDS))
            return None
        if len(heads) != 1:
            place = node.key_place(heads[1]) if heads else node.place
            self._note("condition-shape", place, given=", ".join(heads or keys))
            return None
        head = heads[0]
        for key in keys:
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
                parts = self._parts(node, head, depth)
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
                question = self._named("question", node, head, self.names.questions)
                return None if question is None else Leaf(OpenTest(question))
            case "question":
                return self._reading_test(node)
            case "conclusion":
                return self._with_is(node, self._conclusion_test(node))
            case _:
                return self._with_is(node, self._fact_test(node))

    def _parts(self, node: Node, key: str, depth: int) -> tuple[Condition, ...] | None:
        below = node.get(key)
        if below is None:
            self._note("missing-key", node.place, key=key)
            return None
        if not below.is_list:
            self._wrong_type(below, key, "array")
            return None
        parts = [self.parse(child, depth + 1) for child in below.elements()]
        return None if None in parts else tuple(part for part in parts if part is not None)

    def _at_least(self, below: Node, depth: int) -> Condition | None:
        parts, count = self._parts(below, "of", depth), below.get("count")
        if count is None:
            self._note("missing-key", below.place, key="count")
            return None
        if not isinstance(count.value, int) or isinstance(count.value, bool):
            self._wrong_type(count, "count", "integer")
            return None
        if parts is None:
            return None
        if not 1 <= count.value <= len(parts):
            fields = {"count": str(count.value), "parts": str(len(parts))}
            self._note("at-least-count", count.place, **fields)
            return None
        return AtLeast(count.value, parts)

    def _list_test(self, head: str, below: Node) -> Condition | None:
        of = self._named("list", below, "of", self.names.lists)
        conclusion = self._named("conclusion", below, "conclusion", self.names.conclusions)
        return None if of is None or conclusion is None else Leaf(ListTest(head, of, conclusion))

    def _reading_test(self, node: Node) -> Condition | None:
        question = self._named("question", node, "question", self.names.questions)
        if question is None:
            return None
        reading = self._named("reading", node, "reads", self.names.questions[question])
        return None if reading is None else Leaf(ReadingTest(question, reading))

    def _conclusion_test(self, node: Node) -> Leaf | None:
        conclusion = self._named("conclusion", node, "conclusion", self.names.conclusions)
        return None if conclusion is None else Leaf(ConclusionTest(conclusion))

    def _fact_test(self, node: Node) -> Leaf | None:
        name = self._named("fact", node, "fact", self.names.facts)
        if name is None:
            return None
        fact = self.names.facts[name]
        used = [key for key, _ in node.items() if key in _COMPARISONS]
        if len(used) > 1:
            self._note("one-comparison", node.key_place(used[1]), given=", ".join(used))
            return None
        if not used:
            if fact.type != "truth" and node.get("is") is None:
                place = node.at("fact")
                fields = {"fact": name, "allowed": _comparisons_of(fact.type)}
                self._note("comparison-missing", place.place if place else node.place, **fields)
                return None
            return Leaf(FactTest(name, "holds" if fact.type == "truth" else "told", operand=True))
        return self._compared(name, fact, used[0], node)

    def _compared(self, name: str, fact: FactName, operator: str, node: Node) -> Leaf | None:
        operand = node.get(operator)
        if operand is None:
            return None
        if fact.type not in _WANTED_TYPES[operator]:
            fields = {"operator": operator, "fact": name, "type": f"type-{fact.type}"}
            allowed = _comparisons_of(fact.type)
            self._note("comparison-type", node.key_place(operator), **fields, allowed=allowed)
            return None
        if operator == "one_of":
            if not operand.is_list:
                self._wrong_type(operand, operator, "array")
                return None
            known = [self._value_known(name, fact, child) for child in operand.elements()]
            values = tuple(str(child.value) for child in operand.elements())
            return Leaf(FactTest(name, operator, values)) if all(known) else None
        if not self._value_known(name, fact, operand):
            return None
        if fact.type == "day":
            return self._day_test(name, operator, operand)
        if fact.type == "amount":
            return self._amount_test(name, operator, operand)
        value = operand.value
        return Leaf(FactTest(name, operator, value if isinstance(value, bool) else str(value)))

    def _day_test(self, name: str, operator: str, operand: Node) -> Leaf | None:
        day = day_of(str(operand.value))
        if day is None:
            self.issues.append(unreadable_day(operand))
            return None
        return Leaf(FactTest(name, operator, day))

    def _amount_test(self, name: str, operator: str, operand: Node) -> Leaf | None:
        try:
            return Leaf(FactTest(name, operator, parse_amount(str(operand.value))))
        except AmountError as error:
            self.issues.append(unreadable_amount(operand, error))
            return None

    def _value_known(self, name: str, fact: FactName, node: Node) -> bool:
        """Say whether *node* can be compared with the fact *name*; note it if it cannot."""
        if not isinstance(node.value, bool if fact.type == "truth" else str):
            advice = "instead-truth" if fact.type == "truth" else "instead-quotes"
            fields = {"fact": name, "type": f"type-{fact.type}", "given": shown(node)}
            self._note("comparison-value", node.place, **fields, instead=advice)
            return False
        if fact.type == "choice" and node.value not in fact.values:
            self._unknown("value", str(node.value), fact.values, node.place)
            return False
        return True

    def _with_is(self, node: Node, leaf: Leaf | None) -> Condition | None:
        wanted = node.get("is")
        if leaf is None or wanted is None:
            return leaf
        if wanted.value not in _TRUTHS:
            fields = {"given": shown(wanted), "allowed": ", ".join(f'"{one}"' for one in _TRUTHS)}
            self._note("not-allowed", wanted.place, **fields)
            return None
        return Is(leaf, Truth(wanted.value))

    def _named(self, kind: str, node: Node, key: str, known: Collection[str]) -> str | None:
        """Return the name at *key* of *node*, or nothing where it is not one of *known*."""
        child = node.get(key)
        if child is None:
            self._note("missing-key", node.place, key=key)
            return None
        if not isinstance(child.value, str):
            self._wrong_type(child, key, "string")
            return None
        if child.value not in known:
            self._unknown(kind, child.value, known, child.place)
            return None
        return child.value

    def _wrong_type(self, node: Node, key: str, wanted: str) -> None:
        fields = {"key": key, "wanted": f"shape-{wanted}", **instead([wanted], node)}
        self._note("wrong-type", node.place, **fields)

    def _unknown(self, kind: str, name: str, known: Collection[str], place: Place) -> None:
        fields = {"name": name, "close": close_to(name, known), "allowed": listing(known)}
        self._note(f"unknown-{kind}", place, **fields)

    def _note(self, code: str, place: Place, **fields: str) -> None:
        self.issues.append(Issue(code=code, place=place, fields=fields))

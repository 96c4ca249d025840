"""What the rules declare must always hold: ``invariants.yaml``, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hjemmel.data import data_folder
from hjemmel.decide.plan import OF_THE_CASE
from hjemmel.issues import Issue, Report, RulesInvalidError
from hjemmel.policy.compile import names_of
from hjemmel.policy.conditions import ConditionParser
from hjemmel.policy.dated import period_of
from hjemmel.policy.language import All, AnyPart, AtLeast, Leaf, Not, ReadingTest
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import close_to, schema_issues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.conditions import Names
    from hjemmel.policy.dated import Period
    from hjemmel.policy.language import Condition
    from hjemmel.tree import Node

FILE = "invariants.yaml"
#: What a form may be about besides a conclusion.
OUTCOME = "outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """Something that must hold in every case: its form, and what fills the form."""

    id: str
    label: str
    form: str
    node: Node
    plain: Any
    conditions: Mapping[str, Condition]
    in_force: Period
    except_readings: tuple[tuple[str, str], ...]
    except_because: str
    assumes_of: str
    assumes_because: str


def declared(book: RuleBook) -> list[Invariant]:
    """Return the invariants of *book*, none where it has no file of them.

    Raises:
        RulesInvalidError: the file does not fit its schema, or names what does not exist.
    """
    loaded = Loaded()
    tree = book.trees.get("invariants")
    if tree is None and (book.folder / FILE).is_file():
        tree = loaded.read(book.folder / FILE, FILE)
    issues = [*schema_issues(tree, _schemas(book.folder), "invariants")] if tree else []
    reader = _Reader(book)
    listed = tree.get("invariants") if tree and not issues else None
    found = [reader.read(node) for node in (listed.elements() if listed else ())]
    report: Report = loaded.report([*issues, *reader.parser.issues, *reader.issues])
    if report.errors:
        raise RulesInvalidError(report)
    return found


def _schemas(folder: Path) -> Path:
    own = folder / "schema"
    return own if (own / "invariants.schema.json").is_file() else data_folder("rules") / "schema"


class _Reader:
    def __init__(self, book: RuleBook) -> None:
        """Take the *book* whose names the invariants use."""
        self.names: Names = names_of(book.trees)
        self.parser = ConditionParser(self.names)
        self.issues: list[Issue] = []
        duties = book.tree("duties").get("duties")
        self.duties = [node.text("id") for node in (duties.elements() if duties else ())]

    def read(self, node: Node) -> Invariant:
        """Return the invariant at *node*; what it names wrongly is noted."""
        plain: Any = node.plain()
        form = next(iter(plain["holds"]))
        filled = node.at("holds", form) or node
        self._check_names(filled)
        exceptions = node.get("except_readings")
        for one in exceptions.elements() if exceptions else ():
            self._check_reading(one)
        return Invariant(
            id=plain["id"],
            label=plain["label"],
            form=form,
            node=node,
            plain=plain["holds"][form],
            conditions=dict(self._conditions(filled, node.get("assumes_each"))),
            in_force=period_of(plain["in_force"]),
            except_readings=tuple(
                (one["question"], one["reads"]) for one in plain.get("except_readings", ())
            ),
            except_because=plain.get("except_because", ""),
            assumes_of=plain.get("assumes_each", {}).get("of", ""),
            assumes_because=plain.get("assumes_each", {}).get("because", ""),
        )

    def _conditions(self, filled: Node, assumes: Node | None) -> Iterator[tuple[str, Condition]]:
        wanted = [("when", filled.get("when")), ("then", filled.get("then"))]
        wanted.append(("assumed", assumes.get("holds") if assumes else None))
        for key, node in wanted:
            parsed = self.parser.parse(node) if node is not None else None
            if parsed is not None:
                yield key, parsed

    def _check_names(self, filled: Node) -> None:
        for key in ("facts", "given"):
            self._check(filled.get(key), "fact", {*self.names.facts})
        self._check(filled.get("duties"), "duty", self.duties)
        of, to = filled.get("of"), filled.get("to")
        if of is not None and str(of.value) not in self.names.lists:
            self._unknown("list", of, self.names.lists)
        if to is not None and str(to.value) not in {OUTCOME, *self._of_the_case()}:
            self._unknown("conclusion", to, self._of_the_case())

    def _of_the_case(self) -> list[str]:
        scopes = self.names.conclusions.items()
        return [name for name, scope in scopes if scope in OF_THE_CASE]

    def _check(self, listed: Node | None, kind: str, known: Iterable[str]) -> None:
        for node in listed.elements() if listed else ():
            if str(node.value) not in known:
                self._unknown(kind, node, known)

    def _check_reading(self, node: Node) -> None:
        question, reads = node.get("question"), node.get("reads")
        readings = self.names.questions.get(node.text("question"))
        if question is not None and readings is None:
            self._unknown("question", question, self.names.questions)
        elif reads is not None and str(reads.value) not in (readings or ()):
            self._unknown("reading", reads, readings or ())

    def _unknown(self, kind: str, node: Node, known: Iterable[str]) -> None:
        fields = {"name": str(node.value), "close": close_to(str(node.value), known)}
        self.issues.append(Issue(code=f"unknown-{kind}", place=node.place, fields=fields))


def folded(condition: Condition, policy: Policy, book: RuleBook) -> Condition:
    """Return *condition* as it reads under *policy*: a question not in force has one reading."""
    match condition:
        case Leaf(ReadingTest(question, reading)) if question not in policy.questions:
            listed = book.tree("readings").get("readings")
            nodes = listed.elements() if listed else ()
            node = next(one for one in nodes if one.text("id") == question)
            return All(()) if node.text("otherwise") == reading else AnyPart(())
        case All(parts):
            return All(tuple(folded(part, policy, book) for part in parts))
        case AnyPart(parts):
            return AnyPart(tuple(folded(part, policy, book) for part in parts))
        case AtLeast(least, parts):
            return AtLeast(least, tuple(folded(part, policy, book) for part in parts))
        case Not(part):
            return Not(folded(part, policy, book))
        case _:
            return condition

"""Checked trees to a frozen policy for one day."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from functools import cached_property

from hjemmel.issues import NotInForceError
from hjemmel.messages import words
from hjemmel.model import Citation
from hjemmel.money import parse_amount
from hjemmel.policy.dated import Amount, Rate, known_days, period_of
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    Atom,
    Condition,
    Leaf,
    Not,
    ReadingTest,
    atoms_of,
)
from hjemmel.policy.translation import DANISH
from hjemmel.records import dataclass, field, replace
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from typing import Any

    from hjemmel.policy.conditions import Names
    from hjemmel.tree import Node

#: What a chosen reading is called when nothing is chosen and every reading is run.
NONE_CHOSEN = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing a rule may ask about, and how it is asked for."""

    id: str
    label: str
    type: str
    question: str = ""
    citizen: str = ""
    told: str = "fact"
    told_by: str = "caseworker"
    sensitivity: str = ""
    #: How intrusive the question is, from nought, and the duty that asks for consent to it.
    intrusion: int = 0
    consent: str = ""
    changeable: bool = True
    values: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    no_means_unknown: bool = False
    left_out_is_empty: bool = False
    element: str = ""
    given_by: str = ""
    asks: str = ""
    asked_when: Condition | None = None
    examples: tuple[Any, ...] = ()
    order: int = 0
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way a conclusion can be reached, with the sentence for each truth value."""

    id: str
    when: Condition
    because: Mapping[Truth, str]
    note: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What some rules conclude: true if one holds, false if all fail, else unknown."""

    id: str
    label: str
    scope: str
    ground: bool
    rules: tuple[Rule, ...]
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open legal question, its readings and which of them is chosen, if any."""

    id: str
    label: str
    question: str
    citizen: str
    raised_by: Condition
    readings: Mapping[str, tuple[str, str]]
    otherwise: str
    chosen: str
    chosen_by: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a decision table; the first row that fits gives the result."""

    id: str
    when: Condition
    result: str
    label: str
    because: str
    citizen: str
    own_payment: bool
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule:
    """A duty and when it arises."""

    id: str
    label: str
    text: str
    citizen_text: str
    who: str
    phase: str
    deadline_days: int | None
    deadline_from: str
    letter_only: bool
    when: Condition
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the trade, the forms it is met in, and what it means."""

    id: str
    term: str
    forms: tuple[str, ...]
    explained: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One of the paragraphs that chosen help may correspond to."""

    id: str
    label: str
    cite: str
    cite_under_18: str
    divisible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """What a municipality fills in: its name, letterhead, complaint address and own rates."""

    id: str = ""
    name: str = ""
    letterhead: Mapping[str, Any] = field(default_factory=dict)
    complaint: Mapping[str, Any] = field(default_factory=dict)
    signature: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[tuple[str, str, str], Rate] = field(default_factory=dict)
    letters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Which rate is the ceiling, and which reading takes which year's."""

    ceiling: Rate
    ceiling_today: int
    question: str
    by_reading: Mapping[str, str]
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRule:
    """When and how much of an own payment is paid back as an aid is returned."""

    floor: Rate
    within_months: int
    condition: str
    sources: tuple[Citation, ...]


class Folded(Mapping[str, "Any"]):
    """A mapping to plain data that is unfolded when somebody looks into it: most cases never do."""

    def __init__(self, folded: bytes) -> None:
        """Take what :meth:`of` has folded."""
        self.folded = folded

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Folded:
        """Return *plain*, folded."""
        return plain if isinstance(plain, Folded) else cls(marshal.dumps(dict(plain)))

    @cached_property
    def _plain(self) -> dict[str, Any]:
        told: dict[str, Any] = marshal.loads(self.folded)  # noqa: S302 - under the entry's code
        return told

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - plain data
        """Return what *key* is mapped to."""
        return self._plain[key]

    def __iter__(self) -> Iterator[str]:
        """Return the keys."""
        return iter(self._plain)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._plain)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """Every rule in force on one day, ready to be interpreted; nothing in it ever changes."""

    on: date
    id: str
    version: str
    schema_version: str
    digest: str
    reviewed: int
    elements: int
    facts: Mapping[str, Fact]
    conclusions: Mapping[str, Conclusion]
    questions: Mapping[str, Question]
    items: tuple[Row, ...]
    outcomes: tuple[Row, ...]
    decided_by: str
    covered_by: str
    item_texts: Mapping[str, str]
    duties: tuple[DutyRule, ...]
    money: Money
    provisions: Mapping[str, Provision]
    categories: Mapping[tuple[str, str], str]
    never_covered: Mapping[str, str]
    outside_ceiling: tuple[str, ...]
    criteria: Mapping[str, Mapping[str, str]]
    diagnoses: Mapping[str, Any]
    listing: Mapping[str, str]
    municipality: Municipality
    refund: RefundRule
    lang: str = DANISH
    glossary: tuple[Term, ...] = ()
    atoms: Mapping[str, tuple[Atom, ...]] = field(default_factory=dict)
    #: What others have worked out from this policy and would work out again: never copied.
    notes: dict[str, Any] = field(init=False, repr=False, default_factory=dict)

    def __getstate__(self) -> list[object]:
        """Return what another process needs; what was worked out is worked out again there."""
        kept = {name: getattr(self, name) for name in _KEPT}
        kept["diagnoses"] = Folded.of(self.diagnoses).folded
        return list(kept.values())

    def __setstate__(self, state: list[object]) -> None:
        """Take what another process was given."""
        for name, value in zip((*_KEPT, "notes"), (*state, {}), strict=True):
            told = Folded(value) if isinstance(value, bytes) else value
            object.__setattr__(self, name, told)

    def for_day(self, on: date) -> Policy:
        """Return the same rules for the day *on*, on which nothing in them is other than today.

        What is worked out by one of the two is known to the other.
        """
        policy = replace(self, on=on)
        object.__setattr__(policy, "notes", self.notes)
        return policy

    def tables(self) -> dict[str, Condition]:
        """Return every condition of the policy by a name of its own, for the rule backend."""
        named: dict[str, Condition] = {}
        named.update((f"conclusion/{one.id}", one.when) for one in self.conclusions.values())
        named.update((f"question/{one.id}", one.raised_by) for one in self.questions.values())
        named.update((f"item/{row.id}", row.when) for row in self.items)
        named.update((f"outcome/{row.id}", row.when) for row in self.outcomes)
        named.update((f"duty/{duty.id}", duty.when) for duty in self.duties)
        named.update(
            (f"asked/{fact.id}", fact.asked_when) for fact in self.facts.values() if fact.asked_when
        )
        return named


#: What of a policy is kept; what was worked out from it is not.
_KEPT = tuple(name for name in Policy.__annotations__ if name != "notes")


class Citations:
    """Turns ``{ref, at}`` of the rule files into citations of the edition in force on a day."""

    def __init__(self, sources: Iterable[Mapping[str, Any]], on: date) -> None:
        """Take the *sources* of ``sources.yaml`` and the day *on* that they are cited for."""
        self._known = {source["id"]: source for source in sources}
        self._on = on

    def of(self, entries: Iterable[Mapping[str, str]]) -> tuple[Citation, ...]:
        """Return the citations of *entries*, in their order, repeats left out."""
        cited: dict[tuple[str, str], Citation] = {}
        for entry in entries:
            source = self._edition(entry["ref"])
            citation = Citation(
                ref=entry["ref"],
                at=entry["at"],
                label=source.get("name", source["short"]),
                edition=source["short"],
                url=source["url"],
            )
            cited.setdefault((citation.ref, citation.at), citation)
        return tuple(cited.values())

    def _edition(self, ref: str) -> Mapping[str, Any]:
        """Return the source *ref*, or the earlier consolidation that was in force on the day."""
        source = self._known[ref]
        while self._on < day_from(source) and "supersedes" in source:
            source = self._known[source["supersedes"]]
        return source


def day_from(source: Mapping[str, Any]) -> date:
    """Return the first day *source* is in force."""
    return period_of(source["in_force"]).start


def names_of(trees: Mapping[str, Node]) -> Names:
    """Return every name the conditions of *trees* may use, whatever day it is in force."""
    from hjemmel.policy.conditions import FactName, Names  # noqa: PLC0415 - as below

    facts = {
        node.text("id"): FactName(
            node.text("type"), tuple(str(child.value) for child in _list(node, "values"))
        )
        for node in _elements(trees, "facts", "facts")
    }
    for kind in ("criteria", "indicators"):
        facts.update(
            (f"{kind}.{node.text('id')}", FactName("truth"))
            for node in _elements(trees, "criteria", kind)
        )
    return Names(
        facts=facts,
        lists={
            node.text("id"): node.text("element")
            for node in _elements(trees, "facts", "facts")
            if node.text("type") == "list"
        },
        conclusions={
            node.text("id"): node.text("scope")
            for node in _elements(trees, "decisions", "conclusions")
        },
        questions={
            node.text("id"): tuple(key for key, _ in (node.get("readings") or node).items())
            for node in _elements(trees, "readings", "readings")
        },
    )


def _elements(trees: Mapping[str, Node], file: str, key: str) -> tuple[Node, ...]:
    tree = trees.get(file)
    return _list(tree, key) if tree else ()


def _list(node: Node, key: str) -> tuple[Node, ...]:
    child = node.get(key)
    return child.elements() if child else ()


def compile_policy(
    trees: Mapping[str, Node],
    on: date,
    *,
    digest: str,
    municipality: Node | None = None,
    lang: str = DANISH,
) -> Policy:
    """Return the policy of the checked *trees*, whose texts are in *lang*, for the day *on*.

    Raises:
        NotInForceError: no rule, or no ceiling, is in force on that day.
    """
    return _Compiler(trees, on, municipality, lang).policy(digest)


class _Compiler:
    def __init__(
        self, trees: Mapping[str, Node], on: date, municipality: Node | None, lang: str
    ) -> None:
        self.trees, self.on, self.lang = trees, on, lang
        self.plain: dict[str, Any] = {name: tree.plain() for name, tree in trees.items()}
        # A policy that is kept is read without what it took to make it.
        from hjemmel.policy.conditions import ConditionParser  # noqa: PLC0415

        self.parser = ConditionParser(names_of(trees))
        self.citations = Citations(self.plain["sources"]["sources"], on)
        self.local: dict[str, Any] = municipality.plain()["municipality"] if municipality else {}  # type: ignore[call-overload, index, assignment]
        self._questions = {entry["id"]: entry for entry in self._in_force("readings", "readings")}

    def policy(self, digest: str) -> Policy:
        index = self.plain["index"]["policy"]
        period = period_of(index["in_force"])
        if self.on not in period:
            raise NotInForceError(
                "rules-not-in-force", day=self.on.isoformat(), known=known_days([period])
            )
        conclusions = {one.id: one for one in self._conclusions()}
        reviewed, elements = reviewed_elements(self.trees)
        policy = Policy(
            on=self.on,
            id=index["id"],
            version=index["version"],
            schema_version=index["schema_version"],
            digest=digest,
            reviewed=reviewed,
            elements=elements,
            facts=self._facts(),
            conclusions=conclusions,
            questions={entry["id"]: self._question(entry) for entry in self._questions.values()},
            items=tuple(self._rows("items", "status")),
            outcomes=tuple(self._rows("outcomes", "outcome")),
            decided_by=self.plain["outcomes"]["decided_by"],
            covered_by=self.plain["outcomes"]["covered_by"],
            item_texts=self.plain["outcomes"]["item_texts"],
            duties=tuple(self._duties()),
            money=self._money(),
            refund=self._refund(),
            provisions={
                entry["id"]: self._provision(entry)
                for entry in self._in_force("categories", "provisions")
            },
            categories={
                (entry["provision"], entry["id"]): entry["label"]
                for entry in self._in_force("categories", "categories")
            },
            never_covered={
                entry["provision"]: entry["label"]
                for entry in self._in_force("categories", "never_covered")
            },
            outside_ceiling=tuple(
                entry["id"] for entry in self._in_force("categories", "outside_ceiling")
            ),
            criteria={entry["id"]: entry for entry in self._in_force("criteria", "criteria")},
            diagnoses=self.plain["diagnoses"],
            listing={
                entry["id"]: entry["on_name_match"]
                for entry in self._in_force("diagnoses", "diagnoses")
            },
            municipality=self._municipality(),
            lang=self.lang,
            glossary=tuple(self._glossary()),
        )
        # What each condition rests on is looked up at every question, so it is worked out once.
        atoms = {name: tuple(dict.fromkeys(atoms_of(one))) for name, one in policy.tables().items()}
        return replace(policy, atoms=atoms)

    # --- elements --------------------------------------------------------------------

    def _in_force(self, file: str, key: str) -> Iterator[dict[str, Any]]:
        for entry in self.plain[file][key]:
            if "in_force" not in entry or self.on in period_of(entry["in_force"]):
                yield entry

    def _node(self, file: str, key: str, wanted: str) -> Node:
        return next(node for node in _elements(self.trees, file, key) if node.text("id") == wanted)

    def _condition(self, node: Node | None) -> Condition:
        parsed = self.parser.parse(node) if node is not None else All(())
        assert parsed is not None, "the checks let an unreadable condition through"  # noqa: S101
        return self._folded(parsed)

    def _folded(self, condition: Condition) -> Condition:
        """Replace readings of questions that are not in force by the reading that then holds."""
        match condition:
            case Leaf(ReadingTest(question, reading)) if question not in self._questions:
                entry = self._node("readings", "readings", question)
                return All(()) if entry.text("otherwise") == reading else AnyPart(())
            case All(parts):
                return All(tuple(self._folded(part) for part in parts))
            case AnyPart(parts):
                return AnyPart(tuple(self._folded(part) for part in parts))
            case AtLeast(count, parts):
                return AtLeast(count, tuple(self._folded(part) for part in parts))
            case Not(part):
                return Not(self._folded(part))
            case _:
                return condition

    def _facts(self) -> dict[str, Fact]:
        listed = [self._fact(entry) for entry in self._in_force("facts", "facts")]
        criteria = [self._criterion_fact(entry) for entry in self._in_force("criteria", "criteria")]
        # The criteria are asked for after the diagnosis, which may make them idle.
        at = next((at for at, fact in enumerate(listed) if fact.type == "list"), len(listed))
        ordered = [*listed[:at], *criteria, *listed[at:]]
        return {fact.id: replace(fact, order=number) for number, fact in enumerate(ordered)}

    def _fact(self, entry: Mapping[str, Any]) -> Fact:
        node = self._node("facts", "facts", entry["id"])
        asked_when = node.get("asked_when")
        kept = {key: entry[key] for key in ("id", "label", "type")}
        texts = {
            key: entry.get(key, "")
            for key in ("question", "citizen", "element", "given_by", "asks")
        }
        flags = {
            key: entry.get(key, False)
            for key in ("silent", "no_means_unknown", "left_out_is_empty")
        }
        told_by = entry.get("told_by", "caseworker")
        return Fact(
            **kept,
            **texts,
            **flags,
            **self._sensitivity(entry.get("sensitivity", ""), told_by),
            told=entry.get("told", "fact"),
            told_by=told_by,
            changeable=entry.get("changeable", True),
            values=tuple(entry.get("values", ())),
            labels=entry.get("labels", {}),
            asked_when=self._condition(asked_when) if asked_when else None,
            examples=tuple(entry.get("examples", ())),
            sources=self.citations.of(entry["sources"]),
        )

    def _sensitivity(self, name: str, told_by: str) -> dict[str, Any]:
        """Return how intrusive a fact of the grade *name* is, and what must be asked first."""
        grades = self.plain["facts"].get("sensitivities", ())
        for number, grade in enumerate(grades):
            if grade["id"] == name:
                consent = grade.get("consent", {"told_by": (), "duty": ""})
                needed = told_by in consent["told_by"]
                return {
                    "sensitivity": name,
                    "intrusion": number,
                    "consent": consent["duty"] if needed else "",
                }
        return {"sensitivity": name}

    def _criterion_fact(self, entry: Mapping[str, Any]) -> Fact:
        return Fact(
            id=f"criteria.{entry['id']}",
            label=entry["label"],
            type="truth",
            question=entry["question"],
            citizen=words("whether", self.lang, what=entry["citizen"]),
            told="assessment",
            **self._sensitivity("health", "caseworker"),
            sources=self.citations.of(entry["sources"]),
        )

    def _conclusions(self) -> Iterator[Conclusion]:
        for entry in self._in_force("decisions", "conclusions"):
            node = self._node("decisions", "conclusions", entry["id"])
            rules = tuple(self._conclusion_rules(node))
            yield Conclusion(
                id=entry["id"],
                label=entry["label"],
                scope=entry["scope"],
                ground=entry.get("ground", False),
                rules=rules,
                when=rules[0].when
                if len(rules) == 1
                else AnyPart(tuple(rule.when for rule in rules)),
            )

    def _conclusion_rules(self, node: Node) -> Iterator[Rule]:
        for rule in _list(node, "rules"):
            entry: dict[str, Any] = rule.plain()  # type: ignore[assignment]
            if "in_force" in entry and self.on not in period_of(entry["in_force"]):
                continue
            yield Rule(
                id=entry["id"],
                when=self._condition(rule.get("when")),
                because={Truth(value): text for value, text in entry["because"].items()},
                note=entry.get("caseworker", ""),
                sources=self.citations.of(entry["sources"]),
            )

    def _question(self, entry: Mapping[str, Any]) -> Question:
        choices = self.local.get("choices", {})
        chosen_by = (
            self.local.get("name", "")
            if entry["id"] in choices
            else entry.get("chosen_because", "")
        )
        return Question(
            id=entry["id"],
            label=entry["label"],
            question=entry["question"],
            citizen=entry.get("citizen", entry["question"]),
            raised_by=self._condition(
                self._node("readings", "readings", entry["id"]).get("raised_by")
            ),
            readings={
                key: (one["label"], one["grounds"]) for key, one in entry["readings"].items()
            },
            otherwise=entry["otherwise"],
            chosen=choices.get(entry["id"], entry["chosen"]),
            chosen_by=chosen_by,
            sources=self.citations.of(entry["sources"]),
        )

    def _rows(self, key: str, result: str) -> Iterator[Row]:
        for entry in self._in_force("outcomes", key):
            yield Row(
                id=entry["id"],
                when=self._condition(self._node("outcomes", key, entry["id"]).get("when")),
                result=entry[result],
                label=entry.get("label", ""),
                because=entry["because"],
                citizen=entry.get("citizen", ""),
                own_payment=entry.get("own_payment", False),
                sources=self.citations.of(entry["sources"]),
            )

    def _duties(self) -> Iterator[DutyRule]:
        for entry in self._in_force("duties", "duties"):
            deadline = entry.get("deadline", {})
            yield DutyRule(
                id=entry["id"],
                label=entry["label"],
                text=entry["text"],
                citizen_text=entry.get("citizen_text", ""),
                who=entry["who"],
                phase=entry["phase"],
                deadline_days=deadline.get("days"),
                deadline_from=deadline.get("from", ""),
                letter_only=entry.get("letter_only", False),
                when=self._condition(self._node("duties", "duties", entry["id"]).get("when")),
                sources=self.citations.of(entry["sources"]),
            )

    def _glossary(self) -> Iterator[Term]:
        for entry in self.plain.get("glossary", {}).get("terms", ()):
            said = entry.get(self.lang, entry[DANISH])
            yield Term(
                id=entry["id"],
                term=said["term"],
                forms=tuple(said["forms"]),
                explained=said["explained"],
            )

    def _provision(self, entry: Mapping[str, Any]) -> Provision:
        return Provision(
            id=entry["id"],
            label=entry["label"],
            cite=entry["cite"],
            cite_under_18=entry.get("cite_under_18", entry["cite"]),
            divisible=entry["divisible"],
        )

    # --- money --------------------------------------------------------------------------

    def _rates(self) -> dict[str, Rate]:
        return {
            entry["id"]: _rate(entry["id"], entry["label"], entry["values"])
            for entry in self.plain["rates"]["rates"]
        }

    def _money(self) -> Money:
        money = self.plain["outcomes"]["money"]
        ceiling = self._rates()[money["ceiling"]]
        entry = next(one for one in self.plain["rates"]["rates"] if one["id"] == ceiling.id)
        amount = ceiling.on(self.on)  # first: a day without one is an error of its own
        today = next(one for one in entry["values"] if self.on in period_of(one))
        return Money(
            ceiling=ceiling,
            ceiling_today=amount,
            question=money["ceiling_question"],
            by_reading=money["by_reading"],
            sources=self.citations.of((*today["sources"], *entry["sources"])),
        )

    def _refund(self) -> RefundRule:
        entry = self.plain["rates"]["refund"]
        return RefundRule(
            floor=self._rates()[entry["floor"]],
            within_months=entry["within_months"],
            condition=entry["condition"],
            sources=self.citations.of(entry["sources"]),
        )

    def _municipality(self) -> Municipality:
        if not self.local:
            return Municipality()
        return Municipality(
            id=self.local["id"],
            name=self.local["name"],
            letterhead=self.local.get("letterhead", {}),
            complaint=self.local.get("complaint", {}),
            signature=self.local.get("signature", {}),
            letters=self.local.get("letters", {}),
            rates={
                (entry["provision"], entry["category"], entry["unit"]): _rate(
                    entry["label"], entry["label"], entry["values"]
                )
                for entry in self.local.get("rates", [])
            },
        )


def reviewed_elements(trees: Mapping[str, Node]) -> tuple[int, int]:
    """Return how many elements with a source carry a review, and how many there are."""
    elements = [element for tree in trees.values() for element in _every_element(tree.plain())]
    return sum("reviewed" in element for element in elements), len(elements)


def _every_element(data: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - plain data of any file
    if isinstance(data, dict):
        if "id" in data and "sources" in data:
            yield data
        for child in data.values():
            yield from _every_element(child)
    elif isinstance(data, list):
        for child in data:
            yield from _every_element(child)


def _rate(rate_id: str, label: str, values: Iterable[Mapping[str, Any]]) -> Rate:
    amounts = [
        Amount(period_of(value), parse_amount(value["amount"]), value.get("basis", ""))
        for value in values
    ]
    return Rate(rate_id, label, tuple(sorted(amounts, key=lambda amount: amount.period.start)))

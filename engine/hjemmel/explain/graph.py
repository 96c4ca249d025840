"""The explanation as a graph: what held, failed or is unknown, and the path that decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hjemmel.decide.budget import UNDECIDED
from hjemmel.explain.reasons import explain
from hjemmel.messages import words
from hjemmel.model import WISHES
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import ConclusionTest, FactTest, atoms_of
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.model import Citation, Decision, Item, OpenQuestion, ReadingResult, Reason

_OUTCOME, _CONCLUSION, _FACT, _WISH, _QUESTION, _READING = (
    "outcome", "conclusion", "fact", "wish", "question", "reading",
)  # fmt: skip
#: What a wish must have come to for it to be why the case came to an outcome.
_SHORT = ("partly_granted", "over_ceiling", "not_covered")
_BEHIND = {
    "ask": ("ask",),
    "assess": ("assess",),
    "partial_grant": _SHORT,
    "grant": ("granted",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the explanation, with its place in the graph.

    *key* is its place as a path of numbers, *decides* tells that it lies on a path that decided,
    *needs* what the step above asks it to be. *repeats* is the key of the step that shows the
    same in full.
    """

    key: str
    kind: str
    label: str
    value: Truth
    needs: Truth = Truth.TRUE
    decides: bool = False
    text: str = ""
    told: str = ""
    note: str = ""
    fact: str = ""
    sources: tuple[Citation, ...] = ()
    repeats: str = ""
    below: tuple[Step, ...] = ()

    def all(self) -> Iterator[Step]:
        """Yield this step and every step below it, as they are read."""
        yield self
        for step in self.below:
            yield from step.all()


def decision_graph(decision: Decision) -> Step:
    """Return the explanation of *decision* as a graph whose first step is the outcome."""
    return _Grapher(decision).graph()


class _Grapher:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.policy = decision.trace.run.policy
        self.lang = self.policy.lang
        self.items = {item.id: item for item in decision.items}
        self.shown: dict[Reason, str] = {}

    def graph(self) -> Step:
        tree = explain(self.decision)
        deciding = self._deciding(tree)
        below = [
            self._step(f"1.{number}", reason, decides=id(reason) in deciding)
            for number, reason in enumerate(tree.children, 1)
        ]
        for question in self.decision.open_questions:
            below.append(self._question(f"1.{len(below) + 1}", question))
        return Step(
            key="1",
            kind=_OUTCOME,
            label=tree.label,
            value=tree.value,
            decides=True,
            text=tree.text,
            sources=tree.sources,
            below=tuple(below),
        )

    def _deciding(self, tree: Reason) -> set[int]:
        """Return which steps below the outcome gave it; the row that fitted says which."""
        row = self.decision.trace.outcome
        named = {
            atom.conclusion if isinstance(atom, ConclusionTest) else atom.fact
            for atom in atoms_of(row.when)
            if isinstance(atom, ConclusionTest | FactTest)
        }
        straight = {id(one) for one in tree.children if one.conclusion in named}
        if straight:
            return straight
        behind = _BEHIND.get(self.decision.outcome, ())
        wishes = {
            id(one)
            for one in tree.children
            if one.conclusion in self.items and self.items[one.conclusion].status in behind
        }
        if self.decision.outcome != "grant":
            return wishes
        return wishes | {id(one) for one in tree.children if one.value is Truth.TRUE}

    def _step(self, key: str, reason: Reason, *, decides: bool) -> Step:
        # The same with the same below it; where it is asked for from does not matter.
        alike = replace(reason, needs=Truth.TRUE, stands=Truth.TRUE)
        again = self.shown.setdefault(alike, key)
        wish = self.items.get(reason.conclusion) if key.count(".") == 1 else None
        wanted = _wanted(wish) if wish else reason.value
        shown_before = bool(reason.children) and again != key
        return Step(
            key=key,
            kind=self._kind(reason, wish),
            label=_named(reason, self.decision) if wish else reason.label,
            value=reason.value,
            needs=reason.needs,
            decides=decides,
            text=reason.text,
            told=self._told(reason, wish),
            note=reason.note,
            fact=reason.fact,
            sources=reason.sources,
            repeats=again if shown_before else "",
            below=()
            if shown_before
            else tuple(
                self._step(f"{key}.{number}", child, decides=decides and child.stands is wanted)
                for number, child in enumerate(reason.children, 1)
            ),
        )

    def _kind(self, reason: Reason, wish: Item | None) -> str:
        if wish is not None:
            return _WISH
        if reason.conclusion in self.policy.conclusions:
            return _CONCLUSION
        return _QUESTION if reason.conclusion in self.policy.questions else _FACT

    def _told(self, reason: Reason, wish: Item | None) -> str:
        if wish is None:
            return reason.told
        return reason.label  # what a wish came to; its name is the label of the step

    def _question(self, key: str, question: OpenQuestion) -> Step:
        chosen = {one.reading: one.label for one in question.readings}.get(question.chosen, "")
        told = words("graph-chosen", self.lang, reading=chosen) if chosen else ""
        return Step(
            key=key,
            kind=_QUESTION,
            label=question.question,
            value=Truth.TRUE if question.robust or chosen else Truth.UNKNOWN,
            decides=not question.robust and question.chosen == NONE_CHOSEN,
            text=words("graph-robust" if question.robust else "graph-turns", self.lang),
            told=told,
            note=question.chosen_by if chosen else "",
            sources=question.sources,
            below=tuple(
                self._reading(f"{key}.{number}", one, used=one.reading == question.chosen)
                for number, one in enumerate(question.readings, 1)
            ),
        )

    def _reading(self, key: str, reading: ReadingResult, *, used: bool) -> Step:
        outcome = words(f"outcome-{reading.outcome}", self.lang).lower()
        return Step(
            key=key,
            kind=_READING,
            label=reading.label,
            value=Truth.TRUE if used else Truth.UNKNOWN,
            text=reading.grounds,
            told=outcome,
        )


def _wanted(item: Item) -> Truth:
    """Return what the coverage of a wish must have come to for it to be why."""
    if item.status in ("granted", "partly_granted"):
        return Truth.TRUE
    return Truth.UNKNOWN if item.status in UNDECIDED else Truth.FALSE


def _named(reason: Reason, decision: Decision) -> str:
    """Return what a wish is called: as it was told, else the kind of help, else its number."""
    wishes = decision.case.lists.get(WISHES) or ()
    number = next(at for at, one in enumerate(wishes) if one["id"] == reason.conclusion)
    told, policy = wishes[number], decision.trace.run.policy
    provision = str(told.get("provision"))
    kind = policy.categories.get((provision, str(told.get("category"))), "")
    return (
        str(told.get("description") or "").strip()
        or kind
        or policy.never_covered.get(provision, "")
        or words("graph-wish", policy.lang, number=str(number + 1))
    )

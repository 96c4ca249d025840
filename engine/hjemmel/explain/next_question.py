"""What to ask next, what each answer would lead to, and what can no longer matter.

The questions are those of the decision, so nothing is asked that cannot matter. Every answer
shown is decided again, by both interpreters, before it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from hjemmel.decide.answers import Answers, admissible, with_facts
from hjemmel.decide.budget import UNDECIDED
from hjemmel.decide.decision import agreed_proposal
from hjemmel.decide.missing import matter_as_told, tries_without_effect
from hjemmel.decide.settled import Settler, Standing, standing
from hjemmel.explain.answer_words import element_words
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.model import Amounts, Case, Citation, Decision, Item, Missing
    from hjemmel.policy.compile import DutyRule, Fact, Policy

#: Facts of these types have no other answers than those that are tried.
_CLOSED_TYPES = ("truth", "choice")
#: How many ways of telling what is left are tried in a case that is decided.
_MOST_TRIES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to a question, and what the case comes to with it."""

    value: Any
    outcome: str
    outcome_label: str
    target_group: Truth
    items: tuple[Item, ...]
    amounts: Amounts | None
    settles: bool
    open_facts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A fact to establish: why, what each answer leads to, and what it takes to ask.

    *about* names the wish or other element it is about; *leads_to* are the conclusions that wait
    for it, the nearest first; with *sample*, other answers than those tried are possible.
    """

    fact: str
    label: str
    about: str
    question: str
    cause: str
    told_by: str
    sensitivity: str
    consent: DutyRule | None
    leads_to: tuple[str, ...]
    sources: tuple[Citation, ...]
    answers: tuple[Answer, ...]
    sample: bool

    @property
    def settling(self) -> int:
        """Return how many of the answers settle the case."""
        return sum(answer.settles for answer in self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A fact that is not asked for now but is not proved idle; *silent* is never asked for.

    *tries* ways of telling the rest were tried with every declared answer, and changed nothing.
    Where other answers than those are possible, that is a sign and no proof.
    """

    fact: str
    label: str
    silent: bool
    tries: int
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """An untold fact that can no longer matter, and the proof.

    *proof* is ``settled`` (by what *settler* says, whatever else is told), ``exhausted`` (all
    possible answers to all that is open were tried, in *tries* cases) or ``unread`` (by any rule).
    """

    fact: str
    label: str
    proof: str
    settler: Settler
    tries: int = 0
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextQuestion:
    """What to ask about a case: the questions in their order, and why not the rest.

    *waiting* are facts that are told as *not yet*: only time or the hospital can change them.
    """

    decision: Decision
    questions: tuple[Question, ...]
    waiting: tuple[Missing, ...]
    later: tuple[Later, ...]
    idle: tuple[Idle, ...]

    @property
    def next(self) -> Question | None:
        """Return the question to ask now, or nothing where no answer could change anything."""
        return self.questions[0] if self.questions else None


def next_question(decision: Decision) -> NextQuestion:
    """Return what to ask next in the case of *decision*, and what need not be asked.

    Raises:
        BackendError: the interpreters disagree on what an answer leads to.
    """
    return _Guide(decision).guide()


def open_questions_of(decision: Decision) -> tuple[Missing, ...]:
    """Return what *decision* misses and somebody could tell now, in the order to ask.

    A fact told as *not yet* is not asked for again, nor is what matters only once it has changed.
    """
    case = decision.case
    untold = tuple(one for one in decision.missing if case.facts.get(one.fact) is None)
    if len(untold) == len(decision.missing):
        return untold
    policy: Policy = decision.trace.run.policy
    matter = matter_as_told(policy, case, (one.fact for one in untold))
    return tuple(one for one in untold if one.fact in matter)


def question_of(decision: Decision, missing: Missing) -> Question:
    """Return what there is to say about one fact that *decision* misses."""
    return _Guide(decision).question(missing)


class _Guide:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.policy: Policy = decision.trace.run.policy
        self.case: Case = decision.case
        self.answers = Answers(self.policy, self.case)
        self.told = {path for path, value in self.case.facts.items() if value is not None}
        self.standing: Standing = standing(decision.trace)

    def guide(self) -> NextQuestion:
        asked = open_questions_of(self.decision)
        left = [path for path in self.standing.open if path not in {one.fact for one in asked}]
        tried = dict(self._without_effect_found(left))
        exhausted = tried if self._all_closed() else {}
        return NextQuestion(
            decision=self.decision,
            questions=tuple(map(self.question, asked)),
            waiting=tuple(one for one in self.decision.missing if one.fact in self.told),
            later=tuple(
                self._later(path, tried.get(path, 0)) for path in left if path not in exhausted
            ),
            idle=(
                *(self._tried(path, tries) for path, tries in exhausted.items()),
                *(self._idle(path, settler) for path, settler in self.standing.idle.items()),
            ),
        )

    def question(self, missing: Missing) -> Question:
        """Return *missing* with why it is asked, and what each answer leads to."""
        fact = self.answers.fact(missing.fact)
        duties = (duty for duty in self.policy.duties if fact.consent and duty.id == fact.consent)
        return Question(
            fact=missing.fact,
            label=fact.label,
            about=element_words(self.policy, self.case, missing.fact),
            question=missing.question,
            cause=missing.cause,
            told_by=missing.told_by,
            sensitivity=fact.sensitivity,
            consent=next(duties, None),
            leads_to=self.standing.open.get(missing.fact, ()),
            sources=missing.sources,
            answers=tuple(self._answer(missing.fact, value) for value in self._domain(missing)),
            sample=fact.type not in _CLOSED_TYPES,
        )

    def _domain(self, missing: Missing) -> list[Any]:
        """Return the answers to show: none twice, and none that no case could tell."""
        path, told = missing.fact, list[Any]()
        for value in self.answers.to(path, {}):
            if value not in told:
                told.append(value)
        fitting = [one for one in told if self._fits(path, one)]
        return fitting or told

    def _fits(self, path: str, value: Any) -> bool:  # noqa: ANN401 - told values are of many types
        return admissible(self.policy, with_facts(self.case, {path: value}))

    def _answer(self, path: str, value: Any) -> Answer:  # noqa: ANN401 - told values are of many types
        proposal = agreed_proposal(self.policy, with_facts(self.case, {path: value}))
        waits = proposal.outcome.result in UNDECIDED
        return Answer(
            value=value,
            outcome=proposal.outcome.result,
            outcome_label=proposal.outcome.label,
            target_group=proposal.target_group,
            items=proposal.items,
            amounts=proposal.amounts,
            settles=not waits,
            open_facts=len(proposal.facts - self.told - {path}) if waits else 0,
        )

    # --- what is not asked --------------------------------------------------------------

    def _all_closed(self) -> bool:
        """Say whether the answers tried to what is open are all there are."""
        return all(self.answers.fact(path).type in _CLOSED_TYPES for path in self.standing.open)

    def _without_effect_found(self, left: list[str]) -> Iterator[tuple[str, int]]:
        """Yield the facts of *left* of which every answer was tried without effect."""
        if self.decision.outcome not in UNDECIDED:
            yield from self._without_effect(left)
            return
        for path in left:
            if path in self.decision.trace.facts:
                tries = tries_without_effect(self.policy, self.case, path)
                if tries:
                    yield path, tries

    def _without_effect(self, left: list[str]) -> Iterator[tuple[str, int]]:
        """Try every way of telling all of *left*; in a decided case there are few."""
        domains = [self.answers.to(path, {}) for path in left]
        ways = 1
        for domain in domains:
            ways *= len(domain)
        if not left or ways > _MOST_TRIES:
            return
        before = self.decision.trace.signature()
        same = all(
            agreed_proposal(
                self.policy, with_facts(self.case, dict(zip(left, way, strict=True)))
            ).signature() == before
            for way in product(*domains)
        )  # fmt: skip
        if same:
            yield from ((path, ways) for path in left)

    def _later(self, path: str, tries: int) -> Later:
        fact = self.answers.fact(path)
        return Later(
            fact=path, label=fact.label, silent=fact.silent, tries=tries, sources=fact.sources
        )

    def _tried(self, path: str, tries: int) -> Idle:
        fact = self.answers.fact(path)
        return Idle(
            fact=path,
            label=fact.label,
            proof="exhausted",
            settler=Settler("tried", path),
            tries=tries,
            sources=fact.sources,
        )

    def _idle(self, path: str, settler: Settler) -> Idle:
        fact = self.answers.fact(path)
        proof = "unread" if settler.kind == "unread" else "settled"
        return Idle(
            fact=path,
            label=fact.label,
            proof=proof,
            settler=settler,
            sources=self._sources_of(settler, fact),
        )

    def _sources_of(self, settler: Settler, fact: Fact) -> tuple[Citation, ...]:
        """Return the law that settles: of the rule that spoke, the row, the fact or the reading."""
        policy = self.policy
        match settler.kind:
            case "conclusion":
                rules = policy.conclusions[settler.id].rules
                scope = self.decision.trace.run.scope
                speaking = (rule for rule in rules if scope.value_of(rule.when) is settler.truth)
                at_case = policy.conclusions[settler.id].scope == "case"
                return (next(speaking, rules[0]) if at_case else rules[0]).sources
            case "question":
                return policy.questions[settler.id].sources
            case "fact":
                return policy.facts[settler.id].sources
            case "item" | "outcome":
                rows = (*policy.items, *policy.outcomes)
                return next(row.sources for row in rows if row.id == settler.id)
            case _:
                return fact.sources

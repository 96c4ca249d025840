"""Decision to explanation: the tree of what was asked, what it came to, and on which law."""

from __future__ import annotations

from datetime import date
from functools import cache

from hjemmel.decide.budget import value_of
from hjemmel.decide.memory import cones_of, recalled
from hjemmel.messages import words
from hjemmel.model import WISHES, Reason
from hjemmel.money import people_amount
from hjemmel.policy.language import (
    All,
    AnyPart,
    AtLeast,
    ConclusionTest,
    Condition,
    FactTest,
    Is,
    Leaf,
    ListTest,
    Not,
    OpenTest,
    ReadingTest,
    parts_of,
)
from hjemmel.records import replace
from hjemmel.truth import Truth, truth_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from hjemmel.decide.memory import Cone
    from hjemmel.decide.run import Scope
    from hjemmel.model import Decision, Item
    from hjemmel.policy.compile import Conclusion, Fact, Policy, Rule

_MONTHS = {
    "da": (
        "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
        "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip


#: What a wish of a status came to; with any other it is a no.
_VALUES = {
    "granted": Truth.TRUE,
    "partly_granted": Truth.TRUE,
    "ask": Truth.UNKNOWN,
    "assess": Truth.UNKNOWN,
}


@cache
def _status(status: str, lang: str) -> str:
    return words(f"status-{status}", lang)


def people_day(day: date, lang: str = "da") -> str:
    """Return *day* as text: ``4. marts 2024``, or in English ``4 March 2024``."""
    stop = "." if lang == "da" else ""
    return f"{day.day}{stop} {_MONTHS[lang][day.month - 1]} {day.year}"


def explain(decision: Decision) -> Reason:
    """Return the explanation of *decision*: the outcome, the target group, and each wish."""
    return _Explainer(decision).tree()


def wish_told(policy: Policy, wish: Mapping[str, Any]) -> str:
    """Return what is told of *wish*: what it is, and what it costs."""
    price = value_of(policy, policy.on, wish)
    told = wish.get("description", "")
    if price is None:
        return str(told)
    cost = people_amount(price, policy.lang)
    return f"{told}, {cost}" if told else cost


class _Explainer:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.run = decision.trace.run
        self.policy: Policy = self.run.policy
        self.cones = cones_of(self.policy)
        self.lang = self.policy.lang
        #: Whether it is worth while to find out what each conclusion rests on.
        self.is_one_of_many = getattr(self.run.interpreter, "alike", None) is not None

    def tree(self) -> Reason:
        decision = self.decision
        row = decision.trace.outcome
        target = self._remembered(
            self.run.scope,
            self.cones.why_target,
            lambda: self._conclusion(self.run.scope, self.policy.decided_by, Truth.TRUE),
        )
        wishes = tuple(self._wish(scope, item) for scope, item in self._wishes())
        return Reason(
            conclusion="outcome",
            label=decision.outcome_label,
            value=Truth.TRUE,
            rule=row.id,
            text=decision.outcome_reason,
            decisive=True,
            sources=row.sources,
            children=(self._request(), target, *wishes),
        )

    def _remembered(self, scope: Scope, cone: Cone, work: Callable[[], Reason]) -> Reason:
        """Return the reason that *work* gives, or gave for a scope that was told the same."""
        evidence, trace = self.decision.case.evidence, self.decision.trace
        shown = tuple(map(trace.raised.get, cone.questions))
        if evidence:
            shown += tuple(map(evidence.get, cone.facts))
        otherwise = trace.told_otherwise(scope, cone) if len(trace.runs) > 1 else ()
        return recalled(scope, cone, (scope.key, shown, otherwise), work)

    def _request(self) -> Reason:
        return self._remembered(self.run.scope, self.cones.why_asked, self._asked_at_all)

    def _asked_at_all(self) -> Reason:
        asked = next(self._parts(self.run.scope, self.policy.outcomes[0].when))
        return replace(asked, needs=Truth.TRUE, stands=asked.value)

    def _wishes(self) -> Iterator[tuple[Scope, Item]]:
        items = {item.id: item for item in self.decision.items}
        for scope in self.run.elements[WISHES]:
            item = items.get(scope.element["id"])
            if item is not None:
                yield scope, item

    def _wish(self, scope: Scope, item: Item) -> Reason:
        row = self.run.plan.items.get(item.row)
        return Reason(
            conclusion=item.id,
            label=_status(item.status, self.lang),
            value=_VALUES.get(item.status, Truth.FALSE),
            rule=item.row,
            text=" ".join(self.decision.item_reasons[item.id]),
            told=wish_told(self.policy, scope.element),
            decisive=True,
            sources=row.sources if row else (),
            children=(self._covered(scope),),
        )

    def _covered(self, scope: Scope) -> Reason:
        return self._remembered(
            scope,
            self.cones.why_covered,
            lambda: self._conclusion(scope, self.policy.covered_by, Truth.TRUE),
        )

    def _concluded(self, scope: Scope, name: str) -> Reason:
        """Return what the conclusion *name* came to; one of the case is remembered by itself."""
        of_case = self.policy.conclusions[name].scope == "case"
        owner = self.run.scope if of_case else scope
        if not of_case or not self.is_one_of_many:
            return self._conclusion(owner, name, Truth.TRUE)
        return self._remembered(
            owner, self.cones.why(name), lambda: self._conclusion(owner, name, Truth.TRUE)
        )

    def _conclusion(self, scope: Scope, name: str, wanted: Truth) -> Reason:
        conclusion = self.policy.conclusions[name]
        value = self._truth(scope, Leaf(ConclusionTest(name)))
        rule = self._speaking_rule(scope, conclusion, value)
        children = [
            child
            for one in conclusion.rules
            if value is not Truth.TRUE or self._truth(scope, one.when) is Truth.TRUE
            for child in self._parts(scope, one.when)
        ]
        return Reason(
            conclusion=name,
            label=conclusion.label,
            value=value,
            stands=value,
            rule=rule.id,
            text=rule.because.get(value, ""),
            note=rule.note if value is Truth.TRUE else "",
            decisive=value is not wanted,
            sources=rule.sources,
            children=_without_repeats(children),
        )

    def _parts(
        self, scope: Scope, condition: Condition, *, turned: bool = False, alone: bool = False
    ) -> Iterator[Reason]:
        """Yield the reasons below *condition*; *turned* where what is above asks for the opposite.

        *alone* tells that a no is asked of this and not of several things together. What carries
        a yes is enough; the other ways to it need not be shown.
        """
        match condition:
            case AnyPart(parts) if (carrying := self._carrying(scope, parts)) is not None:
                yield from self._parts(scope, carrying, turned=turned)
            case All() | AnyPart() | AtLeast() | Not():
                is_no = isinstance(condition, Not)
                for part in parts_of(condition):
                    yield from self._parts(scope, part, turned=turned is not is_no, alone=is_no)
            case _:
                truth = condition.truth if isinstance(condition, Is) else Truth.TRUE
                for one in self._tested(scope, condition):
                    stands = one.value
                    if isinstance(condition, Is):
                        stands = truth_of(stands is truth)
                    needs = truth.negated() if turned and alone else truth
                    stands = stands.negated() if turned else stands
                    as_is = one.needs is needs and one.stands is stands
                    yield one if as_is else replace(one, needs=needs, stands=stands)

    def _tested(self, scope: Scope, condition: Condition) -> Iterator[Reason]:
        match condition:
            case Leaf(ConclusionTest(name)) | Is(Leaf(ConclusionTest(name))):
                if name in self.policy.conclusions:
                    yield self._concluded(scope, name)
            case Leaf(FactTest() as test) | Is(Leaf(FactTest() as test)):
                if self._asked(scope, test):
                    yield self._fact(scope, test)
            case Leaf(ListTest() as test):
                yield from self._list(scope, test)
            case Leaf(ReadingTest(question, reading)):
                if self.decision.trace.raised.get(question) is not Truth.FALSE:
                    yield self._reading(scope, question, reading)
            case Leaf(OpenTest(question)):
                yield self._open(question)

    def _truth(self, scope: Scope, condition: Condition) -> Truth:
        """Return what *condition* comes to under every reading in play, else unknown."""
        truth: Truth = self.decision.trace.agreed(scope, condition)
        return truth

    def _carrying(self, scope: Scope, parts: tuple[Condition, ...]) -> Condition | None:
        """Return the first of *parts* that is true, if one is."""
        return next((one for one in parts if self._truth(scope, one) is Truth.TRUE), None)

    def _speaking_rule(self, scope: Scope, conclusion: Conclusion, value: Truth) -> Rule:
        """Return the rule whose sentence fits: the first that came to *value*, else the first."""
        return next(
            (rule for rule in conclusion.rules if self._truth(scope, rule.when) is value),
            conclusion.rules[0],
        )

    def _asked(self, scope: Scope, test: FactTest) -> bool:
        """Say whether the fact of *test* is in force and means anything in this case."""
        fact = self.policy.facts.get(test.fact)
        if fact is None or fact.asked_when is None:
            return fact is not None
        return scope.value_of(fact.asked_when) is Truth.TRUE

    def _fact(self, scope: Scope, test: FactTest) -> Reason:
        fact = self.policy.facts[test.fact]
        value = scope.value(fact)
        path = scope.path(test.fact) if not fact.given_by or fact.asks else test.fact
        evidence = self.decision.case.evidence.get(test.fact, "")
        named = fact.labels or self._category_names(test.fact)
        told = named.get(str(value), _shown(value, self.lang))
        return Reason(
            conclusion=test.fact,
            label=_tested(fact, test, named, self.lang),
            value=self._truth(scope, Leaf(test)),
            fact=path,
            told=f"{told} ({evidence})" if evidence else told,
            sources=fact.sources,
        )

    def _category_names(self, fact_id: str) -> Mapping[str, str]:
        """Return the names of categories, if they are looked up by the fact *fact_id*.

        Such a fact is told as an id, and shown by its name.
        """
        if fact_id not in self.run.plan.categories:
            return {}
        return {name: label for (_, name), label in self.policy.categories.items()}

    def _list(self, scope: Scope, test: ListTest) -> Iterator[Reason]:
        fact = self.policy.facts[test.of]
        listed = self.decision.case.lists.get(test.of)
        if not listed:
            told = "" if listed is None else words("list-none", self.lang)
            yield Reason(
                conclusion=test.of,
                label=fact.label,
                value=self._truth(scope, Leaf(test)),
                fact=test.of,
                told=told,
                sources=fact.sources,
            )
        for element in self.run.elements[test.of]:
            yield self._conclusion(element, test.conclusion, Truth.FALSE)

    def _reading(self, scope: Scope, question: str, reading: str) -> Reason:
        known = self.policy.questions[question]
        read = scope.run.reads(question)
        if self._truth(scope, Leaf(ReadingTest(question, reading))) is Truth.UNKNOWN:
            return self._open(question)
        return Reason(
            conclusion=question,
            label=known.question,
            value=Truth.TRUE if read == reading else Truth.FALSE,
            told=known.readings[read][0],
            note=known.chosen_by,
            sources=known.sources,
        )

    def _open(self, question: str) -> Reason:
        known = self.policy.questions[question]
        return Reason(
            conclusion=question, label=known.question, value=Truth.UNKNOWN, sources=known.sources
        )


def _tested(fact: Fact, test: FactTest, named: Mapping[str, str], lang: str) -> str:
    if test.operator in ("holds", "told"):
        return fact.label
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    if fact.labels and test.operator == "equals":  # the label of a value says what the fact does
        return " ".join([fact.label, *(fact.labels[str(one)] for one in operands)])
    shown = ", ".join(named.get(str(one), _shown(one, lang)) for one in operands)
    return f"{fact.label} {words(f'operator-{test.operator}', lang)} {shown}"


def _shown(value: Any, lang: str) -> str:  # noqa: ANN401 - told values are of many types
    if value is None:
        return ""
    if isinstance(value, bool):
        return words("yes", lang) if value else words("no", lang)
    if isinstance(value, date):
        return people_day(value, lang)
    return str(value)


def _without_repeats(children: list[Reason]) -> tuple[Reason, ...]:
    """Return *children* with each told once; alike in every word, so no element hides another."""
    if len({(child.conclusion, child.label) for child in children}) == len(children):
        return tuple(children)  # the quick way to see that no two are
    return tuple(dict.fromkeys(children))

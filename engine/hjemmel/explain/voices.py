"""The citizen's voice: the result first, in plain words, with every word of the trade explained."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from hjemmel.explain.graph import decision_graph
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words
from hjemmel.money import people_amount
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.explain.graph import Step
    from hjemmel.model import Decision, Missing
    from hjemmel.policy.compile import Term

_CRITERIA = "criteria."


@dataclass(frozen=True, slots=True, kw_only=True)
class WishTold:
    """What one wish came to, as it is told to the citizen."""

    name: str
    result: str
    reasons: tuple[str, ...]
    granted: str = ""
    own_payment: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTold:
    """A word of the trade that stands in the explanation, and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenVoice:
    """What a citizen is told about a proposal, in the order it is read."""

    lang: str
    case: str
    day: str
    result: str = field(metadata={"help": "the result in one or two sentences"})
    standing: str = field(metadata={"help": "that a person decides"})
    reasons: tuple[str, ...] = field(metadata={"help": "why, causes first"})
    wishes: tuple[WishTold, ...]
    amounts: tuple[tuple[str, str], ...] = field(metadata={"help": "what each amount is called"})
    you_tell: tuple[str, ...] = field(metadata={"help": "what the citizen can tell"})
    we_fetch: tuple[str, ...] = field(metadata={"help": "what is fetched with consent"})
    we_find: tuple[str, ...] = field(metadata={"help": "what the municipality finds out"})
    unclear: tuple[str, ...] = field(metadata={"help": "open questions that touch the case"})
    good_to_know: tuple[str, ...] = field(metadata={"help": "rights and duties in the case"})
    words: tuple[WordTold, ...] = ()

    def sentences(self) -> Iterator[str]:
        """Yield every sentence of the explanation but the glossary, as it is read."""
        for one in fields(self):
            if one.name not in ("lang", "case", "day", "words"):
                yield from _texts(getattr(self, one.name))


def citizen_voice(decision: Decision) -> CitizenVoice:
    """Return what the citizen is told about *decision*, in the language of its policy."""
    return _Teller(decision).voice()


def explained_words(texts: Iterable[str], terms: Iterable[Term]) -> tuple[WordTold, ...]:
    """Return the *terms* that stand in *texts*, in the order of the glossary, with meanings."""
    text = "\n".join(texts)
    return tuple(
        WordTold(word=term.term, meaning=term.explained)
        for term in terms
        if any(_stands(form, text) for form in term.forms)
    )


def _stands(form: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE) is not None


class _Teller:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.policy = decision.trace.run.policy
        self.lang = self.policy.lang
        self.graph = decision_graph(decision)

    def voice(self) -> CitizenVoice:
        decision, row = self.decision, self.decision.trace.outcome
        asked = self._asked()
        in_letters = {duty.id for duty in self.policy.duties if duty.letter_only}
        said = CitizenVoice(
            lang=self.lang,
            case=decision.case.id,
            day=people_day(decision.case.decided_on, self.lang),
            result=row.citizen or row.because,
            standing=words("citizen-standing", self.lang),
            reasons=tuple(dict.fromkeys(self._reasons())),
            wishes=tuple(self._wishes()),
            amounts=tuple(self._amounts()),
            you_tell=asked["citizen"],
            we_fetch=asked["hospital"],
            we_find=asked["us"],
            unclear=tuple(self.policy.questions[one.id].citizen for one in decision.open_questions),
            good_to_know=tuple(
                duty.citizen_text
                for duty in decision.duties
                if duty.citizen_text and duty.id not in in_letters
            ),
        )
        terms = explained_words(said.sentences(), self.policy.glossary)
        meanings = [one.meaning for one in terms]
        # A meaning may itself hold a word of the trade; then that is explained as well.
        every = explained_words([*said.sentences(), *meanings], self.policy.glossary)
        told = {one.name: getattr(said, one.name) for one in fields(said)}
        return CitizenVoice(**{**told, "words": every})

    # --- why ----------------------------------------------------------------------------------

    def _reasons(self) -> Iterator[str]:
        """Yield why the citizen is covered or not, causes before what they cause."""
        for step in self.graph.below:
            if step.kind == "conclusion":
                yield from self._causes(step)

    def _causes(self, step: Step) -> Iterator[str]:
        for child in step.below:
            if _only_said(child):
                yield from (child.text,) if child.text and step.value is Truth.TRUE else ()
            elif child.decides or (child.kind == "conclusion" and self._speaks(step, child)):
                yield from self._causes(child)
        if step.kind == "fact":
            yield from self._criterion(step)
        elif step.kind == "conclusion" and step.text:
            yield step.text

    def _speaks(self, above: Step, step: Step) -> bool:
        """Say whether *step* tells why what is *above* it holds, where nothing there decides."""
        return not above.decides and above.value is Truth.TRUE and step.value is not Truth.UNKNOWN

    def _criterion(self, step: Step) -> Iterator[str]:
        criterion = self.policy.criteria.get(step.fact.removeprefix(_CRITERIA))
        if criterion is None or step.value is Truth.UNKNOWN:
            return
        said = criterion["citizen" if step.value is Truth.TRUE else "citizen_not"]
        yield f"{said[0].upper()}{said[1:]}."

    # --- wishes and amounts ---------------------------------------------------------------------

    def _wishes(self) -> Iterator[WishTold]:
        steps = [step for step in self.graph.below if step.kind == "wish"]
        for step, item in zip(steps, self.decision.items, strict=True):
            in_the_way = (
                [one.text for one in step.all() if one is not step and _stands_in_the_way(one)]
                if item.status == "not_covered"
                else []
            )
            reasons = [*in_the_way, *map(self._to_citizen, self.decision.item_reasons[item.id])]
            yield WishTold(
                name=step.label,
                result=words(f"citizen-{item.status}", self.lang),
                reasons=tuple(dict.fromkeys(reasons)),
                granted=self._some(item.granted),
                own_payment=self._some(item.own_payment),
                beside=self._some(item.outside_ceiling),
            )

    def _to_citizen(self, text: str) -> str:
        """Return *text*, or what the citizen is told where it is an open legal question."""
        questions = self.policy.questions.values()
        return next((one.citizen for one in questions if one.question == text), text)

    def _amounts(self) -> Iterator[tuple[str, str]]:
        amounts = self.decision.amounts
        if amounts is None:
            return
        unknown = words("unknown-amount", self.lang)
        for key, ore in (
            ("citizen-amount-ceiling", amounts.ceiling),
            ("citizen-amount-spent", amounts.spent_before),
            ("citizen-amount-granted", amounts.granted),
            ("citizen-amount-remaining", amounts.remaining),
        ):
            yield words(key, self.lang), unknown if ore is None else people_amount(ore, self.lang)
        items = self.decision.items
        for key, ore in (
            ("citizen-amount-outside", sum(item.outside_ceiling for item in items)),
            ("citizen-amount-own", sum(item.own_payment for item in items)),
        ):
            if ore:
                yield words(key, self.lang), people_amount(ore, self.lang)

    def _some(self, ore: int) -> str:
        return people_amount(ore, self.lang) if ore else ""

    # --- what is missing ------------------------------------------------------------------------

    def _asked(self) -> dict[str, tuple[str, ...]]:
        groups: dict[str, list[str]] = {"citizen": [], "hospital": [], "us": []}
        for missing in self.decision.missing:
            groups[_told_by(missing)].append(missing.citizen or missing.question)
        return {who: tuple(dict.fromkeys(asked)) for who, asked in groups.items()}


def _only_said(step: Step) -> bool:
    """Say whether *step* is a hindrance that is not there: that is said, but not why it is not."""
    return step.kind == "conclusion" and step.needs is Truth.FALSE and step.value is Truth.FALSE


def _stands_in_the_way(step: Step) -> bool:
    return step.kind == "conclusion" and step.value is Truth.FALSE and bool(step.text)


def _told_by(missing: Missing) -> str:
    """Return who can tell *missing*: what is assessed, or stands in our files, is ours."""
    if missing.cause == "assessment" or missing.told_by not in ("citizen", "hospital"):
        return "us"
    return missing.told_by


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - texts, and records and tuples of texts
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    else:
        for one in fields(value):
            yield from _texts(getattr(value, one.name))

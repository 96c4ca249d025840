"""What carries an outcome and what would turn it, as text for a terminal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hjemmel.cli.show import cited, styled, wrapped
from hjemmel.decide.answers import Answers
from hjemmel.explain.answer_words import answer_words
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hjemmel.explain.counterfactual import ToldFact, Turn, WhatIf

_wrapped = partial(wrapped, break_on_hyphens=False)
_SHOWN_SOURCES = 1


def what_if_text(found: WhatIf, lang: str = "da") -> str:
    """Return *found* as text: what carries the outcome, then what would turn it."""
    writer = _Writer(found, lang)
    sections = [list(writer.head()), list(writer.carried()), list(writer.turns())]
    return "\n\n".join("\n".join(rows) for rows in sections if rows) + "\n"


class _Writer:
    def __init__(self, found: WhatIf, lang: str) -> None:
        self.found, self.lang = found, lang
        self.decision = found.decision
        self.policy = self.decision.trace.run.policy
        self.answers = Answers(self.policy, self.decision.case)

    def head(self) -> Iterator[str]:
        case = self.decision.case
        yield f"{case.id} · {people_day(case.decided_on, self.lang)}"
        yield styled(words(f"outcome-{self.decision.outcome}", self.lang).upper(), "bold")

    def carried(self) -> Iterator[str]:
        sets = self.found.carried_by
        if not sets:
            yield _wrapped(words("carry-asks", self.lang))
            return
        yield styled(words("carry-title", self.lang), "bold")
        code = "carry-one" if len(sets) == 1 else "carry-more" if self.found.more_carry else "carry"
        told = {"sets": str(len(sets)), "count": str(len(sets[0]))}
        yield _wrapped(words(code, self.lang, **told), "  ")
        for number, facts in enumerate(sets, 1):
            if len(sets) > 1:
                yield f"  {number}."
            yield from (self._fact(one, "    ") for one in facts)

    def turns(self) -> Iterator[str]:
        yield styled(words("turn-title", self.lang), "bold")
        if not self.found.turns:
            yield _wrapped(words("turn-none", self.lang), "  ")
        for outcome in dict.fromkeys(turn.outcome for turn in self.found.turns):
            label = words(f"outcome-{outcome}", self.lang)
            yield "  " + styled(words("turn-to", self.lang, outcome=label), "bold")
            for turn in self.found.turns:
                if turn.outcome == outcome:
                    yield from self._turn(turn)
        if self.found.more_turn:
            yield _wrapped(words("turn-more", self.lang), "  ")

    def _turn(self, turn: Turn) -> Iterator[str]:
        for number, change in enumerate(turn.changes):
            told = change.told
            shown = words(
                "turn-change",
                self.lang,
                label=self._name(told),
                to=self._value(told.fact, change.to),
                now=self._value(told.fact, told.value),
            )
            yield _wrapped(
                f"{shown} [{cited(told.sources[:_SHOWN_SOURCES])}]", *self._indent(number)
            )
            yield styled(_wrapped(f"{told.fact} · {self._power(told)}", "        "), "dim")

    def _indent(self, number: int) -> tuple[str, str]:
        return ("    • " if number == 0 else f"      {words('turn-and', self.lang)} ", "        ")

    def _power(self, told: ToldFact) -> str:
        """Return whether *told* can be changed, and by whom."""
        if not told.changeable:
            return words("power-fixed", self.lang)
        return words("power-assessed" if told.assessed else "power-free", self.lang)

    def _fact(self, told: ToldFact, indent: str) -> str:
        shown = f"{self._name(told)}: {self._value(told.fact, told.value)}"
        sources = cited(told.sources[:_SHOWN_SOURCES])
        return _wrapped(f"{shown} ‹{told.fact}› [{sources}]", indent, f"{indent}  ")

    def _name(self, told: ToldFact) -> str:
        return f"{told.label} ({told.about})" if told.about else told.label

    def _value(self, path: str, value: Any) -> str:  # noqa: ANN401 - told values are of many types
        return answer_words(self.policy, self.answers.fact(path), value, self.lang)

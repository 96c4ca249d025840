"""What would change it, as data: the JSON of ``hjemmel explain --what-if``, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hjemmel.decide.answers import Answers
from hjemmel.explain.answer_words import answer_words, plain_answer
from hjemmel.explain.document import amounts_document, item_document, sources_document

if TYPE_CHECKING:
    from hjemmel.explain.counterfactual import Change, ToldFact, Turn, WhatIf


def what_if_document(found: WhatIf) -> dict[str, Any]:
    """Return *found* as plain data, in the order of its schema."""
    decision = found.decision
    writer = _Writer(found)
    return {
        "case": decision.case.id,
        "decided_on": decision.case.decided_on.isoformat(),
        "outcome": decision.outcome,
        "carried_by": [[writer.told(one) for one in facts] for facts in found.carried_by],
        "more_carry": found.more_carry,
        "turns": [writer.turn(one) for one in found.turns],
        "more_turn": found.more_turn,
    }


class _Writer:
    def __init__(self, found: WhatIf) -> None:
        self.policy = found.decision.trace.run.policy
        self.answers = Answers(self.policy, found.decision.case)

    def told(self, told: ToldFact) -> dict[str, Any]:
        return {
            "fact": told.fact,
            "label": told.label,
            "about": told.about or None,
            **self._value(told.fact, told.value),
            "changeable": told.changeable,
            "assessed": told.assessed,
            "sources": sources_document(told.sources),
        }

    def turn(self, turn: Turn) -> dict[str, Any]:
        return {
            "changes": [self._change(one) for one in turn.changes],
            "possible": turn.possible,
            "outcome": turn.outcome,
            "target_group": turn.target_group.value,
            "items": [item_document(item) for item in turn.items],
            "amounts": amounts_document(turn.amounts),
            "sources": sources_document(turn.sources),
        }

    def _change(self, change: Change) -> dict[str, Any]:
        return {**self.told(change.told), "to": self._value(change.told.fact, change.to)}

    def _value(self, path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - told values are of many types
        fact = self.answers.fact(path)
        return {
            "value": plain_answer(fact, value, self.policy),
            "words": answer_words(self.policy, fact, value, self.policy.lang),
        }

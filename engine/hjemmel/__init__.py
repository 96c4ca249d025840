"""hjemmel: social law as data, decisions that explain themselves.

The names below are the public face; everything else may move. Letters and what helps a person
on are loaded when they are first used, so that a program that only decides never loads them.
"""

from __future__ import annotations

from hjemmel.decide.case import read_case
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_document, decision_json
from hjemmel.explain.reasons import explain
from hjemmel.issues import (
    BackendError,
    CaseInvalidError,
    DataNotFoundError,
    HjemmelError,
    NotInForceError,
    Report,
    RulesInvalidError,
)
from hjemmel.model import Case, Decision
from hjemmel.policy.book import RuleBook, check_rules, load_policy
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hjemmel.explain.counterfactual import WhatIf, what_if
    from hjemmel.explain.next_question import NextQuestion, next_question
    from hjemmel.letters.errors import LetterError
    from hjemmel.letters.lint import lint_letter
    from hjemmel.letters.request import LetterFacts, read_letter_facts
    from hjemmel.letters.write import Letter, write_letter

__all__ = [
    "BackendError",
    "Case",
    "CaseInvalidError",
    "DataNotFoundError",
    "Decision",
    "HjemmelError",
    "Letter",
    "LetterError",
    "LetterFacts",
    "NextQuestion",
    "NotInForceError",
    "Report",
    "RuleBook",
    "RulesInvalidError",
    "Truth",
    "WhatIf",
    "check_rules",
    "decide",
    "decision_document",
    "decision_json",
    "explain",
    "lint_letter",
    "load_policy",
    "next_question",
    "read_case",
    "read_letter_facts",
    "what_if",
    "write_letter",
]

#: Names that are loaded when they are first used, and where they are.
_LATER = {
    "Letter": "letters.write",
    "LetterError": "letters.errors",
    "LetterFacts": "letters.request",
    "lint_letter": "letters.lint",
    "read_letter_facts": "letters.request",
    "write_letter": "letters.write",
    "WhatIf": "explain.counterfactual",
    "what_if": "explain.counterfactual",
    "NextQuestion": "explain.next_question",
    "next_question": "explain.next_question",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib  # noqa: PLC0415 - loads more than it is worth where nothing is asked for

    return getattr(importlib.import_module(f"hjemmel.{_LATER[name]}"), name)

"""hjemmel: social law as data, decisions that explain themselves.

The names below are the public face; everything else may move. Letters are loaded when they
are first used, so that a program that only decides never loads what writes them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from hjemmel.letters.write import Letter, LetterError, write_letter

__all__ = [
    "BackendError",
    "Case",
    "CaseInvalidError",
    "DataNotFoundError",
    "Decision",
    "HjemmelError",
    "Letter",
    "LetterError",
    "NotInForceError",
    "Report",
    "RuleBook",
    "RulesInvalidError",
    "Truth",
    "check_rules",
    "decide",
    "decision_document",
    "decision_json",
    "explain",
    "load_policy",
    "read_case",
    "write_letter",
]

_OF_LETTERS = ("Letter", "LetterError", "write_letter")


def __getattr__(name: str) -> object:
    """Load a name of the letters when it is first asked for."""
    if name not in _OF_LETTERS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module("hjemmel.letters.write"), name)

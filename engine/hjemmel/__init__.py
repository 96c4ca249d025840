"""hjemmel: social law as data, decisions that explain themselves."""

from hjemmel.decide.case import read_case
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_document
from hjemmel.explain.reasons import explain
from hjemmel.issues import (
    BackendError,
    CaseInvalidError,
    DataNotFoundError,
    HjemmelError,
    NotInForceError,
    RulesInvalidError,
)
from hjemmel.model import Case, Decision
from hjemmel.policy.book import RuleBook, check_rules, load_policy

__all__ = [
    "BackendError",
    "Case",
    "CaseInvalidError",
    "DataNotFoundError",
    "Decision",
    "HjemmelError",
    "NotInForceError",
    "RuleBook",
    "RulesInvalidError",
    "check_rules",
    "decide",
    "decision_document",
    "explain",
    "load_policy",
    "read_case",
]

"""The two interpreters of a policy, each made once and each with a memory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjemmel.decide.memory import Remembering
from hjemmel.decide.reference import Reference
from hjemmel.decide.rete import Rete

if TYPE_CHECKING:
    from hjemmel.policy.compile import Policy
    from hjemmel.policy.language import Condition

#: What the receipt calls the second interpreter.
BACKEND_NAME = "durable-rules"
_MOST_BACKENDS = 16
_BACKENDS: dict[frozenset[tuple[str, Condition]], Rete] = {}


def reference_for(policy: Policy) -> Remembering:
    """Return the reference interpreter of *policy*, with what it has concluded before."""
    known = policy.notes.get(Reference.name)
    if not isinstance(known, Remembering):
        known = policy.notes[Reference.name] = Remembering(Reference(policy.tables()), policy)
    return known


def backend_for(policy: Policy) -> Remembering:
    """Return durable-rules for *policy*; policies with equal conditions share one ruleset."""
    known = policy.notes.get(BACKEND_NAME)
    if not isinstance(known, Remembering):
        known = policy.notes[BACKEND_NAME] = Remembering(_ruleset_of(policy), policy)
    return known


def _ruleset_of(policy: Policy) -> Rete:
    tables = policy.tables()
    key = frozenset(tables.items())
    if key not in _BACKENDS:
        if len(_BACKENDS) >= _MOST_BACKENDS:  # the oldest goes; some 5 MB each
            del _BACKENDS[next(iter(_BACKENDS))]
        rows = {"items": len(policy.items), "outcomes": len(policy.outcomes)}
        _BACKENDS[key] = Rete(tables, rows)
    return _BACKENDS[key]

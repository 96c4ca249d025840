"""The only door to the library durable-rules itself: whether it is here, and what it can do.

What is asked of it, and how, is the work of :mod:`hjemmel.decide.rete`, which is loaded when
there is something to ask.
"""

from __future__ import annotations

import sys

from hjemmel.issues import BackendError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Library(Protocol):
        """The part of the C module that is used; it holds the interpreter lock in every call."""

        def create_ruleset(self, name: str, rules: str, /) -> int:
            """Return a handle on a new ruleset."""

        def delete_ruleset(self, handle: int, /) -> None:
            """Give a handle back."""

        def assert_fact(self, handle: int, fact: str, /) -> tuple[int, int]:
            """Tell a fact; return a code that is 0 where all is well, and the state."""

        def start_action_for_state(self, handle: int, state: int, /) -> tuple[str, str] | None:
            """Return what fires first, as a state and a message, or nothing."""

        def complete_and_start_action(self, handle: int, state: int, /) -> str | None:
            """Return the message of what fires next, or nothing."""

        def delete_state(self, handle: int, session: str, /) -> None:
            """Forget a session."""


NOT_AVAILABLE = "durable-rules kan ikke indlæses her"
_NAME = "durable_rules_engine"
#: The module that was found to be able to do what is asked of it.
_SOUND: dict[str, object] = {_NAME: None}
_CALLS = (
    "create_ruleset", "delete_ruleset", "assert_fact", "start_action_for_state",
    "complete_and_start_action", "delete_state",
)  # fmt: skip


def fault(problem: str, **fields: object) -> BackendError:
    """Return the error that says what *problem* there is with durable-rules."""
    return BackendError("backend-fault", problem=problem.format(**fields))


def available() -> bool:
    """Say whether durable-rules can be imported here; absent or wrongly built, it cannot."""
    if _NAME in sys.modules and sys.modules[_NAME] is _SOUND[_NAME] is not None:
        return True
    try:
        _SOUND[_NAME] = library()
    except BackendError:
        return False
    return True


def library() -> Library:
    """Return the C module of durable-rules.

    Raises:
        BackendError: it is not here, or it lacks something that is called.
    """
    try:
        import durable_rules_engine as module  # noqa: PLC0415 - whether it can be is the question
    except (ImportError, SystemError) as problem:
        raise fault(NOT_AVAILABLE) from problem
    if not all(callable(getattr(module, name, None)) for name in _CALLS):
        raise fault(NOT_AVAILABLE)
    found: Library = module
    return found

"""What verification says: what is proved, within which bounds, and what is not so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.issues import show
from hjemmel.messages import words
from hjemmel.model import GRANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.assure.verify_cases import Shown
    from hjemmel.issues import Issue

#: What is proved of all rules, whatever the rules declare.
BUILT_IN = (
    "one-row",
    "no-contradiction",
    "definite",
    "no-dead-rule",
    "no-idle-part",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that was to be proved: its id, its words, and in how many places and periods."""

    id: str
    label: str = ""
    count: int = 0
    periods: int = 0
    proved: bool = True
    except_because: str = ""
    assumes: str = ""

    def text(self, lang: str = "da") -> str:
        """Return what the claim says; a declared one in the words of the rules."""
        return self.label or words(f"claim-{self.id}", lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that is not so: where it stands, and the cases that show it."""

    claim: str
    element: str
    issue: Issue
    period: str
    cases: tuple[Shown, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)

    def text(self, lang: str = "da") -> str:
        """Return where it stands and what is wrong."""
        return show(self.issue, lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How far a list is followed, and whether that stands for lists of any length."""

    list: str
    places: int
    exact: bool

    def text(self, lang: str = "da") -> str:
        """Return the bound and why it suffices, or that it is one."""
        exact = "bound-sum" if self.list == GRANTS else "bound-exact"
        code = exact if self.exact else "bound-kept"
        return words(code, lang, list=self.list, places=str(self.places))


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """Everything that was proved, and everything that could not be."""

    periods: tuple[str, ...]
    claims: tuple[Claim, ...]
    failures: tuple[Failure, ...]
    bounds: tuple[Bound, ...]

    @property
    def passed(self) -> bool:
        """Say whether everything was proved."""
        return not self.failures

    def document(self, lang: str = "da") -> dict[str, Any]:
        """Return the report as plain data; ids are stable, sentences in *lang*."""
        return {
            "passed": self.passed,
            "periods": list(self.periods),
            "claims": [
                {
                    "id": one.id, "label": one.text(lang), "proved": one.proved,
                    "count": one.count, "periods": one.periods,
                    "except_because": one.except_because, "assumes": one.assumes,
                }
                for one in self.claims
            ],
            "failures": [_failure(one, lang) for one in self.failures],
            "bounds": [
                {"list": one.list, "places": one.places, "exact": one.exact, "why": one.text(lang)}
                for one in self.bounds
            ],
        }  # fmt: skip


def _failure(failure: Failure, lang: str) -> dict[str, Any]:
    place = failure.issue.place
    return {
        "claim": failure.claim,
        "code": failure.issue.code,
        "element": failure.element,
        "message": failure.issue.message(lang),
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "period": failure.period,
        "cases": [
            {
                "case": one.case,
                "outcome": one.outcome,
                "readings": dict(one.readings),
                "agrees": one.agrees,
            }
            for one in failure.cases
        ],
    }

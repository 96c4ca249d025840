"""Every letter that fits every scenario: what each lacks, and how easy it is to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from hjemmel.assure.scenarios import Scenario
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import decide
from hjemmel.issues import HjemmelError
from hjemmel.letters.lint import Finding, LintReport, lint_letter
from hjemmel.letters.request import NEEDED
from hjemmel.letters.write import KINDS, LetterError, fits, write_letter
from hjemmel.policy.book import RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterResult:
    """One letter of one scenario and what was found in it, or the error that stopped it."""

    kind: str
    place: str
    report: LintReport | None
    error: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what was found; a scenario has no sender, so blanks are no finding here."""
        if self.report is None:
            return ()
        return tuple(one for one in self.report.findings if one.code != "blank")

    @property
    def passed(self) -> bool:
        """Say whether the letter was written and has everything it must have."""
        return self.report is not None and all(one.warning for one in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSummary:
    """The readability of all letters of a kind."""

    kind: str
    count: int
    low: float
    middle: float
    high: float
    hardest: str


def lint_scenarios(scenarios: Iterable[Scenario], book: RuleBook) -> Iterator[LetterResult]:
    """Yield the result of every letter that fits each of *scenarios*."""
    for scenario in scenarios:
        try:
            case = case_of(scenario.case, book)
            decision = decide(book, case, municipality=scenario.municipality)
        except HjemmelError:
            continue  # a scenario that is wrong on purpose has no letter
        for kind in (one for one in KINDS if one not in NEEDED and fits(decision, one)):
            try:
                letter = write_letter(decision, kind=kind)
            except LetterError as error:
                yield LetterResult(kind=kind, place=scenario.place, report=None, error=error.text())
            else:
                report = lint_letter(letter, decision)
                yield LetterResult(kind=kind, place=scenario.place, report=report)


def summaries(results: Iterable[LetterResult]) -> Iterator[KindSummary]:
    """Yield how easy the letters of each kind are to read."""
    by_kind: dict[str, list[tuple[float, str]]] = {}
    for one in results:
        if one.report is not None:
            measured = (one.report.readability.lix, one.place)
            by_kind.setdefault(one.kind, []).append(measured)
    for kind, every in by_kind.items():
        values = [value for value, _ in every]
        high, hardest = max(every)
        yield KindSummary(
            kind=kind,
            count=len(values),
            low=min(values),
            middle=median(values),
            high=high,
            hardest=hardest,
        )

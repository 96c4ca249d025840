"""``hjemmel verify``: prove that the rules hold in every case, or show one in which they do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.cli.main import Exit
from hjemmel.cli.show import styled
from hjemmel.issues import CaseInvalidError, Issue, Place, Report
from hjemmel.messages import words
from hjemmel.policy.book import load_policy
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from datetime import date

    from hjemmel.assure.verify_report import Claim, Failure, VerifyReport


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with its name and what runs it."""
    command = add("verify", run_verify)
    command.add_argument("--on", metavar="DAG", help=words("help-on"))
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )
    command.add_argument("--to", type=Path, metavar="MAPPE", help=words("help-verify-to"))


def run_verify(options: argparse.Namespace) -> Exit:
    """Prove what can be proved of the rules, and print it with what cannot."""
    from hjemmel.assure.verify import verify_rules

    book = load_policy(options.rules)
    report = verify_rules(book, on=_day(options.on))
    written = list(_written(report, options.to, options.lang)) if options.to else []
    if options.format == "json":
        document = {**report.document(options.lang), "written": [str(path) for path in written]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for line in _lines(report, options.lang):
            print(line)
        for path in written:
            print(words("verify-written", options.lang, file=str(path)))
    return Exit.DONE if report.passed else Exit.FAILED


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    day = day_of(text)
    if day is None:
        issue = Issue(code="no-such-day", place=Place("--on", 1, 1), fields={"given": text})
        raise CaseInvalidError(Report.of([issue]))
    return day


def _written(report: VerifyReport, folder: Path, lang: str) -> Iterator[Path]:
    from hjemmel.assure.verify_cases import write_scenario

    for number, failure in enumerate(report.failures, start=1):
        if failure.cases:
            stem = f"verify_{number:02d}_{failure.element.replace('-', '_')}"
            why = f"{failure.issue.place.file}:{failure.issue.place.line}"
            yield write_scenario(folder, stem, failure.issue.message(lang), why, failure.cases)


def _lines(report: VerifyReport, lang: str) -> Iterator[str]:
    for failure in report.failures:
        yield from _failure(failure, lang)
        yield ""
    first, last = report.periods[0].split(" ")[0], report.periods[-1].split(" ")[-1]
    count = str(len(report.periods))
    yield styled(words("verify-periods", lang, count=count, first=first, last=last), "bold")
    for claim in report.claims:
        yield from _claim(claim, lang)
    yield ""
    yield words("verify-bounds", lang)
    yield from (f"  {bound.text(lang)}" for bound in report.bounds)
    yield ""
    proved = str(sum(claim.proved for claim in report.claims))
    code = "verify-passed" if report.passed else "verify-failed"
    failures = str(len(report.failures))
    yield words(code, lang, claims=proved, periods=count, failures=failures)


def _claim(claim: Claim, lang: str) -> Iterator[str]:
    mark = styled("✓", "green") if claim.proved else styled("✗", "red")
    counted = f"  ({words('verify-times', lang, count=str(claim.count))})" if claim.count else ""
    yield f"  {mark} {claim.text(lang)}{counted}"
    if claim.except_because:
        yield f"      {words('verify-except', lang, why=claim.except_because)}"
    if claim.assumes:
        yield f"      {words('verify-assumes', lang, why=claim.assumes)}"


def _failure(failure: Failure, lang: str) -> Iterator[str]:
    yield f"{styled('✗', 'red')} {failure.text(lang)}"
    if not failure.cases:
        yield f"  {words('verify-no-case', lang)}"
    for number, one in enumerate(failure.cases):
        code = "verify-shows-twin" if number else "verify-shows"
        yield f"  {words(code, lang, period=failure.period, outcome=one.outcome)}"
        if one.readings:
            readings = ", ".join(f"{name}: {reading}" for name, reading in one.readings.items())
            yield f"  {words('verify-readings', lang, readings=readings)}"
        for key, value in one.case.items():
            yield f"    {key}: {json.dumps(value, ensure_ascii=False)}"
        if not one.agrees:
            yield f"  {styled(words('verify-disagrees', lang), 'red')}"

"""``hjemmel test``: runs the scenarios; red here is a question to legal staff."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.assure.junit import junit_xml
from hjemmel.assure.scenarios import failure_text, read_scenarios, run_scenario
from hjemmel.assure.update import update_expectations
from hjemmel.cli.main import Exit
from hjemmel.cli.progress import progress
from hjemmel.cli.show import styled
from hjemmel.messages import words
from hjemmel.policy.book import load_policy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hjemmel.assure.scenarios import Result, Scenario
    from hjemmel.policy.book import RuleBook


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add*."""
    test = add("test", run_test)
    test.add_argument("path", nargs="?", type=Path, metavar="STI", help=words("help-scenarios"))
    test.add_argument("--junit", type=Path, metavar="FIL", help=words("help-junit"))
    test.add_argument("--letters", action="store_true", help=words("help-letters"))
    test.add_argument("--update", action="store_true", help=words("help-update"))


def run_test(options: argparse.Namespace) -> Exit:
    """Run the scenarios of the rules and print those that do not hold."""
    book = load_policy(options.rules)
    path = options.path or book.folder / "scenarios"
    started = time.monotonic()
    scenarios = read_scenarios(path, book.folder / "schema")
    if options.letters:
        return _run_letters(scenarios, book, options.lang)
    results = [
        run_scenario(one, book) for one in progress(scenarios, words("help-test", options.lang))
    ]
    failed = [result for result in results if not result.passed]
    for result in failed:
        print(styled("✗", "red"), failure_text(result, options.lang), end="\n\n")
    count = {"count": str(len(results)), "failed": str(len(failed))}
    print(words("scenarios-run", options.lang, **count), f"({time.monotonic() - started:.1f} s)")
    if options.junit:
        options.junit.write_text(junit_xml(results, options.lang), encoding="utf-8")
    if failed and options.update:
        print(words("scenarios-updated", options.lang, count=str(_update(path, failed))))
    elif failed:
        print(words("scenarios-question", options.lang))
    return Exit.FAILED if failed else Exit.DONE


def _run_letters(scenarios: list[Scenario], book: RuleBook, lang: str) -> Exit:
    """Write the letters of *scenarios*, print their readability and what they lack."""
    from hjemmel.assure.letters import lint_scenarios, summaries

    results = list(lint_scenarios(progress(scenarios, words("help-letters", lang)), book))
    for one in summaries(results):
        numbers = {"low": one.low, "middle": one.middle, "high": one.high}
        shown = {name: f"{number:.0f}" for name, number in numbers.items()}
        told = {"kind": one.kind, "count": str(one.count), "place": one.hardest}
        print(words("letters-of-a-kind", lang, **told, **shown))
    for result in results:
        if result.error:
            print(styled("✗", "red"), f"{result.place} {result.kind}: {result.error}")
        for finding in result.findings:
            sign = styled("!", "yellow") if finding.warning else styled("✗", "red")
            print(sign, f"{result.place} {result.kind}: {finding.text(lang)}")
    failed = sum(not one.passed for one in results)
    long = sum(finding.warning for one in results for finding in one.findings)
    counts = {"count": str(len(results)), "failed": str(failed), "long": str(long)}
    print(words("letters-run", lang, **counts))
    return Exit.FAILED if failed else Exit.DONE


def _update(path: Path, failed: list[Result]) -> int:
    by_file: dict[str, list[Result]] = {}
    for result in failed:
        by_file.setdefault(result.scenario.place.partition(":")[0], []).append(result)
    return sum(
        update_expectations(path / name if path.is_dir() else path, results)
        for name, results in by_file.items()
        if name.endswith(".yaml")
    )

"""``hjemmel coverage``: how much of the rules the scenarios use, and of the law the rules."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjemmel.cli.main import Exit
from hjemmel.cli.show import styled
from hjemmel.messages import words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from hjemmel.assure.coverage import Count, Coverage
    from hjemmel.assure.coverage_sources import Provision, Provisions


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add*."""
    command = add("coverage", run_coverage)
    command.add_argument("path", nargs="?", type=Path, metavar="STI", help=words("help-scenarios"))
    command.add_argument(
        "--fail-under", type=Fraction, metavar="PROCENT", help=words("help-fail-under")
    )
    command.add_argument("--sources", action="store_true", help=words("help-coverage-sources"))
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )
    command.add_argument("--to", type=Path, metavar="FIL", help=words("help-coverage-to"))


def run_coverage(options: argparse.Namespace) -> Exit:
    """Measure what the scenarios use and print it, with what they leave out."""
    from hjemmel.assure.coverage import measure
    from hjemmel.assure.coverage_html import coverage_page, sources_page
    from hjemmel.assure.coverage_sources import provisions
    from hjemmel.assure.scenarios import read_scenarios
    from hjemmel.policy.book import load_policy

    book = load_policy(options.rules)
    lang = options.lang
    if options.sources:
        found = provisions(book)
        shown, page, share = _sources_shown(found, options), sources_page, found.share
        html = page(found, lang)
    else:
        path = options.path or book.folder / "scenarios"
        coverage = measure(book, read_scenarios(path, book.folder / "schema"), lang)
        shown, html = _coverage_shown(coverage, options), coverage_page(coverage, lang)
        share = coverage.count().share
    print(shown)
    if options.to:
        options.to.write_text(html, encoding="utf-8")
        if options.format == "text":
            print(words("coverage-written", lang, file=str(options.to)))
    return passes(share, options.fail_under, "coverage-under", options)


def passes(share: Fraction, least: Fraction | None, code: str, options: argparse.Namespace) -> Exit:
    """Return whether *share* reaches *least* percent, and say so with *code* if it does not."""
    if least is None or share * 100 >= least:
        return Exit.DONE
    if options.format == "text":
        shown = str(least) if least.denominator == 1 else f"{float(least):g}".replace(".", ",")
        print(styled(words(code, options.lang, percent=shown), "red"))
    return Exit.FAILED


# --- what the scenarios use -----------------------------------------------------------------


def _coverage_shown(coverage: Coverage, options: argparse.Namespace) -> str:
    if options.format == "json":
        return json.dumps(_coverage_data(coverage), ensure_ascii=False, indent=2)
    return "\n".join(_coverage_rows(coverage, options.lang))


def _coverage_rows(coverage: Coverage, lang: str) -> Iterator[str]:
    from hjemmel.assure.coverage import KINDS
    from hjemmel.assure.coverage_html import total_line

    yield styled(total_line(coverage, coverage.count(), lang), "bold")
    yield ""
    for kind in KINDS:
        yield _count_row(words(f"goals-{kind}", lang), coverage.count(kind=kind), lang)
    ways = [goal.how for goal in coverage.goals if goal.how not in ("", "not")]
    counts = {"unique": str(ways.count("unique")), "masking": str(ways.count("masking"))}
    yield "  " + words("coverage-how", lang, **counts)
    yield ""
    for file in coverage.files:
        yield _count_row(file, coverage.count(file=file), lang)
    for title, goals in (
        ("coverage-missed", coverage.missed),
        ("coverage-excused", coverage.excused),
    ):
        if goals:
            yield ""
            yield styled(words(title, lang), "bold")
        for goal in goals:
            yield f"  {goal.place.file}:{goal.place.line}: {goal.text}"
            if goal.excused:
                yield styled(f"    {goal.excused}", "dim")
    if not coverage.missed:
        yield ""
        yield styled(words("coverage-none-missed", lang), "green")


def _count_row(name: str, count: Count, lang: str) -> str:
    fraction = words(
        "coverage-fraction", lang, reached=str(count.reached), wanted=str(count.wanted)
    )
    excused = (
        words("coverage-excused-count", lang, count=str(count.excused)) if count.excused else ""
    )
    return f"  {name:<50}{fraction:>14}  {excused}".rstrip()


def _coverage_data(coverage: Coverage) -> dict[str, Any]:
    from hjemmel.assure.coverage import KINDS

    return {
        "scenarios": coverage.scenarios,
        "total": _count_data(coverage.count()),
        "kinds": {kind: _count_data(coverage.count(kind=kind)) for kind in KINDS},
        "files": {file: _count_data(coverage.count(file=file)) for file in coverage.files},
        "missed": [
            {
                "kind": goal.kind,
                "id": goal.id,
                "file": goal.place.file,
                "line": goal.place.line,
                "text": goal.text,
            }
            for goal in coverage.missed
        ],
        "excused": [
            {
                "kind": goal.kind,
                "id": goal.id,
                "file": goal.place.file,
                "line": goal.place.line,
                "text": goal.text,
                "reason": goal.excused,
            }
            for goal in coverage.excused
        ],
    }


def _count_data(count: Count) -> dict[str, int]:
    return {"reached": count.reached, "wanted": count.wanted, "excused": count.excused}


# --- what rests on each provision -----------------------------------------------------------


def _sources_shown(found: Provisions, options: argparse.Namespace) -> str:
    from hjemmel.assure.coverage_html import sources_line

    if options.format == "json":
        return json.dumps(_sources_data(found), ensure_ascii=False, indent=2)
    rows = [styled(sources_line(found, options.lang), "bold"), ""]
    for one in found.listed:
        rows.append(f"{one.row:>4}  {one.source}, {one.at}: {one.text}")
        rows.extend(f"        {line}" for line in _rests(one, options.lang))
    return "\n".join(rows)


def _rests(one: Provision, lang: str) -> list[str]:
    if one.claims:
        return [f"{file}: {', '.join(names)}" for file, names in one.claims.items()]
    if one.excuse:
        return [words("sources-no-rule", lang, reason=one.excuse)]
    return [styled(words("sources-gap", lang), "red")]


def _sources_data(found: Provisions) -> dict[str, Any]:
    return {
        "rows": len(found.listed),
        "covered": found.covered,
        "claimed": found.claimed,
        "provisions": [
            {
                "row": one.row,
                "id": one.id,
                "source": one.source,
                "at": one.at,
                "claims": {file: list(names) for file, names in one.claims.items()},
                "no_rule": one.excuse or None,
            }
            for one in found.listed
        ],
    }

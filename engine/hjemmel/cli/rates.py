"""``hjemmel rates``: the amounts year by year; ``hjemmel rates new``: the next year's."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjemmel.assure.rate_year import (
    Trial,
    YearPlan,
    YearRequest,
    plan_year,
    read_text,
    try_year,
    write_text,
)
from hjemmel.cli.main import Exit
from hjemmel.cli.pictures import ending_of, write_picture
from hjemmel.cli.show import styled
from hjemmel.explain.rate_picture import rate_lines, rate_picture
from hjemmel.issues import DataNotFoundError, UsageError
from hjemmel.messages import words
from hjemmel.money import data_amount, parse_amount, people_amount
from hjemmel.policy.book import load_policy
from hjemmel.policy.translation import translated

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from hjemmel.policy.book import RuleBook


_BAR = 30
_NEW = "new"
_ONLY_NEW = ("percent", "amount", "source", "index", "dry_run")


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with a name and what runs it."""
    rates = add("rates", run_rates)
    rates.add_argument("new", nargs="?", metavar=_NEW, help=words("help-rates-new"))
    rates.add_argument("year", nargs="?", metavar="ÅR", help=words("help-year"))
    rates.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )
    rates.add_argument("--to", type=Path, metavar="FIL", help=words("help-picture"))
    rates.add_argument("--percent", metavar="P", help=words("help-percent"))
    rates.add_argument("--amount", action="append", metavar="SATS=BELØB", help=words("help-amount"))
    rates.add_argument("--source", metavar="KILDE", help=words("help-rate-source"))
    rates.add_argument("--index", metavar="ID", help=words("help-index"))
    rates.add_argument("--dry-run", action="store_true", help=words("help-dry-run"))


def run_rates(options: argparse.Namespace) -> Exit:
    """Print the regulated amounts of one year or of all, or add the next year."""
    if options.new == _NEW:
        return _new_year(options)
    used = next((name for name in _ONLY_NEW if getattr(options, name)), None)
    if used is not None:
        raise UsageError("usage-only-new", what=f"--{used.replace('_', '-')}")
    if options.year is not None:  # two words, and the first is not the one we know
        is_year = options.new.isdigit()
        raise UsageError("usage-unknown", what=options.year if is_year else options.new)
    return _listed(options, None if options.new is None else _year(options.new))


def _year(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) == len("2024")):
        raise UsageError("usage-year", given=given)
    return int(given)


# --- the amounts there are ------------------------------------------------------------------------


def _listed(options: argparse.Namespace, year: int | None) -> Exit:
    rates = _rates(load_policy(options.rules), year, options.lang)
    if options.format == "json":
        document = [{"id": rate["id"], "values": rows} for rate, rows in rates]
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return Exit.DONE
    if not any(rows for _, rows in rates):
        raise DataNotFoundError("year-unknown", year=str(year))
    if options.to:
        return _drawn(options, [{**rate, "values": rows} for rate, rows in rates if rows])
    for rate, rows in rates:
        for line in _lines(rate["label"], rows, options.lang):
            print(line)
    return Exit.DONE


def _drawn(options: argparse.Namespace, rates: list[dict[str, Any]]) -> Exit:
    """Write *rates* as a timeline, or as a page that also holds them as tables."""
    from hjemmel.letters.explained import rates_page

    lines = rate_lines(rates)
    picture = ending_of(options.to) == ".svg"
    text = rate_picture(lines, options.lang) if picture else rates_page(lines, options.lang)
    write_picture(options.to, text)
    print(words("picture-written", options.lang, file=str(options.to)))
    return Exit.DONE


def _rates(book: RuleBook, year: int | None, lang: str) -> list[tuple[Any, list[dict[str, Any]]]]:
    listed = translated(book.trees, lang)["rates"].get("rates")
    return [_rows(node.plain(), year) for node in listed.elements()] if listed else []


def _rows(rate: Any, year: int | None) -> tuple[Any, list[dict[str, Any]]]:  # noqa: ANN401 - plain data
    rows = [row for row in rate["values"] if year is None or row["from"][:4] == str(year)]
    return rate, [{**row, "amount": data_amount(parse_amount(row["amount"]))} for row in rows]


def _lines(label: str, rows: list[dict[str, Any]], lang: str) -> Iterator[str]:
    """Return a heading and a line for each of *rows*, or nothing where there are none."""
    if not rows:
        return
    yield styled(label, "bold")
    most = max(parse_amount(row["amount"]) for row in rows)
    for row in rows:
        ore = parse_amount(row["amount"])
        bar = "█" * (round(_BAR * ore / most) if most else 0)
        amount, basis = people_amount(ore, lang), words(f"basis-{row['basis']}", lang)
        yield f"  {row['from']} – {row.get('to', ''):<10}  {amount:>12}  {bar:<{_BAR}}  {basis}"


# --- a new year -----------------------------------------------------------------------------------


def _new_year(options: argparse.Namespace) -> Exit:
    """Write the next year's rows where they belong, when the rules hold with them."""
    request = _request(options)
    book = load_policy(options.rules)
    file = book.folder / book.tree("rates").place.file
    text = read_text(file)
    plan = plan_year(book, text, request)
    trial = try_year(book, plan)
    if options.dry_run:
        print(_difference(text, plan.text, _shown(file)), end="")
    else:
        write_text(file, plan.text)
    key = "rate-year-dry" if options.dry_run else "rate-year-added"
    print(words(key, options.lang, year=str(plan.year), file=_shown(file)))
    for line in (*_plan_lines(plan, options.lang), *_trial_lines(plan.year, trial, options.lang)):
        print(line)
    return Exit.DONE


def _request(options: argparse.Namespace) -> YearRequest:
    if options.year is None:
        raise UsageError("usage-new-year")
    if options.percent is None:
        raise UsageError("usage-missing", what="--percent")
    if options.format != "text":
        raise UsageError("usage-new-format")
    return YearRequest(
        year=_year(options.year),
        percent=options.percent,
        source=options.source or "",
        amounts=dict(_amount(given) for given in options.amount or ()),
        index=options.index or "",
    )


def _amount(given: str) -> tuple[str, str]:
    rate, equals, amount = (part.strip() for part in given.partition("="))
    if not (rate and equals and amount):
        raise UsageError("usage-amount", given=given)
    return rate, amount


def _difference(before: str, after: str, name: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name, n=1
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _shown(file: Path) -> str:
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(file)


def _plan_lines(plan: YearPlan, lang: str) -> Iterator[str]:
    ref, at = plan.source
    percent = plan.percent.replace(".", ",") if lang == "da" else plan.percent
    fields = {"label": plan.index, "percent": percent, "ref": ref, "at": at}
    yield f"  {words('rate-year-percent', lang, **fields)}"
    for row in plan.rows:
        fields = {
            "label": row.label,
            "amount": people_amount(row.ore, lang),
            "before": people_amount(row.before, lang),
            "basis": words(f"basis-{row.basis}", lang),
        }
        yield f"  {words('rate-year-row', lang, **fields)}"
    for label in plan.left_out:
        yield f"  {words('rate-year-left-out', lang, label=label)}"
    for row in plan.rows:
        if row.basis == "published":
            yield f"  {words('rate-year-published', lang, label=row.label)}"


def _trial_lines(year: int, trial: Trial, lang: str) -> Iterator[str]:
    spans = {"before": _span(trial.before), "after": _span(trial.after), "next": str(year + 1)}
    yield words("rate-year-decides", lang, **spans)
    counts = {"warnings": len(trial.report.warnings), "count": trial.scenarios}
    shown = {name: str(count) for name, count in counts.items()}
    yield words("rate-year-checked", lang, **shown)
    if trial.stale:
        yield words("rate-year-stale", lang, year=str(year))
    for result in trial.stale:
        yield f"  {styled('✗', 'red')} {result.scenario.name} ({result.scenario.place})"


def _span(years: tuple[int, ...]) -> str:
    """Return *years* as people write them: 2023–2026, or with commas where one is missing."""
    if not years:
        return "–"
    whole = years == tuple(range(years[0], years[-1] + 1))
    if whole and len(years) > 1:
        return f"{years[0]}–{years[-1]}"
    return ", ".join(str(year) for year in years)

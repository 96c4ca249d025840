"""``hjemmel diff``: two editions of the rules, compared in words, decisions and effect."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.assure.compare import Options, compare, open_rules, own_scenarios, read_cases
from hjemmel.assure.compare_cases import CHUNK
from hjemmel.assure.compare_html import report_html
from hjemmel.assure.compare_show import (
    case_rows,
    decided_text,
    edition_text,
    effect_tables,
    equivalence_text,
    examined_text,
    gravest,
    is_number,
    known_text,
    summary_text,
    witness_note,
    witness_title,
)
from hjemmel.assure.compare_witness import scenario_text
from hjemmel.cli.main import Exit
from hjemmel.cli.progress import progress
from hjemmel.cli.show import styled
from hjemmel.explain.reasons import people_day
from hjemmel.issues import DataNotFoundError, HjemmelError, RulesInvalidError
from hjemmel.messages import words
from hjemmel.money import grouped
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from hjemmel.assure.compare import Comparison
    from hjemmel.assure.compare_cases import Changed, Given, Row, Tally, Unread
    from hjemmel.assure.compare_law import Change, KeyChange
    from hjemmel.policy.book import RuleBook

#: Invented cases where no cases are given; how many may be asked for; how much is shown.
_USUALLY, _MOST, _SHOWN = 500, 10_000_000, 10
_WIDTH = 100
_MARKS = {"added": ("+", "green"), "ended": ("−", "red"), "amended": ("~", "yellow")}


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add*."""
    diff = add("diff", run_diff)
    diff.add_argument("old", metavar="GAMMEL", help=words("help-diff-old"))
    diff.add_argument("new", metavar="NY", help=words("help-diff-new"))
    diff.add_argument("--cases", type=Path, metavar="STI", help=words("help-diff-cases"))
    usually = words("help-diff-generate", count=str(_USUALLY))
    diff.add_argument("--generate", type=int, metavar="N", help=usually)
    diff.add_argument("--seed", type=int, default=1, metavar="S", help=words("help-diff-seed"))
    diff.add_argument("--on", default="", metavar="DAG", help=words("help-diff-on"))
    diff.add_argument("--known", default="", metavar="DAG", help=words("help-diff-known"))
    diff.add_argument("--to", type=Path, metavar="FIL.html", help=words("help-diff-to"))
    diff.add_argument(
        "--format", choices=("text", "json"), default="text", help=words("help-format")
    )


def run_diff(options: argparse.Namespace) -> Exit:
    """Compare two editions of the rules; that they differ is no failure."""
    on = _day(options.on) if options.on else None
    known = _known(options.known)
    old, new = _opened(options)
    comparison = compare(old, new, _cases(options, old, new), Options(
        names=(options.old, options.new),
        on=on,
        known=known,
        generate=_generate(options),
        seed=options.seed,
        processes=os.cpu_count() or 1,
        watch=lambda steps, total: _watched(steps, total, options.lang),
    ))  # fmt: skip
    if options.to:
        options.to.write_text(report_html(comparison, options.lang), encoding="utf-8")
    if options.format == "json":
        print(json.dumps(comparison.document(), ensure_ascii=False, indent=2))
        return Exit.DONE
    print(comparison_text(comparison, options.lang), end="")
    if options.to:
        print(f"\n{words('diff-written', options.lang, file=str(options.to))}")
    return Exit.DONE


def _opened(options: argparse.Namespace) -> tuple[RuleBook, RuleBook]:
    """Open both editions; a bare revision means the other side's folder as it was then."""
    usual = options.rules or next(
        (Path(one) for one in (options.new, options.old) if Path(one).is_dir()), Path("rules")
    )
    books = []
    for side, text in (("old", options.old), ("new", options.new)):
        try:
            books.append(open_rules(text, beside=usual))
        except RulesInvalidError:
            sys.stderr.write(words(f"diff-side-{side}", options.lang, name=text) + "\n")
            raise
    return books[0], books[1]


def _cases(
    options: argparse.Namespace, old: RuleBook, new: RuleBook
) -> Iterable[Given | Row | Unread]:
    if options.cases is None:
        return own_scenarios(old, new)
    found = list(read_cases(options.cases))
    if not found:
        raise DataNotFoundError("cases-missing", path=str(options.cases))
    return found


def _generate(options: argparse.Namespace) -> int:
    if options.generate is None:
        return 0 if options.cases else _USUALLY
    count = int(options.generate)
    if not 0 <= count <= _MOST:
        raise HjemmelError("diff-count", given=str(count), limit=str(_MOST))
    return count


def _known(text: str) -> tuple[date | None, date | None]:
    """Return the days of ``DAY`` or ``DAY..DAY``; a side left empty knows everything."""
    first, dots, second = text.partition("..")
    days = [_day(one) if one else None for one in (first, second if dots else first)]
    return days[0], days[1]


def _day(text: str) -> date:
    day = day_of(text)
    if day is None:
        raise HjemmelError("no-such-day", given=text, last="")
    return day


def _watched(steps: Iterable[Tally], total: int, lang: str) -> Iterable[Tally]:
    return progress(steps, words("diff-progress", lang, size=str(CHUNK)), total)


# --- as text ------------------------------------------------------------------------------------


def comparison_text(comparison: Comparison, lang: str = "da") -> str:
    """Return *comparison* as text: what changed, whether it matters, and for whom."""
    sections = (
        _head(comparison, lang),
        _changes(comparison, lang),
        _equivalence(comparison, lang),
        _witnesses(comparison, lang),
        _effect(comparison, lang),
        _turned(comparison, lang),
        _changed_cases(comparison, lang),
    )
    shown = ["\n".join(rows) for section in sections if (rows := list(section))]
    return "\n\n".join(shown) + "\n"


def _head(comparison: Comparison, lang: str) -> Iterator[str]:
    for side, edition in (("diff-old", comparison.old), ("diff-new", comparison.new)):
        yield f"{words(side, lang)}: {edition_text(edition, lang)}"
    if comparison.on:
        yield _wrapped(words("diff-on-day", lang, day=people_day(comparison.on)))
    for side, edition in (("diff-old", comparison.old), ("diff-new", comparison.new)):
        if edition.known:
            yield _wrapped(known_text(words(side, lang), edition, lang))


def _changes(comparison: Comparison, lang: str) -> Iterator[str]:
    yield styled(words("diff-changes", lang), "bold")
    yield summary_text(comparison, lang)
    kind = ""
    for change in comparison.changes:
        if change.kind != kind:
            kind = change.kind
            yield f"  {styled(words(f'kind-{kind}', lang), 'bold')}"
        yield from _change(change, lang)


def _change(change: Change, lang: str) -> Iterator[str]:
    mark, colour = _MARKS[change.status]
    name = f" ‹{change.id}›" if change.id else ""
    editorial = f" ({words('change-editorial', lang)})" if change.editorial else ""
    status = words(f"change-{change.status}", lang)
    yield _wrapped(f"{styled(mark, colour)} {change.label}{name}: {status}{editorial}", "    ")
    if change.retroactive:
        start, known = people_day(change.retroactive.start), people_day(change.retroactive.known)
        text = words("change-retroactive", lang, start=start, known=known)
        yield _wrapped(f"! {text}", "      ", "        ")
    if change.status == "ended" and not change.keys:
        yield _wrapped(words("change-removed", lang), "      ", "        ")
    for one in change.keys:
        yield _wrapped(_key(one, change.status, lang), "      ", "        ")


def _key(one: KeyChange, status: str, lang: str) -> str:
    label = one.label if lang == "da" else one.key
    return f"{label}: {one.new}" if status == "added" else f"{label}: {one.old} → {one.new}"


def _equivalence(comparison: Comparison, lang: str) -> Iterator[str]:
    tally = comparison.tally
    yield styled(words("diff-equivalence", lang), "bold")
    yield _wrapped(equivalence_text(comparison, lang))
    yield _wrapped(examined_text(comparison, lang))
    if tally.unread:
        yield words("diff-unread", lang, count=str(len(tally.unread)))
        for one in tally.unread[:_SHOWN]:
            yield _wrapped(f"{one.place}: {one.why}", "  ", "    ")
        yield from _more(len(tally.unread), lang)


def _witnesses(comparison: Comparison, lang: str) -> Iterator[str]:
    if not comparison.witnesses:
        return
    yield styled(words("diff-witnesses", lang), "bold")
    for one in comparison.witnesses:
        yield f"{styled(witness_title(one, lang), 'bold')} ({witness_note(one, lang)})"
        for side, decided in (("diff-old", one.old), ("diff-new", one.new)):
            yield _wrapped(f"{words(side, lang)}: {decided_text(decided, lang)}", "  ", "    ")
        yield textwrap.indent(scenario_text([one]).rstrip(), "    ")


def _effect(comparison: Comparison, lang: str) -> Iterator[str]:
    if not comparison.tally.examined:
        return
    yield styled(words("diff-effect", lang), "bold")
    for at, (_, table) in enumerate(effect_tables(comparison, lang)):
        if at:
            yield ""
        yield from _table(table)


def _turned(comparison: Comparison, lang: str) -> Iterator[str]:
    if any(one.retroactive for one in comparison.changes) and comparison.tally.examined:
        yield styled(words("diff-turned", lang), "bold")
        count = len(comparison.turned)
        code = "diff-turned-why" if count else "diff-turned-none"
        yield _wrapped(words(code, lang, count=grouped(count, lang)))
        yield from _listed(comparison.turned, lang)


def _changed_cases(comparison: Comparison, lang: str) -> Iterator[str]:
    changed = comparison.tally.changed
    if changed:
        yield styled(words("diff-changed-cases", lang), "bold")
        yield from _listed(changed, lang)


def _listed(changed: Iterable[Changed], lang: str) -> Iterator[str]:
    cases = gravest(changed)
    if cases:
        yield from _table(case_rows(cases[:_SHOWN], lang))
        yield from _more(len(cases), lang)


def _more(count: int, lang: str) -> Iterator[str]:
    if count > _SHOWN:
        yield f"  {words('diff-more', lang, count=grouped(count - _SHOWN, lang))}"


def _table(rows: list[list[str]]) -> Iterator[str]:
    """Yield *rows* in columns; what is a number stands to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if row is not rows[0] and is_number(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        yield f"  {'  '.join(cells)}".rstrip()


def _wrapped(text: str, indent: str = "", following: str | None = None) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent,
        subsequent_indent=indent if following is None else following,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip

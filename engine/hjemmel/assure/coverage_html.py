"""The coverage report as one page that needs nothing beside itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from hjemmel.assure.coverage import KINDS
from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from hjemmel.assure.coverage import Count, Coverage, Goal
    from hjemmel.assure.coverage_sources import Provisions

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0 2rem; width: 100%; }
caption { font-weight: 600; text-align: left; padding: .3rem 0; }
th, td { border-bottom: 1px solid #8888; padding: .3rem .6rem; }
th, td { text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
meter { width: 10rem; }
code { white-space: nowrap; }
"""


def percent(share: Fraction) -> str:
    """Return *share* as a percentage that never says all when something is left."""
    tenths = share * 1000 // 1
    return f"{tenths // 10},{tenths % 10}" if tenths % 10 else str(tenths // 10)


def coverage_page(coverage: Coverage, lang: str = "da") -> str:
    """Return the report of *coverage* as an HTML page."""
    total = coverage.count()
    kinds = [(words(f"goals-{kind}", lang), coverage.count(kind=kind)) for kind in KINDS]
    files = [(file, coverage.count(file=file)) for file in coverage.files]
    missed = [
        _table(
            [words("coverage-place", lang), words("coverage-what", lang)],
            [[_place(goal), escape(goal.text)] for goal in coverage.missed if _in(goal, file)],
            file,
        )
        for file in coverage.files
        if any(_in(goal, file) for goal in coverage.missed)
    ]
    excused = _table(
        [words("coverage-place", lang), words("coverage-what", lang), words("coverage-why", lang)],
        [[_place(goal), escape(goal.text), escape(goal.excused)] for goal in coverage.excused],
        words("coverage-excused", lang),
    )
    body = [
        f"<h1>{escape(words('coverage-title', lang))}</h1>",
        f"<p>{escape(total_line(coverage, total, lang))}</p>",
        _counts(words("coverage-by-kind", lang), words("coverage-kind", lang), kinds, lang),
        _counts(words("coverage-by-file", lang), words("coverage-file", lang), files, lang),
        f"<h2>{escape(words('coverage-missed', lang))}</h2>",
        *(missed or [f"<p>{escape(words('coverage-none-missed', lang))}</p>"]),
        f"<h2>{escape(words('coverage-excused', lang))}</h2>",
        excused,
    ]
    return _page(words("coverage-title", lang), body, lang)


def sources_page(found: Provisions, lang: str = "da") -> str:
    """Return what rests on each provision as an HTML page."""
    rows = [
        [
            f'<td class="number">{one.row}</td>',
            f"{escape(one.source)}, {escape(one.at)}",
            escape(one.text),
            "<br>".join(
                f"<code>{escape(file)}</code>: {escape(', '.join(names))}"
                for file, names in one.claims.items()
            )
            or escape(_why(one.excuse, lang)),
        ]
        for one in found.listed
    ]
    heads = ["sources-row", "coverage-place", "coverage-what", "sources-rests"]
    body = [
        f"<h1>{escape(words('sources-title', lang))}</h1>",
        f"<p>{escape(sources_line(found, lang))}</p>",
        _table([words(head, lang) for head in heads], rows, words("sources-title", lang)),
    ]
    return _page(words("sources-title", lang), body, lang)


def total_line(coverage: Coverage, total: Count, lang: str) -> str:
    """Return the sentence with the exact fraction of all goals."""
    return words(
        "coverage-total",
        lang,
        reached=str(total.reached),
        wanted=str(total.wanted),
        percent=percent(total.share),
        scenarios=str(coverage.scenarios),
    )


def sources_line(found: Provisions, lang: str) -> str:
    """Return the sentence with the exact fraction of the provisions."""
    return words(
        "sources-total",
        lang,
        covered=str(found.covered),
        rows=str(len(found.listed)),
        claimed=str(found.claimed),
        excused=str(found.covered - found.claimed),
    )


def _why(excuse: str, lang: str) -> str:
    return words("sources-no-rule", lang, reason=excuse) if excuse else words("sources-gap", lang)


def _in(goal: Goal, file: str) -> bool:
    return goal.place.file == file


def _place(goal: Goal) -> str:
    return f"<code>{escape(goal.place.file)}:{goal.place.line}</code>"


def _counts(caption: str, head: str, counts: Iterable[tuple[str, Count]], lang: str) -> str:
    rows = [
        [
            escape(name),
            escape(
                words("coverage-fraction", lang, reached=str(one.reached), wanted=str(one.wanted))
            ),
            _meter(one),
            str(one.excused or ""),
        ]
        for name, one in counts
    ]
    heads = [
        head,
        words("coverage-reached", lang),
        words("coverage-share", lang),
        words("coverage-excused", lang),
    ]
    return _table(heads, rows, caption)


def _meter(count: Count) -> str:
    most, shown = count.wanted or 1, f"{percent(count.share)} %"
    reached = count.reached if count.wanted else 1
    return f'<meter min="0" max="{most}" value="{reached}">{shown}</meter> {shown}'


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]], caption: str) -> str:
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "\n".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return (
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def _cell(cell: str) -> str:
    return cell if cell.startswith("<td") else f"<td>{cell}</td>"


def _page(title: str, body: Iterable[str], lang: str) -> str:
    content = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{content}\n</main>\n</body>\n</html>\n"
    )

"""A comparison as one HTML file that needs nothing else: no script, no font, no network.

The picture shows how many cases flow from which old outcome to which new one. It is readable
without colour (light is unchanged, dark is changed, every stream carries its figure), is told in
words to those who do not see it, and the same figures stand in the table below it.
"""

# ruff: noqa: E501 - a page with its style sheet and its picture, a rule a line
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING

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
    rank,
    summary_text,
    witness_note,
    witness_title,
)
from hjemmel.assure.compare_witness import name_of, scenario_text
from hjemmel.explain.reasons import people_day
from hjemmel.messages import words
from hjemmel.money import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.assure.compare import Comparison
    from hjemmel.assure.compare_cases import Changed
    from hjemmel.assure.compare_law import Change

_SHOWN = 10
#: The picture: its width, the room for names beside it, the bars, and the space between them.
_WIDTH, _MARGIN, _BAR, _GAP, _TOP = 900, 210, 14, 26, 12
#: How high all streams are together, and how thin the thinnest may be.
_HEIGHT, _THINNEST, _NAMED_FROM = 300, 3, 13
_LIGHT, _DARK = "#d4d4d4", "#4a4a4a"

_PAGE = Template("""<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
:root { color: #1b1b1b; background: #fff; font: 1rem/1.5 system-ui, "Segoe UI", Arial, sans-serif; }
body { margin: 0 auto; padding: 1.5rem; max-width: 62rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; padding-top: .75rem; border-top: 2px solid #1b1b1b; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
p { margin: .35rem 0; }
dl.editions { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .75rem 0; }
dl.editions dt { font-weight: 600; } dl.editions dd { margin: 0; overflow-wrap: anywhere; }
.verdict { font-size: 1.15rem; font-weight: 600; border-left: .4rem solid #1b1b1b; padding: .35rem .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .75rem 0; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border-bottom: 1px solid #767676; padding: .3rem .6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #1b1b1b; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.total td, tr.total th { border-top: 2px solid #1b1b1b; font-weight: 600; }
.status { display: inline-block; border: 1px solid #1b1b1b; border-radius: .2rem; padding: 0 .4rem; font-size: .85rem; }
.back { border-left: .3rem solid #1b1b1b; padding-left: .6rem; }
del { text-decoration: line-through; } ins { text-decoration: none; font-weight: 600; }
pre { background: #f2f2f2; border: 1px solid #767676; padding: .75rem; overflow-x: auto; font-size: .85rem; line-height: 1.4; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; margin-bottom: .25rem; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 14px system-ui, "Segoe UI", Arial, sans-serif; fill: #1b1b1b; }
.small { font-size: .9rem; } code { font-size: .9em; }
a:focus-visible, .scroll:focus-visible, pre:focus-visible { outline: 3px solid #1b1b1b; outline-offset: 2px; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
</style>
</head>
<body>
<header>
<h1>$title</h1>
$head
</header>
<main>
$body
</main>
<footer><p class="small">$limits</p></footer>
</body>
</html>
""")


def report_html(comparison: Comparison, lang: str = "da") -> str:
    """Return *comparison* as a page of its own."""
    sections = (
        _equivalence(comparison, lang),
        _effect(comparison, lang),
        _changes(comparison, lang),
        _witnesses(comparison, lang),
        _turned(comparison, lang),
        _changed(comparison, lang),
    )
    return _PAGE.substitute(
        lang=lang,
        title=escape(words("diff-title", lang)),
        head="\n".join(_head(comparison, lang)),
        body="\n".join(row for section in sections for row in section),
        limits=escape(words("diff-limits", lang)),
    )


def _head(comparison: Comparison, lang: str) -> Iterator[str]:
    yield '<dl class="editions">'
    for side, edition in (("diff-old", comparison.old), ("diff-new", comparison.new)):
        yield f"<dt>{_words(side, lang)}</dt><dd>{escape(edition_text(edition, lang))}</dd>"
    yield "</dl>"
    on = comparison.on
    yield _paragraph(
        words("diff-on-day", lang, day=people_day(on)) if on else words("diff-on-own", lang)
    )
    for side, edition in (("diff-old", comparison.old), ("diff-new", comparison.new)):
        yield _paragraph(known_text(words(side, lang), edition, lang))


def _equivalence(comparison: Comparison, lang: str) -> Iterator[str]:
    yield _heading("diff-equivalence", lang)
    yield f'<p class="verdict">{escape(equivalence_text(comparison, lang))}</p>'
    yield _paragraph(examined_text(comparison, lang))
    unread = comparison.tally.unread
    if unread:
        yield _paragraph(words("diff-unread", lang, count=grouped(len(unread), lang)))
        rows = [f"<li><code>{escape(one.place)}</code>: {escape(one.why)}</li>" for one in unread]
        yield f"<ul>{''.join(rows[:_SHOWN])}</ul>"
        yield _more(len(unread), lang)


def _effect(comparison: Comparison, lang: str) -> Iterator[str]:
    tally = comparison.tally
    if not tally.examined:
        return
    yield _heading("diff-effect", lang)
    yield _figure("diff-flow-all", tally.transitions, tally.altered, lang)
    if tally.changed and len(tally.changed) < tally.examined:
        yield _figure("diff-flow-changed", tally.altered, tally.altered, lang)
    for title, rows in effect_tables(comparison, lang):
        last = title == words("diff-table", lang)
        yield _table(title, rows, total=last)


def _changes(comparison: Comparison, lang: str) -> Iterator[str]:
    yield _heading("diff-changes", lang)
    yield _paragraph(summary_text(comparison, lang))
    kind = ""
    for change in comparison.changes:
        if change.kind != kind:
            kind = change.kind
            yield f"<h3>{_words(f'kind-{kind}', lang)}</h3>"
        yield from _change(change, lang)


def _change(change: Change, lang: str) -> Iterator[str]:
    status = _words(f"change-{change.status}", lang)
    editorial = f" ({_words('change-editorial', lang)})" if change.editorial else ""
    name = f" <code>{escape(change.id)}</code>" if change.id else ""
    yield f'<p><span class="status">{status}</span> {escape(change.label)}{name}{editorial}</p>'
    if change.retroactive:
        back = change.retroactive
        days = {"start": people_day(back.start), "known": people_day(back.known)}
        yield f'<p class="back">{escape(words("change-retroactive", lang, **days))}</p>'
    if change.status == "ended" and not change.keys:
        yield _paragraph(words("change-removed", lang))
    if change.keys:
        yield "<ul>"
        for one in change.keys:
            label = escape(one.label if lang == "da" else one.key)
            old = f"<del>{escape(one.old)}</del> → " if change.status != "added" else ""
            yield f"<li>{label}: {old}<ins>{escape(one.new)}</ins></li>"
        yield "</ul>"


def _witnesses(comparison: Comparison, lang: str) -> Iterator[str]:
    if not comparison.witnesses:
        return
    yield _heading("diff-witnesses", lang)
    for one in comparison.witnesses:
        yield f"<h3>{escape(witness_title(one, lang))}</h3>"
        yield _paragraph(witness_note(one, lang))
        yield '<dl class="editions">'
        for side, decided in (("diff-old", one.old), ("diff-new", one.new)):
            yield f"<dt>{_words(side, lang)}</dt><dd>{escape(decided_text(decided, lang))}</dd>"
        yield "</dl>"
        yield f'<pre tabindex="0"><code>{escape(scenario_text([one]))}</code></pre>'


def _turned(comparison: Comparison, lang: str) -> Iterator[str]:
    if any(one.retroactive for one in comparison.changes) and comparison.tally.examined:
        yield _heading("diff-turned", lang)
        count = len(comparison.turned)
        code = "diff-turned-why" if count else "diff-turned-none"
        yield _paragraph(words(code, lang, count=grouped(count, lang)))
        yield from _cases("diff-turned", comparison.turned, lang)


def _changed(comparison: Comparison, lang: str) -> Iterator[str]:
    changed = comparison.tally.changed
    if changed:
        yield _heading("diff-changed-cases", lang)
        yield from _cases("diff-changed-cases", changed, lang)


def _cases(title: str, changed: Iterable[Changed], lang: str) -> Iterator[str]:
    cases = gravest(changed)
    if cases:
        shown = {
            "shown": grouped(min(_SHOWN, len(cases)), lang),
            "count": grouped(len(cases), lang),
        }
        caption = f"{words(title, lang)}. {words('diff-first-shown', lang, **shown)}"
        yield _table(caption, case_rows(cases[:_SHOWN], lang))


# --- small parts --------------------------------------------------------------------------------


def _words(code: str, lang: str) -> str:
    return escape(words(code, lang))


def _heading(code: str, lang: str) -> str:
    return f"<h2>{_words(code, lang)}</h2>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _more(count: int, lang: str) -> str:
    if count <= _SHOWN:
        return ""
    return _paragraph(words("diff-more", lang, count=grouped(count - _SHOWN, lang)))


def _table(caption: str, rows: list[list[str]], *, total: bool = False) -> str:
    """Return *rows* as a table: the first row heads the columns, the first cell heads its row."""
    head, *body = rows
    numeric = [all(is_number(row[at]) for row in body) for at in range(len(head))]
    marks = [' class="n"' if one else "" for one in numeric]
    heads = "".join(
        f'<th scope="col"{mark}>{escape(cell)}</th>' for cell, mark in zip(head, marks, strict=True)
    )
    shown = []
    for row in body:
        first, *others = ((escape(cell), mark) for cell, mark in zip(row, marks, strict=True))
        cells = "".join(f"<td{mark}>{cell}</td>" for cell, mark in others)
        kind = ' class="total"' if total and row is body[-1] else ""
        shown.append(f'<tr{kind}><th scope="row"{first[1]}>{first[0]}</th>{cells}</tr>')
    label = escape(caption, quote=True)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(shown)}</tbody></table></div>"
    )


# --- the picture --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stream:
    """Cases on one way from outcome to outcome, all changed or all not."""

    way: tuple[str, str]
    count: int
    changed: bool


def _figure(
    title: str,
    transitions: Mapping[tuple[str, str], int],
    altered: Mapping[tuple[str, str], int],
    lang: str,
) -> str:
    streams = _streams(transitions, altered)
    heights = _heights(streams)
    told = " ".join(
        words(
            "diff-flow-one",
            lang,
            **{
                "from": name_of(way[0], lang),
                "to": name_of(way[1], lang),
                "count": grouped(count, lang),
                "changed": grouped(altered.get(way, 0), lang),
            },
        )
        for way, count in sorted(transitions.items(), key=lambda one: rank(one[0]))
        if count
    )
    drawn, height = _drawn(streams, heights, lang)
    both = len({one.changed for one in streams}) > 1
    key = f'<p class="small">{_words("diff-flow-key", lang)}</p>' if both else ""
    return (
        f'<figure><figcaption id="{title}">{_words(title, lang)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-labelledby="{title} {title}-alt">'
        f'<desc id="{title}-alt">{escape(words("diff-flow-alt", lang, flows=told))}</desc>'
        f"{''.join(drawn)}</svg>"
        f"{key}</figure>"
    )


def _streams(
    transitions: Mapping[tuple[str, str], int], altered: Mapping[tuple[str, str], int]
) -> list[_Stream]:
    found = []
    for way in sorted(transitions, key=rank):
        changed = altered.get(way, 0)
        for count, dark in ((transitions[way] - changed, False), (changed, True)):
            if count > 0:
                found.append(_Stream(way, count, dark))
    return found


def _heights(streams: Iterable[_Stream]) -> dict[_Stream, float]:
    """Return how high each stream is drawn: by its count, but never too thin to be seen."""
    total = sum(one.count for one in streams)
    return {one: max(_THINNEST, _HEIGHT * one.count / total) for one in streams}


def _drawn(
    streams: list[_Stream], heights: Mapping[_Stream, float], lang: str
) -> tuple[list[str], float]:
    left = _bars(streams, heights, 0)
    right = _bars(streams, heights, 1)
    bottom = max(top + size for side in (left, right) for top, size in side.values())
    starts = {name: top for name, (top, _) in left.items()}
    ends = {name: top for name, (top, _) in right.items()}
    x_left, x_right = _MARGIN + _BAR, _WIDTH - _MARGIN - _BAR
    paths: tuple[list[str], list[str]] = ([], [])  # what is changed lies on top
    figures = []
    ends_of = _tops(streams, heights, ends)
    for one in streams:
        size, top, end = heights[one], starts[one.way[0]], ends_of[one]
        starts[one.way[0]] += size
        middle = (x_left + x_right) / 2
        fill, edge = (_DARK, "#fff") if one.changed else (_LIGHT, "#767676")
        paths[one.changed].append(
            f'<path d="M{x_left},{top:.1f} C{middle},{top:.1f} {middle},{end:.1f} {x_right},{end:.1f} '
            f"L{x_right},{end + size:.1f} C{middle},{end + size:.1f} {middle},{top + size:.1f} "
            f'{x_left},{top + size:.1f} Z" fill="{fill}" stroke="{edge}" stroke-width=".7"/>'
        )
        if size >= _NAMED_FROM:
            figures.append(_figure_on(one, x_left + 8, top + size / 2, lang))
    bars = [
        *_named(left, streams, 0, lang), *_named(right, streams, 1, lang)
    ]  # fmt: skip
    return [*paths[0], *paths[1], *figures, *bars], bottom + _TOP


def _figure_on(one: _Stream, x: float, y: float, lang: str) -> str:
    colour = "#fff" if one.changed else "#1b1b1b"
    return f'<text x="{x}" y="{y + 5:.1f}" style="fill:{colour}">{grouped(one.count, lang)}</text>'


def _bars(
    streams: Iterable[_Stream], heights: Mapping[_Stream, float], side: int
) -> dict[str, tuple[float, float]]:
    """Return the top and height of the bar of each outcome on *side*, best outcome first."""
    sizes: dict[str, float] = {}
    for one in streams:
        sizes[one.way[side]] = sizes.get(one.way[side], 0) + heights[one]
    found, top = {}, float(_TOP)
    for name in sorted(sizes, key=lambda one: rank((one, one))):
        found[name] = (top, sizes[name])
        top += sizes[name] + _GAP
    return found


def _tops(
    streams: Iterable[_Stream], heights: Mapping[_Stream, float], tops: Mapping[str, float]
) -> dict[_Stream, float]:
    """Return where each stream ends on the right, so that they cross as little as they can."""
    free, found = dict(tops), {}
    for one in sorted(streams, key=lambda one: (rank(one.way)[1], rank(one.way)[0], one.changed)):
        found[one] = free[one.way[1]]
        free[one.way[1]] += heights[one]
    return found


def _named(
    bars: Mapping[str, tuple[float, float]], streams: Iterable[_Stream], side: int, lang: str
) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for one in streams:
        counts[one.way[side]] += one.count
    x, anchor = ((_MARGIN, "end"), (_WIDTH - _MARGIN - _BAR, "start"))[side]
    at = _MARGIN - 8 if side == 0 else _WIDTH - _MARGIN + 8
    for name, (top, size) in bars.items():
        label = f"{name_of(name, lang)} ({grouped(counts[name], lang)})"
        yield (
            f'<rect x="{x}" y="{top:.1f}" width="{_BAR}" height="{size:.1f}" fill="#1b1b1b"/>'
            f'<text x="{at}" y="{top + size / 2 + 5:.1f}" text-anchor="{anchor}">{escape(label)}</text>'
        )

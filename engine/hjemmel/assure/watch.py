"""Watching: what time has overtaken in rules that were right, and which files are being edited.

The day is always given: nothing here looks at the clock.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hjemmel.issues import Issue
from hjemmel.policy.checks.base import Rules, listed
from hjemmel.policy.dated import day_of
from hjemmel.policy.load import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from hjemmel.policy.book import RuleBook
    from hjemmel.tree import Node


#: Rule files that no decision rests on: the sources themselves, and what the rules leave open.
_NOT_DECIDED_BY = ("sources", "gaps")


def overtaken(book: RuleBook, today: date) -> Iterator[Issue]:
    """Yield what in *book* was right once, but should be looked at on the day *today*."""
    rules = Rules(book.trees, _municipalities(book))
    yield from _outdated_rates(rules, today)
    yield from _superseded_sources(rules, today)
    yield from _old_checks(rules, today)


def _municipalities(book: RuleBook) -> dict[str, Node]:
    files = [str(node.value) for node in listed(book.tree("index"), "municipalities")]
    read = {file: Loaded().read(book.folder / file, file) for file in files}
    return {file: tree for file, tree in read.items() if tree is not None}


def _outdated_rates(rules: Rules, today: date) -> Iterator[Issue]:
    """Report a rate whose newest amount no longer holds."""
    for rate in rules.elements("rates", "rates"):
        yield from _outdated(rate, rate.text("id"), today)
    for tree in rules.municipalities.values():
        for rate in listed(tree.get("municipality") or tree, "rates"):
            yield from _outdated(rate, rate.text("label"), today)


def _outdated(rate: Node, name: str, today: date) -> Iterator[Issue]:
    newest = max(listed(rate, "values"), key=lambda value: value.text("from"), default=None)
    end = day_of(newest.text("to")) if newest else None
    if newest is not None and end is not None and end < today:
        following = str(end.year + 1) if rate.get("regulation") else ""
        fields = {"name": name, "day": end.isoformat(), "next": following}
        yield Issue(code="rate-outdated", place=newest.place, fields=fields, warning=True)


def _superseded_sources(rules: Rules, today: date) -> Iterator[Issue]:
    """Report a citation that still holds, of a source that does not and that nothing replaces."""
    sources = rules.ids("sources", "sources")
    followed = {node.text("supersedes") for node in sources.values()}
    ended: dict[str, str] = {}
    for name, node in sources.items():
        last = (node.get("in_force") or node).text("to")
        replaced = name in followed or node.text("superseded_by") in sources
        if (day_of(last) or today) < today and not replaced:
            ended[name] = last
    for file, tree in rules.trees.items():
        if file in _NOT_DECIDED_BY:
            continue
        for citation in _holding(tree, today):
            name = citation.text("ref")
            if name in ended:
                fields = {"name": name, "day": ended[name]}
                place = (citation.get("ref") or citation).place
                yield Issue(code="source-superseded", place=place, fields=fields, warning=True)


def _holding(node: Node, today: date) -> Iterator[Node]:
    """Return the citations below *node*, those of periods that ended before *today* left out."""
    if _ended(node, today):
        return
    yield from (one for one in listed(node, "sources") if one.get("ref"))
    for _, child in node.items():
        yield from _holding(child, today)
    for child in node.elements():
        yield from _holding(child, today)


def _ended(node: Node, today: date) -> bool:
    last = day_of(node.text("to")) or day_of((node.get("in_force") or node).text("to"))
    year = node.get("year")
    of_the_past = year is not None and isinstance(year.value, int) and year.value < today.year
    return of_the_past or (last is not None and last < today)


def _old_checks(rules: Rules, today: date) -> Iterator[Issue]:
    """Report a source that nobody has looked at for more than a year."""
    for source in rules.elements("sources", "sources"):
        on = source.at("checked", "on")
        day = day_of(str(on.value)) if on else None
        if on is not None and day is not None and _a_year_after(day) < today:
            fields = {"name": source.text("id"), "day": day.isoformat()}
            yield Issue(code="source-check-old", place=on.place, fields=fields, warning=True)


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # the leap day: the year is over with February
        return date(day.year + 1, 3, 1)


# --- files that are being edited ------------------------------------------------------------------


def snapshot(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return when each file in *folders* was last saved, and its size."""
    seen: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                if path.is_file() and not path.name.startswith("."):
                    status = path.stat()
                    seen[path] = (status.st_mtime_ns, status.st_size)
            except OSError:  # gone between the listing and the look; the next look will tell
                continue
    return seen


def each_change(look: Callable[[], object], wait: Callable[[], None]) -> Iterator[None]:
    """Yield once now, and again whenever *look* gives something else and has come to rest.

    *wait* is called between two looks. An editor that saves a file in several steps makes one
    change, not several.
    """
    last = look()
    while True:
        yield
        now = look()
        while now == last:
            wait()
            now = look()
        last = _at_rest(now, look, wait)


def _at_rest(now: object, look: Callable[[], object], wait: Callable[[], None]) -> object:
    while True:
        wait()
        later = look()
        if later == now:
            return now
        now = later

"""What was known on a day: the second of the two time axes.

The first axis is what is in force: a rule holds from one day to another, and a case is decided by
the rules of its own day. The second is what could be known: a rule rests on sources, and nobody
could follow it before the first of them was there. They part when a rule reaches back: an answer
from May about how a law from last June is to be read, or an amount set in June from 1 January.

* A source is known from the day it was ``issued``; one without that day (a page of rates) from the
  first day it is in force. A source with a ``name`` is one law in many editions and is cited
  whatever the edition, so a new consolidation makes nothing new: it is known from the earliest of
  its own and its predecessors' days.
* An element (a criterion, a diagnosis, a category, a rule of a conclusion, a reading, a duty, an
  amount of a rate) is known from the first day one of its own sources is known. It is unknown on a
  day when all of them came later. An amount has sources of its own for each of its periods.
* What is not known is taken out: as if not in force on any day. Where an older edition of the
  rules is given, the older edition's element stands in its place, an amount day by day.
* An ending has no source of its own, so a removed element, or one that now ends, counts as known.
* Facts and the rows of the tables always stay: they are the words and the order in which the
  answers are put together, and a table must always have an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from hjemmel.issues import HjemmelError
from hjemmel.policy.book import RuleBook
from hjemmel.policy.dated import Period, period_of
from hjemmel.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: The lists whose elements may be unknown; conclusions and rates are known part by part.
LISTS = (
    ("criteria", "criteria"), ("criteria", "indicators"), ("diagnoses", "diagnoses"),
    ("categories", "provisions"), ("categories", "categories"), ("categories", "never_covered"),
    ("categories", "outside_ceiling"), ("readings", "readings"), ("duties", "duties"),
)  # fmt: skip
#: Names that an older edition's conditions may need.
_NAMED = (("facts", "facts"), ("decisions", "conclusions"), ("readings", "readings"))
#: The first day of what is never in force.
NEVER = "9999-12-31"


def known_days(book: RuleBook) -> dict[str, date]:
    """Return the day from which each source of *book* is known, by its id."""
    sources = {one["id"]: one for one in _plain(book, "sources")["sources"]}
    return {ref: _known_from(source, sources) for ref, source in sources.items()}


def _known_from(source: Mapping[str, Any], sources: Mapping[str, Any]) -> date:
    start = period_of(source["in_force"]).start
    issued = date.fromisoformat(source["issued"]) if "issued" in source else start
    if "name" not in source:
        return issued
    before = sources.get(source.get("supersedes", ""))
    earliest = min(issued, start)
    return min(earliest, _known_from(before, sources)) if before else earliest


def known_day(element: Mapping[str, Any], days: Mapping[str, date]) -> date | None:
    """Return the day from which *element* is known; nothing where it names no source."""
    found = [days[one["ref"]] for one in element.get("sources", ()) if one["ref"] in days]
    return min(found, default=None)


def first_day(book: RuleBook) -> date:
    """Return the day from which the rule set itself is known."""
    policy = _plain(book, "index")["policy"]
    return known_day(policy, known_days(book)) or period_of(policy["in_force"]).start


@dataclass(frozen=True, slots=True)
class Known:
    """The rules as they were known on a day, and what of the full rules was not."""

    book: RuleBook
    unknown: tuple[str, ...]


def known_by(book: RuleBook, day: date, older: RuleBook | None = None) -> Known:
    """Return *book* as it was known on *day*; what was not known stays as in *older*, if given.

    Raises:
        HjemmelError: not even the rule set's own sources were known.
    """
    if first_day(book) > day:
        fields = {"day": day.isoformat(), "first": first_day(book).isoformat()}
        raise HjemmelError("diff-nothing-known", **fields)
    return _View(book, day, older).known()


def known_view(book: RuleBook, day: date, older: RuleBook) -> RuleBook:
    """Return *older* with those changes of *book* that were known on *day*."""
    return _View(book, day, older).known().book


def late_days(book: RuleBook, older: RuleBook) -> tuple[date, ...]:
    """Return the days on which what is new in *book* since *older* became known, in order."""
    days = known_days(book)
    return tuple(sorted({day for one in _new_parts(book, older) if (day := known_day(one, days))}))


def _new_parts(book: RuleBook, older: RuleBook) -> Iterator[dict[str, Any]]:
    lists = [(file, key, "") for file, key in LISTS]
    for file, key, below in (
        *lists, ("decisions", "conclusions", "rules"), ("rates", "rates", "values")
    ):  # fmt: skip
        nodes, before = (
            [
                part
                for node in elements(one.tree(file), key)
                for part in (elements(node, below) if below else (node,))
            ]
            for one in (book, older)
        )
        held = [node.plain() for node in before]
        for node in nodes:
            plain: Any = node.plain()
            if plain not in held:
                yield plain


@dataclass(slots=True)
class _View:
    book: RuleBook
    day: date
    older: RuleBook | None
    days: Mapping[str, date] = field(init=False)
    unknown: list[str] = field(default_factory=list)
    reverted: bool = False

    def __post_init__(self) -> None:
        self.days = known_days(self.book)

    def known(self) -> Known:
        trees = dict(self.book.trees)
        for file, key in LISTS:
            older = self._older(file, key)
            kept = [self._element(node, older) for node in elements(trees[file], key)]
            trees[file] = _with(trees[file], key, kept)
        rates = [self._rate(node) for node in elements(trees["rates"], "rates")]
        trees["rates"] = _with(trees["rates"], "rates", rates)
        conclusions = [self._conclusion(one) for one in elements(trees["decisions"], "conclusions")]
        trees["decisions"] = _with(trees["decisions"], "conclusions", conclusions)
        if self.reverted:
            self._restore_names(trees)
        return Known(rebuilt(self.book, trees), tuple(sorted(self.unknown)))

    def _is_known(self, node: Node) -> bool:
        plain: Any = node.plain()
        known = known_day(plain, self.days)
        return known is None or known <= self.day

    def _older(self, file: str, key: str) -> dict[tuple[str, str], Node]:
        if self.older is None:
            return {}
        return {identity(node): node for node in elements(self.older.tree(file), key)}

    def _element(self, node: Node, older: Mapping[tuple[str, str], Node]) -> Node:
        if self._is_known(node):
            return node
        before = older.get(identity(node))
        if before is not None and before.plain() == node.plain():
            return node  # not changed: nothing to hold back
        self.unknown.append("/".join(part for part in identity(node) if part))
        self.reverted |= before is not None
        return before or _never(node)

    def _conclusion(self, node: Node) -> Node:
        before = self._older("decisions", "conclusions").get(identity(node))
        older = {identity(rule): rule for rule in elements(before, "rules")} if before else {}
        rules = [self._element(rule, older) for rule in elements(node, "rules")]
        kept = _with(node, "rules", rules)
        # Its rules are held back as well: who looks at this edition for what it held must see it.
        return _never(kept) if all(_is_never(rule) for rule in rules) else kept

    def _rate(self, node: Node) -> Node:
        values = elements(node, "values")
        before = self._older("rates", "rates").get(identity(node))
        older = elements(before, "values") if before else ()
        same = [one.plain() for one in older]
        held = [one for one in values if self._is_known(one) or one.plain() in same]
        dropped = [one for one in values if one not in held]
        if not dropped:
            return node
        self.unknown.extend(f"{node.text('id')}@{one.text('from')}" for one in dropped)
        clipped = [part for gap in dropped for one in older for part in _clipped(one, gap)]
        ordered = sorted([*held, *clipped], key=lambda one: one.text("from"))
        return _with(node, "values", ordered or [_dated(values[0], NEVER, "")])

    def _restore_names(self, trees: dict[str, Node]) -> None:
        """Add what only the older edition has: its conditions, put back, may speak of it."""
        for file, key in _NAMED:
            here = {identity(node) for node in elements(trees[file], key)}
            lost = [node for name, node in self._older(file, key).items() if name not in here]
            trees[file] = _with(trees[file], key, [*elements(trees[file], key), *lost])


def elements(node: Node, key: str) -> tuple[Node, ...]:
    """Return the elements of the list *key* of *node*; none where it is left out."""
    below = node.get(key)
    return below.elements() if below else ()


def identity(node: Node) -> tuple[str, str]:
    """Return what tells *node* from the others of its list."""
    return (node.text("provision") if node.get("provision") else "", node.text("id"))


def rebuilt(book: RuleBook, trees: Mapping[str, Node]) -> RuleBook:
    """Return *book* with other *trees* and the same municipalities."""
    return RuleBook(book.folder, trees, municipal_trees(book))


def municipal_trees(book: RuleBook) -> Mapping[str, Node]:
    """Return the trees of the municipality files of *book* by id."""
    return book.municipality_trees


def _with(node: Node, key: str, nodes: Iterable[Node]) -> Node:
    below = node.get(key)
    place = below.place if below else node.place
    return Node({**dict(node.items()), key: Node(tuple(nodes), place)}, node.place, node.keys)


def _never(node: Node) -> Node:
    period = Node({"from": Node(NEVER, node.place)}, node.place)
    return Node({**dict(node.items()), "in_force": period}, node.place, node.keys)


def _is_never(node: Node) -> bool:
    period = node.get("in_force")
    return period is not None and period.text("from") == NEVER


def _clipped(value: Node, gap: Node) -> Iterator[Node]:
    """Yield that part of the amount *value* which lies in the period of *gap*."""
    held, wanted = _period(value), _period(gap)
    start = max(held.start, wanted.start)
    end = min((one for one in (held.end, wanted.end) if one), default=None)
    if end is None or start <= end:
        yield _dated(value, start.isoformat(), end.isoformat() if end else "")


def _dated(value: Node, start: str, end: str) -> Node:
    entries = {key: child for key, child in value.items() if key not in ("from", "to")}
    entries["from"] = Node(start, value.place)
    if end:
        entries["to"] = Node(end, value.place)
    return Node(entries, value.place, value.keys)


def _period(value: Node) -> Period:
    plain: Any = value.plain()
    return period_of(plain)


def _plain(book: RuleBook, file: str) -> dict[str, Any]:
    plain: Any = book.tree(file).plain()
    return dict(plain)


def starts_in(book: RuleBook) -> tuple[date, ...]:
    """Return the days on which anything in *book* begins, or has ended the day before."""
    return tuple(sorted({day for days in book.edges.values() for day in days} - {date.min}))

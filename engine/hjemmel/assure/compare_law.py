"""The change in legal words: what was added, ended and amended between two editions.

Content is compared, never text: comments, layout and the order of elements are no change. The
order of the rows of a decision table is, for the first that fits wins. Keys that only help those
who keep the rules (who reviewed what, where a source was read) are editorial.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hjemmel.assure.compare_known import NEVER, known_day, known_days, municipal_trees
from hjemmel.assure.compare_phrases import CONDITIONS, Phrases, canonical, normal
from hjemmel.explain.reasons import people_day
from hjemmel.messages import TEXTS, words
from hjemmel.policy.dated import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.policy.book import RuleBook

ADDED, ENDED, AMENDED = "added", "ended", "amended"
#: Every list of elements: its kind, its file and its key, in the order of a report.
KINDS = (
    ("criteria", "criteria", "criteria"), ("indicators", "criteria", "indicators"),
    ("diagnoses", "diagnoses", "diagnoses"), ("provisions", "categories", "provisions"),
    ("categories", "categories", "categories"), ("never_covered", "categories", "never_covered"),
    ("outside_ceiling", "categories", "outside_ceiling"), ("rates", "rates", "rates"),
    ("indices", "rates", "indices"), ("conclusions", "decisions", "conclusions"),
    ("rules", "decisions", ""),
    ("items", "outcomes", "items"), ("outcomes", "outcomes", "outcomes"),
    ("readings", "readings", "readings"), ("duties", "duties", "duties"), ("gaps", "gaps", "gaps"),
    ("facts", "facts", "facts"), ("sources", "sources", "sources"), ("places", "sources", ""),
)  # fmt: skip
#: Kinds whose elements stand below those of another: the list of the parent that holds them.
_NESTED = {"rules": ("conclusions", "rules"), "places": ("sources", "provisions")}
#: Kinds whose order decides something.
_ORDERED = ("items", "outcomes")
#: What is not law: who looked at it, where it was read, how it is filed.
_EDITORIAL = frozenset(
    ("reviewed", "checked", "anchor", "row", "url", "note", "doubts", "unverified", "version",
     "schema_version", "known_on", "examples", "sensitivity", "files", "municipalities", "used_by")
)  # fmt: skip
#: What is told of an element that was added: these keys, in this order.
_TELLING = (
    "question", "when", "raised_by", "outcome", "status", "on_name_match", "printed", "chosen",
    "text", "effect", "issued", "in_force.from", "in_force.to", "sources",
)  # fmt: skip
#: Lists whose elements have no id but a key of their own.
_KEYED = {"values": ("from", "year")}
#: Values that only make sense together with the reading or question they belong to.
_CHOICES = ("chosen", "otherwise")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """One key of an element that is not what it was; both values in words."""

    key: str
    label: str
    old: str
    new: str
    editorial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retroactive:
    """That something holds from *start* though nobody could know it before *known*."""

    start: date
    known: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One element that was added, ended or amended."""

    kind: str
    id: str
    label: str
    status: str
    keys: tuple[KeyChange, ...]
    retroactive: Retroactive | None = None

    @property
    def editorial(self) -> bool:
        """Say whether nothing of this is law."""
        return bool(self.keys) and all(one.editorial for one in self.keys)


def legal_changes(old: RuleBook, new: RuleBook) -> tuple[Change, ...]:
    """Return every change from *old* to *new*, sorted by kind and id."""
    if old.digest() == new.digest() and _municipal(old) == _municipal(new):
        return ()
    return tuple(_Comparer(old, new).changes())


class _Comparer:
    def __init__(self, old: RuleBook, new: RuleBook) -> None:
        self.old, self.new = _files(old), _files(new)
        self.said = (Phrases(old), Phrases(new))
        self.days = known_days(new)
        self.municipal = (_municipal(old), _municipal(new))

    def changes(self) -> Iterator[Change]:
        yield from self._whole("policy", "index", ())
        for kind, file, key in KINDS:
            yield from self._listed(kind, file, key)
        for kind, file, skipped in (
            ("refund", "rates", ("rates", "indices")),
            ("tables", "outcomes", ("items", "outcomes")),
            ("diagnosis_lists", "diagnoses", ("diagnoses",)),
        ):
            yield from self._whole(kind, file, skipped)
        for name in sorted(set(self.municipal[0]) | set(self.municipal[1])):
            before, after = (one.get(name) for one in self.municipal)
            yield from self._element("municipalities", name, before, after)

    def _listed(self, kind: str, file: str, key: str) -> Iterator[Change]:
        before, after = (_by_identity(kind, data[file], key) for data in (self.old, self.new))
        for name in sorted(set(before) | set(after)):
            yield from self._element(kind, name, before.get(name), after.get(name))
        if kind in _ORDERED:
            yield from self._order(kind, list(before), list(after))

    def _whole(self, kind: str, file: str, skipped: Iterable[str]) -> Iterator[Change]:
        """Compare what stands in *file* outside its lists of elements, as one element."""
        before, after = (
            {key: value for key, value in data[file].items() if key not in skipped}
            for data in (self.old, self.new)
        )
        yield from self._element(kind, file, before, after)

    def _element(
        self,
        kind: str,
        name: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> Iterator[Change]:
        shown = after or before or {}
        label = str(shown.get("label", shown.get("name", shown.get("question", ""))))
        keys: tuple[KeyChange, ...] = ()
        if before is None and after is not None:
            status, keys = ADDED, tuple(self._telling(after))
        elif after is None:
            status = ENDED
        else:
            keys = tuple(self._amended(_own(kind, before or {}), _own(kind, after)))
            if not keys:
                return
            status = ENDED if _ends(keys) else AMENDED
        back = self._reaches_back(before, after) if after is not None else None
        if all(one.editorial for one in keys):
            back = None
        yield Change(kind=kind, id=name, label=label, status=status, keys=keys, retroactive=back)

    def _order(self, kind: str, before: list[str], after: list[str]) -> Iterator[Change]:
        kept_before = [name for name in before if name in after]
        kept_after = [name for name in after if name in before]
        if kept_before != kept_after:
            old, new = " → ".join(kept_before), " → ".join(kept_after)
            moved = KeyChange(key="order", label=words("key-order"), old=old, new=new)
            yield Change(kind=kind, id="", label="", status=AMENDED, keys=(moved,))

    # --- keys ---------------------------------------------------------------------------

    def _telling(self, entry: Mapping[str, Any]) -> Iterator[KeyChange]:
        flat = dict(_flat(entry))
        for path in _TELLING:
            if path in flat:
                yield self._key(path, None, flat[path], entry, entry)
        for path, value in flat.items():
            if path.partition("[")[0] in _KEYED:
                yield self._key(path, None, value, entry, entry)

    def _amended(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[KeyChange]:
        old, new = dict(_flat(before)), dict(_flat(after))
        for path in sorted(set(old) | set(new)):
            was, now = old.get(path), new.get(path)
            if normal(was) == normal(now):
                continue
            if path.partition("[")[0] in _KEYED and isinstance(was, dict) and isinstance(now, dict):
                yield from self._amended_value(path, was, now)
            else:
                yield self._key(path, was, now, before, after)

    def _amended_value(
        self, path: str, was: Mapping[str, Any], now: Mapping[str, Any]
    ) -> Iterator[KeyChange]:
        """Say what is new of one dated value: only the keys of it that are."""
        for key in sorted(set(was) | set(now)):
            if normal(was.get(key)) != normal(now.get(key)):
                yield KeyChange(
                    key=f"{path}.{key}",
                    label=_dated_label(path, key),
                    old=self.said[0].value(key, was.get(key)),
                    new=self.said[1].value(key, now.get(key)),
                    editorial=key in _EDITORIAL,
                )

    def _key(
        self,
        path: str,
        was: Any,  # noqa: ANN401 - plain data
        now: Any,  # noqa: ANN401
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> KeyChange:
        if isinstance(was, list) and isinstance(now, list) and path not in CONDITIONS:
            was, now = _without(was, now), _without(now, was)
        return KeyChange(
            key=path,
            label=_label(path),
            old=self._said(0, path, was, before),
            new=self._said(1, path, now, after),
            editorial=bool(_EDITORIAL & set(path.split("."))),
        )

    def _said(self, side: int, path: str, value: Any, entry: Mapping[str, Any]) -> str:  # noqa: ANN401
        phrases = self.said[side]
        key = path.rpartition(".")[2]
        if value is None or value == []:
            return words("change-none")
        if path.partition("[")[0] in _KEYED:
            return _dated_value(phrases, value)
        if key in _CHOICES and isinstance(value, str):
            return phrases.reading(str(entry.get("id")), value)
        return phrases.value(key, value)

    # --- time ---------------------------------------------------------------------------

    def _reaches_back(
        self, before: Mapping[str, Any] | None, after: Mapping[str, Any]
    ) -> Retroactive | None:
        """Return the earliest start of what is new in *after* that came before its sources."""
        found = [
            Retroactive(start=start, known=known)
            for start, known in self._starts(before or {}, after)
            if start < known
        ]
        return min(found, key=lambda one: (one.start, one.known), default=None)

    def _starts(
        self, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> Iterator[tuple[date, date]]:
        parts = [after]
        for key in ("values",):
            held = [normal(one) for one in before.get(key, ())]
            if key in after:
                parts = [one for one in after[key] if normal(one) not in held]
        for part in parts:
            start = day_of(str(part.get("from") or part.get("in_force", {}).get("from", "")))
            known = known_day(part, self.days)
            if start and known:
                yield start, known


def _files(book: RuleBook) -> dict[str, dict[str, Any]]:
    plain: dict[str, Any] = {name: tree.plain() for name, tree in book.trees.items()}
    plain["index"] = dict(plain["index"]["policy"])
    return plain


def _municipal(book: RuleBook) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Any] = {}
    for name, tree in municipal_trees(book).items():
        plain: Any = tree.plain()
        found[name] = plain["municipality"]
    return found


def _by_identity(kind: str, data: Mapping[str, Any], key: str) -> dict[str, Mapping[str, Any]]:
    """Return the elements of a kind; what was not known is as if it were not there."""
    if kind not in _NESTED:
        return {_identity(entry): entry for entry in data.get(key, ()) if not _never(entry)}
    parents, below = _NESTED[kind]
    found: dict[str, Mapping[str, Any]] = {}
    for parent in data.get(parents, ()):
        for entry in parent.get(below, ()):
            if _never(parent) or _never(entry):
                continue
            # A rule holds while its conclusion does, unless it says otherwise.
            period = {"in_force": parent["in_force"]} if kind == "rules" else {}
            found[f"{parent['id']}/{entry['id']}"] = {
                "label": parent.get("label", ""), **period, **entry
            }  # fmt: skip
    return found


def _never(entry: Mapping[str, Any]) -> bool:
    period = entry.get("in_force")
    return isinstance(period, dict) and period.get("from") == NEVER


def _identity(entry: Mapping[str, Any]) -> str:
    return "/".join(str(entry[key]) for key in ("provision", "id") if key in entry)


def _own(kind: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *entry* without what is compared elsewhere."""
    skipped: set[str] = {below for parents, below in _NESTED.values() if parents == kind}
    if kind in _NESTED:
        skipped |= {"label"}
    if kind == "rules":
        skipped |= {"in_force"}
    return {key: value for key, value in entry.items() if key not in skipped}


def _flat(entry: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the keys of *entry* and below as dotted paths; conditions and lists stay whole."""
    for key, value in entry.items():
        path = f"{above}{key}"
        if key in _KEYED and isinstance(value, list):
            for one in value:
                name = next((str(one[known]) for known in _KEYED[key] if known in one), "")
                yield f"{key}[{name}]", one
        elif isinstance(value, dict) and key not in CONDITIONS:
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def _without(these: list[Any], those: list[Any]) -> list[Any]:
    held = [canonical(normal(one)) for one in those]
    return [one for one in these if canonical(normal(one)) not in held]


def _ends(keys: Iterable[KeyChange]) -> bool:
    """Say whether the element has been given a last day."""
    none = words("change-none")
    return any(one.key == "in_force.to" and one.old == none and one.new != none for one in keys)


def _label(path: str) -> str:
    """Return what *path* is called; the path itself where nobody has named it."""
    first, bracket, name = path.partition("[")
    if bracket:
        return _dated_label(path, "amount" if "-" in name else "percent")
    last = path.rpartition(".")[2]
    for known in (f"key-{path}", f"key-{last}"):
        if known in TEXTS:
            return words(known) if first == path and known == f"key-{path}" else _inner(path, known)
    return path


def _inner(path: str, known: str) -> str:
    above = path.rpartition(".")[0]
    return f"{words(known)} ‹{above}›" if above else words(known)


def _dated_label(path: str, key: str) -> str:
    name = path.partition("[")[2].partition("]")[0]
    label = words(f"key-{key}") if f"key-{key}" in TEXTS else key
    day = day_of(name)
    if day:
        return words("key-from-day", key=label, day=people_day(day))
    return words("key-of-year", key=label, year=name)


def _dated_value(phrases: Phrases, value: Mapping[str, Any]) -> str:
    if "percent" in value and "amount" not in value:
        return phrases.value("percent", value["percent"])
    amount = phrases.value("amount", value.get("amount"))
    start = phrases.value("from", value.get("from"))
    if "to" not in value:
        return words("value-open-period", amount=amount, start=start)
    return words("value-period", amount=amount, start=start, end=phrases.value("to", value["to"]))


def change_document(change: Change) -> dict[str, Any]:
    """Return *change* as plain data."""
    back = change.retroactive
    return {
        "kind": change.kind,
        "id": change.id,
        "label": change.label,
        "status": change.status,
        "editorial": change.editorial,
        "retroactive": None
        if back is None
        else {"from": back.start.isoformat(), "known": back.known.isoformat()},
        "keys": [
            {"key": one.key, "label": one.label, "old": one.old, "new": one.new,
             "editorial": one.editorial}
            for one in change.keys
        ],
    }  # fmt: skip


def as_json(changes: Iterable[Change]) -> str:
    """Return *changes* as JSON text: the same changes, the same text."""
    return json.dumps([change_document(one) for one in changes], ensure_ascii=False)

"""What a scenario expects, held against the decision that was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hjemmel.messages import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hjemmel.policy.book import RuleBook
    from hjemmel.tree import Node

#: The file and the list in which the names that a scenario may expect stand.
_NAMED_IN = {"duties": ("duties", "duties"), "open_questions": ("readings", "readings")}
_NO: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the decision is not as expected; or a name that no rule has."""

    path: str
    expected: object
    actual: object
    unknown: bool = False


def difference_text(one: Difference, lang: str = "da") -> str:
    """Return *one* as a sentence."""
    if one.unknown:
        return words("scenario-unknown-name", lang, path=one.path, name=_told(one.expected))
    fields = {"path": one.path, "expected": _told(one.expected), "actual": _told(one.actual)}
    return words("scenario-difference", lang, **fields)


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value) or "[]"
    return str(value)


def names_of(book: RuleBook) -> dict[str, frozenset[str]]:
    """Return the names that the rules of *book* have, by the kind that a scenario asks for."""
    found = {}
    for kind, (file, key) in _NAMED_IN.items():
        found[kind] = frozenset(node.text("id") for node in _nodes(book, file, key))
    for node in _nodes(book, "readings", "readings"):
        readings = node.get("readings")
        found[node.text("id")] = frozenset(key for key, _ in readings.items()) if readings else _NO
    return found


def _nodes(book: RuleBook, file: str, key: str) -> tuple[Node, ...]:
    listed = book.tree(file).get(key)
    return listed.elements() if listed else ()


def unknown_choices(
    choices: Mapping[str, str], names: Mapping[str, frozenset[str]]
) -> Iterator[Difference]:
    """Yield the questions of *choices*, or the readings chosen, that no rule has."""
    for question, reading in choices.items():
        known = question in names["open_questions"]
        if not known or reading not in names[question]:
            path = f"choices.{question}" if known else "choices"
            yield Difference(path, reading if known else question, None, unknown=True)


def differences(
    expect: Mapping[str, Any],
    document: dict[str, Any],
    names: Mapping[str, frozenset[str]] | None = None,
) -> Iterator[Difference]:
    """Yield where *document* is not as *expect* has it.

    With *names*, a name that no rule has is a difference of its own: to expect that a misspelt
    duty is absent would always hold, and say nothing.
    """
    for key, wanted in expect.items():
        yield from _unknown(key, wanted, names or {})
        special = _SPECIAL.get(key)
        if special is not None:
            yield from special(key, wanted, document)
        else:
            yield from _differs(key, wanted, document.get(key, "–"))


def _unknown(key: str, wanted: object, names: Mapping[str, frozenset[str]]) -> Iterator[Difference]:
    kind = key.rpartition("_")[0] if key in _SPECIAL else key
    known = names.get(kind)
    if known is None or not isinstance(wanted, list):
        return
    asked = [one["id"] if isinstance(one, dict) else one for one in wanted]
    for name in asked:
        if name not in known:
            yield Difference(key, name, None, unknown=True)


def _differs(path: str, wanted: object, actual: object) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(actual, dict):
        for key, value in wanted.items():
            if key == "grounds_include":
                absent = [one for one in value if one not in actual.get("grounds", [])]
                if absent:
                    yield Difference(f"{path}.grounds", value, actual.get("grounds"))
            else:
                yield from _differs(f"{path}.{key}", value, actual.get(key, "–"))
    elif isinstance(wanted, list) and all(isinstance(one, dict) and "id" in one for one in wanted):
        yield from _elements(path, wanted, actual)
    elif wanted != actual:
        yield Difference(path, wanted, actual)


def _elements(path: str, wanted: list[dict[str, Any]], actual: object) -> Iterator[Difference]:
    found = {one["id"]: one for one in actual} if isinstance(actual, list) else {}
    if not wanted and found:
        yield Difference(path, [], sorted(found))
    for one in wanted:
        if one["id"] not in found:
            yield Difference(f"{path}[{one['id']}]", one, "–")
        else:
            yield from _differs(f"{path}[{one['id']}]", one, found[one["id"]])


def _names(key: str, document: dict[str, Any]) -> list[str]:
    kind = key.rsplit("_", 1)[0]
    name = "fact" if kind == "missing" else "id"
    return [one[name] for one in document.get(kind, [])]


def _exactly(key: str, wanted: list[str], document: dict[str, Any]) -> Iterator[Difference]:
    actual = _names(key, document)
    if "error" in document or sorted(wanted) != sorted(actual):
        yield Difference(key, wanted, actual)


def _includes(key: str, wanted: list[str], document: dict[str, Any]) -> Iterator[Difference]:
    actual = _names(key, document)
    if not set(wanted) <= set(actual):
        yield Difference(key, wanted, actual)


def _excludes(key: str, wanted: list[str], document: dict[str, Any]) -> Iterator[Difference]:
    actual = _names(key, document)
    if "error" in document or set(wanted) & set(actual):
        yield Difference(key, wanted, actual)


_SPECIAL = {
    "missing_exactly": _exactly,
    "missing_includes": _includes,
    "missing_excludes": _excludes,
    "open_questions_include": _includes,
    "open_questions_exclude": _excludes,
    "duties_include": _includes,
    "duties_exclude": _excludes,
    "duties_exactly": _exactly,
}

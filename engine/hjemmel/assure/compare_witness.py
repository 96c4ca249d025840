"""The smallest cases on which two editions differ, as scenarios that can be run.

A case that shows a difference is made smaller as long as it shows the same difference: fact by
fact, whole groups first, until taking any one thing away would lose it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hjemmel.assure.compare_cases import (
    LEVELS,
    NEITHER,
    NEW,
    OLD,
    Changed,
    Given,
    as_of,
    node_of,
    own_policy,
)
from hjemmel.decide.case import case_of
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_document
from hjemmel.issues import HjemmelError
from hjemmel.messages import TEXTS, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.assure.compare_cases import Own, Pair
    from hjemmel.policy.book import RuleBook

#: How many witnesses are shown, and how many cases of a kind are made smaller to find one.
MOST, TRIED = 6, 2
#: What a case cannot do without.
_REQUIRED = frozenset({"case", "decided_on"})
#: What a scenario says of a decision.
_EXPECTED = ("outcome", "target_group", "items", "amounts", "error")
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A smallest case, with what both editions decide on it."""

    number: int
    changed: Changed
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def case(self) -> Mapping[str, Any]:
        """Return the case as plain data."""
        return self.changed.given.data


def witnesses(pair: Pair, changed: Iterable[Changed]) -> tuple[Witness, ...]:
    """Return a smallest case for each kind of difference in *changed*, the gravest first.

    Where the editions favour the citizen by turns, both are among those that are shown.
    """
    kinds: dict[tuple[str, ...], list[Changed]] = {}
    for one in changed:
        kinds.setdefault(one.kind, []).append(one)
    found = []
    for kind in _chosen(kinds):
        smallest = sorted(kinds[kind], key=lambda one: _size(one.given.data))[:TRIED]
        shrunk = [smaller(pair, one) for one in smallest]
        found.append(min(shrunk, key=lambda one: _size(one.given.data)))
    return tuple(_witness(pair, number, one) for number, one in enumerate(found, 1))


def _chosen(kinds: Mapping[tuple[str, ...], list[Changed]]) -> list[tuple[str, ...]]:
    """Return the kinds to show: gravest first, by turns what favours new, old and neither."""
    chosen: list[tuple[str, ...]] = []
    for level in LEVELS:
        by_side: dict[str, list[tuple[str, ...]]] = {NEW: [], OLD: [], NEITHER: []}
        for kind in sorted(kinds, key=lambda one: (-len(kinds[one]), one)):
            if kind[2] == level:
                by_side[kind[3]].append(kind)
        while any(by_side.values()):
            chosen += [side.pop(0) for side in by_side.values() if side]
    return chosen[:MOST]


def smaller(pair: Pair, one: Changed) -> Changed:
    """Return *one* with as few facts as still show the same kind of difference."""
    start = as_of(one.given.data, pair.on) if pair.on else dict(one.given.data)
    # A fact told together with its evidence is tried without it first.
    best = _kept(pair, one, start, one.given.own)
    for fewer in ({"municipality": ""}, {"choices": ()}):
        own = replace(best.given.own, **fewer)
        if own != best.given.own:
            best = _shows(pair, one, best.given.data, own) or best
    while True:
        found = next(
            (
                tried
                for data in _removals(best.given.data)
                if (tried := _shows(pair, one, data, best.given.own))
            ),
            None,
        )
        if found is None:
            return best
        best = found


def _kept(pair: Pair, one: Changed, data: Mapping[str, Any], own: Own) -> Changed:
    return _shows(pair, one, data, own) or one


def _shows(pair: Pair, one: Changed, data: Mapping[str, Any], own: Own) -> Changed | None:
    """Return the case in *data* if it shows what *one* shows."""
    old, new = pair.verdicts(data, own)
    given = Given(data=data, place=one.given.place, own=own)
    tried = Changed(given=given, old=old, new=new, turned=one.turned)
    return tried if old != new and tried.kind == one.kind else None


def _removals(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield *data* with one thing less each: groups, then elements and facts, then evidence."""
    paths = sorted(_paths(data), key=len)
    for path in paths:
        yield _without(data, path)
    for name, value in (data.get("criteria") or {}).items():
        if isinstance(value, dict) and "met" in value:
            yield {**data, "criteria": {**data["criteria"], name: value["met"]}}


def _paths(data: Mapping[str, Any]) -> Iterator[_Path]:
    for group, inner in data.items():
        if group in _REQUIRED:
            continue
        yield (group,)
        if isinstance(inner, dict):
            yield from ((group, key) for key in inner)
        elif isinstance(inner, list):
            for at, element in enumerate(inner):
                yield (group, at)
                if isinstance(element, dict):
                    yield from ((group, at, key) for key in element if key != "id")


def _without(data: Any, path: _Path) -> Any:  # noqa: ANN401 - plain data
    step, *rest = path
    if isinstance(data, list):
        if not rest:
            return [one for at, one in enumerate(data) if at != step]
        return [_without(one, tuple(rest)) if at == step else one for at, one in enumerate(data)]
    kept = {key: child for key, child in data.items() if key != step or rest}
    if rest:
        kept[step] = _without(data[step], tuple(rest))
    return kept


def _size(data: Any) -> int:  # noqa: ANN401 - plain data
    if isinstance(data, dict):
        return sum(1 + _size(child) for child in data.values())
    return sum(1 + _size(one) for one in data) if isinstance(data, list) else 0


def _witness(pair: Pair, number: int, one: Changed) -> Witness:
    data = {**one.given.data, "case": f"VIDNE-{number}"}
    given = Given(data=data, place=one.given.place, own=one.given.own)
    shown = Changed(given=given, old=one.old, new=one.new, turned=one.turned)
    decided = [_decided(side.book, given) for side in (pair.old, pair.new)]
    return Witness(number=number, changed=shown, old=decided[0], new=decided[1])


def _decided(book: RuleBook, given: Given) -> dict[str, Any]:
    """Return what *book* decides, by both interpreters, or the error that a scenario expects."""
    try:
        case = case_of(node_of(given.data), book)
        document = decision_document(decide(own_policy(book, case.decided_on, given.own), case))
    except HjemmelError as error:
        return {"outcome": error.code, "error": error.code, "message": error.text()}
    kept = {key: document[key] for key in ("outcome", "target_group", "amounts", "missing")}
    kept["items"] = [
        {key: value for key, value in item.items() if key != "reasons"}
        for item in document["items"]
    ]
    kept["open_questions"] = [
        {"id": one["id"], "robust": one["robust"]} for one in document["open_questions"]
    ]
    return {**kept, "interpreters": document["receipt"]["interpreters"]}


def name_of(outcome: str, lang: str = "da") -> str:
    """Return what *outcome*, or the error in its place, is called."""
    code = f"outcome-{outcome}"
    return words(code, lang) if code in TEXTS else outcome


def scenario_text(shown: Iterable[Witness]) -> str:
    """Return the witnesses as a scenario file that expects what the new edition decides.

    What the old edition decides stands beside it as a comment.
    """
    rows = ["scenarios:"]
    for one in shown:
        old, new = name_of(one.changed.old.outcome), name_of(one.changed.new.outcome)
        fields = {"number": str(one.number), "from": old, "to": new}
        own = one.changed.given.own
        rows += [
            f"  - name: {_quoted(words('diff-scenario-name', **fields))}",
            f"    why: {_quoted(words('diff-scenario-why'))}",
            *([f"    municipality: {own.municipality}"] if own.municipality else []),
            *([f"    choices: {_flow(dict(own.choices))}"] if own.choices else []),
            "    case:",
            *(f"      {key}: {_flow(value)}" for key, value in one.case.items()),
            f"    # {words('diff-old').lower()}: {_flow(expected(one.old))}",
            "    expect:",
            *(f"      {key}: {_flow(value)}" for key, value in expected(one.new).items()),
        ]  # fmt: skip
    return "\n".join(rows) + "\n"


def expected(decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a decision that a scenario expects."""
    if "error" in decided:
        return {"error": decided["error"]}
    kept = {key: decided[key] for key in _EXPECTED if decided.get(key) is not None}
    group = dict(kept["target_group"])
    return {**kept, "target_group": {"value": group["value"]}}


def _flow(value: Any) -> str:  # noqa: ANN401 - plain data
    """Return *value* as one line of YAML; every text is quoted, so nothing can be misread."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return _quoted(value)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

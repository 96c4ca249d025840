"""What a failure shows: the smallest case for it, decided again by the engine itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hjemmel.assure.encode_case import ToldNumber
from hjemmel.assure.encode_terms import both, equal, no
from hjemmel.assure.encode_told import Telling
from hjemmel.decide.case import read_case
from hjemmel.decide.decision import decide, with_settled_entry
from hjemmel.decide.readings import propose
from hjemmel.decide.reference import Reference
from hjemmel.issues import HjemmelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from hjemmel.assure.encode_case import EveryCase
    from hjemmel.assure.encode_merge import Merged
    from hjemmel.assure.encode_terms import Bit, Valued
    from hjemmel.assure.verify_world import View, World
    from hjemmel.policy.book import RuleBook

#: Round sums to tell instead of the odd ones a solver finds, in øre.
_ROUND = (100_000, 1_000_000, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A case, what the engine decides in it, and the readings that are needed to see it.

    *agrees* tells that the engine decides as the proof says: if not, the proof is at fault.
    """

    case: dict[str, Any]
    outcome: str
    target_group: str
    items: Mapping[str, str] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    agrees: bool = True


def smallest(view: View, *wanted: Bit, alike: Sequence[EveryCase] = ()) -> Valued | None:
    """Return a case for which *wanted* holds that tells as little as possible, or nothing.

    A case that needs no choice of reading comes first. What *alike* tells is kept small as well.
    """
    found = view.solver.find(*wanted)
    if found is None:
        return None
    for preferred in _preferred(view):
        plainer = view.solver.find(preferred, *wanted)
        if plainer is not None:
            return _shrunk(view, [preferred, *wanted], plainer, [view.every, *alike])
    return _shrunk(view, [*wanted], found, [view.every, *alike])


def _preferred(view: View) -> Iterator[Bit]:
    """Yield conditions on the readings, the plainest first."""
    choices, merged = view.choices, view.merged
    unchosen = [
        name for name, one in view.policy.questions.items() if one.chosen not in one.readings
    ]
    if not choices.all_settled:
        yield choices.as_shipped()
        return
    chosen = both(
        *(choices.shipped(name) for name in view.policy.questions if name not in unchosen)
    )
    otherwise = both(
        *(choices.settled[name][view.policy.questions[name].otherwise] for name in unchosen),
        *(merged.raised[name].f for name in unchosen),
    )
    yield both(chosen, otherwise)
    yield chosen


def _shrunk(view: View, wanted: list[Bit], found: Valued, cases: Sequence[EveryCase]) -> Valued:
    for untold in _ways_to_tell_less(cases):
        if found.value(untold):
            wanted.append(untold)
            continue
        smaller = view.solver.find(*wanted, untold)
        if smaller is not None:
            wanted.append(untold)
            found = smaller
    return _rounded(view, wanted, found, cases)


def _ways_to_tell_less(cases: Sequence[EveryCase]) -> Iterator[Bit]:
    for case in cases:
        for listed in case.lists.values():
            yield from (no(element.present) for element in reversed(listed.elements))
            yield no(listed.told)
    for case in cases:
        for listed in case.lists.values():
            for element in listed.elements:
                yield from (no(told.known) for told in element.told.values())
        yield from (no(told.known) for told in case.facts.values())


def _rounded(view: View, wanted: list[Bit], found: Valued, cases: Sequence[EveryCase]) -> Valued:
    ceiling = view.policy.money.ceiling_today
    for told in _amounts(cases[0]):
        if not found.value(told.known):
            continue
        for amount in (*_ROUND, ceiling, ceiling + _ROUND[0]):
            rounder = view.solver.find(*wanted, equal(told.value, amount))
            if rounder is not None:
                wanted.append(equal(told.value, amount))
                found = rounder
                break
    return found


def _amounts(case: EveryCase) -> Iterator[ToldNumber]:
    for listed in case.lists.values():
        for element in listed.elements:
            for told in element.told.values():
                if isinstance(told, ToldNumber) and not told.lowest:
                    yield told


def shown(
    world: World, view: View, found: Valued, name: str, twin: tuple[EveryCase, Merged] | None = None
) -> Shown:
    """Return what *found* stands for, decided by the engine; or its *twin*, where there is one."""
    every, merged = twin or (view.every, view.merged)
    case = Telling(found.value).case(every, name, world.period.last)
    readings = _readings(view, found)
    predicted = [result for result, so in merged.outcome.items() if found.value(so)]
    outcome, target_group, items = _decided(world.book, case, readings)
    return Shown(
        case=case,
        outcome=outcome,
        target_group=target_group,
        items=items,
        readings=readings,
        agrees=(predicted or [""])[0] == outcome or not predicted,
    )


def _readings(view: View, found: Valued) -> dict[str, str]:
    """Return the readings the case needs, none where it decides itself as the rules ship."""
    if any(found.value(preferred) for preferred in list(_preferred(view))[:1]):
        return {}
    return {
        name: reading
        for name, readings in view.choices.settled.items()
        for reading, so in readings.items()
        if found.value(so)
    }


def _decided(
    book: RuleBook, data: dict[str, Any], readings: Mapping[str, str]
) -> tuple[str, str, dict[str, str]]:
    """Return outcome, target group and item statuses that the engine gives."""
    try:
        case = read_case(data, book)
        if not readings:
            decision = decide(book, case)
            statuses = {item.id: item.status for item in decision.items}
            return decision.outcome, decision.target_group.value, statuses
        policy = book.on(case.decided_on)
        told = with_settled_entry(policy, case)
        proposal = propose(policy, told, Reference(policy.tables()), fixed=readings)
    except HjemmelError as error:
        return error.code, "", {}
    statuses = {item.id: item.status for item in proposal.items}
    return proposal.outcome.result, proposal.target_group.value, statuses


# --- scenarios ------------------------------------------------------------------------------------


def write_scenario(folder: Path, stem: str, title: str, why: str, cases: Sequence[Shown]) -> Path:
    """Write *cases* as scenarios that run today, for an editor to put right; return the file."""
    rows = ["# yaml-language-server: $schema=../schema/scenarios.schema.json", "scenarios:"]
    for number, one in enumerate(cases, start=1):
        rows.extend(_scenario(f"{title} ({number})", why, one))
    path = folder / f"{stem}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _scenario(name: str, why: str, one: Shown) -> Iterator[str]:
    """Yield the lines of a scenario; a value written as JSON is YAML too."""
    yield f"  - name: {_json(name)}"
    yield f"    why: {_json(why)}"
    if one.readings:
        yield f"    # {_json(dict(one.readings))}"
    yield "    case:"
    yield from (f"      {key}: {_json(value)}" for key, value in one.case.items())
    yield f"    expect: {_json(_expected(one))}"


def _expected(one: Shown) -> dict[str, Any]:
    if one.readings:
        return {"target_group": {"value": one.target_group}} if one.target_group else {}
    if not one.target_group:
        return {"error": one.outcome}
    items = [{"id": name, "status": status} for name, status in one.items.items()]
    expected: dict[str, Any] = {"outcome": one.outcome, "target_group": {"value": one.target_group}}
    return {**expected, "items": items} if items else expected


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

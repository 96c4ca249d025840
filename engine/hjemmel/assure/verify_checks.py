"""What is proved of every rule set: one row each time, nothing dead, idle or contradictory."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from hjemmel.assure.encode_case import ToldTruth
from hjemmel.assure.encode_run import Reach, wish_frames
from hjemmel.assure.encode_terms import both, either, leads_to, no
from hjemmel.assure.encode_walk import first_fits, frame_at, value_of
from hjemmel.assure.verify_cases import shown, smallest
from hjemmel.assure.verify_elements import Element, Places, parts_within, struck_out
from hjemmel.assure.verify_report import Failure
from hjemmel.assure.verify_world import reached
from hjemmel.decide.budget import UNDECIDED
from hjemmel.issues import Issue
from hjemmel.model import GRANTS, HELP, WISHES
from hjemmel.policy.language import All, AnyPart, ConclusionTest, ListTest
from hjemmel.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hjemmel.assure.encode_case import Told
    from hjemmel.assure.encode_run import Frame
    from hjemmel.assure.encode_terms import Bit
    from hjemmel.assure.verify_world import View, World
    from hjemmel.policy.compile import Conclusion, DutyRule, Policy, Row, Rule
    from hjemmel.policy.language import Condition

_OF_LIST = {
    "help": HELP,
    "grant": GRANTS,
    "wish": WISHES,
    "granted_wish": WISHES,
}


class Goal(NamedTuple):
    """Something that must be so in some case: an element, and what of it."""

    element: Element
    what: str  # fits | decides | matters | true | false | unknown


class Examined:
    """What was seen of each element, in the periods that have it."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.seen: set[Goal] = set()
        self.last: dict[Element, World] = {}
        self.days: dict[Element, set[date]] = {}

    def elements(self, *kinds: str) -> Iterator[Element]:
        """Yield the elements of *kinds* that some period has."""
        return (element for element in self.last if element.kind in kinds)


def examine(world: World, examined: Examined) -> None:
    """Note what *world* shows of each element that no earlier period has shown.

    One element in each list shows almost everything; only what is left is looked for further.
    """
    for view in (world.small_alone, world.alone):
        _look_for(view, _goals_alone(view), world, examined)
    for view in (world.small_together, world.together):
        _look_for(view, _goals_together(view), world, examined)


def _look_for(
    view: View, goals: Iterable[tuple[Goal, Bit]], world: World, examined: Examined
) -> None:
    left: dict[Goal, Bit] = {}
    for goal, so in goals:
        examined.last[goal.element] = world
        examined.days.setdefault(goal.element, set()).add(world.period.first)
        if goal not in examined.seen:
            left[goal] = so
    examined.seen |= reached(view.solver, left)


# --- goals ----------------------------------------------------------------------------------------


def _goals_alone(view: View) -> Iterator[tuple[Goal, Bit]]:
    policy = view.policy
    for conclusion in policy.conclusions.values():
        yield from _goals_of_conclusion(view, conclusion)
    frame = wish_frame(view)
    for row, so in zip(policy.items, first_fits(frame, policy.items), strict=True):
        yield Goal(_row("item", row), "decides"), both(frame.present, so)
    decided = view.merged.decided
    for duty in policy.duties:
        element = Element("duty", duty.id, duty.id)
        yield Goal(element, "true"), decided.condition(duty.when).t
        for path in parts_within(duty.when):
            base, without = (
                decided.condition(one).t for one in (duty.when, struck_out(duty.when, path))
            )
            yield Goal(Element("duty", duty.id, duty.id, path), "matters"), _differ(base, without)
    yield from _row_parts("item", policy.items, _freely(view, wish=True))
    yield from _row_parts("outcome", policy.outcomes, _freely(view, wish=False))


def _goals_together(view: View) -> Iterator[tuple[Goal, Bit]]:
    for row, so in zip(view.policy.outcomes, view.merged.row_fits, strict=True):
        yield Goal(_row("outcome", row), "decides"), so


def _goals_of_conclusion(view: View, conclusion: Conclusion) -> Iterator[tuple[Goal, Bit]]:
    frame = frame_of(view, conclusion.scope)
    whole = frame.condition(conclusion.when)
    element = Element("conclusion", conclusion.id, conclusion.id)
    for truth in Truth:
        yield Goal(element, truth.value), both(frame.present, whole.is_(truth))
    for rule in conclusion.rules:
        own = Element("rule", rule.id, conclusion.id)
        yield Goal(own, "true"), both(frame.present, frame.condition(rule.when).t)
        if len(conclusion.rules) > 1:
            others = AnyPart(tuple(one.when for one in conclusion.rules if one is not rule))
            changed = no(frame.condition(others).same_as(whole))
            yield Goal(own, "matters"), both(frame.present, changed)
        for path in parts_within(rule.when):
            without = frame.condition(_rewritten(conclusion, rule.id, path))
            part = Element("rule", rule.id, conclusion.id, path)
            yield Goal(part, "matters"), both(frame.present, no(without.same_as(whole)))


def _rewritten(conclusion: Conclusion, rule_id: str, path: tuple[int, ...]) -> Condition:
    """Return the condition of *conclusion* with one part of one rule struck out."""
    return AnyPart(
        tuple(
            struck_out(rule.when, path) if rule.id == rule_id else rule.when
            for rule in conclusion.rules
        )
    )


def _row_parts(kind: str, rows: Sequence[Row], frame: Frame) -> Iterator[tuple[Goal, Bit]]:
    fits = first_fits(frame, rows)
    for at, row in enumerate(rows):
        for path in parts_within(row.when):
            when = struck_out(row.when, path)
            fits_so = [
                frame.condition(when if at == n else one.when).t for n, one in enumerate(rows)
            ]
            without = [both(so, *(no(one) for one in fits_so[:n])) for n, so in enumerate(fits_so)]
            differs = either(*(_differ(a, b) for a, b in zip(fits, without, strict=True)))
            valid = both(*(one for told in frame.given.values() for one in told.assumed()))
            yield Goal(Element(kind, row.id, row.id, path), "matters"), both(valid, differs)


def _differ(left: Bit, right: Bit) -> Bit:
    return either(both(left, no(right)), both(right, no(left)))


def _row(kind: str, row: Row) -> Element:
    return Element(kind, row.id, row.id)


# --- frames ---------------------------------------------------------------------------------------


def frame_of(view: View, scope: str) -> Frame:
    """Return the frame that conclusions of *scope* are read in: the first element of a list."""
    run, _ = view.merged.single
    match scope:
        case "case":
            return run.scope
        case "decision":
            return view.merged.decided
        case "granted_wish":
            return view.merged.decided.run.elements[WISHES][0]
        case "wish":
            return wish_frame(view)
        case _:
            return run.elements[_OF_LIST[scope]][0]


def wish_frame(view: View) -> Frame:
    """Return the frame of the first wish at the balance that the case opens with."""
    run, walk = view.merged.single
    base = wish_frames(run)[0]
    _, left = walk.balances[0].possible[0]
    return frame_at(run, base, value_of(run, base), left, walk.ceiling)


def _freely(view: View, *, wish: bool) -> Frame:
    """Return a frame in which budget and decision may give anything."""
    run, _ = view.merged.single
    given: dict[str, Told] = {
        fact.id: view.domain.told(fact, f"frit:{fact.id}")
        for fact in view.policy.facts.values()
        if fact.given_by in {"budget", "decision"}
    }
    return (wish_frames(run)[0] if wish else run.scope).with_given(given)


# --- what the examination comes to ----------------------------------------------------------------


class Findings:
    """Turns what was never seen into failures, each with its place and a case."""

    def __init__(self, places: Places, examined: Examined, days: set[date]) -> None:
        """Take where elements stand, what was *examined*, and the first *days* of the periods."""
        self._places, self._examined, self._days = places, examined, days
        self._at_fault: set[str] = set()

    def all(self) -> Iterator[Failure]:
        """Yield every failure, one for each cause."""
        dead = [*self._never("rule", "true"), *self._never("duty", "true")]
        self._at_fault = {one.owner for one in (*dead, *self._constant()) if one.kind != "duty"}
        dead = [one for one in dead if not self._follows(one)]
        rows = [*self._never("item", "decides"), *self._never("outcome", "decides")]
        constant = [one for one in self._constant() if not self._follows(one)]
        for element in dead:
            yield self._dead(element)
        for element in rows:
            yield self._dead_row(element)
        for element in constant:
            if not any(one.kind == "rule" and one.owner == element.id for one in dead):
                yield self._constant_conclusion(element)
        silent = {one.owner for one in (*dead, *rows, *constant)} | self._at_fault
        yield from self._idle(silent)

    def _follows(self, element: Element) -> bool:
        """Return whether *element* rests on a conclusion at fault, which is told at its root."""
        policy = self._examined.last[element].policy
        reach = Reach(policy)
        return any(
            isinstance(atom, ConclusionTest | ListTest) and atom.conclusion in self._at_fault
            for atom in reach.atoms(_condition(policy, element))
        )

    def _elements(self, *kinds: str) -> Iterator[Element]:
        """Yield the elements of *kinds* that one of the periods asked about has."""
        for element in self._examined.elements(*kinds):
            if self._examined.days[element] & self._days:
                yield element

    def _never(self, kind: str, what: str) -> Iterator[Element]:
        for element in self._elements(kind):
            if not element.path and Goal(element, what) not in self._examined.seen:
                yield element

    def _constant(self) -> Iterator[Element]:
        for element in self._elements("conclusion"):
            seen = [truth for truth in Truth if Goal(element, truth.value) in self._examined.seen]
            if len(seen) <= 1 and not self._unconditional(element):
                yield element

    def _unconditional(self, element: Element) -> bool:
        """Return whether the author has written that the conclusion always holds."""
        conclusion = self._examined.last[element].policy.conclusions[element.id]
        return any(rule.when == All(()) for rule in conclusion.rules)

    def _idle(self, silent: set[str]) -> Iterator[Failure]:
        told: set[tuple[str, str]] = set()
        for element in self._elements("rule", "item", "outcome", "duty"):
            if Goal(element, "matters") in self._examined.seen or element.owner in silent:
                continue
            if self._follows(element):
                continue
            has_goal = element.path or self._has_other_rules(element)
            # A part of an idle part is idle too; the whole is named once.
            inside = any(
                (element.id, str(element.path[:n])) in told for n in range(len(element.path))
            )
            if has_goal and not inside:
                told.add((element.id, str(element.path)))
                found = self._idle_part(element) if element.path else self._idle_rule(element)
                yield from () if found is None else (found,)

    def _has_other_rules(self, element: Element) -> bool:
        if element.kind != "rule":
            return False
        policy = self._examined.last[element].policy
        return len(policy.conclusions[element.owner].rules) > 1

    # --- each kind ------------------------------------------------------------------------

    def _failure(
        self, claim: str, code: str, element: Element, wanted: Iterable[Bit],
        *, view: View | None = None, **fields: str,
    ) -> Failure:  # fmt: skip
        world = self._examined.last[element]
        view = view or world.alone
        found = smallest(view, *wanted)
        name = f"VERIFY-{code}-{element.id}"[:80]
        cases = () if found is None else (shown(world, view, found, name),)
        fields = {"name": element.id, "owner": element.owner, **fields}
        issue = Issue(code=code, place=self._places.of(element), fields=fields)
        return Failure(
            claim=claim, element=element.id, issue=issue, period=str(world.period), cases=cases
        )

    def _dead(self, element: Element) -> Failure:
        world = self._examined.last[element]
        if element.kind == "duty":
            return self._failure("no-dead-rule", "dead-duty", element, ())
        conclusion = world.policy.conclusions[element.owner]
        rule = next(one for one in conclusion.rules if one.id == element.id)
        frame = frame_of(world.alone, conclusion.scope)
        met = _as_many_as_possible(world.alone, frame, rule.when)
        return self._failure("no-dead-rule", "dead-rule", element, (frame.present, *met))

    def _dead_row(self, element: Element) -> Failure:
        world = self._examined.last[element]
        view = world.alone if element.kind == "item" else world.together
        rows = world.policy.items if element.kind == "item" else world.policy.outcomes
        frame = wish_frame(view) if element.kind == "item" else view.merged.outcome_frame
        at = next(n for n, row in enumerate(rows) if row.id == element.id)
        own = frame.condition(rows[at].when).t
        case = both(frame.present, own)
        if view.solver.find(case) is None:
            return self._failure("no-dead-rule", "dead-row", element, (frame.present,), view=view)
        for earlier in rows[:at]:
            before = frame.condition(earlier.when).t
            if view.solver.find(case, no(before)) is None:
                same = view.solver.find(frame.present, before, no(own)) is None
                clash = same and earlier.result != rows[at].result
                return self._failure(
                    "no-contradiction", "contradicting-rows" if clash else "shadowed-row",
                    element, (case,), view=view, other=earlier.id,
                    result=rows[at].result, other_result=earlier.result,
                )  # fmt: skip
        return self._failure("no-dead-rule", "shadowed-row-together", element, (case,), view=view)

    def _constant_conclusion(self, element: Element) -> Failure:
        world = self._examined.last[element]
        scope = world.policy.conclusions[element.id].scope
        frame = frame_of(world.alone, scope)
        seen = [one for one in Truth if Goal(element, one.value) in self._examined.seen]
        value = seen[0].value if seen else ""
        return self._failure(
            "no-dead-rule", "constant-conclusion", element, (frame.present,), value=value
        )

    def _idle_rule(self, element: Element) -> Failure | None:
        world = self._examined.last[element]
        conclusion = world.policy.conclusions[element.owner]
        frame = frame_of(world.alone, conclusion.scope)
        rule = next(one for one in conclusion.rules if one.id == element.id)
        own = frame.condition(rule.when)
        at = conclusion.rules.index(rule)
        for number, other in enumerate(conclusion.rules):
            same = frame.condition(other.when).same_as(own)
            if number != at and world.alone.solver.find(frame.present, no(same)) is None:
                if number > at:  # told of the later one
                    return None
                return self._failure(
                    "no-contradiction", "same-rule-twice", element,
                    (frame.present, own.t), other=other.id,
                )  # fmt: skip
        return self._failure("no-idle-part", "idle-rule", element, (frame.present, own.t))

    def _idle_part(self, element: Element) -> Failure:
        world = self._examined.last[element]
        policy, view = world.policy, world.alone
        frame, when = _read_in(view, policy, element)
        return self._failure(
            "no-idle-part", f"idle-part-{element.kind}", element,
            (frame.present, frame.condition(when).t),
        )  # fmt: skip


def _read_in(view: View, policy: Policy, element: Element) -> tuple[Frame, Condition]:
    when = _condition(policy, element)
    match element.kind:
        case "rule":
            return frame_of(view, policy.conclusions[element.owner].scope), when
        case "item":
            return wish_frame(view), when
        case "outcome":
            return view.merged.outcome_frame, when
        case _:
            return view.merged.decided, when


def _condition(policy: Policy, element: Element) -> Condition:
    """Return the condition of the conclusion, rule, row or duty that *element* is or is part of."""
    if element.kind == "conclusion":
        return policy.conclusions[element.id].when
    rows: Mapping[str, Iterable[Rule | Row | DutyRule]] = {
        "rule": policy.conclusions[element.owner].rules if element.kind == "rule" else (),
        "item": policy.items,
        "outcome": policy.outcomes,
        "duty": policy.duties,
    }
    return next(one.when for one in rows[element.kind] if one.id == element.id)


def _as_many_as_possible(view: View, frame: Frame, when: Condition) -> list[Bit]:
    """Return as many parts of *when* as hold together in some case."""
    parts = when.parts if isinstance(when, All) else ()
    met: list[Bit] = [frame.present]
    for part in parts:
        so = frame.condition(part).t
        if view.solver.find(*met, so) is not None:
            met.append(so)
    return met


# --- the tables, and an answer to every case ------------------------------------------------------


def rows_always_fit(world: World, places: Places) -> Iterator[Failure]:
    """Yield a case in which no row of a table fits."""
    frame = wish_frame(world.alone)
    none_of_items = both(frame.present, *(no(one) for one in first_fits(frame, world.policy.items)))
    yield from _without_row(world, world.alone, places, "item", none_of_items)
    for view in (world.alone, world.together):
        none_of_outcomes = both(*(no(one) for one in view.merged.row_fits))
        yield from _without_row(world, view, places, "outcome", none_of_outcomes)


def _without_row(
    world: World, view: View, places: Places, kind: str, wanted: Bit
) -> Iterator[Failure]:
    found = smallest(view, wanted)
    if found is None:
        return
    rows = world.policy.items if kind == "item" else world.policy.outcomes
    element = _row(kind, rows[-1])
    issue = Issue(code="no-row", place=places.of(element), fields={"name": element.id})
    case = shown(world, view, found, f"VERIFY-no-row-{kind}")
    yield Failure(
        claim="one-row", element=element.id, issue=issue, period=str(world.period), cases=(case,)
    )


def fully_told_is_decided(world: World, places: Places) -> Iterator[Failure]:
    """Yield a case in which all is told and no open question raised, and yet a person must act."""
    for view in (world.alone, world.together):
        wanted = (fully_told(view), *_nothing_open(view), _undecided(view))
        found = smallest(view, *wanted)
        if found is None:
            continue
        row = next(
            one
            for one, so in zip(world.policy.outcomes, view.merged.row_fits, strict=True)
            if found.value(so)
        )
        issue = Issue(
            code="undecided", place=places.of(_row("outcome", row)), fields={"name": row.id}
        )
        case = shown(world, view, found, "VERIFY-undecided")
        yield Failure(
            claim="definite", element=row.id, issue=issue, period=str(world.period), cases=(case,)
        )
        return


def _undecided(view: View) -> Bit:
    return either(*(view.merged.outcome.get(name, False) for name in sorted(UNDECIDED)))


def _nothing_open(view: View) -> Iterator[Bit]:
    """Yield that no question touches the case, unless it is read as the rules choose."""
    for name, raised in view.merged.raised.items():
        question = view.policy.questions[name]
        chosen = question.chosen in question.readings
        settled = view.choices.shipped(name) if chosen else False
        if not (view.choices.all_settled and not chosen):
            yield either(raised.f, settled)


def fully_told(view: View) -> Bit:
    """Return whether everything is told that is ever asked for."""
    facts = view.policy.facts
    told = [_is_told(facts[name].no_means_unknown, one) for name, one in view.every.facts.items()]
    for listed in view.every.lists.values():
        told.append(listed.told)
        for element in listed.elements:
            told.extend(
                leads_to(element.present, _is_told(facts[name].no_means_unknown, one))
                for name, one in element.told.items()
                if not facts[name].silent
            )
    return both(*told)


def _is_told(only_yes: bool, told: Told) -> Bit:  # noqa: FBT001 - a flag of the fact
    return told.t if only_yes and isinstance(told, ToldTruth) else told.known


def counts(examined: Examined) -> Mapping[str, int]:
    """Return how many elements of each kind were examined."""
    found: dict[str, int] = defaultdict(int)
    for element in examined.last:
        found["part" if element.path else element.kind] += 1
    return found

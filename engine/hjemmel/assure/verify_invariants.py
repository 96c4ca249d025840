"""Whether what the rules declare holds in every case: one function for each form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hjemmel.assure.encode_case import (
    EveryCase,
    told_more,
    with_other,
    without_place,
)
from hjemmel.assure.encode_terms import (
    Three,
    below,
    both,
    either,
    minus,
    no,
    not_below_zero,
)
from hjemmel.assure.verify_cases import shown, smallest
from hjemmel.assure.verify_declared import OUTCOME, folded
from hjemmel.assure.verify_elements import Element, Places
from hjemmel.assure.verify_report import Failure
from hjemmel.issues import Issue
from hjemmel.model import WISHES
from hjemmel.policy.language import ConclusionTest, FactTest, Leaf, Not, parts_of

if TYPE_CHECKING:
    from hjemmel.assure.encode_merge import Merged
    from hjemmel.assure.encode_run import Frame
    from hjemmel.assure.encode_terms import Bit
    from hjemmel.assure.verify_declared import Invariant
    from hjemmel.assure.verify_world import View, World
    from hjemmel.issues import Place
    from hjemmel.policy.language import Condition

_DEFINITE = ("no_request", "refuse", "partial_grant", "grant")


@dataclass(frozen=True, slots=True)
class Broken:
    """A way in which an invariant may be broken: in which view, how, and beside which case."""

    view: View
    how: Bit
    twin: tuple[EveryCase, Merged] | None = None
    element: str = ""
    place: Place | None = None
    code: str = "invariant-broken"
    fields: dict[str, str] = field(default_factory=dict)


def broken_invariants(
    world: World, invariants: list[Invariant], places: Places
) -> Iterator[Failure]:
    """Yield the invariants that some case of *world* breaks."""
    for invariant in invariants:
        if world.policy.on not in invariant.in_force:
            continue
        for way in _FORMS[invariant.form](_Form(world, invariant, places)):
            failure = _failure(world, invariant, way)
            if failure is not None:
                yield failure
                break


def _failure(world: World, invariant: Invariant, way: Broken) -> Failure | None:
    twins = (way.twin[0],) if way.twin else ()
    assumed = _assumed(world, invariant, way)
    found = smallest(way.view, way.how, *assumed, alike=twins)
    if found is None:
        return None
    name = f"VERIFY-{invariant.id}"[:70]
    cases = [shown(world, way.view, found, f"{name}-1")]
    if way.twin is not None:
        cases.append(shown(world, way.view, found, f"{name}-2", way.twin))
    fields = {"name": invariant.id, "label": invariant.label, **way.fields}
    issue = Issue(code=way.code, place=way.place or invariant.node.place, fields=fields)
    return Failure(
        claim=invariant.id,
        element=way.element or invariant.id,
        issue=issue,
        period=str(world.period),
        cases=tuple(cases),
        readings=cases[0].readings,
    )


def _assumed(world: World, invariant: Invariant, way: Broken) -> Iterator[Bit]:
    """Yield what is so of the other case, and the readings and elements that are left out."""
    if way.twin is not None:
        yield from way.twin[0].assumed
    for question, reading in invariant.except_readings:
        yield no(way.view.choices.settled.get(question, {}).get(reading, False))
    if invariant.assumes_of:
        holds = folded(invariant.conditions["assumed"], world.policy, world.book)
        for merged in (way.view.merged, *((way.twin[1],) if way.twin else ())):
            for frame in merged.decided.run.elements[invariant.assumes_of]:
                yield either(no(frame.present), no(frame.condition(holds).f))


class _Form:
    """What a form is filled with, in one period."""

    def __init__(self, world: World, invariant: Invariant, places: Places) -> None:
        self.world, self.invariant, self.places = world, invariant, places
        self.plain = invariant.plain

    @property
    def alone(self) -> View:
        """Return every case, one reading at a time."""
        return self.world.alone

    @property
    def together(self) -> View:
        """Return every case, all readings together."""
        return self.world.together

    def condition(self, key: str) -> Condition:
        """Return the condition at *key* as it reads in this period."""
        return folded(self.invariant.conditions[key], self.world.policy, self.world.book)

    def differs(self, left: Merged, right: Merged) -> Bit:
        """Return whether what the form is about differs between two cases."""
        to = self.plain["to"]
        if to == OUTCOME:
            return either(*(both(so, no(right.outcome[name])) for name, so in left.outcome.items()))
        return no(_concluded(left, to).same_as(_concluded(right, to)))

    def conclusion_place(self) -> Place | None:
        """Return where the conclusion stands that the form is about."""
        to = self.plain["to"]
        return None if to == OUTCOME else self.places.of(Element("conclusion", to, to))


def _concluded(merged: Merged, name: str) -> Three:
    conclusion = merged.policy.conclusions.get(name)
    if conclusion is not None and conclusion.scope == "decision":
        return merged.decided.conclusion(name)
    return merged.single[0].scope.conclusion(name)


# --- the forms ------------------------------------------------------------------------------------


def _never_matters(form: _Form) -> Iterator[Broken]:
    view = form.alone
    other = with_other(view.domain, view.every, form.plain["facts"], "anden:")
    twin = view.twin(other)
    yield Broken(
        view, form.differs(view.merged, twin), (other, twin), form.plain["to"],
        form.conclusion_place(), "invariant-matters", {"facts": ", ".join(form.plain["facts"])},
    )  # fmt: skip


def _element_never_matters(form: _Form) -> Iterator[Broken]:
    view, name = form.alone, form.plain["of"]
    other = without_place(view.domain, view.every, name, 0)
    twin = view.twin(other)
    frame = view.merged.single[0].elements[name][0]
    spoken_of = both(frame.present, frame.condition(form.condition("when")).t)
    yield Broken(
        view, both(spoken_of, form.differs(view.merged, twin)), (other, twin),
        form.plain["to"], form.conclusion_place(), "invariant-element", {"list": name},
    )  # fmt: skip


def _never_alone(form: _Form) -> Iterator[Broken]:
    view, wanted = form.alone, {*form.plain["facts"], *form.plain.get("given", ())}
    untold = [no(told.known) for name, told in view.every.facts.items() if name not in wanted]
    for name, listed in view.every.lists.items():
        if name not in wanted:
            untold.append(no(listed.told) if listed.told is not True else True)
            untold.extend(no(element.present) for element in listed.elements)
    outcome = view.merged.outcome.get(form.plain["leads_to"], False)
    when: Bit = True
    if "when" in form.invariant.conditions:
        when = view.merged.decided.condition(form.condition("when")).t
    yield Broken(view, both(*untold, when, outcome))


def _implies(form: _Form) -> Iterator[Broken]:
    for view in (form.alone, form.together):
        frame = view.merged.decided
        when, then = (frame.condition(form.condition(key)).t for key in ("when", "then"))
        yield Broken(view, both(when, no(then)))


def _each(form: _Form) -> Iterator[Broken]:
    for view in (form.alone, form.together):
        for frame in view.merged.decided.run.elements[form.plain["of"]]:
            when, then = (frame.condition(form.condition(key)).t for key in ("when", "then"))
            yield Broken(view, both(frame.present, when, no(then)))


def _monotone(form: _Form) -> Iterator[Broken]:
    """Yield how telling more turns an outcome.

    It is proved for each reading by itself, and so that telling more in a decided case brings
    no question newly into play: the readings in play are then some of those before, and agree
    on what those agreed on.
    """
    view = form.alone
    more = told_more(view.domain, view.every, "mere:")
    twin = view.twin(more)
    outcomes = [name for name in _DEFINITE if name in view.merged.outcome]
    turned = [
        both(view.merged.outcome[name], twin.outcome[other])
        for name in outcomes
        for other in outcomes
        if name != other
    ]
    yield Broken(view, either(*turned), (more, twin))
    # Whether there is a request at all is read before any question: no reading can turn it.
    first = view.policy.outcomes[0].result
    decided = either(*(view.merged.outcome[name] for name in outcomes if name != first))
    newly = [
        both(decided, raised.f, no(twin.raised[name].f))
        for name, raised in view.merged.raised.items()
        if view.policy.questions[name].chosen not in view.policy.questions[name].readings
    ]
    yield Broken(view, either(*newly), (more, twin), code="invariant-newly-open")


def _at_most(form: _Form) -> Iterator[Broken]:
    merged = form.alone.merged
    amounts = merged.amounts
    limit = amounts.ceiling
    if form.plain["limit"] == "left_before":
        limit = not_below_zero(minus(amounts.ceiling, amounts.spent))
    yield Broken(form.alone, both(merged.settles_items, below(limit, amounts.granted)))


def _never_below_zero(form: _Form) -> Iterator[Broken]:
    merged = form.alone.merged
    known = both(merged.settles_items, merged.amounts.known)
    yield Broken(form.alone, both(known, below(merged.amounts.remaining, 0)))


def _never_blocks(form: _Form) -> Iterator[Broken]:
    """Yield how a wish that is not met changes a later one.

    A later wish learns of it by the balance alone: where that is untouched, nothing can change.
    """
    view = form.alone
    balances = view.merged.single[1].balances
    for at in range(len(view.every.lists[WISHES].elements) - 1):
        touched = both(
            view.merged.present[at],
            view.merged.items[at].is_one_of(form.plain["statuses"]),
            no(balances[at + 1].is_still(balances[at])),
        )
        if view.solver.find(touched) is None:
            continue
        other = without_place(view.domain, view.every, WISHES, at)
        twin = view.twin(other)
        unmet = view.merged.items[at].is_one_of(form.plain["statuses"])
        changed = [
            both(view.merged.present[later], no(item.same_as(twin.items[later - 1])))
            for later, item in enumerate(view.merged.items)
            if later > at
        ]
        decided = both(view.merged.settles_items, unmet)
        yield Broken(view, both(decided, either(*changed)), (other, twin))


def _duty_follows(form: _Form) -> Iterator[Broken]:
    for view in (form.alone, form.together):
        merged = view.merged
        when = either(*(merged.outcome.get(name, False) for name in form.plain.get("outcomes", ())))
        if "when" in form.invariant.conditions:
            when = either(when, merged.decided.condition(form.condition("when")).t)
        in_force = merged.duties()
        for duty in form.plain["duties"]:
            place = form.places.of(Element("duty", duty, duty))
            how = both(when, no(in_force.get(duty, False)))
            yield Broken(view, how, None, duty, place, "invariant-duty", {"duty": duty})


def _has_grounds(form: _Form) -> Iterator[Broken]:
    for view in (form.alone, form.together):
        merged = view.merged
        condition = view.policy.conclusions[view.policy.decided_by].when
        frame = merged.outcome_frame.run.scope
        outcome = merged.outcome.get(form.plain, False)
        yield Broken(view, both(outcome, no(_names_a_ground(frame, condition))))


def _names_a_ground(frame: Frame, condition: Condition) -> Bit:
    """Return whether ``decide/grounds.py`` finds something to name behind a no."""
    match condition:
        case Leaf(ConclusionTest()) | Not(Leaf(ConclusionTest())):
            below_it: Bit = True
        case Leaf(FactTest(fact)):
            below_it = fact.startswith("criteria.")
        case _:
            below_it = either(*(_names_a_ground(frame, part) for part in parts_of(condition)))
    return both(frame.condition(condition).f, below_it)


_FORMS: dict[str, Callable[[_Form], Iterator[Broken]]] = {
    "never_matters": _never_matters,
    "element_never_matters": _element_never_matters,
    "never_alone": _never_alone,
    "implies": _implies,
    "each": _each,
    "monotone": _monotone,
    "at_most": _at_most,
    "never_below_zero": _never_below_zero,
    "never_blocks": _never_blocks,
    "duty_follows": _duty_follows,
    "has_grounds": _has_grounds,
}

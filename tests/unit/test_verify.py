"""The proofs rest on an encoding: it must say of every case what the engine says."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import pytest

from hjemmel.assure import encode_solver
from hjemmel.assure import encode_terms as terms
from hjemmel.assure.encode_merge import Choices, Merged
from hjemmel.assure.encode_run import wish_frames
from hjemmel.assure.encode_told import TooManyElementsError, values_of
from hjemmel.assure.verify_declared import declared
from hjemmel.assure.verify_world import World, periods_of
from hjemmel.decide.case import read_case
from hjemmel.decide.decision import _duties, with_settled_entry
from hjemmel.decide.readings import propose
from hjemmel.decide.reference import Reference
from hjemmel.decide.run import Run
from hjemmel.issues import CaseInvalidError
from hjemmel.policy.language import All, AnyPart, AtLeast, FactTest, Leaf, Not

sys.path.append(str(Path(__file__).resolve().parents[1] / "conformance"))
from cases import book, draw

pytest.importorskip("z3")

#: One day of each stretch of rules that decide differently.
DAYS = ("2023-12-31", "2024-12-31", "2025-12-31", "2026-12-31")
CASES = 2400


# --- the encoding against the engine --------------------------------------------------------------


@cache
def drawn():
    """Return seeded cases by day, each with its seed."""
    found = defaultdict(list)
    for seed in range(CASES):
        try:
            case = read_case(draw(seed, days=DAYS).data, book())
        except CaseInvalidError:
            continue
        found[case.decided_on].append((seed, case))
    return found


@cache
def world(day):
    """Return every case on *day*, one reading at a time and all together."""
    [period] = periods_of(book(), date.fromisoformat(day))
    made = World(book(), period, ())
    # As many wishes where readings are merged as the drawn cases have.
    view = made.together
    every = made.alone.every
    view.every, view.merged = every, Merged(made.policy, every, Choices(made.policy))
    return made


def told(view, policy, cases, settle):
    """Return the cases that fit into *view*, and what its unknowns are in each."""
    kept, values = [], []
    for seed, case in cases:
        settled = with_settled_entry(policy, case)
        try:
            found = values_of(view.domain, view.every, settled)
        except TooManyElementsError:
            continue
        readings = settle(seed)
        for name, known in view.choices.settled.items():
            for reading, so in known.items():
                found[so.args[0]] = readings.get(name) == reading
        kept.append((seed, settled, readings))
        values.append(found)
    return kept, values


class Together:
    """What terms come to in many cases at once: a yes/no is a bit for each, a number a list."""

    def __init__(self, roots, cases):
        self.size, self.known = len(cases), {}
        self.all = (1 << self.size) - 1
        for term in terms.below_it(*roots):
            self.known[term.number] = self.of(term, cases)

    def of(self, term, cases):
        args = term.args
        match term.op:
            case "bit":
                return sum(1 << at for at, case in enumerate(cases) if case[args[0]])
            case "number":
                return [case[args[0]] for case in cases]
            case "not":
                return self.all & ~self.bits(args[0])
            case "and":
                found = self.all
                for arg in args:
                    found &= self.bits(arg)
                return found
            case "or":
                found = 0
                for arg in args:
                    found |= self.bits(arg)
                return found
            case "alike":
                return self.all & ~(self.bits(args[0]) ^ self.bits(args[1]))
            case "up_to":
                pairs = zip(self.numbers(args[0]), self.numbers(args[1]), strict=True)
                return sum(1 << at for at, (left, right) in enumerate(pairs) if left <= right)
            case "pick":
                which, yes, no = self.bits(args[0]), self.numbers(args[1]), self.numbers(args[2])
                return [yes[at] if which >> at & 1 else no[at] for at in range(self.size)]
            case "plus":
                return [sum(column) for column in zip(*map(self.numbers, args), strict=True)]
            case "minus":
                pairs = zip(self.numbers(args[0]), self.numbers(args[1]), strict=True)
                return [left - right for left, right in pairs]

    def bits(self, term):
        if isinstance(term, bool):
            return self.all if term else 0
        return self.known[term.number]

    def numbers(self, term):
        return [term] * self.size if isinstance(term, int) else self.known[term.number]

    def holds(self, term, at):
        return bool(self.bits(term) >> at & 1)

    def truth(self, three, at):
        known = (self.holds(three.t, at), self.holds(three.f, at))
        return {(True, False): "true", (False, True): "false", (False, False): "unknown"}[known]


@pytest.mark.parametrize("day", DAYS)
def test_outcome_items_amounts_questions_and_duties_are_the_engines(day):
    """For every drawn case: what the merged formula says is what a decision says."""
    view, policy = world(day).together, world(day).policy
    merged, duties = view.merged, view.merged.duties()
    shipped = {
        name: one.chosen for name, one in policy.questions.items() if one.chosen in one.readings
    }
    kept, values = told(view, policy, drawn()[policy.on], lambda _: shipped)
    roots = [*merged.outcome.values(), merged.target.t, merged.target.f, *duties.values()]
    roots += [merged.amounts.known, merged.amounts.remaining, merged.amounts.granted]
    roots += [one for three in merged.raised.values() for one in (three.t, three.f)]
    roots += [so for item in merged.items for so in item.status.values()]
    roots += [one for item in merged.items for one in (item.granted, item.own_payment)]
    assumed = terms.both(*view.every.assumed, *view.choices.assumed())
    seen = Together([*roots, assumed], values)
    reference = Reference(policy.tables())

    assert len(kept) > 500
    for at, (seed, case, _) in enumerate(kept):
        proposal = propose(policy, case, reference)
        assert seen.holds(assumed, at), seed
        assert [proposal.outcome.result] == [
            name for name, so in merged.outcome.items() if seen.holds(so, at)
        ], seed
        assert proposal.target_group.value == seen.truth(merged.target, at), seed
        raised = {name: truth.value for name, truth in proposal.raised.items()}
        assert raised == {name: seen.truth(one, at) for name, one in merged.raised.items()}, seed
        for item, found in zip(proposal.items, merged.items, strict=False):
            assert [item.status] == [
                name for name, so in found.status.items() if seen.holds(so, at)
            ], seed
            assert item.granted == seen.numbers(found.granted)[at], seed
            assert item.own_payment == seen.numbers(found.own_payment)[at], seed
        if proposal.amounts is not None:
            known = seen.holds(merged.amounts.known, at)
            left = seen.numbers(merged.amounts.remaining)[at] if known else None
            assert proposal.amounts.remaining == left, seed
            assert proposal.amounts.granted == seen.numbers(merged.amounts.granted)[at], seed
        arisen = tuple(name for name, so in duties.items() if seen.holds(so, at))
        assert _duties(policy, proposal) == arisen, seed


@pytest.mark.parametrize("day", DAYS)
def test_every_conclusion_is_the_engines_in_any_reading(day):
    """For every drawn case and readings by lot, of the case and of each element of its lists."""
    view, policy = world(day).alone, world(day).policy
    run, _ = view.merged.single

    def by_lot(seed):
        random = Random(seed)
        return {name: random.choice([*one.readings]) for name, one in policy.questions.items()}

    kept, values = told(view, policy, drawn()[policy.on], by_lot)
    frames = {("", 0): run.scope}
    for name in ("previous_help", "earlier_grants", "wishes"):
        frames |= {(name, at): frame for at, frame in enumerate(run.elements[name])}
    of_list = {"help": "previous_help", "grant": "earlier_grants", "wish": "wishes"}
    encoded = {
        (name, *where): frame.conclusion(name)
        for name, one in policy.conclusions.items()
        for where, frame in frames.items()
        if of_list.get(one.scope, "" if one.scope == "case" else None) == where[0]
    }
    outcome = view.merged.outcome
    roots = [one for three in encoded.values() for one in (three.t, three.f)]
    seen = Together([*roots, *outcome.values()], values)
    reference = Reference(policy.tables())

    for at, (seed, case, readings) in enumerate(kept):
        own = Run(policy, case, reference, readings)
        for (name, listed, place), three in encoded.items():
            scopes = own.elements[listed] if listed else [own.scope]
            if place < len(scopes):
                assert scopes[place].conclusion(name).value == seen.truth(three, at), (seed, name)
        decided = propose(policy, case, reference, fixed=readings).outcome.result
        assert [decided] == [name for name, so in outcome.items() if seen.holds(so, at)], seed


def test_the_solver_reads_the_formula_as_it_is_meant():
    """A case that the solver finds is valued alike by the solver and by the terms themselves."""
    view = world(DAYS[1]).alone
    for so in (
        *view.merged.outcome.values(),
        *(frame.present for frame in wish_frames(view.merged.single[0])),
    ):
        found = view.solver.find(so)
        if found is not None:
            assert found.value(so)
            assert found.value(terms.both(*view.every.assumed))


# --- terms ----------------------------------------------------------------------------------------


A, B, C = terms.bit("a"), terms.bit("b"), terms.bit("c")


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        pytest.param(terms.both(A, True, A), A, id="repeats and what says nothing"),
        pytest.param(terms.both(A, False), False, id="and false"),
        pytest.param(terms.both(A, terms.no(A)), False, id="and its opposite"),
        pytest.param(terms.either(A, terms.no(A)), True, id="or its opposite"),
        pytest.param(terms.no(terms.no(A)), A, id="twice not"),
        pytest.param(terms.both(), True, id="and of none"),
        pytest.param(terms.at_least_of(0, [A]), True, id="at least none"),
        pytest.param(terms.at_least_of(2, [A, True]), A, id="at least, one known"),
        pytest.param(terms.at_least_of(3, [A, B]), False, id="more than there are"),
        pytest.param(terms.up_to(3, 3), True, id="numbers"),
        pytest.param(terms.plus(1, 2, -3), 0, id="sums"),
        pytest.param(terms.pick(A, 5, 5), 5, id="the same either way"),
    ],
)
def test_constants_fold_away(term, expected):
    """What needs no case is settled at once."""
    assert expected == term


def test_true_and_one_are_different_terms():
    """Python takes them for the same."""
    assert terms.up_to(terms.number("n"), 1) is not terms.up_to(terms.number("n"), True)


def test_at_least_counts_as_kleene_does():
    """Two of three: sure when two are true, lost when two are false, else unknown."""
    known = [terms.Three(t=True, f=False), terms.UNKNOWN, terms.Three(t=False, f=True)]

    assert terms.at_least_three(2, known) == terms.UNKNOWN
    assert terms.at_least_three(1, known) == terms.Three(t=True, f=False)
    assert terms.at_least_three(3, known) == terms.Three(t=False, f=True)


# --- parts of conditions --------------------------------------------------------------------------


def test_a_part_is_struck_out_where_it_stands():
    """Parts of parts, below a not, and among those that are counted."""
    from hjemmel.assure.verify_elements import parts_within, struck_out

    a, b, c = (Leaf(FactTest(name, "holds", operand=True)) for name in "abc")
    condition = All((a, Not(AnyPart((b, c)))))

    assert list(parts_within(condition)) == [(0,), (1,), (1, 0, 0), (1, 0, 1)]
    assert struck_out(condition, (0,)) == All((Not(AnyPart((b, c))),))
    assert struck_out(condition, (1, 0, 1)) == All((a, Not(AnyPart((b,)))))
    assert struck_out(AtLeast(1, (a, b)), (1,)) == AtLeast(1, (a, AnyPart(())))


# --- what stands in the way -----------------------------------------------------------------------


def test_without_the_solver_the_error_says_what_to_install(monkeypatch):
    """It is an extra, and missing it is no fault of the rules."""
    monkeypatch.setattr(encode_solver, "available", lambda: False)

    with pytest.raises(encode_solver.SolverMissingError) as caught:
        encode_solver.Solver()
    assert "z3" in str(caught.value)


def test_the_declared_invariants_are_read():
    """Each has one form, and every condition in it is understood."""
    found = declared(book())

    assert {one.form for one in found} >= {"never_matters", "monotone", "duty_follows", "implies"}
    assert len({one.id for one in found}) == len(found)


# --- why the bound on earlier grants suffices -------------------------------------------------------


def reduced(grants):
    """Return at most three grants that tell all a decision sees of *grants*."""
    days = [one["date"] for one in grants if one.get("date") is not None]
    first = {"date": min(days)} if days else {}
    kept = [{**first, "amount": sum(one.get("amount") or 0 for one in grants)}] if grants else []
    if any(one.get("date") is None for one in grants):
        kept.append({"amount": 0})
    if any(one.get("amount") is None for one in grants):
        kept.append(dict(first))
    return tuple(kept)


def test_a_decision_sees_only_the_sum_the_earliest_day_and_what_is_untold_of_grants():
    """However long the list is: the few places that the proofs keep stand for it."""
    random, longest = Random(4), 0
    for day, cases in drawn().items():
        policy = book().on(day)
        days = [one for one in (date(2023, 6, 1), date(2024, 1, 1), date(2025, 1, 1)) if one < day]
        for _, case in cases[:15]:
            # Two in three amounts are told, and the sum is near the ceiling as often as not.
            grants = tuple(
                {
                    "date": random.choice((None, day, *days)),
                    "amount": random.choice((None, 0, random.randrange(900_000))),
                }
                for _ in range(random.randrange(12))
            )
            longest = max(longest, len(grants))
            whole, few = (
                propose(policy, _with_grants(case, some), Reference(policy.tables()))
                for some in (grants, reduced(grants))
            )
            assert len(reduced(grants)) <= 3
            assert whole.signature() == few.signature()
            assert (whole.target_group, whole.raised) == (few.target_group, few.raised)
    assert longest > 8


def _with_grants(case, grants):
    return replace(case, lists={**case.lists, "earlier_grants": grants})

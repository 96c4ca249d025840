"""What all readings give together in every case: the symbolic twin of ``decide/readings.py``.

Each open question is enumerated; a question with a chosen reading is an unknown over all its
readings, since a municipality may choose another. A municipality may settle an open one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING

from hjemmel.assure.encode_case import ToldText, ToldTruth
from hjemmel.assure.encode_run import Causes, Frame, Reach, Reads, Run, together, wish_frames
from hjemmel.assure.encode_terms import (
    Three,
    below,
    bit,
    both,
    either,
    leads_to,
    minus,
    no,
    not_below_zero,
    pick,
    plus,
)
from hjemmel.assure.encode_walk import STATUSES, ItemTerm, first_fits, walk_wishes
from hjemmel.decide.budget import ASK, ASSESS
from hjemmel.model import WISHES
from hjemmel.policy.compile import NONE_CHOSEN
from hjemmel.policy.language import ConclusionTest, Leaf, ListTest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hjemmel.assure.encode_case import EveryCase, Told
    from hjemmel.assure.encode_terms import Bit, Number
    from hjemmel.assure.encode_walk import WalkTerm
    from hjemmel.policy.compile import Policy, Question
    from hjemmel.policy.language import Condition

_SHORT = ("partly_granted", "over_ceiling", "not_covered")
#: Which reading each question that counts here has.
Key = tuple[tuple[str, str], ...]


class Choices:
    """How each question may be settled: by the rules, by a municipality, or not at all."""

    def __init__(self, policy: Policy, *, all_settled: bool = False) -> None:
        """Take the *policy* whose questions may be settled; with *all_settled* each of them is."""
        self.questions = policy.questions
        self.all_settled = all_settled
        self.settled: Reads = {
            name: {reading: bit(f"valg:{name}={reading}") for reading in question.readings}
            for name, question in policy.questions.items()
        }

    @property
    def open_ones(self) -> tuple[str, ...]:
        """Return the questions that have no chosen reading."""
        if self.all_settled:
            return ()
        return tuple(name for name, one in self.questions.items() if one.chosen == NONE_CHOSEN)

    def assumed(self) -> Iterator[Bit]:
        """Yield that a question is settled in one way at most, and a chosen one always is."""
        for name, readings in self.settled.items():
            yield from (no(both(a, b)) for a, b in combinations(readings.values(), 2))
            if name not in self.open_ones:
                yield either(*readings.values())

    def as_shipped(self) -> Bit:
        """Return whether every question is as the rules themselves leave it."""
        return both(*(self.shipped(name) for name in self.questions))

    def shipped(self, name: str) -> Bit:
        """Return whether the question *name* is as the rules themselves leave it."""
        chosen, readings = self.questions[name].chosen, self.settled[name]
        return readings[chosen] if chosen in readings else no(either(*readings.values()))

    def base(self, question: Question) -> dict[str, Bit]:
        """Return how *question* is read while it is not in play."""
        readings = self.settled[question.id]
        unsettled = no(either(*readings.values()))
        return {
            name: either(one, both(unsettled, name == question.otherwise))
            for name, one in readings.items()
        }


def any_reads(policy: Policy) -> tuple[Reads, tuple[Bit, ...]]:
    """Return readings of one run that may be any, and what is so of them."""
    reads: Reads = {
        name: {reading: bit(f"læst:{name}={reading}") for reading in question.readings}
        for name, question in policy.questions.items()
    }
    assumed: list[Bit] = []
    for readings in reads.values():
        assumed.append(either(*readings.values()))
        assumed.extend(no(both(a, b)) for a, b in combinations(readings.values(), 2))
    return reads, tuple(assumed)


@dataclass(frozen=True, slots=True)
class AmountTerms:
    """The ceiling and what is spent, granted and left; the rest only where it is known."""

    ceiling: Number
    spent: Number
    granted: Number
    known: Bit
    remaining: Number


class Merged:
    """What the readings in play give together for every case."""

    def __init__(self, policy: Policy, case: EveryCase, choices: Choices) -> None:
        """Take *policy*, *case* and how questions may be settled."""
        self.policy, self.case, self.choices = policy, case, choices
        self.reach = Reach(policy)
        self._walks: dict[Key, tuple[Run, WalkTerm]] = {}
        self._runs: dict[Key, Run] = {}
        self._plain: dict[tuple[str, Key], Three] = {}
        open_ones = choices.open_ones
        walked = (*(row.when for row in policy.items), Leaf(ConclusionTest(policy.covered_by)))
        self._of_walk = self._open(*walked, money=True)
        self._of_target = self._open(Leaf(ConclusionTest(policy.decided_by)))
        self.in_play: dict[str, Bit] = dict.fromkeys(open_ones, False)
        self._settle_what_is_in_play()

    # --- runs ---------------------------------------------------------------------------

    def _open(self, *conditions: Condition, money: bool = False) -> tuple[str, ...]:
        asked = self.reach.questions(*conditions)
        question = self.policy.money.question
        return tuple(
            name for name in self.choices.open_ones if name in asked or (money and name == question)
        )

    def _keys(self, names: Iterable[str]) -> Iterator[Key]:
        listed = list(names)
        readings = [self.policy.questions[name].readings for name in listed]
        for combination in product(*readings):
            yield tuple(zip(listed, combination, strict=True))

    def _reads(self, key: Key) -> Reads:
        fixed = dict(key)
        reads: Reads = {}
        for name, question in self.policy.questions.items():
            if name in fixed:
                reads[name] = {reading: reading == fixed[name] for reading in question.readings}
            elif name not in self.choices.open_ones:
                reads[name] = dict(self.choices.settled[name])
        return reads

    def _run(self, key: Key) -> Run:
        if key not in self._runs:
            self._runs[key] = Run(self.policy, self.case, self._reads(key), self.reach)
        return self._runs[key]

    def _walk(self, key: Key) -> tuple[Run, WalkTerm]:
        if key not in self._walks:
            run = Run(self.policy, self.case, self._reads(key), self.reach)
            self._walks[key] = run, walk_wishes(run)
        return self._walks[key]

    def _part(self, key: Key, names: Iterable[str]) -> Key:
        wanted = set(names)
        return tuple(pair for pair in key if pair[0] in wanted)

    def _run_ok(self, key: Key) -> Bit:
        """Return whether some run in play reads the questions as *key* does."""
        return both(
            *(
                either(
                    self.in_play[name],
                    self.choices.base(self.policy.questions[name])[reading],
                )
                for name, reading in key
            )
        )

    # --- which questions are in play --------------------------------------------------

    def _settle_what_is_in_play(self) -> None:
        """Add the questions that some run raises, until there are no more."""
        unsettled = {
            name: no(either(*readings.values()))
            for name, readings in self.choices.settled.items()
            if name in self.in_play
        }
        for _ in self.in_play:
            before = dict(self.in_play)
            raised = {name: no(self.raised_of(name).f) for name in before}
            self.in_play = {
                name: both(unsettled[name], either(was, raised[name]))
                for name, was in before.items()
            }
            if all(self.in_play[name] is before[name] for name in before):
                return

    def raised_of(self, name: str) -> Three:
        """Return whether the question *name* is raised by some run in play."""
        found = [(self._run_ok(key), self._raised(name, key)) for key in self._raised_keys(name)]
        return Three(
            either(*(both(ok, one.t) for ok, one in found)),
            both(*(leads_to(ok, one.f) for ok, one in found)),
        )

    def _about_money(self, name: str) -> bool:
        raised_by = self.policy.questions[name].raised_by
        atom = raised_by.atom if isinstance(raised_by, Leaf) else None
        of_wishes = isinstance(atom, ListTest) and atom.of == WISHES
        return of_wishes or name == self.policy.money.question

    def _raised_keys(self, name: str) -> Iterator[Key]:
        raised_by = self.policy.questions[name].raised_by
        names = set(self._open(raised_by))
        if self.reach.asks_of(WISHES, raised_by):
            names |= {*self._of_walk, *self._of_target}
        if self._about_money(name):
            names |= set(self._of_target)
        return self._keys(one for one in self.choices.open_ones if one in names)

    def _raised(self, name: str, key: Key) -> Three:
        """Return whether the run that reads the questions as *key* does raises *name*."""
        raised_by = self.policy.questions[name].raised_by
        of_wishes, of_money = self.reach.asks_of(WISHES, raised_by), self._about_money(name)
        if not (of_wishes or of_money):
            return self._plainly_raised(name, key)
        target_run = self._run(self._part(key, self._of_target))
        refused = target_run.scope.conclusion(self.policy.decided_by).f
        if of_money:
            below_it = (*self._open(raised_by), *(self._of_walk if of_wishes else ()))
            truth = self._plainly_raised(name, self._part(key, below_it))
            return Three(both(no(refused), truth.t), either(refused, truth.f))
        return self._walked_run(key, no(refused)).scope.condition(raised_by)

    def _plainly_raised(self, name: str, key: Key) -> Three:
        """Return whether *name* is raised, where the citizen is not refused."""
        known = self._plain.get((name, key))
        if known is None:
            raised_by = self.policy.questions[name].raised_by
            of_wishes = self.reach.asks_of(WISHES, raised_by)
            run = self._walked_run(key, so=True) if of_wishes else self._run(key)
            known = self._plain[name, key] = run.scope.condition(raised_by)
        return known

    def _walked_run(self, key: Key, so: Bit) -> Run:
        """Return the run in which the wishes are seen as they came out of the walk, where *so*."""
        _, walk = self._walk(self._part(key, self._of_walk))
        run = Run(self.policy, self.case, self._reads(key), self.reach)
        run.elements[WISHES] = [
            Frame(run, WISHES, frame.element, _where(frame.given, so)) for frame in walk.frames
        ]
        return run

    @property
    def single(self) -> tuple[Run, WalkTerm]:
        """Return the only run and its walk, where every question is settled."""
        return self._walk(())

    # --- together -----------------------------------------------------------------------

    @cached_property
    def target(self) -> Three:
        """Return what the runs in play agree on about the deciding conclusion."""
        return self._agreed(self.policy.decided_by)

    def _agreed(self, name: str) -> Three:
        """Return what the runs in play agree on about the conclusion *name* of the case."""
        asked = self._open(Leaf(ConclusionTest(name)))
        found = [
            (self._run_ok(key), self._run(key).scope.conclusion(name)) for key in self._keys(asked)
        ]
        return Three(
            both(*(leads_to(ok, one.t) for ok, one in found)),
            both(*(leads_to(ok, one.f) for ok, one in found)),
        )

    @cached_property
    def target_causes(self) -> Causes:
        """Return why the deciding conclusion is unknown in some run in play."""
        leaf = Leaf(ConclusionTest(self.policy.decided_by))
        return together(
            [
                self._run(key).scope.causes(leaf).where(self._run_ok(key))
                for key in self._keys(self._of_target)
            ]
        )

    @cached_property
    def raised(self) -> dict[str, Three]:
        """Return for each question whether it touches the case."""
        return {name: self.raised_of(name) for name in self.policy.questions}

    @cached_property
    def walks(self) -> list[tuple[Key, Bit, WalkTerm]]:
        """Return each walk with its readings and whether it is in play."""
        return [(key, self._run_ok(key), self._walk(key)[1]) for key in self._keys(self._of_walk)]

    @cached_property
    def items(self) -> list[ItemTerm]:
        """Return what each wish comes to, were the citizen in the target group."""
        return [self._item(at) for at in range(len(self.case.lists[WISHES].elements))]

    def _item(self, at: int) -> ItemTerm:
        seen = [(key, ok, walk.items[at]) for key, ok, walk in self.walks]
        differs: list[Bit] = []
        surely_differs: list[Bit] = []
        for (key, ok, item), (other_key, other_ok, other) in combinations(seen, 2):
            apart = both(ok, other_ok, no(item.same_as(other)))
            questions = [
                pair[0] for pair, second in zip(key, other_key, strict=True) if pair != second
            ]
            differs.append(apart)
            surely_differs.append(both(apart, *(self.raised[name].t for name in questions)))
        same, assess = no(either(*differs)), either(*surely_differs)
        status = {
            name: both(same, either(*(both(ok, item.status[name]) for _, ok, item in seen)))
            for name in STATUSES
        }
        status[ASSESS] = either(status[ASSESS], assess)
        status[ASK] = either(status[ASK], both(no(same), no(assess)))
        granted: Number = 0
        own: Number = 0
        for _, ok, item in seen:
            granted, own = pick(ok, item.granted, granted), pick(ok, item.own_payment, own)
        return ItemTerm(status, pick(same, granted, 0), pick(same, own, 0))

    @cached_property
    def present(self) -> list[Bit]:
        """Return for each wish whether it is there."""
        return [element.present for element in self.case.lists[WISHES].elements]

    @cached_property
    def amounts(self) -> AmountTerms:
        """Return the amounts, were the citizen in the target group."""
        granted = plus(
            *(
                pick(present, item.granted, 0)
                for present, item in zip(self.present, self.items, strict=True)
            )
        )
        (_, _, first), *_ = self.walks
        none_yet: list[tuple[Bit, Number]] = []
        for _, ok, walk in self.walks:
            none_yet.append((ok, walk.ceiling))
        ceiling = _least_present(none_yet)
        known = both(*(leads_to(ok, walk.balance_known) for _, ok, walk in self.walks))
        rest = not_below_zero(minus(minus(ceiling, first.spent), granted))
        return AmountTerms(ceiling, first.spent, granted, known, rest)

    # --- outcome and duties -----------------------------------------------------------

    @cached_property
    def first_reads(self) -> Reads:
        """Return how the first run in play reads each question."""
        reads = self._reads(())
        for name, in_play in self.in_play.items():
            question = self.policy.questions[name]
            base = self.choices.base(question)
            first = next(iter(question.readings))
            reads[name] = {
                reading: either(both(in_play, reading == first), both(no(in_play), base[reading]))
                for reading in question.readings
            }
        return reads

    @cached_property
    def outcome_frame(self) -> Frame:
        """Return the frame that the outcome's rows are read in."""
        statuses = {
            name: either(
                *(
                    both(self.target.t, present, item.status[name])
                    for present, item in zip(self.present, self.items, strict=True)
                )
            )
            for name in STATUSES
        }
        balance_open = both(self.target.t, no(self.amounts.known))
        given = {
            "decision.only_open_question": no(self.target_causes.facts),
            "decision.item_assess": statuses[ASSESS],
            "decision.item_ask": either(statuses[ASK], balance_open),
            "decision.item_short": either(*(statuses[name] for name in _SHORT)),
        }
        run = Run(self.policy, self.case, self.first_reads, self.reach)
        frame = run.scope.with_given({name: _yes_or_no(one) for name, one in given.items()})
        frame.suppose(self.policy.decided_by, self.target)
        return frame

    @cached_property
    def row_fits(self) -> list[Bit]:
        """Return for each row of the outcome table whether it is the one."""
        return first_fits(self.outcome_frame, self.policy.outcomes)

    @cached_property
    def outcome(self) -> dict[str, Bit]:
        """Return for each outcome whether it is the one."""
        found: dict[str, list[Bit]] = {}
        for so, row in zip(self.row_fits, self.policy.outcomes, strict=True):
            found.setdefault(row.result, []).append(so)
        return {name: either(*ones) for name, ones in found.items()}

    @cached_property
    def settles_items(self) -> Bit:
        """Return whether the decision has items and amounts at all."""
        return both(self.target.t, no(self.outcome[self.policy.outcomes[0].result]))

    @cached_property
    def decided(self) -> Frame:
        """Return the frame of the case once the outcome is known: what duties are read in."""
        run = Run(self.policy, self.case, self.first_reads, self.reach)
        left, settles = self.amounts, self.settles_items
        known = both(settles, left.known)
        some_left = below(0, left.remaining)
        given: dict[str, Told] = {
            "decision.outcome": ToldText(self.outcome, always=True),
            "decision.money_left": ToldTruth(both(known, some_left), both(known, no(some_left))),
            "decision.open_question": _yes_or_no(either(*(one.t for one in self.raised.values()))),
        }
        run.scope = Frame(run, given=given)
        for name, conclusion in self.policy.conclusions.items():
            if conclusion.scope == "case":
                run.scope.suppose(name, self._agreed(name))
        run.elements[WISHES] = [
            frame.with_given(_decided_of_wish(item)).only_if(settles)
            for frame, item in zip(wish_frames(run), self.items, strict=True)
        ]
        return run.scope

    def duties(self) -> dict[str, Bit]:
        """Return for each duty whether it arises."""
        return {duty.id: self.decided.condition(duty.when).t for duty in self.policy.duties}


def _least_present(numbers: list[tuple[Bit, Number]]) -> Number:
    """Return the least of the numbers that are present; one of them always is."""
    found: Number = 0
    seen: Bit = False
    for present, one in numbers:
        better = both(present, either(no(seen), below(one, found)))
        found, seen = pick(better, one, found), either(seen, present)
    return found


def _yes_or_no(so: Bit) -> ToldTruth:
    return ToldTruth(so, no(so))


def _where(given: Mapping[str, Told], so: Bit) -> dict[str, Told]:
    return {
        name: ToldTruth(both(so, told.t), both(so, told.f)) if isinstance(told, ToldTruth) else told
        for name, told in given.items()
    }


def _decided_of_wish(item: ItemTerm) -> dict[str, Told]:
    return {
        "wish.status": ToldText(item.status, always=True),
        "wish.has_own_payment": _yes_or_no(below(0, item.own_payment)),
    }
